//! Token counts, as each protocol writes them.

use switchback_ir::Usage;
use switchback_ir::json::Writer;

/// Writes the usage object of Chat, which leaves out what nobody knows.
pub(crate) fn write_chat_usage(json: &mut Writer<'_>, usage: &Usage) {
    json.constant(r#"{"prompt_tokens":"#);
    json.number(usage.input.unwrap_or(0));
    json.constant(r#""completion_tokens":"#);
    json.number(usage.output.unwrap_or(0));
    json.constant(r#""total_tokens":"#);
    json.number(total(usage));
    if usage.cached.is_some() || usage.cache_write.is_some() {
        json.constant(r#""prompt_tokens_details":{"#);
        if let Some(cached) = usage.cached {
            json.constant(r#""cached_tokens":"#);
            json.number(cached);
        }
        if let Some(written) = usage.cache_write {
            json.constant(r#""cache_write_tokens":"#);
            json.number(written);
        }
        json.end_object();
    }
    if let Some(reasoning) = usage.reasoning {
        json.constant(r#""completion_tokens_details":{"reasoning_tokens":"#);
        json.number(reasoning);
        json.end_object();
    }
    json.end_object();
}

/// Writes the usage object of Responses, which requires every count.
pub(crate) fn write_responses_usage(json: &mut Writer<'_>, usage: &Usage) {
    json.constant(r#"{"input_tokens":"#);
    json.number(usage.input.unwrap_or(0));
    json.constant(r#""output_tokens":"#);
    json.number(usage.output.unwrap_or(0));
    json.constant(r#""total_tokens":"#);
    json.number(total(usage));
    json.constant(r#""input_tokens_details":{"cached_tokens":"#);
    json.number(usage.cached.unwrap_or(0));
    json.constant(r#""cache_write_tokens":"#);
    json.number(usage.cache_write.unwrap_or(0));
    json.end_object();
    json.constant(r#""output_tokens_details":{"reasoning_tokens":"#);
    json.number(usage.reasoning.unwrap_or(0));
    json.end_object();
    json.end_object();
}

/// All tokens, or those that are known.
fn total(usage: &Usage) -> u64 {
    usage.total().or(usage.input).or(usage.output).unwrap_or(0)
}

/// Writes the usage object of Messages, whose input tokens leave out those of the prompt cache.
pub(crate) fn write_messages_usage(json: &mut Writer<'_>, usage: &Usage) {
    json.constant(r#"{"input_tokens":"#);
    json.number(usage.uncached_input().unwrap_or(0));
    json.constant(r#""output_tokens":"#);
    json.number(usage.output.unwrap_or(0));
    if let Some(cached) = usage.cached {
        json.constant(r#""cache_read_input_tokens":"#);
        json.number(cached);
    }
    if let Some(written) = usage.cache_write {
        json.constant(r#""cache_creation_input_tokens":"#);
        json.number(written);
    }
    if let Some(reasoning) = usage.reasoning {
        json.constant(r#""output_tokens_details":{"thinking_tokens":"#);
        json.number(reasoning);
        json.end_object();
    }
    json.end_object();
}
