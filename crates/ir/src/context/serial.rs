//! The context as a record: one JSON object with a schema version; raw values stand in it as JSON.

use super::{Renamed, RequestContext};
use crate::{Protocol, RawJson};
use serde::de::{Error, MapAccess, Visitor};
use serde::ser::{Error as _, SerializeMap};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use std::fmt;

/// The members of the record, in the order in which they are written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    schema: u32,
    client: String,
    model: Option<String>,
    stream: bool,
    stream_usage: bool,
    stop_sequences: Vec<String>,
    custom_tools: Vec<String>,
    tool_names: Vec<Renamed>,
    call_ids: Vec<Renamed>,
    echo: Echo,
}

struct Echo(Vec<(String, RawJson<'static>)>);

impl Serialize for RequestContext {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let record = Record {
            schema: Self::SCHEMA,
            client: self.client.name().to_owned(),
            model: self.model.clone(),
            stream: self.stream,
            stream_usage: self.stream_usage,
            stop_sequences: self.stop_sequences.clone(),
            custom_tools: self.custom_tools.clone(),
            tool_names: self.tool_names.clone(),
            call_ids: self.call_ids.clone(),
            echo: Echo(self.echo.clone()),
        };
        record.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RequestContext {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let record = Record::deserialize(deserializer)?;
        if record.schema != Self::SCHEMA {
            let (found, known) = (record.schema, Self::SCHEMA);
            return Err(D::Error::custom(format!(
                "request context of schema {found}; this version reads schema {known}"
            )));
        }
        let client: Protocol = record.client.parse().map_err(D::Error::custom)?;
        Ok(Self {
            client,
            model: record.model,
            stream: record.stream,
            stream_usage: record.stream_usage,
            stop_sequences: record.stop_sequences,
            custom_tools: record.custom_tools,
            tool_names: record.tool_names,
            call_ids: record.call_ids,
            echo: record.echo.0,
        })
    }
}

impl Serialize for Echo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            let raw: &RawValue = serde_json::from_str(value.as_str()).map_err(S::Error::custom)?;
            members.serialize_entry(name, raw)?;
        }
        members.end()
    }
}

impl<'de> Deserialize<'de> for Echo {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

/// Reads the members of an object in their order, each value as it is written.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Echo;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of the members that an answer repeats")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Echo, A::Error> {
        let mut members: Vec<(String, RawJson<'static>)> = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
            if members.iter().any(|(known, _)| *known == name) {
                return Err(A::Error::custom(format!("`echo` has `{name}` twice")));
            }
            let raw = RawJson::parse(value.get()).map_err(|fault| A::Error::custom(fault.to_string()))?;
            members.push((name, raw.into_owned()));
        }
        Ok(Echo(members))
    }
}
