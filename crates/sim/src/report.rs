//! What a scenario came to, over all its variants, rules and seeds.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::conversation::{self, Conversations, Routing, Spent};
use crate::run::run;
use crate::scenario::{Expectation, Naive, Scenario};
use crate::tally::{Figure, Metric, Stat, Tally};
use crate::timeline::Timeline;

/// What a scenario came to.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// Its name.
    pub scenario: String,
    /// What it is about.
    pub about: String,
    /// One for each variant and rule.
    pub rows: Vec<Row>,
    /// What was expected, and what came out.
    pub expectations: Vec<Checked>,
    /// The first variant's first seed, by rule.
    pub timelines: Vec<(String, Timeline)>,
}

/// One variant under one rule.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Row {
    /// The variant.
    pub variant: String,
    /// The rule: `switchback`, or one that it is compared with.
    pub rule: String,
    /// How many seeds.
    pub seeds: u64,
    /// Every figure.
    pub figures: BTreeMap<Metric, Figure>,
}

/// An expectation and what came out.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Checked {
    /// Of which variant.
    pub variant: String,
    /// Which figure.
    pub metric: Metric,
    /// What of it.
    pub stat: Stat,
    /// What came out; null when it never came about.
    pub found: Option<f64>,
    /// The bound in words.
    pub bound: String,
    /// Whether it was met.
    pub met: bool,
}

impl Report {
    /// Whether every expectation was met.
    pub fn is_met(&self) -> bool {
        self.expectations.iter().all(|checked| checked.met)
    }
}

/// What to run of a scenario.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Options {
    /// At most that many seeds.
    pub seeds: Option<u64>,
    /// Without the rules to compare with.
    pub alone: bool,
}

impl Options {
    /// At most that many seeds.
    #[must_use]
    pub const fn seeds(self, seeds: u64) -> Self {
        Self { seeds: Some(seeds), ..self }
    }

    /// Without the rules to compare with.
    #[must_use]
    pub const fn alone(self) -> Self {
        Self { alone: true, ..self }
    }
}

/// Runs a scenario: every variant, every rule, every seed. The same scenario gives the same report.
///
/// ```
/// use switchback_sim::{Metric, Options, Scenario, simulate};
///
/// let scenario = Scenario::parse(r#"
///     name = "down"
///     about = "the first of two goes down for a minute"
///     seconds = 180
///     rate = 10.0
///     seeds = 3
///     providers = [{ name = "a" }, { name = "b" }]
///     phase = [{ providers = ["a"], from = 60, to = 120, success = 0.0 }]
/// "#)?;
/// let report = simulate(&scenario, Options::default());
/// let figures = &report.rows[0].figures;
/// assert!(figures[&Metric::SecondsToEject].median < 2.0);
/// assert!(figures[&Metric::UserFailures].median < 5.0);
/// # Ok::<(), switchback_sim::ScenarioError>(())
/// ```
pub fn simulate(scenario: &Scenario, options: Options) -> Report {
    let mut report = Report {
        scenario: scenario.name.clone(),
        about: scenario.about.clone(),
        rows: Vec::new(),
        expectations: Vec::new(),
        timelines: Vec::new(),
    };
    let naive = scenario.against.iter().copied().map(Some).filter(|_| !options.alone);
    let rules: Vec<Option<Naive>> = std::iter::once(None).chain(naive).collect();
    for (index, variant) in scenario.variants.iter().enumerate() {
        let varied = scenario.varied(variant);
        let seeds = varied.seeds.min(options.seeds.unwrap_or(u64::MAX)).max(1);
        if let Some(conversations) = &varied.conversations {
            let compared = !options.alone && !variant.alone;
            report.rows.extend(rows_of_conversations(&varied, conversations, &variant.name, seeds, compared));
            continue;
        }
        for rule in rules.iter().filter(|rule| rule.is_none() || !variant.alone) {
            let (row, timeline) = row(&varied, &variant.name, *rule, seeds);
            if let Some(timeline) = timeline.filter(|_| index == 0) {
                report.timelines.push((row.rule.clone(), timeline));
            }
            report.rows.push(row);
        }
    }
    for variant in &scenario.variants {
        for expectation in &variant.expectations {
            report.expectations.extend(check(&report.rows, &variant.name, expectation));
        }
    }
    report
}

fn row(scenario: &Scenario, variant: &str, rule: Option<Naive>, seeds: u64) -> (Row, Option<Timeline>) {
    let (tallies, mut timelines): (Vec<Tally>, Vec<Timeline>) =
        (1..=seeds).map(|seed| run(scenario, rule, seed)).unzip();
    let figure = |metric: Metric| Figure::of(tallies.iter().filter_map(|tally| tally.value(metric)).collect());
    let figures = Metric::GATE.into_iter().map(|metric| (metric, figure(metric))).collect();
    let row = Row { variant: variant.to_owned(), rule: name(rule).to_owned(), seeds, figures };
    timelines.truncate(1);
    (row, timelines.pop())
}

/// The rules of one variant of conversations, each over the same traffic. The two that others are measured by are run in
/// any case.
fn rows_of_conversations(
    scenario: &Scenario,
    conversations: &Conversations,
    variant: &str,
    seeds: u64,
    compared: bool,
) -> Vec<Row> {
    let all = |routing: Option<Routing>| -> Vec<Spent> {
        (1..=seeds).map(|seed| conversation::run(scenario, conversations, routing, seed)).collect()
    };
    let (random, perfect) = (all(Some(Routing::Random)), all(Some(Routing::Perfect)));
    let against = conversations.against.iter().copied().map(Some).filter(|_| compared);
    let row = |routing: Option<Routing>| {
        let spent = match routing {
            Some(Routing::Random) => random.clone(),
            Some(Routing::Perfect) => perfect.clone(),
            other => all(other),
        };
        let figure = |metric: Metric| {
            let runs = spent.iter().zip(random.iter().zip(&perfect));
            Figure::of(runs.filter_map(|(spent, (random, perfect))| spent.value(metric, random, perfect)).collect())
        };
        Row {
            variant: variant.to_owned(),
            rule: routing.map_or_else(|| name(None), Routing::name).to_owned(),
            seeds,
            figures: Metric::CONVERSATIONS.into_iter().map(|metric| (metric, figure(metric))).collect(),
        }
    };
    std::iter::once(None).chain(against).map(row).collect()
}

fn name(rule: Option<Naive>) -> &'static str {
    match rule {
        None => "switchback",
        Some(Naive::Raw) => "raw",
        Some(Naive::Ewma) => "ewma",
        Some(Naive::Minute) => "minute",
    }
}

fn check(rows: &[Row], variant: &str, expectation: &Expectation) -> Option<Checked> {
    let (metric, stat) = (expectation.metric, expectation.stat);
    let of = |variant: &str, rule: &str| {
        let row = rows.iter().find(|row| row.variant == variant && row.rule == rule)?;
        row.figures.get(&metric).map(|figure| figure.stat(stat))
    };
    let found = of(variant, name(None))?;
    let other = expectation.times.as_deref().or(expectation.times_rule.as_deref());
    let times = match (&expectation.times, &expectation.times_rule) {
        (None, None) => 1.0,
        (times, rule) => of(times.as_deref().unwrap_or(variant), rule.as_deref().unwrap_or_else(|| name(None)))?,
    };
    let words = |word: &str, bound: f64| match other {
        Some(other) => format!("{word} {bound} × `{other}` ({})", bound * times),
        None => format!("{word} {bound}"),
    };
    let most = expectation.at_most.map(|bound| (words("at most", bound), found <= bound * times));
    let least = expectation.at_least.map(|bound| (words("at least", bound), found >= bound * times));
    let met = most.iter().chain(&least).all(|(_, met)| *met);
    let bound = most.into_iter().chain(least).map(|(words, _)| words).collect::<Vec<_>>().join(" and ");
    let found = found.is_finite().then_some(found);
    Some(Checked { variant: variant.to_owned(), metric, stat, found, bound, met })
}
