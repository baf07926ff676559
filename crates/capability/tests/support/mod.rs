//! Requests and offers of every shape, made in code.

#![allow(dead_code, reason = "each test file uses a part of it")]

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use switchback_capability::{Degradation, Effort, Offer, Policy, Supplies, Supply, Support, TemperatureRange, Unknown};
use switchback_ir::{
    AllowedTool, At, CallKind, CustomFormat, Feature, Field, JsonSchema, Key, Media, Message, Name, Native, Opaque,
    OutputFormat, Owner, Part, PartKind, Place, Protocol, RawJson, Request, Role, Shape, Slot, Text, Tool, ToolCall,
    ToolChoice, ToolInput, ToolKind, ToolResult,
};
use switchback_units::Millis;

/// A part with its leaves and children, before it has an origin and a place.
#[derive(Clone, Debug)]
pub(crate) struct Sketch {
    kind: Kind,
    leaves: Vec<(Key, &'static str)>,
    children: Vec<Self>,
}

#[derive(Clone, Debug)]
enum Kind {
    Text(&'static str),
    Refusal(bool),
    Image(usize),
    File(usize),
    Audio,
    Call(usize),
    Result(usize, Shape),
    Opaque(Feature),
}

type Leaves = Vec<(Key, &'static str)>;

/// A request of any shape, of any origin or none.
pub(crate) fn requests() -> impl Strategy<Value = Request<'static>> {
    let head = (origins(), vec(option(), 0..6), prop::option::weighted(0.4, formats()));
    let tools = prop_oneof![
        1 => Just((Vec::new(), None)),
        3 => (vec((0_usize..18, vec(tool_leaf(), 0..2)), 0..4), prop::option::weighted(0.6, 0_usize..9)),
    ];
    (head, tools, vec(turn(), 0..6), any::<bool>()).prop_map(
        |((origin, options, format), (tools, choice), turns, leads)| {
            let mut draft = Draft::of(origin);
            if leads {
                draft.turn(Role::System, Shape::Text, &[], &[text("be brief")]);
            }
            for (role, leaves, parts) in &turns {
                draft.turn(*role, Shape::Parts, leaves, parts);
            }
            for (kind, leaves) in &tools {
                draft.tool(*kind, leaves);
            }
            for (key, value) in options {
                draft.leaf(Owner::Request, key, value);
            }
            draft.request.tool_choice = choice.map(|kind| draft.choice(kind));
            draft.request.output_format = format.map(|kind| draft.format(kind));
            draft.request.sort_fields();
            draft.request
        },
    )
}

/// A request, and an offer that lacks some of what it uses.
pub(crate) fn cases() -> impl Strategy<Value = (Request<'static>, Offer)> {
    let lacks = vec(any::<prop::sample::Index>(), 0..4);
    (requests(), offers(), lacks).prop_map(|(request, offer, lacks)| {
        let used: Vec<Feature> = request.features().iter().collect();
        let lacks = lacks.iter().filter(|_| !used.is_empty()).map(|index| *index.get(&used));
        let offer = lacks.fold(offer, Offer::no);
        (request, offer)
    })
}

/// Substitutes for about half of the media of a request, by their places.
pub(crate) fn supplies(request: &Request<'_>) -> Supplies<'static> {
    let mut supplies = Supplies::new();
    let places = request.parts.iter().map(|part| part.place);
    for place in places.filter(|place| place.offset().is_none_or(|offset| offset % 2 == 0)) {
        supplies.insert(place, Supply::Bytes { media_type: "image/png".into(), data: "iVBORw0K".into() });
        supplies.insert(place, Supply::Text("what the document says".into()));
    }
    supplies
}

pub(crate) fn origins() -> impl Strategy<Value = Option<Protocol>> {
    prop_oneof![1 => Just(None), 6 => select(Protocol::ALL.to_vec()).prop_map(Some)]
}

pub(crate) fn protocols() -> impl Strategy<Value = Protocol> {
    select(Protocol::ALL.to_vec())
}

pub(crate) fn policies() -> impl Strategy<Value = Policy> {
    let unknown = select(vec![Unknown::Allow, Unknown::Accept, Unknown::Reject]);
    let degradation = select(vec![Degradation::Never, Degradation::KeepRequired, Degradation::Anything]);
    (unknown, degradation)
        .prop_map(|(unknown, degradation)| Policy::default().unknown(unknown).degradation(degradation))
}

/// An offer that says something of a few features, of many, or of all but a few.
pub(crate) fn offers() -> impl Strategy<Value = Offer> {
    let said = (features(), select(vec![Support::Yes, Support::No, Support::No, Support::Unknown]));
    let base = select(vec![Support::Yes, Support::Unknown, Support::Unknown]);
    let limit = || prop::option::weighted(0.3, prop_oneof![0_u64..40, 40_u64..4_000]);
    let limits = (limit(), limit(), limit(), counted());
    (base, vec(said, 0..24), limits).prop_map(|(base, said, (context, input, output, mut offer))| {
        for feature in Feature::OF_REQUESTS {
            offer.set(*feature, base);
        }
        for (feature, support) in said {
            offer.set(feature, support);
        }
        offer.set_context_window(context.map(Into::into));
        offer.set_max_input(input.map(Into::into));
        offer.set_max_output(output.map(Into::into));
        offer
    })
}

/// An offer with nothing but limits that are no tokens.
fn counted() -> impl Strategy<Value = Offer> {
    let range = (0_u16..2_000, 0_u16..2_000).prop_map(|(a, b)| TemperatureRange::new(a.min(b), a.max(b)).unwrap());
    let rarely = 0.15;
    (
        prop::option::weighted(rarely, range),
        prop::option::weighted(rarely, select(Effort::ALL.to_vec())),
        prop::option::weighted(rarely, 0_u32..4),
        prop::option::weighted(rarely, 16_u32..40),
        prop::option::weighted(rarely, select(vec![0_u64, 300_000, 3_600_000])),
    )
        .prop_map(|(range, effort, tools, name, ttl)| {
            let mut offer = Offer::unknown();
            offer = range.map_or(offer, |range| offer.temperature(range));
            offer = effort.map_or(offer, |effort| offer.max_effort(effort));
            offer = tools.map_or(offer, |tools| offer.max_tools(tools));
            offer = name.map_or(offer, |bytes| offer.max_tool_name(bytes));
            ttl.map_or(offer, |ttl| offer.max_cache_ttl(Millis::new(ttl)))
        })
}

pub(crate) fn features() -> impl Strategy<Value = Feature> {
    select(Feature::OF_REQUESTS.to_vec())
}

fn turn() -> impl Strategy<Value = (Role, Leaves, Vec<Sketch>)> {
    let role = select(vec![
        Role::User,
        Role::User,
        Role::Assistant,
        Role::Assistant,
        Role::Tool,
        Role::System,
        Role::Developer,
        Role::Unknown,
    ]);
    role.prop_flat_map(|role| (Just(role), vec(message_leaf(), 0..2), parts_of(role)))
}

fn parts_of(role: Role) -> BoxedStrategy<Vec<Sketch>> {
    match role {
        Role::Tool => vec(result(), 1..3).boxed(),
        Role::Unknown => select(vec![Feature::UnknownRole, Feature::AdditionalTools, Feature::ItemReference])
            .prop_map(|feature| vec![sketch(Kind::Opaque(feature))])
            .boxed(),
        Role::System | Role::Developer => vec(content(), 1..3).boxed(),
        Role::User => vec(prop_oneof![4 => content(), 1 => result()], 0..4).boxed(),
        Role::Assistant => vec(prop_oneof![3 => content(), 1 => call()], 0..4).boxed(),
    }
}

fn content() -> impl Strategy<Value = Sketch> {
    let opaque = select(vec![
        Feature::UnknownPart,
        Feature::AudioUrl,
        Feature::VideoUrl,
        Feature::VideoBase64,
        Feature::VideoFileId,
        Feature::ServerToolItem,
        Feature::ReasoningReplay,
        Feature::EnvelopeOfMessages,
        Feature::EnvelopeOfResponses,
        Feature::SearchResult,
        Feature::ContainerUpload,
    ]);
    let kind = prop_oneof![
        6 => Just(Kind::Text("hello")),
        1 => Just(Kind::Text("")),
        1 => any::<bool>().prop_map(Kind::Refusal),
        2 => (0_usize..4).prop_map(Kind::Image),
        3 => (0_usize..7).prop_map(Kind::File),
        1 => Just(Kind::Audio),
        2 => opaque.prop_map(Kind::Opaque),
    ];
    (kind, vec(part_leaf(), 0..2)).prop_map(|(kind, leaves)| Sketch { kind, leaves, children: Vec::new() })
}

fn call() -> impl Strategy<Value = Sketch> {
    (0_usize..5, vec(part_leaf(), 0..1)).prop_map(|(kind, leaves)| Sketch {
        kind: Kind::Call(kind),
        leaves,
        children: Vec::new(),
    })
}

fn result() -> impl Strategy<Value = Sketch> {
    let child = prop_oneof![
        Just(sketch(Kind::Text("42"))),
        Just(sketch(Kind::Text(""))),
        (0_usize..4).prop_map(|kind| sketch(Kind::Image(kind))),
        (0_usize..7).prop_map(|kind| sketch(Kind::File(kind))),
        Just(sketch(Kind::Opaque(Feature::SearchResult))),
    ];
    let leaf = select(vec![(Key::ToolResultError, "true"), (Key::ToolResultName, "\"f\""), (Key::ItemId, "\"i\"")]);
    (0_usize..3, vec(leaf, 0..2), vec(child, 0..3)).prop_map(|(kind, leaves, children)| {
        let text = matches!(children.as_slice(), [Sketch { kind: Kind::Text(_), .. }]);
        Sketch { kind: Kind::Result(kind, if text { Shape::Text } else { Shape::Parts }), leaves, children }
    })
}

const fn sketch(kind: Kind) -> Sketch {
    Sketch { kind, leaves: Vec::new(), children: Vec::new() }
}

const fn text(text: &'static str) -> Sketch {
    sketch(Kind::Text(text))
}

fn part_leaf() -> impl Strategy<Value = (Key, &'static str)> {
    select(vec![
        (Key::CacheBreakpoint, r#"{"type":"ephemeral","ttl":"1h"}"#),
        (Key::CacheBreakpoint, r#"{"ttl":"30m"}"#),
        (Key::CacheBreakpoint, "{}"),
        (Key::CacheControl, r#"{"type":"ephemeral"}"#),
        (Key::ImageDetail, "\"high\""),
        (Key::ImageTransformations, "{}"),
        (Key::FileName, "\"a.txt\""),
        (Key::FileDetail, "\"high\""),
        (Key::DocumentContext, "\"of the second page\""),
        (Key::DocumentCitations, r#"{"enabled":true}"#),
        (Key::Citations, r#"[{"url":"u"}]"#),
        (Key::OutputLogprobs, "[{}]"),
        (Key::ToolCaller, "{}"),
        (Key::ItemId, "\"msg_1\""),
    ])
}

fn message_leaf() -> impl Strategy<Value = (Key, &'static str)> {
    select(vec![
        (Key::MessageName, "\"ann\""),
        (Key::ItemId, "\"msg_1\""),
        (Key::ItemStatus, "\"completed\""),
        (Key::ItemPhase, "\"final\""),
        (Key::ReasoningText, "\"hm\""),
        (Key::AudioReference, r#"{"id":"a"}"#),
        (Key::CacheBreakpoint, "{}"),
    ])
}

fn tool_leaf() -> impl Strategy<Value = (Key, &'static str)> {
    let functions = select(vec![
        (Key::Strict, "true"),
        (Key::Strict, "false"),
        (Key::ToolAnnotation, "true"),
        (Key::CacheBreakpoint, r#"{"type":"ephemeral","ttl":"5m"}"#),
    ]);
    // Rare, so that the rest is not drowned.
    let others = select(vec![
        (Key::DeferLoading, "true"),
        (Key::AllowedDomains, "[\"a.example\"]"),
        (Key::BlockedDomains, "[\"b.example\"]"),
        (Key::UserLocation, "{\"type\":\"approximate\"}"),
    ]);
    prop_oneof![12 => functions, 1 => others]
}

fn option() -> impl Strategy<Value = (Key, &'static str)> {
    select(OPTIONS.to_vec())
}

const OPTIONS: &[(Key, &str)] = &[
    (Key::Temperature, "0.5"),
    (Key::Temperature, "1.5"),
    (Key::TopP, "0.9"),
    (Key::TopK, "5"),
    (Key::FrequencyPenalty, "1"),
    (Key::PresencePenalty, "1"),
    (Key::Seed, "7"),
    (Key::LogitBias, r#"{"1":2}"#),
    (Key::Logprobs, "true"),
    (Key::TopLogprobs, "3"),
    (Key::Stop, r#"["x"]"#),
    (Key::MaxOutputTokens, "5"),
    (Key::MaxOutputTokens, "500"),
    (Key::LegacyMaxTokens, "7"),
    (Key::LegacyMaxTokens, "700"),
    (Key::Choices, "2"),
    (Key::Prediction, "{}"),
    (Key::Moderation, "{}"),
    (Key::Truncation, "\"auto\""),
    (Key::Modalities, r#"["audio"]"#),
    (Key::Modalities, r#"["text","image"]"#),
    (Key::AudioOutput, "{}"),
    (Key::Verbosity, "\"low\""),
    (Key::Stream, "true"),
    (Key::StreamUsage, "true"),
    (Key::StreamObfuscation, "true"),
    // Twice: it says something only beside tools.
    (Key::ParallelToolCalls, "false"),
    (Key::ParallelToolCalls, "false"),
    (Key::MaxToolCalls, "2"),
    (Key::WebSearchOptions, "{}"),
    (Key::McpServers, "[{}]"),
    (Key::Effort, "\"none\""),
    (Key::Effort, "\"minimal\""),
    (Key::Effort, "\"high\""),
    (Key::Effort, "\"extreme\""),
    (Key::ReasoningSummary, "\"auto\""),
    (Key::ReasoningContext, "\"all\""),
    (Key::Thinking, "\"enabled\""),
    (Key::Thinking, "\"adaptive\""),
    (Key::Thinking, "\"disabled\""),
    (Key::ThinkingBudget, "9000"),
    (Key::ThinkingDisplay, "\"summarized\""),
    (Key::ThinkingDisplay, "\"omitted\""),
    (Key::SafetyIdentifier, "\"u\""),
    (Key::User, "\"u\""),
    (Key::Metadata, r#"{"a":"b"}"#),
    (Key::ServiceTier, "\"auto\""),
    (Key::ServiceTier, "\"flex\""),
    (Key::ServiceTier, "\"standard_only\""),
    (Key::Store, "true"),
    (Key::Store, "false"),
    (Key::PreviousResponse, "\"resp_1\""),
    (Key::Conversation, "\"conv_1\""),
    (Key::Background, "true"),
    (Key::PromptTemplate, "{}"),
    (Key::Include, "\"message.output_text.logprobs\""),
    (Key::Include, "\"reasoning.encrypted_content\""),
    (Key::Include, "\"file_search_call.results\""),
    (Key::ContextManagement, "{}"),
    (Key::Container, "\"c\""),
    (Key::InferenceGeo, "\"eu\""),
    (Key::Speed, "\"fast\""),
    (Key::CacheBreakpoint, r#"{"type":"ephemeral"}"#),
    (Key::PromptCacheKey, "\"k\""),
    (Key::PromptCacheRetention, "\"24h\""),
    (Key::PromptCacheOptions, "{}"),
    (Key::ProtocolOption, "1"),
    (Key::Beta, "\"b\""),
];

fn formats() -> impl Strategy<Value = usize> {
    0_usize..6
}

const SEARCH_RESULT: &str =
    r#"{"type":"search_result","source":"s","title":"t","content":[{"type":"text","text":"found"}]}"#;

/// A request in the making: everything gets a place of its own.
struct Draft {
    request: Request<'static>,
    native: Protocol,
    places: usize,
}

impl Draft {
    fn of(origin: Option<Protocol>) -> Self {
        let mut request = Request::new("m");
        request.origin = origin;
        Self { request, native: origin.unwrap_or(Protocol::Chat), places: 1 }
    }

    fn place(&mut self) -> Place {
        self.places += 1;
        if self.request.origin.is_none() { Place::NONE } else { Place::at(self.places) }
    }

    fn raw(&self, json: &'static str) -> Native<RawJson<'static>> {
        Native::new(self.native, RawJson::parse(json).unwrap())
    }

    fn leaf(&mut self, owner: Owner, key: Key, json: &'static str) {
        let taken = self.request.fields.iter().any(|field| field.owner == owner && field.key() == Some(key));
        if taken && key != Key::Include {
            return;
        }
        let value = RawJson::parse(json).unwrap();
        // Some options come as residue that no table knows.
        let unknown = key == Key::ProtocolOption && self.places.is_multiple_of(2);
        let name = if unknown { Name::Unknown(Text::from("x")) } else { Name::Known { key, wire: "" } };
        let place = self.place();
        self.request.fields.push(Field { owner, object: "", name, value, place });
    }

    fn turn(&mut self, role: Role, shape: Shape, leaves: &[(Key, &'static str)], parts: &[Sketch]) {
        let index = u32::try_from(self.request.messages.len()).unwrap();
        let place = self.place();
        for (key, value) in leaves {
            self.leaf(Owner::Message(index), *key, value);
        }
        let first_part = self.request.next_part();
        for part in parts {
            self.part(part);
        }
        let part_count = self.request.next_part() - first_part;
        let (role_place, content_place) = (self.place(), self.place());
        let slot = match (self.native, index) {
            (Protocol::Messages | Protocol::Responses, 0) if matches!(role, Role::System) => Slot::Instructions,
            _ => Slot::List,
        };
        let message = Message { role, shape, slot, first_part, part_count, place, role_place, content_place };
        self.request.messages.push(message);
    }

    fn part(&mut self, sketch: &Sketch) {
        let at = self.request.parts.len();
        let index = self.request.next_part();
        let place = self.place();
        let kind = self.kind(&sketch.kind);
        for (key, value) in &sketch.leaves {
            self.leaf(Owner::Part(index), *key, value);
        }
        self.request.parts.push(Part::new(kind, place));
        for child in &sketch.children {
            self.part(child);
        }
        self.request.parts[at].descendants = self.request.next_part() - index - 1;
    }

    fn kind(&mut self, kind: &Kind) -> PartKind<'static> {
        let text = |text: &'static str| Text::from(text);
        match kind {
            Kind::Text(words) => PartKind::Text(text(words)),
            Kind::Refusal(beside) => PartKind::Refusal { text: text("no"), beside: *beside },
            Kind::Image(0) => PartKind::Image(Media::Url(text("https://x/y.png"))),
            Kind::Image(1) => PartKind::Image(Media::Base64 { media_type: text("image/png"), data: text("AAAA") }),
            Kind::Image(2) => PartKind::Image(Media::DataUrl(text("data:,x"))),
            Kind::Image(_) => PartKind::Image(Media::FileId(Native::new(self.native, text("file_1")))),
            Kind::File(0) => PartKind::File(Media::Url(text("https://x/y.pdf"))),
            Kind::File(1) => PartKind::File(Media::Base64 { media_type: text("application/pdf"), data: text("AAAA") }),
            Kind::File(2) => PartKind::File(Media::Bare(text("AAAA"))),
            Kind::File(3) => PartKind::File(Media::DataUrl(text("data:,x"))),
            Kind::File(4) => PartKind::File(Media::FileId(Native::new(self.native, text("file_1")))),
            Kind::File(5) => PartKind::File(Media::Text(text("a document"))),
            Kind::File(_) => PartKind::File(Media::Content(
                self.raw(r#"[{"type":"text","text":"one"},{"type":"image","source":{}},{"type":"text","text":"two"}]"#),
            )),
            Kind::Audio => PartKind::Audio { data: text("AAAA"), format: text("wav") },
            Kind::Call(kind) => self.call(*kind),
            Kind::Result(kind, shape) => PartKind::ToolResult(ToolResult {
                call_id: (*kind != 2).then(|| At::nowhere(text("call_1"))),
                kind: [CallKind::Function, CallKind::Custom, CallKind::Legacy][*kind],
                shape: *shape,
                content_place: self.place(),
            }),
            Kind::Opaque(feature) => {
                let known = [
                    (Feature::SearchResult, SEARCH_RESULT),
                    (Feature::ReasoningReplay, r#"{"type":"thinking","thinking":"hm","signature":"s"}"#),
                ];
                let json =
                    known.iter().find(|(known, _)| known == feature).map_or(r#"{"type":"other"}"#, |(_, json)| json);
                PartKind::Opaque(Opaque { feature: *feature, raw: self.raw(json) })
            }
        }
    }

    fn call(&mut self, kind: usize) -> PartKind<'static> {
        let input = match kind {
            0 => ToolInput::Encoded(Text::from(r#"{"a":1}"#)),
            1 => ToolInput::Encoded(Text::from("not json")),
            2 => ToolInput::Json(RawJson::parse(r#"{"a":1}"#).unwrap()),
            3 => ToolInput::Custom(Text::from("print \"x\"")),
            _ => ToolInput::Encoded(Text::from("{}")),
        };
        // Text that is no JSON comes from afar, with names that no protocol takes everywhere.
        let (name, id) = if kind == 1 { ("f.g", "call:1") } else { ("f", "call_1") };
        let id = (kind != 4).then(|| At { value: Text::from(id), place: self.place() });
        let input_place = self.place();
        PartKind::ToolCall(ToolCall {
            tagged: true,
            id,
            legacy: kind == 4,
            name: Text::from(name),
            name_place: Place::NONE,
            input,
            input_place,
        })
    }

    fn tool(&mut self, kind: usize, leaves: &[(Key, &'static str)]) {
        const HOSTED: [Feature; 7] = [
            Feature::WebSearchTool,
            Feature::CodeExecutionTool,
            Feature::FileSearchTool,
            Feature::ImageGenerationTool,
            Feature::ComputerTool,
            Feature::McpTool,
            Feature::HostedTool,
        ];
        let index = u32::try_from(self.request.tools.len()).unwrap();
        let place = self.place();
        let custom = |format| ToolKind::Custom { format };
        let at = |value, place| Some(At { value, place });
        let kind = match kind {
            0..=4 => ToolKind::Function { parameters: None, legacy: false },
            5 => ToolKind::Function { parameters: None, legacy: self.native == Protocol::Chat },
            6 => custom(None),
            7 => custom(at(CustomFormat::Text, self.place())),
            8 => {
                let grammar = CustomFormat::Grammar { syntax: Text::from("lark"), definition: Text::from("start: x") };
                custom(at(grammar, self.place()))
            }
            9 => custom(at(CustomFormat::Other(self.raw("{}")), self.place())),
            kind => ToolKind::Hosted { feature: HOSTED[kind % HOSTED.len()], raw: self.raw(r#"{"type":"hosted"}"#) },
        };
        let name =
            ["f", "g", "a_name_that_is_longer_than_some_endpoints_take", "i"][usize::try_from(index).unwrap() % 4];
        // The legacy list has no `strict`.
        let legacy = matches!(kind, ToolKind::Function { legacy: true, .. });
        for (key, value) in leaves.iter().filter(|_| !legacy) {
            self.leaf(Owner::Tool(index), *key, value);
        }
        let named = !matches!(kind, ToolKind::Hosted { .. });
        let name = named.then(|| At { value: Text::from(name), place });
        self.request.tools.push(Tool { kind, name, description: None, place });
    }

    fn choice(&mut self, kind: usize) -> At<ToolChoice<'static>> {
        let allowed = vec![
            AllowedTool::Function(Text::from("f")),
            AllowedTool::Custom(Text::from("g")),
            AllowedTool::Hosted(self.raw(r#"{"type":"hosted"}"#)),
        ];
        let value = match kind {
            0 => ToolChoice::Auto,
            1 => ToolChoice::None,
            2 => ToolChoice::Required,
            3 => ToolChoice::Function(Text::from("f")),
            4 => ToolChoice::Function(Text::from("nowhere")),
            5 => ToolChoice::Custom(Text::from("g")),
            6 => ToolChoice::Allowed { required: true, tools: allowed },
            7 => ToolChoice::Allowed { required: false, tools: allowed },
            _ => ToolChoice::Hosted(self.raw(r#"{"type":"hosted"}"#)),
        };
        At { value, place: self.place() }
    }

    fn format(&mut self, kind: usize) -> At<OutputFormat<'static>> {
        let schema = |draft: &mut Self, strict: Option<bool>| {
            OutputFormat::JsonSchema(JsonSchema {
                name: Some(At { value: Text::from("answer"), place: draft.place() }),
                description: strict.map(|_| At { value: Text::from("the answer"), place: draft.place() }),
                schema: Some(At { value: RawJson::parse(r#"{"type":"object"}"#).unwrap(), place: draft.place() }),
                strict: strict.map(|value| At { value, place: draft.place() }),
                legacy: false,
            })
        };
        let value = match kind {
            0 => OutputFormat::Text,
            1 => OutputFormat::JsonObject,
            2 => OutputFormat::Other(RawJson::parse("{}").unwrap()),
            3 => schema(self, None),
            4 => schema(self, Some(true)),
            _ => schema(self, Some(false)),
        };
        At { value, place: self.place() }
    }
}
