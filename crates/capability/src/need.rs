use crate::quantity::Quantities;
use crate::shape::RequestShape;
use crate::{Supplies, TokenBounds};
use switchback_ir::{Feature, FeatureSet, Importance, Place, Protocol, Request};
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
    pub(crate) quantities: Quantities,
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
            shape: RequestShape::of(request, features),
            quantities: Quantities::of(request, input),
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
        Self { features, needs, required, preferred, shape, quantities }
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

    /// The same requirements with these features required and the others as they were: a request's own list.
    #[must_use]
    pub fn require(self, features: impl IntoIterator<Item = Feature>) -> Self {
        features.into_iter().fold(self, |needs, feature| needs.with_importance(feature, Importance::Required))
    }

    /// The same requirements under the rule that Concentrate documents: every schema for the answer, a strict one too,
    /// may fall from JSON Schema to a JSON object to text, and never becomes a function.
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
    pub fn with_falling_schemas(mut self) -> Self {
        self.shape.schema_fits_tool = false;
        [Feature::JsonSchema, Feature::JsonSchemaStrict, Feature::JsonObject]
            .into_iter()
            .fold(self, |needs, feature| needs.with_importance(feature, Importance::Preferred))
    }

    /// Bounds of the input tokens, whoever serves it: without what a vendor puts before tools.
    pub const fn input(&self) -> TokenBounds {
        self.quantities.input
    }

    /// Bounds of the input tokens at an endpoint that speaks `target`; the caller's own count, where there is one.
    #[inline]
    pub fn input_at(&self, target: Protocol) -> TokenBounds {
        let Quantities { input, counted, tools, .. } = self.quantities;
        if counted { input } else { input.at(target, tools) }
    }

    /// The same requirements with the caller's own count of input tokens, which wins over the bounds.
    #[must_use]
    pub const fn with_input(mut self, input: TokenBounds) -> Self {
        self.quantities.input = input;
        self.quantities.counted = true;
        self
    }

    /// The most output tokens that it asks for; `None` where it names no limit.
    pub const fn max_output(&self) -> Option<Tokens> {
        self.quantities.max_output
    }

    /// How many tools it lists.
    pub const fn tools(&self) -> u32 {
        self.quantities.tools
    }

    /// The same requirements of a caller that holds substitutes for some values: steps that need them come into
    /// question where every value of a feature has one. [`apply_with`](crate::apply_with) takes those steps.
    #[must_use]
    pub fn with_supplies(mut self, request: &Request<'_>, supplies: &Supplies<'_>) -> Self {
        self.shape.supply(request, supplies);
        self
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
