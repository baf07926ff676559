//! One replica's decision: the real crates, and the rules that they are compared with.

use std::collections::BTreeMap;
use std::sync::Arc;

use switchback_affinity::{
    Beliefs, CacheRule, Candidate, Conversation, Estimate, Facts, Load, Memory, Prompt, Recovery, Route, Usage, admit,
    home, rank, stay,
};
use switchback_units::{Money, Rate, Timestamp, Tokens};
use switchback_uptime::{Call, Endpoint, Features, Origin, Outcome, Probe, Settings, Target, Uptime, Verdict};

use crate::conversation::cache::cost;
use crate::conversation::scenario::{Conversations, Routing};
use crate::random::Random;

/// A turn that has to go somewhere.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turn {
    /// The affinity key.
    pub(crate) key: u128,
    /// The key that goes upstream.
    pub(crate) upstream: u64,
    pub(crate) conversation: u64,
    /// Which it is, from 1.
    pub(crate) number: u64,
    /// The prefix that the application's conversations share, and that which the last turn left.
    pub(crate) prefixes: [u64; 2],
    pub(crate) app_tokens: u64,
    pub(crate) history: u64,
    pub(crate) input: u64,
}

/// What is true and only the perfect rule may see, with what everybody may.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen<'a> {
    pub(crate) conversations: &'a Conversations,
    pub(crate) rule: &'a CacheRule,
    /// By provider: tokens that its cache holds of the turn.
    pub(crate) held: &'a [u64],
    /// By provider: requests of this replica in flight.
    pub(crate) inflight: &'a [u32],
    pub(crate) tried: u64,
}

/// A provider, the tokens that its cache is counted on for, and the place of a probe that is kept until the call ends.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) provider: usize,
    pub(crate) expected: u64,
    pub(crate) probe: Option<Probe>,
}

/// One replica.
#[derive(Debug)]
pub(crate) struct Replica {
    routing: Option<Routing>,
    gates: Vec<Arc<Endpoint>>,
    _uptime: Uptime,
    memory: Memory,
    sticky: BTreeMap<u64, usize>,
}

/// What a replica believes of prompts at most, where it does.
pub(crate) const BELIEFS: usize = 1 << 12;

/// A list price of one, per million tokens.
const LIST: f64 = 1_000_000.0;

impl Replica {
    pub(crate) fn new(routing: Option<Routing>, providers: usize, replica: u64, now: Timestamp) -> Self {
        let uptime = Uptime::with_origin(Settings::default(), Origin { replica, incarnation: 1 });
        let target = |provider: u64| Target { endpoint: provider, provider, credential: provider };
        let memory = match routing {
            Some(Routing::Local | Routing::Merged) => Memory::default().with_beliefs(Beliefs::with_capacity(BELIEFS)),
            _ => Memory::default(),
        };
        Self {
            routing,
            gates: (0..).take(providers).map(|provider| uptime.endpoint(target(provider), now)).collect(),
            _uptime: uptime,
            memory,
            sticky: BTreeMap::new(),
        }
    }

    pub(crate) const fn memory(&mut self) -> &mut Memory {
        &mut self.memory
    }

    /// Where a turn goes. The gate first: what is out is no candidate, unless all are. A probe is never a conversation with
    /// something to lose.
    pub(crate) fn choose(&mut self, turn: &Turn, seen: &Seen<'_>, now: Timestamp, random: &mut Random) -> Option<Sent> {
        let mut open = Vec::with_capacity(self.gates.len());
        let mut to_probe = None;
        let untried = |provider: &usize| seen.tried & (1 << provider) == 0;
        for (provider, gate) in self.gates.iter().enumerate().filter(|(provider, _)| untried(provider)) {
            match gate.check(Features::BASE, now) {
                Verdict::Pass => open.push(provider),
                // Which conversations it has a share of is for `home` to say; with other rules chance does.
                Verdict::Ramp(share) if self.is_affine() || random.below(1_000) < u64::from(share) => {
                    open.push(provider);
                }
                Verdict::Probe(_) if turn.number == 1 => to_probe = to_probe.or(Some(provider)),
                Verdict::Ramp(_) | Verdict::Probe(_) | Verdict::Blocked(_) => {}
            }
        }
        let probed = to_probe.filter(|_| !open.is_empty() && seen.tried == 0);
        if let Some((provider, gate)) = probed.and_then(|provider| Some((provider, self.gates.get(provider)?)))
            && let Some(place) = gate.probe(now)
        {
            return Some(Sent { provider, expected: 0, probe: Some(place) });
        }
        if open.is_empty() {
            open.extend((0..self.gates.len()).filter(untried));
        }
        let (provider, expected) = self.among(&open, turn, seen, now, random)?;
        Some(Sent { provider, expected, probe: None })
    }

    /// One of those that may be called, and what is expected of its cache.
    fn among(
        &self,
        open: &[usize],
        turn: &Turn,
        seen: &Seen<'_>,
        now: Timestamp,
        random: &mut Random,
    ) -> Option<(usize, u64)> {
        let noisy: Vec<_> = open.iter().map(|provider| (*provider, noise(seen.conversations.noise, random))).collect();
        let list =
            |provider: usize, held| cost(seen.conversations, price(seen.conversations, provider), turn.input, held);
        let best = || least(noisy.iter().map(|(provider, noise)| (*provider, list(*provider, 0) / 1_000 * noise)));
        let provider = match self.routing {
            Some(Routing::Random) => {
                open.get(usize::try_from(random.below(u64::try_from(open.len()).ok()?)).ok()?).copied()
            }
            Some(Routing::Best) => best(),
            Some(Routing::Sticky) => {
                let kept = self.sticky.get(&turn.conversation).filter(|provider| open.contains(provider));
                kept.copied().or_else(best)
            }
            Some(Routing::Perfect) => least(
                open.iter()
                    .map(|provider| (*provider, list(*provider, seen.held.get(*provider).copied().unwrap_or(0)))),
            ),
            Some(Routing::Local | Routing::Merged | Routing::Unbounded | Routing::Undivided) | None => {
                let bounded = seen.conversations.bounded && self.routing != Some(Routing::Unbounded);
                let within = if bounded { admitted(&noisy, turn, seen) } else { None };
                return self.affine(within.as_ref().map_or(&noisy, std::slice::from_ref), turn, seen, now);
            }
        };
        provider.map(|provider| (provider, 0))
    }

    /// The real crate: the home of the conversation among the open routes, then what the request is expected to cost.
    fn affine(&self, open: &[(usize, u64)], turn: &Turn, seen: &Seen<'_>, now: Timestamp) -> Option<(usize, u64)> {
        let prompt = Prompt {
            input: Tokens::new(turn.input),
            marked: Tokens::new(turn.input),
            history: Tokens::new(turn.history),
            ..Prompt::default()
        };
        let cold: Vec<_> =
            open.iter().map(|(provider, _)| Estimate::of(&prompt, &facts(seen, *provider, 0, 0)).money).collect();
        let routes = open.iter().zip(&cold).map(|((provider, _), price)| Route {
            trusted: self.memory.rate(id(*provider), seen.rule, now).is_trusted(),
            recovery: self.recovery(*provider, now),
            ..Route::new(Candidate::new(id(*provider)), Some(*price))
        });
        let routes: Vec<_> = routes.collect();
        let turns = u32::try_from(turn.number).unwrap_or(u32::MAX);
        let home = home(&Conversation { key: turn.key, turns }, &routes)?;
        let places = open.iter().enumerate().map(|(at, (provider, noise))| {
            let believed = self.believed(*provider, turn, at == home, now);
            let likely = self.memory.rate(id(*provider), seen.rule, now).millionths();
            let estimate = Estimate::of(&prompt, &facts(seen, *provider, believed, likely));
            let money = Money::from_pico_dollars(estimate.money.pico_dollars() / 1_000 * u128::from(*noise));
            let place = if at == home { money.saturating_sub(stay(money)) } else { money };
            ((*provider, estimate.cached.get()), place)
        });
        least(places)
    }

    /// Whether turns go where their conversations belong.
    const fn is_affine(&self) -> bool {
        match self.routing {
            Some(Routing::Random | Routing::Best | Routing::Sticky | Routing::Perfect) => false,
            Some(Routing::Local | Routing::Merged | Routing::Unbounded | Routing::Undivided) | None => true,
        }
    }

    fn recovery(&self, provider: usize, now: Timestamp) -> Option<Recovery> {
        let gate = self.gates.get(provider)?;
        let permille = match gate.check(Features::BASE, now) {
            Verdict::Ramp(permille) => permille,
            Verdict::Pass | Verdict::Probe(_) | Verdict::Blocked(_) => 1_000,
        };
        let since = gate.last_out(Features::BASE)?;
        Some(Recovery { out: now.saturating_since(since), permille })
    }

    /// Tokens that a provider is taken to hold: what was learned of the prompt where that is kept, else all but the last turn
    /// at home.
    fn believed(&self, provider: usize, turn: &Turn, is_home: bool, now: Timestamp) -> u64 {
        match self.memory.beliefs() {
            Some(beliefs) => {
                let held = turn.prefixes.iter().filter_map(|prefix| beliefs.tokens(*prefix, id(provider), now));
                held.map(Tokens::get).max().unwrap_or(0)
            }
            None if is_home && turn.number > 1 => turn.history,
            None => 0,
        }
    }

    /// Learns from an answer: what was expected of the cache, and what it read.
    pub(crate) fn answered(&mut self, provider: usize, turn: &Turn, answer: &Answered, rule: &CacheRule) {
        self.sticky.insert(turn.conversation, provider);
        self.memory.observe(
            &Usage {
                candidate: id(provider),
                started: answer.started,
                lifetime: rule.lifetime,
                expected: Tokens::new(answer.expected),
                input: Tokens::new(turn.input),
                read: Tokens::new(answer.read),
                prefix: answer.prefix,
                system: Some((answer.system, Tokens::new(turn.app_tokens))),
                ..Usage::default()
            },
            rule,
        );
    }

    pub(crate) fn record(&self, provider: usize, outcome: Outcome, started: Timestamp, now: Timestamp) {
        if let Some(gate) = self.gates.get(provider) {
            gate.record(&Call::new(outcome, started), now);
        }
    }

    pub(crate) fn trusts(&self, provider: usize, rule: &CacheRule, now: Timestamp) -> bool {
        self.memory.rate(id(provider), rule, now).is_trusted()
    }
}

/// What an answer said.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answered {
    pub(crate) started: Timestamp,
    pub(crate) expected: u64,
    pub(crate) read: u64,
    /// The prefix of the whole prompt, and that of the application.
    pub(crate) prefix: u64,
    pub(crate) system: u64,
}

/// The first of the rendezvous order that has room.
fn admitted(open: &[(usize, u64)], turn: &Turn, seen: &Seen<'_>) -> Option<(usize, u64)> {
    let mut ranked: Vec<_> = open.iter().map(|(provider, _)| Candidate::new(id(*provider))).collect();
    rank(turn.key, &mut ranked);
    let provider_of = |candidate: &Candidate| open.iter().position(|(provider, _)| id(*provider) == candidate.id);
    let load = |candidate: &Candidate| {
        let at = provider_of(candidate).and_then(|at| open.get(at));
        Load {
            inflight: at.and_then(|(provider, _)| seen.inflight.get(*provider)).copied().unwrap_or(0),
            ..Load::default()
        }
    };
    let loads: Vec<_> = ranked.iter().map(load).collect();
    let first = ranked.get(admit(&ranked, &loads)?)?;
    open.get(provider_of(first)?).copied()
}

fn facts(seen: &Seen<'_>, provider: usize, believed: u64, likely: u32) -> Facts {
    Facts {
        input: rate(price(seen.conversations, provider)),
        output: Rate::ZERO,
        rule: Some(*seen.rule),
        believed: Tokens::new(believed),
        likely,
        setup: 0,
        prefill: 0,
        decode: 0,
    }
}

/// A provider's list price; that of the last who has one for the rest.
pub(crate) fn price(conversations: &Conversations, provider: usize) -> f64 {
    let prices = &conversations.prices;
    prices.get(provider).or_else(|| prices.last()).copied().unwrap_or(1.0)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to small positive numbers")]
fn rate(price: f64) -> Rate {
    Rate::from_pico_dollars((price.clamp(0.0, 1e6) * LIST) as u64)
}

/// Ids as the catalog makes them: spread over all bits.
fn id(provider: usize) -> u64 {
    u64::try_from(provider).unwrap_or(0).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// A factor in thousandths, uniform with that standard deviation.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to small positive numbers")]
fn noise(deviation: f64, random: &mut Random) -> u64 {
    let half = (deviation.clamp(0.0, 0.5) * 3.0_f64.sqrt() * 1_000.0) as u64;
    (1_000 - half) + random.below(2 * half + 1)
}

/// The provider with the least cost; of equals the first.
fn least<P, C: Ord>(places: impl Iterator<Item = (P, C)>) -> Option<P> {
    places.min_by(|(_, a), (_, b)| a.cmp(b)).map(|(provider, _)| provider)
}
