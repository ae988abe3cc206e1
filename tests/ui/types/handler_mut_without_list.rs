//! A `HandlerMut` stands for a stage that may not write.
use disruptor_pipeline::{HandlerMut, HandlerResult, disruptor};

struct Enrich;

impl HandlerMut<u64> for Enrich {
    fn on_event(&mut self, event: &mut u64, _: i64, _: bool) -> HandlerResult {
        *event += 1;
        Ok(())
    }
}

fn main() {
    let _pipeline = disruptor! {
        event: u64;
        enrich = Enrich;
        < enrich >
    };
}
