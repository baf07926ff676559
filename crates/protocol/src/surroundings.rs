//! What surrounds a body: method, path and headers, as data.

use crate::betas::{BETAS, Beta, Need};
use crate::messages;
use switchback_ir::{
    Field, Key, Name, Opaque, OutputFormat, Owner, PartKind, Place, Protocol, RawJson, Request, Text, ToolKind,
};

/// What goes around a request's body, as data: nothing is sent, and no credential is among it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Surroundings {
    /// The HTTP method.
    pub method: &'static str,
    /// The path, as the vendor's own host serves it.
    pub path: &'static str,
    /// Names in lower case and values, in the order in which they are to be sent; an object when serialised.
    #[serde(serialize_with = "as_object")]
    pub headers: Vec<(&'static str, String)>,
}

/// The header that carries a body's version of the API.
const VERSION: &str = "anthropic-version";
/// The header that asks for features in beta.
const BETA: &str = "anthropic-beta";
/// The version that bodies are written for where no client names one.
///
/// The newer `2026-10-21` rejects sampling parameters (vendor's migration guide, 2026-10), which this one takes from
/// older models; a client that writes for it says so in its own header, and that goes on.
const DEFAULT_VERSION: &str = "2023-06-01";
/// Where headers stand among the leaves of a request: in no object of the body.
const HEADERS: &str = "headers";

/// What surrounds `request` as a body of `target`: path and headers, with the beta features that the body needs.
///
/// Give it the request that is encoded, after rewrites. Within Messages the features that the client asked for
/// ([`with_headers`]) go out again, before those that the body needs.
///
/// ```
/// use switchback_ir::{Limits, Protocol};
/// let body = br#"{"model":"claude","max_tokens":9,"messages":[],"mcp_servers":[{"type":"url","url":"u","name":"n"}]}"#;
/// let request = switchback_protocol::decode(Protocol::Messages, body, &Limits::default())?;
/// let around = switchback_protocol::surroundings(&request, Protocol::Messages);
/// assert_eq!((around.method, around.path), ("POST", "/v1/messages"));
/// assert_eq!(around.header("anthropic-beta"), Some("mcp-client-2025-11-20"));
/// assert_eq!(around.header("anthropic-version"), Some("2023-06-01"));
/// # Ok::<(), switchback_protocol::Error>(())
/// ```
pub fn surroundings(request: &Request<'_>, target: Protocol) -> Surroundings {
    let mut headers = vec![("content-type", "application/json".to_owned())];
    if target == Protocol::Messages {
        let version = asked(request, VERSION).next().unwrap_or_else(|| DEFAULT_VERSION.to_owned());
        headers.push((VERSION, version));
        let betas = betas(request);
        if !betas.is_empty() {
            headers.push((BETA, betas.join(",")));
        }
    }
    Surroundings { method: "POST", path: target.path(), headers }
}

fn as_object<S: serde::Serializer>(headers: &[(&'static str, String)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(headers.iter().map(|(name, value)| (name, value)))
}

impl Surroundings {
    /// The value of a header by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| *header == name).map(|(_, value)| value.as_str())
    }
}

/// Adds what the client's headers say of its body: `anthropic-version` and the features of `anthropic-beta`. Other
/// headers are passed over, and so are all for a body that is not of Messages.
///
/// A feature that the body itself needs is no use of its own: it goes where the body goes. Every other one is used as
/// [`Feature::BetaHeader`](switchback_ir::Feature::BetaHeader), which only Messages can say. Names are compared
/// without case; a name may come several times, and a value may hold several features.
///
/// ```
/// use switchback_ir::{Feature, Limits, Protocol};
/// let body = br#"{"model":"claude","max_tokens":9,"messages":[],"speed":"fast"}"#;
/// let request = switchback_protocol::decode(Protocol::Messages, body, &Limits::default())?;
/// let headers = [("Anthropic-Beta", "context-1m-2025-08-07, fast-mode-2026-02-01")];
/// let request = switchback_protocol::with_headers(request, headers);
/// let mut betas = 0;
/// request.uses(&mut |used| betas += u32::from(used.feature == Feature::BetaHeader));
/// assert_eq!(betas, 1, "the body needs the other one");
/// # Ok::<(), switchback_protocol::Error>(())
/// ```
#[must_use]
pub fn with_headers<'a, 'h>(
    mut request: Request<'a>,
    headers: impl IntoIterator<Item = (&'h str, &'h str)>,
) -> Request<'a> {
    if request.origin != Some(Protocol::Messages) {
        return request;
    }
    for (name, value) in headers {
        if name.eq_ignore_ascii_case(VERSION) {
            push(&mut request, Name::Known { key: Key::ApiVersion, wire: VERSION }, value.trim());
        } else if name.eq_ignore_ascii_case(BETA) {
            for beta in value.split(',').map(str::trim).filter(|beta| !beta.is_empty()) {
                let own = BETAS.iter().any(|row| row.is(beta) && needs(&request, row));
                let known = Name::Known { key: Key::Beta, wire: BETA };
                push(&mut request, if own { Name::Blank(Text::from(BETA)) } else { known }, beta);
            }
        }
    }
    request.sort_fields();
    request
}

/// Keeps a header's value, once.
fn push<'a>(request: &mut Request<'a>, name: Name<'a>, value: &str) {
    let value = RawJson::string(value);
    let known = |field: &Field<'_>| field.object == HEADERS && field.value == value;
    if !request.fields.iter().any(known) {
        request.fields.push(Field { owner: Owner::Request, object: HEADERS, name, value, place: Place::ROOT });
    }
}

/// What the client's headers of this name said.
fn asked<'r>(request: &'r Request<'_>, header: &'static str) -> impl Iterator<Item = String> + use<'r> {
    let of_header = move |field: &&Field<'_>| match &field.name {
        Name::Known { wire, .. } => *wire == header,
        Name::Blank(name) | Name::Unknown(name) => *name == *header,
    };
    let headers = request.fields_of(Owner::Request).iter().filter(|field| field.object == HEADERS).filter(of_header);
    headers.filter_map(|field| field.value.as_text().and_then(|text| text.to_str().map(std::borrow::Cow::into_owned)))
}

/// The features in beta that a body of Messages is sent with: those asked for, then those that it needs besides.
fn betas(request: &Request<'_>) -> Vec<String> {
    let mut betas: Vec<String> = asked(request, BETA).collect();
    for row in BETAS {
        if !betas.iter().any(|beta| row.is(beta)) && needs(request, row) {
            betas.push(row.name.to_owned());
        }
    }
    betas
}

/// Whether the body of `request` in Messages needs the feature. What came from another protocol never does.
fn needs(request: &Request<'_>, row: &Beta) -> bool {
    let own = request.origin.is_none_or(|origin| origin == Protocol::Messages);
    own && row.needs.iter().any(|need| holds(request, need))
}

fn holds(request: &Request<'_>, need: &Need) -> bool {
    let mut options = request.fields_of(Owner::Request).iter();
    match need {
        Need::Member(object, member) => options.any(|field| field.object == *object && is_named(field, member)),
        Need::MessageMember(member) => {
            let of_message = |field: &&Field<'_>| matches!(field.owner, Owner::Message(_));
            request.fields.iter().filter(of_message).any(|field| is_named(field, member))
        }
        Need::Edit(kind) => options.any(|field| {
            let edits = (field.key() == Some(Key::ContextManagement)).then(|| field.value.member("edits")).flatten();
            edits.is_some_and(|(edits, _)| {
                some_element(&edits, |edit| type_of(edit).is_some_and(|t| t.starts_with(kind)))
            })
        }),
        Need::Tool(kind) => request.tools.iter().any(|tool| match &tool.kind {
            ToolKind::Hosted { raw, .. } => {
                raw.for_protocol(Protocol::Messages).and_then(type_of).as_deref() == Some(kind)
            }
            ToolKind::Function { .. } | ToolKind::Custom { .. } => false,
        }),
        Need::Block(kind) => blocks(request).any(|block| type_of(block).as_deref() == Some(kind)),
        Need::InlineTool => blocks(request).any(|block| {
            let tool = block.member("tool");
            tool.is_some_and(|(tool, _)| type_of(&tool).as_deref() == Some("tool_definition"))
        }),
        Need::OlderFormat => match request.output_format.as_ref().map(|format| &format.value) {
            Some(OutputFormat::JsonSchema(schema)) => schema.legacy,
            _ => options.any(|field| field.object.is_empty() && is_named(field, "output_format")),
        },
    }
}

/// Whether a leaf that says something has this name in Messages.
fn is_named(field: &Field<'_>, member: &str) -> bool {
    match &field.name {
        // Made in code: the table has its name.
        Name::Known { key, wire: "" } => {
            messages::SCOPES.iter().any(|scope| scope.keyed(*key).is_some_and(|row| row.name == member))
        }
        Name::Known { wire, .. } => *wire == member,
        Name::Unknown(name) => *name == *member && !field.value.is_null(),
        Name::Blank(_) => false,
    }
}

/// The blocks that only Messages has.
fn blocks<'r, 'a>(request: &'r Request<'a>) -> impl Iterator<Item = &'r RawJson<'a>> {
    request.parts.iter().filter_map(|part| match &part.kind {
        PartKind::Opaque(Opaque { raw, .. }) => raw.for_protocol(Protocol::Messages),
        PartKind::Text(_)
        | PartKind::Refusal { .. }
        | PartKind::Image(_)
        | PartKind::File(_)
        | PartKind::Audio { .. }
        | PartKind::ToolCall(_)
        | PartKind::ToolResult(_) => None,
    })
}

fn type_of(object: &RawJson<'_>) -> Option<String> {
    let (kind, _) = object.member("type")?;
    kind.as_text()?.to_str().map(std::borrow::Cow::into_owned)
}

fn some_element(list: &RawJson<'_>, holds: impl Fn(&RawJson<'_>) -> bool) -> bool {
    let mut found = false;
    list.elements(|element, _| found |= holds(&element));
    found
}
