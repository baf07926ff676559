//! What a verdict promises, on bodies and offers that are made of the input: what is full or was degraded matches as full,
//! encodes without a loss, and its way back is a record that reads back.

use switchback_capability::{
    Degradation, Effort, Offer, OfferIndex, Policy, Requirements, Restore, Screen, Support, TemperatureRange, Unknown,
    apply, match_offer,
};
use switchback_ir::{Feature, Fidelity, Limits, Protocol};
use switchback_protocol::{decode, encode};
use switchback_testkit::body;

/// Bytes of the input that make the endpoint; the rest makes the body, one choice a byte.
const ENDPOINT: usize = 40;

/// One body and one endpoint out of the same bytes.
///
/// # Panics
/// Where a promise is broken.
pub fn promises(entropy: &[u8]) {
    let (endpoint, rest) = entropy.split_at(entropy.len().min(ENDPOINT));
    let at = |index: usize| endpoint.get(index).copied().unwrap_or(0);
    let protocol = |byte: u8| Protocol::ALL[usize::from(byte) % Protocol::ALL.len()];
    let (from, target) = (protocol(at(0)), protocol(at(1)));
    let policy = policy(at(2));
    let offer = offer(endpoint);

    let body = body(from, rest);
    let request = decode(from, &body, &Limits::default()).expect("a generated body is well-formed");
    let needs = Requirements::of(&request);
    let verdict = match_offer(&needs, request.origin, target, &offer, policy);
    let screen = Screen::new(&needs, request.origin, policy);
    assert!(screen.passes(target, &offer) || verdict.cost().is_none(), "{verdict:?}");
    let index = OfferIndex::of(&[(target, offer)]);
    assert_eq!(index.full(&screen).contains(0), verdict.is_full(), "{verdict:?}");
    assert_eq!(index.passing(&screen).contains(0), screen.passes(target, &offer), "{verdict:?}");
    if verdict.cost().is_none() {
        return;
    }
    let (ready, ledger) = apply(&request, verdict.steps());
    assert_eq!(verdict.is_full(), ledger.is_empty(), "{verdict:?}");
    let again = match_offer(&Requirements::of(&ready), request.origin, target, &offer, policy);
    assert!(again.is_full(), "{again:?} after {verdict:?}");
    let mut out = Vec::new();
    let losses = encode(&ready, target, &offer.target_facts(), &mut out).expect("what is full is not refused");
    assert!(!Fidelity::Strict.rejects(&losses), "{losses:?} after {verdict:?}");
    let restore = Restore::of(&request, verdict.steps());
    let record = serde_json::to_string(&restore).expect("a record");
    assert_eq!(serde_json::from_str::<Restore>(&record).expect("a record reads back"), restore);
}

fn policy(byte: u8) -> Policy {
    let unknown = [Unknown::Allow, Unknown::Reject, Unknown::Accept][usize::from(byte) % 3];
    let degradation = [Degradation::KeepRequired, Degradation::Anything, Degradation::Never][usize::from(byte / 3) % 3];
    Policy::default().unknown(unknown).degradation(degradation)
}

/// Features by bytes that name one each, and limits.
fn offer(endpoint: &[u8]) -> Offer {
    let at = |index: usize| endpoint.get(index).copied().unwrap_or(0);
    let base = [Support::Unknown, Support::Yes][usize::from(at(3)) % 2];
    let mut offer = Offer::unknown();
    for feature in Feature::OF_REQUESTS {
        offer.set(*feature, base);
    }
    for byte in endpoint.iter().skip(10) {
        if let Some(feature) = Feature::OF_REQUESTS.get(usize::from(*byte)) {
            offer.set(*feature, Support::No);
        }
    }
    let some = |byte: u8| (byte > 127).then(|| u64::from(byte - 128));
    offer.set_context_window(some(at(4)).map(|tokens| (tokens * 40).into()));
    offer.set_max_output(some(at(5)).map(Into::into));
    if let Some(tools) = some(at(6)) {
        offer = offer.max_tools(u32::try_from(tools % 4).unwrap_or(0));
    }
    if let Some(effort) = some(at(7)) {
        offer = offer.max_effort(Effort::ALL[usize::try_from(effort).unwrap_or(0) % Effort::ALL.len()]);
    }
    let range = some(at(8)).and_then(|most| TemperatureRange::new(u16::from(at(9)), u16::try_from(most * 20).ok()?));
    range.map_or(offer, |range| offer.temperature(range))
}
