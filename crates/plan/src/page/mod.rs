//! A plan as a page that people look at. Rendering only: everything shown is in the plan.

mod attempts;
mod bar;
mod chain;
mod exclusions;
mod header;
mod markup;
mod refusal;
mod script;

use std::fmt::{self, Write};

use crate::Plan;

use markup::Safe;

impl Plan {
    /// The plan as one HTML page that needs no other file, with a line end at the end: the way through the legs, each
    /// attempt with the parts of its score as a bar, every endpoint that is left out under its constraint, and what
    /// would help where there is nothing to try.
    ///
    /// It follows the reader's light or dark scheme, reads on a phone and prints. A small script asks *what if* the
    /// weights of the score were others, or a constraint went; without it the page is whole. Text from requests,
    /// policies, catalogs and inventories is escaped, and the page's own security policy runs no script but that one
    /// and loads nothing. The same plan gives the same bytes. Cost: it grows with the number of candidates, about 2 kB
    /// an attempt.
    ///
    /// ```
    /// # use switchback_catalog::Catalog;
    /// # use switchback_ir::Request;
    /// # use switchback_plan::{Caller, Demand, Inputs, Policy, Signals, plan};
    /// # let catalog = Catalog::embedded();
    /// let request = Request::new("</h1><script>alert(1)</script>");
    /// # let plan = plan(&Inputs {
    /// #     demand: &Demand::of(&request),
    /// #     catalog: &catalog,
    /// #     policy: &Policy::default(),
    /// #     inventory: None,
    /// #     caller: &Caller::default(),
    /// #     signals: Signals::default(),
    /// #     now: switchback_units::Timestamp::from_millis(0),
    /// #     seed: 0,
    /// #     overlay: None,
    /// #     rewriter: None,
    /// #     ownership: None,
    /// #     lean: false,
    /// # });
    /// let page = plan.to_html();
    /// assert!(page.starts_with("<!doctype html>"));
    /// assert!(page.contains("&lt;/h1&gt;") && !page.contains("alert(1)</script>"));
    /// ```
    pub fn to_html(&self) -> String {
        let mut out = String::with_capacity(65_536);
        // Writing to a string cannot fail.
        let _ = write(self, &mut out);
        out
    }
}

fn write(plan: &Plan, out: &mut String) -> fmt::Result {
    let subject = crate::phrase::subject(plan);
    out.push_str("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    writeln!(out, "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">", script::policy())?;
    out.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    out.push_str("<meta name=\"color-scheme\" content=\"light dark\">\n");
    writeln!(out, "<title>{} · plan {}</title>", Safe(&subject), plan.fingerprint())?;
    writeln!(out, "<style>\n{}</style>\n</head>\n<body>", include_str!("style.css"))?;
    header::write(plan, out)?;
    out.push_str("<main>\n");
    if let Some(refusal) = plan.refusal() {
        refusal::write(refusal, out)?;
    }
    chain::write(plan, out)?;
    out.push_str(script::PANEL);
    attempts::write(plan, out)?;
    exclusions::write(plan, out)?;
    out.push_str("</main>\n");
    writeln!(out, "<footer>Plan {} · all amounts in US dollars</footer>", plan.fingerprint())?;
    writeln!(out, "<script>{}</script>\n</body>\n</html>", script::SCRIPT)
}
