//! Data to standard output, everything else to standard error; colour on terminals only.
#![expect(clippy::disallowed_methods, reason = "the command line is where I/O belongs")]

use std::io::{IsTerminal, Write};
use std::path::Path;

use serde::Serialize;
use switchback_plan::Paint;

use crate::failure::Failure;

/// Writes bytes to standard output. A reader that has gone away is no failure: `switchback … | head` ends quietly.
pub(crate) fn bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::at("standard output", format!("cannot be written: {error}")))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Writes text to standard output.
pub(crate) fn text(text: &str) -> Result<(), Failure> {
    bytes(text.as_bytes())
}

/// Writes one JSON document and a line end to standard output.
pub(crate) fn json(document: &impl Serialize) -> Result<(), Failure> {
    bytes(&to_json(document)?)
}

/// Writes one JSON document and a line end to a file.
pub(crate) fn json_file(path: &Path, document: &impl Serialize) -> Result<(), Failure> {
    file(path, &to_json(document)?)
}

/// Writes a file.
pub(crate) fn file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    std::fs::write(path, bytes).map_err(|error| Failure::at(path.display(), format!("cannot be written: {error}")))
}

fn to_json(document: &impl Serialize) -> Result<Vec<u8>, Failure> {
    let mut bytes =
        serde_json::to_vec_pretty(document).map_err(|error| Failure::usage(format!("cannot be written: {error}")))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Writes a line to standard error.
pub(crate) fn remark(line: &str) -> Result<(), Failure> {
    to_standard_error(&format!("{line}\n"))
}

/// Writes text that ends in a line end to standard error.
pub(crate) fn remarks(text: &str) -> Result<(), Failure> {
    to_standard_error(text)
}

/// Writes a failure to standard error, in the form of the argument parser's own.
pub(crate) fn error(failure: &Failure) -> Result<(), Failure> {
    let paint = |start: &str, text: &str| {
        if std::io::stderr().is_terminal() { format!("{start}{text}\u{1b}[0m") } else { text.to_owned() }
    };
    let hint = failure.hint_text().map(|hint| format!("\n{} {hint}\n", paint("\u{1b}[32m", "hint:")));
    let error = paint("\u{1b}[1;31m", "error:");
    to_standard_error(&format!("{error} {failure}\n{}", hint.unwrap_or_default()))
}

/// Colour when standard output is a terminal.
pub(crate) fn paint() -> Paint {
    if std::io::stdout().is_terminal() { Paint::Ansi } else { Paint::Plain }
}

fn to_standard_error(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stderr().lock();
    out.write_all(text.as_bytes()).map_err(|error| Failure::at("standard error", error))
}
