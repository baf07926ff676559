//! Recorded requests against every offer of the embedded catalog, and against the endpoint that answered them.
//!
//! With `SWITCHBACK_BODIES` naming a folder, every distinct body that a degraded request becomes is written there, one
//! folder for each protocol, for a check against the vendors' own types (docs/testing.md).
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "tests fail by panicking, read recorded files and say what they counted"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use switchback::capability::{Offer, OfferIndex, Policy, Requirements, Screen, Step, Verdict, apply, match_offer};
use switchback::catalog::{Catalog, Endpoint};
use switchback::ir::{Fidelity, TargetFacts};
use switchback::slug::{Dialect, family, parse};
use switchback::{Limits, Protocol, Request, decode, encode};
use switchback_testkit::shared;

/// A recorded request, and the folder of the host that recorded it.
struct Recorded {
    folder: &'static str,
    protocol: Protocol,
    file: String,
    body: Vec<u8>,
}

const FOLDERS: [(&str, Protocol); 4] = [
    ("chat", Protocol::Chat),
    ("chat-compat", Protocol::Chat),
    ("responses", Protocol::Responses),
    ("messages", Protocol::Messages),
];

fn recorded() -> Vec<Recorded> {
    let Some(shared) = shared() else { return Vec::new() };
    let mut all = Vec::new();
    for (folder, protocol) in FOLDERS {
        let mut files: Vec<PathBuf> = std::fs::read_dir(shared.join("corpus").join(folder).join("request"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        all.extend(files.into_iter().map(|path| Recorded {
            folder,
            protocol,
            file: path.file_stem().unwrap().to_string_lossy().into_owned(),
            body: std::fs::read(&path).unwrap(),
        }));
    }
    all
}

/// Whether the host answered as `kind` (`response`, `stream` or `error`).
fn answered(recorded: &Recorded, kind: &str, extension: &str) -> Option<Vec<u8>> {
    let file = format!("{}.{extension}", recorded.file);
    std::fs::read(shared()?.join("corpus").join(recorded.folder).join(kind).join(file)).ok()
}

/// Every distinct offer of the catalog with the protocol of its endpoint.
fn offers(catalog: &Catalog) -> Vec<(Protocol, Offer)> {
    let mut seen = BTreeSet::new();
    let all = catalog.endpoints().iter().filter_map(|endpoint| Some((endpoint.protocol()?, *endpoint.offer())));
    all.filter(|(protocol, offer)| seen.insert((*protocol, serde_json::to_string(offer).unwrap()))).collect()
}

/// What a verdict promises: explained, a full match afterwards, and encoded without a loss.
#[derive(Default)]
struct Evidence {
    full: usize,
    degraded: usize,
    impossible: usize,
    bodies: BTreeMap<(Protocol, Vec<u8>), String>,
}

impl Evidence {
    fn hold(&mut self, recorded: &Recorded, offers: &[(Protocol, Offer)], index: &OfferIndex) {
        let request = decode(recorded.protocol, &recorded.body, &Limits::default()).unwrap();
        let needs = Requirements::of(&request);
        let screen = Screen::new(&needs, request.origin, Policy::default());
        let (full, passing) = (index.full(&screen), index.passing(&screen));
        let mut ways: BTreeMap<(Protocol, Vec<String>), (Vec<Step>, Offer)> = BTreeMap::new();
        for (at, (target, offer)) in offers.iter().enumerate() {
            let verdict = screen.verdict(*target, offer);
            assert_eq!(full.contains(at), verdict.is_full(), "{}", recorded.file);
            assert_eq!(passing.contains(at), screen.passes(*target, offer), "{}", recorded.file);
            match verdict {
                Verdict::Full { .. } => self.full += 1,
                Verdict::Degraded { steps, .. } => {
                    self.degraded += 1;
                    assert!(!steps.is_empty(), "{}", recorded.file);
                    let names = steps.iter().map(Step::to_string).collect();
                    ways.entry((*target, names)).or_insert((steps, *offer));
                }
                Verdict::Impossible { reasons } => {
                    self.impossible += 1;
                    assert!(reasons.iter().any(|reason| !reason.name().is_empty()), "{}", recorded.file);
                }
            }
        }
        for ((target, names), (steps, offer)) in ways {
            let case = || format!("{} to {target}: {names:?}", recorded.file);
            let (ready, _) = apply(&request, &steps);
            let again = match_offer(&Requirements::of(&ready), request.origin, target, &offer, Policy::default());
            assert!(again.is_full(), "{} {again:?}", case());
            let body =
                encoded(&ready, target, &offer.target_facts()).unwrap_or_else(|error| panic!("{} {error}", case()));
            self.bodies.entry((target, body)).or_insert_with(|| recorded.file.clone());
        }
    }

    fn write(&self, folder: &Path) {
        for (index, ((protocol, body), file)) in self.bodies.iter().enumerate() {
            let folder = folder.join(protocol.name());
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join(format!("{file}__{index}.json")), body).unwrap();
        }
    }
}

fn encoded(request: &Request<'_>, target: Protocol, facts: &TargetFacts) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    let losses = encode(request, target, facts, &mut body).map_err(|refused| format!("{refused:?}"))?;
    if Fidelity::Strict.rejects(&losses) { Err(format!("{losses:?}")) } else { Ok(body) }
}

#[test]
fn every_recorded_request_against_every_offer_of_the_catalog() {
    let offers = offers(&Catalog::embedded());
    let index = OfferIndex::of(&offers);
    let mut evidence = Evidence::default();
    let recorded = recorded();
    for recorded in &recorded {
        evidence.hold(recorded, &offers, &index);
    }
    let Evidence { full, degraded, impossible, bodies } = &evidence;
    println!("{} requests, {} distinct offers, {} bodies", recorded.len(), offers.len(), bodies.len());
    println!("full {full}, degraded {degraded}, impossible {impossible}");
    if let Some(folder) = std::env::var_os("SWITCHBACK_BODIES") {
        evidence.write(Path::new(&folder));
    }
}

/// The endpoints of the recording vendor for the model of the request, in the request's own protocol.
fn own<'c>(catalog: &'c Catalog, provider: &str, protocol: Protocol, model: &str) -> Vec<&'c Endpoint> {
    let key = family(parse(Dialect::Native, model).model());
    let own = |endpoint: &&Endpoint| endpoint.provider() == provider && endpoint.protocol() == Some(protocol);
    catalog.by_family(key.as_str()).filter(own).collect()
}

fn provider(folder: &str) -> Option<&'static str> {
    match folder {
        "chat" | "responses" => Some("openai"),
        "messages" => Some("anthropic"),
        _ => None,
    }
}

/// The best verdict that the vendor's own endpoints give.
fn own_verdict(catalog: &Catalog, recorded: &Recorded) -> Result<Verdict, String> {
    let request = decode(recorded.protocol, &recorded.body, &Limits::default()).unwrap();
    let model = request.model.as_ref().map(|model| model.value.word().into_owned()).unwrap_or_default();
    let provider = provider(recorded.folder).ok_or_else(|| model.clone())?;
    let needs = Requirements::of(&request);
    let verdicts = own(catalog, provider, recorded.protocol, &model)
        .into_iter()
        .map(|endpoint| match_offer(&needs, request.origin, recorded.protocol, endpoint.offer(), Policy::default()));
    verdicts.min_by_key(Verdict::rank).ok_or(model)
}

fn said(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Full { .. } => String::new(),
        Verdict::Degraded { steps, .. } => steps.iter().map(Step::to_string).collect::<Vec<_>>().join(", "),
        Verdict::Impossible { reasons } => reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    }
}

#[test]
fn whoever_answered_a_request_is_a_full_match() {
    let catalog = Catalog::embedded();
    let (mut full, mut others, mut unknown) = (0_usize, Vec::new(), BTreeMap::<String, usize>::new());
    for recorded in recorded() {
        let response = answered(&recorded, "response", "json").or_else(|| answered(&recorded, "stream", "sse"));
        if response.is_none() || provider(recorded.folder).is_none() {
            continue;
        }
        match own_verdict(&catalog, &recorded) {
            Ok(verdict) if verdict.is_full() => full += 1,
            Ok(verdict) => {
                others.push(format!("{}/{}: {} {}", recorded.folder, recorded.file, verdict.name(), said(&verdict)));
            }
            Err(model) => *unknown.entry(model).or_default() += 1,
        }
    }
    println!("{full} full, {} not, models that the catalog does not know: {unknown:?}", others.len());
    for line in &others {
        println!("  {line}");
    }
    assert!(others.len() * 99 <= full, "{others:#?}");
}

/// The table of recorded errors in docs/degradation.md says what comes out.
#[test]
fn every_recorded_error_has_the_verdict_of_the_document() {
    let document = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/degradation.md")).unwrap();
    let catalog = Catalog::embedded();
    for recorded in recorded() {
        if answered(&recorded, "error", "json").is_none() {
            continue;
        }
        let verdict = match own_verdict(&catalog, &recorded) {
            Ok(verdict) => format!("{} {}", verdict.name(), said(&verdict)).trim_end().to_owned(),
            Err(_) => "of another host".to_owned(),
        };
        let row = format!("| {} `{}` | {verdict} |", recorded.folder, recorded.file);
        assert!(document.contains(&row), "not in the document: {row}");
    }
}
