//! `switchback-catalog` alone: who hosts a model, and what a thousand tokens of input cost there.
//!
//! `cargo run -p switchback --example catalog`

use switchback_catalog::{Catalog, PriceKind};
use switchback_units::Tokens;

fn main() {
    let tokens = Tokens::new(1_000);
    for endpoint in Catalog::embedded().by_family("claude-haiku-4-5") {
        let cost = endpoint.prices().rate(PriceKind::Input, tokens).map(|rate| (rate * tokens).to_string());
        println!("{}: {}", endpoint.canonical(), cost.as_deref().unwrap_or("unknown"));
    }
}
