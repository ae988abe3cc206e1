//! Blanket traits with methods that are called like the runtime's own are not called for them.

use disruptor_pipeline::disruptor;

trait Takes: Sized {
    fn collect<H>(self, _: H) -> H {
        panic!("called by the expansion")
    }
    fn launch<B, F>(self, _: &mut B, _: F) {
        panic!("called by the expansion")
    }
    fn launch_with<B, F, T>(self, _: &mut B, _: F, _: T) {
        panic!("called by the expansion")
    }
    fn fuse<B, F, T>(self, _: &mut B, _: F, _: T) {
        panic!("called by the expansion")
    }
}

impl<T> Takes for T {}

fn main() {
    let mut sum = 0;
    let pipeline = disruptor! {
        event: u64;
        ring: 8;
        a(&*) = |_: &u64| {};
        b(&*) = |event: &u64| sum += event;
        c(&*) = |_: &u64| {};
        < a -> b + c >
    };
    pipeline.run(|producer| drop(producer.publish(|event| *event = 7))).expect("no stage fails");
    assert_eq!(sum, 7);
}
