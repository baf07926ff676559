//! What the plan is for, what came out, and what else a reader should know.

use std::fmt::{self, Write};

use switchback_catalog::Source;
use switchback_ir::Protocol;

use super::markup::{Name, Safe, fact};
use crate::{Plan, phrase};

pub(super) fn write(plan: &Plan, out: &mut String) -> fmt::Result {
    writeln!(out, "<header>\n<p class=\"kicker\">Switchback plan <code>{}</code></p>", plan.fingerprint())?;
    writeln!(out, "<h1>{}</h1>", Name(phrase::subject(plan)))?;
    if let Some(reading) = plan.legs().first().and_then(|leg| leg.goal.naming()).and_then(phrase::reading) {
        writeln!(out, "<p class=\"reading\">read as {}</p>", Name(reading))?;
    }
    outcome(plan, out)?;
    notes(plan, out)?;
    facts(plan, out)?;
    out.push_str("</header>\n");
    Ok(())
}

/// What a reader came for, in one line: where the request goes first, or that it goes nowhere.
fn outcome(plan: &Plan, out: &mut String) -> fmt::Result {
    let Some(first) = plan.attempts().first() else {
        return writeln!(out, "<p class=\"outcome no\"><strong>Refused.</strong> There is nothing to try.</p>");
    };
    write!(out, "<p class=\"outcome\">Goes first to <strong>{}</strong>", Name(phrase::place(&first.endpoint)))?;
    if let Some(cost) = first.cost {
        write!(out, ", expected to cost <strong>{}</strong>", phrase::money(cost.expected))?;
    }
    let legs = plan.legs().len();
    let way = if legs > 1 { format!(" in {legs} legs") } else { String::new() };
    writeln!(out, ". {}{way} to try.</p>", phrase::counted(plan.attempts().len(), "attempt"))
}

fn notes(plan: &Plan, out: &mut String) -> fmt::Result {
    if plan.notes().is_empty() {
        return Ok(());
    }
    out.push_str("<ul class=\"notes\" role=\"list\" aria-label=\"Notes\">\n");
    for note in plan.notes() {
        writeln!(out, "<li><b>Note</b> {} <code>{}</code></li>", Name(note), note.code())?;
    }
    out.push_str("</ul>\n");
    Ok(())
}

fn facts(plan: &Plan, out: &mut String) -> fmt::Result {
    out.push_str("<dl class=\"facts\">\n");
    fact("came in", plan.protocol().map_or("an unknown protocol", Protocol::name), out)?;
    fact("sorted by", plan.sort(), out)?;
    fact("policy", plan.policy().unwrap_or("no version named"), out)?;
    if let Some(given_up) = phrase::give_up(plan.give_up()) {
        fact("given up", given_up, out)?;
    }
    fact("planned for", plan.now(), out)?;
    fact("seed", plan.seed(), out)?;
    if plan.others() > 0 {
        fact("other models", format_args!("{} endpoints", plan.others()), out)?;
    }
    out.push_str("</dl>\n<details class=\"sources\"><summary>Catalog");
    let dated = |source: &&Source| source.date;
    if let (Some(newest), Some(oldest)) =
        (plan.catalog().iter().max_by_key(dated), plan.catalog().iter().min_by_key(dated))
    {
        let [newest, oldest] = [newest, oldest].map(|source| phrase::age(source, plan.now()));
        let number = phrase::counted(plan.catalog().len(), "source");
        let oldest = if oldest == newest { String::new() } else { format!(", the oldest {oldest}") };
        write!(out, ": {number}, the newest {}{}", Safe(newest), Safe(oldest))?;
    }
    out.push_str("</summary>\n<ul>\n");
    for source in plan.catalog() {
        writeln!(out, "<li>{}</li>", Name(phrase::source(source, plan.now())))?;
    }
    out.push_str("</ul></details>\n");
    Ok(())
}
