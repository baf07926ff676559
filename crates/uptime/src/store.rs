use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use switchback_units::Timestamp;

use crate::endpoint::{Endpoint, Target};
use crate::group::{Credential, Provider};
use crate::hash::mix;
use crate::peer::Peers;
use crate::settings::Settings;
use crate::sync::{AtomicU64, Mutex, Ordering};

/// Parts of the map of endpoints, each with a lock of its own.
const SHARDS: usize = 16;

/// Who counts: a replica, and which start of it. A new start needs a new incarnation (the time of the start will do),
/// since its counts begin at nothing and others keep the highest that they heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_structs, reason = "two ids")]
pub struct Origin {
    /// The replica.
    pub replica: u64,
    /// Its start.
    pub incarnation: u64,
}

/// What is known of every endpoint. `Send + Sync`; shared by reference between threads.
///
/// ```
/// use switchback_units::Timestamp;
/// use switchback_uptime::{Call, Cause, Features, Outcome, Settings, Target, Uptime, Verdict};
///
/// let uptime = Uptime::new(Settings::default());
/// let mut now = Timestamp::from_millis(1_795_000_000_000);
/// let endpoint = uptime.endpoint(Target { endpoint: 1, provider: 10, credential: 100 }, now);
/// assert_eq!(endpoint.check(Features::BASE, now), Verdict::Pass, "what is unknown may be called");
///
/// for _ in 0..5 {
///     endpoint.record(&Call::new(Outcome::Failure { retry_after: None }, now), now);
/// }
/// let Verdict::Blocked(block) = endpoint.check(Features::BASE, now) else { panic!("five failures in a row") };
/// assert_eq!(block.cause.code(), "ejected");
///
/// // One call at a time finds out whether it is back.
/// now = block.until;
/// assert!(matches!(endpoint.check(Features::BASE, now), Verdict::Probe(_)));
/// let place = endpoint.probe(now).expect("nobody else probes");
/// assert!(endpoint.probe(now).is_none());
/// endpoint.record(&Call::new(Outcome::Success, now), now);
/// drop(place);
/// ```
#[derive(Debug)]
pub struct Uptime {
    pub(crate) shared: Arc<Shared>,
    shards: [RwLock<BTreeMap<u64, Arc<Endpoint>>>; SHARDS],
    credentials: RwLock<BTreeMap<u64, Arc<Credential>>>,
}

/// What endpoints know of each other.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    pub(crate) origin: Origin,
    pub(crate) peers: Mutex<Peers>,
    providers: RwLock<BTreeMap<u64, Arc<Provider>>>,
    /// Until when nothing is put out.
    frozen_until: AtomicU64,
}

impl Uptime {
    /// Nothing known, nothing shared.
    pub fn new(settings: Settings) -> Self {
        Self::with_origin(settings, Origin::default())
    }

    /// Nothing known, and counts that other replicas can tell from theirs.
    pub fn with_origin(settings: Settings, origin: Origin) -> Self {
        let shared = Shared {
            settings,
            origin,
            peers: Mutex::new(Peers::default()),
            providers: RwLock::default(),
            frozen_until: AtomicU64::new(0),
        };
        Self {
            shared: Arc::new(shared),
            shards: std::array::from_fn(|_| RwLock::default()),
            credentials: RwLock::default(),
        }
    }

    /// The endpoint, made when it is first asked for. When there are too many, the longest idle are forgotten; whoever
    /// still holds one of these records into the void.
    pub fn endpoint(&self, target: Target, now: Timestamp) -> Arc<Endpoint> {
        if let Some(known) = self.known(target.endpoint) {
            return known;
        }
        let mut shard = self.shard(target.endpoint).write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = shard.get(&target.endpoint) {
            return Arc::clone(known);
        }
        self.make_room(&mut shard);
        self.insert(&mut shard, target, now)
    }

    /// The endpoint, if it is known.
    pub fn known(&self, endpoint: u64) -> Option<Arc<Endpoint>> {
        self.shard(endpoint).read().unwrap_or_else(PoisonError::into_inner).get(&endpoint).map(Arc::clone)
    }

    /// The endpoint, made if there is room: what another replica says never drives out what is known here.
    pub(crate) fn endpoint_if_room(&self, target: Target, now: Timestamp) -> Option<Arc<Endpoint>> {
        if let Some(known) = self.known(target.endpoint) {
            return Some(known);
        }
        let mut shard = self.shard(target.endpoint).write().unwrap_or_else(PoisonError::into_inner);
        (shard.len() < self.room()).then(|| self.insert(&mut shard, target, now))
    }

    /// Forgets endpoints that are as if they had never been used, and replicas that fell silent. Lossless: of what is
    /// forgotten, nothing could be read but that nothing is known. Call it every minute or so.
    pub fn sweep(&self, now: Timestamp) {
        for shard in &self.shards {
            let mut shard = shard.write().unwrap_or_else(PoisonError::into_inner);
            // Under the lock nobody can get hold of an endpoint that only the map holds.
            shard.retain(|_, endpoint| Arc::strong_count(endpoint) > 1 || !endpoint.is_idle(now));
        }
        self.forget_unused();
        self.shared.peers.lock().forget_silent(now);
    }

    /// Every endpoint, in the order of their ids.
    pub fn endpoints(&self) -> Vec<Arc<Endpoint>> {
        let mut all: Vec<_> = self.shards.iter().flat_map(values).collect();
        all.sort_unstable_by_key(|endpoint| endpoint.target().endpoint);
        all
    }

    /// How many endpoints are kept, at most [`Settings::max_endpoints`].
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.read().unwrap_or_else(PoisonError::into_inner).len()).sum()
    }

    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The parameters.
    pub fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    /// Whether the gates are held still, because every provider failed at once: it is our own network, most likely.
    pub fn is_frozen(&self, now: Timestamp) -> bool {
        self.shared.is_frozen(now)
    }

    fn shard(&self, endpoint: u64) -> &RwLock<BTreeMap<u64, Arc<Endpoint>>> {
        let [first, ..] = &self.shards;
        let index = usize::try_from(mix(endpoint) >> 60).unwrap_or_default();
        self.shards.get(index).unwrap_or(first)
    }

    fn room(&self) -> usize {
        (self.shared.settings.max_endpoints / SHARDS).max(1)
    }

    /// Forgets a sixteenth at once, so that a flood of new ids does not look at all of them each time.
    fn make_room(&self, shard: &mut BTreeMap<u64, Arc<Endpoint>>) {
        if shard.len() < self.room() {
            return;
        }
        let mut by_age: Vec<_> = shard.iter().map(|(id, endpoint)| (endpoint.base().seen(), *id)).collect();
        by_age.sort_unstable();
        for (_, id) in by_age.iter().take((shard.len() / 16).max(1)) {
            shard.remove(id);
        }
        self.forget_unused();
    }

    fn insert(&self, shard: &mut BTreeMap<u64, Arc<Endpoint>>, target: Target, now: Timestamp) -> Arc<Endpoint> {
        let provider = shared_value(&self.shared.providers, target.provider);
        let credential = shared_value(&self.credentials, target.credential);
        let endpoint =
            Arc::new(Endpoint::new(target, Arc::clone(&self.shared), Arc::clone(&provider), credential, now));
        provider.join(&endpoint);
        shard.insert(target.endpoint, Arc::clone(&endpoint));
        endpoint
    }

    fn forget_unused(&self) {
        let mut providers = self.shared.providers.write().unwrap_or_else(PoisonError::into_inner);
        providers.retain(|_, provider| Arc::strong_count(provider) > 1);
        drop(providers);
        let mut credentials = self.credentials.write().unwrap_or_else(PoisonError::into_inner);
        credentials.retain(|_, credential| Arc::strong_count(credential) > 1);
    }
}

impl Shared {
    pub(crate) fn is_frozen(&self, now: Timestamp) -> bool {
        self.frozen_until.load(Ordering::Relaxed) > now.as_millis()
    }

    /// Asks whether it is our own fault, after an endpoint was put out: when every provider was, within a short time,
    /// what fails is likely what they have in common. Then the ejections of that time are taken back, and none is made
    /// for a while.
    ///
    /// Every provider, and not half of them: with two of three down, a freeze would keep calls on the two.
    pub(crate) fn suspect(&self, now: Timestamp) {
        let span = self.settings.panic_span;
        let not_before = now.saturating_sub(span);
        let providers: Vec<_> = values(&self.providers);
        if providers.len() < 2 || providers.iter().any(|provider| provider.tripped() < not_before) {
            return;
        }
        self.frozen_until.fetch_max(now.saturating_add(span).as_millis(), Ordering::Relaxed);
        for endpoint in providers.iter().flat_map(|provider| provider.members()) {
            endpoint.forgive(not_before, now);
        }
    }

    /// Asks again while the gates are held still, when half of that time is over.
    pub(crate) fn suspect_still(&self, now: Timestamp) {
        let half = now.as_millis().saturating_add(self.settings.panic_span.get() / 2);
        if self.frozen_until.load(Ordering::Relaxed) <= half {
            self.suspect(now);
        }
    }

    /// How many living replicas come before this one to probe a key: a hash decides, so that all agree without a word.
    pub(crate) fn turn(&self, key: u64, level: u8, now: Timestamp) -> u64 {
        self.peers.lock().before(key, level, self.origin.replica, now)
    }
}

/// Every value, in the order of the keys.
fn values<T>(map: &RwLock<BTreeMap<u64, Arc<T>>>) -> Vec<Arc<T>> {
    map.read().unwrap_or_else(PoisonError::into_inner).values().map(Arc::clone).collect()
}

/// The value, made when it is first asked for.
fn shared_value<T: Default>(map: &RwLock<BTreeMap<u64, Arc<T>>>, key: u64) -> Arc<T> {
    Arc::clone(map.write().unwrap_or_else(PoisonError::into_inner).entry(key).or_default())
}
