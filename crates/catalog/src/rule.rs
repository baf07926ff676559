use switchback_capability::Support;

use crate::merge::Conflict;
use crate::pattern::matches;
use crate::{Capability, Field, Operation, Row, SourceIndex};

/// A fact about families of models at providers, as a vendor's page states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    /// Canonical provider ids.
    pub(crate) providers: Vec<String>,
    /// Patterns of family keys.
    pub(crate) families: Vec<String>,
    /// Patterns of family keys that the rule is not about.
    pub(crate) except: Vec<String>,
    /// What these models can do.
    pub(crate) yes: Vec<Capability>,
    /// What they cannot.
    pub(crate) no: Vec<Capability>,
}

impl Rule {
    /// Writes the facts into the rows that the rule is about. A fact of a source that comes before the rule's holds; a
    /// later one yields. Either way a difference is a conflict.
    pub(crate) fn apply(&self, rows: &mut [Row], source: SourceIndex, conflicts: &mut Vec<Conflict>) {
        for row in rows.iter_mut().filter(|row| row.operation == Operation::Chat) {
            if !self.is_about(row) {
                continue;
            }
            let yes = self.yes.iter().map(|capability| (*capability, Support::Yes));
            let no = self.no.iter().map(|capability| (*capability, Support::No));
            for (capability, support) in yes.chain(no) {
                set(row, capability, support, source, conflicts);
            }
        }
    }

    fn is_about(&self, row: &Row) -> bool {
        if !self.providers.contains(&row.provider) {
            return false;
        }
        let family = row.family();
        let any = |patterns: &[String]| patterns.iter().any(|pattern| matches(pattern, &family));
        any(&self.families) && !any(&self.except)
    }
}

fn set(row: &mut Row, capability: Capability, support: Support, source: SourceIndex, conflicts: &mut Vec<Conflict>) {
    let field = Field::Capability(capability);
    let (known, known_source) = (row.capabilities.support(capability), row.provenance.source(field));
    let holds = known != Support::Unknown && known_source <= source;
    if known != Support::Unknown && known != support {
        let (ours, theirs) = ((known.to_string(), known_source), (support.to_string(), source));
        let (kept, other) = if holds { (ours, theirs) } else { (theirs, ours) };
        conflicts.push(Conflict {
            row: row.key().to_string(),
            field,
            kept: kept.0,
            kept_source: kept.1,
            other: other.0,
            other_source: other.1,
        });
    }
    if !holds {
        row.capabilities.set(capability, support);
        row.provenance.set(field, source);
    }
}
