//! Frames of streams, read and made the plain way.

/// An event as a reader that has the whole stream before it finds it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NaiveFrame {
    /// The `event` field.
    pub name: String,
    /// The `data` fields, joined.
    pub data: Vec<u8>,
    /// The `id` field.
    pub id: Option<String>,
    /// The `retry` field.
    pub retry: Option<u64>,
    /// Where its first line that is no comment begins.
    pub offset: u64,
}

/// Server-Sent Events read line by line, as the WHATWG standard words it; and what the end cut.
pub fn naive_frames(stream: &[u8]) -> (Vec<NaiveFrame>, Option<NaiveFrame>) {
    let (mut frames, mut block) = (Vec::new(), Block::default());
    for (offset, line, is_whole) in lines(stream) {
        if !line.is_empty() {
            block.line(offset, line);
        } else if is_whole {
            let Block { data, frame, .. } = std::mem::take(&mut block);
            frames.extend(data.map(|data| NaiveFrame { data, ..frame }));
        }
    }
    let cut = block.begun.then(|| NaiveFrame { data: block.data.unwrap_or_default(), ..block.frame });
    (frames, cut)
}

#[derive(Default)]
struct Block {
    begun: bool,
    data: Option<Vec<u8>>,
    frame: NaiveFrame,
}

impl Block {
    fn line(&mut self, offset: usize, line: &[u8]) {
        if line.starts_with(b":") {
            return;
        }
        if !std::mem::replace(&mut self.begun, true) {
            self.frame.offset = offset as u64;
        }
        let mut halves = line.splitn(2, |byte| *byte == b':');
        let (field, value) = (halves.next().unwrap(), halves.next().unwrap_or(b""));
        let value = value.strip_prefix(b" ").unwrap_or(value);
        let text = String::from_utf8(value.to_vec());
        match field {
            b"event" => self.frame.name = text.unwrap_or_else(|_| "\u{fffd}".to_owned()),
            b"data" => match &mut self.data {
                Some(data) => data.extend([b"\n", value].concat()),
                None => self.data = Some(value.to_vec()),
            },
            b"id" if !value.contains(&0) => self.frame.id = text.ok(),
            b"retry" if !value.is_empty() && value.iter().all(u8::is_ascii_digit) => {
                self.frame.retry = text.unwrap().parse().ok();
            }
            _ => {}
        }
    }
}

/// Every line with its offset, and whether its end came.
fn lines(stream: &[u8]) -> Vec<(usize, &[u8], bool)> {
    let mut lines = Vec::new();
    let mut start = 0;
    let mut at = 0;
    while at < stream.len() {
        if matches!(stream[at], b'\r' | b'\n') {
            lines.push((start, &stream[start..at], true));
            at += if stream[at..].starts_with(b"\r\n") { 2 } else { 1 };
            start = at;
        } else {
            at += 1;
        }
    }
    lines.push((start, &stream[start..], false));
    if let Some((_, first, _)) = lines.first_mut() {
        *first = first.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(first);
    }
    lines
}

/// An AWS event-stream frame with string headers, its checksums computed bit by bit.
pub fn aws_frame(headers: &[(&str, &str)], payload: &[u8]) -> Vec<u8> {
    let mut head = Vec::new();
    for (name, value) in headers {
        head.push(u8::try_from(name.len()).unwrap());
        head.extend_from_slice(name.as_bytes());
        head.push(7);
        head.extend_from_slice(&u16::try_from(value.len()).unwrap().to_be_bytes());
        head.extend_from_slice(value.as_bytes());
    }
    let length = |count: usize| u32::try_from(count).unwrap().to_be_bytes();
    let mut frame = [length(16 + head.len() + payload.len()), length(head.len())].concat();
    frame.extend_from_slice(&crc32(&frame).to_be_bytes());
    frame.extend_from_slice(&head);
    frame.extend_from_slice(payload);
    frame.extend_from_slice(&crc32(&frame).to_be_bytes());
    frame
}

/// CRC-32 as in Ethernet and zlib: reflected polynomial 0xEDB88320.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 })
    })
}
