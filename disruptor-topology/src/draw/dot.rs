//! Graphviz' language, DOT.

use super::flow::{Node, Writer};

/// A directed graph from left to right.
#[derive(Default)]
pub(super) struct Dot {
    lines: Vec<String>,
}

impl Writer for Dot {
    fn open(&mut self, title: Option<&str>) {
        let title = escape(title.unwrap_or("pipeline"));
        self.lines.push(format!("digraph \"{title}\" {{"));
        self.lines.push("    rankdir=LR;".to_owned());
    }

    fn node(&mut self, node: Node, label: &[&str]) {
        let shape = match node {
            Node::Producer => "ellipse",
            Node::Stage(_) => "box",
        };
        let label = label.iter().map(|line| escape(line)).collect::<Vec<_>>().join(r"\n");
        self.lines.push(format!("    {node} [shape={shape}, label=\"{label}\"];"));
    }

    fn edge(&mut self, from: Node, to: Node) {
        self.lines.push(format!("    {from} -> {to};"));
    }

    fn gate(&mut self, from: Node, label: &str) {
        // The arrow goes back and must not decide where the nodes stand.
        let style = "style=dashed, constraint=false";
        self.lines.push(format!("    {from} -> {} [{style}, label=\"{}\"];", Node::Producer, escape(label)));
    }

    fn close(mut self) -> String {
        self.lines.push("}".to_owned());
        self.lines.join("\n")
    }
}

/// For a string in double quotes.
fn escape(line: &str) -> String {
    line.replace('\\', r"\\").replace('"', r#"\""#)
}

#[cfg(test)]
mod tests {
    use crate::{Drawing, StageRow, Topology, check, draw::tests::ORDERS, parse};

    #[test]
    fn a_digraph() {
        let expected = r#"digraph "orders" {
    rankdir=LR;
    producer [shape=ellipse, label="several producers\nring of 65536"];
    s0 [shape=box, label="unmarshal\n&raw, &mut order"];
    s1 [shape=box, label="business"];
    s2 [shape=box, label="journal"];
    producer -> s0;
    s0 -> s1;
    s2 -> s1;
    producer -> s2;
    s1 -> producer [style=dashed, constraint=false, label="holds back"];
}"#;
        assert_eq!(ORDERS.to_dot(), expected);
    }

    #[test]
    fn a_digraph_without_title() {
        let graph = parse("< a >").unwrap();
        let drawn = Drawing::from_plan(&graph, &check(&graph).unwrap()).dot();
        assert!(drawn.starts_with("digraph \"pipeline\" {"), "{drawn}");
    }

    #[test]
    fn names_are_escaped() {
        const ROW: StageRow = StageRow { name: "a\"\\\n", after: &[], gates: false, access: &[], workers: 1 };
        let odd = Topology { name: "x\"", stages: &[ROW], ..ORDERS };
        let drawn = odd.to_dot();
        assert!(drawn.contains(r#"digraph "x\"" {"#), "{drawn}");
        assert!(drawn.contains(r#"label="a\"\\\\n""#), "{drawn}");
    }
}
