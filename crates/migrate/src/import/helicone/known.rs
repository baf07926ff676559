//! Keys of the ai-gateway that no route is made of.

use crate::import::table::{Known, known};

const NO_STORE: &str = "no answers are stored: prompts are cached by providers, `prompt_cache_key` seeds that";
const PER_KEY: &str = "set rate and spend limits per key";
const NO_GATEWAY: &str = "there is no ai-gateway to run";

/// At the top.
pub(super) const SECTIONS: &[Known] = known! {
    Dead Observability "telemetry" => "logs and traces of the gateway", NO_GATEWAY;
    Lost Observability "helicone" => "sends calls to Helicone", "a log of each request in the dashboard";
    Dead Operation "server" => "where the gateway listens", NO_GATEWAY;
    Dead Operation "control-plane" => "how the gateway is steered", NO_GATEWAY;
    Dead Operation "deployment-target" => "where the gateway runs", NO_GATEWAY;
    Dead Operation "dispatcher" => "how the gateway calls upstreams", NO_GATEWAY;
    Lost Observability "response-headers" =>
        "adds the provider to answers", "read the plan: its endpoint says who answered";
    Dead Observability "minio" => "where bodies are kept", NO_GATEWAY;
    Lost Cache "cache-store" => "where answers are stored", NO_STORE;
    Dead Rate "rate-limit-store" => "where counts are kept", PER_KEY;
    Lost Endpoint "providers" => "providers' addresses and models", "the catalog has them; add what it lacks";
    Lost Cache "cache" => "stores answers", NO_STORE;
    Lost Rate "rate-limit" => "limits of requests in a time", PER_KEY;
};

/// Of a router, and of all of them.
pub(super) const ROUTER: &[Known] = known! {
    Lost Cache "cache" => "stores answers", NO_STORE;
    Lost Rate "rate-limit" => "limits of requests in a time", PER_KEY;
    Dead Operation "request-style" => "which protocol is spoken", "the path says it";
    Lost Rate "spend-control" => "limits of money in a time", PER_KEY;
    Lost Endpoint "providers" => "providers' addresses and models", "the catalog has them; add what it lacks";
};

/// Of `discover`.
pub(super) const DISCOVER: &[Known] = known! {
    Lost Gate "discover-decay" => "how fast latencies are forgotten", "whoever measures decides that";
    Lost Gate "default-rtt" => "the latency of what was never asked", "`assume.latency_ms`";
    Dead Gate "rate-limit" =>
        "how often providers that answer 429 are looked at again", "`retry.retry_after` and `cooldown`";
    Dead Operation "api-keys-source" => "where keys are found", NO_GATEWAY;
};
