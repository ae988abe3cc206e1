//! No code of the user's comes into the expansion's `unsafe` as the type of a field.

use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Event {
    x: u64,
}

trait Evil {
    fn evil<T>(self, x: &T) -> *const u64;
}

impl Evil for *const u64 {
    fn evil<T>(self, _: &T) -> *const u64 {
        8 as *const u64
    }
}

fn main() {
    let _pipeline = disruptor! {
        event: Event;
        a(&x: u64>(&0).evil::<u64) = |x| println!("{x}");
        < a >
    };
}
