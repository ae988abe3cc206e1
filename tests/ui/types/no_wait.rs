//! What a stage or the producer waits with is no wait.
use disruptor_pipeline::disruptor;

fn main() {
    let look = |_: &u64, _: i64, _: bool| {};
    let _setting = disruptor! { wait: 5; < look > };
    let _option = disruptor! { look { wait: 5 } = look; < look > };
    let _producer = disruptor! { producer_wait: 5; < look > };
}
