//! Framing of a stream of 500 text deltas. Yardstick: counting its lines with `memchr`, which is the least that any reader
//! of lines must do.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use criterion::{Criterion, Throughput};
use std::hint::black_box;
use switchback_ir::Limits;
use switchback_protocol::sse::{Framer, Printer};
use switchback_testkit::aws_frame;

const DELTAS: usize = 500;

pub(crate) fn framing(criterion: &mut Criterion) {
    let payloads: Vec<String> = (0..DELTAS).map(delta).collect();
    let mut sse = Vec::new();
    for payload in &payloads {
        Printer::new(&mut sse).frame("content_block_delta", payload.as_bytes());
    }
    let chunk = |payload: &String| format!(r#"{{"bytes":"{}","p":"abcdefghijkl"}}"#, STANDARD.encode(payload));
    let headers = [(":event-type", "chunk"), (":content-type", "application/json"), (":message-type", "event")];
    let aws: Vec<u8> = payloads.iter().flat_map(|payload| aws_frame(&headers, chunk(payload).as_bytes())).collect();
    let bytes: usize = payloads.iter().map(String::len).sum();
    for (framer, stream) in [(Framer::sse as fn(&Limits) -> Framer, &sse), (Framer::aws, &aws)] {
        for size in [stream.len(), 1_460, 16] {
            assert_eq!(read(&mut framer(&Limits::default()), stream, size), (DELTAS, bytes));
        }
    }

    let mut group = criterion.benchmark_group("frame/messages-500-deltas");
    group.throughput(Throughput::Bytes(sse.len() as u64));
    group.bench_function("memchr-lines", |bencher| {
        bencher.iter(|| memchr::memchr_iter(b'\n', black_box(&sse)).count());
    });
    for (variant, size) in [("sse-whole", sse.len()), ("sse-1460", 1_460), ("sse-16", 16)] {
        let mut framer = Framer::sse(&Limits::default());
        group.bench_function(variant, |bencher| bencher.iter(|| read(&mut framer, black_box(&sse), size)));
    }
    group.throughput(Throughput::Bytes(aws.len() as u64));
    for (variant, size) in [("aws-whole", aws.len()), ("aws-1460", 1_460)] {
        let mut framer = Framer::aws(&Limits::default());
        group.bench_function(variant, |bencher| bencher.iter(|| read(&mut framer, black_box(&aws), size)));
    }
    group.finish();
}

/// One text delta, of the size that the vendor sends.
fn delta(index: usize) -> String {
    format!(
        r#"{{"type":"content_block_delta","index":0,"delta":{{"type":"text_delta","text":" word {index} of the answer"}}}}"#
    )
}

/// How many frames a stream has, fed in pieces of `size` bytes, and how many bytes of payload.
fn read(framer: &mut Framer, stream: &[u8], size: usize) -> (usize, usize) {
    let (mut count, mut bytes) = (0, 0);
    for mut piece in stream.chunks(size) {
        while let Some(frame) = framer.next(&mut piece).unwrap() {
            count += 1;
            bytes += frame.data.len();
        }
    }
    (count, bytes)
}
