//! LMAX's topologies again, built at run time: what that costs against the declarations beside this file.

use std::marker::PhantomData;
use std::time::Instant;

use disruptor_pipeline::dynamic::Stage;
use disruptor_pipeline::wait::Wait;
use disruptor_pipeline::{BatchError, Builder, Handler, HandlerMut, HandlerResult, Sequence};

use crate::checked::{Outcome, checked};
use crate::numbers::sum_below;
use crate::topologies::{fill, text};
use crate::work::{
    Function, Value, add, add_three, folded_below, kept, kept_below, second_operand, shared_out,
};

/// What a [`Fold`] does with each value.
trait Operation: Send + 'static {
    const START: i64;
    fn apply(result: i64, value: i64) -> i64;
}

struct Add;
struct Subtract;
struct And;

impl Operation for Add {
    const START: i64 = 0;
    fn apply(result: i64, value: i64) -> i64 {
        result.wrapping_add(value)
    }
}

impl Operation for Subtract {
    const START: i64 = 0;
    fn apply(result: i64, value: i64) -> i64 {
        result.wrapping_sub(value)
    }
}

impl Operation for And {
    const START: i64 = -1;
    fn apply(result: i64, value: i64) -> i64 {
        result & value
    }
}

/// Folds values, and takes the time at the last.
struct Fold<O> {
    result: i64,
    last: Sequence,
    ended: Option<Instant>,
    operation: PhantomData<O>,
}

impl<O: Operation> Fold<O> {
    fn new(events: i64) -> Self {
        Self { result: O::START, last: events - 1, ended: None, operation: PhantomData }
    }
}

impl<O: Operation> Handler<Value> for Fold<O> {
    #[inline]
    fn on_event(&mut self, event: &Value, sequence: Sequence, _: bool) -> HandlerResult {
        self.result = O::apply(self.result, event.value);
        if sequence == self.last {
            self.ended = Some(Instant::now());
        }
        Ok(())
    }
}

/// One producer, one stage that adds up; so many events a publication.
pub(crate) fn unicast<W: Wait + Clone + 'static>(events: i64, batch: i64, wait: W) -> Outcome {
    let mut builder = Builder::single(1 << 16, Value::default);
    builder.wait(wait.clone()).producer_wait(wait);
    builder.handle_events_with([Stage::new("add", Fold::<Add>::new(events))]);
    let (mut producer, running) = builder.build().map_err(text)?.spawn().map_err(text)?;
    let begun = Instant::now();
    if batch == 1 {
        for value in 0..events {
            producer.publish(|event| event.value = value).map_err(text)?;
        }
    } else {
        for from in (0..events).step_by(batch as usize) {
            let count = batch.min(events - from) as usize;
            producer.publish_batch(count, |batch| fill(batch, from)).map_err(text)?;
        }
    }
    drop(producer);
    let add: Fold<Add> = running.join().map_err(text)?.take("add").ok_or("no handler")?;
    checked(add.result, sum_below(events), begun, add.ended)
}

/// The last of three stages.
struct Keep {
    sum: i64,
    last: i64,
    ended: Option<Instant>,
}

impl Handler<Function> for Keep {
    #[inline]
    fn on_event(&mut self, event: &Function, sequence: Sequence, _: bool) -> HandlerResult {
        self.sum = self.sum.wrapping_add(kept(event.more));
        if sequence == self.last {
            self.ended = Some(Instant::now());
        }
        Ok(())
    }
}

/// Changes events.
struct Change<F>(F);

impl<F: FnMut(&mut Function)> HandlerMut<Function> for Change<F> {
    #[inline]
    fn on_event(&mut self, event: &mut Function, _: Sequence, _: bool) -> HandlerResult {
        (self.0)(event);
        Ok(())
    }
}

/// Three stages in a row, each using what the one before has written.
pub(crate) fn pipeline<W: Wait + Clone + 'static>(events: i64, wait: W) -> Outcome {
    let mut builder = Builder::single(8192, Function::default);
    builder.wait(wait.clone()).producer_wait(wait);
    builder
        .handle_events_with([Stage::writing(
            "first",
            Change(|event: &mut Function| event.sum = add(event.one, event.two)),
        )])
        .then([Stage::writing("second", Change(|event: &mut Function| event.more = add_three(event.sum)))])
        .then([Stage::new("third", Keep { sum: 0, last: events - 1, ended: None })]);
    let (mut producer, running) = builder.build().map_err(text)?.spawn().map_err(text)?;
    let begun = Instant::now();
    for value in 0..events {
        let write = |event: &mut Function| {
            event.one = value;
            event.two = second_operand(value);
        };
        producer.publish(write).map_err(text)?;
    }
    drop(producer);
    let third: Keep = running.join().map_err(text)?.take("third").ok_or("no handler")?;
    checked(third.sum, kept_below(events), begun, third.ended)
}

/// Three stages side by side, each with a result of its own.
pub(crate) fn multicast<W: Wait + Clone + 'static>(events: i64, wait: W) -> Outcome {
    let mut builder = Builder::single(8192, Value::default);
    builder.wait(wait.clone()).producer_wait(wait);
    builder.handle_events_with([
        Stage::new("add", Fold::<Add>::new(events)),
        Stage::new("subtract", Fold::<Subtract>::new(events)),
        Stage::new("and", Fold::<And>::new(events)),
    ]);
    let (mut producer, running) = builder.build().map_err(text)?.spawn().map_err(text)?;
    let begun = Instant::now();
    for value in 0..events {
        producer.publish(|event| event.value = value).map_err(text)?;
    }
    drop(producer);
    let mut handlers = running.join().map_err(text)?;
    let add = handlers.take::<Fold<Add>>("add").ok_or("no handler")?;
    let subtract = handlers.take::<Fold<Subtract>>("subtract").ok_or("no handler")?;
    let and = handlers.take::<Fold<And>>("and").ok_or("no handler")?;
    let ended = add.ended.max(subtract.ended).max(and.ended);
    checked((add.result, subtract.result, and.result), folded_below(events), begun, ended)
}

/// Three producers, one stage that adds up; so many events a publication.
pub(crate) fn sequencer<W: Wait + Clone + 'static>(events: i64, batch: i64, wait: W) -> Outcome {
    let mut builder = Builder::multi(1 << 16, Value::default);
    builder.wait(wait.clone()).producer_wait(wait);
    builder.handle_events_with([Stage::new("add", Fold::<Add>::new(events))]);
    let (producer, running) = builder.build().map_err(text)?.spawn().map_err(text)?;
    let begun = Instant::now();
    shared_out(events, |mut share| {
        let mut producer = producer.clone();
        move || {
            if batch == 1 {
                share.try_for_each(|value| Ok(producer.publish(|event| event.value = value).map(drop)?))
            } else {
                share.clone().step_by(batch as usize).try_for_each(|from| {
                    let count = batch.min(share.end - from) as usize;
                    producer.publish_batch(count, |batch| fill(batch, from)).map(drop)
                })
            }
        }
    })
    .map_err(|error: BatchError| text(error))?;
    drop(producer);
    let add: Fold<Add> = running.join().map_err(text)?.take("add").ok_or("no handler")?;
    checked(add.result, sum_below(events), begun, add.ended)
}
