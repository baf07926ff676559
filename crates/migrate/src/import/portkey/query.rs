//! Conditions of Configs.

use serde_json::{Value, json};
use switchback_plan::{Route, Shape};

use super::target::subject;
use crate::Concept;
use crate::import::Desk;
use crate::import::desk::{condition, holds_secret, json as plain};
use crate::notes::shown;
use crate::source::Field;

/// The first target whose condition holds, else the default, else none.
pub(super) fn conditional(desk: &mut Desk<'_>, strategy: Field<'_>, routes: &[(Field<'_>, Route)]) -> Route {
    let mut reached: Vec<&str> = Vec::new();
    let mut first = Vec::new();
    for item in strategy.get("conditions").into_iter().flat_map(Field::items) {
        let when = item.get("query").map(|query| object(desk, query));
        let Some(then) = item.get("then") else { continue };
        let Some(mut route) = find(desk, then, routes) else { continue };
        reached.extend(then.text());
        desk.notes.exact(then, Concept::Condition, format!("the route {}", shown(then)));
        route.when = when.and_then(condition);
        first.push(route);
    }
    if let Some(default) = strategy.get("default")
        && let Some(route) = find(desk, default, routes)
    {
        reached.extend(default.text());
        desk.notes.exact(default, Concept::Condition, format!("the route {} where no condition holds", shown(default)));
        first.push(route);
    }
    for (target, route) in routes {
        let name = route.name.as_deref();
        if name.is_none_or(|name| !reached.contains(&name)) {
            desk.notes.lost(
                *target,
                Concept::Condition,
                "a target that no condition leads to",
                "drop it, or name it in a condition",
            );
        }
    }
    Route::new(Shape::First(first))
}

fn find(desk: &mut Desk<'_>, name: Field<'_>, routes: &[(Field<'_>, Route)]) -> Option<Route> {
    let found = routes.iter().find(|(_, route)| route.name.as_deref() == name.text()).map(|(_, route)| route.clone());
    if found.is_none() {
        desk.notes.lost_badly(
            name,
            Concept::Condition,
            format!("{}, which no target is called", shown(name)),
            "name one of the targets",
        );
    }
    found
}

/// What never holds.
fn never() -> Value {
    json!({"any": []})
}

/// One object of a query: its members hold together. The code stops at the first `$and` or `$or`.
fn object(desk: &mut Desk<'_>, field: Field<'_>) -> Value {
    let members: Vec<Field<'_>> = field.members().collect();
    let logical = members.iter().position(|member| matches!(member.key, "$and" | "$or"));
    let mut counted = members.len();
    if let Some(at) = logical
        && at + 1 < members.len()
        && let Some(member) = members.get(at)
    {
        let follows_code = desk.two_readings(
            *member,
            Concept::Condition,
            "what stands beside it has to hold too",
            "nothing beside it is looked at",
        );
        counted = if follows_code { at + 1 } else { counted };
    }
    let mut parts = Vec::new();
    for (index, member) in members.into_iter().enumerate() {
        if index >= counted {
            desk.notes.lost(
                member,
                Concept::Condition,
                "stands behind `$and` or `$or`, where the code does not look",
                "move it into that list",
            );
            continue;
        }
        let written = match member.key {
            "$and" => json!({"all": member.items().map(|item| object(desk, item)).collect::<Vec<_>>()}),
            "$or" => json!({"any": member.items().map(|item| object(desk, item)).collect::<Vec<_>>()}),
            _ => test(desk, member),
        };
        parts.push(written);
    }
    if parts.len() == 1 { parts.remove(0) } else { json!({"all": parts}) }
}

/// One value, and what it is compared to.
fn test(desk: &mut Desk<'_>, field: Field<'_>) -> Value {
    let Some(of) = of(desk, field) else { return never() };
    if holds_secret(field) {
        desk.notes.lost_badly(
            field,
            Concept::Credential,
            "compares with a secret, of which nothing is kept",
            "compare with the id of a key: the condition never holds until then",
        );
        return never();
    }
    if !field.is_table() {
        desk.notes.exact(field, Concept::Condition, "equal to this value");
        return json!({"of": of, "eq": plain(field)});
    }
    let operators: Vec<Field<'_>> = field.members().collect();
    let regex = operators.iter().position(|operator| operator.key == "$regex").filter(|_| operators.len() > 1);
    let follows_code = regex.and_then(|at| operators.get(at)).is_some_and(|operator| {
        desk.two_readings(
            *operator,
            Concept::Condition,
            "the other comparisons have to hold too",
            "the comparisons behind it are not looked at",
        )
    });
    let mut written = serde_json::Map::new();
    written.insert("of".to_owned(), Value::String(of));
    for (index, operator) in operators.iter().enumerate() {
        if follows_code && regex.is_some_and(|at| index > at) {
            desk.notes.lost(
                *operator,
                Concept::Condition,
                "stands behind `$regex`, where the code does not look",
                "drop it, or test it apart",
            );
            continue;
        }
        let Some(name) = comparison(operator.key) else {
            let meant = format!("operator {}, which is unknown", crate::sanitize::listed(&[operator.key.to_owned()]));
            desk.notes.lost_badly(
                *operator,
                Concept::Condition,
                meant,
                "the condition never holds until it is written otherwise",
            );
            return never();
        };
        let value = plain(*operator);
        if name == "matches" && value.as_str().is_none_or(|text| switchback_plan::Pattern::new(text).is_err()) {
            desk.notes.lost_badly(
                *operator,
                Concept::Condition,
                "a regular expression that cannot be read; there it never holds",
                "mend it; the condition never holds until then",
            );
            return never();
        }
        if !desk.notes.knows(*operator) {
            desk.notes.exact_whole(*operator, Concept::Condition, format!("comparison `{name}`"));
        }
        written.insert(name.to_owned(), value);
    }
    let written = Value::Object(written);
    if condition(written.clone()).is_some() { written } else { never() }
}

/// The subject that a key names. The code looks at two segments and no more.
fn of(desk: &mut Desk<'_>, field: Field<'_>) -> Option<String> {
    let key = field.key;
    let Some(named) = subject(key) else {
        let meant = "looks at something that policies cannot look at";
        desk.notes.lost_badly(
            field,
            Concept::Condition,
            meant,
            "hand it to the planner as metadata; the condition never holds until then",
        );
        return None;
    };
    let segments: Vec<&str> = key.split('.').collect();
    if segments.len() == 2 {
        return Some(named);
    }
    let short = segments.get(..2).map(|start| start.join("."));
    let follows_code = desk.two_readings(
        field,
        Concept::Condition,
        format!("`{named}`"),
        format!("`{}`: only two segments of the key are looked at", short.clone().unwrap_or_default()),
    );
    if follows_code { short.as_deref().and_then(subject) } else { Some(named) }
}

fn comparison(operator: &str) -> Option<&'static str> {
    Some(match operator {
        "$eq" => "eq",
        "$ne" => "ne",
        "$gt" => "gt",
        "$gte" => "gte",
        "$lt" => "lt",
        "$lte" => "lte",
        "$in" => "in",
        "$nin" => "nin",
        "$regex" => "matches",
        _ => return None,
    })
}
