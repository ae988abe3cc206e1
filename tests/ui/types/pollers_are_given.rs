// Who starts a pipeline with pollers is given them.
use disruptor_pipeline::disruptor;

fn main() {
    let pipeline = disruptor! { event: u64; audit { poll: end }; < audit > };
    let _ = pipeline.spawn();
    let pipeline = disruptor! { event: u64; audit { poll: end }; < audit > };
    let _ = pipeline.run(|_| ());
}
