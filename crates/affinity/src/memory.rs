use std::collections::BTreeMap;

use crate::{Beliefs, CacheRule, Calibration, HitRate, Marking, Outcome};
use switchback_units::{Millis, Timestamp, Tokens};

/// Routes of which something is kept. A catalog has a few hundred of one model at most.
const ROUTES: usize = 4096;

/// After so long without an answer a route is what its rule says again, so that one whose cache did not work is tried again.
const FORGOTTEN: Millis = Millis::from_secs(900);

/// What one replica has learned of its routes' caches, and, where it keeps them, [`Beliefs`] about single prompts.
///
/// Bounded: of 4,096 routes, 40 bytes each, and of what the beliefs hold. The route that was silent longest makes room.
///
/// ```
/// use switchback_affinity::{CacheRule, Memory, Usage};
/// use switchback_units::{Millis, Timestamp, Tokens};
/// let mut memory = Memory::default();
/// let (rule, now) = (CacheRule::of("anthropic", "claude-opus-4.5").unwrap(), Timestamp::from_millis(1_000));
/// assert!(memory.rate(9, rule, now).is_trusted());
/// for _ in 0..30 {
///     memory.observe(&Usage {
///         candidate: 9,
///         started: now,
///         lifetime: rule.lifetime,
///         expected: Tokens::new(8_000),
///         input: Tokens::new(9_000),
///         ..Usage::default()
///     }, rule);
/// }
/// assert!(!memory.rate(9, rule, now).is_trusted(), "it never reads what it should hold");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Memory {
    routes: BTreeMap<u64, Learned>,
    beliefs: Option<Beliefs>,
}

#[derive(Clone, Copy, Debug)]
struct Learned {
    rate: HitRate,
    tokens: Calibration,
    seen: Timestamp,
}

/// What an answer's usage said, against what was expected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// The route that answered.
    pub candidate: u64,
    /// When its request began.
    pub started: Timestamp,
    /// How long what it wrote or read lives.
    pub lifetime: Millis,
    /// Cached tokens that were counted on ([`Estimate::cached`](crate::Estimate::cached)).
    pub expected: Tokens,
    /// Input tokens that were estimated.
    pub estimated: Tokens,
    /// Input tokens as reported, those of the cache included.
    pub input: Tokens,
    /// Of those, tokens read from the cache.
    pub read: Tokens,
    /// Tokens written to the cache, where the provider says so.
    pub written: Tokens,
    /// The prefix that the next request of the conversation will have in common: all of this one.
    pub prefix: u64,
    /// The prefix that other conversations have in common with it, tools and instructions, and its tokens.
    pub system: Option<(u64, Tokens)>,
}

impl Memory {
    /// The same with beliefs about single prompts, which pay where replicas tell each other ([`Beliefs::merge`]).
    #[must_use]
    pub fn with_beliefs(self, beliefs: Beliefs) -> Self {
        Self { beliefs: Some(beliefs), ..self }
    }

    /// The beliefs.
    pub const fn beliefs(&self) -> Option<&Beliefs> {
        self.beliefs.as_ref()
    }

    /// Takes over what another replica believes; nothing where none are kept.
    pub fn merge(&mut self, other: &Beliefs) {
        if let Some(beliefs) = &mut self.beliefs {
            beliefs.merge(other);
        }
    }

    /// How often a route's cache holds what was expected: learned, or what its rule promises.
    pub fn rate(&self, candidate: u64, rule: &CacheRule, now: Timestamp) -> HitRate {
        self.fresh(candidate, now).map_or_else(|| HitRate::of(rule), |learned| learned.rate)
    }

    /// An estimate of tokens as the route is likely to report them.
    pub fn correct(&self, candidate: u64, estimated: Tokens, now: Timestamp) -> Tokens {
        self.fresh(candidate, now).map_or(estimated, |learned| learned.tokens.correct(estimated))
    }

    /// Learns from an answer.
    pub fn observe(&mut self, usage: &Usage, rule: &CacheRule) {
        let fresh = self.fresh(usage.candidate, usage.started).copied();
        let mut learned = fresh.unwrap_or_else(|| Learned {
            rate: HitRate::of(rule),
            tokens: Calibration::default(),
            seen: usage.started,
        });
        learned.rate.record(usage.read.get(), usage.expected.get());
        if usage.estimated.get() > 0 && usage.input.get() > 0 {
            learned.tokens.record(usage.estimated, usage.input);
        }
        learned.seen = learned.seen.max(usage.started);
        self.make_room(usage.candidate);
        self.routes.insert(usage.candidate, learned);
        if let Some(beliefs) = &mut self.beliefs {
            let held = usage.held(rule);
            let system = usage.system.map(|(prefix, tokens)| (prefix, tokens.min(held)));
            for (prefix, held) in [Some((usage.prefix, held)), system].into_iter().flatten() {
                beliefs.record(Outcome {
                    prefix,
                    candidate: usage.candidate,
                    started: usage.started,
                    lifetime: usage.lifetime,
                    held: rule.kept(held),
                });
            }
        }
    }

    fn fresh(&self, candidate: u64, now: Timestamp) -> Option<&Learned> {
        self.routes.get(&candidate).filter(|learned| now.saturating_since(learned.seen) < FORGOTTEN)
    }

    fn make_room(&mut self, candidate: u64) {
        if self.routes.len() < ROUTES || self.routes.contains_key(&candidate) {
            return;
        }
        let silent = self.routes.iter().min_by_key(|(id, learned)| (learned.seen, **id)).map(|(id, _)| *id);
        silent.and_then(|id| self.routes.remove(&id));
    }
}

impl Usage {
    /// Tokens of the prompt that the route holds after the answer.
    fn held(&self, rule: &CacheRule) -> Tokens {
        match rule.marking {
            // All of it, whether or not the provider says what it wrote.
            Marking::Automatic => self.input,
            Marking::Breakpoints { .. } => Tokens::new(self.read.get().saturating_add(self.written.get())),
        }
    }
}
