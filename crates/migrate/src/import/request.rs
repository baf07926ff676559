//! The request objects of three gateways, as the planner reads them from requests.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use switchback_ir::{self as ir, Name, Owner, RawJson, Text};
use switchback_plan::{Carried, ReadAs, RequestReader, Route, Routing, Shape, System};

use super::{Choice, Desk};
use crate::source::{Field, push_step};
use crate::{Concept, Reading, model};

/// Reads an object as the planner reads the requests of that system, for a policy that holds for every request.
pub(super) fn import(desk: &mut Desk<'_>, root: Field<'_>, system: System) {
    let bare = is_bare(root, system);
    let mut members = members(desk, root);
    if bare {
        members = Map::from_iter([("provider".to_owned(), Value::Object(members))]);
    }
    let mut body = Value::Object(members);
    let routing = read(desk, root, &mut body, system, bare);
    note(desk, root, &routing, bare);
    let taken = &routing.of(desk.choice).overlay;
    desk.policy.settings = taken.settings.clone();
    desk.policy.route = taken.route.clone().and_then(|route| of_any_request(route, root));
    if let Some(model) = root.get("model").filter(|_| !bare)
        && !desk.notes.knows(model)
    {
        desk.notes.exact(model, Concept::Model, "`$model`: whatever the request names");
    }
    for member in root.members() {
        if !desk.notes.knows(member) && !matches!(member.key, "provider" | "routing" | "models" | "fallbacks") {
            desk.notes.exact_whole(member, Concept::Content, "a parameter of the request, which stays there");
        }
    }
}

/// OpenRouter's `provider` object by itself.
fn is_bare(root: Field<'_>, system: System) -> bool {
    const OWN: [&str; 8] = ["order", "only", "ignore", "sort", "allow_fallbacks", "zdr", "max_price", "quantizations"];
    system == System::OpenRouter
        && root.get_any(&["provider", "models", "model", "messages", "fallbacks"]).is_none()
        && root.get_any(&OWN).is_some()
}

/// The members that a request may have, without what holds a secret.
fn members(desk: &mut Desk<'_>, root: Field<'_>) -> Map<String, Value> {
    root.members().filter_map(|member| Some((member.key.to_owned(), desk.parameter(member)?))).collect()
}

/// What a body says by both accounts of its system.
struct Readings {
    documented: Routing,
    as_coded: Routing,
}

impl Readings {
    const fn of(&self, choice: Choice) -> &Routing {
        match choice {
            Choice::Documented => &self.documented,
            Choice::AsCoded => &self.as_coded,
        }
    }
}

/// Reads a body. A value that its system does not document is noted and taken out, so that the others are read.
fn read(desk: &mut Desk<'_>, root: Field<'_>, body: &mut Value, system: System, bare: bool) -> Readings {
    let reader = RequestReader::default().of(system);
    loop {
        let request = request(body);
        let headers = BTreeMap::new();
        let documented = reader.reading(ReadAs::Documented).read(&request, &headers);
        let as_coded = reader.reading(ReadAs::AsCoded).read(&request, &headers);
        let error = match (documented, as_coded) {
            (Ok(Some(documented)), Ok(Some(as_coded))) => return Readings { documented, as_coded },
            (Err(error), _) | (_, Err(error)) => error,
            (Ok(_), Ok(_)) => {
                // A system that is named is always read.
                *body = Value::Object(Map::new());
                continue;
            }
        };
        let path = error.path().to_owned();
        if let Some(field) = find(root, &path, bare) {
            let meant = format!("not what is documented: expected {}", error.expected());
            desk.notes.lost_badly(field, concept(&path), meant, "write it as documented, then import again");
        }
        if !remove(body, &path) {
            *body = Value::Object(Map::new());
        }
    }
}

/// A request with the body's members and nothing else.
fn request(body: &Value) -> ir::Request<'static> {
    // Where it names no model, what it says is about whatever the request names.
    let nameless = if body.get("models").is_some() { "" } else { "$model" };
    let named = body.get("model").and_then(Value::as_str).unwrap_or(nameless);
    let mut request = ir::Request::new(named.to_owned());
    for (name, value) in body.as_object().into_iter().flatten().filter(|(name, _)| *name != "model") {
        let text = value.to_string();
        let Ok(value) = RawJson::parse(&text) else { continue };
        let name = Name::Unknown(Text::from(name.clone()));
        let (value, place) = (value.into_owned(), ir::Place::NONE);
        request.fields.push(ir::Field { owner: Owner::Request, object: "", name, value, place });
    }
    request
}

/// Notes what the reader says of each member; where the two accounts differ, both.
fn note(desk: &mut Desk<'_>, root: Field<'_>, readings: &Readings, bare: bool) {
    let other = |choice: Choice| match choice {
        Choice::Documented => &readings.as_coded,
        Choice::AsCoded => &readings.documented,
    };
    let own = &readings.of(desk.choice).entries;
    for (index, entry) in own.iter().enumerate() {
        let Some(field) = find(root, &entry.path, bare) else { continue };
        let concept = concept(&entry.path);
        // A place may have several entries.
        let earlier = own.iter().take(index).filter(|earlier| earlier.path == entry.path).count();
        let same_place = other(desk.choice).entries.iter().filter(|other| other.path == entry.path).nth(earlier);
        let told = |entry: &switchback_plan::Entry| {
            let parts = [entry.becomes.as_str(), entry.why.as_str()];
            parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
        };
        if let Some(differs) = same_place.filter(|other| *other != entry) {
            let reading = |choice: Choice| Reading {
                name: choice.name(),
                detail: if choice == desk.choice { told(entry) } else { told(differs) },
                taken: choice == desk.choice,
            };
            let detail = format!("the guides and later public facts differ; read as {}", desk.choice.name());
            let both = vec![reading(Choice::Documented), reading(Choice::AsCoded)];
            desk.notes.ambiguous(field, concept, detail, both);
            continue;
        }
        match entry.carried {
            Carried::Exact => desk.notes.exact_whole(field, concept, format!("`{}`", entry.becomes)),
            Carried::Approximate => desk.notes.near(field, concept, &format!("`{}`", entry.becomes), &entry.why),
            Carried::Nothing => {
                desk.notes.lost(field, concept, "nothing here means that", entry.why.clone());
            }
        }
    }
}

/// The field at a pointer of the body.
fn find<'t>(root: Field<'t>, path: &str, bare: bool) -> Option<Field<'t>> {
    let path = if bare { path.strip_prefix("/provider")? } else { path };
    steps(path).try_fold(root, |at, step| at.get(&step).or_else(|| at.items().nth(step.parse().ok()?)))
}

fn steps(path: &str) -> impl Iterator<Item = String> {
    path.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~"))
}

/// Takes out what is at a pointer. Whether anything was.
fn remove(body: &mut Value, path: &str) -> bool {
    let mut steps: Vec<String> = steps(path).collect();
    let Some(last) = steps.pop() else { return false };
    let mut above = String::new();
    for step in &steps {
        push_step(&mut above, step);
    }
    match body.pointer_mut(&above) {
        Some(Value::Object(members)) => members.shift_remove(&last).is_some(),
        Some(Value::Array(items)) => {
            let at = last.parse().ok().filter(|at| *at < items.len());
            at.map(|at: usize| items.remove(at)).is_some()
        }
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => false,
    }
}

/// The route for any request: its own model where the object names one. Nothing where that is all.
fn of_any_request(mut route: Route, root: Field<'_>) -> Option<Route> {
    if root.get("model").and_then(Field::text).is_some_and(|model| !model.is_empty()) {
        first_model(&mut route, "$model");
    }
    (route != Route::model("$model")).then_some(route)
}

/// Puts another model in the place of the one that is tried first.
fn first_model(route: &mut Route, name: &str) {
    match &mut route.shape {
        Shape::Model(model) => name.clone_into(model),
        Shape::Chain(routes) | Shape::Any(routes) | Shape::First(routes) => {
            routes.iter_mut().take(1).for_each(|first| first_model(first, name));
        }
        Shape::Pool(_) | Shape::Split(_) => {}
    }
}

/// What a member is about, by the last word of its pointer that tells.
fn concept(path: &str) -> Concept {
    let about = |step: &str| match step {
        "sort" | "by" | "partition" | "metric" | "strategy" | "interval" => Some(Concept::Sort),
        "order" => Some(Concept::Order),
        "only" | "ignore" | "allow_fallbacks" => Some(Concept::Providers),
        "model" | "models" | "fallbacks" | "route" => Some(Concept::Chain),
        "service_tier"
        | "zdr"
        | "data_collection"
        | "require_parameters"
        | "quantizations"
        | "max_price"
        | "enforce_distillable_text" => Some(Concept::Require),
        "preferred_min_throughput" | "preferred_max_latency" => Some(Concept::Prefer),
        "session_id" | "prompt_cache_key" | "user" => Some(Concept::Affinity),
        "transforms" => Some(Concept::Degrade),
        "plugins" => Some(Concept::Content),
        _ => None,
    };
    let steps: Vec<String> = steps(path).collect();
    // The fallbacks of `routing.provider` are providers.
    if matches!(steps.as_slice(), [_, provider, fallbacks, ..] if provider == "provider" && fallbacks == "fallbacks") {
        return Concept::Providers;
    }
    steps.iter().rev().find_map(|step| about(step)).unwrap_or(Concept::Content)
}

/// A model string as a route, spelled as policies spell it.
pub(super) fn spelled(desk: &mut Desk<'_>, field: Field<'_>) -> Option<String> {
    let text = field.text()?;
    match model::spell(desk.system.dialect(), text, desk.integrations) {
        Ok(spelled) => {
            desk.notes.exact(field, Concept::Model, format!("`{}`", spelled.text));
            Some(spelled.text)
        }
        Err(reason) => {
            desk.notes.lost_badly(field, Concept::Model, reason, "replace it by the model that it stands for");
            None
        }
    }
}
