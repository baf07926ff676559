use std::fmt::Write;

use switchback_ir::Importance;
use switchback_plan::Policy;
use switchback_slug::Provider;

use super::address::{self, Address};
use super::splice::Splice;
use super::table::Rule;
use super::{Incoming, Sanitized, Wishes, body, headers, native, policy};
use crate::credential::Retired;
use crate::model::{self, Integrations};
use crate::source::{Lines, Position};
use crate::{Concept, Entry, Error, ErrorKind, Fidelity, Ledger, Reading, System};

/// One request on its way through the sanitizer.
pub(super) struct Job<'a> {
    pub(super) system: System,
    pub(super) integrations: &'a Integrations,
    pub(super) request: &'a Incoming<'a>,
    pub(super) address: Option<Address>,
    pub(super) lines: Lines<'a>,
    pub(super) wishes: Wishes,
    pub(super) ledger: Ledger,
    pub(super) retired: Vec<Retired>,
    pub(super) headers: Vec<(String, String)>,
    /// The body's `model`, as it came.
    pub(super) own_model: Option<String>,
    /// What headers say of the route: a whole model string,
    pub(super) route: Option<String>,
    /// its provider,
    pub(super) provider: Option<Provider>,
    /// its model.
    pub(super) model: Option<String>,
    /// Parameters that headers became.
    pub(super) parameters: Vec<(&'static str, String)>,
    /// What a Config that came with the request says.
    pub(super) config: Option<(Policy, Ledger)>,
    /// Whether the further models of a comma list follow prompts that are too long, and nothing else.
    pub(super) is_overflow_chain: bool,
}

impl<'a> Job<'a> {
    pub(super) fn new(system: System, integrations: &'a Integrations, request: &'a Incoming<'a>) -> Self {
        let text = std::str::from_utf8(request.body).unwrap_or("");
        Self {
            system,
            integrations,
            request,
            address: request.path.map(|path| address::read(system, path)),
            lines: Lines::new(text, 0),
            wishes: Wishes::default(),
            ledger: Ledger::default(),
            retired: Vec::new(),
            headers: Vec::new(),
            own_model: None,
            route: None,
            provider: None,
            model: None,
            parameters: Vec::new(),
            config: None,
            is_overflow_chain: false,
        }
    }

    pub(super) fn run(mut self) -> Result<Sanitized, Error> {
        let mut splice = self.read_body()?;
        self.own_model = splice.as_ref().and_then(|body| super::splice::text_of(&body.get("model")?.value));
        self.note_address();
        headers::run(&mut self);
        let body = match &mut splice {
            Some(splice) if self.is_native(splice) => native::turn(&mut self, splice),
            Some(splice) => body::run(&mut self, splice),
            None => self.request.body.to_vec(),
        };
        self.ledger.sort();
        Ok(Sanitized {
            headers: self.headers,
            path: self.address.map(|address| address.path),
            body,
            policy: policy::policy(&self.wishes, self.config.map(|(policy, _)| policy).unwrap_or_default()),
            wishes: self.wishes,
            ledger: self.ledger,
            retired: self.retired,
        })
    }

    fn read_body(&self) -> Result<Option<Splice<'a>>, Error> {
        if self.request.body.trim_ascii().is_empty() {
            return Ok(None);
        }
        let splice = Splice::read(self.request.body);
        splice.map(Some).map_err(|fault| {
            Error::new(ErrorKind::Syntax, self.lines.at(fault.offset()), format!("the body is {}", fault.kind()))
        })
    }

    /// Whether the body has TensorZero's own form. Turned into Responses it has not.
    fn is_native(&self, body: &Splice<'_>) -> bool {
        let by_path = self.address.as_ref().is_some_and(|address| address.is_native_inference);
        let names = ["function_name", "model_name"].iter().any(|name| body.get(name).is_some());
        self.system == System::TensorZero
            && (by_path || names)
            && body.get("input").is_some()
            && body.get("model").is_none()
    }

    fn note_address(&mut self) {
        let (Some(address), Some(given)) = (self.address.clone(), self.request.path) else { return };
        self.provider.clone_from(&address.provider);
        self.wishes.config.clone_from(&address.route);
        if address.path == given.trim() && !address.has_no_counterpart {
            return;
        }
        let mut detail = format!("sent to `{}`", address.path);
        if let Some(provider) = &address.provider {
            let _ = write!(detail, "; the host stood for provider `{provider}`");
        }
        if let Some(route) = &address.route {
            let _ = write!(detail, "; router `{route}` is a part of the imported policy");
        }
        let (fidelity, instead) = if address.has_no_counterpart {
            (Fidelity::None, "nothing does it: keep the tool that it belongs to")
        } else {
            (Fidelity::Exact, "the base URL ends in `/v1`, without `/api` or `/openai` before it")
        };
        self.push(Entry {
            path: "/path".to_owned(),
            file: None,
            line: 1,
            column: 1,
            key: "path".to_owned(),
            concept: Concept::Address,
            fidelity,
            severity: Importance::Required,
            detail,
            instead: Some(instead.to_owned()),
            readings: Vec::new(),
        });
    }

    pub(super) fn push(&mut self, entry: Entry) {
        self.ledger.push(entry);
    }

    /// Notes what became of something by its rule. An error is what kept it from being read.
    pub(super) fn note(&mut self, place: &Item<'_>, rule: &Rule, became: Result<String, String>) {
        let is_read = became.is_ok();
        let detail = match became {
            Ok(became) if became.is_empty() => rule.meaning.to_owned(),
            Ok(became) | Err(became) => format!("{}: {became}", rule.meaning),
        };
        self.push(Entry {
            path: place.path.clone(),
            file: None,
            line: place.at.line,
            column: place.at.column,
            key: place.key.to_owned(),
            concept: rule.concept,
            fidelity: if is_read { rule.fidelity } else { Fidelity::None },
            severity: if is_read { rule.severity } else { Importance::Required },
            detail,
            instead: Some(rule.instead.to_owned()),
            readings: Vec::new(),
        });
    }

    /// Makes the last entry one of several readings.
    pub(super) fn amend_last(&mut self, readings: Vec<Reading>) {
        self.ledger.amend_last(Fidelity::Ambiguous, Importance::Required, readings);
    }

    pub(super) fn retire(&mut self, name: &str) {
        self.retired.push(Retired::in_request(name));
    }

    /// A model string in our form; as it is where it cannot be read.
    pub(super) fn spelled(&self, text: &str) -> String {
        model::spell(self.system.dialect(), text, self.integrations)
            .map_or_else(|_| text.to_owned(), |spelled| spelled.text)
    }
}

/// A header or parameter: where it is, and what it is called.
pub(super) struct Item<'i> {
    pub(super) path: String,
    pub(super) at: Position,
    pub(super) key: &'i str,
}
