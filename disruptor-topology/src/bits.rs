//! Sets of stages in one word, and relations as rows of such sets.
//!
//! A topology has at most [`MAX_STAGES`](crate::MAX_STAGES) stages, which is why a row fits a `u64`.

use std::ops::{BitAnd, BitOr, Not};

/// A set of indices below 64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Bits(u64);

impl Bits {
    /// The indices `0..n`; `n` is at most 64.
    pub(crate) fn first(n: usize) -> Self {
        let mut bits = Self::default();
        for index in 0..n {
            bits.insert(index);
        }
        bits
    }

    pub(crate) fn insert(&mut self, index: usize) {
        self.0 |= 1 << index;
    }

    pub(crate) fn remove(&mut self, index: usize) {
        self.0 &= !(1 << index);
    }

    pub(crate) fn has(self, index: usize) -> bool {
        self.0 & (1 << index) != 0
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The indices of the set, smallest first.
    pub(crate) fn iter(self) -> Indices {
        Indices(self)
    }
}

/// The indices of a set.
pub(crate) struct Indices(Bits);

impl Iterator for Indices {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        if self.0.is_empty() {
            return None;
        }
        let index = self.0.0.trailing_zeros() as usize;
        self.0.remove(index);
        Some(index)
    }
}

impl FromIterator<usize> for Bits {
    fn from_iter<I: IntoIterator<Item = usize>>(indices: I) -> Self {
        let mut bits = Self::default();
        indices.into_iter().for_each(|index| bits.insert(index));
        bits
    }
}

impl BitOr for Bits {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitAnd for Bits {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Not for Bits {
    type Output = Self;

    fn not(self) -> Self {
        Self(!self.0)
    }
}

/// A binary relation over at most 64 indices: row `a` is the set of all `b` with `a -> b`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Relation {
    rows: Vec<Bits>,
}

impl Relation {
    /// The relation that holds for nothing, over the indices `0..n`.
    pub(crate) fn empty(n: usize) -> Self {
        Self { rows: vec![Bits::default(); n] }
    }

    /// The relation that holds exactly the given pairs, over the indices `0..n`.
    #[cfg(any(test, feature = "draw"))]
    pub(crate) fn new(n: usize, pairs: impl IntoIterator<Item = (usize, usize)>) -> Self {
        let mut relation = Self::empty(n);
        for (from, to) in pairs {
            relation.insert(from, to);
        }
        relation
    }

    /// Adds `from -> to`.
    pub(crate) fn insert(&mut self, from: usize, to: usize) {
        self.rows[from].insert(to);
    }

    /// How many indices there are.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Everything that `from` is directly related to.
    pub(crate) fn row(&self, from: usize) -> Bits {
        self.rows[from]
    }

    pub(crate) fn has(&self, from: usize, to: usize) -> bool {
        self.rows[from].has(to)
    }

    /// The same pairs, turned round.
    pub(crate) fn reversed(&self) -> Self {
        let mut reversed = Self::empty(self.len());
        for from in 0..self.len() {
            for to in self.row(from).iter() {
                reversed.insert(to, from);
            }
        }
        reversed
    }

    /// The transitive closure, by Warshall ("A Theorem on Boolean Matrices", 1962), a row at a time.
    pub(crate) fn closure(&self) -> Self {
        let mut rows = self.rows.clone();
        for middle in 0..rows.len() {
            for from in 0..rows.len() {
                if rows[from].has(middle) {
                    rows[from] = rows[from] | rows[middle];
                }
            }
        }
        Self { rows }
    }

    /// The transitive reduction of an acyclic relation: the fewest pairs with the same closure.
    ///
    /// After Aho, Garey and Ullman ("The Transitive Reduction of a Directed Graph", 1972): for an acyclic
    /// relation it is unique, and a pair `a -> b` is left out exactly when another successor of `a` reaches `b`.
    pub(crate) fn reduction(&self) -> Self {
        let closure = self.closure();
        let mut reduced = self.clone();
        for row in &mut reduced.rows {
            for to in row.iter() {
                *row = *row & !closure.row(to);
            }
        }
        reduced
    }

    /// An order in which every pair points forwards, the smallest index first where there is a choice;
    /// `None` if the relation has a cycle. After Kahn ("Topological sorting of large networks", 1962).
    pub(crate) fn topological(&self) -> Option<Vec<usize>> {
        let before = self.reversed();
        let (mut done, mut order) = (Bits::default(), Vec::with_capacity(self.len()));
        let mut left = Bits::first(self.len());
        while !left.is_empty() {
            let next = left.iter().find(|&index| (before.row(index) & !done).is_empty())?;
            left.remove(next);
            done.insert(next);
            order.push(next);
        }
        Some(order)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(relation: &Relation) -> Vec<(usize, usize)> {
        (0..relation.len()).flat_map(|from| relation.row(from).iter().map(move |to| (from, to))).collect()
    }

    #[test]
    fn a_set_holds_what_was_put_in_up_to_its_last_bit() {
        let mut bits: Bits = [63, 0, 5].into_iter().collect();
        assert_eq!(bits.iter().collect::<Vec<_>>(), [0, 5, 63]);
        bits.remove(63);
        assert!(!bits.has(63) && bits.has(5));
        assert_eq!(Bits::first(64), !Bits::default());
        assert!(Bits::first(0).is_empty());
    }

    #[test]
    fn a_shortcut_is_closed_over_and_reduced_away() {
        let chain = Relation::new(3, [(0, 1), (1, 2)]);
        let shortcut = Relation::new(3, [(0, 1), (1, 2), (0, 2)]);
        assert_eq!(chain.closure(), shortcut);
        assert_eq!(shortcut.reduction(), chain);
        assert_eq!(pairs(&shortcut.reversed()), [(1, 0), (2, 0), (2, 1)]);
    }

    #[test]
    fn a_diamond_loses_nothing_by_reduction() {
        let diamond = Relation::new(4, [(0, 1), (0, 2), (1, 3), (2, 3)]);
        assert_eq!(diamond.reduction(), diamond);
        assert!(diamond.closure().has(0, 3));
    }

    #[test]
    fn the_smallest_comes_first_where_there_is_a_choice() {
        assert_eq!(Relation::new(4, [(3, 0), (1, 0)]).topological(), Some(vec![1, 2, 3, 0]));
        assert_eq!(Relation::new(3, [(0, 1), (1, 2), (2, 1)]).topological(), None);
    }
}
