use super::{Member, Node, Value};
use crate::{Error, ErrorKind};

/// Puts a second file into a first one: tables are joined key by key, anything else may stand in one file only.
pub(super) fn merge(first: Node, second: Node) -> Result<Node, Error> {
    let at = first.at;
    let value = match (first.value, second.value) {
        (Value::Mapping(mut members), Value::Mapping(added)) => {
            for member in added {
                add(&mut members, member)?;
            }
            Value::Mapping(members)
        }
        (value, Value::Null) | (Value::Null, value) => value,
        (_, Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::Sequence(_) | Value::Mapping(_)) => {
            return Err(Error::new(ErrorKind::Conflict, second.at, "another file gives this key a value already"));
        }
    };
    Ok(Node::new(at, value))
}

fn add(members: &mut Vec<Member>, added: Member) -> Result<(), Error> {
    match members.iter_mut().find(|member| member.key == added.key) {
        Some(member) => {
            let first = std::mem::replace(&mut member.node, Node::new(added.at, Value::Null));
            member.node = merge(first, added.node)?;
        }
        None => members.push(added),
    }
    Ok(())
}
