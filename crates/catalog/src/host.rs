//! Who serves models, which protocols they speak, and what each host wants beside the body.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, Serializer};
use switchback_ir::{Expression, Feature, FeatureSet, Protocol};
use xxhash_rust::xxh3::xxh3_64;

use crate::error::quoted;
use crate::pattern::matches;
use crate::statement::{Statement, StatementEntry};
use crate::words::words;
use crate::{Billing, Date, Error, ErrorKind, Operation};
use std::fmt;
use std::str::FromStr;

/// The data file, with sources and dates in it.
const EMBEDDED: &str = include_str!("../data/providers.json");

words! {
    /// Where a host wants the model's id.
    #[non_exhaustive]
    pub enum ModelPlace as "place of the model" {
        /// In the body's `model` field.
        Body = "body",
        /// In the path, where the template says `{model}`; the body has no `model`.
        Path = "path",
    }
}

words! {
    /// How a host frames the events of a stream.
    #[non_exhaustive]
    pub enum Framing as "framing" {
        /// Server-sent events.
        Sse = "sse",
        /// `application/vnd.amazon.eventstream`, whose payloads hold the protocol's events.
        AwsEventStream = "aws_event_stream",
    }
}

words! {
    /// The kind of authentication that a host takes, by name: what the embedder has to do, never a secret.
    #[non_exhaustive]
    pub enum Auth as "kind of authentication" {
        /// `authorization: Bearer <key>`.
        Bearer = "bearer",
        /// `x-api-key: <key>`.
        XApiKey = "x_api_key",
        /// `api-key: <key>`.
        ApiKey = "api_key",
        /// AWS Signature Version 4 over the request.
        AwsSigV4 = "aws_sigv4",
        /// An OAuth 2.0 access token of Google Cloud as a bearer token.
        GoogleOauth = "google_oauth",
        /// None.
        None = "none",
    }
}

/// How one provider serves one protocol: a dated fact sheet for whoever sends the request.
///
/// Templates hold `{model}`, `{region}`, `{project}`, `{resource}`, `{account}` and `{api_version}`, to be filled by
/// the embedder, percent-encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Host {
    /// The protocol.
    pub protocol: Protocol,
    /// The base URL, a template.
    pub base_url: String,
    /// The path below it, a template.
    pub path: String,
    /// The path for a streamed answer, where it is another one.
    pub stream_path: Option<String>,
    /// Where the model's id goes.
    pub model: ModelPlace,
    /// How the id is written there, a template: `google/{model}`.
    pub model_text: String,
    /// What to do for authentication.
    pub auth: Auth,
    /// Headers that the host requires, as name and value or template.
    pub headers: Vec<(String, String)>,
    /// Fields to add at the top of the body: name and JSON text.
    pub body_set: Vec<(String, String)>,
    /// Fields to take off the top of the body.
    pub body_remove: Vec<String>,
    /// Top-level fields of the protocol that the host rejects.
    pub rejects: Vec<String>,
    /// The framing of streams.
    pub framing: Framing,
    /// Features that the host carries beside the protocol's core.
    pub yes: FeatureSet,
    /// Features of the protocol that the host does not carry.
    pub no: FeatureSet,
    /// Patterns of upstream ids that it is for, `*` for any run; empty for all.
    pub models: Vec<String>,
    /// Patterns of upstream ids that it is not for.
    pub except: Vec<String>,
    /// Where this was read.
    pub source: String,
    /// The day it was read or the day of the source.
    pub date: Date,
    /// Which of a [`Providers`]' hosts it is.
    pub(crate) ordinal: usize,
}

impl Host {
    /// Whether it serves that model.
    pub fn serves(&self, upstream_id: &str) -> bool {
        let any = |patterns: &[String]| patterns.iter().any(|pattern| matches(pattern, upstream_id));
        (self.models.is_empty() || any(&self.models)) && !any(&self.except)
    }
}

/// What is known of a provider beside its models.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Provider {
    /// The canonical id.
    pub id: String,
    /// The name for people.
    pub name: String,
    /// How its rows are paid for, unless `billing_of` says otherwise.
    pub billing: Billing,
    /// Billing of rows whose upstream id matches a pattern.
    pub billing_of: Vec<(String, Billing)>,
    /// Whether its rows are in the embedded snapshot.
    pub embedded: bool,
    /// Whether it makes the models that it serves.
    pub first_party: bool,
    /// How it serves each protocol. The first host of a protocol that serves a model counts.
    pub hosts: Vec<Host>,
}

impl Provider {
    /// The host that speaks `protocol` for that model.
    pub fn host(&self, protocol: Protocol, upstream_id: &str) -> Option<&Host> {
        self.hosts.iter().find(|host| host.protocol == protocol && host.serves(upstream_id))
    }

    /// How that model is paid for here. A price list that is all zero is never metered: it is a plan, a trial or a
    /// gap in the source.
    pub fn billing(&self, upstream_id: &str, free: bool) -> Billing {
        let special = self.billing_of.iter().find(|(pattern, _)| matches(pattern, upstream_id));
        let billing = special.map_or(self.billing, |(_, billing)| *billing);
        if billing == Billing::Metered && free { Billing::Unknown } else { billing }
    }
}

/// The providers and their host profiles: a dated data file, embedded, or one of the caller's own in the same form.
///
/// ```
/// use switchback_catalog::{ModelPlace, Providers};
/// use switchback_ir::Protocol;
///
/// let providers = Providers::embedded();
/// let bedrock = providers.host("bedrock", Protocol::Messages, "anthropic.claude-opus-4-6-v1").expect("documented");
/// assert_eq!(bedrock.model, ModelPlace::Path);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Providers {
    /// Sorted by id.
    list: Vec<Provider>,
    /// Sorted by package name.
    packages: Vec<(String, Vec<Protocol>)>,
    /// In the order of the file.
    statements: Vec<Statement>,
    /// Of the file.
    fingerprint: u64,
}

impl Providers {
    /// The data file that comes with the crate. Cost: parsing some 20 KB of JSON.
    #[expect(clippy::expect_used, clippy::missing_panics_doc, reason = "the input is a constant that a test parses")]
    pub fn embedded() -> Self {
        // INVARIANT (embedded data): the file is part of the source; `embedded_providers_parse` upholds it.
        Self::from_json(EMBEDDED.as_bytes()).expect("the embedded providers parse")
    }

    /// Reads a data file in the form of `data/providers.json`.
    ///
    /// # Errors
    /// With the place, when the bytes are not JSON, a field is missing or unknown, or a word is.
    pub fn from_json(json: &[u8]) -> Result<Self, Error> {
        let file: File = serde_json::from_slice(json).map_err(|error| {
            let kind = if error.is_data() { ErrorKind::Shape } else { ErrorKind::Syntax };
            Error::new(kind, "", error.to_string())
        })?;
        let mut providers = Vec::with_capacity(file.providers.len());
        for provider in file.providers {
            providers.push(provider.read()?);
        }
        providers.sort_by(|a, b| a.id.cmp(&b.id));
        let twice = providers.iter().zip(providers.iter().skip(1)).find(|(a, b)| a.id == b.id);
        if let Some((provider, _)) = twice {
            let detail = format!("provider {} is listed twice; merge its hosts", quoted(&provider.id));
            return Err(Error::new(ErrorKind::Shape, "/providers", detail));
        }
        for (ordinal, host) in providers.iter_mut().flat_map(|provider| &mut provider.hosts).enumerate() {
            host.ordinal = ordinal;
        }
        let mut packages = Vec::with_capacity(file.packages.len());
        for (package, protocols) in file.packages {
            let protocols = protocols.iter().map(|name| protocol(name)).collect::<Result<_, _>>()?;
            packages.push((package, protocols));
        }
        let read = |(ordinal, entry): (usize, StatementEntry)| entry.read(ordinal);
        let statements = file.statements.into_iter().enumerate().map(read).collect::<Result<_, _>>()?;
        Ok(Self { list: providers, packages, statements, fingerprint: xxh3_64(json) })
    }

    /// xxh3-64 of the file.
    pub(crate) const fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// What vendors' pages say of their endpoints, in the order of the file.
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// Every provider, ordered by id.
    pub fn iter(&self) -> impl Iterator<Item = &Provider> {
        self.list.iter()
    }

    /// The provider with that canonical id.
    pub fn provider(&self, id: &str) -> Option<&Provider> {
        let at = self.list.binary_search_by(|provider| provider.id.as_str().cmp(id)).ok()?;
        self.list.get(at)
    }

    /// The host profile of a provider for a protocol and a model.
    pub fn host(&self, provider: &str, protocol: Protocol, upstream_id: &str) -> Option<&Host> {
        self.provider(provider)?.host(protocol, upstream_id)
    }

    /// The protocols that a provider speaks for a model, in column order: by its host profiles, else by the client
    /// package that a source names for it. Empty for operations other than chat.
    pub fn protocols(&self, provider: &str, upstream_id: &str, operation: Operation, package: &str) -> Vec<Protocol> {
        if operation != Operation::Chat {
            return Vec::new();
        }
        match self.provider(provider).filter(|provider| !provider.hosts.is_empty()) {
            Some(provider) => {
                let speaks = |protocol: &Protocol| provider.host(*protocol, upstream_id).is_some();
                Protocol::ALL.into_iter().filter(speaks).collect()
            }
            None => self.package(package).to_vec(),
        }
    }

    /// The protocols of a client package.
    pub fn package(&self, name: &str) -> &[Protocol] {
        let at = self.packages.binary_search_by(|(package, _)| package.as_str().cmp(name)).ok();
        at.and_then(|at| self.packages.get(at)).map_or(&[], |(_, protocols)| protocols)
    }
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[expect(dead_code, reason = "for readers of the file")]
    about: Vec<String>,
    packages: BTreeMap<String, Vec<String>>,
    providers: Vec<ProviderEntry>,
    #[serde(default)]
    statements: Vec<StatementEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProviderEntry {
    id: String,
    name: String,
    billing: String,
    #[serde(default)]
    billing_of: BTreeMap<String, String>,
    #[serde(default = "yes")]
    embedded: bool,
    #[serde(default)]
    first_party: bool,
    #[serde(default)]
    hosts: Vec<HostEntry>,
}

const fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HostEntry {
    protocol: String,
    base_url: String,
    path: String,
    #[serde(default)]
    stream_path: Option<String>,
    #[serde(default = "body")]
    model: String,
    #[serde(default = "plain")]
    model_text: String,
    auth: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body_set: BTreeMap<String, Box<serde_json::value::RawValue>>,
    #[serde(default)]
    body_remove: Vec<String>,
    #[serde(default)]
    rejects: Vec<String>,
    #[serde(default = "sse")]
    framing: String,
    /// Whether the host is the protocol's own: it carries whatever the protocol expresses.
    #[serde(default)]
    native: bool,
    #[serde(default)]
    yes: Vec<String>,
    #[serde(default)]
    no: Vec<String>,
    #[serde(default)]
    models: Vec<String>,
    #[serde(default)]
    except: Vec<String>,
    source: String,
    date: String,
}

fn body() -> String {
    ModelPlace::Body.name().to_owned()
}

fn plain() -> String {
    "{model}".to_owned()
}

fn sse() -> String {
    Framing::Sse.name().to_owned()
}

impl ProviderEntry {
    fn read(self) -> Result<Provider, Error> {
        let path = format!("/providers/{}", self.id);
        let billing_of = self
            .billing_of
            .into_iter()
            .map(|(pattern, billing)| Ok((pattern, word(&path, &billing)?)))
            .collect::<Result<_, Error>>()?;
        let hosts = self.hosts.into_iter().map(|host| host.read(&path)).collect::<Result<_, Error>>()?;
        let billing = word(&path, &self.billing)?;
        Ok(Provider {
            id: self.id,
            name: self.name,
            billing,
            billing_of,
            embedded: self.embedded,
            first_party: self.first_party,
            hosts,
        })
    }
}

impl HostEntry {
    fn read(self, path: &str) -> Result<Host, Error> {
        let protocol = protocol(&self.protocol)?;
        let mut yes = features(path, &self.yes)?;
        if self.native {
            let own = |feature: &Feature| feature.expression(protocol) == Expression::Native;
            yes = yes.union(Feature::ALL.iter().copied().filter(own).collect());
        }
        Ok(Host {
            protocol,
            base_url: self.base_url,
            path: self.path,
            stream_path: self.stream_path,
            model: word(path, &self.model)?,
            model_text: self.model_text,
            auth: word(path, &self.auth)?,
            headers: self.headers.into_iter().collect(),
            body_set: self.body_set.into_iter().map(|(name, value)| (name, value.get().to_owned())).collect(),
            body_remove: self.body_remove,
            rejects: self.rejects,
            framing: word(path, &self.framing)?,
            yes,
            no: features(path, &self.no)?,
            models: self.models,
            except: self.except,
            source: self.source,
            date: word(path, &self.date)?,
            ordinal: 0,
        })
    }
}

pub(crate) fn features(path: &str, names: &[String]) -> Result<FeatureSet, Error> {
    let read = |name: &String| {
        Feature::from_name(name)
            .ok_or_else(|| Error::new(ErrorKind::Shape, path, format!("unknown feature {}", quoted(name))))
    };
    names.iter().map(read).collect()
}

fn protocol(name: &str) -> Result<Protocol, Error> {
    word("/providers", name)
}

pub(crate) fn word<T>(path: &str, text: &str) -> Result<T, Error>
where
    T: FromStr,
    T::Err: fmt::Display,
{
    text.parse().map_err(|error: T::Err| Error::new(ErrorKind::Shape, path, error.to_string()))
}

impl Serialize for Host {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let pairs = |pairs: &[(String, String)]| -> BTreeMap<String, String> { pairs.iter().cloned().collect() };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("protocol", self.protocol.name())?;
        map.serialize_entry("base_url", &self.base_url)?;
        map.serialize_entry("path", &self.path)?;
        map.serialize_entry("stream_path", &self.stream_path)?;
        map.serialize_entry("model", &self.model)?;
        map.serialize_entry("model_text", &self.model_text)?;
        map.serialize_entry("auth", &self.auth)?;
        map.serialize_entry("headers", &pairs(&self.headers))?;
        map.serialize_entry("body_set", &pairs(&self.body_set))?;
        map.serialize_entry("body_remove", &self.body_remove)?;
        map.serialize_entry("rejects", &self.rejects)?;
        map.serialize_entry("framing", &self.framing)?;
        map.serialize_entry("source", &self.source)?;
        map.serialize_entry("date", &self.date)?;
        map.end()
    }
}
