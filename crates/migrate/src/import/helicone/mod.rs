//! Helicone: the YAML of its open-source ai-gateway, by its source of 2025-07, and request headers as a configuration.

mod known;
mod router;

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use switchback_plan::{Gate, Route, Shape, Triggers};
use switchback_slug::Dialect;
use switchback_units::{Millis, Ratio};

use super::{Desk, leaf, table};
use crate::Concept;
use crate::source::Field;

pub(super) fn import(desk: &mut Desk<'_>, root: Field<'_>) {
    desk.policy.settings.failover = Some(Triggers::none());
    for section in root.members() {
        match section.key {
            "routers" => routers(desk, section),
            "default-model-mapping" => mappings(desk, section),
            "discover" => discover(desk, section),
            "global" => section.members().for_each(|key| {
                table::note(desk, key, known::ROUTER);
            }),
            _ => {
                table::note(desk, section, known::SECTIONS);
            }
        }
    }
    // What takes a model's place is a model, for which nothing else is taken.
    let names: BTreeSet<String> = desk.policy.groups.keys().cloned().collect();
    for (name, route) in &mut desk.policy.groups {
        leaf::no_group(route, name, &names);
    }
}

/// The routers by the name in the path: the only one, or the one that the caller's metadata name.
fn routers(desk: &mut Desk<'_>, section: Field<'_>) {
    let mut routes: Vec<Route> = Vec::new();
    let count = section.members().count();
    for router in section.members() {
        let Some(mut route) = router::route(desk, router) else { continue };
        route.name = Some(router.key.to_owned());
        if count > 1 {
            route.when = super::desk::condition(serde_json::json!({"of": "metadata.router", "eq": router.key}));
            let became = format!("the route where `metadata.router` is `{}`", router.key);
            desk.notes.exact(router, Concept::Condition, became);
            desk.notes.advise("hand the name in the path, `/router/NAME`, to the planner as the caller's metadata");
        } else {
            desk.notes.exact(router, Concept::Group, "the route of every request");
        }
        routes.push(route);
    }
    desk.policy.route = match routes.len() {
        0 => None,
        1 => Some(routes.remove(0)),
        _ => Some(Route::new(Shape::First(routes))),
    };
}

/// `{model: [models]}`: what takes a model's place, in order.
pub(super) fn mappings(desk: &mut Desk<'_>, section: Field<'_>) {
    for mapping in section.members() {
        let mut chain = vec![Route::model(mapping.key)];
        for target in mapping.values() {
            let Some(name) = target.text() else { continue };
            let mut route = Route::model(router::spelled(desk, target, Dialect::HeliconeAiGateway));
            route.on = Some(Triggers::any());
            chain.push(route);
            desk.notes.exact(
                target,
                Concept::Chain,
                format!("`{}` follows `{}`", crate::secret::shown("", name), mapping.key),
            );
        }
        desk.policy.groups.insert(mapping.key.to_owned(), Route::chain(chain));
    }
}

/// `discover.monitor.health`: the share of failures that closes a provider.
fn discover(desk: &mut Desk<'_>, section: Field<'_>) {
    let health = section.get("monitor").and_then(|monitor| monitor.get("health"));
    for key in section.members().filter(|key| key.key != "monitor") {
        table::note(desk, key, known::DISCOVER);
    }
    for key in section.get("monitor").into_iter().flat_map(Field::members) {
        table::note(desk, key, known::DISCOVER);
    }
    for key in health.into_iter().flat_map(Field::members) {
        match key.key {
            "type" => desk.notes.exact(key, Concept::Gate, "a gate by the share of failures"),
            "ratio" => {
                let Some(share) = key.number().filter(|share| (0.0..=1.0).contains(share)) else { continue };
                desk.policy.settings.gate = Some(Gate::at(Ratio::clamped(1.0 - share)));
                desk.notes.exact(key, Concept::Gate, format!("`gate.below` {}", Ratio::clamped(1.0 - share)));
            }
            "window" | "buckets" | "interval" | "grace_period" => {
                desk.notes.exact_whole(
                    key,
                    Concept::Gate,
                    "a setting of whoever measures: windows and samples of `switchback-uptime`",
                );
            }
            "grace-period" => {
                desk.two_readings(
                    key,
                    Concept::Gate,
                    "`grace-period`, a setting of whoever measures",
                    "the code knows `grace_period` alone, and refuses the file",
                );
            }
            _ => {}
        }
    }
}

/// `retries`: the code's keys, and the documentation's (`base`, `max`, `enabled`).
pub(super) fn retries(desk: &mut Desk<'_>, field: Field<'_>) -> Option<switchback_plan::Retry> {
    let mut retry = switchback_plan::Retry::default();
    let mut is_on = true;
    for part in field.members() {
        let note = |desk: &mut Desk<'_>, became: String, documented: bool| {
            desk.notes.exact(part, Concept::Retry, became);
            if documented {
                desk.notes.advise("spelled as the documentation has it; the code has another name for it");
            }
        };
        match part.key {
            "strategy" => {
                if part.text() == Some("constant") {
                    retry.backoff.factor = NonZeroU32::MIN;
                }
                note(desk, "`retry.backoff`".to_owned(), false);
            }
            "enabled" => {
                is_on = part.truth() != Some(false);
                note(desk, "whether anything is tried again".to_owned(), true);
            }
            "max-retries" => {
                let Some(count) = part.whole().and_then(|count| u32::try_from(count).ok()) else { continue };
                retry.attempts = count;
                note(desk, format!("`retry.attempts` {}", retry.attempts), false);
            }
            "min-delay" | "base" | "delay" => {
                let Some(delay) = part.text().and_then(duration) else { continue };
                retry.backoff.first_ms = delay;
                note(desk, format!("`retry.backoff.first_ms` {}", delay.get()), part.key == "base");
            }
            "max-delay" | "max" => {
                let Some(delay) = part.text().and_then(duration) else { continue };
                retry.backoff.max_ms = delay;
                note(desk, format!("`retry.backoff.max_ms` {}", delay.get()), part.key == "max");
            }
            "factor" => {
                let Some(factor) = part.number().map(f64::round) else { continue };
                let whole = (1_u32..=100).find(|whole| f64::from(*whole) >= factor).and_then(NonZeroU32::new);
                retry.backoff.factor = whole.unwrap_or(NonZeroU32::MIN);
                note(desk, format!("`retry.backoff.factor` {}", retry.backoff.factor), false);
            }
            _ => {}
        }
    }
    is_on.then_some(retry)
}

/// `250ms`, `30s`, `1m`, `1h`.
pub(super) fn duration(text: &str) -> Option<Millis> {
    text.parse().ok()
}
