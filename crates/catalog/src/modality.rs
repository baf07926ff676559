use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::UnknownWord;
use crate::words::words;

words! {
    /// A kind of content that a model reads or writes.
    pub enum Modality as "modality" {
        /// Text.
        Text = "text",
        /// Still images.
        Image = "image",
        /// PDF documents.
        Pdf = "pdf",
        /// Files of several kinds, where the source does not say which.
        File = "file",
        /// Sound.
        Audio = "audio",
        /// Moving images.
        Video = "video",
        /// Vectors.
        Embedding = "embedding",
    }
}

/// A set of modalities; prints as its words with commas between them.
///
/// ```
/// use switchback_catalog::{Modalities, Modality};
///
/// let set: Modalities = [Modality::Pdf, Modality::Text].into_iter().collect();
/// assert!(set.contains(Modality::Pdf));
/// assert_eq!(set.to_string(), "text,pdf");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Modalities(u8);

impl Modalities {
    /// Whether `modality` is in the set.
    pub const fn contains(self, modality: Modality) -> bool {
        self.0 & (1 << modality as u8) != 0
    }

    /// Adds `modality`.
    pub const fn insert(&mut self, modality: Modality) {
        self.0 |= 1 << modality as u8;
    }

    /// Whether the set is empty.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The members in declaration order.
    pub fn iter(self) -> impl Iterator<Item = Modality> {
        Modality::ALL.iter().copied().filter(move |modality| self.contains(*modality))
    }
}

impl FromIterator<Modality> for Modalities {
    fn from_iter<I: IntoIterator<Item = Modality>>(modalities: I) -> Self {
        let mut set = Self::default();
        for modality in modalities {
            set.insert(modality);
        }
        set
    }
}

impl fmt::Display for Modalities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, modality) in self.iter().enumerate() {
            f.write_str(if at == 0 { "" } else { "," })?;
            f.write_str(modality.name())?;
        }
        Ok(())
    }
}

impl FromStr for Modalities {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        text.split(',').filter(|word| !word.is_empty()).map(str::parse).collect()
    }
}

impl Serialize for Modalities {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back() {
        for word in Modality::ALL {
            assert_eq!(word.name().parse(), Ok(*word));
        }
    }

    #[test]
    fn a_set_prints_and_reads_back() {
        let all: Modalities = Modality::ALL.iter().copied().collect();
        assert_eq!(all.to_string().parse(), Ok(all));
        assert_eq!(Modalities::default().to_string().parse(), Ok(Modalities::default()));
    }
}
