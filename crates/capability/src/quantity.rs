use crate::{Effort, TokenBounds};
use switchback_ir::{Key, Request};
use switchback_units::{Millis, Tokens};

/// What a request needs that is counted and no feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quantities {
    pub(crate) input: TokenBounds,
    /// Whether the caller counted the input.
    pub(crate) counted: bool,
    pub(crate) max_output: Option<Tokens>,
    pub(crate) tools: u32,
    /// In thousandths.
    pub(crate) temperature: Option<u16>,
    pub(crate) effort: Option<Effort>,
    /// The longest that a cache breakpoint asks for.
    pub(crate) cache_ttl: Option<Millis>,
}

impl Quantities {
    pub(crate) fn of(request: &Request<'_>, input: TokenBounds) -> Self {
        let effort = request.option(Key::Effort).and_then(|field| field.value.as_text());
        Self {
            input,
            counted: false,
            max_output: max_output(request),
            tools: u32::try_from(request.tools.len()).unwrap_or(u32::MAX),
            temperature: request.option(Key::Temperature).and_then(|field| thousandths(field.value.as_f64()?)),
            effort: effort.and_then(|word| Effort::from_name(&word.word())),
            cache_ttl: cache_ttl(request),
        }
    }
}

fn max_output(request: &Request<'_>) -> Option<Tokens> {
    [Key::MaxOutputTokens, Key::LegacyMaxTokens]
        .into_iter()
        .find_map(|key| request.option(key)?.value.as_u64())
        .map(Tokens::new)
}

/// A temperature in thousandths, away from the range's middle where it is finer, so that nothing outside a range
/// rounds into it.
pub(crate) fn thousandths(temperature: f64) -> Option<u16> {
    if !temperature.is_finite() {
        return None;
    }
    let scaled = temperature * 1_000.0;
    let outwards = if temperature > 1.0 { scaled.ceil() } else { scaled.floor() };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the type's range")]
    Some(outwards.clamp(0.0, f64::from(u16::MAX)) as u16)
}

fn cache_ttl(request: &Request<'_>) -> Option<Millis> {
    let breakpoints = request.fields.iter().filter(|field| field.key() == Some(Key::CacheBreakpoint));
    breakpoints.filter_map(|field| lifetime(&field.value.member("ttl")?.0.as_text()?.word())).max()
}

/// `5m`, `1h`: a number and a unit, as both vendors write it.
fn lifetime(text: &str) -> Option<Millis> {
    let unit = text.chars().next_back()?;
    let seconds: u64 = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return None,
    };
    let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
    Some(Millis::new(number.saturating_mul(seconds).saturating_mul(1_000)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_are_read_as_the_vendors_write_them() {
        assert_eq!(lifetime("5m"), Some(Millis::new(300_000)));
        assert_eq!(lifetime("1h"), Some(Millis::new(3_600_000)));
        assert_eq!((lifetime("long"), lifetime(""), lifetime("h")), (None, None, None));
    }

    #[test]
    fn temperatures_round_away_from_the_middle() {
        assert_eq!(thousandths(0.7), Some(700));
        assert_eq!(thousandths(1.0), Some(1_000));
        assert_eq!((thousandths(1.000_1), thousandths(0.999_9)), (Some(1_001), Some(999)));
        assert_eq!((thousandths(-1.0), thousandths(1e300)), (Some(0), Some(u16::MAX)));
    }
}
