//! The checks that need no matching of features, in the order of [`crate::Constraint`].

use switchback_capability::{self as capability, Cause, Support};
use switchback_ir::Feature;

use crate::filter::Case;
use crate::legs::Rulebook;
use crate::naming::{Target, VersionMatch};
use crate::policy::Prefix;
use crate::{Reason, Scope};

/// Puts what fails into the list: all of it, or what fails first.
#[inline]
pub(crate) fn check(case: &Case<'_>, reasons: &mut Vec<Reason>, first: bool) {
    let goes_on = |reasons: &[Reason]| !first || reasons.is_empty();
    operation(case, reasons);
    if goes_on(reasons) {
        naming(case, reasons);
    }
    if goes_on(reasons) {
        tier(case, reasons);
    }
    if goes_on(reasons) {
        pool(case, reasons);
    }
    if goes_on(reasons) {
        access(case, reasons);
    }
    if case.view.has_rules && goes_on(reasons) {
        lists(case, reasons);
    }
    if case.view.has_rules && goes_on(reasons) {
        facts(case, reasons);
    }
}

fn operation(case: &Case<'_>, reasons: &mut Vec<Reason>) {
    let operation = case.endpoint.operation();
    if operation != switchback_catalog::Operation::Chat {
        reasons.push(Reason::UnsupportedOperation(operation));
    } else if case.endpoint.protocol().is_none() {
        reasons.push(Reason::NoSupportedProtocol);
    }
}

fn naming(case: &Case<'_>, reasons: &mut Vec<Reason>) {
    let Some(named) = case.named() else { return };
    if *case.view.leg.settings.prefix == Prefix::Pin
        && let Some(wanted) = named.other_provider(case.endpoint)
    {
        reasons.push(Reason::OtherProvider { wanted: wanted.to_owned() });
    }
    if let Some(wanted) = &named.version
        && named.version_of(case.endpoint) == VersionMatch::Other
    {
        reasons.push(Reason::OtherVersion { wanted: wanted.clone() });
    }
    if let Some(wanted) = &named.region
        && !named.is_spelled(case.endpoint)
        && case.endpoint.region() != Some(wanted)
    {
        reasons.push(Reason::OtherRegion { wanted: wanted.clone() });
    }
}

/// An endpoint of the standard tier serves a request for another one if it takes the field: that is a feature.
fn tier(case: &Case<'_>, reasons: &mut Vec<Reason>) {
    let tier = case.endpoint.tier();
    if tier.is_standard() && !case.view.has_rules {
        return;
    }
    let lists = || case.books().filter(|book| !book.rules.require.tiers.is_empty());
    let is_in = |book: &Rulebook<'_>| book.rules.require.tiers.iter().any(|allowed| allowed == tier.as_str());
    if lists().next().is_none() && !tier.is_standard() && !case.view.demand.asks_for_tier(tier.as_str()) {
        reasons.push(Reason::TierNotRequested(tier.clone()));
    }
    let outside = lists().filter(|book| !is_in(book));
    reasons.extend(
        outside.map(|book| Reason::TierNotAllowed { level: book.level.clone().into_owned(), tier: tier.clone() }),
    );
}

fn pool(case: &Case<'_>, reasons: &mut Vec<Reason>) {
    let is_auto = case.view.leg.goal.naming().is_some_and(|naming| matches!(naming.target, Target::Auto));
    if is_auto && !in_pool(case) {
        reasons.push(Reason::NotInPool);
    }
    if !case.endpoint.is_metered_chat() && !case.view.leg.settings.unmetered && !case.is_pinned() {
        reasons.push(Reason::NotMetered(case.endpoint.billing()));
    }
}

/// Whether `auto` may choose the endpoint: the policy's pool says so, or, where that has none, the catalog's.
fn in_pool(case: &Case<'_>) -> bool {
    let (policy, endpoint) = (case.view.inputs.policy, case.endpoint);
    if policy.auto.is_empty() {
        return case.view.inputs.catalog.preferences().auto().iter().any(|family| family == endpoint.family());
    }
    policy.auto.iter().any(|entry| entry.names(endpoint))
}

/// What the catalog must say of an endpoint, whatever the request uses.
fn facts(case: &Case<'_>, reasons: &mut Vec<Reason>) {
    for book in case.books() {
        let lacks = |feature: &&Feature| case.endpoint.offer().support(**feature) != Support::Yes;
        let lacking = book.rules.require.features.iter().find(lacks);
        let level = || book.level.clone().into_owned();
        reasons.extend(lacking.map(|feature| Reason::FeatureNotProven { level: level(), feature: *feature }));
    }
}

fn access(case: &Case<'_>, reasons: &mut Vec<Reason>) {
    let reached = |inventory: &crate::Inventory| -> bool {
        let mut scopes = inventory.reaching(case.endpoint);
        let first: Option<&Scope> = scopes.next();
        first.is_some()
    };
    if case.view.inputs.inventory.is_some_and(|inventory| !reached(inventory)) {
        reasons.push(Reason::NoCredential);
    }
}

fn lists(case: &Case<'_>, reasons: &mut Vec<Reason>) {
    for book in case.books() {
        let allow = &book.rules.allow;
        if !allow.is_empty() && !allow.iter().any(|selector| selector.names(case.endpoint)) {
            reasons.push(Reason::NotAllowed { level: book.level.clone().into_owned() });
        }
    }
    for book in case.books() {
        let denied = book.rules.deny.iter().filter(|selector| selector.names(case.endpoint));
        let level = || book.level.clone().into_owned();
        reasons.extend(denied.map(|selector| Reason::Denied { level: level(), selector: selector.to_string() }));
    }
}

/// What a match found missing.
pub(crate) fn missing(reason: &capability::Reason) -> Reason {
    match *reason {
        capability::Reason::Feature { feature, cause: Cause::Unverified, .. } => Reason::FeatureUnverified(feature),
        capability::Reason::Feature { feature, cause, .. } => Reason::FeatureMissing { feature, cause },
        capability::Reason::InputTooLong { lower, limit } => Reason::ContextTooSmall { needs: lower, limit },
        capability::Reason::OutputTooLong { asked, limit } => Reason::OutputTooLong { asked, limit },
    }
}
