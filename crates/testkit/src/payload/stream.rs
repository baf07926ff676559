use super::Words;
use serde_json::json;
use std::fmt::Write as _;
use switchback_ir::Protocol;

/// A kind of streamed answer: one block, as its vendor sends it.
///
/// As recorded in 2026: Chat and Responses pad each event with `obfuscation`, Messages with white space before the last
/// bracket, and Responses numbers its events.
///
/// ```
/// use switchback_ir::Protocol;
/// use switchback_testkit::STREAMS;
/// let text = &STREAMS[0];
/// assert_eq!((text.name, text.body(Protocol::Chat)), ("text", text.body(Protocol::Chat)));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Streamed {
    /// Part of the benches' ids.
    pub name: &'static str,
    /// How many deltas there are.
    pub deltas: usize,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Arguments,
}

/// An answer's text, a word in each delta, and a call whose arguments hold code.
pub const STREAMS: &[Streamed] = &[
    Streamed { name: "text", deltas: 2_000, kind: Kind::Text },
    Streamed { name: "arguments", deltas: 2_000, kind: Kind::Arguments },
];

impl Streamed {
    /// The same with another number of deltas, at least one.
    #[must_use]
    pub const fn of(&self, deltas: usize) -> Self {
        Self { deltas, ..*self }
    }

    /// The stream in a protocol, as Server-Sent Events.
    pub fn body(&self, protocol: Protocol) -> Vec<u8> {
        let mut words = Words::new(11);
        let pieces = match self.kind {
            Kind::Text => self.text(&mut words),
            Kind::Arguments => self.arguments(&mut words),
        };
        let mut stream = Stream { protocol, kind: self.kind, words, sequence: 0, out: String::new() };
        stream.begin();
        for piece in &pieces {
            stream.delta(piece);
        }
        stream.end(&pieces.concat());
        stream.out.into_bytes()
    }

    fn text(&self, words: &mut Words) -> Vec<String> {
        let piece = |at: usize| match at % 16 {
            9 => "\"".to_owned(),
            15 => ".\n\n".to_owned(),
            _ => format!(" {}", words.prose(1).trim_end()),
        };
        (0..self.deltas).map(piece).collect()
    }

    /// An object with one text, cut every six characters, as models' tokens cut it.
    fn arguments(&self, words: &mut Words) -> Vec<String> {
        let code = words.code(self.deltas * 6);
        let inner: String = json!({ "text": code }).to_string();
        let characters: Vec<char> = inner.chars().collect();
        let mut pieces: Vec<String> = characters.chunks(6).map(|piece| piece.iter().collect()).collect();
        // As many as asked for: what is over comes at once, as the last piece of a burst does.
        let rest = pieces.split_off(self.deltas - 1).concat();
        pieces.push(rest);
        pieces
    }
}

/// A stream in the making.
struct Stream {
    protocol: Protocol,
    kind: Kind,
    words: Words,
    sequence: usize,
    out: String,
}

const MODEL: &str = "gpt-5-mini-2025-08-07";
const CHAT_HEAD: &str = r#"{"id":"chatcmpl-D65MwuYPT3TqzzAKJWNOu7xiWADun","object":"chat.completion.chunk","created":1770342978,"model":"gpt-5-mini-2025-08-07","service_tier":"default","system_fingerprint":"fp_f4ae844694","choices":["#;
const ITEM: &str = "msg_68d0ea6c38448197a5ac04fcb50776d20103ac2e1a0f67b0";

impl Stream {
    fn begin(&mut self) {
        let text = self.kind == Kind::Text;
        match self.protocol {
            Protocol::Chat => self.chunk(if text {
                r#"{"role":"assistant","content":"","refusal":null}"#
            } else {
                r#"{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"edit_0","arguments":""}}],"refusal":null}"#
            }),
            Protocol::Messages => {
                self.event("message_start", r#","message":{"id":"msg_01","type":"message","role":"assistant","model":"claude-haiku-4-5","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":900,"output_tokens":1}}}"#);
                let block = if text {
                    r#"{"type":"text","text":""}"#
                } else {
                    r#"{"type":"tool_use","id":"toolu_1","name":"edit_0","input":{}}"#
                };
                self.event("content_block_start", &format!(r#","index":0,"content_block":{block}}}"#));
            }
            Protocol::Responses => {
                let response = response("in_progress", "");
                self.event("response.created", &format!(r#","response":{response}}}"#));
                self.event("response.in_progress", &format!(r#","response":{response}}}"#));
                let item = self.item("in_progress", "");
                self.event("response.output_item.added", &format!(r#","output_index":0,"item":{item}}}"#));
                if text {
                    let place = format!(r#","item_id":"{ITEM}","output_index":0,"content_index":0"#);
                    self.event("response.content_part.added", &format!(r#"{place},"part":{}}}"#, part("")));
                }
            }
        }
    }

    fn delta(&mut self, piece: &str) {
        let piece = json!(piece).to_string();
        let padding = self.padding();
        let text = self.kind == Kind::Text;
        match self.protocol {
            Protocol::Chat if text => self.chunk(&format!(r#"{{"content":{piece}}}"#)),
            Protocol::Chat => {
                self.chunk(&format!(r#"{{"tool_calls":[{{"index":0,"function":{{"arguments":{piece}}}}}]}}"#));
            }
            Protocol::Messages => {
                let (kind, member) = if text { ("text_delta", "text") } else { ("input_json_delta", "partial_json") };
                let space = " ".repeat(padding.len());
                let delta = format!(r#","index":0,"delta":{{"type":"{kind}","{member}":{piece}}}{space}}}"#);
                self.event("content_block_delta", &delta);
            }
            Protocol::Responses if text => self.event(
                "response.output_text.delta",
                &format!(
                    r#","item_id":"{ITEM}","output_index":0,"content_index":0,"delta":{piece},"logprobs":[],"obfuscation":"{padding}"}}"#
                ),
            ),
            Protocol::Responses => self.event(
                "response.function_call_arguments.delta",
                &format!(r#","item_id":"{ITEM}","output_index":0,"delta":{piece},"obfuscation":"{padding}"}}"#),
            ),
        }
    }

    fn end(&mut self, whole: &str) {
        let whole = json!(whole).to_string();
        let text = self.kind == Kind::Text;
        match self.protocol {
            Protocol::Chat => {
                let reason = if text { "stop" } else { "tool_calls" };
                let finish = format!(r#"{{"index":0,"delta":{{}},"logprobs":null,"finish_reason":"{reason}"}}]}}"#);
                self.data(&format!("{CHAT_HEAD}{finish}"));
                self.data("[DONE]");
            }
            Protocol::Messages => {
                let reason = if text { "end_turn" } else { "tool_use" };
                self.event("content_block_stop", r#","index":0}"#);
                self.event("message_delta", &format!(r#","delta":{{"stop_reason":"{reason}","stop_sequence":null}},"usage":{{"output_tokens":2000}}}}"#));
                self.event("message_stop", "}");
            }
            Protocol::Responses => {
                let (done, place, member) = if text {
                    ("response.output_text.done", r#","content_index":0"#, "text")
                } else {
                    ("response.function_call_arguments.done", "", "arguments")
                };
                let place = format!(r#","item_id":"{ITEM}","output_index":0{place}"#);
                self.event(done, &format!(r#"{place},"{member}":{whole}}}"#));
                if text {
                    self.event("response.content_part.done", &format!(r#"{place},"part":{}}}"#, part(&whole)));
                }
                let item = self.item("completed", &whole);
                self.event("response.output_item.done", &format!(r#","output_index":0,"item":{item}}}"#));
                self.event("response.completed", &format!(r#","response":{}}}"#, response("completed", &item)));
            }
        }
    }

    /// The one item of a response; `whole` is a JSON string, or empty while there is nothing.
    fn item(&self, status: &str, whole: &str) -> String {
        if self.kind == Kind::Arguments {
            let arguments = if whole.is_empty() { "\"\"" } else { whole };
            return format!(
                r#"{{"id":"{ITEM}","type":"function_call","status":"{status}","arguments":{arguments},"call_id":"call_1","name":"edit_0"}}"#
            );
        }
        let content = if whole.is_empty() { String::new() } else { part(whole) };
        format!(r#"{{"id":"{ITEM}","type":"message","status":"{status}","content":[{content}],"role":"assistant"}}"#)
    }

    fn chunk(&mut self, delta: &str) {
        let padding = self.padding();
        self.data(&format!(
            r#"{CHAT_HEAD}{{"index":0,"delta":{delta},"logprobs":null,"finish_reason":null}}],"usage":null,"obfuscation":"{padding}"}}"#
        ));
    }

    /// A named event; `members` are those behind its type, and the bracket that ends it.
    fn event(&mut self, kind: &str, members: &str) {
        writeln!(self.out, "event: {kind}").unwrap();
        let sequence = match self.protocol {
            Protocol::Responses => format!(r#","sequence_number":{}"#, self.sequence),
            Protocol::Chat | Protocol::Messages => String::new(),
        };
        self.sequence += 1;
        self.data(&format!(r#"{{"type":"{kind}"{sequence}{members}"#));
    }

    fn data(&mut self, payload: &str) {
        write!(self.out, "data: {payload}\n\n").unwrap();
    }

    /// What vendors add so that the length of an event does not tell its text.
    fn padding(&mut self) -> String {
        let letters = "abcdefghijklmno";
        letters.get(..self.words.next(letters.len() + 1)).unwrap().to_owned()
    }
}

fn part(text: &str) -> String {
    let text = if text.is_empty() { "\"\"" } else { text };
    format!(r#"{{"type":"output_text","annotations":[],"logprobs":[],"text":{text}}}"#)
}

fn response(status: &str, items: &str) -> String {
    let usage = if status == "completed" {
        r#"{"input_tokens":900,"input_tokens_details":{"cached_tokens":0},"output_tokens":2000,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":2900}"#
    } else {
        "null"
    };
    format!(
        r#"{{"id":"resp_68d0ea66d1e88197","object":"response","created_at":1763683200,"status":"{status}","error":null,"incomplete_details":null,"instructions":null,"max_output_tokens":null,"model":"{MODEL}","output":[{items}],"parallel_tool_calls":true,"previous_response_id":null,"store":true,"temperature":1.0,"tool_choice":"auto","tools":[],"top_p":1.0,"truncation":"disabled","usage":{usage},"metadata":{{}}}}"#
    )
}
