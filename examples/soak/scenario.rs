//! What a seed stands for: a topology, waits, producers, troubles and an end.

use std::fmt;

use crate::random::Random;

#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub(crate) seed: u64,
    /// One that is declared; the others are built.
    pub(crate) shape: Option<Shape>,
    pub(crate) ring: usize,
    pub(crate) producers: usize,
    /// By each producer.
    pub(crate) events: u64,
    pub(crate) stages: Vec<Stage>,
    pub(crate) producer_wait: Waiting,
    pub(crate) end: End,
    /// Stages come and go while events flow.
    pub(crate) changes: usize,
}

#[derive(Clone, Debug)]
pub(crate) struct Stage {
    /// Earlier stages, by number.
    pub(crate) after: Vec<usize>,
    pub(crate) workers: usize,
    pub(crate) poller: bool,
    /// Of a poller: it is dropped once it has handled so many events.
    pub(crate) leaves: Option<usize>,
    pub(crate) wait: Waiting,
    pub(crate) batch: Option<usize>,
    /// In percent of its events.
    pub(crate) releases: usize,
    /// A pause in percent of its events.
    pub(crate) slow: usize,
    pub(crate) trouble: Option<Trouble>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waiting {
    BusySpin,
    SpinHint,
    Yielding,
    Sleeping,
    Blocking,
    LiteBlocking,
    TimeoutBlocking,
    PhasedBackoff,
}

/// What goes wrong in a stage, once it has handled so many events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// An error that stops the pipeline.
    Fails(usize),
    /// A panic.
    Panics(usize),
    /// Errors that are skipped, in one of so many events.
    Skips(usize),
    /// Errors that go away with the second try, in one of so many events.
    Retries(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The producers are dropped, and everything is handled.
    Join,
    /// After so many events of the first producer.
    Drain(u64),
    Halt(u64),
    /// The pipeline's handle is dropped.
    Drop(u64),
}

/// The declarations: `declared.rs` has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `< s0 -> (s1, s2) -> s3 >`, of which `s2` is polled.
    Diamond,
    /// `< s0 -> [s1; 2] -> s2 > < s3 -> s2 >`, of which `s3` is polled.
    Shard,
    /// `< s0 + s1 -> s2 > < s0 -> s3 -> s4 >`, of which `s3` and `s4` are polled.
    Fused,
    /// `< (s0 -> s1, s2) -> s3 >`, of which `s0`, `s1` and `s2` are polled.
    Pollers,
}

const SHAPES: [Shape; 4] = [Shape::Diamond, Shape::Shard, Shape::Fused, Shape::Pollers];

/// The ring of those that are declared.
pub(crate) const RING: usize = 32;

impl Shape {
    fn has_one_producer(self) -> bool {
        matches!(self, Self::Diamond | Self::Fused)
    }

    /// By stage: what it waits on, its workers, and whether it is polled.
    fn stages(self) -> &'static [(&'static [usize], usize, bool)] {
        match self {
            Self::Diamond => &[(&[], 1, false), (&[0], 1, false), (&[0], 1, true), (&[1, 2], 1, false)],
            Self::Shard => &[(&[], 1, false), (&[0], 2, false), (&[1, 3], 1, false), (&[], 1, true)],
            Self::Fused => {
                &[(&[], 1, false), (&[0], 1, false), (&[1], 1, false), (&[0], 1, true), (&[3], 1, true)]
            }
            Self::Pollers => &[(&[], 1, true), (&[0], 1, true), (&[], 1, true), (&[1, 2], 1, false)],
        }
    }
}

const WAITS: [Waiting; 8] = [
    Waiting::BusySpin,
    Waiting::SpinHint,
    Waiting::Yielding,
    Waiting::Sleeping,
    Waiting::Blocking,
    Waiting::LiteBlocking,
    Waiting::TimeoutBlocking,
    Waiting::PhasedBackoff,
];

impl Scenario {
    pub(crate) fn of(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let random = &mut random;
        let shape = random.chance(40).then(|| SHAPES[random.below(SHAPES.len())]);
        let ring = shape.map_or(1 << random.below(9), |_| RING);
        let alone = shape.map_or_else(|| random.chance(50), |shape| shape.has_one_producer());
        let producers = if alone { 1 } else { 1 + random.below(3) };
        let events = 1 + random.below(600) as u64;
        let count = shape.map_or_else(|| 1 + random.below(6), |shape| shape.stages().len());
        let mut stages: Vec<Stage> = (0..count).map(|at| Stage::of(random, at, ring)).collect();
        for (stage, declared) in stages.iter_mut().zip(shape.iter().flat_map(|shape| shape.stages())) {
            stage.become_as(*declared);
        }
        let plain = |stage: &Stage| shape.is_none() || !stage.poller && stage.workers == 1;
        if random.chance(35)
            && let Some(at) =
                (0..count).cycle().skip(random.below(count)).take(count).find(|at| plain(&stages[*at]))
        {
            // One at a time, so that it is known whose failure is told.
            let when = 1 + random.below(events as usize);
            stages[at].trouble = Some(match random.below(4) {
                0 => Trouble::Fails(when),
                1 => Trouble::Panics(when),
                2 => Trouble::Skips(2 + random.below(20)),
                _ => Trouble::Retries(2 + random.below(20)),
            });
            stages[at].poller = false;
            stages[at].workers = 1;
        }
        let when = random.below(events as usize) as u64;
        let end = match random.below(10) {
            0 => End::Drain(when),
            1 => End::Halt(when),
            2 => End::Drop(when),
            _ => End::Join,
        };
        let changes = if shape.is_none() && random.chance(20) { 1 + random.below(4) } else { 0 };
        let producer_wait = WAITS[random.below(WAITS.len())];
        Self { seed, shape, ring, producers, events, stages, producer_wait, end, changes }
    }

    /// All that must come before a stage.
    pub(crate) fn before(&self, stage: usize) -> Vec<usize> {
        let mut before = vec![];
        let mut open = self.stages[stage].after.clone();
        while let Some(next) = open.pop() {
            if !before.contains(&next) {
                before.push(next);
                open.extend(&self.stages[next].after);
            }
        }
        before
    }

    /// Those of them that can be held against what a stage sees: a shard has no one place where it is, and those behind a poller that
    /// has left are not behind it.
    pub(crate) fn watched_before(&self, stage: usize) -> impl Iterator<Item = usize> {
        let before = self.before(stage).into_iter();
        before.filter(|at| self.stages[*at].workers == 1 && !self.stages[*at].may_leave())
    }

    /// When the poller of this name leaves.
    pub(crate) fn leaves(&self, name: &str) -> Option<usize> {
        let at: usize = name.trim_start_matches('s').parse().ok()?;
        self.stages[at].leaves
    }

    /// The stage at which the pipeline stops, and after how many events.
    pub(crate) fn stops(&self) -> Option<usize> {
        let stops = |stage: &Stage| matches!(stage.trouble, Some(Trouble::Fails(_) | Trouble::Panics(_)));
        self.stages.iter().position(stops)
    }
}

impl Stage {
    /// True if it is a poller that may be dropped before its end.
    pub(crate) fn may_leave(&self) -> bool {
        self.poller && self.leaves.is_some()
    }

    /// What of it a declaration fixes.
    fn become_as(&mut self, (after, workers, poller): (&[usize], usize, bool)) {
        (self.after, self.workers, self.poller) = (after.to_vec(), workers, poller);
    }

    fn of(random: &mut Random, at: usize, ring: usize) -> Self {
        let after = (0..at).filter(|_| random.chance(40)).collect();
        Self {
            after,
            workers: if random.chance(15) { 2 + random.below(2) } else { 1 },
            poller: random.chance(10),
            leaves: random.chance(30).then(|| random.below(300)),
            wait: WAITS[random.below(WAITS.len())],
            batch: random.chance(30).then(|| 1 + random.below(ring)),
            releases: if random.chance(20) { random.below(60) } else { 0 },
            slow: if random.chance(15) { 1 + random.below(5) } else { 0 },
            trouble: None,
        }
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "seed {}: {:?}, ring {}, {} producers of {} events, {:?}",
            self.seed, self.shape, self.ring, self.producers, self.events, self.end
        )?;
        writeln!(
            f,
            "  producers wait by {:?}; {} changes while events flow",
            self.producer_wait, self.changes
        )?;
        for (at, stage) in self.stages.iter().enumerate() {
            writeln!(f, "  s{at}: {stage:?}")?;
        }
        Ok(())
    }
}
