//! Peers' defect 1, by a claim: a reference to a slot outlives its publication, or the claim that was given up.
use disruptor_pipeline::disruptor;

fn main() {
    let handle = |_: &u64, _: i64, _: bool| {};
    let (mut producer, _running) = disruptor! { < handle > }.spawn().unwrap();

    let mut claim = producer.claim(2).unwrap();
    let event = &mut claim[0];
    claim.publish();
    *event = 1;

    let mut claim = producer.claim(2).unwrap();
    let events = claim.iter_mut();
    std::mem::forget(claim);
    events.for_each(|event| *event = 1);

    let mut claim = producer.claim(2).unwrap();
    let (before_wrap, _) = claim.slices_mut();
    drop(claim);
    before_wrap[0] = 1;
}
