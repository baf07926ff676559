//! What happened when, for a picture.

use serde::Serialize;

use crate::random::Chance;
use crate::scenario::Scenario;

/// Columns of a picture.
const COLUMNS: u64 = 240;

/// One run in columns of equal length.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Timeline {
    /// Milliseconds of a column.
    pub column_ms: u64,
    /// By provider, in order of preference.
    pub tracks: Vec<Track>,
    /// Requests that failed, by column.
    pub user_failures: Vec<u64>,
    /// Calls that were made although every candidate was out, by column.
    pub fail_open: Vec<u64>,
}

/// One provider over time.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Track {
    /// Its name.
    pub provider: String,
    /// Calls and successes, by column.
    pub calls: Vec<(u64, u64)>,
    /// Looks at a replica's gate, and how many found it out, by column.
    pub gate: Vec<(u64, u64)>,
    /// The share of calls that would succeed in truth, in thousandths, by column.
    pub truth: Vec<u64>,
}

impl Timeline {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let columns = usize::try_from(COLUMNS).unwrap_or(1);
        let track = |name: &String| Track {
            provider: name.clone(),
            calls: vec![(0, 0); columns],
            gate: vec![(0, 0); columns],
            truth: vec![1_000; columns],
        };
        Self {
            column_ms: (scenario.seconds * 1_000).div_ceil(COLUMNS).max(1),
            tracks: scenario.providers.iter().map(|provider| track(&provider.name)).collect(),
            user_failures: vec![0; columns],
            fail_open: vec![0; columns],
        }
    }

    fn column(&self, now: u64) -> usize {
        usize::try_from(now / self.column_ms).unwrap_or_default()
    }

    pub(crate) fn call(&mut self, provider: usize, now: u64, success: bool, fail_open: bool) {
        let column = self.column(now);
        if let Some((calls, successes)) = self.tracks.get_mut(provider).and_then(|track| track.calls.get_mut(column)) {
            *calls += 1;
            *successes += u64::from(success);
        }
        if let Some(count) = self.fail_open.get_mut(column) {
            *count += u64::from(fail_open);
        }
    }

    pub(crate) fn user_failure(&mut self, now: u64) {
        let column = self.column(now);
        if let Some(count) = self.user_failures.get_mut(column) {
            *count += 1;
        }
    }

    pub(crate) fn gate(&mut self, provider: usize, now: u64, out: usize, of: usize, truth: Chance) {
        let column = self.column(now);
        let Some(track) = self.tracks.get_mut(provider) else { return };
        if let Some((looks, found)) = track.gate.get_mut(column) {
            *looks += u64::try_from(of).unwrap_or(0);
            *found += u64::try_from(out).unwrap_or(0);
        }
        if let Some(held) = track.truth.get_mut(column) {
            *held = truth.permille();
        }
    }
}
