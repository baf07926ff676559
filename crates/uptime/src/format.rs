//! The bytes that replicas exchange: `docs/uptime-format.md`.

use switchback_units::Timestamp;

use crate::counts::Counts;
use crate::endpoint::Target;
use crate::error::{ErrorKind, ImportError};
use crate::feature::Feature;
use crate::gate::Hint;
use crate::ring::{COUNT_MAX, SLOTS};
use crate::store::Origin;
use crate::window::{FAST_WIDTH, SLOW_WIDTH};

const MAGIC: [u8; 4] = *b"SBUP";
const VERSION: u8 = 1;
/// Widths of the buckets in seconds, and their number: replicas of different layouts would add what does not fit.
pub(crate) const LAYOUT: u32 = layout(FAST_WIDTH / 1_000, SLOW_WIDTH / 1_000, SLOTS);

const fn layout(fast: u64, slow: u64, slots: u64) -> u32 {
    #[expect(clippy::cast_possible_truncation, reason = "three constants below 256")]
    let layout = (fast << 16 | slow << 8 | slots) as u32;
    layout
}

/// What stands before the endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) origin: Origin,
    pub(crate) at: Timestamp,
}

/// One endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) target: Target,
    /// Until when it is throttled, missing, and its credential is refused.
    pub(crate) cooldowns: [Timestamp; 3],
}

/// One feature of an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CellRow {
    pub(crate) feature: Feature,
    pub(crate) hint: Option<Hint>,
    pub(crate) buckets: Vec<BucketRow>,
}

/// One bucket; its age is counted in buckets of its width, from the one that the header's time lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BucketRow {
    pub(crate) is_slow: bool,
    pub(crate) age: u64,
    pub(crate) counts: Counts,
}

/// Writes a blob.
#[derive(Debug)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    pub(crate) fn new(header: Header) -> Self {
        let mut bytes = Vec::with_capacity(256);
        bytes.extend(MAGIC);
        bytes.push(VERSION);
        bytes.extend(LAYOUT.to_le_bytes());
        bytes.extend(header.origin.replica.to_le_bytes());
        bytes.extend(header.origin.incarnation.to_le_bytes());
        bytes.extend(header.at.as_millis().to_le_bytes());
        Self { bytes }
    }

    /// Endpoints come in rising order of their ids, features of their numbers.
    pub(crate) fn row(&mut self, row: &Row, cells: &[CellRow]) {
        for id in [row.target.endpoint, row.target.provider, row.target.credential] {
            self.bytes.extend(id.to_le_bytes());
        }
        row.cooldowns.iter().for_each(|until| self.number(until.as_millis()));
        self.length(cells.len());
        for cell in cells {
            self.bytes.push(cell.feature.number());
            match cell.hint {
                None => self.bytes.push(0),
                Some(hint) => {
                    self.bytes.push(if hint.until.is_some() { 2 } else { 1 });
                    self.bytes.push(hint.level);
                    self.number(hint.at.as_millis());
                    if let Some(until) = hint.until {
                        self.number(until.as_millis());
                    }
                }
            }
            self.length(cell.buckets.len());
            for bucket in &cell.buckets {
                self.number(bucket.age << 1 | u64::from(bucket.is_slow));
                self.number(bucket.counts.succeeded());
                self.number(bucket.counts.failed());
            }
        }
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.bytes
    }

    fn length(&mut self, length: usize) {
        self.number(u64::try_from(length).unwrap_or(u64::MAX));
    }

    /// Seven bits a byte, the lowest first, the eighth bit set where more follow.
    fn number(&mut self, value: u64) {
        let mut left = value;
        while left > 0x7f {
            self.bytes.push(u8::try_from(left & 0x7f).unwrap_or_default() | 0x80);
            left >>= 7;
        }
        self.bytes.push(u8::try_from(left).unwrap_or_default());
    }
}

/// Reads a blob to its end; `visit` is called for each endpoint and feature. Takes memory for one feature at a time.
pub(crate) fn read(blob: &[u8], mut visit: impl FnMut(&Header, &Row, &CellRow)) -> Result<Header, ImportError> {
    let mut reader = Reader { blob, at: 0 };
    let header = reader.header()?;
    let mut last = None;
    while reader.at < blob.len() {
        let start = reader.at;
        let row = Row {
            target: Target { endpoint: reader.word()?, provider: reader.word()?, credential: reader.word()? },
            cooldowns: [reader.time()?, reader.time()?, reader.time()?],
        };
        if last.is_some_and(|last| last >= row.target.endpoint) {
            return Err(ImportError::new(ErrorKind::Order, start));
        }
        last = Some(row.target.endpoint);
        let mut after = None;
        for _ in 0..reader.length(Feature::COUNT)? {
            let start = reader.at;
            let cell = reader.cell()?;
            if after.is_some_and(|after| after >= cell.feature) {
                return Err(ImportError::new(ErrorKind::Order, start));
            }
            after = Some(cell.feature);
            visit(&header, &row, &cell);
        }
    }
    Ok(header)
}

struct Reader<'a> {
    blob: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn header(&mut self) -> Result<Header, ImportError> {
        if self.take::<4>()? != MAGIC {
            return Err(ImportError::new(ErrorKind::Magic, 0));
        }
        let at = self.at;
        let [version] = self.take()?;
        if version != VERSION {
            return Err(ImportError::new(ErrorKind::Version(version), at));
        }
        let at = self.at;
        let layout = u32::from_le_bytes(self.take()?);
        if layout != LAYOUT {
            return Err(ImportError::new(ErrorKind::Layout(layout), at));
        }
        let origin = Origin { replica: self.word()?, incarnation: self.word()? };
        Ok(Header { origin, at: Timestamp::from_millis(self.word()?) })
    }

    fn cell(&mut self) -> Result<CellRow, ImportError> {
        let at = self.at;
        let [number] = self.take()?;
        let feature = Feature::new(number).ok_or_else(|| ImportError::new(ErrorKind::Range, at))?;
        let at = self.at;
        let [state] = self.take()?;
        let hint = match state {
            0 => None,
            1 | 2 => {
                let [level] = self.take()?;
                let at = self.time()?;
                Some(Hint { at, until: if state == 2 { Some(self.time()?) } else { None }, level })
            }
            _ => return Err(ImportError::new(ErrorKind::Range, at)),
        };
        let count = self.length(2 * usize::try_from(SLOTS).unwrap_or(16))?;
        let buckets = (0..count).map(|_| self.bucket()).collect::<Result<_, _>>()?;
        Ok(CellRow { feature, hint, buckets })
    }

    fn bucket(&mut self) -> Result<BucketRow, ImportError> {
        let at = self.at;
        let (age, succeeded, failed) = (self.number()?, self.number()?, self.number()?);
        let total = succeeded.saturating_add(failed);
        if total > COUNT_MAX {
            return Err(ImportError::new(ErrorKind::Range, at));
        }
        Ok(BucketRow { is_slow: age & 1 == 1, age: age >> 1, counts: Counts::new(total, failed) })
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], ImportError> {
        let taken = self.blob.get(self.at..).and_then(<[u8]>::first_chunk::<N>);
        let taken = taken.ok_or_else(|| ImportError::new(ErrorKind::Cut, self.blob.len()))?;
        self.at = self.at.saturating_add(N);
        Ok(*taken)
    }

    fn word(&mut self) -> Result<u64, ImportError> {
        self.take().map(u64::from_le_bytes)
    }

    fn time(&mut self) -> Result<Timestamp, ImportError> {
        self.number().map(Timestamp::from_millis)
    }

    fn length(&mut self, most: usize) -> Result<usize, ImportError> {
        let at = self.at;
        let length = usize::try_from(self.number()?).ok().filter(|length| *length <= most);
        length.ok_or_else(|| ImportError::new(ErrorKind::Range, at))
    }

    /// One number has one form: no byte more than it needs.
    fn number(&mut self) -> Result<u64, ImportError> {
        let (start, mut value) = (self.at, 0_u64);
        for shift in (0..64).step_by(7) {
            let [byte] = self.take()?;
            let bits = u64::from(byte & 0x7f);
            if (bits << shift) >> shift != bits || (byte == 0 && shift > 0) {
                break;
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(ImportError::new(ErrorKind::Number, start))
    }
}
