use switchback_plan::{Require, Selector};
use switchback_slug::{Dialect, aliases};

use crate::Concept;
use crate::import::Desk;
use crate::import::places::segment;
use crate::notes::shown;
use crate::source::Field;

/// Requirements that are an attribute of a provider, and what satisfies each.
const ATTRIBUTES: &[(&str, &str)] = &[
    ("requireSoc2", "soc2|soc2-type1|soc2-type2"),
    ("requireSoc2Type2", "soc2-type2"),
    ("requireIso27001", "iso27001"),
    ("requireSoc2OrIso27001", "soc2-type2|iso27001"),
    ("requireGdpr", "gdpr"),
    ("blockPromptLogging", "no-prompt-logging"),
];

/// The other keys of a policy.
const OTHERS: &[&str] = &["blockApiTraining", "zeroDataRetention", "allowedCountries", "dataResidency"];

/// Whether a document is a policy by its keys.
pub(super) fn is_policy(root: Field<'_>) -> bool {
    let is_known = |key: &str| ATTRIBUTES.iter().any(|(known, _)| *known == key) || OTHERS.contains(&key);
    let is_list = |key: &str| LISTS.contains(&key);
    root.get("nodes").is_none() && root.members().any(|member| is_known(member.key) || is_list(member.key))
}

const LISTS: [&str; 4] = ["allowedProviders", "blockedProviders", "allowedModels", "blockedModels"];

/// An organisation's `providerCompliancePolicy`: what a provider must be, where unknown never satisfies.
pub(super) fn read(desk: &mut Desk<'_>, policy: Field<'_>) {
    let switch = policy.get("enabled");
    if let Some(switch) = switch {
        desk.notes.exact(switch, Concept::Require, "whether anything is required");
    }
    if switch.and_then(Field::truth) == Some(false) {
        for member in policy.members().filter(|member| member.key != "enabled") {
            desk.notes.lost(member, Concept::Require, "a requirement of a policy that is switched off", "drop it");
            desk.notes.weigh(switchback_ir::Importance::Cosmetic);
        }
        return;
    }
    policy.members().for_each(|member| requirement(desk, member));
    let (providers, models) = (list(desk, policy, "allowedProviders"), list(desk, policy, "allowedModels"));
    desk.policy.settings.rules.allow = both(&providers, &models);
    for key in ["blockedProviders", "blockedModels"] {
        let denied = list(desk, policy, key);
        desk.policy.settings.rules.deny.extend(denied.iter().filter_map(|text| text.parse().ok()));
    }
}

fn requirement(desk: &mut Desk<'_>, member: Field<'_>) {
    let is_on = member.truth() == Some(true);
    let require = &mut desk.policy.settings.rules.require;
    if let Some((_, attribute)) = ATTRIBUTES.iter().find(|(key, _)| *key == member.key) {
        attributes(desk, member, is_on.then_some(*attribute));
        return;
    }
    match member.key {
        "blockApiTraining" => {
            require.no_training |= is_on;
            desk.notes.exact(member, Concept::Require, "`require.no_training`");
        }
        "zeroDataRetention" => {
            require.zero_retention |= is_on;
            desk.notes.exact(member, Concept::Require, "`require.zero_retention`");
        }
        "dataResidency" => {
            let region = member.text().map(str::to_ascii_lowercase);
            require.regions.extend(region);
            desk.notes.exact(member, Concept::Require, format!("`require.regions` {}", shown(member)));
        }
        "allowedCountries" => {
            let countries: Vec<String> = member
                .items()
                .filter_map(Field::text)
                .map(|code| format!("hq:{}", code.to_ascii_lowercase()))
                .collect();
            attributes(desk, member, (!countries.is_empty()).then(|| countries.join("|")).as_deref());
        }
        key if key.ends_with("tealthProviders") => {
            desk.notes.exact(member, Concept::Providers, "always so here: the catalog has no provider without a name");
        }
        _ => {}
    }
}

/// A fact that the terms of a credential's scope must list.
fn attributes(desk: &mut Desk<'_>, member: Field<'_>, attribute: Option<&str>) {
    let Require { attributes, .. } = &mut desk.policy.settings.rules.require;
    attributes.extend(attribute.map(str::to_owned));
    let became =
        attribute.map_or_else(|| "nothing is required".to_owned(), |text| format!("`require.attributes` `{text}`"));
    desk.notes.exact_whole(member, Concept::Require, became);
    if attribute.is_some() {
        desk.notes.advise(
            "list what each provider has in `terms.attributes` of its credential's scope: unknown never satisfies",
        );
    }
}

/// The selectors of a list of providers or models; what names the organisation's own providers is lost.
fn list(desk: &mut Desk<'_>, policy: Field<'_>, key: &str) -> Vec<String> {
    let mut selectors = Vec::new();
    for item in policy.get(key).into_iter().flat_map(Field::items) {
        let Some(text) = item.text() else { continue };
        if text.starts_with("custom:") {
            let meant = format!("{}, a provider of one's own", shown(item));
            let instead = "add its endpoints to the catalog, under a name that stands here; nothing matches until then";
            desk.notes.lost_badly(item, Concept::Providers, meant, instead);
            // Kept, so that a list of nothing else does not allow everything.
            selectors.push(text.to_owned());
            continue;
        }
        let selector = if key.ends_with("Models") {
            format!("*/{text}")
        } else {
            aliases::resolve(Dialect::LlmGateway, text)
                .map_or_else(|| text.to_owned(), |known| segment(&known).to_owned())
        };
        let rule = if key.starts_with("allowed") { "allow" } else { "deny" };
        desk.notes.exact(item, Concept::Providers, format!("`{rule}`: `{selector}`"));
        selectors.push(selector);
    }
    selectors
}

/// What is in both lists, where an empty one says nothing.
fn both(providers: &[String], models: &[String]) -> Vec<Selector> {
    let one_of_each = providers.iter().flat_map(|provider| {
        models.iter().filter_map(move |model| Some(format!("{provider}/{}", model.strip_prefix("*/")?)))
    });
    let texts: Vec<String> = match (providers.is_empty(), models.is_empty()) {
        (false, false) => one_of_each.collect(),
        (true, _) => models.to_vec(),
        (_, true) => providers.to_vec(),
    };
    texts.iter().filter_map(|text| text.parse().ok()).collect()
}
