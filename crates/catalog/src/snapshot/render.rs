use std::fmt::{Display, Write};

use switchback_capability::Support;
use switchback_ir::Protocol;

use super::HEADER;
use crate::{Billing, Catalog, Operation, PriceList, Row};

/// The canonical text of a catalog.
pub(crate) fn render(catalog: &Catalog) -> String {
    let mut out = Line(String::with_capacity(catalog.endpoints().len().saturating_mul(120)));
    out.0.push_str(HEADER);
    for source in catalog.sources() {
        out.start("source");
        out.text(&source.name);
        out.text(&source.version);
        out.text(&source.date.to_string());
        out.text(&source.url);
    }
    for (alias, family) in catalog.aliases() {
        out.start("alias");
        out.text(alias);
        out.text(family);
    }
    let mut provider = None;
    for row in catalog.rows() {
        if provider != Some(row.provider.as_str()) {
            out.start("provider");
            out.text(&row.provider);
            provider = Some(row.provider.as_str());
        }
        out.row(row);
    }
    out.0.push('\n');
    out.0
}

/// Lines of tab-separated fields.
struct Line(String);

impl Line {
    fn start(&mut self, kind: &str) {
        self.0.push('\n');
        self.0.push_str(kind);
    }

    /// A field of its own, with tabs, line ends, other control characters and `%` escaped.
    fn text(&mut self, text: &str) {
        self.0.push('\t');
        self.escaped(text);
    }

    fn escaped(&mut self, text: &str) {
        for char in text.chars() {
            if char == '%' || char.is_ascii_control() {
                // Writing to a string cannot fail.
                let _ = write!(self.0, "%{:02x}", u32::from(char));
            } else {
                self.0.push(char);
            }
        }
    }

    /// `key=value`, left out when there is no value.
    fn field(&mut self, key: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            let _ = write!(self.0, "\t{key}=");
            self.escaped(&value.to_string());
        }
    }

    /// `key=a,b,c`, left out when there is nothing.
    fn list<T: Display>(&mut self, key: &str, values: impl Iterator<Item = T>) {
        for (at, value) in values.enumerate() {
            let _ = if at == 0 { write!(self.0, "\t{key}={value}") } else { write!(self.0, ",{value}") };
        }
    }

    fn row(&mut self, row: &Row) {
        self.start("row");
        self.text(&row.upstream_id);
        self.text(row.name.as_deref().unwrap_or(""));
        let family = row.family();
        self.field("family", (family != row.upstream_id).then_some(family));
        self.field("region", row.region.as_ref());
        self.field("tier", (!row.tier.is_standard()).then_some(&row.tier));
        self.field("scope", row.credential_scope.as_ref());
        self.list("api", row.protocols.iter().map(|protocol| Protocol::name(*protocol)));
        self.field("op", (row.operation != Operation::Chat).then_some(row.operation));
        self.field("billing", (row.billing != Billing::Metered).then_some(row.billing));
        self.field("ctx", row.context_window);
        self.field("in", row.max_input);
        self.field("out", row.max_output);
        self.prices("price", &row.prices.base);
        for (threshold, list) in row.prices.above() {
            self.prices(&format!("price>{threshold}"), list);
        }
        self.prices("batch", &row.prices.batch);
        self.list("yes", row.capabilities.with(Support::Yes));
        self.list("no", row.capabilities.with(Support::No));
        self.field("reads", row.input);
        self.field("writes", row.output);
        self.field("reasoning", row.reasoning_field.as_ref());
        self.field("url", row.base_url.as_ref());
        self.support("open", row.open_weights);
        self.field("status", row.status);
        self.field("released", row.released);
        self.field("updated", row.updated);
        self.field("deprecated", row.deprecated);
        self.field("knowledge", row.knowledge);
        self.support("zdr", row.data_policy.zero_retention);
        self.support("trains", row.data_policy.trains);
        self.field("src", (row.provenance.row() != 0).then_some(row.provenance.row()));
        let mut sources: Vec<_> = row.provenance.exceptions().iter().map(|(_, source)| *source).collect();
        sources.sort_unstable();
        sources.dedup();
        for source in sources {
            let fields = row.provenance.exceptions().iter().filter(|(_, other)| *other == source);
            self.list(&format!("src{source}"), fields.map(|(field, _)| field.short()));
        }
    }

    /// `key=kind rate,kind rate` in dollars per million units.
    fn prices(&mut self, key: &str, list: &PriceList) {
        self.list(key, list.iter().map(|(kind, rate)| format!("{kind} {}", dollars(&rate.to_string()))));
    }

    fn support(&mut self, key: &str, support: Support) {
        self.field(key, (support != Support::Unknown).then_some(support));
    }
}

/// `$2.50/M` without what every rate has in common: `2.50`.
fn dollars(rate: &str) -> &str {
    rate.trim_start_matches('$').trim_end_matches("/M")
}
