//! Closures that are given to a named pipeline and leave out their parameters' types; and one of another type.
use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    order: u64,
}

disruptor! {
    struct Orders;
    event: Trade;
    score(&mut order: u64) = |order| *order += 1;
    whole(&mut *);
    < score -> whole -> business >
}

fn without_types() {
    let _pipeline = Orders { whole: |_: &mut Trade| {}, business: |_, _, _| {} }.pipeline();
}

fn of_another_type() {
    let _pipeline = Orders { whole: |_| {}, business: |_: &u64, _: i64, _: bool| {} }.pipeline();
}

fn main() {
    without_types();
    of_another_type();
}
