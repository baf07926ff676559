use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::limits::Budget;
use super::{Limits, Lines, Member, Node, Position, Value};
use crate::{Error, ErrorKind};

/// Reads TOML, with members in the order of the source.
pub(super) fn read(text: &str, limits: &Limits, file: u16) -> Result<Node, Error> {
    let lines = Lines::new(text, file);
    let table = DeTable::parse(text).map_err(|error| {
        let at = lines.at(error.span().map_or(0, |span| span.start));
        Error::new(ErrorKind::Syntax, at, format!("not TOML: {}", error.message()))
    })?;
    let mut reader = Reader { lines, budget: Budget::new(limits) };
    let value = reader.table(table.get_ref(), Position::new(file, 1, 1))?;
    Ok(Node::new(Position::new(file, 1, 1), value))
}

struct Reader<'a> {
    lines: Lines<'a>,
    budget: Budget,
}

impl Reader<'_> {
    fn table(&mut self, table: &DeTable<'_>, at: Position) -> Result<Value, Error> {
        self.budget.enter(at)?;
        let mut members: Vec<(Range<usize>, Member)> = Vec::new();
        for (key, value) in table {
            let key_at = self.lines.at(key.span().start);
            let node = self.value(value, key_at)?;
            members.push((key.span(), Member { key: key.get_ref().to_string(), at: key_at, node }));
        }
        self.budget.leave();
        members.sort_by_key(|(span, _)| span.start);
        Ok(Value::Mapping(members.into_iter().map(|(_, member)| member).collect()))
    }

    /// A table's own span is that of its header, or nothing where a dotted key made it: its key is where it stands.
    fn value(&mut self, value: &Spanned<DeValue<'_>>, key_at: Position) -> Result<Node, Error> {
        let own = self.lines.at(value.span().start);
        self.budget.spend(1, own)?;
        let (at, value) = match value.get_ref() {
            DeValue::Table(table) => (key_at, self.table(table, key_at)?),
            DeValue::Array(items) => {
                self.budget.enter(own)?;
                let nodes: Result<Vec<Node>, Error> = items.iter().map(|item| self.item(item, key_at)).collect();
                self.budget.leave();
                (own, Value::Sequence(nodes?))
            }
            DeValue::String(text) => (own, Value::Text(text.to_string())),
            DeValue::Integer(number) => (own, Value::Number(integer(number))),
            DeValue::Float(number) => (own, Value::Number(number.as_str().replace('_', ""))),
            DeValue::Boolean(truth) => (own, Value::Bool(*truth)),
            DeValue::Datetime(time) => (own, Value::Text(time.to_string())),
        };
        Ok(Node::new(at, value))
    }

    fn item(&mut self, item: &Spanned<DeValue<'_>>, key_at: Position) -> Result<Node, Error> {
        let own = self.lines.at(item.span().start);
        let is_empty = item.span().is_empty();
        self.value(item, if is_empty { key_at } else { own })
    }
}

/// An integer in decimal; another radix is written out.
fn integer(number: &toml::de::DeInteger<'_>) -> String {
    let digits = number.as_str().replace('_', "");
    if number.radix() == 10 {
        return digits;
    }
    i128::from_str_radix(&digits, number.radix()).map_or(digits, |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_the_order_of_the_source_and_know_where_they_stand() {
        let text =
            "[models.z]\nrouting = [\"b\", \"a\"]\n[models.a.providers.x]\ntype = \"openai\"\nn = 1_000\nhex = 0xff\n";
        let node = read(text, &Limits::default(), 0).unwrap();
        let Value::Mapping(top) = &node.value else { panic!() };
        let Value::Mapping(models) = &top[0].node.value else { panic!() };
        assert_eq!(models.iter().map(|model| model.key.as_str()).collect::<Vec<_>>(), ["z", "a"]);
        let Value::Mapping(z) = &models[0].node.value else { panic!() };
        assert_eq!((z[0].at.line, z[0].at.column), (2, 1));
        assert_eq!((z[0].node.at.line, z[0].node.at.column), (2, 11));
        let Value::Mapping(a) = &models[1].node.value else { panic!() };
        let Value::Mapping(providers) = &a[0].node.value else { panic!() };
        let Value::Mapping(x) = &providers[0].node.value else { panic!() };
        assert_eq!(x[1].node.value, Value::Number("1000".into()));
        assert_eq!(x[2].node.value, Value::Number("255".into()));
    }

    #[test]
    fn an_error_says_where_and_shows_nothing_of_the_text() {
        let error = read("a = 1\nkey = sk-secret\n", &Limits::default(), 0).unwrap_err();
        assert!(error.to_string().starts_with("line 2"), "{error}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}
