//! Pipelines as metrics: encoded for Prometheus, and read back.
#![forbid(unsafe_code)]
#![cfg(feature = "prometheus")]

mod common;

use std::collections::HashMap;

use common::{Gate, within};
use disruptor_pipeline::{Metrics, Monitor, disruptor};
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;

/// An encoded registry, read: the type of each metric, and the value of each series.
#[derive(Debug, Default, PartialEq)]
struct Scrape {
    types: HashMap<String, String>,
    values: HashMap<String, f64>,
}

impl Scrape {
    /// Reads what OpenMetrics allows, and panics at anything else.
    fn of(registry: &Registry) -> Self {
        let mut text = String::new();
        encode(&mut text, registry).expect("it can be encoded");
        let mut scrape = Self::default();
        let body = text.strip_suffix("# EOF\n").expect("it has an end");
        for line in body.lines() {
            if let Some(about) = line.strip_prefix("# TYPE ") {
                let (name, kind) = about.split_once(' ').expect("a name and a type");
                assert!(scrape.types.insert(name.to_owned(), kind.to_owned()).is_none(), "{name} twice");
            } else if !line.starts_with("# HELP ") {
                let (series, value) = line.rsplit_once(' ').expect("a series and a value");
                let name = series.split('{').next().expect("a name");
                let known = |name: &str| scrape.types.contains_key(name);
                let base =
                    ["_total", "_sum", "_count", "_bucket"].iter().find_map(|end| name.strip_suffix(end));
                assert!(known(name) || base.is_some_and(known), "no type for {series}");
                let value = value.parse().expect("a number");
                assert!(scrape.values.insert(series.to_owned(), value).is_none(), "{series} twice");
            }
        }
        scrape
    }

    fn value(&self, series: &str) -> f64 {
        *self.values.get(series).unwrap_or_else(|| panic!("no {series} in {:#?}", self.values.keys()))
    }
}

fn registry(metrics: &Metrics) -> Registry {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(metrics.clone()));
    registry
}

/// Runs so many events through a pipeline of this name, and gives what watches it.
macro_rules! ran {
    ($name:literal, $events:expr) => {{
        let (producer, running) = disruptor! {
            event: i64;
            ring: 16;
            name: $name;
            first(sequence) { on_error: skip } = |sequence| if sequence == 2 { Err("no") } else { Ok(()) };
            last(sequence) { batch: 4 } = |_| {};
            < first -> last >
        }
        .spawn()
        .expect("it starts");
        let (mut producer, monitor) = (producer, running.monitor());
        for _ in 0..$events {
            producer.publish(|_| {}).expect("open");
        }
        drop(producer);
        running.join().map(drop).expect("no stage fails");
        monitor
    }};
}

#[test]
fn every_figure_is_encoded_with_its_type_and_labels() {
    within("figures", || {
        let monitor: Monitor = ran!("orders", 100);
        let scrape = Scrape::of(&registry(&monitor.clone().into()));
        let kinds = [
            ("disruptor_published", "counter"),
            ("disruptor_dropped", "counter"),
            ("disruptor_ring_slots", "gauge"),
            ("disruptor_free_slots", "gauge"),
            ("disruptor_running", "gauge"),
            ("disruptor_ended", "gauge"),
            ("disruptor_failed", "gauge"),
            ("disruptor_stage_cursor", "gauge"),
            ("disruptor_stage_backlog", "gauge"),
            ("disruptor_stage_ended", "gauge"),
            ("disruptor_stage_events", "counter"),
            ("disruptor_stage_waits", "counter"),
            ("disruptor_stage_looks", "counter"),
            ("disruptor_stage_parks", "counter"),
            ("disruptor_stage_rests", "counter"),
            ("disruptor_stage_faults", "counter"),
            ("disruptor_stage_retries", "counter"),
            ("disruptor_stage_skipped", "counter"),
            ("disruptor_stage_batch_size", "histogram"),
        ];
        assert_eq!(scrape.types, kinds.map(|(name, kind)| (name.to_owned(), kind.to_owned())).into());
        for (series, value) in [
            ("disruptor_published_total{pipeline=\"orders\"}", 100.0),
            ("disruptor_ring_slots{pipeline=\"orders\"}", 16.0),
            ("disruptor_free_slots{pipeline=\"orders\"}", 16.0),
            ("disruptor_running{pipeline=\"orders\"}", 0.0),
            ("disruptor_ended{pipeline=\"orders\"}", 1.0),
            ("disruptor_failed{pipeline=\"orders\"}", 0.0),
            ("disruptor_stage_cursor{pipeline=\"orders\",stage=\"last\"}", 100.0),
            ("disruptor_stage_events_total{pipeline=\"orders\",stage=\"last\"}", 100.0),
            ("disruptor_stage_faults_total{pipeline=\"orders\",stage=\"first\"}", 1.0),
            ("disruptor_stage_skipped_total{pipeline=\"orders\",stage=\"first\"}", 1.0),
            ("disruptor_stage_skipped_total{pipeline=\"orders\",stage=\"last\"}", 0.0),
            ("disruptor_stage_batch_size_sum{pipeline=\"orders\",stage=\"last\"}", 100.0),
        ] {
            assert_eq!(scrape.value(series), value, "{series}");
        }

        // A bucket for each power of two up to the ring, each at least the one before, and the last has all.
        let last = monitor.snapshot().stages[1].counters.clone();
        let mut before = 0.0;
        for bound in ["1.0", "2.0", "4.0", "8.0", "16.0", "+Inf"] {
            let series = format!(
                "disruptor_stage_batch_size_bucket{{le=\"{bound}\",pipeline=\"orders\",stage=\"last\"}}"
            );
            let count = scrape.value(&series);
            assert!(count >= before, "{series}");
            before = count;
            if bound == "4.0" {
                assert_eq!(count, last.batches as f64, "no batch is larger than 4");
            }
        }
        assert_eq!(before, last.batches as f64);
        assert_eq!(
            scrape.value("disruptor_stage_batch_size_count{pipeline=\"orders\",stage=\"last\"}"),
            before
        );
        let buckets =
            scrape.values.keys().filter(|series| series.starts_with("disruptor_stage_batch_size_bucket"));
        assert_eq!(buckets.count(), 2 * 6);
    });
}

#[test]
fn a_scrape_reads_what_is_so_at_its_time() {
    within("scrapes", || {
        let gate = Gate::default();
        let held = gate.clone();
        let metrics = Metrics::new();
        let registry = registry(&metrics);
        assert_eq!(Scrape::of(&registry), Scrape::default(), "of nothing there is nothing to say");
        let pipeline =
            disruptor! { event: i64; ring: 8; name: "live"; work(sequence) = move |_| held.pass(); < work > };
        let (mut producer, running) = pipeline.spawn().expect("it starts");
        metrics.watch(running.monitor());
        for published in 1..=3 {
            producer.publish(|_| {}).expect("open");
            let scrape = Scrape::of(&registry);
            assert_eq!(scrape.value("disruptor_published_total{pipeline=\"live\"}"), f64::from(published));
            assert_eq!(
                scrape.value("disruptor_stage_backlog{pipeline=\"live\",stage=\"work\"}"),
                f64::from(published)
            );
            assert_eq!(scrape.value("disruptor_free_slots{pipeline=\"live\"}"), f64::from(8 - published));
            assert_eq!(scrape.value("disruptor_running{pipeline=\"live\"}"), 1.0);
        }
        gate.open();
        drop(producer);
        running.join().map(drop).expect("no stage fails");
        let scrape = Scrape::of(&registry);
        assert_eq!(scrape.value("disruptor_stage_backlog{pipeline=\"live\",stage=\"work\"}"), 0.0);
    });
}

#[test]
fn pipelines_come_and_go_and_no_metric_is_named_twice() {
    within("several", || {
        let metrics = Metrics::from(ran!("a", 3));
        let registry = registry(&metrics);
        metrics.watch(ran!("b", 5));
        metrics.watch_as("a again \"quoted\"", ran!("a", 7));
        let published = |scrape: &Scrape, name: &str| {
            scrape.values.get(&format!("disruptor_published_total{{pipeline=\"{name}\"}}")).copied()
        };
        let scrape = Scrape::of(&registry);
        let seen = ["a", "b", "a again \\\"quoted\\\""].map(|name| published(&scrape, name));
        assert_eq!(seen, [Some(3.0), Some(5.0), Some(7.0)]);

        metrics.watch(ran!("b", 6));
        assert!(metrics.forget("a"));
        assert!(!metrics.forget("a"));
        let scrape = Scrape::of(&registry);
        assert_eq!((published(&scrape, "a"), published(&scrape, "b")), (None, Some(6.0)));
    });
}

#[test]
fn what_is_forgotten_is_let_go() {
    within("let go", || {
        let held = std::sync::Arc::new(());
        let (producer, running) = disruptor! {
            event: std::sync::Arc<()> = held.clone();
            ring: 4;
            name: "ring";
            work(sequence) = |_| {};
            < work >
        }
        .spawn()
        .expect("it starts");
        let metrics = Metrics::from(running.monitor());
        drop(producer);
        running.join().map(drop).expect("no stage fails");
        assert!(std::sync::Arc::strong_count(&held) > 1, "the ring is kept while it is watched");
        assert!(metrics.forget("ring"));
        common::until("the ring is dropped", || std::sync::Arc::strong_count(&held) == 1);
    });
}
