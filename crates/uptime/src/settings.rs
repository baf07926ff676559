use switchback_units::Millis;

use crate::trip::Test;
use crate::window::Window;

/// How quickly the gate acts.
///
/// False ejections by day at one request a second: of an endpoint that succeeds in 95 %, `Calm` 0.3 and `Balanced` 5.4;
/// of one at 99 %, none. An endpoint that falls to half is left out after 23 s or 13 s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "two presets; all else is a parameter")]
pub enum Sensitivity {
    /// A minute and a quarter of an hour.
    Calm,
    /// Ten seconds as well, at a higher certainty: two to eight times as quick from ten requests a second on. The
    /// default, since an ejection in error costs ten seconds of the second best.
    #[default]
    Balanced,
}

/// A window and the test that is made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a pair")]
pub struct Scale {
    /// What is summed.
    pub window: Window,
    /// What it has to pass.
    pub test: Test,
}

/// Every parameter. The default is recommended; no value can make anything panic, and each says what it does at its ends.
///
/// ```
/// use switchback_uptime::{Sensitivity, Settings};
///
/// let calm = Settings::new(Sensitivity::Calm);
/// assert_eq!((Settings::default().scales().count(), calm.scales().count()), (3, 2));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// Percent of calls that must succeed. Default 90: the rule that users know.
    pub threshold_percent: u8,
    /// z² × 1000 of the ten-second test; `None` leaves it out. Default 9,486 (z = 3.08): at ten looks a minute the
    /// higher certainty keeps a provider at 97 % below one false ejection a day.
    pub z_squared_fast: Option<u32>,
    /// z² × 1000 of the tests over a minute and a quarter of an hour. Default 6,636 (z = 2.576).
    pub z_squared: u32,
    /// Calls below which no window is tested. Default 10: under that the normal tail is wrong, one failure of one would
    /// do, and failures in a row decide instead.
    pub min_calls: u64,
    /// Failures in a row that eject. Default 5: one chance in 100,000 at a success rate of 90 %; the value of Envoy,
    /// Finagle and SMG. At least 1.
    pub failures_in_a_row: u32,
    /// Calls of the parent that a feature borrows. Default 10: three failures of a rarely used feature do not eject it
    /// beside a parent that is well.
    pub borrowed_calls: u64,
    /// The first ejection. Default 10 s: each further one doubles it. Within Finagle's 5 s and Envoy's 30 s.
    pub base_ejection: Millis,
    /// The longest ejection. Default 300 s, as Finagle and Envoy have it.
    pub max_ejection: Millis,
    /// Parts in a thousand by which an ejection is longer or shorter, by a hash of key, replica and level. Default 100:
    /// replicas and endpoints must not probe together. At most 1000.
    pub jitter_permille: u64,
    /// How long an endpoint has to stay in for its next ejection to be a first one again. Default 600 s: a flapping
    /// endpoint (30 s down, 30 s up) is ejected 4 times in half an hour instead of 120.
    pub forgive_after: Millis,
    /// The time between the starts of two probes. Default 1 s.
    pub probe_interval: Millis,
    /// How long a probe may be under way before its place is given to another. Default 60 s: a caller that never
    /// reports cannot keep the place.
    pub probe_lease: Millis,
    /// What the walk has to reach for the gate to close again: a success adds 1, a failure takes [`Settings::walk_back`].
    /// Default 10: ten of ten pass with a chance of 0.90 at a success rate of 99 %, 0.20 at 85 %, 0.001 at 50 %.
    pub walk_goal: u16,
    /// What a failure takes from the walk. Default 9, so that the walk stands still at exactly 90 %.
    pub walk_back: u16,
    /// How often the goal is added again for an endpoint that came back only to go out again. Default 2: after two such
    /// returns thirty successes are asked for, which half a minute of health does not yield. Keeps a provider that flaps
    /// every 30 s below five ejections in half an hour.
    pub max_flaps: u8,
    /// How long the share of traffic grows from a tenth to all after the gate has closed. Default 15 s: an endpoint
    /// that comes back is not met by all of its traffic at once; longer, and a recovery takes more than a minute.
    pub ramp: Millis,
    /// By how much later the next replica in line may probe, while others are known to live. Default 3 s: one replica
    /// probes for all, and others follow while it has nothing to say.
    pub probe_stagger: Millis,
    /// How long all providers must have been ejected within, to suspect our own network. Default 10 s.
    pub panic_span: Millis,
    /// How long a missing model leaves its endpoint out. Default 600 s.
    pub configuration_cooldown: Millis,
    /// How long a refused credential is left out; doubles up to [`Settings::max_credential_cooldown`]. Default 60 s.
    pub credential_cooldown: Millis,
    /// The longest time that a credential is left out. Default 900 s: someone may have paid the bill.
    pub max_credential_cooldown: Millis,
    /// The longest time that a provider can ask us to wait. Default 3,600 s.
    pub max_retry_after: Millis,
    /// Whether a cap is learned from throttling. Default true.
    pub learn_cap: bool,
    /// Parts in a thousand of the rate that got through at which the cap is set when a call is throttled. Default 900.
    pub cap_cut_permille: u64,
    /// How a cap grows: `t` after it was cut it is `1 + t/7g + (t/g)³` times what it was. Default 80 s for `g`: flat at
    /// first, back at the limit after half a minute, and six-fold after two minutes and a half, should it have been far too low.
    pub cap_growth: Millis,
    /// The most endpoints that are kept, at least 16. Default 16,384. When there are more, the longest idle go first.
    pub max_endpoints: usize,
    /// The most replicas whose counts are kept. Default 64.
    pub max_replicas: usize,
    /// The most (replica, endpoint, feature) whose counts are kept. Default 65,536, of 272 bytes each.
    pub max_imported_cells: usize,
    /// Where the jitter of ejections begins. Default 0.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            threshold_percent: 90,
            z_squared_fast: Some(9_486),
            z_squared: 6_636,
            min_calls: 10,
            failures_in_a_row: 5,
            borrowed_calls: 10,
            base_ejection: Millis::from_secs(10),
            max_ejection: Millis::from_secs(300),
            jitter_permille: 100,
            forgive_after: Millis::from_secs(600),
            probe_interval: Millis::from_secs(1),
            probe_lease: Millis::from_secs(60),
            walk_goal: 10,
            walk_back: 9,
            max_flaps: 2,
            ramp: Millis::from_secs(15),
            probe_stagger: Millis::from_secs(3),
            panic_span: Millis::from_secs(10),
            configuration_cooldown: Millis::from_secs(600),
            credential_cooldown: Millis::from_secs(60),
            max_credential_cooldown: Millis::from_secs(900),
            max_retry_after: Millis::from_secs(3_600),
            learn_cap: true,
            cap_cut_permille: 900,
            cap_growth: Millis::from_secs(80),
            max_endpoints: 16_384,
            max_replicas: 64,
            max_imported_cells: 65_536,
            seed: 0,
        }
    }
}

impl Settings {
    /// The recommended values at a sensitivity.
    pub fn new(sensitivity: Sensitivity) -> Self {
        match sensitivity {
            Sensitivity::Balanced => Self::default(),
            Sensitivity::Calm => Self { z_squared_fast: None, ..Self::default() },
        }
    }

    /// The tests that are made, the narrowest window first.
    pub fn scales(&self) -> impl Iterator<Item = Scale> {
        Window::ALL.into_iter().filter_map(|window| {
            let z_squared = if window == Window::TenSeconds { self.z_squared_fast? } else { self.z_squared };
            Some(Scale { window, test: Test::new(self.threshold_percent, z_squared) })
        })
    }
}
