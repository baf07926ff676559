use crate::{Protocol, RawJson};

/// What the way back needs to know of a request: owned, `Send`, made by a call of its own beside the conversion.
///
/// It holds no prompt text except what a Responses client gets echoed (its instructions).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestContext {
    /// The protocol that the client speaks.
    pub client: Protocol,
    /// The model as the client wrote it.
    pub model: Option<String>,
    /// Whether the client asked for a stream.
    pub stream: bool,
    /// Whether the client gets usage in a stream: Chat sends it only when asked, the other protocols always.
    pub stream_usage: bool,
    /// The texts that end an answer.
    pub stop_sequences: Vec<String>,
    /// Names of the client's tools that take free text; a call that comes back as a function's is unwrapped.
    pub custom_tools: Vec<String>,
    /// Tools that go upstream under another name.
    pub tool_names: Vec<Renamed>,
    /// Calls that go upstream under another id.
    pub call_ids: Vec<Renamed>,
    /// The members of a request that a Responses answer repeats, by their wire names, as the client wrote them.
    pub echo: Vec<(String, RawJson<'static>)>,
}

/// A name or id that a target does not take, and what stands for it upstream.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Renamed {
    /// What goes upstream.
    pub upstream: String,
    /// What the client wrote.
    pub client: String,
}

impl RequestContext {
    /// The context of a request that nothing is known of.
    pub const fn new(client: Protocol) -> Self {
        Self {
            client,
            model: None,
            stream: false,
            stream_usage: !matches!(client, Protocol::Chat),
            stop_sequences: Vec::new(),
            custom_tools: Vec::new(),
            tool_names: Vec::new(),
            call_ids: Vec::new(),
            echo: Vec::new(),
        }
    }

    /// The client's name of a tool that the upstream calls `upstream`.
    pub fn tool_name<'n>(&'n self, upstream: &'n str) -> &'n str {
        renamed(&self.tool_names, upstream)
    }

    /// The client's id of a call that the upstream knows as `upstream`.
    pub fn call_id<'n>(&'n self, upstream: &'n str) -> &'n str {
        renamed(&self.call_ids, upstream)
    }

    /// Whether the client's tool `name` takes free text.
    pub fn is_custom_tool(&self, name: &str) -> bool {
        self.custom_tools.iter().any(|tool| tool == name)
    }

    /// The member of a Responses request that its answer repeats.
    pub fn echoed(&self, name: &str) -> Option<&RawJson<'static>> {
        self.echo.iter().find(|(member, _)| member == name).map(|(_, value)| value)
    }
}

fn renamed<'n>(names: &'n [Renamed], upstream: &'n str) -> &'n str {
    names.iter().find(|name| name.upstream == upstream).map_or(upstream, |name| &name.client)
}
