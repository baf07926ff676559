//! What is wrong or odd about a policy, before a request meets it.

mod condition;
mod finding;
mod group;
mod measure;
mod name;
mod place;
mod reach;
mod setting;
mod shape;

use switchback_catalog::Catalog;
use switchback_units::Timestamp;

use crate::Policy;
use crate::lint::finding::Findings;
use crate::lint::place::{Place, places};
use crate::lint::reach::Reach;

pub use finding::{Finding, FindingCode, InvalidPolicy, Severity};

/// Looks a policy over against a catalog, ordered by path and code. An empty list means that every route leads
/// somewhere and everything that is written has an effect.
///
/// Errors are what can never work: [`Policy::check`] refuses those that no catalog can mend. Warnings are what does
/// something else than it seems to. `docs/policy.md` lists the codes. Cost: one walk over the routes, and one look-up
/// per model string; chains are compared endpoint by endpoint.
///
/// ```
/// use switchback_catalog::Catalog;
/// use switchback_plan::{Policy, Severity, lint};
///
/// let policy = Policy::from_toml(r#"route = ["claude-haiku-4-5", "gpt-5-minni"]"#)?;
/// let findings = lint(&policy, &Catalog::embedded());
/// assert_eq!((findings[0].code.name(), findings[0].path.as_str()), ("unknown_model", "route.chain[1]"));
/// assert_eq!(findings[0].severity(), Severity::Error);
/// assert!(findings[0].message.contains("did you mean `gpt-5-mini`"));
/// # Ok::<(), switchback_plan::UnreadablePolicy>(())
/// ```
pub fn lint(policy: &Policy, catalog: &Catalog) -> Vec<Finding> {
    let places = places(policy);
    let mut findings = structure(policy, &places);
    let reach = Reach::new(policy, catalog);
    condition::look(&places, &mut findings);
    measure::look(policy, &places, &mut findings);
    name::look(policy, &places, &reach, &mut findings);
    reach::look(policy, &places, &reach, &mut findings);
    setting::look(&places, &mut findings);
    findings.sorted()
}

impl Policy {
    /// Whether it can be worked with at all, whatever the catalog: what to ask before a policy takes the place of
    /// another. A policy with a finding is refused whole.
    ///
    /// ```
    /// use switchback_plan::Policy;
    ///
    /// let policy = Policy::from_toml(r#"
    ///     groups.fast = ["openai/gpt-5-mini", "cheap"]
    ///     groups.cheap = ["openai/gpt-5-nano", "fast"]
    /// "#)?;
    /// let error = policy.check().unwrap_err();
    /// assert!(error.to_string().contains("`cheap` → `fast` → `cheap`"), "{error}");
    /// # Ok::<(), switchback_plan::UnreadablePolicy>(())
    /// ```
    ///
    /// # Errors
    /// The findings that are errors without looking at a catalog: groups that lead back to themselves by way of others,
    /// splits without a weight, routes to nothing.
    pub fn check(&self) -> Result<(), InvalidPolicy> {
        let mut findings = structure(self, &places(self)).sorted();
        findings.retain(|finding| finding.severity() == Severity::Error);
        InvalidPolicy::of(findings)
    }
}

/// What the policy alone shows.
fn structure(policy: &Policy, places: &[Place<'_>]) -> Findings {
    let mut findings = Findings::default();
    group::look(policy, &mut findings);
    shape::look(policy, places, &mut findings);
    findings
}

/// The finding that a catalog is old, where it is: plans then carry the same as a note.
///
/// ```
/// use switchback_catalog::Catalog;
/// use switchback_plan::stale_catalog;
///
/// let catalog = Catalog::embedded();
/// assert_eq!(stale_catalog(&catalog, "2026-11-22T00:00:00Z".parse()?), None);
/// let finding = stale_catalog(&catalog, "2027-06-01T00:00:00Z".parse()?).expect("half a year later");
/// assert_eq!(finding.code.name(), "stale_catalog");
/// # Ok::<(), switchback_units::TimeError>(())
/// ```
pub fn stale_catalog(catalog: &Catalog, now: Timestamp) -> Option<Finding> {
    let note = crate::note::stale(catalog, now)?;
    Some(Finding { code: FindingCode::StaleCatalog, path: "catalog".to_owned(), message: note.to_string() })
}
