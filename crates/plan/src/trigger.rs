use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use switchback_ir::{ErrorClass, Party};

use crate::suggest::nearest;

/// A kind of failure, as people write it: a status, an error class, a family of classes, or `any`.
///
/// | word | what it stands for |
/// |---|---|
/// | `429` (text or number), `500-503`, `5xx` | the upstream's HTTP status, where it gave one |
/// | an [`ErrorClass`]'s code: `overloaded` | that class |
/// | `auth` | `credential`, `permission` |
/// | `rate_limit` | `rate_limit_requests`, `rate_limit_tokens`, `rate_limit_concurrency` |
/// | `unavailable` | `timeout`, `connection`, `server`, `overloaded` |
/// | `provider` | the provider's doing: `unavailable` and `unknown` |
/// | `caller` | the caller's doing: `cancelled`, `context_overflow`, `too_large`, `content_policy`, `bad_request`, `unsupported_feature` |
/// | `account` | the account's doing: `auth`, `rate_limit`, `quota`, `not_found` |
/// | `any` | every failure |
///
/// Ordered from narrow to wide.
///
/// ```
/// use switchback_ir::ErrorClass;
/// use switchback_plan::Trigger;
///
/// let trigger: Trigger = "500-503".parse()?;
/// assert!(trigger.matches(ErrorClass::Overloaded, Some(503)));
/// assert!(!trigger.matches(ErrorClass::Overloaded, None));
/// assert!(trigger < "rate_limit".parse()?);
/// assert_eq!("servr".parse::<Trigger>().unwrap_err().to_string(), "unknown trigger `servr`; did you mean `server`?");
/// # Ok::<(), switchback_plan::UnreadableTrigger>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Trigger(Kind);

/// In the order from narrow to wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Kind {
    /// The statuses from `first` on and `further` more.
    Status {
        further: u16,
        first: u16,
    },
    Class(ErrorClass),
    Family(Family),
    Any,
}

/// By how many classes each has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Family {
    Auth,
    RateLimit,
    Unavailable,
    Provider,
    Caller,
    Account,
}

impl Family {
    const ALL: [Self; 6] =
        [Self::Auth, Self::RateLimit, Self::Unavailable, Self::Provider, Self::Caller, Self::Account];

    const fn word(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::RateLimit => "rate_limit",
            Self::Unavailable => "unavailable",
            Self::Provider => Party::Provider.code(),
            Self::Caller => Party::Caller.code(),
            Self::Account => Party::Account.code(),
        }
    }

    fn has(self, class: ErrorClass) -> bool {
        match self {
            Self::Auth => matches!(class, ErrorClass::Credential | ErrorClass::Permission),
            Self::RateLimit => class.is_rate_limit(),
            Self::Unavailable => class.party() == Party::Provider && class != ErrorClass::Unknown,
            Self::Provider => class.party() == Party::Provider,
            Self::Caller => class.party() == Party::Caller,
            Self::Account => class.party() == Party::Account,
        }
    }
}

impl Trigger {
    /// Every failure.
    pub const ANY: Self = Self(Kind::Any);

    /// Whether it stands for that failure. A status matches only where the upstream gave one.
    pub fn matches(self, class: ErrorClass, status: Option<u16>) -> bool {
        match self.0 {
            Kind::Any => true,
            Kind::Class(named) => named == class,
            Kind::Family(family) => family.has(class),
            Kind::Status { further, first } => {
                status.and_then(|status| status.checked_sub(first)).is_some_and(|above| above <= further)
            }
        }
    }

    /// The words that are not statuses.
    fn words() -> impl Iterator<Item = &'static str> {
        let families = Family::ALL.into_iter().map(Family::word);
        std::iter::once("any").chain(families).chain(ErrorClass::ALL.into_iter().map(ErrorClass::code))
    }
}

impl From<ErrorClass> for Trigger {
    fn from(class: ErrorClass) -> Self {
        Self(Kind::Class(class))
    }
}

/// The text names no kind of failure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct UnreadableTrigger {
    message: String,
}

impl UnreadableTrigger {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }

    fn unknown(found: &str) -> Self {
        let found: String = found.chars().take(40).collect();
        let near = nearest(&found, Trigger::words().map(str::to_owned).collect());
        Self::new(match near.first() {
            Some(near) => format!("unknown trigger `{found}`; did you mean `{near}`?"),
            None => format!(
                "unknown trigger `{found}`; expected `any`, an error class, a family such as `rate_limit`, \
                 or a status such as `429`, `5xx`, `500-503`"
            ),
        })
    }
}

impl FromStr for Trigger {
    type Err = UnreadableTrigger;

    fn from_str(text: &str) -> Result<Self, UnreadableTrigger> {
        if text == "any" {
            return Ok(Self::ANY);
        }
        if text.starts_with('!') {
            return Err(UnreadableTrigger::new(format!("expected a kind of failure, found the exception `{text}`")));
        }
        if text.starts_with(|first: char| first.is_ascii_digit()) {
            return statuses(text);
        }
        let family = Family::ALL.into_iter().find(|family| family.word() == text).map(Kind::Family);
        let kind = family.or_else(|| text.parse().ok().map(Kind::Class));
        kind.map(Self).ok_or_else(|| UnreadableTrigger::unknown(text))
    }
}

/// `429`, `500-503` or `5xx`.
fn statuses(text: &str) -> Result<Trigger, UnreadableTrigger> {
    let error =
        || UnreadableTrigger::new(format!("expected a status from 100 to 599, `5xx` or `500-503`, found `{text}`"));
    let status = |text: &str| text.parse().ok().filter(|status: &u16| text.len() == 3 && (100..600).contains(status));
    let bounds = match (text.strip_suffix("xx"), text.split_once('-')) {
        (Some(hundred), _) => {
            let first = status(&format!("{hundred}00"));
            first.map(|first| (first, first.saturating_add(99)))
        }
        (None, Some((first, last))) => status(first).zip(status(last)),
        (None, None) => status(text).map(|status| (status, status)),
    };
    let (first, last) = bounds.ok_or_else(error)?;
    let further = last.checked_sub(first).ok_or_else(error)?;
    Ok(Trigger(Kind::Status { further, first }))
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Kind::Any => f.write_str("any"),
            Kind::Class(class) => f.write_str(class.code()),
            Kind::Family(family) => f.write_str(family.word()),
            Kind::Status { further: 0, first } => write!(f, "{first}"),
            Kind::Status { further: 99, first } if first % 100 == 0 => write!(f, "{}xx", first / 100),
            Kind::Status { further, first } => write!(f, "{first}-{}", first.saturating_add(further)),
        }
    }
}

/// A list of failures: it matches what one of its words stands for and none of its exceptions (`!word`) does.
///
/// The empty list matches nothing. A list of nothing but exceptions is refused when it is read: `any` has to stand
/// before them. The default is what another endpoint may answer where this one did not: everything but what the caller
/// did wrong or gave up (`bad_request`, `too_large`, `cancelled`) and what a content filter refused, which nobody
/// should route around unasked. A context overflow is in it, since another model may have the room.
///
/// ```
/// use switchback_ir::ErrorClass;
/// use switchback_plan::Triggers;
///
/// let triggers: Triggers = serde_json::from_str(r#"["rate_limit", "5xx", "!501"]"#)?;
/// assert!(triggers.matches(ErrorClass::RateLimitTokens, None));
/// assert!(triggers.matches(ErrorClass::Server, Some(500)) && !triggers.matches(ErrorClass::Server, Some(501)));
/// assert!(Triggers::default().matches(ErrorClass::ContextOverflow, None));
/// assert!(!Triggers::default().matches(ErrorClass::ContentPolicy, None));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Triggers {
    /// Shared, since every plan has those of its policy.
    words: Arc<[Word]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Word {
    is_exception: bool,
    trigger: Trigger,
}

impl Triggers {
    /// No failure at all.
    pub fn none() -> Self {
        Self { words: Arc::default() }
    }

    /// Every failure.
    pub fn any() -> Self {
        Self::from_iter([Trigger::ANY])
    }

    /// What the same request to the same endpoint may survive: `unavailable`, `rate_limit`, `unknown`. The classes of
    /// [`ErrorClass::retries_same`].
    pub fn retryable() -> Self {
        let family = |family| Trigger(Kind::Family(family));
        Self::from_iter([family(Family::Unavailable), family(Family::RateLimit), ErrorClass::Unknown.into()])
    }

    /// Reads words, each as in a policy.
    ///
    /// # Errors
    /// Names the first word that is no trigger, or says that there are only exceptions.
    pub fn read<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<Self, UnreadableTrigger> {
        let words: Arc<[Word]> = words.into_iter().map(str::parse).collect::<Result<_, _>>()?;
        if !words.is_empty() && words.iter().all(|word| word.is_exception) {
            return Err(UnreadableTrigger::new("expected a word that the exceptions are taken from, such as `any`"));
        }
        Ok(Self { words })
    }

    /// The same without what `trigger` stands for.
    #[must_use]
    pub fn except(self, trigger: impl Into<Trigger>) -> Self {
        let exception = Word { is_exception: true, trigger: trigger.into() };
        Self { words: self.words.iter().copied().chain([exception]).collect() }
    }

    /// Whether one of the words stands for that failure and none of the exceptions does.
    pub fn matches(&self, class: ErrorClass, status: Option<u16>) -> bool {
        let has = |is_exception| {
            let of_kind = |word: &&Word| word.is_exception == is_exception;
            self.words.iter().filter(of_kind).any(|word| word.trigger.matches(class, status))
        };
        has(false) && !has(true)
    }

    /// Whether it matches nothing, having no words.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }
}

impl Default for Triggers {
    fn default() -> Self {
        use ErrorClass::{BadRequest, Cancelled, ContentPolicy, TooLarge};
        Self::any().except(BadRequest).except(TooLarge).except(Cancelled).except(ContentPolicy)
    }
}

impl FromIterator<Trigger> for Triggers {
    fn from_iter<I: IntoIterator<Item = Trigger>>(triggers: I) -> Self {
        Self { words: triggers.into_iter().map(|trigger| Word { is_exception: false, trigger }).collect() }
    }
}

impl fmt::Display for Triggers {
    /// The words with commas between them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, word) in self.words.iter().enumerate() {
            write!(f, "{}{word}", if at == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

impl FromStr for Word {
    type Err = UnreadableTrigger;

    fn from_str(text: &str) -> Result<Self, UnreadableTrigger> {
        match text.strip_prefix('!') {
            Some(text) => Ok(Self { is_exception: true, trigger: text.parse()? }),
            None => Ok(Self { is_exception: false, trigger: text.parse()? }),
        }
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.is_exception { "!" } else { "" }, self.trigger)
    }
}

impl Serialize for Trigger {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Trigger {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Written::deserialize(deserializer)?.0.parse().map_err(de::Error::custom)
    }
}

impl Serialize for Triggers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.words.iter().map(ToString::to_string))
    }
}

impl<'de> Deserialize<'de> for Triggers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let words = Vec::<Written>::deserialize(deserializer)?;
        Self::read(words.iter().map(|word| word.0.as_str())).map_err(de::Error::custom)
    }
}

/// A word as it was written, a number by its digits.
struct Written(String);

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WrittenVisitor)
    }
}

struct WrittenVisitor;

impl<'de> de::Visitor<'de> for WrittenVisitor {
    type Value = Written;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a trigger: a word or a status")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Written, E> {
        Ok(Written(text.to_owned()))
    }

    fn visit_u64<E: de::Error>(self, status: u64) -> Result<Written, E> {
        Ok(Written(status.to_string()))
    }

    fn visit_i64<E: de::Error>(self, status: i64) -> Result<Written, E> {
        Ok(Written(status.to_string()))
    }

    /// The form in which `serde_json` hands over numbers that keep their text.
    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Written, A::Error> {
        serde_json::Number::deserialize(de::value::MapAccessDeserializer::new(map))
            .map(|number| Written(number.to_string()))
            .map_err(|_| de::Error::invalid_type(de::Unexpected::Map, &self))
    }
}

const STATUSES: &str = "[1-5][0-9][0-9]|[1-5]xx|[1-5][0-9][0-9]-[1-5][0-9][0-9]";

impl JsonSchema for Trigger {
    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("Trigger")
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "a kind of failure: a status, an error class, a family of classes, or `any`",
            "anyOf": [
                { "type": "string", "enum": Self::words().collect::<Vec<_>>() },
                { "type": "string", "pattern": format!("^({STATUSES})$") },
                { "type": "integer", "minimum": 100, "maximum": 599 },
            ],
        })
    }
}

impl JsonSchema for Triggers {
    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("Triggers")
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let words: Vec<&str> = Trigger::words().collect();
        json_schema!({
            "description": "failures that one of the words stands for and none of the exceptions (`!word`)",
            "type": "array",
            "items": {
                "anyOf": [
                    generator.subschema_for::<Trigger>(),
                    { "type": "string", "pattern": format!("^!({STATUSES}|{})$", words.join("|")) },
                ],
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Triggers, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn every_word_prints_and_reads_back() {
        for word in Trigger::words().chain(["429", "5xx", "100-599", "500-503", "501-600", "400-499"]) {
            let Ok(trigger) = word.parse::<Trigger>() else {
                assert_eq!(word, "501-600");
                continue;
            };
            assert_eq!(trigger.to_string().parse(), Ok(trigger), "{word}");
        }
        assert_eq!("400-499".parse::<Trigger>(), "4xx".parse());
    }

    #[test]
    fn each_family_has_the_classes_of_the_table() {
        let classes = |word: &str| {
            let trigger: Trigger = word.parse().unwrap();
            let found = ErrorClass::ALL.into_iter().filter(|class| trigger.matches(*class, None));
            found.map(ErrorClass::code).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(classes("auth"), "credential permission");
        assert_eq!(classes("rate_limit"), "rate_limit_requests rate_limit_tokens rate_limit_concurrency");
        assert_eq!(classes("unavailable"), "timeout connection server overloaded");
        assert_eq!(classes("provider"), "timeout connection server overloaded unknown");
        let caller = "cancelled context_overflow too_large content_policy bad_request unsupported_feature";
        assert_eq!(classes("caller"), caller);
        assert_eq!(classes("account").split(' ').count(), 7);
        let sizes = Family::ALL.map(|family| ErrorClass::ALL.into_iter().filter(|class| family.has(*class)).count());
        assert!(sizes.is_sorted(), "families are declared from narrow to wide: {sizes:?}");
    }

    #[test]
    fn what_is_retried_is_what_the_classes_say() {
        for class in ErrorClass::ALL {
            assert_eq!(Triggers::retryable().matches(class, None), class.retries_same(), "{class}");
            assert!(!Triggers::none().matches(class, Some(500)) && Triggers::any().matches(class, None));
            assert!(!Triggers::default().matches(class, None) || class.tries_other(), "{class}");
        }
    }

    #[test]
    fn numbers_and_texts_are_one_and_lists_write_back() {
        let triggers = read(r#"[429, "5xx", "!501"]"#).unwrap();
        assert_eq!(triggers, read(r#"["429", "500-599", "!501"]"#).unwrap());
        assert_eq!(triggers.to_string(), "429, 5xx, !501");
        assert_eq!(read(&serde_json::to_string(&triggers).unwrap()).unwrap(), triggers);
        let empty = read("[]").unwrap();
        assert!(empty.is_empty() && empty == Triggers::none());
    }

    #[test]
    fn the_schema_has_every_word() {
        let schema = serde_json::to_value(schemars::schema_for!(Triggers)).unwrap();
        let words = schema["$defs"]["Trigger"]["anyOf"][0]["enum"].as_array().unwrap();
        let (listed, read): (Vec<_>, Vec<_>) =
            (words.iter().map(|word| word.as_str().unwrap()).collect(), Trigger::words().collect());
        assert_eq!(listed, read);
        assert!(words.iter().all(|word| word.as_str().unwrap().parse::<Trigger>().is_ok()));
        let exceptions = schema["items"]["anyOf"][1]["pattern"].as_str().unwrap();
        assert!(exceptions.starts_with("^!(") && read.iter().all(|word| exceptions.contains(word)), "{exceptions}");
    }

    #[test]
    fn mistakes_are_named_with_what_was_meant() {
        for (json, what) in [
            (r#"["rate_limits"]"#, "unknown trigger `rate_limits`; did you mean `rate_limit`?"),
            (r#"["!overload"]"#, "unknown trigger `overload`; did you mean `overloaded`?"),
            (r#"["qqqqqqqqqqqqqq"]"#, "unknown trigger `qqqqqqqqqqqqqq`; expected `any`, an error class"),
            ("[600]", "expected a status from 100 to 599, `5xx` or `500-503`, found `600`"),
            (r#"["503-500"]"#, "found `503-500`"),
            (r#"["6xx"]"#, "found `6xx`"),
            (r#"["!any"]"#, "expected a word that the exceptions are taken from, such as `any`"),
            (r#"["!!any"]"#, "expected a kind of failure, found the exception `!any`"),
            ("[1.5]", "found `1.5`"),
            (r#""any""#, "expected a sequence"),
        ] {
            let error = read(json).unwrap_err();
            assert!(error.contains(what), "{json}: {error}");
        }
    }
}
