//! Framing: the same frames however the bytes are split, nothing copied that need not be, no memory beyond the bound.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    dead_code,
    reason = "tests fail by panicking, and the shared module is public to the fuzz targets"
)]

#[path = "../../../fuzz/src/frames.rs"]
mod frames;

use proptest::prelude::*;
use switchback_ir::Limits;
use switchback_protocol::sse::{FrameErrorKind, Framer, Printer};
use switchback_testkit::{NaiveFrame, aws_frame, naive_frames, recordings};

fn frame(name: &str, data: &str, offset: u64) -> NaiveFrame {
    NaiveFrame { name: name.to_owned(), data: data.into(), offset, ..NaiveFrame::default() }
}

fn sse(stream: &str) -> Vec<NaiveFrame> {
    let (found, error) = frames::split(Framer::sse(&Limits::default()), stream.as_bytes(), &[]);
    assert_eq!((found.1, error), (None, None), "{stream:?}");
    found.0
}

#[test]
fn lines_end_in_cr_lf_or_both() {
    for end in ["\n", "\r", "\r\n"] {
        let stream = format!("event: a{end}data: 1{end}{end}data:2{end}{end}");
        let second = 9 + 7 + end.len() as u64 * 3 - 1;
        assert_eq!(sse(&stream), [frame("a", "1", 0), frame("", "2", second)], "{end:?}");
    }
}

#[test]
fn data_lines_join_and_one_space_after_the_colon_goes() {
    assert_eq!(sse("data: a\ndata:b\ndata:  c\ndata\n\n"), [frame("", "a\nb\n c\n", 0)]);
}

#[test]
fn comments_unknown_fields_and_events_without_data_are_none() {
    assert_eq!(sse(": OPENROUTER PROCESSING\n\nevent: x\n\nfoo: bar\nid\ndata: 1\n\n")[0].data, b"1");
    assert_eq!(sse("event: lost\n\ndata: 1\n\n"), [frame("", "1", 13)]);
    assert_eq!(sse("retry: 10\n\n:\n\n"), []);
}

#[test]
fn ids_and_retries_are_read() {
    let found = sse("id: 7\nretry: 1500\ndata: x\n\nid: a\0b\nretry: 1s\ndata: y\n\n");
    assert_eq!((found[0].id.as_deref(), found[0].retry), (Some("7"), Some(1500)));
    assert_eq!((found[1].id.as_deref(), found[1].retry), (None, None));
}

#[test]
fn one_byte_order_mark_at_the_start_goes() {
    assert_eq!(sse("\u{feff}data: 1\n\n"), [frame("", "1", 0)]);
    assert_eq!(sse("\u{feff}\u{feff}data: 1\n\n"), []);
}

#[test]
fn finish_tells_what_was_cut() {
    for (stream, cut) in [
        ("data: 1\n\n", None),
        ("data: 1\n\n: ping", None),
        ("data: 1\n\n\r", None),
        ("data: [DONE]\n", Some("[DONE]")),
        ("data: [DONE]", Some("[DONE]")),
        ("data: {\"a\"", Some("{\"a\"")),
        ("event: x", Some("")),
        ("dat", Some("")),
    ] {
        let mut framer = Framer::sse(&Limits::default());
        let mut rest = stream.as_bytes();
        while framer.next(&mut rest).unwrap().is_some() {}
        assert_eq!(framer.finish().map(|frame| frame.data), cut.map(str::as_bytes), "{stream:?}");
    }
}

#[test]
fn an_event_over_the_limit_fails_at_its_first_byte_too_many() {
    let limits = Limits::default().with_event_bytes(20);
    let stream = "data: 12345678901234\n\ndata: 1234567890\ndata: 12345\n\n";
    for sizes in [&[][..], &[1], &[3, 7]] {
        let ((frames, cut), error) = frames::split(Framer::sse(&limits), stream.as_bytes(), sizes);
        let error = error.unwrap();
        assert_eq!((frames.len(), cut, error.kind()), (1, None, FrameErrorKind::TooLong(20)), "{sizes:?}");
        assert_eq!(error.to_string(), "an event of more than 20 bytes, the configured limit, at byte 43 of the stream");
    }
}

#[test]
fn an_endless_stream_of_comments_needs_no_memory() {
    let mut framer = Framer::sse(&Limits::default().with_event_bytes(64));
    for _ in 0..1_000 {
        assert_eq!(framer.next(&mut &b": keep-alive\n"[..]), Ok(None));
    }
    assert_eq!(framer.next(&mut &b"data: 1\n\n"[..]).unwrap().unwrap().data, b"1");
}

#[test]
fn an_event_that_lies_whole_in_the_bytes_is_not_copied() {
    let stream = b"event: delta\ndata: {\"text\":\"hello\"}\n\nevent: delta\ndata: {}\n\n";
    let mut framer = Framer::sse(&Limits::default());
    let mut rest = &stream[..];
    let mut seen = 0;
    while let Some(frame) = framer.next(&mut rest).unwrap() {
        assert!(stream.as_ptr_range().contains(&frame.data.as_ptr()));
        assert!(stream.as_ptr_range().contains(&frame.name.as_ptr()));
        seen += 1;
    }
    assert_eq!(seen, 2);
}

#[test]
fn split_events_cost_no_allocation_once_the_buffers_have_grown() {
    let event = b"id: 1\nevent: content_block_delta\ndata: {\"text\":\ndata: \"hello\"}\n\n";
    let mut framer = Framer::sse(&Limits::default());
    let mut feed = |count| {
        for _ in 0..count {
            for piece in event.chunks(5) {
                let mut piece = piece;
                while let Some(frame) = framer.next(&mut piece).unwrap() {
                    assert_eq!(frame.data, b"{\"text\":\n\"hello\"}");
                }
            }
        }
    };
    feed(2);
    let counted = allocation_counter::measure(|| feed(100));
    assert_eq!(counted.count_total, 0);
    assert_eq!(
        allocation_counter::measure(|| drop(std::hint::black_box(vec![1]))).count_total,
        1,
        "the counter counts"
    );
}

/// Streams made of the tokens that matter, so that every shape is reached.
fn streams() -> impl Strategy<Value = Vec<u8>> {
    let token = prop_oneof![
        4 => prop::sample::select(vec!["\n", "\r", "\r\n", "\n\n", "\r\r", "\r\n\r\n"]).prop_map(|end| end.as_bytes().to_vec()),
        4 => prop::sample::select(vec!["data", "data:", "data: ", "event: ", "id: ", "retry: ", ": ", ":", " ", "é", "👩🏽", "7", "{}"])
            .prop_map(|token| token.as_bytes().to_vec()),
        1 => prop::sample::select(vec![&b"\xEF\xBB\xBF"[..], b"\xEF", b"\xFF", b"\0", b"event: \xC3\ndata: 1\n\n"]).prop_map(<[u8]>::to_vec),
    ];
    prop::collection::vec(token, 0..40).prop_map(|tokens| tokens.concat())
}

proptest! {
    #[test]
    fn any_byte_split_gives_the_same_events(stream in streams(), sizes in any::<[u8; 4]>(), bits in 0_u8..4) {
        // Small sizes most of the time.
        let sizes = sizes.map(|size| size >> (2 * bits));
        frames::sse_split(&[&sizes[..], &stream].concat());
    }

    #[test]
    fn any_byte_split_gives_the_same_aws_frames(payloads in prop::collection::vec(any::<Vec<u8>>(), 0..4), sizes: [u8; 4], broken: Option<(prop::sample::Index, u8)>) {
        let mut stream: Vec<u8> =
            payloads.iter().flat_map(|payload| aws_frame(&[(":event-type", "messageStart")], payload)).collect();
        if let Some((at, bits)) = broken.filter(|_| !stream.is_empty()) {
            let at = at.index(stream.len());
            stream[at] ^= bits;
        }
        frames::aws_frames(&[&sizes[..], &stream].concat());
    }

    #[test]
    fn printing_then_framing_is_identity(names in prop::collection::vec("[a-z_.]{0,12}", 0..5), data in "[ -~\n]{0,40}") {
        let mut out = Vec::new();
        for name in &names {
            Printer::new(&mut out).frame(name, data.as_bytes());
        }
        let ((found, cut), error) = frames::split(Framer::sse(&Limits::default()), &out, &[]);
        prop_assert_eq!((cut, error), (None, None));
        prop_assert_eq!(found.iter().map(|frame| frame.name.clone()).collect::<Vec<_>>(), names);
        prop_assert!(found.iter().all(|frame| frame.data == data.as_bytes()));
    }
}

#[test]
fn generated_streams_reach_the_rare_shapes() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let (mut events, mut joined, mut cut, mut ids, mut odd_names) = (0, 0, 0, 0, 0);
    for _ in 0..2_000 {
        let stream = streams().new_tree(&mut runner).unwrap().current();
        let (found, rest) = naive_frames(&stream);
        events += found.len();
        joined += found.iter().filter(|frame| frame.data.contains(&b'\n')).count();
        ids += found.iter().filter(|frame| frame.id.is_some()).count();
        odd_names += found.iter().filter(|frame| frame.name == "\u{fffd}").count();
        cut += usize::from(rest.is_some());
    }
    assert!(
        events > 500 && joined > 20 && cut > 500 && ids > 20 && odd_names > 20,
        "{events} {joined} {cut} {ids} {odd_names}"
    );
}

#[test]
fn every_recorded_stream_is_framed_alike_however_it_is_split() {
    for recording in recordings("stream") {
        let whole = naive_frames(&recording.body);
        assert!(whole.0.len() > 1, "{}", recording.file);
        for sizes in [&[][..], &[1], &[7, 200, 3]] {
            let found = frames::split(Framer::sse(&Limits::default()), &recording.body, sizes);
            assert_eq!(found, (whole.clone(), None), "{}", recording.file);
        }
    }
}

#[test]
fn a_bedrock_chunk_gives_the_payload_within() {
    let inner = r#"{"type":"message_stop"}"#;
    let chunk = aws_frame(
        &[(":event-type", "chunk"), (":content-type", "application/json"), (":message-type", "event")],
        br#"{"bytes":"eyJ0eXBlIjoibWVzc2FnZV9zdG9wIn0=","p":"abcdef"}"#,
    );
    let converse =
        aws_frame(&[(":event-type", "messageStop"), (":message-type", "event")], b"{\"stopReason\":\"end_turn\"}");
    let throttled = aws_frame(
        &[(":exception-type", "throttlingException"), (":message-type", "exception")],
        br#"{"message":"Too many requests"}"#,
    );
    let error =
        aws_frame(&[(":error-code", "InternalFailure"), (":error-message", "oops"), (":message-type", "error")], b"");
    let stream = [&chunk[..], &converse, &throttled, &error].concat();
    for sizes in [&[][..], &[1], &[100, 3]] {
        let ((found, cut), failed) = frames::split(Framer::aws(&Limits::default()), &stream, sizes);
        assert_eq!((cut, failed), (None, None));
        let found: Vec<_> =
            found.iter().map(|frame| (frame.name.as_str(), std::str::from_utf8(&frame.data).unwrap())).collect();
        let expected = [
            ("", inner),
            ("messageStop", "{\"stopReason\":\"end_turn\"}"),
            ("throttlingException!", "{\"message\":\"Too many requests\"}"),
            ("InternalFailure!", "oops"),
        ];
        assert_eq!(found, expected);
    }
}

#[test]
fn a_broken_aws_frame_says_where() {
    let good = aws_frame(&[(":event-type", "x")], b"{}");
    let mut bad_payload = good.clone();
    *bad_payload.last_mut().unwrap() ^= 1;
    let mut bad_prelude = good.clone();
    bad_prelude[3] ^= 1;
    let bad_base64 = aws_frame(&[(":event-type", "chunk")], br#"{"bytes":"?"}"#);
    let mut bad_headers = aws_frame(&[], b"\x05name\x09");
    bad_headers[7] = 6;
    let checksum = crc32fast::hash(&bad_headers[..8]).to_be_bytes();
    bad_headers[8..12].copy_from_slice(&checksum);
    let end = bad_headers.len() - 4;
    let checksum = crc32fast::hash(&bad_headers[..end]).to_be_bytes();
    bad_headers[end..].copy_from_slice(&checksum);
    for (frame, expected) in [
        (&bad_payload, "a frame whose checksum is"),
        (&bad_prelude, "a frame whose checksum is"),
        (&bad_base64, "a chunk whose `bytes` are not base64"),
        (&bad_headers, "a frame with malformed headers"),
    ] {
        let stream = [&good[..], frame].concat();
        let ((found, _), error) = frames::split(Framer::aws(&Limits::default()), &stream, &[]);
        let error = error.unwrap();
        assert_eq!((found.len(), error.offset()), (1, good.len() as u64));
        assert!(error.to_string().starts_with(expected), "{error}");
    }
    let limits = Limits::default().with_event_bytes(20);
    let too_long = frames::split(Framer::aws(&limits), &good, &[]).1.unwrap();
    assert_eq!((too_long.kind(), too_long.offset()), (FrameErrorKind::TooLong(20), 0));
    let ((found, cut), error) = frames::split(Framer::aws(&Limits::default()), &good[..good.len() - 1], &[]);
    assert_eq!((found.len(), cut.is_some(), error), (0, true, None));
}
