//! Who may touch what: a part of the event has one writer or any number of readers at a time.

use crate::{
    access::{Access, Target},
    bits::Relation,
    finding::{Code, Concern, Finding},
    graph::{AccessId, Graph, StageId},
    table::Table,
    words,
};

/// Entries of one stage's list.
type Entries<'a> = Table<AccessId, &'a Access>;

/// Entries that clash, by what they clash about.
type Clashes<'a> = Table<Option<&'a str>, Entries<'a>>;

/// What a clash is about, which is what findings are grouped by: a field, or whole events (`None`).
fn subject<'a>(one: &'a Access, other: &'a Access) -> Option<&'a str> {
    match (&one.target, &other.target) {
        (Target::Field(name), Target::Field(_)) => Some(name),
        _ => None,
    }
}

/// Stages whose own list takes a part of the event twice, and at least once to write it.
pub(crate) fn within(graph: &Graph) -> Vec<Finding> {
    let mut findings = Vec::new();
    for stage in graph.stages() {
        let mut clashes = Clashes::default();
        for (id, access) in graph.accesses(stage) {
            for (other_id, other) in graph.accesses(stage) {
                if id < other_id && access.clashes(other) {
                    let entries = clashes.entry(subject(access, other));
                    entries.insert(id, access);
                    entries.insert(other_id, other);
                }
            }
        }
        for (field, entries) in clashes.iter() {
            findings.push(twice(graph.name(stage), *field, entries));
        }
    }
    findings
}

fn twice(stage: &str, field: Option<&str>, entries: &Entries<'_>) -> Finding {
    let (mut written, mut concerns) = (Vec::new(), Vec::new());
    for (id, access) in entries.iter() {
        written.push(format!("`{access}`"));
        concerns.push(Concern::Access(*id));
    }
    // The second entry is where it becomes wrong; the others say beside what.
    let first = concerns.remove(0);
    concerns.push(first);
    let written = words::and(&written);
    let (text, help) = match field {
        Some(field) => (
            format!("the stage `{stage}` takes the field `{field}` more than once: {written}"),
            format!("take it once, as `&mut {field}`: what can be written can be read as well"),
        ),
        None => (
            format!(
                "the stage `{stage}` takes the whole event and takes it, or a part of it, again: {written}"
            ),
            "take the whole event once, which gives every field, or list only the fields".to_owned(),
        ),
    };
    Finding::error(Code::SelfConflict, text, help, concerns)
}

/// Stages that may run at the same time and are in each other's way; one finding for each pair and field, or for
/// each pair where whole events are involved.
///
/// On a graph with cycles this finds only what stays wrong whichever arrow is removed, for fewer arrows order less.
pub(crate) fn between(graph: &Graph, concurrent: &Relation) -> Vec<Finding> {
    let mut findings = Vec::new();
    for one in graph.stages() {
        for other in concurrent.row(one.index()).iter() {
            let other = StageId(other);
            if one < other && graph.is_placed(one) && graph.is_placed(other) {
                clash(graph, one, other, &mut findings);
            }
        }
    }
    findings
}

/// A finding for everything that two stages clash about.
fn clash(graph: &Graph, one: StageId, other: StageId, findings: &mut Vec<Finding>) {
    let (mut mine, mut theirs) = (Clashes::default(), Clashes::default());
    for (id, access) in graph.accesses(one) {
        for (other_id, other_access) in graph.accesses(other) {
            if access.clashes(other_access) {
                let subject = subject(access, other_access);
                mine.entry(subject).insert(id, access);
                theirs.entry(subject).insert(other_id, other_access);
            }
        }
    }
    // Both are in the order of the same subjects.
    for ((_, mine), (_, theirs)) in mine.iter().zip(theirs.iter()) {
        findings.push(Clash::new(Side::new(graph, one, mine), Side::new(graph, other, theirs)).finding());
    }
}

/// One of the two stages, and those of its entries that clash.
struct Side<'a> {
    name: &'a str,
    entries: &'a Entries<'a>,
}

impl<'a> Side<'a> {
    fn new(graph: &'a Graph, stage: StageId, entries: &'a Entries<'a>) -> Self {
        Self { name: graph.name(stage), entries }
    }

    fn writes(&self) -> bool {
        self.entries.iter().any(|(_, access)| access.writes())
    }

    fn whole(&self) -> Option<&'a Access> {
        self.entries.iter().map(|&(_, access)| access).find(|access| access.target.is_whole())
    }

    /// As in "writes the field `score`".
    fn does(&self) -> String {
        let mut deeds = Vec::new();
        for (verb, writes) in [("writes", true), ("reads", false)] {
            let objects = self.objects(writes);
            if !objects.is_empty() {
                deeds.push(format!("{verb} {objects}"));
            }
        }
        words::and(&deeds)
    }

    /// What it writes, or what it only reads. As in "the fields `a` and `b`", or "the whole event".
    fn objects(&self, written: bool) -> String {
        let (mut fields, mut wholes) = (Vec::new(), Vec::new());
        for (_, access) in self.entries.iter() {
            if access.writes() == written {
                match &access.target {
                    Target::Field(name) => words::add(&mut fields, name),
                    Target::Event => words::add(&mut wholes, "the whole event"),
                    Target::Batch => words::add(&mut wholes, "the whole events of a batch"),
                }
            }
        }
        let mut objects = Vec::new();
        for whole in &wholes {
            objects.push((*whole).to_owned());
        }
        if !fields.is_empty() {
            let plural = if fields.len() == 1 { "" } else { "s" };
            objects.push(format!("the field{plural} {}", words::quoted(&fields)));
        }
        words::and(&objects)
    }

    /// Asks for a list of fields in the place of a whole event.
    fn narrowed(&self, whole: &Access) -> String {
        let reference = if whole.writes() { "&mut " } else { "&" };
        format!(
            "list the fields that `{0}` really {1}, as in `{0}({reference}field)`, in place of `{whole}`",
            self.name,
            if whole.writes() { "writes" } else { "reads" },
        )
    }
}

/// Two sides; the first one writes.
struct Clash<'a> {
    writer: Side<'a>,
    other: Side<'a>,
}

impl<'a> Clash<'a> {
    fn new(one: Side<'a>, other: Side<'a>) -> Self {
        if one.writes() { Self { writer: one, other } } else { Self { writer: other, other: one } }
    }

    fn finding(&self) -> Finding {
        let Self { writer, other } = self;
        let (does, other_does) = (writer.does(), other.does());
        let deeds = match does.strip_prefix("writes") {
            Some(object) if does == other_does => format!(" and both write{object}"),
            _ => format!(": `{}` {does}, `{}` {other_does}", writer.name, other.name),
        };
        let text = format!("`{}` and `{}` may run at the same time{deeds}", writer.name, other.name);
        let help = format!("order them with `{} -> {}`, or {}", writer.name, other.name, self.way_out());
        let mut concerns = Vec::new();
        for entries in [writer.entries, other.entries] {
            for (id, _) in entries.iter() {
                concerns.push(Concern::Access(*id));
            }
        }
        Finding::error(Code::Conflict, text, help, concerns)
    }

    /// What to do about the accesses themselves.
    fn way_out(&self) -> String {
        let Self { writer, other } = self;
        match (writer.whole(), other.whole()) {
            (Some(_), Some(_)) => "list the fields that each of them really touches".to_owned(),
            (Some(whole), None) => writer.narrowed(whole),
            (None, Some(whole)) => other.narrowed(whole),
            (None, None) if other.writes() => "give each a field of its own to write".to_owned(),
            (None, None) => {
                format!("let `{}` read a field that `{}` does not write", other.name, writer.name)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{access::Mode, plan};

    /// A graph of stages with lists such as `&a &mut b &* &mut [*]`, and of edges between them.
    fn graph(stages: &[(&str, &str)], edges: &[(usize, usize)]) -> Graph {
        let mut graph = Graph::new();
        for (name, list) in stages {
            let stage = graph.add_stage(*name);
            graph.place(stage);
            for entry in list.split('&').filter(|entry| !entry.is_empty()).map(str::trim) {
                let (mode, target) = match entry.strip_prefix("mut ") {
                    Some(target) => (Mode::Write, target),
                    None => (Mode::Read, entry),
                };
                let target = match target {
                    "*" => Target::Event,
                    "[*]" => Target::Batch,
                    field => Target::Field(field.to_owned()),
                };
                graph.add_access(stage, Access { target, mode });
            }
        }
        for &(from, to) in edges {
            graph.add_edge(StageId(from), StageId(to));
        }
        graph
    }

    fn found(graph: &Graph) -> Vec<Finding> {
        let edges = graph.edges().map(|(_, from, to)| (from.index(), to.index()));
        let reach = Relation::new(graph.len(), edges).closure();
        between(graph, &plan::concurrent(&reach))
    }

    /// The one conflict of two stages that run side by side: its text, its help and its accesses.
    fn only(one: (&str, &str), other: (&str, &str)) -> (String, String, Vec<usize>) {
        let found = found(&graph(&[one, other], &[]));
        let [finding] = &found[..] else { panic!("{found:#?}") };
        assert_eq!(finding.code, Code::Conflict);
        (finding.text.clone(), finding.help.clone(), accesses(finding))
    }

    fn accesses(finding: &Finding) -> Vec<usize> {
        let index = |concern: &Concern| match concern {
            Concern::Access(id) => id.index(),
            other => panic!("{other:?}"),
        };
        finding.concerns.iter().map(index).collect()
    }

    #[test]
    fn a_writer_beside_a_reader() {
        let (text, help, accesses) = only(("price", "&raw &score"), ("risk", "&order &mut score"));
        assert_eq!(
            text,
            "`risk` and `price` may run at the same time: `risk` writes the field `score`, \
             `price` reads the field `score`"
        );
        assert_eq!(
            help,
            "order them with `risk -> price`, or let `price` read a field that `risk` does not write"
        );
        assert_eq!(accesses, [3, 1]);
    }

    #[test]
    fn two_writers() {
        let (text, help, accesses) = only(("risk", "&mut score"), ("price", "&mut score"));
        assert_eq!(text, "`risk` and `price` may run at the same time and both write the field `score`");
        assert_eq!(help, "order them with `risk -> price`, or give each a field of its own to write");
        assert_eq!(accesses, [0, 1]);
    }

    #[test]
    fn a_whole_reader_beside_a_writer_of_fields_is_one_conflict() {
        let (text, help, accesses) = only(("audit", "&*"), ("risk", "&raw &mut score &mut limit"));
        assert_eq!(
            text,
            "`risk` and `audit` may run at the same time: `risk` writes the fields `limit` and `score`, \
             `audit` reads the whole event"
        );
        assert_eq!(
            help,
            "order them with `risk -> audit`, or list the fields that `audit` really reads, \
             as in `audit(&field)`, in place of `&*`"
        );
        assert_eq!(accesses, [2, 3, 0]);
    }

    #[test]
    fn a_whole_writer_beside_accesses_of_fields() {
        let (text, help, _) = only(("apply", "&mut [*]"), ("risk", "&raw &mut score"));
        assert_eq!(
            text,
            "`apply` and `risk` may run at the same time: `apply` writes the whole events of a batch, \
             `risk` writes the field `score` and reads the field `raw`"
        );
        assert_eq!(
            help,
            "order them with `apply -> risk`, or list the fields that `apply` really writes, \
             as in `apply(&mut field)`, in place of `&mut [*]`"
        );
    }

    #[test]
    fn two_whole_accesses() {
        let (text, help, _) = only(("a", "&[*]"), ("b", "&mut *"));
        assert_eq!(
            text,
            "`b` and `a` may run at the same time: `b` writes the whole event, \
             `a` reads the whole events of a batch"
        );
        assert_eq!(help, "order them with `b -> a`, or list the fields that each of them really touches");
    }

    #[test]
    fn a_conflict_for_each_field_and_pair() {
        let list = "&mut x &mut y &z";
        let found = found(&graph(&[("a", list), ("b", list), ("c", "&mut y")], &[]));
        let accesses: Vec<_> = found.iter().map(accesses).collect();
        assert_eq!(accesses, [[0, 3], [1, 4], [1, 6], [4, 6]]);
    }

    #[test]
    fn stages_in_order_and_readers_have_no_conflict() {
        assert_eq!(found(&graph(&[("a", "&mut *"), ("b", "&mut *"), ("c", "&*")], &[(0, 1), (1, 2)])), []);
        assert_eq!(found(&graph(&[("a", "&* &x"), ("b", "&[*]"), ("c", "&x")], &[])), []);
        assert_eq!(found(&graph(&[("a", "&mut x"), ("b", "&mut y &z"), ("c", "&z")], &[])), []);
    }

    #[test]
    fn a_stage_in_no_chain_has_no_conflict() {
        let mut graph = Graph::new();
        let [idle, placed, last] = ["idle", "placed", "last"].map(|name| graph.add_stage(name));
        graph.place(placed);
        for stage in [idle, placed, last] {
            graph.add_access(stage, Access::write(Target::Event));
        }
        assert_eq!(found(&graph), []);
    }

    #[test]
    fn a_field_twice_in_one_list() {
        let found = within(&graph(&[("risk", "&raw &score &mut score")], &[]));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].code, Code::SelfConflict);
        assert_eq!(
            found[0].text,
            "the stage `risk` takes the field `score` more than once: `&score` and `&mut score`"
        );
        assert_eq!(found[0].help, "take it once, as `&mut score`: what can be written can be read as well");
        assert_eq!(accesses(&found[0]), [2, 1]);
    }

    #[test]
    fn a_field_beside_the_whole_event_in_one_list() {
        let found = within(&graph(&[("risk", "&mut * &raw &score")], &[]));
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].text,
            "the stage `risk` takes the whole event and takes it, or a part of it, again: \
             `&mut *`, `&raw` and `&score`"
        );
        assert_eq!(
            found[0].help,
            "take the whole event once, which gives every field, or list only the fields"
        );
        assert_eq!(accesses(&found[0]), [1, 2, 0]);
    }

    #[test]
    fn reading_twice_is_no_conflict() {
        assert_eq!(within(&graph(&[("risk", "&* &raw &raw &[*] "), ("price", "&mut a &mut b &c")], &[])), []);
    }
}
