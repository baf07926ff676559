//! `switchback-plan` alone: a policy, a catalog and what a request needs become a plan; a cursor walks it past a failure.
//!
//! `cargo run -p switchback --example plan`

use switchback_catalog::Catalog;
use switchback_ir::{ErrorClass, Protocol, Request, Role, Shape, Text};
use switchback_plan::{Caller, Cursor, Demand, Inputs, Outcome, Policy, Signals, Step, plan};
use switchback_units::Timestamp;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut request = Request::new("claude-haiku-4-5");
    request.origin = Some(Protocol::Chat);
    request.push_message(Role::User, Shape::Text, [Text::from("hello").into()]);

    let now = Timestamp::from_millis(1_795_000_000_000);
    let plan = plan(&Inputs {
        demand: &Demand::of(&request),
        catalog: &Catalog::embedded(),
        policy: &Policy::from_toml("sort = 'cost'\nallow = ['anthropic', 'bedrock']")?,
        inventory: None,
        caller: &Caller::default(),
        signals: Signals::default(),
        now,
        seed: 0,
        overlay: None,
        rewriter: None,
        ownership: None,
        lean: false,
    });
    print!("{plan}");

    let mut cursor = Cursor::new(&plan);
    let failed = Outcome::failed(ErrorClass::Overloaded).with_status(529);
    for outcome in [failed, Outcome::Success] {
        let Step::Attempt(id) = cursor.next(now) else { break };
        cursor.report(id, outcome, now)?;
    }
    for tried in cursor.attempts() {
        println!("{}: {} {:?}", tried.endpoint, tried.because.code(), tried.outcome);
    }
    Ok(())
}
