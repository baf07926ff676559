/// Why a scenario cannot be run: what its file says wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct ScenarioError {
    what: String,
}

impl ScenarioError {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        let what: String = what.into();
        Self { what: what.trim_end().to_owned() }
    }
}
