//! Every direction of conversion beside the yardstick, measured in turn and printed as tables: best and median of the
//! rounds, their ratios to the yardstick of the same rounds, and what is allocated from an empty output buffer. Bodies are
//! in microseconds each, streams in nanoseconds an event.
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

use allocation_counter::AllocationInfo;
use serde::de::IgnoredAny;
use std::hint::black_box;
use std::time::{Duration, Instant};
use switchback::{Engine, Situation};
use switchback_capability::Requirements;
use switchback_ir::{Limits, Protocol, RequestContext, TargetFacts};
use switchback_plan::Demand;
use switchback_protocol::sse::Framer;
use switchback_protocol::stream::Transcoder;
use switchback_protocol::{Reply, decode, decode_response, encode, encode_response};
use switchback_testkit::{ANSWERS, PAYLOADS, STREAMS};

mod market;

/// How long a variant runs in one round, and how many rounds there are.
const SLICE: Duration = Duration::from_micros(1_500);
const ROUNDS: usize = 60;

/// What a stream is fed in: about what a network packet holds.
const PACKET: usize = 1_460;

/// One body and the ways to read it; the first is the yardstick.
struct Case {
    name: String,
    bytes: usize,
    /// What a figure is of a second: a million of them for a body, a billion for a stream, by the number of its events.
    scale: f64,
    variants: Vec<Variant>,
}

struct Variant {
    name: String,
    run: Box<dyn FnMut()>,
    allocated: AllocationInfo,
    /// Seconds a run, one entry a round.
    seconds: Vec<f64>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let wanted = |name: &str| arguments.first().is_none_or(|filter| name.contains(filter.as_str()));
    let times = arguments.get(1).and_then(|times| times.parse::<u32>().ok());
    // `cargo test --benches` runs everything once.
    let rounds = if std::env::args().any(|argument| argument == "--bench") { ROUNDS } else { 1 };
    let built = |name: &str| wanted(name) || arguments.first().is_some_and(|filter| filter.starts_with(name));
    let bodies: Vec<Case> = requests(&built).chain(answers(&built)).chain(decisions(&built)).collect();
    for (unit, cases) in [("µs", bodies), ("ns an event", streams(&built).collect())] {
        if times.is_none() && !cases.is_empty() {
            println!(
                "| case | bytes | best {unit} | median {unit} | × best | × median | allocations | bytes allocated |"
            );
            println!("|---|---:|---:|---:|---:|---:|---:|---:|");
        }
        for mut case in cases {
            if let Some(times) = times {
                case.repeat(arguments.first().map_or("", String::as_str), times);
            } else if wanted(&case.name) {
                case.measure(rounds);
                case.print();
            }
        }
    }
}

impl Case {
    fn new(name: String, body: &'static [u8]) -> Self {
        let mut case = Self { name, bytes: body.len(), scale: 1e6, variants: Vec::new() };
        case.add("ignored_any", move |_| {
            serde_json::from_slice::<IgnoredAny>(black_box(body)).unwrap();
        });
        case
    }

    /// A stream; the yardstick reads what its events hold, and cuts nothing into events.
    fn stream(name: String, stream: &'static [u8]) -> Self {
        let payloads = payloads(stream);
        let scale = 1e9 / payloads.len() as f64;
        let mut case = Self { name, bytes: stream.len(), scale, variants: Vec::new() };
        case.add("ignored_any", move |_| {
            for payload in &payloads {
                serde_json::from_slice::<IgnoredAny>(black_box(payload)).unwrap();
            }
        });
        case
    }

    fn add(&mut self, name: &str, mut run: impl FnMut(&mut Vec<u8>) + 'static) {
        let mut out = Vec::new();
        let allocated = allocation_counter::measure(|| run(&mut out));
        let run = Box::new(move || {
            out.clear();
            run(&mut out);
        });
        self.variants.push(Variant { name: name.to_owned(), run, allocated, seconds: Vec::new() });
    }

    fn measure(&mut self, rounds: usize) {
        let runs: Vec<u32> = self.variants.iter_mut().map(Variant::runs_in_a_slice).collect();
        for _ in 0..rounds {
            for (variant, runs) in self.variants.iter_mut().zip(&runs) {
                let start = Instant::now();
                (0..*runs).for_each(|_| (variant.run)());
                variant.seconds.push(start.elapsed().as_secs_f64() / f64::from(*runs));
            }
        }
        for variant in &mut self.variants {
            variant.seconds.sort_by(f64::total_cmp);
        }
    }

    /// Runs one variant alone, for a profiler.
    fn repeat(&mut self, wanted: &str, times: u32) {
        let name = &self.name;
        for variant in self.variants.iter_mut().filter(|variant| format!("{name}-{}", variant.name) == wanted) {
            println!("{name}-{}: {times} times", variant.name);
            (0..times).for_each(|_| (variant.run)());
        }
    }

    fn print(&self) {
        let Some((yardstick, _)) = self.variants.split_first() else { return };
        let (best, median) = (yardstick.best(), yardstick.median());
        for variant in &self.variants {
            println!(
                "| `{}-{}` | {} | {:.2} | {:.2} | {:.2} | {:.2} | {} | {} |",
                self.name,
                variant.name,
                self.bytes,
                variant.best() * self.scale,
                variant.median() * self.scale,
                variant.best() / best,
                variant.median() / median,
                variant.allocated.count_total,
                variant.allocated.bytes_total,
            );
        }
    }
}

impl Variant {
    fn runs_in_a_slice(&mut self) -> u32 {
        let start = Instant::now();
        let mut runs = 0;
        while start.elapsed() < SLICE {
            (self.run)();
            runs += 1;
        }
        runs
    }

    fn best(&self) -> f64 {
        *self.seconds.first().unwrap()
    }

    fn median(&self) -> f64 {
        *self.seconds.get(self.seconds.len() / 2).unwrap()
    }
}

fn requests(wanted: &dyn Fn(&str) -> bool) -> impl Iterator<Item = Case> {
    let cases = PAYLOADS.iter().flat_map(|payload| Protocol::ALL.map(|from| (payload, from)));
    cases.filter_map(move |(payload, from)| {
        let name = format!("convert/{}/{from}", payload.name);
        if !wanted(&name) {
            return None;
        }
        let body: &'static [u8] = payload.body(from).leak();
        let mut case = Case::new(name, body);
        for to in Protocol::ALL.into_iter().filter(|to| *to != from) {
            let facts = TargetFacts::default();
            case.add(&to.to_string(), move |out| {
                let request = decode(from, black_box(body), &Limits::default()).unwrap();
                black_box(encode(&request, to, &facts, out).unwrap());
            });
        }
        Some(case)
    })
}

fn answers(wanted: &dyn Fn(&str) -> bool) -> impl Iterator<Item = Case> {
    let cases = ANSWERS.iter().flat_map(|answer| Protocol::ALL.map(|from| (answer, from)));
    cases.filter_map(move |(answer, from)| {
        let name = format!("response/{}/{from}", answer.name);
        if !wanted(&name) {
            return None;
        }
        let body: &'static [u8] = answer.body(from).leak();
        let mut case = Case::new(name, body);
        for to in Protocol::ALL.into_iter().filter(|to| *to != from) {
            let context = RequestContext::new(to);
            case.add(&to.to_string(), move |out| {
                let response = decode_response(from, black_box(body), &Limits::default()).unwrap();
                let reply = Reply::new(&context).created_at(1_763_683_200);
                black_box(encode_response(&response, &reply, out).unwrap());
            });
        }
        Some(case)
    })
}

fn streams(wanted: &dyn Fn(&str) -> bool) -> impl Iterator<Item = Case> {
    let cases = STREAMS.iter().flat_map(|stream| Protocol::ALL.map(|from| (stream, from)));
    cases.filter_map(move |(stream, from)| {
        let name = format!("stream/{}/{from}", stream.name);
        if !wanted(&name) {
            return None;
        }
        let body: &'static [u8] = stream.body(from).leak();
        let mut case = Case::stream(name, body);
        for to in Protocol::ALL {
            let mut context = RequestContext::new(to);
            context.stream_usage = true;
            case.add(&to.to_string(), move |out| {
                let reply = Reply::new(&context).created_at(1_763_683_200);
                let mut transcoder = Transcoder::new(from, Framer::sse(&Limits::default()), reply);
                for packet in black_box(body).chunks(PACKET) {
                    transcoder.feed(packet, out).unwrap();
                }
                black_box(transcoder.finish(out).unwrap());
            });
        }
        Some(case)
    })
}

/// The JSON of a stream's events.
fn payloads(stream: &'static [u8]) -> Vec<&'static [u8]> {
    let lines = stream.split(|byte| *byte == b'\n').filter_map(|line| line.strip_prefix(b"data: "));
    lines.filter(|payload| *payload != b"[DONE]").collect()
}

/// Decisions beside reading the request that they are for: on a parsed request over catalogs of several sizes, lean and
/// explained, and the whole way from the client's bytes to those for the first attempt.
fn decisions(wanted: &dyn Fn(&str) -> bool) -> impl Iterator<Item = Case> {
    let payload = PAYLOADS.iter().find(|payload| payload.name == "agent_20k").unwrap();
    let name = format!("plan/{}/chat", payload.name);
    let case = wanted(&name).then(|| {
        let body: &'static [u8] = payload.body(Protocol::Chat).leak();
        let request = &*Box::leak(Box::new(decode(Protocol::Chat, body, &Limits::default()).unwrap()));
        let mut case = Case::new(name, body);
        case.add("requirements", move |_| {
            black_box(Requirements::of(black_box(request)));
        });
        let demand = Demand::of(request).with_model(market::MODEL);
        let demand = &*Box::leak(Box::new(demand));
        for (served, all, name) in [(10, 10, "10"), (100, 100, "100"), (10, 5_000, "10_of_5000")] {
            let catalog = &*Box::leak(Box::new(market::catalog(served, all)));
            for (lean, form) in [(false, ""), (true, "_lean")] {
                let decide = move || market::decide(black_box(demand), catalog, lean);
                assert_eq!(decide().attempts().len(), served);
                case.add(&format!("decide_{name}{form}"), move |_| {
                    black_box(decide());
                });
            }
        }
        let engine = Engine::default();
        case.add("whole_way", move |_| {
            let request = decode(Protocol::Chat, black_box(body), &Limits::default()).unwrap();
            let plan = engine.decide(&request, &Situation::at(market::NOW));
            let first = plan.attempts().first().unwrap();
            black_box(engine.prepare(&request, &plan, first).unwrap());
        });
        case
    });
    case.into_iter()
}
