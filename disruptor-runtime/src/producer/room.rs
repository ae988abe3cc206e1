//! Room for a claim: taken at once where there is some, waited for, or refused.

use std::time::Duration;

use super::Producer;
use crate::Sequence;
use crate::barrier::Barrier;
use crate::error::{Closed, TooLarge, TryPublishError};
use crate::memory::Memory;
use crate::own;
use crate::publication::{Publication, Refused};
use crate::sync::{Ordering, fence, thread};
use crate::wait::{self, Idle, UNDECLARED_PARK, Wait, Waiters};
use crate::word::{self, END, HALT, LAST};

impl<M, G, W, F> Producer<M, G, W, F>
where
    M: Memory,
    G: Barrier<M>,
    W: Wait,
    F: Waiters,
{
    pub(super) fn fits(&self, count: usize) -> Result<(), TooLarge> {
        let ring = self.memory.ring();
        if count <= ring { Ok(()) } else { Err(TooLarge { requested: count, ring }) }
    }

    /// Takes the next slots, and waits while there is no room.
    #[inline(always)]
    pub(super) fn take(&mut self, count: usize) -> Result<Sequence, Closed> {
        match self.memory.head().claim(&mut self.claimant, count) {
            Ok(claim) => Ok(claim),
            Err(pending) => self.wait_for_room(pending, count),
        }
    }

    /// Waits until the stages have left the slots of a claim.
    #[cold]
    #[inline(never)]
    fn wait_for_room(&mut self, pending: Option<Sequence>, count: usize) -> Result<Sequence, Closed> {
        self.settle();
        let Some(claim) = pending else { return Err(self.closed()) };
        if self.is_beyond_the_last(claim, count) {
            // Nothing that stands behind it has a sequence either.
            self.memory.head().abandon(claim);
            self.memory.cold().published.notify();
            return Err(self.closed());
        }
        let behind = self.behind(claim, count);
        let pending = Pending { memory: &*self.memory, claim, count, gates: &mut self.gates };
        let mut looks: u32 = 0;
        loop {
            let head = self.memory.head();
            // Before the gates: a claim is given up only if there was no room after the close.
            let closed = head.is_closed();
            let word = pending.gates.look(&self.memory, behind, self.memory.ring());
            if word::count(word) > behind && head.grant(&mut self.claimant, limit(&*self.memory, word)) {
                std::mem::forget(pending);
                return Ok(claim);
            }
            // A claim that others may stand behind keeps its turn through a drain, which makes room for it; it is given up when
            // the slowest of the last stages has ended, and so for all that stand behind it.
            if word & (END | HALT) != 0 || (closed && !M::Head::HOLDS_OTHERS) {
                drop(pending);
                return Err(self.closed());
            }
            // Once: neither the claim nor, while this thread is here, the stages on it move.
            if looks == 0 && own::refuses(&*self.memory, behind) {
                drop(pending);
                return Err(self.closed());
            }
            let over = || !M::Head::HOLDS_OTHERS && head.is_closed();
            idle(&*self.memory, &mut self.wait, looks, None, (&*pending.gates, behind, &over));
            looks = looks.saturating_add(1);
        }
    }

    /// Takes the next slots if there is room for them.
    #[inline(always)]
    pub(super) fn try_take(&mut self, count: usize) -> Result<Sequence, Refused> {
        match self.memory.head().try_claim(&mut self.claimant, count) {
            Ok(claim) => Ok(claim),
            Err(refused) => self.try_take_after_a_look(refused, count),
        }
    }

    /// Tries once more after a look at the gates: what this producer knows of them may be old.
    #[cold]
    fn try_take_after_a_look(&mut self, refused: Refused, count: usize) -> Result<Sequence, Refused> {
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
            let word = self.gates.look(&self.memory, behind, self.memory.ring());
            if word::count(word) <= behind {
                return Err(if word & END != 0 { Refused::Closed } else { Refused::Full });
            }
            if !head.grant(&mut self.claimant, limit(&*self.memory, word)) {
                return Err(Refused::Closed);
            }
            match head.try_claim(&mut self.claimant, count) {
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

    /// What one who does not wait is told.
    #[cold]
    pub(super) fn refused(&self, refused: Refused) -> TryPublishError {
        match refused {
            Refused::Full => TryPublishError::Full,
            Refused::Closed => TryPublishError::Closed(self.closed()),
        }
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
            gates.park(memory, behind, limit, &|| wait::must_not_park::<W>() || over());
        }
        Idle::Park(limit) => {
            let pause = limit.into_iter().chain(left).fold(UNDECLARED_PARK, Duration::min);
            thread::sleep(pause);
        }
    }
}

/// A claim that waits for room, for the case that it is given up or that the wait panics. If there is room by now it becomes
/// a hole; if not, nothing that stands behind it has any either, and the pipeline ends before it.
struct Pending<'a, M: Memory, G: Barrier<M>> {
    memory: &'a M,
    claim: Sequence,
    count: usize,
    gates: &'a mut G,
}

impl<M: Memory, G: Barrier<M>> Drop for Pending<'_, M, G> {
    fn drop(&mut self) {
        if !M::Head::HOLDS_OTHERS {
            return;
        }
        let (memory, head) = (self.memory, self.memory.head());
        let behind = self.claim + self.count as i64 - memory.ring() as i64 - 1;
        if word::count(self.gates.look(memory, behind, memory.ring())) > behind {
            head.abort(self.claim, self.count);
        } else {
            memory.close();
            head.abandon(self.claim);
        }
        memory.cold().published.notify();
    }
}
