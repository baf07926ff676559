//! Concentrate's intervals: `15m`, `1 hour`, `2y`.

use switchback_units::Millis;

const MINUTE: u64 = 60_000;

/// The shortest interval, and the one that holds where none is said.
pub(crate) const SHORTEST: Millis = Millis::new(15 * MINUTE);

const UNITS: [(&str, u64); 15] = [
    ("m", MINUTE),
    ("min", MINUTE),
    ("minute", MINUTE),
    ("minutes", MINUTE),
    ("h", 60 * MINUTE),
    ("hour", 60 * MINUTE),
    ("hours", 60 * MINUTE),
    ("d", 1_440 * MINUTE),
    ("day", 1_440 * MINUTE),
    ("days", 1_440 * MINUTE),
    ("w", 10_080 * MINUTE),
    ("week", 10_080 * MINUTE),
    ("weeks", 10_080 * MINUTE),
    ("y", 525_600 * MINUTE),
    ("year", 525_600 * MINUTE),
];

/// A whole number and a unit, with or without white space between them; a year has 365 days. `None` for anything else
/// and for less than fifteen minutes.
pub(crate) fn read(text: &str) -> Option<Millis> {
    let text = text.trim();
    let end = text.find(|char: char| !char.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(end)?;
    let unit = unit.trim().to_ascii_lowercase();
    let unit = if unit == "years" { "year" } else { unit.as_str() };
    let (_, length) = UNITS.iter().find(|(name, _)| *name == unit)?;
    let span = Millis::new(number.parse::<u64>().ok()?.checked_mul(*length)?);
    (span >= SHORTEST).then_some(span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_a_number_and_a_unit() {
        for (text, minutes) in [
            ("15m", Some(15)),
            ("15 minutes", Some(15)),
            ("1 hour", Some(60)),
            ("24h", Some(1_440)),
            ("1 d", Some(1_440)),
            ("2 Weeks", Some(20_160)),
            ("1y", Some(525_600)),
            ("3 years", Some(1_576_800)),
            ("14m", None),
            ("0y", None),
            ("m", None),
            ("15", None),
            ("-1h", None),
            ("1 month", None),
            ("99999999999999999999y", None),
            ("18446744073709551615y", None),
            ("", None),
        ] {
            assert_eq!(read(text), minutes.map(|minutes| Millis::new(minutes * MINUTE)), "{text}");
        }
    }
}
