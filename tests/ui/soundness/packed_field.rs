//! A field of a packed event may not be aligned.
use disruptor_pipeline::disruptor;

#[derive(Default)]
#[repr(packed)]
struct Trade {
    _side: u8,
    price: u64,
}

fn main() {
    let _pipeline = disruptor! {
        event: Trade;
        read(&price) = |price| drop(*price);
        < read >
    };
}
