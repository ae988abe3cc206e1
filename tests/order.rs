//! Every stage sees each event once, in order, and after all its upstreams: three graphs, every wait, one producer and four,
//! rings of 1, 2, 64 and 65,536 slots.
#![forbid(unsafe_code)]

#[macro_use]
mod common;

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use common::within;
use disruptor_pipeline::wait::Wait;
use disruptor_pipeline::{Batch, Sequence, disruptor};

/// How many producers publish where there are several.
const PRODUCERS: i64 = 4;

/// Who published an event, and as the how manyeth of its own.
#[derive(Clone, Copy, Debug, Default)]
struct Sent {
    by: usize,
    number: i64,
}

/// What is published here.
trait Marked {
    /// Fills the slot, of which every stage must be through with what was there before.
    fn send(&mut self, by: usize, number: i64);
}

/// An event with a mark for each stage, where the stage leaves the sequence that it has handled.
macro_rules! event {
    ($name:ident: $($mark:ident)*) => {
        struct $name {
            sent: Sent,
            $($mark: Sequence,)*
        }

        impl $name {
            const EMPTY: Self = Self { sent: Sent { by: 0, number: 0 }, $($mark: -1,)* };
        }

        impl Marked for $name {
            fn send(&mut self, by: usize, number: i64) {
                let marks = [$(self.$mark),*];
                assert!(marks.iter().all(|mark| *mark == marks[0]), "published over unhandled events: {marks:?}");
                self.sent = Sent { by, number };
            }
        }
    };
}

event!(Diamond: a b c d);
event!(Crossed: a b d e f);
event!(Chain: s0 s1 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11);

/// What a stage must see. Counts outside of the events, too, so that marks left behind in a slot cannot vouch for each other.
struct Witness<const STAGES: usize> {
    stage: usize,
    upstreams: &'static [usize],
    ring: Sequence,
    next: Sequence,
    /// How far each stage is. Relaxed throughout: it must not lend the pipeline an order that it has not itself.
    handled: Arc<[AtomicI64; STAGES]>,
}

impl<const STAGES: usize> Witness<STAGES> {
    fn all(upstreams: [&'static [usize]; STAGES], ring: usize) -> [Self; STAGES] {
        let handled = Arc::new(std::array::from_fn(|_| AtomicI64::new(0)));
        std::array::from_fn(|stage| Self {
            stage,
            upstreams: upstreams[stage],
            ring: ring as Sequence,
            next: 0,
            handled: Arc::clone(&handled),
        })
    }

    /// The stage handles an event, which bears these marks of its upstreams.
    // Once, and not in each of the loops of hundreds of stages.
    #[inline(never)]
    fn sees<const UPSTREAMS: usize>(
        &mut self,
        sequence: Sequence,
        marks: [&Sequence; UPSTREAMS],
        own: &mut Sequence,
    ) {
        assert_eq!(sequence, self.next, "each sequence once, in order");
        assert_eq!(*own, (sequence - self.ring).max(-1), "the slot's last event was handled here");
        assert_eq!(UPSTREAMS, self.upstreams.len());
        for (mark, upstream) in marks.into_iter().zip(self.upstreams) {
            assert_eq!(*mark, sequence, "the mark of upstream {upstream}");
            let handled = self.handled[*upstream].load(Ordering::Relaxed);
            assert!(handled > sequence, "upstream {upstream} is only at {handled}, not beyond {sequence}");
        }
        *own = sequence;
        self.next += 1;
        self.handled[self.stage].store(self.next, Ordering::Relaxed);
    }
}

/// Each producer's events must come in the order in which it published them.
#[derive(Default)]
struct Senders {
    next: [i64; PRODUCERS as usize],
}

impl Senders {
    #[inline(never)]
    fn sees(&mut self, sent: &Sent) {
        assert_eq!(sent.number, self.next[sent.by], "events of producer {}", sent.by);
        self.next[sent.by] += 1;
    }
}

fn send_all<E: Marked>(batch: Batch<'_, E>, by: usize, first: i64) {
    batch.zip(first..).for_each(|(event, number)| event.send(by, number));
}

/// Publishes so many events, mostly one by one and sometimes a few together.
macro_rules! send {
    ($producer:expr, $by:expr, $events:expr) => {{
        let several = $producer.ring_size().min(7) as i64;
        let mut number = 0;
        while number < $events {
            if number % 64 == 63 && number + several <= $events {
                let write = |batch: Batch<'_, _>| send_all(batch, $by, number);
                let sequences = $producer.publish_batch(several as usize, write).expect("no stage fails");
                assert_eq!(sequences.end - sequences.start, several);
                number += several;
            } else {
                $producer.publish(|event| event.send($by, number)).expect("no stage fails");
                number += 1;
            }
        }
    }};
}

/// Publishes so many events in all.
macro_rules! feed {
    (single, $producer:ident, $events:expr) => {
        send!($producer, 0, $events)
    };
    (multi, $producer:ident, $events:expr) => {
        thread::scope(|scope| {
            for by in 0..PRODUCERS as usize {
                let mut producer = $producer.clone();
                scope.spawn(move || send!(producer, by, $events / PRODUCERS));
            }
        })
    };
}

macro_rules! diamond {
    ($wait:expr, $producers:ident, $ring:tt, $events:expr) => {{
        let [mut wa, mut wb, mut wc, mut wd] = Witness::all([&[], &[0], &[0], &[1, 2]], $ring);
        let mut senders = Senders::default();
        let pipeline = disruptor! {
            event: Diamond = Diamond::EMPTY;
            ring: $ring;
            producers: $producers;
            wait: $wait;
            producer_wait: $wait;
            a(&mut a, sequence) = |own, n| wa.sees(n, [], own);
            b(&a, &mut b, sequence) = |a, own, n| wb.sees(n, [a], own);
            c(&a, &mut c, sequence) = |a, own, n| wc.sees(n, [a], own);
            d(&sent, &b, &c, &mut d, sequence) = |sent, b, c, own, n| {
                senders.sees(sent);
                wd.sees(n, [b, c], own);
            };
            < a -> (b, c) -> d >
        };
        pipeline.run(|producer| feed!($producers, producer, $events)).expect("no stage fails");
        assert_eq!([wa.next, wb.next, wc.next, wd.next], [$events; 4]);
        assert_eq!(senders.next.iter().sum::<i64>(), $events);
    }};
}

// No series and no parallels make this graph: `d` waits on `a` and `b`, `e` on `b` alone.
macro_rules! crossed {
    ($wait:expr, $producers:ident, $ring:tt, $events:expr) => {{
        let upstreams: [&[usize]; 5] = [&[], &[], &[0, 1], &[1], &[2, 3]];
        let [mut wa, mut wb, mut wd, mut we, mut wf] = Witness::all(upstreams, $ring);
        let mut senders = Senders::default();
        let pipeline = disruptor! {
            event: Crossed = Crossed::EMPTY;
            ring: $ring;
            producers: $producers;
            wait: $wait;
            producer_wait: $wait;
            a(&sent, &mut a, sequence) = |sent, own, n| {
                senders.sees(sent);
                wa.sees(n, [], own);
            };
            b(&mut b, sequence) = |own, n| wb.sees(n, [], own);
            d(&a, &b, &mut d, sequence) = |a, b, own, n| wd.sees(n, [a, b], own);
            e(&b, &mut e, sequence) { batch: 1 } = |b, own, n| we.sees(n, [b], own);
            f(&d, &e, &mut f, sequence) = |d, e, own, n| wf.sees(n, [d, e], own);
            < (a, b) -> d > < b -> e > < (d, e) -> f >
        };
        pipeline.run(|producer| feed!($producers, producer, $events)).expect("no stage fails");
        assert_eq!([wa.next, wb.next, wd.next, we.next, wf.next], [$events; 5]);
        assert_eq!(senders.next.iter().sum::<i64>(), $events);
    }};
}

macro_rules! chain {
    ($wait:expr, $producers:ident, $ring:tt, $events:expr) => {{
        let upstreams: [&[usize]; 12] =
            [&[], &[0], &[1], &[2], &[3], &[4], &[5], &[6], &[7], &[8], &[9], &[10]];
        let mut all = Witness::all(upstreams, $ring);
        let [w0, w1, w2, w3, w4, w5, w6, w7, w8, w9, w10, w11] = &mut all;
        let mut senders = Senders::default();
        let pipeline = disruptor! {
            event: Chain = Chain::EMPTY;
            ring: $ring;
            producers: $producers;
            wait: $wait;
            producer_wait: $wait;
            s0(&mut s0, sequence) = |own, n| w0.sees(n, [], own);
            s1(&s0, &mut s1, sequence) = |up, own, n| w1.sees(n, [up], own);
            s2(&s1, &mut s2, sequence) = |up, own, n| w2.sees(n, [up], own);
            s3(&s2, &mut s3, sequence) = |up, own, n| w3.sees(n, [up], own);
            s4(&s3, &mut s4, sequence) = |up, own, n| w4.sees(n, [up], own);
            s5(&s4, &mut s5, sequence) = |up, own, n| w5.sees(n, [up], own);
            s6(&s5, &mut s6, sequence) = |up, own, n| w6.sees(n, [up], own);
            s7(&s6, &mut s7, sequence) = |up, own, n| w7.sees(n, [up], own);
            s8(&s7, &mut s8, sequence) = |up, own, n| w8.sees(n, [up], own);
            s9(&s8, &mut s9, sequence) = |up, own, n| w9.sees(n, [up], own);
            s10(&s9, &mut s10, sequence) = |up, own, n| w10.sees(n, [up], own);
            s11(&sent, &s10, &mut s11, sequence) = |sent, up, own, n| {
                senders.sees(sent);
                w11.sees(n, [up], own);
            };
            < s0 -> s1 -> s2 -> s3 -> s4 -> s5 -> s6 -> s7 -> s8 -> s9 -> s10 -> s11 >
        };
        pipeline.run(|producer| feed!($producers, producer, $events)).expect("no stage fails");
        assert_eq!(all.map(|witness| witness.next), [$events; 12]);
        assert_eq!(senders.next.iter().sum::<i64>(), $events);
    }};
}

/// One pipeline at a time: two that spin side by side would take each other's cores.
static ALONE: Mutex<()> = Mutex::new(());

/// A graph under a wait, with one producer and with several, in each ring.
macro_rules! rings {
    ($graph:ident, $wait:expr) => {
        let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        rings!($graph, $wait, single, 1 2 64 65536);
        rings!($graph, $wait, multi, 1 2 64 65536);
    };
    ($graph:ident, $wait:expr, $producers:ident, $($ring:tt)*) => {$(
        let count = events($ring);
        let what = concat!(stringify!($graph), " in a ring of ", $ring, ", producers: ", stringify!($producers));
        let own = $wait.clone();
        within(what, move || $graph!(own.clone(), $producers, $ring, count));
    )*};
}

/// How many events to send: a million in the larger rings, fewer where each hand-over takes a turn of the scheduler, so that
/// all of this file takes less than two minutes on two loaded cores.
const fn events(ring: usize) -> i64 {
    match ring {
        1 => 1_000,
        2 => 2_000,
        _ => 1_000_000,
    }
}

// A function for each graph, so that it is compiled once for each type of wait and not once for each wait.

fn a_diamond(wait: impl Wait + Clone) {
    rings!(diamond, wait);
}

fn a_crossed_graph(wait: impl Wait + Clone) {
    rings!(crossed, wait);
}

fn a_chain_of_twelve(wait: impl Wait + Clone) {
    rings!(chain, wait);
}

under_few_types_of_waits!(a_diamond a_crossed_graph a_chain_of_twelve);
