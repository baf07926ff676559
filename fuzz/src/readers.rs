//! The law of the reader: what it takes for JSON, and what it reads there, is what another reader takes and reads.

use serde::de::IgnoredAny;
use serde_json::{Map, Number, Value};
use switchback_ir::json::{Cursor, Fault, Kind, Writer, escape_into, unescape, unescape_pieces};
use switchback_ir::{Limits, Text};

/// Deeper documents are a matter of limits, which are not the other reader's.
const DEPTH: usize = 100;

/// Any bytes: both readers accept them or neither does, by passing over them as by reading them; and both read the same.
pub fn agree(bytes: &[u8]) {
    if bytes.iter().filter(|byte| matches!(byte, b'[' | b'{')).count() > DEPTH {
        return;
    }
    let text = std::str::from_utf8(bytes);
    let accepted = text.is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok());
    let (passed, read) = (pass(bytes), read(bytes));
    assert_eq!(passed.is_ok(), accepted, "passed over: {passed:?}");
    assert_eq!(read.is_ok(), accepted, "read: {read:?}");
    // What the other does not read though it is JSON has a lone surrogate, or a number beyond all bounds.
    if let (Ok(ours), Ok(Ok(theirs))) = (read, text.map(serde_json::from_str::<Value>)) {
        assert_eq!(ours, Some(theirs));
    }
}

fn pass(bytes: &[u8]) -> Result<(), Fault> {
    let mut cursor = Cursor::new(bytes, &Limits::default())?;
    cursor.raw()?;
    cursor.finish()
}

/// The document; nothing in the place of one in which a surrogate stands alone.
fn read(bytes: &[u8]) -> Result<Option<Value>, Fault> {
    let mut cursor = Cursor::new(bytes, &Limits::default())?;
    let value = value(&mut cursor)?;
    cursor.finish()?;
    Ok(value)
}

fn value(cursor: &mut Cursor<'_>) -> Result<Option<Value>, Fault> {
    Ok(match cursor.peek()? {
        Kind::Object => object(cursor)?.map(Value::Object),
        Kind::Array => {
            let (mut open, mut elements) = (cursor.open_array()?, Some(Vec::new()));
            while cursor.next_element(&mut open)? {
                let element = value(cursor)?;
                elements = elements.zip(element).map(|(mut elements, element)| {
                    elements.push(element);
                    elements
                });
            }
            elements.map(Value::Array)
        }
        Kind::String => characters(&cursor.string()?).map(Value::String),
        Kind::Number => cursor.raw()?.as_str().parse::<Number>().ok().map(Value::Number),
        Kind::Bool => Some(Value::Bool(cursor.bool()?)),
        Kind::Null => cursor.raw().map(|_| Some(Value::Null))?,
    })
}

fn object(cursor: &mut Cursor<'_>) -> Result<Option<Map<String, Value>>, Fault> {
    let (mut open, mut members) = (cursor.open_object()?, Some(Map::new()));
    while let Some(name) = cursor.next_key(&mut open)? {
        let (name, value) = (characters(&name), value(cursor)?);
        members = members.zip(name.zip(value)).map(|(mut members, (name, value))| {
            members.insert(name, value);
            members
        });
    }
    Ok(members)
}

/// The characters of a string, by every way to them, and escaped again; nothing if a surrogate stands alone.
fn characters(text: &Text<'_>) -> Option<String> {
    let mut content = Vec::new();
    text.write_content(&mut content);
    let content = String::from_utf8(content).unwrap();
    let theirs = serde_json::from_str::<String>(&format!("\"{content}\"")).ok();
    let ours = unescape(&content).map(std::borrow::Cow::into_owned);
    assert_eq!(ours, theirs, "unescaped from {content}");
    let mut pieces = String::new();
    let whole = unescape_pieces(&content, &mut |piece| pieces.push_str(piece));
    assert_eq!(whole.then_some(pieces), theirs, "in pieces from {content}");
    let mut out = b"before".to_vec();
    let whole = text.write_characters(&mut out);
    assert_eq!(whole.then(|| out.get(6..).unwrap().to_vec()), theirs.clone().map(String::into_bytes));
    if let Some(characters) = &theirs {
        escape(characters);
        arguments(text, characters);
    }
    theirs
}

fn escape(characters: &str) {
    let mut out = b"\"".to_vec();
    escape_into(characters, &mut out);
    out.push(b'"');
    assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), characters);
}

/// Argument text is written as the object that it is, if it is one.
fn arguments(text: &Text<'_>, characters: &str) {
    let (mut out, blank) = (Vec::new(), characters.trim().is_empty());
    let valid = Writer::new(&mut out).object_in(text);
    let nested = characters.matches(['[', '{']).count() > DEPTH;
    let object = characters.trim_start_matches([' ', '\n', '\t', '\r']).starts_with('{')
        && serde_json::from_str::<IgnoredAny>(characters).is_ok();
    assert!(nested || valid == (object || blank), "{characters}");
    let expected = if valid && !blank { characters.trim_matches([' ', '\n', '\t', '\r']) } else { "{}" };
    assert_eq!(std::str::from_utf8(&out), Ok(expected));
}
