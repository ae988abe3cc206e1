use std::rc::Rc;

use disruptor_pipeline::disruptor;

fn main() {
    let shared = Rc::new(5);
    let _pipeline = disruptor! {
        event: u64;
        look = move || { let kept = shared; move |_, _, _| drop(Rc::clone(&kept)) };
        < look >
    };
}
