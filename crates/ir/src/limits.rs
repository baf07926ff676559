/// What a decoder accepts before it answers with an error that names the limit and the path.
///
/// Memory is bounded by a small multiple of the input: tables hold a fixed-size entry per message, part, tool and
/// field, and each of those takes at least a few bytes of input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Most bytes of input; default 64 MiB, never 4 GiB or more (a [`crate::Place`] is a `u32`).
    pub bytes: u32,
    /// Most levels of nested arrays and objects; default and ceiling 128.
    pub depth: u32,
    /// Most messages, parts, tools and fields together; default 1,048,576.
    pub nodes: u32,
    /// Most bytes of one event of a stream, before it is unescaped; default 16 MiB.
    pub event_bytes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 64 << 20, depth: 128, nodes: 1 << 20, event_bytes: 16 << 20 }
    }
}

impl Limits {
    /// Sets the most bytes of input.
    #[must_use]
    pub fn with_bytes(self, bytes: u32) -> Self {
        Self { bytes: bytes.min(u32::MAX - 1), ..self }
    }

    /// Sets the most levels of nesting; more than 128 is read as 128.
    #[must_use]
    pub fn with_depth(self, depth: u32) -> Self {
        Self { depth: depth.min(128), ..self }
    }

    /// Sets the most messages, parts, tools and fields together.
    #[must_use]
    pub fn with_nodes(self, nodes: u32) -> Self {
        Self { nodes, ..self }
    }

    /// Sets the most bytes of one event of a stream.
    #[must_use]
    pub fn with_event_bytes(self, event_bytes: u32) -> Self {
        Self { event_bytes, ..self }
    }
}
