//! A misspelt wait or policy might be the user's own: rustc, which knows, suggests the runtime's.
use disruptor_pipeline::disruptor;

fn a<E>(_: &E, _: i64, _: bool) {}
fn b<E>(_: &E, _: i64, _: bool) {}

fn main() {
    let _waits = disruptor! {
        event: u64;
        wait: Yeilding;
        producer_wait: Blokcing::after(500);
        a { wait: busyspin };
        < a >
    };
    let _policies = disruptor! {
        event: u64;
        on_error: skp;
        a { on_error: rety(3) };
        b { on_error: Skipp };
        < a -> b >
    };
}
