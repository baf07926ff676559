use std::fmt;
use std::str::FromStr;

/// A wire protocol, named by its API and not by a vendor.
///
/// The only exhaustive matches on this enum are the tables of this crate and `convert` in `switchback-protocol`: a new
/// protocol stops those builds and no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// `OpenAI` Chat Completions, `POST /v1/chat/completions`.
    Chat,
    /// `OpenAI` Responses, `POST /v1/responses`.
    Responses,
    /// Anthropic Messages, `POST /v1/messages`.
    Messages,
}

impl Protocol {
    /// Every protocol, in the order of the columns of all tables.
    pub const ALL: [Self; 3] = [Self::Chat, Self::Responses, Self::Messages];

    /// The name used on the command line and in serialised data: `chat`, `responses` or `messages`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Responses => "responses",
            Self::Messages => "messages",
        }
    }

    /// The path of the API below its `/v1` root, as the vendor's own host serves it.
    ///
    /// ```
    /// assert_eq!(switchback_ir::Protocol::Messages.path(), "/v1/messages");
    /// ```
    pub const fn path(self) -> &'static str {
        match self {
            Self::Chat => "/v1/chat/completions",
            Self::Responses => "/v1/responses",
            Self::Messages => "/v1/messages",
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text names no protocol.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown protocol `{found}`; expected `chat`, `responses` or `messages`")]
pub struct UnknownProtocol {
    found: String,
}

impl FromStr for Protocol {
    type Err = UnknownProtocol;

    /// Reads a protocol's [`name`](Protocol::name).
    ///
    /// ```
    /// use switchback_ir::Protocol;
    /// assert_eq!("chat".parse(), Ok(Protocol::Chat));
    /// assert!("openai".parse::<Protocol>().is_err());
    /// ```
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|protocol| protocol.name() == text)
            .ok_or_else(|| UnknownProtocol { found: text.chars().take(40).collect() })
    }
}
