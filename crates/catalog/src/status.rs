use crate::words::words;

words! {
    /// Where a model is in its life, as its provider says.
    pub enum Status as "status" {
        /// Early test.
        Alpha = "alpha",
        /// Public test.
        Beta = "beta",
        /// Announced to be withdrawn, or withdrawn.
        Deprecated = "deprecated",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back() {
        for word in Status::ALL {
            assert_eq!(word.name().parse(), Ok(*word));
        }
    }
}
