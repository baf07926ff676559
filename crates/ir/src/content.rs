use crate::{At, Feature, Place, Protocol, RawJson, Text};

/// One content part. Its descendants (the content of a tool result) follow it in the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// What it is.
    pub kind: PartKind<'a>,
    /// How many table entries after it are its own.
    pub descendants: u32,
    /// Where it begins: the part's object, or the string where a content is a bare string.
    pub place: Place,
}

/// What a content part is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartKind<'a> {
    /// Text.
    Text(Text<'a>),
    /// A refusal that the model gave.
    Refusal {
        /// Its text.
        text: Text<'a>,
        /// Whether it stands beside the content (`message.refusal` of Chat) and not in it.
        beside: bool,
    },
    /// An image.
    Image(Media<'a>),
    /// A document.
    File(Media<'a>),
    /// Audio in the body, with its format (`wav`, `mp3`).
    Audio {
        /// The bytes in base64.
        data: Text<'a>,
        /// The format's name.
        format: Text<'a>,
    },
    /// The model calls a tool.
    ToolCall(ToolCall<'a>),
    /// A tool's answer; its content are the descendants.
    ToolResult(ToolResult<'a>),
    /// Something that only the protocol it came from can carry.
    Opaque(Opaque<'a>),
}

/// Where the bytes of an image or a document are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Media<'a> {
    /// At a URL.
    Url(Text<'a>),
    /// In a `data:` URL that is not base64 with a media type.
    DataUrl(Text<'a>),
    /// In the body, in base64.
    Base64 {
        /// The media type (`image/png`).
        media_type: Text<'a>,
        /// The bytes in base64.
        data: Text<'a>,
    },
    /// In the body, in base64, without a media type.
    Bare(Text<'a>),
    /// In a file that a provider holds; only for the protocol it came from.
    FileId(Native<Text<'a>>),
    /// In the body, as plain text (documents only).
    Text(Text<'a>),
    /// In the body, as content blocks (documents only); only for the protocol it came from.
    Content(Native<RawJson<'a>>),
}

/// A value that means something only where it came from: ids of files and items, sealed reasoning, unknown blocks.
///
/// The value cannot be had without naming the protocol that it is to be written in, and only its own gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Native<T> {
    origin: Protocol,
    value: T,
}

impl<T> Native<T> {
    /// A value that came from `origin`.
    pub const fn new(origin: Protocol, value: T) -> Self {
        Self { origin, value }
    }

    /// The value, if `target` is the protocol that it came from.
    pub fn for_protocol(&self, target: Protocol) -> Option<&T> {
        (self.origin == target).then_some(&self.value)
    }

    /// Where it came from.
    pub const fn origin(&self) -> Protocol {
        self.origin
    }

    pub(crate) fn map<U>(self, f: impl FnOnce(T) -> U) -> Native<U> {
        Native { origin: self.origin, value: f(self.value) }
    }
}

/// A part or item as it came, with the feature that its loss would be reported under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opaque<'a> {
    /// What kind of thing it is.
    pub feature: Feature,
    /// The whole object.
    pub raw: Native<RawJson<'a>>,
}

/// A call of a tool by the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolCall<'a> {
    /// The id that its result names, if it has one.
    pub id: Option<At<Text<'a>>>,
    /// Whether it stood in the legacy `function_call` of Chat.
    pub legacy: bool,
    /// Whether it says its own `type`; some hosts of Chat leave it out.
    pub tagged: bool,
    /// The tool's name.
    pub name: Text<'a>,
    /// Where the name begins.
    pub name_place: Place,
    /// What the tool gets.
    pub input: ToolInput<'a>,
    /// Where the input begins.
    pub input_place: Place,
}

/// What a tool is called with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToolInput<'a> {
    /// JSON text inside a JSON string (Chat, Responses): one layer of escaping on it.
    Encoded(Text<'a>),
    /// A JSON value (Messages).
    Json(RawJson<'a>),
    /// Free text of a custom tool.
    Custom(Text<'a>),
}

/// What kind of call a tool result answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallKind {
    /// A function.
    Function,
    /// A custom tool; Responses writes its results as items of another type.
    Custom,
    /// A legacy function of Chat, whose result has role `function`.
    Legacy,
}

/// The answer of a tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolResult<'a> {
    /// The id of the call, if it has one.
    pub call_id: Option<At<Text<'a>>>,
    /// What kind of call it answers.
    pub kind: CallKind,
    /// How the content is written.
    pub shape: crate::Shape,
    /// Where the content begins, or nowhere.
    pub content_place: Place,
}

impl<'a> From<Text<'a>> for Part<'a> {
    /// A text part made in code.
    fn from(text: Text<'a>) -> Self {
        Self::new(PartKind::Text(text), Place::NONE)
    }
}

impl<'a> Part<'a> {
    /// A part without descendants.
    pub const fn new(kind: PartKind<'a>, place: Place) -> Self {
        Self { kind, descendants: 0, place }
    }

    /// Whether it is an empty text.
    pub fn is_empty_text(&self) -> bool {
        matches!(&self.kind, PartKind::Text(text) if text.is_empty())
    }

    /// Whether it is a text that says something: an empty one does not.
    pub fn is_said(&self) -> bool {
        matches!(&self.kind, PartKind::Text(text) if !text.is_empty())
    }

    /// The tool call, if it is one.
    pub fn as_call(&self) -> Option<&ToolCall<'a>> {
        if let PartKind::ToolCall(call) = &self.kind { Some(call) } else { None }
    }

    /// The tool result, if it is one.
    pub fn as_result(&self) -> Option<&ToolResult<'a>> {
        if let PartKind::ToolResult(result) = &self.kind { Some(result) } else { None }
    }

    pub(crate) fn into_owned(self) -> Part<'static> {
        Part { kind: self.kind.into_owned(), descendants: self.descendants, place: self.place }
    }
}

impl PartKind<'_> {
    fn into_owned(self) -> PartKind<'static> {
        match self {
            Self::Text(text) => PartKind::Text(text.into_owned()),
            Self::Refusal { text, beside } => PartKind::Refusal { text: text.into_owned(), beside },
            Self::Image(media) => PartKind::Image(media.into_owned()),
            Self::File(media) => PartKind::File(media.into_owned()),
            Self::Audio { data, format } => PartKind::Audio { data: data.into_owned(), format: format.into_owned() },
            Self::ToolCall(call) => PartKind::ToolCall(ToolCall {
                id: call.id.map(|at| At { value: at.value.into_owned(), place: at.place }),
                legacy: call.legacy,
                tagged: call.tagged,
                name: call.name.into_owned(),
                name_place: call.name_place,
                input: call.input.into_owned(),
                input_place: call.input_place,
            }),
            Self::ToolResult(result) => PartKind::ToolResult(ToolResult {
                call_id: result.call_id.map(|at| At { value: at.value.into_owned(), place: at.place }),
                kind: result.kind,
                shape: result.shape,
                content_place: result.content_place,
            }),
            Self::Opaque(opaque) => {
                PartKind::Opaque(Opaque { feature: opaque.feature, raw: opaque.raw.map(RawJson::into_owned) })
            }
        }
    }
}

impl Media<'_> {
    /// The feature that an image from here stands for.
    pub const fn image_feature(&self) -> Feature {
        match self {
            Self::Url(_) => Feature::ImageUrl,
            Self::Base64 { .. } => Feature::ImageBase64,
            Self::FileId(_) => Feature::ImageFileId,
            Self::DataUrl(_) | Self::Bare(_) | Self::Text(_) | Self::Content(_) => Feature::ImageDataUrl,
        }
    }

    /// The feature that a file from here stands for: a document's, unless its media type says that it is none.
    ///
    /// ```
    /// use switchback_ir::{Feature, Media};
    /// let file = |media_type| Media::Base64 { media_type, data: "AAAA".into() }.file_feature();
    /// assert_eq!(file("application/pdf".into()), Feature::FileBase64);
    /// assert_eq!(file("video/mp4".into()), Feature::VideoBase64);
    /// ```
    pub fn file_feature(&self) -> Feature {
        match self {
            Self::Url(_) => Feature::FileUrl,
            Self::Base64 { media_type, .. } if media_type.between("video/", "").is_some() => Feature::VideoBase64,
            Self::Base64 { media_type, .. } if media_type.between("audio/", "").is_some() => Feature::AudioInput,
            Self::Base64 { .. } => Feature::FileBase64,
            Self::DataUrl(_) | Self::Bare(_) => Feature::FileData,
            Self::FileId(_) => Feature::FileId,
            Self::Text(_) => Feature::FileText,
            Self::Content(_) => Feature::FileContent,
        }
    }

    fn into_owned(self) -> Media<'static> {
        match self {
            Self::Url(url) => Media::Url(url.into_owned()),
            Self::DataUrl(url) => Media::DataUrl(url.into_owned()),
            Self::Base64 { media_type, data } => {
                Media::Base64 { media_type: media_type.into_owned(), data: data.into_owned() }
            }
            Self::Bare(data) => Media::Bare(data.into_owned()),
            Self::FileId(id) => Media::FileId(id.map(Text::into_owned)),
            Self::Text(text) => Media::Text(text.into_owned()),
            Self::Content(raw) => Media::Content(raw.map(RawJson::into_owned)),
        }
    }
}

impl ToolInput<'_> {
    fn into_owned(self) -> ToolInput<'static> {
        match self {
            Self::Encoded(text) => ToolInput::Encoded(text.into_owned()),
            Self::Json(raw) => ToolInput::Json(raw.into_owned()),
            Self::Custom(text) => ToolInput::Custom(text.into_owned()),
        }
    }
}
