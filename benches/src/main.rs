//! Benchmarks. Ids are `area/case/variant`; every group holds a yardstick over the same bytes, since absolute figures say
//! little on another machine. Each result is checked before it is timed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "a bench fails by panicking, and criterion's macros write undocumented functions"
)]

mod affinity;
mod answer;
mod capability;
mod catalog;
mod market;
mod plan;
mod protocol;
mod slug;
mod stream;
mod uptime;

criterion::criterion_group!(
    benches,
    affinity::warmth,
    protocol::conversions,
    answer::conversions,
    slug::parsing,
    catalog::look_up,
    capability::matching,
    plan::deciding,
    uptime::gate,
    uptime::check,
    uptime::read,
    stream::framing,
    stream::transcoding
);
criterion::criterion_main!(benches);
