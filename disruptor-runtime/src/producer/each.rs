//! Many events, each published by itself.

use super::Producer;
use crate::barrier::Barrier;
use crate::error::Closed;
use crate::memory::Memory;
use crate::publication::{Claimant, Publication};
use crate::sync::black_box;
use crate::wait::{Wait, Waiters};

/// A single producer looks for room, and for a close, once for so many events. Of 8, 16 and 32, 32 was the fastest (docs/performance.md);
/// with more, a close would be seen later.
const STRETCH: usize = 32;

impl<M, G, W, F> Producer<M, G, W, F>
where
    M: Memory,
    G: Barrier<M>,
    W: Wait,
    F: Waiters,
{
    /// Publishes `count` events one by one: calls `write` with each event and its index, from 0 on, and makes it visible before the next
    /// is written. It may be more than the ring has slots; while the ring is full it waits, as [`publish`](Self::publish) does.
    ///
    /// With one producer this takes fewer instructions than a loop over `publish`: where thirty-two slots are free in one piece, room is
    /// looked for once for them. An event is not held back by the next one, though `write` may take its time; but where `write` waits for
    /// something, such as a message, such a loop sees a close sooner.
    ///
    /// ```
    /// # use disruptor_runtime::{Closed, Publisher};
    /// fn replay(producer: &mut impl Publisher<Event = u64>, recorded: &[u64]) -> Result<(), Closed> {
    ///     producer.publish_each(recorded.len(), |event, index| *event = recorded[index])
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Closed`] once the pipeline takes no more events: `write` is not called for the others. A single producer sees that thirty-two events
    /// later at most: what it publishes meanwhile may be handled by nobody, and where those were the last ones, this returns `Ok`, as
    /// `publish` may for one event. A `count` of 0 is never refused.
    ///
    /// # Panics
    /// Only if `write` does: its event is not published then, those before it are, and the producer can go on.
    #[inline]
    pub fn publish_each(
        &mut self,
        count: usize,
        write: impl FnMut(&mut M::Event, usize),
    ) -> Result<(), Closed> {
        self.publish_each_by::<STRETCH>(count, write)
    }

    /// The same with another length of a stretch.
    #[inline(always)]
    pub(crate) fn publish_each_by<const STRETCH: usize>(
        &mut self,
        count: usize,
        mut write: impl FnMut(&mut M::Event, usize),
    ) -> Result<(), Closed> {
        let mut index = 0;
        while index < count {
            if !M::Head::HOLDS_OTHERS {
                let ahead = count - index;
                index += self.publish_stretches::<STRETCH>(ahead, |event, ahead| write(event, index + ahead));
                if index == count {
                    break;
                }
            }
            self.publish(|event| write(event, index))?;
            index += 1;
        }
        Ok(())
    }

    /// Publishes events, `count` at most, as long as there is room for a stretch of them in one piece. Gives how many there were.
    ///
    /// For a head that holds nobody up: what is left of a claim, where `write` panics, is claimed anew.
    #[inline(always)]
    fn publish_stretches<const STRETCH: usize>(
        &mut self,
        count: usize,
        mut write: impl FnMut(&mut M::Event, usize),
    ) -> usize {
        debug_assert!(!M::Head::HOLDS_OTHERS, "each claim of one of several producers is ended as a whole");
        let memory = &**self.memory;
        // Not known to the compiler: the cursor stays a counter that is stepped, where it would be worked out anew from another for
        // each event. In a loop that does nothing else this is worth a quarter.
        let one = black_box(1);
        let mut there = There { claimant: self.claimant, left: &mut self.claimant };
        let mut done = 0;
        while count - done >= STRETCH
            && let Ok(first) = memory.head().try_claim(&mut there.claimant, STRETCH)
            && let index = first as usize & (memory.ring() - 1)
            && index + STRETCH <= memory.ring()
        {
            let slots = memory.slot(index);
            for ahead in 0..STRETCH {
                // SAFETY: the slots of the stretch are claimed, and lie in one piece; this one is not committed yet, so that this thread
                // alone touches it.
                write(unsafe { &mut *slots.add(ahead) }, done + ahead);
                let next = there.claimant.next;
                Self::show(memory, &mut there.claimant, next, one);
            }
            done += STRETCH;
        }
        done
    }
}

/// How far a producer is, in registers while it publishes, and put back whatever happens.
struct There<'a> {
    claimant: Claimant,
    left: &'a mut Claimant,
}

impl Drop for There<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        *self.left = self.claimant;
    }
}
