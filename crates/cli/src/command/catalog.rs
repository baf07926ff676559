use switchback_catalog::import::{self, Import};
use switchback_catalog::{Catalog, Date, Endpoint, EndpointId, PriceKind, Providers, Source, lint, merge};
use switchback_ir::Protocol;
use switchback_plan::{Naming, Target};
use switchback_slug::{Dialect, aliases, family, suggest};

use serde::Serialize;

use crate::arguments::{self, CatalogAction, CatalogKind, CatalogSource};
use crate::failure::{Answer, Failure};
use crate::table::Table;
use crate::{input, output};

pub(crate) fn run(options: &arguments::Catalog) -> Result<Answer, Failure> {
    match &options.action {
        CatalogAction::List(options) => list(options),
        CatalogAction::Show(options) => show(options),
        CatalogAction::Import(options) => import_sources(options),
        CatalogAction::Lint(options) => look_over(options),
    }
}

fn list(options: &arguments::CatalogList) -> Result<Answer, Failure> {
    let catalog = input::catalog(options.catalog.as_deref())?;
    let provider = options.provider.as_deref().map(|name| provider_of(name, &catalog)).transpose()?;
    let key = options.model.as_deref().map(|model| family(model).to_string());
    let wanted = |endpoint: &&Endpoint| {
        provider.as_deref().is_none_or(|provider| endpoint.provider() == provider)
            && key.as_deref().is_none_or(|key| endpoint.family() == key)
    };
    let endpoints: Vec<&Endpoint> = catalog.endpoints().iter().filter(wanted).collect();
    if options.json {
        output::json(&endpoints)?;
    } else {
        output::text(&table(&endpoints))?;
    }
    if !endpoints.is_empty() {
        return Ok(Answer::Done);
    }
    let is_served = key.as_deref().is_some_and(|key| catalog.by_family(key).next().is_some());
    match (&options.model, provider) {
        (Some(model), Some(provider)) if is_served => no(&format!("no endpoint of `{provider}` serves `{model}`")),
        (Some(model), _) => unknown(model, &catalog),
        (None, Some(provider)) => no(&format!("no endpoint of `{provider}` in the catalog")),
        (None, None) => no("the catalog has no endpoints"),
    }
}

/// The canonical id of a provider, by its name in the native dialect or in the catalog.
fn provider_of(name: &str, catalog: &Catalog) -> Result<String, Failure> {
    let listed = || catalog.endpoints().iter().map(Endpoint::provider);
    let resolved = aliases::resolve(Dialect::Native, name).map(|provider| provider.as_str().to_owned());
    if let Some(provider) = resolved.or_else(|| listed().find(|listed| *listed == name).map(str::to_owned)) {
        return Ok(provider);
    }
    let failure = Failure::usage(format!("no provider `{name}` in the catalog"));
    Err(match suggest(name, listed(), 1).first() {
        Some(near) => failure.hint(format!("did you mean `{near}`?")),
        None => failure,
    })
}

fn table(endpoints: &[&Endpoint]) -> String {
    let head = ["PROVIDER", "MODEL", "PROTOCOL", "REGION", "TIER", "CONTEXT", "INPUT", "OUTPUT", "BILLING", "ID"];
    let mut table = Table::new(head);
    for endpoint in endpoints {
        let price =
            |kind| endpoint.prices().base.rate(kind).map_or_else(|| "unknown".to_owned(), |rate| rate.to_string());
        table.row(vec![
            endpoint.provider().to_owned(),
            endpoint.upstream_id().to_owned(),
            endpoint.protocol().map_or("-", Protocol::name).to_owned(),
            endpoint.region().unwrap_or("-").to_owned(),
            endpoint.tier().to_string(),
            endpoint.offer().context().map_or_else(|| "unknown".to_owned(), |tokens| tokens.to_string()),
            price(PriceKind::Input),
            price(PriceKind::Output),
            endpoint.billing().to_string(),
            endpoint.id().to_string(),
        ]);
    }
    table.render()
}

fn show(options: &arguments::CatalogShow) -> Result<Answer, Failure> {
    let catalog = input::catalog(options.catalog.as_deref())?;
    let found = find(&options.what, &catalog);
    if found.is_empty() {
        return unknown(&options.what, &catalog);
    }
    if options.json {
        output::json(&found)?;
        return Ok(Answer::Done);
    }
    for endpoint in found {
        output::text(&details(endpoint)?)?;
    }
    Ok(Answer::Done)
}

/// The endpoint of that id or canonical text, else the endpoints that the string names as a model.
fn find<'c>(what: &str, catalog: &'c Catalog) -> Vec<&'c Endpoint> {
    let id = what.parse().unwrap_or_else(|_| EndpointId::of(what));
    if let Some(endpoint) = catalog.endpoint(id) {
        return vec![endpoint];
    }
    let Target::Model(named) = Naming::read(what, catalog).target else { return catalog.endpoints().iter().collect() };
    let served = |endpoint: &&Endpoint| {
        (endpoint.family() == named.family || endpoint.upstream_id() == named.model)
            && named.provider.as_deref().is_none_or(|provider| endpoint.provider() == provider)
    };
    catalog.endpoints().iter().filter(served).collect()
}

/// Every known field, one a line, nested ones with dots.
fn details(endpoint: &Endpoint) -> Result<String, Failure> {
    let value = serde_json::to_value(endpoint).map_err(Failure::usage)?;
    let mut lines = format!("{}\n", endpoint.canonical());
    flatten("", &value, &mut lines);
    lines.push('\n');
    Ok(lines)
}

fn flatten(path: &str, value: &serde_json::Value, lines: &mut String) {
    match value {
        serde_json::Value::Null => {}
        serde_json::Value::Object(members) => {
            for (name, value) in members {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                flatten(&path, value, lines);
            }
        }
        serde_json::Value::String(text) => push_field(lines, path, text),
        serde_json::Value::Array(_) | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {
            push_field(lines, path, &value.to_string());
        }
    }
}

fn push_field(lines: &mut String, path: &str, value: &str) {
    for part in ["  ", path, "  ", value, "\n"] {
        lines.push_str(part);
    }
}

fn unknown(model: &str, catalog: &Catalog) -> Result<Answer, Failure> {
    let near = suggest(model, catalog.endpoints().iter().map(Endpoint::family), 3);
    let names: Vec<String> = near.iter().map(|suggestion| format!("`{suggestion}`")).collect();
    let hint = if names.is_empty() { String::new() } else { format!("; did you mean {}?", names.join(" or ")) };
    no(&format!("no model `{model}` in the catalog{hint}"))
}

fn no(why: &str) -> Result<Answer, Failure> {
    output::remark(why)?;
    Ok(Answer::No)
}

/// What an import left behind.
#[derive(Serialize)]
struct Remainder<'a> {
    notes: &'a [import::Note],
    conflicts: &'a [switchback_catalog::Conflict],
}

fn import_sources(options: &arguments::CatalogImport) -> Result<Answer, Failure> {
    let providers = Providers::embedded();
    let imports: Result<Vec<Import>, Failure> =
        options.sources.iter().map(|source| import_source(source, &providers)).collect();
    let mut merged = merge(imports?);
    if options.embedded {
        merged.retain_embedded(&providers);
    }
    let remainder = Remainder { notes: &merged.notes, conflicts: &merged.conflicts };
    if let Some(file) = &options.notes {
        output::json_file(file, &remainder)?;
    } else {
        output::remarks(&note_table(&remainder))?;
    }
    let catalog = Catalog::from_merged(merged, providers).map_err(|error| Failure::at("the merged sources", error))?;
    output::text(&catalog.render())?;
    Ok(Answer::Done)
}

fn import_source(source: &CatalogSource, providers: &Providers) -> Result<Import, Failure> {
    let CatalogSource::File { kind, version, date, file } = source else {
        return import::vendor_docs(None, providers).map_err(|error| Failure::at("vendor-docs", error));
    };
    let read = input::read(file)?;
    let (name, url) = match kind {
        CatalogKind::ModelsDev => ("models.dev", "https://models.dev"),
        CatalogKind::LiteLlm => ("litellm", "https://github.com/BerriAI/litellm"),
        CatalogKind::OpenRouter => ("openrouter", "https://openrouter.ai/api/v1/models"),
    };
    let origin = Source { name: name.into(), version: version.clone(), date: *date, url: url.into() };
    let imported = match kind {
        CatalogKind::ModelsDev => import::models_dev(&read.bytes, origin, providers),
        CatalogKind::LiteLlm => import::litellm(&read.bytes, origin, providers),
        CatalogKind::OpenRouter => import::openrouter(&read.bytes, origin, providers),
    };
    imported.map_err(|error| Failure::at(&read.name, error))
}

fn note_table(remainder: &Remainder<'_>) -> String {
    let mut table = Table::new(["COUNT", "KIND", "FIRST AT", "DETAIL"]);
    for note in remainder.notes {
        table.row(vec![note.count.to_string(), note.kind.to_string(), note.path.clone(), note.detail.clone()]);
    }
    let conflicts = remainder.conflicts.len();
    format!(
        "{}{conflicts} facts on which sources differ; the first source holds (`--notes` lists them)\n",
        table.render()
    )
}

fn look_over(options: &arguments::CatalogLint) -> Result<Answer, Failure> {
    let catalog = input::catalog(options.catalog.as_deref())?;
    let findings = lint(&catalog, today());
    if options.json {
        output::json(&findings)?;
        return Ok(Answer::Done);
    }
    let mut table = Table::new(["KIND", "WHERE", "WHAT"]);
    for finding in &findings {
        table.row(vec![finding.kind.to_string(), finding.place.clone(), finding.detail.clone()]);
    }
    let counts = format!("{} findings in {} endpoints\n", findings.len(), catalog.endpoints().len());
    output::text(&format!("{}{counts}", table.render()))?;
    Ok(Answer::Done)
}

/// The day of the clock.
fn today() -> Option<Date> {
    input::now(None).to_string().split_once('T').and_then(|(day, _)| day.parse().ok())
}
