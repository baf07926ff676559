//! Facts read off the vendors' own pages by people: `data/vendor-docs.json`, or a file in the same form.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Number;
use switchback_capability::Support;
use switchback_units::{Rate, Tokens};

use super::{Import, merge_duplicates};
use crate::error::quoted;
use crate::import::note::Notes;
use crate::rule::Rule;
use crate::{Billing, Capability, Error, ErrorKind, PriceKind, PriceList, Providers, Row, Source, names};

/// The data file that comes with the crate, with its sources in it.
const EMBEDDED: &str = include_str!("../../data/vendor-docs.json");

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[expect(dead_code, reason = "for readers of the file")]
    about: Vec<String>,
    version: String,
    date: String,
    url: String,
    #[serde(default)]
    aliases: BTreeMap<String, String>,
    rows: Vec<RowEntry>,
    rules: Vec<RuleEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RowEntry {
    provider: String,
    id: String,
    name: String,
    context: Option<u64>,
    max_output: Option<u64>,
    #[serde(default)]
    prices: BTreeMap<String, Number>,
    #[serde(default)]
    batch: BTreeMap<String, Number>,
    #[serde(default)]
    above: BTreeMap<String, BTreeMap<String, Number>>,
    #[serde(default)]
    yes: Vec<String>,
    #[serde(default)]
    no: Vec<String>,
    reads: Option<String>,
    writes: Option<String>,
    released: Option<String>,
    deprecated: Option<String>,
    knowledge: Option<String>,
    #[expect(dead_code, reason = "for readers of the file")]
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleEntry {
    providers: Vec<String>,
    families: Vec<String>,
    #[serde(default)]
    except: Vec<String>,
    #[serde(default)]
    yes: Vec<String>,
    #[serde(default)]
    no: Vec<String>,
    #[expect(dead_code, reason = "for readers of the file")]
    source: String,
}

/// Reads facts from the vendors' pages: rows of models that no public catalog had yet, and rules that tell a capability
/// of families of models at providers. Without bytes it reads the file that comes with the crate.
///
/// # Errors
/// When the bytes are not JSON or a field, a word or a price is not what the file's form asks for.
///
/// ```
/// use switchback_catalog::{Providers, import};
///
/// let import = import::vendor_docs(None, &Providers::embedded())?;
/// assert!(import.rows.iter().any(|row| row.upstream_id == "claude-opus-5"));
/// # Ok::<(), switchback_catalog::Error>(())
/// ```
pub fn vendor_docs(json: Option<&[u8]>, providers: &Providers) -> Result<Import, Error> {
    let file: File = serde_json::from_slice(json.unwrap_or(EMBEDDED.as_bytes())).map_err(|error| {
        let kind = if error.is_data() { ErrorKind::Shape } else { ErrorKind::Syntax };
        Error::new(kind, "", error.to_string())
    })?;
    let source = Source {
        name: "vendor-docs".to_owned(),
        version: file.version,
        date: read("/date", &file.date)?,
        url: file.url,
    };
    let listed = file.rows.len();
    let rows: Vec<_> = file.rows.into_iter().map(|row| row.read(providers)).collect::<Result<_, _>>()?;
    let rules = file.rules.into_iter().map(RuleEntry::read).collect::<Result<_, _>>()?;
    let mut notes = Notes::default();
    let rows = merge_duplicates(rows, &mut notes);
    let aliases = file.aliases.into_iter().collect();
    Ok(Import { source, rows, rules, aliases, listed, notes: notes.finish() })
}

impl RowEntry {
    fn read(self, providers: &Providers) -> Result<Row, Error> {
        let path = format!("/rows/{}/{}", self.provider, self.id);
        let mut row = Row::new(self.provider, self.id);
        row.name = Some(self.name);
        row.region = names::region(&row.upstream_id);
        row.context_window = self.context.map(Tokens::new);
        row.max_output = self.max_output.map(Tokens::new);
        row.prices.base = prices(&path, &self.prices)?;
        row.prices.batch = prices(&path, &self.batch)?;
        for (threshold, list) in &self.above {
            row.prices.set_above(read(&path, threshold)?, prices(&path, list)?);
        }
        for (words, support) in [(&self.yes, Support::Yes), (&self.no, Support::No)] {
            for word in words {
                row.capabilities.set(read(&path, word)?, support);
            }
        }
        row.input = self.reads.map(|words| read(&path, &words)).transpose()?;
        row.output = self.writes.map(|words| read(&path, &words)).transpose()?;
        row.released = self.released.map(|date| read(&path, &date)).transpose()?;
        row.deprecated = self.deprecated.map(|date| read(&path, &date)).transpose()?;
        row.knowledge = self.knowledge.map(|date| read(&path, &date)).transpose()?;
        row.protocols = providers.protocols(&row.provider, &row.upstream_id, row.operation, "");
        let free = row.prices.base.is_free();
        let known = providers.provider(&row.provider);
        row.billing = known.map_or(Billing::Unknown, |known| known.billing(&row.upstream_id, free));
        Ok(row)
    }
}

impl RuleEntry {
    fn read(self) -> Result<Rule, Error> {
        let path = format!("/rules/{}", self.families.join(","));
        let capabilities = |words: &[String]| -> Result<Vec<Capability>, Error> {
            words.iter().map(|word| read(&path, word)).collect()
        };
        Ok(Rule {
            yes: capabilities(&self.yes)?,
            no: capabilities(&self.no)?,
            providers: self.providers,
            families: self.families,
            except: self.except,
        })
    }
}

/// Prices in dollars per million units, exact.
fn prices(path: &str, list: &BTreeMap<String, Number>) -> Result<PriceList, Error> {
    let mut prices = PriceList::default();
    for (kind, dollars) in list {
        let kind: PriceKind = read(path, kind)?;
        let parsed = Rate::per_million(&dollars.to_string()).ok().filter(|parsed| !parsed.rounded);
        let wrong = || {
            Error::new(ErrorKind::Shape, path, format!("{kind}: {} is no exact price", quoted(&dollars.to_string())))
        };
        prices.set(kind, parsed.ok_or_else(wrong)?.value);
    }
    Ok(prices)
}

fn read<T>(path: &str, text: &str) -> Result<T, Error>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| Error::new(ErrorKind::Shape, path, format!("{}: {error}", quoted(text))))
}
