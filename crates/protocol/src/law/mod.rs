//! The laws of conversion as functions, for tests, fuzz targets and audits of recorded traffic.
//!
//! They build whole trees and are not meant for the path of a request. Differences are taken after one canonical form
//! ([`canonical`], described in `docs/canonical.md`).

mod canonical;
mod diff;
mod errors;
mod names;
mod response;
mod stream;
mod tree;

pub use canonical::{canonical, canonical_response};
pub use diff::{Change, Difference, Order, differences};
pub use errors::{error_identity, error_loss};
pub use response::{plain_response, response_context, response_identity, response_loss};
pub use stream::{Transcoded, stream_fold, stream_identity, stream_memory, stream_split, stream_terminal, transcoded};
pub use tree::{Node, Tree};

use crate::{decode, encode};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use switchback_ir::{Expression, Feature, Ledger, Limits, Line, NameRule, Protocol, TargetFacts};

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
            let seen = differences(&tree(&before), &tree(&after), Order::Kept);
            Err(broken(seen.iter().map(Difference::to_string).collect::<Vec<_>>().join(", ")))
        }
        (_, after) => Err(broken(format!("not JSON any more: {after:?}"))),
    }
}

/// X → Y → X: every difference is covered by the first hop's ledger, every entry is a real difference, and the way
/// back drops and refuses nothing.
pub fn loss(from: Protocol, to: Protocol, body: &[u8], hop: &Hop<'_>) -> Result<Verdict, Broken> {
    // Whoever took the body before it was converted takes what it holds.
    let facts = TargetFacts::default()
        .with_mid_conversation_system(true)
        .with_tool_name(NameRule::ANYTHING)
        .with_call_id(NameRule::ANYTHING);
    let trip = Trip {
        there: &|body| hop(from, to, &TargetFacts::default(), body),
        back: &|body| hop(to, from, &facts, body),
        named: &|back| names::named_back(from, to, body, back),
        canonical: &|tree| canonical(from, tree),
        aligned: &|tree, _| tree,
        fills: false,
        takes: &|| takes(from, body),
    };
    trip.run(body)
}

/// A way there and back, and what of it depends on the kind of body.
struct Trip<'t> {
    there: &'t dyn Fn(&[u8]) -> Result<Converted, Outcome>,
    back: &'t dyn Fn(&[u8]) -> Result<Converted, Outcome>,
    /// What came back, under the client's names.
    named: &'t dyn Fn(serde_json::Value) -> serde_json::Value,
    canonical: &'t dyn Fn(Tree) -> Tree,
    /// A canonical document without the boundaries that the ledger notes as gone.
    aligned: &'t dyn Fn(Tree, &[Line]) -> Tree,
    /// Whether a source may lack what its own protocol requires, and come back with it.
    fills: bool,
    /// Whether the protocol takes what its own body holds.
    takes: &'t dyn Fn() -> bool,
}

impl Trip<'_> {
    fn run(&self, body: &[u8]) -> Result<Verdict, Broken> {
        let there = match (self.there)(body) {
            Ok(there) => there,
            Err(Outcome::Refused(lines)) => return refusal(lines),
            Err(outcome @ Outcome::Unreadable(_)) => {
                return Err(Broken { law: "a body that decodes for identity converts", seen: outcome.to_string() });
            }
        };
        let back = (self.back)(&there.body).map_err(|outcome| Broken {
            law: "what a conversion made converts back",
            seen: format!("{outcome}: {}", String::from_utf8_lossy(&there.body)),
        })?;
        if (self.takes)() {
            closed(&there, &back)?;
            self.compare(body, &there, &back)?;
        }
        Ok(Verdict::Converted(there.lines))
    }

    fn compare(&self, body: &[u8], there: &Converted, back: &Converted) -> Result<(), Broken> {
        let parse = |bytes: &[u8]| serde_json::from_slice(bytes).unwrap_or_default();
        let after = (self.canonical)(Tree::verbatim(&(self.named)(parse(&back.body))));
        let before = Tree::verbatim(&parse(body));
        let whole = (self.canonical)(before.clone());
        let kept = (self.aligned)((self.canonical)(remaining(before, &there.lines)), &there.lines);
        let after = (self.aligned)(after, &there.lines);
        let order = if there.lines.iter().any(is_reorder) { Order::Changed } else { Order::Kept };
        // What the canonical form of the whole body leaves out says nothing, whatever is taken out around it.
        let said = |difference: &Difference| difference.change == Change::Added || whole.at(&difference.path).is_some();
        let found = differences(&kept, &after, order);
        let found: Vec<_> = found.into_iter().filter(|found| said(found) && !self.filled(found, back)).collect();
        covered(&found, &kept, &whole, &there.lines)?;
        synthesised(&parse(&there.body), &there.lines)
    }

    /// Whether the way back says that it added what the source lacks and its protocol requires.
    fn filled(&self, difference: &Difference, back: &Converted) -> bool {
        let at = |line: &Line| line.target.is_some_and(|target| within(&difference.at, target));
        let said = |line: &Line| line.action == "synthesised" && at(line);
        self.fills && difference.change == Change::Added && back.lines.iter().any(said)
    }
}

/// What is left to compare. What was dropped is taken out, so that the rest stays in line; something else stands in the
/// place of a message or part that was degraded. The name of a role is not a value that is taken out, but one that
/// changes.
fn remaining(before: Tree, lines: &[Line]) -> Tree {
    let paths = |chosen: &dyn Fn(&Line) -> bool| -> BTreeSet<&str> {
        let lines = lines.iter().filter(|line| chosen(line) && line.feature != Feature::DeveloperRole.name());
        lines.map(|line| line.path.as_str()).collect()
    };
    let nothing = [Feature::EmptyText.name(), Feature::CacheTtl.name()];
    let dropped = paths(&|line| line.action == "dropped" || nothing.contains(&line.feature));
    let (replaced, degraded): (BTreeSet<&str>, BTreeSet<&str>) =
        paths(&|line| line.action == "degraded").difference(&dropped).copied().partition(|path| is_content(path));
    let made = paths(&|line| matches!(line.action, "synthesised" | "noted"));
    let kept = before.marked(&replaced).without(&dropped.union(&degraded).copied().collect(), &made);
    kept.unwrap_or(Tree { path: String::new(), node: Node::Object(BTreeMap::new()) })
}

/// Whether a protocol takes what its own body holds. One that holds what only the others take (an empty text in
/// Messages, a temperature above 1) may lose it on the way back, which the first hop cannot know.
fn takes(protocol: Protocol, body: &[u8]) -> bool {
    let Ok(request) = decode(protocol, body, &Limits::default()) else { return false };
    // An empty text is only noted by the protocol that does not take it.
    let carries = |feature: Feature, protocol| match feature.expression(protocol) {
        Expression::Native => true,
        Expression::Noted => feature != Feature::EmptyText,
        Expression::Dropped | Expression::Refused => false,
    };
    let only_others = |feature: &Feature| {
        !carries(*feature, protocol) && Protocol::ALL.into_iter().any(|other| carries(*feature, other))
    };
    // A turn of instructions is taken by whoever wrote it.
    request.features().iter().filter(|feature| *feature != Feature::MidConversationSystem).all(|f| !only_others(&f))
}

fn refusal(lines: Vec<Line>) -> Result<Verdict, Broken> {
    if lines.iter().any(|line| line.action == "refused") {
        return Ok(Verdict::Refused(lines));
    }
    Err(Broken { law: "a refusal says what it refuses", seen: format!("{lines:?}") })
}

/// Closure: the way back has no dropped or refused entry, except for a value that the first hop made up (a time), or
/// carried with a note in a form that its own protocol does not take back (a citation of a search result, as one of
/// its page), or put in another's place (a summary for a way to show thinking).
fn closed(there: &Converted, back: &Converted) -> Result<(), Broken> {
    let row = |line: &Line| Feature::from_name(line.feature).map(Feature::mapping_row);
    let said = |line: &Line| matches!(line.action, "noted" | "synthesised" | "degraded");
    let noted = |lost: &Line| there.lines.iter().any(|line| said(line) && row(line) == row(lost));
    match back.lines.iter().find(|line| matches!(line.action, "dropped" | "refused") && !noted(line)) {
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

fn covered(found: &[Difference], kept: &Tree, whole: &Tree, lines: &[Line]) -> Result<(), Broken> {
    let exact: BTreeSet<&str> = lines.iter().map(|line| line.path.as_str()).collect();
    let reordered = lines.iter().any(is_reorder);
    for difference in found {
        let there = exact.contains(difference.path.as_str()) || exact.contains(difference.at.as_str());
        let explained = || lines.iter().any(|line| explains(line, difference, reordered));
        if !there && !lost_whole(difference, kept, &exact) && !explained() {
            return Err(Broken {
                law: "every difference is covered by a ledger entry",
                seen: format!("{difference}; entries at {exact:?}"),
            });
        }
        real(difference, whole, &exact)?;
    }
    Ok(())
}

fn is_reorder(line: &Line) -> bool {
    [Feature::ToolCallOrder, Feature::ToolResultOrder, Feature::RefusalOrder].map(Feature::name).contains(&line.feature)
}

/// Whether a pointer leads to a message, an item or a part of one.
fn is_content(path: &str) -> bool {
    let lists = ["messages", "input", "content", "output"];
    let element = path.rsplit_once('/').filter(|(_, last)| last.bytes().all(|byte| byte.is_ascii_digit()));
    element.and_then(|(list, _)| list.rsplit('/').next()).is_some_and(|list| lists.contains(&list))
}

/// Whether an entry that does not stand at the difference's own path covers it.
fn explains(line: &Line, difference: &Difference, reordered: bool) -> bool {
    let added = difference.change == Change::Added;
    let inside = !line.path.is_empty() && within(&difference.path, &line.path);
    let by_action = match line.action {
        "noted" => inside,
        // Where order changed, two like elements may have been taken for each other.
        "synthesised" => (added && inside) || (reordered && !line.path.is_empty()),
        // It says where the meaning was; what is written instead may stand elsewhere.
        "degraded" => added,
        _ => false,
    };
    by_action || line.target.is_some_and(|target| within(target, &difference.at))
}

/// An entry is a real difference: what it says was dropped does not stand there unchanged after all. What was dropped
/// from a list and still is in it shows as an uncovered addition.
fn real(difference: &Difference, before: &Tree, exact: &BTreeSet<&str>) -> Result<(), Broken> {
    let said = exact.contains(difference.at.as_str()).then(|| before.at(&difference.at)).flatten();
    match said {
        Some(tree)
            if difference.change == Change::Added && difference.seen.ends_with(&format!(": {}", tree.text())) =>
        {
            Err(Broken { law: "every ledger entry is a real difference", seen: format!("kept `{}`", difference.at) })
        }
        _ => Ok(()),
    }
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
        Node::Leaf(text) => text == "null",
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
    let absent =
        |line: &&Line| line.action == "synthesised" && line.target.is_some_and(|target| body.pointer(target).is_none());
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
