//! What is compared: the shapes, after LMAX's performance tests, their rings, and how one waits.

use std::fmt;
use std::hint;
use std::str::FromStr;
use std::thread;

/// A topology, with its ring, its events and its work. Named as LMAX's tests are, in short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One producer, one stage that adds up.
    Unicast,
    /// The same, ten events a publication.
    UnicastBatch,
    /// The same as `Unicast`, both threads pinned, each to a core of its own.
    UnicastPinned,
    /// The same, ten events a publication.
    UnicastBatchPinned,
    /// The same, unpinned, the stage driven by a thread of the caller's.
    UnicastPoller,
    /// The same, written by a function that is handed the value.
    Translator,
    /// The same with 2,048 numbers an event, of which each is written and added up.
    LongArray,
    /// One producer, one stage, and no content: what the coordination alone costs.
    Raw,
    /// The same, ten events a publication.
    RawBatch,
    /// Three stages in a row, each using what the one before has written.
    Pipeline,
    /// Two stages side by side, and one that needs both.
    Diamond,
    /// Three stages side by side, each with a result of its own.
    Multicast,
    /// Three producers, one stage that adds up.
    Sequencer,
    /// The same, ten events a publication.
    SequencerBatch,
    /// Three producers with a ring each, one thread that adds up what is in all three; three numbers an event.
    ThreeToThree,
}

impl Shape {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Unicast,
        Self::UnicastBatch,
        Self::UnicastPinned,
        Self::UnicastBatchPinned,
        Self::UnicastPoller,
        Self::Translator,
        Self::LongArray,
        Self::Raw,
        Self::RawBatch,
        Self::Pipeline,
        Self::Diamond,
        Self::Multicast,
        Self::Sequencer,
        Self::SequencerBatch,
        Self::ThreeToThree,
    ];

    /// Its name on the command line and in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unicast => "unicast",
            Self::UnicastBatch => "unicast-batch",
            Self::UnicastPinned => "unicast-pinned",
            Self::UnicastBatchPinned => "unicast-batch-pinned",
            Self::UnicastPoller => "unicast-poller",
            Self::Translator => "translator",
            Self::LongArray => "long-array",
            Self::Raw => "raw",
            Self::RawBatch => "raw-batch",
            Self::Pipeline => "pipeline",
            Self::Diamond => "diamond",
            Self::Multicast => "multicast",
            Self::Sequencer => "sequencer",
            Self::SequencerBatch => "sequencer-batch",
            Self::ThreeToThree => "three-to-three",
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Shape {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|shape| shape.name() == name);
        found.ok_or_else(|| format!("there is no shape `{name}`: {}", Self::ALL.map(Self::name).join(" | ")))
    }
}

/// The slots of a ring, or of a queue, with a single stage or several producers.
pub(crate) const LARGE: usize = 1 << 16;
/// The slots where stages stand behind or beside each other.
pub(crate) const SMALL: usize = 8192;
/// The slots for long arrays.
pub(crate) const FEW: usize = 1024;

/// How those wait who find nothing to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Waiting {
    /// They give way.
    #[default]
    Yielding,
    /// They look again at once, with the processor's hint in between.
    SpinHint,
}

impl Waiting {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Yielding, Self::SpinHint];
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl FromStr for Waiting {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|wait| wait.to_string() == name);
        found.ok_or_else(|| format!("there is no wait `{name}`: Yielding | SpinHint"))
    }
}

/// What is done between two looks, as a type: the loops are compiled for each.
pub(crate) trait Pause: Copy + Send + Sync + 'static {
    fn pause(self);

    /// The same behind so many looks that found nothing.
    #[inline(always)]
    fn pause_behind(self, _looks: u32) {
        self.pause();
    }

    /// What is done behind a batch of so many events that was there at once, and was all there was.
    #[inline(always)]
    fn rest(self, _events: usize) {}
}

/// [`Waiting::SpinHint`].
#[derive(Clone, Copy)]
pub(crate) struct Hint;
/// [`Waiting::Yielding`].
#[derive(Clone, Copy)]
pub(crate) struct Yield;

/// [`Waiting::Yielding`], where latency counts: as LMAX's wait of this name it gives way only behind a hundred looks.
#[derive(Clone, Copy)]
pub(crate) struct YieldLater;

/// How many looks these are.
pub(crate) const LOOKS: u32 = 100;

impl Pause for YieldLater {
    #[inline(always)]
    fn pause(self) {
        thread::yield_now();
    }

    #[inline(always)]
    fn pause_behind(self, looks: u32) {
        if looks < LOOKS { hint::spin_loop() } else { thread::yield_now() }
    }
}

/// The same as `P`, for two threads that may have a core each: they would run in step, at the pace of the lines that go from core to core.
/// As a stage of this project rests where it finds that worth it; here it always is.
#[derive(Clone, Copy)]
pub(crate) struct Resting<P>(pub(crate) P);

impl<P: Pause> Pause for Resting<P> {
    #[inline(always)]
    fn pause(self) {
        self.0.pause();
    }

    #[inline(always)]
    fn pause_behind(self, looks: u32) {
        self.0.pause_behind(looks);
    }

    #[inline(always)]
    fn rest(self, events: usize) {
        if (4..512).contains(&events) {
            (0..64).for_each(|_| hint::spin_loop());
        }
    }
}

impl Pause for Hint {
    #[inline(always)]
    fn pause(self) {
        hint::spin_loop();
    }
}

impl Pause for Yield {
    #[inline(always)]
    fn pause(self) {
        thread::yield_now();
    }
}
