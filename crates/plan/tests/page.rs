//! The page of a plan: whole, well formed, and nobody else's markup.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::field_reassign_with_default,
    reason = "tests fail by panicking"
)]

mod support;

use std::collections::BTreeSet;

use proptest::prelude::*;
use support::markup::{Element, elements};
use support::world::{NOW, worlds};
use switchback_catalog::{Billing, Catalog, EndpointId, PriceKind, Providers, Row};
use switchback_ir::{Protocol, Request, Role, Shape, Text};
use switchback_plan::{Caller, Demand, Inputs, Inventory, Plan, Policy, Readings, Refusal, Signals, plan};
use switchback_units::Rate;

/// The endpoints that elements of that name stand for, in order.
fn endpoints(page: &[Element], name: &str) -> Vec<String> {
    let named = page.iter().filter(|element| element.name == name);
    named.filter_map(|element| element.attribute("data-endpoint").map(str::to_owned)).collect()
}

fn texts(ids: impl Iterator<Item = EndpointId>) -> Vec<String> {
    ids.map(|id| id.to_string()).collect()
}

proptest! {
    // A page takes as long as all the rest of a case.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_attempt_and_every_exclusion_stands_on_the_page_once(world in worlds()) {
        let plan = world.plan();
        let html = plan.to_html();
        let page = elements(&html);
        prop_assert_eq!(endpoints(&page, "li"), texts(plan.attempts().iter().map(switchback_plan::Attempt::id)));
        let mut left_out = endpoints(&page, "tr");
        left_out.sort();
        let mut excluded = texts(plan.excluded().iter().map(|excluded| excluded.endpoint.id()));
        excluded.sort();
        prop_assert_eq!(left_out, excluded);
        for note in plan.notes() {
            let said = page.iter().any(|element| element.name == "li" && element.text.contains(&note.to_string()));
            prop_assert!(said, "{}", note);
        }
        prop_assert_eq!(page.iter().any(|element| element.has_class("refusal")), plan.refusal().is_some());
        prop_assert_eq!(&html, &world.plan().to_html(), "the same plan, the same bytes");
    }

    #[test]
    fn a_page_is_well_formed_and_loads_nothing(world in worlds()) {
        let page = elements(&world.plan().to_html());
        let ids: Vec<&str> = page.iter().filter_map(|element| element.attribute("id")).collect();
        prop_assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len(), "ids are unique");
        for element in &page {
            for (name, value) in &element.attributes {
                prop_assert!(!["src", "href", "srcset", "action"].contains(&name.as_str()), "{}", name);
                prop_assert!(!name.starts_with("on"), "{}", name);
                prop_assert!(name != "aria-labelledby" || ids.contains(&value.as_str()), "{}", value);
            }
        }
        prop_assert_eq!(page.iter().filter(|element| element.name == "h1").count(), 1);
        prop_assert_eq!(page.iter().filter(|element| element.name == "script").count(), 1);
    }

    #[test]
    fn bars_stay_within_their_track_and_their_parts_do_not_overlap(world in worlds()) {
        for bar in bars(&elements(&world.plan().to_html())) {
            let mut end = 0.0;
            for (class, left, width) in bar {
                // What staying takes off lies over the parts that it is taken off.
                prop_assert!(class == "stay" || left + 0.05 >= end, "{} starts at {}, after {}", class, left, end);
                prop_assert!(width > 0.0 && left + width <= 100.01, "{} {} {}", class, left, width);
                end = if class == "stay" { end } else { left + width };
            }
        }
    }
}

/// The parts of each bar with their left edge and width, in percent.
fn bars(page: &[Element]) -> Vec<Vec<(String, f64, f64)>> {
    let mut bars = Vec::new();
    for element in page {
        if element.has_class("bar") {
            bars.push(Vec::new());
        }
        if let (Some(style), Some(bar)) = (element.attribute("style").filter(|_| element.name == "i"), bars.last_mut())
            && let Some((left, width)) = style.split_once(';')
        {
            let percent =
                |text: &str| -> f64 { text.split_once(':').unwrap().1.trim_end_matches('%').parse().unwrap() };
            bar.push((element.attribute("class").unwrap().to_owned(), percent(left), percent(width)));
        }
    }
    bars
}

/// A plan in which every text that somebody else may write is `text`, with more for the policy.
fn plan_of(text: &str, more: &str) -> Plan {
    let row = |provider: &str| {
        let mut row = Row::new(provider, text);
        row.protocols = vec![Protocol::Chat];
        row.billing = Billing::Metered;
        for kind in [PriceKind::Input, PriceKind::Output] {
            row.prices.base.set(kind, Rate::per_million("1").unwrap().value);
        }
        row
    };
    let rows = vec![row("my-host"), row("openai"), row(text)];
    let catalog = Catalog::build(rows, Vec::new(), Providers::embedded()).unwrap();
    let mut request = Request::new(text);
    request.origin = Some(Protocol::Chat);
    request.push_message(Role::User, Shape::Text, [Text::from("hello").into()]);
    let mut policy: serde_json::Value = serde_json::from_str(more).unwrap();
    let written = serde_json::json!({
        "version": text,
        "route": {"model": text, "name": text, "rewrite": {"set": {"user": text}, "drop": ["stop"]}},
        "fallback": [{"model": format!("house/{text}"), "name": text, "on": ["5xx"]}],
    });
    policy.as_object_mut().unwrap().extend(written.as_object().unwrap().clone());
    let policy: Policy = serde_json::from_value(policy).unwrap();
    let caller: Caller = serde_json::from_value(serde_json::json!({
        "levels": [{"name": text, "deny": ["openai"]}],
    }))
    .unwrap();
    let inventory: Inventory = serde_json::from_value(serde_json::json!({
        "scopes": [{"id": text, "reaches": ["*"]}],
    }))
    .unwrap();
    plan(&Inputs {
        demand: &Demand::of(&request),
        catalog: &catalog,
        policy: &policy,
        inventory: Some(&inventory),
        caller: &caller,
        signals: Signals::of(&Readings::default()),
        now: NOW,
        seed: 7,
        overlay: None,
        rewriter: None,
        ownership: None,
        lean: false,
    })
}

/// What the page is made of, without the texts on it: names of elements, and of their attributes with the values that
/// style or run something.
fn skeleton(page: &[Element]) -> Vec<String> {
    let attributes = |element: &Element| {
        let shown = element.attributes.iter().map(|(name, value)| match name.as_str() {
            "class" | "style" | "id" | "content" => format!("{name}={value}"),
            name => name.to_owned(),
        });
        shown.collect::<Vec<_>>().join(" ")
    };
    page.iter().map(|element| format!("{} {}", element.name, attributes(element))).collect()
}

#[test]
fn foreign_text_is_text() {
    let hostile = ["\"><script>alert(1)</script>", "'><img src=x onerror=alert(1)>", "</title></style><b>&lt;&#60;"];
    for hostile in hostile {
        let harmless = plan_of(&hostile.replace(['<', '>', '"', '\'', '&'], "!"), "{}");
        assert!(!harmless.attempts().is_empty() && !harmless.excluded().is_empty());
        let page = elements(&plan_of(hostile, "{}").to_html());
        assert_eq!(skeleton(&page), skeleton(&elements(&harmless.to_html())));
        let heading = page.iter().find(|element| element.name == "h1").unwrap();
        assert_eq!(heading.text, hostile, "and it is all there");
    }
}

#[test]
fn a_refusal_says_first_what_would_help() {
    let plan = plan_of("house-model", r#"{"deny": ["*"]}"#);
    let Some(Refusal::NothingEligible { relax }) = plan.refusal() else { panic!("{:?}", plan.refusal()) };
    let page = elements(&plan.to_html());
    let place = |wanted: &dyn Fn(&Element) -> bool| page.iter().position(wanted).unwrap();
    let refusal = place(&|element| element.has_class("refusal"));
    assert!(refusal < place(&|element| element.attribute("id") == Some("left-out")));
    for relaxation in relax {
        assert!(page[refusal].text.contains(&relaxation.example));
        for relaxed in &relaxation.constraints {
            assert!(page[refusal].text.contains(relaxed.constraint.remedy()));
        }
    }
}
