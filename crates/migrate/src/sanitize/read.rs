//! Wishes out of the values of headers and parameters.

use std::num::NonZeroU32;

use switchback_ir::ErrorClass;
use switchback_plan::{Retry, Trigger, Triggers};
use switchback_slug::Provider;
use switchback_units::Millis;

use super::address::provider_of_url;
use super::job::Job;
use super::table::{RetryPart, Wished};
use super::wish::Onward;
use crate::source::Field;
use crate::{model, secret};

/// Reads one value into the wishes. Says what it became, or why it could not be read.
pub(super) fn wish(job: &mut Job<'_>, wished: Wished, value: Field<'_>) -> Result<String, String> {
    match wished {
        Wished::TimeoutSeconds => {
            let limit = seconds(value)?;
            job.wishes.timeouts.total_ms = Some(limit);
            Ok(format!("timeout `total_ms` {}", limit.get()))
        }
        Wished::FirstTokenSeconds => {
            let limit = seconds(value)?;
            job.wishes.timeouts.first_token_ms = Some(limit);
            Ok(format!("timeout `first_token_ms` {}", limit.get()))
        }
        Wished::TimeoutMillis => {
            let limit = Millis::new(value.whole().ok_or("expected a whole number of milliseconds")?);
            job.wishes.timeouts.total_ms = Some(limit);
            Ok(format!("timeout `total_ms` {}", limit.get()))
        }
        Wished::Retry(part) => {
            let retry = job.wishes.retry.get_or_insert_with(Retry::default);
            retries(retry, part, value)
        }
        Wished::Fallbacks => chain(job, value, &Triggers::any(), false),
        Wished::OverflowFallbacks => chain(job, value, &on(ErrorClass::ContextOverflow), true),
        Wished::ContentFallbacks => chain(job, value, &on(ErrorClass::ContentPolicy), true),
        Wished::NoFallbacks => {
            let is_set = value.truth().ok_or("expected true or false")?;
            job.wishes.no_fallback |= is_set;
            Ok(if is_set { "a policy without a chain".to_owned() } else { "nothing: chains are on".to_owned() })
        }
        Wished::Tags => {
            let tags = words(value);
            job.wishes.tags.extend(tags.iter().cloned());
            Ok(format!("the caller's tags {}", listed(&tags)))
        }
        Wished::Region => {
            let region = plain(value, "expected a region")?.to_owned();
            let became = format!("`require.regions` {}", listed(std::slice::from_ref(&region)));
            job.wishes.regions.push(region);
            Ok(became)
        }
        Wished::HeliconeTargets => helicone_targets(job, value),
        Wished::TokenLimit => token_limit(job, value),
        Wished::Config => config(job, value),
        Wished::Metadata => metadata(job, value),
        Wished::Variant => {
            let variant = plain(value, "expected a name")?;
            job.wishes.variant = Some(variant.to_owned());
            Ok(format!("the policy's route for variant `{variant}`, where a policy was imported"))
        }
        Wished::Session => {
            job.wishes.session = Some(plain(value, "expected an id")?.to_owned());
            Ok("the caller's actor, which affinity is kept by".to_owned())
        }
    }
}

fn seconds(value: Field<'_>) -> Result<Millis, String> {
    let seconds = value.number().filter(|seconds| *seconds >= 0.0).ok_or("expected a number of seconds")?;
    Ok(millis(seconds * 1000.0))
}

/// Milliseconds from a number that is finite and not negative, rounded; at most some 31 years.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what both hold exactly")]
pub(crate) fn millis(millis: f64) -> Millis {
    Millis::new(millis.round().clamp(0.0, 1e12) as u64)
}

fn on(class: ErrorClass) -> Triggers {
    Triggers::from_iter([Trigger::from(class)])
}

fn retries(retry: &mut Retry, part: RetryPart, value: Field<'_>) -> Result<String, String> {
    /// What Helicone does where only `Helicone-Retry-Enabled` is there (its documentation, 2025-07).
    const HELICONE_RETRIES: u32 = 5;
    let number = || value.number().filter(|number| *number >= 0.0).ok_or("expected a number");
    Ok(match part {
        RetryPart::On => {
            let is_on = value.truth().ok_or("expected true or false")?;
            if is_on && retry.attempts == 0 {
                retry.attempts = HELICONE_RETRIES;
            }
            format!("retry `attempts` {}", retry.attempts)
        }
        RetryPart::Factor => {
            let factor = number()?.round().clamp(1.0, 100.0);
            let whole = (1_u32..=100).find(|whole| f64::from(*whole) >= factor).and_then(NonZeroU32::new);
            retry.backoff.factor = whole.unwrap_or(NonZeroU32::MIN);
            format!("retry `backoff.factor` {}", retry.backoff.factor)
        }
        RetryPart::Least => {
            retry.backoff.first_ms = millis(number()?);
            format!("retry `backoff.first_ms` {}", retry.backoff.first_ms.get())
        }
        RetryPart::Most => {
            retry.backoff.max_ms = millis(number()?);
            format!("retry `backoff.max_ms` {}", retry.backoff.max_ms.get())
        }
        RetryPart::Count => {
            let attempts = value.whole().ok_or("expected a whole number")?;
            retry.attempts = u32::try_from(attempts).unwrap_or(u32::MAX);
            format!("retry `attempts` {}", retry.attempts)
        }
    })
}

/// LiteLLM's lists: names, `{"model": …}`, or `{"group": [names]}` for the group that is asked for.
fn chain(job: &mut Job<'_>, value: Field<'_>, on: &Triggers, is_exclusive: bool) -> Result<String, String> {
    if !value.is_list() {
        return Err("expected a list of models".to_owned());
    }
    let mut models = Vec::new();
    for item in value.items() {
        if let Some(name) = item.text().or_else(|| item.get("model").and_then(Field::text)) {
            models.push(job.spelled(name));
        } else {
            let lists = item.members().flat_map(Field::items);
            models.extend(lists.filter_map(Field::text).map(|name| job.spelled(name)).collect::<Vec<_>>());
        }
    }
    let became = format!("a chain on {on} to {}", listed(&models));
    job.wishes.chain.extend(models.into_iter().map(|model| Onward { model, on: on.clone(), is_exclusive }));
    Ok(became)
}

/// The first target is where the request goes; the codes of each lead to the next.
fn helicone_targets(job: &mut Job<'_>, value: Field<'_>) -> Result<String, String> {
    if !value.is_list() {
        return Err("expected a list of targets".to_owned());
    }
    let own = job.own_model.clone().unwrap_or_else(|| "auto".to_owned());
    let mut codes = Triggers::any();
    let mut shown = Vec::new();
    for (index, target) in value.items().enumerate() {
        let url = target.get("target-url").and_then(Field::text);
        let named = target.get("bodyKeyOverride").and_then(|keys| keys.get("model")).and_then(Field::text);
        let provider = url.and_then(provider_of_url);
        let model = named.unwrap_or(&own);
        let spelled = match &provider {
            Some(provider) => model::at_provider(provider, model).map_or_else(|_| model.to_owned(), |known| known.text),
            None => model.to_owned(),
        };
        shown.push(spelled.clone());
        if index == 0 {
            job.route = Some(spelled);
        } else {
            job.wishes.chain.push(Onward { model: spelled, on: codes, is_exclusive: false });
        }
        codes = target.get("onCodes").map_or_else(Triggers::any, triggers);
    }
    Ok(format!("{}, credentials left out", listed(&shown)))
}

/// Status codes: numbers, or `{"from": 400, "to": 500}`.
fn triggers(codes: Field<'_>) -> Triggers {
    let one = |item: Field<'_>| -> Option<Trigger> {
        let text = match (item.get("from").and_then(Field::whole), item.get("to").and_then(Field::whole)) {
            (Some(from), Some(to)) => format!("{from}-{}", to.min(599)),
            _ => item.whole()?.to_string(),
        };
        text.parse().ok()
    };
    codes.items().filter_map(one).collect()
}

fn token_limit(job: &mut Job<'_>, value: Field<'_>) -> Result<String, String> {
    match value.text() {
        Some("fallback") => {
            job.is_overflow_chain = true;
            Ok("the further models of `model` follow a prompt that is too long".to_owned())
        }
        Some(way @ ("truncate" | "middle-out")) => {
            Err(format!("`{way}` cuts the prompt, which changes what is asked and is not done here"))
        }
        _ => Err("expected `truncate`, `middle-out` or `fallback`".to_owned()),
    }
}

fn config(job: &mut Job<'_>, value: Field<'_>) -> Result<String, String> {
    if value.is_table() {
        let (policy, ledger) = crate::import::inline_config(job.integrations, value);
        job.config = Some((policy, ledger));
        return Ok("the policy that it is; what of it does not carry over has entries below this one".to_owned());
    }
    let id = plain(value, "expected a Config or the id of one")?;
    job.wishes.config = Some(id.to_owned());
    Err("a saved Config, whose text is not here: import it with `switchback migrate portkey`".to_owned())
}

fn metadata(job: &mut Job<'_>, value: Field<'_>) -> Result<String, String> {
    let pairs = value.members().filter_map(|member| Some((member.key.to_owned(), member.scalar()?.into_owned())));
    let is_plain = |(key, text): &(String, String)| !secret::is_secret_name(key) && !secret::looks_secret(text);
    let pairs: Vec<(String, String)> = pairs.filter(is_plain).collect();
    if pairs.is_empty() {
        return Err("expected an object of labels".to_owned());
    }
    let keys: Vec<String> = pairs.iter().map(|(key, _)| key.clone()).collect();
    job.wishes.metadata.extend(pairs);
    Ok(format!("the caller's metadata {}", listed(&keys)))
}

/// Words of a list, or of a text that separates them by commas.
fn words(value: Field<'_>) -> Vec<String> {
    let of_text = |text: &str| -> Vec<String> {
        text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let mut words = match value.text() {
        Some(text) => of_text(text),
        None => value.items().filter_map(Field::text).map(str::to_owned).collect(),
    };
    words.retain(|word| !secret::looks_secret(word));
    words
}

/// A text that may be shown and kept.
fn plain<'t>(value: Field<'t>, expected: &str) -> Result<&'t str, String> {
    let text = value.text().ok_or(expected)?;
    if secret::looks_secret(text) { Err(format!("{expected}, found a secret")) } else { Ok(text) }
}

/// Names in backticks, with commas.
pub(crate) fn listed(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().map(|name| format!("`{}`", secret::shown("", name))).collect();
    if shown.is_empty() { "nothing".to_owned() } else { shown.join(", ") }
}

/// The canonical id of a provider that Helicone's `!name` rules out.
pub(super) fn denied(segment: &str) -> String {
    let known = switchback_slug::aliases::resolve(switchback_slug::Dialect::HeliconeHosted, segment);
    known.unwrap_or_else(|| Provider::from(segment)).as_str().to_owned()
}
