use crate::{context, decode};
use serde_json::Value;
use switchback_ir::{Limits, Protocol, RequestContext, TargetFacts};

/// A body that came back from `to`, with the names and ids that its first hop replaced put back by the context of the
/// way back, as they are in a response.
pub(super) fn named_back(from: Protocol, to: Protocol, source: &[u8], mut back: Value) -> Value {
    if let Ok(request) = decode(from, source, &Limits::default()) {
        put_back(&context(&request, to, &TargetFacts::default()), &mut back);
    }
    back
}

fn put_back(context: &RequestContext, value: &mut Value) {
    match value {
        Value::String(text) => {
            let client = context.call_id(context.tool_name(text));
            if client != text {
                *text = client.to_owned();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| put_back(context, item)),
        Value::Object(members) => members.values_mut().for_each(|member| put_back(context, member)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
