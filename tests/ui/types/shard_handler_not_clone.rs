use disruptor_pipeline::{Handler, HandlerResult, Sequence, disruptor};

#[derive(Default)]
struct Event {
    order: u64,
}

struct Worker;

impl Handler<Event> for Worker {
    fn on_event(&mut self, _: &Event, _: Sequence, _: bool) -> HandlerResult {
        Ok(())
    }
}

struct Ledger(u64);

fn main() {
    let worker = Worker;
    let mut ledger = Ledger(0);
    let _pipeline = disruptor! {
        event: Event;
        work(&order) = move |order| ledger.0 += order;
        < [worker; 2] -> [work; 2] >
    };
}
