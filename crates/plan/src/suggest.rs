//! What a model string may be a misspelling of.

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
    let mut names: Vec<String> = catalog.endpoints().iter().map(name).collect();
    names.sort();
    names.dedup();
    let near = suggest(text, names.iter().map(String::as_str), SUGGESTED);
    near.into_iter().map(|suggestion| suggestion.candidate.to_owned()).collect()
}
