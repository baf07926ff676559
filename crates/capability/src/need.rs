use crate::TokenBounds;
use crate::part::part_feature;
use switchback_ir::{
    AllowedTool, At, CustomFormat, Feature, FeatureSet, Importance, Key, Media, Message, Native, OutputFormat, Part,
    PartKind, Place, Protocol, RawJson, Request, Role, Text, Tool, ToolChoice, ToolInput, ToolKind,
};
use switchback_units::Tokens;

/// Where a request first asks for a feature, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Need {
    /// The first value that asks for it, in the order of the walk.
    pub place: Place,
    /// How many values ask for it.
    pub count: u32,
}

impl Need {
    const NONE: Self = Self { place: Place::NONE, count: 0 };
}

/// What a request needs of whoever serves it: features with their importance, and quantities.
///
/// Owned, without text of the request, of a fixed size of about a kilobyte and without a heap of its own.
///
/// ```
/// use switchback_capability::Requirements;
/// use switchback_ir::{Feature, Importance, Key, Owner, RawJson, Request};
///
/// let mut request = Request::new("gpt-5");
/// request.set(Owner::Request, Key::Seed, RawJson::number(7));
/// let needs = Requirements::of(&request);
/// assert!(needs.features().contains(Feature::Seed));
/// assert_eq!(needs.importance(Feature::Seed), Importance::Preferred);
/// assert_eq!(needs.with_importance(Feature::Seed, Importance::Required).importance(Feature::Seed), Importance::Required);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirements {
    features: FeatureSet,
    needs: [Need; Feature::ALL.len()],
    required: FeatureSet,
    preferred: FeatureSet,
    pub(crate) shape: RequestShape,
    input: TokenBounds,
    /// Whether the caller counted the input.
    counted: bool,
    max_output: Option<Tokens>,
    tools: u32,
}

/// What a request needs that is no feature.
#[derive(Clone, Copy, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Quantities {
    pub(crate) input: TokenBounds,
    pub(crate) counted: bool,
    pub(crate) max_output: Option<Tokens>,
    pub(crate) tools: u32,
}

/// What a rewrite would leave behind, as far as it depends on more than the features in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RequestShape {
    /// What the tool choice would ask for if every custom tool were a function.
    pub(crate) choice_among_functions: Option<Feature>,
    /// What the tool choice would ask for if only the allowed tools were listed.
    pub(crate) choice_when_filtered: Option<Feature>,
    /// Whether an effort is set, `none` included.
    pub(crate) effort: bool,
    /// Bytes that count for less than text until a rewrite makes them text: schemas, contexts, blocks.
    pub(crate) becomes_text: u64,
    /// The features of the parts behind the last text, where an assistant wrote it: without them it is a prefill.
    pub(crate) behind_last_text: FeatureSet,
}

impl Requirements {
    /// Reads them off a request: one walk over its uses, one over its tables, one over its text.
    pub fn of(request: &Request<'_>) -> Self {
        Self::read(request, TokenBounds::of(request))
    }

    /// The same with the input counted elsewhere, or of no interest.
    pub(crate) fn read(request: &Request<'_>, input: TokenBounds) -> Self {
        let mut features = FeatureSet::EMPTY;
        let mut needs = [Need::NONE; Feature::ALL.len()];
        request.uses(&mut |used| {
            features.insert(used.feature);
            if let Some(need) = needs.get_mut(used.feature as usize) {
                if need.count == 0 {
                    need.place = used.place;
                }
                need.count = need.count.saturating_add(1);
            }
        });
        let of = |importance: Importance| features.iter().filter(|f| f.importance() == importance).collect();
        Self {
            features,
            needs,
            required: of(Importance::Required),
            preferred: of(Importance::Preferred),
            shape: RequestShape::of(request),
            input,
            counted: false,
            max_output: max_output(request),
            tools: u32::try_from(request.tools.len()).unwrap_or(u32::MAX),
        }
    }

    /// Requirements that were read off a request once, from their record.
    pub(crate) fn recorded(
        used: impl Iterator<Item = (Feature, Importance, Need)>,
        shape: RequestShape,
        quantities: Quantities,
    ) -> Self {
        let (mut features, mut required, mut preferred) = (FeatureSet::EMPTY, FeatureSet::EMPTY, FeatureSet::EMPTY);
        let mut needs = [Need::NONE; Feature::ALL.len()];
        for (feature, importance, need) in used {
            features.insert(feature);
            match importance {
                Importance::Required => required.insert(feature),
                Importance::Preferred => preferred.insert(feature),
                Importance::Cosmetic => {}
            }
            if let Some(slot) = needs.get_mut(feature as usize) {
                *slot = need;
            }
        }
        let Quantities { input, counted, max_output, tools } = quantities;
        Self { features, needs, required, preferred, shape, input, counted, max_output, tools }
    }

    pub(crate) const fn quantities(&self) -> Quantities {
        let Self { input, counted, max_output, tools, .. } = *self;
        Quantities { input, counted, max_output, tools }
    }

    /// Everything that the request uses.
    pub const fn features(&self) -> FeatureSet {
        self.features
    }

    /// Where it first asks for `feature`, and how often; `None` if it does not.
    pub fn need(&self, feature: Feature) -> Option<Need> {
        self.needs.get(feature as usize).copied().filter(|need| need.count > 0)
    }

    /// How much it depends on `feature`: the caller's word, else the feature's own.
    pub fn importance(&self, feature: Feature) -> Importance {
        if self.required.contains(feature) {
            Importance::Required
        } else if self.preferred.contains(feature) {
            Importance::Preferred
        } else if self.features.contains(feature) {
            Importance::Cosmetic
        } else {
            feature.importance()
        }
    }

    /// How much it depends on the most important of `features` that it uses.
    pub(crate) fn most_important(&self, features: FeatureSet) -> Option<Importance> {
        let any = |of: FeatureSet| !features.intersection(of).is_empty();
        if any(self.required) {
            Some(Importance::Required)
        } else if any(self.preferred) {
            Some(Importance::Preferred)
        } else {
            any(self.features).then_some(Importance::Cosmetic)
        }
    }

    /// The same requirements with another importance of `feature`; nothing changes for a feature that is not used.
    #[must_use]
    pub fn with_importance(mut self, feature: Feature, importance: Importance) -> Self {
        self.required.remove(feature);
        self.preferred.remove(feature);
        if self.features.contains(feature) {
            match importance {
                Importance::Required => self.required.insert(feature),
                Importance::Preferred => self.preferred.insert(feature),
                Importance::Cosmetic => {}
            }
        }
        self
    }

    /// The same requirements with every feature required: what gateways call `require_parameters`.
    #[must_use]
    pub const fn require_all(mut self) -> Self {
        self.required = self.features;
        self.preferred = FeatureSet::EMPTY;
        self
    }

    /// The same requirements under the rule that Concentrate documents: every schema for the answer, a strict one too,
    /// may fall from JSON Schema to a JSON object to text.
    ///
    /// ```
    /// use switchback_capability::{Offer, Policy, Requirements, match_offer};
    /// use switchback_ir::{At, Feature, JsonSchema, OutputFormat, Protocol, Request};
    ///
    /// let schema = JsonSchema { strict: Some(At::nowhere(true)), ..JsonSchema::default() };
    /// let mut request = Request::new("gpt-5");
    /// request.output_format = Some(At::nowhere(OutputFormat::JsonSchema(schema)));
    /// let offer = Offer::unknown().no(Feature::JsonSchema);
    /// let verdict = |needs| match_offer(&needs, None, Protocol::Chat, &offer, Policy::default());
    /// assert_eq!(verdict(Requirements::of(&request)).name(), "impossible");
    /// assert_eq!(verdict(Requirements::of(&request).with_falling_schemas()).name(), "degraded");
    /// ```
    #[must_use]
    pub fn with_falling_schemas(self) -> Self {
        [Feature::JsonSchema, Feature::JsonSchemaStrict, Feature::JsonObject]
            .into_iter()
            .fold(self, |needs, feature| needs.with_importance(feature, Importance::Preferred))
    }

    /// Bounds of the input tokens, whoever serves it: without what a vendor puts before tools.
    pub const fn input(&self) -> TokenBounds {
        self.input
    }

    /// Bounds of the input tokens at an endpoint that speaks `target`; the caller's own count, where there is one.
    pub fn input_at(&self, target: Protocol) -> TokenBounds {
        if self.counted { self.input } else { self.input.at(target, self.tools) }
    }

    /// The same requirements with the caller's own count of input tokens, which wins over the bounds.
    #[must_use]
    pub const fn with_input(mut self, input: TokenBounds) -> Self {
        self.input = input;
        self.counted = true;
        self
    }

    /// The most output tokens that it asks for; `None` where it names no limit.
    pub const fn max_output(&self) -> Option<Tokens> {
        self.max_output
    }

    /// How many tools it lists.
    pub const fn tools(&self) -> u32 {
        self.tools
    }
}

#[cfg(test)]
impl Requirements {
    /// The same quantities with other features, each at its own importance, and another shape.
    pub(crate) fn with_features(mut self, features: FeatureSet, shape: RequestShape) -> Self {
        self.shape = shape;
        let of = |importance: Importance| features.iter().filter(|f| f.importance() == importance).collect();
        self.features = features;
        self.required = of(Importance::Required);
        self.preferred = of(Importance::Preferred);
        self
    }
}

fn max_output(request: &Request<'_>) -> Option<Tokens> {
    [Key::MaxOutputTokens, Key::LegacyMaxTokens]
        .into_iter()
        .find_map(|key| request.option(key)?.value.as_u64())
        .map(Tokens::new)
}

impl RequestShape {
    fn of(request: &Request<'_>) -> Self {
        Self {
            choice_among_functions: choice_among_functions(request),
            choice_when_filtered: choice_when_filtered(request),
            effort: request.option(Key::Effort).is_some(),
            becomes_text: becomes_text(request),
            behind_last_text: behind_last_text(request),
        }
    }
}

fn choice<'r, 'a>(request: &'r Request<'a>) -> Option<&'r ToolChoice<'a>> {
    request.tool_choice.as_ref().map(|at| &at.value)
}

fn choice_among_functions(request: &Request<'_>) -> Option<Feature> {
    match choice(request)? {
        ToolChoice::Auto | ToolChoice::Hosted(_) => None,
        ToolChoice::None => Some(Feature::ToolChoiceNone),
        ToolChoice::Required => Some(Feature::ToolChoiceRequired),
        ToolChoice::Function(_) | ToolChoice::Custom(_) => Some(Feature::ToolChoiceNamed),
        ToolChoice::Allowed { .. } => Some(Feature::ToolChoiceAllowed),
    }
}

fn choice_when_filtered(request: &Request<'_>) -> Option<Feature> {
    let Some(ToolChoice::Allowed { required, tools }) = choice(request) else { return None };
    let listed = |custom: bool| {
        request.tools.iter().any(|tool| {
            let kind = match tool.kind {
                ToolKind::Function { .. } => !custom,
                ToolKind::Custom { .. } => custom,
                ToolKind::Hosted { .. } => false,
            };
            kind && tool.name.as_ref().is_some_and(|name| allows(tools, &name.value))
        })
    };
    match (required, listed(false), listed(true)) {
        (true, true, _) => Some(Feature::ToolChoiceRequired),
        (true, false, true) => Some(Feature::ToolChoiceCustom),
        // A choice of a set without callable tools leaves nothing to choose.
        (false, _, _) | (true, false, false) => None,
    }
}

/// Whether a set of allowed tools names this one; names are unique whatever the kind.
pub(crate) fn allows(allowed: &[AllowedTool<'_>], name: &Text<'_>) -> bool {
    allowed.iter().any(|tool| match tool {
        AllowedTool::Function(allowed) | AllowedTool::Custom(allowed) => allowed == name,
        AllowedTool::Hosted(_) => false,
    })
}

fn becomes_text(request: &Request<'_>) -> u64 {
    let parts = request.parts.iter().map(|part| {
        if let PartKind::File(Media::Content(raw)) = &part.kind {
            native_len(raw)
        } else if let PartKind::Opaque(opaque) = &part.kind
            && opaque.feature == Feature::SearchResult
        {
            native_len(&opaque.raw)
        } else if let Some(ToolInput::Custom(input)) = part.as_call().map(|call| &call.input) {
            input.stored_len()
        } else {
            0
        }
    });
    let heads = request.fields.iter().filter(|field| matches!(field.key(), Some(Key::DocumentContext | Key::FileName)));
    let bytes = parts.sum::<usize>()
        + heads.map(|field| field.value.as_str().len()).sum::<usize>()
        + request.tools.iter().map(grammar_len).sum::<usize>()
        + schema_len(request);
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

fn grammar_len(tool: &Tool<'_>) -> usize {
    match &tool.kind {
        ToolKind::Custom { format: Some(At { value: CustomFormat::Grammar { syntax, definition }, .. }) } => {
            syntax.stored_len() + definition.stored_len()
        }
        ToolKind::Custom { .. } | ToolKind::Function { .. } | ToolKind::Hosted { .. } => 0,
    }
}

fn schema_len(request: &Request<'_>) -> usize {
    let Some(OutputFormat::JsonSchema(schema)) = request.output_format.as_ref().map(|at| &at.value) else { return 0 };
    let description = schema.description.as_ref().map_or(0, |description| description.value.stored_len());
    schema.schema.as_ref().map_or(0, |schema| schema.value.as_str().len()) + description
}

fn native_len(raw: &Native<RawJson<'_>>) -> usize {
    raw.for_protocol(raw.origin()).map_or(0, |raw| raw.as_str().len())
}

/// What stands behind the last text of an assistant at the end of the conversation; empty where a text of somebody
/// else ends it, or where nothing stands behind.
fn behind_last_text(request: &Request<'_>) -> FeatureSet {
    let mut behind = None;
    for message in &request.messages {
        for (_, part) in request.parts_of(message) {
            match tail_of(message, part) {
                Tail::Prefill(becomes) => behind = Some(becomes),
                Tail::Text => behind = None,
                Tail::Behind(feature) => insert(&mut behind, feature),
            }
        }
        if message.part_count == 0 {
            insert(&mut behind, Feature::EmptyText);
        }
    }
    behind.unwrap_or_default()
}

fn insert(behind: &mut Option<FeatureSet>, feature: Feature) {
    if let Some(behind) = behind {
        behind.insert(feature);
    }
}

/// What a part at the end of the conversation is to whoever looks for a prefill.
enum Tail {
    /// A text of an assistant, or what becomes one once these features are rewritten.
    Prefill(FeatureSet),
    /// A text of somebody else.
    Text,
    /// Something that has to go before a text in front of it ends the conversation.
    Behind(Feature),
}

fn tail_of(message: &Message, part: &Part<'_>) -> Tail {
    let assistant = message.role == Role::Assistant;
    if let PartKind::Text(text) = &part.kind {
        return match (assistant, text.is_empty()) {
            (true, _) => Tail::Prefill(FeatureSet::EMPTY),
            (false, false) => Tail::Text,
            (false, true) => Tail::Behind(Feature::EmptyText),
        };
    }
    let feature = part_feature(part);
    match (BECOME_TEXT.contains(&feature), assistant) {
        (true, true) => Tail::Prefill([feature].into_iter().collect()),
        (true, false) => Tail::Text,
        (false, _) => Tail::Behind(feature),
    }
}

/// What is written as text where it cannot be carried.
pub(crate) const BECOME_TEXT: &[Feature] =
    &[Feature::Refusal, Feature::FileText, Feature::FileContent, Feature::SearchResult];
