use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use switchback_capability::{Requirements, TokenBounds};
use switchback_ir::{Feature, Key, Protocol, Request};
use switchback_units::Tokens;

use crate::policy::Value;
use crate::size;

/// What the planner knows of a request: the model it names, what it needs, how long it is. Owned, and without any of
/// the request's text but the model's name.
///
/// ```
/// use switchback_ir::{Request, Role, Shape, Text};
/// use switchback_plan::Demand;
///
/// let mut request = Request::new("gpt-4o");
/// request.push_message(Role::User, Shape::Text, [Text::from("hello").into()]);
/// let demand = Demand::of(&request);
/// assert_eq!(demand.model(), Some("gpt-4o"));
/// assert!(demand.expected_input().get() < 20);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Demand {
    model: Option<String>,
    #[serde(with = "protocol")]
    origin: Option<Protocol>,
    requirements: Requirements,
    expected_input: Tokens,
    choices: u64,
    tiers: Vec<String>,
    /// Scalars of the body that a policy looks at, by JSON Pointer.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    values: BTreeMap<String, Value>,
}

/// The members of a body that hold prompts, whichever the protocol.
const PROMPTS: [&str; 5] = ["input", "instructions", "messages", "prompt", "system"];

impl Demand {
    /// Reads it off a request. Linear in the request's tables; texts are not looked into.
    pub fn of(request: &Request<'_>) -> Self {
        let word = |key| request.option(key).and_then(|field| Some(field.value.as_text()?.to_str()?.into_owned()));
        let requirements = Requirements::of(request);
        let expected = size::expected_input(request).max(requirements.input().lower);
        let choices = request.option(Key::Choices).and_then(|field| field.value.as_u64());
        Self {
            model: request.model.as_ref().and_then(|model| model.value.to_str().map(std::borrow::Cow::into_owned)),
            origin: request.origin,
            expected_input: requirements.input().upper.map_or(expected, |upper| expected.min(upper)),
            requirements,
            choices: choices.unwrap_or(1).max(1),
            values: BTreeMap::new(),
            tiers: [word(Key::ServiceTier), word(Key::Speed)].into_iter().flatten().collect(),
        }
    }

    /// The same demand for another model.
    #[must_use]
    pub fn with_model(self, model: impl Into<String>) -> Self {
        Self { model: Some(model.into()), ..self }
    }

    /// The same demand with an exact count of input tokens, from a caller that has a tokenizer.
    #[must_use]
    pub fn with_input(self, tokens: Tokens) -> Self {
        let requirements = self.requirements.with_input(TokenBounds { lower: tokens, upper: Some(tokens) });
        Self { requirements, expected_input: tokens, ..self }
    }

    /// The same demand with other requirements, from a caller that holds some features dearer than the table does.
    #[must_use]
    pub fn with_requirements(self, requirements: Requirements) -> Self {
        Self { requirements, ..self }
    }

    /// The same demand with scalars of the request's body by JSON Pointer: those that a policy's conditions and splits
    /// look at ([`Policy::body_pointers`](crate::Policy::body_pointers)).
    #[must_use]
    pub fn with_values(self, values: impl IntoIterator<Item = (String, Value)>) -> Self {
        Self { values: values.into_iter().collect(), ..self }
    }

    /// The same without the values that stand where prompts do, and the pointers of those.
    pub(crate) fn without_prompts(mut self) -> (Self, Vec<String>) {
        let is_prompt = |pointer: &str| {
            let root = pointer.strip_prefix('/').map(|rest| rest.split_once('/').map_or(rest, |(root, _)| root));
            root.is_some_and(|root| PROMPTS.contains(&root))
        };
        let withheld = self.values.keys().filter(|pointer| is_prompt(pointer)).cloned().collect();
        self.values.retain(|pointer, _| !is_prompt(pointer));
        (self, withheld)
    }

    /// A scalar of the body, where it was given.
    pub(crate) fn value(&self, pointer: &str) -> Option<&Value> {
        self.values.get(pointer)
    }

    /// The model as the request names it.
    pub fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    /// The protocol that the request came in; none for one made in code.
    pub const fn origin(&self) -> Option<Protocol> {
        self.origin
    }

    /// What the request needs of whoever serves it.
    pub const fn requirements(&self) -> &Requirements {
        &self.requirements
    }

    /// Between how many tokens the input has.
    pub const fn input(&self) -> TokenBounds {
        self.requirements.input()
    }

    /// How many tokens the input is expected to have.
    pub const fn expected_input(&self) -> Tokens {
        self.expected_input
    }

    /// The longest answer that the request allows; `None` where it names no limit.
    pub const fn max_output(&self) -> Option<Tokens> {
        self.requirements.max_output()
    }

    /// How many answers it asks for.
    pub const fn choices(&self) -> u64 {
        self.choices
    }

    /// Whether it asks for a stream.
    pub fn streams(&self) -> bool {
        self.requirements.features().contains(Feature::Streaming)
    }

    pub(crate) fn asks_for_tier(&self, tier: &str) -> bool {
        self.tiers.iter().any(|asked| asked == tier)
    }

    pub(crate) fn writes_cache(&self) -> bool {
        self.requirements.features().contains(Feature::CacheBreakpoint)
    }
}

/// A protocol by its name.
mod protocol {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
    use switchback_ir::Protocol;

    #[expect(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
    pub(super) fn serialize<S: Serializer>(protocol: &Option<Protocol>, serializer: S) -> Result<S::Ok, S::Error> {
        protocol.map(Protocol::name).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Protocol>, D::Error> {
        let name = Option::<String>::deserialize(deserializer)?;
        name.map(|name| name.parse()).transpose().map_err(de::Error::custom)
    }
}
