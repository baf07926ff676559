//! Small worlds to plan in, and a planner that is written as plainly as possible.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]
#![allow(
    clippy::wildcard_enum_match_arm,
    clippy::field_reassign_with_default,
    reason = "what the worlds do not have panics; the types are non-exhaustive"
)]

pub mod case;
pub mod markup;
pub mod naive;
pub mod relax;
pub mod tree;
pub mod world;
