use std::collections::BTreeMap;

use serde::Deserialize;
use xxhash_rust::xxh3::xxh3_64;

use crate::{Date, Error, ErrorKind};

/// The data file that comes with the crate: opinions, dated, with their sources.
const EMBEDDED: &str = include_str!("../data/preferences.json");

/// Which models rank first by performance and which ones `auto` may choose: opinions, apart from the facts.
///
/// ```
/// use switchback_catalog::Preferences;
///
/// let preferences = Preferences::embedded();
/// assert_eq!(preferences.performance("claude-opus-5"), Some(2));
/// assert_eq!(preferences.performance("some-new-model"), None);
/// assert!(preferences.auto().len() < 12);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preferences {
    date: Date,
    /// Sorted by family key.
    performance: Vec<(String, u8)>,
    auto: Vec<String>,
    /// Of the file.
    fingerprint: u64,
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[expect(dead_code, reason = "for readers of the file")]
    about: Vec<String>,
    date: String,
    #[expect(dead_code, reason = "for readers of the file")]
    sources: Vec<String>,
    performance: BTreeMap<u8, Vec<String>>,
    auto: Vec<String>,
}

impl Preferences {
    /// The opinions that come with the crate.
    #[expect(clippy::expect_used, clippy::missing_panics_doc, reason = "the input is a constant that a test parses")]
    pub fn embedded() -> Self {
        // INVARIANT (embedded data): the file is part of the source; the example above upholds it.
        Self::from_json(EMBEDDED.as_bytes()).expect("the embedded preferences parse")
    }

    /// Reads a file in the form of `data/preferences.json`.
    ///
    /// # Errors
    /// When the bytes are not JSON of that form, or a family has two tiers.
    pub fn from_json(json: &[u8]) -> Result<Self, Error> {
        let file: File = serde_json::from_slice(json).map_err(|error| {
            let kind = if error.is_data() { ErrorKind::Shape } else { ErrorKind::Syntax };
            Error::new(kind, "", error.to_string())
        })?;
        let date = file.date.parse().map_err(|error| Error::new(ErrorKind::Shape, "/date", format!("{error}")))?;
        let tiers = file.performance.into_iter();
        let mut performance: Vec<_> =
            tiers.flat_map(|(tier, families)| families.into_iter().map(move |family| (family, tier))).collect();
        performance.sort();
        if let Some(((family, _), _)) = performance.iter().zip(performance.iter().skip(1)).find(|(a, b)| a.0 == b.0) {
            let detail = format!("`{family}` is listed twice; keep one tier");
            return Err(Error::new(ErrorKind::Shape, "/performance", detail));
        }
        Ok(Self { date, performance, auto: file.auto, fingerprint: xxh3_64(json) })
    }

    /// xxh3-64 of the file.
    pub(crate) const fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// The day of the opinions.
    pub const fn date(&self) -> Date {
        self.date
    }

    /// The tier of a family: 1 ranks first, and a model without a tier last. Logarithmic.
    pub fn performance(&self, family: &str) -> Option<u8> {
        let at = self.performance.binary_search_by(|(known, _)| known.as_str().cmp(family)).ok()?;
        self.performance.get(at).map(|(_, tier)| *tier)
    }

    /// Every family with a tier, in byte order.
    pub fn tiers(&self) -> impl Iterator<Item = (&str, u8)> {
        self.performance.iter().map(|(family, tier)| (family.as_str(), *tier))
    }

    /// The families that `auto` chooses from, never the whole catalog. Only endpoints that are paid by use count.
    pub fn auto(&self) -> &[String] {
        &self.auto
    }
}
