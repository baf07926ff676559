//! What this crate asks of `switchback-slug`: canonical providers, family keys, regions.

use switchback_slug::aliases::{self, System};
use switchback_slug::{ModelId, Provider};

/// The canonical id of a provider that a catalog calls `id`; the catalog's own where no alias is known.
pub(crate) fn provider(system: System, id: &str) -> Provider {
    aliases::resolve(system, id).unwrap_or_else(|| Provider::from(id))
}

/// The region that an id itself names.
pub(crate) fn region(id: &str) -> Option<String> {
    ModelId::parse(id).region().map(str::to_owned)
}
