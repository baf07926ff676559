//! What an error answer says, whatever its shape: gateways and compatible servers have many.

use switchback_ir::json::{Cursor, Kind};
use switchback_ir::{Limits, Text};

/// The words, messages and numbers of an error answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Facts {
    /// Every `type`, `code`, `status` and exception name, in lower case.
    pub(super) words: Vec<String>,
    /// Every message, in lower case.
    pub(super) text: String,
    /// The status: the answer's own, or one that the body repeats.
    pub(super) status: Option<u16>,
    /// The parameter that it is about.
    pub(super) param: Option<String>,
}

/// Most of each that is looked at: an error is short, and a page of HTML or an echoed prompt tells nothing more.
const WORDS: usize = 32;
const WORD: usize = 80;
const TEXT: usize = 8 << 10;
const DEPTH: u32 = 8;
const ELEMENTS: usize = 8;
const BODY: u32 = 1 << 20;

impl Facts {
    pub(super) fn of(status: Option<u16>, body: &[u8]) -> Self {
        let mut facts = Self::default();
        if facts.json(body).is_none() {
            facts.plain(body);
        }
        // A gateway that answers 200 means the status in its body.
        let own = status.filter(|status| *status >= 400);
        facts.status = own.or(facts.status).or(status);
        facts
    }

    /// Adds a type, a code or an exception's name.
    pub(super) fn word(&mut self, word: &str) {
        // AWS: `com.amazon.coral.service#ThrottlingException:http://internal.amazon.com/...`.
        let word = word.rsplit('#').next().unwrap_or(word);
        let word = word.split(':').next().unwrap_or(word).trim();
        if word.is_empty() || word.len() > WORD || self.words.len() >= WORDS {
            return;
        }
        let word = word.to_ascii_lowercase();
        if !self.words.contains(&word) {
            self.words.push(word);
        }
    }

    fn json(&mut self, body: &[u8]) -> Option<()> {
        let mut cursor = Cursor::new(body, &Limits::default().with_bytes(BODY)).ok()?;
        // A document that is broken further on still said what it said.
        cursor.raw().ok()?;
        let mut cursor = Cursor::new(body, &Limits::default()).ok()?;
        if !matches!(cursor.peek().ok()?, Kind::Object | Kind::Array | Kind::String) {
            return None;
        }
        self.value(&mut cursor, "error", 0)
    }

    fn value(&mut self, cursor: &mut Cursor<'_>, name: &str, depth: u32) -> Option<()> {
        match cursor.peek().ok()? {
            Kind::Object if depth < DEPTH && !is_echo(name) => {
                let mut members = cursor.open_object().ok()?;
                while let Some(name) = cursor.next_key(&mut members).ok()? {
                    self.value(cursor, &name.word().to_ascii_lowercase(), depth + 1)?;
                }
            }
            Kind::Array if depth < DEPTH && !is_echo(name) => {
                let mut elements = cursor.open_array().ok()?;
                let mut seen = 0;
                while cursor.next_element(&mut elements).ok()? {
                    seen += 1;
                    if seen <= ELEMENTS {
                        self.value(cursor, name, depth + 1)?;
                    } else {
                        cursor.raw().ok()?;
                    }
                }
            }
            Kind::String => {
                let text = cursor.string().ok()?;
                self.string(name, &text, depth);
            }
            Kind::Number => {
                let number = cursor.raw().ok()?;
                if matches!(name, "code" | "status" | "status_code" | "statuscode" | "raw_status_code") {
                    self.number(number.as_u64());
                    self.word(number.as_str());
                }
            }
            Kind::Null | Kind::Bool | Kind::Object | Kind::Array => {
                cursor.raw().ok()?;
            }
        }
        Some(())
    }

    fn string(&mut self, name: &str, text: &Text<'_>, depth: u32) {
        let text = text.word();
        match name {
            "type" | "code" | "status" | "__type" | "reason" | "error_code" | "errorcode" | "error_type" | "name" => {
                self.word(&text);
                self.number(text.parse().ok());
            }
            "error" | "message" | "detail" | "msg" | "error_description" | "error_message" | "errormessage"
            | "title" | "raw" | "errors" => {
                if name == "error" {
                    self.word(&text);
                }
                self.message(&text, depth);
            }
            // FastAPI's `loc` is a path: its last word is the parameter.
            "loc" => self.param = Some(text.chars().take(WORD).collect()),
            "param" | "parameter" | "field" if self.param.is_none() => {
                self.param = Some(text.chars().take(WORD).collect());
            }
            _ => {}
        }
    }

    /// Takes a message; one that holds the body of another answer is looked into.
    fn message(&mut self, text: &str, depth: u32) {
        let room = TEXT.saturating_sub(self.text.len());
        let end = (0..=room.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        self.text.push_str(&text.get(..end).unwrap_or_default().to_ascii_lowercase());
        self.text.push('\n');
        if let Some(status) = leading_status(text) {
            self.number(Some(status));
        }
        if depth >= DEPTH {
            return;
        }
        let nested = text.find('{').and_then(|start| text.get(start..));
        if let Some(nested) = nested {
            let mut cursor = Cursor::of(nested);
            if cursor.raw().is_ok() {
                // Deeper than what holds it, so that bodies within bodies end.
                let _ = self.value(&mut Cursor::of(nested), "error", depth.saturating_add(2));
            }
        }
    }

    fn number(&mut self, number: Option<u64>) {
        let status = number.and_then(|number| u16::try_from(number).ok()).filter(|status| (400..600).contains(status));
        self.status = self.status.or(status);
    }

    /// Text that is no JSON. Of a page only the title is a message.
    fn plain(&mut self, body: &[u8]) {
        let head = String::from_utf8_lossy(body.get(..body.len().min(TEXT)).unwrap_or_default());
        let head = head.trim();
        if !head.starts_with('<') {
            return self.message(head, DEPTH);
        }
        let lower = head.to_ascii_lowercase();
        let title = lower.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next());
        self.message(title.unwrap_or_default(), DEPTH);
    }
}

/// Members that repeat the request: prompts are no evidence.
fn is_echo(name: &str) -> bool {
    matches!(name, "input" | "ctx" | "request" | "body" | "messages" | "headers")
}

/// The status that a message begins with: `Error: 400 …`, `Error code: 429 - …`, `502 Bad Gateway`.
fn leading_status(text: &str) -> Option<u64> {
    let head = text.get(..text.len().min(24)).unwrap_or(text);
    let start = head.find(|character: char| character.is_ascii_digit())?;
    let digits: String = head.get(start..)?.chars().take_while(char::is_ascii_digit).collect();
    let before = head.get(..start)?.trim_end().trim_end_matches(':').to_ascii_lowercase();
    let introduces = ["", "error", "error code", "http", "status", "status code", "api error", "http error"];
    let stands_alone = digits.len() == 3 && introduces.contains(&before.as_str());
    digits.parse().ok().filter(|_| stands_alone)
}
