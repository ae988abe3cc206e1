//! A macro of the user's in the place of the standard library's cannot hide what is refused.

extern crate self as core;

use disruptor_pipeline::disruptor;

#[macro_export]
macro_rules! compile_error {
    ($($text:tt)*) => {
        ()
    };
}

#[derive(Default)]
pub struct Event {
    text: String,
}

fn main() {
    let _ = disruptor! {
        event: Event;
        a(&text) = |text: &String| drop(text.clone());
        b(&mut text) = |text: &mut String| text.clear();
        < (a, b) >
    };
}
