//! The laws of model strings.

use switchback_slug::{Dialect, ModelId, family, parse, print_in};

/// Every string is a model string of every dialect and prints back; printing into another dialect never panics, and
/// what it makes is a string of that dialect.
pub fn print_back(text: &str) {
    assert_eq!(ModelId::parse(text).to_string(), text);
    let _ = family(text);
    for dialect in Dialect::ALL {
        let slug = parse(dialect, text);
        let printed = slug.to_string();
        assert_eq!(printed, text, "{dialect}");
        assert_eq!(parse(dialect, &printed), slug, "{dialect}");
        for target in Dialect::ALL {
            if let Ok(other) = print_in(&slug, target, None) {
                assert_eq!(parse(target, &other.text).to_string(), other.text, "{dialect} → {target}");
            }
        }
    }
}
