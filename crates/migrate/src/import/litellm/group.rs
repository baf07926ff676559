use serde_json::json;
use switchback_plan::{
    Condition, Metric, Quantity, Rest, Route, Selector, Shape, Sort, Split, Threshold, Timeouts, Triggers,
};

use super::deployment::Deployment;
use super::router::{Router, Strategy};
use crate::Concept;
use crate::import::Desk;
use crate::import::desk::condition;

/// The route of one group: its deployments by strategy, order and tags.
pub(super) fn route(desk: &mut Desk<'_>, router: &Router, name: &str, deployments: &[Deployment<'_>]) -> Route {
    let tiers = tiers(desk, router, deployments);
    let mut parts: Vec<Route> = tiers.iter().map(|tier| tagged(desk, router, tier)).collect();
    parts.iter_mut().skip(1).for_each(|tier| tier.on = Some(Triggers::default()));
    let mut route = if parts.len() == 1 { parts.remove(0) } else { Route::chain(parts) };
    // Another healthy deployment is what a retry asks there; only a single one is asked again.
    if let Some(retry) = router.retry_of(name)
        && deployments.len() == 1
    {
        route.settings.retry = Some(retry);
    }
    route
}

/// Deployments by `order`, the lowest first. In 1.80 it counts only within pre-call checks, and only the lowest is used.
fn tiers<'d, 't>(
    desk: &mut Desk<'_>,
    router: &Router,
    deployments: &'d [Deployment<'t>],
) -> Vec<Vec<&'d Deployment<'t>>> {
    let fields: Vec<_> = deployments.iter().filter_map(Deployment::order_field).collect();
    let mut follows_code = false;
    for field in &fields {
        follows_code = desk.two_readings(
            *field,
            Concept::Chain,
            "deployments of a lower order come first, those of the next follow when they fail (since the releases of 2026)",
            "only the lowest order is used, and only with `enable_pre_call_checks` (1.80)",
        );
    }
    if fields.is_empty() || (follows_code && !router.checks) {
        return vec![deployments.iter().collect()];
    }
    let mut orders: Vec<u64> = deployments.iter().map(|deployment| deployment.order.unwrap_or(u64::MAX)).collect();
    orders.sort_unstable();
    orders.dedup();
    orders.truncate(if follows_code { 1 } else { usize::MAX });
    let of_order =
        |order: &u64| deployments.iter().filter(|deployment| deployment.order.unwrap_or(u64::MAX) == *order).collect();
    orders.iter().map(of_order).collect()
}

/// The deployments that the caller's tags allow: any that shares a tag, else those tagged `default`, else for requests
/// without tags all of them.
fn tagged(desk: &mut Desk<'_>, router: &Router, deployments: &[&Deployment<'_>]) -> Route {
    if !router.tags || deployments.iter().all(|deployment| deployment.tags.is_empty()) {
        return balanced(desk, router, deployments, false);
    }
    let own: Vec<&Deployment<'_>> =
        deployments.iter().copied().filter(|deployment| !deployment.tags.is_empty()).collect();
    let mut tags: Vec<&str> = own.iter().flat_map(|deployment| &deployment.tags).map(String::as_str).collect();
    tags.sort_unstable();
    tags.dedup();
    let mut matching = balanced(desk, router, &own, true);
    matching.when = has_any(&tags);
    let defaults: Vec<&Deployment<'_>> =
        own.iter().copied().filter(|deployment| deployment.tags.iter().any(|tag| tag == "default")).collect();
    let rest = if defaults.is_empty() {
        let mut all = balanced(desk, router, deployments, false);
        all.when = condition(json!({"of": "tags", "exists": false}));
        all
    } else {
        balanced(desk, router, &defaults, false)
    };
    Route::new(Shape::First(vec![matching, rest]))
}

fn has_any(tags: &[impl AsRef<str>]) -> Option<Condition> {
    let tags: Vec<&str> = tags.iter().map(AsRef::as_ref).collect();
    condition(json!({"of": "tags", "has_any": tags}))
}

/// One of the deployments, by the router's strategy.
fn balanced(desk: &mut Desk<'_>, router: &Router, deployments: &[&Deployment<'_>], by_tag: bool) -> Route {
    let share = share_of(desk, router, deployments);
    let outer = desk.policy.settings.timeout.unwrap_or_default();
    let mut parts: Vec<Route> = Vec::new();
    for deployment in deployments {
        let mut route = leaf(router, outer, deployment);
        if let Some(index) = share {
            route.weight = deployment.share_of(index);
        }
        if by_tag {
            route.when = has_any(&deployment.tags);
        }
        add(&mut parts, route);
    }
    if parts.len() == 1 {
        let mut only = parts.remove(0);
        only.weight = switchback_plan::Weight::ONE;
        return only;
    }
    match router.strategy {
        Strategy::Shuffle => {
            let mut split = Split::default();
            split.routes = parts;
            split.rest = Rest::Follow;
            Route::new(Shape::Split(split))
        }
        Strategy::Sorted(sort) => {
            // What follows the best is the next best, by the same setting.
            for part in &mut parts {
                part.settings.failover = None;
            }
            let mut route = Route::new(Shape::Any(parts));
            route.settings.sort = Some(sort);
            route
        }
    }
}

/// Two deployments of one model behind one credential are one endpoint: their weights join.
fn add(routes: &mut Vec<Route>, route: Route) {
    let same = routes
        .iter_mut()
        .find(|known| known.shape == route.shape && known.when == route.when && known.settings == route.settings);
    match same {
        Some(known) => {
            known.weight = switchback_plan::Weight::from_millionths(
                known.weight.millionths().saturating_add(route.weight.millionths()),
            );
        }
        None => routes.push(route),
    }
}

/// Which of `weight`, `rpm` and `tpm` shares the group out: the first that the first deployment has. Notes all of them.
fn share_of(desk: &mut Desk<'_>, router: &Router, deployments: &[&Deployment<'_>]) -> Option<usize> {
    let first = deployments.first()?;
    let counts = (0..3).find(|index| first.shares.get(*index).copied().flatten().is_some());
    let shuffles = matches!(router.strategy, Strategy::Shuffle);
    let is_mixed = counts
        .is_some_and(|index| deployments.iter().any(|other| other.shares.get(index).copied().flatten().is_none()));
    for deployment in deployments {
        for (index, field) in deployment.shares.iter().enumerate().filter_map(|(index, field)| Some((index, (*field)?)))
        {
            // Tagged deployments are gone through for their tags, and again for requests without any.
            if desk.notes.knows(field) {
                continue;
            }
            let is_share = shuffles && Some(index) == counts;
            match (is_share, index) {
                (true, _) if is_mixed => desk.notes.near(
                    field,
                    Concept::Split,
                    "its share of the split",
                    "other deployments of the group lack it and count as 0, as there",
                ),
                (true, _) => desk.notes.exact(field, Concept::Split, "its share of the split"),
                (false, 0) => {
                    let meant = if shuffles {
                        "a weight that does not count, since the first deployment of the group has none"
                    } else {
                        "a weight that this strategy does not look at"
                    };
                    desk.notes.lost(field, Concept::Split, meant, "drop it");
                }
                (false, _) if router.limits() => desk.notes.exact(
                    field,
                    Concept::Rate,
                    "`limit` of this deployment a minute; whoever measures supplies the count",
                ),
                (false, _) => desk.notes.lost(
                    field,
                    Concept::Rate,
                    "a rate that counts only as a weight, of which another was found first",
                    "add a `limit` to the policy if one is meant",
                ),
            }
        }
    }
    counts.filter(|_| shuffles)
}

/// A deployment as a route.
fn leaf(router: &Router, outer: Timeouts, deployment: &Deployment<'_>) -> Route {
    let mut route = Route::model(deployment.model.clone());
    route.name.clone_from(&deployment.name);
    // A deployment is one endpoint: what follows its failure is another deployment, or nothing.
    route.settings.failover = Some(Triggers::none());
    // What a deployment leaves open is said at the top.
    let timeout = deployment.timeout.or(outer);
    route.settings.timeout = (!deployment.timeout.is_empty()).then_some(timeout);
    route.settings.retry.clone_from(&deployment.retry);
    route.settings.cooldown.clone_from(&deployment.cooldown);
    route.settings.rewrite = (!deployment.rewrite.is_empty()).then(|| deployment.rewrite.clone());
    route.settings.rules.allow.extend(deployment.apart.clone());
    let selector: Vec<Selector> =
        deployment.apart.clone().or_else(|| deployment.model.parse().ok()).into_iter().collect();
    let mut limit = |quantity, window, bound: f64| {
        let metric = Metric { quantity, aggregate: Some(switchback_plan::Aggregate::Sum), window: Some(window) };
        route.settings.rules.limit.push(Threshold::at_most(metric, bound).of(selector.clone()));
    };
    let minute = switchback_units::Millis::from_secs(60);
    if router.limits() {
        for (index, quantity) in [(1, Quantity::Requests), (2, Quantity::TotalTokens)] {
            if let Some(bound) = deployment.shares.get(index).copied().flatten().and_then(crate::source::Field::number)
            {
                limit(quantity, minute, bound);
            }
        }
    }
    if let Some((dollars, window)) = deployment.budget {
        limit(Quantity::Spend, window, dollars);
    }
    route
}

/// The sort that a strategy is.
pub(super) fn sort(quantity: Quantity, window: Option<switchback_units::Millis>) -> Sort {
    Sort::by(switchback_plan::Order::Metric(Metric { quantity, aggregate: None, window }))
}
