//! The laws of conversion as functions, for tests, fuzz targets and audits of recorded traffic.
//!
//! They build whole trees and are not meant for the path of a request. Differences are taken after one canonical form
//! ([`canonical`], described in `docs/canonical.md`).

mod canonical;
mod diff;

pub use canonical::{Node, Tree, canonical};
pub use diff::{Change, Difference, differences};

use crate::{decode, encode};
use std::collections::BTreeSet;
use std::fmt;
use switchback_ir::{Ledger, Limits, Line, Protocol, TargetFacts};

/// One conversion: a body of the first protocol in, a body of the second out, with its ledger; `Err` is a refusal.
///
/// The laws take it as an argument, so that they can be asked of plain conversion and of conversion after degradation.
pub type Hop<'h> = dyn Fn(Protocol, Protocol, &TargetFacts, &[u8]) -> Result<Converted, Outcome> + 'h;

/// What a [`Hop`] makes.
#[derive(Clone, Debug)]
pub struct Converted {
    /// The body.
    pub body: Vec<u8>,
    /// What did not travel.
    pub lines: Vec<Line>,
}

/// Why a [`Hop`] made no body.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The body could not be read.
    Unreadable(String),
    /// The target cannot carry it; the ledger says what.
    Refused(Vec<Line>),
}

/// A broken law: which, and what was seen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{law}: {seen}")]
pub struct Broken {
    /// The law's name.
    pub law: &'static str,
    /// What was seen.
    pub seen: String,
}

/// What a pair of protocols did with a body that broke no law.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// Converted, with this ledger.
    Converted(Vec<Line>),
    /// Refused, with this ledger.
    Refused(Vec<Line>),
}

/// Plain conversion: decode and encode.
pub fn plain(from: Protocol, to: Protocol, facts: &TargetFacts, body: &[u8]) -> Result<Converted, Outcome> {
    let request = decode(from, body, &Limits::default()).map_err(|error| Outcome::Unreadable(error.to_string()))?;
    let mut out = Vec::new();
    let resolve = |ledger: Ledger| ledger.resolve(body);
    match encode(&request, to, facts, &mut out) {
        Ok(ledger) => Ok(Converted { body: out, lines: resolve(ledger) }),
        Err(ledger) => Err(Outcome::Refused(resolve(ledger))),
    }
}

/// X → IR → X equals the input as JSON, with an empty ledger.
///
/// ```
/// use switchback_ir::Protocol;
/// use switchback_protocol::law;
/// let body = br#"{"model":"m","messages":[],"x_unknown":[1.50,null]}"#;
/// law::identity(Protocol::Chat, body, &law::plain).unwrap();
/// ```
pub fn identity(protocol: Protocol, body: &[u8], hop: &Hop<'_>) -> Result<(), Broken> {
    let law = "decoding then encoding is identity";
    let broken = |seen: String| Broken { law, seen };
    let there =
        hop(protocol, protocol, &TargetFacts::default(), body).map_err(|outcome| broken(outcome.to_string()))?;
    if let Some(line) = there.lines.first() {
        return Err(broken(format!("a ledger entry, `{}` at `{}`", line.feature, line.path)));
    }
    let parse = |bytes: &[u8]| serde_json::from_slice::<serde_json::Value>(bytes);
    match (parse(body), parse(&there.body)) {
        (Ok(before), Ok(after)) if before == after => Ok(()),
        (Ok(before), Ok(after)) => {
            let tree = |value| Tree::verbatim(value);
            let seen = differences(&tree(&before), &tree(&after));
            Err(broken(seen.iter().map(Difference::to_string).collect::<Vec<_>>().join(", ")))
        }
        (_, after) => Err(broken(format!("not JSON any more: {after:?}"))),
    }
}

/// X → Y → X: every difference is covered by the first hop's ledger, every entry is a real difference, and the way
/// back drops and refuses nothing.
pub fn loss(from: Protocol, to: Protocol, body: &[u8], hop: &Hop<'_>) -> Result<Verdict, Broken> {
    let there = match hop(from, to, &TargetFacts::default(), body) {
        Ok(there) => there,
        Err(Outcome::Refused(lines)) => return refusal(lines),
        Err(outcome @ Outcome::Unreadable(_)) => {
            return Err(Broken { law: "a body that decodes for identity converts", seen: outcome.to_string() });
        }
    };
    // Whoever took the body before it was converted takes what it holds.
    let facts = TargetFacts::default().with_mid_conversation_system(true);
    let back = hop(to, from, &facts, &there.body).map_err(|outcome| Broken {
        law: "what a conversion made converts back",
        seen: format!("{outcome}: {}", String::from_utf8_lossy(&there.body)),
    })?;
    closed(&there, &back)?;
    let parse = |bytes: &[u8]| serde_json::from_slice(bytes).unwrap_or_default();
    let before = canonical(from, &parse(body));
    let after = canonical(from, &parse(&back.body));
    covered(&differences(&before, &after), &before, &there.lines)?;
    synthesised(&parse(&there.body), &there.lines)?;
    Ok(Verdict::Converted(there.lines))
}

fn refusal(lines: Vec<Line>) -> Result<Verdict, Broken> {
    if lines.iter().any(|line| line.action == "refused") {
        return Ok(Verdict::Refused(lines));
    }
    Err(Broken { law: "a refusal says what it refuses", seen: format!("{lines:?}") })
}

/// Closure: the way back has no dropped or refused entry.
fn closed(there: &Converted, back: &Converted) -> Result<(), Broken> {
    match back.lines.iter().find(|line| matches!(line.action, "dropped" | "refused")) {
        None => Ok(()),
        Some(line) => Err(Broken {
            law: "what a conversion made converts back without loss",
            seen: format!(
                "`{}` {} at `{}` of {}",
                line.feature,
                line.action,
                line.path,
                String::from_utf8_lossy(&there.body)
            ),
        }),
    }
}

fn covered(found: &[Difference], before: &Tree, lines: &[Line]) -> Result<(), Broken> {
    let exact: BTreeSet<&str> = lines.iter().map(|line| line.path.as_str()).collect();
    let noted: Vec<&str> = lines.iter().filter(|line| line.action == "noted").map(|line| line.path.as_str()).collect();
    for difference in found {
        let by_note = noted.iter().any(|path| !path.is_empty() && within(&difference.path, path));
        let by_entry = exact.contains(difference.path.as_str()) || lost_whole(difference, before, &exact);
        if !by_note && !by_entry {
            return Err(Broken {
                law: "every difference is covered by a ledger entry",
                seen: format!("{difference}; entries at {exact:?}"),
            });
        }
    }
    for line in lines.iter().filter(|line| matches!(line.action, "dropped" | "degraded")) {
        let touches = |d: &Difference| within(&d.path, &line.path) || within(&line.path, &d.path);
        if !found.iter().any(touches) {
            return Err(Broken {
                law: "every ledger entry is a real difference",
                seen: format!("`{}` {} at `{}`", line.feature, line.action, line.path),
            });
        }
    }
    Ok(())
}

/// Whether a value that is gone was reported leaf by leaf; tags (`type`, `role`) say nothing alone.
fn lost_whole(difference: &Difference, before: &Tree, exact: &BTreeSet<&str>) -> bool {
    difference.change == Change::Removed && before.at(&difference.path).is_some_and(|tree| reported(tree, exact))
}

fn reported(tree: &Tree, exact: &BTreeSet<&str>) -> bool {
    if exact.contains(tree.path.as_str()) {
        return true;
    }
    match &tree.node {
        Node::Leaf(_) => false,
        Node::List(items) => !items.is_empty() && items.iter().all(|item| reported(item, exact)),
        Node::Object(members) => {
            let tag = |name: &str| matches!(name, "type" | "role");
            let (tags, said): (Vec<_>, Vec<_>) = members.iter().partition(|(name, _)| tag(name));
            let mut said = if said.is_empty() { tags.into_iter() } else { said.into_iter() };
            !members.is_empty() && said.all(|(_, member)| reported(member, exact))
        }
    }
}

/// Every synthesised value that has a fixed place stands there.
fn synthesised(body: &serde_json::Value, lines: &[Line]) -> Result<(), Broken> {
    let absent = |line: &&Line| line.target.is_some_and(|target| body.pointer(target).is_none());
    match lines.iter().find(absent) {
        None => Ok(()),
        Some(line) => Err(Broken {
            law: "a synthesised value stands at its target",
            seen: format!("`{}` at {:?}", line.feature, line.target),
        }),
    }
}

fn within(path: &str, ancestor: &str) -> bool {
    path.strip_prefix(ancestor).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => write!(f, "unreadable: {error}"),
            Self::Refused(lines) => {
                let refused = lines.iter().filter(|line| line.action == "refused");
                let features: Vec<_> = refused.map(|line| format!("`{}` at `{}`", line.feature, line.path)).collect();
                write!(f, "refused: {}", features.join(", "))
            }
        }
    }
}
