//! Types in a list that are not those of the fields, in a named pipeline and in another: each is one error.
use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    price: u64,
    name: String,
}

disruptor! {
    struct Orders;
    event: Trade;
    quote(&price: u32, &mut name: str);
    tell(&name: Vec<u8>) = |name| drop(name.is_empty());
    < quote -> [tell; 2] -> business >
}

fn main() {
    let _named = Orders { quote: |_: &u32, _: &mut str| {}, business: |_: &Trade, _: i64, _: bool| {} }.pipeline();
    let _unnamed = disruptor! {
        event: Trade;
        quote(&price: u32) = |price| drop(u32::from(*price));
        < quote >
    };
}
