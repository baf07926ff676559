use switchback_ir::json::{Cursor, Fault, Kind};

use super::limits::Budget;
use super::{Limits, Lines, Member, Node, Position, Value};
use crate::{Error, ErrorKind};

/// Reads JSON with the cursor that reads request bodies, so that what is JSON is decided in one place.
pub(crate) fn read(text: &str, limits: &Limits, file: u16) -> Result<Node, Error> {
    let mut reader = Reader { lines: Lines::new(text, file), budget: Budget::new(limits) };
    let mut cursor = Cursor::of(text);
    let node = reader.value(&mut cursor)?;
    cursor.finish().map_err(|fault| reader.fault(&fault))?;
    Ok(node)
}

struct Reader<'a> {
    lines: Lines<'a>,
    budget: Budget,
}

impl Reader<'_> {
    fn value(&mut self, cursor: &mut Cursor<'_>) -> Result<Node, Error> {
        let at = self.place(cursor);
        self.budget.spend(1, at)?;
        let kind = cursor.peek().map_err(|fault| self.fault(&fault))?;
        let value = match kind {
            Kind::Object => self.object(cursor, at)?,
            Kind::Array => self.array(cursor, at)?,
            Kind::String => {
                let text = cursor.string().map_err(|fault| self.fault(&fault))?;
                Value::Text(Self::unescaped(&text, at)?)
            }
            Kind::Bool => Value::Bool(cursor.bool().map_err(|fault| self.fault(&fault))?),
            Kind::Number => Value::Number(cursor.raw().map_err(|fault| self.fault(&fault))?.as_str().to_owned()),
            Kind::Null => {
                cursor.raw().map_err(|fault| self.fault(&fault))?;
                Value::Null
            }
        };
        Ok(Node::new(at, value))
    }

    fn object(&mut self, cursor: &mut Cursor<'_>, at: Position) -> Result<Value, Error> {
        self.budget.enter(at)?;
        let mut members = Vec::new();
        let mut progress = cursor.open_object().map_err(|fault| self.fault(&fault))?;
        loop {
            let key_at = self.key_place(cursor);
            let Some(key) = cursor.next_key(&mut progress).map_err(|fault| self.fault(&fault))? else { break };
            let key = Self::unescaped(&key, key_at)?;
            members.push(Member { key, at: key_at, node: self.value(cursor)? });
        }
        self.budget.leave();
        Ok(Value::Mapping(members))
    }

    fn array(&mut self, cursor: &mut Cursor<'_>, at: Position) -> Result<Value, Error> {
        self.budget.enter(at)?;
        let mut items = Vec::new();
        let mut progress = cursor.open_array().map_err(|fault| self.fault(&fault))?;
        while cursor.next_element(&mut progress).map_err(|fault| self.fault(&fault))? {
            items.push(self.value(cursor)?);
        }
        self.budget.leave();
        Ok(Value::Sequence(items))
    }

    fn unescaped(text: &switchback_ir::Text<'_>, at: Position) -> Result<String, Error> {
        let lone = || Error::new(ErrorKind::Syntax, at, "found half of a surrogate pair, expected a character");
        text.to_str().map(std::borrow::Cow::into_owned).ok_or_else(lone)
    }

    fn place(&self, cursor: &mut Cursor<'_>) -> Position {
        self.lines.at(cursor.place().offset().unwrap_or(0))
    }

    /// Where the next member's name begins: behind the comma that the cursor has not passed yet.
    fn key_place(&self, cursor: &mut Cursor<'_>) -> Position {
        self.lines.at_or_behind_comma(cursor.place().offset().unwrap_or(0))
    }

    fn fault(&self, fault: &Fault) -> Error {
        Error::new(ErrorKind::Syntax, self.lines.at(fault.offset()), fault.kind().to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stand_where_they_begin_whatever_white_space_is_before_them() {
        let node = read("{ \"a\": 1\n, \"b\": [ 2 ] , \"c\":3,\n\t\"d\": {}}", &Limits::default(), 0).unwrap();
        let Value::Mapping(members) = node.value else { panic!("no mapping") };
        let places: Vec<_> = members.iter().map(|member| (member.at.line, member.at.column)).collect();
        assert_eq!(places, [(1, 3), (2, 3), (2, 16), (3, 2)]);
    }
}
