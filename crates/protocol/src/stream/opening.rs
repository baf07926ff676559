use crate::Reply;
use switchback_ir::Start;

/// The facts that stand in every event of an answer, or at its beginning and its end.
#[derive(Debug, Default)]
pub(crate) struct Opening {
    pub(crate) id: String,
    pub(crate) model: String,
    pub(crate) created: u64,
    pub(crate) tier: Option<String>,
}

impl Opening {
    pub(crate) fn of(start: &Start<'_>, reply: &Reply<'_>) -> Self {
        let word = |text: &switchback_ir::Text<'_>| text.word().into_owned();
        let id = reply.id.map(str::to_owned).or_else(|| start.id.as_ref().map(word));
        Self {
            id: id.unwrap_or_else(|| "unknown".to_owned()),
            model: reply.model_name(start.model.as_ref()).unwrap_or_default().into_owned(),
            created: start.created.or(reply.created).unwrap_or(0),
            tier: start.tier.as_ref().map(word),
        }
    }
}
