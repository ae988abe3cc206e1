//! Runs pipelines that follow from a seed, one after the other, and holds each against an oracle outside of its ring: random graphs of
//! stages, workers and pollers under every wait, built at run time, and some fixed ones that are declared; one to three producers that
//! publish in all ways there are, stages that come and go, pollers that leave, failures, and every end. No event may be lost, doubled, reordered or seen early, no wait may last for ever, no thread may be left.
//!
//! `cargo run --release --example soak -- [SECONDS] [SEED]`: 600 seconds if nothing is said; the seed of a scenario that was found
//! wrong runs that one alone.

mod declared;
mod drive;
mod feed;
mod oracle;
mod random;
mod scenario;
mod verdict;

use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use oracle::Findings;
use random::mix;
use scenario::Scenario;

/// What a scenario, of some thousand events, may take on a machine that is busy with something else.
const PATIENCE: Duration = Duration::from_secs(120);

fn main() -> ExitCode {
    // Panics are part of the scenarios; what is wrong is said below.
    let arguments: Vec<u64> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let (seconds, only) = (arguments.first().copied().unwrap_or(600), arguments.get(1).copied());
    let begun = Instant::now();
    let first = only.unwrap_or_else(|| mix(std::process::id().into()) % 1_000_000_000);
    let (mut runs, mut events, mut told) = (0_u64, 0_u64, Instant::now());
    println!("seeds from {first} on, for {seconds} s");
    loop {
        let scenario = Scenario::of(first + runs);
        let threads = threads();
        let findings = Findings::default();
        match run(&scenario, &findings) {
            Some(published) => events += published,
            None => findings.add(format!("it has not ended after {PATIENCE:?}")),
        }
        if !until(Duration::from_secs(10), || self::threads() <= threads) {
            findings.add(format!("{} threads are left behind", self::threads() - threads));
        }
        let found = findings.all();
        if !found.is_empty() {
            println!("{scenario}");
            found.iter().for_each(|finding| println!("wrong: {finding}"));
            return ExitCode::FAILURE;
        }
        runs += 1;
        if only.is_some() || begun.elapsed().as_secs() >= seconds {
            println!("{runs} scenarios, {events} events, nothing wrong");
            return ExitCode::SUCCESS;
        }
        if told.elapsed() >= Duration::from_secs(30) {
            println!("{runs} scenarios, {events} events, {} s", begun.elapsed().as_secs());
            told = Instant::now();
        }
    }
}

/// Runs a scenario on a thread of its own, and gives how many events were published; nothing if it has not ended in time.
fn run(scenario: &Scenario, findings: &Findings) -> Option<u64> {
    let (ended, end) = mpsc::channel();
    let (own, watched) = (scenario.clone(), findings.clone());
    let thread = thread::spawn(move || {
        let seen = drive::run(&own, &watched);
        verdict::check(&own, &seen, &watched);
        // Whoever waits has given up: then nobody is told.
        _ = ended.send(seen.published.len() as u64);
    });
    match end.recv_timeout(PATIENCE) {
        Ok(published) => {
            thread.join().ok()?;
            Some(published)
        }
        Err(mpsc::RecvTimeoutError::Timeout) => None,
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            findings.add("the scenario panicked".to_owned());
            Some(0)
        }
    }
}

/// The threads of this process, where the system tells.
fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").map_or(0, Iterator::count)
}

fn until(limit: Duration, mut done: impl FnMut() -> bool) -> bool {
    let begun = Instant::now();
    while !done() {
        if begun.elapsed() > limit {
            return false;
        }
        thread::sleep(Duration::from_millis(1));
    }
    true
}
