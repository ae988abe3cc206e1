//! `start` and `stop` that cannot be called so: each is told of once.
use disruptor_pipeline::disruptor;

fn look(_: &u64, _: i64, _: bool) {}

fn main() {
    let _number = disruptor! { event: u64; work { start: 5 } = look; < work > };
    let _arity = disruptor! { event: u64; work { stop: |_, _| () } = look; < [work; 2] > };
    let _value = disruptor! { event: u64; work { stop: |_| 5 } = look; < work > };
}
