//! Shards, `[work; 4]`: how many workers there are, and what their events are shared by.

use disruptor_syntax::{Arg, Body, Expr, Key, Place, Report, StageClause, Workers};
use disruptor_topology::{Access, Mode, Step, Target, Unit};
use proc_macro2::{Ident, Span, TokenStream};

/// How many workers each shard has, by the stage's name.
#[derive(Default)]
pub(crate) struct Shards(Vec<(String, Workers)>);

impl Shards {
    /// The shards of a declaration; of several mentions of one, the first counts.
    pub(super) fn of(body: &Body) -> Self {
        let mut shards = Self::default();
        mentions(body, &mut |worker, count| {
            let place = Expr::new(count.clone()).map_or_else(|| worker.span(), |count| count.span);
            if shards.workers(worker).is_none() {
                shards.0.push((worker.to_string(), Workers { count: count.clone(), place }));
            }
        });
        shards
    }

    /// The workers of a shard of which nothing is wrong by itself.
    pub(crate) fn sound_workers(&self, stage: &Ident, clause: Option<&StageClause>) -> Option<&Workers> {
        let workers = self.workers(stage)?;
        let has_some = workers.number().is_some_and(|count| count > 0);
        (has_some && clause.is_none_or(|clause| faults(clause, workers).is_empty())).then_some(workers)
    }

    /// The workers of this stage, if it is a shard.
    pub(crate) fn workers(&self, stage: &Ident) -> Option<&Workers> {
        self.0.iter().find(|(name, _)| stage == name).map(|(_, workers)| workers)
    }
}

fn mentions(body: &Body, see: &mut dyn FnMut(&Ident, &TokenStream)) {
    for chain in &body.chains {
        chain.visit(&mut |step| {
            let Step::Fused(units) = step else { return };
            for unit in units {
                if let Unit::Shard { worker, count } = unit {
                    see(worker, count);
                }
            }
        });
    }
}

/// What the key of a shard reads of the event, beside what the list of its stage says.
pub(super) fn access(shards: &Shards, clause: &StageClause) -> Option<(Access, Span)> {
    shards.workers(&clause.name)?;
    // What the list reads anyway, or has as a mistake, is not to be reported as taken twice.
    if clash(clause).is_some() {
        return None;
    }
    match clause.options.shard.as_ref()? {
        Key::Field { name, span, .. } => {
            Some((Access { target: Target::Field(name.clone()), mode: Mode::Read }, *span))
        }
        Key::Event(key) => Some((Access { target: Target::Event, mode: Mode::Read }, key.span)),
    }
}

/// Checks what is said of shards.
pub(super) fn check(body: &Body, shards: &Shards, report: &mut Report) {
    mentions(body, &mut |worker, count| {
        let Some(first) = shards.workers(worker) else { return };
        if first.count.to_string() != count.to_string() {
            let text = format!("`{worker}` has {} workers in one place, and {count} in another", first.count);
            let help = format!("say it once, `[{worker}; {count}]`, and write `{worker}` elsewhere");
            report.error(worker.span(), text, help);
        }
    });
    for (name, workers) in &shards.0 {
        if workers.number() == Some(0) {
            let text = format!("the shard `{name}` has no workers");
            report.error(workers.place, text, format!("write `[{name}; 1]` or more"));
        }
    }
    for clause in &body.stages {
        let name = &clause.name;
        let Some(workers) = shards.workers(name) else {
            if let Some(key) = clause.options.shard.as_ref().filter(|_| !clause.is_polled()) {
                let text = format!("`{name}` has one worker, and no other to share its events with");
                report.error(
                    key.span(),
                    text,
                    format!("write `[{name}; 4]` in the chain, or leave `shard` out"),
                );
            }
            continue;
        };
        for (place, text, help) in faults(clause, workers) {
            report.error(place, text, help);
        }
    }
}

/// What a stage says that a shard cannot do: where, what, and what to do.
fn faults(clause: &StageClause, workers: &Workers) -> Vec<(Place, String, String)> {
    let (name, mut faults) = (&clause.name, vec![]);
    for arg in clause.args().iter() {
        if let Arg::Access { access, place, .. } = arg
            && access.target == Target::Batch
        {
            let text = format!("a worker of `{name}` has some of the events of a batch, and not all");
            faults.push((
                *place,
                text,
                "take them one by one, as `&*`, `&mut *` or by their fields".to_owned(),
            ));
        }
    }
    if let Some((place, text, help)) = clash(clause) {
        faults.push((place.into(), text, help));
    }
    if let (Some(core), Some(count)) = (&clause.options.core, workers.number())
        && core.number().is_some()
        && count != 1
    {
        let text = format!("the {count} workers of `{name}` have one core between them");
        let help = "give each a core of its own, as in `core: [2, 3]` for two";
        faults.push((core.span.into(), text, help.to_owned()));
    }
    faults
}

/// A key that the workers write: where, what, and what to do.
fn clash(clause: &StageClause) -> Option<(Span, String, String)> {
    let (name, key) = (&clause.name, clause.options.shard.as_ref()?);
    let written = |is: &dyn Fn(&Access) -> bool| {
        clause.args().iter().find_map(|arg| match arg {
            Arg::Access { access, .. } if access.mode == Mode::Write && is(access) => Some(access.clone()),
            _ => None,
        })
    };
    match key {
        Key::Event(key) => written(&|_| true).map(|access| {
            let text = format!(
                "the workers of `{name}` write `{access}`, while each reads all of every event to find its own"
            );
            (key.span, text, "name a field as the key, which nobody writes there: `shard: &field`".to_owned())
        }),
        Key::Field { name: field, span, .. } => {
            let hits = |access: &Access| {
                access.target.is_whole() || access.target == Target::Field(field.clone())
            };
            written(&hits).map(|access| {
                let text = format!(
                    "the workers of `{name}` write `{access}`, while each reads the field `{field}` of every event to find its own"
                );
                let help = if access.target.is_whole() {
                    "list the fields that the workers write, as in `(&mut field)`".to_owned()
                } else {
                    format!("share by a field that `{name}` does not write, or leave `shard` out: then they take turns")
                };
                (*span, text, help)
            })
        }
    }
}
