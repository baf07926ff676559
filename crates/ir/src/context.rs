mod serial;

use crate::{Protocol, RawJson};

/// What the way back needs to know of a request: owned, `Send`, made by a call of its own beside the conversion.
///
/// It holds no prompt text except what a Responses client gets echoed (its instructions). As a record it is one JSON
/// object with [`SCHEMA`](Self::SCHEMA) as its `schema`; a record of another version, or with a member that this one
/// does not know, is an error.
///
/// ```
/// use switchback_ir::{Protocol, RawJson, RequestContext};
/// let mut context = RequestContext::new(Protocol::Responses);
/// context.echo.push(("temperature".to_owned(), RawJson::parse("1.50")?));
/// let record = serde_json::to_string(&context).unwrap();
/// assert!(record.ends_with(r#""echo":{"temperature":1.50}}"#));
/// assert_eq!(serde_json::from_str::<RequestContext>(&record).unwrap(), context);
/// assert!(serde_json::from_str::<RequestContext>(&record.replace(r#""schema":1"#, r#""schema":2"#)).is_err());
/// # Ok::<(), switchback_ir::json::Fault>(())
/// ```
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
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Renamed {
    /// What goes upstream.
    pub upstream: String,
    /// What the client wrote.
    pub client: String,
}

impl RequestContext {
    /// The version of the record.
    pub const SCHEMA: u32 = 1;

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
    #[inline]
    pub fn echoed(&self, name: &str) -> Option<&RawJson<'static>> {
        if self.echo.is_empty() { None } else { self.among_echoed(name) }
    }

    #[inline(never)]
    fn among_echoed(&self, name: &str) -> Option<&RawJson<'static>> {
        self.echo.iter().find(|(member, _)| member == name).map(|(_, value)| value)
    }
}

fn renamed<'n>(names: &'n [Renamed], upstream: &'n str) -> &'n str {
    names.iter().find(|name| name.upstream == upstream).map_or(upstream, |name| &name.client)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn it_crosses_threads() {
        fn crosses<T: Send + Sync + 'static>() {}
        crosses::<RequestContext>();
    }

    const VALUES: &[&str] =
        &[r#""\ud800 \u0041""#, "1.50e+0", "null", r#"{"b": 1, "a":[ ]}"#, "[1, 1]", "123456789012345678901234567890"];

    fn renamed() -> impl Strategy<Value = Vec<Renamed>> {
        let one = (any::<String>(), any::<String>()).prop_map(|(upstream, client)| Renamed { upstream, client });
        prop::collection::vec(one, 0..3)
    }

    fn echo() -> impl Strategy<Value = Vec<(String, RawJson<'static>)>> {
        let value = prop::sample::select(VALUES).prop_map(|text| RawJson::parse(text).unwrap());
        prop::collection::btree_map(any::<String>(), value, 0..4)
            .prop_map(|members| members.into_iter().rev().collect())
    }

    proptest! {
        #[test]
        fn writing_then_reading_is_identity(
            client in prop::sample::select(&Protocol::ALL[..]),
            model in any::<Option<String>>(),
            (stream, stream_usage) in any::<(bool, bool)>(),
            stop_sequences in prop::collection::vec(any::<String>(), 0..3),
            custom_tools in prop::collection::vec(any::<String>(), 0..3),
            (tool_names, call_ids) in (renamed(), renamed()),
            echo in echo(),
        ) {
            let context = RequestContext { client, model, stream, stream_usage, stop_sequences, custom_tools, tool_names, call_ids, echo };
            let record = serde_json::to_string(&context).unwrap();
            prop_assert_eq!(serde_json::from_str::<RequestContext>(&record).unwrap(), context);
        }
    }

    #[test]
    fn a_record_that_says_more_or_less_is_an_error() {
        let record = serde_json::to_string(&RequestContext::new(Protocol::Chat)).unwrap();
        let error = |from: &str, to: &str| {
            let error = serde_json::from_str::<RequestContext>(&record.replace(from, to)).unwrap_err().to_string();
            error.split(" at line").next().unwrap().to_owned()
        };
        assert_eq!(error(r#""schema":1"#, r#""schema":7"#), "request context of schema 7; this version reads schema 1");
        assert_eq!(error("chat", "soap"), "unknown protocol `soap`; expected `chat`, `responses` or `messages`");
        assert!(error(r#""stream":false,"#, "").starts_with("missing field `stream`"));
        assert!(error(r#""stream":"#, r#""x":1,"stream":"#).starts_with("unknown field `x`"));
        assert_eq!(error(r#""echo":{}"#, r#""echo":{"a":1,"a":2}"#), "`echo` has `a` twice");
    }

    #[test]
    fn what_was_renamed_comes_back_under_its_own_name() {
        let mut context = RequestContext::new(Protocol::Chat);
        context.tool_names.push(Renamed { upstream: "a_1".to_owned(), client: "a b".to_owned() });
        assert_eq!((context.tool_name("a_1"), context.tool_name("other")), ("a b", "other"));
        assert_eq!(context.call_id("a_1"), "a_1");
    }
}
