//! Providers as the gateways spell them, and models as their slugs name them.

use switchback_slug::{Beside, Dialect, aliases, parse, print_in};

use super::UnreadableRouting;
use crate::Selector;

/// A provider of an order or a list.
pub(crate) struct Named {
    pub(crate) selector: Selector,
    /// What the selector does not say, if anything.
    pub(crate) lacks: Option<String>,
}

/// Reads a provider in a dialect's spelling: a name, or as `OpenRouter` writes it, `name/region` and `name/variant`.
pub(crate) fn named(dialect: Dialect, path: &str, text: &str) -> Result<Named, UnreadableRouting> {
    let (name, part) = text.split_once('/').map_or((text, None), |(name, part)| (name, Some(part)));
    let known = aliases::resolve(dialect, name).or_else(|| aliases::resolve(Dialect::Native, name));
    let mut lacks = known.is_none().then(|| format!("no provider is known as `{}`", crate::quote::Quoted(name)));
    let provider = known.map_or_else(|| name.to_owned(), |known| known.as_str().to_owned());
    let region = part.filter(|part| is_region(part));
    if let Some(part) = part.filter(|_| region.is_none()) {
        lacks = Some(format!("it means the whole provider: nothing tells its `{}` apart", crate::quote::Quoted(part)));
    }
    let text = region.map_or_else(|| provider.clone(), |region| format!("{provider}@{region}"));
    let unreadable = || UnreadableRouting::new(path, "a provider", format!("`{}`", crate::quote::Quoted(&text)));
    if provider.contains(['*', '#']) {
        return Err(unreadable());
    }
    Ok(Named { selector: text.parse().map_err(|_| unreadable())?, lacks })
}

/// Whether what stands behind a provider's name is a place: a part of the world, or a cloud's region, all of which are
/// named by the compass.
fn is_region(part: &str) -> bool {
    let compass = ["east", "west", "north", "south", "central"];
    matches!(part, "us" | "eu" | "asia" | "global" | "apac" | "au" | "jp")
        || part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && compass.iter().any(|point| part.contains(point))
}

/// A model string of a dialect in our own, and what that does not say. What has no spelling here stays as it is.
pub(crate) fn model(dialect: Dialect, text: &str) -> (String, Vec<Beside>) {
    match print_in(&parse(dialect, text), Dialect::Native, None) {
        Ok(printed) => (printed.text, printed.beside),
        Err(_) => (text.to_owned(), Vec::new()),
    }
}
