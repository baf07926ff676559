//! The laws of error bodies.

use super::{Broken, Change, Order, Tree, differences};
use crate::errors::{decode_error, encode_error};
use serde_json::Value;
use switchback_ir::{Limits, Line, Protocol};

/// X → IR → X writes an error body as it came: the same members in the same order, nothing in the ledger. JSON is
/// compared without the white space between its tokens, what is no JSON byte for byte (U+FFFD for what is no UTF-8).
///
/// ```
/// use switchback_ir::Protocol;
/// use switchback_protocol::law;
/// law::error_identity(Protocol::Chat, br#"[{"error":{"code":429,"message":"slow down","x":1.50}}]"#).unwrap();
/// law::error_identity(Protocol::Chat, b"upstream connect error").unwrap();
/// ```
pub fn error_identity(protocol: Protocol, body: &[u8]) -> Result<(), Broken> {
    let law = "an error goes back into its own protocol as it came";
    let (out, lines) = hop(protocol, protocol, body);
    let compact = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).map(|value| value.to_string());
    let same = match (compact(body), compact(&out)) {
        (Ok(before), Ok(after)) => before == after,
        _ => String::from_utf8_lossy(body) == String::from_utf8_lossy(&out),
    };
    if same && lines.is_empty() {
        return Ok(());
    }
    Err(Broken { law, seen: format!("{} with {lines:?}", String::from_utf8_lossy(&out)) })
}

/// X → Y → X of an error object: every difference is covered by an entry of the first hop at its path or around it;
/// what an entry calls dropped or degraded does differ; the way back drops nothing, and reports only where the first hop
/// did.
pub fn error_loss(from: Protocol, to: Protocol, body: &[u8]) -> Result<Vec<Line>, Broken> {
    let broken = |law, seen| Err(Broken { law, seen });
    let (there, lines) = hop(from, to, body);
    let (back, lines_back) = hop(to, from, &there);
    let lost = |line: &&Line| matches!(line.action, "dropped" | "degraded" | "refused");
    let told = |back: &Line| lines.iter().any(|line| line.path == back.path || line.target == Some(&back.path));
    if let Some(line) = lines_back.iter().find(|line| matches!(line.action, "dropped" | "refused") || !told(line)) {
        return broken("what a conversion made converts back without loss", format!("{line:?}"));
    }
    let parse = |bytes: &[u8]| canonical(serde_json::from_slice(bytes).unwrap_or_default());
    let found = differences(&Tree::verbatim(&parse(body)), &Tree::verbatim(&parse(&back)), Order::Kept);
    for difference in &found {
        let covers = |line: &Line| {
            let paths = [Some(line.path.as_str()), line.target];
            let around = |path: &str| difference.at == path || difference.at.starts_with(&format!("{path}/"));
            // A member that moved into `error` is new there: the entry names it where it stood.
            let moved = line.feature == "error_shape" && difference.change == Change::Added;
            moved || paths.into_iter().flatten().any(around)
        };
        if !lines.iter().any(covers) {
            return broken("every difference is covered by a ledger entry", format!("{difference}; {lines:?}"));
        }
    }
    for line in lines.iter().filter(lost) {
        if !found.iter().any(|difference| difference.at == line.path) {
            return broken("every entry is a difference", format!("{line:?}"));
        }
    }
    Ok(lines)
}

fn hop(from: Protocol, to: Protocol, body: &[u8]) -> (Vec<u8>, Vec<Line>) {
    let mut out = Vec::new();
    let ledger = encode_error(&decode_error(from, None, body, &Limits::default()), to, &mut out);
    (out, ledger.resolve(body))
}

/// What says nothing in an error is left out: `null`, and the mark `"type":"error"` or `"object":"error"` beside it.
fn canonical(body: Value) -> Value {
    let mut body = without_nulls(body);
    if let Some(members) = body.as_object_mut() {
        members.retain(|name, value| !matches!(name.as_str(), "type" | "object") || *value != "error");
    }
    body
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(name, value)| (name, without_nulls(value))).collect())
        }
        Value::Array(elements) => Value::Array(elements.into_iter().map(without_nulls).collect()),
        value @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => value,
    }
}
