use std::collections::BTreeMap;

use switchback_affinity::{
    AffinityKey, Beliefs, CacheRule, Candidate, Conversation, Estimate, Facts, Fingerprint, Layer, Marking, Memory,
    Prompt, Recovery, Route, Secret, Seeds, derived, home, stay,
};
use switchback_catalog::{Endpoint, EndpointId, PriceKind};
use switchback_ir::{Feature, FeatureSet, Key, Message, Request, Role, Usage};
use switchback_plan::{
    Affinity, Attempt, CacheKey, Demand, Plan, RequestReader, Routing, Signals, UnreadableRouting, Uptime, Warmth,
};
use switchback_units::{Money, Rate, Timestamp, Tokens};

use crate::{Engine, Situation};

/// The time to read one uncached token, in nanoseconds, where nobody measured it: 30,000 tokens a second, between what small
/// and large models of the large vendors do (a guess of 2026-11, only for what a warm cache saves of the wait).
const PREFILL: u64 = 33_000;

/// The shortest prompt that any rule keeps: what is shorter is told from others by its sender and not by its beginning.
const SHORTEST: u64 = 1024;

/// What a gateway keeps of the conversations that pass through it: a secret that all of its replicas share, and what each
/// learned of its routes' caches.
///
/// Without beliefs, and so without any state that replicas would have to share, a conversation has one home, which every
/// replica names alike. [`with_beliefs`](Self::with_beliefs) adds what is known of single prompts; it pays only where
/// replicas tell each other (`docs/affinity.md`).
#[derive(Clone, Debug)]
pub struct Conversations {
    secret: Secret,
    memory: Memory,
}

/// Who speaks, as far as conversations are concerned. None of it is kept or sent, only keyed hashes.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "what a gateway reads of a request beside its body")]
pub struct Speaker<'a> {
    /// Whose request it is: equal conversations of two tenants never meet.
    pub tenant: &'a [u8],
    /// A session header that the gateway chose to read.
    pub session: Option<&'a [u8]>,
    /// The id of the caller's API key.
    pub api_key: Option<&'a [u8]>,
    /// How many requests the gateway saw in the last minute with the same session, `prompt_cache_key` or other seed; 0 where it
    /// does not count.
    pub a_minute: u32,
}

/// What is believed of the caches of one plan's endpoints: the planner's signal, and what an answer is held against.
#[derive(Clone, Debug, Default)]
pub struct Warm {
    key: Option<AffinityKey>,
    home: Option<EndpointId>,
    earlier: Option<Layer>,
    whole: Layer,
    system: Layer,
    readings: BTreeMap<EndpointId, Reading>,
}

#[derive(Clone, Debug)]
struct Reading {
    place: u64,
    rule: Option<CacheRule>,
    expected: Tokens,
    warmth: Warmth,
}

/// What an answer said of the cache, against what was believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "what was believed and what came of it")]
pub struct Said {
    /// Tokens that were expected to be read from the cache.
    pub expected: Tokens,
    /// Tokens that were; `None` where the usage does not say.
    pub read: Option<Tokens>,
}

impl Engine {
    /// Decides where a request goes as [`Engine::decide`] does, and then again with what is believed of the caches of those
    /// endpoints that the first plan would try. So affinity comes after every constraint and after the gate: it reorders, and
    /// brings nothing back.
    ///
    /// ```
    /// use switchback::affinity::Secret;
    /// use switchback::{Conversations, Engine, Limits, Protocol, Situation, Speaker, Timestamp, decode};
    ///
    /// let long = "All happy families are alike. ".repeat(400);
    /// let body = format!(r#"{{"model":"gpt-4o","messages":[{{"role":"user","content":"{long}"}},
    ///     {{"role":"assistant","content":"So it begins."}},{{"role":"user","content":"And then?"}}]}}"#);
    /// let request = decode(Protocol::Chat, body.as_bytes(), &Limits::default())?;
    /// let situation = Situation::at(Timestamp::from_millis(1_795_000_000_000));
    /// let conversations = Conversations::new(Secret::new([7; 32]));
    /// let speaker = Speaker { tenant: b"acme", session: Some(b"s-1"), ..Speaker::default() };
    ///
    /// let (plan, warm) = Engine::default().decide_warm(&request, &situation, &conversations, &speaker);
    /// let first = &plan.attempts()[0];
    /// assert_eq!(warm.home(), Some(first.id()));
    /// assert!(first.cached.is_some_and(|tokens| tokens.get() > 1_000));
    /// let key = first.warmth.as_ref().and_then(|warmth| warmth.cache_key.as_ref()).unwrap();
    /// assert_eq!(key.why, "session");
    /// # Ok::<(), switchback::Error>(())
    /// ```
    pub fn decide_warm(
        &self,
        request: &Request<'_>,
        situation: &Situation<'_>,
        conversations: &Conversations,
        speaker: &Speaker<'_>,
    ) -> (Plan, Warm) {
        let eligible = self.decide(request, situation);
        let warm = conversations.read(request, speaker, &eligible, situation.signals.uptime);
        let signals = Signals { affinity: &warm, ..situation.signals };
        let plan = self.decide(request, &situation.with_signals(signals));
        (plan, warm)
    }

    /// The same for a request that may say something about its own routing, as [`Engine::decide_as_asked`] reads it: the
    /// session that it names tells its conversation, unless the speaker has one.
    ///
    /// ```
    /// use switchback::affinity::{Secret, SeedSource};
    /// use switchback::{Conversations, Engine, Limits, Protocol, RequestReader, Situation, Speaker, Timestamp, decode};
    ///
    /// let body = br#"{"model":"openai/gpt-4o","messages":[{"role":"user","content":"hello"}],"session_id":"s-1"}"#;
    /// let mut request = decode(Protocol::Chat, body, &Limits::default()).unwrap();
    /// let situation = Situation::at(Timestamp::from_millis(1_795_000_000_000));
    /// let conversations = Conversations::new(Secret::new([7; 32]));
    /// let (_, warm, _) = Engine::default()
    ///     .decide_warm_as_asked(&mut request, &situation, RequestReader::default(), &conversations, &Speaker::default())?;
    /// assert_eq!(warm.key().map(|key| key.source()), Some(SeedSource::Session));
    /// # Ok::<(), switchback::UnreadableRouting>(())
    /// ```
    ///
    /// # Errors
    /// Says which member is not what its system documents; the request is as it was.
    pub fn decide_warm_as_asked(
        &self,
        request: &mut Request<'_>,
        situation: &Situation<'_>,
        reader: RequestReader,
        conversations: &Conversations,
        speaker: &Speaker<'_>,
    ) -> Result<(Plan, Warm, Option<Routing>), UnreadableRouting> {
        let Some(routing) = reader.read(request, &situation.caller.headers)? else {
            let (plan, warm) = self.decide_warm(request, situation, conversations, speaker);
            return Ok((plan, warm, None));
        };
        routing.strip(request);
        let situation = situation.with_overlay(&routing.overlay);
        let (plan, warm) = self.decide_warm(request, &situation, conversations, &speaker.asking(&routing));
        Ok((plan, warm, Some(routing)))
    }
}

impl<'a> Speaker<'a> {
    /// The same with the session that a request names in the words of another gateway, where the caller's own headers gave
    /// none. Its `prompt_cache_key` and `user`, which those gateways count as sessions too, have places of their own among
    /// the seeds of a key ([`Seeds`]).
    #[must_use]
    pub fn asking(self, routing: &'a Routing) -> Self {
        let other = |path: &str| !matches!(path, "/prompt_cache_key" | "/user");
        let named = || routing.session.as_ref().filter(|session| other(&session.path));
        let session = self.session.or_else(|| named().map(|session| session.key.as_bytes()));
        Self { session, ..self }
    }
}

impl Conversations {
    /// Nothing learned yet.
    pub fn new(secret: Secret) -> Self {
        Self { secret, memory: Memory::default() }
    }

    /// The same with beliefs about single prompts.
    #[must_use]
    pub fn with_beliefs(self, beliefs: Beliefs) -> Self {
        Self { memory: self.memory.with_beliefs(beliefs), ..self }
    }

    /// What was learned.
    pub const fn memory(&self) -> &Memory {
        &self.memory
    }

    /// What was learned, to take over what another replica believes.
    pub const fn memory_mut(&mut self) -> &mut Memory {
        &mut self.memory
    }

    /// What is believed of the endpoints that a plan without affinity would try; `uptime` says which of them were out of late.
    /// Cost: one pass over the request.
    pub fn read(&self, request: &Request<'_>, speaker: &Speaker<'_>, eligible: &Plan, uptime: &dyn Uptime) -> Warm {
        let Some(first) = eligible.attempts().first() else { return Warm::default() };
        let fingerprint = Fingerprint::of(request, &self.secret.prompts_of(speaker.tenant));
        let opening = fingerprint.opening(request);
        let key = self.key(request, speaker, first.endpoint.family(), opening);
        let about = About::of(request, &fingerprint, eligible.now());
        let mut warm = Warm {
            key,
            home: None,
            earlier: about.earlier,
            whole: fingerprint.whole(),
            system: fingerprint.system,
            readings: BTreeMap::new(),
        };
        for attempt in eligible.attempts() {
            warm.readings.insert(attempt.id(), self.reading(attempt, &about, &fingerprint));
        }
        if let Some(key) = key {
            let hot = |rate| derived(opening.hash, speaker.a_minute, rate);
            let rate = CacheRule::of(first.endpoint.provider(), first.endpoint.family()).and_then(|rule| rule.key_rate);
            let routed_by = key.routed_by(rate.and_then(hot), opening.hash);
            let conversation = Conversation { key: routed_by, turns: turns(request) };
            self.settle(&mut warm, &conversation, eligible, &about, uptime);
            let named = request.option(Key::PromptCacheKey).is_some();
            for reading in warm.readings.values_mut() {
                let rate = reading.rule.and_then(|rule| rule.key_rate);
                if named || rate.is_some() {
                    reading.warmth.cache_key = Some(cache_key(key, rate.and_then(hot)));
                }
            }
        }
        warm
    }

    /// Learns from an answer's usage, and says how it compares with what was believed. `started` is when the request was
    /// sent. `None` for an endpoint that was not read, or whose provider has no rule.
    pub fn observe(&mut self, warm: &Warm, endpoint: EndpointId, started: Timestamp, usage: &Usage) -> Option<Said> {
        let reading = warm.readings.get(&endpoint)?;
        let rule = reading.rule?;
        let tokens = |count: Option<u64>| Tokens::new(count.unwrap_or(0));
        self.memory.observe(
            &switchback_affinity::Usage {
                candidate: reading.place,
                started,
                lifetime: rule.lifetime,
                expected: reading.expected,
                estimated: warm.whole.tokens,
                input: tokens(usage.input),
                read: tokens(usage.cached),
                written: tokens(usage.cache_write),
                prefix: warm.whole.prefix(),
                system: Some((warm.system.prefix(), warm.system.tokens)),
            },
            &rule,
        );
        Some(Said { expected: reading.expected, read: usage.cached.map(Tokens::new) })
    }

    fn key(&self, request: &Request<'_>, speaker: &Speaker<'_>, family: &str, opening: Layer) -> Option<AffinityKey> {
        let word =
            |key| request.option(key).and_then(|field| field.value.as_text().map(|text| text.word().into_owned()));
        let [cache_key, previous, conversation, safety, user] =
            [Key::PromptCacheKey, Key::PreviousResponse, Key::Conversation, Key::SafetyIdentifier, Key::User].map(word);
        let conversation = conversation.or(previous);
        let user = safety.or(user);
        let seeds = Seeds {
            tenant: speaker.tenant,
            model: family,
            prompt_cache_key: cache_key.as_deref().map(str::as_bytes),
            session: speaker.session,
            conversation: conversation.as_deref().map(str::as_bytes),
            user: user.as_deref().map(str::as_bytes),
            prefix: (opening.tokens.get() >= SHORTEST).then_some(opening.hash),
            api_key: speaker.api_key,
        };
        AffinityKey::of(&seeds, &self.secret)
    }

    /// What an endpoint is believed to hold by what was learned of the prompt itself, where that is kept.
    fn reading(&self, attempt: &Attempt, about: &About, fingerprint: &Fingerprint) -> Reading {
        let endpoint = &attempt.endpoint;
        let (place, rule) = (place(endpoint), rule_of(endpoint, about));
        let mut reading = Reading { place, rule, expected: Tokens::ZERO, warmth: Warmth::default() };
        let Some(beliefs) = self.memory.beliefs() else { return reading };
        let mut layers = fingerprint.messages.iter().rev().chain([&fingerprint.system, &fingerprint.tools]);
        let belief = layers.find_map(|layer| beliefs.belief(layer.prefix(), place, about.now));
        if let Some(belief) = belief {
            reading.warmth.since = Some(belief.seen);
            reading.warmth.until = Some(belief.expires);
            self.price(&mut reading, endpoint, about, belief.tokens);
        }
        reading
    }

    /// What so many cached tokens are worth at an endpoint.
    fn price(&self, reading: &mut Reading, endpoint: &Endpoint, about: &About, believed: Tokens) {
        let Some(rule) = reading.rule else { return };
        let rate = self.memory.rate(reading.place, &rule, about.now);
        let facts = about.facts(endpoint, &rule, believed, rate.millionths());
        let input = self.memory.correct(reading.place, about.prompt.input, about.now);
        let estimate = Estimate::of(&Prompt { input, marked: input, ..about.prompt }, &facts);
        // The planner counts with a number of tokens: those that are likely.
        let likely = u128::from(estimate.cached.get()) * u128::from(rate.millionths()) / 1_000_000;
        reading.expected = Tokens::new(u64::try_from(likely).unwrap_or(u64::MAX));
        reading.warmth.saves = estimate.saving.money;
        reading.warmth.saves_ms = estimate.saving.time;
    }

    /// Finds the home of the conversation among the endpoints that stand as well as the first, and says what staying there is
    /// worth; without beliefs it is also where an earlier request's prompt is expected.
    fn settle(
        &self,
        warm: &mut Warm,
        conversation: &Conversation,
        eligible: &Plan,
        about: &About,
        uptime: &dyn Uptime,
    ) {
        let Some(first) = eligible.attempts().first() else { return };
        let mut peers: Vec<&Attempt> = Vec::new();
        for attempt in eligible.attempts().iter().filter(|attempt| standing(attempt) == standing(first)) {
            // One endpoint for each place: the one that the planner likes best.
            if !peers.iter().any(|peer| place(&peer.endpoint) == place(&attempt.endpoint)) {
                peers.push(attempt);
            }
        }
        let route = |attempt: &&Attempt| {
            let rule = rule_of(&attempt.endpoint, about);
            let candidate = Candidate::new(place(&attempt.endpoint));
            let trusted = |rule: &CacheRule| self.memory.rate(candidate.id, rule, about.now).is_trusted();
            Route {
                trusted: rule.as_ref().is_some_and(trusted),
                recovery: about.recovery(attempt.id(), uptime),
                ..Route::new(candidate, about.list_price(&attempt.endpoint))
            }
        };
        let routes: Vec<Route> = peers.iter().map(route).collect();
        let Some(chosen) = home(conversation, &routes).and_then(|at| peers.get(at).copied()) else { return };
        let Some(reading) = warm.readings.get_mut(&chosen.id()) else { return };
        warm.home = Some(chosen.id());
        if let (None, Some(earlier)) = (self.memory.beliefs(), about.earlier) {
            let believed = self.memory.correct(reading.place, earlier.tokens, about.now);
            self.price(reading, &chosen.endpoint, about, believed);
        }
        let prompt = about.list_price(&chosen.endpoint).unwrap_or(Money::ZERO);
        reading.warmth.stay = stay(prompt.saturating_sub(reading.warmth.saves));
    }
}

/// What all endpoints are told of a request.
struct About {
    prompt: Prompt,
    earlier: Option<Layer>,
    features: FeatureSet,
    now: Timestamp,
}

impl About {
    fn of(request: &Request<'_>, fingerprint: &Fingerprint, now: Timestamp) -> Self {
        let demand = Demand::of(request);
        let input = fingerprint.whole().tokens;
        Self {
            prompt: Prompt {
                input,
                marked: input,
                output: demand.max_output().unwrap_or_default(),
                ..Prompt::default()
            },
            earlier: fingerprint.earlier(request),
            features: demand.requirements().features(),
            now,
        }
    }

    /// What the prompt lists at, uncached; `None` when nobody knows.
    fn list_price(&self, endpoint: &Endpoint) -> Option<Money> {
        let rate = endpoint.prices().rate(PriceKind::Input, self.prompt.input)?;
        Some(rate * self.prompt.input)
    }

    fn recovery(&self, endpoint: EndpointId, uptime: &dyn Uptime) -> Option<Recovery> {
        let recovery = uptime.recovery(endpoint, self.features, self.now)?;
        Some(Recovery { out: self.now.saturating_since(recovery.since), permille: recovery.permille })
    }

    fn facts(&self, endpoint: &Endpoint, rule: &CacheRule, believed: Tokens, likely: u32) -> Facts {
        let rate = |kind| endpoint.prices().rate(kind, self.prompt.input);
        let input = rate(PriceKind::Input).unwrap_or(Rate::ZERO);
        Facts { input, output: Rate::ZERO, rule: Some(*rule), believed, likely, setup: 0, prefill: PREFILL, decode: 0 }
    }
}

/// How often the user has spoken, as far as the request tells: what tools said comes by itself, and between two such requests
/// lie seconds.
fn turns(request: &Request<'_>) -> u32 {
    let speaks = |message: &&Message| {
        message.role == Role::User && request.parts_of(message).any(|(_, part)| part.as_result().is_none())
    };
    let spoken = request
        .messages
        .chunk_by(|one, next| one.role == next.role)
        .filter(|turn| turn.iter().any(|message| speaks(&message)));
    u32::try_from(spoken.count()).unwrap_or(u32::MAX).max(1)
}

/// The rule of an endpoint's cache, with the prices of the catalog where it has them; `None` where the provider has no rule,
/// or one that keeps only what a request marks and this one marks nothing.
fn rule_of(endpoint: &Endpoint, about: &About) -> Option<CacheRule> {
    let mut rule = *CacheRule::of(endpoint.provider(), endpoint.family())?;
    if matches!(rule.marking, Marking::Breakpoints { .. }) && !about.features.contains(Feature::CacheBreakpoint) {
        return None;
    }
    let rate = |kind| endpoint.prices().rate(kind, about.prompt.input).map(Rate::pico_dollars);
    let share = |price: u64, of: u64| u32::try_from(price.saturating_mul(1000).checked_div(of)?).ok();
    if let Some(input) = rate(PriceKind::Input) {
        rule.read = rate(PriceKind::CacheRead).and_then(|price| share(price, input)).unwrap_or(rule.read);
        rule.write = rate(PriceKind::CacheWrite).and_then(|price| share(price, input)).unwrap_or(rule.write);
    }
    Some(rule)
}

/// What the planner puts before the score: only among equals is there a home. A policy's `order` is not looked at: where it
/// tells endpoints apart that are equal here, it has the last word, and a home that it puts second is none.
fn standing(attempt: &Attempt) -> (usize, Option<switchback_capability::Cost>, bool) {
    (attempt.leg, attempt.verdict.cost(), attempt.fit() == "unverified")
}

/// Provider, model, region, tier and credential: a cache crosses none of them, whatever protocol it is asked in.
fn place(endpoint: &Endpoint) -> u64 {
    let (region, scope) = (endpoint.region().unwrap_or("-"), endpoint.credential_scope().unwrap_or("-"));
    let text = format!("{} {} {region} {} {scope}", endpoint.provider(), endpoint.upstream_id(), endpoint.tier());
    EndpointId::of(&text).as_u64()
}

fn cache_key(key: AffinityKey, slot: Option<u32>) -> CacheKey {
    let source = key.source().name();
    let why = match slot {
        None => source.to_owned(),
        Some(slot) => format!("{source}, number {slot} of several since it is hot"),
    };
    CacheKey { key: key.upstream(slot), why }
}

impl Warm {
    /// What the conversation is told by; `None` where nothing tells it.
    pub const fn key(&self) -> Option<AffinityKey> {
        self.key
    }

    /// Where the conversation belongs.
    pub const fn home(&self) -> Option<EndpointId> {
        self.home
    }

    /// Whether the request may be used to probe an endpoint ([`Measured::probing`](crate::Measured::probing)): a conversation
    /// that has something warm to lose may not.
    pub fn may_probe(&self) -> bool {
        self.earlier.is_none() && self.readings.values().all(|reading| reading.expected == Tokens::ZERO)
    }
}

impl Affinity for Warm {
    fn cached_tokens(&self, endpoint: EndpointId, _: Timestamp) -> Option<Tokens> {
        let reading = self.readings.get(&endpoint)?;
        reading.rule.map(|_| reading.expected)
    }

    fn warmth(&self, endpoint: EndpointId, _: Timestamp) -> Option<Warmth> {
        let warmth = &self.readings.get(&endpoint)?.warmth;
        (*warmth != Warmth::default()).then(|| warmth.clone())
    }
}
