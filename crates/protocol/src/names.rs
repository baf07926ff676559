//! Names and ids that a target does not take, and what stands for them there.

use std::collections::BTreeSet;
use switchback_ir::{
    Feature, NameRule, Part, PartKind, Protocol, Renamed, Request, RequestContext, TargetFacts, Text, Use,
};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// What goes under another name in the target: the same for the encoder, its ledger and the context of the way back.
///
/// A name that the target does not take becomes its own beginning as a word, `_`, and the hash of the whole. It depends
/// on the name and the rule alone, except that another is made while one is taken by a name of the same request.
/// Nothing is allocated where the target takes every name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Names {
    /// Tools, ordered by what the source says.
    tools: Vec<Renamed>,
    /// Calls, in the same order.
    calls: Vec<Renamed>,
    /// Where they stand in the source, in the order of the tables.
    pub(crate) uses: Vec<Use>,
}

/// Every name goes as it is.
pub(crate) static UNCHANGED: Names = Names { tools: Vec::new(), calls: Vec::new(), uses: Vec::new() };

impl Names {
    /// What goes under another name when `request` is written for a target of `facts` that speaks `target`. Nothing
    /// does within a protocol, and mostly nothing into another.
    pub(crate) fn of(request: &Request<'_>, target: Protocol, facts: &TargetFacts) -> Option<Self> {
        if request.origin == Some(target) || !names_anything(request) {
            return None;
        }
        Self::changed(request, target, facts)
    }

    #[inline(never)]
    fn changed(request: &Request<'_>, target: Protocol, facts: &TargetFacts) -> Option<Self> {
        let (tool_name, call_id) = (facts.tool_name_rule(target), facts.call_id_rule(target));
        let (mut tool_names, mut call_ids, mut uses) = (Vec::new(), Vec::new(), Vec::new());
        request.names(&mut |used, text| {
            let id = used.feature == Feature::CallId;
            let (rule, rejected) = if id { (call_id, &mut call_ids) } else { (tool_name, &mut tool_names) };
            if !rule.takes(text) {
                rejected.extend(text.to_str().map(std::borrow::Cow::into_owned));
                uses.push(used);
            }
        });
        if uses.is_empty() {
            return None;
        }
        Some(Self {
            tools: renamed(request, Feature::ToolName, tool_names, tool_name),
            calls: renamed(request, Feature::CallId, call_ids, call_id),
            uses,
        })
    }

    /// What stands for a tool's name in the target, if it is another.
    pub(crate) fn tool_name(&self, name: &Text<'_>) -> Option<&str> {
        upstream(&self.tools, name)
    }

    /// What stands for a call's id in the target, if it is another.
    pub(crate) fn call_id(&self, id: &Text<'_>) -> Option<&str> {
        upstream(&self.calls, id)
    }

    /// Hands the names over to the way back.
    pub(crate) fn into_context(self, context: &mut RequestContext) {
        context.tool_names = self.tools;
        context.call_ids = self.calls;
    }
}

/// Whether there is a tool, or a call of one.
fn names_anything(request: &Request<'_>) -> bool {
    let names = |part: &Part<'_>| matches!(part.kind, PartKind::ToolCall(_) | PartKind::ToolResult(_));
    !request.tools.is_empty() || request.tool_choice.is_some() || request.parts.iter().any(names)
}

fn upstream<'n>(names: &'n [Renamed], client: &Text<'_>) -> Option<&'n str> {
    if names.is_empty() {
        return None;
    }
    let client = client.to_str()?;
    let at = names.binary_search_by(|name| name.client.as_str().cmp(&client)).ok()?;
    names.get(at).map(|name| name.upstream.as_str())
}

/// What stands for each of the names that `rule` rejects, ordered by them.
fn renamed(request: &Request<'_>, feature: Feature, mut rejected: Vec<String>, rule: NameRule) -> Vec<Renamed> {
    if rejected.is_empty() {
        return Vec::new();
    }
    rejected.sort_unstable();
    rejected.dedup();
    let mut taken = BTreeSet::new();
    request.names(&mut |used, text| {
        if used.feature == feature {
            taken.extend(text.to_str().map(std::borrow::Cow::into_owned));
        }
    });
    let mut names = Vec::with_capacity(rejected.len());
    for client in rejected {
        let free = (0..=u64::MAX).map(|seed| word(&client, rule, seed)).find(|word| !taken.contains(word));
        let Some(upstream) = free else { continue };
        taken.insert(upstream.clone());
        names.push(Renamed { upstream, client });
    }
    names
}

/// A rule for fewer characters is kept as one for so many: below, two names could not be told apart.
const LEAST: usize = 24;
/// The hash with the `_` before it.
const SUFFIX: usize = 17;

/// A word within the rule's length that stands for `name`.
fn word(name: &str, rule: NameRule, seed: u64) -> String {
    let length = usize::try_from(rule.length).unwrap_or(usize::MAX).clamp(LEAST, MOST);
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let cleaned = name.chars().map(|c| if is_word(c) { c } else { '_' }).skip_while(|c| *c == '_');
    let mut word: String = cleaned.take(length - SUFFIX).collect();
    if word.is_empty() {
        // Some hosts take no id that begins with `_`.
        word.push('x');
    }
    format!("{word}_{:016x}", xxh3_64_with_seed(name.as_bytes(), seed))
}

/// The longest word that is made where a target takes any length.
const MOST: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rules() -> impl Strategy<Value = NameRule> {
        (LEAST..200, any::<bool>()).prop_map(|(length, word)| {
            let rule = if word { NameRule::EVERYWHERE } else { NameRule::ANYTHING };
            rule.with_length(u32::try_from(length).unwrap())
        })
    }

    proptest! {
        #[test]
        fn a_made_word_keeps_every_rule_of_its_length(name in any::<String>(), rule in rules(), seed in any::<u64>()) {
            let made = Text::new(word(&name, rule, seed));
            prop_assert!(rule.takes(&made) && NameRule::EVERYWHERE.with_length(rule.length).takes(&made));
        }
    }

    #[test]
    fn a_made_word_is_what_it_was() {
        // Fixed: a record of today is read tomorrow.
        let rule = NameRule::tool_name(Protocol::Chat);
        assert_eq!(word("functions.Bash:0", rule, 0), "functions_Bash_0_0753870c7fba2390");
        assert_eq!(word("..", rule, 0).get(..2), Some("x_"));
        assert_eq!(word(&"y".repeat(500), NameRule::ANYTHING, 0).len(), MOST);
    }
}
