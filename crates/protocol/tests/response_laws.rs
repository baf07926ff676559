//! The laws on generated responses, and what the generators reach.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests fail by panicking and say what they counted")]

use proptest::prelude::*;
use std::collections::BTreeSet;
use switchback_ir::{Feature, FeatureSet, Limits, Protocol};
use switchback_protocol::{decode_response, law};
use switchback_testkit::{entropy, response, responses};

fn generated() -> impl Strategy<Value = (Protocol, Vec<u8>)> {
    prop::sample::select(&Protocol::ALL[..]).prop_flat_map(|protocol| (Just(protocol), responses(protocol)))
}

proptest! {
    #[test]
    fn decoding_then_encoding_is_identity((protocol, body) in generated()) {
        law::response_identity(protocol, &body).map_err(|broken| TestCaseError::fail(broken.to_string()))?;
    }

    #[test]
    fn every_difference_is_reported_and_every_report_is_a_difference(
        (from, body) in generated(),
        to in prop::sample::select(&Protocol::ALL[..]),
    ) {
        if from != to {
            law::response_loss(from, to, &body).map_err(|broken| TestCaseError::fail(broken.to_string()))?;
        }
    }

    #[test]
    fn decoding_never_panics(protocol in prop::sample::select(&Protocol::ALL[..]), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode_response(protocol, &bytes, &Limits::default());
    }

    #[test]
    fn a_cut_body_is_an_error_with_a_place((protocol, body) in generated(), cut in any::<prop::sample::Index>()) {
        let cut = cut.index(body.len());
        let error = decode_response(protocol, &body[..cut], &Limits::default()).unwrap_err();
        prop_assert!(error.offset() <= cut);
    }
}

/// A long run outside CI: `SWITCHBACK_CASES=1000000 cargo test --release -p switchback-protocol --test response_laws long_run`.
#[test]
fn long_run() {
    let cases = option_env!("SWITCHBACK_CASES").and_then(|cases| cases.parse().ok()).unwrap_or(400_u64);
    let (mut reached, mut refused, mut broken) = (FeatureSet::EMPTY, 0_u64, Vec::new());
    for case in 0..cases {
        for from in Protocol::ALL {
            let body = response(from, &entropy(case));
            decode_response(from, &body, &Limits::default()).unwrap().uses(&mut |used| reached.insert(used.feature));
            for to in Protocol::ALL {
                match all_laws(from, to, &body) {
                    Ok(verdict) => {
                        let lines = match &verdict {
                            None => &[],
                            Some(law::Verdict::Converted(lines)) => &lines[..],
                            Some(law::Verdict::Refused(lines)) => {
                                refused += 1;
                                &lines[..]
                            }
                        };
                        reached =
                            reached.union(lines.iter().filter_map(|line| Feature::from_name(line.feature)).collect());
                    }
                    Err(law) => {
                        broken.push(format!("case {case}, {from} to {to}: {law}\n{}", String::from_utf8_lossy(&body)));
                    }
                }
            }
        }
        assert!(broken.len() < 100, "{}", broken.join("\n"));
    }
    println!("{cases} cases, {} conversions, {refused} refused", cases * 6);
    assert!(broken.is_empty(), "{} broken\n{}", broken.len(), broken.join("\n"));
    // Rows from 84 on are of errors and streams; what no provider saw to (row 53) is told by whoever did.
    let elsewhere = |row: &str| row.parse::<u32>().is_ok_and(|row| row == 53 || (84..=96).contains(&row));
    let whole = Feature::OF_RESPONSES.iter().filter(|feature| !elsewhere(feature.mapping_row()));
    let missing: Vec<_> = whole.filter(|feature| !reached.contains(**feature)).collect();
    assert!(missing.is_empty(), "the generators do not reach {missing:?}");
    let rows: BTreeSet<&str> = reached.iter().map(Feature::mapping_row).collect();
    // Rows 78, 79, 81 and 83 are counts that every protocol has: the laws compare them.
    for row in ["71", "72", "73", "74", "75", "76", "77", "80", "82"] {
        assert!(rows.contains(row), "no generated response uses row {row}: {rows:?}");
    }
}

/// What a conversion did; nothing within a protocol.
fn all_laws(from: Protocol, to: Protocol, body: &[u8]) -> Result<Option<law::Verdict>, law::Broken> {
    if from == to {
        return law::response_identity(from, body).map(|()| None);
    }
    law::response_loss(from, to, body).map(Some)
}
