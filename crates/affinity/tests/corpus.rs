//! Recorded exchanges and what follows on them: cached tokens that would have been expected, against those that usage
//! reported. Few recordings say anything of caches; the test prints how many.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]
#![cfg(feature = "ir")]

use std::collections::BTreeMap;

use serde_json::Value;
use switchback_affinity::{Beliefs, CacheRule, Fingerprint, Marking, Memory, Secret, Usage};
use switchback_ir::{Limits, Protocol};
use switchback_protocol::decode;
use switchback_testkit::{Recording, recordings};
use switchback_units::{Millis, Timestamp, Tokens};

const ROUTE: u64 = 1;
const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

/// Input tokens with those of the cache, tokens read from it and written to it, as a response reports them.
fn reported(protocol: Protocol, body: &[u8]) -> Option<[u64; 3]> {
    let usage = &serde_json::from_slice::<Value>(body).ok()?["usage"];
    let number = |path: &str| usage.pointer(path).and_then(Value::as_u64);
    Some(match protocol {
        Protocol::Messages => {
            let (read, written) =
                (number("/cache_read_input_tokens").unwrap_or(0), number("/cache_creation_input_tokens").unwrap_or(0));
            [number("/input_tokens")? + read + written, read, written]
        }
        Protocol::Chat => [number("/prompt_tokens")?, number("/prompt_tokens_details/cached_tokens").unwrap_or(0), 0],
        Protocol::Responses => {
            [number("/input_tokens")?, number("/input_tokens_details/cached_tokens").unwrap_or(0), 0]
        }
    })
}

struct Replay {
    memory: Memory,
    now: Timestamp,
}

impl Replay {
    /// What is expected of the cache, and then what the answer said is learned.
    fn exchange(&mut self, request: &Recording, [input, read, written]: [u64; 3]) -> u64 {
        let decoded = decode(request.protocol, &request.body, &Limits::default()).unwrap();
        let fingerprint = Fingerprint::of(&decoded, &Secret::new([7; 32]).prompts_of(b"recorded"));
        let family = decoded.model.as_ref().map(|model| model.value.word().replace("-4-5", "-4.5")).unwrap_or_default();
        let provider = if request.protocol == Protocol::Messages { "anthropic" } else { "openai" };
        let rule = CacheRule::of(provider, &family).unwrap();
        let marks = String::from_utf8_lossy(&request.body).contains("cache_control");
        let beliefs = self.memory.beliefs().unwrap();
        let mut layers = fingerprint.messages.iter().rev().chain([&fingerprint.system]);
        let believed = layers.find_map(|layer| beliefs.tokens(layer.prefix(), ROUTE, self.now));
        let counts = marks || matches!(rule.marking, Marking::Automatic);
        let expected = rule.kept(believed.filter(|_| counts).unwrap_or_default());
        self.memory.observe(
            &Usage {
                candidate: ROUTE,
                started: self.now,
                lifetime: rule.lifetime,
                expected,
                estimated: fingerprint.whole().tokens,
                input: Tokens::new(input),
                read: Tokens::new(read),
                written: Tokens::new(written),
                prefix: fingerprint.whole().prefix(),
                system: Some((fingerprint.system.prefix(), fingerprint.system.tokens)),
            },
            rule,
        );
        self.now = self.now.saturating_add(Millis::from_secs(10));
        expected.get()
    }
}

#[test]
fn expected_cached_tokens_against_those_that_were_recorded() {
    let key = |recording: &Recording| (recording.protocol.name(), recording.file.clone());
    let answers: BTreeMap<_, _> = recordings("response").into_iter().map(|answer| (key(&answer), answer)).collect();
    let requests: BTreeMap<_, _> = recordings("request").into_iter().map(|request| (key(&request), request)).collect();
    let usage = |request: &Recording| reported(request.protocol, &answers.get(&key(request))?.body);
    let (mut exchanges, mut carrying, mut pairs, mut right) = (0, 0, 0, 0);
    for request in requests.values() {
        let Some([_, read, _]) = usage(request) else { continue };
        exchanges += 1;
        carrying += usize::from(read > 0);
        let Some(first) = request.file.contains("-followup__").then(|| request.file.replace("-followup__", "__"))
        else {
            continue;
        };
        let Some(first) = requests.get(&(request.protocol.name(), first)) else { continue };
        let Some(said) = usage(first) else { continue };
        let memory = Memory::default().with_beliefs(Beliefs::with_capacity(64));
        let mut replay = Replay { memory, now: NOW };
        replay.exchange(first, said);
        let expected = replay.exchange(request, usage(request).unwrap());
        pairs += 1;
        right += usize::from((expected == 0) == (read == 0));
        if expected > 0 || read > 0 {
            println!("{} {}: expected {expected}, recorded {read}", request.protocol.name(), request.file);
        }
    }
    println!(
        "{exchanges} exchanges with usage, {carrying} with cached tokens; {pairs} that follow on another, {right} as expected"
    );
    assert!(exchanges == 0 || (pairs > 50 && right * 100 >= pairs * 95), "{right} of {pairs}");
}
