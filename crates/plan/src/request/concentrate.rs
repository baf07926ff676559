//! Concentrate's `routing` in its three generations (its documentation and skills library, 2026-02 to 2026-10).

use switchback_slug::{Dialect, parse};
use switchback_units::Millis;

use super::body::Node;
use super::draft::{Draft, by_cost};
use super::{ReadAs, UnreadableRouting, interval};
use crate::Triggers;
use crate::policy::{Aggregate, GiveUp, Metric, Order, Prefix, Quantity, Route, Sort};

type Read<T> = Result<T, UnreadableRouting>;

const PERFORMANCE: &str = "the quality that it ranks by is not public; the default score stands for it";
const DIRECTION: &str = "which end comes first is not documented; the greater one is taken, but for cost and latency";

/// A metric by Concentrate's name.
struct Named {
    sort: Sort,
    why: &'static str,
}

pub(crate) fn read(draft: &mut Draft, model: &str, body: &Node<'_>) -> Read<Vec<Route>> {
    let mut own = Route::model("$model");
    prefix(draft, "/model", model, &mut own);
    let mut routes = vec![own];
    if let Some(routing) = body.get("routing") {
        read_routing(draft, model, &routing, &mut routes)?;
    }
    Ok(routes)
}

fn read_routing(draft: &mut Draft, model: &str, routing: &Node<'_>, routes: &mut Vec<Route>) -> Read<()> {
    let known: &[&str] = if routing.get("provider").is_some() || routing.get("model").is_some() {
        &["provider", "model"]
    } else {
        &["strategy", "metric", "interval", "provider", "model"]
    };
    draft.strangers(routing, known)?;
    if routing.get("provider").is_none() && routing.get("model").is_none() {
        return flat(draft, routing);
    }
    if let Some(provider) = routing.get("provider") {
        providers(draft, &provider)?;
    }
    if let Some(node) = routing.get("model") {
        draft.strangers(&node, &["sort", "fallbacks"])?;
        if let Some(fallbacks) = node.get("fallbacks") {
            let names = fallbacks.texts()?;
            draft.exact(&fallbacks.path, "chain");
            for (path, name) in names {
                let mut route = draft.route(&path, name, false);
                prefix(draft, &path, name, &mut route);
                routes.push(route);
            }
        }
        if let Some(sort) = node.get("sort") {
            sort_models(draft, model, &sort, routes)?;
        }
    }
    Ok(())
}

/// Guides say that a provider before a model is pinned; the later skills library, that it only comes first.
fn prefix(draft: &mut Draft, path: &str, model: &str, route: &mut Route) {
    if parse(Dialect::Native, model).provider().is_none() {
        return;
    }
    let (prefix, word) = match draft.reading {
        ReadAs::Documented => (Prefix::Pin, "pin"),
        ReadAs::AsCoded => (Prefix::Start, "start"),
    };
    route.settings.prefix = Some(prefix);
    draft.exact(path, format!("prefix = {word}"));
}

/// The first two generations: `metric` and `interval`, in the first with a `strategy`.
fn flat(draft: &mut Draft, routing: &Node<'_>) -> Read<()> {
    let window = window(routing)?;
    let metric = routing.get("metric");
    let (path, named) = match &metric {
        Some(node) => (node.path.clone(), metric_of(node, window)?),
        None => (routing.path.clone(), performance()),
    };
    let mut sort = named.sort;
    if let Some(strategy) = routing.get("strategy") {
        let is_min = strategy.word(&["min", "max"])? == "min";
        // Which of the two puts the best first depends on the metric.
        let lower_is_better = match sort.by {
            Order::Cost => true,
            Order::Metric(metric) => metric.quantity.lower_is_better(),
            Order::Score | Order::LlmGateway | Order::InverseSquarePrice => false,
        };
        sort.reverse = is_min != lower_is_better;
        draft.exact(&strategy.path, if is_min { "the least first" } else { "the greatest first" });
        draft.settings().failover = Some(Triggers::none());
        draft.settings().give_up = Some(GiveUp { after_attempts: Some(1), after_ms: None });
        draft.exact(&routing.path, "give_up.after_attempts = 1");
    }
    draft.sort(&path, sort, named.why);
    interval_entry(draft, routing, sort);
    Ok(())
}

fn providers(draft: &mut Draft, provider: &Node<'_>) -> Read<()> {
    draft.strangers(provider, &["sort", "interval", "fallbacks"])?;
    let window = window(provider)?;
    if let Some(sort) = provider.get("sort") {
        let named = metric_of(&sort, window)?;
        draft.sort(&sort.path, named.sort, named.why);
        interval_entry(draft, provider, named.sort);
    } else if let Some(interval) = provider.get("interval") {
        draft.nothing(&interval.path, "there is no `sort` that it is the window of");
    }
    if let Some(fallbacks) = provider.get("fallbacks") {
        // The guides call it an ordered list; the skills library, a list of the only providers.
        match draft.reading {
            ReadAs::Documented => {
                let order = draft.providers(&fallbacks, "order")?;
                draft.settings().order = Some(order);
            }
            ReadAs::AsCoded => {
                let allow = draft.providers(&fallbacks, "allow")?;
                draft.settings().rules.allow = allow;
            }
        }
    }
    Ok(())
}

/// `routing.model.sort` sorts the pool of `auto`, so the guides; the skills library says that it is not applied.
fn sort_models(draft: &mut Draft, model: &str, sort: &Node<'_>, routes: &mut [Route]) -> Read<()> {
    let named = metric_of(sort, Some(interval::SHORTEST))?;
    if draft.reading == ReadAs::AsCoded {
        draft.exact(&sort.path, "nothing: it is documented and not applied");
        return Ok(());
    }
    let mut is_used = false;
    for route in routes.iter_mut() {
        let is_auto = *route == Route::model("auto") || (*route == Route::model("$model") && model == "auto");
        if is_auto {
            route.settings.sort = Some(named.sort);
            is_used = true;
        }
    }
    let becomes = format!("sort of auto = {}", named.sort);
    match (is_used, named.why) {
        (false, _) => draft.nothing(&sort.path, "only `auto` chooses among models"),
        (true, "") => draft.exact(&sort.path, becomes),
        (true, why) => draft.approximate(&sort.path, becomes, why),
    }
    Ok(())
}

fn window(node: &Node<'_>) -> Read<Option<Millis>> {
    let Some(interval) = node.get("interval") else { return Ok(Some(interval::SHORTEST)) };
    match interval::read(interval.text()?) {
        Some(span) => Ok(Some(span)),
        None => interval.wrong("15 minutes or more, such as `15m`, `1 hour` or `7d`"),
    }
}

fn interval_entry(draft: &mut Draft, node: &Node<'_>, sort: Sort) {
    let Some(interval) = node.get("interval") else { return };
    match sort.by {
        Order::Metric(_) => draft.exact(&interval.path, format!("sort = {sort}")),
        Order::Score | Order::Cost | Order::LlmGateway | Order::InverseSquarePrice => {
            draft.exact(&interval.path, "nothing: what is sorted by has no window");
        }
    }
}

const fn performance() -> Named {
    Named { sort: Sort::by(Order::Score), why: PERFORMANCE }
}

/// Every metric's name of the three generations.
fn metric_of(node: &Node<'_>, window: Option<Millis>) -> Read<Named> {
    let text = node.text()?;
    let live = |quantity, aggregate, reverse, why| {
        let sort = Sort { by: Order::Metric(Metric { quantity, aggregate, window }), reverse };
        Ok(Named { sort, why })
    };
    let mean = Some(Aggregate::Mean);
    match text {
        "cost" => return Ok(Named { sort: by_cost(), why: "" }),
        "performance" => return Ok(performance()),
        "latency" => return live(Quantity::Latency, None, false, ""),
        "uptime" => return live(Quantity::Uptime, None, false, ""),
        // Requests a second at Concentrate, not tokens.
        "throughput" => return live(Quantity::Requests, None, true, "requests in the window, not by the second"),
        "total_requests" => return live(Quantity::Requests, Some(Aggregate::Sum), true, DIRECTION),
        "input_tokens" => return live(Quantity::InputTokens, mean, true, DIRECTION),
        "output_tokens" => return live(Quantity::OutputTokens, mean, true, DIRECTION),
        "total_tokens" => return live(Quantity::TotalTokens, mean, true, DIRECTION),
        _ => {}
    }
    let aggregated = text.split_once('_').and_then(|(how, what)| {
        let quantity = match what {
            "latency" => Quantity::Latency,
            "e2e_latency" => Quantity::EndToEnd,
            _ => return None,
        };
        Some((quantity, aggregate(how)?))
    });
    match aggregated {
        Some((quantity, aggregate)) => live(quantity, Some(aggregate), false, ""),
        None => node.wrong(
            "cost, performance, latency, uptime, throughput, total_requests, input_tokens, output_tokens, \
             total_tokens, or avg_, min_, max_ or p0_ to p100_ before latency or e2e_latency",
        ),
    }
}

fn aggregate(text: &str) -> Option<Aggregate> {
    match text {
        "avg" => Some(Aggregate::Mean),
        "min" => Some(Aggregate::Least),
        "max" => Some(Aggregate::Greatest),
        _ => {
            let digits = text.strip_prefix('p')?;
            let is_plain = digits == "0" || !digits.starts_with(['0', '+']);
            digits.parse().ok().filter(|percent: &u8| *percent <= 100 && is_plain).map(Aggregate::Percentile)
        }
    }
}
