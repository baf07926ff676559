//! OpenRouter's request objects: `provider` and what stands beside it, by its documentation of 2026-08 to 2026-10.

use serde_json::{Map, Value, json};
use switchback_plan::{Metric, Order, Quantity, Route, Selector, Sort, Threshold};
use switchback_slug::{Dialect, ProviderRef};

use super::desk::segment;
use super::table::Weight::{Dead, Grave, Lost};
use super::table::{Known, known};
use super::{Desk, request, table};
use crate::Concept;
use crate::notes::shown;
use crate::source::Field;

/// Beside `provider`.
const BODY: &[Known] = &[
    known(
        "transforms",
        Lost,
        Concept::Degrade,
        "cuts the middle out of prompts that are too long",
        "shorten them in the application; a chain may go on to a model with room",
    ),
    known("plugins", Lost, Concept::Content, "web search, file parsing and other plugins", "use tools of the request"),
    known("route", Dead, Concept::Chain, "the old switch for `models`", "drop it"),
    known(
        "prediction",
        Lost,
        Concept::Content,
        "predicted output",
        "stays in the request, where the endpoint takes it",
    ),
];

/// Of `provider`.
const PROVIDER: &[Known] = &[
    known(
        "enforce_distillable_text",
        Grave,
        Concept::Require,
        "only models whose output may be distilled",
        "list the models that may be used; no catalog states this",
    ),
    known("experimental*", Lost, Concept::Operation, "an experiment", "drop it"),
];

pub(super) fn import(desk: &mut Desk<'_>, root: Field<'_>) {
    let provider = root.get("provider").filter(|provider| provider.is_table());
    let preferences =
        provider.or_else(|| root.get_any(&["order", "only", "ignore", "sort", "allow_fallbacks"]).map(|_| root));
    let mut is_ordered = false;
    for key in preferences.into_iter().flat_map(Field::members) {
        is_ordered |= matches!(key.key, "order" | "sort");
        preference(desk, key, preferences);
    }
    if !is_ordered {
        desk.policy.settings.sort.get_or_insert(Sort::by(Order::InverseSquarePrice));
    }
    models(desk, root);
    for key in root.members() {
        match key.key {
            "session_id" | "prompt_cache_key" | "user" => {
                desk.notes.exact(key, Concept::Affinity, "what a conversation is known by: the caller's actor");
            }
            _ => {
                table::note(desk, key, BODY);
            }
        }
    }
    let read: &[&str] = if provider.is_some() {
        &["provider", "models", "model", "fallbacks"]
    } else {
        &["models", "model", "fallbacks"]
    };
    if provider.is_some() || preferences.is_none() {
        request::keep_rest(desk, root, read);
    }
}

fn models(desk: &mut Desk<'_>, root: Field<'_>) {
    if let Some(model) = root.get("model") {
        variant(desk, model);
    }
    if let Some(list) = root.get_any(&["models", "fallbacks"]) {
        let mut items = list.items();
        // Without a `model`, the first of the list is the request's own.
        let own = match root.get("model") {
            Some(_) => Route::model("$model"),
            None => items
                .next()
                .and_then(|first| request::spelled(desk, first))
                .map_or_else(|| Route::model("auto"), Route::model),
        };
        let route = request::chain(desk, own, items);
        desk.policy.route = Some(route);
    }
}

/// The request's model, and what its variant asks.
fn variant(desk: &mut Desk<'_>, model: Field<'_>) {
    let slug = model.text().map(|text| switchback_slug::parse(Dialect::OpenRouter, text));
    let sort = match slug.and_then(|slug| slug.variant().map(str::to_owned)).as_deref() {
        Some("nitro") => Some((Order::Metric(Metric::of(Quantity::Throughput)), "`sort` by `throughput`")),
        Some("floor") => Some((Order::Cost, "`sort` by `cost`")),
        Some(other @ ("exacto" | "online" | "free" | "extended" | "thinking")) => {
            let meant = format!("variant `{other}`, which this policy does not say");
            desk.notes.lost(model, Concept::Model, meant, "name an endpoint, a tool or a parameter that does the same");
            return;
        }
        _ => None,
    };
    if request::spelled(desk, model).is_none() {
        return;
    }
    if let Some((order, became)) = sort {
        desk.policy.settings.sort = Some(Sort::by(order));
        desk.notes.near(model, Concept::Sort, became, "the variant's class of service is not asked for");
    }
}

fn preference(desk: &mut Desk<'_>, key: Field<'_>, all: Option<Field<'_>>) {
    match key.key {
        "order" => {
            let selectors = selectors(desk, key, Concept::Order, "`order`");
            let is_closed = all.and_then(|all| all.get("allow_fallbacks")).and_then(Field::truth) == Some(false);
            if is_closed {
                desk.policy.settings.rules.allow.extend(selectors.iter().cloned());
            }
            desk.policy.settings.order = Some(selectors);
        }
        "only" => {
            let selectors = selectors(desk, key, Concept::Providers, "`allow`");
            desk.policy.settings.rules.allow.extend(selectors);
        }
        "ignore" => {
            let selectors = selectors(desk, key, Concept::Providers, "`deny`");
            desk.policy.settings.rules.deny.extend(selectors);
        }
        "allow_fallbacks" => {
            let is_closed = key.truth() == Some(false);
            if is_closed && all.and_then(|all| all.get("order")).is_none() {
                desk.policy.settings.failover = Some(switchback_plan::Triggers::none());
            }
            desk.notes.exact(
                key,
                Concept::Providers,
                if is_closed {
                    "nothing but what `order` lists, or the first endpoint"
                } else {
                    "others follow those of `order`"
                },
            );
        }
        "require_parameters" => {
            if key.truth() == Some(true) {
                desk.policy.settings.degrade = serde_json::from_value(json!({"profile": "require_parameters"})).ok();
            }
            desk.notes.exact(key, Concept::Require, "`degrade.profile` `require_parameters`");
        }
        "data_collection" => {
            desk.policy.settings.rules.require.no_training |= key.text() == Some("deny");
            desk.notes.exact(key, Concept::Require, "`require.no_training`");
        }
        "zdr" => {
            desk.policy.settings.rules.require.zero_retention |= key.truth() == Some(true);
            desk.notes.exact(key, Concept::Require, "`require.zero_retention`");
        }
        "quantizations" => {
            let names: Vec<String> =
                key.items().filter_map(Field::text).map(|name| format!("quantization:{name}")).collect();
            desk.policy.settings.rules.require.attributes.push(names.join("|"));
            desk.notes.exact_whole(
                key,
                Concept::Require,
                "`require.attributes`, of which the terms of a credential's scope must list one",
            );
        }
        "sort" => sort(desk, key),
        "max_price" => max_price(desk, key),
        "preferred_min_throughput" => prefer(desk, key, Quantity::Throughput, 1.0, false),
        "preferred_max_latency" => prefer(desk, key, Quantity::Latency, 1000.0, true),
        _ => {
            table::note(desk, key, PROVIDER);
        }
    }
}

/// Providers, of which a region or variant behind a slash is lost.
fn selectors(desk: &mut Desk<'_>, list: Field<'_>, concept: Concept, became: &str) -> Vec<Selector> {
    let mut selectors = Vec::new();
    for item in list.items() {
        let Some(text) = item.text() else { continue };
        let (provider, endpoint) = ProviderRef::parse_entry(Dialect::OpenRouter, text);
        let name = provider.resolve().map_or_else(|| provider.as_str().to_owned(), |known| segment(&known).to_owned());
        let Ok(selector) = name.parse::<Selector>() else { continue };
        match endpoint {
            None => desk.notes.exact(item, concept, format!("{became}: `{selector}`")),
            Some(endpoint) => {
                let differs = format!(
                    "`{}` names one endpoint of it, here every one is meant",
                    crate::secret::shown("", endpoint)
                );
                desk.notes.near(item, concept, &format!("{became}: `{selector}`"), &differs);
            }
        }
        selectors.push(selector);
    }
    selectors
}

fn sort(desk: &mut Desk<'_>, key: Field<'_>) {
    let by = key.get("by").unwrap_or(key);
    let order = match by.text() {
        Some("price") => Order::Cost,
        Some("throughput") => Order::Metric(Metric::of(Quantity::Throughput)),
        Some("latency") => Order::Metric(Metric::of(Quantity::Latency)),
        _ => {
            desk.notes.lost(
                by,
                Concept::Sort,
                format!("sort {}, which is not known", shown(by)),
                "choose `cost`, `latency` or `throughput`",
            );
            return;
        }
    };
    desk.policy.settings.sort = Some(Sort::by(order));
    desk.notes.exact(by, Concept::Sort, format!("`sort` by `{order}`"));
    if let Some(partition) = key.get("partition") {
        desk.notes.near(
            partition,
            Concept::Sort,
            "endpoints are sorted within each model of the chain",
            "`none` would sort those of all models together: write them as `any`",
        );
    }
}

fn max_price(desk: &mut Desk<'_>, key: Field<'_>) {
    let mut lines = Map::new();
    for price in key.members() {
        let line = match price.key {
            "prompt" => "input",
            "completion" => "output",
            "request" => "request",
            _ => {
                desk.notes.lost(
                    price,
                    Concept::Require,
                    "a ceiling on a price line that policies do not bound",
                    "leave expensive endpoints out with `deny`",
                );
                continue;
            }
        };
        if let Some(number) = price.scalar() {
            lines.insert(line.to_owned(), Value::String(number.into_owned()));
            desk.notes.exact(price, Concept::Require, format!("`require.max_price.{line}`"));
        }
    }
    let read: Option<switchback_plan::Require> = serde_json::from_value(json!({"max_price": lines})).ok();
    match read {
        Some(require) => desk.policy.settings.rules.require.max_price = require.max_price,
        None => desk.notes.lost_badly(
            key,
            Concept::Require,
            "prices that cannot be read",
            "write them in dollars per million tokens",
        ),
    }
}

/// A number for the median, or numbers by percentile. All of them must hold; nothing is left out for it.
fn prefer(desk: &mut Desk<'_>, key: Field<'_>, quantity: Quantity, scale: f64, is_upper: bool) {
    let add = |desk: &mut Desk<'_>, field: Field<'_>, percentile: u8| {
        let Some(bound) = field.number() else { return };
        let aggregate = Some(switchback_plan::Aggregate::Percentile(percentile));
        let metric = Metric { quantity, aggregate, window: Some(switchback_units::Millis::from_secs(300)) };
        let threshold = if is_upper {
            Threshold::at_most(metric, bound * scale)
        } else {
            Threshold::at_least(metric, bound * scale)
        };
        desk.policy.settings.prefer.get_or_insert_with(Vec::new).push(threshold);
        desk.notes.exact(field, Concept::Prefer, format!("`prefer` `{metric}`"));
    };
    if !key.is_table() {
        add(desk, key, 50);
    }
    for percentile in key.members() {
        if let Some(number) = percentile.key.strip_prefix('p').and_then(|digits| digits.parse().ok()) {
            add(desk, percentile, number);
        }
    }
}
