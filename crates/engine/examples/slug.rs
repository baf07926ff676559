//! `switchback-slug` alone: model strings of several systems, joined under one family key and printed in another dialect.
//!
//! `cargo run -p switchback --example slug`

use switchback_slug::{Dialect, parse, print_in};

fn main() {
    let strings = [
        (Dialect::LiteLlm, "bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0"),
        (Dialect::OpenRouter, "anthropic/claude-haiku-4.5"),
        (Dialect::Native, "claude-haiku-4-5-20251001"),
    ];
    for (dialect, text) in strings {
        let slug = parse(dialect, text);
        let family = slug.family().map(|family| family.to_string()).unwrap_or_default();
        let native = print_in(&slug, Dialect::Native, None).map_or_else(|why| why.to_string(), |printed| printed.text);
        println!("{text}: family {family}, native {native}");
    }
}
