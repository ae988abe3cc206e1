//! What a list says of a field's type is not what the field may be coerced to: `Sync` is asked of the field.

use std::cell::{Cell, LazyCell};
use std::ops::Deref;

use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Boxed {
    inside: Cell<Option<Box<u64>>>,
    value: u64,
}

impl Deref for Boxed {
    type Target = u64;

    fn deref(&self) -> &u64 {
        self.inside.set(Some(Box::new(1)));
        &self.value
    }
}

#[derive(Default)]
struct Event {
    boxed: Boxed,
}

struct Lazy {
    text: LazyCell<String>,
}

fn main() {
    let _boxed = disruptor! {
        event: Event;
        a(&boxed: u64) = |_| ();
        < a >
    };
    let _lazy = disruptor! {
        event: Lazy = Lazy { text: LazyCell::new(String::new) };
        a(&text: String) = |_| ();
        < a >
    };
}
