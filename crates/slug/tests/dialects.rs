//! What each dialect reads in real strings: `dialects/strings.tsv`, one reading a line.
#![allow(clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

use core::fmt::Write as _;

use switchback_slug::{Dialect, Kind, Slug, parse};

/// One line that names every part that the slug has.
fn describe(slug: &Slug<'_>) -> String {
    let mut text = match slug.kind() {
        Kind::Auto => return "auto".to_owned(),
        Kind::Custom => return "custom".to_owned(),
        Kind::Dynamic { name } => return format!("dynamic {name}"),
        Kind::Ignore { provider } => return format!("ignore {provider}"),
        Kind::Function { name, variant } => return format!("function {name} variant {variant:?}"),
        Kind::Chain => return list("chain", slug),
        Kind::Batch => return list("batch", slug),
        Kind::Wildcard(_) => format!("wildcard {}", slug.model()),
        Kind::Model(_) => format!("model {}", slug.model()),
    };
    let id = slug.model_id();
    if id.name() != slug.model() {
        write!(text, " (name {})", id.name()).expect("a string takes all");
    }
    let provider = slug.provider().map(|segment| {
        let canonical = segment.resolve().map_or_else(|| "?".to_owned(), |provider| provider.to_string());
        if canonical == segment.as_str() { canonical } else { format!("{segment}={canonical}") }
    });
    let parts = [
        ("at", provider.as_deref()),
        ("by", slug.author().or_else(|| id.vendor())),
        ("route", slug.route()),
        ("region", slug.region()),
        ("variant", slug.variant()),
        ("version", slug.version()),
        ("revision", id.revision()),
        ("tuning", id.tuning()),
        ("marker", id.marker()),
        ("deployment", slug.deployment()),
    ];
    for (name, part) in parts {
        if let Some(part) = part {
            write!(text, " {name} {part}").expect("a string takes all");
        }
    }
    text
}

fn list(kind: &str, slug: &Slug<'_>) -> String {
    let entries: Vec<String> = slug.entries().map(|entry| describe(&entry)).collect();
    format!("{kind} [{}]", entries.join("; "))
}

#[test]
fn real_strings_read_as_their_systems_read_them() {
    let lines = include_str!("dialects/strings.tsv").lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let mut wrong = String::new();
    for line in lines {
        let mut cells = line.split('\t');
        let (Some(dialect), Some(text), reading) = (cells.next(), cells.next(), cells.next()) else {
            panic!("a line has three cells: {line}");
        };
        let dialect: Dialect = dialect.parse().expect("the dialect exists");
        let slug = parse(dialect, text);
        assert_eq!(slug.to_string(), text, "{dialect}");
        let found = describe(&slug);
        if reading != Some(&found) {
            writeln!(wrong, "{dialect}\t{text}\t{found}").expect("a string takes all");
        }
    }
    assert!(wrong.is_empty(), "read otherwise:\n{wrong}");
}
