//! `switchback-uptime` alone: five failures in a row put an endpoint out, and single calls find out whether it is back.
//!
//! `cargo run -p switchback --example uptime`

use switchback_units::{Millis, Timestamp};
use switchback_uptime::{Call, Features, Outcome, Settings, Target, Uptime, Verdict};

fn main() {
    let uptime = Uptime::new(Settings::default());
    let now = Timestamp::from_millis(1_795_000_000_000);
    let endpoint = uptime.endpoint(Target { endpoint: 1, provider: 10, credential: 100 }, now);
    for _ in 0..5 {
        endpoint.record(&Call::new(Outcome::Failure { retry_after: None }, now), now);
    }
    let Verdict::Blocked(block) = endpoint.check(Features::BASE, now) else { return };
    println!("{block}");

    let (mut now, mut probes) = (block.until, 0);
    while endpoint.check(Features::BASE, now) != Verdict::Pass && probes < 20 {
        if let Some(place) = endpoint.probe(now) {
            endpoint.record(&Call::new(Outcome::Success, now), now);
            drop(place);
            probes += 1;
        }
        now = now.saturating_add(Millis::from_secs(1));
    }
    println!("in again after {probes} probes that succeeded, {now}");
}
