//! Every flag, in one place.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand, ValueEnum};
use switchback_catalog::Date;
use switchback_ir::Protocol;
use switchback_migrate::System;
use switchback_slug::Dialect;
use switchback_units::Timestamp;

use crate::asked::Asked;

/// Decide where LLM requests go, and translate them on the way. Nothing is ever sent.
#[derive(Debug, Parser)]
#[command(name = "switchback", version, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Where a request would go and why: attempts in order, and every endpoint left out with its reason
    Plan(Plan),
    /// Translate a body into another protocol, with a ledger of what it does not carry
    Convert(Convert),
    /// What each protocol would lose of recorded requests, and whether the converter's laws hold on them
    Audit(Audit),
    /// Take model strings apart, or print them in another dialect
    Slug(Slug),
    /// Run a gate against simulated providers, traffic and replicas, on a virtual clock
    Simulate(Simulate),
    /// Look into catalogs, import and check them
    Catalog(Catalog),
    /// Read the configuration of another gateway as a policy, with a ledger of every key
    Migrate(Migrate),
    /// Take out of a request what only another gateway reads
    Sanitize(Sanitize),
    /// Check policies, and compare them
    Policy(Policy),
    /// Make a recorded decision again, and tell whether it comes out alike
    Replay(Replay),
}

#[derive(Debug, Args)]
pub(crate) struct Migrate {
    /// Whose configuration: litellm, portkey, helicone, tensorzero, llmgateway, concentrate or openrouter
    #[arg(value_name = "SYSTEM")]
    pub(crate) system: System,
    /// The configuration, in one file or several; `-` reads standard input
    #[arg(value_name = "CONFIG", required = true)]
    pub(crate) configs: Vec<PathBuf>,
    /// Which reading to follow where documentation and code of the other gateway differ
    #[arg(long, value_enum, default_value = "documented")]
    pub(crate) reading: Reading,
    /// The provider that an integration of Portkey's is of; may be given several times
    #[arg(long = "integration", value_name = "NAME=PROVIDER")]
    pub(crate) integrations: Vec<Integration>,
    /// Write the policy there as JSON, for `plan --policy`
    #[arg(long, value_name = "F")]
    pub(crate) save_policy: Option<PathBuf>,
    /// Write the catalog with the endpoints there that the configuration adds to it, for `plan --catalog`
    #[arg(long, value_name = "F")]
    pub(crate) save_catalog: Option<PathBuf>,
    /// Write the credentials that the configuration names there, by their names, for `plan --state`
    #[arg(long, value_name = "F")]
    pub(crate) save_state: Option<PathBuf>,
    /// Write the ledger there as JSON
    #[arg(long, value_name = "F")]
    pub(crate) ledger: Option<PathBuf>,
    /// Show what the imported policy plans for this request, next to what the configuration says of routes
    #[arg(long, value_name = "REQUEST.json")]
    pub(crate) request: Option<PathBuf>,
    /// End with status 1 when something has no equivalent
    #[arg(long)]
    pub(crate) strict: bool,
    /// What the report is written in
    #[arg(long = "format", value_enum, default_value = "text")]
    pub(crate) written: Written,
    /// Print policy, additions to the catalog, ledger, retired credentials and what is odd about the policy as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Sanitize {
    /// Whose request: litellm, portkey, helicone, tensorzero, llmgateway, concentrate or openrouter
    #[arg(long, value_name = "SYSTEM")]
    pub(crate) from: System,
    /// The request's headers: a JSON object
    #[arg(long, value_name = "F")]
    pub(crate) headers: Option<PathBuf>,
    /// The request's body; `-` reads standard input
    #[arg(long, value_name = "F")]
    pub(crate) body: Option<PathBuf>,
    /// The path or URL that the request goes to
    #[arg(long, value_name = "PATH")]
    pub(crate) path: Option<String>,
    /// The provider that an integration of Portkey's is of; may be given several times
    #[arg(long = "integration", value_name = "NAME=PROVIDER")]
    pub(crate) integrations: Vec<Integration>,
    /// What the report on standard error is written in
    #[arg(long = "format", value_enum, default_value = "text")]
    pub(crate) written: Written,
    /// Print headers, path, body, policy, ledger and retired credentials as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Which reading of an ambiguous key to follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Reading {
    /// What the documentation says.
    Documented,
    /// What the code does.
    AsCoded,
}

/// What a report is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Written {
    /// Plain text.
    Text,
    /// Markdown.
    Markdown,
}

/// An integration of Portkey's, and the provider that it is of.
#[derive(Clone, Debug)]
pub(crate) struct Integration {
    pub(crate) name: String,
    pub(crate) provider: String,
}

impl FromStr for Integration {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((name, provider)) if !name.is_empty() && !provider.is_empty() => {
                Ok(Self { name: name.to_owned(), provider: provider.to_owned() })
            }
            _ => Err("expected `NAME=PROVIDER`, such as `openai-prod=openai`".to_owned()),
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Plan {
    /// The request body; `-` reads standard input
    #[arg(value_name = "REQUEST.json")]
    pub(crate) request: PathBuf,
    /// A catalog snapshot, instead of the embedded one
    #[arg(long, value_name = "F")]
    pub(crate) catalog: Option<PathBuf>,
    /// A policy, TOML or JSON, instead of the default
    #[arg(long, value_name = "F")]
    pub(crate) policy: Option<PathBuf>,
    /// What else is known: a JSON object with `inventory`, `caller` and `signals`
    #[arg(long, value_name = "F")]
    pub(crate) state: Option<PathBuf>,
    /// The time to plan for: RFC 3339 in UTC, or milliseconds since the Unix epoch [default: now]
    #[arg(long, value_name = "T")]
    pub(crate) now: Option<Timestamp>,
    /// The seed of whatever is left to chance
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    /// The body's protocol: chat, responses or messages [default: told by its shape]
    #[arg(long, value_name = "P")]
    pub(crate) protocol: Option<Protocol>,
    #[command(flatten)]
    pub(crate) asked: Asked,
    /// Write everything that the decision depends on there as JSON, for `switchback replay`
    #[arg(long, value_name = "F")]
    pub(crate) record: Option<PathBuf>,
    /// Print the whole plan as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Write the plan there as one HTML page, to be looked at
    #[arg(long, value_name = "F")]
    pub(crate) html: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// What `plan --record` wrote; `-` reads standard input
    #[arg(value_name = "DECISION.json")]
    pub(crate) decision: PathBuf,
    /// Print the whole plan as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Convert {
    /// The body; `-` or nothing reads standard input
    #[arg(value_name = "FILE", default_value = "-")]
    pub(crate) file: PathBuf,
    /// The body's protocol: chat, responses or messages
    #[arg(long, value_name = "P")]
    pub(crate) from: Protocol,
    /// The protocol to translate into: chat, responses or messages
    #[arg(long, value_name = "P")]
    pub(crate) to: Protocol,
    /// What kind of body it is
    #[arg(long, value_enum, value_name = "KIND", default_value_t = Kind::Request)]
    pub(crate) kind: Kind,
    /// The HTTP status that came with an error
    #[arg(long, value_name = "CODE", value_parser = clap::value_parser!(u16).range(100..=599))]
    pub(crate) status: Option<u16>,
    /// Write the ledger there as JSON, instead of a table on standard error
    #[arg(long, value_name = "F")]
    pub(crate) losses: Option<PathBuf>,
    /// Print no body and exit with 1 when anything is dropped or degraded
    #[arg(long)]
    pub(crate) strict: bool,
    /// Facts about the target: a JSON object; an unknown member is answered with the list of known ones
    #[arg(long, value_name = "FACTS.json")]
    pub(crate) target: Option<PathBuf>,
    /// The headers that came with a request: a JSON object; `anthropic-beta` and `anthropic-version` are read
    #[arg(long, value_name = "F")]
    pub(crate) headers: Option<PathBuf>,
    /// Write the method, path and headers that go with the converted request there as JSON
    #[arg(long, value_name = "F")]
    pub(crate) surroundings: Option<PathBuf>,
    /// Write what the way back needs of a request there as JSON
    #[arg(long, value_name = "F")]
    pub(crate) save_context: Option<PathBuf>,
    /// What the way back needs of a response's request, as `--save-context` wrote it [default: nothing is known]
    #[arg(long, value_name = "F")]
    pub(crate) context: Option<PathBuf>,
    /// When a response was made, where it does not say: RFC 3339 in UTC, or milliseconds since the Unix epoch
    /// [default: now]
    #[arg(long, value_name = "T")]
    pub(crate) now: Option<Timestamp>,
    /// Make the id of a response that has none out of this number
    #[arg(long, value_name = "N")]
    pub(crate) id_seed: Option<u64>,
    /// The model that a response names: `upstream`, `requested` or `resolved=PROVIDER/MODEL`
    #[arg(long, value_name = "WHICH", default_value = "upstream")]
    pub(crate) shown_model: Shown,
    /// The limit on output for Messages, when the body names none; wins over `--target`
    #[arg(long, value_name = "N")]
    pub(crate) max_tokens: Option<u64>,
}

/// What kind of body is converted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// A request
    Request,
    /// A whole response
    Response,
    /// The answer as a stream of Server-Sent Events
    Stream,
    /// The body of an error answer, JSON or not
    Error,
}

impl Kind {
    /// The word for people.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response => "response",
            Self::Stream => "stream",
            Self::Error => "error",
        }
    }
}

/// Which model a response names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    Upstream,
    Requested,
    Resolved(String),
}

impl FromStr for Shown {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "upstream" => Ok(Self::Upstream),
            "requested" => Ok(Self::Requested),
            _ => match text.strip_prefix("resolved=") {
                Some(model) if !model.is_empty() => Ok(Self::Resolved(model.to_owned())),
                Some(_) | None => Err("expected `upstream`, `requested` or `resolved=PROVIDER/MODEL`".to_owned()),
            },
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Audit {
    /// Request and response bodies and streams, or folders to look for `*.json` and `*.sse` in
    #[arg(value_name = "DIR_OR_FILE", required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// The protocols to translate into; may be given several times [default: all three]
    #[arg(long, value_name = "P")]
    pub(crate) to: Vec<Protocol>,
    /// Print the table and the laws' results as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Simulate {
    /// Scenarios in TOML, or folders to look for `*.toml` in
    #[arg(value_name = "SCENARIO.toml", required = true)]
    pub(crate) scenarios: Vec<PathBuf>,
    /// At most that many seeds each
    #[arg(long, value_name = "N")]
    pub(crate) seeds: Option<u64>,
    /// Leave out the rules to compare with
    #[arg(long)]
    pub(crate) alone: bool,
    /// Print every figure as JSON: an object for one scenario, an array for several
    #[arg(long)]
    pub(crate) json: bool,
    /// Write a page with a picture of what happened there; for one scenario
    #[arg(long, value_name = "F")]
    pub(crate) html: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Slug {
    /// The model strings
    #[arg(value_name = "STRING", required = true)]
    pub(crate) strings: Vec<String>,
    /// Whose grammar they are written in
    #[arg(long, value_name = "D", default_value = "native")]
    pub(crate) dialect: Dialect,
    /// Print them in that dialect
    #[arg(long, value_name = "D")]
    pub(crate) to: Option<Dialect>,
    /// Print an array with one object for each string
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Policy {
    #[command(subcommand)]
    pub(crate) action: PolicyAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyAction {
    /// Look a policy over for what can never work or does something else than it seems to
    Lint(PolicyLint),
    /// What recorded requests get otherwise under a second policy: route, cost, degradation, refusal
    Diff(PolicyDiff),
}

#[derive(Debug, Args)]
pub(crate) struct PolicyDiff {
    /// The policy as it is
    #[arg(value_name = "BEFORE")]
    pub(crate) before: PathBuf,
    /// The policy as it would be
    #[arg(value_name = "AFTER")]
    pub(crate) after: PathBuf,
    /// Request bodies, or folders to look for `*.json` in
    #[arg(value_name = "DIR_OR_FILE", required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// A catalog snapshot, instead of the embedded one
    #[arg(long, value_name = "F")]
    pub(crate) catalog: Option<PathBuf>,
    /// What else is known: a JSON object with `inventory`, `caller` and `signals`
    #[arg(long, value_name = "F")]
    pub(crate) state: Option<PathBuf>,
    /// The time to plan for: RFC 3339 in UTC, or milliseconds since the Unix epoch [default: now]
    #[arg(long, value_name = "T")]
    pub(crate) now: Option<Timestamp>,
    /// The seed of whatever is left to chance
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) asked: Asked,
    /// Print counts and every change as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PolicyLint {
    /// The policy, TOML or JSON; `-` reads standard input
    #[arg(value_name = "POLICY")]
    pub(crate) policy: PathBuf,
    /// A catalog snapshot, instead of the embedded one
    #[arg(long, value_name = "F")]
    pub(crate) catalog: Option<PathBuf>,
    /// The time that the catalog's age is told for: RFC 3339 in UTC, or milliseconds since the Unix epoch [default: now]
    #[arg(long, value_name = "T")]
    pub(crate) now: Option<Timestamp>,
    /// Print an array with one object for each finding
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Catalog {
    #[command(subcommand)]
    pub(crate) action: CatalogAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CatalogAction {
    /// List endpoints, one line each
    List(CatalogList),
    /// Show everything known of an endpoint or a model
    Show(CatalogShow),
    /// Read a public catalog and print it as a snapshot
    Import(CatalogImport),
    /// Look a snapshot over for what is odd
    Lint(CatalogLint),
}

#[derive(Debug, Args)]
pub(crate) struct CatalogList {
    /// A catalog snapshot, instead of the embedded one
    #[arg(long, value_name = "F")]
    pub(crate) catalog: Option<PathBuf>,
    /// Only that provider's
    #[arg(long, value_name = "PROVIDER")]
    pub(crate) provider: Option<String>,
    /// Only that model's, in any spelling
    #[arg(long, value_name = "MODEL")]
    pub(crate) model: Option<String>,
    /// Print an array with one object for each endpoint
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CatalogShow {
    /// An endpoint's id or canonical text, or a model string: `model`, `provider/model`
    #[arg(value_name = "WHAT")]
    pub(crate) what: String,
    /// A catalog snapshot, instead of the embedded one
    #[arg(long, value_name = "F")]
    pub(crate) catalog: Option<PathBuf>,
    /// Print an array with one object for each endpoint
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CatalogLint {
    /// The snapshot [default: the embedded one]
    #[arg(value_name = "F")]
    pub(crate) catalog: Option<PathBuf>,
    /// Print the findings as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CatalogImport {
    /// What to read, the most trusted first: `models.dev:VERSION:DATE:FILE`, the same with `litellm` or `openrouter`,
    /// or `vendor-docs` for the facts from vendors' pages that come with Switchback
    #[arg(value_name = "SOURCE", required = true)]
    pub(crate) sources: Vec<CatalogSource>,
    /// Keep only what the embedded snapshot is about: the providers that people use most
    #[arg(long)]
    pub(crate) embedded: bool,
    /// Write what was not taken over, and where sources differ, there as JSON
    #[arg(long, value_name = "F")]
    pub(crate) notes: Option<PathBuf>,
}

/// One source to import.
#[derive(Clone, Debug)]
pub(crate) enum CatalogSource {
    /// The facts that come with the crate.
    VendorDocs,
    /// A file of a public catalog.
    File {
        /// Which catalog.
        kind: CatalogKind,
        /// Its version, as its publisher counts.
        version: String,
        /// The day that its facts are of.
        date: Date,
        /// Where it is.
        file: PathBuf,
    },
}

/// A public catalog that can be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CatalogKind {
    /// The API document of models.dev.
    ModelsDev,
    /// The price list of `LiteLLM`.
    LiteLlm,
    /// The model list of `OpenRouter`.
    OpenRouter,
}

impl FromStr for CatalogSource {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "vendor-docs" {
            return Ok(Self::VendorDocs);
        }
        let mut parts = text.splitn(4, ':');
        let (Some(kind), Some(version), Some(date), Some(file)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err("expected `vendor-docs` or `CATALOG:VERSION:DATE:FILE`".to_owned());
        };
        let kind = match kind {
            "models.dev" => CatalogKind::ModelsDev,
            "litellm" => CatalogKind::LiteLlm,
            "openrouter" => CatalogKind::OpenRouter,
            _ => return Err(format!("unknown catalog `{kind}`; expected `models.dev`, `litellm` or `openrouter`")),
        };
        let date = date.parse::<Date>().map_err(|error| format!("`{date}`: {error}"))?;
        Ok(Self::File { kind, version: version.to_owned(), date, file: PathBuf::from(file) })
    }
}
