//! What the macro believes of the path that it is given, it believes of nobody who does not say `unsafe`.
use disruptor_pipeline::__private::declare;

fn a(_: &u64, _: i64, _: bool) {}

fn main() {
    let _imitated = declare! { [imitated] event: u64; < a > };
}
