//! `OpenRouter`'s `provider`, `models`, `fallbacks` and `route` (its documentation of provider routing, 2026-08 to
//! 2026-10).

use switchback_capability::Profile;
use switchback_catalog::PriceKind;
use switchback_units::{Millis, Money};

use super::UnreadableRouting;
use super::body::Node;
use super::draft::{Draft, by_cost};
use crate::Triggers;
use crate::policy::{AffinityUse, Aggregate, Degrade, Metric, Order, Quantity, Route, Shape, Sort, Threshold, Unknown};

type Read<T> = Result<T, UnreadableRouting>;

/// Members of the body that are read and taken out.
pub(crate) const MEMBERS: [&str; 7] =
    ["provider", "models", "fallbacks", "route", "session_id", "plugins", "transforms"];

const PROVIDER: [&str; 13] = [
    "order",
    "allow_fallbacks",
    "require_parameters",
    "data_collection",
    "zdr",
    "enforce_distillable_text",
    "only",
    "ignore",
    "quantizations",
    "sort",
    "preferred_min_throughput",
    "preferred_max_latency",
    "max_price",
];

/// The window that its thresholds look at.
const WINDOW: Millis = Millis::new(300_000);

pub(crate) fn read(draft: &mut Draft, model: &str, body: &Node<'_>) -> Read<Vec<Route>> {
    let mut is_together = false;
    if let Some(provider) = body.get("provider") {
        draft.strangers(&provider, &PROVIDER)?;
        providers(draft, &provider)?;
        data(draft, &provider)?;
        is_together = sort(draft, &provider)?;
        preferences(draft, &provider)?;
        max_price(draft, &provider)?;
    }
    if let Some(route) = body.get("route") {
        match route.text()? {
            "fallback" => draft.exact(&route.path, "nothing: models are fallbacks anyway"),
            _ => draft.nothing(&route.path, "only `fallback` is documented"),
        }
    }
    for (name, why) in [
        ("plugins", "plugins run in the gateway, which this is not"),
        ("transforms", "prompts are never shortened; an overflow goes on to the next model of a chain"),
    ] {
        if let Some(node) = body.get(name) {
            draft.nothing(&node.path, why);
        }
    }
    let mut routes = models(draft, model, body)?;
    if !is_together || routes.len() < 2 {
        return Ok(routes);
    }
    // They share one place, so that no failure leads from one to the next.
    for route in &mut routes {
        route.on = None;
    }
    Ok(vec![Route::new(Shape::Any(routes))])
}

/// The request's model, then `models`, then `fallbacks`, each after any failure of the one before.
fn models(draft: &mut Draft, model: &str, body: &Node<'_>) -> Read<Vec<Route>> {
    let mut routes = Vec::new();
    if !model.is_empty() {
        routes.push(draft.route("/model", model, true));
    }
    let mut names = Vec::new();
    if let Some(models) = body.get("models") {
        names.extend(models.texts()?);
        draft.exact(&models.path, "chain, on any failure");
    }
    if let Some(fallbacks) = body.get("fallbacks") {
        for element in fallbacks.elements()? {
            draft.strangers(&element, &["model"])?;
            let Some(node) = element.get("model") else { return element.wrong("an object with `model`") };
            names.push((node.path.clone(), node.text()?));
        }
        draft.exact(&fallbacks.path, "chain, on any failure");
    }
    for (path, name) in names {
        // `models` may begin with the model that the request names.
        if name != model {
            let mut route = draft.route(&path, name, false);
            route.on = (!routes.is_empty()).then(Triggers::any);
            routes.push(route);
        }
    }
    Ok(routes)
}

fn providers(draft: &mut Draft, provider: &Node<'_>) -> Read<()> {
    let allows_others = provider.get("allow_fallbacks").map(|flag| flag.bool()).transpose()?.unwrap_or(true);
    if let Some(order) = provider.get("order") {
        let order = draft.providers(&order, "order")?;
        if !allows_others {
            draft.inner.rules.allow.clone_from(&order);
        }
        draft.settings().order = Some(order);
        // An order takes the place of its stickiness.
        draft.settings().affinity = Some(AffinityUse { on: false, ..AffinityUse::default() });
    } else if !allows_others {
        draft.settings().failover = Some(Triggers::none());
    }
    if let Some(flag) = provider.get("allow_fallbacks") {
        let becomes = match (allows_others, provider.get("order").is_some()) {
            (true, _) => "nothing",
            (false, true) => "allow = order",
            (false, false) => "failover = none",
        };
        draft.exact(&flag.path, becomes);
    }
    if let Some(only) = provider.get("only") {
        let allow = draft.providers(&only, "allow")?;
        draft.settings().rules.allow = allow;
    }
    if let Some(ignore) = provider.get("ignore") {
        let deny = draft.providers(&ignore, "deny")?;
        draft.settings().rules.deny = deny;
    }
    Ok(())
}

/// What must hold of the provider and the model.
fn data(draft: &mut Draft, provider: &Node<'_>) -> Read<()> {
    if let Some(flag) = provider.get("require_parameters") {
        if flag.bool()? {
            let degrade = Degrade { profile: Profile::RequireParameters, ..Degrade::default() };
            draft.settings().degrade = Some(degrade);
            draft.settings().unknown = Some(Unknown::Deny);
        }
        draft.exact(
            &flag.path,
            if flag.bool()? { "degrade.profile = require_parameters, unknown = deny" } else { "nothing" },
        );
    }
    if let Some(collection) = provider.get("data_collection") {
        if collection.word(&["allow", "deny"])? == "deny" {
            draft.settings().rules.require.no_training = true;
            let why = "it also leaves out providers that keep data without training; `zdr` asks for that here";
            draft.approximate(&collection.path, "require.no_training = true", why);
        } else {
            draft.exact(&collection.path, "nothing");
        }
    }
    if let Some(flag) = provider.get("zdr") {
        draft.settings().rules.require.zero_retention = flag.bool()?;
        draft.exact(&flag.path, format!("require.zero_retention = {}", flag.bool()?));
    }
    if let Some(flag) = provider.get("enforce_distillable_text") {
        if flag.bool()? {
            draft.settings().rules.require.attributes.push("distillable_text".to_owned());
        }
        let becomes = if flag.bool()? { "require.attributes = distillable_text" } else { "nothing" };
        draft.exact(&flag.path, becomes);
    }
    if let Some(list) = provider.get("quantizations") {
        let words: Vec<String> = list.texts()?.into_iter().map(|(_, word)| format!("quantization:{word}")).collect();
        let either = words.join("|");
        draft.exact(&list.path, format!("require.attributes = {either}"));
        draft.settings().rules.require.attributes.extend((!words.is_empty()).then_some(either));
    }
    Ok(())
}

/// Reads `sort`; whether the models are to be sorted together.
fn sort(draft: &mut Draft, provider: &Node<'_>) -> Read<bool> {
    let Some(sort) = provider.get("sort") else { return Ok(false) };
    let mut is_together = false;
    let by = if sort.value.is_object() {
        draft.strangers(&sort, &["by", "partition"])?;
        if let Some(partition) = sort.get("partition") {
            is_together = partition.word(&["model", "none"])? == "none";
            draft.exact(&partition.path, if is_together { "any of the models" } else { "nothing" });
        }
        sort.get("by")
    } else {
        Some(sort)
    };
    if let Some(by) = by {
        let metric = |quantity| Sort::by(Order::Metric(Metric::of(quantity)));
        let order = match by.word(&["price", "throughput", "latency"])? {
            "price" => by_cost(),
            "throughput" => metric(Quantity::Throughput),
            _ => metric(Quantity::Latency),
        };
        draft.sort(&by.path, order, "");
    }
    Ok(is_together)
}

fn preferences(draft: &mut Draft, provider: &Node<'_>) -> Read<()> {
    let mut prefer = Vec::new();
    if let Some(node) = provider.get("preferred_min_throughput") {
        let bounds = bounds(draft, &node, Quantity::Throughput)?;
        prefer.extend(bounds.into_iter().map(|(metric, bound)| Threshold::at_least(metric, bound)));
    }
    if let Some(node) = provider.get("preferred_max_latency") {
        let bounds = bounds(draft, &node, Quantity::Latency)?;
        // Seconds there, milliseconds here.
        prefer.extend(bounds.into_iter().map(|(metric, bound)| Threshold::at_most(metric, bound * 1_000.0)));
    }
    if !prefer.is_empty() {
        draft.settings().prefer = Some(prefer);
    }
    Ok(())
}

/// A number is a bound on the median; an object has one for each percentile.
fn bounds(draft: &mut Draft, node: &Node<'_>, quantity: Quantity) -> Read<Vec<(Metric, f64)>> {
    const PERCENTILES: [(&str, u8); 4] = [("p50", 50), ("p75", 75), ("p90", 90), ("p99", 99)];

    let metric = |percent| Metric { quantity, aggregate: Some(Aggregate::Percentile(percent)), window: Some(WINDOW) };
    if !node.value.is_object() {
        let amount = if node.value.is_number() {
            node.amount()?
        } else {
            return node.wrong("a number from 0, or an object with p50, p75, p90 or p99");
        };
        draft.exact(&node.path, format!("prefer {}", metric(50)));
        return Ok(vec![(metric(50), amount)]);
    }
    draft.strangers(node, &PERCENTILES.map(|(name, _)| name))?;
    let mut bounds = Vec::new();
    for (name, percent) in PERCENTILES {
        if let Some(bound) = node.get(name) {
            bounds.push((metric(percent), bound.amount()?));
            draft.exact(&bound.path, format!("prefer {}", metric(percent)));
        }
    }
    Ok(bounds)
}

/// Dollars per million tokens, per request, per image.
fn max_price(draft: &mut Draft, provider: &Node<'_>) -> Read<()> {
    const LINES: [(&str, PriceKind); 5] = [
        ("prompt", PriceKind::Input),
        ("completion", PriceKind::Output),
        ("request", PriceKind::Request),
        ("image", PriceKind::InputImage),
        ("audio", PriceKind::InputAudio),
    ];

    let Some(max_price) = provider.get("max_price") else { return Ok(()) };
    draft.strangers(&max_price, &LINES.map(|(name, _)| name))?;
    for (name, line) in LINES {
        let Some(node) = max_price.get(name) else { continue };
        let text = node.value.as_str().map_or_else(|| node.value.to_string(), str::to_owned);
        let is_scalar = node.value.is_string() || node.value.is_number();
        let Some(price) = is_scalar.then(|| Money::from_decimal(&text).ok()).flatten() else {
            return node.wrong("a price in dollars, such as 1.5");
        };
        let becomes = format!("require.max_price.{} = {}", line.name(), price.value.display_decimal());
        draft.settings().rules.require.max_price.insert(line, price.value);
        if matches!(line, PriceKind::Input | PriceKind::Output) && !price.rounded {
            draft.exact(&node.path, becomes);
        } else {
            let why = if price.rounded {
                "finer than a pico-dollar"
            } else {
                "endpoints that list no such price are left out"
            };
            draft.approximate(&node.path, becomes, why);
        }
    }
    Ok(())
}
