//! `docs/degradation.md` against the code.

use crate::ladder::{IRREPLACEABLE, OF_THE_PROTOCOL, ladder};
use crate::{Offer, Policy, Reason, Requirements, Rewrite, Step, Verdict, match_offer};
use std::fmt::Write as _;
use switchback_ir::{Expression, Feature, Importance, Limits, Protocol};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/degradation.md");

#[expect(clippy::disallowed_methods, reason = "a test reads the document that it checks")]
fn document() -> String {
    std::fs::read_to_string(PATH).unwrap()
}

/// The document with every generated block written anew.
fn written(document: &str) -> String {
    let blocks = [
        ("of the protocol", of_the_protocol()),
        ("ladders", ladders()),
        ("drops", drops()),
        ("irreplaceable", irreplaceable()),
    ];
    blocks.iter().fold(document.to_owned(), |document, (name, block)| {
        let open = format!("<!-- {name} -->\n");
        let (head, rest) = document.split_once(&open).unwrap_or_else(|| panic!("no block `{name}`"));
        let (_, tail) = rest.split_once("<!-- end -->").unwrap_or_else(|| panic!("no end of `{name}`"));
        format!("{head}{open}{block}<!-- end -->{tail}")
    })
}

fn names<'f>(features: impl IntoIterator<Item = &'f Feature>) -> String {
    let names: Vec<String> = features.into_iter().map(|feature| format!("`{feature}`")).collect();
    names.join(", ")
}

fn of_the_protocol() -> String {
    let mut features = OF_THE_PROTOCOL.to_vec();
    features.sort_unstable();
    format!("{}.\n", names(&features))
}

fn irreplaceable() -> String {
    format!("{}.\n", names(IRREPLACEABLE))
}

/// Where no form is: the protocols that drop or refuse it.
fn lacking(feature: Feature) -> String {
    let lacks =
        |protocol: &Protocol| matches!(feature.expression(*protocol), Expression::Dropped | Expression::Refused);
    let names: Vec<&str> = Protocol::ALL.iter().filter(|protocol| lacks(protocol)).map(|p| p.name()).collect();
    names.join(", ")
}

fn ladders() -> String {
    let mut out = String::from(
        "| feature | importance | no form in | step | class | what becomes of it | back |\n|---|---|---|---|---|---|---|\n",
    );
    for feature in
        Feature::OF_REQUESTS.iter().copied().filter(|feature| ladder(*feature).any(|rung| rung != Rewrite::Drop))
    {
        for (index, rung) in ladder(feature).enumerate() {
            let (name, importance, lacking) = match index {
                0 => (format!("`{feature}`"), feature.importance().name(), lacking(feature)),
                _ => (String::new(), "", String::new()),
            };
            let (step, class, about, back) = (rung.name(), rung.class(), rung.about(), rung.inverse());
            writeln!(out, "| {name} | {importance} | {lacking} | `{step}` | {class} | {about} | {back} |").unwrap();
        }
    }
    out
}

fn drops() -> String {
    let mut out = String::new();
    for importance in [Importance::Required, Importance::Preferred, Importance::Cosmetic] {
        let dropped = Feature::OF_REQUESTS.iter().filter(|feature| {
            let only = ladder(**feature).all(|rung| rung == Rewrite::Drop) && ladder(**feature).count() == 1;
            // What is of the protocol and has a form everywhere is never in the way.
            let ever = !OF_THE_PROTOCOL.contains(feature) || !lacking(**feature).is_empty();
            feature.importance() == importance && only && ever
        });
        writeln!(out, "- {}: {}.", importance.name(), names(dropped)).unwrap();
    }
    out
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the document is rewritten only when asked for")]
fn the_document_says_what_the_ladders_say() {
    let document = document();
    let written = written(&document);
    if std::env::var_os("SWITCHBACK_BLESS").is_some() {
        std::fs::write(PATH, &written).unwrap();
    } else {
        assert!(document == written, "docs/degradation.md is stale: rewrite it as its second paragraph says");
    }
}

/// One row of the worked examples.
struct Example<'d> {
    from: Protocol,
    body: &'d str,
    to: Protocol,
    lacks: &'d str,
    verdict: &'d str,
    outcome: &'d str,
}

fn examples(document: &str) -> Vec<Example<'_>> {
    let (_, section) = document.split_once("## Worked examples").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| ")).skip(1);
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [from, body, to, lacks, verdict, outcome] = cells.as_slice() else { panic!("six cells in {row}") };
        let body = body.trim_matches('`');
        Example { from: from.parse().unwrap(), body, to: to.parse().unwrap(), lacks, verdict, outcome }
    })
    .collect()
}

#[test]
fn every_worked_example_comes_out_as_written() {
    let document = document();
    let examples = examples(&document);
    assert!(examples.len() > 15, "{} examples", examples.len());
    for example in examples {
        let request = switchback_protocol::decode(example.from, example.body.as_bytes(), &Limits::default()).unwrap();
        let lacks = example.lacks.split(", ").filter(|name| !name.is_empty());
        let offer = lacks.fold(Offer::unknown(), |offer, name| offer.no(Feature::from_name(name).unwrap()));
        let needs = Requirements::of(&request);
        let verdict = match_offer(&needs, request.origin, example.to, &offer, Policy::default());
        let outcome: Vec<String> = match &verdict {
            Verdict::Full { .. } => Vec::new(),
            Verdict::Degraded { steps, .. } => steps.iter().map(Step::to_string).collect(),
            Verdict::Impossible { reasons } => reasons.iter().map(Reason::to_string).collect(),
        };
        assert_eq!(
            (verdict.name(), outcome.join(", ").as_str()),
            (example.verdict, example.outcome),
            "{}",
            example.body
        );
    }
}
