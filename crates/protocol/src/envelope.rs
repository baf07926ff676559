//! Sealed reasoning in an envelope: text that carries it through a protocol that cannot read it.
//!
//! Reasoning that a provider sealed (a signature, redacted thinking, encrypted content) means something only to that
//! provider. Where [`TargetFacts::envelopes`](switchback_ir::TargetFacts) is set, it goes into a foreign protocol as
//! `switchback.1.<protocol>.<base64url of the raw JSON>`, in that protocol's own place for what is opaque, and comes
//! out again byte for byte when the history is written in the protocol that it came from. Off by default: an upstream
//! that checks its own sealed values rejects an envelope.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use switchback_ir::json::Writer;
use switchback_ir::{Feature, Native, Opaque, Part, PartKind, Protocol, RawJson};
use xxhash_rust::xxh3::xxh3_64;

/// What every envelope of this version begins with.
const PREFIX: &str = "switchback.1.";

/// The envelope of a sealed value: text without anything that JSON escapes. Cost: linear.
///
/// ```
/// use switchback_ir::{Native, Protocol, RawJson};
/// use switchback_protocol::envelope;
/// let raw = RawJson::parse(r#"{"type":"thinking","thinking":"","signature":"s"}"#)?;
/// let sealed = Native::new(Protocol::Messages, raw.into_owned());
/// let text = envelope::seal(&sealed);
/// assert!(text.starts_with("switchback.1.messages."));
/// assert_eq!(envelope::open(&text), Some(sealed));
/// # Ok::<(), switchback_ir::json::Fault>(())
/// ```
pub fn seal(sealed: &Native<RawJson<'_>>) -> String {
    let origin = sealed.origin();
    let raw = sealed.for_protocol(origin).map_or("", RawJson::as_str);
    format!("{PREFIX}{origin}.{}", URL_SAFE_NO_PAD.encode(raw))
}

/// What is in an envelope, byte for byte; nothing for any other text.
///
/// The version and the protocol must be known, the rest unpadded base64url of JSON, and the JSON a reasoning object of
/// that protocol that is not itself around an envelope.
pub fn open(text: &str) -> Option<Native<RawJson<'static>>> {
    let (protocol, encoded) = text.strip_prefix(PREFIX)?.split_once('.')?;
    let protocol: Protocol = protocol.parse().ok()?;
    let bytes = URL_SAFE_NO_PAD.decode(encoded).ok()?;
    let json = String::from_utf8(bytes).ok()?;
    let raw = RawJson::parse(&json).ok()?;
    let whole = raw.as_str().len() == json.len();
    let reasons = match (protocol, kind(&raw)?.as_str()) {
        (Protocol::Messages, "thinking" | "redacted_thinking") | (Protocol::Responses, "reasoning") => true,
        (Protocol::Chat | Protocol::Messages | Protocol::Responses, _) => false,
    };
    let nested = member(&raw, carrier(protocol)).is_some_and(|text| text.starts_with(PREFIX));
    (whole && reasons && !nested).then(|| Native::new(protocol, raw.into_owned()))
}

/// What an object of `protocol` carries in an envelope.
fn carried(protocol: Protocol, object: &RawJson<'_>) -> Option<Native<RawJson<'static>>> {
    let expected = match protocol {
        Protocol::Chat => "reasoning.encrypted",
        Protocol::Responses => "reasoning",
        Protocol::Messages => "redacted_thinking",
    };
    (kind(object)? == expected).then_some(())?;
    // What a protocol carries for itself is its own.
    open(&member(object, carrier(protocol))?).filter(|sealed| sealed.origin() != protocol)
}

/// The member in which a protocol holds what is opaque.
const fn carrier(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Chat | Protocol::Messages => "data",
        Protocol::Responses => "encrypted_content",
    }
}

/// The feature that an object of `protocol` is used as, if it carries an envelope.
pub(crate) fn feature(protocol: Protocol, object: &RawJson<'_>) -> Option<Feature> {
    Some(match carried(protocol, object)?.origin() {
        Protocol::Responses => Feature::EnvelopeOfResponses,
        Protocol::Messages | Protocol::Chat => Feature::EnvelopeOfMessages,
    })
}

/// Whether a part is sealed reasoning, in an envelope or not.
pub(crate) fn is_sealed(part: &Part<'_>) -> bool {
    matches!(&part.kind, PartKind::Opaque(opaque) if is_sealing(opaque.feature))
}

/// Whether a feature is sealed reasoning.
pub(crate) fn is_sealing(feature: Feature) -> bool {
    matches!(feature, Feature::ReasoningReplay | Feature::EnvelopeOfMessages | Feature::EnvelopeOfResponses)
}

/// Sealed reasoning as an object of `target`: what was in the envelope if it came from there, else an envelope in the
/// target's own place.
pub(crate) fn object(opaque: &Opaque<'_>, target: Protocol) -> Option<String> {
    let origin = opaque.raw.origin();
    let object = opaque.raw.for_protocol(origin).filter(|_| is_sealing(opaque.feature))?;
    let inner = carried(origin, object);
    if let Some(raw) = inner.as_ref().and_then(|inner| inner.for_protocol(target)) {
        return Some(raw.as_str().to_owned());
    }
    let text = inner.as_ref().map_or_else(|| seal(&opaque.raw), seal);
    let mut out = Vec::new();
    let mut json = Writer::new(&mut out);
    json.begin_object();
    json.key("type");
    match target {
        Protocol::Chat => json.word("reasoning.encrypted"),
        Protocol::Messages => json.word("redacted_thinking"),
        Protocol::Responses => {
            json.word("reasoning");
            json.key("id");
            json.str(&format!("rs_{:016x}", xxh3_64(text.as_bytes())));
            json.key("summary");
            json.constant("[]");
        }
    }
    json.key(carrier(target));
    json.str(&text);
    json.end_object();
    String::from_utf8(out).ok()
}

fn kind(object: &RawJson<'_>) -> Option<String> {
    member(object, "type")
}

fn member(object: &RawJson<'_>, name: &str) -> Option<String> {
    let (value, _) = object.member(name)?;
    value.as_text()?.to_str().map(std::borrow::Cow::into_owned)
}
