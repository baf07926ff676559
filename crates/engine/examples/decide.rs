//! The smallest decision: a request body in, an explained plan out.
//!
//! `cargo run -p switchback --example decide`

use switchback::{Engine, Limits, Protocol, Situation, Timestamp, decode};

fn main() -> Result<(), switchback::Error> {
    let body = br#"{"model": "claude-haiku-4-5", "messages": [{"role": "user", "content": "Why is the sky blue?"}]}"#;
    let request = decode(Protocol::Chat, body, &Limits::default())?;

    // A gateway passes its own clock, credentials, caller and measurements.
    let now = Timestamp::from_millis(1_795_000_000_000);
    let plan = Engine::default().decide(&request, &Situation::at(now));

    print!("{plan}");
    Ok(())
}
