//! What producers do, and what they are told.

use std::fmt::Debug;
use std::ops::Range;
use std::panic::resume_unwind;

use disruptor_pipeline::{
    Batch, BatchError, Closed, Offered, Sequence, TimedBatchError, TimedPublishError, TooLarge,
    TryBatchError, TryPublishError,
};
use proptest::prelude::*;
use proptest::sample::select;

/// What a producer does.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    One {
        how: How,
        panics: bool,
    },
    Many {
        count: usize,
        how: How,
        panics: bool,
    },
    /// By a translator.
    With {
        how: How,
        panics: bool,
    },
    /// By a translator, from an iterator that may panic before its last.
    ManyWith {
        count: usize,
        how: How,
        panics: bool,
    },
    Claim {
        count: usize,
        how: How,
        fate: Fate,
    },
    /// The stage handles so many events more.
    Consume(usize),
    /// Another producer, where there may be several.
    Clone,
    /// One producer less, if another is left.
    Drop,
}

/// What it does where there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    Wait,
    Try,
    /// Waits for no time at all.
    Once,
    /// Waits for longer than the test may take.
    Within,
    Offer,
}

/// What becomes of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Published,
    Aborted,
    Panicked,
    Leaked,
}

impl Op {
    pub(crate) fn any() -> impl Strategy<Value = Self> {
        let panics = || prop::bool::weighted(0.2);
        let how = || select(vec![How::Wait, How::Try, How::Try, How::Once, How::Within, How::Offer]);
        let count = || 0..11_usize;
        let fate =
            select(vec![Fate::Published, Fate::Published, Fate::Aborted, Fate::Panicked, Fate::Leaked]);
        prop_oneof![
            5 => (how(), panics()).prop_map(|(how, panics)| Self::One { how, panics }),
            3 => (count(), how(), panics()).prop_map(|(count, how, panics)| Self::Many { count, how, panics }),
            2 => (how(), panics()).prop_map(|(how, panics)| Self::With { how, panics }),
            2 => (count(), how(), panics()).prop_map(|(count, how, panics)| Self::ManyWith { count, how, panics }),
            4 => (count(), how(), fate).prop_map(|(count, how, fate)| Self::Claim { count, how, fate }),
            5 => (1..9_usize).prop_map(Self::Consume),
            1 => Just(Self::Clone),
            1 => Just(Self::Drop),
        ]
    }

    /// True if it waits where there is no room.
    pub(crate) fn waits(&self) -> bool {
        match self {
            Self::One { how, .. }
            | Self::Many { how, .. }
            | Self::With { how, .. }
            | Self::ManyWith { how, .. }
            | Self::Claim { how, .. } => *how == How::Wait,
            Self::Consume(_) | Self::Clone | Self::Drop => false,
        }
    }
}

/// What a producer is told.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Told {
    One(Sequence),
    Many(Range<Sequence>),
    Full,
    Timeout,
    Dropped,
    TooLarge(TooLarge),
    Panicked,
}

impl Told {
    pub(crate) fn offered(offered: Offered) -> Self {
        offered.published().map_or(Self::Dropped, Self::One)
    }

    pub(crate) fn refused(error: TryPublishError) -> Self {
        match error {
            TryPublishError::Full => Self::Full,
            TryPublishError::Closed(closed) => panic!("{closed}"),
        }
    }

    pub(crate) fn from_batch(error: BatchError) -> Self {
        match error {
            BatchError::TooLarge(error) => Self::TooLarge(error),
            BatchError::Closed(closed) => panic!("{closed}"),
        }
    }

    pub(crate) fn from_try(error: TryBatchError) -> Self {
        match error {
            TryBatchError::TooLarge(error) => Self::TooLarge(error),
            TryBatchError::Full => Self::Full,
            TryBatchError::Closed(closed) => panic!("{closed}"),
        }
    }

    pub(crate) fn from_timed(error: TimedBatchError) -> Self {
        match error {
            TimedBatchError::TooLarge(error) => Self::TooLarge(error),
            TimedBatchError::Timeout { .. } => Self::Timeout,
            TimedBatchError::Closed(closed) => panic!("{closed}"),
        }
    }
}

/// What is told by a result: `From`, so that each call of the macro is one word.
macro_rules! told {
    ($($kind:ty: $error:ty => $from:expr;)*) => {$(
        impl From<Result<$kind, $error>> for Told {
            fn from(result: Result<$kind, $error>) -> Self {
                result.map_or_else($from, Told::from)
            }
        }
    )*};
}

told! {
    Sequence: Closed => |closed| panic!("{closed}");
    Sequence: TryPublishError => Told::refused;
    Sequence: TimedPublishError => |error| match error {
        TimedPublishError::Timeout { .. } => Told::Timeout,
        TimedPublishError::Closed(closed) => panic!("{closed}"),
    };
    Range<Sequence>: BatchError => Told::from_batch;
    Range<Sequence>: TryBatchError => Told::from_try;
    Range<Sequence>: TimedBatchError => Told::from_timed;
}

impl From<Sequence> for Told {
    fn from(sequence: Sequence) -> Self {
        Self::One(sequence)
    }
}

impl From<Range<Sequence>> for Told {
    fn from(sequences: Range<Sequence>) -> Self {
        Self::Many(sequences)
    }
}

/// A panic without a word on stderr: there are thousands here.
pub(crate) fn panic_quietly() -> ! {
    resume_unwind(Box::new("without a word on stderr"))
}

pub(crate) fn write(event: &mut i64, value: i64, panics: bool) {
    *event = -1;
    if panics {
        panic_quietly();
    }
    *event = value;
}

pub(crate) fn write_all(batch: Batch<'_, i64>, value: i64, panics: bool) {
    batch.zip(value..).for_each(|(event, value)| *event = value);
    if panics {
        panic_quietly();
    }
}

/// A translator.
pub(crate) fn fill(event: &mut i64, _: Sequence, value: i64, panics: bool) {
    write(event, value, panics);
}

/// Arguments for so many events; a panic in the place of the last, if it `panics`.
pub(crate) fn args(
    value: i64,
    count: usize,
    panics: bool,
) -> impl ExactSizeIterator<Item = (i64, bool)> + Debug {
    Args { values: value..value + count as i64, panics }
}

#[derive(Debug)]
struct Args {
    values: Range<i64>,
    panics: bool,
}

impl Iterator for Args {
    type Item = (i64, bool);

    fn next(&mut self) -> Option<(i64, bool)> {
        if self.panics && self.values.end - self.values.start == 1 {
            panic_quietly();
        }
        self.values.next().map(|value| (value, false))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let len = (self.values.end - self.values.start) as usize;
        (len, Some(len))
    }
}

impl ExactSizeIterator for Args {}
