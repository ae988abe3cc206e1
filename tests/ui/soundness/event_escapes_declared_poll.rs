// The peers' defect 1: what is kept of an event could be read when it is overwritten.
use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    order: u64,
}

fn main() {
    let pipeline =
        disruptor! { event: Trade; audit { poll: end }; part(&order) { poll: release }; < audit -> part > };
    let (_producer, _running, mut pollers) = pipeline.spawn_with_pollers().unwrap();
    let mut kept = None;
    pollers.audit.poll(|trade, _, _| kept = Some(trade)).unwrap();
    let mut orders = Vec::new();
    pollers.part.take(3).poll(|order, _, _| orders.push(order)).unwrap();
    println!("{}", orders.len() + kept.is_some() as usize);
}
