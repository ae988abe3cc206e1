//! Pipelines as metrics for Prometheus, read when they are scraped.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;

use super::{Snapshot, StageSnapshot, StateSnapshot};
use crate::monitor::Monitor;
use crate::sync::{Arc, Mutex, lock};

/// Pipelines as metrics, for a registry of `prometheus-client`: `registry.register_collector(Box::new(metrics))`.
///
/// Everything is read when the registry is encoded; between two scrapes it costs nothing. One collector holds all the pipelines
/// of a process, since a registry may name a metric only once: clones share what they watch, so that pipelines can come and go
/// while it is registered.
///
/// Each metric is called `disruptor_…` and has the label `pipeline`; those of a stage have `stage`, too.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    watched: Arc<Mutex<Vec<(String, Monitor)>>>,
}

impl Metrics {
    /// Metrics of no pipeline yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Shows this pipeline under its own name, in place of one that was shown by the same name: of a pipeline that is started
    /// again, the new run.
    ///
    /// It is kept in memory, ring and all, until it is [forgotten](Self::forget) or replaced.
    pub fn watch(&self, monitor: Monitor) {
        let name = monitor.name();
        self.watch_as(name, monitor);
    }

    /// The same under another name, for pipelines that have none or are started several times.
    pub fn watch_as(&self, name: impl Into<String>, monitor: Monitor) {
        let name = name.into();
        let mut watched = lock(&self.watched);
        // Dropped outside of the lock: it may be the last that holds the ring, whose events are the user's.
        let replaced = match watched.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => Some(std::mem::replace(known, monitor)),
            None => {
                watched.push((name, monitor));
                None
            }
        };
        drop(watched);
        drop(replaced);
    }

    /// Shows the pipeline of this name no more. False if there was none.
    pub fn forget(&self, name: &str) -> bool {
        let mut watched = lock(&self.watched);
        let at = watched.iter().position(|(known, _)| known == name);
        let forgotten = at.map(|at| watched.remove(at));
        drop(watched);
        forgotten.is_some()
    }

    /// What the pipelines are at now, by their names.
    fn snapshots(&self) -> Vec<Snapshot> {
        let watched = lock(&self.watched).clone();
        let snapshot = |(name, monitor): (String, Monitor)| Snapshot { pipeline: name, ..monitor.snapshot() };
        watched.into_iter().map(snapshot).collect()
    }
}

impl From<Monitor> for Metrics {
    fn from(monitor: Monitor) -> Self {
        let metrics = Self::new();
        metrics.watch(monitor);
        metrics
    }
}

/// A figure of a pipeline or a stage: its name, its help, and where it stands.
type Figure<T, V> = (&'static str, &'static str, fn(&T) -> V);

const COUNTERS_OF_PIPELINES: [Figure<Snapshot, u64>; 2] = [
    ("disruptor_published", "Events that were published; with several producers, claimed", |snapshot| {
        snapshot.published.unsigned_abs()
    }),
    ("disruptor_dropped", "Events that were offered and dropped, since the ring was full", |snapshot| {
        snapshot.dropped
    }),
];

const GAUGES_OF_PIPELINES: [Figure<Snapshot, i64>; 5] = [
    ("disruptor_ring_slots", "Slots of the ring", |snapshot| whole(snapshot.ring)),
    ("disruptor_free_slots", "Slots that are free to be claimed", |snapshot| whole(snapshot.free_slots)),
    ("disruptor_running", "1 while events are taken", |snapshot| {
        (snapshot.state == StateSnapshot::Running).into()
    }),
    ("disruptor_ended", "1 once every stage has ended", |snapshot| {
        (snapshot.state == StateSnapshot::Ended).into()
    }),
    ("disruptor_failed", "1 once a stage has failed", |snapshot| snapshot.failure.is_some().into()),
];

const GAUGES_OF_STAGES: [Figure<StageSnapshot, i64>; 3] = [
    ("disruptor_stage_cursor", "Sequence that the stage handles next", |stage| stage.cursor),
    ("disruptor_stage_backlog", "Published events that the stage has not handled", |stage| {
        whole(stage.backlog)
    }),
    ("disruptor_stage_ended", "1 once the stage handles no more", |stage| stage.ended.into()),
];

const COUNTERS_OF_STAGES: [Figure<StageSnapshot, u64>; 8] = [
    ("disruptor_stage_events", "Events of batches that are through", |stage| stage.counters.events),
    ("disruptor_stage_waits", "Times that the stage found nothing to do", |stage| stage.counters.waits),
    ("disruptor_stage_looks", "Looks that found nothing while the stage waited", |stage| {
        stage.counters.looks
    }),
    ("disruptor_stage_parks", "Times that the stage parked", |stage| stage.counters.parks),
    ("disruptor_stage_rests", "Rests behind small batches of a dense stream", |stage| stage.counters.rests),
    ("disruptor_stage_faults", "Errors that the handler returned", |stage| stage.counters.faults),
    ("disruptor_stage_retries", "Batches that were rewound", |stage| stage.counters.retries),
    ("disruptor_stage_skipped", "Events that were skipped after an error", |stage| stage.counters.skipped),
];

fn whole(count: usize) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}

impl Collector for Metrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let pipelines = self.snapshots();
        // A metric that is named must have a value.
        if pipelines.is_empty() {
            return Ok(());
        }
        for (name, help, value) in COUNTERS_OF_PIPELINES {
            let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
            for pipeline in &pipelines {
                counter(&mut metric, &of_pipeline(pipeline), value(pipeline))?;
            }
        }
        for (name, help, value) in GAUGES_OF_PIPELINES {
            let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            for pipeline in &pipelines {
                metric.encode_family(&of_pipeline(pipeline))?.encode_gauge(&value(pipeline))?;
            }
        }
        let stages = || {
            pipelines.iter().flat_map(|pipeline| pipeline.stages.iter().map(move |stage| (pipeline, stage)))
        };
        for (name, help, value) in GAUGES_OF_STAGES {
            let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            for (pipeline, stage) in stages() {
                metric.encode_family(&of_stage(pipeline, stage))?.encode_gauge(&value(stage))?;
            }
        }
        for (name, help, value) in COUNTERS_OF_STAGES {
            let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
            for (pipeline, stage) in stages() {
                counter(&mut metric, &of_stage(pipeline, stage), value(stage))?;
            }
        }
        let sizes = "Events a batch, of batches that are through";
        let mut metric =
            encoder.encode_descriptor("disruptor_stage_batch_size", sizes, None, MetricType::Histogram)?;
        for (pipeline, stage) in stages() {
            let counters = &stage.counters;
            let buckets = counters.batch_sizes.buckets(pipeline.ring);
            metric.encode_family(&of_stage(pipeline, stage))?.encode_histogram::<NoLabelSet>(
                counters.events as f64,
                counters.batches,
                &buckets,
                None,
            )?;
        }
        Ok(())
    }
}

fn of_pipeline(pipeline: &Snapshot) -> [(&'static str, String); 1] {
    [("pipeline", pipeline.pipeline.clone())]
}

fn of_stage(pipeline: &Snapshot, stage: &StageSnapshot) -> [(&'static str, String); 2] {
    [("pipeline", pipeline.pipeline.clone()), ("stage", stage.stage.clone())]
}

fn counter(metric: &mut MetricEncoder<'_>, labels: &impl EncodeLabelSet, value: u64) -> fmt::Result {
    metric.encode_family(labels)?.encode_counter::<NoLabelSet, _, f64>(&value, None)
}
