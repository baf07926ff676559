//! The laws of conversion, asked of the whole way that `switchback convert` takes: decode, degrade, encode.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    unreachable_pub,
    reason = "tests fail by panicking, say what they counted, and share a module with the fuzz targets"
)]

#[path = "../../../fuzz/src/fitted.rs"]
mod fitted;

use fitted::fitted;
use std::collections::BTreeMap;
use switchback_ir::Protocol;
use switchback_protocol::law::{self, Verdict};
use switchback_testkit::{body, entropy, requests};

#[test]
fn within_a_protocol_nothing_is_degraded() {
    for recording in requests() {
        law::identity(recording.protocol, &recording.body, &fitted)
            .unwrap_or_else(|broken| panic!("{}: {broken}", recording.file));
    }
}

#[test]
fn what_degrades_and_what_is_lost_is_all_that_differs() {
    let mut broken = Vec::new();
    let mut counts: BTreeMap<(Protocol, Protocol), (u32, u32)> = BTreeMap::new();
    for recording in requests() {
        let from = recording.protocol;
        for to in Protocol::ALL.into_iter().filter(|to| *to != from) {
            let count = counts.entry((from, to)).or_default();
            match law::loss(from, to, &recording.body, &fitted) {
                Ok(Verdict::Converted(_)) => count.0 += 1,
                Ok(Verdict::Refused(_)) => count.1 += 1,
                Err(error) => broken.push(format!("{} to {to}: {error}", recording.file)),
            }
        }
    }
    for ((from, to), (converted, refused)) in &counts {
        println!("{from} to {to}: {converted} converted, {refused} refused");
    }
    assert!(broken.is_empty(), "{} broken\n{}", broken.len(), broken.join("\n"));
}

/// A long run outside CI: `SWITCHBACK_CASES=100000 cargo test --release -p switchback-testkit --test conversion generated`.
#[test]
fn generated_bodies_lose_nothing_in_silence_on_the_whole_way() {
    let cases = option_env!("SWITCHBACK_CASES").and_then(|cases| cases.parse().ok()).unwrap_or(300_u64);
    let (mut broken, mut refused) = (Vec::new(), 0);
    for case in 0..cases {
        for from in Protocol::ALL {
            let body = body(from, &entropy(case));
            for to in Protocol::ALL.into_iter().filter(|to| *to != from) {
                match law::loss(from, to, &body, &fitted) {
                    Ok(Verdict::Converted(_)) => {}
                    Ok(Verdict::Refused(_)) => refused += 1,
                    Err(error) => {
                        broken
                            .push(format!("case {case}, {from} to {to}: {error}\n{}", String::from_utf8_lossy(&body)));
                    }
                }
            }
        }
    }
    println!("{} conversions, {refused} refused", cases * 6);
    assert!(
        broken.is_empty(),
        "{} broken\n{}",
        broken.len(),
        broken.iter().take(20).cloned().collect::<Vec<_>>().join("\n")
    );
}
