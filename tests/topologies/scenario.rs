//! What is generated.

use disruptor_pipeline::Sequence;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// The most stages that a generated topology has.
pub(crate) const STAGES: usize = 8;

#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub(crate) ring: usize,
    pub(crate) first: Sequence,
    pub(crate) producer_wait: Waiting,
    pub(crate) stages: Vec<StageCase>,
    /// What each producer does.
    pub(crate) producers: Vec<Vec<Act>>,
}

#[derive(Clone, Debug)]
pub(crate) struct StageCase {
    /// Earlier stages, by number.
    pub(crate) after: Vec<usize>,
    pub(crate) workers: usize,
    pub(crate) wait: Waiting,
    pub(crate) batch: Option<usize>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Waiting {
    Busy,
    Hint,
    Yielding,
    Sleeping,
    Blocking,
    Lite,
    Timeout,
    Backoff,
}

/// What a producer does, and with how many events.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Act {
    pub(crate) deed: Deed,
    pub(crate) count: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// One by one.
    Each,
    Batch,
    Claim,
    /// A panic half way through a write.
    Panic,
    PanicInBatch,
    Abort,
    Leak,
}

impl Scenario {
    pub(crate) fn any() -> impl Strategy<Value = Self> {
        let ring = select(vec![2_usize, 2, 4, 8, 16, 64]);
        (ring, 0.05..0.95_f64).prop_flat_map(|(ring, density)| {
            let stages = vec(StageCase::any(ring, density), 1..=STAGES);
            let producers = prop_oneof![vec(acts(ring), 1), vec(acts(ring), 2..=3)];
            (Just(ring), first(ring), Waiting::any(), stages, producers).prop_map(
                |(ring, first, producer_wait, mut stages, producers)| {
                    for (at, stage) in stages.iter_mut().enumerate() {
                        stage.after.retain(|after| *after < at);
                    }
                    Self { ring, first, producer_wait, stages, producers }
                },
            )
        })
    }

    /// All that must come before a stage.
    pub(crate) fn before(&self, stage: usize) -> Vec<usize> {
        let mut before = Vec::new();
        let mut open = self.stages[stage].after.clone();
        while let Some(next) = open.pop() {
            if !before.contains(&next) {
                before.push(next);
                open.extend(&self.stages[next].after);
            }
        }
        before
    }
}

/// Where the stream begins: mostly at 0, else shortly before something wraps or ends.
fn first(ring: usize) -> impl Strategy<Value = Sequence> {
    let rounds = (1_i64 << 30) * ring as i64;
    let places = vec![1 << 31, 1 << 32, rounds, 3 * rounds, 1 << 53, 1 << 59];
    // No scenario publishes more than 3 × 24 × 12 events, and holes.
    prop_oneof![
        3 => Just(0),
        2 => (select(places), 0..200_i64).prop_map(|(place, before)| place - before),
        1 => (0..100_i64).prop_map(|more| (1 << 60) - (1 << 50) - 1_000 - more),
    ]
}

fn acts(ring: usize) -> impl Strategy<Value = Vec<Act>> {
    let deed = select(vec![
        Deed::Each,
        Deed::Each,
        Deed::Each,
        Deed::Batch,
        Deed::Batch,
        Deed::Claim,
        Deed::Panic,
        Deed::PanicInBatch,
        Deed::Abort,
        Deed::Leak,
    ]);
    vec((deed, 1..=12.min(2 * ring)).prop_map(|(deed, count)| Act { deed, count }), 0..24)
}

impl StageCase {
    fn any(ring: usize, density: f64) -> impl Strategy<Value = Self> {
        let after = vec(prop::bool::weighted(density), STAGES)
            .prop_map(|drawn| (0..STAGES).zip(drawn).filter(|(_, drawn)| *drawn).map(|(at, _)| at).collect());
        let workers = prop_oneof![5 => Just(1_usize), 1 => 2..=3_usize];
        let batch = prop_oneof![2 => Just(None), 1 => (1..=ring).prop_map(Some)];
        (after, workers, Waiting::any(), batch).prop_map(|(after, workers, wait, batch)| Self {
            after,
            workers,
            wait,
            batch,
        })
    }
}

impl Waiting {
    fn any() -> impl Strategy<Value = Self> {
        // Those that never sleep are rare: there are more threads than cores.
        select(vec![
            Self::Busy,
            Self::Hint,
            Self::Yielding,
            Self::Yielding,
            Self::Sleeping,
            Self::Blocking,
            Self::Blocking,
            Self::Lite,
            Self::Lite,
            Self::Timeout,
            Self::Backoff,
            Self::Backoff,
        ])
    }
}
