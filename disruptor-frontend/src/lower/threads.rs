//! Which stages share a thread: those that are fused, `a + b`, and, with `threads: 2`, as many more as it takes.

use disruptor_syntax::{Body, Expr, Report};
use disruptor_topology::{Fusing, Plan, StageId, fuse};

use super::fusion::of_a_thread;
use super::{Lowered, clauses};

/// The stages of each thread, in their order.
pub(super) fn of(body: &Body, lowered: &Lowered, plan: &Plan, report: &mut Report) -> Vec<Vec<StageId>> {
    let setting = body.settings.threads.as_ref();
    let most = setting.and_then(|threads| most(threads, report));
    let mut fusing = Fusing::default();
    for (first, second, _) in &lowered.fused {
        fusing.pairs.push((*first, *second));
    }
    let (clauses, mut polled) = (clauses(body), 0);
    for name in lowered.names() {
        let workers = lowered.shards.workers(name);
        let options = clauses.get(&name.to_string()).map(|clause| &clause.options);
        // How many there are is asked for where the number cannot be read. A polled stage is like a shard of one: nothing shares its
        // thread, which is the caller's and not counted.
        let is_polled = options.is_some_and(|options| options.poll.is_some());
        polled += usize::from(is_polled);
        let alone = usize::from(is_polled);
        fusing.workers.push(workers.map_or(alone, |workers| workers.number().unwrap_or(1)));
        // A timeout is that of the thread's wait: behind another stage it might be another one, or never come.
        fusing.leads.push(options.is_some_and(|options| {
            options.timeout.is_some() || of_a_thread(options).iter().any(|(_, value)| value.is_some())
        }));
        if let (Some(_), Some(workers)) = (most, workers)
            && workers.number().is_none()
        {
            let text =
                format!("`threads` counts the workers of `{name}`, and their number is not known here");
            report.error(
                workers.place,
                text,
                format!("write it as a number, `[{name}; 4]`, or leave out `threads`"),
            );
        }
    }
    match fuse(plan, &fusing, most.map_or(usize::MAX, |most| most.saturating_add(polled))) {
        Ok(threads) => threads,
        Err(least) => {
            let least = least - polled;
            let place = setting.map_or_else(|| proc_macro2::Span::call_site().into(), Expr::place);
            let text = format!("the fewest threads that these stages can share are {least}");
            let help = format!(
                "write `threads: {least};`: each worker of a shard has a thread of its own, a thread begins with a stage that has a \
                 `core`, `wait`, `batch`, `name` or `timeout`, and it waits for its first stage alone"
            );
            report.error(place, text, help);
            vec![]
        }
    }
}

/// The number that is written.
fn most(threads: &Expr, report: &mut Report) -> Option<usize> {
    let most = threads.number().and_then(|most| usize::try_from(most).ok()).filter(|most| *most > 0);
    if most.is_none() {
        let text = "`threads` is a number above zero, as the stages are fused when the program is compiled";
        report.error(threads.place(), text, "write `threads: 2;`");
    }
    most
}
