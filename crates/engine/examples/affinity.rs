//! `switchback-affinity` alone: one conversation finds the same endpoint on every replica, and without it the next.
//!
//! `cargo run -p switchback --example affinity`

use switchback_affinity::{AffinityKey, Candidate, Secret, Seeds, rank};

fn main() {
    let secret = Secret::new([7; 32]);
    for session in ["monday", "tuesday", "wednesday"] {
        let session_seeds =
            Seeds { tenant: b"acme", model: "claude-haiku-4-5", session: Some(session.as_bytes()), ..Seeds::default() };
        let Some(key) = AffinityKey::of(&session_seeds, &secret) else { continue };
        let mut candidates = [1, 2, 3].map(Candidate::new);
        rank(key.hash(), &mut candidates);
        println!("{session}: {:?}", candidates.map(|candidate| candidate.id));
    }
}
