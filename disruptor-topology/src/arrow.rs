//! The arrow body as a tree, shared by every front end.
//!
//! `N` is what a name is (an identifier with a span, a string with a range), `C` what a shard count is.

/// Steps that follow each other: `a -> (b, c) -> d`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seq<N, C> {
    /// The steps, in order.
    pub steps: Vec<Step<N, C>>,
}

/// What stands between two arrows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step<N, C> {
    /// Units on one thread, each after the one before it: `a + b`. A plain stage is a single unit.
    Fused(Vec<Unit<N, C>>),
    /// Branches side by side: `(a, b -> c)`.
    Group(Vec<Seq<N, C>>),
}

/// A stage, or several workers that share the work of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unit<N, C> {
    /// `a`
    Stage(N),
    /// `[worker; count]`
    Shard {
        /// The stage that is there several times.
        worker: N,
        /// How many times.
        count: C,
    },
}

impl<N, C> Unit<N, C> {
    /// The name of the stage, or of the shard's worker.
    pub fn name(&self) -> &N {
        match self {
            Self::Stage(name) | Self::Shard { worker: name, .. } => name,
        }
    }
}

impl<N, C> Seq<N, C> {
    /// Shows `see` every step, in the order of writing, a group before what is in it.
    pub fn visit<'a>(&'a self, see: &mut dyn FnMut(&'a Step<N, C>)) {
        for step in &self.steps {
            see(step);
            if let Step::Group(branches) = step {
                for branch in branches {
                    branch.visit(see);
                }
            }
        }
    }

    /// Every name, in the order of writing, as often as it is written.
    #[must_use]
    pub fn names(&self) -> Vec<&N> {
        let mut names = Vec::new();
        self.visit(&mut |step| {
            if let Step::Fused(units) = step {
                for unit in units {
                    names.push(unit.name());
                }
            }
        });
        names
    }

    /// The same tree with other names and counts.
    pub fn map<M, D>(&self, name: &mut dyn FnMut(&N) -> M, count: &mut dyn FnMut(&C) -> D) -> Seq<M, D> {
        let mut steps = Vec::new();
        for step in &self.steps {
            steps.push(step.map(name, count));
        }
        Seq { steps }
    }
}

impl<N, C> Step<N, C> {
    /// As [`Seq::map`].
    fn map<M, D>(&self, name: &mut dyn FnMut(&N) -> M, count: &mut dyn FnMut(&C) -> D) -> Step<M, D> {
        match self {
            Self::Fused(units) => {
                let mut changed = Vec::new();
                for unit in units {
                    changed.push(match unit {
                        Unit::Stage(stage) => Unit::Stage(name(stage)),
                        Unit::Shard { worker, count: many } => {
                            Unit::Shard { worker: name(worker), count: count(many) }
                        }
                    });
                }
                Step::Fused(changed)
            }
            Self::Group(branches) => {
                let mut changed = Vec::new();
                for branch in branches {
                    changed.push(branch.map(name, count));
                }
                Step::Group(changed)
            }
        }
    }
}

impl<N: Clone, C> Seq<N, C> {
    /// The arrows: every exit of a step to every entry of the next.
    ///
    /// The entries and exits of a group are those of its branches together; `a + b` is `a -> b`, entered at `a`
    /// and left at `b`. An arrow stands in the list once for each time it is written.
    #[must_use]
    pub fn edges(&self) -> Vec<(N, N)> {
        let mut edges = Vec::new();
        self.connect(&mut edges);
        edges
    }

    /// Adds the arrows of the sequence, and gives its entries and its exits.
    fn connect<'a>(&'a self, edges: &mut Vec<(N, N)>) -> (Vec<&'a N>, Vec<&'a N>) {
        let mut ends: Option<(Vec<&N>, Vec<&N>)> = None;
        for step in &self.steps {
            let (entries, exits) = step.connect(edges);
            ends = match ends {
                None => Some((entries, exits)),
                Some((first, before)) => {
                    for from in before {
                        for &to in &entries {
                            edges.push((from.clone(), to.clone()));
                        }
                    }
                    Some((first, exits))
                }
            };
        }
        ends.unwrap_or_default()
    }
}

impl<N: Clone, C> Step<N, C> {
    /// As [`Seq::connect`].
    fn connect<'a>(&'a self, edges: &mut Vec<(N, N)>) -> (Vec<&'a N>, Vec<&'a N>) {
        match self {
            Self::Fused(units) => {
                for pair in units.windows(2) {
                    edges.push((pair[0].name().clone(), pair[1].name().clone()));
                }
                match &units[..] {
                    [] => (Vec::new(), Vec::new()),
                    [first, ..] => (vec![first.name()], vec![units[units.len() - 1].name()]),
                }
            }
            Self::Group(branches) => {
                let (mut entries, mut exits) = (Vec::new(), Vec::new());
                for branch in branches {
                    let (first, last) = branch.connect(edges);
                    entries.extend(first);
                    exits.extend(last);
                }
                (entries, exits)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Tree = Seq<char, u8>;

    fn stage(name: char) -> Step<char, u8> {
        Step::Fused(vec![Unit::Stage(name)])
    }

    fn seq(steps: impl IntoIterator<Item = Step<char, u8>>) -> Tree {
        Seq { steps: steps.into_iter().collect() }
    }

    fn edges(tree: &Tree) -> String {
        tree.edges().iter().map(|(from, to)| format!("{from}{to}")).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn exits_meet_entries_in_all_pairs() {
        // (a, b -> c) -> (d, e) -> f
        let left = Step::Group(vec![seq([stage('a')]), seq([stage('b'), stage('c')])]);
        let right = Step::Group(vec![seq([stage('d')]), seq([stage('e')])]);
        let tree = seq([left, right, stage('f')]);
        assert_eq!(edges(&tree), "bc ad ae cd ce df ef");
        assert_eq!(tree.names().into_iter().collect::<String>(), "abcdef");
    }

    #[test]
    fn fused_units_are_entered_at_the_first_and_left_at_the_last() {
        // a -> b + [c; 2] -> d
        let fused = Step::Fused(vec![Unit::Stage('b'), Unit::Shard { worker: 'c', count: 2 }]);
        let tree = seq([stage('a'), fused, stage('d')]);
        assert_eq!(edges(&tree), "bc ab cd");
        assert_eq!(tree.names().into_iter().collect::<String>(), "abcd");
    }

    #[test]
    fn names_can_be_changed() {
        let tree = seq([stage('a'), Step::Group(vec![seq([stage('b')])])]);
        assert_eq!(edges(&tree.map(&mut char::to_ascii_uppercase, &mut |&count| count)), "AB");
    }

    #[test]
    fn nothing_has_no_arrows() {
        assert_eq!(edges(&seq([])), "");
        assert_eq!(edges(&seq([stage('a'), Step::Group(vec![]), stage('b')])), "");
    }
}
