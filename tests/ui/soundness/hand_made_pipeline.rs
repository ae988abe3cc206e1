//! A pipeline that the macro has not checked cannot be made without `unsafe`.
#![forbid(unsafe_code)]
use disruptor_pipeline::__private as hidden;
use disruptor_pipeline::disruptor;

fn main() {
    let _pipeline = disruptor! {
        event: u64;
        left = {
            let ring = hidden::ring::<u64, 8, 2>(hidden::event());
            let racing = DisruptorHandlers {
                left: hidden::by_mut(ring, |event: &mut u64| *event += 1),
                right: hidden::by_mut(ring, |event: &mut u64| *event += 1),
            };
            let _ = hidden::single(ring, racing, || 0, hidden::BusySpin).run(|_| {});
            |_: &u64, _: i64, _: bool| {}
        };
        right = |_: &u64, _: i64, _: bool| {};
        < (left, right) >
    };
}
