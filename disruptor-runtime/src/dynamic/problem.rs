//! What is wrong with a description, in words that name the stages.

use std::error::Error;
use std::fmt;

use disruptor_topology::{Code, Concern, Finding, Graph};

use super::registry::Wanted;

/// Something that is wrong with a pipeline, or with a stage that is to be added to one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind of mistake it is, in kebab case: `cycle`, `conflict`, `unknown-stage` …
    pub code: &'static str,
    /// The cause.
    pub text: String,
    /// What to write instead.
    pub help: String,
}

impl fmt::Display for Problem {
    /// The text, and the help on a line of its own.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\nhelp: {}", self.text, self.help)
    }
}

/// Why a pipeline could not be built: everything that is wrong with its description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildError {
    /// What is wrong; at least one thing.
    pub problems: Vec<Problem>,
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the pipeline cannot be built")?;
        self.problems.iter().try_for_each(|problem| write!(f, "\n{problem}"))
    }
}

impl Error for BuildError {}

/// Something that a stage says of itself and that does not go together.
pub(super) fn of_stage(wanted: &Wanted) -> Option<Problem> {
    let name = &wanted.name;
    if wanted.workers == 0 {
        let text = format!("the pool `{name}` has no worker, and would hold the pipeline up for ever");
        let help = "give it at least one handler".to_owned();
        return Some(Problem { code: "no-worker", text, help });
    }
    if wanted.by_key && wanted.writes {
        let text = format!("the workers of `{name}` may write to the events, and share them by a key");
        let help = format!(
            "let the workers of `{name}` take turns (leave `by_key` out), or only read (`Stage::pool`): while one writes, \
             the others would read the key"
        );
        return Some(Problem { code: "key-beside-writer", text, help });
    }
    None
}

/// A name that no stage has.
pub(super) fn unknown(stage: &str, name: &str, known: &[String]) -> Problem {
    let known: Vec<_> =
        known.iter().filter(|known| *known != stage).map(|known| format!("`{known}`")).collect();
    let help = if known.is_empty() {
        "there is no other stage".to_owned()
    } else {
        format!("the other stages are {}", known.join(", "))
    };
    let text = format!("`{stage}` stands in an order with `{name}`, and there is no stage of that name");
    Problem { code: "unknown-stage", text, help }
}

/// A poller that nobody would be given.
pub(super) fn poller_as_stage(name: &str) -> Problem {
    let text = format!("`{name}` is a poller, which the caller must be given");
    let help = "add it with `stages.poller(…)` or `stages.poller_after(…)`".to_owned();
    Problem { code: "poller", text, help }
}

/// More threads than words.
pub(super) fn no_room(needed: usize, left: usize) -> Problem {
    let text = format!("{needed} stages and workers are to be added, and there is room for {left}");
    let help = "make more room when the pipeline is built: `builder.room_for(128)`".to_owned();
    Problem { code: "no-room", text, help }
}

/// A ring of an impossible size.
pub(super) fn ring(slots: usize) -> Problem {
    let near = slots.checked_next_power_of_two().map_or(MOST_SLOTS, |next| next.min(MOST_SLOTS));
    let text = format!("a ring cannot have {slots} slots");
    let help = format!("choose a power of two from 1 to {MOST_SLOTS}, such as {near}");
    Problem { code: "ring", text, help }
}

/// A ring that does not fit into memory.
pub(super) fn memory(slots: usize, bytes: usize) -> Problem {
    let text = format!("there is no memory for a ring of {slots} slots of {bytes} bytes each");
    let help = "choose a smaller ring, or smaller events".to_owned();
    Problem { code: "memory", text, help }
}

/// Claims in flight, a ring and more, must stay far below the flags of a word.
pub(super) const MOST_SLOTS: usize = 1 << 40;

/// What the checks of the topology have found. Their help speaks of arrows and lists, which there are none of here.
pub(super) fn of_finding(finding: &Finding, graph: &Graph) -> Problem {
    let help = match finding.code {
        Code::Conflict => conflict(finding, graph),
        Code::EmptyTopology => Some("add a stage: `builder.handle_events_with([Stage::new(…)])`".to_owned()),
        Code::DuplicateStage => Some("give the second one a name of its own".to_owned()),
        _ => None,
    };
    Problem {
        code: finding.code.as_str(),
        text: finding.text.clone(),
        help: help.unwrap_or_else(|| finding.help.clone()),
    }
}

/// Both ways out of a conflict.
fn conflict(finding: &Finding, graph: &Graph) -> Option<String> {
    let concerned = |concern: &Concern| match concern {
        Concern::Access(id) => {
            graph.stages().find(|stage| graph.accesses(*stage).any(|(access, _)| access == *id))
        }
        _ => None,
    };
    let mut stages = finding.concerns.iter().filter_map(concerned);
    let (writer, other) = (stages.next()?, stages.next()?);
    let (writer, other) = (graph.name(writer), graph.name(other));
    Some(format!(
        "order them, as in `builder.after([\"{writer}\"]).then([{other}])`, or let `{writer}` only read: \
         `Stage::new` in place of `Stage::writing`"
    ))
}

/// What is wrong with a text of chains, with the place.
pub(super) fn in_text(finding: &Finding, chains: &str) -> Problem {
    let place = finding.concerns.iter().find_map(|concern| match concern {
        Concern::Text(range) => chains.get(range.clone()).map(|text| (range.start, text)),
        _ => None,
    });
    let place = place.map(|(at, text)| format!(" (at byte {at}: `{text}`)")).unwrap_or_default();
    Problem {
        code: finding.code.as_str(),
        text: format!("{}{place}", finding.text),
        help: finding.help.clone(),
    }
}

/// A name in a text of chains for which no stage was given.
pub(super) fn not_given(name: &str) -> Problem {
    let text = format!("`{name}` stands in the chains, and no stage of that name is given with them");
    let help = format!("give its handler: `Stage::new(\"{name}\", …)`");
    Problem { code: "unknown-stage", text, help }
}

/// A stage that was given with a text of chains in which it does not stand.
pub(super) fn not_in_chains(name: &str) -> Problem {
    let text = format!("the stage `{name}` is given with chains in which it does not stand");
    let help = format!("write `{name}` into a chain where it belongs, or give it elsewhere");
    Problem { code: Code::Unreachable.as_str(), text, help }
}

/// A pool whose workers are not as many as the chains say.
pub(super) fn other_count(name: &str, said: usize, given: usize) -> Problem {
    let text = format!("the chains say `[{name}; {said}]`, and the stage that is given has {given} of them");
    let help = format!("write `[{name}; {given}]`, or give {said} workers: `Stage::pool(\"{name}\", …)`");
    Problem { code: "worker-count", text, help }
}
