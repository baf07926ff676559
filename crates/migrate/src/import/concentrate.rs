//! Concentrate's `routing` object, in the three generations that are found in the wild (2026).

use std::str::FromStr;

use switchback_plan::{Aggregate, Metric, Order, Prefix, Quantity, Route, Selector, Sort};
use switchback_slug::{Dialect, aliases};
use switchback_units::Millis;

use super::desk::segment;
use super::{Desk, request};
use crate::Concept;
use crate::notes::shown;
use crate::source::Field;

pub(super) fn import(desk: &mut Desk<'_>, root: Field<'_>) {
    if let Some(model) = root.get("model") {
        prefix(desk, model);
    }
    if let Some(routing) = root.get("routing") {
        let provider = routing.get("provider");
        for key in routing.members() {
            match key.key {
                "provider" => key.members().for_each(|part| provider_part(desk, part, key)),
                "model" => key.members().for_each(|part| model_part(desk, part)),
                // The first two generations.
                "metric" if provider.is_none() => metric(desk, key, routing),
                "strategy" => desk.notes.exact(key, Concept::Sort, "whether the least or the greatest comes first"),
                "interval" => desk.notes.exact(key, Concept::Sort, "the window of the measurement"),
                _ => {}
            }
        }
    }
    request::keep_rest(desk, root, &["model", "routing"]);
}

/// A provider before the model: pinned, say the guides; tried first, say later public facts.
fn prefix(desk: &mut Desk<'_>, model: Field<'_>) {
    let Some(text) = model.text() else { return };
    if !text.contains('/') {
        desk.notes.exact(model, Concept::Model, format!("`{}`", crate::secret::shown("", text)));
        return;
    }
    let follows_code = desk.two_readings(
        model,
        Concept::Pin,
        "the guides: the provider serves the request, and no other",
        "later public facts: the provider is the first to be tried, others of the model follow",
    );
    desk.policy.settings.prefix = follows_code.then_some(Prefix::Start);
}

fn provider_part(desk: &mut Desk<'_>, key: Field<'_>, provider: Field<'_>) {
    match key.key {
        "sort" => metric(desk, key, provider),
        "interval" => desk.notes.exact(key, Concept::Sort, "the window of the measurement"),
        "fallbacks" => {
            let follows_code = desk.two_readings(
                key,
                Concept::Providers,
                "the guides: providers in the order in which they are tried",
                "later public facts: the only providers that may be used, in no order",
            );
            let selectors: Vec<Selector> = key.items().filter_map(Field::text).filter_map(selector).collect();
            if follows_code {
                desk.policy.settings.rules.allow.extend(selectors);
            } else {
                desk.policy.settings.order = Some(selectors);
            }
        }
        _ => {}
    }
}

fn selector(name: &str) -> Option<Selector> {
    let known = aliases::resolve(Dialect::Native, name);
    known.as_ref().map_or(name, |known| segment(known)).parse().ok()
}

fn model_part(desk: &mut Desk<'_>, key: Field<'_>) {
    match key.key {
        "fallbacks" => {
            let route = request::chain(desk, Route::model("$model"), key.items());
            desk.policy.route = Some(route);
        }
        "sort" => {
            let follows_code = desk.two_readings(
                key,
                Concept::Sort,
                "the guides: what `auto` chooses models by",
                "later public facts: documented, and not applied",
            );
            if !follows_code && let Some(sort) = sort(key, None) {
                desk.policy.settings.sort.get_or_insert(sort);
            }
        }
        _ => {}
    }
}

fn metric(desk: &mut Desk<'_>, key: Field<'_>, beside: Field<'_>) {
    match sort(key, Some(beside)) {
        Some(sort) if key.text() == Some("throughput") => {
            desk.policy.settings.sort = Some(sort);
            desk.notes.near(
                key,
                Concept::Sort,
                "`sort` by `throughput`",
                "there requests a second are meant, here output tokens a second",
            );
        }
        Some(sort) if key.text() == Some("performance") => {
            desk.policy.settings.sort = Some(sort);
            desk.notes.near(
                key,
                Concept::Sort,
                "`sort` by `score`",
                "there the tier of the provider's quality decides, which is not public",
            );
        }
        Some(sort) => {
            desk.policy.settings.sort = Some(sort);
            desk.notes.exact(key, Concept::Sort, format!("`sort` by `{sort}`"));
        }
        None => desk.notes.lost(
            key,
            Concept::Sort,
            format!("metric {}, which is not known", shown(key)),
            "choose `cost`, `latency` or another `sort`",
        ),
    }
}

/// The sort by a metric, over the interval and in the direction that stand beside it.
fn sort(key: Field<'_>, beside: Option<Field<'_>>) -> Option<Sort> {
    let text = key.text()?;
    let window = beside
        .and_then(|beside| beside.get("interval"))
        .and_then(Field::text)
        .map_or(Some(Millis::from_secs(900)), interval);
    let order = match text {
        "cost" => Order::Cost,
        "performance" => Order::Score,
        _ => Order::Metric(Metric { window, ..measured(text)? }),
    };
    let least =
        beside.and_then(|beside| beside.get("strategy")).and_then(Field::text).map(|strategy| strategy == "min");
    let lower_is_better = match order {
        Order::Metric(metric) => metric.quantity.lower_is_better(),
        Order::Score | Order::Cost | Order::LlmGateway | Order::InverseSquarePrice => true,
    };
    Some(Sort { by: order, reverse: least.is_some_and(|least| least != lower_is_better) })
}

/// `p95_e2e_latency`, `avg_latency`, `uptime`, `total_requests`, `input_tokens`.
fn measured(text: &str) -> Option<Metric> {
    let (aggregate, name) = match text.split_once('_') {
        Some((word @ ("avg" | "min" | "max"), rest)) => (Some(word), rest),
        Some((word, rest)) if word.strip_prefix('p').is_some_and(|digits| digits.parse::<u8>().is_ok()) => {
            (Some(word), rest)
        }
        _ => (None, text),
    };
    let (quantity, usual) = match name {
        "latency" => (Quantity::Latency, None),
        "e2e_latency" => (Quantity::EndToEnd, None),
        "uptime" => (Quantity::Uptime, None),
        "throughput" => (Quantity::Throughput, None),
        "total_requests" => (Quantity::Requests, Some(Aggregate::Sum)),
        "input_tokens" => (Quantity::InputTokens, Some(Aggregate::Mean)),
        "output_tokens" => (Quantity::OutputTokens, Some(Aggregate::Mean)),
        "total_tokens" => (Quantity::TotalTokens, Some(Aggregate::Mean)),
        _ => return None,
    };
    let written = aggregate.map(|word| format!("latency.{word}"));
    let aggregate = match written {
        Some(written) => Metric::from_str(&written).ok()?.aggregate,
        None => usual,
    };
    Some(Metric { quantity, aggregate, window: None })
}

/// `15m`, `2 hours`, `1 day`; the shortest is 15 minutes.
fn interval(text: &str) -> Option<Millis> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(digits)?;
    let seconds = match unit.trim().trim_end_matches('s') {
        "m" | "minute" => 60,
        "h" | "hour" => 3_600,
        "d" | "day" => 86_400,
        "w" | "week" => 604_800,
        "y" | "year" => 31_536_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(seconds).map(|seconds| Millis::from_secs(seconds.max(900)))
}
