//! Waiting that parks for a limited time.

use std::time::{Duration, Instant};

use super::{Idle, Wait};
use crate::sync::hint;

/// Spins for a few looks, then parks as [`Blocking`](super::Blocking) does; each time that nothing has come for so long, the
/// stage's handler is told by [`on_timeout`](crate::Handler::on_timeout), on its own thread. For a heartbeat, a flush of what was
/// held back, an alarm about a feed that is silent.
///
/// The time runs from the end of the spinning, and anew from each call. It is a least time: what the kernel's timer and scheduler add
/// comes on top. Limits below a microsecond count as one. Nothing is called while events flow, however slow the handler is; a producer that
/// waits so looks again and goes on waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeoutBlocking {
    limit: Duration,
    spins: u32,
    /// The last look that was counted: the next one of the same idle time has a higher number.
    last: u32,
    /// When the time is over, if it is not too far away to be said.
    deadline: Option<Instant>,
}

const SHORTEST: Duration = Duration::from_micros(1);

impl TimeoutBlocking {
    /// A wait whose handler is told each time that nothing has come for so long.
    #[must_use]
    pub const fn with_limit(limit: Duration) -> Self {
        Self { limit, spins: 100, last: u32::MAX, deadline: None }
    }

    /// The same with so many looks before it parks, in place of 100.
    #[must_use]
    pub fn spins(self, spins: u32) -> Self {
        Self { spins, ..self }
    }
}

impl Default for TimeoutBlocking {
    /// 100 ms.
    fn default() -> Self {
        Self::with_limit(Duration::from_millis(100))
    }
}

impl Wait for TimeoutBlocking {
    const BLOCKS: bool = true;

    #[inline]
    fn idle(&mut self, looks: u32) -> Idle {
        let goes_on = looks > self.last || (looks == u32::MAX && self.deadline.is_some());
        self.last = looks;
        if looks < self.spins {
            hint::spin_loop();
            self.deadline = None;
            return Idle::Look;
        }
        let (now, limit) = (Instant::now(), self.limit.max(SHORTEST));
        match self.deadline.filter(|_| goes_on) {
            None => {
                self.deadline = now.checked_add(limit);
                Idle::Park(self.deadline.map(|_| limit))
            }
            Some(deadline) if now < deadline => Idle::Park(Some(deadline - now)),
            Some(_) => {
                self.deadline = now.checked_add(limit);
                Idle::Timeout
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_runs_from_the_end_of_the_spinning_and_anew_from_each_timeout() {
        let limit = Duration::from_millis(200);
        let mut wait = TimeoutBlocking::with_limit(limit).spins(2);
        assert_eq!([wait.idle(0), wait.idle(1)], [Idle::Look, Idle::Look]);
        std::thread::sleep(limit);
        assert_eq!(wait.idle(2), Idle::Park(Some(limit)));
        assert!(matches!(wait.idle(3), Idle::Park(Some(left)) if left <= limit));
        std::thread::sleep(limit);
        assert_eq!(wait.idle(4), Idle::Timeout);
        assert!(matches!(wait.idle(5), Idle::Park(Some(left)) if left <= limit));
        std::thread::sleep(limit);
        assert_eq!(wait.idle(6), Idle::Timeout);
    }

    /// Also where another wait has the first looks, so that none of number 0 comes here.
    #[test]
    fn another_idle_time_begins_anew() {
        let limit = Duration::from_millis(20);
        let mut wait = TimeoutBlocking::with_limit(limit).spins(2);
        for first in [300, 300, 5, 5] {
            assert_eq!(wait.idle(first), Idle::Park(Some(limit)));
            std::thread::sleep(limit);
        }
        assert_eq!(wait.idle(6), Idle::Timeout);
    }

    #[test]
    fn a_limit_of_nothing_still_parks_and_one_of_ages_never_ends() {
        let mut wait = TimeoutBlocking::with_limit(Duration::ZERO).spins(0);
        assert_eq!(wait.idle(0), Idle::Park(Some(SHORTEST)));
        let mut wait = TimeoutBlocking::with_limit(Duration::MAX).spins(0);
        assert_eq!((wait.idle(0), wait.idle(1)), (Idle::Park(None), Idle::Park(None)));
    }

    #[test]
    fn looks_that_are_no_longer_counted_still_time_out() {
        let limit = Duration::from_millis(2);
        let mut wait = TimeoutBlocking::with_limit(limit);
        assert_eq!(wait.idle(u32::MAX - 1), Idle::Park(Some(limit)));
        std::thread::sleep(limit);
        assert_eq!(wait.idle(u32::MAX), Idle::Timeout);
        std::thread::sleep(limit);
        assert_eq!(wait.idle(u32::MAX), Idle::Timeout);
    }
}
