//! The producer of `producers: multi` may be cloned, and goes to other threads; a single one goes, too.
use disruptor_pipeline::disruptor;

fn shared<P: Clone + Send + 'static>(_: &P) {}
fn sent<P: Send + 'static>(_: &P) {}

fn main() {
    let handle = |_: &u64, _: i64, _: bool| {};
    let (many, _running) = disruptor! { producers: multi; < handle > }.spawn().unwrap();
    shared(&many);
    let (one, _running) = disruptor! { < handle > }.spawn().unwrap();
    sent(&one);
}
