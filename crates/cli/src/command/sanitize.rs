use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use switchback_migrate::{Incoming, Ledger, Report, Retired, Sanitized, Sanitizer, Wishes};
use switchback_plan::Policy;

use super::migrate::layout;
use crate::failure::{Answer, Failure};
use crate::{arguments, input, output};

/// A header's value, or several.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Values {
    One(String),
    Several(Vec<String>),
}

/// What `--json` prints. A body that is no UTF-8 has been refused.
#[derive(Debug, Serialize)]
struct Document<'a> {
    headers: BTreeMap<&'a str, Vec<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'a str>,
    body: std::borrow::Cow<'a, str>,
    policy: &'a Policy,
    wishes: &'a Wishes,
    ledger: &'a Ledger,
    retired: &'a [Retired],
}

pub(crate) fn run(options: &arguments::Sanitize) -> Result<Answer, Failure> {
    let headers = headers(options)?;
    let body = options.body.as_deref().map(input::read).transpose()?;
    let pairs: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let bytes = body.as_ref().map_or(&[][..], |source| source.bytes.as_slice());
    let incoming = Incoming { headers: &pairs, path: options.path.as_deref(), body: bytes };
    let mut rules = Sanitizer::new(options.from);
    for integration in &options.integrations {
        rules = rules.with_integration(&integration.name, &integration.provider);
    }
    let sanitized = rules.sanitize(&incoming).map_err(|error| match &body {
        Some(source) => Failure::at(&source.name, error),
        None => Failure::usage(error),
    })?;
    show(options, &sanitized)?;
    Ok(Answer::Done)
}

fn headers(options: &arguments::Sanitize) -> Result<Vec<(String, String)>, Failure> {
    let Some(path) = options.headers.as_deref() else { return Ok(Vec::new()) };
    let named: BTreeMap<String, Values> = input::read_json(path)?;
    let mut headers = Vec::new();
    for (name, values) in named {
        match values {
            Values::One(value) => headers.push((name, value)),
            Values::Several(values) => headers.extend(values.into_iter().map(|value| (name.clone(), value))),
        }
    }
    Ok(headers)
}

/// The body to standard output, the rest of the request and what was found to standard error; or all as one document.
fn show(options: &arguments::Sanitize, sanitized: &Sanitized) -> Result<(), Failure> {
    if options.json {
        let mut headers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, value) in &sanitized.headers {
            headers.entry(name).or_default().push(value);
        }
        return output::json(&Document {
            headers,
            path: sanitized.path.as_deref(),
            body: String::from_utf8_lossy(&sanitized.body),
            policy: &sanitized.policy,
            wishes: &sanitized.wishes,
            ledger: &sanitized.ledger,
            retired: &sanitized.retired,
        });
    }
    for (name, value) in &sanitized.headers {
        output::remark(&format!("{name}: {value}"))?;
    }
    if let Some(path) = &sanitized.path {
        output::remark(&format!("path: {path}"))?;
    }
    output::bytes(&sanitized.body)?;
    output::remarks(&Report::of_request(options.from, sanitized).render(layout(options.written)))
}
