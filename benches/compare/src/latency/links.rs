//! A link of each contender: numbers go in on one thread and come out at a stage on another. What goes in stands behind a pointer,
//! with every contender alike, so that a stage can hold the way into its own upstream.

use std::marker::PhantomData;
use std::sync::Arc;
use std::thread;

use disruptor::wait_strategies::WaitStrategy;
use disruptor::{Producer, build_single_producer};
use disruptor_pipeline::disruptor;
use disruptor_pipeline::wait::Wait;

use super::SLOTS;
use crate::limit::{Cursor, Slots};
use crate::queues::Queue;
use crate::shape::Pause;

/// Sends a number, and ends the link when it is dropped.
pub(crate) type Send = Box<dyn FnMut(i64) + std::marker::Send>;

/// Waits until all that was sent is handled, after the way in was dropped.
pub(crate) type Join = Box<dyn FnOnce()>;

/// A contender's way from one thread to another.
pub(crate) trait Link: Clone {
    /// Starts a stage that calls `handle` with each of so many numbers.
    fn start(&self, events: i64, handle: impl FnMut(i64) + std::marker::Send + 'static) -> (Send, Join);
}

/// `disruptor!`.
#[derive(Clone)]
pub(crate) struct Own<W>(pub(crate) W);

impl<W: Wait + Clone> Link for Own<W> {
    fn start(&self, _: i64, mut handle: impl FnMut(i64) + std::marker::Send + 'static) -> (Send, Join) {
        let wait = self.0.clone();
        let pipeline = disruptor! {
            event: i64;
            ring: SLOTS;
            wait: wait.clone();
            producer_wait: wait;
            stage(&*) = move |number: &i64| handle(*number);
            < stage >
        };
        let (mut producer, running) = pipeline.spawn().expect("two threads");
        let send = move |number| {
            producer.publish(|event| *event = number).expect("nothing fails");
        };
        (Box::new(send), Box::new(move || drop(running.join().expect("nothing fails"))))
    }
}

/// disruptor-rs.
#[derive(Clone)]
pub(crate) struct DisruptorRs<W>(pub(crate) W);

impl<W: WaitStrategy + 'static> Link for DisruptorRs<W> {
    fn start(&self, _: i64, mut handle: impl FnMut(i64) + std::marker::Send + 'static) -> (Send, Join) {
        let mut producer = build_single_producer(SLOTS, i64::default, self.0)
            .handle_events_with(move |event: &i64, _, _| handle(*event))
            .build();
        // It joins its threads when it is dropped.
        (Box::new(move |number| producer.publish(|event| *event = number)), Box::new(|| ()))
    }
}

/// The ring written by hand.
#[derive(Clone)]
pub(crate) struct Limit<P>(pub(crate) P);

impl<P: Pause> Link for Limit<P> {
    fn start(&self, events: i64, mut handle: impl FnMut(i64) + std::marker::Send + 'static) -> (Send, Join) {
        let pause = self.0;
        let ring = Arc::new((Slots::<i64, SLOTS>::new(0), Cursor::default(), Cursor::default()));
        let at_stage = Arc::clone(&ring);
        let stage = thread::spawn(move || {
            let (slots, sent, handled) = &*at_stage;
            // SAFETY: reads what was sent, and the other side waits for it.
            unsafe {
                slots.fold::<{ i64::MAX }, 1, _, P>([sent], handled, events, pause, (), |(), event| {
                    handle(*event)
                });
            }
        });
        let (mut next, mut limit) = (0, SLOTS as i64);
        let send = move |number| {
            let (slots, sent, handled) = &*ring;
            let mut looks = 0;
            while next == limit {
                limit = handled.load() + SLOTS as i64;
                if next == limit {
                    pause.pause_behind(looks);
                    looks += 1;
                }
            }
            // SAFETY: the only one who sends, and the stage is through with the slot.
            unsafe { *slots.at(next) = number };
            next += 1;
            sent.store(next);
        };
        (Box::new(send), Box::new(move || stage.join().expect("it does not panic")))
    }
}

/// A queue.
pub(crate) struct Queued<Q, P>(pub(crate) P, pub(crate) PhantomData<Q>);

impl<Q, P: Pause> Clone for Queued<Q, P> {
    fn clone(&self) -> Self {
        Self(self.0, PhantomData)
    }
}

impl<Q: Queue, P: Pause> Link for Queued<Q, P> {
    fn start(&self, events: i64, mut handle: impl FnMut(i64) + std::marker::Send + 'static) -> (Send, Join) {
        let pause = self.0;
        let (mut sender, mut receiver) = Q::queue::<i64>(SLOTS);
        let stage = thread::spawn(move || {
            let (mut left, mut looks) = (events, 0);
            while left > 0 {
                match Q::take(&mut receiver, &mut handle) {
                    0 => {
                        pause.pause_behind(looks);
                        looks += 1;
                    }
                    taken => (left, looks) = (left - taken as i64, 0),
                }
            }
        });
        let send = move |number| {
            let mut looks = 0;
            while !Q::try_send(&mut sender, number) {
                pause.pause_behind(looks);
                looks += 1;
            }
        };
        (Box::new(send), Box::new(move || stage.join().expect("it does not panic")))
    }
}
