//! Bursts from one thread to another: `cargo bench --bench burst`, in this folder. Each sample publishes a burst and waits until its last event
//! has been handled, here and with disruptor-rs, with a channel beside them; all of them hand on the same numbers.

use std::hint::spin_loop;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use disruptor::Producer;
use disruptor_pipeline::disruptor;

const SLOTS: usize = 1 << 14;
const BURSTS: [i64; 3] = [1, 100, 10_000];

/// What the handler of every contender does: keep the last number that it saw.
#[derive(Clone, Default)]
struct Sink(Arc<AtomicI64>);

impl Sink {
    fn handle(&self, value: i64) {
        self.0.store(value, Ordering::Release);
    }

    fn wait_for(&self, value: i64) {
        let mut looks = 0;
        while self.0.load(Ordering::Acquire) != value {
            looks += 1;
            if looks % 1000 == 0 { thread::yield_now() } else { spin_loop() }
        }
    }
}

fn bursts(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("burst");
    for burst in BURSTS {
        group.throughput(Throughput::Elements(burst as u64));

        let sink = Sink::default();
        let handled = sink.clone();
        let handle = move |event: &i64, _: i64, _: bool| handled.handle(*event);
        let (mut producer, running) =
            disruptor! { ring: SLOTS; wait: BusySpin; < handle > }.spawn().expect("two threads");
        let mut last = 0;
        group.bench_function(BenchmarkId::new("disruptor!", burst), |bencher| {
            bencher.iter(|| {
                for _ in 0..burst {
                    last += 1;
                    producer.publish(|event| *event = last).expect("nothing fails");
                }
                sink.wait_for(last);
            });
        });
        drop(producer);
        drop(running.join().expect("nothing fails"));

        let sink = Sink::default();
        let handled = sink.clone();
        let mut producer =
            disruptor::build_single_producer(SLOTS, || 0_i64, disruptor::BusySpinWithSpinLoopHint)
                .handle_events_with(move |event: &i64, _, _| handled.handle(*event))
                .build();
        let mut last = 0;
        group.bench_function(BenchmarkId::new("disruptor-rs", burst), |bencher| {
            bencher.iter(|| {
                for _ in 0..burst {
                    last += 1;
                    producer.publish(|event| *event = last);
                }
                sink.wait_for(last);
            });
        });
        drop(producer);

        let sink = Sink::default();
        let handled = sink.clone();
        let (sender, receiver) = std::sync::mpsc::sync_channel::<i64>(SLOTS);
        let handler = thread::spawn(move || receiver.iter().for_each(|value| handled.handle(value)));
        let mut last = 0;
        group.bench_function(BenchmarkId::new("sync_channel", burst), |bencher| {
            bencher.iter(|| {
                for _ in 0..burst {
                    last += 1;
                    sender.send(last).expect("the handler lives");
                }
                sink.wait_for(last);
            });
        });
        drop(sender);
        handler.join().expect("nothing panics");
    }
    group.finish();
}

criterion_group!(benches, bursts);
criterion_main!(benches);
