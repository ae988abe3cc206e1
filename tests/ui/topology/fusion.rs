//! Stages on one thread that cannot be.
use disruptor_pipeline::disruptor;

fn a<E>(_: &E, _: i64, _: bool) {}
fn b<E>(_: &E, _: i64, _: bool) {}
fn c<E>(_: &E, _: i64, _: bool) {}
fn x<E>(_: &E, _: i64, _: bool) {}

fn main() {
    let _two_behind = disruptor! { event: u64; < a + b > < a + c > };
    let _two_before = disruptor! { event: u64; < x -> b > < a + b > };
    let _two_threads = disruptor! {
        event: u64;
        b { core: 2, wait: Yielding, batch: 4, name: "b" };
        < a + b >
    };
}
