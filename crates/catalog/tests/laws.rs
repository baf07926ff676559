//! Laws of the catalog over generated rows, and the look-ups against a naive model.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use switchback_capability::Support;
use switchback_catalog::{
    Billing, Capability, Catalog, Date, Endpoint, EndpointId, Fact, Field, Modalities, Modality, Operation, PriceKind,
    PriceList, Provenance, Providers, Row, Source, Status, Tier,
};
use switchback_ir::{Feature, Protocol};
use switchback_units::{Rate, Tokens};

/// Few providers and ids, so that rows meet; with the characters that the text form has to escape.
fn row() -> impl Strategy<Value = Row> {
    let place = (
        select(vec!["openai", "bedrock", "azure-openai", "my host", "lab"]),
        select(vec!["gpt-4o", "us.anthropic.claude-haiku-4-5", "a/b:free", "tab\tand %25", "Ünïcode", "-"]),
        option::of(select(vec!["us", "eu west"])),
        select(vec!["standard", "flex", "own tier"]),
        option::of(select(vec!["team-a", "-"])),
        proptest::sample::subsequence(Protocol::ALL.to_vec(), 0..=3),
    );
    let facts = (
        option::of("[a-zA-Z %\\t]{1,12}"),
        select(Operation::ALL.to_vec()),
        select(Billing::ALL.to_vec()),
        (option::of(tokens()), option::of(tokens()), option::of(tokens())),
        prices(),
        vec((select(Capability::ALL.to_vec()), any::<bool>()), 0..6),
        option::of(vec(select(Modality::ALL.to_vec()), 0..4)),
        (option::of(select(Status::ALL.to_vec())), option::of(date()), option::of(date())),
        vec((select(vec![Fact::Name, Fact::MaxOutput]), 0..3_u8), 0..3),
    );
    (place, facts).prop_map(|(place, facts)| {
        let (provider, id, region, tier, scope, protocols) = place;
        let (name, operation, billing, limits, prices, capabilities, input, (status, released, deprecated), sources) =
            facts;
        let mut row = Row::new(provider, id);
        (row.region, row.credential_scope) = (region.map(str::to_owned), scope.map(str::to_owned));
        (row.tier, row.protocols, row.name, row.operation, row.billing) =
            (Tier::from(tier), protocols, name, operation, billing);
        (row.context_window, row.max_input, row.max_output) = limits;
        (row.prices.base, row.prices.batch) = (prices.0, prices.1);
        for (threshold, list) in prices.2 {
            row.prices.set_above(threshold, list);
        }
        for (capability, yes) in capabilities {
            row.capabilities.set(capability, Support::from(yes));
        }
        row.input = input.map(|modalities| modalities.into_iter().collect::<Modalities>());
        (row.status, row.released, row.deprecated) = (status, released, deprecated);
        row.provenance = Provenance::of(1);
        for (fact, source) in sources {
            row.provenance.set(Field::Fact(fact), source);
        }
        row
    })
}

fn tokens() -> impl Strategy<Value = Tokens> {
    (0..3_000_000_u64).prop_map(Tokens::new)
}

fn date() -> impl Strategy<Value = Date> {
    (1970..2100, 1..13, 1..29).prop_map(|(year, month, day)| format!("{year}-{month:02}-{day:02}").parse().unwrap())
}

fn list() -> impl Strategy<Value = PriceList> {
    let rate = any::<u64>().prop_map(Rate::from_pico_dollars);
    vec((select(PriceKind::ALL.to_vec()), rate), 0..4).prop_map(|rates| rates.into_iter().collect())
}

/// An empty list for long prompts would say nothing, and is not written.
fn prices() -> impl Strategy<Value = (PriceList, PriceList, Vec<(Tokens, PriceList)>)> {
    let above = (tokens(), list().prop_filter("says something", |list| !list.is_empty()));
    (list(), list(), vec(above, 0..3))
}

/// Rows with different keys, as merging leaves them.
fn rows() -> impl Strategy<Value = Vec<Row>> {
    vec(row(), 0..24).prop_map(|mut rows| {
        rows.sort_by(|a, b| a.key().cmp(&b.key()));
        rows.dedup_by(|a, b| a.key() == b.key());
        rows
    })
}

fn source(name: &str) -> Source {
    Source { name: name.to_owned(), version: "1".to_owned(), date: "2026".parse().unwrap(), url: String::new() }
}

/// Parsed once: every case builds catalogs.
static PROVIDERS: LazyLock<Providers> = LazyLock::new(Providers::embedded);

fn build(rows: Vec<Row>) -> Catalog {
    let sources = vec![source("a"), source("b b"), source("c%")];
    Catalog::build(rows, sources, PROVIDERS.clone()).unwrap()
}

fn canonical(catalog: &Catalog) -> Vec<&str> {
    catalog.endpoints().iter().map(Endpoint::canonical).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn parsing_what_was_rendered_gives_the_same_catalog(rows in rows()) {
        let catalog = build(rows);
        let text = catalog.render();
        let again = Catalog::parse(&text).unwrap();
        let facts = |catalog: &Catalog| {
            // The family is stored once it is rendered.
            catalog.rows().cloned().map(|row| Row { family: None, ..row }).collect::<Vec<_>>()
        };
        prop_assert_eq!(facts(&again), facts(&catalog));
        prop_assert_eq!(canonical(&again), canonical(&catalog));
        prop_assert_eq!(again.render(), text);
    }

    #[test]
    fn the_order_of_rows_never_shows(rows in rows(), seed in any::<u64>()) {
        let catalog = build(rows.clone());
        let mut shuffled = rows;
        // Any order will do: by a hash of the key.
        shuffled.sort_by_key(|row| EndpointId::of(&format!("{seed}{}", row.key())).as_u64());
        prop_assert_eq!(build(shuffled).render(), catalog.render());
    }

    #[test]
    fn one_endpoint_for_each_protocol_of_a_row(rows in rows()) {
        let catalog = build(rows.clone());
        let expected: usize = rows.iter().map(|row| row.protocols.len().max(1)).sum();
        prop_assert_eq!(catalog.endpoints().len(), expected);
        prop_assert!(canonical(&catalog).is_sorted());
        let mut ids: Vec<_> = catalog.endpoints().iter().map(Endpoint::id).collect();
        ids.sort();
        ids.dedup();
        prop_assert_eq!(ids.len(), expected);
    }

    #[test]
    fn look_ups_agree_with_a_scan(rows in rows(), other in "[a-z]{0,8}") {
        let catalog = build(rows);
        let all = catalog.endpoints();
        let naive = |of: fn(&Endpoint) -> &str, text: &str| -> Vec<EndpointId> {
            all.iter().filter(|endpoint| of(endpoint) == text).map(Endpoint::id).collect()
        };
        let texts = all.iter().flat_map(|e| [e.family(), e.provider(), e.upstream_id()]).chain([other.as_str()]);
        for text in texts {
            let by_family: Vec<_> = catalog.by_family(text).map(Endpoint::id).collect();
            prop_assert_eq!(by_family, naive(Endpoint::family, text));
            let by_upstream: Vec<_> = catalog.by_upstream_id(text).map(Endpoint::id).collect();
            prop_assert_eq!(by_upstream, naive(Endpoint::upstream_id, text));
            let by_provider: Vec<_> = catalog.by_provider(text).iter().map(Endpoint::id).collect();
            prop_assert_eq!(by_provider, naive(Endpoint::provider, text));
        }
        for endpoint in all {
            prop_assert_eq!(catalog.endpoint(endpoint.id()).map(Endpoint::canonical), Some(endpoint.canonical()));
            prop_assert_eq!(endpoint.id(), EndpointId::of(endpoint.canonical()));
        }
    }

    #[test]
    fn knowing_more_of_a_model_never_takes_back_what_was_known(
        row in row(), capability in select(Capability::ALL.to_vec()), yes in any::<bool>(),
    ) {
        let mut less = row.clone();
        less.capabilities.set(capability, Support::Unknown);
        let mut more = row;
        more.capabilities.set(capability, Support::from(yes));
        let (less, more) = (build(vec![less]), build(vec![more]));
        for (before, after) in less.endpoints().iter().zip(more.endpoints()) {
            for feature in Feature::ALL {
                match before.offer().support(*feature) {
                    // A denied capability can take a feature away; nothing else can.
                    Support::Yes if yes => prop_assert_eq!(after.offer().support(*feature), Support::Yes),
                    Support::No => prop_assert_eq!(after.offer().support(*feature), Support::No),
                    Support::Yes | Support::Unknown => {}
                }
            }
        }
    }

    #[test]
    fn any_text_is_read_or_refused_with_its_line(text in "(switchback-catalog\t1\n)?[a-z \t\n=%.,0-9>]{0,80}") {
        if let Err(error) = Catalog::parse(&text) {
            prop_assert!(error.path().starts_with("line ") || !error.to_string().is_empty());
        }
    }
}

#[test]
fn the_generator_reaches_the_rare_shapes() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let rows: Vec<Row> = (0..400).map(|_| row().new_tree(&mut runner).unwrap().current()).collect();
    assert!(rows.iter().any(|row| row.protocols.len() == 3 && row.region.is_some() && !row.tier.is_standard()));
    assert!(rows.iter().any(|row| row.protocols.is_empty() && row.upstream_id == "-"));
    assert!(rows.iter().any(|row| row.prices.above().len() == 2));
    assert!(rows.iter().any(|row| !row.provenance.exceptions().is_empty()));
}
