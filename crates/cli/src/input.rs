//! The only place that reads files, the clock and standard input.
#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "the command line is where I/O belongs")]

use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use switchback::Engine;
use switchback_catalog::Catalog;
use switchback_plan::Policy;
use switchback_units::Timestamp;

use crate::failure::Failure;

/// Bytes with the name of where they came from.
pub(crate) struct Source {
    pub(crate) name: Name,
    pub(crate) bytes: Vec<u8>,
}

/// A file, or standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name(PathBuf);

impl Name {
    pub(crate) fn of(path: &Path) -> Self {
        Self(path.to_owned())
    }

    fn is_standard_input(&self) -> bool {
        self.0.as_os_str() == "-"
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_standard_input() { f.write_str("standard input") } else { write!(f, "{}", self.0.display()) }
    }
}

/// Reads a file, or standard input for `-`.
pub(crate) fn read(path: &Path) -> Result<Source, Failure> {
    let name = Name::of(path);
    let bytes = if name.is_standard_input() {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        std::fs::read(path)
    };
    match bytes {
        Ok(bytes) => Ok(Source { name, bytes }),
        Err(error) => Err(Failure::at(&name, format!("cannot be read: {error}"))),
    }
}

/// Reads a JSON document of a known shape.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, Failure> {
    let source = read(path)?;
    serde_json::from_slice(&source.bytes).map_err(|error| Failure::at(&source.name, error))
}

/// Reads a policy that can be worked with; the default one without a path.
pub(crate) fn policy(path: Option<&Path>) -> Result<Policy, Failure> {
    let Some(path) = path else { return Ok(Policy::default()) };
    let policy = any_policy(path)?;
    policy.check().map_err(|error| {
        Failure::at(Name::of(path), error).hint("`switchback policy lint` lists everything that is wrong with it")
    })?;
    Ok(policy)
}

/// Reads a policy, sound or not: JSON when the name ends in `.json` or the text begins with a brace, else TOML.
pub(crate) fn any_policy(path: &Path) -> Result<Policy, Failure> {
    let source = read(path)?;
    let text = String::from_utf8(source.bytes).map_err(|error| Failure::at(&source.name, error.utf8_error()))?;
    let is_json = path.extension().is_some_and(|extension| extension == "json") || text.trim_start().starts_with('{');
    let policy = if is_json { Policy::from_json(&text) } else { Policy::from_toml(&text) };
    policy.map_err(|error| Failure::at(&source.name, error))
}

/// Reads a catalog snapshot, or takes the embedded one.
pub(crate) fn catalog(path: Option<&Path>) -> Result<Catalog, Failure> {
    let Some(path) = path else { return Ok(Catalog::embedded()) };
    let source = read(path)?;
    let text = String::from_utf8(source.bytes).map_err(|error| Failure::at(&source.name, error.utf8_error()))?;
    Catalog::parse(&text).map_err(|error| {
        let failure = Failure::at(&source.name, error);
        if text.trim_start().starts_with('{') {
            failure.hint("a public catalog in JSON has to be imported first: `switchback catalog import`")
        } else {
            failure
        }
    })
}

/// The engine over a catalog and a policy.
pub(crate) fn engine(catalog_path: Option<&Path>, policy_path: Option<&Path>) -> Result<Engine, Failure> {
    Ok(Engine::new(catalog(catalog_path)?, policy(policy_path)?))
}

/// The time that was asked for, else the clock's.
pub(crate) fn now(asked: Option<Timestamp>) -> Timestamp {
    let clock = || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    asked.unwrap_or_else(|| {
        let since = clock().map_or(0, |since| since.as_millis());
        Timestamp::from_millis(u64::try_from(since).unwrap_or(u64::MAX))
    })
}

/// The files to look at: those named, and every one with one of these endings below the folders named, in the order of their names.
pub(crate) fn files(paths: &[PathBuf], endings: &[&str]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        collect(path, endings, &mut files, true)?;
    }
    Ok(files)
}

fn collect(path: &Path, endings: &[&str], files: &mut Vec<PathBuf>, named: bool) -> Result<(), Failure> {
    let unreadable = |error: std::io::Error| Failure::at(path.display(), format!("cannot be read: {error}"));
    if !std::fs::metadata(path).map_err(unreadable)?.is_dir() {
        if named || path.extension().is_some_and(|extension| endings.iter().any(|ending| extension == *ending)) {
            files.push(path.to_owned());
        }
        return Ok(());
    }
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        entries.push(entry.map_err(unreadable)?.path());
    }
    entries.sort();
    entries.iter().try_for_each(|entry| collect(entry, endings, files, false))
}
