//! Parsing of model strings. Yardstick: xxh3 of the same strings.

use criterion::{Criterion, Throughput};
use std::hint::black_box;
use switchback_slug::{Dialect, family, parse};
use xxhash_rust::xxh3::xxh3_64;

const STRINGS: &[(Dialect, &str, &str)] = &[
    (Dialect::Native, "auto", ""),
    (Dialect::Native, "gpt-4o", "gpt-4o"),
    (Dialect::Native, "aws/claude-haiku-4-5", "claude-haiku-4-5"),
    (Dialect::Native, "openai/gpt-4o-2024-08-06", "gpt-4o-2024-08-06"),
    (Dialect::LiteLlm, "vertex_ai/gemini-2.5-flash", "gemini-2.5-flash"),
    (Dialect::LiteLlm, "bedrock/converse/us.anthropic.claude-haiku-4-5-20251001-v1:0", ""),
    (Dialect::OpenRouter, "meta-llama/llama-3.1-8b-instruct:free", ""),
    (Dialect::Portkey, "@openai-prod/gpt-4o-mini", "gpt-4o-mini"),
];

pub(crate) fn parsing(criterion: &mut Criterion) {
    for (dialect, text, model) in STRINGS {
        let slug = parse(*dialect, text);
        assert_eq!(slug.to_string(), *text);
        assert!(model.is_empty() || slug.model() == *model, "{text}: {}", slug.model());
    }
    let mut group = criterion.benchmark_group("slug/parse");
    group.throughput(Throughput::Elements(STRINGS.len() as u64));
    group.bench_function("xxh3", |bencher| {
        bencher.iter(|| black_box(STRINGS).iter().fold(0, |sum, (_, text, _)| sum ^ xxh3_64(text.as_bytes())));
    });
    group.bench_function("parse", |bencher| {
        bencher.iter(|| black_box(STRINGS).iter().filter(|(dialect, text, _)| parse(*dialect, text).is_auto()).count());
    });
    group.bench_function("family", |bencher| {
        bencher.iter(|| {
            black_box(STRINGS).iter().map(|(dialect, text, _)| family(parse(*dialect, text).model())).for_each(|key| {
                black_box(key);
            });
        });
    });
    group.finish();
}
