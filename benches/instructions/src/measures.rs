//! The measures, by the names of their benches.

/// How many instructions something takes.
#[derive(Debug)]
pub struct Measure {
    /// The bench that counts it.
    pub name: &'static str,
    /// Of what it is the mean.
    pub each: &'static str,
    /// What is counted.
    pub what: &'static str,
    /// How it is counted.
    pub counted: Counted,
}

/// What of a bench's instructions makes a figure.
#[derive(Clone, Copy, Debug)]
pub enum Counted {
    /// All that the bench has had counted: [`EVENTS`](crate::EVENTS) times the same.
    Calls,
    /// What the second of these threads (the main thread is 1) has taken more than the first, which had [`EVENTS`](crate::EVENTS) events
    /// fewer to handle.
    Threads(usize, usize),
    /// From two measures for an event of the same, with batches of so many: what a batch costs beside its events.
    Batches([(&'static str, u32); 2]),
}

/// A bench of calls on the main thread.
const fn calls(name: &'static str, each: &'static str, what: &'static str) -> Measure {
    Measure { name, each, what, counted: Counted::Calls }
}

/// A bench of two pipelines with so many threads each, started one after the other, of which the one of this number is counted.
const fn thread(name: &'static str, (number, threads): (usize, usize), what: &'static str) -> Measure {
    let counted = Counted::Threads(1 + number, 1 + threads + number);
    Measure { name, each: "an event", what, counted }
}

/// What follows from two others.
const fn batches(name: &'static str, of: [(&'static str, u32); 2], what: &'static str) -> Measure {
    Measure { name, each: "a batch", what, counted: Counted::Batches(of) }
}

/// All of them, in the order in which they are shown.
pub const MEASURES: &[Measure] = &[
    calls("publish", "an event", "`publish`, one producer"),
    calls("publish_multi", "an event", "`publish`, `producers: multi`"),
    calls("try_publish", "an event", "`try_publish`, one producer"),
    calls("try_publish_multi", "an event", "`try_publish`, `producers: multi`"),
    calls("publish_each", "an event", "`publish_each(102400, …)`, one producer"),
    calls("publish_batch_of_10", "an event", "`publish_batch(10, …)`, one producer"),
    calls("publish_batch_of_128", "an event", "`publish_batch(128, …)`, one producer"),
    calls("publish_batch_of_10_multi", "an event", "`publish_batch(10, …)`, `producers: multi`"),
    calls("claim", "an event", "`claim(1)`, written and published, one producer"),
    calls("claim_multi", "an event", "`claim(1)`, written and published, `producers: multi`"),
    calls(
        "publish_to_blocking",
        "an event",
        "`publish` to a stage that waits by `Blocking`, and is not parked",
    ),
    calls("publish_to_lite_blocking", "an event", "the same with `LiteBlocking`"),
    thread("stage_closure", (1, 1), "a stage without a list, a closure, in large batches"),
    thread("stage_handler", (1, 1), "the same with a `Handler`"),
    thread("stage_list", (1, 2), "a stage with the list `(&number, &mut double)`, in large batches"),
    thread("stage_slice", (1, 1), "a stage with the list `(&[*])`, in large batches"),
    thread(
        "stage_multi",
        (1, 1),
        "a first stage behind `producers: multi`, which looks at a stamp for each event",
    ),
    thread("stage_batch_of_1", (1, 1), "a first stage with `batch: 1`"),
    thread("stage_batch_of_64", (1, 1), "a first stage with `batch: 64`"),
    batches(
        "stage_per_batch",
        [("stage_batch_of_1", 1), ("stage_batch_of_64", 64)],
        "a first stage, beside its events",
    ),
    thread("behind_1_batch_of_1", (2, 2), "a stage behind one other, with `batch: 1`"),
    thread("behind_1_batch_of_64", (2, 2), "a stage behind one other, with `batch: 64`"),
    batches(
        "behind_1_per_batch",
        [("behind_1_batch_of_1", 1), ("behind_1_batch_of_64", 64)],
        "a barrier of 1 upstream whose word is known, beside the events",
    ),
    thread("behind_4_batch_of_1", (5, 5), "a stage behind four others, with `batch: 1`"),
    thread("behind_4_batch_of_64", (5, 5), "a stage behind four others, with `batch: 64`"),
    batches(
        "behind_4_per_batch",
        [("behind_4_batch_of_1", 1), ("behind_4_batch_of_64", 64)],
        "a barrier of 4 upstreams whose words are known, beside the events",
    ),
    calls("poll", "a poll", "a poll of one event, behind the producer"),
    calls("poll_behind_1", "a poll", "a poll of one event, behind 1 other whose word is read anew"),
    calls("poll_behind_4", "a poll", "a poll of one event, behind 4 others whose words are read anew"),
];
