//! Real requests, planned with the embedded catalog: nearly all find a way, the vendor that recorded a request is
//! among the attempts, and what the planner promises of an attempt is what the encoder does.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests fail by panicking and read recorded files")]

use std::collections::BTreeMap;
use std::path::PathBuf;

use switchback::ir::Fidelity;
use switchback::plan::{Note, Refusal};
use switchback::{Engine, Limits, Plan, Protocol, Situation, Timestamp, decode};

/// The folder of recorded requests; without it there is nothing to do here, except in CI, where it has to be.
fn recorded() -> Option<PathBuf> {
    let default = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared"));
    let shared = std::env::var_os("SWITCHBACK_SHARED").map_or_else(default, PathBuf::from);
    let corpus = shared.join("corpus");
    if corpus.is_dir() {
        return Some(corpus);
    }
    assert!(std::env::var_os("CI").is_none(), "{} is missing", corpus.display());
    println!("skipped: {} is missing", corpus.display());
    None
}

struct Recording {
    name: String,
    protocol: Protocol,
    /// Providers that recorded it; empty where other hosts did.
    vendors: &'static [&'static str],
    body: Vec<u8>,
}

fn recordings() -> Vec<Recording> {
    let Some(corpus) = recorded() else { return Vec::new() };
    let folders: [(&str, Protocol, &[&str]); 4] = [
        ("chat", Protocol::Chat, &["openai"]),
        ("chat-compat", Protocol::Chat, &[]),
        ("responses", Protocol::Responses, &["openai"]),
        ("messages", Protocol::Messages, &["anthropic"]),
    ];
    let mut recordings = Vec::new();
    for (folder, protocol, vendors) in folders {
        let mut files: Vec<PathBuf> = std::fs::read_dir(corpus.join(folder).join("request"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        recordings.extend(files.into_iter().map(|file| Recording {
            name: format!("{folder}/{}", file.file_name().unwrap().display()),
            protocol,
            vendors,
            body: std::fs::read(file).unwrap(),
        }));
    }
    recordings
}

fn situation() -> Situation<'static> {
    Situation::at(Timestamp::from_millis(1_795_000_000_000))
}

/// Whether the refusal is that no catalog knows the model.
fn is_unknown(plan: &Plan) -> bool {
    matches!(plan.refusal(), Some(Refusal::UnknownModel { .. }))
        || plan.notes().iter().any(|note| matches!(note, Note::UnknownModel { .. }))
}

#[test]
fn nearly_every_recorded_request_is_planned_and_its_vendor_is_among_the_attempts() {
    let engine = Engine::default();
    let (mut planned, mut refused, mut unknown) = (0_usize, Vec::new(), BTreeMap::<String, usize>::new());
    let (mut known, mut without_vendor) = (0_usize, Vec::new());
    for recording in recordings() {
        let request = decode(recording.protocol, &recording.body, &Limits::default()).unwrap();
        let plan = engine.decide(&request, &situation());
        if is_unknown(&plan) {
            *unknown.entry(plan.legs()[0].goal.text()).or_default() += 1;
            continue;
        }
        match plan.refusal() {
            None => planned += 1,
            Some(refusal) => refused.push(format!("{}: {refusal:?}", recording.name)),
        }
        let served = |provider: &&str| plan.attempts().iter().any(|attempt| attempt.endpoint.provider() == *provider);
        if !recording.vendors.is_empty() {
            known += 1;
            if !recording.vendors.iter().any(served) {
                let of_vendor =
                    plan.excluded().iter().filter(|out| recording.vendors.contains(&out.endpoint.provider()));
                let reasons: Vec<String> =
                    of_vendor.map(|out| format!("{}: {}", out.reason.code(), out.reason)).collect();
                without_vendor.push(format!("{} ({}): {reasons:?}", recording.name, plan.legs()[0].goal.text()));
            }
        }
    }
    let total = planned + refused.len();
    println!("{planned} of {total} planned; models that no catalog knows: {unknown:?}");
    println!("{} of {known} with the vendor among the attempts", known - without_vendor.len());
    for line in refused.iter().chain(&without_vendor) {
        println!("  {line}");
    }
    assert!(planned * 100 >= total * 95, "{refused:#?}");
    assert!((known - without_vendor.len()) * 100 >= known * 99, "{without_vendor:#?}");
}

/// An attempt that the planner calls full, or has degraded, encodes with nothing dropped, degraded or refused by the
/// encoder.
#[test]
fn the_planner_foresees_what_the_encoder_does() {
    let engine = Engine::default();
    let (mut tried, mut broken) = (0_usize, Vec::new());
    for recording in recordings() {
        let request = decode(recording.protocol, &recording.body, &Limits::default()).unwrap();
        let plan = engine.decide(&request, &situation());
        for attempt in plan.attempts() {
            tried += 1;
            let name = || format!("{} at {}", recording.name, attempt.endpoint.canonical());
            match engine.prepare(&request, &plan, attempt) {
                Err(refusal) => broken.push(format!("{} refused: {:?}", name(), refusal.resolve(&recording.body))),
                Ok(upstream) if Fidelity::Strict.rejects(&upstream.encoded) => {
                    broken.push(format!("{} lossy: {:?}", name(), upstream.encoded.resolve(&recording.body)));
                }
                Ok(_) => {}
            }
        }
    }
    println!("{tried} attempts encoded, {} not as foreseen", broken.len());
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
