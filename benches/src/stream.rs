//! Streams of 500 text deltas, and of a call whose arguments come in 100. Transcoding stands beside reading each event's
//! JSON with `IgnoredAny`, which is the least that any reader of events must do. Framing of a stream of 500 text deltas. Yardstick: counting its lines with `memchr`, which is the least that any reader
//! of lines must do.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use criterion::{Criterion, Throughput};
use serde::de::IgnoredAny;
use std::hint::black_box;
use switchback_ir::{Limits, Protocol, RequestContext};
use switchback_protocol::Reply;
use switchback_protocol::sse::{Framer, Printer};
use switchback_protocol::stream::Transcoder;
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

/// Every protocol's stream into every protocol: the six pairs and the three ways home.
pub(crate) fn transcoding(criterion: &mut Criterion) {
    let text = (r#"{"type":"text","text":""}"#, "text_delta", "text", DELTAS, "end_turn");
    let tool = (
        r#"{"type":"tool_use","id":"toolu_1","name":"f","input":{}}"#,
        "input_json_delta",
        "partial_json",
        100,
        "tool_use",
    );
    for (case, kind) in [("500-text-deltas", text), ("100-argument-deltas", tool)] {
        let messages = message(kind);
        for from in Protocol::ALL {
            let stream = transcode(Protocol::Messages, &context(from), &messages);
            let mut group = criterion.benchmark_group(format!("transcode/{case}-{from}"));
            group.throughput(Throughput::Bytes(stream.len() as u64));
            assert!(ignored(&stream) > kind.3);
            group.bench_function("ignored-any", |bencher| bencher.iter(|| ignored(black_box(&stream))));
            for to in Protocol::ALL {
                let context = context(to);
                assert!(transcode(from, &context, &stream).len() > kind.3 * 50);
                group.bench_function(to.name(), |bencher| {
                    bencher.iter(|| transcode(from, &context, black_box(&stream)));
                });
            }
            group.finish();
        }
    }
}

fn context(client: Protocol) -> RequestContext {
    let mut context = RequestContext::new(client);
    context.stream_usage = true;
    context
}

/// A message of one block.
fn message((block, kind, member, count, stop): (&str, &str, &str, usize, &str)) -> Vec<u8> {
    let mut stream = Vec::new();
    let mut printer = Printer::new(&mut stream);
    let start = r#"{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":9,"output_tokens":1}}}"#;
    printer.frame("message_start", start.as_bytes());
    printer.frame(
        "content_block_start",
        format!(r#"{{"type":"content_block_start","index":0,"content_block":{block}}}"#).as_bytes(),
    );
    for index in 0..count {
        let text = match (member, index) {
            ("text", _) => format!(" word {index} of the answer"),
            (_, 0) => r#"{\"list\":[0"#.to_owned(),
            (_, last) if last + 1 == count => "]}".to_owned(),
            _ => format!(r#",\"item {index}\""#),
        };
        let delta =
            format!(r#"{{"type":"content_block_delta","index":0,"delta":{{"type":"{kind}","{member}":"{text}"}}}}"#);
        printer.frame("content_block_delta", delta.as_bytes());
    }
    printer.frame("content_block_stop", br#"{"type":"content_block_stop","index":0}"#);
    let stop = format!(
        r#"{{"type":"message_delta","delta":{{"stop_reason":"{stop}","stop_sequence":null}},"usage":{{"output_tokens":500}}}}"#
    );
    printer.frame("message_delta", stop.as_bytes());
    printer.frame("message_stop", br#"{"type":"message_stop"}"#);
    stream
}

fn transcode(from: Protocol, context: &RequestContext, stream: &[u8]) -> Vec<u8> {
    let mut transcoder = Transcoder::new(from, Framer::sse(&Limits::default()), Reply::new(context).created_at(7));
    let mut out = Vec::with_capacity(2 * stream.len());
    for piece in stream.chunks(1_460) {
        transcoder.feed(piece, &mut out).unwrap();
    }
    transcoder.finish(&mut out).unwrap();
    out
}

/// How many events are JSON.
fn ignored(stream: &[u8]) -> usize {
    let mut framer = Framer::sse(&Limits::default());
    let mut count = 0;
    for mut piece in stream.chunks(1_460) {
        while let Some(frame) = framer.next(&mut piece).unwrap() {
            count += usize::from(serde_json::from_slice::<IgnoredAny>(frame.data).is_ok());
        }
    }
    count
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
