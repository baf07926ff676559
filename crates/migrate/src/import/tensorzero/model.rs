use switchback_plan::{Route, Timeouts, Triggers};
use switchback_slug::{Dialect, Provider, aliases};
use switchback_units::Millis;

use super::known;
use crate::Concept;
use crate::import::Desk;
use crate::import::places::{Details, Place};
use crate::import::table;
use crate::notes::shown;
use crate::source::Field;

/// `[models.NAME]`: its providers in the order of `routing`, any error moving on.
pub(super) fn group(desk: &mut Desk<'_>, field: Field<'_>) {
    for key in field.members() {
        table::note(desk, key, known::MODEL);
    }
    let providers = field.get("providers");
    for provider in providers.into_iter().flat_map(Field::members) {
        for key in provider.members() {
            table::note(desk, key, known::PROVIDER);
        }
    }
    let mut routes = Vec::new();
    let mut reached: Vec<&str> = Vec::new();
    for name in field.get("routing").into_iter().flat_map(Field::items) {
        let provider = name.text().and_then(|name| providers?.get(name));
        let Some(provider) = provider else {
            desk.notes.lost_badly(
                name,
                Concept::Chain,
                format!("{}, which the model has no provider of", shown(name)),
                "name one of its providers",
            );
            continue;
        };
        reached.push(provider.key);
        if let Some(mut route) = route(desk, provider) {
            route.on = (!routes.is_empty()).then(Triggers::any);
            desk.notes.exact(
                name,
                Concept::Chain,
                format!("place {} of the chain; any failure moves on", routes.len() + 1),
            );
            routes.push(route);
        }
    }
    for provider in providers.into_iter().flat_map(Field::members).filter(|provider| !reached.contains(&provider.key)) {
        desk.notes.lost(
            provider,
            Concept::Chain,
            "a provider that `routing` does not name",
            "name it there, or drop it",
        );
    }
    let mut route = if routes.len() == 1 { routes.remove(0) } else { Route::chain(routes) };
    let outer = timeouts(desk, field.get("timeouts"));
    let inner = route.settings.timeout.unwrap_or_default().or(outer);
    route.settings.timeout = (!inner.is_empty()).then_some(inner);
    if route.children().is_empty() && matches!(route.shape, switchback_plan::Shape::Chain(_)) {
        return;
    }
    add(desk, field.key, route);
}

/// Adds a group under the model's name, and under the name that requests at the OpenAI endpoint use.
fn add(desk: &mut Desk<'_>, name: &str, route: Route) {
    desk.policy.groups.insert(format!("tensorzero::model_name::{name}"), Route::model(name));
    desk.policy.groups.insert(name.to_owned(), route);
}

/// One provider of a model.
fn route(desk: &mut Desk<'_>, field: Field<'_>) -> Option<Route> {
    let kind = field.get("type")?;
    let Some(provider) = kind.text().and_then(|kind| aliases::resolve(Dialect::TensorZero, kind).or_else(|| own(kind)))
    else {
        desk.notes.lost_badly(
            kind,
            Concept::Endpoint,
            format!("provider type {}, which is not known", shown(kind)),
            "add the endpoint to the catalog",
        );
        return None;
    };
    let id = field.get_any(&["model_name", "model_id", "deployment_id", "endpoint_id"]);
    let Some((id, model)) = id.and_then(|id| Some((id, id.text()?))) else {
        desk.notes.lost_badly(kind, Concept::Endpoint, "a provider that names no model", "name its model");
        return None;
    };
    desk.notes.exact(kind, Concept::Endpoint, format!("provider `{provider}`"));
    desk.notes.exact(id, Concept::Model, format!("model {}", shown(id)));
    let place = Place { provider, model: model.to_owned() };
    let details = details(desk, field);
    let mut route = Route::model(place.text());
    route.settings.rules.allow.extend(desk.place(id, &place, details));
    route.name = Some(field.key.to_owned());
    let timeouts = timeouts(desk, field.get("timeouts"));
    route.settings.timeout = (!timeouts.is_empty()).then_some(timeouts);
    for key in ["api_base", "endpoint", "location", "region"].iter().filter_map(|key| field.get(key)) {
        if !desk.notes.knows(key) {
            desk.notes.exact(key, Concept::Endpoint, format!("of the credential's scope: {}", shown(key)));
        }
    }
    Some(route)
}

/// Types of configurations that model strings do not have.
fn own(kind: &str) -> Option<Provider> {
    Some(match kind {
        "azure" => Provider::AZURE_OPENAI,
        "aws_bedrock" => Provider::BEDROCK,
        "vllm" | "sglang" | "tgi" | "hyperbolic" | "aws_sagemaker" | "dummy" | "relay" => Provider::from(kind),
        _ => return None,
    })
}

fn details(desk: &mut Desk<'_>, field: Field<'_>) -> Details {
    let text = |key: &str| field.get(key).and_then(Field::text);
    let location = field.get_any(&["api_key_location", "credential_location"]);
    let named = location
        .and_then(|location| credential(desk, location))
        .filter(|name| *name != "none" && !crate::secret::looks_secret(name));
    Details {
        credential: named.map(|name| name.strip_prefix("env::").unwrap_or(name).to_owned()),
        base_url: text("api_base").or_else(|| text("endpoint")).map(str::to_owned),
        region: text("location").or_else(|| text("region")).map(str::to_owned),
        facts: super::cost::read(desk, field),
        ..Details::default()
    }
}

/// Where a credential is found: one place, several in order, or a `default` and a `fallback`.
fn credential<'t>(desk: &mut Desk<'_>, location: Field<'t>) -> Option<&'t str> {
    let ways = [location.get("default"), location.get("fallback")];
    for way in ways.into_iter().flatten().filter(|way| !way.is_null()) {
        if !desk.notes.knows(way) {
            desk.notes.exact(way, Concept::Credential, format!("a credential by its name, {}", shown(way)));
        }
    }
    location.text().or_else(|| location.items().find_map(Field::text)).or_else(|| location.get("default")?.text())
}

/// `{non_streaming: {total_ms}, streaming: {ttft_ms}}`.
pub(super) fn timeouts(desk: &mut Desk<'_>, field: Option<Field<'_>>) -> Timeouts {
    let mut timeouts = Timeouts::default();
    for limit in field
        .into_iter()
        .flat_map(Field::members)
        .flat_map(|kind| kind.members().map(move |limit| (kind.key, limit)).collect::<Vec<_>>())
    {
        let (kind, limit) = limit;
        let Some(millis) = limit.whole().map(Millis::new) else { continue };
        match (kind, limit.key) {
            ("non_streaming", "total_ms") => {
                timeouts.total_ms = Some(millis);
                desk.notes.exact(
                    limit,
                    Concept::Timeout,
                    format!("`timeout.total_ms` {}, of streams too", millis.get()),
                );
            }
            ("streaming", "ttft_ms") => {
                timeouts.first_token_ms = Some(millis);
                desk.notes.exact(limit, Concept::Timeout, format!("`timeout.first_token_ms` {}", millis.get()));
            }
            ("streaming", "total_ms") => {
                timeouts.total_ms = timeouts.total_ms.or(Some(millis));
                desk.notes.near(
                    limit,
                    Concept::Timeout,
                    "`timeout.total_ms`",
                    "one limit holds for streams and for whole answers",
                );
            }
            _ => {}
        }
    }
    timeouts
}
