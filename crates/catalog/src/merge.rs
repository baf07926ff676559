use std::fmt::Display;

use serde::Serialize;
use switchback_capability::Support;
use switchback_units::Tokens;

use crate::import::{Import, Note};
use crate::{
    Billing, Capability, Fact, Field, Operation, PriceKind, Prices, Provenance, Providers, Row, RowKey, Source,
    SourceIndex, Tier,
};

/// Two sources that say different things of one field. The source that comes first in the merge holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Conflict {
    /// The row, as messages name it.
    pub row: String,
    /// The field.
    pub field: Field,
    /// What holds.
    pub kept: String,
    /// The source of what holds.
    pub kept_source: SourceIndex,
    /// What does not.
    pub other: String,
    /// The source of what does not.
    pub other_source: SourceIndex,
}

/// Several imports as one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Merged {
    /// The rows, ordered by key, each key once, with the source of every field.
    pub rows: Vec<Row>,
    /// The sources, in the order that provenance counts.
    pub sources: Vec<Source>,
    /// Other names of models: alias and upstream id.
    pub aliases: Vec<(String, String)>,
    /// Where sources differ.
    pub conflicts: Vec<Conflict>,
    /// The imports' notes, in the order of the imports.
    pub notes: Vec<Note>,
}

/// Merges imports, the most trusted first: a later one adds rows and fills gaps, and never overwrites.
///
/// Unknown is a gap: `None`, an unknown capability, an unknown billing, no protocol. A price is a field of its own for
/// each kind. A row whose prices are all zero never becomes metered.
///
/// ```
/// use switchback_catalog::{Providers, Source, import, merge};
///
/// let source = |name: &str| Source {
///     name: name.into(), version: "1".into(), date: "2026-05".parse().unwrap(), url: String::new(),
/// };
/// let model = |limit: &str| format!(r#"{{"lab": {{"models": {{"m": {{"limit": {limit}}}}}}}}}"#);
/// let providers = Providers::embedded();
/// let first = import::models_dev(model(r#"{"context": 8}"#).as_bytes(), source("a"), &providers)?;
/// let second = import::models_dev(model(r#"{"context": 9, "output": 4}"#).as_bytes(), source("b"), &providers)?;
///
/// let merged = merge(vec![first, second]);
/// assert_eq!(merged.rows[0].context_window.map(|tokens| tokens.get()), Some(8));
/// assert_eq!(merged.rows[0].max_output.map(|tokens| tokens.get()), Some(4));
/// assert_eq!((merged.conflicts[0].kept.as_str(), merged.conflicts[0].other.as_str()), ("8", "9"));
/// # Ok::<(), switchback_catalog::Error>(())
/// ```
///
/// Of more than 256 imports the last ones are left out, which their missing sources show.
pub fn merge(imports: Vec<Import>) -> Merged {
    let mut merged = Merged::default();
    let mut rows = Vec::new();
    let mut rules = Vec::new();
    for (import, index) in imports.into_iter().zip(0..=SourceIndex::MAX) {
        merged.sources.push(import.source);
        merged.aliases.extend(import.aliases);
        merged.notes.extend(import.notes);
        rules.extend(import.rules.into_iter().map(|rule| (rule, index)));
        rows.extend(import.rows.into_iter().map(|row| Row { provenance: Provenance::of(index), ..row }));
    }
    (merged.rows, merged.conflicts) = unite(rows);
    for (rule, index) in rules {
        rule.apply(&mut merged.rows, index, &mut merged.conflicts);
    }
    fill_tiers(&mut merged.rows);
    merged.aliases.sort();
    merged.aliases.dedup();
    merged
}

impl Merged {
    /// Keeps the rows that the embedded snapshot holds: those of the providers that `providers` marks as embedded; and
    /// of the rows that only LiteLLM's price list has, those that answer text at the maker of the models, which are the
    /// dated and the older names that requests still use.
    pub fn retain_embedded(&mut self, providers: &Providers) {
        let litellm = self.sources.iter().position(|source| source.name == "litellm");
        self.rows.retain(|row| {
            let Some(provider) = providers.provider(&row.provider).filter(|provider| provider.embedded) else {
                return false;
            };
            let only_litellm = Some(usize::from(row.provenance.row())) == litellm;
            let answers = matches!(row.operation, Operation::Chat | Operation::Completion);
            !only_litellm || (provider.first_party && answers)
        });
    }
}

/// Rows by key, each key once: among equal keys the first holds and the later ones fill its gaps.
pub(crate) fn unite(mut rows: Vec<Row>) -> (Vec<Row>, Vec<Conflict>) {
    // Stable: the order of the sources stays among equal keys.
    rows.sort_by(|a, b| a.key().cmp(&b.key()));
    let mut united: Vec<Row> = Vec::with_capacity(rows.len());
    let mut conflicts = Vec::new();
    for row in rows {
        match united.last_mut().filter(|last| last.key() == row.key()) {
            Some(first) => Pair { ours: first, theirs: &row, conflicts: &mut conflicts }.fill(),
            None => united.push(row),
        }
    }
    (united, conflicts)
}

/// What a row of another tier leaves open is what the standard row says, except for prices: it is the same model.
fn fill_tiers(rows: &mut [Row]) {
    let mut standard: Vec<Row> = rows.iter().filter(|row| row.tier.is_standard()).cloned().collect();
    standard.sort_by(|a, b| a.key().cmp(&b.key()));
    for row in rows.iter_mut().filter(|row| !row.tier.is_standard()) {
        let wanted = RowKey { tier: &Tier::STANDARD, ..row.key() };
        let Ok(at) = standard.binary_search_by(|known| known.key().cmp(&wanted)) else { continue };
        let Some(known) = standard.get(at) else { continue };
        let theirs = Row { prices: Prices::default(), billing: Billing::Unknown, ..known.clone() };
        // What the tier's own source says holds without a conflict: it is about the tier.
        fill(row, &theirs);
    }
}

/// Fills a row's gaps from another one, whatever else the two say.
pub(crate) fn fill(ours: &mut Row, theirs: &Row) {
    Pair { ours, theirs, conflicts: &mut Vec::new() }.fill();
}

/// A row and another of the same key that fills its gaps.
struct Pair<'a> {
    ours: &'a mut Row,
    theirs: &'a Row,
    conflicts: &'a mut Vec<Conflict>,
}

/// What a field holds: nothing, or a value that can be compared and shown.
trait Known: Clone {
    /// The value as conflicts show it; `None` for a gap.
    fn shown(&self) -> Option<String>;
}

impl<T: Clone + Display> Known for Option<T> {
    fn shown(&self) -> Option<String> {
        self.as_ref().map(ToString::to_string)
    }
}

impl Known for Support {
    fn shown(&self) -> Option<String> {
        (*self != Self::Unknown).then(|| self.to_string())
    }
}

impl Known for Billing {
    fn shown(&self) -> Option<String> {
        (*self != Self::Unknown).then(|| self.to_string())
    }
}

impl Known for Operation {
    fn shown(&self) -> Option<String> {
        (*self != Self::Other).then(|| self.to_string())
    }
}

/// A list as conflicts show it; empty is a gap.
#[derive(Clone)]
struct List<T>(Vec<T>);

impl<T: Clone + Display> Known for List<T> {
    fn shown(&self) -> Option<String> {
        let items: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        (!items.is_empty()).then(|| items.join(", "))
    }
}

impl Pair<'_> {
    fn fill(mut self) {
        self.plain_fields();
        self.lists();
        for kind in PriceKind::ALL.iter().copied() {
            let (ours, theirs) = (self.ours.prices.base.rate(kind), self.theirs.prices.base.rate(kind));
            if let (Some(rate), true) = (theirs, self.decide(Field::Price(kind), &ours, &theirs)) {
                self.ours.prices.base.set(kind, rate);
            }
        }
        for capability in Capability::ALL.iter().copied() {
            let of = |row: &Row| row.capabilities.support(capability);
            let (ours, theirs) = (of(self.ours), of(self.theirs));
            if self.decide(Field::Capability(capability), &ours, &theirs) {
                self.ours.capabilities.set(capability, theirs);
            }
        }
        // One source's zero prices with another's word that the row is metered would make it the cheapest of all.
        if self.ours.billing == Billing::Metered && self.ours.prices.base.is_free() {
            self.ours.billing = Billing::Unknown;
        }
    }

    fn plain_fields(&mut self) {
        self.field(Fact::Name, |row| &mut row.name, |row| &row.name);
        self.field(Fact::Operation, |row| &mut row.operation, |row| &row.operation);
        self.field(Fact::Billing, |row| &mut row.billing, |row| &row.billing);
        self.field(Fact::ContextWindow, |row| &mut row.context_window, |row| &row.context_window);
        self.field(Fact::MaxInput, |row| &mut row.max_input, |row| &row.max_input);
        self.field(Fact::MaxOutput, |row| &mut row.max_output, |row| &row.max_output);
        self.field(Fact::Input, |row| &mut row.input, |row| &row.input);
        self.field(Fact::Output, |row| &mut row.output, |row| &row.output);
        self.field(Fact::ReasoningField, |row| &mut row.reasoning_field, |row| &row.reasoning_field);
        self.field(Fact::BaseUrl, |row| &mut row.base_url, |row| &row.base_url);
        self.field(Fact::OpenWeights, |row| &mut row.open_weights, |row| &row.open_weights);
        self.field(Fact::Status, |row| &mut row.status, |row| &row.status);
        self.field(Fact::Released, |row| &mut row.released, |row| &row.released);
        self.field(Fact::Updated, |row| &mut row.updated, |row| &row.updated);
        self.field(Fact::Deprecated, |row| &mut row.deprecated, |row| &row.deprecated);
        self.field(Fact::Knowledge, |row| &mut row.knowledge, |row| &row.knowledge);
        self.field(
            Fact::ZeroRetention,
            |row| &mut row.data_policy.zero_retention,
            |row| &row.data_policy.zero_retention,
        );
        self.field(Fact::Trains, |row| &mut row.data_policy.trains, |row| &row.data_policy.trains);
    }

    /// Fields of which one source's whole value holds: halves of two lists would be a third.
    fn lists(&mut self) {
        // Only chat speaks a protocol of ours, whatever another source calls the row.
        let chat = self.ours.operation == Operation::Chat;
        let protocols = |row: &Row| List(if chat { row.protocols.clone() } else { Vec::new() });
        if self.decide(Field::Fact(Fact::Protocols), &protocols(self.ours), &protocols(self.theirs)) {
            self.ours.protocols.clone_from(&self.theirs.protocols);
        }
        let above =
            |row: &Row| List(row.prices.above().iter().map(|(tokens, list)| above_text(*tokens, list)).collect());
        if self.decide(Field::Fact(Fact::PricesAbove), &above(self.ours), &above(self.theirs)) {
            for (threshold, list) in self.theirs.prices.above() {
                self.ours.prices.set_above(*threshold, list.clone());
            }
        }
        let batch = |row: &Row| List(row.prices.batch.iter().map(|(kind, rate)| format!("{kind} {rate}")).collect());
        if self.decide(Field::Fact(Fact::BatchPrices), &batch(self.ours), &batch(self.theirs)) {
            self.ours.prices.batch = self.theirs.prices.batch.clone();
        }
    }

    fn field<T: Known>(&mut self, fact: Fact, ours: fn(&mut Row) -> &mut T, theirs: fn(&Row) -> &T) {
        let other = theirs(self.theirs).clone();
        let own = ours(self.ours).clone();
        if self.decide(Field::Fact(fact), &own, &other) {
            *ours(self.ours) = other;
        }
    }

    /// Whether the other row's value is to be taken; notes where it comes from, or that it differs.
    fn decide<T: Known>(&mut self, field: Field, ours: &T, theirs: &T) -> bool {
        let Some(other) = theirs.shown() else { return false };
        let other_source = self.theirs.provenance.source(field);
        let Some(kept) = ours.shown() else {
            self.ours.provenance.set(field, other_source);
            return true;
        };
        if kept != other {
            let kept_source = self.ours.provenance.source(field);
            let row = self.ours.key().to_string();
            self.conflicts.push(Conflict { row, field, kept, kept_source, other, other_source });
        }
        false
    }
}

fn above_text(threshold: Tokens, list: &crate::PriceList) -> String {
    let rates: Vec<_> = list.iter().map(|(kind, rate)| format!("{kind} {rate}")).collect();
    format!("above {threshold}: {}", rates.join(" "))
}
