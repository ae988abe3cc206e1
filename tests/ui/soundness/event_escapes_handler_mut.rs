//! A `HandlerMut` keeps a reference to an event.
use disruptor_pipeline::{HandlerMut, HandlerResult, disruptor};

struct Keep<'a>(Option<&'a mut u64>);

impl<'a> HandlerMut<u64> for Keep<'a> {
    fn on_event(&mut self, event: &'a mut u64, _: i64, _: bool) -> HandlerResult {
        self.0 = Some(event);
        Ok(())
    }
}

fn main() {
    let keep = Keep(None);
    let _pipeline = disruptor! { event: u64; keep(&mut *) = keep; < keep > };
}
