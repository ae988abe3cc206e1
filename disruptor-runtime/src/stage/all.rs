//! Several handlers as one.

use super::{Handler, HandlerMut, HandlerResult, Release};
use crate::Sequence;
use crate::failure::BoxError;

/// Several handlers as one: each event goes to the first, then to the next, and so on.
///
/// An error of one ends the event there: those behind it do not see it (unless a retry brings it again), and the stage's `on_error` decides. A
/// part of a batch is let go of when all of them say so after one and the same event; all are asked.
///
/// In a declaration `a + b` puts two stages on one thread, where `b` sees a batch when `a` has finished it, and each has a place in
/// the topology and an `on_error` of its own. This is for handlers that are one stage: that take turns event by event.
///
/// ```
/// use disruptor_runtime::{All, Handler};
///
/// let (mut sum, mut count) = (0, 0);
/// let mut both = All((|value: &u64, _, _| sum += value, |_: &u64, _, _| count += 1));
/// for (sequence, value) in [5, 6].iter().enumerate() {
///     both.on_event(value, sequence as i64, sequence == 1).expect("neither fails");
/// }
/// drop(both);
/// assert_eq!((sum, count), (11, 2));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct All<Handlers>(pub Handlers);

macro_rules! all {
    ($trait:ident $(&$mutable:tt)?: $($handler:ident $field:tt)*; $($more:tt)*) => {
        impl<Event, $($handler: $trait<Event>),*> $trait<Event> for All<($($handler,)*)> {
            fn on_start(&mut self) {
                $(self.0.$field.on_start();)*
            }

            #[inline]
            fn on_batch_start(&mut self, size: usize, backlog: usize) {
                $(self.0.$field.on_batch_start(size, backlog);)*
            }

            #[inline]
            fn on_event(&mut self, event: &$($mutable)? Event, sequence: Sequence, end_of_batch: bool) -> HandlerResult {
                $(self.0.$field.on_event(event, sequence, end_of_batch)?;)*
                Ok(())
            }

            #[inline]
            fn releases(&mut self) -> bool {
                // Each is asked, whatever the others say.
                true $(& self.0.$field.releases())*
            }

            fn on_timeout(&mut self, next: Sequence) {
                $(self.0.$field.on_timeout(next);)*
            }

            fn on_stop(&mut self) {
                $(self.0.$field.on_stop();)*
            }

            $($more)*
        }
    };
}

macro_rules! all_of {
    ($($handler:ident $field:tt)*) => {
        all!(HandlerMut &mut: $($handler $field)*;);
        all! { Handler: $($handler $field)*;
            // Closures say it with what they return.
            #[inline]
            fn handle(&mut self, event: &Event, sequence: Sequence, end: bool) -> Result<Release, BoxError> {
                let mut all = true;
                $(all &= self.0.$field.handle(event, sequence, end)? == Release::Now;)*
                Ok(if all { Release::Now } else { Release::AtEnd })
            }
        }
    };
}

all_of!(A 0);
all_of!(A 0 B 1);
all_of!(A 0 B 1 C 2);
all_of!(A 0 B 1 C 2 D 3);
all_of!(A 0 B 1 C 2 D 3 F 4);
all_of!(A 0 B 1 C 2 D 3 F 4 G 5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_batch_goes_when_all_let_it_go() {
        let says = |every: Sequence| {
            move |_: &(), sequence: Sequence, _: bool| {
                if sequence % every == 0 { Release::Now } else { Release::AtEnd }
            }
        };
        let mut both = All((says(2), says(3)));
        let released: Vec<_> = (1..=12)
            .filter(|sequence| both.handle(&(), *sequence, false).expect("neither fails") == Release::Now)
            .collect();
        assert_eq!(released, [6, 12]);
    }

    #[test]
    fn an_error_ends_the_event_there() {
        let mut seen = 0;
        let failed = {
            let odd =
                |_: &(), sequence: Sequence, _: bool| if sequence % 2 == 1 { Err("odd") } else { Ok(()) };
            let mut both = All((odd, |_: &(), _: Sequence, _: bool| seen += 1));
            (0..4).filter(|sequence| both.on_event(&(), *sequence, false).is_err()).count()
        };
        assert_eq!((failed, seen), (2, 2));
    }
}
