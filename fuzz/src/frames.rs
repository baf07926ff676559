//! The laws of framing: how bytes were split never shows.

use switchback_ir::Limits;
use switchback_protocol::sse::{Frame, FrameError, Framer};
use switchback_testkit::{NaiveFrame, naive_frames};

/// A stream's frames, with what the end cut.
type Frames = (Vec<NaiveFrame>, Option<NaiveFrame>);

/// Server-Sent Events: every split gives what the plain reader finds, and a limit is met at the same byte.
pub fn sse_split(input: &[u8]) {
    let (sizes, stream) = input.split_at(input.len().min(4));
    let expected = naive_frames(stream);
    let framer = || Framer::sse(&Limits::default());
    for sizes in [sizes, &[1], &[]] {
        assert_eq!(split(framer(), stream, sizes), (expected.clone(), None), "{sizes:?}");
    }
    same_under_limit(Framer::sse, stream, sizes);
}

/// AWS event streams: every split gives the frames or the error of the whole.
pub fn aws_frames(input: &[u8]) {
    let (sizes, stream) = input.split_at(input.len().min(4));
    let whole = split(Framer::aws(&Limits::default()), stream, &[]);
    for sizes in [sizes, &[1]] {
        assert_eq!(split(Framer::aws(&Limits::default()), stream, sizes), whole, "{sizes:?}");
    }
    if let Some(error) = whole.1 {
        assert!(error.offset() <= stream.len() as u64, "{error}: beyond the end");
    }
    same_under_limit(Framer::aws, stream, sizes);
}

fn same_under_limit(framer: impl Fn(&Limits) -> Framer, stream: &[u8], sizes: &[u8]) {
    let limits = Limits::default().with_event_bytes(24);
    let whole = split(framer(&limits), stream, &[]);
    for sizes in [sizes, &[1]] {
        assert_eq!(split(framer(&limits), stream, sizes), whole, "{sizes:?}, at most 24 bytes");
    }
}

/// What a framer yields for a stream fed in pieces of these sizes, over and over; no sizes feed it whole.
pub fn split(mut framer: Framer, stream: &[u8], sizes: &[u8]) -> (Frames, Option<FrameError>) {
    let mut found = Vec::new();
    let mut rest = stream;
    let mut turn = sizes.iter().cycle();
    while !rest.is_empty() {
        let size = turn.next().map_or(rest.len(), |size| usize::from(*size).clamp(1, rest.len()));
        let (mut piece, tail) = rest.split_at(size);
        rest = tail;
        loop {
            match framer.next(&mut piece) {
                Ok(Some(frame)) => found.push(owned(&frame)),
                Ok(None) => break,
                Err(error) => {
                    assert_eq!(framer.next(&mut piece), Err(error), "an error is for good");
                    assert_eq!(framer.finish(), None);
                    return ((found, None), Some(error));
                }
            }
        }
        assert!(piece.is_empty(), "bytes were left");
    }
    assert_eq!(framer.offset(), stream.len() as u64);
    let cut = framer.finish().as_ref().map(owned);
    ((found, cut), None)
}

fn owned(frame: &Frame<'_>) -> NaiveFrame {
    NaiveFrame {
        name: format!("{}{}", frame.name, if frame.is_exception { "!" } else { "" }),
        data: frame.data.to_vec(),
        id: frame.id.map(str::to_owned),
        retry: frame.retry,
        offset: frame.offset,
    }
}
