use std::collections::BTreeMap;
use switchback_ir::{Media, Part, PartKind, Place, Text};

/// What a caller can put in the place of a value that an endpoint cannot read.
#[expect(clippy::exhaustive_enums, reason = "a new substitute should stop the build of whoever offers them")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Supply<'a> {
    /// The bytes behind a URL, in base64 with their media type.
    Bytes {
        /// `image/png`, `application/pdf`.
        media_type: Text<'a>,
        /// The bytes in base64.
        data: Text<'a>,
    },
    /// The text of a document.
    Text(Text<'a>),
}

/// The substitutes that a caller has, by the place of the part that they stand for. Nothing is fetched or transcoded
/// here.
///
/// ```
/// use switchback_capability::{Offer, Policy, Requirements, Supplies, Supply, apply_with, match_offer};
/// use switchback_ir::{Feature, Media, Part, PartKind, Place, Protocol, Request, Role, Shape, Text};
///
/// let mut request = Request::new("gpt-5");
/// let image = Part::new(PartKind::Image(Media::Url("https://example.com/a.png".into())), Place::at(40));
/// request.push_message(Role::User, Shape::Parts, [image]);
///
/// let mut supplies = Supplies::new();
/// supplies.insert(Place::at(40), Supply::Bytes { media_type: "image/png".into(), data: "iVBORw0K".into() });
/// let needs = Requirements::of(&request).with_supplies(&request, &supplies);
/// let offer = Offer::unknown().no(Feature::ImageUrl);
/// let verdict = match_offer(&needs, None, Protocol::Chat, &offer, Policy::default());
/// let (request, _) = apply_with(&request, verdict.steps(), &supplies);
/// assert!(Requirements::of(&request).features().contains(Feature::ImageBase64));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Supplies<'a> {
    parts: BTreeMap<Place, Vec<Supply<'a>>>,
}

impl<'a> Supplies<'a> {
    /// No substitutes.
    pub const fn new() -> Self {
        Self { parts: BTreeMap::new() }
    }

    /// Adds a substitute for the part at `place`; a part can have bytes and a text.
    pub fn insert(&mut self, place: Place, supply: Supply<'a>) {
        self.parts.entry(place).or_default().push(supply);
    }

    fn of(&self, part: &Part<'_>) -> impl Iterator<Item = &Supply<'a>> {
        self.parts.get(&part.place).into_iter().flatten()
    }

    /// The bytes for media by URL.
    pub(crate) fn bytes(&self, part: &Part<'_>) -> Option<(&Text<'a>, &Text<'a>)> {
        if !matches!(part.kind, PartKind::Image(Media::Url(_)) | PartKind::File(Media::Url(_))) {
            return None;
        }
        self.of(part).find_map(|supply| match supply {
            Supply::Bytes { media_type, data } => Some((media_type, data)),
            Supply::Text(_) => None,
        })
    }

    /// The text for a document in the body or by URL.
    pub(crate) fn text(&self, part: &Part<'_>) -> Option<&Text<'a>> {
        let PartKind::File(media) = &part.kind else { return None };
        match media {
            Media::Url(_) | Media::Base64 { .. } | Media::Bare(_) | Media::DataUrl(_) => {}
            Media::FileId(_) | Media::Text(_) | Media::Content(_) => return None,
        }
        self.of(part).find_map(|supply| match supply {
            Supply::Text(text) => Some(text),
            Supply::Bytes { .. } => None,
        })
    }

    /// How long all the texts are, with something for the words before each.
    pub(crate) fn text_bytes(&self) -> u64 {
        let texts = self.parts.values().flatten().map(|supply| match supply {
            Supply::Text(text) => text.stored_len(),
            Supply::Bytes { .. } => 0,
        });
        u64::try_from(texts.sum::<usize>()).unwrap_or(u64::MAX)
    }
}
