use std::sync::{Arc, LazyLock};

use switchback_capability::Ownership;
use switchback_catalog::Catalog;
use switchback_ir::{Ledger, Request};
use switchback_plan::{
    Attempt, Caller, DecisionRecord, Demand, Inputs, Inventory, Overlay, Plan, Policy, RequestReader, Routing, Signals,
    UnreadableRouting, plan, plan_recorded,
};
use switchback_units::Timestamp;

use crate::rewrite;
use crate::upstream::{self, Upstream};

/// A catalog and a policy, ready to decide. Cheap to clone, `Send + Sync`; the default has the embedded catalog and
/// the recommended policy.
///
/// An engine never changes: a new catalog or policy is a new engine, and decisions under way keep the one that they
/// began with. [`Live`](crate::Live) is the place where the newest stands, with what is learned from outcomes.
///
/// ```
/// use switchback::{Engine, Policy};
///
/// let engine = Engine::default();
/// let strict = engine.with_policy(Policy::default());
/// assert!(std::ptr::eq(engine.catalog(), strict.catalog()), "the catalog is shared");
/// ```
#[derive(Clone, Debug)]
pub struct Engine {
    catalog: Arc<Catalog>,
    policy: Arc<Policy>,
}

/// What a decision depends on beside the request, the catalog and the policy.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Situation<'a> {
    /// The credentials that exist; `None` when the caller does not say, and then plans call access unverified.
    pub inventory: Option<&'a Inventory>,
    /// Who asks.
    pub caller: &'a Caller,
    /// What was measured.
    pub signals: Signals<'a>,
    /// The time.
    pub now: Timestamp,
    /// The seed of whatever is left to chance.
    pub seed: u64,
    /// What the request says about its own routing.
    pub overlay: Option<&'a Overlay>,
    /// Who holds the state that the request refers to.
    pub ownership: Option<&'a Ownership>,
    /// Whether plans leave out what explains: notes about names, and excluded endpoints but for those that fail too often.
    pub lean: bool,
}

/// Nobody in particular.
static ANYONE: LazyLock<Caller> = LazyLock::new(Caller::default);

impl<'a> Situation<'a> {
    /// That time, and nothing known beyond it.
    pub fn at(now: Timestamp) -> Self {
        Self {
            inventory: None,
            caller: &ANYONE,
            signals: Signals::default(),
            now,
            seed: 0,
            overlay: None,
            ownership: None,
            lean: false,
        }
    }

    /// The same with the credentials that exist.
    #[must_use]
    pub const fn with_inventory(self, inventory: &'a Inventory) -> Self {
        Self { inventory: Some(inventory), ..self }
    }

    /// The same with who asks.
    #[must_use]
    pub const fn with_caller(self, caller: &'a Caller) -> Self {
        Self { caller, ..self }
    }

    /// The same with what was measured.
    #[must_use]
    pub const fn with_signals(self, signals: Signals<'a>) -> Self {
        Self { signals, ..self }
    }

    /// The same with what the request says about its own routing.
    #[must_use]
    pub const fn with_overlay(self, overlay: &'a Overlay) -> Self {
        Self { overlay: Some(overlay), ..self }
    }

    /// The same with who holds the state that the request refers to.
    #[must_use]
    pub const fn with_ownership(self, ownership: &'a Ownership) -> Self {
        Self { ownership: Some(ownership), ..self }
    }

    /// The same with plans that hold attempts and no explanation, but for the endpoints that fail too often: a
    /// [`Live`](crate::Live) engine looks among them for one that may be back.
    #[must_use]
    pub const fn lean(self) -> Self {
        Self { lean: true, ..self }
    }

    /// The same with a seed.
    #[must_use]
    pub const fn with_seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }
}

impl Engine {
    /// An engine over a catalog and a policy.
    pub fn new(catalog: impl Into<Arc<Catalog>>, policy: impl Into<Arc<Policy>>) -> Self {
        Self { catalog: catalog.into(), policy: policy.into() }
    }

    /// The same catalog under another policy.
    #[must_use]
    pub fn with_policy(&self, policy: impl Into<Arc<Policy>>) -> Self {
        Self { catalog: Arc::clone(&self.catalog), policy: policy.into() }
    }

    /// The same policy over another catalog.
    #[must_use]
    pub fn with_catalog(&self, catalog: impl Into<Arc<Catalog>>) -> Self {
        Self { catalog: catalog.into(), policy: Arc::clone(&self.policy) }
    }

    /// The endpoints that exist.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Where requests may go and what is preferred.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Decides where a request goes. Pure: the same inputs give the same plan, byte for byte.
    pub fn decide(&self, request: &Request<'_>, situation: &Situation<'_>) -> Plan {
        self.plan(&rewrite::demand(request, &self.policy), request, situation)
    }

    /// The same for a request whose needs are known: of this engine's policy.
    pub(crate) fn plan(&self, demand: &Demand, request: &Request<'_>, situation: &Situation<'_>) -> Plan {
        self.with_inputs(demand, request, situation, plan)
    }

    /// The same plan, with the record of everything that it depends on: what `switchback replay` makes it from again.
    ///
    /// ```
    /// use switchback::{Engine, Limits, Protocol, Situation, Timestamp, decode};
    ///
    /// let body = br#"{"model":"claude-haiku-4-5","messages":[{"role":"user","content":"hello"}]}"#;
    /// let request = decode(Protocol::Chat, body, &Limits::default())?;
    /// let situation = Situation::at(Timestamp::from_millis(1_795_000_000_000));
    /// let (plan, record) = Engine::default().decide_recorded(&request, &situation);
    /// assert_eq!(record.replay().expect("no prompt was looked at"), plan);
    /// # Ok::<(), switchback::Error>(())
    /// ```
    pub fn decide_recorded(&self, request: &Request<'_>, situation: &Situation<'_>) -> (Plan, DecisionRecord) {
        self.with_inputs(&rewrite::demand(request, &self.policy), request, situation, plan_recorded)
    }

    fn with_inputs<T>(
        &self,
        demand: &Demand,
        request: &Request<'_>,
        situation: &Situation<'_>,
        decide: impl FnOnce(&Inputs<'_>) -> T,
    ) -> T {
        decide(&Inputs {
            demand,
            catalog: &self.catalog,
            policy: &self.policy,
            inventory: situation.inventory,
            caller: situation.caller,
            signals: situation.signals,
            now: situation.now,
            seed: situation.seed,
            overlay: situation.overlay,
            rewriter: Some(&rewrite::Rewriting { request }),
            ownership: situation.ownership,
            lean: situation.lean,
        })
    }

    /// Reads what a request says about its own routing in the words of another gateway, takes that out of the request, so
    /// that no provider sees it, and decides by it: it takes the place of the situation's overlay. The headers are those
    /// that the caller has.
    ///
    /// ```
    /// use switchback::{Engine, Limits, Protocol, RequestReader, Situation, Timestamp, decode};
    ///
    /// let body = br#"{
    ///     "model": "anthropic/claude-haiku-4.5", "messages": [{"role": "user", "content": "hello"}],
    ///     "provider": {"only": ["amazon-bedrock"], "sort": "price"}
    /// }"#;
    /// let mut request = decode(Protocol::Chat, body, &Limits::default()).unwrap();
    /// let situation = Situation::at(Timestamp::from_millis(1_795_000_000_000));
    /// let (plan, routing) = Engine::default().decide_as_asked(&mut request, &situation, RequestReader::default())?;
    /// assert_eq!(routing.unwrap().taken, ["/provider"]);
    /// assert!(plan.attempts().iter().all(|attempt| attempt.endpoint.provider() == "bedrock"));
    /// # Ok::<(), switchback::UnreadableRouting>(())
    /// ```
    ///
    /// # Errors
    /// Says which member is not what its system documents; the request is as it was.
    pub fn decide_as_asked(
        &self,
        request: &mut Request<'_>,
        situation: &Situation<'_>,
        reader: RequestReader,
    ) -> Result<(Plan, Option<Routing>), UnreadableRouting> {
        let Some(routing) = reader.read(request, &situation.caller.headers)? else {
            return Ok((self.decide(request, situation), None));
        };
        routing.strip(request);
        let plan = self.decide(request, &situation.with_overlay(&routing.overlay));
        Ok((plan, Some(routing)))
    }

    /// Makes the body for one attempt of a plan: the request with its leg's rewrites and the attempt's steps taken,
    /// under the endpoint's own name of the model, in the endpoint's protocol. What the way back needs of the request is in
    /// it: [`Engine::transcode`].
    ///
    /// # Errors
    /// The ledger of a refusal, when the encoder cannot say something. For an attempt of this engine's plan of the
    /// same request that is a mistake of the planner, and a test says that it does not happen.
    pub fn prepare(&self, request: &Request<'_>, plan: &Plan, attempt: &Attempt) -> Result<Upstream, Ledger> {
        upstream::prepare(request, plan, attempt)
    }
}

impl Default for Engine {
    fn default() -> Self {
        Self::new(Catalog::embedded(), Policy::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_is_shared_between_threads() {
        fn check<T: Send + Sync + Clone>() {}
        check::<Engine>();
    }
}
