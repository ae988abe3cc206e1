//! A `start` that cannot go to the stage's thread.
use std::rc::Rc;

use disruptor_pipeline::disruptor;

fn look(_: &u64, _: i64, _: bool) {}

fn main() {
    let mine = Rc::new(1);
    let _pipeline = disruptor! { event: u64; work { start: move |_| drop(mine) } = look; < work > };
}
