//! What decides about errors is no policy.
use disruptor_pipeline::disruptor;

fn main() {
    let look = |_: &u64, _: i64, _: bool| {};
    let _setting = disruptor! { on_error: 5; < look > };
    let _option = disruptor! { look { on_error: 5 } = look; < look > };
    let _retry = disruptor! { on_error: retry("3"); < look > };
    let _closure = disruptor! { on_error: |_| true; < look > };
}
