//! What this crate asks of `switchback-slug`: canonical providers and family keys.

use switchback_slug::aliases::{self, System};
use switchback_slug::{ModelId, Provider};

/// The canonical id of a provider that a catalog calls `id`; the catalog's own where no alias is known.
pub(crate) fn provider(system: System, id: &str) -> Provider {
    aliases::resolve(system, id).unwrap_or_else(|| Provider::from(id))
}

/// The family key of a model that some provider calls `id`.
pub(crate) fn family(id: &str) -> String {
    let id = ModelId::parse(id);
    id.name().to_ascii_lowercase().replace('.', "-")
}

/// The region that an id itself names.
pub(crate) fn region(id: &str) -> Option<String> {
    ModelId::parse(id).region().map(str::to_owned)
}
