//! Signs that are no arrows, each with what to write.
use disruptor_pipeline::disruptor;

fn a<E>(_: &E, _: i64, _: bool) {}
fn b<E>(_: &E, _: i64, _: bool) {}
fn c<E>(_: &E, _: i64, _: bool) {}
fn d<E>(_: &E, _: i64, _: bool) {}
fn e<E>(_: &E, _: i64, _: bool) {}

fn main() {
    let _wrong = disruptor! {
        event: u64;
        < a => b >
        < a --> c >
        < b ~> c >
        < b |> d >
        < c >> d >
        < a - d >
        < a - > e >
    };
    let _backwards = disruptor! {
        event: u64;
        < a <- b >
        < c <-> d >
        < a | c >
    };
}
