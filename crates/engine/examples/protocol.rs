//! `switchback-protocol` and `switchback-ir` alone: a request of Messages as one of Chat Completions, and what it loses.
//!
//! `cargo run -p switchback --example protocol`

use switchback_ir::{Limits, Protocol, TargetFacts};
use switchback_protocol::{Error, decode, encode};

fn main() -> Result<(), Error> {
    let body = br#"{"model":"m","max_tokens":64,"top_k":5,"messages":[{"role":"user","content":"hi"}]}"#;
    let request = decode(Protocol::Messages, body, &Limits::default())?;
    let mut out = Vec::new();
    let (Ok(ledger) | Err(ledger)) = encode(&request, Protocol::Chat, &TargetFacts::default(), &mut out);
    println!("{}", String::from_utf8_lossy(&out));
    for line in ledger.resolve(body) {
        println!("{} {} ({})", line.action, line.path, line.detail);
    }
    Ok(())
}
