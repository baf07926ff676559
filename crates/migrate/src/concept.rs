use std::fmt;

use serde::{Serialize, Serializer};

macro_rules! concepts {
    ($($(#[$meta:meta])* $variant:ident = $name:literal;)*) => {
        /// What a key of a configuration, a header or a parameter is about. The names are stable, fit for logs.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Concept { $($(#[$meta])* $variant,)* }

        impl Concept {
            /// Every concept.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// A stable name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

concepts! {
    /// A name that clients call, and the routes behind it.
    Group = "group";
    /// A model string.
    Model = "model";
    /// Routes tried in order.
    Chain = "chain";
    /// A choice by weight.
    Split = "split";
    /// A choice by what the request says.
    Condition = "condition";
    /// One route and no other, or one to start at.
    Pin = "pin";
    /// Providers that may or may not be used.
    Providers = "providers";
    /// The order of providers.
    Order = "order";
    /// A fact that must hold.
    Require = "require";
    /// A threshold that is preferred.
    Prefer = "prefer";
    /// What decides among routes.
    Sort = "sort";
    /// Which failures move on.
    Trigger = "trigger";
    /// Trying the same route again.
    Retry = "retry";
    /// Leaving out what fails too often.
    Gate = "gate";
    /// Leaving out what just failed.
    Cooldown = "cooldown";
    /// Staying where a conversation was.
    Affinity = "affinity";
    /// A limit of money.
    Budget = "budget";
    /// A limit of requests or tokens in a time.
    Rate = "rate";
    /// A limit of time.
    Timeout = "timeout";
    /// A change of the request on its way.
    Rewrite = "rewrite";
    /// Giving up a part of the request.
    Degrade = "degrade";
    /// A secret, or the name of one.
    Credential = "credential";
    /// Where a provider is reached: URL, deployment, region, project.
    Endpoint = "endpoint";
    /// What a model costs or can do.
    CatalogFact = "catalog_fact";
    /// Stored answers.
    Cache = "cache";
    /// Checks of what goes in and comes out.
    Guardrail = "guardrail";
    /// Prompts, templates and schemas that the gateway holds.
    Content = "content";
    /// Who a request is counted for.
    Attribution = "attribution";
    /// Logs, metrics, traces, alerts.
    Observability = "observability";
    /// How the gateway itself is run.
    Operation = "operation";
    /// The address of a request.
    Address = "address";
    /// A choice that needs more than one call, or the judgement of a model.
    Experiment = "experiment";
    /// A key that nobody knows.
    Unknown = "unknown";
}

impl fmt::Display for Concept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Concept {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
