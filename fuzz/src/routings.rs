//! What reading a request's own routing promises, on any bodies.

use std::collections::BTreeMap;

use serde_json::Value;
use switchback_ir::{Limits, Protocol};
use switchback_plan::{ReadAs, RequestReader, System};
use switchback_protocol::decode;

/// No body makes a reader panic; what is wrong is named by a place that is there; what is taken out is gone.
///
/// Whether the body was a request that says something of its routing.
///
/// # Panics
/// Where a promise is broken.
pub fn promises(bytes: &[u8]) -> bool {
    let mut says = false;
    for protocol in [Protocol::Chat, Protocol::Responses, Protocol::Messages] {
        let Ok(request) = decode(protocol, bytes, &Limits::default()) else { continue };
        let body: Option<Value> = serde_json::from_slice(bytes).ok();
        for reader in readers() {
            match reader.read(&request, &BTreeMap::new()) {
                Ok(None) => {}
                Ok(Some(routing)) => {
                    let mut stripped = request.clone();
                    routing.strip(&mut stripped);
                    let again = reader.read(&stripped, &BTreeMap::new());
                    assert!(again.is_ok_and(|again| again.is_none_or(|again| again.taken.is_empty())), "taken twice");
                    says |= !routing.taken.is_empty();
                }
                Err(error) => {
                    let is_there = error.path() == "/model"
                        || body.as_ref().is_none_or(|body| body.pointer(error.path()).is_some());
                    assert!(is_there && !error.expected().is_empty(), "{error}");
                    says = true;
                }
            }
        }
    }
    says
}

fn readers() -> impl Iterator<Item = RequestReader> {
    let systems = System::ALL.into_iter().map(Some).chain([None]);
    systems.flat_map(|system| {
        [ReadAs::Documented, ReadAs::AsCoded].map(|reading| {
            let reader = RequestReader::default().reading(reading);
            system.map_or(reader, |system| reader.of(system))
        })
    })
}
