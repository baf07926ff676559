//! What vendors' pages say of endpoints and public catalogs do not: limits, and features of single families.

use serde::Deserialize;
use switchback_capability::{Effort, Offer, Support, TemperatureRange};
use switchback_ir::{FeatureSet, Protocol};
use switchback_units::Millis;

use crate::error::quoted;
use crate::host::{features, word};
use crate::pattern::matches;
use crate::{Date, Error, ErrorKind};

/// A dated statement about the endpoints of some families of models at some providers, as a vendor's page states it.
///
/// Of several statements about one endpoint the last one that speaks of a limit holds. A feature that a statement denies is
/// denied; one that it affirms is there unless the model or the host denies it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statement {
    /// Canonical ids of the providers that it is about.
    pub providers: Vec<String>,
    /// The protocols that it is about; empty for all.
    pub protocols: Vec<Protocol>,
    /// Patterns of family keys, `*` for any run; empty for all.
    pub families: Vec<String>,
    /// Patterns of family keys that it is not about.
    pub except: Vec<String>,
    /// Features that are there.
    pub yes: FeatureSet,
    /// Features that are not.
    pub no: FeatureSet,
    /// The temperatures that are taken.
    pub temperature: Option<TemperatureRange>,
    /// The highest reasoning effort that is taken.
    pub max_effort: Option<Effort>,
    /// How many tools a request may list.
    pub max_tools: Option<u32>,
    /// How long a tool's name may be, in characters.
    pub max_tool_name: Option<u32>,
    /// The longest lifetime of a prompt-cache breakpoint.
    pub max_cache_ttl: Option<Millis>,
    /// Where this was read.
    pub source: String,
    /// The day it was read or the day of the source.
    pub date: Date,
}

impl Statement {
    /// Whether it is about this endpoint.
    pub fn is_about(&self, provider: &str, protocol: Protocol, family: &str) -> bool {
        let any = |patterns: &[String]| patterns.iter().any(|pattern| matches(pattern, family));
        self.providers.iter().any(|known| known == provider)
            && (self.protocols.is_empty() || self.protocols.contains(&protocol))
            && (self.families.is_empty() || any(&self.families))
            && !any(&self.except)
    }

    /// Writes it into the offer of an endpoint that it is about.
    pub(crate) fn apply(&self, mut offer: Offer) -> Offer {
        let new = self.yes.difference(offer.known_no());
        new.iter().for_each(|feature| offer.set(feature, Support::Yes));
        self.no.iter().for_each(|feature| offer.set(feature, Support::No));
        offer = self.temperature.map_or(offer, |range| offer.temperature(range));
        offer = self.max_effort.map_or(offer, |effort| offer.max_effort(effort));
        offer = self.max_tools.map_or(offer, |tools| offer.max_tools(tools));
        offer = self.max_tool_name.map_or(offer, |length| offer.max_tool_name(length));
        self.max_cache_ttl.map_or(offer, |ttl| offer.max_cache_ttl(ttl))
    }
}

/// A statement as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StatementEntry {
    providers: Vec<String>,
    #[serde(default)]
    protocols: Vec<String>,
    #[serde(default)]
    families: Vec<String>,
    #[serde(default)]
    except: Vec<String>,
    #[serde(default)]
    yes: Vec<String>,
    #[serde(default)]
    no: Vec<String>,
    /// The least and the most, in thousandths.
    #[serde(default)]
    temperature: Option<(u16, u16)>,
    #[serde(default)]
    max_effort: Option<String>,
    #[serde(default)]
    max_tools: Option<u32>,
    #[serde(default)]
    max_tool_name: Option<u32>,
    #[serde(default)]
    max_cache_ttl_seconds: Option<u64>,
    source: String,
    date: String,
}

impl StatementEntry {
    pub(crate) fn read(self, ordinal: usize) -> Result<Statement, Error> {
        let path = format!("/statements/{ordinal}");
        let shape = |what: &str, found: String| Error::new(ErrorKind::Shape, &path, format!("{what} {found}"));
        let range = |(least, most)| {
            TemperatureRange::new(least, most)
                .ok_or_else(|| shape("a least temperature above the most,", format!("{least} and {most}")))
        };
        let effort = |word: String| Effort::from_name(&word).ok_or_else(|| shape("unknown effort", quoted(&word)));
        Ok(Statement {
            protocols: self.protocols.iter().map(|name| word(&path, name)).collect::<Result<_, _>>()?,
            yes: features(&path, &self.yes)?,
            no: features(&path, &self.no)?,
            temperature: self.temperature.map(range).transpose()?,
            max_effort: self.max_effort.map(effort).transpose()?,
            date: word(&path, &self.date)?,
            max_cache_ttl: self.max_cache_ttl_seconds.map(|seconds| Millis::new(seconds.saturating_mul(1_000))),
            max_tools: self.max_tools,
            max_tool_name: self.max_tool_name,
            providers: self.providers,
            families: self.families,
            except: self.except,
            source: self.source,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use switchback_ir::Feature;

    fn statement(json: &str) -> Result<Statement, Error> {
        let entry: StatementEntry = serde_json::from_str(json).unwrap();
        entry.read(3)
    }

    #[test]
    fn a_statement_is_about_the_endpoints_that_it_names() {
        let statement = statement(
            r#"{"providers": ["openai"], "protocols": ["chat"], "families": ["gpt-5*"], "except": ["*-chat"],
                "source": "s", "date": "2026-11-21"}"#,
        )
        .unwrap();
        assert!(statement.is_about("openai", Protocol::Chat, "gpt-5-mini"));
        assert!(!statement.is_about("openai", Protocol::Chat, "gpt-5-chat"));
        assert!(!statement.is_about("openai", Protocol::Responses, "gpt-5-mini"));
        assert!(!statement.is_about("openrouter", Protocol::Chat, "gpt-5-mini"));
    }

    #[test]
    fn what_a_statement_denies_is_denied_and_what_it_affirms_yields() {
        let statement = statement(
            r#"{"providers": ["p"], "yes": ["seed", "top_k"], "no": ["logprobs"], "temperature": [0, 1500],
                "max_effort": "high", "max_tools": 128, "max_tool_name": 64, "max_cache_ttl_seconds": 3600,
                "source": "s", "date": "2026-11-21"}"#,
        )
        .unwrap();
        let offer = statement.apply(Offer::unknown().no(Feature::Seed).yes(Feature::Logprobs));
        let answers = [Feature::Seed, Feature::TopK, Feature::Logprobs].map(|feature| offer.support(feature));
        assert_eq!(answers, [Support::No, Support::Yes, Support::No]);
        assert_eq!(offer.temperatures(), TemperatureRange::new(0, 1_500));
        assert_eq!(
            (offer.effort_limit(), offer.tool_limit(), offer.tool_name_limit()),
            (Some(Effort::High), Some(128), Some(64))
        );
        assert_eq!(offer.cache_ttl_limit(), Some(Millis::new(3_600_000)));
    }

    #[test]
    fn what_cannot_be_read_says_where() {
        let text = |members: &str| {
            let json = format!(r#"{{"providers": ["p"], {members}, "source": "s", "date": "2026-11-21"}}"#);
            statement(&json).unwrap_err().to_string()
        };
        assert_eq!(text(r#""max_effort": "huge""#), "/statements/3: unknown effort `huge`");
        assert_eq!(text(r#""temperature": [2, 1]"#), "/statements/3: a least temperature above the most, 2 and 1");
    }
}
