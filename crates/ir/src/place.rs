use std::fmt;

/// Where a value begins in the bytes that it was decoded from, or nowhere for a value made in code.
///
/// Four bytes on every IR node; the JSON Pointer is made on demand by one scan ([`crate::json::pointer`]).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place(u32);

impl Place {
    /// No place: the value was not decoded from bytes.
    pub const NONE: Self = Self(u32::MAX);
    /// The root of the document.
    pub const ROOT: Self = Self(0);

    /// The place at a byte offset. Offsets of 4 GiB and more have none; decoders refuse such inputs.
    #[inline]
    pub fn at(offset: usize) -> Self {
        u32::try_from(offset).map_or(Self::NONE, Self)
    }

    /// The byte offset, if there is one.
    #[inline]
    pub fn offset(self) -> Option<usize> {
        if self == Self::NONE { None } else { usize::try_from(self.0).ok() }
    }

    /// The place `bytes` further on.
    #[must_use]
    #[inline]
    pub fn forward(self, bytes: usize) -> Self {
        self.offset().map_or(Self::NONE, |offset| Self::at(offset.saturating_add(bytes)))
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.offset() {
            Some(offset) => write!(f, "Place({offset})"),
            None => f.write_str("Place(none)"),
        }
    }
}

/// A value and where it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Where it begins in the source.
    pub place: Place,
}

impl<T> At<T> {
    /// A value made in code.
    pub const fn nowhere(value: T) -> Self {
        Self { value, place: Place::NONE }
    }
}
