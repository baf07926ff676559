//! Keys of Configs that no route is made of.

use crate::Concept::{Cache, Content, Credential, Endpoint, Guardrail, Operation, Rewrite};
use crate::import::table::Weight::{Always, Dead, Grave, Lost};
use crate::import::table::{Known, known};

const NO_STORE: &str = "no answers are stored: caching is the providers' own, and there is no semantic cache";
const GUARDS: &str = "set guardrails up at the gateway (Concentrate: Guardrails & Redaction)";

/// Of a target, or at the top.
pub(super) const TARGET: &[Known] = &[
    known("cache", Lost, Cache, "stores answers, by the same text or by meaning", NO_STORE),
    known("input_guardrails", Grave, Guardrail, "checks of what goes in", GUARDS),
    known("output_guardrails", Grave, Guardrail, "checks of what comes out", GUARDS),
    known("before_request_hooks", Grave, Guardrail, "checks of what goes in", GUARDS),
    known("after_request_hooks", Grave, Guardrail, "checks of what comes out", GUARDS),
    known("default_input_guardrails", Grave, Guardrail, "checks of what goes in", GUARDS),
    known("default_output_guardrails", Grave, Guardrail, "checks of what comes out", GUARDS),
    known("guardrails", Grave, Guardrail, "checks of what goes in and comes out", GUARDS),
    known(
        "prompt_id",
        Grave,
        Content,
        "a stored prompt, with its model",
        "move the prompt into the application and name its model",
    ),
    known(
        "forward_headers",
        Lost,
        Credential,
        "headers to pass on to the upstream",
        "the embedder decides which headers go on",
    ),
    known(
        "strict_open_ai_compliance",
        Always,
        Rewrite,
        "leaves out fields beyond OpenAI's",
        "what comes back is the client's own protocol",
    ),
    known(
        "custom_host",
        Lost,
        Endpoint,
        "a host of one's own",
        "Concentrate does not support it: call it directly there",
    ),
    known("azure_*", Lost, Endpoint, "a setting of Azure", "a matter of the credential's scope"),
    known("vertex_*", Lost, Endpoint, "a setting of Vertex", "a matter of the credential's scope"),
    known("aws_*", Lost, Endpoint, "a setting of AWS", "a matter of the credential's scope"),
    known("openai_*", Lost, Endpoint, "a setting of OpenAI", "a matter of the credential's scope"),
    known(
        "anthropic_*",
        Lost,
        Endpoint,
        "a version or beta of Anthropic's API",
        "the surroundings of a converted request have it",
    ),
    known("resource_name", Dead, Endpoint, "the Azure resource", "a matter of the credential's scope"),
    known("deployment_id", Lost, Endpoint, "the Azure deployment", "name it as the model: `azure/<deployment>`"),
    known(
        "api_version",
        Dead,
        Endpoint,
        "the version of Azure's API",
        "the gateway knows the versions of its endpoints",
    ),
    known("index", Dead, Operation, "the target's place", "drop it"),
    known("id", Dead, Operation, "a label", "drop it"),
    known("metadata", Lost, Operation, "labels of the Config", "drop it"),
    known("override_params_schema", Dead, Operation, "a label", "drop it"),
];
