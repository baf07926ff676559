//! Six directions of request conversion on four payloads. Yardstick: `serde_json` skipping the same bytes, which is the
//! least that any reader of JSON must do.

use criterion::{Criterion, Throughput};
use serde::de::IgnoredAny;
use std::hint::black_box;
use switchback_ir::{Limits, Protocol, TargetFacts};
use switchback_protocol::{decode, encode, law};
use switchback_testkit::{PAYLOADS, Payload};

pub(crate) fn conversions(criterion: &mut Criterion) {
    for payload in PAYLOADS {
        for from in Protocol::ALL {
            let body = payload.body(from);
            check(payload, from, &body);
            let mut group = criterion.benchmark_group(format!("convert/{}", payload.name));
            group.throughput(Throughput::Bytes(body.len() as u64));
            group.bench_function(format!("{from}-ignored_any"), |bencher| {
                bencher.iter(|| serde_json::from_slice::<IgnoredAny>(black_box(&body)).unwrap());
            });
            group.bench_function(format!("{from}-decode"), |bencher| {
                bencher.iter(|| decode(from, black_box(&body), &Limits::default()).unwrap());
            });
            for to in Protocol::ALL.into_iter().filter(|to| *to != from) {
                let (facts, mut out) = (TargetFacts::default(), Vec::new());
                group.bench_function(format!("{from}-{to}"), |bencher| {
                    bencher.iter(|| {
                        out.clear();
                        let request = decode(from, black_box(&body), &Limits::default()).unwrap();
                        encode(&request, to, &facts, &mut out).unwrap()
                    });
                });
            }
            group.finish();
        }
    }
}

/// The laws hold on what is timed, and nothing of it is dropped: a converter that loses half is fast.
fn check(payload: &Payload, from: Protocol, body: &[u8]) {
    let low = payload.bytes / 10 * 8;
    assert!((low..=payload.bytes / 10 * 12).contains(&body.len()), "{} {from}: {} bytes", payload.name, body.len());
    law::identity(from, body, &law::plain).unwrap();
    for to in Protocol::ALL.into_iter().filter(|to| *to != from) {
        match law::loss(from, to, body, &law::plain).unwrap() {
            law::Verdict::Converted(lines) => {
                let lost: Vec<_> = lines.iter().filter(|line| matches!(line.action, "dropped" | "degraded")).collect();
                assert!(lost.is_empty(), "{} {from} to {to}: {lost:?}", payload.name);
            }
            law::Verdict::Refused(lines) => panic!("{} {from} to {to}: refused {lines:?}", payload.name),
        }
    }
}
