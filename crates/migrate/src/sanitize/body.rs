use std::fmt::Write;

use switchback_ir::{ErrorClass, Importance, RawJson};
use switchback_plan::{Trigger, Triggers};
use switchback_slug::{Dialect, Kind, parse};

use super::job::{Item, Job};
use super::read;
use super::splice::{Splice, string, text_of};
use super::table::{self, Action, Rule, tables};
use super::wish::Onward;
use crate::source::{Field, Limits, push_step, read_json};
use crate::{Concept, Entry, Fidelity, Reading, System, model};

/// Takes foreign parameters out of a body and writes its model in our form. Every other byte stays.
pub(super) fn run(job: &mut Job<'_>, body: &mut Splice<'_>) -> Vec<u8> {
    members(job, body, tables(job.system).body, "/body", 0);
    for (name, json) in std::mem::take(&mut job.parameters) {
        body.add(name, json);
    }
    rewrite_model(job, body);
    body.finish().into_bytes()
}

/// Applies the rules of one object. `base` is where it begins in the body.
fn members(job: &mut Job<'_>, object: &mut Splice<'_>, rules: &[Rule], above: &str, base: usize) {
    for index in 0..object.members().len() {
        let Some(slot) = object.members().get(index) else { continue };
        let Some(rule) = rule_for(job.system, rules, &slot.key) else { continue };
        let key = slot.key.clone();
        let mut path = above.to_owned();
        push_step(&mut path, &key);
        let item = Item { path, at: job.lines.at(base + slot.key_at), key: &key };
        let (value, value_at) = (slot.value.clone(), base + slot.value_at);
        if let Action::Members(inner) = rule.action {
            if let Some(json) = nested(job, &value, inner, &item.path, value_at) {
                object.replace(index, json);
            }
            continue;
        }
        object.remove(index);
        let became = became(job, object, rule, &item, &value);
        job.note(&item, rule, became);
    }
}

/// The rule for a parameter: its own, or for TensorZero's prefix one for all that no table knows.
fn rule_for<'r>(system: System, rules: &'r [Rule], key: &str) -> Option<&'r Rule> {
    const UNKNOWN: &Rule = &table::UNKNOWN_TENSORZERO;
    let is_foreign = system == System::TensorZero && key.starts_with("tensorzero::");
    rules.iter().find(|rule| rule.name == key).or_else(|| is_foreign.then_some(UNKNOWN))
}

/// The text of an object whose members have rules of their own; nothing where none of them is there.
fn nested(job: &mut Job<'_>, value: &RawJson<'_>, rules: &[Rule], path: &str, at: usize) -> Option<String> {
    let mut object = Splice::read(value.as_str().as_bytes()).ok()?;
    members(job, &mut object, rules, path, at);
    let json = object.finish();
    (json != value.as_str()).then_some(json)
}

/// What a parameter that is taken out became.
pub(super) fn became(
    job: &mut Job<'_>,
    body: &mut Splice<'_>,
    rule: &Rule,
    item: &Item<'_>,
    value: &RawJson<'_>,
) -> Result<String, String> {
    let node = read_json(value.as_str(), &Limits::default(), 0).map_err(|error| error.to_string())?;
    let field = Field::of(item.key, &node);
    match rule.action {
        Action::Policy(wished) => read::wish(job, wished, field),
        Action::Unfold => Ok(unfold(body, value)),
        Action::ExtraBody => extra_body(body, field, value),
        Action::ProviderTools => provider_tools(job, body, field),
        Action::Strip | Action::Key if rule.concept == Concept::Credential => {
            job.retire(item.key);
            Ok("left out".to_owned())
        }
        Action::Strip
        | Action::Key
        | Action::Keep
        | Action::Rename(_)
        | Action::Body(_)
        | Action::Slug(_)
        | Action::Members(_) => Ok(if node.is_leaf() { crate::notes::shown(field) } else { String::new() }),
    }
}

/// TensorZero's `params`: by kind of function, then by parameter.
fn unfold(body: &mut Splice<'_>, value: &RawJson<'_>) -> String {
    let (mut added, mut kept) = (Vec::new(), Vec::new());
    let kinds = Splice::read(value.as_str().as_bytes());
    for kind in kinds.iter().flat_map(Splice::members) {
        let parameters = Splice::read(kind.value.as_str().as_bytes());
        for parameter in parameters.iter().flat_map(Splice::members) {
            let is_new = body.add(&parameter.key, parameter.value.as_str().to_owned());
            if is_new { &mut added } else { &mut kept }.push(parameter.key.clone());
        }
    }
    let mut text = format!("parameters {}", read::listed(&added));
    if !kept.is_empty() {
        let _ = write!(text, "; the body's own {} stand", read::listed(&kept));
    }
    text
}

/// Parameters that requests have at their top level in Chat Completions, Responses or both.
const PARAMETERS: &[&str] = &[
    "temperature",
    "top_p",
    "max_tokens",
    "max_completion_tokens",
    "max_output_tokens",
    "stop",
    "seed",
    "presence_penalty",
    "frequency_penalty",
    "logit_bias",
    "logprobs",
    "top_logprobs",
    "n",
    "user",
    "metadata",
    "store",
    "service_tier",
    "reasoning_effort",
    "reasoning",
    "verbosity",
    "parallel_tool_calls",
    "prompt_cache_key",
    "stream_options",
    "top_k",
];

/// TensorZero's `extra_body`: edits for every upstream whose pointer is a parameter of the request are made in it.
fn extra_body(body: &mut Splice<'_>, edits: Field<'_>, raw: &RawJson<'_>) -> Result<String, String> {
    let (mut made, mut left) = (Vec::new(), Vec::new());
    let mut values = Vec::new();
    raw.elements(|element, _| values.push(element.member("value").map(|(value, _)| value.as_str().to_owned())));
    for (edit, value) in edits.items().zip(values) {
        let pointer = edit.get("pointer").and_then(Field::text).unwrap_or("");
        let is_scoped = ["variant_name", "model_name", "provider_name", "model_provider_name"]
            .iter()
            .any(|scope| edit.get(scope).is_some());
        let parameter = pointer.strip_prefix('/').filter(|name| PARAMETERS.contains(name));
        let is_made = !is_scoped && parameter.zip(value).is_some_and(|(name, json)| body.add(name, json));
        if is_made { &mut made } else { &mut left }.push(pointer.trim_start_matches('/').to_owned());
    }
    if left.is_empty() {
        return Ok(format!("parameters {}", read::listed(&made)));
    }
    Err(format!("{} not made, parameters {}", read::listed(&left), read::listed(&made)))
}

/// Web search is a tool of Responses; other vendors' tools are not read.
fn provider_tools(job: &Job<'_>, body: &mut Splice<'_>, tools: Field<'_>) -> Result<String, String> {
    let kind =
        |tool: Field<'_>| tool.get("tool").unwrap_or(tool).get("type").and_then(Field::text).unwrap_or("").to_owned();
    let kinds: Vec<String> = tools.items().map(kind).collect();
    let is_responses = job.address.as_ref().is_some_and(|address| address.path.contains("/responses"));
    let all_search = !kinds.is_empty() && kinds.iter().all(|kind| kind.starts_with("web_search"));
    if all_search && is_responses && body.add("tools", r#"[{"type":"web_search"}]"#.to_owned()) {
        return Ok("tool `web_search`".to_owned());
    }
    Err(format!("{} not carried over", read::listed(&kinds)))
}

/// Writes the model in our form, with what headers said of its provider.
fn rewrite_model(job: &mut Job<'_>, body: &mut Splice<'_>) {
    let Some(index) = body.members().iter().rposition(|slot| slot.key == "model") else { return };
    let Some(slot) = body.members().get(index) else { return };
    let Some(text) = text_of(&slot.value) else { return };
    let item = Item { path: "/body/model".to_owned(), at: job.lines.at(slot.key_at), key: "model" };
    if let Some(chosen) = choose(job, &item, &text)
        && chosen != text
    {
        body.replace(index, string(&chosen));
    }
}

/// The model string here, with its entry; nothing where it stays as it is.
pub(super) fn choose(job: &mut Job<'_>, item: &Item<'_>, text: &str) -> Option<String> {
    let slug = parse(job.system.dialect(), text);
    match slug.kind() {
        Kind::Batch => {
            remark(
                job,
                item,
                Fidelity::None,
                "asks every model of the list at once, which is no fallback",
                "send one request to each",
            );
            return None;
        }
        Kind::Function { name, .. } => {
            let detail =
                format!("function `{name}`, whose prompts and variants its own gateway holds: `auto` in its place");
            remark(
                job,
                item,
                Fidelity::None,
                &detail,
                "name the model that its winning variant resolved to, and send its prompt",
            );
            return Some("auto".to_owned());
        }
        Kind::Chain => return Some(comma_list(job, item, text)),
        Kind::Auto | Kind::Custom | Kind::Dynamic { .. } | Kind::Model(_) | Kind::Wildcard(_) | Kind::Ignore { .. } => {
        }
    }
    if let Some(route) = job.route.clone() {
        remark(job, item, Fidelity::Exact, &format!("`{route}`, the first of the targets"), "");
        return Some(route);
    }
    let spelled = match job.provider.clone() {
        Some(provider) => {
            let plain = text.strip_prefix('@').and_then(|text| text.split_once('/')).map_or(text, |(_, rest)| rest);
            let named = job.model.clone().unwrap_or_else(|| plain.to_owned());
            model::at_provider(&provider, &named)
        }
        None => model::spell(job.system.dialect(), text, job.integrations),
    };
    note_spelling(job, item, text, spelled)
}

fn note_spelling(
    job: &mut Job<'_>,
    item: &Item<'_>,
    text: &str,
    spelled: Result<model::Spelled, String>,
) -> Option<String> {
    let spelled = match spelled {
        Ok(spelled) if spelled.text == text => return None,
        Ok(spelled) => spelled,
        Err(reason) => {
            remark(
                job,
                item,
                Fidelity::None,
                &reason,
                "replace it by the model that it stands for: `model` or `provider/model`",
            );
            return None;
        }
    };
    let mut detail = format!("`{}`", spelled.text);
    if !spelled.beside.is_empty() {
        let _ = write!(detail, ", which does not say: {}", spelled.beside.join(", "));
    }
    let fidelity = if spelled.beside.is_empty() { Fidelity::Exact } else { Fidelity::Approximate };
    remark(job, item, fidelity, &detail, "");
    if let Some(region) = spelled.region {
        job.wishes.regions.push(region);
    }
    if spelled.is_vertex {
        warn_of_vertex(job, &spelled.text);
    }
    Some(spelled.text)
}

/// The guides take Vertex to AI Studio, whose data terms are others.
fn warn_of_vertex(job: &mut Job<'_>, text: &str) {
    let model = text.split_once('/').map_or(text, |(_, model)| model);
    let readings = vec![
        Reading { name: "same_terms", detail: format!("`{text}`: Vertex's data terms hold on"), taken: true },
        Reading {
            name: "guide",
            detail: format!("`ai-studio/{model}`: AI Studio's data terms, not Vertex's"),
            taken: false,
        },
    ];
    job.amend_last(readings);
}

/// Helicone's list: models in order, `!provider` for one that may not be used.
fn comma_list(job: &mut Job<'_>, item: &Item<'_>, text: &str) -> String {
    let on = if job.is_overflow_chain {
        Triggers::from_iter([Trigger::from(ErrorClass::ContextOverflow)])
    } else {
        Triggers::any()
    };
    let mut models = Vec::new();
    for entry in parse(Dialect::HeliconeHosted, text).entries() {
        if let Kind::Ignore { provider } = entry.kind() {
            job.wishes.deny.push(read::denied(provider.as_str()));
        } else {
            models.push(job.spelled(entry.to_string().trim()));
        }
    }
    let denied = job.wishes.deny.clone();
    let shown = models.clone();
    let mut models = models.into_iter();
    let first = models.next().unwrap_or_else(|| "auto".to_owned());
    job.wishes.chain.extend(models.map(|model| Onward { model, on: on.clone(), is_exclusive: false }));
    let mut detail = format!("a chain on {on} of {}", read::listed(&shown));
    if !denied.is_empty() {
        let _ = write!(detail, ", without {}", read::listed(&denied));
    }
    detail.push_str("; there, keys of one's own came before managed ones over the whole list");
    remark(job, item, Fidelity::Approximate, &detail, "Concentrate: `routing.model.fallbacks`");
    first
}

/// An entry about the model.
pub(super) fn remark(job: &mut Job<'_>, item: &Item<'_>, fidelity: Fidelity, detail: &str, instead: &str) {
    let severity = if fidelity == Fidelity::None { Importance::Required } else { Importance::Preferred };
    job.push(Entry {
        path: item.path.clone(),
        file: None,
        line: item.at.line,
        column: item.at.column,
        key: item.key.to_owned(),
        concept: Concept::Model,
        fidelity,
        severity,
        detail: detail.to_owned(),
        instead: (!instead.is_empty()).then(|| instead.to_owned()),
        readings: Vec::new(),
    });
}
