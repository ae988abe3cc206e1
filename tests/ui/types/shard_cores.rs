use disruptor_pipeline::disruptor;

fn main() {
    let _pipeline = disruptor! {
        event: u64;
        work(sequence) { core: [0, 1] } = |_| {};
        < [work; 3] >
    };
}
