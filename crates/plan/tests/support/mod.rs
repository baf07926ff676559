//! Small worlds to plan in, and a planner that is written as plainly as possible.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]

pub mod markup;
pub mod naive;
pub mod world;
