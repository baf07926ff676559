//! Keys of Configs that no route is made of.

use crate::import::table::{Known, known};

const NO_STORE: &str = "no answers are stored: caching is the providers' own, and there is no semantic cache";
const GUARDS: &str = "set guardrails up at the gateway (Concentrate: Guardrails & Redaction)";

/// Of a target, or at the top.
pub(super) const TARGET: &[Known] = known! {
    Lost Cache "cache" => "stores answers, by the same text or by meaning", NO_STORE;
    Grave Guardrail "input_guardrails" | "before_request_hooks" | "default_input_guardrails" =>
        "checks of what goes in", GUARDS;
    Grave Guardrail "output_guardrails" | "after_request_hooks" | "default_output_guardrails" =>
        "checks of what comes out", GUARDS;
    Grave Guardrail "guardrails" => "checks of what goes in and comes out", GUARDS;
    Grave Content "prompt_id" =>
        "a stored prompt, with its model", "move the prompt into the application and name its model";
    Lost Credential "forward_headers" =>
        "headers to pass on to the upstream", "the embedder decides which headers go on";
    Always Rewrite "strict_open_ai_compliance" =>
        "leaves out fields beyond OpenAI's", "what comes back is the client's own protocol";
    Lost Endpoint "azure_*" => "a setting of Azure", "a matter of the credential's scope";
    Lost Endpoint "vertex_*" => "a setting of Vertex", "a matter of the credential's scope";
    Lost Endpoint "aws_*" => "a setting of AWS", "a matter of the credential's scope";
    Lost Endpoint "openai_*" => "a setting of OpenAI", "a matter of the credential's scope";
    Lost Endpoint "anthropic_*" =>
        "a version or beta of Anthropic's API", "the surroundings of a converted request have it";
    Dead Endpoint "resource_name" => "the Azure resource", "a matter of the credential's scope";
    Lost Endpoint "deployment_id" => "the Azure deployment", "name it as the model: `azure/<deployment>`";
    Dead Endpoint "api_version" => "the version of Azure's API", "the gateway knows the versions of its endpoints";
    Dead Operation "index" => "the target's place", "drop it";
    Dead Operation "id" | "override_params_schema" => "a label", "drop it";
    Lost Operation "metadata" => "labels of the Config", "drop it";
};
