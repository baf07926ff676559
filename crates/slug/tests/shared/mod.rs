//! The shared catalogs, and one of them as a source of model names.
#![allow(dead_code, unreachable_pub, reason = "each test file uses a part")]
#![allow(clippy::disallowed_methods, reason = "tests read the shared catalogs from disk")]

use std::{collections::BTreeMap, path::PathBuf};

use serde_json::Value;
use switchback_slug::{Family, ModelNames, Provider, aliases, family};

/// A file of the shared catalogs; `None`, with a line that says so, when the folder is not there. On CI it must be.
pub fn catalog(name: &str) -> Option<Value> {
    let folder = std::env::var_os("SWITCHBACK_SHARED")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")), PathBuf::from);
    let path = folder.join("catalogs").join(name);
    match std::fs::read_to_string(&path) {
        Ok(text) => Some(serde_json::from_str(&text).expect("a catalog is JSON")),
        Err(error) => {
            assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{}: {error}", path.display());
            eprintln!("skipped: {} is not there", path.display());
            None
        }
    }
}

/// A row of the models.dev catalog.
#[derive(Clone, Copy, Debug)]
pub struct Row<'c> {
    pub host: &'c str,
    pub id: &'c str,
    pub name: &'c str,
}

pub fn rows(catalog: &Value) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    for (host, entry) in catalog.as_object().expect("providers") {
        for model in entry["models"].as_object().expect("models").values() {
            let (id, name) = (model["id"].as_str().expect("an id"), model["name"].as_str().expect("a name"));
            rows.push(Row { host, id, name });
        }
    }
    rows
}

/// The models.dev catalog as a source of names.
#[derive(Debug, Default)]
pub struct Names {
    by_family: BTreeMap<Family, BTreeMap<Provider, Vec<String>>>,
}

impl Names {
    pub fn new(rows: &[Row<'_>]) -> Self {
        let mut names = Self::default();
        for row in rows {
            let provider = aliases::resolve(aliases::System::ModelsDev, row.host).expect("every host has a row");
            let of_family = names.by_family.entry(family(row.id)).or_default();
            of_family.entry(provider).or_default().push(row.id.to_owned());
        }
        names
    }
}

impl ModelNames for Names {
    fn ids(&self, family: &Family, provider: &Provider) -> Vec<&str> {
        let ids = self.by_family.get(family).and_then(|providers| providers.get(provider));
        ids.into_iter().flatten().map(String::as_str).collect()
    }

    fn providers(&self, family: &Family) -> Vec<Provider> {
        self.by_family.get(family).into_iter().flat_map(BTreeMap::keys).cloned().collect()
    }
}
