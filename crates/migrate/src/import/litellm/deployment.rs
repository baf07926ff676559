use serde_json::Value;
use switchback_plan::{Cooldown, Retry, Rewrite, Selector, Timeouts, Weight};
use switchback_slug::{Dialect, Provider, parse, resolve};
use switchback_units::Millis;

use super::{budget, facts, known};
use crate::Concept;
use crate::import::Desk;
use crate::import::places::{Details, Place};
use crate::import::table;
use crate::notes::shown;
use crate::sanitize::{millis, provider_of_url};
use crate::source::Field;

/// One entry of `model_list`.
#[derive(Debug)]
pub(super) struct Deployment<'t> {
    /// Its model string in a policy.
    pub(super) model: String,
    /// What names its endpoint apart from the same model behind other credentials, where there are any.
    pub(super) apart: Option<Selector>,
    pub(super) name: Option<String>,
    pub(super) order: Option<u64>,
    order_field: Option<Field<'t>>,
    /// `weight`, `rpm` and `tpm`, in the order in which simple-shuffle looks for them.
    pub(super) shares: [Option<Field<'t>>; 3],
    pub(super) tags: Vec<String>,
    pub(super) timeout: Timeouts,
    pub(super) retry: Option<Retry>,
    pub(super) cooldown: Option<Cooldown>,
    pub(super) rewrite: Rewrite,
    pub(super) budget: Option<(f64, Millis)>,
}

impl<'t> Deployment<'t> {
    /// Reads an entry; nothing where it names no model.
    pub(super) fn read(desk: &mut Desk<'_>, item: Field<'t>) -> Option<(String, Self)> {
        let name = item.get("model_name").and_then(|name| Some((name, name.scalar()?.into_owned())));
        if name.is_none() {
            let instead = "give it the `model_name` that clients call";
            desk.notes.lost_badly(item, Concept::Group, "an entry without a name, which no client can call", instead);
        }
        for key in item.members() {
            table::note(desk, key, known::ENTRY);
        }
        let params = item.get("litellm_params");
        let model = params.and_then(|params| params.get("model")).and_then(|model| Some((model, model.text()?)));
        let (name_field, name) = name?;
        let Some((model_field, text)) = model else {
            misplaced(desk, item, name_field);
            return None;
        };
        let mut deployment = Self::empty(String::new());
        let info = item.get("model_info");
        let placed = Self::place(desk, &name, model_field, text, params, info);
        desk.notes.exact(name_field, Concept::Group, format!("group `{name}`"));
        let Some(placed) = placed else {
            left_out(desk, params);
            left_out(desk, info);
            return None;
        };
        (deployment.model, deployment.apart) = placed;
        deployment.budget = params.and_then(|params| budget::of_deployment(desk, params));
        for param in params.into_iter().flat_map(Field::members) {
            deployment.param(desk, param);
        }
        for fact in info.into_iter().flat_map(Field::members) {
            deployment.fact(desk, fact);
        }
        // The proxy's example configurations put these beside `litellm_params`, where the router reads them too.
        for (index, key) in ["weight", "rpm", "tpm"].into_iter().enumerate() {
            if let Some(field) = item.get(key) {
                deployment.share(index, field);
            }
        }
        Some((name, deployment))
    }

    fn empty(model: String) -> Self {
        Self {
            model,
            apart: None,
            name: None,
            order: None,
            order_field: None,
            shares: [None; 3],
            tags: Vec::new(),
            timeout: Timeouts::default(),
            retry: None,
            cooldown: None,
            rewrite: Rewrite::default(),
            budget: None,
        }
    }

    /// Resolves the model as `get_llm_provider` does: a first segment that is a provider, else a host that is known, else
    /// the built-in lists of names.
    fn place(
        desk: &mut Desk<'_>,
        name: &str,
        field: Field<'_>,
        text: &str,
        params: Option<Field<'_>>,
        info: Option<Field<'_>>,
    ) -> Option<(String, Option<Selector>)> {
        if text.starts_with("auto_router/") || text == "adaptive_router" {
            let instead = "name the model, or let a policy sort a pool; nothing here asks a model which model to use";
            desk.notes.lost_badly(
                field,
                Concept::Experiment,
                format!("{}, a router that judges each prompt", shown(field)),
                instead,
            );
            return None;
        }
        if text.contains('*') {
            return wildcard(desk, name, field, text, details(params, info)).map(|became| (became, None));
        }
        let slug = parse(Dialect::LiteLlm, text);
        let mut details = details(params, info);
        let by_host = || details.base_url.as_deref().and_then(provider_of_url);
        let found = resolve(&slug, &crate::model::NoNames).provider.or_else(by_host);
        let unknown =
            || params.and_then(|params| params.get("custom_llm_provider")).and_then(Field::text).map(Provider::from);
        let Some(provider) = found.or_else(unknown) else {
            let meant = format!("{}, which names no provider that is known", shown(field));
            desk.notes.lost_badly(
                field,
                Concept::Model,
                meant,
                "write it as `provider/model`; the deployment is left out until then",
            );
            return None;
        };
        let model = slug.provider().map_or(text, |segment| {
            text.strip_prefix(segment.as_str()).and_then(|rest| rest.strip_prefix('/')).unwrap_or_else(|| slug.model())
        });
        let place = Place { provider, model: bedrock_id(model, &slug).to_owned() };
        desk.notes.exact(field, Concept::Model, format!("`{}`", place.text()));
        details.facts = facts::read(desk, text, params, info);
        let apart = desk.place(field, &place, details);
        Some((place.text(), apart))
    }

    fn param(&mut self, desk: &mut Desk<'_>, field: Field<'t>) {
        match field.key {
            "order" => {
                self.order = field.whole();
                self.order_field = Some(field);
            }
            "weight" => self.share(0, field),
            "rpm" => self.share(1, field),
            "tpm" => self.share(2, field),
            "tags" => {
                let became = "a condition on the caller's tags, where `enable_tag_filtering` is on";
                let read = |tag: Field<'_>| Some(tag.scalar()?.into_owned());
                self.tags = desk.list(field, Concept::Condition, became, read);
            }
            "timeout" => self.timeout.total_ms = seconds(desk, field, "timeout.total_ms"),
            "stream_timeout" => self.timeout.first_token_ms = first_token(desk, field),
            "max_retries" | "num_retries" => self.retries(desk, field),
            "cooldown_time" => self.cooling(desk, field),
            // Read with the time that stands beside it.
            "max_budget" => {}
            key if REGIONS.contains(&key) => {
                desk.notes.exact(
                    field,
                    Concept::Endpoint,
                    format!("the region of the credential's scope: {}", shown(field)),
                );
            }
            "api_base" | "base_url" => api_base(desk, field),
            key if PARAMETERS.contains(&key) => self.default(desk, field),
            _ => {
                table::note(desk, field, known::PARAMS);
            }
        }
    }

    fn share(&mut self, index: usize, field: Field<'t>) {
        if let Some(share) = self.shares.get_mut(index) {
            *share = Some(field);
        }
    }

    fn retries(&mut self, desk: &mut Desk<'_>, field: Field<'_>) {
        let Some(attempts) = field.whole().and_then(|count| u32::try_from(count).ok()) else { return };
        let mut retry = Retry::default();
        retry.attempts = attempts;
        self.retry = Some(retry);
        desk.notes.exact(field, Concept::Retry, format!("`retry.attempts` {attempts} of this deployment"));
    }

    fn cooling(&mut self, desk: &mut Desk<'_>, field: Field<'_>) {
        let Some(seconds) = field.number().filter(|seconds| *seconds >= 0.0) else { return };
        let mut cooldown = super::router::cooldown();
        cooldown.for_ms = millis(seconds * 1000.0);
        desk.notes.exact(
            field,
            Concept::Cooldown,
            format!("`cooldown.for_ms` {} of this deployment", cooldown.for_ms.get()),
        );
        self.cooldown = Some(cooldown);
    }

    /// A parameter of requests, for those that leave it out.
    fn default(&mut self, desk: &mut Desk<'_>, field: Field<'_>) {
        let Some(value) = desk.parameter(field).filter(|value| *value != Value::Null) else { return };
        self.rewrite.default.insert(field.key.to_owned(), value);
        desk.notes.exact_whole(field, Concept::Rewrite, format!("`rewrite.default.{}`", field.key));
    }

    fn fact(&mut self, desk: &mut Desk<'_>, field: Field<'_>) {
        match field.key {
            "id" => {
                self.name = field.scalar().map(std::borrow::Cow::into_owned);
                desk.notes.exact(field, Concept::Group, format!("the route's name, {}", shown(field)));
            }
            "base_model" => desk.notes.exact(
                field,
                Concept::CatalogFact,
                format!("the family of the deployment's model, {}", shown(field)),
            ),
            _ => {
                table::note(desk, field, known::INFO);
            }
        }
    }

    pub(super) const fn order_field(&self) -> Option<Field<'t>> {
        self.order_field
    }

    /// Its share by one of `weight`, `rpm`, `tpm`; 0 where it says none.
    pub(super) fn share_of(&self, index: usize) -> Weight {
        let number = self.shares.get(index).copied().flatten().and_then(Field::number).unwrap_or(0.0);
        Weight::nearest(number).unwrap_or_default()
    }
}

/// Parameters of requests that a deployment may set for those that leave them out.
const PARAMETERS: &[&str] = &[
    "temperature",
    "top_p",
    "max_tokens",
    "max_completion_tokens",
    "stop",
    "seed",
    "presence_penalty",
    "frequency_penalty",
    "logit_bias",
    "n",
    "user",
    "response_format",
    "reasoning_effort",
    "thinking",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "top_k",
    "service_tier",
];

/// What a deployment says that is left out for its model.
fn left_out(desk: &mut Desk<'_>, table: Option<Field<'_>>) {
    for member in table.into_iter().flat_map(Field::members) {
        if !desk.notes.knows(member) {
            let meant = "a parameter of a deployment that is left out";
            desk.notes.lost(member, Concept::Group, meant, "it counts once the deployment has a model here");
        }
    }
}

/// An entry without `litellm_params.model`: says what stands in its place, if anything does.
fn misplaced(desk: &mut Desk<'_>, item: Field<'_>, name: Field<'_>) {
    let params = item.get("litellm_params");
    let is_beside = params.is_none_or(Field::is_null) && item.get("model").is_some();
    let meant = if is_beside {
        "a group whose parameters stand beside `litellm_params` and not below it, so that it has no model"
    } else {
        "a group without a model"
    };
    desk.notes.lost_badly(
        name,
        Concept::Group,
        meant,
        "indent the parameters below `litellm_params`, then import again",
    );
    for member in item.members().filter(|member| is_beside && member.key != "model_name") {
        desk.notes.lost(
            member,
            Concept::Group,
            "stands at a level where nothing reads it",
            "indent it below `litellm_params` or `model_info`",
        );
    }
}

/// A pattern as the target of a pattern.
fn wildcard(desk: &mut Desk<'_>, name: &str, field: Field<'_>, text: &str, details: Details) -> Option<String> {
    if name.matches('*').count() != 1 || text.matches('*').count() > 1 {
        let meant = format!("{} with several stars, or under a name without one", shown(field));
        desk.notes.lost_badly(field, Concept::Group, meant, "write a group for each model that it is used for");
        return None;
    }
    if text == "*" {
        desk.places.add_scope("*", details);
        desk.notes.near(
            field,
            Concept::Group,
            "`$1`",
            "the name is read as ours, where there it was read as LiteLLM's own",
        );
        return Some("$1".to_owned());
    }
    let slug = parse(Dialect::LiteLlm, text);
    let (prefix, rest) = text.split_once('/')?;
    let known = slug
        .provider()
        .and_then(switchback_slug::ProviderRef::resolve)
        .or_else(|| switchback_slug::aliases::resolve(Dialect::LiteLlm, prefix));
    let Some(provider) = known else {
        desk.notes.lost_badly(
            field,
            Concept::Group,
            format!("{}, whose provider is not known", shown(field)),
            "write it as `provider/*`",
        );
        return None;
    };
    let place = Place { provider, model: rest.replace('*', "$1") };
    desk.place(field, &place, details);
    let became = place.text();
    let differs = "there a name need not match to its end, so that longer names matched too";
    desk.notes.near(field, Concept::Group, &format!("`{became}`, where `$1` is what the star stood for"), differs);
    Some(became)
}

/// Bedrock's routes and regions stand between provider and model; the id alone is what Bedrock knows.
fn bedrock_id<'m>(model: &'m str, slug: &switchback_slug::Slug<'m>) -> &'m str {
    if slug.route().is_some() { slug.model() } else { model }
}

fn details(params: Option<Field<'_>>, info: Option<Field<'_>>) -> Details {
    let field = |key: &str| params.and_then(|params| params.get(key));
    let text = |key: &str| field(key).and_then(Field::text);
    let first = |keys: &[&str]| keys.iter().find_map(|key| text(key));
    let base = first(&["api_base", "base_url"]);
    Details {
        credential: CREDENTIALS.iter().find_map(|key| named(field(key)?)),
        base_url: base.filter(|base| !is_variable(base)).map(str::to_owned),
        base_name: base
            .filter(is_variable)
            .or_else(|| first(&["vertex_project", "vertex_ai_project", "organization"]))
            .map(unprefixed),
        region: first(&REGIONS).map(str::to_owned),
        base_model: info.and_then(|info| info.get("base_model")).and_then(Field::text).map(str::to_owned),
        facts: None,
    }
}

/// Where a deployment is, by the names that providers' own settings have.
const REGIONS: [&str; 4] = ["region_name", "aws_region_name", "vertex_location", "vertex_ai_location"];

const CREDENTIALS: [&str; 4] = ["api_key", "aws_access_key_id", "vertex_credentials", "litellm_credential_name"];

/// The name that a credential is known by: its own, or for a secret the place where it stands.
fn named(field: Field<'_>) -> Option<String> {
    let text = field.text()?;
    if crate::secret::is_redacted(text) {
        return Some(format!("inline-{}-{}", field.node.at.line, field.node.at.column));
    }
    let is_stored = field.key == "litellm_credential_name";
    (is_stored || is_variable(&text)).then(|| unprefixed(text))
}

fn is_variable(text: &&str) -> bool {
    text.starts_with(ENVIRON)
}

fn unprefixed(text: &str) -> String {
    text.strip_prefix(ENVIRON).unwrap_or(text).to_owned()
}

const ENVIRON: &str = "os.environ/";

fn api_base(desk: &mut Desk<'_>, field: Field<'_>) {
    match field.text() {
        Some(url) if crate::secret::looks_secret(url) => {}
        Some(url) if is_variable(&url) => {
            desk.notes.exact(
                field,
                Concept::Endpoint,
                format!("the base URL of the credential's scope, by its name {}", shown(field)),
            );
        }
        Some(_) => desk.notes.exact(
            field,
            Concept::Endpoint,
            format!("the base URL of the credential's scope, {}", shown(field)),
        ),
        None => {}
    }
}

/// Seconds as a limit, noted as exact.
pub(super) fn seconds(desk: &mut Desk<'_>, field: Field<'_>, key: &str) -> Option<Millis> {
    let limit = millis(field.number().filter(|seconds| *seconds >= 0.0)? * 1000.0);
    desk.notes.exact(field, Concept::Timeout, format!("`{key}` {}", limit.get()));
    Some(limit)
}

/// `stream_timeout`: the time to the first token; the time between two chunks there too.
pub(super) fn first_token(desk: &mut Desk<'_>, field: Field<'_>) -> Option<Millis> {
    seconds(desk, field, "timeout.first_token_ms")
}
