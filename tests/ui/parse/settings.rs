//! Settings that there are not, are there twice, or say nothing.
use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    raw: Vec<u8>,
    order: u64,
}

fn main() {
    let _unknown = disruptor! {
        evnt: Trade;
        colour: "red";
        decode(&raw) = |raw| drop(raw.len());
        < decode >
    };
    let _twice = disruptor! {
        event: Trade;
        event: Trade = Trade::default();
        ring: 64;
        ring: 128;
        wait: Yielding;
        wait: BusySpin;
        overflow: block;
        overflow: drop_oldest;
        decode(&raw) = |raw| drop(raw.len());
        < decode >
    };
    let _empty = disruptor! {
        event: ;
        ring: ;
        name: 1 + ;
        producers: many;
        overflow: drop_newst;
        decode(&raw) = |raw| drop(raw.len());
        < decode >
    };
    let _as_stages = disruptor! {
        event = Trade;
        ring = 64;
        decode(&raw) = |raw| drop(raw.len());
        < decode >
    };
}
