use serde::Serialize;
use switchback_units::Rate;

use crate::words::words;
use crate::{Billing, Catalog, Date, Operation, PriceKind, Row};

words! {
    /// What is odd about a catalog.
    #[non_exhaustive]
    pub enum FindingKind as "kind of finding" {
        /// A metered chat row without a price for input or output: its cost is unknown, so that it ranks as such.
        NoPrice = "no_price",
        /// A price per token above $1,000 per million, or a cached token dearer than a fresh one.
        OddPrice = "odd_price",
        /// A limit on output above the context window.
        OddLimit = "odd_limit",
        /// A chat row whose host speaks none of our protocols: excluded as `no_supported_protocol`.
        NoProtocol = "no_protocol",
        /// A row that its source calls withdrawn by that day.
        Withdrawn = "withdrawn",
        /// A row whose stored family key is not the one of its id.
        StaleFamily = "stale_family",
        /// An alias of a model that the catalog does not have.
        DanglingAlias = "dangling_alias",
        /// A model of the `auto` pool that no endpoint serves by use.
        EmptyPool = "empty_pool",
        /// A performance tier of a model that the catalog does not have.
        UnusedTier = "unused_tier",
        /// A host profile that serves no row of its provider.
        UnusedHost = "unused_host",
        /// A field that says that it comes from a source the catalog does not name.
        UnknownSource = "unknown_source",
    }
}

/// One odd thing in a catalog. None of them is an error: a catalog with findings plans.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// What kind of thing.
    pub kind: FindingKind,
    /// Where: a row, an alias, a family, a provider.
    pub place: String,
    /// What is odd, for people.
    pub detail: String,
}

/// Above this a price is more likely in the wrong unit: the dearest model on sale costs $600 per million output tokens
/// (o1-pro in models.dev 1.0.398).
const ODD_RATE: Rate = Rate::from_pico_dollars(1_000_000_000);

/// Prices per token.
const TOKEN_PRICES: &[PriceKind] =
    &[PriceKind::Input, PriceKind::Output, PriceKind::CacheRead, PriceKind::CacheWrite, PriceKind::Reasoning];

/// Looks a catalog over for what is odd, ordered by kind and place. `today` is the caller's, for rows that are withdrawn.
///
/// ```
/// use switchback_catalog::{Catalog, FindingKind, lint};
///
/// let findings = lint(&Catalog::embedded(), Some("2026-11-21".parse()?));
/// assert!(findings.iter().all(|finding| finding.kind != FindingKind::DanglingAlias));
/// # Ok::<(), switchback_catalog::UnreadableDate>(())
/// ```
pub fn lint(catalog: &Catalog, today: Option<Date>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for row in catalog.rows() {
        let mut add = |kind, detail| findings.push(Finding { kind, place: row.key().to_string(), detail });
        prices(row, &mut add);
        limits(row, &mut add);
        life(catalog, row, today, &mut add);
    }
    names(catalog, &mut findings);
    hosts(catalog, &mut findings);
    findings.sort();
    findings
}

fn prices(row: &Row, add: &mut impl FnMut(FindingKind, String)) {
    let rate = |kind| row.prices.base.rate(kind);
    if row.operation == Operation::Chat && row.billing == Billing::Metered {
        for kind in [PriceKind::Input, PriceKind::Output] {
            if rate(kind).is_none() {
                add(FindingKind::NoPrice, format!("no price for {kind}"));
            }
        }
    }
    for kind in TOKEN_PRICES {
        if let Some(price) = rate(*kind).filter(|price| *price > ODD_RATE) {
            add(FindingKind::OddPrice, format!("{kind} {price}, more likely of another unit"));
        }
    }
    if let (Some(cached), Some(fresh)) = (rate(PriceKind::CacheRead), rate(PriceKind::Input))
        && cached > fresh
    {
        add(FindingKind::OddPrice, format!("cache_read {cached} above input {fresh}"));
    }
}

fn limits(row: &Row, add: &mut impl FnMut(FindingKind, String)) {
    if let (Some(output), Some(context)) = (row.max_output, row.context_window)
        && output > context
    {
        add(FindingKind::OddLimit, format!("max_output {output} above context_window {context}"));
    }
    if row.operation == Operation::Chat && row.protocols.is_empty() {
        add(FindingKind::NoProtocol, "the host speaks none of our protocols for it".to_owned());
    }
}

fn life(catalog: &Catalog, row: &Row, today: Option<Date>, add: &mut impl FnMut(FindingKind, String)) {
    if let (Some(end), Some(today)) = (row.deprecated, today)
        && end <= today
    {
        add(FindingKind::Withdrawn, format!("withdrawn on {end}"));
    }
    let family = switchback_slug::family(&row.upstream_id);
    if row.family() != family.as_str() {
        add(FindingKind::StaleFamily, format!("stored as {}, read as {family}", row.family()));
    }
    let sources = row.provenance.exceptions().iter().map(|(_, source)| *source).chain([row.provenance.row()]);
    let unknown = sources.filter(|source| usize::from(*source) >= catalog.sources().len()).max();
    if let Some(source) = unknown.filter(|_| !catalog.sources().is_empty()) {
        add(FindingKind::UnknownSource, format!("source {source} of {}", catalog.sources().len()));
    }
}

fn names(catalog: &Catalog, findings: &mut Vec<Finding>) {
    let mut add = |kind, place: &str, detail: &str| {
        findings.push(Finding { kind, place: place.to_owned(), detail: detail.to_owned() });
    };
    for (alias, family) in catalog.aliases().filter(|(_, family)| catalog.model(family).is_none()) {
        add(FindingKind::DanglingAlias, alias, &format!("stands for {family}, which no endpoint serves"));
    }
    for family in catalog.preferences().auto() {
        if !catalog.by_family(family).any(crate::Endpoint::is_routable) {
            add(FindingKind::EmptyPool, family, "in the auto pool, and no endpoint serves it by use");
        }
    }
    for (family, _) in catalog.preferences().tiers().filter(|(family, _)| catalog.model(family).is_none()) {
        add(FindingKind::UnusedTier, family, "has a performance tier and no endpoint");
    }
}

fn hosts(catalog: &Catalog, findings: &mut Vec<Finding>) {
    for provider in catalog.providers().iter() {
        let endpoints = catalog.by_provider(&provider.id);
        if endpoints.is_empty() {
            continue;
        }
        for host in &provider.hosts {
            let serves = |endpoint: &crate::Endpoint| {
                endpoint.protocol() == Some(host.protocol)
                    && provider.host(host.protocol, endpoint.upstream_id()) == Some(host)
            };
            if !endpoints.iter().any(serves) {
                let detail =
                    format!("the host profile for {} of `{}` serves no row", host.protocol, host.models.join(" "));
                findings.push(Finding { kind: FindingKind::UnusedHost, place: provider.id.clone(), detail });
            }
        }
    }
}
