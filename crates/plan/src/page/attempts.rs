//! The attempts in order: each a line to look at, with the rest folded under it.

use std::fmt::{self, Write};

use switchback_capability::Step;
use switchback_units::{Money, Tokens};

use super::bar::{self, Scale};
use super::markup::{Name, Safe, fact};
use crate::{Attempt, Order, Plan, Score, phrase};

/// The most attempts of a stretch that are shown from the start.
const SHOWN: usize = 25;

pub(super) fn write(plan: &Plan, out: &mut String) -> fmt::Result {
    if plan.attempts().is_empty() {
        return Ok(());
    }
    let scale = Scale::of(plan);
    out.push_str("<section id=\"attempts\" aria-labelledby=\"tried\">\n");
    writeln!(
        out,
        "<h2 id=\"tried\">Attempts <small>{} in order, sorted by {}</small></h2>",
        plan.attempts().len(),
        Safe(plan.sort())
    )?;
    legend(plan, scale, out)?;
    let numbered: Vec<(usize, &Attempt)> = (1..).zip(plan.attempts()).collect();
    let stretches = numbered.chunk_by(|(_, a), (_, b)| is_one_stretch(plan, a, b));
    for (at, stretch) in stretches.enumerate() {
        if let Some((_, first)) = stretch.first() {
            lead(plan, at, first, out)?;
        }
        list(plan, stretch, scale, out)?;
    }
    out.push_str("</section>\n");
    Ok(())
}

/// Whether two attempts are sorted together.
fn is_one_stretch(plan: &Plan, a: &Attempt, b: &Attempt) -> bool {
    let rank = |attempt| plan.leg(attempt).and_then(|leg| leg.rules.rank);
    a.leg == b.leg || (rank(a).is_some() && rank(a) == rank(b))
}

fn legend(plan: &Plan, scale: Scale, out: &mut String) -> fmt::Result {
    let has = |part: fn(&Attempt) -> Money| plan.attempts().iter().any(|attempt| part(attempt) > Money::ZERO);
    out.push_str("<p class=\"legend\"><span><i class=\"cost\"></i>expected cost</span><span><i class=\"wait\"></i>");
    out.push_str("waiting</span><span><i class=\"fail\"></i>failures</span>");
    if has(|attempt| attempt.score.stay) {
        out.push_str("<span><i class=\"stay\"></i>taken off for staying</span>");
    }
    if has(|attempt| attempt.warmth.as_ref().map_or(Money::ZERO, |warmth| warmth.saves)) {
        out.push_str("<span><i class=\"saved\"></i>saved by a warm cache</span>");
    }
    writeln!(out, "<span class=\"full\">full width {}</span></p>", phrase::money(scale.full()))?;
    if plan.sort().by != Order::Score {
        writeln!(
            out,
            "<p class=\"remark\">The bars are the default score; this plan is sorted by {} before it.</p>",
            Safe(plan.sort())
        )?;
    }
    Ok(())
}

/// What leads to a stretch, where it is not the first.
fn lead(plan: &Plan, at: usize, first: &Attempt, out: &mut String) -> fmt::Result {
    let Some(leg) = plan.leg(first) else { return Ok(()) };
    let goal = Name(phrase::goal(&leg.goal));
    if at > 0 {
        writeln!(
            out,
            "<p class=\"lead\"><span>on {}</span> then <b>{goal}</b></p>",
            Safe(phrase::triggers(&leg.rules.on))
        )?;
    }
    Ok(())
}

fn list(plan: &Plan, stretch: &[(usize, &Attempt)], scale: Scale, out: &mut String) -> fmt::Result {
    let (shown, folded) = stretch.split_at_checked(SHOWN).unwrap_or((stretch, &[]));
    let mut band = 0;
    let mut before: Option<&Attempt> = None;
    out.push_str("<div class=\"stretch-of\">\n<ol class=\"attempts\" role=\"list\">\n");
    for (place, (rank, attempt)) in stretch.iter().enumerate() {
        if place == shown.len() {
            let more = phrase::counted(folded.len(), "more attempt");
            writeln!(
                out,
                "</ol>\n<details class=\"more\"><summary>{more}</summary>\n<ol class=\"attempts\" role=\"list\">"
            )?;
        }
        if before.is_some_and(|before| is_less_fit(before, attempt)) {
            band += 1;
        }
        before = Some(attempt);
        item(plan, *rank, band, attempt, scale, out)?;
    }
    out.push_str(if folded.is_empty() { "</ol>\n</div>\n" } else { "</ol>\n</details>\n</div>\n" });
    Ok(())
}

/// Whether something that comes before any score stands between two neighbours.
fn is_less_fit(before: &Attempt, after: &Attempt) -> bool {
    let grade = |attempt: &Attempt| (attempt.verdict.cost(), attempt.fit(), attempt.despite.is_some());
    grade(before) != grade(after)
}

fn item(plan: &Plan, rank: usize, band: usize, attempt: &Attempt, scale: Scale, out: &mut String) -> fmt::Result {
    let Score { cost, latency, failure, stay, .. } = attempt.score;
    let priced = cost.map(|cost| format!(" data-cost=\"{}\"", cost.pico_dollars())).unwrap_or_default();
    writeln!(
        out,
        "<li class=\"attempt\" data-endpoint=\"{}\" data-rank=\"{rank}\" data-band=\"{band}\"{priced} data-wait=\"{}\" \
         data-fail=\"{}\" data-stay=\"{}\">\n<details><summary>",
        attempt.id(),
        latency.pico_dollars(),
        failure.pico_dollars(),
        stay.pico_dollars()
    )?;
    write!(
        out,
        "<span class=\"rank\">{rank}</span><span class=\"who\"><b>{}</b> <span class=\"model\">{}</span> <span \
         class=\"badge\">{}</span>",
        Name(phrase::place(&attempt.endpoint)),
        Name(attempt.target_model()),
        attempt.protocol
    )?;
    badges(attempt, out)?;
    let expected = attempt.cost.map_or_else(|| "price unknown".to_owned(), |cost| phrase::money(cost.expected));
    write!(out, "</span><span class=\"price\"><b>{expected}</b>")?;
    if let Some(cost) = attempt.cost {
        write!(out, " <small>{}</small>", phrase::interval(cost))?;
    }
    out.push_str("</span>");
    bar::write(attempt, scale, out)?;
    let total = attempt.score.total().map_or_else(|| "unknown".to_owned(), phrase::money);
    let health = Safe(phrase::health(attempt));
    writeln!(out, "<span class=\"total\">score <b>{total}</b> <small>{health}</small></span></summary>")?;
    rest(plan, attempt, out)?;
    out.push_str("</details>\n");
    remarks(attempt, out)?;
    out.push_str("</li>\n");
    Ok(())
}

fn badges(attempt: &Attempt, out: &mut String) -> fmt::Result {
    let fit = attempt.fit();
    write!(out, "<span class=\"badge {fit}\">{fit}</span>")?;
    if attempt.cached.is_some_and(|tokens| tokens > Tokens::ZERO) {
        out.push_str("<span class=\"badge warm\">warm</span>");
    }
    if attempt.stateless {
        out.push_str("<span class=\"badge\">nothing stored</span>");
    }
    if attempt.despite.is_some() {
        out.push_str("<span class=\"badge degraded\">last resort</span>");
    }
    Ok(())
}

/// What nobody should have to unfold: what is changed in the request, and why something is tried at all.
fn remarks(attempt: &Attempt, out: &mut String) -> fmt::Result {
    if !attempt.steps().is_empty() {
        out.push_str("<ul class=\"steps\" role=\"list\" aria-label=\"Degradation\">");
        for step in attempt.steps() {
            write!(out, "<li title=\"{}\"><b>{}</b> {}</li>", Safe(step), step.name(), step.feature)?;
        }
        out.push_str("</ul>\n");
    }
    if let Some(despite) = &attempt.despite {
        writeln!(out, "<p class=\"despite\">Tried although {}.</p>", Name(despite))?;
    }
    Ok(())
}

/// What is folded under an attempt.
fn rest(plan: &Plan, attempt: &Attempt, out: &mut String) -> fmt::Result {
    out.push_str("<div class=\"under\">\n");
    parts(attempt, out)?;
    out.push_str("<dl>\n");
    fact("protocol", attempt.protocol, out)?;
    let unverified = phrase::unverified(attempt);
    if !unverified.is_empty() {
        fact("nobody says whether it has", unverified.join(", "), out)?;
    }
    warmth(attempt, out)?;
    if !attempt.credentials.is_empty() {
        fact("credentials", attempt.credentials.join(" or "), out)?;
    }
    if let Some(leg) = plan.leg(attempt) {
        let number = attempt.leg.saturating_add(1);
        fact("leg", format_args!("{number}: {}, from {}", phrase::goal(&leg.goal), leg.path), out)?;
        fact("retries", phrase::retries(&leg.rules.retry).as_deref().unwrap_or("none"), out)?;
        fact("limits of time", phrase::limits(&leg.rules.timeouts).as_deref().unwrap_or("none"), out)?;
        fact("next of its leg on", &leg.rules.failover, out)?;
    }
    for leg in &attempt.also {
        if let Some(other) = plan.legs().get(*leg) {
            let number = leg.saturating_add(1);
            fact("also by leg", format_args!("{number} on {}", phrase::triggers(&other.rules.on)), out)?;
        }
    }
    fact("endpoint", format_args!("{} {}", attempt.id(), attempt.endpoint.canonical()), out)?;
    out.push_str("</dl>\n");
    steps(attempt.steps(), out)?;
    out.push_str("</div>\n");
    Ok(())
}

/// The parts of the score as a table.
fn parts(attempt: &Attempt, out: &mut String) -> fmt::Result {
    let Score { cost, latency, failure, stay, .. } = attempt.score;
    let unknown = || "unknown".to_owned();
    let row = |name: &str, amount: &str, out: &mut String| {
        writeln!(out, "<tr><th scope=\"row\">{name}</th><td>{amount}</td></tr>")
    };
    out.push_str("<table class=\"parts\"><caption>Parts of the score</caption>\n<tbody>\n");
    row("expected cost", &cost.map_or_else(unknown, phrase::money), out)?;
    row("waiting", &phrase::money(latency), out)?;
    row("failures", &phrase::money(failure), out)?;
    if stay > Money::ZERO {
        row("staying", &format!("−{}", phrase::money(stay)), out)?;
    }
    row("<b>score</b>", &attempt.score.total().map_or_else(unknown, phrase::money), out)?;
    out.push_str("</tbody></table>\n");
    Ok(())
}

fn warmth(attempt: &Attempt, out: &mut String) -> fmt::Result {
    match attempt.cached {
        Some(tokens) if tokens > Tokens::ZERO => fact("cached tokens", tokens, out)?,
        Some(_) | None => {}
    }
    let Some(warmth) = &attempt.warmth else { return Ok(()) };
    if let Some(warm) = phrase::warm(attempt, warmth) {
        fact("warmth", warm, out)?;
    }
    if let Some(until) = warmth.until {
        fact("warm until", until, out)?;
    }
    if let Some(key) = &warmth.cache_key {
        fact("prompt cache key", format_args!("{} ({})", key.key, key.why), out)?;
    }
    Ok(())
}

fn steps(steps: &[Step], out: &mut String) -> fmt::Result {
    if steps.is_empty() {
        return Ok(());
    }
    out.push_str(
        "<table class=\"degradation\"><caption>What is changed in the request</caption>\n<thead><tr><th scope=\"col\">\
         step</th><th scope=\"col\">feature</th><th scope=\"col\">importance</th><th scope=\"col\">because</th></tr>\
         </thead>\n<tbody>\n",
    );
    for step in steps {
        writeln!(
            out,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td></tr>",
            step.name(),
            step.feature,
            step.importance.name(),
            step.cause.name()
        )?;
    }
    out.push_str("</tbody></table>\n");
    Ok(())
}
