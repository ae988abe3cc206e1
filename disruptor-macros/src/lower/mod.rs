//! From the declaration's tree to a topology, and from the topology's findings back to places in the tree.

mod arity;
mod fusion;
mod named;
mod shard;

use std::collections::{HashMap, HashSet};

use disruptor_topology::{Access, Code, Concern, Finding, Graph, Mode, StageId, Step, Target};
use proc_macro2::{Ident, Span};

use crate::report::Report;
use crate::syntax::{Arg, Body, Expr, Key, StageClause};

use shard::Shards;
pub(crate) use shard::Workers;

/// A topology, and where each part of it is written.
pub(crate) struct Lowered {
    graph: Graph,
    /// By stage.
    stages: Vec<Ident>,
    /// By arrow: the stage that it points to.
    edges: Vec<Span>,
    /// By access.
    accesses: Vec<Span>,
    /// The stages that are fused, `a + b`, in pairs; the place is the second's.
    fused: Vec<(StageId, StageId, Span)>,
    shards: Shards,
}

/// What the expansion needs to know of the topology.
pub(crate) struct Plan {
    /// In the order in which they are met in the chains.
    pub(crate) stages: Vec<PlannedStage>,
    /// The stages that hold back the producer.
    pub(crate) gates: Vec<usize>,
    /// The stages that wait on the producer.
    pub(crate) first: Vec<usize>,
}

/// A stage and its place.
pub(crate) struct PlannedStage {
    pub(crate) name: Ident,
    pub(crate) upstreams: Vec<usize>,
    pub(crate) followers: Vec<usize>,
    /// The stage that it follows on its thread.
    pub(crate) fused_to: Option<usize>,
    /// The stage that follows it on its thread.
    pub(crate) fused_with: Option<usize>,
    /// How many there are of it, if it is a shard.
    pub(crate) workers: Option<Workers>,
    /// Another stage may read the event, or a part of it, while this one reads the whole; and no stage before it asks for
    /// what that takes.
    pub(crate) event_shared: bool,
    /// The fields that another stage may read at the same time, without those that a stage before it has here.
    pub(crate) shared_fields: Vec<String>,
}

/// The topology that was declared, whether or not it makes sense.
pub(crate) fn lower(body: &Body) -> Lowered {
    let mut lowered = Lowered {
        graph: Graph::new(),
        stages: vec![],
        edges: vec![],
        accesses: vec![],
        fused: vec![],
        shards: Shards::of(body),
    };
    for chain in &body.chains {
        for name in chain.names() {
            let id = lowered.stage(name);
            lowered.graph.place(id);
        }
        chain.visit(&mut |step| {
            let Step::Fused(units) = step else { return };
            for pair in units.windows(2) {
                let (first, second) = (lowered.stage(pair[0].name()), lowered.stage(pair[1].name()));
                lowered.fused.push((first, second, pair[1].name().span()));
            }
        });
        for (from, to) in chain.edges() {
            let (from, target) = (lowered.stage(&from), lowered.stage(&to));
            lowered.graph.add_edge(from, target);
            lowered.edges.push(to.span());
        }
    }
    for clause in &body.stages {
        lowered.stage(&clause.name);
    }
    let clauses = clauses(body);
    for id in lowered.graph.stages() {
        lowered.accesses(id, clauses.get(&lowered.stages[id.index()].to_string()).copied());
    }
    lowered
}

/// Checks the topology, and what the declaration says beside it.
pub(crate) fn check(body: &Body, lowered: &Lowered, report: &mut Report) -> Option<Plan> {
    settings(body, report);
    arity::check(body, report);
    shard::check(body, &lowered.shards, report);
    let plan = match disruptor_topology::check(&lowered.graph) {
        Ok(plan) => plan,
        Err(findings) => {
            findings.iter().for_each(|finding| lowered.report(finding, report));
            return None;
        }
    };
    fusion::check(body, lowered, &plan, report);
    named::check(body, lowered, &plan, report);
    let ids = |ids: &[StageId]| ids.iter().map(|id| id.index()).collect();
    let stage = |id: StageId| PlannedStage {
        name: lowered.stages[id.index()].clone(),
        upstreams: ids(plan.upstreams(id)),
        followers: ids(plan.followers(id)),
        fused_to: lowered.fused.iter().find(|(_, second, _)| *second == id).map(|(first, ..)| first.index()),
        fused_with: lowered
            .fused
            .iter()
            .find(|(first, ..)| *first == id)
            .map(|(_, second, _)| second.index()),
        workers: lowered.shards.workers(&lowered.stages[id.index()]).cloned(),
        event_shared: plan.event_shared(id),
        shared_fields: lowered
            .fields(id)
            .filter(|field| plan.field_shared(id, field))
            .map(str::to_owned)
            .collect(),
    };
    let mut stages: Vec<PlannedStage> = lowered.graph.stages().map(stage).collect();
    ask_once(&mut stages);
    report.is_empty().then(|| Plan { stages, gates: ids(plan.gates()), first: ids(plan.first_stages()) })
}

/// Leaves to the first stage that shares an event, or a field, to ask for what that takes: it takes the same of all.
fn ask_once(stages: &mut [PlannedStage]) {
    let (mut event, mut fields) = (false, HashSet::new());
    for stage in stages {
        stage.event_shared &= !event;
        event |= stage.event_shared;
        stage.shared_fields.retain(|field| fields.insert(field.clone()));
    }
}

/// What can be said of settings where they are literals, and of fields where there is no event.
fn settings(body: &Body, report: &mut Report) {
    let ring = body.settings.ring.as_ref();
    let slots = ring.and_then(Expr::number);
    if let (Some(ring), Some(slots)) = (ring, slots)
        && !slots.is_power_of_two()
    {
        let near = slots.checked_next_power_of_two().unwrap_or(1 << 16);
        let lower = (near > 1).then(|| format!("{} or ", near / 2)).filter(|_| slots > 0).unwrap_or_default();
        report.error(
            ring.span,
            format!("a ring of {slots} slots: the ring must be a power of two"),
            format!("write {lower}{near}"),
        );
    }
    for clause in &body.stages {
        if let Some(batch) = &clause.options.batch
            && let (Some(most), Some(slots)) =
                (batch.number(), slots.or(ring.is_none().then_some(crate::expand::RING)))
            && !(1..=slots).contains(&most)
        {
            let text = format!("a batch of {most} events, in a ring of {slots}");
            report.error(batch.span, text, format!("choose 1 to {slots}, or leave `batch` out"));
        }
        let field = clause.args.iter().flatten().find_map(|arg| match arg {
            Arg::Access { access, field: Some(_), span, .. } => Some((access.to_string(), *span)),
            _ => None,
        });
        let key = || match &clause.options.shard {
            Some(Key::Field { name, span, .. }) => Some((format!("&{name}"), *span)),
            _ => None,
        };
        let Some((access, span)) = field.or_else(key) else { continue };
        match &body.settings.event {
            Some(event) if event.may_have_fields() => {}
            Some(event) => {
                let text = format!(
                    "stage `{}` takes `{access}`, and the events have no fields that can be named",
                    clause.name
                );
                report.error(event.kind.span, text, "make the event a struct: `event: YourType;`");
            }
            None => {
                let text = format!(
                    "stage `{}` takes `{access}`, and no event type is declared that has such a field",
                    clause.name
                );
                let help =
                    "say what the events are: `event: YourType;` or `event: YourType = first_value();`";
                report.error(span, text, help);
            }
        }
    }
}

impl Lowered {
    fn stage(&mut self, name: &Ident) -> StageId {
        let text = name.to_string();
        self.graph.stage_named(&text).unwrap_or_else(|| {
            self.stages.push(name.clone());
            self.graph.add_stage(text)
        })
    }

    /// A stage without an argument list reads the whole event.
    fn accesses(&mut self, id: StageId, clause: Option<&StageClause>) {
        if let Some((access, span)) = clause.and_then(|clause| shard::access(&self.shards, clause)) {
            self.graph.add_access(id, access);
            self.accesses.push(span);
        }
        let Some(args) = clause.and_then(|clause| clause.args.as_ref()) else {
            self.graph.add_access(id, Access { target: Target::Event, mode: Mode::Read });
            self.accesses.push(self.stages[id.index()].span());
            return;
        };
        for arg in args {
            if let Arg::Access { access, span, .. } = arg {
                self.graph.add_access(id, access.clone());
                self.accesses.push(*span);
            }
        }
    }

    fn fields(&self, id: StageId) -> impl Iterator<Item = &str> {
        self.graph.accesses(id).filter_map(|(_, access)| match &access.target {
            Target::Field(name) => Some(name.as_str()),
            _ => None,
        })
    }

    fn span(&self, concern: &Concern) -> Option<Span> {
        match concern {
            Concern::Stage(id) => self.stages.get(id.index()).map(Ident::span),
            Concern::Edge(id) => self.edges.get(id.index()).copied(),
            Concern::Access(id) => self.accesses.get(id.index()).copied(),
            _ => None,
        }
    }

    /// Reports a finding at the place that it concerns first; a conflict at both of its places.
    fn report(&self, finding: &Finding, report: &mut Report) {
        let mut places = finding.concerns.iter().filter_map(|concern| self.span(concern));
        let place = places.next().unwrap_or_else(Span::call_site);
        report.error(place, &finding.text, &finding.help);
        if finding.code == Code::Conflict
            && let Some(other) = places.next()
        {
            report.error(other, &finding.text, "this is the other place");
        }
    }

    /// The stages' names, by id.
    pub(crate) fn names(&self) -> &[Ident] {
        &self.stages
    }
}

/// A clause by its stage's name.
pub(crate) fn clauses(body: &Body) -> HashMap<String, &StageClause> {
    body.stages.iter().map(|clause| (clause.name.to_string(), clause)).collect()
}
