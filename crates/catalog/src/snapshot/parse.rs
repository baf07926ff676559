use std::fmt::Display;
use std::str::FromStr;

use switchback_capability::Support;
use switchback_units::{Rate, Tokens};

use super::{HEADER, Snapshot};
use crate::error::quoted;
use crate::{Error, Field, PriceKind, PriceList, Provenance, Row, Source, SourceIndex, Tier};

/// Fewer than a rendered row takes on average (330 in the embedded snapshot).
const BYTES_PER_ROW: usize = 256;

/// Reads what [`render`](super::render) writes.
pub(crate) fn parse(text: &str) -> Result<Snapshot, Error> {
    let mut lines = text.lines().zip(1..);
    match lines.next() {
        Some((HEADER, _)) => {}
        Some((other, number)) => {
            let detail = format!("expected `switchback-catalog` and version 1, found {}", quoted(other));
            return Err(Error::line(number, detail));
        }
        None => return Err(Error::line(1, "expected a catalog, found nothing")),
    }
    // Rows are large: growing the list would move each of them several times.
    let rows = Vec::with_capacity(text.len() / BYTES_PER_ROW);
    let mut snapshot = Snapshot { rows, sources: Vec::new(), aliases: Vec::new() };
    let mut provider = String::new();
    for (line, number) in lines {
        let at = |detail: String| Error::line(number, detail);
        let (kind, rest) = cut(line, b'\t').unwrap_or((line, ""));
        match kind {
            "row" if provider.is_empty() => return Err(at("expected a provider before the first row".to_owned())),
            "row" => snapshot.rows.push(row(&provider, rest).map_err(at)?),
            "provider" => provider = unescape(rest).map_err(at)?,
            "source" => snapshot.sources.push(source(rest).map_err(at)?),
            "alias" => snapshot.aliases.push(alias(rest).map_err(at)?),
            "" => {}
            other => {
                return Err(at(format!("expected `provider`, `row`, `source` or `alias`, found {}", quoted(other))));
            }
        }
    }
    Ok(snapshot)
}

fn source(fields: &str) -> Result<Source, String> {
    let fields: Vec<_> = fields.split('\t').collect();
    let [name, version, date, url] = fields.as_slice() else {
        return Err(format!("expected name, version, date and url, found {} fields", fields.len()));
    };
    Ok(Source { name: unescape(name)?, version: unescape(version)?, date: read(date)?, url: unescape(url)? })
}

fn alias(fields: &str) -> Result<(String, String), String> {
    let (alias, family) = fields.split_once('\t').ok_or("expected an alias and a family")?;
    Ok((unescape(alias)?, unescape(family)?))
}

fn row(provider: &str, fields: &str) -> Result<Row, String> {
    let mut fields = pieces(fields, b'\t');
    let id = unescape(fields.next().unwrap_or_default())?;
    if id.is_empty() {
        return Err("expected the model's id, found nothing".to_owned());
    }
    let mut row = Row::new(provider, id);
    // A rendered row leaves the family out where it is the id itself.
    row.family = Some(row.upstream_id.clone());
    row.billing = crate::Billing::Metered;
    let name = fields.next().unwrap_or_default();
    row.name = if name.is_empty() { None } else { Some(unescape(name)?) };
    for field in fields {
        let (key, value) = cut(field, b'=').ok_or_else(|| format!("expected `key=value`, found {}", quoted(field)))?;
        set(&mut row, key, value).map_err(|detail| format!("{key}: {detail}"))?;
    }
    Ok(row)
}

fn set(row: &mut Row, key: &str, value: &str) -> Result<(), String> {
    match key {
        "family" => row.family = Some(unescape(value)?),
        "region" => row.region = Some(unescape(value)?),
        "tier" => row.tier = Tier::from(unescape(value)?.as_str()),
        "scope" => row.credential_scope = Some(unescape(value)?),
        "api" => row.protocols = list(value)?,
        "op" => row.operation = read(value)?,
        "billing" => row.billing = read(value)?,
        "ctx" => row.context_window = Some(read(value)?),
        "in" => row.max_input = Some(read(value)?),
        "out" => row.max_output = Some(read(value)?),
        "price" => row.prices.base = prices(value)?,
        "batch" => row.prices.batch = prices(value)?,
        "yes" => capabilities(row, value, Support::Yes)?,
        "no" => capabilities(row, value, Support::No)?,
        "reads" => row.input = Some(read(value)?),
        "writes" => row.output = Some(read(value)?),
        "reasoning" => row.reasoning_field = Some(unescape(value)?),
        "url" => row.base_url = Some(unescape(value)?),
        "open" => row.open_weights = support(value)?,
        "status" => row.status = Some(read(value)?),
        "released" => row.released = Some(read(value)?),
        "updated" => row.updated = Some(read(value)?),
        "deprecated" => row.deprecated = Some(read(value)?),
        "knowledge" => row.knowledge = Some(read(value)?),
        "zdr" => row.data_policy.zero_retention = support(value)?,
        "trains" => row.data_policy.trains = support(value)?,
        "src" => row.provenance = Provenance::of(read(value)?),
        _ => match (key.strip_prefix("price>"), key.strip_prefix("src")) {
            (Some(threshold), _) => row.prices.set_above(read::<Tokens>(threshold)?, prices(value)?),
            (None, Some(source)) => provenance(row, read(source)?, value)?,
            (None, None) => return Err("unknown field".to_owned()),
        },
    }
    Ok(())
}

fn prices(value: &str) -> Result<PriceList, String> {
    let one = |item: &str| -> Result<(PriceKind, Rate), String> {
        let (kind, dollars) =
            cut(item, b' ').ok_or_else(|| format!("expected a kind and a rate in {}", quoted(item)))?;
        let parsed = Rate::per_million(dollars).map_err(|error| format!("{}: {error}", quoted(dollars)))?;
        if parsed.rounded {
            return Err(format!("{} is finer than a pico-dollar", quoted(dollars)));
        }
        Ok((read(kind)?, parsed.value))
    };
    pieces(value, b',').map(one).collect()
}

fn capabilities(row: &mut Row, value: &str, support: Support) -> Result<(), String> {
    for word in pieces(value, b',') {
        row.capabilities.set(read(word)?, support);
    }
    Ok(())
}

fn provenance(row: &mut Row, source: SourceIndex, value: &str) -> Result<(), String> {
    for field in pieces(value, b',') {
        row.provenance.set(Field::from_short(field).map_err(|error| error.to_string())?, source);
    }
    Ok(())
}

fn support(value: &str) -> Result<Support, String> {
    match value {
        "yes" => Ok(Support::Yes),
        "no" => Ok(Support::No),
        other => Err(format!("expected `yes` or `no`, found {}", quoted(other))),
    }
}

fn list<T>(value: &str) -> Result<Vec<T>, String>
where
    T: FromStr,
    T::Err: Display,
{
    pieces(value, b',').map(read).collect()
}

fn read<T>(text: &str) -> Result<T, String>
where
    T: FromStr,
    T::Err: Display,
{
    text.parse().map_err(|error| format!("{}: {error}", quoted(text)))
}

/// The text before and after the first `byte`, an ASCII character. Fields are a few bytes long, where a plain loop
/// takes half the time of the standard library's search (measured over the embedded snapshot, 2026-11).
fn cut(text: &str, byte: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|found| found == byte)?;
    let (before, rest) = text.split_at_checked(at)?;
    Some((before, rest.get(1..)?))
}

/// The pieces of a text between the `byte`s, at least one.
fn pieces(text: &str, byte: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let (piece, after) = cut(text, byte).map_or((text, None), |(piece, after)| (piece, Some(after)));
        rest = after;
        Some(piece)
    })
}

/// Turns `%09` and its like back into the byte.
fn unescape(text: &str) -> Result<String, String> {
    if !text.bytes().any(|byte| byte == b'%') {
        return Ok(text.to_owned());
    }
    let mut parts = text.split('%');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let escape = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(u8::is_ascii);
        let byte = escape.ok_or_else(|| format!("expected two hexadecimal digits after `%` in {}", quoted(text)))?;
        plain.push(char::from(byte));
        plain.push_str(part.get(2..).unwrap_or_default());
    }
    Ok(plain)
}
