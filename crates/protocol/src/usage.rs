//! Token counts, as each protocol writes them.

use switchback_ir::json::Writer;
use switchback_ir::{Protocol, Usage};

/// How one of the two `OpenAI` protocols calls its counts: what stands before them.
struct Words {
    input: &'static str,
    output: &'static str,
    input_details: &'static str,
    output_details: &'static str,
}

const CHAT: Words = Words {
    input: r#"{"prompt_tokens":"#,
    output: r#""completion_tokens":"#,
    input_details: r#""prompt_tokens_details":{"#,
    output_details: r#""completion_tokens_details":{"#,
};

const RESPONSES: Words = Words {
    input: r#"{"input_tokens":"#,
    output: r#""output_tokens":"#,
    input_details: r#""input_tokens_details":{"#,
    output_details: r#""output_tokens_details":{"#,
};

/// Writes the usage object of one of the two `OpenAI` protocols.
pub(crate) fn write_openai_usage(json: &mut Writer<'_>, usage: &Usage, target: Protocol) {
    let responses = target == Protocol::Responses;
    let words = if responses { &RESPONSES } else { &CHAT };
    write_count(json, words.input, usage.input.unwrap_or(0));
    write_count(json, words.output, usage.output.unwrap_or(0));
    write_count(json, r#""total_tokens":"#, usage.total().or(usage.input).or(usage.output).unwrap_or(0));
    // Responses requires the details, Chat leaves out what nobody knows.
    let required = |count: Option<u64>| if responses { Some(count.unwrap_or(0)) } else { count };
    let (cached, cache_write) = (required(usage.cached), required(usage.cache_write));
    if cached.is_some() || cache_write.is_some() {
        json.constant(words.input_details);
        write_known(json, r#""cached_tokens":"#, cached);
        write_known(json, r#""cache_write_tokens":"#, cache_write);
        json.end_object();
    }
    if let Some(reasoning) = required(usage.reasoning) {
        json.constant(words.output_details);
        write_count(json, r#""reasoning_tokens":"#, reasoning);
        json.end_object();
    }
    json.end_object();
}

/// Writes the usage object of Messages, whose input tokens leave out those of the prompt cache.
pub(crate) fn write_messages_usage(json: &mut Writer<'_>, usage: &Usage) {
    write_count(json, r#"{"input_tokens":"#, usage.uncached_input().unwrap_or(0));
    write_count(json, r#""output_tokens":"#, usage.output.unwrap_or(0));
    write_known(json, r#""cache_read_input_tokens":"#, usage.cached);
    write_known(json, r#""cache_creation_input_tokens":"#, usage.cache_write);
    if let Some(reasoning) = usage.reasoning {
        write_count(json, r#""output_tokens_details":{"thinking_tokens":"#, reasoning);
        json.end_object();
    }
    json.end_object();
}

fn write_known(json: &mut Writer<'_>, lead: &'static str, count: Option<u64>) {
    if let Some(count) = count {
        write_count(json, lead, count);
    }
}

/// Writes a count behind `lead`. A call, since there are several of them.
#[inline(never)]
fn write_count(json: &mut Writer<'_>, lead: &'static str, count: u64) {
    json.constant(lead);
    json.number(count);
}
