//! Every direction of conversion beside the yardstick, measured in turn and printed as tables: best and median of the
//! rounds, and their ratios to the yardstick of the same rounds. Bodies are in microseconds each, streams in nanoseconds an
//! event. What is allocated is counted by `allocations`: counting takes time.
//!
//! Criterion measures one bench after another; on a machine that others load, what ran meanwhile is then in the ratio.
//! Here every variant runs once in every round.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    clippy::print_stdout,
    reason = "a measurement: it reads the clock and its arguments, and fails by panicking"
)]

use cases::{Case, Variant, cases};
use std::time::{Duration, Instant};

mod cases;
mod market;

/// How long a variant runs in one round, and how many rounds there are.
const SLICE: Duration = Duration::from_micros(1_500);
const ROUNDS: usize = 60;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let wanted = |name: &str| arguments.first().is_none_or(|filter| name.contains(filter.as_str()));
    let times = arguments.get(1).and_then(|times| times.parse::<u32>().ok());
    // `cargo test --benches` runs everything once.
    let rounds = if std::env::args().any(|argument| argument == "--bench") { ROUNDS } else { 1 };
    let built = |name: &str| wanted(name) || arguments.first().is_some_and(|filter| filter.starts_with(name));
    for ((unit, scale), cases) in [("µs", 1e6), ("ns an event", 1e9)].into_iter().zip(cases(&built)) {
        if times.is_none() && !cases.is_empty() {
            println!("| case | bytes | best {unit} | median {unit} | × best | × median |");
            println!("|---|---:|---:|---:|---:|---:|");
        }
        for case in cases {
            if let Some(times) = times {
                repeat(case, arguments.first().map_or("", String::as_str), times);
            } else if wanted(&case.name) {
                measure(case, rounds, scale);
            }
        }
    }
}

/// Runs one variant alone, for a profiler.
fn repeat(case: Case, wanted: &str, times: u32) {
    let Case { name, variants, .. } = case;
    for mut variant in variants.into_iter().filter(|variant| format!("{name}-{}", variant.name) == wanted) {
        println!("{wanted}: {times} times");
        let mut out = Vec::new();
        (0..times).for_each(|_| run(&mut variant, &mut out));
    }
}

fn run(variant: &mut Variant, out: &mut Vec<u8>) {
    out.clear();
    (variant.run)(out);
}

/// Measures the variants of a case in turn, and prints a row for each; a second is `scale` of its units.
fn measure(case: Case, rounds: usize, scale: f64) {
    let mut timed: Vec<Timed> = case.variants.into_iter().map(Timed::new).collect();
    for _ in 0..rounds {
        timed.iter_mut().for_each(Timed::round);
    }
    for timed in &mut timed {
        timed.seconds.sort_by(f64::total_cmp);
    }
    let Some((yardstick, _)) = timed.split_first() else { return };
    let (best, median) = (yardstick.best(), yardstick.median());
    let scale = scale / case.events as f64;
    for timed in &timed {
        println!(
            "| `{}-{}` | {} | {:.2} | {:.2} | {:.2} | {:.2} |",
            case.name,
            timed.variant.name,
            case.bytes,
            timed.best() * scale,
            timed.median() * scale,
            timed.best() / best,
            timed.median() / median,
        );
    }
}

/// A variant and what its rounds took.
struct Timed {
    variant: Variant,
    out: Vec<u8>,
    /// How many runs fill a round.
    runs: u32,
    /// Seconds a run, one entry a round.
    seconds: Vec<f64>,
}

impl Timed {
    fn new(variant: Variant) -> Self {
        let mut timed = Self { variant, out: Vec::new(), runs: 0, seconds: Vec::new() };
        let start = Instant::now();
        while start.elapsed() < SLICE {
            run(&mut timed.variant, &mut timed.out);
            timed.runs += 1;
        }
        timed
    }

    fn round(&mut self) {
        let start = Instant::now();
        (0..self.runs).for_each(|_| run(&mut self.variant, &mut self.out));
        self.seconds.push(start.elapsed().as_secs_f64() / f64::from(self.runs));
    }

    fn best(&self) -> f64 {
        *self.seconds.first().unwrap()
    }

    fn median(&self) -> f64 {
        *self.seconds.get(self.seconds.len() / 2).unwrap()
    }
}
