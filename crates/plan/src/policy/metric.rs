use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use switchback_slug::suggest;
use switchback_units::Millis;

/// Something that was measured of an endpoint: a quantity, how its values are put together, and over which time.
///
/// Written as `quantity`, `quantity.aggregate`, and either of them with `@window`: `latency`, `latency.p95`,
/// `throughput.avg@1h`. Windows take the units `ms`, `s`, `m` and `h`. What is left out is up to whoever
/// measures.
///
/// ```
/// use switchback_plan::{Aggregate, Metric, Quantity};
/// use switchback_units::Millis;
///
/// let metric: Metric = "latency.p95@15m".parse()?;
/// assert_eq!(metric.quantity, Quantity::Latency);
/// assert_eq!(metric.aggregate, Some(Aggregate::Percentile(95)));
/// assert_eq!(metric.window, Some(Millis::new(900_000)));
/// assert_eq!(metric.to_string(), "latency.p95@15m");
/// # Ok::<(), switchback_plan::UnreadableMetric>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_structs, reason = "the three parts of its text")]
pub struct Metric {
    /// What was measured.
    pub quantity: Quantity,
    /// How the values of the window become one.
    pub aggregate: Option<Aggregate>,
    /// The time that is looked back on.
    pub window: Option<Millis>,
}

macro_rules! quantities {
    ($($variant:ident $name:literal $direction:ident $about:literal;)*) => {
        /// What can be measured of an endpoint. The planner knows none of it: whoever measures supplies it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(clippy::exhaustive_enums, reason = "a new quantity should stop the build of everybody who measures")]
        pub enum Quantity {
            $(#[doc = $about] $variant,)*
        }

        impl Quantity {
            /// Every quantity.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name that policies use.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Whether less of it is better.
            pub const fn lower_is_better(self) -> bool {
                match self { $(Self::$variant => quantities!(@ $direction),)* }
            }
        }
    };
    (@ low) => { true };
    (@ high) => { false };
}

quantities! {
    Latency "latency" low "The time to the first token, in milliseconds.";
    EndToEnd "e2e_latency" low "The time to the end of the answer, in milliseconds.";
    Throughput "throughput" high "Output tokens a second.";
    Uptime "uptime" high "The share of requests that succeed, from 0 to 1.";
    Requests "requests" low "How many requests were sent.";
    InputTokens "input_tokens" low "How many input tokens were sent.";
    OutputTokens "output_tokens" low "How many output tokens came back.";
    TotalTokens "total_tokens" low "Input and output tokens together.";
    InFlight "in_flight" low "How many requests are under way now.";
    Spend "spend" low "What was spent, in dollars.";
}

/// How the values of a window become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the usual ways to put numbers together")]
pub enum Aggregate {
    /// The arithmetic mean, `avg`.
    Mean,
    /// The least, `min`.
    Least,
    /// The greatest, `max`.
    Greatest,
    /// The sum, `sum`.
    Sum,
    /// A percentile from 0 to 100, `p50`.
    Percentile(u8),
}

/// The text is no metric.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unreadable metric `{found}`: {expected}")]
pub struct UnreadableMetric {
    found: String,
    expected: String,
}

impl Metric {
    /// A quantity, put together in whatever way and over whatever time the source has.
    pub const fn of(quantity: Quantity) -> Self {
        Self { quantity, aggregate: None, window: None }
    }

    /// The place of a value among all: the better the value, the lower.
    pub(crate) fn place(self, value: f64) -> u64 {
        if self.quantity.lower_is_better() { rising(value) } else { !rising(value) }
    }
}

/// A number that rises with a float, in the order of [`f64::total_cmp`].
pub(crate) fn rising(value: f64) -> u64 {
    let bits = value.to_bits();
    if value.is_sign_negative() { !bits } else { bits | 1 << 63 }
}

const WORDS: [(&str, Aggregate); 4] =
    [("avg", Aggregate::Mean), ("min", Aggregate::Least), ("max", Aggregate::Greatest), ("sum", Aggregate::Sum)];

/// The units in which a window is printed, the longest first.
const UNITS: [(&str, u64); 4] = [("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

impl FromStr for Metric {
    type Err = UnreadableMetric;

    fn from_str(text: &str) -> Result<Self, UnreadableMetric> {
        let unreadable = |expected: String| UnreadableMetric { found: text.chars().take(60).collect(), expected };
        let (what, window) = text.split_once('@').map_or((text, None), |(what, window)| (what, Some(window)));
        let (name, aggregate) = what.split_once('.').map_or((what, None), |(name, how)| (name, Some(how)));
        let known = |quantity: &&Quantity| quantity.name() == name;
        let quantity = Quantity::ALL.iter().find(known).copied().ok_or_else(|| unreadable(quantities_near(name)))?;
        let aggregate = aggregate.map(|how| {
            read_aggregate(how)
                .ok_or_else(|| unreadable("expected avg, min, max, sum or p0 to p100 behind the dot".into()))
        });
        let window = window.map(|window| {
            read_window(window).ok_or_else(|| unreadable("expected a window such as 90s, 5m or 1h behind the @".into()))
        });
        Ok(Self { quantity, aggregate: aggregate.transpose()?, window: window.transpose()? })
    }
}

fn quantities_near(name: &str) -> String {
    let names: Vec<&str> = Quantity::ALL.iter().map(|quantity| quantity.name()).collect();
    let near = suggest(name, names.iter().copied(), 1);
    let hint = near.first().map(|near| format!("did you mean `{}`? ", near.candidate)).unwrap_or_default();
    format!("{hint}expected one of {}", names.join(", "))
}

fn read_aggregate(text: &str) -> Option<Aggregate> {
    let word = WORDS.iter().find(|(word, _)| *word == text).map(|(_, aggregate)| *aggregate);
    word.or_else(|| {
        let percent: u8 = text.strip_prefix('p')?.parse().ok()?;
        (percent <= 100).then_some(Aggregate::Percentile(percent))
    })
}

fn read_window(text: &str) -> Option<Millis> {
    text.parse().ok().filter(|window: &Millis| window.get() > 0)
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.quantity.name())?;
        match self.aggregate {
            None => {}
            Some(Aggregate::Percentile(percent)) => write!(f, ".p{percent}")?,
            Some(word) => {
                let name = WORDS.iter().find(|(_, aggregate)| *aggregate == word).map_or("", |(name, _)| name);
                write!(f, ".{name}")?;
            }
        }
        let Some(window) = self.window else { return Ok(()) };
        let whole = |(_, unit): &&(&str, u64)| window.get() % unit == 0;
        let (name, unit) = UNITS.iter().find(whole).copied().unwrap_or(("ms", 1));
        write!(f, "@{}{name}", window.get() / unit)
    }
}

impl Serialize for Metric {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Metric {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_prints_as_it_is_read() {
        for quantity in Quantity::ALL {
            for rest in ["", ".avg", ".p0", ".p100", "@168h", ".max@90s", ".sum@25h", ".min@1500ms"] {
                let text = format!("{}{rest}", quantity.name());
                assert_eq!(text.parse::<Metric>().unwrap().to_string(), text);
            }
        }
    }

    #[test]
    fn what_is_no_metric_is_refused_with_a_hint() {
        for (text, hint) in [
            ("latencey", "did you mean `latency`?"),
            ("latency.p101", "p0 to p100"),
            ("latency@", "such as 90s"),
            ("latency@0s", "such as 90s"),
            ("latency@5y", "such as 90s"),
            ("latency@99999999999999999999s", "such as 90s"),
            ("", "expected one of latency"),
        ] {
            let error = text.parse::<Metric>().unwrap_err().to_string();
            assert!(error.contains(hint), "{text}: {error}");
        }
    }
}
