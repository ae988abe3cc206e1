//! The latencies of one contender, in one process: `latency CONTENDER ping-pong EVENTS [WAIT]`, round trips over two rings as LMAX's
//! `PingPongSequencedLatencyTest` makes them, or `latency CONTENDER load RATE SECONDS [WAIT]`, an open loop.
//!
//! The last line of the output is JSON, its times in nanoseconds. The exit code is 1 where the contender cannot do that or what came
//! out was wrong, and 2 where the arguments cannot be read. `latency --list` prints a line `CONTENDER KIND` for each pair that there
//! is.

use std::process::ExitCode;

use compare::latency::{Kind, Latencies, clock_cost};
use compare::{CONTENDERS, Waiting};

const USAGE: &str = "\
usage: latency CONTENDER ping-pong EVENTS [WAIT]
       latency CONTENDER load RATE SECONDS [WAIT]
       latency --list
  EVENTS   how many round trips, such as 500000
  RATE     events a second, such as 1000000
  WAIT     Yielding | SpinHint; by default the first one that the contender has";

/// What was asked for.
struct Asked<'a> {
    contender: &'a str,
    kind: Kind,
    /// Round trips, or events a second.
    count: i64,
    seconds: i64,
    wait: Option<Waiting>,
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args == ["--list"] {
        for contender in CONTENDERS {
            for kind in Kind::ALL {
                println!("{} {}", contender.name, kind.name());
            }
        }
        return ExitCode::SUCCESS;
    }
    let asked = match read(&args) {
        Ok(asked) => asked,
        Err(wrong) => {
            eprintln!("latency: {wrong}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let Asked { contender, kind, count, seconds, wait } = asked;
    let measured = match kind {
        Kind::PingPong => compare::ping_pong(contender, count, wait),
        Kind::Load => compare::load(contender, count, seconds, wait),
    };
    match measured {
        Err(wrong) => {
            eprintln!("latency: {contender} {}: {wrong}", kind.name());
            ExitCode::FAILURE
        }
        Ok(latencies) => {
            println!("a look at the clock costs {:.1} ns; latencies in ns:", clock_cost());
            println!("{}", json(&asked, &latencies));
            ExitCode::SUCCESS
        }
    }
}

fn json(asked: &Asked<'_>, latencies: &Latencies) -> String {
    let rate = if asked.kind == Kind::Load { asked.count } else { 0 };
    let [p50, p90, p99, p999, p9999] = [0.5, 0.9, 0.99, 0.999, 0.9999].map(|part| latencies.quantile(part));
    format!(
        "{{\"contender\":\"{}\",\"kind\":\"{}\",\"rate\":{rate},\"events\":{},\"p50\":{p50},\"p90\":{p90},\"p99\":{p99},\
         \"p999\":{p999},\"p9999\":{p9999},\"max\":{}}}",
        asked.contender,
        asked.kind.name(),
        latencies.count(),
        latencies.max()
    )
}

fn read(args: &[String]) -> Result<Asked<'_>, String> {
    let [contender, kind, numbers @ ..] = args else {
        return Err("a contender and a kind are needed".to_owned());
    };
    let kind: Kind = kind.parse()?;
    let wanted = if kind == Kind::Load { 2 } else { 1 };
    if !(wanted..=wanted + 1).contains(&numbers.len()) {
        return Err(format!("`{}` takes {wanted} numbers, and a wait if you want another one", kind.name()));
    }
    let wait = numbers.get(wanted).map(|wait| wait.parse()).transpose()?;
    let number =
        |text: &String| text.replace('_', "").parse().map_err(|_| format!("`{text}` is no whole number"));
    let seconds = if kind == Kind::Load { number(&numbers[1])? } else { 0 };
    Ok(Asked { contender, kind, count: number(&numbers[0])?, seconds, wait })
}
