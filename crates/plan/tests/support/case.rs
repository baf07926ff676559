//! One request over a few rows, for tests of one rule each.

use switchback_capability::Support;
use switchback_catalog::{Billing, Capability, Catalog, Endpoint, EndpointId, PriceKind, Providers, Row};
use switchback_ir::{At, JsonSchema, OutputFormat, Protocol, Request, Role, Shape, Text};
use switchback_plan::{
    Caller, Demand, Inputs, Inventory, Overlay, Plan, Policy, Reading, Readings, Rewrite, Rewriter, Signals, Value,
    plan,
};
use switchback_units::{Rate, Tokens};

use super::world::NOW;

/// A chat endpoint that is paid by use, at that price per million tokens.
pub fn row(provider: &str, model: &str, dollars: &str) -> Row {
    let mut row = Row::new(provider, model);
    row.protocols = vec![Protocol::Chat];
    row.billing = Billing::Metered;
    for kind in [PriceKind::Input, PriceKind::Output] {
        row.prices.base.set(kind, Rate::per_million(dollars).unwrap().value);
    }
    for capability in [Capability::Tools, Capability::Temperature, Capability::JsonSchema] {
        row.capabilities.set(capability, Support::Yes);
    }
    row
}

/// One model at openai for 1 dollar, at azure for 2 and at my-host for 3.
pub fn three(model: &str) -> Vec<Row> {
    vec![row("openai", model, "1"), row("azure-openai", model, "2"), row("my-host", model, "3")]
}

pub struct Case {
    pub rows: Vec<Row>,
    pub request: Request<'static>,
    pub policy: Policy,
    pub inventory: Option<Inventory>,
    pub caller: Caller,
    pub readings: Readings,
    pub overlay: Option<Overlay>,
    pub seed: u64,
    pub input: Option<Tokens>,
    pub values: Vec<(String, Value)>,
}

pub fn case(model: &'static str, rows: Vec<Row>) -> Case {
    let mut request = Request::new(model);
    request.origin = Some(Protocol::Chat);
    request.push_message(Role::User, Shape::Text, [Text::from("hello there").into()]);
    Case {
        rows,
        request,
        policy: Policy::default(),
        inventory: None,
        caller: Caller::default(),
        readings: Readings::default(),
        overlay: None,
        seed: 0,
        input: None,
        values: Vec::new(),
    }
}

impl Case {
    pub fn policy(mut self, toml: &str) -> Self {
        self.policy = Policy::from_toml(toml).unwrap();
        self
    }

    pub fn caller(mut self, json: &str) -> Self {
        self.caller = serde_json::from_str(json).unwrap();
        self
    }

    pub fn inventory(mut self, json: &str) -> Self {
        self.inventory = Some(serde_json::from_str(json).unwrap());
        self
    }

    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// What was measured of every endpoint of that provider, as a state file says it.
    pub fn reading(mut self, provider: &str, json: &str) -> Self {
        let reading: Reading = serde_json::from_str(json).unwrap();
        let ids: Vec<EndpointId> = self.catalog().by_provider(provider).iter().map(Endpoint::id).collect();
        assert!(!ids.is_empty(), "no endpoint of {provider}");
        for id in ids {
            self.readings.set(id, reading.clone());
        }
        self
    }

    fn catalog(&self) -> Catalog {
        Catalog::build(self.rows.clone(), Vec::new(), Providers::embedded()).unwrap()
    }

    pub fn plan(&self) -> Plan {
        let demand = Demand::of(&self.request).with_values(self.values.clone());
        let demand = match self.input {
            Some(tokens) => demand.with_input(tokens),
            None => demand,
        };
        plan(&Inputs {
            demand: &demand,
            catalog: &self.catalog(),
            policy: &self.policy,
            inventory: self.inventory.as_ref(),
            caller: &self.caller,
            signals: Signals::of(&self.readings),
            now: NOW,
            seed: self.seed,
            overlay: self.overlay.as_ref(),
            rewriter: Some(&Formatting(&self.request)),
            ownership: None,
            lean: false,
        })
    }

    /// `provider/model` of each attempt.
    pub fn attempts(&self) -> Vec<String> {
        let plan = self.plan();
        let name = |it: &switchback_plan::Attempt| format!("{}/{}", it.endpoint.provider(), it.target_model());
        plan.attempts().iter().map(name).collect()
    }

    /// The provider of each attempt.
    pub fn providers(&self) -> Vec<String> {
        self.plan().attempts().iter().map(|attempt| attempt.endpoint.provider().to_owned()).collect()
    }

    /// `provider: code` of everything that is out.
    pub fn out(&self) -> Vec<String> {
        let plan = self.plan();
        plan.excluded().iter().map(|out| format!("{}: {}", out.endpoint.provider(), out.reason.code())).collect()
    }
}

/// Knows one rewrite: a JSON Schema for the answer.
struct Formatting<'r>(&'r Request<'static>);

impl Rewriter for Formatting<'_> {
    fn rewritten(&self, rewrites: &[&Rewrite]) -> Option<Demand> {
        let mut request = self.0.clone();
        if rewrites.iter().any(|rewrite| rewrite.set.contains_key("response_format")) {
            let schema = JsonSchema { name: Some(At::nowhere("answer".into())), ..JsonSchema::default() };
            request.output_format = Some(At::nowhere(OutputFormat::JsonSchema(schema)));
        }
        Some(Demand::of(&request))
    }
}
