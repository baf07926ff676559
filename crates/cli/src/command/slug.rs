use serde::Serialize;
use switchback_catalog::Catalog;
use switchback_slug::{Beside, Dialect, Kind, Printed, ProviderRef, Slug, family, parse, print_in};

use crate::failure::{Answer, Failure};
use crate::table::Table;
use crate::{arguments, output};

/// One string, taken apart.
#[derive(Debug, Default, Serialize)]
struct Line {
    input: String,
    dialect: String,
    kind: &'static str,
    /// The provider's canonical id, when the segment names one that we know.
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<String>,
    /// The segment that names the provider, as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_segment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    family: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    variant: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    route: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deployment: Option<String>,
    /// The entries of a chain or batch, each taken apart.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    entries: Vec<Self>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    printed: Option<Printing>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// The string in another dialect.
#[derive(Debug, Serialize)]
struct Printing {
    to: String,
    output: String,
    /// Whether a catalog lists the model under that name for the target.
    verified: bool,
    /// What the input says and the output does not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    beside: Vec<String>,
}

pub(crate) fn run(options: &arguments::Slug) -> Result<Answer, Failure> {
    // Only printing asks which names a catalog knows.
    let target = options.to.map(|dialect| (dialect, Catalog::embedded()));
    let lines: Vec<Line> =
        options.strings.iter().map(|string| line(&parse(options.dialect, string), target.as_ref())).collect();
    if options.json {
        output::json(&lines)?;
    } else {
        output::text(&table(&lines))?;
    }
    let failed = lines.iter().any(|line| line.error.is_some());
    Ok(if failed { Answer::No } else { Answer::Done })
}

fn line(slug: &Slug<'_>, target: Option<&(Dialect, Catalog)>) -> Line {
    let mut line = take_apart(slug);
    if let Some((dialect, catalog)) = target {
        match print_in(slug, *dialect, Some(catalog)) {
            Ok(printed) => line.printed = Some(printing(printed, dialect.as_str())),
            Err(error) => line.error = Some(error.to_string()),
        }
    }
    line
}

fn take_apart(slug: &Slug<'_>) -> Line {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let model = Some(slug.model()).filter(|model| !model.is_empty());
    let entries = match slug.kind() {
        Kind::Chain | Kind::Batch => slug.entries().map(|entry| take_apart(&entry)).collect(),
        Kind::Auto
        | Kind::Custom
        | Kind::Dynamic { .. }
        | Kind::Model(_)
        | Kind::Wildcard(_)
        | Kind::Ignore { .. }
        | Kind::Function { .. } => Vec::new(),
    };
    let (kind, name) = kind(slug);
    Line {
        input: slug.input().to_owned(),
        dialect: slug.dialect().to_string(),
        kind,
        provider: slug.provider().and_then(ProviderRef::resolve).map(|provider| provider.to_string()),
        provider_segment: slug.provider().map(|segment| segment.as_str().to_owned()),
        author: owned(slug.author()),
        model: owned(model).or_else(|| name.map(str::to_owned)),
        family: model.map(|model| family(model).to_string()),
        region: owned(slug.region()),
        variant: owned(slug.variant()),
        version: owned(slug.version()),
        route: owned(slug.route()),
        deployment: owned(slug.deployment()),
        entries,
        printed: None,
        error: None,
    }
}

/// What kind of string it is, and the name in it that is no model's.
fn kind<'a>(slug: &Slug<'a>) -> (&'static str, Option<&'a str>) {
    match slug.kind() {
        Kind::Auto => ("auto", None),
        Kind::Custom => ("custom", None),
        Kind::Dynamic { name } => ("dynamic", Some(name)),
        Kind::Model(_) => ("model", None),
        Kind::Wildcard(_) => ("wildcard", None),
        Kind::Chain => ("chain", None),
        Kind::Batch => ("batch", None),
        Kind::Ignore { .. } => ("ignore", None),
        Kind::Function { name, .. } => ("function", Some(name)),
    }
}

fn printing(printed: Printed, target: &str) -> Printing {
    let beside = printed.beside.iter().map(said_elsewhere).collect();
    Printing { to: target.to_owned(), output: printed.text, verified: printed.verified, beside }
}

/// What the output does not say, and where the target says it, if anywhere.
fn said_elsewhere(beside: &Beside) -> String {
    match beside {
        Beside::Provider(field) => format!("the provider stands in `{field}`"),
        Beside::ImpliedProvider(provider) => format!("the target takes the name to {provider}"),
        Beside::Region(region) => format!("region {region}"),
        Beside::Variant(variant) => format!("variant {variant}"),
        Beside::Version(version) => format!("version {version}"),
        Beside::Route(route) => format!("route {route}"),
        Beside::Deployment(deployment) => format!("deployment {deployment}"),
        Beside::Marker(marker) => format!("marker {marker}"),
        other => format!("{other:?}"),
    }
}

fn table(lines: &[Line]) -> String {
    let printed = lines.iter().any(|line| line.printed.is_some() || line.error.is_some());
    let mut table =
        Table::new(["INPUT", "KIND", "PROVIDER", "MODEL", "FAMILY", "REST", if printed { "OUTPUT" } else { "" }]);
    for line in lines {
        table.row(cells(line));
        for entry in &line.entries {
            let mut cells = cells(entry);
            if let Some(first) = cells.first_mut() {
                first.insert_str(0, "  ");
            }
            table.row(cells);
        }
    }
    table.render()
}

fn cells(line: &Line) -> Vec<String> {
    let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let provider = match (&line.provider, &line.provider_segment) {
        (Some(provider), _) => provider.clone(),
        (None, Some(segment)) => format!("{segment}?"),
        (None, None) => "-".to_owned(),
    };
    let rest = [
        ("author", &line.author),
        ("region", &line.region),
        ("variant", &line.variant),
        ("version", &line.version),
        ("route", &line.route),
        ("deployment", &line.deployment),
    ];
    let rest: Vec<String> =
        rest.into_iter().filter_map(|(name, value)| Some(format!("{name} {}", value.as_ref()?))).collect();
    let output = match (&line.printed, &line.error) {
        (Some(printed), _) => printed.output.clone(),
        (None, Some(error)) => format!("none: {error}"),
        (None, None) => String::new(),
    };
    vec![
        line.input.clone(),
        line.kind.to_owned(),
        provider,
        or_dash(&line.model),
        or_dash(&line.family),
        if rest.is_empty() { "-".to_owned() } else { rest.join(", ") },
        output,
    ]
}
