use std::sync::{Arc, OnceLock};

use switchback_units::{Millis, Ratio, Timestamp};

use crate::cell::Cell;
use crate::cooldown::Cooldown;
use crate::counts::Counts;
use crate::feature::{Feature, Features};
use crate::gate::{Change, Gate, Hint};
use crate::group::{Credential, Provider};
use crate::hash::mix_all;
use crate::outcome::{Call, Outcome};
use crate::settings::Settings;
use crate::store::Shared;
use crate::sync::{AtomicU32, AtomicU64, Mutex, Ordering};
use crate::throttle::Throttle;
use crate::verdict::{Block, Cause, Verdict};
use crate::window::Window;

/// The bit beside those of the features: a quota or a learned cap is in force.
const THROTTLED: u32 = 1 << 16;
/// Calls that an estimate begins with, when nothing is known of the provider either: 18 of 20 succeeded.
const PRIOR: Counts = Counts::new(20, 2);

/// Who is called, as ids that mean nothing here: hashes of whatever names them.
///
/// Caches, quotas and outages belong to an endpoint (provider, model, protocol, region, tier, credential), so its id
/// covers all of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_structs, reason = "three ids")]
pub struct Target {
    /// The endpoint.
    pub endpoint: u64,
    /// Who runs it.
    pub provider: u64,
    /// The credential that it is called with.
    pub credential: u64,
}

/// What is known of one endpoint. Shared between threads; recording takes no lock while the endpoint is in.
///
/// Got from [`crate::Uptime::endpoint`] and worth keeping: whoever holds it spares the look-up.
#[derive(Debug)]
pub struct Endpoint {
    target: Target,
    shared: Arc<Shared>,
    provider: Arc<Provider>,
    credential: Arc<Credential>,
    /// One bit for each feature whose gate is not plainly in, and [`THROTTLED`]. Changed only under the lock of what
    /// it stands for.
    flags: AtomicU32,
    cooldown: Cooldown,
    /// Set by 404 and by throttling alike, so the cause is kept apart.
    configuration: Cooldown,
    throttle: Mutex<Throttle>,
    /// When the next probe may start.
    probe: AtomicU64,
    base: Cell,
    features: [OnceLock<Box<Cell>>; Feature::COUNT - 1],
    pub(crate) latency: OnceLock<Box<Mutex<crate::latency::Latency>>>,
}

impl Endpoint {
    pub(crate) fn new(
        target: Target,
        shared: Arc<Shared>,
        provider: Arc<Provider>,
        credential: Arc<Credential>,
        now: Timestamp,
    ) -> Self {
        let base = Cell::default();
        base.advance(now);
        Self {
            target,
            shared,
            provider,
            credential,
            flags: AtomicU32::new(0),
            cooldown: Cooldown::default(),
            configuration: Cooldown::default(),
            throttle: Mutex::new(Throttle::default()),
            probe: AtomicU64::new(0),
            base,
            features: std::array::from_fn(|_| OnceLock::new()),
            latency: OnceLock::new(),
        }
    }

    /// Whether a call that uses these features may be made now. Four loads when all is well.
    #[inline]
    pub fn check(&self, used: Features, now: Timestamp) -> Verdict {
        let raised = self.flags.load(Ordering::Relaxed) & (used.bits() | THROTTLED);
        let cooldown = self.cooldown.latest().max(self.credential.cooldown.latest());
        if raised == 0 && cooldown.max(self.provider.down_until()) <= now {
            return Verdict::Pass;
        }
        self.look_closely(used, now)
    }

    /// Says that a call is sent now: what a quota or a learned cap counts.
    #[inline]
    pub fn sent(&self, now: Timestamp) {
        if self.flags.load(Ordering::Relaxed) & THROTTLED != 0 {
            let mut throttle = self.throttle.lock();
            if let Some(until) = throttle.sent(now, &self.shared.settings) {
                self.cooldown.extend_by(now, until.saturating_since(now), self.shared.settings.max_retry_after);
            }
            self.settle_throttle(&mut throttle, now);
        }
    }

    /// Takes the place of the one probe that may be under way, if it is free and time for one. The place is given back
    /// when the [`Probe`] is dropped, whatever became of the call.
    pub fn probe(self: &Arc<Self>, now: Timestamp) -> Option<Probe> {
        let settings = &self.shared.settings;
        let lease = now.saturating_add(settings.probe_lease).as_millis();
        let next = now.saturating_add(settings.probe_interval).as_millis().min(lease);
        let free = self.probe.load(Ordering::Relaxed);
        if free > now.as_millis() {
            return None;
        }
        let taken = self.probe.compare_exchange(free, lease, Ordering::Relaxed, Ordering::Relaxed);
        taken.ok().map(|_| Probe { endpoint: Arc::clone(self), lease, next })
    }

    /// Says how a call ended.
    ///
    /// Allocates nothing, but for the first call that uses a feature.
    pub fn record(&self, call: &Call, now: Timestamp) {
        let used = call.features.bits();
        match call.outcome {
            Outcome::Success => self.succeed(used, call.started, now),
            Outcome::Failure { retry_after } => self.fail(used, retry_after, call.started, now),
            Outcome::Breach(broken) => {
                let broken = broken.bits() & !Features::BASE.bits();
                self.succeed(used & !broken, call.started, now);
                self.fail(broken, None, call.started, now);
            }
            Outcome::Unsupported(missing) => {
                self.base.advance(now);
                let missing = missing.bits() & !Features::BASE.bits();
                for_each(missing, |feature| self.cell(feature).mark_unsupported(now));
                self.fail(missing, None, call.started, now);
            }
            Outcome::Throttled { retry_after } => self.throttled(retry_after, call.started, now),
            Outcome::Credential => {
                self.base.advance(now);
                self.credential.refuse(call.started, now, &self.shared.settings);
            }
            Outcome::Configuration => {
                self.base.advance(now);
                self.configuration.extend(now.saturating_add(self.shared.settings.configuration_cooldown));
                self.cooldown.extend(self.configuration.latest());
            }
            Outcome::Neutral => {
                self.base.advance(now);
            }
            Outcome::Cancelled { waited, first_token } => {
                self.base.advance(now);
                if self.gave_up(waited, first_token, now) {
                    self.fail(used, None, call.started, now);
                }
            }
        }
    }

    /// What a provider's rate-limit headers say is left until `reset`: with nothing left, no call is made until then.
    pub fn quota(&self, left: u64, reset: Timestamp, now: Timestamp) {
        let mut throttle = self.throttle.lock();
        if let Some(until) = throttle.quota(left, reset) {
            self.cooldown.extend_by(now, until.saturating_since(now), self.shared.settings.max_retry_after);
        }
        self.settle_throttle(&mut throttle, now);
    }

    /// Its ids.
    pub const fn target(&self) -> Target {
        self.target
    }

    /// What was counted in a window of calls that used a feature, by all replicas that are heard of.
    pub fn counts(&self, feature: Feature, window: Window, now: Timestamp) -> Counts {
        self.known_cell(feature).map_or(Counts::NONE, |cell| cell.counts(cell.advance(now), window))
    }

    /// What share of calls with these features may be expected to succeed: the lowest over the features of
    /// `(s + 20·p) / (n + 20)` over a quarter of an hour, where `p` is the provider's rate, or 90 % when nothing is known.
    pub fn estimate(&self, used: Features, now: Timestamp) -> Ratio {
        let mut lowest = Ratio::ONE;
        for_each(used.bits(), |feature| lowest = lowest.min(self.estimate_of(feature, now)));
        lowest
    }

    /// When calls that use these features were last left out, by this replica, whether or not they are let in again: who was
    /// sent elsewhere then may be better off there. `None` where they never were, or by a fault of our own.
    ///
    /// ```
    /// use switchback_units::Timestamp;
    /// use switchback_uptime::{Call, Features, Outcome, Settings, Target, Uptime};
    ///
    /// let (uptime, now) = (Uptime::new(Settings::default()), Timestamp::from_millis(1_795_000_000_000));
    /// let endpoint = uptime.endpoint(Target { endpoint: 1, provider: 10, credential: 100 }, now);
    /// assert_eq!(endpoint.last_out(Features::BASE), None);
    /// (0..5).for_each(|_| endpoint.record(&Call::new(Outcome::Failure { retry_after: None }, now), now));
    /// assert_eq!(endpoint.last_out(Features::BASE), Some(now));
    /// ```
    pub fn last_out(&self, used: Features) -> Option<Timestamp> {
        let mut latest = None;
        for_each(used.bits(), |feature| {
            latest = latest.max(self.known_cell(feature).and_then(|cell| cell.gate().last_out()));
        });
        latest
    }

    /// When the endpoint last said that it has no such feature: a dated reason to change what the catalog says.
    pub fn unsupported_since(&self, feature: Feature) -> Option<Timestamp> {
        self.known_cell(feature).and_then(Cell::unsupported_since)
    }

    /// The cap that was learned from throttling, in calls in a million seconds.
    pub fn learned_cap(&self, now: Timestamp) -> Option<u64> {
        self.throttle.lock().rate(now, &self.shared.settings)
    }

    fn look_closely(&self, used: Features, now: Timestamp) -> Verdict {
        let settings = &self.shared.settings;
        let block = |cause, until| Verdict::Blocked(Block { cause, until });
        if let Some(until) = self.credential.cooldown.end(now) {
            return block(Cause::Credential, until);
        }
        if let Some(until) = self.configuration.end(now) {
            return block(Cause::Configuration, until);
        }
        if let Some(until) = self.cooldown.end(now) {
            return block(Cause::Throttled, until);
        }
        if self.flags.load(Ordering::Relaxed) & THROTTLED != 0 {
            let mut throttle = self.throttle.lock();
            self.settle_throttle(&mut throttle, now);
            if let Some(until) = throttle.due(now) {
                return block(Cause::Throttled, until);
            }
        }
        let down_until = self.provider.down_until();
        if down_until > now {
            let counts = self.base.counts(self.base.advance(now), Window::QuarterHour);
            let out = matches!(self.base.gate(), Gate::Ejected { .. });
            if !out && counts.total() < settings.min_calls {
                return block(Cause::ProviderDown, down_until);
            }
        }
        self.look_at_gates(used, now)
    }

    /// The first gate that is not in decides; what is only growing back, when none is out.
    fn look_at_gates(&self, used: Features, now: Timestamp) -> Verdict {
        let raised = self.flags.load(Ordering::Relaxed) & used.bits();
        let mut verdict = Verdict::Pass;
        for_each(raised, |feature| {
            if !matches!(verdict, Verdict::Pass | Verdict::Ramp(_)) {
                return;
            }
            let cell = self.cell(feature);
            let now = cell.advance(now);
            verdict = match cell.gate() {
                Gate::Ejected { until, level, .. } => self.look_at_ejection(feature, until, level, now),
                gate @ Gate::Passing { .. } => {
                    let share = gate.share_permille(now, &self.shared.settings);
                    if share == 1_000 {
                        self.settle(feature, cell, now);
                        verdict
                    } else if let Verdict::Ramp(least) = verdict {
                        Verdict::Ramp(least.min(share))
                    } else {
                        Verdict::Ramp(share)
                    }
                }
            };
        });
        verdict
    }

    fn look_at_ejection(&self, feature: Feature, until: Timestamp, level: u8, now: Timestamp) -> Verdict {
        let wait = self.shared.settings.probe_stagger.saturating_mul(self.shared.turn(self.hash(feature), level, now));
        let due = until.saturating_add(wait).as_millis().max(self.probe.load(Ordering::Relaxed));
        if due <= now.as_millis() {
            return Verdict::Probe(feature);
        }
        Verdict::Blocked(Block { cause: Cause::Ejected(feature), until: Timestamp::from_millis(due) })
    }

    fn succeed(&self, bits: u32, started: Timestamp, now: Timestamp) {
        for_each(bits, |feature| {
            self.cell(feature).succeed(now);
        });
        self.credential.accept();
        self.walk(bits, true, started, now);
    }

    fn fail(&self, bits: u32, floor: Option<Millis>, started: Timestamp, now: Timestamp) {
        if self.shared.is_frozen(now) {
            return self.fail_uncounted(bits, now);
        }
        self.walk(bits, false, started, now);
        let mut explained = false;
        for_each(bits, |feature| {
            let cell = self.cell(feature);
            let (now, in_a_row) = cell.fail(now);
            // What takes the endpoint out takes out every feature with it.
            if explained {
                return;
            }
            if in_a_row >= self.failures_in_a_row() || self.should_go(feature, cell, now) {
                explained = feature == Feature::BASE;
                self.eject(feature, cell, floor, now);
            }
        });
    }

    /// While all providers fail it is our own network: nothing is held against anyone, but that it goes on.
    fn fail_uncounted(&self, bits: u32, now: Timestamp) {
        if bits & Features::BASE.bits() != 0 && self.base.fail_uncounted() >= self.failures_in_a_row() {
            self.provider.trip(now);
            self.shared.suspect_still(now);
        }
    }

    fn failures_in_a_row(&self) -> u32 {
        self.shared.settings.failures_in_a_row.max(1)
    }

    fn should_go(&self, feature: Feature, cell: &Cell, now: Timestamp) -> bool {
        let settings = &self.shared.settings;
        let parent = (feature != Feature::BASE).then_some(&self.base);
        cell.falls_short(now, parent, settings) || cell.only_fails(now, settings)
    }

    fn eject(&self, feature: Feature, cell: &Cell, floor: Option<Millis>, now: Timestamp) {
        let mut gate = cell.gate.lock();
        let change = gate.eject(now, floor, &self.shared.settings, self.salt(feature));
        self.settle_gate(feature, *gate, now);
        drop(gate);
        if change == Change::Ejected && feature == Feature::BASE {
            self.provider.trip(now);
            self.provider.review(now, &self.shared.settings);
            self.shared.suspect(now);
        }
    }

    /// Tells the gates that are out of an outcome.
    fn walk(&self, bits: u32, success: bool, started: Timestamp, now: Timestamp) {
        for_each(self.flags.load(Ordering::Relaxed) & bits, |feature| {
            let cell = self.cell(feature);
            let now = cell.advance(now);
            self.change(feature, cell, now, |gate, settings| {
                gate.outcome(success, started, now, settings, self.salt(feature))
            });
        });
    }

    /// Changes a gate, and all that hangs on it.
    fn change(&self, feature: Feature, cell: &Cell, now: Timestamp, act: impl FnOnce(&mut Gate, &Settings) -> Change) {
        let mut gate = cell.gate.lock();
        let change = act(&mut gate, &self.shared.settings);
        self.settle_gate(feature, *gate, now);
        drop(gate);
        if change == Change::Closed {
            cell.begin_anew(now);
            if feature == Feature::BASE {
                // The features failed for the same reason.
                self.features.iter().filter_map(OnceLock::get).for_each(|cell| cell.begin_anew(now));
            }
        }
        if change != Change::None && feature == Feature::BASE {
            self.provider.review(now, &self.shared.settings);
        }
    }

    /// Takes back every ejection since a time: they were our own fault.
    pub(crate) fn forgive(&self, not_before: Timestamp, now: Timestamp) {
        self.each_cell(|feature, cell| {
            self.change(feature, cell, now, |gate, _| match *gate {
                Gate::Ejected { opened, .. } if opened >= not_before => gate.forgive(now),
                Gate::Ejected { .. } | Gate::Passing { .. } => Change::None,
            });
        });
    }

    /// Takes note of what another replica says of a gate, and judges what its counts add.
    pub(crate) fn hear(&self, feature: Feature, hint: Option<Hint>, now: Timestamp) {
        let cell = self.cell(feature);
        let now = cell.advance(now);
        if let Some(hint) = hint {
            let supported = hint.until.is_some() && cell.seems_short(now, &self.shared.settings);
            self.change(feature, cell, now, |gate, settings| gate.hear(hint, supported, now, settings));
        }
        let passing = matches!(cell.gate(), Gate::Passing { .. });
        if passing && !self.shared.is_frozen(now) && self.should_go(feature, cell, now) {
            self.eject(feature, cell, None, now);
        }
    }

    pub(crate) fn hear_cooldowns(&self, throttled: Timestamp, configuration: Timestamp, credential: Timestamp) {
        self.cooldown.extend(throttled.max(configuration));
        self.configuration.extend(configuration);
        self.credential.cooldown.extend(credential);
    }

    /// When throttling, configuration and credential keep it out until.
    pub(crate) fn cooldowns(&self) -> [Timestamp; 3] {
        [self.cooldown.latest(), self.configuration.latest(), self.credential.cooldown.latest()]
    }

    fn throttled(&self, retry_after: Option<Millis>, started: Timestamp, now: Timestamp) {
        let settings = &self.shared.settings;
        if let Some(span) = retry_after {
            self.cooldown.extend_by(now, span, settings.max_retry_after);
        }
        let through = self.base.through(self.base.advance(now));
        let mut throttle = self.throttle.lock();
        throttle.refused(started, through, now, settings);
        self.settle_throttle(&mut throttle, now);
    }

    fn settle_throttle(&self, throttle: &mut Throttle, now: Timestamp) {
        self.raise(THROTTLED, throttle.settle(now, &self.shared.settings));
    }

    fn settle(&self, feature: Feature, cell: &Cell, now: Timestamp) {
        let gate = cell.gate.lock();
        self.settle_gate(feature, *gate, now);
    }

    fn settle_gate(&self, feature: Feature, gate: Gate, now: Timestamp) {
        self.raise(1 << feature.number(), gate.share_permille(now, &self.shared.settings) < 1_000);
    }

    fn raise(&self, flag: u32, raised: bool) {
        if raised {
            self.flags.fetch_or(flag, Ordering::Relaxed);
        } else {
            self.flags.fetch_and(!flag, Ordering::Relaxed);
        }
    }

    fn gave_up(&self, waited: Millis, first_token: bool, now: Timestamp) -> bool {
        let tail = (!first_token).then(|| self.slowest_first_token(now)).flatten();
        tail.is_some_and(|tail| waited > tail.saturating_mul(3))
    }

    fn estimate_of(&self, feature: Feature, now: Timestamp) -> Ratio {
        let Some(cell) = self.known_cell(feature) else { return prior(self.provider.counts(now, feature)) };
        let counts = cell.counts(cell.advance(now), Window::QuarterHour);
        if counts.total() < self.shared.settings.min_calls {
            return posterior(counts, self.provider.counts(now, feature));
        }
        posterior(counts, Counts::NONE)
    }

    fn salt(&self, feature: Feature) -> u64 {
        mix_all([self.shared.settings.seed, self.hash(feature), self.shared.origin.replica])
    }

    /// The same on every replica.
    fn hash(&self, feature: Feature) -> u64 {
        mix_all([self.target.endpoint, u64::from(feature.number())])
    }

    pub(crate) fn base(&self) -> &Cell {
        &self.base
    }

    /// The cell of a feature, made when it is first asked for.
    pub(crate) fn cell(&self, feature: Feature) -> &Cell {
        let own = feature.index().checked_sub(1).and_then(|index| self.features.get(index));
        own.map_or(&self.base, |own| own.get_or_init(Box::default))
    }

    /// The cell of a feature, if there is one.
    pub(crate) fn known_cell(&self, feature: Feature) -> Option<&Cell> {
        let Some(index) = feature.index().checked_sub(1) else { return Some(&self.base) };
        self.features.get(index)?.get().map(AsRef::as_ref)
    }

    pub(crate) fn each_cell(&self, mut act: impl FnMut(Feature, &Cell)) {
        for feature in Feature::all() {
            if let Some(cell) = self.known_cell(feature) {
                act(feature, cell);
            }
        }
    }

    /// Whether nothing about it would be missed: idle for longer than any window, in, and under no cooldown.
    pub(crate) fn is_idle(&self, now: Timestamp) -> bool {
        let mut plain = self.cooldowns().into_iter().all(|until| until <= now);
        self.each_cell(|_, cell| {
            plain &= cell.unsupported_since().is_none() && cell.is_forgotten(now, &self.shared.settings);
        });
        plain && !self.throttle.lock().settle(now, &self.shared.settings)
    }
}

/// The place of a probe under way; given back when dropped.
#[derive(Debug)]
#[must_use = "the place is given back when this is dropped"]
pub struct Probe {
    endpoint: Arc<Endpoint>,
    lease: u64,
    next: u64,
}

impl Drop for Probe {
    fn drop(&mut self) {
        // A lease that has run out may have been given to another: then this changes nothing.
        let place = &self.endpoint.probe;
        let _ = place.compare_exchange(self.lease, self.next, Ordering::Relaxed, Ordering::Relaxed);
    }
}

/// Calls something for each bit, from the lowest.
#[inline]
fn for_each(bits: u32, mut act: impl FnMut(Feature)) {
    let mut left = bits;
    while let Some(feature) = u8::try_from(left.trailing_zeros()).ok().and_then(Feature::new) {
        left &= left - 1;
        act(feature);
    }
}

/// The share of a few calls more that went as the siblings' do.
fn posterior(counts: Counts, siblings: Counts) -> Ratio {
    let weight = PRIOR.total();
    if siblings.total() < weight {
        return (counts + PRIOR).rate().unwrap_or_default();
    }
    let borrowed = siblings.succeeded().saturating_mul(weight);
    let part = counts.succeeded().saturating_mul(siblings.total()).saturating_add(borrowed);
    Ratio::of(part, (counts.total().saturating_add(weight)).saturating_mul(siblings.total())).unwrap_or_default()
}

fn prior(siblings: Counts) -> Ratio {
    posterior(Counts::NONE, siblings)
}

/// Every interleaving: `RUSTFLAGS="--cfg loom" cargo test --release -p switchback-uptime --lib`.
#[cfg(all(test, loom))]
mod interleavings {
    use super::*;
    use crate::store::Uptime;
    use loom::thread;

    const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

    fn endpoint(settings: Settings) -> Arc<Endpoint> {
        Uptime::new(settings).endpoint(Target { endpoint: 1, provider: 1, credential: 1 }, NOW)
    }

    /// Both threads see the last failure of a row; the gate goes out once.
    #[test]
    fn one_of_two_puts_it_out() {
        loom::model(|| {
            let endpoint = endpoint(Settings { failures_in_a_row: 2, ..Settings::default() });
            let threads = [0, 1].map(|_| {
                let endpoint = Arc::clone(&endpoint);
                thread::spawn(move || endpoint.record(&Call::new(Outcome::Failure { retry_after: None }, NOW), NOW))
            });
            for thread in threads {
                thread.join().unwrap();
            }
            assert!(matches!(endpoint.base.gate(), Gate::Ejected { level: 0, flaps: 0, walk: 0, .. }));
            assert!(matches!(endpoint.check(Features::BASE, NOW), Verdict::Blocked(_)), "and the flag is up");
        });
    }

    /// One of two gets the place of the probe; dropped, it is free again in a second.
    #[test]
    fn one_of_two_probes_and_the_place_comes_back() {
        loom::model(|| {
            let endpoint = endpoint(Settings::default());
            let threads = [0, 1].map(|_| {
                let endpoint = Arc::clone(&endpoint);
                thread::spawn(move || endpoint.probe(NOW).is_some())
            });
            let taken = threads.map(|thread| thread.join().unwrap());
            assert!(taken.contains(&true));
            assert!(endpoint.probe(NOW).is_none());
            assert!(endpoint.probe(NOW.saturating_add(Millis::from_secs(1))).is_some());
        });
    }
}
