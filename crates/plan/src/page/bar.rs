//! The parts of a score as one bar.

use std::fmt::{self, Write};

use switchback_units::Money;

use super::markup::Safe;
use crate::{Attempt, Plan, Score, phrase};

/// What the width of every bar stands for.
#[derive(Clone, Copy)]
pub(super) struct Scale(Money);

/// The attempts that the scale is made for. Of hundreds, the last cost a thousand times as much as the first, and on a
/// scale for all of them nothing could be told of those that a request gets to.
const SCALED: usize = 20;

impl Scale {
    /// As wide as the widest of the first attempts; longer bars are cut.
    pub(super) fn of(plan: &Plan) -> Self {
        let widest = plan.attempts().iter().take(SCALED).map(reach).max();
        Self(widest.unwrap_or(Money::ZERO))
    }

    pub(super) const fn full(self) -> Money {
        self.0
    }

    /// A share of the full width in thousandths.
    fn permille(self, amount: Money) -> u128 {
        amount.saturating_mul(1_000).pico_dollars().checked_div(self.0.pico_dollars()).unwrap_or(0)
    }
}

/// All that is drawn of an attempt: its parts, and what its warm cache saves.
fn reach(attempt: &Attempt) -> Money {
    gross(&attempt.score).saturating_add(attempt.warmth.as_ref().map_or(Money::ZERO, |warmth| warmth.saves))
}

/// The parts before what staying is worth is taken off.
fn gross(score: &Score) -> Money {
    score.cost.unwrap_or(Money::ZERO).saturating_add(score.burden())
}

/// The bar, and the same in words.
pub(super) fn write(attempt: &Attempt, scale: Scale, out: &mut String) -> fmt::Result {
    let score = &attempt.score;
    write!(out, "<span class=\"bar\" role=\"img\" aria-label=\"{}\">", Safe(words(score)))?;
    let mut from = 0;
    let parts = [("cost", score.cost.unwrap_or(Money::ZERO)), ("wait", score.latency), ("fail", score.failure)];
    for (class, amount) in parts {
        from = segment(class, from, scale.permille(amount), out)?;
    }
    if let Some(warmth) = &attempt.warmth {
        let stay = scale.permille(score.stay).min(from);
        segment("stay", from.saturating_sub(stay), stay, out)?;
        segment("saved", from, scale.permille(warmth.saves), out)?;
    }
    if score.cost.is_none() {
        out.push_str("<i class=\"unknown\">price unknown</i>");
    }
    if reach(attempt) > scale.full() {
        out.push_str("<i class=\"cut\" title=\"longer than the scale\"></i>");
    }
    out.push_str("</span>");
    Ok(())
}

/// Draws a part and says where it ends.
fn segment(class: &str, from: u128, width: u128, out: &mut String) -> Result<u128, fmt::Error> {
    let end = from.saturating_add(width);
    let (start, shown) = (from.min(1_000), end.min(1_000).saturating_sub(from.min(1_000)));
    if shown > 0 {
        let percent = |permille: u128| format!("{}.{}%", permille / 10, permille % 10);
        write!(out, "<i class=\"{class}\" style=\"left:{};width:{}\"></i>", percent(start), percent(shown))?;
    }
    Ok(end)
}

/// `cost $0.0042, waiting $0.0008, failures $0.0010; less $0.0002 for staying`.
fn words(score: &Score) -> String {
    let cost = score.cost.map_or_else(|| "unknown".to_owned(), phrase::money);
    let mut text =
        format!("cost {cost}, waiting {}, failures {}", phrase::money(score.latency), phrase::money(score.failure));
    if score.stay > Money::ZERO {
        // Writing to a string cannot fail.
        let _ = write!(text, "; less {} for staying", phrase::money(score.stay));
    }
    text
}
