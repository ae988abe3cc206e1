//! Room for a claim: taken at once where there is some, waited for, or refused.

use std::time::Duration;

use super::{Producer, Slow};
use crate::Sequence;
use crate::barrier::Barrier;
use crate::control::State;
use crate::error::{Closed, TooLarge, TryPublishError};
use crate::memory::Memory;
use crate::own;
use crate::publication::{Publication, Refused};
use crate::sync::{Ordering, fence, thread};
use crate::wait::{self, Idle, UNDECLARED_PARK, Wait, Waiters};
use crate::word::{self, END, HALT, LAST};

/// The next slots, taken at once; where that fails, what is done for it apart gives them, or the error to leave with.
///
/// A macro, so that the way of a claim that is granted at once meets no other before its event is written: behind a function that
/// gives a `Result` the compiler lets them meet, and asks of each event what it knew already.
macro_rules! granted {
    ($producer:ident.$claim:ident($count:expr), |$slow:ident, $refused:ident| $otherwise:expr) => {
        match $crate::publication::Publication::$claim(
            $producer.memory.head(),
            &mut $producer.claimant,
            $count,
        ) {
            Ok(claim) => claim,
            Err($refused) => $producer.apart(|$slow| $otherwise)?,
        }
    };
}

pub(super) use granted;

impl<M, G, W, F> Producer<M, G, W, F>
where
    M: Memory,
    G: Barrier<M>,
    W: Wait,
    F: Waiters,
{
    #[inline(always)]
    pub(super) fn fits(&self, count: usize) -> Result<(), TooLarge> {
        let ring = self.memory.ring();
        if count <= ring { Ok(()) } else { Err(TooLarge { requested: count, ring }) }
    }
}

impl<M, G, W, F> Slow<'_, M, G, W, F>
where
    M: Memory,
    G: Barrier<M>,
    W: Wait,
    F: Waiters,
{
    /// Takes the next slots, and waits while there is no room.
    pub(super) fn take(&mut self, count: usize) -> Result<Sequence, Closed> {
        match self.memory.head().claim(self.claimant, count) {
            Ok(claim) => Ok(claim),
            Err(pending) => self.wait_for_room(pending, count),
        }
    }

    /// Waits until the stages have left the slots of a claim.
    #[cold]
    #[inline(never)]
    pub(super) fn wait_for_room(
        &mut self,
        pending: Option<Sequence>,
        count: usize,
    ) -> Result<Sequence, Closed> {
        self.settle();
        let Some(claim) = pending else { return Err(self.closed()) };
        if self.is_beyond_the_last(claim, count) {
            // Nothing that stands behind it has a sequence either.
            self.memory.head().abandon(claim);
            self.memory.cold().published.notify();
            return Err(self.closed());
        }
        let behind = self.behind(claim, count);
        let mut pending = Pending { memory: self.memory, claim, behind, count, gates: &mut self.aside.gates };
        let mut looks: u32 = 0;
        loop {
            let head = self.memory.head();
            // Before the gates: a claim is given up only if there was no room after the close.
            let closed = head.is_closed();
            let (word, room) = pending.look();
            if room && head.grant(self.claimant, limit(self.memory, word)) {
                std::mem::forget(pending);
                return Ok(claim);
            }
            // A claim that others may stand behind keeps its turn through a drain, which makes room for it; it is given up when
            // the slowest of the last stages has ended, and so for all that stand behind it.
            if word & (END | HALT) != 0 || is_halted(self.memory) || (closed && !M::Head::HOLDS_OTHERS) {
                pending.give_up();
                return Err(self.closed());
            }
            // Once: neither the claim nor, while this thread is here, the stages on it move.
            if looks == 0 && own::refuses(self.memory, behind) {
                pending.give_up();
                return Err(self.closed());
            }
            let over = || (!M::Head::HOLDS_OTHERS && head.is_closed()) || is_halted(self.memory);
            idle(self.memory, &mut self.aside.wait, looks, None, (&*pending.gates, behind, &over));
            looks = looks.saturating_add(1);
        }
    }

    /// Takes the next slots if there is room for them.
    pub(super) fn try_take(&mut self, count: usize) -> Result<Sequence, Refused> {
        match self.memory.head().try_claim(self.claimant, count) {
            Ok(claim) => Ok(claim),
            Err(refused) => self.try_take_after_a_look(refused, count),
        }
    }

    /// What one who does not wait gets after a look at the gates, or is told.
    #[cold]
    #[inline(never)]
    pub(super) fn look_again(&mut self, refused: Refused, count: usize) -> Result<Sequence, TryPublishError> {
        self.try_take_after_a_look(refused, count).map_err(|refused| match refused {
            Refused::Full => TryPublishError::Full,
            Refused::Closed => TryPublishError::Closed(self.closed()),
        })
    }

    /// Tries once more after a look at the gates: what this producer knows of them may be old.
    pub(super) fn try_take_after_a_look(
        &mut self,
        refused: Refused,
        count: usize,
    ) -> Result<Sequence, Refused> {
        self.settle();
        if refused == Refused::Closed {
            return Err(refused);
        }
        let head = self.memory.head();
        loop {
            if self.is_beyond_the_last(self.claimant.next, count) {
                return Err(Refused::Closed);
            }
            let behind = self.behind(self.claimant.next, count);
            let word = self.aside.gates.look(self.memory, behind, self.memory.ring());
            if word::count(word) <= behind {
                return Err(if word & END != 0 { Refused::Closed } else { Refused::Full });
            }
            if !head.grant(self.claimant, limit(self.memory, word)) {
                return Err(Refused::Closed);
            }
            match head.try_claim(self.claimant, count) {
                // Other producers were faster, and there may still be room behind what they took.
                Err(Refused::Full) => {}
                granted_or_closed => return granted_or_closed,
            }
        }
    }

    /// True, and the pipeline is closed, if there are no sequences left for a claim.
    fn is_beyond_the_last(&self, claim: Sequence, count: usize) -> bool {
        let is_beyond = claim + count as i64 > LAST;
        if is_beyond {
            self.memory.cold().control.use_up();
            self.memory.close();
        }
        is_beyond
    }

    /// What the stages must be beyond before these slots may be written again.
    pub(super) fn behind(&self, claim: Sequence, count: usize) -> Sequence {
        claim + count as i64 - self.memory.ring() as i64 - 1
    }

    pub(super) fn closed(&self) -> Closed {
        // Pairs with the Release of the close that was seen: the state behind it is seen, too.
        fence(Ordering::Acquire);
        self.memory.cold().control.closed()
    }
}

/// Where claims end when the gates are as far as this word says.
fn limit<M: Memory>(memory: &M, word: i64) -> Sequence {
    (word::count(word) + memory.ring() as i64).min(LAST)
}

/// Waits a little, as `wait` says, for the gates to move beyond `behind`: not much longer than what is `left`, and not once it
/// is `over`.
#[inline]
pub(super) fn idle<M: Memory, G: Barrier<M>, W: Wait>(
    memory: &M,
    wait: &mut W,
    looks: u32,
    left: Option<Duration>,
    (gates, behind, over): (&G, Sequence, &dyn Fn() -> bool),
) {
    match wait.idle(looks) {
        Idle::Look | Idle::Timeout => {}
        Idle::Park(limit) if W::BLOCKS => {
            let limit = limit.into_iter().chain(left).min();
            let (limit, must_not_park) = wait::parking::<W>(limit);
            gates.park(memory, behind, limit, &|| must_not_park() || over());
        }
        Idle::Park(limit) => {
            let pause = limit.into_iter().chain(left).fold(UNDECLARED_PARK, Duration::min);
            thread::sleep(pause);
        }
    }
}

/// True once no event is handled any more. A halt is in the gates' words, too; but a poller whose closure runs meanwhile writes
/// over it, and need not be polled again.
fn is_halted<M: Memory>(memory: &M) -> bool {
    memory.cold().control.state() == State::Halted
}

/// A claim that waits for room, behind this sequence. It is given up, or kept when there is room; dropped, as the wait of its
/// producer has panicked, it becomes a hole.
struct Pending<'a, M: Memory, G: Barrier<M>> {
    memory: &'a M,
    claim: Sequence,
    behind: Sequence,
    count: usize,
    gates: &'a mut G,
}

impl<M: Memory, G: Barrier<M>> Pending<'_, M, G> {
    /// The word of the gates; true if there is room.
    fn look(&mut self) -> (i64, bool) {
        let word = self.gates.look(self.memory, self.behind, self.memory.ring());
        (word, word::count(word) > self.behind)
    }

    /// Gives it up, as the stages have ended, or are about to. If there is room by now it becomes a hole; if not, the pipeline ends
    /// before it.
    fn give_up(mut self) {
        let (_, room) = self.look();
        self.settle(room);
        std::mem::forget(self);
    }

    fn settle(&mut self, room: bool) {
        if !M::Head::HOLDS_OTHERS {
            return;
        }
        let (memory, head) = (self.memory, self.memory.head());
        if room {
            head.abort(self.claim, self.count);
        } else {
            memory.close();
            head.abandon(self.claim);
        }
        memory.cold().published.notify();
    }
}

impl<M: Memory, G: Barrier<M>> Drop for Pending<'_, M, G> {
    fn drop(&mut self) {
        if !M::Head::HOLDS_OTHERS {
            return;
        }
        // Others may stand behind it, and have room as soon as the stages move on: what they publish must be reached. So it keeps
        // its turn, and waits as nobody can panic in.
        let mut pause = UNDECLARED_PARK;
        loop {
            let (word, room) = self.look();
            if room || word & (END | HALT) != 0 || is_halted(self.memory) {
                return self.settle(room);
            }
            thread::sleep(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

/// Of one whose wait has panicked.
const LONGEST_PAUSE: Duration = Duration::from_millis(1);
