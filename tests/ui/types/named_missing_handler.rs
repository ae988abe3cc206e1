use disruptor_pipeline::disruptor;

disruptor! {
    struct Orders;
    event: u64;
    < journal -> business >
}

fn main() {
    let journal = |_: &u64, _: i64, _: bool| {};
    let _pipeline = Orders { journal }.pipeline();
}
