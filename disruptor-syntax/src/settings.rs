//! The one table of settings (of the whole pipeline) and options (of a stage).

/// A row of the table.
#[derive(Debug)]
pub struct Row {
    /// What it is, for the code.
    pub key: Key,
    /// The word itself.
    pub name: &'static str,
    /// What it is for, in a few words.
    pub doc: &'static str,
    /// What holds where it is not written.
    pub default: &'static str,
    /// How it is written.
    pub example: &'static str,
}

/// What a setting or option is, for the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// `event`
    Event,
    /// `ring`
    Ring,
    /// `producers`
    Producers,
    /// `wait`
    Wait,
    /// `producer_wait`
    ProducerWait,
    /// `overflow`
    Overflow,
    /// `on_error`
    OnError,
    /// `name`
    Name,
    /// `input`
    Input,
    /// `cores`
    Cores,
    /// `threads`
    Threads,
    /// `priority`
    Priority,
    /// `huge_pages`
    HugePages,
    /// `clear`
    Clear,
    /// `core`
    Core,
    /// `batch`
    Batch,
    /// `shard`
    Shard,
    /// `start`
    Start,
    /// `stop`
    Stop,
    /// `timeout`
    Timeout,
    /// `poll`
    Poll,
}

const fn row(
    key: Key,
    name: &'static str,
    doc: &'static str,
    default: &'static str,
    example: &'static str,
) -> Row {
    Row { key, name, doc, default, example }
}

/// The settings of a pipeline.
pub const SETTINGS: &[Row] = &[
    row(
        Key::Event,
        "event",
        "the type of the events, and how each slot is first filled",
        "inferred from the handlers, filled by `Default`",
        "event: Trade = Trade::default();",
    ),
    row(Key::Ring, "ring", "the slots of the ring: a constant power of two", "1024", "ring: 1 << 16;"),
    row(Key::Producers, "producers", "who publishes: `single` or `multi`", "single", "producers: multi;"),
    row(
        Key::Wait,
        "wait",
        "how every stage waits, unless it says otherwise",
        "PhasedBackoff::default()",
        "wait: Yielding::default();",
    ),
    row(
        Key::ProducerWait,
        "producer_wait",
        "how producers wait for a free slot",
        "PhasedBackoff::default()",
        "producer_wait: Blocking::default();",
    ),
    row(
        Key::Overflow,
        "overflow",
        "what becomes of an event that is offered while the ring is full: `block`, `error` or `drop_newest`",
        "block",
        "overflow: drop_newest;",
    ),
    row(
        Key::OnError,
        "on_error",
        "what follows when a handler returns an error: `stop`, `skip`, `retry(3)` or a policy",
        "stop",
        "on_error: skip;",
    ),
    row(Key::Name, "name", "the pipeline's name, for threads and drawings", "none", "name: \"orders\";"),
    row(
        Key::Cores,
        "cores",
        "the cores to pin the stages' threads to, one each, or `auto`",
        "none",
        "cores: [2, 3, 4];",
    ),
    row(
        Key::Threads,
        "threads",
        "the most threads that the stages get: some share one",
        "a thread for each stage",
        "threads: 2;",
    ),
    row(
        Key::Priority,
        "priority",
        "the real-time priority of the stages' threads, 1 to 99",
        "none",
        "priority: 40;",
    ),
    row(
        Key::HugePages,
        "huge_pages",
        "whether the ring is to stand on huge pages",
        "false",
        "huge_pages: true;",
    ),
    row(
        Key::Input,
        "input",
        "the fields that hold something before the first stage: other fields are read only behind a stage that writes them",
        "not checked",
        "input: raw, account;",
    ),
    row(
        Key::Clear,
        "clear",
        "what is done to each slot behind the last stages, so that nothing is kept there: a function of `&mut event`",
        "nothing",
        "clear: |trade| trade.order = None;",
    ),
];

/// The options of a stage.
pub const OPTIONS: &[Row] = &[
    row(Key::Core, "core", "the core to pin the stage's thread to", "none", "core: 2"),
    row(Key::Wait, "wait", "how the stage waits", "the pipeline's `wait`", "wait: BusySpin"),
    row(Key::Batch, "batch", "the most events of a batch", "the ring, or less: see below", "batch: 512"),
    row(
        Key::OnError,
        "on_error",
        "what follows when the handler returns an error",
        "the pipeline's `on_error`",
        "on_error: retry(3)",
    ),
    row(Key::Name, "name", "the name of the stage's thread", "the stage's", "name: \"risk-eu\""),
    row(
        Key::Shard,
        "shard",
        "what decides which worker of `[work; 4]` an event goes to",
        "each in its turn",
        "shard: &account",
    ),
    row(
        Key::Start,
        "start",
        "called with the handler, on its thread, before the first event",
        "nothing",
        "start: |handler| handler.open()",
    ),
    row(
        Key::Stop,
        "stop",
        "called with the handler, on its thread, after the last event",
        "nothing",
        "stop: |handler| handler.close()",
    ),
    row(
        Key::Timeout,
        "timeout",
        "called with the handler, on its thread, when nothing has come for as long as its wait says",
        "nothing",
        "timeout: |handler| handler.flush()",
    ),
    row(
        Key::Poll,
        "poll",
        "a poller drives the stage, on a thread of the caller's; and what follows when it is dropped: `release` or `end`",
        "a thread and a handler of its own",
        "poll: release",
    ),
];

/// The waits that may be written without a path.
pub const WAITS: &[&str] = &[
    "BusySpin",
    "SpinHint",
    "Yielding",
    "Sleeping",
    "Blocking",
    "LiteBlocking",
    "TimeoutBlocking",
    "PhasedBackoff",
];

/// The policies that may be written without a path.
pub const POLICIES: &[&str] = &["Stop", "Skip", "Retry"];

/// The words for policies, and what of the runtime they stand for.
pub const POLICY_WORDS: &[(&str, &str)] = &[("stop", "Stop"), ("skip", "Skip"), ("retry", "retry")];

/// The rules for what is offered while the ring is full, and what of the runtime they stand for.
pub const OVERFLOW_WORDS: &[(&str, &str)] =
    &[("block", "Block"), ("error", "Error"), ("drop_newest", "DropNewest")];

/// What follows when a poller is dropped, and what of the runtime it stands for.
pub const POLL_WORDS: &[(&str, &str)] = &[("release", "Release"), ("end", "End")];

/// The row of this name.
pub fn find(table: &'static [Row], name: &str) -> Option<&'static Row> {
    table.iter().find(|row| row.name == name)
}

/// The names of a table, as a list for a message.
pub fn names(table: &[Row]) -> String {
    let mut names = String::new();
    for row in table {
        if !names.is_empty() {
            names += ", ";
        }
        names += &format!("`{}`", row.name);
    }
    names
}
