//! What is left out, by the first constraint that it does not meet.

use std::fmt::{self, Write};

use switchback_ir::Protocol;

use super::markup::{Name, Safe};
use crate::{Constraint, Excluded, Plan, phrase};

/// The most endpoints left out for which every list is open from the start.
const OPEN: usize = 12;

pub(super) fn write(plan: &Plan, out: &mut String) -> fmt::Result {
    let nearest = phrase::nearest_first(plan);
    if nearest.is_empty() {
        return Ok(());
    }
    let groups: Vec<&[&Excluded]> = nearest.chunk_by(|a, b| a.reason.constraint() == b.reason.constraint()).collect();
    let most = groups.iter().map(|group| group.len()).max().unwrap_or(1);
    let open = if nearest.len() <= OPEN { " open" } else { "" };
    writeln!(
        out,
        "<section id=\"left-out\" aria-labelledby=\"left\">\n<h2 id=\"left\">Left out <small>{}, by the first \
         constraint that each does not meet; what came nearest first</small></h2>",
        phrase::counted(nearest.len(), "endpoint")
    )?;
    out.push_str(
        "<p class=\"filter\" hidden><label>Show only <input type=\"search\" placeholder=\"provider, model, reason\">\
         </label> <output></output></p>\n",
    );
    for group in groups {
        if let Some(first) = group.first() {
            constraint(first.reason.constraint(), group, most, open, out)?;
        }
    }
    out.push_str("</section>\n");
    Ok(())
}

fn constraint(constraint: Constraint, group: &[&Excluded], most: usize, open: &str, out: &mut String) -> fmt::Result {
    let share = group.len().saturating_mul(100).checked_div(most).unwrap_or(0).max(1);
    writeln!(
        out,
        "<details class=\"constraint\" data-code=\"{code}\"{open}>\n<summary><span class=\"count\">{}</span> \
         <span class=\"about\">{} <code>{code}</code></span><span class=\"tally\"><i style=\"width:{share}%\"></i></span>\
         </summary>\n<p class=\"remedy\">To re-admit: {}.</p>",
        group.len(),
        Safe(constraint.about()),
        Safe(constraint.remedy()),
        code = constraint.code(),
    )?;
    writeln!(
        out,
        "<div class=\"scroll\"><table><caption>Left out by <code>{}</code></caption>\n<thead><tr><th scope=\"col\">\
         provider</th><th scope=\"col\">model</th><th scope=\"col\">protocol</th><th scope=\"col\">whose</th>\
         <th scope=\"col\">because</th></tr></thead>\n<tbody>",
        constraint.code()
    )?;
    for excluded in group {
        row(excluded, out)?;
    }
    out.push_str("</tbody></table></div>\n</details>\n");
    Ok(())
}

fn row(excluded: &Excluded, out: &mut String) -> fmt::Result {
    let endpoint = &excluded.endpoint;
    writeln!(
        out,
        "<tr data-endpoint=\"{}\"><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
        endpoint.id(),
        Name(phrase::place(endpoint)),
        Name(endpoint.upstream_id()),
        endpoint.protocol().map_or("none", Protocol::name),
        Name(excluded.reason.level().unwrap_or("")),
        Name(&excluded.reason)
    )
}
