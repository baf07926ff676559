use super::facts::Facts;
use super::limits::RateLimits;
use super::rules::{RULES, Rule};
use super::subject;
use switchback_ir::{ErrorClass, Feature, Protocol};
use switchback_units::Timestamp;

/// What an error answer was sorted into, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Classified {
    /// The class.
    pub class: ErrorClass,
    /// The name of the [`Rule`] that decided; `no_rule` where none did.
    pub rule: &'static str,
    /// The status, the answer's own or one that its body repeats.
    pub status: Option<u16>,
    /// The parameter that the answer is about, as it names it.
    pub param: Option<String>,
    /// What the endpoint does not do, where the answer tells: for [`ErrorClass::UnsupportedFeature`] and
    /// [`ErrorClass::BadRequest`] only.
    pub feature: Option<Feature>,
}

/// The table that [`classify`] reads, in its order.
pub fn rules() -> &'static [Rule] {
    RULES
}

/// Sorts an error answer of `protocol` into its class.
///
/// `status` is the HTTP status, or nothing for an event of a stream; `headers` are names and values in any case and
/// order; `body` is whatever came, JSON or not. Every answer has a class: one that nothing is known of is
/// [`ErrorClass::Unknown`]. Deterministic; no network; cost: one pass over at most a megabyte of body.
///
/// ```
/// use switchback_ir::{ErrorClass, Feature, Protocol};
/// use switchback_protocol::errors::classify;
/// let none: [(&str, &str); 0] = [];
/// let body = br#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota"}}"#;
/// let found = classify(Protocol::Chat, Some(429), none, body);
/// assert_eq!((found.class, found.rule), (ErrorClass::Quota, "quota_code"));
///
/// let body = br#"{"error":{"message":"Unsupported parameter: 'top_p' is not supported with this model."}}"#;
/// let found = classify(Protocol::Chat, Some(400), none, body);
/// assert_eq!((found.class, found.feature), (ErrorClass::UnsupportedFeature, Some(Feature::TopP)));
/// ```
pub fn classify<N, V>(
    protocol: Protocol,
    status: Option<u16>,
    headers: impl IntoIterator<Item = (N, V)>,
    body: &[u8],
) -> Classified
where
    N: AsRef<[u8]>,
    V: AsRef<[u8]>,
{
    let mut facts = Facts::of(status, body);
    let mut limits = RateLimits::default();
    for (name, value) in headers {
        let (name, value) = (name.as_ref(), value.as_ref());
        if name.eq_ignore_ascii_case(b"x-amzn-errortype") {
            facts.word(&String::from_utf8_lossy(value));
        }
        // Only counts are looked at here: a reset is no evidence, so the time does not matter.
        limits.read(name, value, Timestamp::EPOCH);
    }
    decide(protocol, &facts, &limits)
}

/// Sorts a body that came with the type of an exception.
pub(super) fn classify_with(protocol: Protocol, word: &str, body: &[u8]) -> Classified {
    let mut facts = Facts::of(None, body);
    facts.word(word);
    decide(protocol, &facts, &RateLimits::default())
}

fn decide(protocol: Protocol, facts: &Facts, limits: &RateLimits) -> Classified {
    let rule = RULES.iter().find(|rule| rule.is_met(facts));
    let (mut class, mut name) = rule.map_or((ErrorClass::Unknown, "no_rule"), |rule| (rule.class, rule.name));
    if class == ErrorClass::RateLimitRequests && limits.only_tokens_ran_out() {
        (class, name) = (ErrorClass::RateLimitTokens, "headers_tokens");
    }
    let tells = matches!(class, ErrorClass::UnsupportedFeature | ErrorClass::BadRequest);
    let param = facts.param.clone().or_else(|| subject::quoted(&facts.text));
    let feature = if tells { subject::feature(protocol, class, param.as_deref(), &facts.text) } else { None };
    Classified { class, rule: name, status: facts.status, param: param.filter(|_| tells), feature }
}

impl Rule {
    fn is_met(&self, facts: &Facts) -> bool {
        let by_text = !self.words.is_empty() || !self.phrases.is_empty();
        let status = match facts.status {
            _ if self.status.is_empty() => true,
            Some(status) => self.status.iter().any(|(from, to)| (*from..=*to).contains(&status)),
            None => by_text,
        };
        status
            && (self.words.is_empty() || self.words.iter().any(|word| facts.words.iter().any(|found| found == word)))
            && (self.phrases.is_empty() || self.phrases.iter().any(|phrase| facts.text.contains(phrase)))
    }
}
