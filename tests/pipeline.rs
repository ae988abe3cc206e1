//! Declarations, end to end.
#![forbid(unsafe_code)]

use disruptor_pipeline::{Handler, HandlerMut, HandlerResult, disruptor};

#[derive(Default)]
struct Trade {
    raw: u64,
    order: u64,
    score: u64,
    quote: u64,
}

fn journal(event: &u64, sequence: i64, _end: bool) {
    assert_eq!(*event, sequence as u64);
}
fn replicate(_: &u64, _: i64, _: bool) -> Result<(), String> {
    Ok(())
}
fn unmarshal(_: &u64, _: i64, _: bool) {}
struct Business {
    sum: u64,
}
impl Handler<u64> for Business {
    fn on_event(&mut self, event: &u64, _: i64, _: bool) -> HandlerResult {
        self.sum += *event;
        Ok(())
    }
}

#[test]
fn bare() {
    let business = Business { sum: 0 };
    let pipeline = disruptor! { < journal -> (replicate, unmarshal) -> business > };
    let (mut producer, running) = pipeline.spawn().unwrap();
    for i in 0..100_000 {
        producer.publish(|event| *event = i).unwrap();
    }
    drop(producer);
    assert_eq!(running.join().unwrap().business.sum, 99_999 * 50_000);
}

fn decode(raw: &u64, order: &mut u64) {
    *order = raw * 2;
}
fn price_of(order: &u64, quote: &mut u64) {
    *quote = order + 1;
}
struct Book {
    sum: u64,
}
impl Book {
    fn apply(&mut self, trade: &Trade, sequence: i64) {
        self.sum += trade.score + trade.quote;
        assert_eq!(trade.raw, sequence as u64);
    }
}
struct Clear;
impl HandlerMut<Trade> for Clear {
    fn on_event(&mut self, e: &mut Trade, _: i64, _: bool) -> HandlerResult {
        e.raw = 7;
        Ok(())
    }
}

#[test]
fn listed() {
    let mut book = Book { sum: 0 };
    let mut file = Vec::new();
    let (mut n, mut m) = (0, 0);
    let clear = Clear;
    let pipeline = disruptor! {
        event: Trade = Trade::default();
        ring: 1 << 12;
        producers: multi;
        wait: Yielding::default();
        journal(&raw, end_of_batch)  { batch: 512 } = |raw, end| { if *raw != 3 { file.push((*raw, end)) } };
        unmarshal(&raw, &mut order)  { core: 0 } = decode;
        risk(&order, &mut score)     { wait: BusySpin } = |order, score| *score = order.count_ones() as u64;
        price(&order, &mut quote)    { core: 1, on_error: retry(3) } = price_of;
        business(&*, sequence)       = |trade, sequence| book.apply(trade, sequence);
        slices(&[*], sequence, end_of_batch) = |trades, _, _| n += trades.len();
        clear(&mut *);
        slices_mut(&mut [*]) = |trades| { m += trades.len(); for t in trades { t.score = 0 } };
        < (journal, unmarshal -> (risk, price)) -> (business, slices) -> clear -> slices_mut >
    };
    println!("{}", pipeline.topology());
    let ((), handlers) = pipeline
        .run(|producer| {
            for i in 0..100_000 {
                producer.publish(|event| event.raw = i).unwrap();
            }
        })
        .unwrap();
    let _ = handlers.clear;
    let expected: u64 = (0..100_000u64).map(|i| (i * 2).count_ones() as u64 + i * 2 + 1).sum();
    assert_eq!(book.sum, expected);
    assert_eq!((file.len(), n, m), (99_999, 100_000, 100_000));
}

/// Whatever a stage is called, it meets no name of the expansion's own.
#[test]
fn stages_with_names_of_the_expansion() {
    let (ring, wait, handler, event, sequence, events) = (1_u64, 1_u64, 1_u64, 1_u64, 1_u64, 1_u64);
    let mut sum = 0;
    let pipeline = disruptor! {
        event: Trade;
        wait: Yielding::default();
        plan(&raw, &mut order) = |raw, order| *order = raw + ring + wait;
        handler(&order, &mut score) = |order, score| *score = order + handler + event;
        ring(&score, &mut quote) = |score, quote| *quote = score + sequence + events;
        project(&quote) = |quote| sum += quote;
        < plan -> handler -> ring -> project >
    };
    pipeline.run(|producer| producer.publish(|event| event.raw = 1)).unwrap().0.unwrap();
    assert_eq!(sum, 7);
}

/// Fused stages run on one thread, each batch right after the stage before.
#[test]
fn fused_stages_share_a_thread() {
    use std::thread::{ThreadId, current};
    let (mut first, mut second, mut other): (Option<ThreadId>, Option<ThreadId>, Option<ThreadId>) =
        (None, None, None);
    let mut sum = 0;
    let pipeline = disruptor! {
        event: Trade;
        ring: 64;
        wait: Blocking::default();
        unmarshal(&raw, &mut order) = |raw, order| { first = Some(current().id()); *order = raw + 1 };
        risk(&order, &mut score) = |order, score| { second = Some(current().id()); *score = order * 2 };
        price(&order, &mut quote) = |order, quote| *quote = order * 3;
        business(&score, &quote) = |score, quote| { other = Some(current().id()); sum += score + quote };
        < unmarshal + risk -> business > < unmarshal -> price -> business >
    };
    pipeline
        .run(|producer| (0..10_000).try_for_each(|raw| producer.publish(|event| event.raw = raw).map(drop)))
        .unwrap()
        .0
        .unwrap();
    assert_eq!(sum, (0..10_000).map(|raw| (raw + 1) * 5).sum());
    assert_eq!(first, second);
    assert_ne!(first, other);
}

/// A pipeline on scoped threads can be watched, and halted, by its producer's monitor.
#[test]
fn a_scoped_pipeline_is_watched_by_its_producer() {
    let handle = |_: &u64, _: i64, _: bool| {};
    let (published, _) = disruptor! { name: "watched"; ring: 8; < handle > }
        .run(|producer| {
            let monitor = producer.monitor();
            for value in 0..100 {
                producer.publish(|event| *event = value).unwrap();
            }
            assert_eq!(monitor.topology().name, "watched");
            assert!(monitor.stage("handle").unwrap().cursor >= 92, "the ring has 8 slots");
            assert!(monitor.free_slots() <= 8);
            monitor.halt();
            assert!(producer.publish(|event| *event = 0).unwrap_err().is_halted());
            monitor.published()
        })
        .unwrap();
    assert_eq!(published, 100);
}

/// Fused stages may be all that there is, and borrow.
#[test]
fn fused_stages_at_the_end() {
    let mut batches: Vec<Vec<u64>> = vec![vec![]];
    let (double, mut sum) = (|raw: &u64, order: &mut u64| *order = raw * 2, 0);
    let pipeline = disruptor! {
        event: Trade;
        producers: multi;
        wait: Blocking;
        double(&raw, &mut order) { batch: 8 };
        keep(&order, end_of_batch) = |order, end| {
            if let Some(batch) = batches.last_mut() { batch.push(*order) }
            if end { batches.push(vec![]) }
        };
        add(&order) = |order| sum += order;
        < double + keep + add >
    };
    let fed = pipeline
        .run(|producer| (0..100).try_for_each(|raw| producer.publish(|event| event.raw = raw).map(drop)));
    fed.unwrap().0.unwrap();
    assert_eq!(batches.concat(), (0..100).map(|raw| raw * 2).collect::<Vec<_>>());
    assert!(batches.iter().all(|batch| batch.len() <= 8) && batches.last().is_some_and(Vec::is_empty));
    assert_eq!(sum, 9900);

    let (first, second) = (Business { sum: 0 }, Business { sum: 0 });
    let (mut producer, running) = disruptor! { < first + second > }.spawn().unwrap();
    for value in 0..100 {
        producer.publish(|event| *event = value).unwrap();
    }
    drop(producer);
    let handlers = running.join().unwrap();
    assert_eq!((handlers.first.sum, handlers.second.sum), (4950, 4950));
}
