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
    input: r#""prompt_tokens":"#,
    output: r#""completion_tokens":"#,
    input_details: r#""prompt_tokens_details":{"#,
    output_details: r#""completion_tokens_details":{"#,
};

const RESPONSES: Words = Words {
    input: r#""input_tokens":"#,
    output: r#""output_tokens":"#,
    input_details: r#""input_tokens_details":{"#,
    output_details: r#""output_tokens_details":{"#,
};

/// A count that is written if it is known, behind what stands before it.
type Count = (&'static str, Option<u64>);

/// Writes the usage object of one of the two `OpenAI` protocols.
pub(crate) fn write_openai_usage(json: &mut Writer<'_>, usage: &Usage, target: Protocol) {
    let responses = target == Protocol::Responses;
    let words = if responses { &RESPONSES } else { &CHAT };
    let total = usage.total().or(usage.input).or(usage.output);
    json.begin_object();
    let counts = [(words.input, usage.input), (words.output, usage.output), (r#""total_tokens":"#, total)];
    write_counts(json, &counts.map(|(lead, count)| (lead, Some(count.unwrap_or(0)))));
    // Responses requires the details, Chat leaves out what nobody knows.
    let required = |count: Option<u64>| if responses { Some(count.unwrap_or(0)) } else { count };
    let cached = (r#""cached_tokens":"#, required(usage.cached));
    let cache_write = (r#""cache_write_tokens":"#, required(usage.cache_write));
    write_details(json, words.input_details, &[cached, cache_write]);
    write_details(json, words.output_details, &[(r#""reasoning_tokens":"#, required(usage.reasoning))]);
    json.end_object();
}

/// Writes the usage object of Messages, whose input tokens leave out those of the prompt cache.
pub(crate) fn write_messages_usage(json: &mut Writer<'_>, usage: &Usage) {
    json.begin_object();
    let counts = [
        (r#""input_tokens":"#, Some(usage.uncached_input().unwrap_or(0))),
        (r#""output_tokens":"#, Some(usage.output.unwrap_or(0))),
        (r#""cache_read_input_tokens":"#, usage.cached),
        (r#""cache_creation_input_tokens":"#, usage.cache_write),
    ];
    write_counts(json, &counts);
    write_details(json, r#""output_tokens_details":{"#, &[(r#""thinking_tokens":"#, usage.reasoning)]);
    json.end_object();
}

/// Writes an object of counts, if one of them is known; `lead` ends with its bracket.
fn write_details(json: &mut Writer<'_>, lead: &'static str, counts: &[Count]) {
    if counts.iter().any(|(_, count)| count.is_some()) {
        json.lead(lead);
        write_counts(json, counts);
        json.end_object();
    }
}

#[inline(never)]
fn write_counts(json: &mut Writer<'_>, counts: &[Count]) {
    for (lead, count) in counts {
        if let Some(count) = count {
            json.lead(lead);
            json.number(*count);
        }
    }
}
