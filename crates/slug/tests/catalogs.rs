//! The real catalogs: every string parses and prints back, providers agree, and family keys join what hosts give one
//! name. What disagrees is listed in `docs/slugs.md`, and the list is checked.
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]
#![allow(clippy::wildcard_enum_match_arm, reason = "a test names the dialects that differ")]

mod shared;

use std::collections::BTreeMap;

use shared::{Names, Row, catalog, rows};
use switchback_slug::{
    Dialect, Family, ModelId, Provider, ProviderRef, aliases, aliases::System, family, parse, resolve,
};

/// Rows of the table in `docs/slugs.md` behind a marker, first cell only, without backticks.
fn documented(marker: &str) -> Vec<String> {
    let docs = include_str!("../../../docs/slugs.md");
    let (_, table) = docs.split_once(&format!("<!-- {marker} -->")).expect("the marker is in the document");
    let lines = table.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
    let cells = lines.take_while(|line| line.starts_with('|')).filter_map(|line| line.split('|').nth(1));
    cells.map(|cell| cell.trim().trim_matches('`').to_owned()).collect()
}

#[test]
fn litellm_keys_agree_with_their_provider() {
    let (Some(prices), Some(models)) = (catalog("litellm-model-prices.json"), catalog("models-dev.json")) else {
        return;
    };
    let names = Names::new(&rows(&models));
    let prices = prices.as_object().expect("an object of models");
    assert_eq!(prices.len(), 1_759);
    let (mut prefixed, mut bare, mut exceptions) = (0, 0, Vec::new());
    for (key, price) in prices {
        let slug = parse(Dialect::LiteLlm, key);
        assert_eq!(slug.to_string(), *key);
        if key == "sample_spec" {
            continue;
        }
        let stated = price["litellm_provider"].as_str().expect("each key has a provider");
        let expected =
            aliases::resolve(Dialect::LiteLlm, stated).or_else(|| aliases::resolve(System::LiteLlmCatalog, stated));
        assert!(expected.is_some(), "{stated} is in no table");
        let found = if let Some(segment) = slug.provider() {
            prefixed += 1;
            segment.resolve()
        } else {
            bare += 1;
            resolve(&slug, &names).provider
        };
        if found != expected {
            println!("{key}: {found:?}, stated {stated}");
            exceptions.push(key.clone());
        }
    }
    let total = prefixed + bare;
    println!("{prefixed} prefixed and {bare} bare keys, {} exceptions of {total}", exceptions.len());
    assert!(exceptions.len() * 100 <= total, "fewer than 99 % agree");
    exceptions.sort();
    assert_eq!(exceptions, documented("litellm exceptions"));
}

#[test]
fn models_dev_ids_print_back_in_their_providers_form() {
    let Some(models) = catalog("models-dev.json") else { return };
    let rows = rows(&models);
    assert_eq!(rows.len(), 4_803);
    for Row { host, id, .. } in &rows {
        assert_eq!(ModelId::parse(id).to_string(), *id);
        let own = match *host {
            "openrouter" => Dialect::OpenRouter,
            "vercel" => Dialect::Vercel,
            "helicone" => Dialect::HeliconeHosted,
            "llmgateway" => Dialect::LlmGateway,
            _ => Dialect::LiteLlm,
        };
        assert_eq!(parse(own, id).to_string(), *id, "{host}");
        let provider = aliases::resolve(System::ModelsDev, host).expect("every host has a row");
        for dialect in [Dialect::LiteLlm, Dialect::Portkey, Dialect::Bifrost, Dialect::TensorZero] {
            assert_prefixed(dialect, &provider, id);
        }
    }
}

/// The id behind its provider's name comes apart into just these two.
fn assert_prefixed(dialect: Dialect, provider: &Provider, id: &str) {
    let key = family(id);
    let Some(spelling) = aliases::spelling(dialect, provider, key.brand()) else { return };
    let text = match dialect {
        Dialect::Portkey => format!("@{spelling}/{id}"),
        Dialect::TensorZero => format!("tensorzero::model_name::{spelling}::{id}"),
        _ => format!("{spelling}/{id}"),
    };
    let slug = parse(dialect, &text);
    assert_eq!(slug.to_string(), text);
    assert_eq!((slug.provider().and_then(ProviderRef::resolve), slug.model()), (Some(provider.clone()), id), "{text}");
}

/// Rows that bear one of the names, whatever their case, that at least five hosts use.
struct Shared<'c> {
    by_name: BTreeMap<String, Vec<(&'c str, Family)>>,
}

impl<'c> Shared<'c> {
    fn new(rows: &[Row<'c>]) -> Self {
        let mut hosts: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        let mut by_name: BTreeMap<String, Vec<(&str, Family)>> = BTreeMap::new();
        for row in rows {
            hosts.entry(row.name.to_lowercase()).or_default().push(row.host);
            by_name.entry(row.name.to_lowercase()).or_default().push((row.id, family(row.id)));
        }
        for hosts in hosts.values_mut() {
            hosts.dedup();
        }
        by_name.retain(|name, _| hosts[name].len() >= 5);
        Self { by_name }
    }

    /// Pairs of rows of one name, and how many of them share a key.
    fn pairs_of_one_name(&self) -> (usize, usize) {
        let pairs = self.by_name.values().flat_map(|rows| {
            rows.iter()
                .enumerate()
                .flat_map(move |(at, (_, left))| rows[at + 1..].iter().map(move |(_, right)| left == right))
        });
        pairs.fold((0, 0), |(all, joined), same| (all + 1, joined + usize::from(same)))
    }

    /// Pairs of rows of two names, and of those that share a key: the names and how many pairs.
    fn joined_pairs_of_two_names(&self) -> (usize, Vec<(&str, &str, usize)>) {
        let (mut all, mut joined) = (0, Vec::new());
        let names: Vec<_> = self.by_name.iter().collect();
        for (at, (left, left_rows)) in names.iter().enumerate() {
            for (right, right_rows) in &names[at + 1..] {
                all += left_rows.len() * right_rows.len();
                let same =
                    left_rows.iter().map(|(_, key)| right_rows.iter().filter(|(_, other)| other == key).count()).sum();
                if same > 0 {
                    joined.push((left.as_str(), right.as_str(), same));
                }
            }
        }
        (all, joined)
    }
}

/// A name without what hosts differ in: case, punctuation, order of words, `(latest)`.
fn plain(name: &str) -> Vec<String> {
    let name = name.replace("(latest)", "").replace("meta-llama", "llama");
    let mut words: Vec<String> =
        name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect();
    words.sort();
    words
}

fn percent(part: usize, whole: usize) -> f64 {
    f64::from(u32::try_from(part).expect("small")) * 100.0 / f64::from(u32::try_from(whole).expect("small"))
}

#[test]
fn family_keys_join_what_hosts_give_one_name() {
    let Some(models) = catalog("models-dev.json") else { return };
    let rows = rows(&models);
    let shared = Shared::new(&rows);
    assert_eq!(shared.by_name.len(), 175);
    let (pairs, joined) = shared.pairs_of_one_name();
    println!("{joined} of {pairs} pairs of one name share a key: {:.2} %", percent(joined, pairs));
    assert!(joined * 100 >= pairs * 95);

    let mut split = Vec::new();
    for (name, rows) in &shared.by_name {
        let mut keys: Vec<&Family> = rows.iter().map(|(_, key)| key).collect();
        keys.sort_unstable();
        keys.dedup();
        if keys.len() > 1 {
            println!("{name}: {keys:?}");
            split.push(name.clone());
        }
    }
    assert_eq!(split, documented("names with several keys"));

    let (pairs, mut joined) = shared.joined_pairs_of_two_names();
    let raw: usize = joined.iter().map(|(.., count)| count).sum();
    joined.retain(|(left, right, _)| plain(left) != plain(right));
    let wrong: usize = joined.iter().map(|(.., count)| count).sum();
    println!("{raw} of {pairs} pairs of two names share a key: {:.4} %", percent(raw, pairs));
    println!("{wrong} of them whose names differ in more than spelling: {:.4} %", percent(wrong, pairs));
    assert!(wrong * 1000 <= pairs);
    let found: Vec<String> = joined.iter().map(|(left, right, _)| format!("{left} / {right}")).collect();
    println!("{found:#?}");
    assert_eq!(found, documented("names that share a key"));
}
