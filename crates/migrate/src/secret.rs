//! What is a secret, what only names one, and how either is shown.

/// What a value that has to do with credentials is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Credential<'a> {
    /// The name of an environment variable.
    Variable(&'a str),
    /// A name that the other system resolves: a stored integration, a dynamic key, a file.
    Reference(&'a str),
    /// The secret itself.
    Secret(&'a str),
    /// Said to be not needed: `none`, or empty.
    Absent,
}

/// Beginnings of keys that vendors hand out. A value that starts with one is a secret wherever it stands.
const PREFIXES: &[&str] = &[
    "sk-",
    "sk_",
    "pk-",
    "pk_",
    "rk_",
    "gsk_",
    "xai-",
    "AIza",
    "AKIA",
    "ASIA",
    "ghp_",
    "gho_",
    "github_pat_",
    "hf_",
    "r8_",
    "csk-",
    "fw_",
    "nvapi-",
    "pplx-",
    "tgp_",
    "eyJ",
    "ya29.",
    "lsv2_",
    "dapi",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "Bearer ",
    "bearer ",
    "Basic ",
    "-----BEGIN",
    "vk_",
    "sk-cn-",
    "postgres://",
    "postgresql://",
    "redis://",
    "rediss://",
    "mysql://",
    "mongodb://",
    "mongodb+srv://",
];

/// Names, in small letters with `-` for `_`, whose values are secrets wherever they stand.
const NAMES: &[&str] = &[
    "authorization",
    "proxy-authorization",
    "x-api-key",
    "api-key",
    "apikey",
    "x-goog-api-key",
    "password",
    "passwd",
    "secret",
    "token",
    "auth-token",
    "access-token",
    "bearer-token",
    "master-key",
    "salt-key",
    "private-key",
    "credentials",
    "connection-string",
    "database-url",
    "cookie",
    "set-cookie",
    "client-secret",
    "azure-ad-token",
    "azure-password",
    "vertex-credentials",
    "langfuse-secret",
    "langfuse-public-key",
    "helicone-auth",
    "x-portkey-virtual-key-secret",
    "aws-session-token",
    "x-bf-vk",
    "posthog-key",
    "helicone-posthog-key",
    "auth",
    "session-token",
    "x-litellm-key",
    "signing-key",
];

/// Endings of names, in the same letters.
const ENDINGS: &[&str] = &[
    "-api-key",
    "-apikey",
    "-secret",
    "-password",
    "-token",
    "-access-key",
    "-secret-key",
    "-private-key",
    "-master-key",
    "-auth-key",
    "-access-key-id",
    "-secret-access-key",
    "-session-token",
    "-credentials",
    "-database-url",
];

/// Names with such an ending that hold no secret.
const HARMLESS: &[&str] =
    &["cost-per-token", "input-cost-per-token", "output-cost-per-token", "max-token", "per-api-key"];

/// The name that texts within a table of secrets are read under.
pub(crate) const TABLE: &str = "credentials";

/// Whether a key or header of that name holds a secret.
pub(crate) fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('_', "-");
    if HARMLESS.contains(&name.as_str()) || name.ends_with("-per-token") {
        return false;
    }
    NAMES.contains(&name.as_str()) || ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Whether a value is a secret by its own looks.
pub(crate) fn looks_secret(value: &str) -> bool {
    let value = value.trim();
    if matches!(Credential::of_text(value), Some(Credential::Variable(_) | Credential::Reference(_))) {
        return false;
    }
    PREFIXES.iter().any(|prefix| stands_in(value, prefix)) || has_user_info(value)
}

/// Whether a vendor's prefix begins a word of the value, as in a header or JSON that holds a key.
fn stands_in(value: &str, prefix: &str) -> bool {
    value.match_indices(prefix).any(|(at, _)| {
        let before = value.get(..at).and_then(|before| before.chars().next_back());
        before.is_none_or(|c| !c.is_alphanumeric() && c != '-' && c != '_')
    })
}

/// Whether a URL holds a user's password.
fn has_user_info(value: &str) -> bool {
    let authority = value.split_once("://").map(|(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or(rest));
    authority.is_some_and(|authority| authority.contains('@'))
}

impl<'a> Credential<'a> {
    /// Reads a value under a name; nothing where neither has to do with credentials.
    pub(crate) fn read(name: &str, value: &'a str) -> Option<Self> {
        let named = Self::of_text(value.trim());
        match named {
            Some(Self::Variable(_)) => named,
            Some(Self::Reference(_) | Self::Absent | Self::Secret(_)) | None if !is_credential_name(name) => {
                looks_secret(value).then_some(Self::Secret(value))
            }
            Some(known) => Some(known),
            None => Some(Self::Secret(value)),
        }
    }

    /// What a text says of itself: `os.environ/NAME`, `env::NAME`, `${NAME}`, `dynamic::name`, `path::file`, `@slug`.
    fn of_text(text: &'a str) -> Option<Self> {
        if text.is_empty() || matches!(text, "none" | "None" | "NONE") {
            return Some(Self::Absent);
        }
        for prefix in ["os.environ/", "env::", "env.", "env:"] {
            if let Some(name) = text.strip_prefix(prefix) {
                return Some(Self::Variable(name));
            }
        }
        let braced = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
        if let Some(name) = braced.or_else(|| text.strip_prefix('$')).filter(|name| is_variable_name(name)) {
            return Some(Self::Variable(name));
        }
        for prefix in ["dynamic::", "path::", "path_from_env::", "sdk", "@"] {
            if text.starts_with(prefix) {
                return Some(Self::Reference(text));
            }
        }
        None
    }
}

/// Names of secrets, and of places to find one.
pub(crate) fn is_credential_name(name: &str) -> bool {
    let plain = name.to_ascii_lowercase().replace('_', "-");
    is_secret_name(name) || plain.ends_with("api-key-location") || plain.ends_with("credential-location")
}

fn is_variable_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

const REDACTED: &str = "…redacted";

/// Whether a value stands in the place of a secret.
pub(crate) fn is_redacted(value: &str) -> bool {
    value.ends_with(REDACTED)
}

/// A secret as it may be shown: what its vendor puts in front of every key, and no more.
pub(crate) fn redacted(value: &str) -> String {
    let value = value.trim();
    let known = PREFIXES.iter().filter(|prefix| value.starts_with(*prefix)).max_by_key(|prefix| prefix.len());
    // Of a URL the scheme tells enough.
    let scheme = value.split_once("://").map(|(scheme, _)| format!("{scheme}://"));
    let prefix = scheme.unwrap_or_else(|| known.map_or(String::new(), |prefix| (*prefix).to_owned()));
    format!("{prefix}{REDACTED}")
}

/// A value as a message may show it: short, without control characters, redacted where it is a secret.
pub(crate) fn shown(name: &str, value: &str) -> String {
    const MOST: usize = 60;
    let is_reference = matches!(
        Credential::of_text(value.trim()),
        Some(Credential::Variable(_) | Credential::Reference(_) | Credential::Absent)
    );
    if (is_secret_name(name) && !is_reference) || looks_secret(value) {
        return redacted(value);
    }
    let mut text: String = value.chars().filter(|c| !c.is_control()).take(MOST).collect();
    if value.chars().count() > MOST {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_name_secrets_and_are_none() {
        assert_eq!(
            Credential::read("api_key", "os.environ/AZURE_API_KEY"),
            Some(Credential::Variable("AZURE_API_KEY"))
        );
        assert_eq!(
            Credential::read("api_base", "os.environ/AZURE_API_BASE"),
            Some(Credential::Variable("AZURE_API_BASE"))
        );
        assert_eq!(Credential::read("api_key_location", "env::KEY"), Some(Credential::Variable("KEY")));
        assert_eq!(Credential::read("api_key_location", "dynamic::k"), Some(Credential::Reference("dynamic::k")));
        assert_eq!(Credential::read("api_key_location", "none"), Some(Credential::Absent));
        assert_eq!(Credential::read("model", "@openai-prod/gpt-4o"), None);
    }

    #[test]
    fn a_secret_is_known_by_its_name_or_its_looks() {
        assert_eq!(Credential::read("api_key", "fake-key"), Some(Credential::Secret("fake-key")));
        assert_eq!(Credential::read("note", "sk-1234"), Some(Credential::Secret("sk-1234")));
        assert_eq!(Credential::read("redis_password", "hunter2"), Some(Credential::Secret("hunter2")));
        assert_eq!(Credential::read("input_cost_per_token", "0.1"), None);
        assert_eq!(Credential::read("model", "gpt-4o"), None);
        assert_eq!(
            Credential::read("api_base", "https://u:p@host/v1"),
            Some(Credential::Secret("https://u:p@host/v1"))
        );
    }

    #[test]
    fn what_is_shown_of_a_secret_is_its_vendors_prefix() {
        assert_eq!(redacted("sk-1234567"), "sk-…redacted");
        assert_eq!(redacted("Bearer sk-abc"), "Bearer …redacted");
        assert_eq!(redacted("hunter2"), "…redacted");
        assert_eq!(redacted("postgresql://u:p@h/db"), "postgresql://…redacted");
        assert_eq!(shown("api_key", "hunter2"), "…redacted");
        assert_eq!(shown("api_key", "os.environ/KEY"), "os.environ/KEY");
        assert_eq!(shown("model", "gpt-4o"), "gpt-4o");
    }
}
