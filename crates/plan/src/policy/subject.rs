use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use switchback_slug::suggest;

use crate::policy::Value;
use crate::{Caller, Demand};

/// Something of a request that a policy can look at: a header, a metadata value, a value of the body, who asks.
///
/// Written as one of `model`, `protocol`, `tags`, `tenant`, `key`, `actor`, `input_tokens`, `features`,
/// `header.<name>`, `metadata.<key>` and `body.<path>`, the path being member names with dots between them or a JSON
/// Pointer.
///
/// ```
/// use switchback_plan::Subject;
///
/// let subject: Subject = "body.metadata.user_id".parse()?;
/// assert_eq!(subject, Subject::Body("/metadata/user_id".into()));
/// assert!("boddy.model".parse::<Subject>().unwrap_err().to_string().contains("did you mean `body`"));
/// # Ok::<(), switchback_plan::UnreadableSubject>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a new subject should stop the build of everybody who supplies them")]
pub enum Subject {
    /// The model as the request names it.
    Model,
    /// The protocol that the request came in: `chat`, `responses` or `messages`.
    Protocol,
    /// The caller's tags.
    Tags,
    /// The caller's tenant.
    Tenant,
    /// The id of the caller's API key.
    Key,
    /// Whom the request is made for.
    Actor,
    /// How many tokens the input is expected to have.
    InputTokens,
    /// The names of the features that the request uses, as in `docs/mapping.md`.
    Features,
    /// A header that the embedder shows, its name in lower case.
    Header(String),
    /// A value of the caller's metadata.
    Metadata(String),
    /// A scalar of the request's body, by JSON Pointer.
    Body(String),
}

/// The text names nothing that a policy can look at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown subject `{found}`{suggestion}; expected model, protocol, tags, tenant, key, actor, input_tokens, \
     features, header.<name>, metadata.<key> or body.<path>"
)]
pub struct UnreadableSubject {
    found: String,
    suggestion: String,
}

const WORDS: [(&str, Subject); 8] = [
    ("model", Subject::Model),
    ("protocol", Subject::Protocol),
    ("tags", Subject::Tags),
    ("tenant", Subject::Tenant),
    ("key", Subject::Key),
    ("actor", Subject::Actor),
    ("input_tokens", Subject::InputTokens),
    ("features", Subject::Features),
];

/// What a name behind a root is read as.
type Named = fn(&str) -> Subject;

const ROOTS: [(&str, Named); 3] = [
    ("header", |name| Subject::Header(name.to_ascii_lowercase())),
    ("metadata", |key| Subject::Metadata(key.to_owned())),
    ("body", |path| Subject::Body(pointer(path))),
];

/// `a.b` as `/a/b`; a pointer stays as it is.
fn pointer(path: &str) -> String {
    if path.starts_with('/') { path.to_owned() } else { format!("/{}", path.replace('.', "/")) }
}

impl Subject {
    /// The JSON Pointer of a value of the body.
    pub fn pointer(&self) -> Option<&str> {
        if let Self::Body(pointer) = self { Some(pointer) } else { None }
    }
}

impl FromStr for Subject {
    type Err = UnreadableSubject;

    fn from_str(text: &str) -> Result<Self, UnreadableSubject> {
        if let Some((_, subject)) = WORDS.iter().find(|(word, _)| *word == text) {
            return Ok(subject.clone());
        }
        let (root, rest) = text.split_once('.').unwrap_or((text, ""));
        match ROOTS.iter().find(|(word, _)| *word == root) {
            Some((_, subject)) if !rest.is_empty() => Ok(subject(rest)),
            _ => {
                let known = WORDS.iter().map(|(word, _)| *word).chain(ROOTS.iter().map(|(word, _)| *word));
                let suggestion =
                    suggest(root, known, 1).first().map(|near| format!("; did you mean `{}`?", near.candidate));
                let found = text.chars().take(60).collect();
                Err(UnreadableSubject { found, suggestion: suggestion.unwrap_or_default() })
            }
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(name) => write!(f, "header.{name}"),
            Self::Metadata(key) => write!(f, "metadata.{key}"),
            Self::Body(pointer) => write!(f, "body.{pointer}"),
            Self::Model
            | Self::Protocol
            | Self::Tags
            | Self::Tenant
            | Self::Key
            | Self::Actor
            | Self::InputTokens
            | Self::Features => {
                let known = WORDS.iter().find(|(_, subject)| subject == self);
                f.write_str(known.map_or("", |(word, _)| word))
            }
        }
    }
}

impl Serialize for Subject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Subject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// What subjects are read from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) demand: &'a Demand,
    pub(crate) caller: &'a Caller,
}

impl Facts<'_> {
    /// The values of a subject: none when the request does not have it, several for tags and features.
    pub(crate) fn values(&self, subject: &Subject) -> Vec<Value> {
        let text = |text: Option<&str>| text.map(Value::text).into_iter().collect();
        let (demand, caller) = (self.demand, self.caller);
        match subject {
            Subject::Model => text(demand.model()),
            Subject::Protocol => text(demand.origin().map(switchback_ir::Protocol::name)),
            Subject::Tags => caller.tags.iter().map(|tag| Value::text(tag)).collect(),
            Subject::Tenant => text(caller.tenant.as_deref()),
            Subject::Key => text(caller.key.as_deref()),
            Subject::Actor => text(caller.actor.as_deref()),
            Subject::InputTokens => vec![Value::count(demand.expected_input().get())],
            Subject::Features => {
                demand.requirements().features().iter().map(|feature| Value::text(feature.name())).collect()
            }
            Subject::Header(name) => text(caller.headers.get(name).map(String::as_str)),
            Subject::Metadata(key) => text(caller.metadata.get(key).map(String::as_str)),
            Subject::Body(pointer) => demand.value(pointer).into_iter().cloned().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_subject_prints_as_it_is_read() {
        let roots = ["header.x-plan", "metadata.plan", "body./stream", "body./a/b"];
        for text in WORDS.iter().map(|(word, _)| *word).chain(roots) {
            let subject: Subject = text.parse().unwrap();
            assert_eq!(subject.to_string(), text);
            assert_eq!(subject.to_string().parse(), Ok(subject));
        }
        assert_eq!("header.X-Plan".parse(), Ok(Subject::Header("x-plan".into())));
        assert_eq!("body.a.b".parse(), Ok(Subject::Body("/a/b".into())));
    }

    #[test]
    fn what_names_nothing_is_refused() {
        for text in ["", "header", "header.", "cookie.x", "models"] {
            let error = text.parse::<Subject>().unwrap_err().to_string();
            assert!(error.contains(text) && error.contains("metadata.<key>"), "{error}");
        }
    }
}
