//! One contender, one shape, one process: `contender CONTENDER SHAPE EVENTS [WAIT]`.
//!
//! The last line of the output is one number: millions of events a second. The exit code is 1 where the contender cannot do
//! that or its result was wrong, and 2 where the arguments cannot be read. `contender --list` prints a line `CONTENDER SHAPE` for
//! each pair that there is.

use std::process::ExitCode;

use compare::{CONTENDERS, Shape, Waiting};

const USAGE: &str = "\
usage: contender CONTENDER SHAPE EVENTS [WAIT]
       contender --list
  EVENTS  how many events to publish in all, such as 9000000 (fewer of `long-array`, each of 16 KiB)
  WAIT    Yielding | SpinHint; by default the first one that the contender has";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args == ["--list"] {
        for contender in CONTENDERS {
            for shape in contender.shapes {
                println!("{} {shape}", contender.name);
            }
        }
        return ExitCode::SUCCESS;
    }
    let (contender, shape, events, wait) = match read(&args) {
        Ok(read) => read,
        Err(wrong) => {
            eprintln!("contender: {wrong}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match compare::run(contender, shape, events, wait) {
        Err(wrong) => {
            eprintln!("contender: {contender} {shape}: {wrong}");
            ExitCode::FAILURE
        }
        Ok(took) => {
            println!(
                "{events} events through {shape} by {contender} in {took:?}, results checked; M events/s:"
            );
            println!("{:.2}", events as f64 / took.as_secs_f64() / 1e6);
            ExitCode::SUCCESS
        }
    }
}

fn read(args: &[String]) -> Result<(&str, Shape, i64, Option<Waiting>), String> {
    let (contender, shape, events, wait) = match args {
        [contender, shape, events] => (contender, shape, events, None),
        [contender, shape, events, wait] => (contender, shape, events, Some(wait.parse()?)),
        _ => return Err("three or four arguments are needed".to_owned()),
    };
    let count = events.replace('_', "").parse().map_err(|_| format!("`{events}` is no number of events"))?;
    Ok((contender, shape.parse()?, count, wait))
}
