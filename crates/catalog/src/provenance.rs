use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::words::{UnknownWord, words};
use crate::{Capability, Date, PriceKind};

/// Where facts come from: one version of one public catalog or data file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Source {
    /// A short stable name, such as `models.dev`.
    pub name: String,
    /// The version, as its publisher counts.
    pub version: String,
    /// The day that the facts are of.
    pub date: Date,
    /// Where people find it.
    pub url: String,
}

/// Which of a catalog's sources, counted from 0.
pub type SourceIndex = u8;

words! {
    /// A field of a row that is neither a price nor a capability.
    #[non_exhaustive]
    pub enum Fact as "field" {
        /// The row itself: what no other entry says comes from the same source.
        Row = "row",
        /// `name`.
        Name = "name",
        /// `protocols`.
        Protocols = "protocols",
        /// `operation`.
        Operation = "operation",
        /// `billing`.
        Billing = "billing",
        /// `context_window`.
        ContextWindow = "context_window",
        /// `max_input`.
        MaxInput = "max_input",
        /// `max_output`.
        MaxOutput = "max_output",
        /// `input`.
        Input = "input_modalities",
        /// `output`.
        Output = "output_modalities",
        /// The lists for long prompts.
        PricesAbove = "prices_above",
        /// The batch prices.
        BatchPrices = "batch_prices",
        /// `reasoning_field`.
        ReasoningField = "reasoning_field",
        /// `base_url`.
        BaseUrl = "base_url",
        /// `open_weights`.
        OpenWeights = "open_weights",
        /// `status`.
        Status = "status",
        /// `released`.
        Released = "released",
        /// `updated`.
        Updated = "updated",
        /// `deprecated`.
        Deprecated = "deprecated",
        /// `knowledge`.
        Knowledge = "knowledge",
        /// `data_policy.zero_retention`.
        ZeroRetention = "zero_retention",
        /// `data_policy.trains`.
        Trains = "trains",
    }
}

/// A field of a row, as provenance and conflicts name it: `max_output`, `price.input`, `capability.tools`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// A plain field.
    Fact(Fact),
    /// A rate of the base price list.
    Price(PriceKind),
    /// A capability.
    Capability(Capability),
}

impl Field {
    /// As [`Display`](fmt::Display), a capability by its bare word: no capability is called as a fact is.
    pub(crate) fn short(self) -> String {
        match self {
            Self::Capability(capability) => capability.name().to_owned(),
            Self::Fact(_) | Self::Price(_) => self.to_string(),
        }
    }

    /// Reads what [`short`](Self::short) writes.
    pub(crate) fn from_short(text: &str) -> Result<Self, UnknownWord> {
        text.parse().map(Self::Capability).or_else(|_: UnknownWord| text.parse())
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fact(fact) => f.write_str(fact.name()),
            Self::Price(kind) => write!(f, "price.{kind}"),
            Self::Capability(capability) => write!(f, "capability.{capability}"),
        }
    }
}

impl FromStr for Field {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        match text.split_once('.') {
            Some(("price", kind)) => kind.parse().map(Self::Price),
            Some(("capability", capability)) => capability.parse().map(Self::Capability),
            Some(_) | None => text.parse().map(Self::Fact),
        }
    }
}

impl Serialize for Field {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Which source said what of a row: one source for the row, and the fields that come from another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    row: SourceIndex,
    /// Sorted by field; only sources that differ from the row's.
    fields: Vec<(Field, SourceIndex)>,
}

impl Provenance {
    /// Everything from one source.
    pub const fn of(source: SourceIndex) -> Self {
        Self { row: source, fields: Vec::new() }
    }

    /// Says that `field` comes from `source`.
    pub fn set(&mut self, field: Field, source: SourceIndex) {
        let at = self.fields.binary_search_by_key(&field, |(field, _)| *field);
        match at {
            Ok(at) if source == self.row => {
                self.fields.remove(at);
            }
            Ok(at) => {
                if let Some(entry) = self.fields.get_mut(at) {
                    entry.1 = source;
                }
            }
            Err(_) if source == self.row => {}
            Err(at) => self.fields.insert(at, (field, source)),
        }
    }

    /// The source that `field` comes from.
    pub fn source(&self, field: Field) -> SourceIndex {
        match self.fields.binary_search_by_key(&field, |(field, _)| *field) {
            Ok(at) => self.fields.get(at).map_or(self.row, |(_, source)| *source),
            Err(_) => self.row,
        }
    }

    /// The source of the row and of every field that [`exceptions`](Self::exceptions) does not list.
    pub const fn row(&self) -> SourceIndex {
        self.row
    }

    /// The fields from other sources, ordered by field.
    pub fn exceptions(&self) -> &[(Field, SourceIndex)] {
        &self.fields
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_prints_and_reads_back() {
        let facts = Fact::ALL.iter().copied().map(Field::Fact);
        let prices = PriceKind::ALL.iter().copied().map(Field::Price);
        let capabilities = Capability::ALL.iter().copied().map(Field::Capability);
        for field in facts.chain(prices).chain(capabilities) {
            assert_eq!(field.to_string().parse(), Ok(field));
            assert_eq!(Field::from_short(&field.short()), Ok(field));
        }
    }

    #[test]
    fn only_the_exceptions_are_kept() {
        let mut provenance = Provenance::of(0);
        let name = Field::Fact(Fact::Name);
        provenance.set(name, 1);
        assert_eq!((provenance.source(name), provenance.source(Field::Fact(Fact::Status))), (1, 0));
        provenance.set(name, 0);
        assert_eq!(provenance, Provenance::of(0));
    }
}
