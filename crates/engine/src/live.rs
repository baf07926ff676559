use std::sync::{Arc, Mutex, PoisonError, RwLock, TryLockError};

use arc_swap::{ArcSwap, ArcSwapOption};
use switchback_catalog::{Catalog, EndpointId};
use switchback_ir::{ErrorClass, FeatureSet, Request, Usage};
use switchback_plan::{
    Attempt, Demand, InvalidPolicy, Metric, Metrics, Outcome, Plan, Policy, Reason, RequestReader, Routing, Signals,
    Try, UnreadablePolicy, UnreadableRouting,
};
use switchback_units::{Millis, Timestamp};
use switchback_uptime::{Call, Endpoint, Features, Probe, Snapshot, Span, Target, Timing, Uptime, Verdict};

use crate::record::Metered;
use crate::{Conversations, Engine, Measured, Said, Situation, Speaker, Warm, outcome, rewrite, used};

/// How old measured latencies may be before they are taken again. Gates and cooldowns are always read as they are.
const FRESH: Millis = Millis::from_secs(1);

/// An engine that learns from outcomes, and whose policy and catalog can be replaced while others use it. Cheap to clone,
/// `Send + Sync`; clones are one.
///
/// A request is decided by the state that stands when it comes, and goes on with it: [`Decision::engine`] is that state,
/// whatever replaces it. What is known of endpoints (uptime, latencies, warm prompts) goes by their ids, and so outlives
/// every replacement that keeps them. The state is read without a lock, and of two that replace parts of it at once neither
/// undoes the other's.
///
/// It has no clock and no thread: times come with each call.
///
/// ```
/// use switchback::plan::{Cursor, Outcome, Step};
/// use switchback::uptime::{Settings, Uptime};
/// use switchback::{Engine, Limits, Live, Policy, Protocol, Situation, Speaker, Timestamp, decode};
///
/// let live = Live::new(Engine::default(), Uptime::new(Settings::default()));
/// let body = br#"{"model":"gpt-4o-mini","messages":[{"role":"user","content":"hello"}]}"#;
/// let request = decode(Protocol::Chat, body, &Limits::default())?;
/// let now = Timestamp::from_millis(1_795_000_000_000);
///
/// let decision = live.decide(&request, &Situation::at(now), &Speaker::default());
/// let mut cursor = Cursor::new(&decision.plan);
/// live.load_policy("version = 'new'\nsort = 'cost'")?;
/// assert_eq!((decision.version, live.version()), (0, 1), "what is under way keeps what it began with");
///
/// let Step::Attempt(first) = cursor.next(now) else { panic!("it has attempts") };
/// cursor.report(first, Outcome::Success, now)?;
/// live.observe(&decision, &cursor.attempts()[0], None);
///
/// let error = live.load_policy("sortt = 'cost'").unwrap_err();
/// assert!(error.to_string().contains("did you mean `sort`"));
/// let error = live.load_policy("groups.a = ['b']\ngroups.b = ['a']").unwrap_err();
/// assert!(error.to_string().contains("`a` → `b` → `a`"), "{error}");
/// assert_eq!(live.engine().policy().version.as_deref(), Some("new"), "it is rejected whole");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Live {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    current: ArcSwap<Version>,
    uptime: Uptime,
    /// Taken anew by whoever finds it old; one at a time.
    measured: ArcSwapOption<Snapshot>,
    measuring: Mutex<()>,
    conversations: Option<RwLock<Conversations>>,
}

/// An engine, and how many stood before it.
#[derive(Debug)]
struct Version {
    number: u64,
    engine: Engine,
}

/// A policy that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(clippy::exhaustive_enums, reason = "it cannot be read, or it cannot be worked with")]
pub enum RefusedPolicy {
    /// It is no policy.
    #[error(transparent)]
    Unreadable(#[from] UnreadablePolicy),
    /// It cannot be worked with, whatever the catalog.
    #[error(transparent)]
    Invalid(#[from] InvalidPolicy),
}

/// Where a request goes, with what decided it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Decision {
    /// The engine that decided: what prepares, transcodes and finishes this request.
    pub engine: Engine,
    /// How many replacements came before it.
    pub version: u64,
    /// The plan.
    pub plan: Plan,
    /// What is believed of prompt caches.
    pub warm: Warm,
    features: FeatureSet,
    /// Kept until the request is over.
    probe: Option<Probe>,
}

impl Live {
    /// An engine with what is known of endpoints so far.
    pub fn new(engine: Engine, uptime: Uptime) -> Self {
        Self::of(engine, uptime, None)
    }

    /// The same that also learns where conversations are warm, and keeps them there.
    pub fn with_conversations(engine: Engine, uptime: Uptime, conversations: Conversations) -> Self {
        Self::of(engine, uptime, Some(RwLock::new(conversations)))
    }

    fn of(engine: Engine, uptime: Uptime, conversations: Option<RwLock<Conversations>>) -> Self {
        let shared = Shared {
            current: ArcSwap::from_pointee(Version { number: 0, engine }),
            uptime,
            measured: ArcSwapOption::empty(),
            measuring: Mutex::new(()),
            conversations,
        };
        Self { shared: Arc::new(shared) }
    }

    /// Decides where a request goes, by the engine that stands now and what is known now.
    ///
    /// Of the situation's signals, metrics are asked before those that are measured here; affinity counts where no
    /// conversations are kept; the rest is measured here. A request with nothing warm to lose may be the one that finds out
    /// whether an endpoint is back: where that endpoint would come first, it does.
    pub fn decide(&self, request: &Request<'_>, situation: &Situation<'_>, speaker: &Speaker<'_>) -> Decision {
        let version = self.shared.current.load_full();
        let engine = version.engine.clone();
        let demand = rewrite::demand(request, engine.policy());
        let snapshot = self.shared.measured(situation.now);
        let view = View { engine: &engine, request, demand: &demand, situation };
        let measured = Measured::new(&snapshot, self.shared.uptime.settings()).with_gates(&self.shared.uptime);
        let mut plan = view.plan(measured, None);
        let mut warm = Warm::default();
        if let Some(conversations) = &self.shared.conversations {
            warm =
                conversations.read().unwrap_or_else(PoisonError::into_inner).read(request, speaker, &plan, &measured);
            plan = view.plan(measured, Some(&warm));
        }
        let mut probe = None;
        if warm.may_probe()
            && let Some((probing, place)) = self.shared.probe(&view, measured, &warm, &plan)
        {
            (plan, probe) = (probing, Some(place));
        }
        let features = demand.requirements().features();
        Decision { engine, version: version.number, plan, warm, features, probe }
    }

    /// The same for a request that may say something about its own routing, as [`Engine::decide_as_asked`] reads it: that is
    /// taken out of the request, and the session that it names tells its conversation, unless the speaker has one.
    ///
    /// ```
    /// use switchback::uptime::{Settings, Uptime};
    /// use switchback::{Engine, Limits, Live, Protocol, RequestReader, Situation, Speaker, Timestamp, decode};
    ///
    /// let live = Live::new(Engine::default(), Uptime::new(Settings::default()));
    /// let body = br#"{
    ///     "model": "anthropic/claude-haiku-4.5", "messages": [{"role": "user", "content": "hello"}],
    ///     "provider": {"only": ["amazon-bedrock"]}
    /// }"#;
    /// let mut request = decode(Protocol::Chat, body, &Limits::default()).unwrap();
    /// let situation = Situation::at(Timestamp::from_millis(1_795_000_000_000));
    /// let (decision, routing) =
    ///     live.decide_as_asked(&mut request, &situation, RequestReader::default(), &Speaker::default())?;
    /// assert_eq!(routing.unwrap().taken, ["/provider"]);
    /// assert!(decision.plan.attempts().iter().all(|attempt| attempt.endpoint.provider() == "bedrock"));
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
        speaker: &Speaker<'_>,
    ) -> Result<(Decision, Option<Routing>), UnreadableRouting> {
        let Some(routing) = reader.read(request, &situation.caller.headers)? else {
            return Ok((self.decide(request, situation, speaker), None));
        };
        routing.strip(request);
        let situation = situation.with_overlay(&routing.overlay);
        Ok((self.decide(request, &situation, &speaker.asking(&routing)), Some(routing)))
    }

    /// Says that an attempt is sent now: what the provider's own limits are counted by.
    pub fn sent(&self, decision: &Decision, tried: &Try) {
        if let Some(attempt) = decision.attempt(tried) {
            self.gate(attempt, tried, tried.started).sent(tried.started);
        }
    }

    /// Learns from an attempt that ended: its outcome and times, and what its answer says was used. Gives what the usage
    /// says of the prompt's cache, against what was believed. Of an attempt that is under way nothing is learned.
    ///
    /// With several credentials for one endpoint, throttled and refused ones say nothing of the endpoint: the cursor goes on
    /// to the next.
    pub fn observe(&self, decision: &Decision, tried: &Try, usage: Option<&Metered>) -> Option<Said> {
        let attempt = decision.attempt(tried)?;
        let (result, ended) = (tried.outcome?, tried.ended?);
        let gate = self.gate(attempt, tried, ended);
        let used = decision.used(attempt);
        let meant = meaning(result, attempt, tried, used);
        gate.record(&Call::new(meant, tried.started).using(used), ended);
        if let Some(timing) = timing(tried, ended, result, usage) {
            gate.observe(&timing, ended);
        }
        let conversations = self.shared.conversations.as_ref()?;
        let Metered { input, cached, cache_write, output, reasoning, .. } = *usage?;
        let usage = Usage { input, cached, cache_write, output, reasoning };
        let mut conversations = conversations.write().unwrap_or_else(PoisonError::into_inner);
        conversations.observe(&decision.warm, attempt.id(), tried.started, &usage)
    }

    /// Replaces the policy, from TOML. Gives the version that it is the first of.
    ///
    /// # Errors
    /// On text that is no policy, and as [`set_policy`](Self::set_policy): nothing of it is taken, and the old one stays.
    pub fn load_policy(&self, toml: &str) -> Result<u64, RefusedPolicy> {
        Ok(self.set_policy(Policy::from_toml(toml)?)?)
    }

    /// Replaces the policy; the catalog stays. Gives the version that it is the first of.
    ///
    /// # Errors
    /// On a policy that cannot be worked with, whatever the catalog ([`Policy::check`]): the old one stays.
    pub fn set_policy(&self, policy: impl Into<Arc<Policy>>) -> Result<u64, InvalidPolicy> {
        let policy = policy.into();
        policy.check()?;
        Ok(self.replace(|engine| engine.with_policy(Arc::clone(&policy))))
    }

    /// Replaces the catalog; the policy stays. Gives the version that it is the first of.
    pub fn set_catalog(&self, catalog: impl Into<Arc<Catalog>>) -> u64 {
        let catalog = catalog.into();
        self.replace(|engine| engine.with_catalog(Arc::clone(&catalog)))
    }

    /// Replaces both at once. Gives the version that they are the first of.
    pub fn set_engine(&self, engine: &Engine) -> u64 {
        self.replace(|_| engine.clone())
    }

    /// The engine that stands now.
    pub fn engine(&self) -> Engine {
        self.shared.current.load().engine.clone()
    }

    /// How many replacements there have been.
    pub fn version(&self) -> u64 {
        self.shared.current.load().number
    }

    /// What is known of endpoints: to merge with other replicas', to sweep, to look at.
    pub fn uptime(&self) -> &Uptime {
        &self.shared.uptime
    }

    /// Takes the engine that stands and puts another in its place, again if somebody else did so meanwhile.
    fn replace(&self, with: impl Fn(&Engine) -> Engine) -> u64 {
        let next = |version: &Arc<Version>| Version {
            number: version.number.saturating_add(1),
            engine: with(&version.engine),
        };
        self.shared.current.rcu(next).number.saturating_add(1)
    }

    fn gate(&self, attempt: &Attempt, tried: &Try, now: Timestamp) -> Arc<Endpoint> {
        let provider = attempt.endpoint.provider();
        let credential = tried.credential.as_deref().unwrap_or_default();
        let hash = |text: &str| EndpointId::of(text).as_u64();
        self.shared.uptime.endpoint(
            Target {
                endpoint: attempt.id().as_u64(),
                provider: hash(provider),
                credential: hash(&format!("{provider} {credential}")),
            },
            now,
        )
    }
}

impl Shared {
    /// What was measured a second ago at the most, or is being measured.
    fn measured(&self, now: Timestamp) -> Arc<Snapshot> {
        let latest = self.measured.load_full();
        if let Some(latest) = &latest
            && now.saturating_since(latest.at()) < FRESH
        {
            return Arc::clone(latest);
        }
        let turn = self.measuring.try_lock();
        if let Some(latest) = latest
            && matches!(turn, Err(TryLockError::WouldBlock))
        {
            return latest;
        }
        let fresh = Arc::new(self.uptime.snapshot(Span::Minute, now));
        self.measured.store(Some(Arc::clone(&fresh)));
        drop(turn);
        fresh
    }

    /// The plan of a request that may try an endpoint which was out, if one that it would try first waits for that.
    fn probe(&self, view: &View<'_>, measured: Measured<'_>, warm: &Warm, plan: &Plan) -> Option<(Plan, Probe)> {
        let gated = plan.excluded().iter().filter(|excluded| matches!(excluded.reason, Reason::GatedByUptime { .. }));
        let (features, now) = (used(view.demand.requirements().features()), view.situation.now);
        gated.into_iter().find_map(|excluded| {
            let id = excluded.endpoint.id();
            let gate = self.uptime.known(id.as_u64())?;
            if !matches!(gate.check(features, now), Verdict::Probe(_)) {
                return None;
            }
            let warm = self.conversations.as_ref().map(|_| warm);
            let probing = view.plan(measured.probing(id), warm);
            // A place that is given back unused would be taken by nobody else for as long as after a probe.
            if probing.attempts().first().map(Attempt::id) != Some(id) {
                return None;
            }
            Some((probing, gate.probe(now)?))
        })
    }
}

impl Decision {
    /// The planned attempt of one that a cursor started.
    pub fn attempt(&self, tried: &Try) -> Option<&Attempt> {
        self.plan.attempts().get(tried.stop).filter(|attempt| attempt.id() == tried.endpoint)
    }

    /// Whether it finds out if its first endpoint is back.
    pub const fn is_probe(&self) -> bool {
        self.probe.is_some()
    }

    /// What the gate counts an attempt under: what is sent, after degradation.
    fn used(&self, attempt: &Attempt) -> Features {
        let mut sent = self.features;
        attempt.steps().iter().for_each(|step| sent.remove(step.feature));
        used(sent)
    }
}

/// One request, to be planned under several signals.
struct View<'a> {
    engine: &'a Engine,
    request: &'a Request<'a>,
    demand: &'a Demand,
    situation: &'a Situation<'a>,
}

impl View<'_> {
    fn plan(&self, measured: Measured<'_>, warm: Option<&Warm>) -> Plan {
        let given = self.situation.signals;
        let metrics = Both { given: given.metrics, measured };
        let mut signals =
            Signals { uptime: &measured, latency: &measured, metrics: &metrics, affinity: given.affinity };
        if let Some(warm) = warm {
            signals.affinity = warm;
        }
        self.engine.plan(self.demand, self.request, &self.situation.with_signals(signals))
    }
}

/// What the caller counts, and what is measured where it does not.
struct Both<'a> {
    given: &'a dyn Metrics,
    measured: Measured<'a>,
}

impl Metrics for Both<'_> {
    fn metric(&self, endpoint: EndpointId, metric: Metric, now: Timestamp) -> Option<f64> {
        self.given.metric(endpoint, metric, now).or_else(|| self.measured.metric(endpoint, metric, now))
    }
}

/// What an attempt's outcome means to the gate.
fn meaning(result: Outcome, attempt: &Attempt, tried: &Try, used: Features) -> switchback_uptime::Outcome {
    use switchback_uptime::Outcome as Meant;
    let Outcome::Failed { class, retry_after, .. } = result else { return Meant::Success };
    if class == ErrorClass::Cancelled {
        let waited = tried.ended.unwrap_or(tried.started).saturating_since(tried.started);
        return Meant::Cancelled { waited, first_token: tried.first_token.is_some() };
    }
    let meant = outcome(class, used, retry_after);
    let is_of_credential = matches!(meant, Meant::Throttled { .. } | Meant::Credential);
    if is_of_credential && attempt.credentials.len() > 1 { Meant::Neutral } else { meant }
}

/// How long an attempt took, where that says something: a quick failure is no quick answer.
fn timing(tried: &Try, ended: Timestamp, result: Outcome, usage: Option<&Metered>) -> Option<Timing> {
    let since = |at: Timestamp| at.saturating_since(tried.started);
    let timing = match result.class() {
        None => Timing::new(since(ended)),
        Some(ErrorClass::Timeout | ErrorClass::Cancelled) => Timing::given_up(since(ended)),
        Some(_) => return None,
    };
    let timing = tried.first_token.map_or(timing, |at| timing.first_token(since(at)));
    Some(usage.and_then(|usage| usage.output).map_or(timing, |tokens| timing.output_tokens(tokens)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_live_engine_is_shared_between_threads_and_a_decision_is_sent() {
        fn shared<T: Send + Sync + Clone>() {}
        fn sent<T: Send>() {}
        shared::<Live>();
        sent::<Decision>();
    }
}
