//! What Mermaid and DOT have in common: nodes, arrows, and the order in which they are written.

use std::fmt;

use super::{Drawing, plain};

/// A node of a flowchart; it is displayed as its identifier.
#[derive(Clone, Copy)]
pub(super) enum Node {
    Producer,
    Stage(usize),
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Producer => f.write_str("producer"),
            Self::Stage(index) => write!(f, "s{index}"),
        }
    }
}

/// A language for flowcharts. Labels are lines without control characters; the writer escapes everything else.
pub(super) trait Writer {
    /// Begins the drawing.
    fn open(&mut self, title: Option<&str>);
    /// A node and what stands in it.
    fn node(&mut self, node: Node, label: &[&str]);
    /// An arrow along which events go.
    fn edge(&mut self, from: Node, to: Node);
    /// The arrow from a stage back to the producer, which it holds back.
    fn gate(&mut self, from: Node, label: &str);
    /// Ends the drawing and gives it, without a newline at its end.
    fn close(self) -> String;
}

/// Writes the drawing: the producer, the stages, who waits on whom, who holds back the producer.
pub(super) fn write(drawing: &Drawing<'_>, mut writer: impl Writer) -> String {
    let name = drawing.pipeline.map(|it| plain(it.name));
    writer.open(name.as_deref().filter(|name| !name.is_empty()));
    match &drawing.pipeline {
        Some(it) => {
            writer.node(Node::Producer, &[it.producers(), &format!("ring of {}", it.ring)]);
        }
        None => writer.node(Node::Producer, &["producer"]),
    }
    for (index, row) in drawing.rows.iter().enumerate() {
        let access = row.access.join(", ");
        let unit = row.unit();
        let label = [unit.as_str(), &access];
        writer.node(Node::Stage(index), if access.is_empty() { &label[..1] } else { &label });
    }
    for (index, row) in drawing.rows.iter().enumerate() {
        if row.after.is_empty() {
            writer.edge(Node::Producer, Node::Stage(index));
        }
        for &upstream in &row.after {
            writer.edge(Node::Stage(upstream), Node::Stage(index));
        }
    }
    for (index, _) in drawing.rows.iter().enumerate().filter(|(_, row)| row.gates) {
        writer.gate(Node::Stage(index), "holds back");
    }
    writer.close()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::tests::ORDERS;

    /// Writes down what it is told.
    #[derive(Default)]
    struct Minutes(Vec<String>);

    impl Writer for Minutes {
        fn open(&mut self, title: Option<&str>) {
            self.0.push(format!("title {title:?}"));
        }

        fn node(&mut self, node: Node, label: &[&str]) {
            self.0.push(format!("{node} {label:?}"));
        }

        fn edge(&mut self, from: Node, to: Node) {
            self.0.push(format!("{from} to {to}"));
        }

        fn gate(&mut self, from: Node, label: &str) {
            self.0.push(format!("{from} {label}"));
        }

        fn close(self) -> String {
            self.0.join("\n")
        }
    }

    #[test]
    fn nodes_come_before_the_arrows_between_them() {
        let expected = "\
title Some(\"orders\")
producer [\"several producers\", \"ring of 65536\"]
s0 [\"unmarshal\", \"&raw, &mut order\"]
s1 [\"business\"]
s2 [\"journal\"]
producer to s0
s0 to s1
s2 to s1
producer to s2
s1 holds back";
        assert_eq!(write(&Drawing::from(&ORDERS), Minutes::default()), expected);
        let untitled = Drawing { pipeline: None, rows: Vec::new() };
        assert_eq!(write(&untitled, Minutes::default()), "title None\nproducer [\"producer\"]");
    }
}
