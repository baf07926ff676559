//! Conversations: what caches hold of them, where their turns go, and what that costs.

mod cache;
mod route;
mod scenario;
mod tally;

use std::collections::BTreeMap;

use switchback_affinity::{Beliefs, CacheRule, derived};
use switchback_units::{Millis, Timestamp};
use switchback_uptime::Outcome;

pub use scenario::{Conversations, KeyOf, Routing};
pub(crate) use tally::Spent;

use crate::conversation::cache::{Cache, cost};
use crate::conversation::route::{Answered, Replica, Seen, Sent, Turn, price};
use crate::provider::Simulated;
use crate::random::{Chance, Random};
use crate::scenario::{Phase, Scenario};
use switchback_uptime::Features;

/// The clock starts there: any time would do.
const START: u64 = 1_795_000_000_000;

/// A conversation under way.
#[derive(Debug)]
struct Conversation {
    id: u64,
    app: u64,
    turn: u64,
    turns: u64,
    random: Random,
}

#[derive(Debug)]
struct Call {
    slot: usize,
    turn: Turn,
    replica: usize,
    sent: Sent,
    machine: u64,
    started: u64,
    success: bool,
    tried: u64,
    read: u64,
}

#[derive(Debug)]
enum Event {
    Turn(usize),
    Done(Box<Call>),
    Merge,
}

struct World<'a> {
    scenario: &'a Scenario,
    conversations: &'a Conversations,
    routing: Option<Routing>,
    rule: CacheRule,
    seed: u64,
    providers: Vec<Simulated>,
    caches: Vec<Cache>,
    replicas: Vec<Replica>,
    /// By replica and provider.
    inflight: Vec<Vec<u32>>,
    slots: Vec<Conversation>,
    started: u64,
    /// Requests of an application within the last minute, for derived keys.
    rates: BTreeMap<u64, (u64, u32, u32)>,
    events: BTreeMap<(u64, u64), Event>,
    sequence: u64,
    random: Random,
    spent: Spent,
}

/// Runs a scenario of conversations with one rule and one seed. The traffic depends on the seed alone, as far as answers
/// that take their time let it.
pub(crate) fn run(scenario: &Scenario, conversations: &Conversations, routing: Option<Routing>, seed: u64) -> Spent {
    let mut world = World::new(scenario, conversations, routing, seed);
    let end = scenario.seconds * 1_000;
    while let Some(((now, _), event)) = world.events.pop_first() {
        if now >= end {
            break;
        }
        match event {
            Event::Turn(slot) => world.turn(slot, now),
            Event::Done(call) => world.done(*call, now),
            Event::Merge => world.merge(now),
        }
    }
    world.spent
}

impl<'a> World<'a> {
    fn new(scenario: &'a Scenario, conversations: &'a Conversations, routing: Option<Routing>, seed: u64) -> Self {
        let count = scenario.providers.len();
        let replicas = usize::try_from(scenario.replicas.max(1)).unwrap_or(1);
        let now = Timestamp::from_millis(START);
        let with_outages = with_outages(scenario, conversations, seed);
        let simulated = scenario.providers.iter().map(|provider| Simulated::new(provider, &with_outages));
        let mut world = Self {
            scenario,
            conversations,
            routing,
            rule: rule(conversations),
            seed,
            providers: simulated.collect(),
            caches: scenario.providers.iter().map(|_| Cache::default()).collect(),
            replicas: (0..).take(replicas).map(|replica| Replica::new(routing, count, replica, now)).collect(),
            inflight: vec![vec![0; count]; replicas],
            slots: Vec::new(),
            started: 0,
            rates: BTreeMap::new(),
            events: BTreeMap::new(),
            sequence: 0,
            random: Random::new(!seed),
            spent: Spent {
                by_provider: vec![0; count],
                until_distrusted: vec![(0, false); replicas],
                ..Spent::default()
            },
        };
        for slot in 0..usize::try_from(conversations.live).unwrap_or(0) {
            let mut begun = world.begin();
            // As if each had begun some time ago.
            let first = begun.random.below(conversations.gap_s * 2_000 + 1);
            world.slots.push(begun);
            world.at(first, Event::Turn(slot));
        }
        if routing == Some(Routing::Merged) {
            world.at(conversations.merge_s * 1_000, Event::Merge);
        }
        world
    }

    fn begin(&mut self) -> Conversation {
        self.started += 1;
        let mut random = Random::new(self.seed.wrapping_mul(1 << 32) ^ self.started);
        let hot = random.chance(Chance::of(self.conversations.hot));
        let app = if hot { 0 } else { random.below(self.conversations.apps) };
        let turns = 1 + random.below(2 * self.conversations.turns.max(1) - 1);
        Conversation { id: self.started, app, turn: 0, turns, random }
    }

    fn at(&mut self, at: u64, event: Event) {
        self.events.insert((at, self.sequence), event);
        self.sequence += 1;
    }

    /// The next turn of a conversation comes to some replica.
    fn turn(&mut self, slot: usize, now: u64) {
        let conversations = self.conversations;
        let Some(conversation) = self.slots.get_mut(slot) else { return };
        conversation.turn += 1;
        let replica = usize::try_from(conversation.random.below(self.scenario.replicas.max(1))).unwrap_or(0);
        let (app, id, turn) = (conversation.app, conversation.id, conversation.turn);
        let history = if turn > 1 { conversations.app_tokens + (turn - 1) * conversations.turn_tokens } else { 0 };
        let part = self.part(app, id, now);
        let turn = Turn {
            // A key that is hot tells conversations apart no longer: each goes by itself.
            key: match conversations.key {
                KeyOf::App if part.is_none() => key(app << 1 | 1),
                KeyOf::App | KeyOf::Conversation => key(id << 1),
            },
            // Keys are far apart, so that their machines are never the same.
            upstream: mixed(app << 32 | part.map_or(0, |part| u64::from(part) + 1)),
            conversation: id,
            number: turn,
            prefixes: [app_prefix(app), prefix(id, turn - 1)],
            app_tokens: conversations.app_tokens,
            history,
            input: conversations.app_tokens + turn * conversations.turn_tokens,
        };
        if now.is_multiple_of(1_024) {
            self.caches.iter_mut().for_each(|cache| cache.forget(now));
        }
        self.attempt(slot, turn, replica, 0, now);
    }

    fn attempt(&mut self, slot: usize, turn: Turn, replica: usize, tried: u64, now: u64) {
        let clock = Timestamp::from_millis(START + now);
        let machines: Vec<_> = (self.caches.iter_mut())
            .map(|cache| cache.machine(turn.upstream, now, self.conversations.per_key, &mut self.random))
            .collect();
        let held: Vec<_> = (0..self.caches.len()).map(|provider| self.held(provider, &machines, &turn, now)).collect();
        let Some((own, flying)) = self.replicas.get_mut(replica).zip(self.inflight.get(replica)) else { return };
        let seen = Seen { conversations: self.conversations, rule: &self.rule, held: &held, inflight: flying, tried };
        let Some(sent) = own.choose(&turn, &seen, clock, &mut self.random) else {
            self.spent.failed += 1;
            return self.next(slot, now);
        };
        let Some(simulated) = self.providers.get_mut(sent.provider) else { return };
        let answer = simulated.call(Features::BASE, now, &mut self.random);
        let success = answer.outcome == Outcome::Success;
        let (machine, read) = (machines.get(sent.provider), held.get(sent.provider));
        let (machine, read) = (machine.copied().unwrap_or(0), read.copied().unwrap_or(0));
        let any_held = held.iter().any(|held| *held > self.conversations.app_tokens);
        self.spent.warm_probes += u64::from(sent.probe.is_some() && any_held);
        self.count_inflight(replica, sent.provider);
        let tried = tried | 1 << sent.provider;
        let call = Call { slot, turn, replica, sent, machine, started: now, success, tried, read };
        self.at(now + answer.after, Event::Done(Box::new(call)));
    }

    /// Which of the keys that are derived of its application's a conversation has; none while that sees few requests.
    fn part(&mut self, app: u64, conversation: u64, now: u64) -> Option<u32> {
        let per_key = self.conversations.per_key?;
        let (minute, count, last) = self.rates.entry(app).or_default();
        if *minute != now / 60_000 {
            (*minute, *last, *count) = (now / 60_000, *count, 0);
        }
        *count += 1;
        let rate = (*last).max(*count);
        if self.routing == Some(Routing::Undivided) { None } else { derived(key(conversation << 1), rate, per_key) }
    }

    fn held(&self, provider: usize, machines: &[u64], turn: &Turn, now: u64) -> u64 {
        let lies = self.conversations.lies.filter(|(from, to)| (from * 1_000..to * 1_000).contains(&now));
        if provider == 0 && lies.is_some() {
            return 0;
        }
        let Some((cache, machine)) = self.caches.get(provider).zip(machines.get(provider)) else { return 0 };
        let [app, history] = turn.prefixes;
        if turn.number > 1 && cache.holds(*machine, history, now) {
            return turn.history;
        }
        if cache.holds(*machine, app, now) { turn.app_tokens } else { 0 }
    }

    /// Every send, held against 1.25 times the provider's share of all in flight, wherever they came from.
    fn count_inflight(&mut self, replica: usize, provider: usize) {
        if let Some(count) = self.inflight.get_mut(replica).and_then(|counts| counts.get_mut(provider)) {
            *count += 1;
        }
        let of = |provider| {
            self.inflight.iter().filter_map(|counts| counts.get(provider)).map(|count| u64::from(*count)).sum::<u64>()
        };
        let all: u64 = (0..self.providers.len()).map(of).sum();
        let bound = (5 * all).div_ceil(4 * u64::try_from(self.providers.len()).unwrap_or(1));
        self.spent.over_bound += u64::from(of(provider) > bound);
    }

    fn done(&mut self, call: Call, now: u64) {
        let clock = Timestamp::from_millis(START + now);
        let started = Timestamp::from_millis(START + call.started);
        let provider = call.sent.provider;
        if let Some(count) = self.inflight.get_mut(call.replica).and_then(|counts| counts.get_mut(provider)) {
            *count -= 1;
        }
        let outcome = if call.success { Outcome::Success } else { Outcome::Failure { retry_after: None } };
        if let Some(replica) = self.replicas.get(call.replica) {
            replica.record(provider, outcome, started, clock);
        }
        if !call.success {
            drop(call.sent);
            let tries = usize::try_from(call.tried.count_ones()).unwrap_or(0);
            if tries < self.scenario.attempts.min(self.providers.len()) {
                return self.attempt(call.slot, call.turn, call.replica, call.tried, now);
            }
            self.spent.failed += 1;
            return self.next(call.slot, now);
        }
        self.answered(&call, now);
        self.next(call.slot, now);
    }

    fn answered(&mut self, call: &Call, now: u64) {
        let (provider, turn) = (call.sent.provider, &call.turn);
        let whole = self.slots.get(call.slot).map_or(0, |conversation| prefix(conversation.id, conversation.turn));
        if let Some(cache) = self.caches.get_mut(provider) {
            let until = call.started + self.conversations.lifetime_s * 1_000;
            cache.write(call.machine, [turn.prefixes[0], whole], until);
        }
        self.spent.requests += 1;
        self.spent.input += turn.input;
        self.spent.read += call.read;
        self.spent.cost += cost(self.conversations, price(self.conversations, provider), turn.input, call.read);
        if let Some(count) = self.spent.by_provider.get_mut(provider) {
            *count += 1;
        }
        let answer = Answered {
            started: Timestamp::from_millis(START + call.started),
            expected: call.sent.expected,
            read: call.read,
            prefix: whole,
            system: turn.prefixes[0],
        };
        let Some(replica) = self.replicas.get_mut(call.replica) else { return };
        replica.answered(provider, turn, &answer, &self.rule);
        let trusts = replica.trusts(0, &self.rule, Timestamp::from_millis(START + now));
        self.count_lies(call, trusts, now);
    }

    fn count_lies(&mut self, call: &Call, trusts: bool, now: u64) {
        let Some((from, to)) = self.conversations.lies else { return };
        let lied = call.started >= from * 1_000 && now < to * 1_000;
        if let Some((answers, over)) = self.spent.until_distrusted.get_mut(call.replica).filter(|_| lied) {
            *answers += u64::from(!*over && call.sent.provider == 0 && call.sent.expected > 0);
            *over |= !trusts;
        }
        if lied && call.started >= (from + 600) * 1_000 {
            self.spent.late.0 += 1;
            self.spent.late.1 += u64::from(call.sent.provider == 0);
        }
    }

    /// The conversation goes on after a while, or another begins.
    fn next(&mut self, slot: usize, now: u64) {
        let conversations = self.conversations;
        let Some(conversation) = self.slots.get_mut(slot) else { return };
        let long = conversation.random.chance(Chance::of(conversations.long_gaps));
        let gap = if long {
            conversations.long_gap_s * 500 + conversation.random.below(conversations.long_gap_s * 1_000 + 1)
        } else {
            exponential(conversations.gap_s * 1_000, &mut conversation.random)
        };
        if conversation.turn >= conversation.turns {
            let begun = self.begin();
            if let Some(conversation) = self.slots.get_mut(slot) {
                *conversation = begun;
            }
        }
        self.at(now + 1 + gap, Event::Turn(slot));
    }

    fn merge(&mut self, now: u64) {
        let all: Vec<Beliefs> =
            self.replicas.iter_mut().filter_map(|replica| replica.memory().beliefs().cloned()).collect();
        // Joining is associative and idempotent: all into one, and that one into all.
        let mut joined = Beliefs::with_capacity(route::BELIEFS);
        for beliefs in &all {
            joined.merge(beliefs);
        }
        self.replicas.iter_mut().for_each(|replica| replica.memory().merge(&joined));
        self.at(now + self.conversations.merge_s.max(1) * 1_000, Event::Merge);
    }
}

/// The scenario with outages that come by themselves, each provider's apart.
fn with_outages(scenario: &Scenario, conversations: &Conversations, seed: u64) -> Scenario {
    let mut with = scenario.clone();
    let mut random = Random::new(seed.rotate_left(17) ^ 0x07A6E);
    let slots = scenario.seconds.checked_div(conversations.outage_s).unwrap_or(0);
    for provider in &scenario.providers {
        for slot in 0..slots {
            if random.chance(Chance::of(conversations.outages)) {
                let from = slot * conversations.outage_s;
                with.phases.push(Phase::outage(&provider.name, from, from + conversations.outage_s));
            }
        }
    }
    with
}

/// A cache that keeps everything that is long enough, with the scenario's prices.
fn rule(conversations: &Conversations) -> CacheRule {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to small positive numbers")]
    let permille = |share: f64| (share.clamp(0.0, 1e3) * 1e3).round() as u32;
    let mut rule = CacheRule::automatic("simulated");
    rule.lifetime = Millis::from_secs(conversations.lifetime_s);
    rule.write = permille(conversations.write);
    rule.read = permille(conversations.read);
    rule
}

/// With the memoryless property that a mean alone describes: minus the logarithm of a uniform draw, in 64 steps of halving.
fn exponential(mean: u64, random: &mut Random) -> u64 {
    let draw = random.next() | 1;
    let halvings = u64::from(draw.leading_zeros());
    // Between two powers of two a straight line: within 9 % of the real logarithm.
    let below = ((!(draw << halvings) >> 32) * 1_000) >> 31;
    mean * (halvings * 1_000 + below) * 693 / 1_000_000
}

const fn mixed(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

fn key(of: u64) -> u128 {
    u128::from(mixed(of)) << 64 | u128::from(mixed(of ^ u64::MAX))
}

const fn app_prefix(app: u64) -> u64 {
    mixed(app << 1 | 1 << 63)
}

const fn prefix(conversation: u64, turn: u64) -> u64 {
    mixed(conversation << 16 | turn)
}
