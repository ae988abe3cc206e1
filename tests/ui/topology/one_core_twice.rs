//! Two threads on one core.
use disruptor_pipeline::disruptor;

fn a<E>(_: &E, _: i64, _: bool) {}
fn b<E>(_: &E, _: i64, _: bool) {}
fn c<E>(_: &E, _: i64, _: bool) {}

fn main() {
    let _pipeline = disruptor! {
        event: u64;
        a { core: 2 };
        b { core: 2 };
        c { core: 2 };
        < a -> b > < c >
    };
}
