//! Why there is nothing to try, and what would help.

use std::fmt::{self, Write};

use super::markup::Name;
use crate::{Refusal, Relaxation, phrase};

pub(super) fn write(refusal: &Refusal, out: &mut String) -> fmt::Result {
    writeln!(
        out,
        "<section class=\"refusal\" aria-labelledby=\"refused\">\n<h2 id=\"refused\">Refused: {}</h2>\n<p><code>{}</code></p>",
        Name(refusal),
        refusal.code()
    )?;
    if let Refusal::NothingEligible { relax } = refusal {
        relaxations(relax, out)?;
    }
    out.push_str("</section>\n");
    Ok(())
}

fn relaxations(relax: &[Relaxation], out: &mut String) -> fmt::Result {
    let intro = match relax {
        [] => "Nothing that can be relaxed would help.",
        [_] => "The least that would have to change:",
        _ => "The least that would have to change, any one of these:",
    };
    writeln!(out, "<p>{intro}</p>")?;
    if relax.is_empty() {
        return Ok(());
    }
    out.push_str("<ol class=\"relax\" role=\"list\">\n");
    for relaxation in relax {
        let (endpoints, example) = (phrase::counted(relaxation.endpoints, "endpoint"), Name(&relaxation.example));
        writeln!(out, "<li><p>For <strong>{endpoints}</strong>, such as {example}:</p>\n<ul>")?;
        for relaxed in &relaxation.constraints {
            let subject = &relaxed.subject;
            let subject = if subject.is_empty() { String::new() } else { format!(" ({})", Name(subject)) };
            let (code, remedy) = (relaxed.constraint.code(), Name(relaxed.constraint.remedy()));
            writeln!(out, "<li><b>{remedy}</b> <code>{code}</code>{subject}</li>")?;
        }
        out.push_str("</ul></li>\n");
    }
    out.push_str("</ol>\n");
    Ok(())
}
