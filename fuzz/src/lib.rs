//! What the fuzz targets call. The files hold no fuzzing of their own, so that plain tests replay the seeds with them.

pub mod affinity;
pub mod answers;
pub mod bodies;
pub mod fitted;
pub mod frames;
pub mod generated;
pub mod imports;
pub mod migrations;
pub mod mutate;
pub mod naive_walk;
pub mod offers;
pub mod pointers;
pub mod policies;
pub mod readers;
pub mod routings;
pub mod slugs;
pub mod streams;
pub mod walks;
