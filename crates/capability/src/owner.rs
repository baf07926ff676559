use crate::Offer;
use crate::serial::Names;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use switchback_ir::json::Cursor;
use switchback_ir::{Feature, FeatureSet, Field, Key, Media, PartKind, Place, RawJson, Request, Text, ToolKind};

/// A value of a request that means something only to the endpoint and credential that made it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Held<'r> {
    /// What kind of state it is: `previous_response`, `conversation`, `item_reference`, `prompt_template`, a file by id,
    /// `container`, `container_upload`, `file_search_tool` (its stores), or `reasoning_replay`.
    pub feature: Feature,
    /// Where it stands.
    pub place: Place,
    /// The id, or for sealed reasoning the sealed text; `None` where the value has an unknown shape.
    pub id: Option<Cow<'r, str>>,
}

/// An endpoint together with a credential, as the caller numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OwnerId(pub u64);

/// Who can read a value that a provider holds.
#[expect(clippy::exhaustive_enums, reason = "a decision: a new answer should stop every resolver's build")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Owner {
    /// This endpoint with this credential, and nobody else.
    Known(OwnerId),
    /// Somebody; the caller does not know who.
    Unknown,
    /// Whoever speaks the request's protocol.
    Anyone,
}

/// Calls `visit` for every value of `request` that a provider holds, in the order of options, tools and parts.
///
/// ```
/// use switchback_capability::each_held;
/// use switchback_ir::{Key, Owner, RawJson, Request};
///
/// let mut request = Request::new("gpt-5");
/// request.set(Owner::Request, Key::PreviousResponse, RawJson::string("resp_1"));
/// let mut ids = Vec::new();
/// each_held(&request, &mut |held| ids.extend(held.id.map(|id| id.into_owned())));
/// assert_eq!(ids, ["resp_1"]);
/// ```
pub fn each_held<'r>(request: &'r Request<'_>, visit: &mut dyn FnMut(Held<'r>)) {
    for field in request.fields_of(switchback_ir::Owner::Request) {
        held_by_option(field).into_iter().for_each(&mut *visit);
    }
    for tool in &request.tools {
        if let ToolKind::Hosted { feature: Feature::FileSearchTool, raw } = &tool.kind
            && let Some(raw) = raw.for_protocol(raw.origin())
        {
            let id = |id| Held { feature: Feature::FileSearchTool, place: tool.place, id: Some(id) };
            stores(raw).into_iter().map(id).for_each(&mut *visit);
        }
    }
    for part in &request.parts {
        held_by_part(&part.kind, part.place).into_iter().for_each(&mut *visit);
    }
}

fn held_by_part<'r>(kind: &'r PartKind<'_>, place: Place) -> Option<Held<'r>> {
    if let PartKind::Image(Media::FileId(id)) | PartKind::File(Media::FileId(id)) = kind {
        let image = matches!(kind, PartKind::Image(_));
        let feature = if image { Feature::ImageFileId } else { Feature::FileId };
        return Some(Held { feature, place, id: id.for_protocol(id.origin()).and_then(Text::to_str) });
    }
    let PartKind::Opaque(opaque) = kind else { return None };
    if opaque.feature == Feature::VideoFileId {
        let raw = opaque.raw.for_protocol(opaque.raw.origin())?;
        return Some(Held { feature: opaque.feature, place, id: video_id(raw) });
    }
    let (feature, names) = PARTS.iter().find(|(feature, _)| *feature == opaque.feature)?;
    let raw = opaque.raw.for_protocol(opaque.raw.origin())?;
    Some(Held { feature: *feature, place, id: member(raw, names) })
}

fn held_by_option<'r>(field: &'r Field<'_>) -> Option<Held<'r>> {
    let key = field.key()?;
    let (_, feature) = OPTIONS.iter().find(|(held, _)| *held == key)?;
    let id = plain(&field.value).or_else(|| member(&field.value, &["id"]));
    // A container without an id is to be made.
    (key != Key::Container || id.is_some()).then_some(Held { feature: *feature, place: field.place, id })
}

/// Options that name state of the provider.
const OPTIONS: [(Key, Feature); 4] = [
    (Key::PreviousResponse, Feature::PreviousResponse),
    (Key::Conversation, Feature::Conversation),
    (Key::PromptTemplate, Feature::PromptTemplate),
    (Key::Container, Feature::Container),
];

/// Parts that travel as they came, and the members that can hold their id.
const PARTS: [(Feature, &[&str]); 3] = [
    (Feature::ItemReference, &["id"]),
    (Feature::ContainerUpload, &["file_id"]),
    (Feature::ReasoningReplay, &["encrypted_content", "signature", "data", "id"]),
];

fn member(raw: &RawJson<'_>, names: &[&str]) -> Option<Cow<'static, str>> {
    names.iter().find_map(|name| {
        let (value, _) = raw.member(name)?;
        Some(Cow::Owned(value.as_text()?.to_str()?.into_owned()))
    })
}

/// The id of a video, which stands where a URL could: `ms://<id>` (Kimi API reference, 2026-11).
fn video_id(raw: &RawJson<'_>) -> Option<Cow<'static, str>> {
    let (source, _) = raw.member("video_url")?;
    plain(&source).or_else(|| member(&source, &["url"]))
}

fn plain(raw: &RawJson<'_>) -> Option<Cow<'static, str>> {
    raw.as_text()?.to_str().map(|id| Cow::Owned(id.into_owned()))
}

/// The ids of a file search's stores.
fn stores(raw: &RawJson<'_>) -> Vec<Cow<'static, str>> {
    let mut ids = Vec::new();
    let Some((list, _)) = raw.member("vector_store_ids") else { return ids };
    let mut cursor = Cursor::of(list.as_str());
    let Ok(mut members) = cursor.open_array() else { return ids };
    while cursor.next_element(&mut members) == Ok(true) {
        let Ok(id) = cursor.raw() else { break };
        ids.extend(plain(&id));
    }
    ids
}

/// Who holds the state that a request uses: the answers of a resolver, without the ids that it was asked for.
///
/// A feature whose every value one owner holds is served by that owner. Values of one feature with different owners
/// are served by nobody. What is dropped is dropped whole: sealed reasoning of another provider takes that of this one
/// along.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ownership {
    known: Vec<(OwnerId, FeatureSet)>,
    unknown: FeatureSet,
}

impl Ownership {
    /// Asks `owner` for every value of `request` that a provider holds. The answers may be looked up beforehand: see
    /// [`each_held`].
    ///
    /// ```
    /// use switchback_capability::{Offer, Owner, OwnerId, Ownership, Policy, Requirements, match_offer};
    /// use switchback_ir::{Key, Owner as Of, Protocol, RawJson, Request};
    ///
    /// let mut request = Request { origin: Some(Protocol::Responses), ..Request::new("gpt-5") };
    /// request.set(Of::Request, Key::PreviousResponse, RawJson::string("resp_1"));
    /// let ownership = Ownership::resolve(&request, &mut |_| Owner::Known(OwnerId(7)));
    ///
    /// let needs = Requirements::of(&request);
    /// let verdict = |endpoint| {
    ///     let offer = ownership.seen_from(endpoint, &Offer::unknown());
    ///     match_offer(&needs, request.origin, Protocol::Responses, &offer, Policy::default())
    /// };
    /// assert!(verdict(OwnerId(7)).is_full());
    /// assert_eq!(verdict(OwnerId(8)).name(), "impossible");
    /// ```
    pub fn resolve(request: &Request<'_>, owner: &mut dyn FnMut(&Held<'_>) -> Owner) -> Self {
        let mut ownership = Self::default();
        each_held(request, &mut |held| match owner(&held) {
            Owner::Known(id) => ownership.insert(id, held.feature),
            Owner::Unknown => ownership.unknown.insert(held.feature),
            Owner::Anyone => {}
        });
        ownership
    }

    fn insert(&mut self, owner: OwnerId, feature: Feature) {
        if let Some((_, features)) = self.known.iter_mut().find(|(known, _)| *known == owner) {
            features.insert(feature);
        } else {
            self.known.push((owner, [feature].into_iter().collect()));
        }
    }

    /// Whether nothing has an owner: every endpoint offers what it offers.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty() && self.unknown.is_empty()
    }

    /// The offer that the endpoint and credential `owner` make to this request: state of others, and state of which
    /// nobody knows who holds it, is no part of it. What nothing replaces then makes the match impossible; what the
    /// ladders can leave out, such as sealed reasoning, is dropped.
    #[must_use]
    pub fn seen_from(&self, owner: OwnerId, offer: &Offer) -> Offer {
        let others = self.known.iter().filter(|(known, _)| *known != owner);
        let elsewhere = others.fold(FeatureSet::EMPTY, |elsewhere, (_, features)| elsewhere.union(*features));
        offer.with_foreign(elsewhere, self.unknown)
    }
}

#[derive(Serialize, Deserialize)]
struct OwnershipRecord {
    known: Vec<(OwnerId, Names)>,
    unknown: Names,
}

impl Serialize for Ownership {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let known = self.known.iter().map(|(owner, features)| (*owner, Names(*features))).collect();
        OwnershipRecord { known, unknown: Names(self.unknown) }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Ownership {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let OwnershipRecord { known, unknown } = OwnershipRecord::deserialize(deserializer)?;
        let known = known.into_iter().map(|(owner, features)| (owner, features.0)).collect();
        Ok(Self { known, unknown: unknown.0 })
    }
}
