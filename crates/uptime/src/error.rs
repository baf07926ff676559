use crate::format::LAYOUT;

/// Why another replica's counts were not taken. Nothing of them was.
///
/// ```
/// use switchback_units::Timestamp;
/// use switchback_uptime::{Settings, Uptime};
///
/// let error = Uptime::new(Settings::default()).import(b"SBUP\x07", Timestamp::from_millis(0)).unwrap_err();
/// assert_eq!(error.to_string(), "at byte 4: version 7, expected 1");
/// assert!(error.is_foreign());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at byte {offset}: {kind}")]
pub struct ImportError {
    kind: ErrorKind,
    offset: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ErrorKind {
    #[error("no counts of a replica, expected `SBUP`")]
    Magic,
    #[error("version {0}, expected 1")]
    Version(u8),
    #[error("layout {0:#x}, expected {LAYOUT:#x}")]
    Layout(u32),
    #[error("cut short")]
    Cut,
    #[error("a number that is too long")]
    Number,
    #[error("a value out of its range")]
    Range,
    #[error("out of order, or twice")]
    Order,
}

impl ImportError {
    pub(crate) const fn new(kind: ErrorKind, offset: usize) -> Self {
        Self { kind, offset }
    }

    /// Where in the bytes.
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// Whether it was written by another version or for another layout, and is not broken.
    pub const fn is_foreign(&self) -> bool {
        matches!(self.kind, ErrorKind::Version(_) | ErrorKind::Layout(_))
    }
}
