//! The answers by brute force, on matrices of booleans. Nothing here uses the library.

/// Who comes before whom.
pub(crate) type Matrix = Vec<Vec<bool>>;

/// Everything that can be reached in one step or more, by trying every stage as a stop between every two others.
pub(crate) fn reach(n: usize, edges: &[(usize, usize)]) -> Matrix {
    let mut reach = vec![vec![false; n]; n];
    for &(from, to) in edges {
        reach[from][to] = true;
    }
    for stop in 0..n {
        for from in 0..n {
            for to in 0..n {
                reach[from][to] |= reach[from][stop] && reach[stop][to];
            }
        }
    }
    reach
}

/// Whether two stages may run at the same time.
pub(crate) fn concurrent(reach: &Matrix, a: usize, b: usize) -> bool {
    a != b && !reach[a][b] && !reach[b][a]
}

/// An entry of an access list: a field by its letter, or the whole event, or the batch; and whether it writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) what: char,
    pub(crate) writes: bool,
}

impl Entry {
    pub(crate) fn is_whole(self) -> bool {
        self.what == '*' || self.what == '['
    }

    /// What the two are about if they may not be held together: a field's letter, or `*`.
    pub(crate) fn clash(self, other: Self) -> Option<char> {
        let subject = match (self.is_whole(), other.is_whole()) {
            (false, false) if self.what == other.what => self.what,
            (false, false) => return None,
            _ => '*',
        };
        (self.writes || other.writes).then_some(subject)
    }
}
