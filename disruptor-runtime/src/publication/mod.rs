//! How events become visible to the first stages: by one producer's cursor, or by a stamp in each slot.

mod multi;
mod single;

pub use multi::Multi;
pub(crate) use multi::Stamped;
pub use single::Single;

use disruptor_topology::Producers;

use crate::Sequence;

/// What a producer knows for itself, beside the shared words.
#[derive(Clone, Copy, Debug)]
pub struct Claimant {
    /// The next sequence to claim; of several producers, where this one's last claim has ended, or where one that was refused would
    /// have begun.
    pub(crate) next: Sequence,
    /// The first sequence that may not be claimed yet, as far as this producer knows.
    pub(crate) limit: Sequence,
    /// One of several producers is to leave the lines to the others for a moment before its next claim. A try does not wait, and puts
    /// it off.
    pub(crate) steps_back: bool,
}

/// Why a claim cannot be had at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Not before the stages have moved on.
    Full,
    /// Never.
    Closed,
}

/// The producers' side of a ring.
///
/// # Safety
/// What [`look`](Self::look) and [`look_closely`](Self::look_closely) count as published has been written and committed, with
/// every write happening before the look returns; and a claim that was granted is granted to nobody else.
pub unsafe trait Publication: Send + Sync {
    /// How many may publish.
    const PRODUCERS: Producers;

    /// True if a granted claim must be ended by [`commit`](Self::commit) or [`abort`](Self::abort), since others wait on it.
    const HOLDS_OTHERS: bool;

    /// The state before the first event, for a ring of so many slots.
    ///
    /// # Panics
    /// If it is made for a ring of another size.
    fn init(this: &mut std::mem::MaybeUninit<Self>, slots: usize)
    where
        Self: Sized;

    /// Has the stream begin with this sequence, before anybody has joined.
    fn begin_at(&self, first: Sequence);

    /// For one more producer.
    fn join(&self) -> Claimant;

    /// A producer is gone; the last one ends the stream.
    fn leave(&self, claimant: &Claimant);

    /// Claims `count` slots as far as the claimant's `limit` allows.
    fn try_claim(&self, claimant: &mut Claimant, count: usize) -> Result<Sequence, Refused>;

    /// Claims `count` slots; `Err` carries a claim for which room must be awaited with [`grant`](Self::grant) and that is
    /// otherwise given up with [`abandon`](Self::abandon), or nothing once the stream is closed.
    fn claim(&self, claimant: &mut Claimant, count: usize) -> Result<Sequence, Option<Sequence>>;

    /// Takes note that everything below `limit` may be claimed. False once the stream is closed.
    fn grant(&self, claimant: &mut Claimant, limit: Sequence) -> bool;

    /// Gives up a claim for which there was no room before the stream closed.
    fn abandon(&self, claim: Sequence);

    /// Makes the claimed and written slots visible.
    fn commit(&self, claimant: &mut Claimant, claim: Sequence, count: usize);

    /// Ends a claim whose slots were not written: nobody handles them.
    fn abort(&self, claim: Sequence, count: usize);

    /// The word of what is published from `next` on; looks at `most` slots at the most.
    fn look(&self, next: Sequence, most: usize) -> i64;

    /// As `look`, for those who found nothing; sees an end that came from outside as well.
    fn look_closely(&self, next: Sequence, most: usize, closing: bool) -> i64;

    /// True if the published sequence is a hole: claimed, aborted, never to be handled.
    fn is_hole(&self, sequence: Sequence) -> bool;

    /// No claim succeeds from now on.
    fn close(&self);

    /// No claim succeeds from now on, and looks say so.
    fn halt(&self);

    /// The sequences published or claimed so far, for observers.
    fn claimed(&self) -> Sequence;

    /// True once no claim can succeed any more.
    fn is_closed(&self) -> bool;
}

/// Publications that several producers may use at once.
///
/// # Safety
/// Claims of different claimants never meet.
#[diagnostic::on_unimplemented(
    message = "the producer of this pipeline is the only one, and cannot be cloned",
    note = "declare the pipeline with `producers: multi;` to publish from several threads"
)]
pub unsafe trait Cloneable: Publication {}
