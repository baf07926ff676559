use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};
use switchback_ir::{Field, Key, Owner, RawJson, Request};
use switchback_slug::{Dialect, parse};

use super::body::{Node, is_there, member, top_name};
use super::draft::Draft;
use super::{Entry, ReadAs, System, UnreadableRouting, concentrate, llm_gateway, openrouter, vercel};
use crate::Note;
use crate::policy::Overlay;

/// Reads what requests say about their own routing.
///
/// By default it tells by the members whose words they are, and follows what a system does where that is not what it
/// says.
///
/// ```
/// use std::collections::BTreeMap;
/// use switchback_ir::{Owner, RawJson, Request};
/// use switchback_plan::{RequestReader, System};
/// # use switchback_ir::{Field, Name, Place, Text};
///
/// let mut request = Request::new("openai/gpt-4o");
/// # let value = RawJson::parse(r#"{"sort": "price", "ignore": ["azure"]}"#).unwrap();
/// # request.fields.push(Field { owner: Owner::Request, object: "", name: Name::Unknown(Text::from("provider")), value, place: Place::NONE });
/// // With a body's `"provider": {"sort": "price", "ignore": ["azure"]}`:
/// let routing = RequestReader::default().read(&request, &BTreeMap::new())?.unwrap();
/// assert_eq!(routing.system, System::OpenRouter);
/// assert_eq!(routing.overlay.settings.sort.unwrap().to_string(), "cost");
/// routing.strip(&mut request);
/// assert!(request.fields.is_empty(), "no provider's API sees it");
/// # Ok::<(), switchback_plan::UnreadableRouting>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestReader {
    system: Option<System>,
    reading: ReadAs,
}

/// What a request says about its own routing.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Routing {
    /// In whose words.
    pub system: System,
    /// What it comes to.
    pub overlay: Overlay,
    /// Everything that was read, and what became of it.
    pub entries: Vec<Entry>,
    /// What tells the conversation from others, where it says so: for whoever keeps conversations together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<Session>,
    /// The members that are for a gateway and no provider, by JSON Pointer, in order.
    pub taken: Vec<String>,
}

/// What tells a conversation from others.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct Session {
    /// Its name, as the client wrote it.
    pub key: String,
    /// Where it stands.
    pub path: String,
}

impl RequestReader {
    /// Reads the words of that system only.
    #[must_use]
    pub const fn of(self, system: System) -> Self {
        Self { system: Some(system), ..self }
    }

    /// Follows that account of the system.
    #[must_use]
    pub const fn reading(self, reading: ReadAs) -> Self {
        Self { reading, ..self }
    }

    /// Reads a request's members and the headers that the embedder shows, names in lower case; `None` where they say
    /// nothing. Linear in the request's own fields and the members that are read; messages are not looked at.
    ///
    /// # Errors
    /// Says where a value is not what its system documents, and where members belong to different systems, since one
    /// of them would be passed over.
    pub fn read(
        self,
        request: &Request<'_>,
        headers: &BTreeMap<String, String>,
    ) -> Result<Option<Routing>, UnreadableRouting> {
        let Some(system) = self.system_of(request, headers)? else { return Ok(None) };
        let body = body(request, system)?;
        let node = Node::new("", &body);
        let model = model(request);
        let dialect = match system {
            System::Concentrate => Dialect::Native,
            System::LlmGateway => Dialect::LlmGateway,
            System::OpenRouter => Dialect::OpenRouter,
            System::Vercel => Dialect::Vercel,
        };
        let mut draft = Draft::new(dialect, self.reading);
        let routes = match system {
            System::Concentrate => concentrate::read(&mut draft, &model, &node)?,
            System::LlmGateway => llm_gateway::read(&mut draft, &model, &node, headers)?,
            System::OpenRouter => openrouter::read(&mut draft, &model, &node)?,
            System::Vercel => match node.get("providerOptions").and_then(|options| options.get("gateway")) {
                Some(gateway) => vercel::read(&mut draft, &model, &gateway)?,
                None => vec![draft.route("/model", &model, true)],
            },
        };
        let session = session(system, &node, request, headers)?;
        if let Some(Session { path, .. }) = &session {
            draft.exact(path, "the session's key");
        }
        let (mut overlay, entries) = draft.finish(routes);
        overlay.notes = entries.iter().map(|entry| Note::Asked { system, entry: entry.clone() }).collect();
        let taken = taken(system, request, &body);
        Ok(Some(Routing { system, overlay, entries, session, taken }))
    }

    /// The one system whose members the request has.
    fn system_of(
        self,
        request: &Request<'_>,
        headers: &BTreeMap<String, String>,
    ) -> Result<Option<System>, UnreadableRouting> {
        if self.system.is_some() {
            return Ok(self.system);
        }
        let mut found: Option<(System, String)> = None;
        for (system, path) in signs(request, headers) {
            match &found {
                Some((first, at)) if *first != system => {
                    let expected = format!("members of one system: `{at}` is {first}'s; name the system to read");
                    return Err(UnreadableRouting::new(path, expected, format!("one of {system}'s")));
                }
                Some(_) => {}
                None => found = Some((system, path)),
            }
        }
        Ok(found.map(|(system, _)| system))
    }
}

impl Routing {
    /// Takes what is for a gateway out of the request, so that no provider sees it.
    pub fn strip(&self, request: &mut Request<'_>) {
        let gateway = "/providerOptions/gateway";
        let is_taken = |name: &str| self.taken.iter().any(|path| path.strip_prefix('/') == Some(name));
        request.fields.retain(|field| !top_name(field).is_some_and(|name| is_taken(&name)));
        if !self.taken.iter().any(|path| path == gateway) {
            return;
        }
        let is_options = |name: std::borrow::Cow<'_, str>| name == "providerOptions";
        for field in request.fields.iter_mut().filter(|field| top_name(field).is_some_and(is_options)) {
            let Ok(Value::Object(mut options)) = serde_json::from_str(field.value.as_str()) else { continue };
            options.shift_remove("gateway");
            let text = Value::Object(options).to_string();
            if let Ok(value) = RawJson::parse(&text) {
                field.value = value.into_owned();
            }
        }
    }
}

/// What tells whose words the members are, in the order of the systems.
fn signs(request: &Request<'_>, headers: &BTreeMap<String, String>) -> Vec<(System, String)> {
    let mut signs = Vec::new();
    for field in request.fields_of(Owner::Request) {
        let Some(name) = top_name(field) else { continue };
        let value = field.value.as_str().trim_start();
        let system = match name.as_ref() {
            _ if field.value.is_null() => continue,
            "routing" if value.starts_with('"') => System::LlmGateway,
            "routing" => System::Concentrate,
            "free_models_only" | "no_reasoning" => System::LlmGateway,
            "provider" if value.starts_with('{') => System::OpenRouter,
            "models" | "route" | "session_id" => System::OpenRouter,
            // Messages has a member of that name itself.
            "fallbacks" if field.key().is_none() && value.contains('{') => System::OpenRouter,
            "providerOptions" if field.value.member("gateway").is_some() => System::Vercel,
            _ => continue,
        };
        signs.push((system, format!("/{name}")));
    }
    if headers.contains_key(llm_gateway::NO_FALLBACK) {
        signs.push((System::LlmGateway, format!("header {}", llm_gateway::NO_FALLBACK)));
    }
    let model = model(request);
    // A variant stands behind the names of Vercel's and LLM Gateway's models, too, where it means nothing.
    if signs.is_empty() && model.contains('/') && parse(Dialect::OpenRouter, &model).variant().is_some() {
        signs.push((System::OpenRouter, "/model".to_owned()));
    }
    signs.sort();
    signs
}

fn model(request: &Request<'_>) -> String {
    request.model.as_ref().and_then(|model| model.value.to_str()).unwrap_or_default().into_owned()
}

/// The members of a request that a system's routing is read from.
fn body(request: &Request<'_>, system: System) -> Result<Value, UnreadableRouting> {
    let names: &[&str] = match system {
        System::Concentrate => &["routing", "prompt_cache_key"],
        System::LlmGateway => {
            &["routing", "free_models_only", "no_reasoning", "plugins", "service_tier", "prompt_cache_key", "user"]
        }
        System::OpenRouter => {
            &["provider", "models", "fallbacks", "route", "session_id", "plugins", "transforms", "prompt_cache_key"]
        }
        System::Vercel => &["providerOptions"],
    };
    let mut members = Map::new();
    for name in names {
        members.extend(member(request, name)?.map(|value| ((*name).to_owned(), value)));
    }
    Ok(Value::Object(members))
}

/// What is a gateway's, `null` or not.
fn taken(system: System, request: &Request<'_>, body: &Value) -> Vec<String> {
    let names: &[&str] = match system {
        System::Concentrate => &["routing"],
        System::LlmGateway => &llm_gateway::MEMBERS,
        System::OpenRouter => &openrouter::MEMBERS,
        System::Vercel => {
            let gateway = body.get("providerOptions").and_then(|options| options.get("gateway"));
            let is_alone = body.get("providerOptions").and_then(Value::as_object).is_some_and(|all| all.len() == 1);
            let path = if is_alone { "/providerOptions" } else { "/providerOptions/gateway" };
            return gateway.map(|_| path.to_owned()).into_iter().collect();
        }
    };
    names.iter().filter(|name| is_there(request, name)).map(|name| format!("/{name}")).collect()
}

/// The first of what a system tells conversations by.
fn session(
    system: System,
    body: &Node<'_>,
    request: &Request<'_>,
    headers: &BTreeMap<String, String>,
) -> Result<Option<Session>, UnreadableRouting> {
    let header = |name: &str| {
        let value = headers.get(name).filter(|value| !value.is_empty())?;
        Some(Session { key: value.clone(), path: format!("header {name}") })
    };
    let first = match system {
        System::Concentrate | System::Vercel => None,
        System::LlmGateway => {
            let names = ["x-session-id", "x-session-affinity", "session_id", "session-id"];
            names.into_iter().find_map(header).or_else(|| claude_session(request))
        }
        System::OpenRouter => match body.get("session_id") {
            Some(node) => Some(Session { key: node.text()?.to_owned(), path: node.path }),
            None => header("x-session-id"),
        },
    };
    // Members of the protocols themselves, which are theirs to check.
    let own = |name: &&str| {
        let node = body.get(name)?;
        Some(Session { key: node.value.as_str().filter(|key| !key.is_empty())?.to_owned(), path: node.path })
    };
    Ok(first.or_else(|| ["prompt_cache_key", "user"].iter().find_map(own)))
}

/// The `session_id` in the JSON text that Claude Code writes as `metadata.user_id` of Messages.
fn claude_session(request: &Request<'_>) -> Option<Session> {
    let is_user = |field: &&Field<'_>| {
        field.object == "metadata" && matches!(field.key(), Some(Key::SafetyIdentifier | Key::User))
    };
    let field = request.fields_of(Owner::Request).iter().find(is_user)?;
    let text = field.value.as_text()?.to_str()?.into_owned();
    let user: Value = serde_json::from_str(&text).ok()?;
    let key = user.get("session_id")?.as_str()?.to_owned();
    Some(Session { key, path: "/metadata/user_id".to_owned() })
}
