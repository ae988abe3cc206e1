//! A small map in the order of its keys: a sorted list, which takes the compiler a fraction of what a tree does.

/// A map from `K` to `V`.
#[derive(Clone, Debug)]
pub(crate) struct Table<K, V>(Vec<(K, V)>);

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Ord, V> Table<K, V> {
    /// The value of a key; a default one if there was none.
    pub(crate) fn entry(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        let at = self.place(&key).unwrap_or_else(|at| {
            self.0.insert(at, (key, V::default()));
            at
        });
        &mut self.0[at].1
    }

    /// Adds a value, unless the key has one.
    pub(crate) fn insert(&mut self, key: K, value: V) {
        if let Err(at) = self.place(&key) {
            self.0.insert(at, (key, value));
        }
    }

    /// All of them, in the order of the keys.
    pub(crate) fn iter(&self) -> std::slice::Iter<'_, (K, V)> {
        self.0.iter()
    }

    fn place(&self, key: &K) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| known.cmp(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_in_order_and_values_are_kept() {
        let mut table = Table::default();
        table.insert("b", 1);
        table.insert("a", 2);
        table.insert("b", 3);
        *table.entry("c") += 4;
        *table.entry("a") += 5;
        assert_eq!(table.iter().copied().collect::<Vec<_>>(), [("a", 7), ("b", 1), ("c", 4)]);
    }
}
