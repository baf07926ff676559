use std::fmt::Write;

use serde_json::Number;
use switchback_catalog::{Date, Providers, Row, Source, import};

use crate::Concept;
use crate::import::Desk;
use crate::source::Field;
use crate::{Node, Value};

/// What a deployment says that its model costs and does, by the catalog's reader of LiteLLM's price list, which has the
/// same keys. Notes what was taken; what was not is for the tables of known keys.
pub(super) fn read(
    desk: &mut Desk<'_>,
    model: &str,
    params: Option<Field<'_>>,
    info: Option<Field<'_>>,
) -> Option<Box<Row>> {
    let providers = desk.places.providers();
    let row = |fields: &[Field<'_>]| row(providers, model, fields);
    let nothing = row(&[])?;
    let mut taken: Vec<Field<'_>> = Vec::new();
    // What stands in both places is taken from `litellm_params`, as the router does.
    let params = params.into_iter().flat_map(Field::members).filter(|field| field.key.contains("_cost"));
    let fields = params.chain(info.into_iter().flat_map(Field::members));
    for field in fields {
        let Some(alone) = row(&[field]).filter(|alone| *alone != nothing) else { continue };
        if taken.iter().any(|known| known.key == field.key) {
            desk.notes.lost(
                field,
                Concept::CatalogFact,
                "`litellm_params` says this too, and counts",
                "keep one of the two",
            );
            continue;
        }
        taken.push(field);
        desk.notes.exact_whole(field, Concept::CatalogFact, format!("of the added row: {}", told(&alone, field)));
    }
    let mut stated = row(&taken).filter(|_| !taken.is_empty())?;
    // The place decides what is spoken there.
    stated.protocols.clear();
    Some(Box::new(stated))
}

/// What the reader makes of an entry of these members; nothing where it finds fault with one of them.
fn row(providers: &Providers, model: &str, fields: &[Field<'_>]) -> Option<Row> {
    let mut members = "\"litellm_provider\":\"openai\"".to_owned();
    for field in fields {
        write!(members, ",{}:{}", serde_json::Value::from(field.key), json(field.node)?).ok()?;
    }
    let text = format!("{{{}:{{{members}}}}}", serde_json::Value::from(model));
    let date: Date = "1970".parse().ok()?;
    let source = Source { name: String::new(), version: String::new(), date, url: String::new() };
    let read = import::litellm(text.as_bytes(), source, providers).ok()?;
    let mut rows = read.rows.into_iter();
    // Prices of another tier make a second row.
    rows.next().filter(|_| read.notes.is_empty() && rows.next().is_none())
}

/// A value as JSON, numbers by their text; nothing for what no fact is made of.
fn json(node: &Node) -> Option<String> {
    match &node.value {
        Value::Bool(truth) => Some(truth.to_string()),
        // A number in a string is one there, too.
        Value::Number(text) | Value::Text(text) if serde_json::from_str::<Number>(text).is_ok() => Some(text.clone()),
        Value::Text(text) => Some(serde_json::Value::from(text.as_str()).to_string()),
        Value::Sequence(items) => {
            let items: Option<Vec<String>> = items.iter().map(json).collect();
            Some(format!("[{}]", items?.join(",")))
        }
        Value::Null | Value::Number(_) | Value::Mapping(_) => None,
    }
}

/// A fact for people.
fn told(row: &Row, field: Field<'_>) -> String {
    let price = row.prices.base.iter().next().map(|(kind, rate)| format!("price of `{kind}` {rate}"));
    price.unwrap_or_else(|| format!("`{}` {}", field.key, crate::notes::shown(field)))
}
