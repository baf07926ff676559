use switchback_catalog::{Operation, PriceKind, Row};
use switchback_units::Rate;

use crate::Concept;
use crate::import::Desk;
use crate::source::Field;

/// What counts of a response are a price line of. TensorZero adds the products up, so that a count within another one
/// has the difference as its price.
const COUNTS: &[(&str, PriceKind)] = &[
    ("/usage/prompt_tokens", PriceKind::Input),
    ("/usage/input_tokens", PriceKind::Input),
    ("/usage/completion_tokens", PriceKind::Output),
    ("/usage/output_tokens", PriceKind::Output),
    ("/usage/prompt_tokens_details/cached_tokens", PriceKind::CacheRead),
    ("/usage/input_tokens_details/cached_tokens", PriceKind::CacheRead),
    ("/usage/cache_read_input_tokens", PriceKind::CacheRead),
    ("/usage/cache_creation_input_tokens", PriceKind::CacheWrite),
];

/// `cost` of a provider: `[{pointer, cost_per_million | cost_per_unit, required}]` (documentation of 2026-05).
pub(super) fn read(desk: &mut Desk<'_>, field: Field<'_>) -> Option<Box<Row>> {
    let mut row = Row::new("", "");
    row.operation = Operation::Other;
    // The price of input first: that of cached input may be told as a difference from it.
    let mut items: Vec<Field<'_>> = field.get("cost")?.items().collect();
    items.sort_by_key(|item| line(*item));
    for item in items {
        let rate = line(item).and_then(|kind| Some((kind, rate(item, row.prices.base.rate(PriceKind::Input))?)));
        match rate {
            Some((kind, rate)) => {
                row.prices.base.set(kind, rate);
                desk.notes.exact_whole(
                    item,
                    Concept::CatalogFact,
                    format!("of the added row: price of `{kind}` {rate}"),
                );
            }
            None => desk.notes.lost(
                item,
                Concept::CatalogFact,
                "a price of a count that the catalog has no line for",
                "set the price in the catalog row",
            ),
        }
    }
    (!row.prices.is_empty()).then(|| Box::new(row))
}

fn line(item: Field<'_>) -> Option<PriceKind> {
    let pointer = item.get("pointer")?.text()?;
    COUNTS.iter().find(|(count, _)| *count == pointer).map(|(_, kind)| *kind)
}

fn rate(item: Field<'_>, input: Option<Rate>) -> Option<Rate> {
    let read = |key: &str| item.get(key).and_then(Field::scalar);
    let (text, parse): (_, fn(&str) -> _) = match (read("cost_per_million"), read("cost_per_unit")) {
        (Some(text), _) => (text, Rate::per_million),
        (None, Some(text)) => (text, Rate::from_decimal_per_unit),
        (None, None) => return None,
    };
    match text.strip_prefix('-') {
        None => Some(parse(&text).ok()?.value),
        Some(less) => Some(input?.saturating_sub(parse(less).ok()?.value)),
    }
}
