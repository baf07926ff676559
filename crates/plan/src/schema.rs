//! Versions of what is written down: every one from the first to this release's is read.

/// The version that was found, when this release reads it. A release that changes a form turns the older ones into it
/// where it reads them, and `tests/golden/<form>-<version>.json` of every older version keeps loading.
pub(crate) fn known(form: &str, current: u32, found: u32) -> Result<u32, String> {
    if (1..=current).contains(&found) {
        return Ok(found);
    }
    let expected = if current == 1 { "1".to_owned() } else { format!("1 to {current}") };
    Err(format!("schema version {found} of a {form} is unknown, expected {expected}"))
}

#[cfg(test)]
mod tests {
    use super::known;

    #[test]
    fn every_version_up_to_this_one_is_known() {
        assert_eq!(known("policy", 3, 1), Ok(1));
        assert_eq!(known("policy", 3, 3), Ok(3));
        for (current, found, expected) in [(3, 0, "1 to 3"), (3, 4, "1 to 3"), (1, 2, "1")] {
            let error = known("policy", current, found).unwrap_err();
            assert_eq!(error, format!("schema version {found} of a policy is unknown, expected {expected}"));
        }
    }
}
