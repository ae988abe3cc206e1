use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    raw: u64,
    order: u64,
}

fn main() {
    let _clause_behind = disruptor! {
        event: Trade;
        < unmarshal -> business
        unmarshal(&raw, &mut order) = |raw, order| *order = *raw;
        business(&order) = |_| {};
    };
    let _setting_behind = disruptor! {
        event: Trade;
        business(&order) = |_| {};
        < business
        ring: 64;
    };
}
