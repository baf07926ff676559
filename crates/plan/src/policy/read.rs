//! From text to a policy, with errors that say where and what was meant.

use switchback_slug::suggest;

use crate::Policy;

/// The text is no policy: what is wrong, where, and what was perhaps meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct UnreadablePolicy {
    message: String,
}

impl Policy {
    /// Reads a policy from TOML.
    ///
    /// # Errors
    /// Names the line, what is wrong, and the key that was perhaps meant. The first mistake ends the reading.
    pub fn from_toml(text: &str) -> Result<Self, UnreadablePolicy> {
        toml::from_str(text).map_err(|error| unreadable(error.to_string().trim_end()))
    }

    /// Reads a policy from JSON.
    ///
    /// # Errors
    /// As [`Policy::from_toml`].
    pub fn from_json(text: &str) -> Result<Self, UnreadablePolicy> {
        serde_json::from_str(text).map_err(|error| unreadable(&error.to_string()))
    }
}

fn unreadable(message: &str) -> UnreadablePolicy {
    let hint = meant(message).map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
    UnreadablePolicy { message: format!("{message}{hint}") }
}

/// The known name nearest to an unknown one, where a derived reader lists them: "unknown field `x`, expected one of `a`,
/// `b`".
fn meant(message: &str) -> Option<&str> {
    let (_, listed) = ["unknown field `", "unknown variant `"].iter().find_map(|start| message.split_once(start))?;
    let (found, known) = listed.split_once("`, expected ")?;
    let names = known.split('`').skip(1).step_by(2);
    suggest(found, names, 1).first().map(|near| near.candidate)
}
