//! Mermaid flowcharts.

use super::flow::{Node, Writer};

/// A flowchart from left to right.
#[derive(Default)]
pub(super) struct Mermaid {
    lines: Vec<String>,
}

impl Writer for Mermaid {
    fn open(&mut self, title: Option<&str>) {
        if let Some(title) = title {
            // The title stands in a YAML header, as a string in double quotes.
            let title = title.replace('\\', r"\\").replace('"', r#"\""#);
            self.lines.extend(["---".to_owned(), format!("title: \"{title}\""), "---".to_owned()]);
        }
        self.lines.push("flowchart LR".to_owned());
    }

    fn node(&mut self, node: Node, label: &[&str]) {
        let label = label.iter().map(|line| escape(line)).collect::<Vec<_>>().join("<br>");
        self.lines.push(match node {
            Node::Producer => format!("    {node}([\"{label}\"])"),
            Node::Stage(_) => format!("    {node}[\"{label}\"]"),
        });
    }

    fn edge(&mut self, from: Node, to: Node) {
        self.lines.push(format!("    {from} --> {to}"));
    }

    fn gate(&mut self, from: Node, label: &str) {
        self.lines.push(format!("    {from} -.->|\"{}\"| {}", escape(label), Node::Producer));
    }

    fn close(self) -> String {
        self.lines.join("\n")
    }
}

/// Mermaid's entity codes, `#` and the character's number, for all that means something in a label.
fn escape(line: &str) -> String {
    let escape = |c: char| match c {
        '"' | '#' | '&' | '<' | '>' | '\\' | '`' | ';' => format!("#{};", u32::from(c)),
        _ => c.to_string(),
    };
    line.chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use crate::{Drawing, StageRow, Topology, check, draw::tests::ORDERS, parse};

    #[test]
    fn a_flowchart() {
        let expected = "\
---
title: \"orders\"
---
flowchart LR
    producer([\"several producers<br>ring of 65536\"])
    s0[\"unmarshal<br>#38;raw, #38;mut order\"]
    s1[\"business\"]
    s2[\"journal\"]
    producer --> s0
    s0 --> s1
    s2 --> s1
    producer --> s2
    s1 -.->|\"holds back\"| producer";
        assert_eq!(ORDERS.to_mermaid(), expected);
    }

    #[test]
    fn a_flowchart_without_title() {
        let graph = parse("< a >").unwrap();
        let drawn = Drawing::from_plan(&graph, &check(&graph).unwrap()).mermaid();
        assert!(drawn.starts_with("flowchart LR\n    producer([\"producer\"])\n"), "{drawn}");
    }

    #[test]
    fn names_are_escaped() {
        const ROW: StageRow =
            StageRow { name: "a\"]\n#1;`<b>", after: &[], gates: false, access: &[], workers: 1 };
        let odd = Topology { name: "x\"\\", stages: &[ROW], ..ORDERS };
        let drawn = odd.to_mermaid();
        assert!(drawn.contains(r#"title: "x\"\\""#), "{drawn}");
        assert!(drawn.contains(r##"s0["a#34;]#92;n#35;1#59;#96;#60;b#62;"]"##), "{drawn}");
    }
}
