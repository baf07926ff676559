use serde_json::{Map, Value, json};

/// Bytes from a counter, by the splitmix64 step: a fixed sequence for every case number.
pub fn entropy(case: u64) -> Vec<u8> {
    let mut state = case.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut word = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    };
    (0..64).flat_map(|_| word().to_le_bytes()).collect()
}

/// Choices drawn from a slice of bytes; once it is used up, every choice is the first.
#[derive(Debug)]
pub struct Source<'s> {
    bytes: &'s [u8],
}

impl<'s> Source<'s> {
    /// A source over `bytes`.
    pub fn new(bytes: &'s [u8]) -> Self {
        Self { bytes }
    }

    fn byte(&mut self) -> usize {
        let Some((first, rest)) = self.bytes.split_first() else { return 0 };
        self.bytes = rest;
        usize::from(*first)
    }

    /// A number below `bound` (at most 256).
    pub fn below(&mut self, bound: usize) -> usize {
        self.byte() % bound.max(1)
    }

    /// True about one time in `n`; false once the source is used up.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 1 % n
    }

    /// One of `values`.
    pub fn of<T: Clone>(&mut self, values: &[T]) -> T {
        values.get(self.below(values.len())).unwrap().clone()
    }

    /// Between 0 and `most` values made by `make`.
    pub fn list(&mut self, most: usize, mut make: impl FnMut(&mut Self) -> Value) -> Vec<Value> {
        (0..self.below(most + 1)).map(|_| make(self)).collect()
    }

    /// A short text: empty, plain, with escapes, beyond ASCII, or long enough to look like a document.
    pub fn text(&mut self) -> Value {
        let words = ["hello", "", "say \"hi\"\n\tand \\ go", "żółw 🐢 \u{7f}", "a,b;c/d?e=f", "{\"not\": json", " "];
        let word = self.of(&words);
        let number = self.below(100);
        Value::from(if word.is_empty() || self.one_in(2) { word.to_owned() } else { format!("{word} {number}") })
    }

    /// A text that is not empty.
    pub fn name(&mut self) -> Value {
        let word = self.of(&["alpha", "beta_2", "gamma-3", "Delta", "get_weather"]);
        Value::from(word)
    }

    /// The name of a tool, now and then one that some protocol does not take.
    pub fn tool_name(&mut self) -> Value {
        if !self.one_in(12) {
            return self.name();
        }
        let odd = self.of(&["files.read", "get weather", "żółw", "mcp__server__", "a\"b"]);
        Value::from(if self.one_in(2) { odd.to_owned() } else { format!("{odd}{}", "x".repeat(80)) })
    }

    /// One of `usual` as the id of a call, now and then with what some protocol does not take after it.
    pub fn call_id(&mut self, usual: &[&str]) -> Value {
        let id = self.of(usual);
        Value::from(if self.one_in(16) {
            format!("{id}{}", self.of(&[":0", "|fc_1", &"y".repeat(64)]))
        } else {
            id.to_owned()
        })
    }

    /// A number as JSON text can write it.
    pub fn number(&mut self) -> Value {
        let text = self.of(&["1", "0", "0.7", "1.50", "2", "1e0", "17", "0.10000000000000000001", "4096", "-1"]);
        serde_json::from_str(text).unwrap()
    }

    /// A count of tokens.
    pub fn count(&mut self) -> Value {
        self.of(&[json!(1), json!(15), json!(16), json!(1024), json!(100_000)])
    }

    /// A boolean.
    pub fn bool(&mut self) -> Value {
        Value::from(self.one_in(2))
    }

    /// Any JSON value, three levels deep at most.
    pub fn any(&mut self, depth: usize) -> Value {
        match self.below(if depth == 0 { 4 } else { 6 }) {
            0 => Value::Null,
            1 => self.bool(),
            2 => self.number(),
            3 => self.text(),
            4 => Value::from(self.list(3, |source| source.any(depth - 1))),
            _ => self.any_object(depth - 1),
        }
    }

    /// Any JSON object.
    pub fn any_object(&mut self, depth: usize) -> Value {
        let mut members = Map::new();
        for name in ["x", "a/b~c", "type", "name", "deep"].iter().take(self.below(5)) {
            members.insert((*name).to_owned(), self.any(depth));
        }
        Value::Object(members)
    }

    /// A JSON Schema of an object.
    pub fn schema(&mut self) -> Value {
        self.of(&[
            json!({"type": "object", "properties": {"city": {"type": "string", "enum": ["a\"b", "c\\d"]}}, "required": ["city"]}),
            json!({"type": "object", "properties": {"n": {"type": "number", "minimum": 1.50}}, "additionalProperties": false}),
            json!({"type": "object", "$defs": {"x": {"type": ["null", "string"]}}}),
        ])
    }

    /// An object with these members in some order, each left out when its value is `None`, and now and then a member
    /// that nobody knows.
    pub fn object(&mut self, members: Vec<(&str, Option<Value>)>) -> Value {
        let mut left: Vec<(&str, Value)> =
            members.into_iter().filter_map(|(name, value)| value.map(|value| (name, value))).collect();
        if self.one_in(24) {
            let value = self.any(2);
            left.push((self.of(&["x_unknown", "future_field"]), value));
        }
        let mut object = Map::new();
        while !left.is_empty() {
            let at = if self.one_in(4) { self.below(left.len()) } else { 0 };
            let (name, value) = left.remove(at);
            object.insert(name.to_owned(), value);
        }
        Value::Object(object)
    }

    /// A member that is there about one time in `n`, and then now and then `null`.
    pub fn maybe(&mut self, n: usize, make: impl FnOnce(&mut Self) -> Value) -> Option<Value> {
        if !self.one_in(n) {
            return None;
        }
        Some(if self.one_in(16) { Value::Null } else { make(self) })
    }
}
