//! Sorts that reproduce another system's: they compare candidates with each other, so that a loser's going may change
//! the order of the rest.

use switchback_units::Tokens;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::Attempt;
use crate::order::{Eligible, Grade, Standing};
use crate::planner::Scene;
use crate::policy::{Metric, Order, Quantity};

/// Gives every attempt its place by the preset of its rank, where that has one.
pub(crate) fn place(eligible: &mut Eligible, scene: &Scene<'_>) {
    for (rank, settings) in scene.ranks.iter().enumerate() {
        let by = match settings.sort.by {
            Order::LlmGateway => llm_gateway,
            Order::InverseSquarePrice => inverse_square,
            Order::Score | Order::Cost | Order::Metric(_) => continue,
        };
        let of_rank = |standing: &&Standing| standing.grade.rank == rank;
        let alike = || eligible.standings.iter().filter(of_rank);
        let candidates: Vec<Candidate<'_>> = alike()
            .filter_map(|standing| Some(Candidate { grade: standing.grade, attempt: eligible.attempt(standing)? }))
            .collect();
        let relative = by(&candidates, scene);
        let alike = eligible.standings.iter_mut().filter(|standing| standing.grade.rank == rank);
        for (standing, relative) in alike.zip(relative) {
            standing.relative = relative;
        }
    }
}

/// One of those that are compared.
struct Candidate<'e> {
    grade: Grade,
    attempt: &'e Attempt,
}

/// The weights of LLM Gateway's score (its public source, `routing-score`, read 2026-10).
const PRICE: f64 = 0.6;
const UPTIME: f64 = 0.5;
const THROUGHPUT: f64 = 0.05;
const LATENCY: f64 = 0.025;
const CACHE: f64 = 0.2;

/// The score counts a cache from this length of a prompt on.
const LONG_PROMPT: Tokens = Tokens::new(5_000);

/// What one candidate brings to the score, with what LLM Gateway assumes of what nobody measured.
#[derive(Clone, Copy)]
struct Measured {
    price: f64,
    /// In percent.
    uptime: f64,
    throughput: f64,
    latency: f64,
    caches: bool,
}

/// `sum of weight / sum of weights * ratio, + 1 - priority, + penalty`, lowest first:
///
/// - price: `price / least - 1`; 0 if the least is 0, or no price is known
/// - uptime: `best / uptime - 1`; 1 if it is 0
/// - throughput: `best / throughput - 1`
/// - latency: `latency / least - 1`, for streams only
/// - cache: 1 without one, from 5,000 tokens on
/// - penalty below 95 %: `((95 - uptime) / 95 * 5)^2`
///
/// Priorities, which are a setting of that gateway's database, are all 1.
fn llm_gateway(alike: &[Candidate<'_>], scene: &Scene<'_>) -> Vec<f64> {
    let demand = scene.inputs.demand;
    let is_stream = demand.streams();
    let is_long = demand.expected_input() >= LONG_PROMPT;
    let standings: Vec<Measured> = alike.iter().map(|candidate| measured(candidate.attempt, scene)).collect();
    let least = |value: fn(&Measured) -> f64| standings.iter().map(value).fold(f64::INFINITY, f64::min);
    let most = |value: fn(&Measured) -> f64| standings.iter().map(value).fold(0.0, f64::max);
    let (price, latency) = (least(|s| s.price), least(|s| s.latency));
    let (uptime, throughput) = (most(|s| s.uptime), most(|s| s.throughput));
    let score = |own: &Measured| {
        let mut terms = vec![
            (PRICE, if price > 0.0 && price.is_finite() { own.price / price - 1.0 } else { 0.0 }),
            (UPTIME, if own.uptime > 0.0 { uptime / own.uptime - 1.0 } else { 1.0 }),
            (THROUGHPUT, if own.throughput > 0.0 { throughput / own.throughput - 1.0 } else { 1.0 }),
        ];
        if is_stream {
            terms.push((LATENCY, if latency > 0.0 { own.latency / latency - 1.0 } else { 0.0 }));
        }
        if is_long {
            terms.push((CACHE, if own.caches { 0.0 } else { 1.0 }));
        }
        let weights: f64 = terms.iter().map(|(weight, _)| weight).sum();
        let sum: f64 = terms.iter().map(|(weight, ratio)| weight / weights * ratio).sum();
        let below = (95.0 - own.uptime).max(0.0) / 95.0 * 5.0;
        sum + below * below
    };
    standings.iter().map(score).collect()
}

fn measured(attempt: &Attempt, scene: &Scene<'_>) -> Measured {
    let signals = scene.inputs.signals;
    let metric = |quantity| signals.metrics.metric(attempt.id(), Metric::of(quantity), scene.inputs.now);
    Measured {
        // Half of input and output prices in that gateway; here what the request is expected to cost.
        price: price(attempt),
        uptime: attempt.health.uptime.map_or(100.0, |uptime| uptime.get() * 100.0),
        throughput: metric(Quantity::Throughput).unwrap_or(50.0),
        latency: attempt.health.latency_ms.map_or(1_000.0, crate::filter::millis),
        caches: attempt.cached.is_some(),
    }
}

/// In dollars; infinite where it is not known.
fn price(attempt: &Attempt) -> f64 {
    attempt.cost.map_or(f64::INFINITY, |cost| cost.expected.to_dollars_lossy())
}

/// Draws one of the best grade by `1 / price^2`; it comes first, the rest by price (`OpenRouter`'s documentation of
/// provider routing, 2026-08). A free endpoint is drawn before all others; one of unknown price never.
fn inverse_square(alike: &[Candidate<'_>], scene: &Scene<'_>) -> Vec<f64> {
    let mut relative: Vec<f64> = alike.iter().map(|candidate| price(candidate.attempt)).collect();
    let best = alike.iter().map(|candidate| candidate.grade).min();
    let weight = |(candidate, price): (&Candidate<'_>, &f64)| {
        if Some(candidate.grade) == best && price.is_finite() { 1.0 / (price * price) } else { 0.0 }
    };
    let weights: Vec<f64> = alike.iter().zip(&relative).map(weight).collect();
    let total: f64 = weights.iter().sum();
    if total.is_infinite() {
        return relative;
    }
    // 53 bits make a number from 0 to 1 that a float holds exactly.
    let drawn = xxh3_64_with_seed(b"inverse_square_price", scene.inputs.seed) >> 11;
    let mut left = total * crate::filter::count(drawn) / crate::filter::count(1 << 53);
    for (place, weight) in relative.iter_mut().zip(weights) {
        left -= weight;
        if left < 0.0 {
            *place = -1.0;
            break;
        }
    }
    relative
}
