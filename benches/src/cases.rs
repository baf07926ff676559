//! Every direction of conversion, and decisions, beside the yardstick: what `ratio` times and `allocations` counts.

use serde::de::IgnoredAny;
use std::hint::black_box;
use switchback::{Engine, Situation};
use switchback_capability::Requirements;
use switchback_ir::{Limits, Protocol, RequestContext, TargetFacts};
use switchback_plan::Demand;
use switchback_protocol::sse::Framer;
use switchback_protocol::stream::Transcoder;
use switchback_protocol::{Reply, decode, decode_response, encode, encode_response};
use switchback_testkit::{ANSWERS, PAYLOADS, STREAMS};

use crate::market;

/// What a stream is fed in: about what a network packet holds.
const PACKET: usize = 1_460;

/// One body and the ways to read it; the first is the yardstick.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) bytes: usize,
    /// How many events one run of a variant reads: those of a stream; one for a body.
    pub(crate) events: usize,
    pub(crate) variants: Vec<Variant>,
}

/// A way to read it, into a buffer that is used again.
pub(crate) struct Variant {
    pub(crate) name: String,
    pub(crate) run: Run,
}

type Run = Box<dyn FnMut(&mut Vec<u8>)>;

/// The cases that are wanted: of whole bodies, and of streams.
pub(crate) fn cases(wanted: &dyn Fn(&str) -> bool) -> [Vec<Case>; 2] {
    let bodies = requests(wanted).chain(answers(wanted)).chain(decisions(wanted));
    [bodies.collect(), streams(wanted).collect()]
}

impl Case {
    fn new(name: String, body: &'static [u8]) -> Self {
        let mut case = Self { name, bytes: body.len(), events: 1, variants: Vec::new() };
        case.add("ignored_any", move |_| {
            serde_json::from_slice::<IgnoredAny>(black_box(body)).unwrap();
        });
        case
    }

    /// A stream; the yardstick reads what its events hold, and cuts nothing into events.
    fn stream(name: String, stream: &'static [u8]) -> Self {
        let payloads = payloads(stream);
        let mut case = Self { name, bytes: stream.len(), events: payloads.len(), variants: Vec::new() };
        case.add("ignored_any", move |_| {
            for payload in &payloads {
                serde_json::from_slice::<IgnoredAny>(black_box(payload)).unwrap();
            }
        });
        case
    }

    fn add(&mut self, name: &str, run: impl FnMut(&mut Vec<u8>) + 'static) {
        self.variants.push(Variant { name: name.to_owned(), run: Box::new(run) });
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
