//! Round trips over two rings, all contenders in one group: `cargo bench --bench latency`. An iteration is a round trip, its time the
//! median of as many as criterion asks for. The distributions are those of the program `latency`.

use std::time::Duration;

use compare::CONTENDERS;
use criterion::{Criterion, SamplingMode, criterion_group, criterion_main};

fn ping_pong(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ping-pong");
    group
        .sampling_mode(SamplingMode::Flat)
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2));
    for contender in CONTENDERS {
        group.bench_function(contender.name, |bencher| {
            bencher.iter_custom(|trips| {
                let latencies =
                    compare::ping_pong(contender.name, trips as i64, None).expect("right answers");
                Duration::from_nanos(latencies.quantile(0.5).saturating_mul(trips))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, ping_pong);
criterion_main!(benches);
