//! Who decides whom to call: the real gate, and the rules that it is compared with.

use std::collections::VecDeque;
use std::sync::Arc;

use switchback_units::Timestamp;
use switchback_uptime::{
    Call, Cause, Endpoint, Features, Origin, Outcome, Probe, Screened, Settings, Target, Uptime, Verdict, Version,
    screen,
};

use crate::random::Random;
use crate::scenario::{Naive, Scenario, Sensitivity};

/// Whom to call.
#[derive(Debug)]
pub(crate) struct Choice {
    /// Which of the candidates.
    pub(crate) provider: usize,
    /// The place of a probe, to be kept until the call ends.
    pub(crate) probe: Option<Probe>,
    /// Whether all were out.
    pub(crate) fail_open: bool,
}

/// What a rule is asked about a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    /// Providers in order of preference, without those that were tried.
    pub(crate) candidates: &'a [usize],
    pub(crate) model: usize,
    pub(crate) used: Features,
    /// Whether it is the first attempt: only then can it be a probe, with a second choice behind it.
    pub(crate) first: bool,
}

/// One replica's gate.
#[derive(Debug)]
pub(crate) enum Rule {
    Switchback(Box<Gate>),
    Naive(Vec<Vec<Simple>>, Naive),
}

/// The real crate.
#[derive(Debug)]
pub(crate) struct Gate {
    uptime: Uptime,
    /// By provider and model.
    endpoints: Vec<Vec<Arc<Endpoint>>>,
    candidates: Vec<Arc<Endpoint>>,
    screened: Vec<Screened>,
    versions: VecDeque<Version>,
}

/// A rule that others use, for one endpoint.
#[derive(Debug, Default)]
pub(crate) struct Simple {
    /// Ends of calls and whether they succeeded, of the last minute.
    recent: VecDeque<(u64, bool)>,
    failed: usize,
    health: f64,
    ejections: u64,
    out_until: u64,
    minute: (u64, u64, u64),
}

impl Rule {
    pub(crate) fn new(
        naive: Option<Naive>,
        scenario: &Scenario,
        replica: u64,
        incarnation: u64,
        now: Timestamp,
    ) -> Self {
        let (providers, models) = (scenario.providers.len(), scenario.models.len());
        match naive {
            Some(naive) => {
                let simple = || Simple { health: 1.0, ..Simple::default() };
                Self::Naive((0..providers).map(|_| (0..models).map(|_| simple()).collect()).collect(), naive)
            }
            None => Self::Switchback(Box::new(Gate::new(scenario, Origin { replica, incarnation }, now))),
        }
    }

    pub(crate) fn choose(&mut self, asked: &Asked<'_>, now: Timestamp, random: &mut Random) -> Option<Choice> {
        match self {
            Self::Switchback(gate) => gate.choose(asked, now, random),
            Self::Naive(table, naive) => {
                let is_out = |provider: &&usize| {
                    let simple = table.get(**provider).and_then(|models| models.get(asked.model));
                    simple.is_some_and(|simple| simple.is_out(*naive, now.as_millis()))
                };
                let passing = asked.candidates.iter().find(|provider| !is_out(provider));
                let provider = *passing.or_else(|| asked.candidates.first())?;
                Some(Choice { provider, probe: None, fail_open: passing.is_none() })
            }
        }
    }

    pub(crate) fn record(&mut self, provider: usize, model: usize, call: &Call, now: Timestamp) {
        match self {
            Self::Switchback(gate) => {
                if let Some(endpoint) = gate.endpoint(provider, model) {
                    endpoint.record(call, now);
                }
            }
            Self::Naive(table, naive) => {
                if let Some(simple) = table.get_mut(provider).and_then(|models| models.get_mut(model)) {
                    simple.record(*naive, call.outcome, now.as_millis());
                }
            }
        }
    }

    /// Whether an endpoint is out, throttling apart.
    pub(crate) fn is_out(&mut self, provider: usize, model: usize, now: Timestamp) -> bool {
        match self {
            Self::Switchback(gate) => {
                gate.endpoint(provider, model).is_some_and(|endpoint| match endpoint.check(Features::BASE, now) {
                    Verdict::Probe(_) => true,
                    Verdict::Blocked(block) => matches!(block.cause, Cause::Ejected(_) | Cause::ProviderDown),
                    Verdict::Pass | Verdict::Ramp(_) => false,
                })
            }
            Self::Naive(table, naive) => {
                let simple = table.get_mut(provider).and_then(|models| models.get_mut(model));
                simple.is_some_and(|simple| {
                    simple.forget(now.as_millis());
                    simple.is_out(*naive, now.as_millis())
                })
            }
        }
    }

    /// Whether an endpoint has its whole share.
    pub(crate) fn is_whole(&mut self, provider: usize, model: usize, now: Timestamp) -> bool {
        match self {
            Self::Switchback(gate) => {
                let check = |endpoint: &Arc<Endpoint>| endpoint.check(Features::BASE, now) == Verdict::Pass;
                gate.endpoint(provider, model).is_some_and(check)
            }
            Self::Naive(..) => !self.is_out(provider, model, now),
        }
    }

    /// What other replicas should hear. From four exchanges ago, so that one in four may arrive.
    pub(crate) fn export(&mut self, now: Timestamp) -> Option<Vec<u8>> {
        let Self::Switchback(gate) = self else { return None };
        let since = if gate.versions.len() >= 4 { gate.versions.pop_front() } else { None };
        let (blob, version) = gate.uptime.export_since(since.unwrap_or_default(), now);
        gate.versions.push_back(version);
        Some(blob)
    }

    pub(crate) fn import(&mut self, blob: &[u8], now: Timestamp) {
        if let Self::Switchback(gate) = self {
            // What this crate exports it imports: a test of its own says so.
            let _ = gate.uptime.import(blob, now);
        }
    }
}

impl Gate {
    fn new(scenario: &Scenario, origin: Origin, now: Timestamp) -> Self {
        let settings = Settings::new(match scenario.sensitivity {
            Sensitivity::Balanced => switchback_uptime::Sensitivity::Balanced,
            Sensitivity::Calm => switchback_uptime::Sensitivity::Calm,
        });
        let uptime = Uptime::with_origin(settings, origin);
        let target =
            |provider: u64, model: u64| Target { endpoint: provider << 8 | model, provider, credential: provider };
        let endpoints = (0..).zip(&scenario.providers).map(|(provider, _)| {
            let of_models = (0..).zip(&scenario.models);
            of_models.map(|(model, _)| uptime.endpoint(target(provider, model), now)).collect()
        });
        let endpoints = endpoints.collect();
        Self { uptime, endpoints, candidates: Vec::new(), screened: Vec::new(), versions: VecDeque::new() }
    }

    fn endpoint(&self, provider: usize, model: usize) -> Option<&Arc<Endpoint>> {
        self.endpoints.get(provider)?.get(model)
    }

    /// The first that may be called. One that is growing back is taken by its share, one that is to be probed by who gets
    /// the place and has another behind it.
    fn choose(&mut self, asked: &Asked<'_>, now: Timestamp, random: &mut Random) -> Option<Choice> {
        let mut candidates = std::mem::take(&mut self.candidates);
        candidates.clear();
        let found = asked.candidates.iter().filter_map(|provider| self.endpoint(*provider, asked.model));
        candidates.extend(found.map(Arc::clone));
        let screening = screen(&candidates, asked.used, now, &mut self.screened);
        let mut fallback = None;
        let mut choice = None;
        for screened in &self.screened {
            let Some((endpoint, provider)) =
                candidates.get(screened.index).zip(asked.candidates.get(screened.index).copied())
            else {
                continue;
            };
            let taken = |probe| Choice { provider, probe, fail_open: screening.fail_open };
            fallback = fallback.or(Some(provider));
            let others = screening.passing > 1 && asked.first;
            choice = match screened.verdict {
                Verdict::Pass => Some(taken(None)),
                Verdict::Ramp(share) => (random.below(1_000) < u64::from(share)).then(|| taken(None)),
                Verdict::Probe(_) if others => endpoint.probe(now).map(|place| taken(Some(place))),
                Verdict::Probe(_) => None,
                Verdict::Blocked(_) => screening.fail_open.then(|| taken(None)),
            };
            if choice.is_some() {
                break;
            }
        }
        let choice =
            choice.or_else(|| Some(Choice { provider: fallback?, probe: None, fail_open: screening.fail_open }));
        if let Some(endpoint) = choice.as_ref().and_then(|choice| self.endpoint(choice.provider, asked.model)) {
            endpoint.sent(now);
        }
        self.candidates = candidates;
        choice
    }
}

impl Simple {
    fn forget(&mut self, now: u64) {
        while self.recent.front().is_some_and(|(at, _)| at + 60_000 <= now) {
            if let Some((_, false)) = self.recent.pop_front() {
                self.failed -= 1;
            }
        }
    }

    fn is_out(&self, naive: Naive, now: u64) -> bool {
        match naive {
            Naive::Raw => {
                // What has expired since the last look does not count.
                let expired = self.recent.iter().take_while(|(at, _)| at + 60_000 <= now);
                let (gone, failed) = expired.fold((0, 0), |(n, failed), (_, ok)| (n + 1, failed + usize::from(!ok)));
                let (calls, failed) = (self.recent.len() - gone, self.failed - failed);
                calls >= 20 && failed * 10 > calls
            }
            Naive::Ewma | Naive::Minute => now < self.out_until,
        }
    }

    fn record(&mut self, naive: Naive, outcome: Outcome, now: u64) {
        let throttled = matches!(outcome, Outcome::Throttled { .. });
        let success = matches!(outcome, Outcome::Success | Outcome::Breach(_));
        match naive {
            Naive::Raw => {
                self.forget(now);
                self.recent.push_back((now, success));
                self.failed += usize::from(!success);
            }
            Naive::Ewma => {
                self.health = 0.7 * self.health + if success { 0.3 } else { 0.0 };
                if success {
                    self.ejections = 0;
                } else if self.health < 0.9 && now >= self.out_until {
                    self.ejections += 1;
                    self.out_until = now + 3_000 * self.ejections;
                }
            }
            Naive::Minute => {
                let (minute, calls, failed) = self.minute;
                let (calls, failed) = if minute == now / 60_000 { (calls, failed) } else { (0, 0) };
                self.minute = (now / 60_000, calls + 1, failed + u64::from(!success));
                let (_, calls, failed) = self.minute;
                if !success && now >= self.out_until && (throttled || calls >= 5 && failed * 2 > calls) {
                    self.out_until = now + 5_000;
                }
            }
        }
    }
}
