//! Six directions of response conversion: a short text, an agent's 20 KB with tool calls, a text of 500 KB. Yardstick:
//! `serde_json` skipping the same bytes.

use criterion::{Criterion, Throughput};
use serde::de::IgnoredAny;
use std::hint::black_box;
use switchback_ir::{Limits, Protocol, RequestContext};
use switchback_protocol::{Reply, decode_response, encode_response, law};
use switchback_testkit::ANSWERS;

pub(crate) fn conversions(criterion: &mut Criterion) {
    for answer in ANSWERS {
        let mut group = criterion.benchmark_group(format!("response/{}", answer.name));
        for from in Protocol::ALL {
            let body = answer.body(from);
            law::response_identity(from, &body).unwrap();
            group.throughput(Throughput::Bytes(body.len() as u64));
            group.bench_function(format!("{from}-ignored_any"), |bencher| {
                bencher.iter(|| serde_json::from_slice::<IgnoredAny>(black_box(&body)).unwrap());
            });
            for to in Protocol::ALL.into_iter().filter(|to| *to != from) {
                law::response_loss(from, to, &body).unwrap();
                let (context, mut out) = (RequestContext::new(to), Vec::new());
                let reply = Reply::new(&context).created_at(1_763_683_200);
                group.bench_function(format!("{from}-{to}"), |bencher| {
                    bencher.iter(|| {
                        out.clear();
                        let response = decode_response(from, black_box(&body), &Limits::default()).unwrap();
                        encode_response(&response, &reply, &mut out).unwrap()
                    });
                });
            }
        }
        group.finish();
    }
}
