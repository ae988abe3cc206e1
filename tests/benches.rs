//! The benchmarks measure all contenders by the same measure.
#![forbid(unsafe_code)]

const OURS: [&str; 2] =
    [include_str!("../examples/throughput/main.rs"), include_str!("../examples/throughput/topologies.rs")];
const THEIRS: &str = include_str!("../benches/throughput/disruptor_rs.rs");
const BURST: &str = include_str!("../benches/burst.rs");

/// The numbers behind this text, in the order in which they stand there.
fn numbers(text: &str, before: &str) -> Vec<String> {
    let behind = text.split(before).skip(1);
    let mut numbers: Vec<_> = behind
        .map(|rest| rest.chars().take_while(|character| "0123456789 <_".contains(*character)).collect())
        .map(|number: String| number.trim().to_owned())
        .collect();
    numbers.retain(|number| !number.is_empty());
    numbers
}

/// disruptor-rs: in its `counters`, one side publishes in batches and the other event by event.
///
/// With the defect, the two sides have other batches or other numbers of producers here, or one contender of `burst` has a loop of
/// its own.
#[test]
fn defect_14_both_sides_of_a_benchmark_batch_alike() {
    let ours = OURS.concat();
    for constant in ["PRODUCERS: i64 = ", "BATCH: i64 = "] {
        assert_eq!(numbers(&ours, constant), numbers(THEIRS, constant), "{constant}");
        assert_eq!(numbers(THEIRS, constant).len(), 1, "{constant}");
    }
    let contenders = BURST.matches("group.bench_function(").count();
    assert_eq!(contenders, 3);
    for same in ["BenchmarkId::new(", "for _ in 0..burst {", "last += 1;", "sink.wait_for(last);"] {
        assert_eq!(BURST.matches(same).count(), contenders, "{same}");
    }
    for batch in ["publish_batch", "batch_publish", "try_publish"] {
        assert!(!BURST.contains(batch), "one contender alone publishes by `{batch}`");
    }
}
