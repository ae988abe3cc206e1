//! The shape of a drawing as arrow chains.

use super::Row;
use crate::{
    bits::{Bits, Relation},
    check::MAX_STAGES,
};

/// The chains, without their brackets, that say exactly the order of the rows.
///
/// It is one chain if the order is series-parallel, that is, if groups and arrows are enough for it. Otherwise each
/// part that hangs together has chains of its own.
pub(super) fn chains(rows: &[Row<'_>]) -> Vec<String> {
    let Some(order) = Order::of(rows) else {
        return blocks(rows, |_| true);
    };
    let all = Bits::first(rows.len());
    if let Some(shape) = order.shape(all) {
        return vec![shape.to_string(rows)];
    }
    let parts = order.parts(all, |stage| order.related(stage));
    let chains = parts.into_iter().map(|part| match order.shape(part) {
        Some(shape) => vec![shape.to_string(rows)],
        None => blocks(rows, |stage| part.has(stage)),
    });
    chains.flatten().collect()
}

/// Which layer each row is in: the number of stages on the longest path to it.
///
/// The number of rounds is limited, so that it ends on a blueprint with a cycle as well.
pub(super) fn layers(rows: &[Row<'_>]) -> Vec<usize> {
    let mut layers = vec![0; rows.len()];
    for _ in rows {
        let below = |row: &Row<'_>| row.after.iter().map(|&upstream| layers[upstream] + 1).max();
        let next: Vec<_> = rows.iter().map(|row| below(row).unwrap_or(0)).collect();
        if next == layers {
            break;
        }
        layers = next;
    }
    layers
}

/// Who comes before whom.
struct Order {
    before: Relation,
    after: Relation,
}

impl Order {
    /// `None` if a blueprint has a cycle, or more stages than fit.
    fn of(rows: &[Row<'_>]) -> Option<Self> {
        if rows.len() > MAX_STAGES {
            return None;
        }
        let pairs =
            rows.iter().enumerate().flat_map(|(to, row)| row.after.iter().map(move |&from| (from, to)));
        let direct = Relation::new(rows.len(), pairs);
        direct.topological()?;
        let after = direct.closure();
        Some(Self { before: after.reversed(), after })
    }

    /// All that come before or after.
    fn related(&self, stage: usize) -> Bits {
        self.before.row(stage) | self.after.row(stage)
    }

    /// The members in parts, such that neighbours are in one part, in the order of their smallest members.
    fn parts(&self, members: Bits, neighbours: impl Fn(usize) -> Bits) -> Vec<Bits> {
        let (mut left, mut parts) = (members, Vec::new());
        while let Some(first) = left.iter().next() {
            let (mut part, mut fresh) = (Bits::default(), Bits::from_iter([first]));
            while let Some(stage) = fresh.iter().next() {
                part.insert(stage);
                fresh = (fresh | neighbours(stage)) & members & !part;
            }
            left = left & !part;
            parts.push(part);
        }
        parts
    }

    /// The members' order by groups and arrows, if these are enough.
    ///
    /// After Valdes, Tarjan and Lawler ("The Recognition of Series Parallel Digraphs", 1982), in the form of the
    /// decomposition tree: parts that no order connects stand side by side, parts that are ordered throughout stand
    /// one after the other, and if the members fall apart in neither way, they are not series-parallel.
    fn shape(&self, members: Bits) -> Option<Shape> {
        let mut all = members.iter();
        if let (Some(only), None) = (all.next(), all.next()) {
            return Some(Shape::Stage(only));
        }
        let side_by_side = self.parts(members, |stage| self.related(stage));
        if side_by_side.len() > 1 {
            let shapes = side_by_side.into_iter().map(|part| self.shape(part));
            return Some(Shape::Group(shapes.collect::<Option<_>>()?));
        }
        let mut in_a_row = self.parts(members, |stage| !self.related(stage));
        // All of a part come before all of the next: what comes before its first members is the parts before it.
        in_a_row.sort_by_key(|part| {
            part.iter().map(|stage| (self.before.row(stage) & members).iter().count()).min()
        });
        if in_a_row.len() > 1 {
            let shapes = in_a_row.into_iter().map(|part| self.shape(part));
            return Some(Shape::Seq(shapes.collect::<Option<_>>()?));
        }
        None
    }
}

/// A series-parallel order.
enum Shape {
    Stage(usize),
    Group(Vec<Shape>),
    Seq(Vec<Shape>),
}

impl Shape {
    fn to_string(&self, rows: &[Row<'_>]) -> String {
        let list = |shapes: &[Self], between| {
            shapes.iter().map(|shape| shape.to_string(rows)).collect::<Vec<_>>().join(between)
        };
        match self {
            Self::Stage(stage) => rows[*stage].unit(),
            Self::Group(shapes) => format!("({})", list(shapes, ", ")),
            Self::Seq(shapes) => list(shapes, " -> "),
        }
    }
}

/// Some of the rows as chains: those that wait on the same stages are a group, which comes after the group of these
/// stages, and a chain goes on as long as a group as a whole is what the next one waits on.
fn blocks(rows: &[Row<'_>], wanted: impl Fn(usize) -> bool) -> Vec<String> {
    let layers = layers(rows);
    let mut members: Vec<_> = (0..rows.len()).filter(|&stage| wanted(stage)).collect();
    members.sort_by_key(|&stage| layers[stage]);
    // Upstreams and followers, in layers: a chain is thus begun at its beginning.
    let mut blocks: Vec<(&[usize], Vec<usize>)> = Vec::new();
    for &stage in members.iter().filter(|&&stage| !rows[stage].after.is_empty()) {
        let after = &rows[stage].after[..];
        match blocks.iter_mut().find(|(upstreams, _)| *upstreams == after) {
            Some((_, followers)) => followers.push(stage),
            None => blocks.push((after, vec![stage])),
        }
    }
    blocks.iter_mut().for_each(|(_, followers)| followers.sort_unstable());

    let group = |stages: &[usize]| match stages {
        [only] => rows[*only].unit(),
        _ => format!("({})", stages.iter().map(|&stage| rows[stage].unit()).collect::<Vec<_>>().join(", ")),
    };
    let mut chains = Vec::new();
    while !blocks.is_empty() {
        let (upstreams, mut last) = blocks.remove(0);
        let mut chain = format!("{} -> {}", group(upstreams), group(&last));
        while let Some(at) = blocks.iter().position(|(upstreams, _)| *upstreams == last) {
            last = blocks.remove(at).1;
            chain = format!("{chain} -> {}", group(&last));
        }
        chains.push(chain);
    }
    let lone =
        |&stage: &usize| rows[stage].after.is_empty() && rows.iter().all(|row| !row.after.contains(&stage));
    chains.extend(members.into_iter().filter(lone).map(|stage| group(&[stage])));
    chains
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    /// The chains of stages `a`, `b`, … of which each waits on those given by their letters.
    fn drawn(after: &[&str]) -> Vec<String> {
        chains(&rows(after))
    }

    fn rows(after: &[&str]) -> Vec<Row<'static>> {
        let row = |(index, after): (usize, &&str)| Row {
            name: Cow::Owned(char::from(b'a' + index as u8).to_string()),
            after: after.bytes().map(|letter| usize::from(letter - b'a')).collect(),
            gates: false,
            access: Vec::new(),
            workers: 1,
        };
        after.iter().enumerate().map(row).collect()
    }

    #[test]
    fn groups_and_arrows_are_one_chain() {
        assert_eq!(drawn(&[""]), ["a"]);
        assert_eq!(drawn(&["", "a", "a", "bc"]), ["a -> (b, c) -> d"]);
        assert_eq!(drawn(&["", "a", "a", "c", "bd"]), ["a -> (b, c -> d) -> e"]);
        assert_eq!(drawn(&["", "", "a", "b"]), ["(a -> c, b -> d)"]);
        assert_eq!(drawn(&["", "", "ab", "ab"]), ["(a, b) -> (c, d)"]);
        assert_eq!(drawn(&["b", "c", ""]), ["c -> b -> a"]);
    }

    #[test]
    fn other_orders_are_several_chains() {
        assert_eq!(drawn(&["", "", "ab", "b"]), ["(a, b) -> c", "b -> d"]);
        assert_eq!(drawn(&["", "a", "a", "bc", "c", "de"]), ["a -> (b, c) -> d", "c -> e", "(d, e) -> f"]);
    }

    #[test]
    fn a_chain_begins_at_its_beginning_however_stages_are_numbered() {
        assert_eq!(drawn(&["c", "e", "de", "", ""]), ["e -> b", "(d, e) -> c -> a"]);
    }

    #[test]
    fn what_does_not_hang_together_has_its_own_chains() {
        assert_eq!(drawn(&["", "", "ab", "b", "", "e", ""]), ["(a, b) -> c", "b -> d", "e -> f", "g"]);
    }

    #[test]
    fn nothing_has_no_chain() {
        assert_eq!(drawn(&[]), [""; 0]);
    }

    #[test]
    fn a_cycle_or_many_stages_are_chains_as_well() {
        assert_eq!(drawn(&["b", "a", ""]), ["b -> a -> b", "c"]);
        let mut many: Vec<_> = rows(&[""; 70]);
        many[1].after = vec![0];
        assert_eq!(chains(&many).len(), 69);
    }

    #[test]
    fn a_layer_is_the_longest_path() {
        assert_eq!(layers(&rows(&["", "a", "ab", "", "d"])), [0, 1, 2, 0, 1]);
        assert_eq!(layers(&rows(&["b", "a"])).len(), 2);
    }
}
