use switchback_plan::Selector;
use switchback_slug::{Dialect, aliases};

use super::says_nothing;
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
        match switch.truth() {
            Some(_) => desk.notes.exact(switch, Concept::Require, "whether anything is required"),
            None => desk.notes.lost_badly(switch, Concept::Require, "neither true nor false: taken as true", BOOLEAN),
        }
    }
    if switch.and_then(Field::truth) == Some(false) {
        for member in policy.members().filter(|member| member.key != "enabled") {
            desk.notes.lost(member, Concept::Require, "a requirement of a policy that is switched off", "drop it");
            desk.notes.weigh(switchback_ir::Importance::Cosmetic);
        }
        return;
    }
    policy.members().for_each(|member| requirement(desk, member));
    allow(desk, policy);
    for key in ["blockedProviders", "blockedModels"] {
        let denied = list(desk, policy, key);
        desk.policy.settings.rules.deny.extend(denied.iter().filter_map(|text| text.parse().ok()));
    }
}

const BOOLEAN: &str = "write `true` or `false`, then import again";

fn requirement(desk: &mut Desk<'_>, member: Field<'_>) {
    if let Some((_, attribute)) = ATTRIBUTES.iter().find(|(key, _)| *key == member.key) {
        if is_on(desk, member, &format!("`require.attributes` `{attribute}`")) {
            desk.policy.settings.rules.require.attributes.push((*attribute).to_owned());
            desk.notes.advise(TERMS);
        }
        return;
    }
    match member.key {
        "blockApiTraining" => {
            let is_on = is_on(desk, member, "`require.no_training`");
            desk.policy.settings.rules.require.no_training |= is_on;
        }
        "zeroDataRetention" => {
            let is_on = is_on(desk, member, "`require.zero_retention`");
            desk.policy.settings.rules.require.zero_retention |= is_on;
        }
        "dataResidency" => {
            let regions = words(desk, member, "`require.regions`", "");
            desk.policy.settings.rules.require.regions.extend(regions);
        }
        "allowedCountries" => {
            let countries = words(desk, member, "`require.attributes`", "hq:");
            if !countries.is_empty() {
                desk.policy.settings.rules.require.attributes.push(countries.join("|"));
                desk.notes.advise(TERMS);
            }
        }
        key if key.ends_with("tealthProviders") => {
            desk.notes.exact(member, Concept::Providers, "always so here: the catalog has no provider without a name");
        }
        _ => {}
    }
}

const TERMS: &str =
    "list what each provider has in `terms.attributes` of its credential's scope: unknown never satisfies";

/// Whether a requirement is made, which is noted.
fn is_on(desk: &mut Desk<'_>, member: Field<'_>, became: &str) -> bool {
    match member.truth() {
        Some(is_on) => {
            desk.notes.exact(member, Concept::Require, if is_on { became } else { NOTHING });
            is_on
        }
        None if member.node.is_blank() => {
            desk.notes.exact(member, Concept::Require, NOTHING);
            false
        }
        None => {
            close(desk, member, "a requirement that is neither true nor false", BOOLEAN);
            false
        }
    }
}

const NOTHING: &str = "nothing is required";

/// The words of a list, or of one that stands without one, in lower case behind a prefix.
fn words(desk: &mut Desk<'_>, member: Field<'_>, became: &str, prefix: &str) -> Vec<String> {
    let read = |word: Field<'_>| Some(word.text()?.to_ascii_lowercase()).filter(|word| !word.is_empty());
    let words: Vec<String> = member.values().filter_map(read).map(|word| format!("{prefix}{word}")).collect();
    desk.list(member, Concept::Require, &format!("{became} `{}`", words.join("|")), read);
    if words.is_empty() && !member.node.is_blank() {
        close(desk, member, "a requirement of which nothing can be read", "write a list of texts, then import again");
    }
    words
}

/// What cannot be read is taken for a requirement that nobody meets, as unknown never satisfies there.
fn close(desk: &mut Desk<'_>, field: Field<'_>, meant: &str, instead: &str) {
    desk.notes.lost_badly(field, Concept::Require, format!("{meant}; everything is denied meanwhile"), instead);
    let deny = &mut desk.policy.settings.rules.deny;
    if let Ok(all) = "*".parse()
        && !deny.contains(&all)
    {
        deny.push(all);
    }
}

/// The selectors of a list of providers or models, or of one that stands without a list; what names the organisation's own
/// providers is lost.
fn list(desk: &mut Desk<'_>, policy: Field<'_>, key: &str) -> Vec<String> {
    let Some(field) = policy.get(key) else { return Vec::new() };
    let is_allowing = key.starts_with("allowed");
    let mut selectors = Vec::new();
    for item in field.values() {
        let selector = item.text().map(|text| selector(key, text)).filter(|text| text.parse::<Selector>().is_ok());
        let Some(selector) = selector else {
            let (meant, instead) = ("a name that cannot be read here", "write the name of a provider or model");
            // One that is not allowed is denied; one that is not denied would be allowed.
            if is_allowing {
                desk.notes.lost_badly(item, Concept::Providers, meant, instead);
            } else {
                close(desk, item, meant, instead);
            }
            continue;
        };
        if selector.starts_with(OWN) {
            let meant = format!("{}, a provider of one's own", shown(item));
            let instead = "add its endpoints to the catalog, under a name that stands here; nothing matches until then";
            desk.notes.lost_badly(item, Concept::Providers, meant, instead);
        } else {
            let rule = if is_allowing { "allow" } else { "deny" };
            desk.notes.exact(item, Concept::Providers, format!("`{rule}`: `{selector}`"));
        }
        selectors.push(selector);
    }
    if selectors.is_empty() && !says_nothing(field) {
        close(desk, field, "a list of which nothing can be read", "write a list of names, then import again");
    }
    selectors
}

/// What stands before the name of an organisation's own provider. Kept, so that a list of nothing else does not allow
/// everything.
const OWN: &str = "custom:";

fn selector(key: &str, text: &str) -> String {
    if text.starts_with(OWN) {
        return text.to_owned();
    }
    if key.ends_with("Models") {
        return format!("*/{text}");
    }
    aliases::resolve(Dialect::LlmGateway, text).map_or_else(|| text.to_owned(), |known| segment(&known).to_owned())
}

/// What both lists allow, where an empty one says nothing.
fn allow(desk: &mut Desk<'_>, policy: Field<'_>) {
    let (providers, models) = (list(desk, policy, "allowedProviders"), list(desk, policy, "allowedModels"));
    let texts: Vec<String> = match (providers.is_empty(), models.is_empty()) {
        (false, false) => models.iter().flat_map(|model| at_each(&providers, model)).collect(),
        (true, _) => models.clone(),
        (_, true) => providers.clone(),
    };
    let is_contradiction = texts.is_empty() && !models.is_empty();
    if let Some(field) = policy.get("allowedModels").filter(|_| is_contradiction) {
        close(desk, field, "models of providers that `allowedProviders` leaves out", "allow their providers, too");
    }
    desk.policy.settings.rules.allow = texts.iter().filter_map(|text| text.parse().ok()).collect();
}

/// A model at each of these providers; one of one's own at its own alone.
fn at_each(providers: &[String], model: &str) -> Vec<String> {
    if let Some(anywhere) = model.strip_prefix("*/") {
        return providers.iter().map(|provider| format!("{provider}/{anywhere}")).collect();
    }
    let own = model.split('/').next();
    let is_among = providers.iter().any(|provider| Some(provider.as_str()) == own);
    if is_among { vec![model.to_owned()] } else { Vec::new() }
}
