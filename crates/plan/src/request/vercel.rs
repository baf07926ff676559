//! Vercel's `providerOptions.gateway` (its documentation of provider options, 2026-10).

use switchback_ir::Feature;

use super::UnreadableRouting;
use super::body::Node;
use super::draft::{Draft, by_cost};
use crate::policy::{Metric, Order, Quantity, Route, Sort};

type Read<T> = Result<T, UnreadableRouting>;

const MEMBERS: [&str; 14] = [
    "order",
    "only",
    "sort",
    "models",
    "zeroDataRetention",
    "disallowPromptTraining",
    "has",
    "serviceTier",
    "byok",
    "providerTimeouts",
    "caching",
    "user",
    "tags",
    "quotaEntityId",
];

/// Members that nothing here means, with what to do instead.
const WITHOUT: [(&str, &str); 6] = [
    ("byok", "credentials are the embedder's: see the inventory"),
    ("providerTimeouts", "timeouts are a policy's, by route: `timeout`"),
    ("caching", "no cache markers are added to a request; `affinity` keeps conversations where they are cached"),
    ("user", "attribution is the embedder's: see the caller's actor"),
    ("tags", "tags are the embedder's to give, since policies trust them: see the caller's tags"),
    ("quotaEntityId", "budgets are the embedder's: see the caller's levels"),
];

pub(crate) fn read(draft: &mut Draft, model: &str, gateway: &Node<'_>) -> Read<Vec<Route>> {
    draft.strangers(gateway, &MEMBERS)?;
    if let Some(order) = gateway.get("order") {
        let order = draft.providers(&order, "order")?;
        draft.settings().order = Some(order);
    }
    if let Some(only) = gateway.get("only") {
        let allow = draft.providers(&only, "allow")?;
        draft.settings().rules.allow = allow;
    }
    if let Some(sort) = gateway.get("sort") {
        let by = match sort.word(&["cost", "ttft", "tps"])? {
            "cost" => by_cost(),
            "ttft" => Sort::by(Order::Metric(Metric::of(Quantity::Latency))),
            _ => Sort::by(Order::Metric(Metric::of(Quantity::Throughput))),
        };
        draft.sort(&sort.path, by, "");
    }
    rules(draft, gateway)?;
    for (name, why) in WITHOUT {
        if let Some(node) = gateway.get(name) {
            draft.nothing(&node.path, why);
        }
    }
    let mut routes = vec![draft.route("/model", model, true)];
    if let Some(models) = gateway.get("models") {
        let names = models.texts()?;
        draft.exact(&models.path, "chain");
        for (path, name) in names {
            routes.push(draft.route(&path, name, false));
        }
    }
    Ok(routes)
}

fn rules(draft: &mut Draft, gateway: &Node<'_>) -> Read<()> {
    if let Some(flag) = gateway.get("zeroDataRetention") {
        draft.settings().rules.require.zero_retention = flag.bool()?;
        draft.exact(&flag.path, format!("require.zero_retention = {}", flag.bool()?));
    }
    if let Some(flag) = gateway.get("disallowPromptTraining") {
        draft.settings().rules.require.no_training = flag.bool()?;
        draft.exact(&flag.path, format!("require.no_training = {}", flag.bool()?));
    }
    if let Some(tier) = gateway.get("serviceTier") {
        let text = tier.text()?.to_owned();
        draft.exact(&tier.path, format!("require.tiers = {text}"));
        draft.settings().rules.require.tiers = vec![text];
    }
    for element in gateway.get("has").map(|has| has.elements()).transpose()?.unwrap_or_default() {
        has(draft, &element)?;
    }
    Ok(())
}

/// A feature where the catalog knows it, else an attribute that the terms of a credential scope must list.
fn has(draft: &mut Draft, element: &Node<'_>) -> Read<()> {
    let text = element.text()?;
    let feature = match text {
        "vision" => Some(Feature::ImageBase64),
        "tool-use" => Some(Feature::Tools),
        "file-input" => Some(Feature::FileBase64),
        "reasoning" => Some(Feature::ReasoningEffort),
        "web-search" => Some(Feature::WebSearchTool),
        "image-generation" => Some(Feature::ImageOutput),
        _ => None,
    };
    let require = &mut draft.settings().rules.require;
    if let Some(feature) = feature {
        require.features.push(feature);
        draft.exact(&element.path, format!("require.features = {}", feature.name()));
    } else {
        require.attributes.push(text.to_owned());
        let why = "no feature is known by that name; the terms of a credential scope must list it";
        draft.approximate(&element.path, format!("require.attributes = {text}"), why);
    }
    Ok(())
}
