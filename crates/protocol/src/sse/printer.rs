use memchr::memchr2;

/// Writes Server-Sent Events.
///
/// ```
/// use switchback_protocol::sse::Printer;
/// let mut out = Vec::new();
/// let mut printer = Printer::new(&mut out);
/// printer.frame("ping", br#"{"type":"ping"}"#);
/// printer.begin("");
/// printer.payload().extend_from_slice(b"[DONE]");
/// printer.end();
/// assert_eq!(out, b"event: ping\ndata: {\"type\":\"ping\"}\n\ndata: [DONE]\n\n");
/// ```
#[derive(Debug)]
pub struct Printer<'o> {
    out: &'o mut Vec<u8>,
    /// Where the payload of the event that has begun begins.
    payload: usize,
}

impl<'o> Printer<'o> {
    /// A printer at the end of `out`.
    pub fn new(out: &'o mut Vec<u8>) -> Self {
        let payload = out.len();
        Self { out, payload }
    }

    /// Begins an event whose payload the caller writes into [`payload`](Self::payload): JSON, which
    /// [`end`](Self::end) makes one line.
    ///
    /// An empty name is not written; a name ends at its first line end, since what follows would be a field.
    pub fn begin(&mut self, name: &str) {
        let name = name.split(['\r', '\n']).next().unwrap_or_default();
        if !name.is_empty() {
            self.out.extend_from_slice(b"event: ");
            self.out.extend_from_slice(name.as_bytes());
            self.out.push(b'\n');
        }
        self.out.extend_from_slice(b"data: ");
        self.payload = self.out.len();
    }

    /// Where the payload of an event that has begun goes.
    pub fn payload(&mut self) -> &mut Vec<u8> {
        self.out
    }

    /// Ends the event that has begun. Line ends in its payload become blanks: in JSON they are white space between
    /// values, of a source whose event had several lines.
    ///
    /// ```
    /// use switchback_protocol::sse::Printer;
    /// let mut out = Vec::new();
    /// let mut printer = Printer::new(&mut out);
    /// printer.begin("");
    /// printer.payload().extend_from_slice(b"[1,\n2]");
    /// printer.end();
    /// assert_eq!(out, b"data: [1, 2]\n\n");
    /// ```
    pub fn end(&mut self) {
        let mut payload = self.out.get_mut(self.payload..).unwrap_or_default();
        while let Some(at) = memchr2(b'\r', b'\n', payload) {
            let (line, rest) = payload.split_at_mut_checked(at + 1).unwrap_or_default();
            line.last_mut().into_iter().for_each(|end| *end = b' ');
            payload = rest;
        }
        self.out.extend_from_slice(b"\n\n");
    }

    /// Writes a whole event: one `data` line for each line of the payload, whichever way its lines end.
    pub fn frame(&mut self, name: &str, data: &[u8]) {
        self.begin(name);
        let mut rest = data;
        while let Some(end) = memchr2(b'\r', b'\n', rest) {
            let (line, tail) = rest.split_at_checked(end).unwrap_or((rest, &[]));
            self.out.extend_from_slice(line);
            self.out.extend_from_slice(b"\ndata: ");
            rest = tail.strip_prefix(b"\r\n").or_else(|| tail.get(1..)).unwrap_or_default();
        }
        self.out.extend_from_slice(rest);
        self.out.extend_from_slice(b"\n\n");
    }
}
