use super::{BOUND, TOO_MUCH};
use crate::reply::unwrapped;
use switchback_ir::{RawJson, Text};

/// Arguments that are kept until they are whole, because the client's tool takes the free text in them.
#[derive(Debug, Default)]
pub(crate) struct Unwrapping {
    /// Escaped text that has come.
    text: Vec<u8>,
}

impl Unwrapping {
    pub(crate) fn push(&mut self, text: &Text<'_>) -> Result<(), &'static str> {
        text.write_content(&mut self.text);
        if self.text.len() <= BOUND { Ok(()) } else { Err(TOO_MUCH) }
    }

    /// The text in `{"input": "…"}`, or all of it where that is not what came.
    pub(crate) fn finish(self) -> Text<'static> {
        let mut quoted = Vec::with_capacity(self.text.len() + 2);
        quoted.push(b'"');
        quoted.extend_from_slice(&self.text);
        quoted.push(b'"');
        let quoted = String::from_utf8(quoted).unwrap_or_default();
        let arguments = RawJson::parse(&quoted).ok().and_then(|raw| raw.as_text().map(Text::into_owned));
        let arguments = arguments.unwrap_or_else(|| Text::from(""));
        let word = arguments.word().into_owned();
        RawJson::parse(&word).ok().and_then(|raw| unwrapped(&raw)).unwrap_or(arguments)
    }
}
