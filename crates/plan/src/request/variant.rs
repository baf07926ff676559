//! The variants behind `OpenRouter`'s model names.

use switchback_catalog::PriceKind;
use switchback_units::Money;

use super::draft::{Draft, by_cost};
use crate::policy::{Metric, Order, Quantity, Settings, Sort};

/// Endpoints whose input and output cost nothing.
pub(crate) fn free(settings: &mut Settings) {
    for line in [PriceKind::Input, PriceKind::Output] {
        settings.rules.require.max_price.insert(line, Money::ZERO);
    }
}

impl Draft {
    /// Reads a variant into what holds for its model.
    pub(crate) fn variant(&mut self, path: &str, variant: &str, settings: &mut Settings) {
        let is_sorted = self.overlay.settings.sort.is_some();
        match variant {
            "nitro" | "floor" if is_sorted => self.exact(path, "nothing more: the request's own sort comes first"),
            "nitro" => {
                settings.sort = Some(Sort::by(Order::Metric(Metric::of(Quantity::Throughput))));
                let why = "the priority class of service is not asked for; `service_tier` does";
                self.approximate(path, "sort = throughput", why);
            }
            "floor" => {
                settings.sort = Some(by_cost());
                let why = "the flex class of service is not asked for; `service_tier` does";
                self.approximate(path, "sort = cost", why);
            }
            "free" => {
                free(settings);
                let why = "it means the endpoints of the model that cost nothing, whichever variant they are";
                self.approximate(path, "require.max_price = 0", why);
            }
            "exacto" => self.nothing(path, "no measure of how well tools are called is public"),
            "online" => self.nothing(path, "ask for a web search with the protocol's own tool"),
            "thinking" => self.nothing(path, "ask for reasoning with the protocol's own member"),
            "extended" => self.nothing(path, "an endpoint's context is checked against the request's length anyway"),
            other => self.nothing(path, format!("no variant is known as `{}`", crate::quote::Quoted(other))),
        }
    }
}
