use switchback_capability::OwnerId;
use xxhash_rust::xxh3::xxh3_64;

/// Who holds state that a provider keeps: the account behind a credential scope at a provider; without an inventory, the
/// provider. What a resolver of [`Ownership`](switchback_capability::Ownership) answers for a plan.
///
/// ```
/// use switchback_plan::owner_id;
///
/// assert_eq!(owner_id("openai", Some("team")), owner_id("openai", Some("team")));
/// assert_ne!(owner_id("openai", Some("team")), owner_id("openai", None));
/// ```
pub fn owner_id(provider: &str, scope: Option<&str>) -> OwnerId {
    let text = scope.map_or_else(|| provider.to_owned(), |scope| format!("{provider}\0{scope}"));
    OwnerId(xxh3_64(text.as_bytes()))
}
