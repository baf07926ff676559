//! The arithmetic against a naive model on strings of digits.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

use proptest::prelude::*;
use switchback_units::{Millis, Money, Rate, Ratio, Timestamp, Tokens};

/// Schoolbook reading of `integer.fraction e exponent`, scaled by ten to the `scale`: shift the point in the text, cut,
/// and round half to even by looking at the digits that were cut.
fn naive_scaled(integer: &str, fraction: &str, exponent: i32, scale: i32) -> (Vec<u8>, bool) {
    let mut digits: Vec<u8> = integer.bytes().chain(fraction.bytes()).map(|byte| byte - b'0').collect();
    let mut point = i32::try_from(integer.len()).unwrap() + exponent + scale;
    while point < 0 {
        digits.insert(0, 0);
        point += 1;
    }
    while digits.len() < usize::try_from(point).unwrap() {
        digits.push(0);
    }
    let cut = digits.split_off(usize::try_from(point).unwrap());
    let half = cut.first() == Some(&5) && cut.iter().skip(1).all(|digit| *digit == 0);
    let odd = digits.last().is_some_and(|digit| digit % 2 == 1);
    let up = if half { odd } else { cut.first().is_some_and(|digit| *digit >= 5) };
    if up {
        digits = increment(digits);
    }
    let zeros = digits.iter().take_while(|digit| **digit == 0).count();
    (digits.split_off(zeros), cut.iter().any(|digit| *digit != 0))
}

fn increment(mut digits: Vec<u8>) -> Vec<u8> {
    for digit in digits.iter_mut().rev() {
        if *digit < 9 {
            *digit += 1;
            return digits;
        }
        *digit = 0;
    }
    digits.insert(0, 1);
    digits
}

fn number(digits: &[u8]) -> Option<u128> {
    digits.iter().try_fold(0_u128, |sum, digit| sum.checked_mul(10)?.checked_add(u128::from(*digit)))
}

prop_compose! {
    fn decimal()(
        integer in "0|[1-9][0-9]{0,9}",
        fraction in "[0-9]{0,20}",
        half in any::<bool>(),
        exponent in prop_oneof![Just(None), (-25..25_i32).prop_map(Some)],
    ) -> (String, String, Option<i32>) {
        // Ties are rare among random digits: half of the fractions end in a single 5.
        let fraction = if half && !fraction.is_empty() { format!("{fraction}5") } else { fraction };
        (integer, fraction, exponent)
    }
}

fn spell((integer, fraction, exponent): &(String, String, Option<i32>)) -> String {
    let point = if fraction.is_empty() { "" } else { "." };
    let exponent = exponent.map(|exponent| format!("e{exponent:+03}")).unwrap_or_default();
    format!("{integer}{point}{fraction}{exponent}")
}

proptest! {
    #[test]
    fn reading_a_rate_agrees_with_schoolbook_decimals(parts in decimal()) {
        let text = spell(&parts);
        let (integer, fraction, exponent) = &parts;
        for (scale, read) in [(12, Rate::from_decimal_per_unit(&text)), (6, Rate::per_million(&text))] {
            let (digits, rounded) = naive_scaled(integer, fraction, exponent.unwrap_or(0), scale);
            match number(&digits).and_then(|value| u64::try_from(value).ok()) {
                Some(value) => {
                    let parsed = read.expect("a value that fits is read");
                    prop_assert_eq!(parsed.value.pico_dollars(), value, "{}", text);
                    prop_assert_eq!(parsed.rounded, rounded, "{}", text);
                }
                None => prop_assert!(read.is_err(), "{}", text),
            }
        }
    }

    #[test]
    fn reading_any_text_never_panics_and_errors_lie_inside(text in ".{0,24}|[-+0-9.eE]{0,24}") {
        for result in [Rate::from_decimal_per_unit(&text).err(), Money::from_decimal(&text).err(), text.parse::<Money>().err()] {
            prop_assert!(result.is_none_or(|error| error.offset() <= text.len()));
        }
        let _ = (text.parse::<Timestamp>(), text.parse::<Millis>(), text.parse::<Ratio>(), text.parse::<Rate>());
    }

    #[test]
    fn printing_then_parsing_is_identity(pico: u128, rate: u64, ms: u64, ratio in 0.0..=1.0_f64) {
        let money = Money::from_pico_dollars(pico);
        prop_assert_eq!(money.to_string().parse(), Ok(money));
        prop_assert_eq!(Money::from_decimal(&money.display_decimal().to_string()).unwrap().value, money);
        let rate = Rate::from_pico_dollars(rate);
        prop_assert_eq!(rate.to_string().parse(), Ok(rate));
        let plain = Rate::from_decimal_per_unit(&rate.display_decimal_per_unit().to_string()).unwrap();
        prop_assert!(plain.value == rate && !plain.rounded);
        let instant = Timestamp::from_millis(ms);
        prop_assert_eq!(instant.to_string().parse(), Ok(instant));
        prop_assert_eq!(Millis::new(ms).to_string().parse(), Ok(Millis::new(ms)));
        let ratio = Ratio::new(ratio).unwrap();
        prop_assert_eq!(ratio.to_string().parse(), Ok(ratio));
        prop_assert_eq!(Tokens::new(ms).to_string().parse(), Ok(Tokens::new(ms)));
    }

    #[test]
    fn cost_is_the_exact_product(rate: u64, tokens: u64) {
        let money = Rate::from_pico_dollars(rate) * Tokens::new(tokens);
        prop_assert_eq!(money.pico_dollars(), u128::from(rate) * u128::from(tokens));
    }

    #[test]
    fn a_share_never_exceeds_the_amount(pico: u128, share in 0.0..=1.0_f64) {
        let money = Money::from_pico_dollars(pico);
        prop_assert!(money.share(Ratio::new(share).unwrap()) <= money);
        prop_assert_eq!(money.share(Ratio::ONE), money);
    }
}

#[test]
fn known_instants_print_as_the_calendar_says() {
    for (ms, text) in [
        (0, "1970-01-01T00:00:00Z"),
        (951_782_400_000, "2000-02-29T00:00:00Z"),
        (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
        (4_107_542_400_000, "2100-03-01T00:00:00Z"),
    ] {
        assert_eq!(Timestamp::from_millis(ms).to_string(), text);
    }
    assert_eq!("1700000000000".parse(), Ok(Timestamp::from_millis(1_700_000_000_000)));
    for (text, offset) in
        [("2023-02-29T00:00:00Z", 8), ("2023-02-28T24:00:00Z", 11), ("2023-02-28 10:00:00Z", 10), ("", 0)]
    {
        assert_eq!(text.parse::<Timestamp>().map_err(|error| error.offset()), Err(offset), "{text}");
    }
}

#[test]
fn errors_say_what_and_where() {
    for (text, message) in [
        ("", "expected a decimal number, found nothing"),
        ("-1", "expected a number that is not negative, found `-` at byte 0"),
        ("NaN", "unexpected `N` at byte 0"),
        ("1.", "expected a digit at byte 2"),
        ("1.5e", "expected a digit at byte 4"),
        ("1,5", "unexpected `,` at byte 1"),
        ("1é", "unexpected `é` at byte 1"),
        ("007", "unexpected `0` at byte 0"),
        ("1e30", "number too large at byte 0"),
        ("1e99999999999999999999", "number too large at byte 0"),
    ] {
        assert_eq!(Rate::from_decimal_per_unit(text).unwrap_err().to_string(), message, "{text}");
    }
    assert_eq!("$1.x".parse::<Money>().unwrap_err().to_string(), "unexpected `x` at byte 3");
    assert_eq!("2.50".parse::<Rate>().unwrap_err().to_string(), "expected the unit `/M` at byte 4");
    assert_eq!(
        "$0.0000000000001".parse::<Money>().unwrap_err().to_string(),
        "number finer than a pico-dollar at byte 1"
    );
}

#[test]
fn hostile_exponents_cost_nothing() {
    assert_eq!(Rate::per_million("0e99999999999999999999").unwrap().value, Rate::ZERO);
    let tiny = Rate::per_million("1e-99999999999999999999").unwrap();
    assert!(tiny.value == Rate::ZERO && tiny.rounded);
    let long = format!("0.{}", "3".repeat(100_000));
    assert_eq!(Rate::from_decimal_per_unit(&long).unwrap().value.pico_dollars(), 333_333_333_333);
}

#[test]
fn types_are_send_and_sync() {
    fn check<T: Send + Sync + std::fmt::Debug>() {}
    check::<(Timestamp, Millis, Tokens, Ratio, Money, Rate)>();
}

#[cfg(feature = "serde")]
#[test]
fn serde_forms_are_plain_and_exact() {
    let rate = Rate::per_million("2.5").unwrap().value;
    assert_eq!(serde_json::to_string(&rate).unwrap(), "\"0.0000025\"");
    assert_eq!(serde_json::from_str::<Rate>("\"2.5e-06\"").unwrap(), rate);
    assert_eq!(serde_json::to_string(&(rate * Tokens::new(3))).unwrap(), "\"0.0000075\"");
    assert_eq!(serde_json::from_str::<Money>("\"0.0000075\"").unwrap(), rate * Tokens::new(3));
    assert!(serde_json::from_str::<Money>("\"1e-13\"").unwrap_err().to_string().contains("finer than a pico-dollar"));
    assert_eq!(serde_json::to_string(&(Timestamp::from_millis(5), Millis::new(6), Tokens::new(7))).unwrap(), "[5,6,7]");
    assert_eq!(serde_json::from_str::<Ratio>("0.25").unwrap(), Ratio::of(1, 4).unwrap());
    assert!(serde_json::from_str::<Ratio>("1.5").is_err());
}

#[test]
fn a_span_is_read_from_a_number_or_from_a_text_with_its_unit() {
    let read = |json: &str| serde_json::from_str::<Millis>(json).map_err(|error| error.to_string());
    for (json, millis) in [("1500", 1_500), (r#""1500ms""#, 1_500), (r#""30s""#, 30_000), (r#""2m""#, 120_000)] {
        assert_eq!(read(json), Ok(Millis::new(millis)), "{json}");
    }
    assert_eq!("1h".parse(), Ok(Millis::new(3_600_000)));
    for (json, what) in [
        (r#""30""#, "expected a unit: `ms`, `s`, `m` or `h` at byte 2"),
        (r#""s""#, "expected a count of milliseconds, seconds, minutes or hours at byte 0"),
        (r#""18446744073709551615s""#, "expected a span that fits at byte 0"),
        ("-1", "expected a whole number of milliseconds"),
        ("1.5", "expected a whole number of milliseconds"),
        ("{}", "expected a whole number of milliseconds"),
    ] {
        let error = read(json).unwrap_err();
        assert!(error.contains(what), "{json}: {error}");
    }
}
