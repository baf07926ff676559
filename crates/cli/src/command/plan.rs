use std::path::Path;

use serde::Serialize;
use switchback::decode;
use switchback_ir::{Limits, Protocol};
use switchback_plan::{DecisionRecord, Explain, Plan, Routing};
use switchback_protocol::detect;

use crate::failure::{Answer, Failure};
use crate::state::State;
use crate::{arguments, input, output};

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
    let state = State::read(options.state.as_deref(), engine.catalog())?;
    let source = input::read(&options.request)?;
    let (protocol, reading) = read_as(options.protocol, &source.bytes);
    let mut request = decode(protocol, &source.bytes, &Limits::default()).map_err(|error| {
        let hint = format!("it was read as {protocol} because {}; `--protocol` says otherwise", reading.because);
        let failure = Failure::at(&source.name, error);
        if options.protocol.is_some() { failure } else { failure.hint(hint) }
    })?;
    let mut situation = state.situation(input::now(options.now), options.seed);
    let routing = options.asked.read(&mut request, &situation.caller.headers, &source.name)?;
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
