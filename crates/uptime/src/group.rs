//! What endpoints share: a provider, a credential.

use std::sync::{Arc, Weak};

use switchback_units::Timestamp;

use crate::cooldown::Cooldown;
use crate::counts::Counts;
use crate::endpoint::Endpoint;
use crate::feature::Feature;
use crate::gate::Gate;
use crate::settings::Settings;
use crate::sync::{AtomicU32, AtomicU64, Mutex, Ordering};
use crate::window::Window;

/// Who runs endpoints. It has no counts of its own: they are those of its endpoints.
#[derive(Debug, Default)]
pub(crate) struct Provider {
    members: Mutex<Vec<Weak<Endpoint>>>,
    /// Until when endpoints of which too little is known are out.
    down_until: AtomicU64,
    /// When one of its endpoints was last put out.
    tripped: AtomicU64,
}

impl Provider {
    pub(crate) fn join(&self, member: &Arc<Endpoint>) {
        let mut members = self.members.lock();
        members.retain(|member| member.strong_count() > 0);
        members.push(Arc::downgrade(member));
    }

    pub(crate) fn members(&self) -> Vec<Arc<Endpoint>> {
        self.members.lock().iter().filter_map(Weak::upgrade).collect()
    }

    pub(crate) fn down_until(&self) -> Timestamp {
        Timestamp::from_millis(self.down_until.load(Ordering::Relaxed))
    }

    pub(crate) fn trip(&self, now: Timestamp) {
        self.tripped.fetch_max(now.as_millis(), Ordering::Relaxed);
    }

    pub(crate) fn tripped(&self) -> Timestamp {
        Timestamp::from_millis(self.tripped.load(Ordering::Relaxed))
    }

    /// Looks at the endpoints again, after one was put out or came back: when two or more and at least half of those of
    /// which enough is known are out, it is the provider that is down.
    pub(crate) fn review(&self, now: Timestamp, settings: &Settings) {
        let (mut known, mut out, mut until) = (0_u32, 0_u32, 0_u64);
        for member in self.members() {
            let base = member.base();
            match base.gate() {
                Gate::Ejected { until: end, .. } => {
                    (known, out, until) = (known + 1, out + 1, until.max(end.as_millis()));
                }
                Gate::Passing { .. } => {
                    let counts = base.counts(base.advance(now), Window::QuarterHour);
                    known += u32::from(counts.total() >= settings.min_calls);
                }
            }
        }
        let down = out >= 2 && out * 2 >= known;
        self.down_until.store(if down { until } else { 0 }, Ordering::Relaxed);
    }

    /// What its endpoints counted in a quarter of an hour.
    pub(crate) fn counts(&self, now: Timestamp, feature: Feature) -> Counts {
        let members = self.members();
        let cells = members.iter().filter_map(|member| member.known_cell(feature));
        cells.fold(Counts::NONE, |sum, cell| sum + cell.counts(now.max(cell.seen()), Window::QuarterHour))
    }
}

/// A key that endpoints are called with, by its opaque id.
#[derive(Debug, Default)]
pub(crate) struct Credential {
    pub(crate) cooldown: Cooldown,
    level: AtomicU32,
}

impl Credential {
    /// It was refused. A call that was sent before the cooldown ended makes it no longer.
    pub(crate) fn refuse(&self, started: Timestamp, now: Timestamp, settings: &Settings) {
        if started < self.cooldown.latest() {
            return;
        }
        let level = self.level.fetch_add(1, Ordering::Relaxed).min(32);
        let span = settings.credential_cooldown.saturating_mul(1 << level);
        self.cooldown.extend_by(now, span, settings.max_credential_cooldown);
    }

    /// It was taken.
    pub(crate) fn accept(&self) {
        if self.level.load(Ordering::Relaxed) != 0 {
            self.level.store(0, Ordering::Relaxed);
        }
    }
}
