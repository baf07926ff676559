//! What a word may be a misspelling of.

use switchback_catalog::{Catalog, Endpoint};
use switchback_slug::suggest;

/// How many names are suggested.
const SUGGESTED: usize = 3;

/// Names of the catalog's models that are near to `text`, the nearest first: with providers where `text` has a slash,
/// else models alone.
pub(crate) fn suggestions(text: &str, catalog: &Catalog) -> Vec<String> {
    let qualified = text.contains('/');
    let name = |endpoint: &Endpoint| {
        if qualified {
            format!("{}/{}", endpoint.provider(), endpoint.upstream_id())
        } else {
            endpoint.family().to_owned()
        }
    };
    nearest(text, catalog.endpoints().iter().map(name).collect())
}

/// Names of the catalog's providers that are near to `text`, the nearest first.
pub(crate) fn near_providers(text: &str, catalog: &Catalog) -> Vec<String> {
    nearest(text, catalog.endpoints().iter().map(|endpoint| endpoint.provider().to_owned()).collect())
}

/// Those of `names` that are near to `text`, the nearest first.
pub(crate) fn nearest(text: &str, mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names.dedup();
    let near = suggest(text, names.iter().map(String::as_str), SUGGESTED);
    near.into_iter().map(|suggestion| suggestion.candidate.to_owned()).collect()
}
