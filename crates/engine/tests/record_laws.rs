//! Laws of bills: of random prices and usage.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use proptest::prelude::*;
use switchback::catalog::{Bill, PriceKind, PriceList, Prices, Quantity, Row};
use switchback::record::Metered;
use switchback::units::{Money, Rate, Tokens};

fn kinds() -> impl Strategy<Value = PriceKind> {
    prop::sample::select(PriceKind::ALL)
}

fn lists() -> impl Strategy<Value = Vec<(PriceKind, u64)>> {
    prop::collection::vec((kinds(), prop_oneof![Just(0), 1..1_000_000_000_u64, Just(u64::MAX)]), 0..20)
}

/// Base prices, and a list for long prompts whose prices are no lower.
fn prices() -> impl Strategy<Value = Prices> {
    (
        lists(),
        prop::option::of((0..1_000_u64, prop::collection::vec((any::<prop::sample::Index>(), 0..1_000_u64), 0..5))),
    )
        .prop_map(|(base, above)| {
            let list: PriceList = base.iter().map(|(kind, pico)| (*kind, Rate::from_pico_dollars(*pico))).collect();
            let mut prices = Prices::from(list);
            if let Some((threshold, dearer)) = above.filter(|_| !base.is_empty()) {
                let dearer = dearer.iter().map(|(at, more)| {
                    let (kind, _) = base[at.index(base.len())];
                    (kind, prices.base.rate(kind).unwrap().saturating_add(Rate::from_pico_dollars(*more)))
                });
                let list: PriceList = dearer.collect();
                prices.set_above(Tokens::new(threshold), list);
            }
            prices
        })
}

fn used() -> impl Strategy<Value = Vec<Quantity>> {
    let units = prop_oneof![4 => (0..10_000_u64).prop_map(Some), 1 => Just(None), 1 => any::<u64>().prop_map(Some)];
    prop::collection::vec((kinds(), units).prop_map(|(kind, units)| Quantity { kind, units }), 0..12)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_lines_are_the_total(prices in prices(), input in 0..2_000_u64, used in used()) {
        let bill = Bill::of(&prices, Tokens::new(input), used.clone());
        let mut sum = Some(0_u128);
        let mut known = 0_u128;
        for Quantity { kind, units } in used.into_iter().filter(|quantity| quantity.units != Some(0)) {
            let above = prices.above().iter().rev().find(|(threshold, list)| input > threshold.get() && list.rate(kind).is_some());
            let rate = above.map_or_else(|| prices.base.rate(kind), |(_, list)| list.rate(kind));
            let amount = rate.zip(units).map(|(rate, units)| u128::from(rate.pico_dollars()) * u128::from(units));
            known = known.saturating_add(amount.unwrap_or(0));
            sum = sum.zip(amount).map(|(sum, amount): (u128, u128)| sum.saturating_add(amount));
        }
        prop_assert_eq!(bill.total(), sum.map(Money::from_pico_dollars));
        prop_assert_eq!(bill.known(), Money::from_pico_dollars(known));
        prop_assert!(bill.total().is_none_or(|total| total == bill.known()));
    }

    #[test]
    fn using_more_never_costs_less(
        prices in prices(), input in 0..2_000_u64, used in used(), which in any::<prop::sample::Index>(), more in 0..5_000_u64,
    ) {
        prop_assume!(!used.is_empty());
        let mut greater = used.clone();
        let at = which.index(used.len());
        greater[at].units = greater[at].units.map(|units| units.saturating_add(more));
        let (before, after) =
            (Bill::of(&prices, Tokens::new(input), used), Bill::of(&prices, Tokens::new(input + more), greater));
        prop_assert!(before.known() <= after.known());
        if let Some((before, after)) = before.total().zip(after.total()) {
            prop_assert!(before <= after);
        }
    }

    /// Of what was reported, too: only what moves from one price to another may get cheaper.
    #[test]
    fn reporting_more_input_or_output_never_costs_less(
        prices in prices(), counts in prop::collection::vec(0..2_000_u64, 9), input in 0..2_000_u64, output in 0..2_000_u64,
    ) {
        let mut row = Row::new("p", "m");
        row.prices = prices;
        let mut usage = Metered::default();
        (usage.input, usage.cached, usage.cache_write) = (Some(counts[0]), Some(counts[1]), Some(counts[2]));
        (usage.cache_write_1h, usage.input_audio, usage.output) = (Some(counts[3]), Some(counts[4]), Some(counts[5]));
        (usage.reasoning, usage.output_audio, usage.web_searches) = (Some(counts[6]), Some(counts[7]), Some(counts[8]));
        let before = usage.bill(&row);
        let mut units = before.lines().iter().map(|line| line.units.unwrap());
        prop_assert!(units.all(|units| units > 0), "a line says that something was used");
        (usage.input, usage.output) = (usage.input.map(|count| count + input), usage.output.map(|count| count + output));
        prop_assert!(before.known() <= usage.bill(&row).known());
    }

    /// What is not known makes its own bill unknown, whatever else stands there, and takes nothing off what is known.
    #[test]
    fn the_unknown_spoils_its_own_total_only(prices in prices(), input in 0..2_000_u64, used in used(), kind in kinds()) {
        let whole = Bill::of(&prices, Tokens::new(input), used.clone());
        let doubted = Bill::of(&prices, Tokens::new(input), used.into_iter().chain([Quantity { kind, units: None }]));
        prop_assert_eq!((doubted.total(), doubted.known()), (None, whole.known()));
    }

    #[test]
    fn a_bill_reads_back(prices in prices(), input in 0..2_000_u64, used in used()) {
        let bill = Bill::of(&prices, Tokens::new(input), used);
        prop_assert_eq!(serde_json::from_str::<Bill>(&serde_json::to_string(&bill).unwrap()).unwrap(), bill);
    }
}
