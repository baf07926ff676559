//! The cursor as plainly as it can be written: no state but what happened, everything worked out anew from all of it each
//! time that somebody asks.

use switchback_ir::ErrorClass;
use switchback_plan::{Itinerary, RetryAfter, Stop, Triggers};
use switchback_units::{Millis, Timestamp};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// One attempt that failed.
#[derive(Clone, Debug)]
pub struct Failed {
    pub stop: usize,
    pub credential: Option<String>,
    pub class: ErrorClass,
    pub status: Option<u16>,
    pub retry_after: Option<Millis>,
    pub ended: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    Ask(usize, Option<String>),
    Wait(Timestamp),
    Nothing,
}

/// What becomes of a stop after its last failure.
enum Again {
    Soon(Timestamp, Option<String>),
    AtTheEnd(Timestamp, Option<String>),
    No,
}

pub fn next(way: &Itinerary, past: &[Failed], now: Timestamp) -> Next {
    if way.deadline.is_some_and(|deadline| now >= deadline) {
        return Next::Nothing;
    }
    if way.max_attempts.is_some_and(|most| past.len() >= usize::try_from(most).unwrap()) || past.len() >= 1_000 {
        return Next::Nothing;
    }
    if !past.is_empty()
        && let Again::Soon(at, credential) = again(way, past)
    {
        return if now >= at { Next::Ask(past.last().unwrap().stop, credential) } else { Next::Wait(at) };
    }
    let mut open = Vec::new();
    for (index, stop) in way.stops.iter().enumerate() {
        if !leads(way, past, index) {
            continue;
        }
        if let Some(last) = past.iter().rposition(|failed| failed.stop == index) {
            if let Again::AtTheEnd(at, credential) = again(way, &past[..=last])
                && !refused(way, past, stop, credential.as_deref())
            {
                open.push((at, index, credential));
            }
            continue;
        }
        if passed(way, past, index) || too_small(way, past, stop) {
            continue;
        }
        if let Some(credential) = fresh(way, past, stop) {
            open.push((stop.not_before.unwrap_or(Timestamp::EPOCH), index, credential));
        }
    }
    if let Some((_, index, credential)) = open.iter().find(|(at, ..)| *at <= now) {
        return Next::Ask(*index, credential.clone());
    }
    let soonest = open.iter().map(|(at, ..)| *at).min();
    match soonest {
        Some(at) if way.deadline.is_none_or(|deadline| at < deadline) => Next::Wait(at),
        _ => Next::Nothing,
    }
}

/// What the last failure of `past` means for its own stop.
fn again(way: &Itinerary, past: &[Failed]) -> Again {
    let last = past.last().unwrap();
    let stop = &way.stops[last.stop];
    let other = of_the_credential(last.class);
    if other && let Some(credential) = fresh(way, past, stop) {
        return Again::Soon(last.ended, credential);
    }
    let (_, allowed) = rule(way, last);
    let word = rule(way, last).0;
    let mut used = 0;
    for at in 0..past.len() {
        let before = past[..at].iter().rposition(|failed| failed.stop == last.stop);
        if let Some(before) = before
            && past[at].stop == last.stop
            && is_retry(way, past, at)
            && rule(way, &past[before]).0 == word
        {
            used += 1;
        }
    }
    if used >= allowed {
        return Again::No;
    }
    // Credentials that were used here and still are of use, with the last attempt of each.
    let mut rested: Vec<(Timestamp, bool, Option<String>)> = Vec::new();
    for credential in credentials(stop) {
        let with =
            |failed: &Failed| way.stops[failed.stop].endpoint == stop.endpoint && failed.credential == credential;
        if let Some(at) = past.iter().rposition(with)
            && !refused(way, past, stop, credential.as_deref())
            && (other || credential == last.credential)
        {
            let failed = &past[at];
            let its_retry = &way.leg_of(&way.stops[failed.stop]).retry;
            let asked = failed.retry_after.filter(|wait| wait.get() > 0 && its_retry.retry_after == RetryAfter::Honour);
            let wait = asked.unwrap_or_else(|| {
                let retries =
                    (0..=at).filter(|earlier| past[*earlier].stop == failed.stop && is_retry(way, past, *earlier));
                let endpoint = way.stops[failed.stop].endpoint.as_u64().to_le_bytes();
                let seed = xxh3_64_with_seed(&endpoint, way.seed);
                its_retry.backoff.wait(u32::try_from(retries.count()).unwrap(), seed)
            });
            let long = asked.is_some_and(|asked| asked > its_retry.retry_after_max_ms);
            rested.push((failed.ended.saturating_add(wait), long, credential));
        }
    }
    let Some(soonest) = rested.iter().map(|(at, ..)| *at).min() else { return Again::No };
    let (at, long, credential) = rested.into_iter().find(|(at, ..)| *at == soonest).unwrap();
    match way.deadline {
        Some(deadline) if at >= deadline => Again::No,
        None if long => Again::No,
        Some(_) if long => Again::AtTheEnd(at, credential),
        _ => Again::Soon(at, credential),
    }
}

fn of_the_credential(class: ErrorClass) -> bool {
    [
        ErrorClass::RateLimitRequests,
        ErrorClass::RateLimitTokens,
        ErrorClass::RateLimitConcurrency,
        ErrorClass::Quota,
        ErrorClass::Credential,
        ErrorClass::Permission,
    ]
    .contains(&class)
}

/// The word of the policy that a failure falls under, and what it allows.
fn rule(way: &Itinerary, failed: &Failed) -> (String, u32) {
    let retry = &way.leg_of(&way.stops[failed.stop]).retry;
    let mut words: Vec<_> = retry.per.iter().filter(|(word, _)| word.matches(failed.class, failed.status)).collect();
    words.sort();
    match words.first() {
        Some((word, allowed)) => (word.to_string(), **allowed),
        None if retry.on.matches(failed.class, failed.status) => (String::new(), retry.attempts),
        None => (String::new(), 0),
    }
}

/// Whether an attempt asked a stop again with what it had been asked with.
fn is_retry(way: &Itinerary, past: &[Failed], at: usize) -> bool {
    let this = &past[at];
    let endpoint = way.stops[this.stop].endpoint;
    past[..at].iter().any(|failed| failed.stop == this.stop)
        && past[..at]
            .iter()
            .any(|failed| way.stops[failed.stop].endpoint == endpoint && failed.credential == this.credential)
}

fn credentials(stop: &Stop) -> Vec<Option<String>> {
    if stop.credentials.is_empty() { vec![None] } else { stop.credentials.iter().cloned().map(Some).collect() }
}

/// The first credential that the endpoint has not seen and nobody refused.
#[expect(clippy::option_option, reason = "a credential may be the embedder's own, which has no name")]
fn fresh(way: &Itinerary, past: &[Failed], stop: &Stop) -> Option<Option<String>> {
    credentials(stop).into_iter().find(|credential| {
        let seen = past
            .iter()
            .any(|failed| way.stops[failed.stop].endpoint == stop.endpoint && failed.credential == *credential);
        !seen && !refused(way, past, stop, credential.as_deref())
    })
}

fn refused(way: &Itinerary, past: &[Failed], stop: &Stop, credential: Option<&str>) -> bool {
    for failed in past {
        let there = &way.stops[failed.stop];
        let same = failed.credential.as_deref() == credential;
        let here = there.endpoint == stop.endpoint;
        let same_account = credential.is_some() && !stop.provider.is_empty() && there.provider == stop.provider;
        if same && failed.class == ErrorClass::Permission && here {
            return true;
        }
        if same && failed.class == ErrorClass::Credential && (here || same_account) {
            return true;
        }
    }
    false
}

fn too_small(way: &Itinerary, past: &[Failed], stop: &Stop) -> bool {
    past.iter().filter(|failed| failed.class == ErrorClass::ContextOverflow).any(|failed| {
        matches!((way.stops[failed.stop].window, stop.window), (Some(overflowed), Some(own)) if own <= overflowed)
    })
}

/// Whether the last failure of `past` leads to a stop.
fn leads(way: &Itinerary, past: &[Failed], to: usize) -> bool {
    let (from, class, status) =
        past.last().map_or((0, ErrorClass::Overloaded, None), |last| (last.stop, last.class, last.status));
    let (leaving, entering) = (&way.stops[from], &way.stops[to]);
    let rank = |stop: &Stop| way.leg_of(stop).rank;
    let same_rank = rank(leaving).is_some() && rank(leaving) == rank(entering);
    if from == to {
        return true;
    }
    if leaving.leg == entering.leg || same_rank {
        return way.leg_of(entering).failover.matches(class, status);
    }
    let mut legs = vec![entering.leg];
    legs.extend(&entering.also);
    legs.iter().any(|leg| match way.legs.get(*leg) {
        Some(leg) => leg.on.matches(class, status),
        None => Triggers::default().matches(class, status),
    })
}

/// Whether some attempt went past a stop that had not been asked and that nothing led to.
fn passed(way: &Itinerary, past: &[Failed], stop: usize) -> bool {
    (0..past.len()).any(|at| past[at].stop > stop && !leads(way, &past[..at], stop))
}
