use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    price: u64,
}

disruptor! {
    struct Orders;
    event: Trade;
    quote(&price: u32);
    business(&*);
    < quote -> business >
}

fn main() {
    let _pipeline = Orders { quote: |_: &u32| {}, business: |_: &u64| {} }.pipeline();
}
