//! What a gateway would know beside the request, from a file.

use std::path::Path;

use serde::Deserialize;
use switchback::Situation;
use switchback_catalog::Catalog;
use switchback_plan::{Caller, Inventory, Readings, Signals};
use switchback_units::Timestamp;

use crate::failure::Failure;
use crate::{input, output};

/// What the state file holds: everything that a gateway would know and a command line does not.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct State {
    inventory: Option<Inventory>,
    caller: Caller,
    signals: Readings,
}

impl State {
    /// Reads a state; nothing is known without a path.
    pub(crate) fn read(path: Option<&Path>, catalog: &Catalog) -> Result<Self, Failure> {
        let mut state = path.map(input::read_json::<Self>).transpose()?.unwrap_or_default();
        // As HTTP has them: in any case.
        let headers = std::mem::take(&mut state.caller.headers);
        for (name, value) in headers {
            let name = name.to_ascii_lowercase();
            if state.caller.headers.insert(name.clone(), value).is_some() {
                let place = path.map_or_else(|| "state".to_owned(), |path| path.display().to_string());
                return Err(Failure::at(place, format!("`/caller/headers` names `{name}` twice")));
            }
        }
        warn_of_strangers(&state.signals, catalog)?;
        Ok(state)
    }

    /// That time and seed, and all that is known.
    pub(crate) fn situation(&self, now: Timestamp, seed: u64) -> Situation<'_> {
        let situation =
            Situation::at(now).with_seed(seed).with_caller(&self.caller).with_signals(Signals::of(&self.signals));
        match &self.inventory {
            Some(inventory) => situation.with_inventory(inventory),
            None => situation,
        }
    }
}

/// Signals of endpoints that the catalog does not have would decide nothing, and nobody would notice.
fn warn_of_strangers(signals: &Readings, catalog: &Catalog) -> Result<(), Failure> {
    match signals.endpoints().filter(|id| catalog.endpoint(*id).is_none()).count() {
        0 => Ok(()),
        strangers => {
            output::remark(&format!("warning: {strangers} of the state's signals name no endpoint of the catalog"))
        }
    }
}
