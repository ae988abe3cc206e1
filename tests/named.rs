//! Named pipelines: `pub struct Orders;`, with types that can be written.
#![forbid(unsafe_code)]

mod common;

use common::within;
use disruptor_pipeline::{Handler, HandlerResult, Monitor, Sequence, SpawnError, disruptor};

#[derive(Default)]
struct Trade {
    raw: Vec<u8>,
    account: u32,
    order: u64,
    score: u64,
}

disruptor! {
    /// Orders, from the gateway to the book.
    #[derive(Debug)]
    pub(crate) struct Orders;
    event: Trade = Trade::default();
    ring: 1 << 6;
    wait: Blocking::after(10);
    producer_wait: PhasedBackoff::before(Blocking::default());
    name: "orders";
    journal(&raw: Vec<u8>, end_of_batch) { batch: 16 };
    unmarshal(&raw: Vec<u8>, &mut order: u64) = decode;
    risk(&order: u64, &account: u32, &mut score: u64) { shard: &account };
    settle(&mut *) { wait: BusySpin };
    < (journal, unmarshal -> [risk; 2]) -> settle -> book >
}

#[allow(clippy::ptr_arg)] // as the list says it
fn decode(raw: &Vec<u8>, order: &mut u64) {
    *order = raw.iter().map(|byte| u64::from(*byte)).sum();
}

fn score(order: &u64, account: &u32, score: &mut u64) {
    *score = order + u64::from(*account);
}

#[derive(Debug)]
struct Journal(usize);

#[derive(Debug, Default)]
struct Book {
    total: u64,
    last: Sequence,
}

impl Handler<Trade> for Book {
    fn on_event(&mut self, trade: &Trade, sequence: Sequence, _: bool) -> HandlerResult {
        (self.total, self.last) = (self.total + trade.score, sequence);
        Ok(())
    }
}

type Write = fn(&Vec<u8>, bool);
type Risk = fn(&u64, &u32, &mut u64);
type Settle = fn(&mut Trade);

/// What the types are named for.
struct Gateway {
    producer: OrdersProducer,
    running: OrdersRunning<Write, Risk, Settle, Book>,
}

impl Gateway {
    fn open() -> Result<Self, SpawnError> {
        let orders = Orders {
            journal: (|_, _| {}) as Write,
            risk: score as Risk,
            settle: (|trade| trade.score += 1) as Settle,
            book: Book::default(),
        };
        let (producer, running) = orders.pipeline().spawn()?;
        Ok(Self { producer, running })
    }

    fn send(&mut self, byte: u8) {
        let written = self.producer.publish(|trade| {
            trade.raw.clear();
            trade.raw.push(byte);
            trade.account = u32::from(byte % 7);
        });
        written.expect("open");
    }

    fn close(self) -> Orders<Write, Vec<Risk>, Settle, Book> {
        drop(self.producer);
        self.running.join().expect("no stage fails")
    }
}

#[test]
fn producer_and_running_can_stand_in_a_struct() {
    within("a gateway", || {
        let mut gateway = Gateway::open().expect("starts");
        let monitor: Monitor = gateway.running.monitor();
        (0..100).for_each(|byte| gateway.send(byte));
        let handlers = gateway.close();
        let expected: u64 = (0..100).map(|byte| byte + byte % 7 + 1).sum();
        assert_eq!((handlers.book.total, handlers.book.last, handlers.risk.len()), (expected, 99, 2));
        assert_eq!(monitor.topology().name, "orders");
    });
}

#[test]
fn a_named_pipeline_takes_closures_and_borrows() {
    let mut lines = Journal(0);
    let orders = Orders {
        journal: |_: &Vec<u8>, _: bool| lines.0 += 1,
        risk: score,
        settle: |_: &mut Trade| {},
        book: Book::default(),
    };
    let fed = orders.pipeline().run(|producer: &mut OrdersProducer| {
        (0..10).for_each(|byte| drop(producer.publish(|trade| trade.raw = vec![byte])));
    });
    let ((), handlers) = fed.expect("no stage fails");
    assert_eq!(handlers.book.total, 45);
    assert_eq!(lines.0, 10);
}

#[test]
fn its_topology_needs_no_handlers() {
    let text = Orders::TOPOLOGY.to_text();
    assert!(text.starts_with("orders: single producer, ring of 64, 5 stages\n"), "{text}");
    assert!(text.contains("producer -> (journal, unmarshal -> [risk; 2]) -> settle -> book\n"), "{text}");
}

mod elsewhere {
    disruptor_pipeline::disruptor! {
        pub(super) struct Feed;
        event: u64;
        producers: multi;
        check(&*) = |value| assert!(*value < 10);
        r#type(&*) { on_error: skip };
        < check -> r#type >
    }
}

#[test]
fn several_producers_and_handlers_that_are_declared() {
    within("a feed", || {
        let feed = elsewhere::Feed { r#type: |value: &u64| if *value == 3 { Err("three") } else { Ok(()) } };
        let (mut producer, running) = feed.pipeline().spawn().expect("starts");
        let mut other: elsewhere::FeedProducer = producer.clone();
        producer.publish(|value| *value = 3).expect("open");
        other.publish(|value| *value = 4).expect("open");
        let monitor = running.monitor();
        drop((producer, other));
        let elsewhere::Feed { r#type: _ } = running.join().expect("no stage fails");
        assert_eq!(monitor.stage("type").expect("a stage").skipped, 1);
    });
}

/// Called as a parameter of the struct is.
#[derive(Default)]
struct WorkHandler;

const WAIT: disruptor_pipeline::wait::Yielding = disruptor_pipeline::wait::Yielding::after(3);

disruptor! {
    struct Alike;
    event: WorkHandler;
    wait: Yielding = WAIT;
    < work -> w_ork -> wo_rk -> work_ >
}

#[test]
fn names_that_are_alike_and_types_called_as_parameters_are() {
    let work = |_: &WorkHandler, _: Sequence, _: bool| {};
    let alike = Alike { work, w_ork: work, wo_rk: work, work_: work };
    alike.pipeline().run(|producer| drop(producer.publish(|_| {}))).map(drop).expect("no stage fails");
}

#[test]
fn a_named_pipeline_may_stand_in_a_function() {
    disruptor! { struct Local; event: u64; < only > }
    let local = Local { only: |_: &u64, _: Sequence, _: bool| {} };
    local.pipeline().run(|producer| drop(producer.publish(|_| {}))).map(drop).expect("no stage fails");
}
