use std::borrow::Cow;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span, Tag};

use super::limits::Budget;
use super::position::saturate;
use super::{Limits, Member, Node, Position, Value};
use crate::{Error, ErrorKind};

/// Reads one YAML document. An alias is a copy of what it stands for, which counts against the limits like the original;
/// `<<` merges. Positions in a copy are the alias's own.
pub(super) fn read(text: &str, limits: &Limits, file: u16) -> Result<Node, Error> {
    let mut reader =
        Reader { events: Parser::new_from_str(text), budget: Budget::new(limits), anchors: Vec::new(), file };
    let node = reader.document()?;
    Ok(node.unwrap_or_else(|| Node::new(Position::new(file, 1, 1), Value::Null)))
}

struct Reader<'a> {
    events: Parser<'a, saphyr_parser::StrInput<'a>>,
    budget: Budget,
    /// By the parser's number; `None` while the anchored value is still being read.
    anchors: Vec<Option<Anchored>>,
    file: u16,
}

/// What an alias stands for.
#[derive(Clone)]
struct Anchored {
    node: Node,
    nodes: u32,
    depth: u32,
}

impl<'a> Reader<'a> {
    fn document(&mut self) -> Result<Option<Node>, Error> {
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => return Ok(root),
                Event::DocumentStart(_) if root.is_some() => {
                    let at = self.position(span.start);
                    return Err(Error::new(ErrorKind::Syntax, at, "found a second document, expected one"));
                }
                Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing => {}
                Event::Alias(_)
                | Event::Scalar(..)
                | Event::SequenceStart(..)
                | Event::SequenceEnd
                | Event::MappingStart(..)
                | Event::MappingEnd => root = Some(self.value(event, span)?),
            }
        }
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), Error> {
        match self.events.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => Err(self.scan_error(&error)),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn value(&mut self, event: Event<'a>, span: Span) -> Result<Node, Error> {
        let at = self.position(span.start);
        let (value, anchor) = match event {
            Event::Alias(anchor) => return self.alias(anchor, at),
            Event::Scalar(text, style, anchor, tag) => (scalar(text, style, tag.as_deref()), anchor),
            Event::SequenceStart(anchor, _) => (self.sequence(at)?, anchor),
            Event::MappingStart(anchor, _) => (self.mapping(at)?, anchor),
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd
            | Event::SequenceEnd
            | Event::MappingEnd => {
                return Err(Error::new(ErrorKind::Syntax, at, "expected a value"));
            }
        };
        self.budget.spend(1, at)?;
        let node = Node::new(at, value);
        if anchor > 0 {
            self.keep(anchor, &node);
        }
        Ok(node)
    }

    fn sequence(&mut self, at: Position) -> Result<Value, Error> {
        self.budget.enter(at)?;
        let mut items = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::SequenceEnd | Event::StreamEnd) {
                break;
            }
            items.push(self.value(event, span)?);
        }
        self.budget.leave();
        Ok(Value::Sequence(items))
    }

    fn mapping(&mut self, at: Position) -> Result<Value, Error> {
        self.budget.enter(at)?;
        let mut members: Vec<Member> = Vec::new();
        let mut merged: Vec<Member> = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::MappingEnd | Event::StreamEnd) {
                break;
            }
            let key = self.value(event, span)?;
            let (event, span) = self.next()?;
            let node = self.value(event, span)?;
            match key_text(&key)? {
                key_text if key_text == "<<" => merge_into(&mut merged, node),
                key_text => members.push(Member { key: key_text, at: key.at, node }),
            }
        }
        self.budget.leave();
        merged.retain(|member| members.iter().all(|own| own.key != member.key));
        members.append(&mut merged);
        Ok(Value::Mapping(members))
    }

    fn alias(&mut self, anchor: usize, at: Position) -> Result<Node, Error> {
        let Some(anchored) = self.anchors.get(anchor).cloned().flatten() else {
            return Err(Error::new(ErrorKind::Syntax, at, "found an alias within what it stands for"));
        };
        self.budget.spend(anchored.nodes, at)?;
        self.budget.check_depth(anchored.depth, at)?;
        let mut node = anchored.node;
        replace(&mut node, at);
        Ok(node)
    }

    fn keep(&mut self, anchor: usize, node: &Node) {
        if self.anchors.len() <= anchor {
            self.anchors.resize(anchor + 1, None);
        }
        let (nodes, depth) = size(node);
        if let Some(slot) = self.anchors.get_mut(anchor) {
            *slot = Some(Anchored { node: node.clone(), nodes, depth });
        }
    }

    fn position(&self, marker: Marker) -> Position {
        Position::new(self.file, saturate(marker.line()).max(1), saturate(marker.col() + 1))
    }

    fn scan_error(&self, error: &ScanError) -> Error {
        Error::new(ErrorKind::Syntax, self.position(*error.marker()), format!("not YAML: {}", error.info()))
    }
}

/// Copies what `<<` names: the members of a table, or of each table of a list, the first one winning.
fn merge_into(merged: &mut Vec<Member>, node: Node) {
    match node.value {
        Value::Mapping(members) => {
            for member in members {
                if merged.iter().all(|known| known.key != member.key) {
                    merged.push(member);
                }
            }
        }
        Value::Sequence(items) => items.into_iter().for_each(|item| merge_into(merged, item)),
        // Anything else names nothing to merge; it stays as a key that nobody reads, and is reported as such.
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {
            merged.push(Member { key: "<<".to_owned(), at: node.at, node });
        }
    }
}

fn key_text(key: &Node) -> Result<String, Error> {
    match &key.value {
        Value::Text(text) | Value::Number(text) => Ok(text.clone()),
        Value::Bool(truth) => Ok(truth.to_string()),
        Value::Null => Ok("null".to_owned()),
        Value::Sequence(_) | Value::Mapping(_) => {
            Err(Error::new(ErrorKind::Syntax, key.at, format!("found {} as a key, expected a string", key.kind())))
        }
    }
}

/// The core schema of YAML 1.2, and YAML 1.1's underscores in numbers, which Python's reader takes.
fn scalar(text: Cow<'_, str>, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    let is_text = style != ScalarStyle::Plain || tag.is_some_and(|tag| tag.suffix == "str");
    if is_text {
        return Value::Text(text.into_owned());
    }
    match text.as_ref() {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => match number(&text) {
            Some(number) => Value::Number(number),
            None => Value::Text(text.into_owned()),
        },
    }
}

fn number(text: &str) -> Option<String> {
    let begins = text.trim_start_matches(['-', '+']).bytes().next()?;
    let plain = text.replace('_', "");
    let is_number = begins.is_ascii_digit() || begins == b'.';
    (is_number && plain.parse::<f64>().is_ok_and(f64::is_finite)).then_some(plain)
}

/// Values and levels of a tree.
fn size(node: &Node) -> (u32, u32) {
    let (mut nodes, mut depth) = (1_u32, 0_u32);
    node.children(|_, child| {
        let (below, levels) = size(child);
        nodes = nodes.saturating_add(below);
        depth = depth.max(levels);
    });
    (nodes, if node.is_leaf() { depth } else { depth + 1 })
}

/// Gives a copy the alias's position.
fn replace(node: &mut Node, at: Position) {
    node.at = at;
    match &mut node.value {
        Value::Sequence(items) => items.iter_mut().for_each(|item| replace(item, at)),
        Value::Mapping(members) => members.iter_mut().for_each(|member| {
            member.at = at;
            replace(&mut member.node, at);
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Node, Error> {
        super::read(text, &Limits::default(), 0)
    }

    fn member<'n>(node: &'n Node, key: &str) -> &'n Member {
        let Value::Mapping(members) = &node.value else { panic!("{node:?}") };
        members.iter().find(|member| member.key == key).unwrap()
    }

    #[test]
    fn keys_and_values_know_where_they_stand() {
        let node = read("a:\n  - x\n  - {b: 'y'}\n").unwrap();
        let Value::Sequence(items) = &member(&node, "a").node.value else { panic!() };
        let b = member(&items[1], "b");
        assert_eq!((b.at.line, b.at.column), (3, 6));
        assert_eq!((b.node.at.line, b.node.at.column), (3, 9));
    }

    #[test]
    fn plain_scalars_are_read_by_the_core_schema() {
        let node = read("a: True\nb: 20_000\nc: '7'\nd:\ne: 30d\nf: 2023-05-15\ng: -0.5\nh: yes\ni: .inf\n").unwrap();
        let value = |key| member(&node, key).node.value.clone();
        assert_eq!(value("a"), Value::Bool(true));
        assert_eq!(value("b"), Value::Number("20000".into()));
        assert_eq!(value("c"), Value::Text("7".into()));
        assert_eq!(value("d"), Value::Null);
        assert_eq!(value("e"), Value::Text("30d".into()));
        assert_eq!(value("f"), Value::Text("2023-05-15".into()));
        assert_eq!(value("g"), Value::Number("-0.5".into()));
        assert_eq!(value("h"), Value::Text("yes".into()));
        assert_eq!(value("i"), Value::Text(".inf".into()));
    }

    #[test]
    fn aliases_copy_and_merge_keys_yield_to_their_tables_own() {
        let node = read("base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3\n").unwrap();
        let used = &member(&node, "use").node;
        assert_eq!(member(used, "x").node.value, Value::Number("1".into()));
        assert_eq!(member(used, "y").node.value, Value::Number("3".into()));
        assert_eq!(member(used, "x").at.line, 3);
    }

    #[test]
    fn a_bomb_of_aliases_passes_the_limit_and_not_the_memory() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let below = format!("*a{}", level - 1);
            text = format!("{text}a{level}: &a{level} [{}]\n", [below.as_str(); 10].join(", "));
        }
        let error = read(&text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit);
        assert!(error.to_string().contains("more than 200000 values"), "{error}");
    }

    #[test]
    fn depth_is_limited_also_through_aliases() {
        let deep = format!("{}{}", "[".repeat(70), "]".repeat(70));
        assert_eq!(read(&deep).unwrap_err().kind(), ErrorKind::Limit);
        let half = format!("a: &a {}x{}\n", "[".repeat(40), "]".repeat(40));
        let twice = format!("{half}b: {}*a{}\n", "[".repeat(40), "]".repeat(40));
        assert!(read(&half).is_ok());
        assert_eq!(read(&twice).unwrap_err().kind(), ErrorKind::Limit);
    }

    #[test]
    fn what_is_no_configuration_is_refused_with_its_place() {
        for (text, expected) in [
            ("a: [1", "expected"),
            ("a: 1\n---\nb: 2\n", "second document"),
            ("? [x]\n: y\n", "a list as a key"),
            ("a: &a [*a]", "within what it stands for"),
            ("a: *b", "line 1"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
