//! From the declaration's tree to a topology, and from the topology's findings back to places in the tree.

mod arity;
mod clear;
mod cores;
mod fusion;
mod meant;
mod named;
mod poll;
mod settings;
mod shard;
mod threads;
mod timeouts;
mod writes;

use disruptor_syntax::{
    Arg, Body, Clauses, Place, Plan, PlannedStage, Report, StageClause, clauses, field_name, suggest,
};
use disruptor_topology::{Access, Code, Concern, Finding, Graph, Mode, StageId, Step, Target};
use proc_macro2::{Ident, Span, TokenTree};

pub(crate) use clear::clear;
pub(crate) use meant::meant;

use shard::Shards;

/// A topology, and where each part of it is written.
pub(crate) struct Lowered {
    graph: Graph,
    /// By stage.
    stages: Vec<Ident>,
    /// By arrow: the stage that it points to.
    edges: Vec<Span>,
    /// By access.
    accesses: Vec<Place>,
    /// The stages that are fused, `a + b`, in pairs; the place is the second's.
    fused: Vec<(StageId, StageId, Span)>,
    /// The fields of `input`.
    input: Vec<TokenTree>,
    pub(crate) shards: Shards,
}

/// The topology that was declared, whether or not it makes sense.
pub(crate) fn lower(body: &Body) -> Lowered {
    let mut lowered = Lowered {
        graph: Graph::new(),
        stages: vec![],
        edges: vec![],
        accesses: vec![],
        fused: vec![],
        input: body.settings.input.clone().unwrap_or_default(),
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
    for name in &body.met {
        let id = lowered.stage(name);
        lowered.graph.place(id);
    }
    for clause in &body.stages {
        lowered.stage(&clause.name);
    }
    // What a spoilt list writes is not known.
    if let Some(input) = &body.settings.input
        && !body.stages.iter().any(|stage| stage.spoilt)
    {
        lowered.graph.set_input(field_names(input));
    }
    let clauses = clauses(body);
    for id in lowered.graph.stages() {
        lowered.accesses(id, clauses.get(&lowered.stages[id.index()].to_string()));
    }
    lowered
}

/// Checks the topology, and what the declaration says beside it. Where chains have mistakes, the topology is not known.
pub(crate) fn check(body: &Body, lowered: &Lowered, report: &mut Report) -> Option<Plan> {
    settings::check(body, report);
    arity::check(body, report);
    writes::check(body, report);
    cores::check(body, lowered, report);
    shard::check(body, &lowered.shards, report);
    timeouts::check(body, lowered, report);
    poll::check(body, lowered, report);
    if !body.met.is_empty() || body.chains.is_empty() {
        return None;
    }
    let plan = match disruptor_topology::check(&lowered.graph) {
        Ok(plan) => plan,
        Err(findings) => {
            for finding in &findings {
                lowered.report(finding, report);
            }
            return None;
        }
    };
    fusion::check(body, lowered, &plan, report);
    named::check(body, lowered, &plan, report);
    let threads = threads::of(body, lowered, &plan, report);
    let mut stages = vec![];
    for id in lowered.graph.stages() {
        stages.push(lowered.planned(id, &plan, &threads, clauses(body)));
    }
    ask_once(&mut stages);
    let (gates, first) = (indices(plan.gates()), indices(plan.first_stages()));
    report.is_empty().then_some(Plan { sound: true, stages, gates, first })
}

fn indices(stages: &[StageId]) -> Vec<usize> {
    let mut indices = vec![];
    for stage in stages {
        indices.push(stage.index());
    }
    indices
}

/// Leaves to the first stage that shares an event, or a field, to ask for what that takes: it takes the same of all.
fn ask_once(stages: &mut [PlannedStage]) {
    let (mut event, mut fields) = (false, Vec::new());
    for stage in stages {
        stage.event_shared &= !event;
        event |= stage.event_shared;
        stage.shared_fields.retain(|field| !fields.contains(field));
        fields.extend_from_slice(&stage.shared_fields);
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

    /// A stage without an argument list reads the whole event; of one whose list could not be read, nothing is known.
    fn accesses(&mut self, id: StageId, clause: Option<&StageClause>) {
        if clause.is_some_and(|clause| clause.spoilt) {
            return;
        }
        if let Some((access, place)) = clause.and_then(|clause| shard::access(&self.shards, clause)) {
            self.graph.add_access(id, access);
            self.accesses.push(place.into());
        }
        let Some(args) = clause.and_then(|clause| clause.args.as_ref()) else {
            self.graph.add_access(id, Access { target: Target::Event, mode: Mode::Read });
            self.accesses.push(self.stages[id.index()].span().into());
            return;
        };
        for arg in args {
            if let Arg::Access { access, place, .. } = arg {
                self.graph.add_access(id, access.clone());
                self.accesses.push(*place);
            }
        }
    }

    /// A stage as it is planned; `threads` are the stages of each thread, in their order.
    fn planned(
        &self,
        id: StageId,
        plan: &disruptor_topology::Plan,
        threads: &[Vec<StageId>],
        clauses: Clauses<'_>,
    ) -> PlannedStage {
        let name = &self.stages[id.index()];
        let workers = self.shards.workers(name);
        // Workers that find their events by a field's hash may, where that is the user's and inconstant, meet at one event. Of those
        // that find them by a function the event itself is asked to be `Sync`, with all that is in it.
        let meets_itself =
            workers.is_some() && clauses.get(&name.to_string()).is_some_and(StageClause::shares_by_hash);
        let (mut reads_whole, mut shared_fields) = (false, vec![]);
        for (_, access) in self.graph.accesses(id) {
            match &access.target {
                Target::Field(field) if meets_itself || plan.field_shared(id, field) => {
                    shared_fields.push(field.clone());
                }
                Target::Field(_) => {}
                Target::Event | Target::Batch => reads_whole |= access.mode == Mode::Read,
            }
        }
        let (mut fused_to, mut fused_with) = (None, None);
        for thread in threads {
            for pair in thread.windows(2) {
                if pair[1] == id {
                    fused_to = Some(pair[0].index());
                }
                if pair[0] == id {
                    fused_with = Some(pair[1].index());
                }
            }
        }
        PlannedStage {
            name: name.clone(),
            upstreams: indices(plan.upstreams(id)),
            followers: indices(plan.followers(id)),
            fused_to,
            fused_with,
            workers: workers.cloned(),
            polled: clauses.get(&name.to_string()).and_then(|clause| clause.options.poll),
            event_shared: plan.event_shared(id) || meets_itself && reads_whole,
            shared_fields,
        }
    }

    fn place(&self, concern: &Concern) -> Option<Place> {
        match concern {
            Concern::Stage(id) => self.stages.get(id.index()).map(|name| name.span().into()),
            Concern::Edge(id) => self.edges.get(id.index()).map(|span| (*span).into()),
            Concern::Access(id) => self.accesses.get(id.index()).copied(),
            _ => None,
        }
    }

    /// Reports a finding at the place that it concerns first; a conflict at both of its places.
    fn report(&self, finding: &Finding, report: &mut Report) {
        if let Some((place, help)) = self.misspelt_input(finding) {
            report.error(place, &finding.text, help);
            return;
        }
        let mut places = finding.concerns.iter().filter_map(|concern| self.place(concern));
        let place = places.next().unwrap_or_else(|| Span::call_site().into());
        report.error(place, &finding.text, &finding.help);
        if finding.code == Code::Conflict
            && let Some(other) = places.next()
        {
            report.error(other, "the other place of this conflict", &finding.help);
        }
    }

    /// Of a field that is read and not written: what stands in `input`, is met nowhere else, and is nearly the same.
    fn misspelt_input(&self, finding: &Finding) -> Option<(Place, String)> {
        let Some(Concern::Access(id)) = finding.concerns.first() else { return None };
        if finding.code != Code::UnwrittenRead {
            return None;
        }
        let (mut field, mut met) = (None, vec![]);
        for stage in self.graph.stages() {
            for (other, access) in self.graph.accesses(stage) {
                if let Target::Field(name) = &access.target {
                    met.push(name);
                    field = if other == *id { Some(name) } else { field };
                }
            }
        }
        let (field, listed) = (field?, field_names(&self.input));
        let mut strangers = vec![];
        for name in &listed {
            if !met.contains(&name) {
                strangers.push(name.as_str());
            }
        }
        let guess = suggest::closest(field, &strangers)?;
        let at = listed.iter().position(|name| name == guess)?;
        let help = format!("did you mean `{field}` where `input` says `{guess}`?");
        Some((self.input[at].span().into(), help))
    }

    /// The stages' names, by id.
    pub(crate) fn names(&self) -> &[Ident] {
        &self.stages
    }
}

fn field_names(fields: &[TokenTree]) -> Vec<String> {
    let mut names = vec![];
    for field in fields {
        names.push(field_name(field));
    }
    names
}
