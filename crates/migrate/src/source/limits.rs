use super::position::Position;
use crate::{Error, ErrorKind};

/// What a configuration may be at most. Configurations are written by people, and may still be hostile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Most bytes of one file; default 4 MiB.
    pub bytes: usize,
    /// Most levels of nesting; default and ceiling 64.
    pub depth: u32,
    /// Most values, with what aliases stand for counted each time; default 200,000.
    pub nodes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 4 << 20, depth: Self::DEEPEST, nodes: 200_000 }
    }
}

impl Limits {
    const DEEPEST: u32 = 64;

    /// Sets the most bytes of one file.
    #[must_use]
    pub const fn with_bytes(self, bytes: usize) -> Self {
        Self { bytes, ..self }
    }

    /// Sets the most levels of nesting; more than 64 is read as 64.
    #[must_use]
    pub fn with_depth(self, depth: u32) -> Self {
        Self { depth: depth.min(Self::DEEPEST), ..self }
    }

    /// Sets the most values.
    #[must_use]
    pub const fn with_nodes(self, nodes: u32) -> Self {
        Self { nodes, ..self }
    }

    pub(super) fn check_bytes(&self, text: &str) -> Result<(), Error> {
        if text.len() <= self.bytes {
            return Ok(());
        }
        let detail = format!("found {} bytes, expected at most {}", text.len(), self.bytes);
        Err(Error::new(ErrorKind::Limit, Position::START, detail))
    }
}

/// What is left of the limits while one file is read.
pub(super) struct Budget {
    nodes: u32,
    depth: u32,
    limits: Limits,
}

impl Budget {
    pub(super) const fn new(limits: &Limits) -> Self {
        Self { nodes: limits.nodes, depth: 0, limits: *limits }
    }

    /// Counts values.
    pub(super) fn spend(&mut self, nodes: u32, at: Position) -> Result<(), Error> {
        let Some(left) = self.nodes.checked_sub(nodes) else {
            let detail = format!("found more than {} values, aliases counted each time", self.limits.nodes);
            return Err(Error::new(ErrorKind::Limit, at, detail));
        };
        self.nodes = left;
        Ok(())
    }

    /// Goes a level deeper, by what stands there in one step for an alias.
    pub(super) fn check_depth(&self, further: u32, at: Position) -> Result<(), Error> {
        if self.depth.saturating_add(further) <= self.limits.depth {
            return Ok(());
        }
        let detail = format!("found more than {} levels of nesting", self.limits.depth);
        Err(Error::new(ErrorKind::Limit, at, detail))
    }

    pub(super) fn enter(&mut self, at: Position) -> Result<(), Error> {
        self.check_depth(1, at)?;
        self.depth += 1;
        Ok(())
    }

    pub(super) const fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }
}
