//! Mistakes that do not hide one another: a sign that means an arrow hides no circle, and what is wrong with options no key.
use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Payment {
    account: String,
    amount: u64,
    fee: u64,
}

fn main() {
    let _circle = disruptor! {
        event: u64;
        parse(&mut *) = |event| *event += 1;
        check(sequence) = |_| {};
        < parse => check -> parse >
    };
    let _shard = disruptor! {
        event: Payment;
        charge(&amount, &mut fee) { shard: &account, batch: 2048, cores: [0, 1] } = |amount, fee| *fee = amount / 10;
        < [charge; 2] >
    };
    let _list = disruptor! {
        event: Payment;
        show(&fee) = |fee, sequence| drop((*fee, sequence));
        < show, other >
    };
}
