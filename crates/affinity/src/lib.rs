//! Cache affinity: the route where a prompt is already warm, and what that is worth.
//!
//! Providers keep the prefixes of prompts for some minutes and read them back at a tenth of the price. A router that
//! sends each turn of a conversation to another provider pays for the whole prompt each time. This crate says which
//! route a conversation belongs to, without state ([`rank`]), what a warm cache saves ([`Estimate`]), and, where a
//! gateway keeps some memory, what was believed and what came of it ([`Beliefs`]).
//!
//! ```
//! use switchback_affinity::{AffinityKey, Candidate, Secret, Seeds, rank};
//! let secret = Secret::new([7; 32]);
//! let seeds = Seeds { tenant: b"acme", model: "claude", prompt_cache_key: Some(b"chat-1"), ..Seeds::default() };
//! let key = AffinityKey::of(&seeds, &secret).unwrap();
//! let mut candidates = [Candidate::new(1), Candidate::new(2), Candidate::new(3)];
//! rank(key.hash(), &mut candidates);
//! // The same conversation finds the same provider, on every replica, and the rest keep their order without it.
//! let (first, rest) = (candidates[0], [candidates[1], candidates[2]]);
//! let mut without: Vec<_> = [1, 2, 3].map(Candidate::new).into_iter().filter(|c| c.id != first.id).collect();
//! rank(key.hash(), &mut without);
//! assert_eq!(without, rest);
//! ```
//!
//! Guarantees: no I/O, no clock, no randomness, no tokenizer; nothing raw is kept, only keyed hashes; equal keys of two
//! tenants never meet; memory is bounded. It reorders what the caller gives it and brings nothing back: gate first,
//! affinity after.

mod belief;
mod estimate;
#[cfg(feature = "ir")]
mod fingerprint;
mod home;
mod key;
mod memory;
mod rendezvous;
mod rules;
mod tokens;

pub use belief::{Belief, Beliefs, HitRate, Outcome};
pub use estimate::{Estimate, Facts, Prompt, Saving};
#[cfg(feature = "ir")]
pub use fingerprint::{Fingerprint, Layer};
pub use home::{Conversation, Recovery, Route, home, stay};
pub use key::{AffinityKey, PromptKey, Secret, SeedSource, Seeds};
pub use memory::{Memory, Usage};
pub use rendezvous::{Candidate, Load, admit, derived, rank, winner};
pub use rules::{CacheRule, Marking, Scope, rules};
pub use tokens::{Calibration, TextClass};
