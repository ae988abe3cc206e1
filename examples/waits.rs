//! What each wait costs: `waits [EVENTS]`.
//!
//! For each wait a stage gets a sparse stream, an event about every 250 µs, and keeps how long each was on its way; then it is idle for
//! a second; then it gets as many events as it can take. Every result is checked. The output is the table of `docs/waits.md`.

use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use disruptor_pipeline::disruptor;
use disruptor_pipeline::wait::{
    Blocking, BusySpin, LiteBlocking, PhasedBackoff, Sleeping, SpinHint, TimeoutBlocking, Wait, Yielding,
};

/// The sparse stream's events, if nothing else is asked for.
const EVENTS: usize = 4_000;
const PAUSE: Duration = Duration::from_micros(200);
const IDLE: Duration = Duration::from_secs(1);
/// The dense stream's events, for each one of the sparse.
const DENSE: i64 = 2_500;
const ROUNDS: usize = 3;

/// What a wait has shown.
struct Shown {
    median: Duration,
    high: Duration,
    /// Parts of a core's time that the process took: while events came now and then, and while none came.
    sparse: Option<f64>,
    idle: Option<f64>,
    /// Events a second.
    dense: f64,
}

fn main() -> ExitCode {
    let events = match std::env::args().nth(1).map(|events| events.parse()) {
        None => EVENTS,
        Some(Ok(events @ 1..=1_000_000)) => events,
        Some(_) => {
            eprintln!(
                "usage: waits [EVENTS]\n  EVENTS  of the sparse stream, 1 to 1000000 (default {EVENTS})"
            );
            return ExitCode::from(2);
        }
    };
    println!("| wait | latency p50 | p99 | processor, sparse | processor, idle | M events/s |");
    println!("|---|---|---|---|---|---|");
    let timeout = TimeoutBlocking::with_limit(Duration::from_millis(10));
    let all = row("BusySpin", BusySpin, events)
        .and_then(|()| row("SpinHint", SpinHint, events))
        .and_then(|()| row("Yielding", Yielding::default(), events))
        .and_then(|()| row("Sleeping", Sleeping::default(), events))
        .and_then(|()| row("Blocking", Blocking::default(), events))
        .and_then(|()| row("LiteBlocking", LiteBlocking::default(), events))
        .and_then(|()| row("TimeoutBlocking::with_limit(10 ms)", timeout, events))
        .and_then(|()| row("PhasedBackoff (before Sleeping)", PhasedBackoff::default(), events))
        .and_then(|()| {
            row("PhasedBackoff::before(Yielding)", PhasedBackoff::before(Yielding::default()), events)
        })
        .and_then(|()| {
            row("PhasedBackoff::before(Blocking)", PhasedBackoff::before(Blocking::default()), events)
        })
        .and_then(|()| {
            row("PhasedBackoff::before(LiteBlocking)", PhasedBackoff::before(LiteBlocking::default()), events)
        });
    match all {
        Ok(()) => ExitCode::SUCCESS,
        Err(wrong) => {
            eprintln!("waits: {wrong}");
            ExitCode::FAILURE
        }
    }
}

/// Measures a wait, and prints its row.
fn row<W: Wait + Clone>(name: &str, wait: W, events: usize) -> Result<(), String> {
    let (mut latencies, sparse, idle) = sparse(wait.clone(), events)?;
    latencies.sort_unstable();
    let mut dense = 0_f64;
    for _ in 0..ROUNDS {
        dense = dense.max(self::dense(wait.clone(), events as i64 * DENSE)?);
    }
    let shown =
        Shown { median: latencies[events / 2], high: latencies[events * 99 / 100], sparse, idle, dense };
    println!("{}", shown.line(name));
    Ok(())
}

impl Shown {
    fn line(&self, name: &str) -> String {
        let micros = |time: Duration| format!("{:.1} µs", time.as_nanos() as f64 / 1e3);
        let part = |part: Option<f64>| part.map_or("–".to_owned(), |part| format!("{:.0} %", part * 100.0));
        format!(
            "| `{name}` | {} | {} | {} | {} | {:.0} |",
            micros(self.median),
            micros(self.high),
            part(self.sparse),
            part(self.idle),
            self.dense / 1e6
        )
    }
}

/// Of a core's time, where the system tells.
type Share = Option<f64>;

/// An event now and then, and then none: each event's time on its way, and what the process took of a core meanwhile.
fn sparse<W: Wait + Clone>(wait: W, events: usize) -> Result<(Vec<Duration>, Share, Share), String> {
    let mut latencies = Vec::with_capacity(events);
    let pipeline = disruptor! {
        event: Instant = Instant::now();
        wait: wait;
        work(&*) = |published| latencies.push(published.elapsed());
        < work >
    };
    let (shares, _) = pipeline
        .run(|producer| {
            let sparse = share_of_a_core(|| {
                (0..events).try_for_each(|_| {
                    thread::sleep(PAUSE);
                    producer.publish(|published| *published = Instant::now()).map(drop)
                })
            });
            let idle = share_of_a_core(|| {
                thread::sleep(IDLE);
                Ok(())
            });
            sparse.and_then(|sparse| Ok((sparse, idle?)))
        })
        .map_err(|error| error.to_string())?;
    let (sparse, idle) = shares.map_err(|closed| closed.to_string())?;
    if latencies.len() == events {
        Ok((latencies, sparse, idle))
    } else {
        Err(format!("{} events came of {events}", latencies.len()))
    }
}

/// As many events as there can be, in a second.
fn dense<W: Wait + Clone>(wait: W, events: i64) -> Result<f64, String> {
    let (mut sum, mut ended) = (0, None);
    let pipeline = disruptor! {
        event: i64;
        ring: 1 << 16;
        wait: wait.clone();
        producer_wait: wait;
        work(&*) = |value| {
            sum += value;
            if *value == events - 1 {
                ended = Some(Instant::now());
            }
        };
        < work >
    };
    let begun = Instant::now();
    let (fed, _) = pipeline
        .run(|producer| (0..events).try_for_each(|n| producer.publish(|value| *value = n).map(drop)))
        .map_err(|error| error.to_string())?;
    fed.map_err(|closed| closed.to_string())?;
    match ended {
        Some(ended) if sum == events * (events - 1) / 2 => Ok(events as f64 / (ended - begun).as_secs_f64()),
        _ => Err(format!("the sum of {events} events came out as {sum}")),
    }
}

/// What the process takes of a core's time while `busy` runs: 2 for two cores. Nothing where the system does not say.
fn share_of_a_core<E>(busy: impl FnOnce() -> Result<(), E>) -> Result<Option<f64>, E> {
    let (begun, before) = (Instant::now(), processor_time());
    busy()?;
    let share =
        |before: Duration, after: Duration| (after - before).as_secs_f64() / begun.elapsed().as_secs_f64();
    Ok(before.zip(processor_time()).map(|(before, after)| share(before, after)))
}

/// The processor time of all threads of this process, as Linux says it: in ticks of 10 ms.
fn processor_time() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // Behind the name, which stands in parentheses, the 12th and the 13th field.
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut ticks = fields.split(' ').skip(11).map_while(|ticks| ticks.parse::<u64>().ok());
    Some(Duration::from_millis(10 * (ticks.next()? + ticks.next()?)))
}
