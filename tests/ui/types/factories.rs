//! Closures without parameters, which make handlers on their own threads.

use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    price: u64,
}

fn main() {
    let _no_handler = disruptor! { event: u64; look = || 5; < look > }.spawn();
    let _no_change = disruptor! { event: u64; change(&mut *) = || 5; < change > }.spawn();
    let _no_function = disruptor! { event: Trade; read(&price) = || 5; < read > }.spawn();
}
