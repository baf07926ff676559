//! Parsing allocates nothing.

use switchback_slug::{Dialect, ModelId, aliases, parse};

const STRINGS: [&str; 16] = [
    "auto",
    "bedrock/claude-haiku-4-5",
    "aws-bedrock/claude-fable-5:us",
    "bedrock/us-east-1/6-month-commitment/anthropic.claude-v2:1",
    "1024-x-1024/50-steps/bedrock/amazon.nova-canvas-v1:0",
    "openai/*",
    "gpt-4,claude-3",
    "@my-azure-prod/gpt-4o",
    "!openai, gpt-4o/azure/eu-deployment,gpt-4o-mini",
    "tensorzero::function_name::extract_data::variant_name::baseline",
    "tensorzero::model_name::openai::responses::gpt-5-codex",
    "~anthropic/claude-sonnet-latest:nitro",
    "us.anthropic.claude-haiku-4-5-20251001-v1:0",
    "ft:gpt-3.5-turbo:my-org::abc123",
    "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-opus-4-7",
    "projects/p/locations/us-central1/publishers/google/models/gemini-2.5-flash",
];

#[test]
fn parsing_allocates_nothing() {
    for dialect in Dialect::ALL {
        for string in STRINGS {
            let counted = allocation_counter::measure(|| {
                let slug = parse(dialect, string);
                for entry in slug.entries() {
                    std::hint::black_box((entry.region(), entry.variant(), entry.version(), entry.model_id()));
                    std::hint::black_box(entry.provider().map(|provider| aliases::resolve(dialect, provider.as_str())));
                }
                std::hint::black_box(ModelId::parse(string));
            });
            assert_eq!(counted.count_total, 0, "{dialect}: {string}");
        }
    }
}

#[test]
fn the_counter_counts() {
    let counted = allocation_counter::measure(|| drop(std::hint::black_box(String::from("one"))));
    assert_eq!(counted.count_total, 1);
}
