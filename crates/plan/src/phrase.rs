//! The words that the text and the page of a plan share. Plain text: whoever shows it escapes it.

use switchback_catalog::{Endpoint, Source};
use switchback_units::{Millis, Money, Timestamp};

use crate::{
    Attempt, Backoff, Cost, Excluded, GiveUp, Goal, Leg, Naming, Plan, Retry, RetryAfter, Rewrite, Target, Timeouts,
    Triggers, Warmth,
};

/// What the model string was read as, where that is more than a model's name.
pub(crate) fn reading(naming: &Naming) -> Option<String> {
    let named = match &naming.target {
        Target::Auto => return Some("any model of the pool".to_owned()),
        Target::Model(named) => named,
    };
    let mut parts = Vec::new();
    if named.family != naming.text {
        parts.push(format!("model {}", named.family));
    }
    if let Some(provider) = &named.provider {
        parts.push(format!("pinned to {provider}"));
    }
    if let Some(version) = &named.version {
        parts.push(format!("version {version}"));
    }
    if let Some(region) = &named.region {
        parts.push(format!("region {region}"));
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// What a leg leads to: the model string or the pool.
pub(crate) fn goal(goal: &Goal) -> String {
    match goal {
        Goal::Model(naming) if naming.text.is_empty() => "no model".to_owned(),
        Goal::Model(_) | Goal::Pool(_) => goal.text(),
    }
}

/// What a plan is for: the goal of its first leg.
pub(crate) fn subject(plan: &Plan) -> String {
    plan.legs().first().map_or_else(|| "no model".to_owned(), |leg| goal(&leg.goal))
}

/// `models.dev 1.0.398 of 2026-05-21, 184 days old`.
pub(crate) fn source(source: &Source, now: Timestamp) -> String {
    let date = source.date.to_string();
    let version = if source.version == date { String::new() } else { format!(" {}", source.version) };
    format!("{}{version} of {date}, {}", source.name, age(source, now))
}

/// How old a source is on the day that the plan was made for.
pub(crate) fn age(source: &Source, now: Timestamp) -> String {
    const DAY: u64 = 86_400_000;
    let days = source.date.to_rfc3339().parse::<Timestamp>().ok().and_then(|date| now.checked_since(date));
    match days.map(|span| span.get() / DAY) {
        None => "later than this plan".to_owned(),
        Some(0) => "less than a day old".to_owned(),
        Some(days) => format!("{} old", counted(usize::try_from(days).unwrap_or(usize::MAX), "day")),
    }
}

/// `bedrock`, `bedrock eu`, `openai (flex)`.
pub(crate) fn place(endpoint: &Endpoint) -> String {
    let provider = endpoint.provider();
    let place = endpoint.region().map_or_else(|| provider.to_owned(), |region| format!("{provider} {region}"));
    let tier = endpoint.tier();
    if tier.is_standard() { place } else { format!("{place} ({tier})") }
}

/// `$0.0012 ($0.00013 to $0.041)`.
pub(crate) fn cost(cost: Cost) -> String {
    format!("{} ({})", money(cost.expected), interval(cost))
}

/// `$0.00013 to $0.041`, `from $0.00013`.
pub(crate) fn interval(cost: Cost) -> String {
    let low = money(cost.low);
    cost.high.map_or_else(|| format!("from {low}"), |high| format!("{low} to {}", money(high)))
}

/// At least two digits that say something: `$1.25`, `$0.00034`.
pub(crate) fn money(amount: Money) -> String {
    let says_something = |places: &usize| {
        let unit = u32::try_from(*places).ok().and_then(|places| 10_u128.checked_pow(12_u32.saturating_sub(places)));
        unit.is_some_and(|unit| amount.pico_dollars() / unit >= 10)
    };
    let places = (2..12).find(says_something).unwrap_or(2);
    format!("{amount:.places$}")
}

/// `620 ms`, `1.5 s`, `2 min`.
pub(crate) fn span(span: Millis) -> String {
    match span.get() {
        millis @ 0..1_000 => format!("{millis} ms"),
        millis if millis >= 60_000 && millis % 60_000 == 0 => format!("{} min", millis / 60_000),
        millis if millis % 1_000 == 0 => format!("{} s", millis / 1_000),
        millis => {
            let tenths = millis / 100;
            format!("{}.{} s", tenths / 10, tenths % 10)
        }
    }
}

/// `up 99.7 %, 620 ms`, or that nobody measured it.
pub(crate) fn health(attempt: &Attempt) -> String {
    let mut parts = Vec::new();
    if let Some(uptime) = attempt.health.uptime {
        parts.push(format!("up {:.1} %", uptime.get() * 100.0));
    }
    if let Some(latency) = attempt.health.latency_ms {
        parts.push(span(latency));
    }
    if parts.is_empty() { "not measured".to_owned() } else { parts.join(", ") }
}

/// The names of what nobody knows of an attempt.
pub(crate) fn unverified(attempt: &Attempt) -> Vec<&'static str> {
    let version = attempt.version_untold.then_some("version");
    version.into_iter().chain(attempt.verdict.unverified().iter().map(switchback_ir::Feature::name)).collect()
}

/// `20000 tokens warm since 2026-11-21T10:00:00.000Z, which saves $0.069 and 800 ms`; `None` of a cold endpoint.
pub(crate) fn warm(attempt: &Attempt, warmth: &Warmth) -> Option<String> {
    let tokens = attempt.cached.filter(|tokens| tokens.get() > 0)?;
    let since = warmth.since.map_or_else(|| "by the conversation's place".to_owned(), |since| format!("since {since}"));
    let tokens = counted(usize::try_from(tokens.get()).unwrap_or(usize::MAX), "token");
    let time = if warmth.saves_ms > Millis::ZERO { format!(" and {}", span(warmth.saves_ms)) } else { String::new() };
    Some(format!("{tokens} warm {since}, which saves {}{time}", money(warmth.saves)))
}

/// `failure`, where the triggers are the default, `no failure`, or their words.
pub(crate) fn triggers(triggers: &Triggers) -> String {
    if triggers.is_empty() {
        "no failure".to_owned()
    } else if *triggers == Triggers::default() {
        "failure".to_owned()
    } else {
        triggers.to_string()
    }
}

/// `retry twice on 429, 5xx, waiting 500 ms to 8 s`; `None` where nothing is retried.
pub(crate) fn retries(retry: &Retry) -> Option<String> {
    let mut counts: Vec<String> =
        retry.per.iter().map(|(word, count)| format!("{} on {word}", times(*count))).collect();
    if retry.attempts > 0 {
        let on = if retry.on == Triggers::retryable() { String::new() } else { format!(" on {}", retry.on) };
        counts.insert(0, format!("{}{on}", times(retry.attempts)));
    }
    if retry.attempts == 0 && retry.per.values().all(|count| *count == 0) {
        return None;
    }
    let Backoff { first_ms, max_ms, .. } = retry.backoff;
    let asked = match retry.retry_after {
        RetryAfter::Honour => "",
        RetryAfter::Ignore => ", whatever the answer asks for",
    };
    let waits = if first_ms < max_ms { format!("{} to {}", span(first_ms), span(max_ms)) } else { span(max_ms) };
    Some(format!("retry {}, waiting {waits}{asked}", counts.join(", ")))
}

fn times(count: u32) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        count => format!("{count} times"),
    }
}

/// `at most 30 s, first token 8 s`; `None` where there is no limit.
pub(crate) fn limits(timeouts: &Timeouts) -> Option<String> {
    let phases = [
        ("at most", timeouts.total_ms),
        ("connect", timeouts.connect_ms),
        ("first token", timeouts.first_token_ms),
        ("idle", timeouts.idle_ms),
    ];
    let parts: Vec<String> =
        phases.into_iter().filter_map(|(phase, limit)| Some(format!("{phase} {}", span(limit?)))).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// `set max_tokens = 512`, `drop logit_bias`: one for each change.
pub(crate) fn changes(rewrite: &Rewrite) -> Vec<String> {
    let set = rewrite.set.iter().map(|(path, value)| format!("set {path} = {value}"));
    let default = rewrite.default.iter().map(|(path, value)| format!("default {path} = {value}"));
    rewrite.drop.iter().map(|path| format!("drop {path}")).chain(default).chain(set).collect()
}

/// What holds within a leg beyond the default, one phrase each: failover, retries, limits of time.
pub(crate) fn rules(leg: &Leg) -> Vec<String> {
    let failover = (leg.failover != Triggers::default()).then(|| format!("next on {}", triggers(&leg.failover)));
    failover.into_iter().chain(retries(&leg.retry)).chain(limits(&leg.timeouts)).collect()
}

/// `after 5 attempts or 30 s`; `None` where the request is never given up before all failed.
pub(crate) fn give_up(give_up: GiveUp) -> Option<String> {
    let attempts = give_up.after_attempts.map(|count| counted(usize::try_from(count).unwrap_or(usize::MAX), "attempt"));
    let parts: Vec<String> = attempts.into_iter().chain(give_up.after_ms.map(span)).collect();
    (!parts.is_empty()).then(|| format!("after {}", parts.join(" or ")))
}

/// The ranks of the attempts of a leg, from 1.
pub(crate) fn attempts_of(plan: &Plan, leg: usize) -> Vec<usize> {
    plan.attempts().iter().zip(1..).filter(|(attempt, _)| attempt.leg == leg).map(|(_, rank)| rank).collect()
}

/// The excluded endpoints, those that failed last first: they came nearest, and a reader looks for them.
pub(crate) fn nearest_first(plan: &Plan) -> Vec<&Excluded> {
    let mut nearest: Vec<&Excluded> = plan.excluded().iter().collect();
    nearest.sort_by_key(|excluded| std::cmp::Reverse(excluded.reason.constraint()));
    nearest
}

/// `1, 3 to 7`.
pub(crate) fn listed(ranks: &[usize]) -> String {
    let runs = ranks.chunk_by(|a, b| a.saturating_add(1) == *b);
    let run = |run: &[usize]| match (run.first(), run.last()) {
        (Some(first), Some(last)) if first != last => format!("{first} to {last}"),
        (first, _) => first.map(usize::to_string).unwrap_or_default(),
    };
    runs.map(run).collect::<Vec<_>>().join(", ")
}

pub(crate) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
