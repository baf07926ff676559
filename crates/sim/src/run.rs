//! One run: a virtual clock of milliseconds, from zero to the end.

use std::collections::BTreeMap;

use switchback_units::Timestamp;
use switchback_uptime::{Call, Feature, Features, Outcome, Probe};

use crate::provider::Simulated;
use crate::random::{Chance, Random};
use crate::rule::{Asked, Rule};
use crate::scenario::{Naive, Scenario};
use crate::tally::Tally;
use crate::timeline::Timeline;

/// The clock starts there: any time would do.
const START: u64 = 1_795_000_000_000;

/// A request and its attempt under way.
#[derive(Debug)]
struct Attempt {
    replica: usize,
    model: usize,
    used: Features,
    tried: u64,
    left: usize,
    provider: usize,
    started: Timestamp,
    outcome: Outcome,
    probe: Option<Probe>,
}

#[derive(Debug)]
enum Event {
    Done(Attempt),
    Tell { replica: usize },
    Hear { replica: usize, blob: Vec<u8> },
    Restart { replica: usize, incarnation: u64 },
}

struct World<'a> {
    scenario: &'a Scenario,
    naive: Option<Naive>,
    random: Random,
    providers: Vec<Simulated>,
    rules: Vec<Rule>,
    skews: Vec<u64>,
    /// By replica, provider and model: whether it was out when last looked at.
    out: Vec<Vec<Vec<bool>>>,
    events: BTreeMap<(u64, u64), Event>,
    sequence: u64,
    /// When the first of the events is due.
    next_event: u64,
    tally: Tally,
    timeline: Timeline,
}

/// Runs a scenario with one rule and one seed.
pub(crate) fn run(scenario: &Scenario, naive: Option<Naive>, seed: u64) -> (Tally, Timeline) {
    let mut world = World::new(scenario, naive, seed);
    let end = scenario.seconds * 1_000;
    let arrival = Chance::of(scenario.rate / 1_000.0);
    let mut recorded = scenario.recorded.iter().copied().peekable();
    for now in 0..end {
        if now >= world.next_event {
            world.catch_up(now);
        }
        if now % 1_000 == 0 {
            world.look_around(now);
        }
        if scenario.recorded.is_empty() {
            if world.random.chance(arrival) {
                world.request(now);
            }
        } else {
            while recorded.next_if(|at| *at <= now).is_some() {
                world.request(now);
            }
        }
    }
    (world.tally, world.timeline)
}

impl<'a> World<'a> {
    fn new(scenario: &'a Scenario, naive: Option<Naive>, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let replicas = usize::try_from(scenario.replicas.max(1)).unwrap_or(1);
        let (from, to) = scenario.incident();
        let first = scenario.providers.first();
        let tally = Tally {
            replicas: scenario.replicas.max(1),
            seconds: scenario.seconds,
            keys: u64::try_from(scenario.models.len()).unwrap_or(1),
            incident: (from * 1_000, to * 1_000),
            limit_per_second: first.and_then(|first| first.limit).map_or(0.0, |limit| limit.per_second),
            requests: 0,
            incident_requests: 0,
            incident_user_failures: 0,
            wasted: 0,
            incident_wasted: 0,
            incident_served: 0,
            incident_changes: 0,
            ejections: 0,
            first_ejection: None,
            failed_before: vec![(0, false); replicas],
            readmitted: None,
            whole: None,
            out_after_30s: 0,
            nothing_to_try: 0,
            featured: (0, 0),
            plain: (0, 0),
        };
        let skew = scenario.merge.map_or(0, |merge| merge.skew_ms);
        let now = Timestamp::from_millis(START);
        let mut world = Self {
            scenario,
            naive,
            providers: scenario.providers.iter().map(|provider| Simulated::new(provider, scenario)).collect(),
            rules: (0..scenario.replicas.max(1)).map(|replica| Rule::new(naive, scenario, replica, 1, now)).collect(),
            skews: (0..replicas).map(|_| random.below(skew + 1)).collect(),
            out: vec![vec![vec![false; scenario.models.len()]; scenario.providers.len()]; replicas],
            events: BTreeMap::new(),
            sequence: 0,
            next_event: u64::MAX,
            tally,
            timeline: Timeline::new(scenario),
            random,
        };
        world.plan_merges(replicas);
        world
    }

    /// Each replica begins at a time of its own.
    fn plan_merges(&mut self, replicas: usize) {
        let Some(merge) = self.scenario.merge.filter(|_| replicas > 1 && self.naive.is_none()) else { return };
        for replica in 0..replicas {
            let first = self.random.below(merge.every_ms.max(1));
            self.at(first, Event::Tell { replica });
        }
        if let Some(every) = merge.restart_every_s.filter(|every| *every > 0) {
            for (replica, incarnation) in
                (0..replicas).cycle().zip(2..).take(usize::try_from(self.scenario.seconds / every).unwrap_or(0))
            {
                self.at((incarnation - 1) * every * 1_000, Event::Restart { replica, incarnation });
            }
        }
    }

    fn at(&mut self, at: u64, event: Event) {
        self.events.insert((at, self.sequence), event);
        self.sequence += 1;
        self.next_event = self.next_event.min(at);
    }

    /// The time by a replica's clock.
    fn clock(&self, replica: usize, now: u64) -> Timestamp {
        Timestamp::from_millis(START + now + self.skews.get(replica).copied().unwrap_or(0))
    }

    fn catch_up(&mut self, now: u64) {
        while let Some(entry) = self.events.first_entry().filter(|entry| entry.key().0 <= now) {
            let event = entry.remove();
            self.happen(event, now);
        }
        self.next_event = self.events.first_key_value().map_or(u64::MAX, |((at, _), _)| *at);
    }

    fn happen(&mut self, event: Event, now: u64) {
        match event {
            Event::Done(attempt) => self.done(attempt, now),
            Event::Tell { replica } => self.tell(replica, now),
            Event::Hear { replica, blob } => {
                let clock = self.clock(replica, now);
                if let Some(rule) = self.rules.get_mut(replica) {
                    rule.import(&blob, clock);
                }
                self.notice_all(replica, now);
            }
            Event::Restart { replica, incarnation } => {
                let clock = self.clock(replica, now);
                if let Some(rule) = self.rules.get_mut(replica) {
                    let id = u64::try_from(replica).unwrap_or_default();
                    *rule = Rule::new(self.naive, self.scenario, id, incarnation, clock);
                }
            }
        }
    }

    fn tell(&mut self, replica: usize, now: u64) {
        let Some(merge) = self.scenario.merge else { return };
        let clock = self.clock(replica, now);
        if let Some(blob) = self.rules.get_mut(replica).and_then(|rule| rule.export(clock)) {
            for other in (0..self.rules.len()).filter(|other| *other != replica) {
                if !self.random.chance(Chance::of(merge.loss)) {
                    let arrives = now + 1 + self.random.below(merge.delay_ms + 1);
                    self.at(arrives, Event::Hear { replica: other, blob: blob.clone() });
                }
            }
        }
        self.at(now + merge.every_ms.max(1), Event::Tell { replica });
    }

    fn request(&mut self, now: u64) {
        let replica = usize::try_from(self.random.below(self.tally.replicas)).unwrap_or_default();
        let model = self.pick_model();
        let mut used = Features::BASE;
        for feature in &self.scenario.features {
            if self.random.chance(Chance::of(feature.share)) {
                used = Feature::new(feature.number).map_or(used, |number| used.with(number));
            }
        }
        self.tally.requests += 1;
        if self.tally.in_incident(now) {
            self.tally.incident_requests += 1;
            let counted = if used == Features::BASE { &mut self.tally.plain } else { &mut self.tally.featured };
            counted.0 += 1;
        }
        self.attempt(replica, model, used, 0, self.scenario.attempts, now);
    }

    fn pick_model(&mut self) -> usize {
        let last = self.scenario.models.len().saturating_sub(1);
        let (mut left, mut index) = (1.0, 0);
        for share in self.scenario.models.iter().take(last) {
            // The share of what the models before have left.
            if self.random.chance(Chance::of(share / left)) {
                return index;
            }
            left -= share;
            index += 1;
        }
        last
    }

    fn attempt(&mut self, replica: usize, model: usize, used: Features, tried: u64, left: usize, now: u64) {
        let candidates: Vec<usize> =
            (0..self.providers.len()).filter(|provider| tried & (1 << provider) == 0).collect();
        let clock = self.clock(replica, now);
        let first = tried == 0 && left > 1;
        let asked = Asked { candidates: &candidates, model, used, first };
        let Some(rule) = self.rules.get_mut(replica) else { return };
        let choice = rule.choose(&asked, clock, &mut self.random);
        for provider in &candidates {
            self.notice(replica, *provider, model, now);
        }
        let Some(choice) = choice else {
            self.tally.nothing_to_try += 1;
            return self.failed(now);
        };
        let provider = choice.provider;
        let Some(simulated) = self.providers.get_mut(provider) else { return };
        let answer = simulated.call(used, now, &mut self.random);
        self.timeline.call(provider, now, answer.outcome == Outcome::Success, choice.fail_open);
        if provider == 0 && tried == 0 && self.tally.in_incident(now) {
            let counted = if used == Features::BASE { &mut self.tally.plain } else { &mut self.tally.featured };
            counted.1 += 1;
        }
        let attempt = Attempt {
            replica,
            model,
            used,
            tried: tried | 1 << provider,
            left: left.saturating_sub(1),
            provider,
            started: clock,
            outcome: answer.outcome,
            probe: choice.probe,
        };
        self.at(now + answer.after, Event::Done(attempt));
    }

    fn done(&mut self, attempt: Attempt, now: u64) {
        let Attempt { replica, model, used, tried, left, provider, started, outcome, probe } = attempt;
        let clock = self.clock(replica, now);
        if let Some(rule) = self.rules.get_mut(replica) {
            rule.record(provider, model, &Call::new(outcome, started).using(used), clock);
        }
        drop(probe);
        let success = outcome == Outcome::Success;
        if provider == 0 {
            self.count(replica, success, now);
        }
        self.notice(replica, provider, model, now);
        if success {
            return;
        }
        let others = self.providers.len() > usize::try_from(tried.count_ones()).unwrap_or(0);
        if left > 0 && others { self.attempt(replica, model, used, tried, left, now) } else { self.failed(now) }
    }

    fn count(&mut self, replica: usize, success: bool, now: u64) {
        let in_incident = self.tally.in_incident(now);
        if success {
            self.tally.incident_served += u64::from(in_incident);
            return;
        }
        self.tally.wasted += 1;
        self.tally.incident_wasted += u64::from(in_incident);
        if let Some((failed, false)) = self.tally.failed_before.get_mut(replica) {
            *failed += u64::from(now >= self.tally.incident.0);
        }
    }

    fn failed(&mut self, now: u64) {
        self.tally.incident_user_failures += u64::from(self.tally.in_incident(now));
        self.timeline.user_failure(now);
    }

    /// Looks whether an endpoint went out or in.
    fn notice(&mut self, replica: usize, provider: usize, model: usize, now: u64) {
        let clock = self.clock(replica, now);
        let Some(rule) = self.rules.get_mut(replica) else { return };
        let is_out = rule.is_out(provider, model, clock);
        let table = self.out.get_mut(replica).and_then(|table| table.get_mut(provider));
        let Some(was_out) = table.and_then(|models| models.get_mut(model)) else { return };
        if std::mem::replace(was_out, is_out) == is_out || provider != 0 {
            return;
        }
        self.tally.incident_changes += u64::from(self.tally.in_incident(now));
        if is_out {
            self.tally.ejections += 1;
            if now >= self.tally.incident.0 {
                self.tally.first_ejection.get_or_insert(now);
                if let Some((_, ended)) = self.tally.failed_before.get_mut(replica) {
                    *ended = true;
                }
            }
        }
    }

    fn notice_all(&mut self, replica: usize, now: u64) {
        for provider in 0..self.providers.len() {
            for model in 0..self.scenario.models.len() {
                self.notice(replica, provider, model, now);
            }
        }
    }

    /// Once a second: the timeline, and how it stands after all is well again.
    fn look_around(&mut self, now: u64) {
        for replica in 0..self.rules.len() {
            self.notice_all(replica, now);
        }
        for provider in 0..self.providers.len() {
            let out = self.out.iter().filter(|table| table.get(provider).is_some_and(|models| models.contains(&true)));
            let true_success =
                self.providers.get(provider).map_or(Chance::ALWAYS, |simulated| simulated.success_at(now));
            self.timeline.gate(provider, now, out.count(), self.rules.len(), true_success);
        }
        if now < self.tally.incident.1 {
            return;
        }
        let watched_out = self.out.iter().any(|table| table.first().is_some_and(|models| models.contains(&true)));
        if !watched_out {
            self.tally.readmitted.get_or_insert(now);
        }
        if self.tally.whole.is_none() {
            let clocks: Vec<_> = (0..self.rules.len()).map(|replica| self.clock(replica, now)).collect();
            let models = 0..self.scenario.models.len();
            let whole = self
                .rules
                .iter_mut()
                .zip(clocks)
                .all(|(rule, clock)| models.clone().all(|model| rule.is_whole(0, model, clock)));
            if whole {
                self.tally.whole = Some(now);
            }
        }
        if now == self.tally.incident.1 + 30_000 {
            let all = self.out.iter().flatten().flatten().filter(|out| **out).count();
            self.tally.out_after_30s = u64::try_from(all).unwrap_or(u64::MAX);
        }
    }
}
