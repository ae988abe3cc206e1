//! The benchmarks measure all contenders by the same measure.
#![forbid(unsafe_code)]

const WORK: &str = include_str!("../examples/throughput/work.rs");
const BURST: &str = include_str!("../benches/compare/benches/burst.rs");

/// Where each contender's shapes stand, those that publish in batches.
const CONTENDERS: [(&str, &str); 5] = [
    ("the example", include_str!("../examples/throughput/main.rs")),
    ("disruptor!", include_str!("../benches/compare/src/own.rs")),
    ("limit", include_str!("../benches/compare/src/limit/mod.rs")),
    ("disruptor-rs", include_str!("../benches/compare/src/disruptor_rs.rs")),
    ("the queues", include_str!("../benches/compare/src/queues.rs")),
];

/// Where their producers are started.
const PRODUCERS: [(&str, &str); 4] = [
    ("disruptor!", include_str!("../examples/throughput/topologies.rs")),
    ("limit", include_str!("../benches/compare/src/limit/multi.rs")),
    ("disruptor-rs", include_str!("../benches/compare/src/disruptor_rs/multi.rs")),
    ("the queues", include_str!("../benches/compare/src/queues/shapes.rs")),
];

/// disruptor-rs: in its `counters`, one side publishes in batches and the other event by event.
///
/// With the defect, a contender has batches or producers of its own here, or one contender of `burst` has a loop of its own.
#[test]
fn defect_14_both_sides_of_a_benchmark_batch_alike() {
    for constant in ["const PRODUCERS: i64 = 3;", "const BATCH: i64 = 10;"] {
        assert_eq!(WORK.matches(constant).count(), 1, "{constant}");
    }
    for (contender, source) in CONTENDERS {
        for line in source.lines().filter(|line| line.contains("-batch\" =>") || line.contains("Batch =>")) {
            assert!(line.contains("BATCH"), "{contender}: {line}");
        }
        assert!(source.contains("BATCH"), "{contender} has no batches");
        assert!(!source.contains("const BATCH: i64 ="), "{contender} has batches of its own");
    }
    for (contender, source) in PRODUCERS {
        assert!(
            source.contains("shares(events, PRODUCERS)") || source.contains("shared_out(events"),
            "{contender}"
        );
        assert!(!source.contains("const PRODUCERS"), "{contender} has producers of its own");
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
