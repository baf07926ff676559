use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use switchback_catalog::Endpoint;
use switchback_slug::{Dialect, aliases, family};

/// Names endpoints in a policy: a provider, or a provider and a model, either of them with wildcards.
///
/// `openai` is every model there; `azure/gpt-4o` one model, in any spelling of its family; `bedrock/anthropic.*` the
/// upstream ids that match; `*/claude-haiku-4-5` one model everywhere. `*` stands for any text. Providers may be
/// written by their aliases, match whole segments only, and are kept as written when no alias is known. Behind a
/// provider's `@` may stand a region: `vertex@eu` is what is served there or in a part of it. Behind a `#` may stand one
/// credential scope: `azure/gpt-4o#eu-1` is the endpoint that is bound to that scope.
///
/// ```
/// use switchback_plan::Selector;
///
/// let selector: Selector = "aws/anthropic.*".parse()?;
/// assert!(selector.matches("bedrock", "anthropic.claude-haiku-4-5-20251001-v1:0", "claude-haiku-4-5"));
/// assert!(!selector.matches("bedrock", "meta.llama3-1-8b-instruct-v1:0", "llama-3-1-8b-instruct"));
/// assert_eq!(selector.to_string(), "aws/anthropic.*");
/// # Ok::<(), switchback_plan::UnreadableSelector>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Selector {
    text: String,
    /// `None` for any.
    provider: Option<String>,
    /// Where it is served; `None` for anywhere.
    region: Option<String>,
    model: Model,
    /// The scope that the endpoint is bound to; `None` for any or none.
    scope: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Model {
    Any,
    /// An upstream id, or another spelling of the same family.
    Named {
        id: String,
        family: String,
    },
    Glob(String),
}

/// The text names no endpoints: it is empty, or one side of its slash is, or what follows its `@` or `#`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected `provider`, `provider@region`, `provider/model` or `*/model`, with `#scope` or without, found `{found}`"
)]
pub struct UnreadableSelector {
    found: String,
}

impl Selector {
    /// The provider, the model as it is written, and the scope, each where it names one.
    pub fn parts(&self) -> (Option<&str>, Option<&str>, Option<&str>) {
        let model = match &self.model {
            Model::Any => None,
            Model::Named { id, .. } => Some(id.as_str()),
            Model::Glob(pattern) => Some(pattern.as_str()),
        };
        (self.provider.as_deref(), model, self.scope.as_deref())
    }

    /// Whether it names, in any region and scope, the model that `provider` calls `upstream_id` and whose family key is `family`.
    pub fn matches(&self, provider: &str, upstream_id: &str, family: &str) -> bool {
        self.provider.as_deref().is_none_or(|named| named == provider)
            && match &self.model {
                Model::Any => true,
                Model::Named { id, family: named } => id == upstream_id || named == family,
                Model::Glob(pattern) => glob(pattern, upstream_id),
            }
    }

    pub(crate) fn names(&self, endpoint: &Endpoint) -> bool {
        self.scope.as_deref().is_none_or(|scope| endpoint.credential_scope() == Some(scope))
            && self.names_in_any_scope(endpoint)
    }

    pub(crate) fn names_in_any_scope(&self, endpoint: &Endpoint) -> bool {
        let is_there = |wanted: &str| endpoint.region().is_some_and(|region| within(wanted, region));
        self.region.as_deref().is_none_or(is_there)
            && self.matches(endpoint.provider(), endpoint.upstream_id(), endpoint.family())
    }
}

impl FromStr for Selector {
    type Err = UnreadableSelector;

    fn from_str(text: &str) -> Result<Self, UnreadableSelector> {
        let (named, scope) = text.rsplit_once('#').map_or((text, None), |(named, scope)| (named, Some(scope)));
        let (segment, model) = match named.split_once('/') {
            Some((provider, model)) => (provider, Some(model)),
            None => (named, None),
        };
        // A name may begin with the sign, as Cloudflare's `@cf` does.
        let (name, region) = match segment.split_once('@') {
            Some((name, region)) if !name.is_empty() => (name, Some(region)),
            _ => (segment, None),
        };
        if name.is_empty() || [region, model, scope].into_iter().flatten().any(str::is_empty) {
            return Err(UnreadableSelector { found: text.chars().take(60).collect() });
        }
        let provider = (name != "*").then(|| provider(name));
        let model = match model {
            None | Some("*") => Model::Any,
            Some(model) if model.contains('*') => Model::Glob(model.to_owned()),
            Some(model) => Model::Named { id: model.to_owned(), family: family(model).as_str().to_owned() },
        };
        let (region, scope) = (region.map(str::to_owned), scope.map(str::to_owned));
        Ok(Self { text: text.to_owned(), provider, region, model, scope })
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Selector {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Selector {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The canonical id of a provider written in the native dialect; a name that no alias table has stays as it is.
fn provider(segment: &str) -> String {
    aliases::resolve(Dialect::Native, segment).map_or_else(|| segment.to_owned(), |known| known.as_str().to_owned())
}

/// Whether a region is the wanted one or a part of it: `eu-west-1` is in `eu`, and `europe` is not.
pub(crate) fn within(wanted: &str, region: &str) -> bool {
    region.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// Whether the whole of `text` is `pattern` with each `*` standing for any text. Linear in practice: each literal is
/// taken at its first place, which is enough where only `*` is wild.
fn glob(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut left) = text.strip_prefix(head) else { return false };
    let (middle, tail) = rest.rsplit_once('*').unwrap_or(("", rest));
    // A pattern with one star has no middle.
    for literal in middle.split('*').filter(|literal| !literal.is_empty()) {
        let Some((_, after)) = left.split_once(literal) else { return false };
        left = after;
    }
    left.ends_with(tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(selector: &str, provider: &str, id: &str) -> bool {
        selector.parse::<Selector>().unwrap().matches(provider, id, family(id).as_str())
    }

    #[test]
    fn a_provider_matches_whole_segments_only() {
        assert!(matches("openai", "openai", "gpt-4o"));
        assert!(!matches("azure", "azure-foundry", "gpt-4o"));
        assert!(matches("azure", "azure-openai", "gpt-4o"));
        assert!(matches("my-host", "my-host", "gpt-4o"));
        assert!(matches("*", "anyone", "gpt-4o"));
    }

    #[test]
    fn a_model_matches_its_spellings_and_no_other_model() {
        assert!(matches("*/claude-haiku-4-5", "bedrock", "anthropic.claude-haiku-4-5-20251001-v1:0"));
        assert!(!matches("*/gpt-4o", "openai", "gpt-4o-mini"));
    }

    #[test]
    fn stars_stand_for_any_text_and_anchors_hold() {
        for (pattern, text, expected) in [
            ("gpt-4*", "gpt-4o", true),
            ("gpt-4*", "gpt-4", true),
            ("*gpt*", "my-gpt-4", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("*mini", "gpt-4o-mini", true),
            ("*mini", "gpt-4o-mini-x", false),
            ("ab*ba", "aba", false),
            ("x**y", "x--y", true),
        ] {
            assert_eq!(glob(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn what_names_nothing_is_refused_with_the_text() {
        for text in ["", "/", "/gpt-4o", "openai/", "openai#", "#eu-1", "openai@", "openai@/gpt-4o"] {
            let error = text.parse::<Selector>().unwrap_err();
            assert_eq!(
                error.to_string(),
                format!(
                    "expected `provider`, `provider@region`, `provider/model` or `*/model`, with `#scope` or without, \
                     found `{text}`"
                )
            );
        }
    }
}
