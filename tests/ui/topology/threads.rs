use disruptor_pipeline::disruptor;

const WORKERS: usize = 2;
const TWO: usize = 2;

fn work(_: &u64, _: i64, _: bool) {}

fn main() {
    let (a, b, c) = (work, work, work);
    // A shard between two stages, that stand by themselves then.
    disruptor! { event: u64; threads: 3; < a -> [work; 2] -> b > };
    // Two that begin threads.
    disruptor! { event: u64; threads: 1; b { core: 1 } = work; < a -> b -> c > };
    disruptor! { event: u64; threads: 0; < a > };
    disruptor! { event: u64; threads: TWO; < a -> b -> c > };
    disruptor! { event: u64; threads: 3; < a -> [work; WORKERS] > };
}
