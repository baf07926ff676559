use xxhash_rust::xxh3::xxh3_64;

/// Positions by the xxh3-64 of a text, sorted: no map whose order could show, one binary search per look-up.
///
/// Different texts may share a hash, so a caller compares the text of every position that it gets.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    entries: Vec<(u64, u32)>,
    /// Whether no two of its texts share a hash, which is next to impossible.
    pub(crate) is_exact: bool,
}

impl Index {
    /// The index of `texts`, each with its position. Positions beyond `u32` are refused by the caller.
    pub(crate) fn new<'a>(texts: impl Iterator<Item = (&'a str, u32)>) -> Self {
        let mut entries: Vec<_> = texts.map(|(text, position)| (xxh3_64(text.as_bytes()), position, text)).collect();
        entries.sort_unstable();
        entries.dedup();
        let is_exact = entries.windows(2).all(|pair| matches!(pair, [a, b] if a.0 != b.0 || a.2 == b.2));
        Self { entries: entries.into_iter().map(|(hash, position, _)| (hash, position)).collect(), is_exact }
    }

    /// The positions whose text may be `text`, in rising order.
    pub(crate) fn find(&self, text: &str) -> &[(u64, u32)] {
        let hash = xxh3_64(text.as_bytes());
        let start = self.entries.partition_point(|(known, _)| *known < hash);
        let rest = self.entries.get(start..).unwrap_or_default();
        let len = rest.iter().take_while(|(known, _)| *known == hash).count();
        rest.get(..len).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_all_positions_of_a_text_in_order() {
        let index = Index::new([("b", 3), ("a", 0), ("b", 1), ("c", 2), ("b", 1)].into_iter());
        let positions = |text| index.find(text).iter().map(|(_, position)| *position).collect::<Vec<_>>();
        assert_eq!((positions("a"), positions("b"), positions("x")), (vec![0], vec![1, 3], vec![]));
    }
}
