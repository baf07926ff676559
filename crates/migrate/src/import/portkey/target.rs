use std::num::NonZeroU32;
use std::str::FromStr;

use switchback_plan::{
    Cooldown, Rest, Retry, RetryAfter, Rewrite, Route, Settings, Shape, Split, Subject, Trigger, Triggers, Weight,
};
use switchback_slug::{Dialect, Provider, aliases};
use switchback_units::{Millis, Ratio};

use super::{known, query};
use crate::Concept;
use crate::import::Desk;
use crate::import::places::{Details, Place, segment};
use crate::import::table;
use crate::notes::shown;
use crate::source::Field;

/// The route of a target: a strategy over targets of its own, or a provider.
pub(super) fn route(desk: &mut Desk<'_>, field: Field<'_>) -> Option<Route> {
    if let Some(host) = field.get("custom_host")
        && !desk.notes.knows(host)
    {
        let became = format!("the base URL of the credential's scope, {}", shown(host));
        desk.notes.near(host, Concept::Endpoint, &became, "not every gateway lets one choose where it sends");
        desk.notes.advise("Concentrate does not support it: call it directly there");
    }
    for key in field.members() {
        table::note(desk, key, known::TARGET);
    }
    let settings = settings(desk, field);
    let mut route = match field.get("targets") {
        Some(targets) => strategy(desk, field, targets),
        None => Some(leaf(desk, field)),
    }?;
    let inner = std::mem::replace(&mut route.settings, settings);
    route.settings.rules = inner.rules;
    if let Some(name) = field.get("name") {
        route.name = name.text().map(str::to_owned);
        desk.notes.exact(name, Concept::Group, "the route's name");
    }
    if let Some(weight) = field.get("weight") {
        weigh(desk, &mut route, weight);
    }
    Some(route)
}

fn weigh(desk: &mut Desk<'_>, route: &mut Route, field: Field<'_>) {
    match field.number().and_then(Weight::nearest) {
        Some(weight) => {
            route.weight = weight;
            desk.notes.exact(field, Concept::Split, "its share of the split");
        }
        None => desk.notes.lost_badly(
            field,
            Concept::Split,
            "a weight that is no number from 0",
            "give it one; it counts as 1",
        ),
    }
}

fn strategy(desk: &mut Desk<'_>, field: Field<'_>, targets: Field<'_>) -> Option<Route> {
    let strategy = field.get("strategy");
    let mode = strategy.and_then(|strategy| strategy.get("mode"));
    let kind = mode.and_then(Field::text).unwrap_or("single");
    let mut routes: Vec<(Field<'_>, Route)> = Vec::new();
    for target in targets.items() {
        let Some(route) = route(desk, target) else { continue };
        if routes.iter().any(|(_, earlier)| is_same(earlier, &route)) {
            let differs = "what tells it from an earlier target has no place here: a stored prompt, or the key of a \
                           provider where no model is named";
            desk.notes.near(target, Concept::Group, "the same route as an earlier target", differs);
        }
        routes.push((target, route));
    }
    let note = |desk: &mut Desk<'_>, concept, became: &str| {
        if let Some(mode) = mode {
            desk.notes.exact(mode, concept, became);
        }
    };
    match kind {
        "fallback" => {
            note(desk, Concept::Chain, "a chain");
            Some(chain(desk, strategy, routes))
        }
        "loadbalance" => {
            note(desk, Concept::Split, "a split of which only the drawn route is tried");
            Some(split(desk, strategy, routes))
        }
        "conditional" => {
            note(desk, Concept::Condition, "the first route whose condition holds");
            Some(query::conditional(desk, strategy?, &routes))
        }
        "single" => {
            note(desk, Concept::Pin, "its first target");
            let mut routes = routes.into_iter();
            let first = routes.next().map(|(_, route)| route);
            for (target, _) in routes {
                desk.notes.lost(
                    target,
                    Concept::Chain,
                    "a target that mode `single` never reaches",
                    "drop it, or choose another mode",
                );
            }
            first
        }
        _ => misspelled(desk, mode, kind, strategy, routes),
    }
}

/// Whether two routes are the same but for their names and shares.
fn is_same(one: &Route, other: &Route) -> bool {
    one.shape == other.shape && one.when == other.when && one.settings == other.settings
}

/// A mode that its code does not know: what was meant, where dashes are all that is wrong.
fn misspelled(
    desk: &mut Desk<'_>,
    mode: Option<Field<'_>>,
    kind: &str,
    strategy: Option<Field<'_>>,
    routes: Vec<(Field<'_>, Route)>,
) -> Option<Route> {
    let mode = mode?;
    if kind.replace(['-', '_'], "") != "loadbalance" {
        let meant = format!("mode {}, which is unknown", shown(mode));
        desk.notes.lost_badly(
            mode,
            Concept::Chain,
            meant,
            "one of `single`, `fallback`, `loadbalance`, `conditional`; read as a chain",
        );
        return Some(chain(desk, strategy, routes));
    }
    let follows_code = desk.two_readings(
        mode,
        Concept::Split,
        "`loadbalance`, as the page means that shows it",
        "no mode that the code knows: requests fail",
    );
    if follows_code { None } else { Some(split(desk, strategy, routes)) }
}

/// Each target after the first is reached by the codes, or by any failure.
fn chain(desk: &mut Desk<'_>, strategy: Option<Field<'_>>, routes: Vec<(Field<'_>, Route)>) -> Route {
    let codes = strategy.and_then(|strategy| strategy.get("on_status_codes"));
    let on = codes.map_or_else(Triggers::any, |codes| triggers(desk, codes, "what leads from one target to the next"));
    let routes = routes.into_iter().enumerate().map(|(index, (_, mut route))| {
        route.on = (index > 0).then(|| on.clone());
        route
    });
    Route::chain(routes)
}

/// Only the drawn target is tried: there load balancing is no failover.
fn split(desk: &mut Desk<'_>, strategy: Option<Field<'_>>, routes: Vec<(Field<'_>, Route)>) -> Route {
    let mut split = Split::default();
    split.rest = Rest::Drop;
    split.routes = routes.into_iter().map(|(_, route)| route).collect();
    let sticky = strategy.and_then(|strategy| strategy.get("sticky"));
    let is_on = sticky.and_then(|sticky| sticky.get("enabled")).is_none_or(|enabled| enabled.truth() != Some(false));
    for part in sticky.into_iter().flat_map(Field::members) {
        match part.key {
            "enabled" => desk.notes.exact(part, Concept::Affinity, "whether the draw depends on the fields"),
            "hash_fields" => {
                let became = "`by`: equal values draw the same target";
                let read = |name: Field<'_>| Subject::from_str(&subject(name.text()?)?).ok();
                let subjects = desk.list(part, Concept::Affinity, became, read);
                split.by = if is_on { subjects } else { Vec::new() };
            }
            "ttl" => desk.notes.near(
                part,
                Concept::Affinity,
                "`by`",
                "equal values draw the same target for ever, not for this time",
            ),
            _ => {}
        }
    }
    Route::new(Shape::Split(split))
}

/// How policies write what a Config looks at.
pub(super) fn subject(name: &str) -> Option<String> {
    match name.split_once('.')? {
        ("metadata", key) => Some(format!("metadata.{key}")),
        ("params", "model") => Some("model".to_owned()),
        ("params", path) => Some(format!("body.{path}")),
        _ => None,
    }
}

/// Status codes as triggers.
fn triggers(desk: &mut Desk<'_>, codes: Field<'_>, became: &str) -> Triggers {
    let read = |code: Field<'_>| code.whole()?.to_string().parse::<Trigger>().ok();
    desk.list(codes, Concept::Trigger, became, read).into_iter().collect()
}

/// A provider, or a stored name of one, with the model that it is to be asked for.
fn leaf(desk: &mut Desk<'_>, field: Field<'_>) -> Route {
    let model = field.get("override_params").and_then(|params| params.get("model"));
    let text = model.and_then(Field::text);
    let named = field.get_any(&["provider", "virtual_key", "integration"]);
    let (slug, rest) = match text.and_then(|text| text.strip_prefix('@')).and_then(|text| text.split_once('/')) {
        Some((slug, rest)) => (Some(slug), Some(rest)),
        None => (None, text),
    };
    // A header or key wins over the model's own prefix.
    let name = named.and_then(Field::text).or(slug).map(|name| name.trim_start_matches('@'));
    let at = named.or(model);
    let provider = name.zip(at).and_then(|(name, at)| provider(desk, at, name, slug.is_some()));
    let key = field.get("virtual_key").filter(|_| field.get("provider").is_some());
    if let Some(key) = key {
        desk.notes.exact(key, Concept::Credential, format!("a credential by its name, {}", shown(key)));
    }
    // The prefix may stand twice.
    let rest = rest.map(|rest| {
        name.and_then(|name| rest.strip_prefix('@')?.strip_prefix(name)?.strip_prefix('/')).unwrap_or(rest)
    });
    let details = credential(field, key.and_then(Field::text).or(name));
    if let Some(model) = model
        && !desk.notes.knows(model)
    {
        desk.notes.exact(model, Concept::Model, format!("model {}", shown(model)));
    }
    match (provider, rest) {
        (Some(provider), Some(id)) => {
            let place = Place { provider, model: id.to_owned() };
            let apart = desk.place(model.unwrap_or(field), &place, details);
            let mut route = Route::model(place.text());
            route.settings.rules.allow.extend(apart);
            route
        }
        (Some(provider), None) => {
            desk.places.add_scope(segment(&provider), details);
            let mut route = Route::model("$model");
            route.settings.rules.allow.extend(segment(&provider).parse().ok());
            route
        }
        // Of an integration whose provider is not known, any provider may be meant.
        (None, Some(model)) => {
            desk.places.add_scope(&format!("*/{model}"), details);
            Route::model(model)
        }
        (None, None) => {
            desk.places.add_scope("*", details);
            Route::model("$model")
        }
    }
}

/// The stored credential of a target, or the place of one that is written into it, and where it sends.
fn credential(field: Field<'_>, name: Option<&str>) -> Details {
    let is_plain = |text: &str| !text.starts_with('@');
    let is_stored =
        field.get("virtual_key").is_some() || !field.get("provider").and_then(Field::text).is_some_and(is_plain);
    let inline = || field.get("api_key").map(|key| format!("inline-{}-{}", key.node.at.line, key.node.at.column));
    Details {
        credential: name.filter(|_| is_stored).map(str::to_owned).or_else(inline),
        base_url: field.get("custom_host").and_then(Field::text).map(str::to_owned),
        ..Details::default()
    }
}

/// The provider behind a name: known from a map, a provider's own, or by how the name begins.
fn provider(desk: &mut Desk<'_>, field: Field<'_>, name: &str, in_model: bool) -> Option<Provider> {
    let mapped = desk.integrations.get(name).map(|provider| Provider::from(provider.as_str()));
    let is_stored = field.key != "provider" || field.text().is_some_and(|text| text.starts_with('@'));
    if is_stored {
        desk.retire(name, crate::RetiredKind::Reference);
    }
    let concept = if in_model { Concept::Model } else { Concept::Credential };
    if let Some(known) = mapped.or_else(|| aliases::resolve(Dialect::Portkey, name)) {
        desk.notes.exact(field, concept, format!("provider `{known}`, by the name {}", shown(field)));
        return Some(known);
    }
    let guess = by_beginning(name);
    let readings = vec![
        crate::Reading {
            name: "by_name",
            detail: guess.as_ref().map_or_else(
                || "no provider's name: any provider of the model".to_owned(),
                |guess| format!("provider `{guess}`"),
            ),
            taken: true,
        },
        crate::Reading {
            name: "elsewhere",
            detail: "the name is its user's choice and may stand for any provider".to_owned(),
            taken: false,
        },
    ];
    desk.notes.ambiguous(
        field,
        concept,
        format!("an integration, {}, whose provider its workspace knows", shown(field)),
        readings,
    );
    desk.notes.advise(format!("say which provider it is of: `--integration {name}=PROVIDER`"));
    desk.notes.weigh(switchback_ir::Importance::Required);
    guess
}

/// The provider whose name the longest row of leading words is: `openai` of `openai-prod-1`.
fn by_beginning(name: &str) -> Option<Provider> {
    let plain = name.to_ascii_lowercase().replace('_', "-");
    let words: Vec<&str> = plain.split('-').collect();
    (1..=words.len()).rev().find_map(|count| {
        let start = words.get(..count)?.join("-");
        let canonical = || {
            aliases::spellings(Dialect::LiteLlm)
                .map(|(_, provider)| provider)
                .find(|provider| provider.as_str() == start)
        };
        aliases::resolve(Dialect::Portkey, &start)
            .or_else(|| aliases::resolve(Dialect::Native, &start))
            .or_else(canonical)
    })
}

/// What holds for a target and what is below it.
fn settings(desk: &mut Desk<'_>, field: Field<'_>) -> Settings {
    let mut settings = Settings::default();
    if let Some(limit) = field.get("request_timeout") {
        let millis = limit.whole().map(Millis::new);
        let mut timeouts = switchback_plan::Timeouts::default();
        timeouts.total_ms = millis;
        settings.timeout = millis.map(|_| timeouts);
        if let Some(millis) = millis {
            desk.notes.exact(limit, Concept::Timeout, format!("`timeout.total_ms` {}", millis.get()));
        }
    }
    settings.retry = field.get("retry").map(|retry| retries(desk, retry));
    settings.cooldown = field.get("cb_config").map(|breaker| cooldown(desk, breaker));
    settings.rewrite = rewrite(desk, field);
    settings
}

/// The statuses that the documentation names; the code's list is the same without 529.
const DOCUMENTED: [u16; 6] = [429, 500, 502, 503, 504, 529];

fn retries(desk: &mut Desk<'_>, field: Field<'_>) -> Retry {
    /// More attempts than that are cut off there.
    const MOST: u64 = 5;
    let mut retry = Retry::default();
    retry.retry_after = RetryAfter::Ignore;
    retry.retry_after_max_ms = Millis::from_secs(60);
    retry.backoff.first_ms = Millis::from_secs(1);
    retry.backoff.factor = NonZeroU32::MIN.saturating_add(1);
    retry.backoff.max_ms = Millis::from_secs(16);
    retry.backoff.jitter = Ratio::ZERO;
    let mut follows_code = false;
    for part in field.members() {
        match part.key {
            "attempts" => {
                let Some(asked) = part.whole() else { continue };
                retry.attempts = u32::try_from(asked.min(MOST)).unwrap_or(0);
                if asked > MOST {
                    desk.notes.near(part, Concept::Retry, "`retry.attempts` 5", "more are cut off there too");
                } else {
                    desk.notes.exact(part, Concept::Retry, format!("`retry.attempts` {asked}"));
                }
                if field.get("on_status_codes").is_none() {
                    follows_code = desk.two_readings(
                        part,
                        Concept::Trigger,
                        "after 429, 500, 502, 503, 504 and 529",
                        "after 429, 500, 502, 503 and 504",
                    );
                }
            }
            "on_status_codes" => {
                retry.on = triggers(desk, part, "`retry.on`");
            }
            "use_retry_after_header" | "use_retry_after_headers" => {
                if part.truth() == Some(true) {
                    retry.retry_after = RetryAfter::Honour;
                }
                desk.notes.exact(part, Concept::Retry, "`retry.retry_after`, at most a minute");
            }
            "delay" => desk.notes.lost(
                part,
                Concept::Retry,
                "no key that a Config has: waits there are 1, 2, 4, 8 and 16 seconds",
                "set `retry.backoff.first_ms`",
            ),
            _ => {}
        }
    }
    if field.get("on_status_codes").is_none() {
        let codes = DOCUMENTED.iter().filter(|code| !follows_code || **code != 529);
        retry.on = codes.filter_map(|code| code.to_string().parse::<Trigger>().ok()).collect();
    }
    retry
}

fn cooldown(desk: &mut Desk<'_>, field: Field<'_>) -> Cooldown {
    /// The shortest interval there.
    const SHORTEST: u64 = 30_000;
    let mut cooldown = Cooldown::default();
    cooldown.on = Triggers::read(["5xx"]).unwrap_or_default();
    for part in field.members() {
        match part.key {
            "failure_threshold" => {
                let Some(count) = part.whole().and_then(|count| u32::try_from(count).ok()) else { continue };
                cooldown.failures = count;
                desk.notes.exact(part, Concept::Cooldown, format!("`cooldown.failures` {}", cooldown.failures));
            }
            "cooldown_interval" => {
                let Some(asked) = part.whole() else { continue };
                cooldown.for_ms = Millis::new(asked.max(SHORTEST));
                desk.notes.exact(part, Concept::Cooldown, format!("`cooldown.for_ms` {}", cooldown.for_ms.get()));
            }
            "failure_status_codes" => {
                cooldown.on = triggers(desk, part, "`cooldown.on`");
            }
            "failure_threshold_percentage" => desk.notes.near(
                part,
                Concept::Gate,
                "the uptime gate",
                "it goes by a share of failures of its own, not this one",
            ),
            "minimum_requests" => {
                desk.notes.near(part, Concept::Gate, "the uptime gate", "it has a number of samples of its own");
            }
            _ => {}
        }
    }
    cooldown
}

/// `default_params`, `override_params` but for the model, and `drop_params`.
fn rewrite(desk: &mut Desk<'_>, field: Field<'_>) -> Option<Rewrite> {
    let mut rewrite = Rewrite::default();
    for param in field.get("default_params").into_iter().flat_map(Field::members) {
        let Some(value) = desk.parameter(param) else { continue };
        rewrite.default.insert(param.key.to_owned(), value);
        desk.notes.exact_whole(param, Concept::Rewrite, format!("`rewrite.default.{}`", param.key));
    }
    for param in field.get("override_params").into_iter().flat_map(Field::members).filter(|param| param.key != "model")
    {
        let Some(value) = desk.parameter(param) else { continue };
        rewrite.set.insert(param.key.to_owned(), value);
        desk.notes.exact_whole(param, Concept::Rewrite, format!("`rewrite.set.{}`", param.key));
    }
    for path in field.get("drop_params").into_iter().flat_map(Field::items) {
        match path.text().and_then(pointer) {
            Some(pointer) => {
                desk.notes.exact(path, Concept::Rewrite, format!("`rewrite.drop` `{pointer}`"));
                rewrite.drop.push(pointer);
            }
            None => desk.notes.lost(
                path,
                Concept::Rewrite,
                format!("leaves out {}, which is within a list", shown(path)),
                "leave it out in the application",
            ),
        }
    }
    (!rewrite.is_empty()).then_some(rewrite)
}

/// A path of members as a JSON Pointer; nothing where it goes through a list.
fn pointer(path: &str) -> Option<String> {
    if path.contains('[') {
        return None;
    }
    if path.contains('.') { Some(format!("/{}", path.replace('.', "/"))) } else { Some(path.to_owned()) }
}
