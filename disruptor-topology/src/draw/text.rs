//! The drawing for people at a terminal.

use super::{Drawing, Row, plain, shape};
use crate::words;

/// The whole drawing, without a newline at its end.
pub(super) fn write(drawing: &Drawing<'_>) -> String {
    let mut lines = vec![title(drawing)];
    lines.extend(shape(drawing));
    let layers = shape::layers(&drawing.rows);
    let mut rows: Vec<_> = drawing.rows.iter().zip(layers).collect();
    rows.sort_by_key(|&(_, layer)| layer);
    let heads: Vec<_> = rows.iter().map(|(row, _)| head(row)).collect();
    let width = heads.iter().map(|head| head.chars().count()).max().unwrap_or(0);
    let stage = |(head, (row, _)): (String, (&Row<'_>, usize))| {
        format!("  {head:width$}    waits on {}", waits(drawing, row))
    };
    lines.extend(heads.into_iter().zip(rows).map(stage));
    lines.join("\n")
}

fn title(drawing: &Drawing<'_>) -> String {
    let stages = words::count(drawing.rows.len(), "stage");
    match &drawing.pipeline {
        Some(it) => {
            let name = if it.name.is_empty() { String::new() } else { format!("{}: ", plain(it.name)) };
            format!("{name}{}, ring of {}, {stages}", it.producers(), it.ring)
        }
        None => stages,
    }
}

/// The shape in a line, if there is one.
fn shape(drawing: &Drawing<'_>) -> Option<String> {
    match &shape::chains(&drawing.rows)[..] {
        [] => None,
        [one] => Some(format!("  producer -> {one}")),
        _ => Some(format!("  {}", drawing.chains())),
    }
}

/// The stage as it is declared, as in `risk(&order, &mut score)`.
fn head(row: &Row<'_>) -> String {
    if row.access.is_empty() { row.unit() } else { format!("{}({})", row.unit(), row.access.join(", ")) }
}

fn waits(drawing: &Drawing<'_>, row: &Row<'_>) -> String {
    let upstreams: Vec<_> = row.after.iter().map(|&at| drawing.rows[at].name.to_string()).collect();
    let waits = if upstreams.is_empty() { "the producer".to_owned() } else { words::and(&upstreams) };
    if row.gates { format!("{waits}; holds back the producer") } else { waits }
}

#[cfg(test)]
mod tests {
    use crate::{Drawing, Producers, Topology, check, draw::tests::ORDERS, parse};

    fn drawn(body: &str) -> String {
        let graph = parse(body).expect(body);
        let plan = check(&graph).expect(body);
        Drawing::from_plan(&graph, &plan).of_pipeline("orders", 65536, Producers::Single).text()
    }

    #[test]
    fn groups_and_arrows() {
        let expected = "\
orders: single producer, ring of 65536, 4 stages
  producer -> journal -> (replicate, unmarshal) -> business
  journal      waits on the producer
  replicate    waits on journal
  unmarshal    waits on journal
  business     waits on replicate and unmarshal; holds back the producer";
        assert_eq!(
            drawn("< journal -> (replicate, unmarshal) -> business > < journal -> business >"),
            expected
        );
    }

    #[test]
    fn layers_and_several_chains() {
        let expected = "\
orders: single producer, ring of 65536, 5 stages
  < (a, b) -> d -> f > < b -> e >
  a    waits on the producer
  b    waits on the producer
  d    waits on a and b
  e    waits on b; holds back the producer
  f    waits on d; holds back the producer";
        assert_eq!(drawn("< (a, b) -> d -> f > < b -> e >"), expected);
    }

    #[test]
    fn accesses_stand_with_their_stage() {
        let expected = "\
orders: several producers, ring of 65536, 3 stages
  producer -> (unmarshal, journal) -> business
  unmarshal(&raw, &mut order)    waits on the producer
  journal                        waits on the producer
  business                       waits on unmarshal and journal; holds back the producer";
        assert_eq!(ORDERS.to_text(), expected);
    }

    #[test]
    fn a_shard_shows_its_workers() {
        let mut stages = ORDERS.stages.to_vec();
        stages[0].workers = 4;
        let shard = Topology { stages: stages.leak(), ..ORDERS };
        let text = shard.to_text();
        assert!(text.contains("  producer -> ([unmarshal; 4], journal) -> business\n"), "{text}");
        assert!(text.contains("  [unmarshal; 4](&raw, &mut order)    waits on the producer\n"), "{text}");
        assert!(shard.to_dot().contains("[unmarshal; 4]"), "{}", shard.to_dot());
        assert_eq!((shard.threads(), shard.stage_of(3), shard.stage_of(4)), (6, 0, 1));
        assert_eq!((shard.label(3), shard.label(5)), ("unmarshal[3]".to_owned(), "journal".to_owned()));
    }

    #[test]
    fn no_name() {
        let unnamed = Topology { name: "", ..ORDERS };
        assert!(unnamed.to_text().starts_with("several producers, ring of 65536, 3 stages\n"));
        assert!(unnamed.to_mermaid().starts_with("flowchart LR\n"));
        assert!(unnamed.to_dot().starts_with("digraph \"pipeline\" {\n"));
    }

    #[test]
    fn no_stages() {
        let none = Topology { stages: &[], name: "a\nb", ..ORDERS };
        assert_eq!(none.to_text(), r"a\nb: several producers, ring of 65536, 0 stages");
    }
}
