//! The laws of affinity on bytes that anybody may have sent: keys, what replicas tell each other, and prompts.

use switchback_affinity::{AffinityKey, Beliefs, Fingerprint, Outcome, Secret, Seeds};
use switchback_ir::{Limits, Protocol, Request};
use switchback_protocol::decode;
use switchback_testkit::body;
use switchback_units::{Millis, Timestamp, Tokens};

/// Bytes of the input that names are made of: each place between two of them is tried.
const NAMES: usize = 256;

const SECRET: Secret = Secret::new([7; 32]);

/// All of them; of prompts those that the bytes are, and those that they are the choices of.
pub fn laws(bytes: &[u8]) {
    keys(bytes);
    beliefs(bytes);
    for protocol in Protocol::ALL {
        prompt(protocol, bytes);
        prompt(protocol, &body(protocol, bytes));
    }
}

/// What is before the first line end is a tenant, what is between it and the second a seed. Nothing of a seed goes upstream, and
/// no length moves from one field into the next.
fn keys(bytes: &[u8]) {
    let bytes = &bytes[..bytes.len().min(NAMES)];
    let mut fields = bytes.splitn(3, |byte| *byte == b'\n');
    let (tenant, seed) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
    let of = |tenant, seed| AffinityKey::of(&Seeds { tenant, session: Some(seed), ..Seeds::default() }, &SECRET);
    let Some(key) = of(tenant, seed) else {
        assert!(seed.is_empty(), "a seed that makes no key");
        return;
    };
    let sent = key.upstream(Some(u32::MAX));
    assert!(sent.len() <= 64 && sent.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-'), "{sent}");
    let joined = [tenant, seed].concat();
    for at in (0..joined.len()).filter(|at| *at != tenant.len()) {
        let (other, rest) = joined.split_at(at);
        assert_ne!(of(other, rest).map(AffinityKey::hash), Some(key.hash()), "split at {at}");
    }
}

/// Eight bytes are an answer at one of two replicas. Whatever they learned, telling each other is a join, nothing passes the
/// bound, and what has ended is believed no more.
fn beliefs(bytes: &[u8]) {
    let mut replicas = [Beliefs::with_capacity(16), Beliefs::with_capacity(16)];
    let mut ends = 0;
    for answer in bytes.chunks_exact(8) {
        let [replica, prefix, candidate, minute, second, lives, high, low] = *answer else { return };
        let (started, lifetime) = (u64::from(minute) * 60_000 + u64::from(second), u64::from(lives) * 1_000);
        let outcome = Outcome {
            prefix: u64::from(prefix),
            candidate: u64::from(candidate % 4),
            started: Timestamp::from_millis(started),
            lifetime: Millis::new(lifetime),
            held: Tokens::new(u64::from(u16::from_be_bytes([high, low]))),
        };
        ends = ends.max(started + lifetime);
        let own = &mut replicas[usize::from(replica % 2)];
        own.record(outcome);
        let once = own.clone();
        own.record(outcome);
        assert_eq!(*own, once, "the same answer twice");
        assert!(own.len() <= own.capacity());
    }
    let [one, other] = &replicas;
    let merged = |one: &Beliefs, other: &Beliefs| {
        let mut both = one.clone();
        both.merge(other);
        both
    };
    let (both, turned) = (merged(one, other), merged(other, one));
    assert!(both.len() <= both.capacity() && both.capacity() == 16);
    assert_eq!(merged(&both, other), both, "told twice");
    for prefix in 0..=255 {
        for candidate in 0..4 {
            let at = |beliefs: &Beliefs, now| beliefs.tokens(prefix, candidate, Timestamp::from_millis(now));
            for now in [0, ends / 2] {
                assert_eq!(at(&both, now), at(&turned, now), "who told whom");
            }
            assert_eq!(at(&both, ends), None, "it has ended");
        }
    }
}

/// No body panics a fingerprint; of the same prompt it is the same in a used one; a prompt that stops earlier has the same layers
/// up to there, and none of another tenant's.
fn prompt(protocol: Protocol, bytes: &[u8]) {
    let Ok(mut request) = decode(protocol, bytes, &Limits::default()) else { return };
    let (key, strange) = (SECRET.prompts_of(b"acme"), SECRET.prompts_of(b"another"));
    let whole = Fingerprint::of(&request, &key);
    let mut used = Fingerprint::of(&request, &strange);
    assert_ne!(used.tools.hash, whole.tools.hash, "two tenants");
    assert!(used.messages.iter().zip(&whole.messages).all(|(one, other)| one.hash != other.hash), "two tenants");
    used.fill(&request, &key);
    assert_eq!(used, whole);
    let layers: Vec<_> = [whole.tools, whole.system].iter().chain(&whole.messages).copied().collect();
    assert!(layers.is_sorted_by_key(|layer| layer.tokens), "a longer prompt has fewer tokens");
    let known = |request: &Request<'_>| {
        assert!(layers.contains(&whole.opening(request)));
        assert!(whole.earlier(request).is_none_or(|earlier| layers.contains(&earlier)));
    };
    known(&request);
    let leading = request.leading_instructions();
    while request.messages.len() > leading {
        request.messages.pop();
        let shorter = Fingerprint::of(&request, &key);
        assert_eq!((shorter.tools, shorter.system), (whole.tools, whole.system));
        assert!(whole.messages.starts_with(&shorter.messages), "with {} messages", request.messages.len());
        // Each is a pass over what is left: of a long prompt the last few tell as much as all.
        if shorter.messages.len() + 16 < whole.messages.len() {
            break;
        }
    }
}
