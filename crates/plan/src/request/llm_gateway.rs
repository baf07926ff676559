//! LLM Gateway's `routing`, flags, class of service and headers (its public source, read 2026-10).

use std::collections::BTreeMap;

use switchback_slug::{Dialect, parse};
use switchback_units::Ratio;

use super::UnreadableRouting;
use super::body::Node;
use super::draft::{Draft, by_cost};
use super::variant::free;
use crate::Triggers;
use crate::policy::{Metric, Order, Prefix, Quantity, Route, Sort};

type Read<T> = Result<T, UnreadableRouting>;

/// Members of the body that are read and taken out.
pub(crate) const MEMBERS: [&str; 4] = ["routing", "free_models_only", "no_reasoning", "plugins"];

pub(crate) const NO_FALLBACK: &str = "x-no-fallback";

const UPTIME: &str = "a tenth of its score is uptime; here the gate is all that uptime does";

pub(crate) fn read(
    draft: &mut Draft,
    model: &str,
    body: &Node<'_>,
    headers: &BTreeMap<String, String>,
) -> Read<Vec<Route>> {
    let is_alone = headers.get(NO_FALLBACK).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let has_provider = parse(Dialect::LlmGateway, model).provider().is_some();
    if let Some(routing) = body.get("routing") {
        let word = routing.word(&["auto", "price", "throughput", "latency"])?;
        if has_provider && word != "auto" {
            return routing.wrong("no strategy beside a model with a provider");
        }
        strategy(draft, &routing.path, word);
    }
    if let Some(flag) = body.get("free_models_only") {
        if flag.bool()? {
            free(draft.settings());
        }
        draft.exact(&flag.path, if flag.bool()? { "require.max_price = 0" } else { "nothing" });
    }
    if let Some(flag) = body.get("no_reasoning") {
        if flag.bool()? {
            draft.nothing(&flag.path, "no rule leaves out models because they reason; name the models instead");
        } else {
            draft.exact(&flag.path, "nothing");
        }
    }
    if let Some(plugins) = body.get("plugins") {
        draft.nothing(&plugins.path, "plugins run in the gateway, which this is not");
    }
    if let Some(tier) = body.get("service_tier") {
        service_tier(draft, &tier)?;
    }
    let prefix = has_provider.then_some(if is_alone { Prefix::Pin } else { Prefix::Start });
    if has_provider {
        draft.exact("/model", if is_alone { "prefix = pin" } else { "prefix = start, under the gate" });
    }
    if is_alone {
        draft.overlay.no_fallback = true;
        draft.settings().failover = Some(Triggers::none());
        draft.exact(&format!("header {NO_FALLBACK}"), "failover = none, no fallback");
    }
    let mut route = draft.route("/model", model, true);
    route.settings.prefix = prefix;
    Ok(vec![route])
}

fn strategy(draft: &mut Draft, path: &str, word: &str) {
    let metric = |quantity| Sort::by(Order::Metric(Metric::of(quantity)));
    let (sort, why) = match word {
        "price" => (by_cost(), UPTIME),
        "throughput" => (metric(Quantity::Throughput), UPTIME),
        "latency" => (metric(Quantity::Latency), UPTIME),
        _ => (Sort::by(Order::LlmGateway), "the priorities of its database are all 1"),
    };
    draft.sort(path, sort, why);
    if word != "auto" {
        // A strategy switches its exploration off.
        draft.settings().explore = Some(Ratio::ZERO);
    }
}

/// The member is the protocol's own and stays in the body.
fn service_tier(draft: &mut Draft, tier: &Node<'_>) -> Read<()> {
    let text = tier.text()?;
    if matches!(text, "flex" | "priority") {
        draft.settings().rules.require.tiers = vec![text.to_owned()];
        draft.exact(&tier.path, format!("require.tiers = {text}"));
    } else {
        draft.exact(&tier.path, "nothing: it travels with the request");
    }
    Ok(())
}
