//! The legs as a diagram: what is tried, what leads from one to the next, and the rules on the way.

use std::fmt::{self, Write};

use super::markup::{Name, Safe};
use crate::{Plan, PlannedLeg, phrase};

pub(super) fn write(plan: &Plan, out: &mut String) -> fmt::Result {
    let is_plain = |leg: &PlannedLeg| phrase::rules(&leg.rules).is_empty() && leg.rewrites.is_empty();
    if plan.legs().len() < 2 && plan.legs().iter().all(is_plain) {
        return Ok(());
    }
    out.push_str(
        "<section aria-labelledby=\"way\">\n<h2 id=\"way\">The way</h2>\n<ol class=\"chain\" role=\"list\">\n",
    );
    let mut first = 0;
    for stretch in stretches(plan.legs()) {
        out.push_str("<li>");
        if first > 0 {
            let on: Vec<String> = stretch.iter().map(|leg| phrase::triggers(&leg.rules.on)).collect();
            write!(out, "<span class=\"arrow\"><span>on {}</span></span>", Safe(distinct(on).join("; ")))?;
        }
        out.push_str("<div class=\"stretch\">\n");
        for (index, leg) in (first..).zip(stretch) {
            card(plan, index, leg, out)?;
        }
        out.push_str("</div></li>\n");
        first = first.saturating_add(stretch.len());
    }
    out.push_str("</ol>\n</section>\n");
    Ok(())
}

/// Legs in a row that are sorted together.
fn stretches(legs: &[PlannedLeg]) -> impl Iterator<Item = &[PlannedLeg]> {
    legs.chunk_by(|a, b| a.rules.rank.is_some() && a.rules.rank == b.rules.rank)
}

fn card(plan: &Plan, index: usize, leg: &PlannedLeg, out: &mut String) -> fmt::Result {
    writeln!(out, "<div class=\"leg\"><p class=\"goal\">{}</p>", Name(phrase::goal(&leg.goal)))?;
    let attempts = phrase::attempts_of(plan, index);
    let tried = match attempts.as_slice() {
        [] => "nothing to try".to_owned(),
        [only] => format!("attempt {only}"),
        several => format!("attempts {}", phrase::listed(several)),
    };
    writeln!(out, "<p class=\"tried\">{tried}</p>\n<p class=\"path\">{}</p>", Name(&leg.path))?;
    let changes: Vec<String> = leg.rewrites.iter().flat_map(phrase::changes).collect();
    let rules = phrase::rules(&leg.rules);
    if !rules.is_empty() || !changes.is_empty() {
        out.push_str("<ul>");
        for rule in rules.iter().chain(&changes) {
            write!(out, "<li>{}</li>", Name(rule))?;
        }
        out.push_str("</ul>");
    }
    out.push_str("</div>\n");
    Ok(())
}

/// Each once, in the order of their first.
fn distinct(texts: Vec<String>) -> Vec<String> {
    let mut known: Vec<String> = Vec::new();
    for text in texts {
        if !known.contains(&text) {
            known.push(text);
        }
    }
    known
}
