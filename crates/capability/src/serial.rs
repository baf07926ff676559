//! Requirements, offers, verdicts and steps as records: features and words by their stable names, places as byte
//! offsets.
//!
//! A name that this version does not know is an error and not a guess: a record is replayed exactly or not at all.

use crate::quantity::Quantities;
use crate::rewrite::Parameter;
use crate::shape::RequestShape;
use crate::{
    Cause, Effort, Need, Offer, Reason, Requirements, Rewrite, Step, Support, TemperatureRange, TokenBounds, Verdict,
};
use serde::de::{Error, Unexpected};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use switchback_ir::{Feature, FeatureSet, Importance, Place};
use switchback_units::{Millis, Tokens};

/// A value that travels as its stable name.
trait Named: Copy {
    const EXPECTED: &'static str;
    fn of(name: &str) -> Option<Self>;
    fn word(self) -> &'static str;
}

impl Named for Feature {
    const EXPECTED: &'static str = "the name of a feature";
    fn of(name: &str) -> Option<Self> {
        Self::from_name(name)
    }
    fn word(self) -> &'static str {
        self.name()
    }
}

impl Named for Importance {
    const EXPECTED: &'static str = "`required`, `preferred` or `cosmetic`";
    fn of(name: &str) -> Option<Self> {
        [Self::Required, Self::Preferred, Self::Cosmetic].into_iter().find(|importance| importance.name() == name)
    }
    fn word(self) -> &'static str {
        self.name()
    }
}

impl Named for Effort {
    const EXPECTED: &'static str = "`low`, `medium`, `high`, `xhigh` or `max`";
    fn of(name: &str) -> Option<Self> {
        Self::from_name(name)
    }
    fn word(self) -> &'static str {
        self.name()
    }
}

impl Named for Cause {
    const EXPECTED: &'static str = "the name of a cause";
    fn of(name: &str) -> Option<Self> {
        Self::from_name(name)
    }
    fn word(self) -> &'static str {
        self.name()
    }
}

/// A named value on its way into or out of a record.
#[derive(Clone, Copy)]
struct Word<T>(T);

impl<T: Named> Serialize for Word<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.word())
    }
}

impl<'de, T: Named> Deserialize<'de> for Word<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        T::of(&name).map(Self).ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&name), &T::EXPECTED))
    }
}

/// A set of features as the list of their names, in table order.
#[derive(Default)]
pub(crate) struct Names(pub(crate) FeatureSet);

impl Names {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Names {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Word))
    }
}

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = Vec::<Word<Feature>>::deserialize(deserializer)?;
        Ok(Self(names.into_iter().map(|name| name.0).collect()))
    }
}

fn offset(place: Place) -> Option<usize> {
    place.offset()
}

fn place(offset: Option<usize>) -> Place {
    offset.map_or(Place::NONE, Place::at)
}

#[derive(Serialize, Deserialize)]
struct NeedRecord {
    feature: Word<Feature>,
    importance: Word<Importance>,
    place: Option<usize>,
    count: u32,
}

#[derive(Serialize, Deserialize)]
struct ShapeRecord {
    choice_among_functions: Option<Word<Feature>>,
    choice_when_filtered: Option<Word<Feature>>,
    effort: bool,
    becomes_text: u64,
    #[serde(default)]
    schema_fits_tool: bool,
    #[serde(default)]
    readable_reasoning: bool,
    #[serde(default)]
    supplied_bytes: Names,
    #[serde(default)]
    supplied_text: Names,
    behind_last_text: Names,
}

impl From<&RequestShape> for ShapeRecord {
    fn from(shape: &RequestShape) -> Self {
        Self {
            choice_among_functions: shape.choice_among_functions.map(Word),
            choice_when_filtered: shape.choice_when_filtered.map(Word),
            effort: shape.effort,
            becomes_text: shape.becomes_text,
            schema_fits_tool: shape.schema_fits_tool,
            readable_reasoning: shape.readable_reasoning,
            supplied_bytes: Names(shape.supplied_bytes),
            supplied_text: Names(shape.supplied_text),
            behind_last_text: Names(shape.behind_last_text),
        }
    }
}

impl From<ShapeRecord> for RequestShape {
    fn from(record: ShapeRecord) -> Self {
        Self {
            choice_among_functions: record.choice_among_functions.map(|choice| choice.0),
            choice_when_filtered: record.choice_when_filtered.map(|choice| choice.0),
            effort: record.effort,
            becomes_text: record.becomes_text,
            schema_fits_tool: record.schema_fits_tool,
            readable_reasoning: record.readable_reasoning,
            supplied_bytes: record.supplied_bytes.0,
            supplied_text: record.supplied_text.0,
            behind_last_text: record.behind_last_text.0,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct QuantitiesRecord {
    input: TokenBounds,
    counted: bool,
    max_output: Option<Tokens>,
    tools: u32,
    #[serde(default)]
    temperature: Option<u16>,
    #[serde(default)]
    reasoning_effort: Option<Word<Effort>>,
    #[serde(default)]
    cache_ttl: Option<Millis>,
}

impl From<Quantities> for QuantitiesRecord {
    fn from(quantities: Quantities) -> Self {
        let Quantities { input, counted, max_output, tools, temperature, effort, cache_ttl } = quantities;
        let reasoning_effort = effort.map(Word);
        Self { input, counted, max_output, tools, temperature, reasoning_effort, cache_ttl }
    }
}

impl From<QuantitiesRecord> for Quantities {
    fn from(record: QuantitiesRecord) -> Self {
        Self {
            input: record.input,
            counted: record.counted,
            max_output: record.max_output,
            tools: record.tools,
            temperature: record.temperature,
            effort: record.reasoning_effort.map(|effort| effort.0),
            cache_ttl: record.cache_ttl,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct RequirementsRecord {
    needs: Vec<NeedRecord>,
    #[serde(flatten)]
    quantities: QuantitiesRecord,
    shape: ShapeRecord,
}

impl Serialize for Requirements {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let needs = self.features().iter().filter_map(|feature| {
            let need = self.need(feature)?;
            let importance = Word(self.importance(feature));
            Some(NeedRecord { feature: Word(feature), importance, place: offset(need.place), count: need.count })
        });
        RequirementsRecord { needs: needs.collect(), quantities: self.quantities.into(), shape: (&self.shape).into() }
            .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Requirements {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let record = RequirementsRecord::deserialize(deserializer)?;
        let needs = record
            .needs
            .iter()
            .map(|need| (need.feature.0, need.importance.0, Need { place: place(need.place), count: need.count }));
        Ok(Self::recorded(needs, record.shape.into(), record.quantities.into()))
    }
}

#[derive(Serialize, Deserialize)]
struct OfferRecord {
    yes: Names,
    no: Names,
    context_window: Option<Tokens>,
    max_input: Option<Tokens>,
    max_output: Option<Tokens>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    temperature: Option<(u16, u16)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_effort: Option<Word<Effort>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_tools: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_tool_name: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_cache_ttl: Option<Millis>,
    #[serde(default, skip_serializing_if = "Names::is_empty")]
    owned_elsewhere: Names,
    #[serde(default, skip_serializing_if = "Names::is_empty")]
    owner_unknown: Names,
}

impl Serialize for Offer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        OfferRecord {
            yes: Names(self.known_yes()),
            no: Names(self.known_no()),
            context_window: self.context(),
            max_input: self.input_limit(),
            max_output: self.output_limit(),
            temperature: self.temperatures().map(|range| (range.least(), range.most())),
            max_effort: self.effort_limit().map(Word),
            max_tools: self.tool_limit(),
            max_tool_name: self.tool_name_limit(),
            max_cache_ttl: self.cache_ttl_limit(),
            owned_elsewhere: Names(self.owned_elsewhere()),
            owner_unknown: Names(self.owner_unknown()),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Offer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let record = OfferRecord::deserialize(deserializer)?;
        if let Some(feature) = record.yes.0.intersection(record.no.0).iter().next() {
            return Err(D::Error::custom(format_args!("`{feature}` is both in `yes` and in `no`")));
        }
        let mut offer = Self::unknown();
        record.yes.0.iter().for_each(|feature| offer.set(feature, Support::Yes));
        record.no.0.iter().for_each(|feature| offer.set(feature, Support::No));
        offer.set_context_window(record.context_window);
        offer.set_max_input(record.max_input);
        offer.set_max_output(record.max_output);
        if let Some((least, most)) = record.temperature {
            let range = TemperatureRange::new(least, most);
            offer = offer.temperature(range.ok_or_else(|| D::Error::custom("`temperature` is an empty range"))?);
        }
        offer = record.max_effort.map_or(offer, |effort| offer.max_effort(effort.0));
        offer = record.max_tools.map_or(offer, |tools| offer.max_tools(tools));
        offer = record.max_tool_name.map_or(offer, |bytes| offer.max_tool_name(bytes));
        offer = record.max_cache_ttl.map_or(offer, |ttl| offer.max_cache_ttl(ttl));
        Ok(offer.with_foreign(record.owned_elsewhere.0, record.owner_unknown.0))
    }
}

#[derive(Serialize, Deserialize)]
struct StepRecord {
    step: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    limit: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    effort: Option<Word<Effort>>,
    feature: Word<Feature>,
    place: Option<usize>,
    cause: Word<Cause>,
    importance: Word<Importance>,
}

impl Serialize for Step {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (limit, effort) = match self.rewrite.parameter() {
            Parameter::None => (None, None),
            Parameter::Tokens(tokens) => (Some(tokens.get()), None),
            Parameter::Thousandths(thousandths) => (Some(u64::from(thousandths)), None),
            Parameter::Effort(effort) => (None, Some(Word(effort))),
        };
        StepRecord {
            step: self.name().to_owned(),
            limit,
            effort,
            feature: Word(self.feature),
            place: offset(self.place),
            cause: Word(self.cause),
            importance: Word(self.importance),
        }
        .serialize(serializer)
    }
}

/// The rewrite of a record that holds a parameter, if the step's name is of one.
fn parameterised(record: &StepRecord) -> Option<Rewrite> {
    let limit = record.limit;
    let all = [
        limit.map(|limit| Rewrite::LowerMaxOutput(Tokens::new(limit))),
        limit.and_then(|limit| u16::try_from(limit).ok()).map(Rewrite::ClampTemperature),
        record.effort.map(|effort| Rewrite::LowerEffort(effort.0)),
    ];
    all.into_iter().flatten().find(|rewrite| rewrite.name() == record.step)
}

impl<'de> Deserialize<'de> for Step {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let record = StepRecord::deserialize(deserializer)?;
        let rewrite = parameterised(&record)
            .or_else(|| Rewrite::ALL.iter().copied().find(|rewrite| rewrite.name() == record.step));
        let unknown = || D::Error::invalid_value(Unexpected::Str(&record.step), &"the name of a step");
        Ok(Self {
            rewrite: rewrite.ok_or_else(unknown)?,
            feature: record.feature.0,
            place: place(record.place),
            cause: record.cause.0,
            importance: record.importance.0,
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
enum ReasonRecord {
    Feature { feature: Word<Feature>, place: Option<usize>, cause: Word<Cause> },
    InputTooLong { lower: Tokens, limit: Tokens },
    OutputTooLong { asked: Tokens, limit: Tokens },
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Feature { feature, place, cause } => {
                ReasonRecord::Feature { feature: Word(feature), place: offset(place), cause: Word(cause) }
            }
            Self::InputTooLong { lower, limit } => ReasonRecord::InputTooLong { lower, limit },
            Self::OutputTooLong { asked, limit } => ReasonRecord::OutputTooLong { asked, limit },
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Reason {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match ReasonRecord::deserialize(deserializer)? {
            ReasonRecord::Feature { feature, place: at, cause } => {
                Self::Feature { feature: feature.0, place: place(at), cause: cause.0 }
            }
            ReasonRecord::InputTooLong { lower, limit } => Self::InputTooLong { lower, limit },
            ReasonRecord::OutputTooLong { asked, limit } => Self::OutputTooLong { asked, limit },
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
enum VerdictRecord {
    Full { unverified: Names },
    Degraded { steps: Vec<Step>, unverified: Names },
    Impossible { reasons: Vec<Reason> },
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Full { unverified } => VerdictRecord::Full { unverified: Names(*unverified) },
            Self::Degraded { steps, unverified } => {
                VerdictRecord::Degraded { steps: steps.clone(), unverified: Names(*unverified) }
            }
            Self::Impossible { reasons } => VerdictRecord::Impossible { reasons: reasons.clone() },
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Verdict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match VerdictRecord::deserialize(deserializer)? {
            VerdictRecord::Full { unverified } => Self::Full { unverified: unverified.0 },
            VerdictRecord::Degraded { steps, unverified } => Self::Degraded { steps, unverified: unverified.0 },
            VerdictRecord::Impossible { reasons } => Self::Impossible { reasons },
        })
    }
}
