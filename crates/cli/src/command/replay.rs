use switchback_plan::{DecisionRecord, Explain};

use crate::arguments;
use crate::failure::{Answer, Failure};
use crate::input::Name;
use crate::{input, output};

pub(crate) fn run(options: &arguments::Replay) -> Result<Answer, Failure> {
    let record: DecisionRecord = input::read_json(&options.decision)?;
    let plan = record.replay().map_err(|error| Failure::at(Name::of(&options.decision), error))?;
    if options.json {
        output::json(&plan)?;
    } else {
        output::text(&Explain::default().paint(output::paint()).render(&plan))?;
    }
    let (made, then) = (plan.fingerprint().to_string(), record.fingerprint());
    if made == then {
        return Ok(Answer::Done);
    }
    output::remark(&format!(
        "the plan was {then} when it was recorded and is {made} now: this release plans otherwise"
    ))?;
    Ok(Answer::No)
}
