//! A `>` or `<` that is missing.
use disruptor_pipeline::disruptor;

fn a<E>(_: &E, _: i64, _: bool) {}
fn b<E>(_: &E, _: i64, _: bool) {}
fn c<E>(_: &E, _: i64, _: bool) {}

fn main() {
    let _at_the_end = disruptor! { event: u64; < a -> b };
    let _before_a_clause = disruptor! { event: u64; < a -> b; b { batch: 4 }; };
    let _before_a_chain = disruptor! { event: u64; < a -> b < c > };
    let _no_beginning = disruptor! { event: u64; a -> (b, c) > };
    let _neither = disruptor! { event: u64; a -> b; };
}
