//! Names that stand for nothing in the catalog.

use crate::lint::finding::Findings;
use crate::lint::place::Place;
use crate::lint::reach::Reach;
use crate::note::did_you_mean;
use crate::quote::Quoted;
use crate::suggest::{near_providers, suggestions};
use crate::{FindingCode, Naming, Policy, Prefix, Selector, Settings, Shape, Target};

pub(crate) fn look(policy: &Policy, places: &[Place<'_>], reach: &Reach<'_>, findings: &mut Findings) {
    selectors("auto", &policy.auto, FindingCode::DeadPoolEntry, reach, findings);
    lists("policy", &policy.settings, reach, findings);
    for place in places {
        lists(&place.path, &place.route.settings, reach, findings);
        if let Shape::Pool(pool) = &place.route.shape {
            selectors(&format!("{}.pool", place.path), pool, FindingCode::DeadPoolEntry, reach, findings);
        }
        if let Some(naming) = place.model().and_then(|text| reach.naming(text, place.group)) {
            model(place, &naming, reach, findings);
        }
    }
}

fn model(place: &Place<'_>, naming: &Naming, reach: &Reach<'_>, findings: &mut Findings) {
    let Target::Model(named) = &naming.target else { return };
    let (catalog, text) = (reach.catalog, Quoted(&naming.text));
    let endpoints = naming.endpoints(catalog);
    if let Some(provider) = &named.provider
        && catalog.by_provider(provider).is_empty()
        && !endpoints.iter().any(|endpoint| named.other_provider(endpoint).is_none())
    {
        let near = hint(&near_providers(provider, catalog));
        let message = format!("no provider `{}` in the catalog{near}", Quoted(provider));
        findings.add(FindingCode::UnknownProvider, &place.path, message);
    } else if endpoints.is_empty() {
        let near = hint(&suggestions(&naming.text, catalog));
        let message = format!("no model `{text}` in the catalog, nor a group of that name{near}");
        findings.add(FindingCode::UnknownModel, &place.path, message);
    } else if place.prefix == Prefix::Pin && reach.of_naming(naming, place.prefix).is_empty() {
        let mut servers: Vec<&str> = endpoints.iter().map(|endpoint| endpoint.provider()).collect();
        servers.sort_unstable();
        servers.dedup();
        servers.truncate(5);
        let provider = Quoted(named.provider.as_deref().unwrap_or_default());
        let message =
            format!("`{provider}` does not serve `{text}`; {} do, or take the provider out", servers.join(", "));
        findings.add(FindingCode::NotServed, &place.path, message);
    }
}

fn lists(path: &str, settings: &Settings, reach: &Reach<'_>, findings: &mut Findings) {
    let mut look = |key: &str, list: &[Selector]| {
        selectors(&format!("{path}.{key}"), list, FindingCode::DeadSelector, reach, findings);
    };
    look("allow", &settings.rules.allow);
    look("deny", &settings.rules.deny);
    look("order", settings.order.as_deref().unwrap_or_default());
    for (key, thresholds) in
        [("limit", settings.rules.limit.as_slice()), ("prefer", settings.prefer.as_deref().unwrap_or_default())]
    {
        for (index, threshold) in thresholds.iter().enumerate() {
            look(&format!("{key}[{index}].of"), &threshold.of);
        }
    }
}

fn selectors(path: &str, list: &[Selector], code: FindingCode, reach: &Reach<'_>, findings: &mut Findings) {
    for (index, selector) in list.iter().enumerate().filter(|(_, selector)| reach.of_selector(selector).is_empty()) {
        let near = match selector.parts() {
            (Some(provider), ..) if reach.catalog.by_provider(provider).is_empty() => {
                near_providers(provider, reach.catalog)
            }
            (Some(provider), Some(model), _) => suggestions(&format!("{provider}/{model}"), reach.catalog),
            (None, Some(model), _) => suggestions(model, reach.catalog),
            (_, None, _) => Vec::new(),
        };
        let message = format!("`{}` names no endpoint of the catalog{}", Quoted(&selector.to_string()), hint(&near));
        findings.add(code, format!("{path}[{index}]"), message);
    }
}

/// `; did you mean …?`, or what else to do.
fn hint(names: &[String]) -> String {
    struct Hint<'a>(&'a [String]);
    impl std::fmt::Display for Hint<'_> {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            if self.0.is_empty() { f.write_str("; correct it or take it out") } else { did_you_mean(f, self.0) }
        }
    }
    Hint(names).to_string()
}
