//! Export and import of counts. The rules of joining are in `docs/uptime-format.md`.

use switchback_units::{Millis, Timestamp};

use crate::cell::Cell;
use crate::endpoint::Endpoint;
use crate::error::ImportError;
use crate::feature::Feature;
use crate::format::{BucketRow, CellRow, Header, Row, Writer, read};
use crate::gate::{Gate, Hint};
use crate::store::{Origin, Uptime};
use crate::window::{FAST_WIDTH, FOLD, SLOW_SPAN, epoch};

/// How long a closing is told again: those who missed it close by it.
const ECHO: Millis = Millis::from_secs(60);

/// What an export covered. [`Version::NONE`] is nothing: an export since then has all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(Timestamp);

impl Version {
    /// Before everything.
    pub const NONE: Self = Self(Timestamp::EPOCH);
}

/// What came of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Imported {
    /// Whose counts they are.
    pub origin: Origin,
    /// Calls that were news.
    pub calls: u64,
    /// Features of endpoints that were left out, because there is no room or the replica is unknown for want of it.
    pub left_out: usize,
}

impl Uptime {
    /// What this replica counted and decided since a version, for others to import, and the version to go on from.
    ///
    /// Each bucket is written whole, so that an export can be sent twice, late, or never: the next one that covers the
    /// bucket makes up for it. Where messages get lost, go on from the last version that is known to have arrived.
    ///
    /// ```
    /// use switchback_units::Timestamp;
    /// use switchback_uptime::{Call, Feature, Origin, Outcome, Settings, Target, Uptime, Version, Window};
    ///
    /// let replica = |replica| Uptime::with_origin(Settings::default(), Origin { replica, incarnation: 1 });
    /// let (one, other, now) = (replica(1), replica(2), Timestamp::from_millis(1_795_000_000_000));
    /// let target = Target { endpoint: 1, provider: 1, credential: 1 };
    /// one.endpoint(target, now).record(&Call::new(Outcome::Success, now), now);
    ///
    /// let (blob, _) = one.export_since(Version::NONE, now);
    /// assert_eq!(other.import(&blob, now)?.calls, 1);
    /// assert_eq!(other.import(&blob, now)?.calls, 0, "twice is once");
    /// assert_eq!(other.endpoint(target, now).counts(Feature::BASE, Window::Minute, now).total(), 1);
    /// # Ok::<(), switchback_uptime::ImportError>(())
    /// ```
    pub fn export_since(&self, version: Version, now: Timestamp) -> (Vec<u8>, Version) {
        let mut writer = Writer::new(Header { origin: self.shared.origin, at: now });
        // A bucket's width earlier: a call that was under way in another thread may not have been counted yet.
        let since = version.0.saturating_sub(Millis::new(FAST_WIDTH));
        for endpoint in self.endpoints() {
            let mut cells = Vec::new();
            endpoint.each_cell(|feature, cell| cells.extend(export_cell(feature, cell, since, now)));
            let cooldowns = endpoint.cooldowns();
            if !cells.is_empty() || cooldowns.into_iter().any(|until| until > now) {
                if cells.is_empty() {
                    cells.push(CellRow { feature: Feature::BASE, hint: None, buckets: Vec::new() });
                }
                writer.row(&Row { target: endpoint.target(), cooldowns }, &cells);
            }
        }
        (writer.finish(), Version(now))
    }

    /// Takes over what another replica exported: its counts are joined, and its gates are hints.
    ///
    /// Of each bucket the highest count that was heard of a replica is kept, so the order does not matter and nothing
    /// counts twice. What is older than any window, or more than one bucket ahead, is left out: clocks may differ by
    /// five seconds. What comes from this replica itself is left out too.
    ///
    /// # Errors
    /// When the bytes are not an export of this version and layout. Nothing is taken then.
    pub fn import(&self, blob: &[u8], now: Timestamp) -> Result<Imported, ImportError> {
        let header = read(blob, |_, _, _| {})?;
        let mut imported = Imported { origin: header.origin, ..Imported::default() };
        if header.origin == self.shared.origin {
            return Ok(imported);
        }
        let settings = self.settings();
        let known = self.shared.peers.lock().hear(header.origin, now, settings.max_replicas);
        read(blob, |header, row, cell| match self.endpoint_if_room(row.target, now).filter(|_| known) {
            Some(endpoint) => self.import_cell(&endpoint, header, row, cell, now, &mut imported),
            None => imported.left_out += 1,
        })?;
        Ok(imported)
    }

    fn import_cell(
        &self,
        endpoint: &Endpoint,
        header: &Header,
        row: &Row,
        cell: &CellRow,
        now: Timestamp,
        imported: &mut Imported,
    ) {
        let settings = self.settings();
        let key = (row.target.endpoint, cell.feature.number());
        let mut peers = self.shared.peers.lock();
        let Some(theirs) = peers.cell(header.origin, key, settings.max_imported_cells) else {
            imported.left_out += 1;
            return;
        };
        let sum = endpoint.cell(cell.feature).imported();
        for bucket in &cell.buckets {
            let (width, ring, into) =
                if bucket.is_slow { (FOLD, &theirs.slow, &sum.slow) } else { (1, &theirs.fast, &sum.fast) };
            let newest = epoch(now) / width;
            let Some(at) = (epoch(header.at) / width).checked_sub(bucket.age) else { continue };
            // One more than the window has, since the sender's may have begun earlier.
            if at > newest + 1 || at + SLOW_SPAN < newest {
                continue;
            }
            let news = ring.join(at, bucket.counts);
            into.add(at, news, crate::ring::Late::Drop);
            imported.calls += if bucket.is_slow { 0 } else { news.total() };
        }
        drop(peers);
        // Held to what they can be here, so that nobody can block an endpoint for ever.
        let [throttled, missing, refused] = row.cooldowns;
        let held = |until: Timestamp, longest| until.min(now.saturating_add(longest));
        endpoint.hear_cooldowns(
            held(throttled, settings.max_retry_after),
            held(missing, settings.configuration_cooldown),
            held(refused, settings.max_credential_cooldown),
        );
        endpoint.hear(cell.feature, cell.hint, now);
    }
}

/// What is to be told of a feature; `None` when there is no news.
fn export_cell(feature: Feature, cell: &Cell, since: Timestamp, now: Timestamp) -> Option<CellRow> {
    let hint = cell.gate().hint();
    let lasting = match cell.gate() {
        Gate::Ejected { .. } => true,
        Gate::Passing { closed, .. } => closed.is_some_and(|closed| now.saturating_since(closed) <= ECHO),
    };
    if cell.seen() < since && !lasting {
        return None;
    }
    let (newest, oldest) = (epoch(now), epoch(since));
    let mut buckets = Vec::new();
    let fast = (newest + 1).saturating_sub(FOLD).max(oldest)..=newest;
    push(&mut buckets, false, fast, newest, |at| cell.own().fast.at(at));
    let minutes = (newest / FOLD + 1).saturating_sub(SLOW_SPAN).max(oldest / FOLD)..=newest / FOLD;
    push(&mut buckets, true, minutes, newest / FOLD, |minute| cell.own().minute(newest, minute));
    Some(CellRow { feature, hint: hint.filter(|hint: &Hint| lasting || hint.at >= since), buckets })
}

fn push(
    buckets: &mut Vec<BucketRow>,
    is_slow: bool,
    range: std::ops::RangeInclusive<u64>,
    newest: u64,
    counts: impl Fn(u64) -> crate::counts::Counts,
) {
    let rows = range.rev().map(|at| BucketRow { is_slow, age: newest - at, counts: counts(at) });
    buckets.extend(rows.filter(|row| row.counts.total() > 0));
}
