//! Slices of a batch, and events of a `(&mut *)` handler, outlive the call.
use disruptor_pipeline::disruptor;

fn main() {
    let (mut slices, mut written, mut events) = (Vec::new(), Vec::new(), Vec::new());
    let _pipeline = disruptor! {
        event: u64;
        read(&[*]) = |batch| slices.push(batch);
        write(&mut [*]) = |batch| written.push(batch);
        change(&mut *) = |event| events.push(event);
        < write -> change -> read >
    };
}
