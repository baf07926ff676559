use std::fmt::Write;

use switchback_units::Money;

use super::{AttemptRecord, RequestRecord, Sum};

macro_rules! headers {
    ($($name:literal $when:literal => $value:expr;)*) => {
        /// The response headers of a record, each with what it says; `docs/records.md` shows them.
        pub const HEADERS: &[(&str, &str)] = &[$(($name, $when),)*];

        /// How each is made; `None` where there is nothing to say.
        const VALUES: &[fn(&RequestRecord) -> Option<String>] = &[$($value,)*];
    };
}

headers! {
    "x-switchback-request-id" "the caller's id of the request" => |record| record.request_id.clone();
    "x-switchback-plan" "the plan's fingerprint" => |record| record.plan.clone();
    "x-switchback-requested" "the model that the plan begins with: the client's, or what the policy has in its place" => |record| record.requested.clone();
    "x-switchback-served" "the provider and the model that answered" => |record| record.served().map(name);
    "x-switchback-endpoint" "the id of the endpoint that answered" => |record| Some(record.served()?.endpoint.to_string());
    "x-switchback-protocol" "the protocol that it was asked in" => |record| record.served()?.protocol.clone();
    "x-switchback-upstream-id" "the upstream's id of the request" => |record| record.served()?.upstream_request_id.clone();
    "x-switchback-attempts" "how many attempts were made" => |record| Some(record.attempts.len().to_string());
    "x-switchback-failed" "each attempt that failed: provider, model and error class, in order" => failed;
    "x-switchback-ending" "how it ended, once it has" => |record| Some(record.ending?.code().to_owned());
    "x-switchback-degraded" "how the request was degraded for the one that answered: step and feature" => degraded;
    "x-switchback-lost" "the features that were dropped or degraded on the way, cosmetic ones left out" => lost;
    "x-switchback-cost" "dollars, or `unknown`: all attempts" => |record| Some(dollars(record.cost.total));
    "x-switchback-cost-failed" "dollars, or `unknown`: those that failed, when any did" => cost_failed;
    "x-switchback-cost-expected" "dollars that the answering attempt was expected to cost" => expected;
    "x-switchback-prices" "the sources of the prices, with their days" => prices;
    "x-switchback-duration-ms" "milliseconds from the first attempt to the record" =>
        |record| Some(record.duration()?.get().to_string());
}

/// Most bytes of a value: servers limit all headers together to some 8 KiB.
const LONGEST: usize = 512;

impl RequestRecord {
    /// The record as response headers, for embedders who want them: of [`HEADERS`], those that have something to say.
    ///
    /// Values are visible ASCII, other bytes percent-encoded, and cut after 512 bytes. A stream's headers go out before
    /// it is known what it costs: of a record made then, the cost is `unknown`.
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let values = HEADERS.iter().zip(VALUES).filter_map(|((name, _), value)| Some((*name, value(self)?)));
        values.map(|(name, value)| (name, visible(&value))).collect()
    }

    /// The attempt that the client has its answer from, or the part of one that it got.
    pub fn served(&self) -> Option<&AttemptRecord> {
        self.attempts.get(self.served?)
    }
}

fn name(attempt: &AttemptRecord) -> String {
    format!("{}/{}", attempt.provider, attempt.model)
}

fn failed(record: &RequestRecord) -> Option<String> {
    let failed = record.attempts.iter().filter_map(|attempt| Some((name(attempt), attempt.class()?)));
    listed(failed.map(|(name, class)| format!("{name}={class}")))
}

fn degraded(record: &RequestRecord) -> Option<String> {
    listed(record.served()?.degraded.iter().cloned())
}

fn lost(record: &RequestRecord) -> Option<String> {
    let losses = record.served()?.losses.iter();
    let counts =
        losses.filter(|loss| matches!(loss.action.as_str(), "dropped" | "degraded") && loss.severity != "cosmetic");
    let mut features: Vec<String> = counts.map(|loss| loss.feature.clone()).collect();
    features.sort_unstable();
    features.dedup();
    listed(features.into_iter())
}

fn cost_failed(record: &RequestRecord) -> Option<String> {
    record.attempts.iter().any(|attempt| !attempt.is_answer()).then(|| dollars(record.cost.failed))
}

fn expected(record: &RequestRecord) -> Option<String> {
    Some(plain(record.served()?.predicted?.expected))
}

fn prices(record: &RequestRecord) -> Option<String> {
    listed(record.prices.iter().map(|source| format!("{} {}", source.name, source.date)))
}

fn dollars(sum: Sum) -> String {
    sum.total.map_or_else(|| "unknown".to_owned(), plain)
}

fn plain(amount: Money) -> String {
    amount.display_decimal().to_string()
}

fn listed(values: impl Iterator<Item = String>) -> Option<String> {
    let values: Vec<String> = values.collect();
    (!values.is_empty()).then(|| values.join(", "))
}

/// As a header may hold it.
fn visible(text: &str) -> String {
    let mut value = String::with_capacity(text.len().min(LONGEST));
    for byte in text.bytes() {
        let written = if (b' '..=b'~').contains(&byte) && byte != b'%' { 1 } else { 3 };
        if value.len().saturating_add(written) > LONGEST {
            break;
        }
        if written == 1 {
            value.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(value, "%{byte:02x}");
        }
    }
    value.trim().to_owned()
}
