//! Fields of a number.
use disruptor_pipeline::disruptor;

fn main() {
    let _input = disruptor! { event: u64; input: a; work(&*) = |_| (); < work > };
    let _listed = disruptor! { event: u64; work(&a) = |_| (); < work > };
}
