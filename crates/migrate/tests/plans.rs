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
#[path = "plans/portkey.rs"]
mod portkey;
#[path = "plans/requests.rs"]
mod requests;
mod support;
#[path = "plans/tensorzero.rs"]
mod tensorzero;

use std::sync::OnceLock;

use switchback_catalog::{Catalog, Endpoint};
use switchback_ir::{ErrorClass, Protocol, Request, Role, Shape, Text};
use switchback_migrate::{Choice, Import, Migration, SourceFile, System};
use switchback_plan::{Caller, Cursor, Demand, Inputs, Outcome, Plan, Signals, Step, Value, plan};
use switchback_units::Timestamp;

fn embedded() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(Catalog::embedded)
}

/// An imported configuration, with the catalog that it needs.
struct Moved {
    migration: Migration,
    catalog: Catalog,
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

impl Moved {
    fn new(system: System, text: &str) -> Self {
        Self::read(system, text, Choice::Documented)
    }

    fn read(system: System, text: &str, choice: Choice) -> Self {
        let files = [SourceFile { name: "config", text }];
        let migration = Import::new(system).with_choice(choice).read(&files, embedded()).unwrap();
        let is_enough = migration.catalog.rows.is_empty();
        let catalog = if is_enough { embedded().clone() } else { migration.catalog.extend(embedded()).unwrap() };
        Self { migration, catalog }
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
        let inventory = &self.migration.catalog.inventory;
        plan(&Inputs {
            demand: &demand,
            catalog: &self.catalog,
            policy: &self.migration.policy,
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

    /// The same, with repetitions of one endpoint taken together.
    fn order(&self, asked: &Asked, outcome: Outcome) -> Vec<String> {
        let mut tried = self.walk(asked, outcome);
        tried.dedup();
        tried
    }
}
