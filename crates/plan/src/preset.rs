//! Sorts that reproduce another system's: they compare candidates with each other, so that a loser's going may change
//! the order of the rest.

use switchback_units::Tokens;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::order::Ranked;
use crate::planner::Scene;
use crate::policy::{Metric, Order, Quantity};

/// Gives every attempt its place by the preset of its rank, where that has one.
pub(crate) fn place(attempts: &mut [Ranked<'_>], scene: &Scene<'_>) {
    for (rank, settings) in scene.ranks.iter().enumerate() {
        let alike = attempts.iter_mut().filter(|ranked| ranked.grade.rank == rank);
        match settings.sort.by {
            Order::LlmGateway => llm_gateway(&mut alike.collect::<Vec<_>>(), scene),
            Order::InverseSquarePrice => inverse_square(&mut alike.collect::<Vec<_>>(), scene.inputs.seed),
            Order::Score | Order::Cost | Order::Metric(_) => {}
        }
    }
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
struct Standing {
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
fn llm_gateway(alike: &mut [&mut Ranked<'_>], scene: &Scene<'_>) {
    let demand = scene.inputs.demand;
    let is_stream = demand.streams();
    let is_long = demand.expected_input() >= LONG_PROMPT;
    let standings: Vec<Standing> = alike.iter().map(|ranked| standing(ranked, scene)).collect();
    let least = |value: fn(&Standing) -> f64| standings.iter().map(value).fold(f64::INFINITY, f64::min);
    let most = |value: fn(&Standing) -> f64| standings.iter().map(value).fold(0.0, f64::max);
    let (price, latency) = (least(|s| s.price), least(|s| s.latency));
    let (uptime, throughput) = (most(|s| s.uptime), most(|s| s.throughput));
    for (ranked, own) in alike.iter_mut().zip(&standings) {
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
        ranked.relative = sum + below * below;
    }
}

fn standing(ranked: &Ranked<'_>, scene: &Scene<'_>) -> Standing {
    let signals = scene.inputs.signals;
    let measured = |quantity| signals.metrics.metric(ranked.endpoint.id(), Metric::of(quantity), scene.inputs.now);
    Standing {
        // Half of input and output prices in that gateway; here what the request is expected to cost.
        price: ranked.cost.map_or(f64::INFINITY, |cost| cost.expected.to_dollars_lossy()),
        uptime: ranked.health.uptime.map_or(100.0, |uptime| uptime.get() * 100.0),
        throughput: measured(Quantity::Throughput).unwrap_or(50.0),
        latency: ranked.health.latency_ms.map_or(1_000.0, crate::filter::millis),
        caches: ranked.cached.is_some(),
    }
}

/// Draws one of the best grade by `1 / price^2`; it comes first, the rest by price (`OpenRouter`'s documentation of
/// provider routing, 2026-08). A free endpoint is drawn before all others; one of unknown price never.
fn inverse_square(alike: &mut [&mut Ranked<'_>], seed: u64) {
    let price = |ranked: &Ranked<'_>| ranked.cost.map_or(f64::INFINITY, |cost| cost.expected.to_dollars_lossy());
    for ranked in alike.iter_mut() {
        ranked.relative = price(ranked);
    }
    let Some(best) = alike.iter().map(|ranked| ranked.grade).min() else { return };
    let is_drawn = |ranked: &Ranked<'_>| ranked.grade == best && ranked.relative.is_finite();
    if alike.iter().any(|ranked| is_drawn(ranked) && ranked.relative <= 0.0) {
        return;
    }
    let weight = |ranked: &Ranked<'_>| if is_drawn(ranked) { 1.0 / (ranked.relative * ranked.relative) } else { 0.0 };
    let total: f64 = alike.iter().map(|ranked| weight(ranked)).sum();
    // 53 bits make a number from 0 to 1 that a float holds exactly.
    let drawn = xxh3_64_with_seed(b"inverse_square_price", seed) >> 11;
    let mut left = total * crate::filter::count(drawn) / crate::filter::count(1 << 53);
    for ranked in alike.iter_mut() {
        left -= weight(ranked);
        if left < 0.0 {
            ranked.relative = -1.0;
            return;
        }
    }
}
