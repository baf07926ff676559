//! The ledger, for people and machines.

use std::path::Path;

use switchback_ir::{Ledger, Line};

use crate::failure::Failure;
use crate::output;
use crate::table::Table;

/// Writes a ledger: as JSON to the file that was asked for, else as a table to standard error when there is anything to
/// say.
pub(crate) fn write(ledger: &Ledger, source: &[u8], file: Option<&Path>) -> Result<(), Failure> {
    write_lines(ledger.resolve(source), file)
}

/// The same of a ledger whose paths are known.
pub(crate) fn write_lines(lines: Vec<Line>, file: Option<&Path>) -> Result<(), Failure> {
    if let Some(file) = file {
        return output::json_file(file, &lines);
    }
    if lines.is_empty() {
        return Ok(());
    }
    let mut table = Table::new(["PATH", "FEATURE", "ACTION", "SEVERITY", "DETAIL"]);
    for line in lines {
        let path = if line.path.is_empty() { "(root)".to_owned() } else { line.path };
        table.row(vec![path, line.feature.into(), line.action.into(), line.severity.into(), line.detail]);
    }
    output::remarks(&table.render())
}

/// Both ledgers as one, ordered by place.
pub(crate) fn joined(mut first: Ledger, second: &Ledger) -> Ledger {
    for entry in second.entries() {
        first.push(entry.clone());
    }
    first.sort();
    first
}
