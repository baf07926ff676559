//! The gate of one key: in or out, with hysteresis. Time comes in with each call and the caller keeps it from going back.

use switchback_units::{Millis, Timestamp};

use crate::hash::mix;
use crate::settings::Settings;

/// Whether a key is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gate {
    /// In, after it was out from `out` to `closed`. `level` is how long the next ejection is, `flaps` how often it came back
    /// of late only to go out again.
    Passing { out: Option<Timestamp>, closed: Option<Timestamp>, level: u8, flaps: u8 },
    /// Out since `out` until a time, then probed; `opened` is when the probes last failed, or the same.
    Ejected { out: Timestamp, opened: Timestamp, until: Timestamp, level: u8, flaps: u8, walk: u16 },
}

/// What an outcome or a hint changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    None,
    Ejected,
    Closed,
}

/// A gate as replicas tell each other of it: `until` is none when it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hint {
    pub(crate) at: Timestamp,
    pub(crate) until: Option<Timestamp>,
    pub(crate) level: u8,
}

impl Default for Gate {
    fn default() -> Self {
        Self::Passing { out: None, closed: None, level: 0, flaps: 0 }
    }
}

impl Gate {
    /// Puts it out, unless it is out already. `salt` is where the jitter comes from.
    pub(crate) fn eject(&mut self, now: Timestamp, floor: Option<Millis>, settings: &Settings, salt: u64) -> Change {
        let Self::Passing { closed, level, flaps, .. } = *self else { return Change::None };
        let calm = closed.is_none_or(|closed| now.saturating_since(closed) >= settings.forgive_after);
        let (level, flaps) = if calm { (0, 0) } else { (level, flaps.saturating_add(1)) };
        *self = Self::Ejected {
            out: now,
            opened: now,
            until: end(now, level, floor, settings, salt),
            level,
            flaps,
            walk: 0,
        };
        Change::Ejected
    }

    /// An outcome of a call that was sent at `started`. What was sent before the ejection says nothing.
    pub(crate) fn outcome(
        &mut self,
        success: bool,
        started: Timestamp,
        now: Timestamp,
        settings: &Settings,
        salt: u64,
    ) -> Change {
        let Self::Ejected { out, opened, until, level, flaps, walk } = *self else { return Change::None };
        if started < opened {
            return Change::None;
        }
        if success {
            let walk = walk.saturating_add(1);
            if walk >= settings.walk_goal.saturating_mul(1 + u16::from(flaps.min(settings.max_flaps))) {
                let level = level.saturating_add(1);
                *self = Self::Passing { out: Some(out), closed: Some(now), level, flaps };
                return Change::Closed;
            }
            *self = Self::Ejected { out, opened, until, level, flaps, walk };
            return Change::None;
        }
        *self = match walk.checked_sub(settings.walk_back) {
            Some(walk) => Self::Ejected { out, opened, until, level, flaps, walk },
            // Sent although it is out, because nothing else was left: the ejection goes on as it was.
            None if now < until => Self::Ejected { out, opened, until, level, flaps, walk: 0 },
            None => {
                let level = level.saturating_add(1);
                Self::Ejected { out, opened: now, until: end(now, level, None, settings, salt), level, flaps, walk: 0 }
            }
        };
        Change::None
    }

    /// Takes it back in as if it had not been put out: the fault was ours.
    pub(crate) fn forgive(&mut self, now: Timestamp) -> Change {
        let Self::Ejected { level, flaps, .. } = *self else { return Change::None };
        *self = Self::Passing { out: None, closed: Some(now), level, flaps };
        Change::Closed
    }

    /// What another replica says. Its ejection is taken over when it is news to us and `supported` by what is known
    /// here; an ejection of ours lasts at least as long as its; its closing ends an ejection that began before.
    pub(crate) fn hear(&mut self, hint: Hint, supported: bool, now: Timestamp, settings: &Settings) -> Change {
        match (*self, hint.until) {
            (Self::Passing { closed, flaps, .. }, Some(until)) => {
                let news = closed.is_none_or(|closed| closed < hint.at) && hint.at <= now && now < until;
                if !(news && supported) {
                    return Change::None;
                }
                let until = until.min(latest(now, settings));
                *self = Self::Ejected { out: hint.at, opened: hint.at, until, level: hint.level, flaps, walk: 0 };
                Change::Ejected
            }
            (Self::Ejected { out, opened, until, level, flaps, walk }, Some(theirs)) => {
                if hint.at <= now {
                    let until = until.max(theirs.min(latest(now, settings)));
                    *self = Self::Ejected { out, opened, until, level: level.max(hint.level), flaps, walk };
                }
                Change::None
            }
            (Self::Ejected { out, opened, flaps, .. }, None) if opened < hint.at && hint.at <= now => {
                *self = Self::Passing { out: Some(out), closed: Some(hint.at), level: hint.level, flaps };
                Change::Closed
            }
            (Self::Ejected { .. } | Self::Passing { .. }, None) => Change::None,
        }
    }

    /// The gate as others should know of it; `None` when there is nothing to say.
    pub(crate) fn hint(&self) -> Option<Hint> {
        match *self {
            Self::Passing { closed, level, .. } => closed.map(|at| Hint { at, until: None, level }),
            Self::Ejected { opened, until, level, .. } => Some(Hint { at: opened, until: Some(until), level }),
        }
    }

    /// When it last went out, whether or not it is in again; none where that was a mistake of ours.
    pub(crate) const fn last_out(&self) -> Option<Timestamp> {
        match *self {
            Self::Passing { out, .. } => out,
            Self::Ejected { out, .. } => Some(out),
        }
    }

    /// Parts in a thousand of the traffic that it should have: from 100 to 1000 in the time after it has closed, else
    /// all or nothing.
    pub(crate) fn share_permille(&self, now: Timestamp, settings: &Settings) -> u16 {
        match *self {
            Self::Ejected { .. } => 0,
            Self::Passing { closed: None, .. } => 1_000,
            Self::Passing { closed: Some(closed), .. } => {
                let since = now.saturating_since(closed).get().min(settings.ramp.get());
                let grown = (since.saturating_mul(900)).checked_div(settings.ramp.get()).unwrap_or(900);
                u16::try_from(100 + grown).unwrap_or(1_000)
            }
        }
    }
}

/// The furthest end of an ejection that begins now: what a foreign one is held to.
fn latest(now: Timestamp, settings: &Settings) -> Timestamp {
    now.saturating_add(settings.max_ejection).saturating_add(Millis::new(settings.max_ejection.get() / 2))
}

/// When an ejection ends: the base doubled `level` times, at least what the provider asked for, within the longest,
/// and a little more or less.
fn end(now: Timestamp, level: u8, floor: Option<Millis>, settings: &Settings, salt: u64) -> Timestamp {
    let doubled = settings.base_ejection.saturating_mul(1 << level.min(32));
    let length = doubled.max(floor.unwrap_or(Millis::ZERO)).min(settings.max_ejection).get();
    let jitter = settings.jitter_permille.min(1_000);
    // From 1000 - jitter to 1000 + jitter, both included; never below what the provider asked for.
    let permille = 1_000 - jitter + mix(salt ^ u64::from(level)) % (2 * jitter + 1);
    let length = Millis::new(length.saturating_mul(permille) / 1_000);
    now.saturating_add(floor.map_or(length, |floor| length.max(floor.min(settings.max_ejection))))
}
