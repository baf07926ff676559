//! Keys of the ai-gateway that no route is made of.

use crate::Concept::{Cache, Endpoint, Gate, Observability, Operation, Rate};
use crate::import::table::Weight::{Dead, Lost};
use crate::import::table::{Known, known};

const NO_STORE: &str = "no answers are stored: prompts are cached by providers, `prompt_cache_key` seeds that";
const PER_KEY: &str = "set rate and spend limits per key";
const NO_GATEWAY: &str = "there is no ai-gateway to run";

/// At the top.
pub(super) const SECTIONS: &[Known] = &[
    known("telemetry", Dead, Observability, "logs and traces of the gateway", NO_GATEWAY),
    known("helicone", Lost, Observability, "sends calls to Helicone", "a log of each request in the dashboard"),
    known("server", Dead, Operation, "where the gateway listens", NO_GATEWAY),
    known("control-plane", Dead, Operation, "how the gateway is steered", NO_GATEWAY),
    known("deployment-target", Dead, Operation, "where the gateway runs", NO_GATEWAY),
    known("dispatcher", Dead, Operation, "how the gateway calls upstreams", NO_GATEWAY),
    known(
        "response-headers",
        Lost,
        Observability,
        "adds the provider to answers",
        "read the plan: its endpoint says who answered",
    ),
    known("minio", Dead, Observability, "where bodies are kept", NO_GATEWAY),
    known("cache-store", Lost, Cache, "where answers are stored", NO_STORE),
    known("rate-limit-store", Dead, Rate, "where counts are kept", PER_KEY),
    known("providers", Lost, Endpoint, "providers' addresses and models", "the catalog has them; add what it lacks"),
    known("cache", Lost, Cache, "stores answers", NO_STORE),
    known("rate-limit", Lost, Rate, "limits of requests in a time", PER_KEY),
];

/// Of a router, and of all of them.
pub(super) const ROUTER: &[Known] = &[
    known("cache", Lost, Cache, "stores answers", NO_STORE),
    known("rate-limit", Lost, Rate, "limits of requests in a time", PER_KEY),
    known("request-style", Dead, Operation, "which protocol is spoken", "the path says it"),
    known("spend-control", Lost, Rate, "limits of money in a time", PER_KEY),
    known("providers", Lost, Endpoint, "providers' addresses and models", "the catalog has them; add what it lacks"),
];

/// Of `discover`.
pub(super) const DISCOVER: &[Known] = &[
    known("discover-decay", Lost, Gate, "how fast latencies are forgotten", "whoever measures decides that"),
    known("default-rtt", Lost, Gate, "the latency of what was never asked", "`assume.latency_ms`"),
    known(
        "rate-limit",
        Dead,
        Gate,
        "how often providers that answer 429 are looked at again",
        "`retry.retry_after` and `cooldown`",
    ),
    known("api-keys-source", Dead, Operation, "where keys are found", NO_GATEWAY),
];
