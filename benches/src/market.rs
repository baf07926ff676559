//! Catalogs of several sizes, for decisions.

use std::sync::LazyLock;

use switchback_catalog::{Billing, Catalog, PriceKind, Providers, Row};
use switchback_ir::Protocol;
use switchback_plan::{Caller, Demand, Inputs, Plan, Policy, Signals, plan};
use switchback_units::{Rate, Timestamp, Tokens};

/// The model that requests name.
pub(crate) const MODEL: &str = "claude-haiku-4-5";

/// When they are decided.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

/// A catalog with `served` endpoints of [`MODEL`] among `all`.
pub(crate) fn catalog(served: usize, all: usize) -> Catalog {
    let rows = (0..all).map(|at| {
        let (provider, model) = if at < served {
            (format!("host-{at}"), MODEL.to_owned())
        } else {
            (format!("host-{}", at % 100), format!("other-model-{at}"))
        };
        let mut row = Row::new(&provider, &model);
        row.protocols = vec![Protocol::Chat];
        row.billing = Billing::Metered;
        row.context_window = Some(Tokens::new(200_000));
        for (kind, price) in [(PriceKind::Input, 1_000_000), (PriceKind::Output, 5_000_000)] {
            row.prices.base.set(kind, Rate::from_pico_dollars(price + u64::try_from(at).unwrap()));
        }
        row
    });
    Catalog::build(rows.collect(), Vec::new(), Providers::embedded()).unwrap()
}

/// A plan under the default policy.
pub(crate) fn decide(demand: &Demand, catalog: &Catalog, lean: bool) -> Plan {
    static DEFAULTS: LazyLock<(Policy, Caller)> = LazyLock::new(<(Policy, Caller)>::default);
    let (policy, caller) = &*DEFAULTS;
    plan(&Inputs {
        demand,
        catalog,
        policy,
        inventory: None,
        caller,
        signals: Signals::default(),
        now: NOW,
        seed: 0,
        overlay: None,
        rewriter: None,
        ownership: None,
        lean,
    })
}
