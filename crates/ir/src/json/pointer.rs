use super::unescape;

/// The JSON Pointer (RFC 6901) of the innermost value that holds byte `offset`.
///
/// Scans from the start; it does not check the JSON, so it also serves for the place of a fault.
///
/// ```
/// let source = br#"{"messages": [{"content": "hi"}]}"#;
/// assert_eq!(switchback_ir::json::pointer(source, 26), "/messages/0/content");
/// assert_eq!(switchback_ir::json::pointer(source, 0), "");
/// ```
pub fn pointer(source: &[u8], offset: usize) -> String {
    pointers(source, &[offset]).pop().unwrap_or_default()
}

/// The pointers of several places in one scan. The offsets may be in any order; the answer keeps theirs.
pub fn pointers(source: &[u8], offsets: &[usize]) -> Vec<String> {
    let mut order: Vec<usize> = (0..offsets.len()).collect();
    order.sort_by_key(|index| offsets.get(*index));
    let mut answers = vec![String::new(); offsets.len()];
    let mut walk = Walk { source, at: 0, path: Vec::new() };
    for index in order {
        if let (Some(offset), Some(answer)) = (offsets.get(index), answers.get_mut(index)) {
            walk.advance(*offset);
            *answer = walk.print();
        }
    }
    answers
}

/// One open container: the name of the current member, or the index of the current element.
enum Step {
    Object { name: Option<String> },
    Array { index: usize },
}

struct Walk<'a> {
    source: &'a [u8],
    at: usize,
    path: Vec<Step>,
}

impl Walk<'_> {
    /// Passes every token that ends at or before `offset`, and enters every container that holds it.
    fn advance(&mut self, offset: usize) {
        while self.at < offset
            && let Some(byte) = self.source.get(self.at)
        {
            match byte {
                b'"' => {
                    let end = self.string_end();
                    if end > offset && !self.is_name() {
                        return;
                    }
                    self.string(end);
                    continue;
                }
                b'{' => self.path.push(Step::Object { name: None }),
                b'[' => self.path.push(Step::Array { index: 0 }),
                b'}' | b']' => {
                    self.path.pop();
                }
                b',' => self.next_member(),
                _ => {}
            }
            self.at += 1;
        }
    }

    fn next_member(&mut self) {
        match self.path.last_mut() {
            Some(Step::Array { index }) => *index += 1,
            Some(Step::Object { name }) => *name = None,
            None => {}
        }
    }

    fn string_end(&self) -> usize {
        let mut at = self.at + 1;
        while let Some(byte) = self.source.get(at) {
            match byte {
                b'"' => return at + 1,
                b'\\' => at += 2,
                _ => at += 1,
            }
        }
        self.source.len()
    }

    fn is_name(&self) -> bool {
        matches!(self.path.last(), Some(Step::Object { name: None }))
    }

    fn string(&mut self, end: usize) {
        let content = self.source.get(self.at + 1..end.saturating_sub(1)).unwrap_or(&[]);
        if let Some(Step::Object { name: name @ None }) = self.path.last_mut() {
            let text = String::from_utf8_lossy(content);
            *name = Some(unescape(&text).map_or_else(|| text.clone().into_owned(), std::borrow::Cow::into_owned));
        }
        self.at = end;
    }

    fn print(&self) -> String {
        let mut out = String::new();
        for step in &self.path {
            match step {
                Step::Array { index } => {
                    out.push('/');
                    out.push_str(&index.to_string());
                }
                Step::Object { name: Some(name) } => {
                    out.push('/');
                    out.push_str(&name.replace('~', "~0").replace('/', "~1"));
                }
                Step::Object { name: None } => {}
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_of_a_document_has_its_pointer() {
        let source = br#" {"a/b": [1, {"c~": "x,]\"}"}, []], "d": {}, "e\u0041": true} "#;
        let cases = [
            (1, ""),
            (9, "/a~1b"),
            (10, "/a~1b/0"),
            (13, "/a~1b/1"),
            (20, "/a~1b/1/c~0"),
            (24, "/a~1b/1/c~0"),
            (31, "/a~1b/2"),
            (41, "/d"),
            (56, "/eA"),
        ];
        for (offset, expected) in cases {
            assert_eq!(pointer(source, offset), expected, "{offset}");
        }
        let offsets: Vec<usize> = cases.iter().rev().map(|case| case.0).collect();
        let expected: Vec<&str> = cases.iter().rev().map(|case| case.1).collect();
        assert_eq!(pointers(source, &offsets), expected);
    }
}
