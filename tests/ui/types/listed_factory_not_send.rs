use std::rc::Rc;

use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    price: u64,
}

fn main() {
    let shared = Rc::new(5);
    let _pipeline = disruptor! {
        event: Trade;
        look(&price) = move || { let kept = shared; move |_| drop(Rc::clone(&kept)) };
        < look >
    };
}
