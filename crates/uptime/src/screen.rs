use std::cmp::Reverse;
use std::sync::Arc;

use switchback_units::{Ratio, Timestamp};

use crate::endpoint::Endpoint;
use crate::feature::Features;
use crate::verdict::{Block, Cause, Verdict};

/// One candidate, looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "an index and what is said of it")]
pub struct Screened {
    /// Which of the candidates.
    pub index: usize,
    /// Whether it may be called.
    pub verdict: Verdict,
}

/// What screening came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "two counts of one list")]
pub struct Screening {
    /// How many candidates may be called; they stand first.
    pub passing: usize,
    /// Whether none may be called although there are some: then all are to be tried in the order that they stand in,
    /// and the decision has to say so.
    pub fail_open: bool,
}

/// Looks at all candidates. Those that may be called come first, in the order that they came in; the others follow, the
/// least bad first: whoever can only be wrongly out before whoever does not exist or refuses the credential, the
/// shortest throttle, the best estimate, the soonest end, the lowest id. Each stands in `out` exactly once, so that
/// candidates never come to nothing.
///
/// Allocates nothing once `out` is large enough.
///
/// ```
/// use switchback_units::Timestamp;
/// use switchback_uptime::{Call, Features, Outcome, Settings, Target, Uptime, screen};
///
/// let (uptime, now) = (Uptime::new(Settings::default()), Timestamp::from_millis(1_795_000_000_000));
/// let candidates = [1, 2].map(|id| uptime.endpoint(Target { endpoint: id, provider: id, credential: id }, now));
/// candidates[0].record(&Call::new(Outcome::Configuration, now), now);
///
/// let mut out = Vec::new();
/// assert_eq!(screen(&candidates, Features::BASE, now, &mut out).passing, 1);
/// assert_eq!(out[0].index, 1);
///
/// candidates[1].record(&Call::new(Outcome::Throttled { retry_after: Some(switchback_units::Millis::new(9_000)) }, now), now);
/// let screening = screen(&candidates, Features::BASE, now, &mut out);
/// assert!(screening.fail_open, "nothing is left, so all are");
/// assert_eq!(out[0].index, 1, "throttled is better than missing");
/// ```
pub fn screen(candidates: &[Arc<Endpoint>], used: Features, now: Timestamp, out: &mut Vec<Screened>) -> Screening {
    out.clear();
    out.extend(
        candidates.iter().enumerate().map(|(index, endpoint)| Screened { index, verdict: endpoint.check(used, now) }),
    );
    let passing = out.iter().filter(|screened| !matches!(screened.verdict, Verdict::Blocked(_))).count();
    if passing < out.len() {
        out.sort_unstable_by_key(|screened| match screened.verdict {
            Verdict::Blocked(block) => (badness(candidates.get(screened.index), block, used, now), screened.index),
            Verdict::Pass | Verdict::Ramp(_) | Verdict::Probe(_) => (BEST, screened.index),
        });
    }
    Screening { passing, fail_open: passing == 0 && !out.is_empty() }
}

type Badness = (u8, Timestamp, Reverse<Ratio>, Timestamp, u64);

const BEST: Badness = (0, Timestamp::EPOCH, Reverse(Ratio::ONE), Timestamp::EPOCH, 0);

fn badness(endpoint: Option<&Arc<Endpoint>>, block: Block, used: Features, now: Timestamp) -> Badness {
    let (kind, throttled) = match block.cause {
        Cause::Ejected(_) | Cause::ProviderDown => (1, Timestamp::EPOCH),
        Cause::Throttled => (1, block.until),
        Cause::Configuration => (2, Timestamp::EPOCH),
        Cause::Credential => (3, Timestamp::EPOCH),
    };
    let estimate = endpoint.map_or(Ratio::ZERO, |endpoint| endpoint.estimate(used, now));
    let id = endpoint.map_or(u64::MAX, |endpoint| endpoint.target().endpoint);
    (kind, throttled, Reverse(estimate), block.until, id)
}
