//! Whether and how requests are asked about their own routing.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use clap::Args;
use switchback_ir::Request;
use switchback_plan::{ReadAs, RequestReader, Routing, System};

use crate::arguments::Reading;
use crate::failure::Failure;

#[derive(Debug, Args)]
pub(crate) struct Asked {
    /// What the request says about its own routing is read as for that gateway: auto, none, concentrate, llmgateway,
    /// openrouter or vercel
    #[arg(long, value_name = "SYSTEM", default_value = "auto")]
    request_routing: RequestRouting,
    /// Which account of that gateway is followed, where its guides and what it does differ
    #[arg(long, value_enum, value_name = "READING", default_value_t = Reading::AsCoded)]
    reading: Reading,
}

/// Whether and as for whom a request's own routing is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RequestRouting {
    /// Told by its members.
    Auto,
    /// Not at all.
    None,
    Of(System),
}

impl FromStr for RequestRouting {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "none" => Ok(Self::None),
            text => text.parse().map(Self::Of).map_err(|error| format!("{error}, auto, none")),
        }
    }
}

impl Asked {
    /// Reads what the request of that name says about its own routing, and takes it out.
    pub(crate) fn read(
        &self,
        request: &mut Request<'_>,
        headers: &BTreeMap<String, String>,
        name: impl fmt::Display,
    ) -> Result<Option<Routing>, Failure> {
        let reader = reader(self.reading);
        let reader = match self.request_routing {
            RequestRouting::Auto => reader,
            RequestRouting::None => return Ok(None),
            RequestRouting::Of(system) => reader.of(system),
        };
        let routing = reader
            .read(request, headers)
            .map_err(|error| Failure::at(name, error).hint("`--request-routing none` leaves it unread"))?;
        if let Some(routing) = &routing {
            routing.strip(request);
        }
        Ok(routing)
    }
}

/// Tells by the members whose words they are, and follows that account of the system.
pub(crate) fn reader(reading: Reading) -> RequestReader {
    RequestReader::default().reading(match reading {
        Reading::Documented => ReadAs::Documented,
        Reading::AsCoded => ReadAs::AsCoded,
    })
}
