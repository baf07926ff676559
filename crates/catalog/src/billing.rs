use crate::words::words;

words! {
    /// How a row is paid for. Only metered rows enter `auto`, bare-model choice and sorting by cost.
    pub enum Billing as "billing" {
        /// Pay for what is used, at the row's prices.
        Metered = "metered",
        /// A flat plan: the price per token says nothing about the cost.
        Subscription = "subscription",
        /// Free within limits, for trying out.
        Trial = "trial",
        /// No source says.
        Unknown = "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back() {
        for word in Billing::ALL {
            assert_eq!(word.name().parse(), Ok(*word));
        }
    }
}
