use std::fmt::{self, Write};
use std::str::FromStr;
use std::sync::Arc;

use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use switchback_capability::Offer;
use switchback_ir::Protocol;
use xxhash_rust::xxh3::xxh3_64;

use crate::row::Row;
use crate::{Billing, Operation, Prices, Tier};

/// The identity of an endpoint across processes: xxh3-64 of its canonical text.
///
/// Prints and reads sixteen hexadecimal digits.
///
/// ```
/// use switchback_catalog::EndpointId;
///
/// let id = EndpointId::of("openai gpt-4o chat - standard -");
/// assert_eq!(id.to_string().parse(), Ok(id));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndpointId(u64);

/// The text is not sixteen hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an endpoint id of sixteen hexadecimal digits")]
pub struct UnreadableEndpointId(());

impl EndpointId {
    /// The id of a canonical text (see [`Endpoint::canonical`]).
    pub fn of(canonical: &str) -> Self {
        Self(xxh3_64(canonical.as_bytes()))
    }

    /// The id as a number, for crates whose keys are opaque `u64`.
    pub const fn as_u64(self) -> u64 {
        self.0
    }
}

impl From<u64> for EndpointId {
    fn from(id: u64) -> Self {
        Self(id)
    }
}

impl fmt::Display for EndpointId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for EndpointId {
    type Err = UnreadableEndpointId;

    fn from_str(text: &str) -> Result<Self, UnreadableEndpointId> {
        let digits =
            text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        let id = if digits { u64::from_str_radix(text, 16).ok() } else { None };
        id.map(Self).ok_or(UnreadableEndpointId(()))
    }
}

impl Serialize for EndpointId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EndpointId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <std::borrow::Cow<'de, str>>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// One way to reach one model: a provider, its id of the model, a protocol, a region, a tier, a credential scope.
///
/// Made by a [`Catalog`](crate::Catalog), which keeps endpoints in the order of their canonical texts. Cloning is
/// cheap: the row behind it is shared.
#[derive(Clone, Debug)]
pub struct Endpoint(Arc<Facts>);

/// All that is known of an endpoint, shared by everybody who has it.
#[derive(Clone, Debug)]
struct Facts {
    id: EndpointId,
    canonical: Box<str>,
    family: Arc<str>,
    protocol: Option<Protocol>,
    offer: Offer,
    first_party: bool,
    row: Arc<Row>,
}

impl Endpoint {
    pub(crate) fn new(row: Arc<Row>, protocol: Option<Protocol>, family: Arc<str>, offer: Offer) -> Self {
        let canonical = canonical_text(&row, protocol).into_boxed_str();
        let id = EndpointId::of(&canonical);
        Self(Arc::new(Facts { id, canonical, family, protocol, offer, first_party: false, row }))
    }

    /// The same of a provider that makes its models itself.
    pub(crate) fn of_first_party(mut self, first_party: bool) -> Self {
        Arc::make_mut(&mut self.0).first_party = first_party;
        self
    }

    pub(crate) fn set_offer(&mut self, offer: Offer) {
        Arc::make_mut(&mut self.0).offer = offer;
    }

    /// The identity across processes.
    pub fn id(&self) -> EndpointId {
        self.0.id
    }

    /// The text that the id is the hash of and that ties break by: provider, upstream id, protocol, region, tier and
    /// credential scope with a space between them, as in `openai gpt-4o chat - standard -`. What is not there is `-`;
    /// a space, a `%`, a control character and a field that is just `-` are written as `%20`, `%25`, `%0a`, `%2d`.
    ///
    /// The separator sorts before every other character, so that the order of the texts is the order of the fields.
    pub fn canonical(&self) -> &str {
        &self.0.canonical
    }

    /// The family key of the model: one for all spellings of one model at all providers.
    pub fn family(&self) -> &str {
        &self.0.family
    }

    /// The protocol; `None` when the host speaks none of ours for this model, which excludes the endpoint as
    /// `no_supported_protocol`, or as `unsupported_operation` when the operation is not chat.
    pub fn protocol(&self) -> Option<Protocol> {
        self.0.protocol
    }

    /// What it supports, feature by feature, and its limits: what the row knows of the model and the host profile of
    /// the protocol.
    pub fn offer(&self) -> &Offer {
        &self.0.offer
    }

    /// Everything else that is known. Endpoints that differ only in protocol share it.
    pub fn row(&self) -> &Row {
        &self.0.row
    }

    /// The canonical id of the provider that serves the model.
    pub fn provider(&self) -> &str {
        &self.0.row.provider
    }

    /// The model as the provider's API spells it.
    pub fn upstream_id(&self) -> &str {
        &self.0.row.upstream_id
    }

    /// Whether the provider makes its models itself, and does not serve somebody else's.
    pub fn is_first_party(&self) -> bool {
        self.0.first_party
    }

    /// The region, when the provider sells regions apart.
    pub fn region(&self) -> Option<&str> {
        self.0.row.region.as_deref()
    }

    /// The class of service.
    pub fn tier(&self) -> &Tier {
        &self.0.row.tier
    }

    /// The credentials that can reach it, when not all can.
    pub fn credential_scope(&self) -> Option<&str> {
        self.0.row.credential_scope.as_deref()
    }

    /// What it does.
    pub fn operation(&self) -> Operation {
        self.0.row.operation
    }

    /// How it is paid for.
    pub fn billing(&self) -> Billing {
        self.0.row.billing
    }

    /// What it costs.
    pub fn prices(&self) -> &Prices {
        &self.0.row.prices
    }

    /// Whether it answers chat requests and is paid by use: only such endpoints enter `auto`, bare-model choice and
    /// sorting by cost, unless policy says otherwise.
    pub fn is_metered_chat(&self) -> bool {
        self.operation() == Operation::Chat && self.billing() == Billing::Metered
    }

    /// Whether a bare model name can reach it: metered chat behind one of our protocols.
    pub fn is_routable(&self) -> bool {
        self.is_metered_chat() && self.0.protocol.is_some()
    }
}

fn canonical_text(row: &Row, protocol: Option<Protocol>) -> String {
    let fields = [
        row.provider.as_str(),
        row.upstream_id.as_str(),
        protocol.map_or("", Protocol::name),
        row.region.as_deref().unwrap_or_default(),
        row.tier.as_str(),
        row.credential_scope.as_deref().unwrap_or_default(),
    ];
    let mut text = String::with_capacity(64);
    for (at, field) in fields.into_iter().enumerate() {
        if at > 0 {
            text.push(' ');
        }
        match field {
            "" => text.push('-'),
            "-" => text.push_str("%2d"),
            _ => push_escaped(&mut text, field),
        }
    }
    text
}

fn push_escaped(text: &mut String, field: &str) {
    let special = |byte: u8| byte <= b' ' || matches!(byte, b'%' | 0x7f);
    if !field.bytes().any(special) {
        text.push_str(field);
        return;
    }
    for char in field.chars() {
        if u8::try_from(char).is_ok_and(special) {
            // Writing to a string cannot fail.
            let _ = write!(text, "%{:02x}", u32::from(char));
        } else {
            text.push(char);
        }
    }
}

impl Serialize for Endpoint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let row = self.row();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.0.id)?;
        map.serialize_entry("provider", &row.provider)?;
        map.serialize_entry("family", self.family())?;
        map.serialize_entry("upstream_id", &row.upstream_id)?;
        map.serialize_entry("protocol", &self.0.protocol.map(Protocol::name))?;
        map.serialize_entry("region", &row.region)?;
        map.serialize_entry("tier", &row.tier)?;
        map.serialize_entry("credential_scope", &row.credential_scope)?;
        map.serialize_entry("name", &row.name)?;
        map.serialize_entry("operation", &row.operation)?;
        map.serialize_entry("billing", &row.billing)?;
        map.serialize_entry("prices", &row.prices)?;
        map.serialize_entry("context_window", &row.context_window)?;
        map.serialize_entry("max_input", &row.max_input)?;
        map.serialize_entry("max_output", &row.max_output)?;
        map.serialize_entry("capabilities", &row.capabilities)?;
        map.serialize_entry("input", &row.input)?;
        map.serialize_entry("output", &row.output)?;
        map.serialize_entry("reasoning_field", &row.reasoning_field)?;
        map.serialize_entry("base_url", &row.base_url)?;
        map.serialize_entry("open_weights", row.open_weights.name())?;
        map.serialize_entry("status", &row.status)?;
        map.serialize_entry("released", &row.released)?;
        map.serialize_entry("updated", &row.updated)?;
        map.serialize_entry("deprecated", &row.deprecated)?;
        map.serialize_entry("knowledge", &row.knowledge)?;
        map.serialize_entry("data_policy", &row.data_policy)?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(row: Row, protocol: Option<Protocol>) -> Endpoint {
        Endpoint::new(Arc::new(row), protocol, Arc::from("family"), Offer::unknown())
    }

    #[test]
    fn the_canonical_text_tells_every_field_apart() {
        let mut row = Row::new("bedrock", "a b%c");
        row.region = Some("eu".to_owned());
        row.tier = Tier::PRIORITY;
        row.credential_scope = Some("team".to_owned());
        let text = "bedrock a%20b%25c messages eu priority team";
        assert_eq!(endpoint(row, Some(Protocol::Messages)).canonical(), text);
        assert_eq!(endpoint(Row::new("x", "y"), None).canonical(), "x y - - standard -");
        assert_eq!(endpoint(Row::new("x", "-"), None).canonical(), "x %2d - - standard -");
    }

    #[test]
    fn an_id_is_the_hash_of_the_canonical_text() {
        let endpoint = endpoint(Row::new("openai", "gpt-4o"), Some(Protocol::Chat));
        assert_eq!(endpoint.id(), EndpointId::of("openai gpt-4o chat - standard -"));
        // Ids stand in logs and in other processes' state: this one must never change.
        assert_eq!(endpoint.id().to_string(), "653587c9630f2733");
    }

    #[test]
    fn only_sixteen_lower_case_digits_are_an_id() {
        for text in ["", "0", "00000000000000000", "ABCDEF0123456789", "+123456789abcdef"] {
            assert!(text.parse::<EndpointId>().is_err(), "{text}");
        }
    }
}
