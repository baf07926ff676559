use serde::Deserialize;
use switchback_capability::fit;
use switchback_ir::{Fidelity, Ledger, Limits, TargetFacts};
use switchback_protocol::{decode, encode};

use crate::arguments::{self, Kind};
use crate::failure::{Answer, Failure};
use crate::{input, losses, output};

/// Facts about a target, as their file holds them.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Facts {
    mid_conversation_system: bool,
    max_tokens: Option<u64>,
}

pub(crate) fn run(options: &arguments::Convert) -> Result<Answer, Failure> {
    let facts = facts(options)?;
    let source = input::read(&options.file)?;
    let converted = match options.kind {
        Kind::Request => request(options, &facts, &source)?,
    };
    let (body, ledger) = match converted {
        Ok((body, ledger)) => (Some(body), ledger),
        Err(refusal) => (None, refusal),
    };
    losses::write(&ledger, &source.bytes, options.losses.as_deref())?;
    let fidelity = if options.strict { Fidelity::Strict } else { Fidelity::Lenient };
    match body {
        Some(mut body) if !fidelity.rejects(&ledger) => {
            body.push(b'\n');
            output::bytes(&body)?;
            Ok(Answer::Done)
        }
        Some(_) => no(&format!("`--strict` forbids what {} would lose; no body was written", options.to)),
        None => no(&format!("{} cannot say this request; no body was written", options.to)),
    }
}

/// The ledger has the particulars.
fn no(why: &str) -> Result<Answer, Failure> {
    output::remark(&format!("refused: {why}"))?;
    Ok(Answer::No)
}

/// The body in the target's protocol with the ledger of all that it does not carry, or the ledger of a refusal. The
/// outer error is a body that cannot be read.
type Converted = Result<(Vec<u8>, Ledger), Ledger>;

fn request(options: &arguments::Convert, facts: &TargetFacts, source: &input::Source) -> Result<Converted, Failure> {
    let request =
        decode(options.from, &source.bytes, &Limits::default()).map_err(|error| Failure::at(&source.name, error))?;
    let (fitted, degraded) = fit(request, options.to, facts);
    let mut body = Vec::with_capacity(source.bytes.len());
    Ok(match encode(&fitted, options.to, facts, &mut body) {
        Ok(ledger) => Ok((body, losses::joined(degraded, &ledger))),
        Err(refusal) => Err(losses::joined(degraded, &refusal)),
    })
}

fn facts(options: &arguments::Convert) -> Result<TargetFacts, Failure> {
    let read = options.target.as_deref().map(input::read_json::<Facts>).transpose()?.unwrap_or_default();
    let facts = TargetFacts::default().with_mid_conversation_system(read.mid_conversation_system);
    Ok(match options.max_tokens.or(read.max_tokens) {
        Some(tokens) => facts.with_max_tokens(tokens),
        None => facts,
    })
}
