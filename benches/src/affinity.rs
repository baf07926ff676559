//! Affinity: fingerprints, rendezvous hashing, scores. Yardsticks: xxh3 of the same bytes, an integer mix of
//! each candidate.

use criterion::{Criterion, Throughput};
use std::hint::black_box;
use switchback_affinity::{
    Beliefs, Candidate, Estimate, Facts, Fingerprint, Outcome, Prompt, Secret, rank, rules, winner,
};
use switchback_ir::{Limits, Protocol, Request};
use switchback_units::{Millis, Rate, Timestamp, Tokens};
use xxhash_rust::xxh3::xxh3_64;

/// A prompt of 256 KiB without escapes: instructions, then turns of 4 KiB.
fn prompt() -> String {
    let turn = "All happy families are alike; each unhappy family is unhappy in its own way. ".repeat(53);
    let turns: Vec<_> = (0..63)
        .map(|at| format!(r#"{{"role":"{}","content":"{turn}"}}"#, if at % 2 == 0 { "user" } else { "assistant" }))
        .collect();
    format!(r#"{{"model":"m","messages":[{{"role":"system","content":"{turn}"}},{}]}}"#, turns.join(","))
}

pub(crate) fn warmth(criterion: &mut Criterion) {
    fingerprints(criterion);
    routes(criterion);
}

fn fingerprints(criterion: &mut Criterion) {
    let key = Secret::new([7; 32]).prompts_of(b"acme");
    for (name, body) in [("plain-256k", prompt()), ("escaped-256k", prompt().replace(". ", ".\\n"))] {
        let request: Request<'_> =
            switchback_protocol::decode(Protocol::Chat, body.as_bytes(), &Limits::default()).unwrap();
        let mut fingerprint = Fingerprint::of(&request, &key);
        assert_eq!(fingerprint.messages.len(), 63);
        let mut group = criterion.benchmark_group(format!("affinity/{name}"));
        group.throughput(Throughput::Bytes(body.len() as u64));
        group.bench_function("xxh3", |bencher| bencher.iter(|| xxh3_64(black_box(body.as_bytes()))));
        group.bench_function("fingerprint", |bencher| {
            bencher.iter(|| {
                fingerprint.fill(black_box(&request), &key);
                fingerprint.messages.len()
            });
        });
        group.finish();
    }
}

/// The finaliser of `SplitMix64`.
fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

fn routes(criterion: &mut Criterion) {
    let equal: [Candidate; 8] = std::array::from_fn(|at| Candidate::new(at as u64 * 7919 + 1));
    let weighted: [Candidate; 8] =
        [1, 2, 3, 4, 5, 6, 7, 8].map(|weight| Candidate::new(u64::from(weight) * 7919 + 1).weighing(weight));
    let mut beliefs = Beliefs::with_capacity(1 << 16);
    let now = Timestamp::from_millis(1_000_000);
    for route in &equal {
        let held = Tokens::new(4096);
        beliefs.record(Outcome {
            prefix: 99,
            candidate: route.id,
            started: now,
            lifetime: Millis::from_secs(300),
            held,
        });
    }
    let sized = Prompt {
        input: Tokens::new(20_000),
        marked: Tokens::new(18_000),
        output: Tokens::new(500),
        ..Prompt::default()
    };
    let facts = Facts {
        input: Rate::from_pico_dollars(3_000_000),
        output: Rate::from_pico_dollars(15_000_000),
        rule: rules().first().copied(),
        believed: Tokens::new(0),
        likely: 900_000,
        setup: 300_000,
        prefill: 40_000,
        decode: 12_000,
    };
    let mut group = criterion.benchmark_group("affinity/8-candidates");
    // What cannot be left out: a finaliser for each candidate.
    group.bench_function("mix", |bencher| {
        bencher.iter(|| black_box(&equal).iter().map(|route| mix(black_box(42) ^ route.id)).max());
    });
    for (name, candidates) in [("winner", equal), ("winner-weighted", weighted)] {
        let mut key = 0_u128;
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                key = key.wrapping_add(0x9E37_79B9_7F4A_7C15);
                winner(black_box(key), black_box(&candidates))
            });
        });
    }
    for (name, candidates) in [("order", equal), ("order-weighted", weighted)] {
        let mut key = 0_u128;
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                key = key.wrapping_add(0x9E37_79B9_7F4A_7C15);
                let mut ranked = candidates;
                rank(black_box(key), &mut ranked);
                ranked
            });
        });
    }
    group.bench_function("score", |bencher| {
        bencher.iter(|| {
            let score = |route: &Candidate| {
                let believed = beliefs.tokens(black_box(99), route.id, now).unwrap_or_default();
                Estimate::of(&sized, &Facts { believed, ..facts }).money
            };
            equal.iter().map(score).min()
        });
    });
    group.finish();
}
