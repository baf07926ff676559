//! What `policy lint` finds in an imported policy is true of its source, and where it is not a fault of the source there is
//! nothing to find.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod support;

use std::collections::BTreeMap;

use support::Config;
use switchback_catalog::Catalog;
use switchback_migrate::{Choice, Import, SourceFile, System};
use switchback_plan::{Finding, FindingCode, Policy, Route, Shape};

/// Routes that are the same although the source tells them apart, and by what.
const SAME_ROUTES: &[(&str, &str)] = &[
    ("02-api-reference-inference-api-config-object.json", TWO_KEYS),
    ("03-guides-getting-started-a-b-test-prompts-and-models.json", "targets differ by `prompt_id` alone"),
    ("11-guides-use-cases-enterprise-ready-unified-api.json", TWO_KEYS),
    ("16-integrations-agents-agno-ai.json", "two placeholders of one name"),
    ("60-virtual-key-old-integrations-libraries-promptfoo.json", TWO_KEYS),
    ("examples-blog-bandits-in-your-llm-gateway-config.toml", TEMPLATES),
    ("examples-docs-guides-experimentation-run-adaptive-ab-tests-config.toml", TEMPLATES),
];

const TWO_KEYS: &str =
    "keys of one provider or of none that is known, and no model named that they could be told apart at";
const TEMPLATES: &str = "variants differ by their prompts alone, which stay in the application";

#[test]
fn every_finding_is_true_of_its_source() {
    let catalog = Catalog::embedded();
    let mut excused: BTreeMap<&str, usize> = SAME_ROUTES.iter().map(|(name, _)| (*name, 0)).collect();
    let configs = support::configs();
    for config in &configs {
        for choice in [Choice::Documented, Choice::AsCoded] {
            let files = [SourceFile { name: &config.name, text: &config.text }];
            let migration = Import::new(config.system).with_choice(choice).read(&files, &catalog).unwrap();
            migration.policy.check().unwrap_or_else(|error| panic!("{}: {error}", config.name));
            for finding in migration.findings(&catalog).unwrap() {
                let is_true = if finding.code == FindingCode::WeakerFallback {
                    names_its_models(config, &migration.policy, &finding)
                } else if finding.code == FindingCode::UnknownModel {
                    // A placeholder of a page that shows how a Config is written.
                    finding.message.contains("`MODEL_NAME`") && config.text.contains("MODEL_NAME")
                } else if finding.code == FindingCode::DuplicateRoute {
                    excused.get_mut(config.name.as_str()).map(|count| *count += 1).is_some()
                } else {
                    false
                };
                assert!(is_true, "{} {choice:?}: {finding}", config.name);
            }
        }
    }
    if !configs.is_empty() {
        for (name, count) in excused {
            assert!(count > 0, "nothing is found in {name} any more: take it off the list");
        }
    }
}

/// Whether the models of a weak fallback are the source's own words, so that their order is its user's choice.
fn names_its_models(config: &Config, policy: &Policy, finding: &Finding) -> bool {
    let mut models = Vec::new();
    models_of(at(policy, &finding.path), &mut models);
    let is_named = |model: &&String| config.text.contains(model.rsplit('/').next().unwrap());
    !models.is_empty() && models.iter().all(is_named)
}

fn models_of<'r>(route: &'r Route, models: &mut Vec<&'r String>) {
    if let Shape::Model(model) = &route.shape {
        models.push(model);
    }
    route.children().iter().for_each(|child| models_of(child, models));
}

/// The route at a finding's path: `route.chain[1].split[0]`.
fn at<'p>(policy: &'p Policy, path: &str) -> &'p Route {
    let mut found = vec![("route", policy.route.as_ref())];
    let groups: Vec<(String, &Route)> =
        policy.groups.iter().map(|(name, route)| (format!("groups.{name}"), route)).collect();
    found.extend(groups.iter().map(|(name, route)| (name.as_str(), Some(*route))));
    let fits = found.into_iter().filter_map(|(name, route)| Some((path.strip_prefix(name)?, route?)));
    let (rest, mut route) = fits.min_by_key(|(rest, _)| rest.len()).unwrap();
    for index in rest.split('[').skip(1) {
        route = &route.children()[index.split(']').next().unwrap().parse::<usize>().unwrap()];
    }
    route
}

/// Deployments of one model behind several keys are told apart, each with what its entry says of it.
#[test]
fn one_model_behind_several_keys_is_several_endpoints() {
    let text = "
model_list:
  - model_name: g
    litellm_params: {model: azure/gpt-4o, api_base: https://eu.example.com, api_key: os.environ/KEY, rpm: 2}
    model_info: {input_cost_per_token: 0.000001, output_cost_per_token: '0.000002', max_input_tokens: 1000}
  - {model_name: g, litellm_params: {model: azure/gpt-4o, api_base: https://us.example.com, api_key: os.environ/KEY}}
  - {model_name: g, litellm_params: {model: azure/gpt-4o}}
  - {model_name: v, litellm_params: {model: openai/llama-own, api_base: http://10.0.0.1:8000/v1}}
  - {model_name: v, litellm_params: {model: openai/llama-own, api_base: http://10.0.0.2:8000/v1}}
  - {model_name: s, litellm_params: {model: openai/gpt-4o, api_key: sk-first1}}
  - {model_name: s, litellm_params: {model: openai/gpt-4o, api_key: sk-second2}}
";
    let catalog = Catalog::embedded();
    let files = [SourceFile { name: "c.yaml", text }];
    let migration = Import::new(System::LiteLlm).read(&files, &catalog).unwrap();
    assert_eq!(migration.findings(&catalog).unwrap(), []);
    let extended = migration.catalog.extend(&catalog).unwrap();
    let scopes = |group: &str| -> Vec<String> {
        let routes = migration.policy.groups[group].children();
        routes.iter().map(|route| route.settings.rules.allow[0].to_string()).collect()
    };
    assert_eq!(scopes("g"), ["azure/gpt-4o#KEY", "azure/gpt-4o#KEY@us.example.com", "azure/gpt-4o#environment"]);
    assert_eq!(scopes("v"), ["openai/llama-own#10.0.0.1:8000", "openai/llama-own#10.0.0.2:8000"]);
    assert_eq!(scopes("s"), ["openai/gpt-4o#inline-10-69", "openai/gpt-4o#inline-11-69"]);
    // Each with its own base URL, price and limit; what the entry leaves open is as the catalog has it.
    let own = |scope: &str| {
        let mut found = extended.by_upstream_id("gpt-4o").filter(|endpoint| endpoint.credential_scope() == Some(scope));
        found.next().unwrap().row().clone()
    };
    let (eu, us) = (own("KEY"), own("KEY@us.example.com"));
    let price = |row: &switchback_catalog::Row, kind| row.prices.base.rate(kind).unwrap().to_string();
    assert_eq!(eu.base_url.as_deref(), Some("https://eu.example.com"));
    assert_eq!(price(&eu, switchback_catalog::PriceKind::Input), "$1.00/M");
    assert_eq!(price(&eu, switchback_catalog::PriceKind::Output), "$2.00/M");
    assert_eq!(eu.max_input.map(switchback_units::Tokens::get), Some(1000));
    assert_eq!(us.base_url.as_deref(), Some("https://us.example.com"));
    assert_eq!(price(&us, switchback_catalog::PriceKind::Input), "$2.50/M");
    assert_eq!(eu.max_output, us.max_output);
    let operator = extended.sources().last().unwrap();
    let field = switchback_catalog::Field::Price(switchback_catalog::PriceKind::Input);
    let source =
        |row: &switchback_catalog::Row| extended.sources()[usize::from(row.provenance.source(field))].name.clone();
    assert_eq!((source(&eu), operator.name.as_str()), ("operator".to_owned(), "operator"));
    assert_ne!(source(&us), "operator");
}
