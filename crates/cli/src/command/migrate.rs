use serde::Serialize;
use switchback::{Engine, Situation, decode};
use switchback_catalog::Catalog;
use switchback_ir::Limits;
use switchback_migrate::{Choice, Concept, Entry, Fidelity, Format, Import, Layout, Migration, Report, SourceFile};
use switchback_plan::{Explain, Finding, Inventory, Plan};
use switchback_protocol::detect;

use crate::arguments::{self, Reading, Written};
use crate::failure::{Answer, Failure};
use crate::{asked, input, output};

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Document<'a> {
    policy: &'a switchback_plan::Policy,
    catalog: &'a switchback_migrate::Additions,
    ledger: &'a switchback_migrate::Ledger,
    retired: &'a [switchback_migrate::Retired],
    findings: &'a [Finding],
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<&'a Plan>,
}

/// What `--save-state` writes.
#[derive(Debug, Serialize)]
struct State<'a> {
    inventory: &'a Inventory,
}

pub(crate) fn run(options: &arguments::Migrate) -> Result<Answer, Failure> {
    let embedded = Catalog::embedded();
    let migration = read(options, &embedded)?;
    let findings = migration.findings(&embedded).map_err(|error| Failure::at("what is added to the catalog", error))?;
    let plan = plan(options, &migration, &embedded)?;
    if options.json {
        let Migration { policy, catalog, ledger, retired, .. } = &migration;
        output::json(&Document { policy, catalog, ledger, retired, findings: &findings, plan: plan.as_ref() })?;
    } else {
        let report = Report::of_import(&migration).with_findings(findings);
        output::text(&report.render(layout(options.written)))?;
        if let Some(plan) = &plan {
            output::text(&side_by_side(&migration, plan, options.written))?;
        }
    }
    if let Some(path) = &options.save_policy {
        output::json_file(path, &migration.policy)?;
    }
    if let Some(path) = &options.save_catalog {
        output::file(path, extended(&migration, &embedded)?.render().as_bytes())?;
    }
    if let Some(path) = &options.save_state {
        output::json_file(path, &State { inventory: &migration.catalog.inventory })?;
    }
    if let Some(path) = &options.ledger {
        output::json_file(path, &migration.ledger)?;
    }
    let is_lossy = migration.ledger.count(Fidelity::None) > 0;
    Ok(if options.strict && is_lossy { Answer::No } else { Answer::Done })
}

/// The catalog with what the configuration adds to it.
fn extended(migration: &Migration, embedded: &Catalog) -> Result<Catalog, Failure> {
    migration.catalog.extend(embedded).map_err(|error| Failure::at("what is added to the catalog", error))
}

/// What the imported policy does with a sample request, over what the configuration adds to the catalog.
fn plan(options: &arguments::Migrate, migration: &Migration, embedded: &Catalog) -> Result<Option<Plan>, Failure> {
    let Some(path) = &options.request else { return Ok(None) };
    migration.policy.check().map_err(|error| Failure::at("the imported policy", error))?;
    let source = input::read(path)?;
    let protocol = detect(&source.bytes).protocol;
    let mut request =
        decode(protocol, &source.bytes, &Limits::default()).map_err(|error| Failure::at(&source.name, error))?;
    let catalog = extended(migration, embedded)?;
    let situation = Situation::at(input::now(None));
    let inventory = &migration.catalog.inventory;
    let situation = if inventory.scopes.is_empty() { situation } else { situation.with_inventory(inventory) };
    let engine = Engine::new(catalog, migration.policy.clone());
    let asked = engine.decide_as_asked(&mut request, &situation, asked::reader(options.reading));
    let (plan, _) = asked.map_err(|error| Failure::at(&source.name, error))?;
    Ok(Some(plan))
}

/// What a configuration says that is about which route is taken.
const ROUTES: [Concept; 10] = [
    Concept::Group,
    Concept::Chain,
    Concept::Split,
    Concept::Condition,
    Concept::Pin,
    Concept::Providers,
    Concept::Order,
    Concept::Sort,
    Concept::Trigger,
    Concept::Retry,
];

/// What the configuration says of routes, line by line, and the plan.
fn side_by_side(migration: &Migration, plan: &Plan, written: Written) -> String {
    let fence = if written == Written::Markdown { "```\n" } else { "" };
    let mark = if written == Written::Markdown { "## " } else { "" };
    let is_route = |entry: &&Entry| ROUTES.contains(&entry.concept) && entry.fidelity != Fidelity::None;
    let said = migration.ledger.entries().iter().filter(is_route);
    let lines: Vec<String> =
        said.map(|entry| format!("{:>4}  {} {}: {}", entry.line, entry.concept, entry.key, entry.detail)).collect();
    let (title, planned) = (migration.system.title(), Explain::default().render(plan));
    format!("{mark}What {title} says of routes, and what is planned\n\n{fence}{}\n\n{planned}{fence}", lines.join("\n"))
}

fn read(options: &arguments::Migrate, catalog: &Catalog) -> Result<Migration, Failure> {
    let mut import = Import::new(options.system).with_choice(match options.reading {
        Reading::Documented => Choice::Documented,
        Reading::AsCoded => Choice::AsCoded,
    });
    for integration in &options.integrations {
        import = import.with_integration(&integration.name, &integration.provider);
    }
    let mut texts = Vec::new();
    for path in &options.configs {
        let source = input::read(path)?;
        let text = String::from_utf8(source.bytes).map_err(|error| Failure::at(&source.name, error.utf8_error()))?;
        texts.push((source.name.to_string(), text));
    }
    // By the first file's name, as only the command line may.
    if let Some(format) = options.configs.first().and_then(|path| format(path)) {
        import = import.with_format(format);
    }
    let files: Vec<SourceFile<'_>> = texts.iter().map(|(name, text)| SourceFile { name, text }).collect();
    import.read(&files, catalog).map_err(Failure::usage)
}

fn format(path: &std::path::Path) -> Option<Format> {
    match path.extension()?.to_str()? {
        "yaml" | "yml" => Some(Format::Yaml),
        "toml" => Some(Format::Toml),
        "json" => Some(Format::Json),
        _ => None,
    }
}

pub(crate) const fn layout(written: Written) -> Layout {
    match written {
        Written::Text => Layout::Text,
        Written::Markdown => Layout::Markdown,
    }
}
