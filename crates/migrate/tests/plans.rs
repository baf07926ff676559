//! Proof by plan: what an imported policy tries, in which order, is what the source documents.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

#[path = "plans/helicone.rs"]
mod helicone;
#[path = "plans/litellm.rs"]
mod litellm;
#[path = "plans/llmgateway.rs"]
mod llmgateway;
#[path = "plans/portkey.rs"]
mod portkey;
#[path = "plans/requests.rs"]
mod requests;
mod support;
#[path = "plans/tensorzero.rs"]
mod tensorzero;

use std::borrow::Cow;
use std::sync::OnceLock;

use switchback_catalog::{Catalog, Endpoint};
use switchback_ir::{ErrorClass, Protocol, Request, Role, Shape, Text};
use switchback_migrate::{Choice, Import, Incoming, Sanitizer, SourceFile, System};
use switchback_plan::{Caller, Cursor, Demand, Inputs, Inventory, Outcome, Plan, Policy, Signals, Step, Value, plan};
use switchback_units::Timestamp;

fn embedded() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(Catalog::embedded)
}

/// What was imported, with the catalog that it needs.
struct Moved {
    policy: Policy,
    inventory: Inventory,
    catalog: Cow<'static, Catalog>,
}

/// Who asks for what.
#[derive(Clone, Default)]
struct Asked {
    model: &'static str,
    metadata: Vec<(&'static str, &'static str)>,
    tags: Vec<&'static str>,
    headers: Vec<(&'static str, &'static str)>,
    values: Vec<(&'static str, Value)>,
    seed: u64,
}

fn ask(model: &'static str) -> Asked {
    Asked { model, ..Asked::default() }
}

impl Asked {
    fn metadata(mut self, key: &'static str, value: &'static str) -> Self {
        self.metadata.push((key, value));
        self
    }

    fn tag(mut self, tag: &'static str) -> Self {
        self.tags.push(tag);
        self
    }

    fn value(mut self, pointer: &'static str, value: Value) -> Self {
        self.values.push((pointer, value));
        self
    }

    fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    fn caller(&self) -> Caller {
        let mut caller = Caller::default();
        caller.tags = self.tags.iter().map(|tag| (*tag).to_owned()).collect();
        caller.metadata = self.metadata.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        caller.headers = self.headers.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        caller
    }
}

/// A failure as an upstream shows it.
fn status(status: u16) -> Outcome {
    let class = match status {
        429 => ErrorClass::RateLimitRequests,
        401 => ErrorClass::Credential,
        400 => ErrorClass::BadRequest,
        408 => ErrorClass::Timeout,
        503 => ErrorClass::Overloaded,
        _ => ErrorClass::Server,
    };
    Outcome::failed(class).with_status(status)
}

fn timeout() -> Outcome {
    Outcome::failed(ErrorClass::Timeout)
}

fn overflow() -> Outcome {
    Outcome::failed(ErrorClass::ContextOverflow).with_status(400)
}

/// What is tried where every attempt ends with a 429, a 500, a timeout, an overflow: in this order.
type After<'a> = [&'a [&'a str]; 4];

/// The same after each of the four.
const fn always<'a>(order: &'a [&'a str]) -> After<'a> {
    [order; 4]
}

/// The same after each, but an overflow, which ends with the first: the engine sends what did not fit to no endpoint
/// whose window is known to be no larger, where the other gateway would ask and get the same answer.
const fn but_overflow<'a>(order: &'a [&'a str], first: &'a [&'a str]) -> After<'a> {
    [order, order, order, first]
}

impl Moved {
    /// What is tried after each of the four failures, against what the source documents.
    #[track_caller]
    fn follows(&self, asked: &Asked, after: After<'_>) {
        assert_eq!(self.orders(asked), after, "{}", asked.model);
    }

    fn new(system: System, text: &str) -> Self {
        Self::read(system, text, Choice::Documented)
    }

    fn read(system: System, text: &str, choice: Choice) -> Self {
        let files = [SourceFile { name: "config", text }];
        let migration = Import::new(system).with_choice(choice).read(&files, embedded()).unwrap();
        let is_enough = migration.catalog.rows.is_empty();
        let catalog = if is_enough {
            Cow::Borrowed(embedded())
        } else {
            Cow::Owned(migration.catalog.extend(embedded()).unwrap())
        };
        Self { policy: migration.policy, inventory: migration.catalog.inventory, catalog }
    }

    /// A request of that system with those headers, and the model that it asks for once it is sanitized.
    fn request(system: System, headers: &[(&str, &str)], body: &str) -> (Self, Asked) {
        let incoming = Incoming { headers, path: None, body: body.as_bytes() };
        let sanitized = Sanitizer::new(system).sanitize(&incoming).unwrap();
        let body: serde_json::Value = serde_json::from_slice(&sanitized.body).unwrap();
        let model = body["model"].as_str().unwrap().to_owned();
        let moved =
            Self { policy: sanitized.policy, inventory: Inventory::default(), catalog: Cow::Borrowed(embedded()) };
        (moved, ask(Box::leak(model.into_boxed_str())))
    }

    /// The configuration of that name in the shared data; nothing where there is none.
    fn shared(system: System, name: &str) -> Option<Self> {
        let found =
            support::configs().into_iter().find(|config| config.system == system && config.name.starts_with(name));
        found.map(|config| Self::new(system, &config.text))
    }

    fn plan(&self, asked: &Asked) -> Plan {
        let mut request = Request::new(asked.model);
        request.origin = Some(Protocol::Chat);
        request.push_message(Role::User, Shape::Text, [Text::from("hello").into()]);
        let values = asked.values.iter().map(|(pointer, value)| ((*pointer).to_owned(), value.clone()));
        let demand = Demand::of(&request).with_values(values);
        let caller = asked.caller();
        let inventory = &self.inventory;
        plan(&Inputs {
            demand: &demand,
            catalog: &self.catalog,
            policy: &self.policy,
            inventory: (!inventory.scopes.is_empty()).then_some(inventory),
            caller: &caller,
            signals: Signals::default(),
            now: Timestamp::from_millis(0),
            seed: asked.seed,
            overlay: None,
            rewriter: None,
            ownership: None,
            lean: false,
        })
    }

    /// What is tried when every attempt ends as `outcome` says: `provider/id`, each time that it is asked.
    fn walk(&self, asked: &Asked, outcome: Outcome) -> Vec<String> {
        self.attempts(asked, outcome, |endpoint| format!("{}/{}", endpoint.provider(), endpoint.upstream_id()))
    }

    /// The same, by the credential scope that each endpoint is bound to.
    fn scopes(&self, asked: &Asked, outcome: Outcome) -> Vec<String> {
        self.attempts(asked, outcome, |endpoint| endpoint.credential_scope().unwrap_or("any").to_owned())
    }

    fn attempts(&self, asked: &Asked, outcome: Outcome, name: impl Fn(&Endpoint) -> String) -> Vec<String> {
        let plan = self.plan(asked);
        let mut cursor = Cursor::new(&plan);
        let mut now = Timestamp::from_millis(0);
        let mut tried = Vec::new();
        for _ in 0..64 {
            match cursor.next(now) {
                Step::Attempt(id) => {
                    let endpoint = cursor.attempt(id).unwrap().endpoint;
                    tried.push(name(self.catalog.endpoint(endpoint).unwrap()));
                    cursor.report(id, outcome, now).unwrap();
                }
                Step::Wait(until) => now = until,
                Step::Exhausted | Step::Done => break,
            }
        }
        tried
    }

    /// The providers that are tried, each once where it stands several times in a row.
    fn providers(&self, asked: &Asked, outcome: Outcome) -> Vec<String> {
        let mut tried = self.attempts(asked, outcome, |endpoint| endpoint.provider().to_owned());
        tried.dedup();
        tried
    }

    /// The orders after each of the failures that everybody meets: 429, 500, a timeout, a prompt that is too long.
    fn orders(&self, asked: &Asked) -> [Vec<String>; 4] {
        [status(429), status(500), timeout(), overflow()].map(|outcome| self.order(asked, outcome))
    }

    /// The same, with repetitions of one endpoint taken together.
    fn order(&self, asked: &Asked, outcome: Outcome) -> Vec<String> {
        let mut tried = self.walk(asked, outcome);
        tried.dedup();
        tried
    }
}
