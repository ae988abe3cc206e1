//! Fields that are read before anything has written them, where it is said what holds something at the start.

use crate::{
    access::{Access, Target},
    bits::Relation,
    finding::{Code, Concern, Finding},
    graph::{AccessId, Graph, StageId},
    words,
};

/// A finding for each field that a stage reads, that is not [input](Graph::set_input), and that neither the stage nor one
/// before it writes. A field that a stage beside it writes is a [`Code::Conflict`], and no second finding.
pub(crate) fn check(graph: &Graph, reach: &Relation) -> Vec<Finding> {
    let Some(input) = graph.input() else { return Vec::new() };
    let mut findings = Vec::new();
    for reader in graph.stages() {
        if !graph.is_placed(reader) {
            continue;
        }
        for (id, access) in graph.accesses(reader) {
            let Target::Field(field) = &access.target else { continue };
            if access.writes() || input.contains(&field.as_str()) {
                continue;
            }
            let writers = writers(graph, access);
            let only_later = |&writer: &StageId| {
                reach.has(reader.index(), writer.index())
                    && !reach.has(writer.index(), reader.index())
                    && writer != reader
            };
            if writers.iter().all(only_later) {
                findings.push(unwritten(graph, reader, field, &writers, id));
            }
        }
    }
    findings
}

/// The stages that write what is read.
fn writers(graph: &Graph, read: &Access) -> Vec<StageId> {
    let mut writers = Vec::new();
    for stage in graph.stages() {
        let writes = graph.accesses(stage).any(|(_, own)| own.writes() && own.target.overlaps(&read.target));
        if writes && graph.is_placed(stage) {
            writers.push(stage);
        }
    }
    writers
}

fn unwritten(graph: &Graph, reader: StageId, field: &str, writers: &[StageId], place: AccessId) -> Finding {
    let reader = graph.name(reader);
    let mut listed = "list it in `input` if it holds something before the first stage: `input: ".to_owned();
    for known in graph.input().unwrap_or_default() {
        listed += known;
        listed += ", ";
    }
    listed += field;
    listed += ";`";
    let (text, help) = match writers {
        [] => (
            format!("`{reader}` reads the field `{field}`, and no stage writes it"),
            format!("let a stage before `{reader}` write it, `&mut {field}`, or {listed}"),
        ),
        [first, ..] => {
            let mut names = Vec::new();
            for &writer in writers {
                names.push(graph.name(writer));
            }
            let names = words::quoted(&names);
            let verb = if writers.len() == 1 { "writes" } else { "write" };
            (
                format!("`{reader}` reads the field `{field}` before {names} {verb} it"),
                format!(
                    "put `{} -> {reader}` in the place of the arrows that lead back, or {listed}",
                    graph.name(*first)
                ),
            )
        }
    };
    Finding::error(Code::UnwrittenRead, text, help, vec![Concern::Access(place)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{check, parse};

    /// The texts and helps of a body whose stages have these accesses; `raw` is input.
    fn found(body: &str, accesses: &[(&str, Access)]) -> Vec<(Code, String, String)> {
        let mut graph = parse(body).expect(body);
        graph.set_input(vec!["raw".to_owned()]);
        for (stage, access) in accesses {
            let stage = graph.stage_named(stage).expect(stage);
            graph.add_access(stage, access.clone());
        }
        let findings = check(&graph).err().unwrap_or_default();
        findings.into_iter().map(|finding| (finding.code, finding.text, finding.help)).collect()
    }

    fn read(field: &str) -> Access {
        Access::read(Target::Field(field.to_owned()))
    }

    fn write(field: &str) -> Access {
        Access::write(Target::Field(field.to_owned()))
    }

    #[test]
    fn what_is_input_or_written_before_may_be_read() {
        let list =
            [("a", read("raw")), ("a", write("x")), ("c", read("x")), ("d", Access::read(Target::Event))];
        assert_eq!(found("< a -> b -> c > < d >", &list[..3]), []);
        assert_eq!(found("< a -> c -> d >  < b -> c >", &list), []);
        for whole in [Target::Event, Target::Batch] {
            assert_eq!(found("< a -> b >", &[("a", Access::write(whole)), ("b", read("x"))]), []);
        }
    }

    #[test]
    fn a_field_that_nobody_writes() {
        let found = found("< a -> b >", &[("b", read("x"))]);
        let [(code, text, help)] = &found[..] else { panic!("{found:?}") };
        assert_eq!(
            (*code, text.as_str()),
            (Code::UnwrittenRead, "`b` reads the field `x`, and no stage writes it")
        );
        assert_eq!(
            help,
            "let a stage before `b` write it, `&mut x`, or list it in `input` if it holds something before the first \
             stage: `input: raw, x;`"
        );
    }

    #[test]
    fn a_field_that_is_written_later() {
        let found = found("< a -> b -> c >", &[("a", read("x")), ("b", write("x")), ("c", write("x"))]);
        let [(code, text, help)] = &found[..] else { panic!("{found:?}") };
        assert_eq!(
            (*code, text.as_str()),
            (Code::UnwrittenRead, "`a` reads the field `x` before `b` and `c` write it")
        );
        assert_eq!(
            help,
            "put `b -> a` in the place of the arrows that lead back, or list it in `input` if it holds something before \
             the first stage: `input: raw, x;`"
        );
    }

    #[test]
    fn a_field_that_is_written_beside_is_a_conflict_alone() {
        let found = found("< (a, b) >", &[("a", read("x")), ("b", write("x"))]);
        assert_eq!(found.iter().map(|(code, ..)| *code).collect::<Vec<_>>(), [Code::Conflict]);
    }

    #[test]
    fn nothing_is_checked_unless_asked_for() {
        let mut graph = parse("< a >").unwrap();
        graph.add_access(graph.stage_named("a").unwrap(), read("x"));
        assert!(check(&graph).is_ok());
    }
}
