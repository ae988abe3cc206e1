//! How many events a second a topology handles: `throughput TOPOLOGY EVENTS [WAIT]`.
//!
//! The topologies, rings and handlers are those of LMAX's performance tests, and every result is checked. The last line of the
//! output is one number: millions of events a second, from the first publication to the last stage's last event.

mod built;
mod checked;
mod numbers;
mod topologies;
mod work;

use std::process::ExitCode;

use disruptor_pipeline::wait::{
    Blocking, BusySpin, LiteBlocking, PhasedBackoff, Sleeping, SpinHint, Wait, Yielding,
};

use checked::Outcome;
use work::BATCH;

const USAGE: &str = "\
usage: throughput TOPOLOGY EVENTS [WAIT]
  TOPOLOGY  unicast | unicast-batch | pipeline | diamond | multicast | sequencer | sequencer-batch,
            or built at run time: built-unicast | built-unicast-batch | built-pipeline | built-multicast |
            built-sequencer | built-sequencer-batch
  EVENTS    how many events to publish in all, such as 10000000
  WAIT      BusySpin | SpinHint | Yielding (default) | Sleeping | Blocking | LiteBlocking | PhasedBackoff";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (topology, events, wait) = match &args[..] {
        [topology, events] => (topology.as_str(), events, "Yielding"),
        [topology, events, wait] => (topology.as_str(), events, wait.as_str()),
        _ => return usage("two or three arguments are needed"),
    };
    let Some(events) = events.replace('_', "").parse().ok().filter(|events| (1..=1 << 40).contains(events))
    else {
        return usage(&format!("`{events}` is no number of events"));
    };
    let outcome = match wait {
        "BusySpin" => measure(topology, events, BusySpin),
        "SpinHint" => measure(topology, events, SpinHint),
        "Yielding" => measure(topology, events, Yielding::default()),
        "Sleeping" => measure(topology, events, Sleeping::default()),
        "Blocking" => measure(topology, events, Blocking::default()),
        "LiteBlocking" => measure(topology, events, LiteBlocking::default()),
        "PhasedBackoff" => measure(topology, events, PhasedBackoff::default()),
        other => return usage(&format!("there is no wait `{other}`")),
    };
    match outcome {
        None => usage(&format!("there is no topology `{topology}`")),
        Some(Err(wrong)) => {
            eprintln!("throughput: {wrong}");
            ExitCode::FAILURE
        }
        Some(Ok(took)) => {
            println!(
                "{events} events through {topology} with {wait} in {took:?}, results checked; M events/s:"
            );
            println!("{:.2}", events as f64 / took.as_secs_f64() / 1e6);
            ExitCode::SUCCESS
        }
    }
}

fn measure<W: Wait + Clone + 'static>(topology: &str, events: i64, wait: W) -> Option<Outcome> {
    Some(match topology {
        "unicast" => topologies::unicast::<1, W>(events, wait),
        "unicast-batch" => topologies::unicast::<BATCH, W>(events, wait),
        "pipeline" => topologies::pipeline(events, wait),
        "diamond" => topologies::diamond(events, wait),
        "multicast" => topologies::multicast(events, wait),
        "sequencer" => topologies::sequencer::<1, W>(events, wait),
        "sequencer-batch" => topologies::sequencer::<BATCH, W>(events, wait),
        "built-unicast" => built::unicast(events, 1, wait),
        "built-unicast-batch" => built::unicast(events, BATCH, wait),
        "built-pipeline" => built::pipeline(events, wait),
        "built-multicast" => built::multicast(events, wait),
        "built-sequencer" => built::sequencer(events, 1, wait),
        "built-sequencer-batch" => built::sequencer(events, BATCH, wait),
        _ => return None,
    })
}

fn usage(wrong: &str) -> ExitCode {
    eprintln!("throughput: {wrong}\n{USAGE}");
    ExitCode::from(2)
}
