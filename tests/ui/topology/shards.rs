//! Shards that cannot be, or that would share an event by what they write.
use disruptor_pipeline::disruptor;

#[derive(Default)]
struct Trade {
    account: u64,
    order: u64,
}

#[derive(Default)]
struct Pair(u64, u64);

fn a<E>(_: &E, _: i64, _: bool) {}
fn b<E>(_: &E, _: i64, _: bool) {}

fn main() {
    let _none = disruptor! { event: u64; < [a; 0usize] > };
    let _two_counts = disruptor! { event: u64; < [a; 2] -> b > < [a; 3] > };
    let _fused = disruptor! { event: u64; < a + [b; 4] > };
    let _fused_elsewhere = disruptor! { event: u64; < a + b > < [b; 2] > };
    let _one_core = disruptor! { event: u64; a { core: 1 }; < [a; 2] > };
    let _one_worker = disruptor! { event: Trade; a(&order) { shard: |e| e.account } = |order| drop(*order); < a > };
    let _batch = disruptor! { event: Trade; a(&[*]) = |batch| drop(batch.len()); < [a; 2] > };
    let _suffix = disruptor! { event: Pair; a(&1) { shard: &0u32 } = |part| drop(*part); < [a; 2] > };
    let _no_field = disruptor! { event: (u64, u64); a(&1) { shard: &"account" } = |part| drop(*part); < [a; 2] > };
    let _key = disruptor! {
        event: Trade;
        a(&mut account) { shard: &account } = |account| *account += 1;
        b(&mut order) { shard: |trade| trade.account } = |order| *order += 1;
        < [a; 2] -> [b; 2] >
    };
}
