//! Two stages of a pipeline that is built at run time may read an event at the same time.
use std::cell::Cell;

use disruptor_pipeline::Builder;

fn main() {
    let _ = Builder::single(4, || Cell::new(0));
}
