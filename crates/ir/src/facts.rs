use crate::{Action, Feature, FeatureSet, Ledger, NameRule, Protocol};

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
