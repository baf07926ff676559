//! The laws on generated requests, and what the generators reach.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests fail by panicking and say what they counted"
)]

use proptest::prelude::*;
use std::collections::BTreeMap;
use switchback_ir::{Expression, Feature, FeatureSet, Key, Limits, Owner, Protocol, TargetFacts};
use switchback_protocol::{decode, law, with_headers};
use switchback_testkit::{bodies, body, entropy};

fn protocols() -> impl Strategy<Value = Protocol> {
    prop::sample::select(&Protocol::ALL[..])
}

proptest! {
    #[test]
    fn decoding_then_encoding_is_identity((protocol, body) in protocols().prop_flat_map(|p| (Just(p), bodies(p)))) {
        law::identity(protocol, &body, &law::plain).map_err(|broken| TestCaseError::fail(broken.to_string()))?;
    }

    #[test]
    fn every_difference_is_reported_and_every_report_is_a_difference(
        (from, body) in protocols().prop_flat_map(|p| (Just(p), bodies(p))),
        to in protocols(),
    ) {
        if from != to {
            law::loss(from, to, &body, &law::plain).map_err(|broken| TestCaseError::fail(broken.to_string()))?;
        }
    }

    #[test]
    fn decoding_never_panics(protocol in protocols(), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode(protocol, &bytes, &Limits::default());
    }

    #[test]
    fn a_cut_body_is_an_error_with_a_place((protocol, body) in protocols().prop_flat_map(|p| (Just(p), bodies(p))), cut in any::<prop::sample::Index>()) {
        let cut = cut.index(body.len());
        let error = decode(protocol, &body[..cut], &Limits::default()).unwrap_err();
        prop_assert!(error.offset() <= cut);
    }
}

proptest! {
    /// The naive search is the oracle of the one by kinds and bits.
    #[test]
    fn fields_by_their_owner_are_those_that_a_search_finds(
        (protocol, body) in protocols().prop_flat_map(|p| (Just(p), bodies(p))),
        asked in any::<prop::sample::Index>(),
    ) {
        let request = decode(protocol, &body, &Limits::default()).unwrap();
        let owned = request.owned_fields();
        let searched = |owner| request.fields.iter().filter(move |field| field.owner == owner).collect::<Vec<_>>();
        let messages = (0..=request.messages.len()).map(|index| Owner::Message(u32::try_from(index).unwrap()));
        let parts = (0..=request.parts.len()).map(|index| Owner::Part(u32::try_from(index).unwrap()));
        let tools = (0..=request.tools.len()).map(|index| Owner::Tool(u32::try_from(index).unwrap()));
        for owner in std::iter::once(Owner::Request).chain(messages).chain(parts).chain(tools) {
            prop_assert_eq!(owned.of(owner).iter().collect::<Vec<_>>(), searched(owner));
        }
        // A key that stands there, and one of another request's that may share its bit.
        let keys = request.fields.iter().filter_map(switchback_ir::Field::key).chain([Key::Store, Key::Usage, Key::Beta]);
        let keys: Vec<Key> = keys.collect();
        let key = *asked.get(&keys);
        let named = searched(Owner::Request).into_iter().find(|field| field.key() == Some(key));
        prop_assert_eq!(owned.option(key), named);
        prop_assert_eq!(request.option(key), named);
    }
}

/// A long run outside CI: `SWITCHBACK_CASES=1000000 cargo test --release -p switchback-protocol --test laws long_run`; with
/// `-- --nocapture` it prints what each pair of protocols converted and refused.
#[test]
fn long_run() {
    let cases = option_env!("SWITCHBACK_CASES").and_then(|cases| cases.parse().ok()).unwrap_or(400_u64);
    let mut reached = FeatureSet::EMPTY;
    let mut counts: BTreeMap<(Protocol, Protocol), [u64; 2]> = BTreeMap::new();
    let mut broken = Vec::new();
    for case in 0..cases {
        for from in Protocol::ALL {
            let body = body(from, &entropy(case));
            let request = decode(from, &body, &Limits::default()).unwrap();
            let request = with_headers(request, [("anthropic-beta", "context-1m-2025-08-07")]);
            reached = reached.union(request.features());
            for to in Protocol::ALL {
                match all_laws(from, to, &body) {
                    Ok(made) => counts.entry((from, to)).or_default()[usize::from(!made)] += 1,
                    Err(law) => {
                        broken.push(format!("case {case}, {from} to {to}: {law}\n{}", String::from_utf8_lossy(&body)));
                    }
                }
            }
        }
        assert!(broken.len() < 100, "{}", broken.join("\n"));
    }
    for ((from, to), [converted, refused]) in counts {
        println!("{from} to {to}: {converted} converted, {refused} refused");
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    let missing: Vec<_> = Feature::OF_REQUESTS.iter().filter(|feature| !reached.contains(**feature)).collect();
    assert!(missing.is_empty(), "the generators do not reach {missing:?}");
}

/// Whether a body was made, if no law is broken.
fn all_laws(from: Protocol, to: Protocol, body: &[u8]) -> Result<bool, law::Broken> {
    if from == to {
        return law::identity(from, body, &law::plain).map(|()| true);
    }
    law::loss(from, to, body, &law::plain).map(|verdict| matches!(verdict, law::Verdict::Converted(_)))
}

#[test]
fn a_protocol_expresses_its_own_words_and_says_so_of_every_other() {
    for feature in Feature::OF_REQUESTS {
        let lost = Protocol::ALL
            .into_iter()
            .filter(|p| matches!(feature.expression(*p), Expression::Dropped | Expression::Refused))
            .count();
        // What is lost everywhere is what only its own provider understands.
        assert!(lost < 3 || feature.avoid() != "", "{feature}");
    }
}

#[test]
fn hostile_sizes_take_time_in_proportion() {
    // Each would take long if any step were quadratic: twenty thousand of everything that has leaves.
    let many = |item: &str| vec![item; 20_000].join(",");
    let part = r#"{"text":"x","cache_control":{"type":"ephemeral"},"type":"text"}"#;
    let call = r#"{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}"#;
    let bodies = [
        (
            Protocol::Messages,
            format!(r#"{{"max_tokens":1,"messages":[{{"role":"user","content":[{}]}}]}}"#, many(part)),
        ),
        (Protocol::Messages, format!(r#"{{"max_tokens":1,"messages":[{}]}}"#, many(r#"{"content":"","role":"user"}"#))),
        (Protocol::Chat, format!(r#"{{"messages":[{{"role":"assistant","tool_calls":[{}]}}]}}"#, many(call))),
        (Protocol::Chat, format!(r#"{{"messages":[{}]}}"#, many(r#"{"role":"function","name":"f","content":""}"#))),
        (Protocol::Chat, format!(r#"{{"messages":[],"tools":[{}]}}"#, many(r#"{"type":"x"}"#))),
        (Protocol::Responses, format!(r#"{{"input":[{}]}}"#, many(r#"{"role":"user","content":"","id":"i"}"#))),
        (Protocol::Responses, format!(r#"{{"input":[{}]}}"#, many(r#"{"type":"reasoning"}"#))),
        (Protocol::Chat, format!(r#"{{"messages":[],{}}}"#, many(r#""x":1"#))),
    ];
    for (from, body) in bodies {
        for to in Protocol::ALL {
            assert!(law::plain(from, to, &TargetFacts::default(), body.as_bytes()).is_ok(), "{from} to {to}");
        }
    }
}
