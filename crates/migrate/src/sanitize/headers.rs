use switchback_ir::Importance;
use switchback_slug::{Dialect, Provider, aliases};

use super::address::provider_of_url;
use super::job::{Item, Job};
use super::read;
use super::table::{self, Action, FOREIGN, Part, Rule, Wished, tables};
use crate::source::{Field, Limits, Position, push_step, read_json};
use crate::{Concept, Entry, Fidelity, Ledger, Node, Value, secret};

/// Passes every header on, takes it out or renames it.
pub(super) fn run(job: &mut Job<'_>) {
    for (index, (name, value)) in job.request.headers.iter().enumerate() {
        let mut path = "/headers".to_owned();
        push_step(&mut path, name);
        let line = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let item = Item { path, at: Position::new(0, line, 1), key: name };
        match table::find(tables(job.system).headers, name) {
            Some(rule) => apply(job, &item, rule, value),
            None => match foreign(name) {
                Some(gateway) => drop_unknown(job, item, gateway),
                None => keep(job, name, value),
            },
        }
    }
}

fn keep(job: &mut Job<'_>, name: &str, value: &str) {
    job.headers.push((name.to_owned(), value.to_owned()));
}

/// Whose header it is, by how its name begins.
fn foreign(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    FOREIGN.iter().find(|(prefix, _)| name.starts_with(prefix)).map(|(_, gateway)| *gateway)
}

fn drop_unknown(job: &mut Job<'_>, item: Item<'_>, gateway: &str) {
    job.push(Entry {
        path: item.path,
        file: None,
        line: item.at.line,
        column: item.at.column,
        key: item.key.to_owned(),
        concept: Concept::Unknown,
        fidelity: Fidelity::None,
        severity: Importance::Preferred,
        detail: format!("a header of {gateway}, with no entry in its table"),
        instead: Some("look up what it did; nothing here reads it".to_owned()),
        readings: Vec::new(),
    });
}

fn apply(job: &mut Job<'_>, item: &Item<'_>, rule: &Rule, value: &str) {
    match rule.action {
        Action::Strip | Action::Unfold | Action::ExtraBody | Action::ProviderTools | Action::Members(_) => {
            if secret::is_secret_name(item.key) {
                job.retire(item.key);
            }
            job.note(item, rule, Ok(shown(item.key, value)));
        }
        Action::Key => strip_key(job, item, rule, value),
        Action::Keep => {
            keep(job, item.key, value);
            job.note(item, rule, Ok("stays".to_owned()));
        }
        Action::Rename(name) => rename(job, item, rule, name, value),
        Action::Body(name) => {
            job.parameters.push((name, super::splice::string(value)));
            job.note(item, rule, Ok(format!("parameter `{name}`")));
        }
        Action::Policy(wished) => {
            let node = node(value);
            let became = read::wish(job, wished, Field::of(item.key, &node));
            job.note(item, rule, became);
            note_config(job, item, wished);
        }
        Action::Slug(part) => {
            if secret::is_secret_name(item.key) {
                job.retire(item.key);
            }
            let became = route(job, part, value);
            job.note(item, rule, became);
        }
    }
}

/// What of a Config that came with the request does not carry over as it was.
fn note_config(job: &mut Job<'_>, item: &Item<'_>, wished: Wished) {
    let ledger = job.config.as_ref().filter(|_| wished == Wished::Config).map(|(_, ledger)| ledger.clone());
    for entry in ledger.iter().flat_map(Ledger::entries).filter(|entry| entry.fidelity != Fidelity::Exact) {
        let path = format!("{}{}", item.path, entry.path);
        job.push(Entry { path, line: item.at.line, ..entry.clone() });
    }
}

/// The key of the other gateway goes, the target's own stays.
fn strip_key(job: &mut Job<'_>, item: &Item<'_>, rule: &Rule, value: &str) {
    let plain = value.trim().trim_start_matches("Bearer").trim();
    if plain.starts_with("sk-cn-v1-") && item.key.eq_ignore_ascii_case("authorization") {
        keep(job, item.key, value);
        return;
    }
    job.retire(item.key);
    job.note(item, rule, Ok(secret::redacted(value)));
}

fn rename(job: &mut Job<'_>, item: &Item<'_>, rule: &Rule, name: &str, value: &str) {
    let taken = |(known, _): &(&str, &str)| known.eq_ignore_ascii_case(name);
    if job.request.headers.iter().any(taken) || job.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
        job.note(item, rule, Err(format!("the request has a `{name}` of its own, which stays")));
        return;
    }
    keep(job, name, value);
    job.note(item, rule, Ok(format!("`{name}`")));
}

/// Reads what a header says of the route.
fn route(job: &mut Job<'_>, part: Part, value: &str) -> Result<String, String> {
    if let Part::Model(provider) | Part::Deployment(provider) | Part::Region(provider) = part
        && secret::looks_secret(value)
    {
        return Err(format!("{}; a secret stands in its place", serve(job, provider)));
    }
    match part {
        Part::Provider => provider(job, value),
        Part::Served(provider) => Ok(serve(job, provider)),
        Part::Model(provider) => {
            job.model = Some(value.to_owned());
            Ok(format!("{}, model `{}`", serve(job, provider), secret::shown("", value)))
        }
        Part::Deployment(provider) => {
            Ok(format!("{}; deployment `{}` is no model", serve(job, provider), secret::shown("", value)))
        }
        Part::Region(provider) => {
            job.wishes.regions.push(value.to_owned());
            Ok(format!("{}, `require.regions` `{}`", serve(job, provider), secret::shown("", value)))
        }
        Part::Url => match provider_of_url(value) {
            Some(provider) => Ok(serve(job, provider.as_str())),
            None => Err("the host is no known provider's: call it directly, or add it to the catalog".to_owned()),
        },
    }
}

/// A provider's name, or `@` and the name of an integration.
fn provider(job: &mut Job<'_>, value: &str) -> Result<String, String> {
    let name = value.trim().trim_start_matches('@');
    let mapped = job.integrations.get(name).map(|provider| Provider::from(provider.as_str()));
    match mapped.or_else(|| aliases::resolve(Dialect::Portkey, name)) {
        Some(provider) => Ok(serve(job, provider.as_str())),
        None => {
            Err(format!("`{}` is the name of an integration; say which provider it is of", secret::shown("", value)))
        }
    }
}

fn serve(job: &mut Job<'_>, provider: &str) -> String {
    job.provider = Some(Provider::from(provider));
    format!("provider `{provider}`")
}

/// A header's value as mappers read values: JSON where it is JSON of several values, else text.
fn node(value: &str) -> Node {
    let text = || Node::new(Position::START, Value::Text(value.to_owned()));
    if !value.trim_start().starts_with(['{', '[']) {
        return text();
    }
    read_json(value, &Limits::default(), 0).unwrap_or_else(|_| text())
}

fn shown(name: &str, value: &str) -> String {
    format!("`{}`", secret::shown(name, value))
}
