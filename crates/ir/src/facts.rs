use crate::{Action, Expression, Feature, FeatureSet, Key, Ledger, NameRule, Protocol, Request};

/// Facts about a target that its protocol does not tell. Data from the caller, never guessed from a model's name.
///
/// The default claims nothing that a protocol does not promise everywhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TargetFacts {
    /// Whether the target takes a `system` message between turns (Messages only; the others always do).
    pub mid_conversation_system: bool,
    /// `max_tokens` for Messages when the source names no limit; default [`TargetFacts::DEFAULT_MAX_TOKENS`].
    pub max_tokens: Option<u64>,
    /// The highest sampling temperature that the target takes; default as the table of features says.
    pub temperature_maximum: Option<Temperature>,
    /// The least `max_tokens` and its kin that the target takes, in tokens; default as the table of features says.
    pub min_output_tokens: Option<u64>,
    /// Whether the target can be made to follow a schema exactly (`strict`); default as the table of features says.
    pub strict_schemas: Option<bool>,
    /// Whether sealed reasoning goes to a foreign target in an envelope, in its own place for what is opaque; off by
    /// default, since an upstream that checks sealed values rejects one.
    pub envelopes: bool,
    /// What the target takes as a tool's name; default [`NameRule::tool_name`] of its protocol.
    pub tool_name: Option<NameRule>,
    /// What the target takes as a call's id; default [`NameRule::call_id`] of its protocol.
    pub call_id: Option<NameRule>,
}

impl TargetFacts {
    /// The limit that Messages gets when nobody names one: 4,096 tokens, which every Claude model since 3 accepts
    /// (vendor's model table, 2026-11).
    pub const DEFAULT_MAX_TOKENS: u64 = 4096;

    /// Says whether the target takes a `system` message between turns.
    #[must_use]
    pub fn with_mid_conversation_system(self, allowed: bool) -> Self {
        Self { mid_conversation_system: allowed, ..self }
    }

    /// Names the limit for Messages when the source has none.
    #[must_use]
    pub fn with_max_tokens(self, tokens: u64) -> Self {
        Self { max_tokens: Some(tokens), ..self }
    }
}

impl TargetFacts {
    /// Names what the target takes as a tool's name.
    #[must_use]
    pub fn with_tool_name(self, rule: NameRule) -> Self {
        Self { tool_name: Some(rule), ..self }
    }

    /// Names what the target takes as a call's id.
    #[must_use]
    pub fn with_call_id(self, rule: NameRule) -> Self {
        Self { call_id: Some(rule), ..self }
    }

    /// What a target that speaks `protocol` takes as a tool's name.
    pub fn tool_name_rule(&self, protocol: Protocol) -> NameRule {
        self.tool_name.unwrap_or_else(|| NameRule::tool_name(protocol))
    }

    /// What a target that speaks `protocol` takes as a call's id.
    pub fn call_id_rule(&self, protocol: Protocol) -> NameRule {
        self.call_id.unwrap_or_else(|| NameRule::call_id(protocol))
    }
}

impl TargetFacts {
    /// Names the highest sampling temperature that the target takes.
    #[must_use]
    pub fn with_temperature_maximum(self, maximum: Temperature) -> Self {
        Self { temperature_maximum: Some(maximum), ..self }
    }

    /// Names the least limit on the answer's length that the target takes, in tokens.
    #[must_use]
    pub fn with_min_output_tokens(self, tokens: u64) -> Self {
        Self { min_output_tokens: Some(tokens), ..self }
    }

    /// Says whether the target can be made to follow a schema exactly.
    #[must_use]
    pub fn with_strict_schemas(self, supported: bool) -> Self {
        Self { strict_schemas: Some(supported), ..self }
    }

    /// Says whether sealed reasoning goes in an envelope.
    #[must_use]
    pub fn with_envelopes(self, carried: bool) -> Self {
        Self { envelopes: carried, ..self }
    }

    /// How a target that speaks `target` expresses `feature` of `request`: as its protocol does
    /// ([`Feature::expression`]), unless a fact overrules the table.
    ///
    /// ```
    /// use switchback_ir::{Expression, Feature, Key, Owner, Protocol, RawJson, Request, TargetFacts, Temperature};
    /// let mut request = Request::new("m");
    /// request.set(Owner::Request, Key::Temperature, RawJson::parse("1.2")?);
    /// let feature = Feature::TemperatureAboveOne;
    /// let of = |facts: TargetFacts, target| facts.expression(feature, target, &request);
    /// assert_eq!(of(TargetFacts::default(), Protocol::Messages), Expression::Dropped);
    /// let warm = TargetFacts::default().with_temperature_maximum(Temperature::new(1.5).unwrap());
    /// assert_eq!(of(warm, Protocol::Messages), Expression::Noted);
    /// let cool = TargetFacts::default().with_temperature_maximum(Temperature::new(1.0).unwrap());
    /// assert_eq!(of(cool, Protocol::Chat), Expression::Dropped);
    /// # Ok::<(), switchback_ir::json::Fault>(())
    /// ```
    #[expect(clippy::wildcard_enum_match_arm, reason = "only these features depend on a fact")]
    pub fn expression(&self, feature: Feature, target: Protocol, request: &Request<'_>) -> Expression {
        match feature {
            Feature::MidConversationSystem if self.mid_conversation_system => Expression::Native,
            Feature::StrictTools | Feature::JsonSchemaStrict if self.strict_schemas == Some(false) => {
                Expression::Dropped
            }
            Feature::ReasoningReplay | Feature::EnvelopeOfMessages | Feature::EnvelopeOfResponses
                if self.envelopes && feature.expression(target) == Expression::Dropped =>
            {
                Expression::Noted
            }
            Feature::Temperature | Feature::TemperatureAboveOne => match self.temperature_maximum {
                None => feature.expression(target),
                Some(maximum) if maximum.is_below(request) => Expression::Dropped,
                Some(_) => Feature::Temperature.expression(target),
            },
            Feature::MaxOutputTokens | Feature::MaxOutputTokensSmall => match self.min_output_tokens {
                None => feature.expression(target),
                Some(least) if request.max_output_tokens().is_some_and(|asked| asked < least) => Expression::Noted,
                Some(_) => Feature::MaxOutputTokens.expression(target),
            },
            _ => feature.expression(target),
        }
    }
}

/// The features whose expression a fact can overrule; for all others the table has the last word.
const FACTUAL: [Feature; 10] = [
    Feature::MidConversationSystem,
    Feature::StrictTools,
    Feature::JsonSchemaStrict,
    Feature::ReasoningReplay,
    Feature::EnvelopeOfMessages,
    Feature::EnvelopeOfResponses,
    Feature::Temperature,
    Feature::TemperatureAboveOne,
    Feature::MaxOutputTokens,
    Feature::MaxOutputTokensSmall,
];

impl TargetFacts {
    /// What a target that speaks `target` carries of `request`, natively or with a note.
    pub fn carried(&self, target: Protocol, request: &Request<'_>) -> FeatureSet {
        let carried = |expression| matches!(expression, Expression::Native | Expression::Noted);
        self.overrule(FeatureSet::expressed_by(target), target, request, carried)
    }

    /// What a target that speaks `target` expresses natively of `request`: the rest is what a ledger can speak of.
    pub fn native(&self, target: Protocol, request: &Request<'_>) -> FeatureSet {
        let native = |expression| expression == Expression::Native;
        self.overrule(FeatureSet::native_to(target), target, request, native)
    }

    fn overrule(
        &self,
        mut set: FeatureSet,
        target: Protocol,
        request: &Request<'_>,
        has: impl Fn(Expression) -> bool,
    ) -> FeatureSet {
        let tables = !self.mid_conversation_system
            && self.strict_schemas != Some(false)
            && !self.envelopes
            && self.temperature_maximum.is_none()
            && self.min_output_tokens.is_none();
        for feature in FACTUAL.into_iter().filter(|_| !tables) {
            if has(self.expression(feature, target, request)) {
                set.insert(feature);
            } else {
                set.remove(feature);
            }
        }
        set
    }
}

/// A sampling temperature: finite, and not below zero.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Temperature(f64);

/// Every value equals itself: none is NaN.
impl Eq for Temperature {}

impl Temperature {
    /// The temperature, if it is one.
    ///
    /// ```
    /// use switchback_ir::Temperature;
    /// assert!(Temperature::new(1.0) < Temperature::new(2.0));
    /// assert_eq!((Temperature::new(f64::NAN), Temperature::new(-0.5)), (None, None));
    /// ```
    pub fn new(value: f64) -> Option<Self> {
        (value.is_finite() && value >= 0.0).then_some(Self(value))
    }

    /// Its value.
    pub const fn get(self) -> f64 {
        self.0
    }

    /// Whether a request asks for a higher one.
    fn is_below(self, request: &Request<'_>) -> bool {
        request.option(Key::Temperature).and_then(|field| field.value.as_f64()).is_some_and(|asked| asked > self.0)
    }
}

/// Which ledger entries are errors.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Fidelity {
    /// Only refusals are.
    #[default]
    Lenient,
    /// Every dropped or degraded value is, unless its feature is in the set.
    Allowing(FeatureSet),
    /// Every dropped or degraded value is.
    Strict,
}

impl Fidelity {
    /// Whether a conversion with this ledger is an error under this policy.
    pub fn rejects(&self, ledger: &Ledger) -> bool {
        ledger.entries().iter().any(|entry| match entry.action {
            Action::Refused => true,
            Action::Dropped | Action::Degraded => !self.allows(entry.feature),
            Action::Synthesised | Action::Noted => false,
        })
    }

    fn allows(&self, feature: Feature) -> bool {
        match self {
            Self::Lenient => true,
            Self::Allowing(features) => features.contains(feature),
            Self::Strict => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sets_are_what_the_expressions_say() {
        let some = TargetFacts::default().with_mid_conversation_system(true).with_envelopes(true);
        let warm = TargetFacts::default().with_temperature_maximum(Temperature(1.0)).with_min_output_tokens(20);
        let loose = TargetFacts::default().with_strict_schemas(false);
        let mut request = Request::new("m");
        request.set(crate::Owner::Request, Key::Temperature, crate::RawJson::number(2));
        request.set(crate::Owner::Request, Key::MaxOutputTokens, crate::RawJson::number(17));
        for facts in [TargetFacts::default(), some, warm, loose] {
            for target in Protocol::ALL {
                let (carried, native) = (facts.carried(target, &request), facts.native(target, &request));
                for feature in Feature::ALL {
                    let expression = facts.expression(*feature, target, &request);
                    let kept = matches!(expression, Expression::Native | Expression::Noted);
                    assert_eq!(carried.contains(*feature), kept, "{feature} {target} {facts:?}");
                    assert_eq!(native.contains(*feature), expression == Expression::Native, "{feature} {target}");
                }
            }
        }
    }
}
