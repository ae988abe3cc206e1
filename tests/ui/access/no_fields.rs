//! Fields of events that have none, or of which nothing is known.
use disruptor_pipeline::disruptor;

fn main() {
    let _inferred = disruptor! { a(&order) = |order| drop(*order); < a > };
    let _tuple = disruptor! { event: (u64, u64); a(&0) = |zero| drop(*zero); < a > };
    let _input = disruptor! { event: (u64, u64); input: 0; a = |_: &(u64, u64), _, _| (); < a > };
}
