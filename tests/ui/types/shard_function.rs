//! Functions of the event that cannot say which worker it goes to: each is told of once.
use disruptor_pipeline::disruptor;

fn look(_: &u64, _: i64, _: bool) {}

fn main() {
    let _number = disruptor! { event: u64; work { shard: 5 } = look; < [work; 2] > };
    let _arity = disruptor! { event: u64; work { shard: |_, _| 1 } = look; < [work; 2] > };
    let _key = disruptor! { event: u64; work { shard: |_| 1.5 } = look; < [work; 2] > };
}
