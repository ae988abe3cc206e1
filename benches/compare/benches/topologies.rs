//! Every shape, all contenders of it in one group: `cargo bench --bench topologies`, or with `-- SHAPE/` behind it.
//!
//! An iteration is a run of so many events, timed from the first publication to the last stage's last event; that threads are
//! started for it does not count. On few cores runs of one process stand behind each other: for a judgement take the rounds of
//! processes in turns.

use std::time::Duration;

use compare::{CONTENDERS, Shape};
use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};

fn topologies(criterion: &mut Criterion) {
    for shape in Shape::ALL {
        let events: i64 = if shape == Shape::LongArray { 2_000 } else { 300_000 };
        let mut group = criterion.benchmark_group(shape.name());
        group
            .throughput(Throughput::Elements(events as u64))
            .sampling_mode(SamplingMode::Flat)
            .sample_size(10)
            .warm_up_time(Duration::from_millis(300))
            .measurement_time(Duration::from_secs(2));
        for contender in CONTENDERS.iter().filter(|contender| contender.shapes.contains(&shape)) {
            group.bench_function(contender.name, |bencher| {
                bencher.iter_custom(|runs| {
                    let run = |_| compare::run(contender.name, shape, events, None).expect("a right result");
                    (0..runs).map(run).sum()
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, topologies);
criterion_main!(benches);
