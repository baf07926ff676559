use std::path::Path;

use serde::{Deserialize, Serialize};
use switchback::{Situation, decode};
use switchback_catalog::Catalog;
use switchback_ir::{Limits, Protocol};
use switchback_plan::{Caller, DecisionRecord, Explain, Inventory, Plan, Readings, Routing, Signals};
use switchback_protocol::detect;

use crate::failure::{Answer, Failure};
use crate::{arguments, input, output};

/// What the state file holds: everything that a gateway would know and a command line does not.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct State {
    inventory: Option<Inventory>,
    caller: Caller,
    signals: Readings,
}

/// Which protocol the body was read in, and what told.
#[derive(Clone, Copy, Debug, Serialize)]
struct Reading {
    protocol: &'static str,
    because: &'static str,
}

/// The plan with what the command line added.
#[derive(Serialize)]
struct Document<'a> {
    read_as: Reading,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_routing: Option<&'a Routing>,
    #[serde(flatten)]
    plan: &'a Plan,
}

pub(crate) fn run(options: &arguments::Plan) -> Result<Answer, Failure> {
    let engine = input::engine(options.catalog.as_deref(), options.policy.as_deref())?;
    let state = options.state.as_deref().map(input::read_json::<State>).transpose()?.unwrap_or_default();
    warn_of_strangers(&state.signals, engine.catalog())?;
    let source = input::read(&options.request)?;
    let (protocol, reading) = read_as(options.protocol, &source.bytes);
    let mut request = decode(protocol, &source.bytes, &Limits::default()).map_err(|error| {
        let hint = format!("it was read as {protocol} because {}; `--protocol` says otherwise", reading.because);
        let failure = Failure::at(&source.name, error);
        if options.protocol.is_some() { failure } else { failure.hint(hint) }
    })?;
    let mut situation = Situation::at(input::now(options.now))
        .with_caller(&state.caller)
        .with_signals(Signals::of(&state.signals))
        .with_seed(options.seed);
    if let Some(inventory) = &state.inventory {
        situation = situation.with_inventory(inventory);
    }
    let routing = options.asked.read(&mut request, &state.caller.headers, &source.name)?;
    if let Some(routing) = &routing {
        situation = situation.with_overlay(&routing.overlay);
    }
    let plan = engine.decide(&request, &situation);
    if let Some(path) = &options.record {
        record(path, &engine.decide_recorded(&request, &situation).1)?;
    }
    if let Some(path) = &options.html {
        output::file(path, plan.to_html().as_bytes())?;
    }
    show(&plan, routing.as_ref(), reading, options.json)?;
    Ok(if plan.refusal().is_some() { Answer::No } else { Answer::Done })
}

/// Writes a record, and says so now if nobody will be able to replay it.
fn record(path: &Path, record: &DecisionRecord) -> Result<(), Failure> {
    output::json_file(path, record)?;
    match record.replay() {
        Ok(_) => Ok(()),
        Err(error) => output::remark(&format!("warning: {} cannot be replayed: {error}", path.display())),
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

fn read_as(asked: Option<Protocol>, body: &[u8]) -> (Protocol, Reading) {
    let (protocol, because) = asked.map_or_else(
        || {
            let detected = detect(body);
            (detected.protocol, detected.reason)
        },
        |protocol| (protocol, "`--protocol` says so"),
    );
    (protocol, Reading { protocol: protocol.name(), because })
}

fn show(plan: &Plan, routing: Option<&Routing>, reading: Reading, json: bool) -> Result<(), Failure> {
    if json {
        return output::json(&Document { read_as: reading, request_routing: routing, plan });
    }
    let text = Explain::default().paint(output::paint()).render(plan);
    output::text(&format!("read as {} because {}\n{text}", reading.protocol, reading.because))
}
