use crate::{Family, ModelId, Provider, family};

/// What resolving and printing must know of models. A catalog implements it; everything else here works without one.
///
/// ```
/// use switchback_slug::{Family, ModelNames, Provider, family};
///
/// struct Two;
///
/// impl ModelNames for Two {
///     fn ids(&self, wanted: &Family, provider: &Provider) -> Vec<&str> {
///         let rows = [("bedrock", "us.anthropic.claude-haiku-4-5-20251001-v1:0"), ("anthropic", "claude-haiku-4-5")];
///         let of_provider = rows.into_iter().filter(|(name, _)| *name == provider.as_str());
///         of_provider.map(|(_, id)| id).filter(|id| family(id) == *wanted).collect()
///     }
///
///     fn providers(&self, wanted: &Family) -> Vec<Provider> {
///         [Provider::ANTHROPIC, Provider::BEDROCK].into_iter().filter(|p| !self.ids(wanted, p).is_empty()).collect()
///     }
/// }
///
/// assert!(Two.lists(&Provider::ANTHROPIC, "claude-haiku-4-5"));
/// ```
pub trait ModelNames {
    /// The ids under which a provider serves models of a family, the one to prefer first; empty when it serves none.
    fn ids(&self, family: &Family, provider: &Provider) -> Vec<&str>;

    /// The providers that serve models of a family, in a fixed order.
    fn providers(&self, family: &Family) -> Vec<Provider>;

    /// Whether a provider serves a model under exactly this id.
    fn lists(&self, provider: &Provider, id: &str) -> bool {
        self.ids(&family(id), provider).contains(&id)
    }
}

/// Of several ids of one family, the one that comes closest to what was asked for: by version, then by geography, then by
/// spelling, then in the catalog's own order.
pub(crate) fn closest<'n>(ids: &[&'n str], asked: &ModelId<'_>, region: Option<&str>) -> Option<&'n str> {
    let distance = |id: &&&str| {
        let listed = ModelId::parse(id);
        let other_text = listed.name() != asked.name() || listed.version() != asked.version();
        (!same_version(&listed, asked), listed.geography() != region, other_text)
    };
    ids.iter().min_by_key(distance).copied()
}

/// Whether two ids pin the same version, or neither pins one. `2024-08-06` and `20240806` are one date.
pub(crate) fn same_version(left: &ModelId<'_>, right: &ModelId<'_>) -> bool {
    let digits = |version: &str| version.chars().filter(char::is_ascii_digit).collect::<String>();
    let pinned = |id: &ModelId<'_>| id.version().map(digits).filter(|digits| !digits.is_empty());
    pinned(left) == pinned(right)
}
