//! Exact decimals: read from text, rounded half away from zero, written plainly.
//!
//! Invariant: no binary float, ever.

use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::Value;

/// Digits a decimal text may have, sign and point aside; what it cannot hold exactly is refused.
const DIGITS_MAX: usize = 28;

/// A decimal text as bodies have it: `-12.50`. No exponent, no blanks, no thousands separator.
pub fn parse(text: &str) -> Option<Decimal> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !plain(whole) || !plain(fraction) || whole.len() + fraction.len() > DIGITS_MAX + 1 {
        return None;
    }
    Decimal::from_str_exact(text).ok()
}

/// A decimal text, or a whole JSON number.
pub fn of_json(value: &Value) -> Option<Decimal> {
    match value {
        Value::String(text) => parse(text),
        Value::Number(number) => number.as_i64().map(Decimal::from),
        _ => None,
    }
}

/// Rounds half away from zero: 2.5 becomes 3 and -2.5 becomes -3, as money is rounded by people.
pub fn round(number: Decimal, places: u32) -> Decimal {
    number.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero)
}

/// Rounded, with exactly so many places: `12.5` at 2 is `12.50`. None where the digits do not fit.
pub fn fixed(number: Decimal, places: u32) -> Option<Decimal> {
    let mut rounded = round(number, places);
    rounded.rescale(places);
    // A number too large for the scale keeps fewer places instead of failing.
    (rounded.scale() == places).then_some(without_minus_zero(rounded))
}

/// Without trailing zeros: what an expression computed has no places of its own.
pub fn plain(number: Decimal) -> Decimal {
    without_minus_zero(number.normalize())
}

fn without_minus_zero(number: Decimal) -> Decimal {
    if number.is_zero() {
        number.abs()
    } else {
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, places: u32, expected: &str) {
        let number = parse(text).expect("a decimal");
        assert_eq!(
            fixed(number, places).expect("fits").to_string(),
            expected,
            "{text}"
        );
    }

    #[test]
    fn money_is_rounded_half_away_from_zero() {
        check("2.345", 2, "2.35");
        check("-2.345", 2, "-2.35");
        check("2.3449999", 2, "2.34");
        check("2.5", 0, "3");
        check("-2.5", 0, "-3");
        check("12", 2, "12.00");
        check("-0.004", 2, "0.00");
    }

    #[test]
    fn what_is_no_plain_decimal_is_refused() {
        for text in [
            "", "-", ".5", "5.", "1e3", "1,5", " 1", "+1", "0x1", "--1", "1.2.3", "NaN",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn the_quebec_sales_tax_is_exact() {
        let tax = parse("448.35").unwrap() * parse("9.975").unwrap() / Decimal::ONE_HUNDRED;
        assert_eq!(tax.to_string(), "44.7229125");
        assert_eq!(fixed(tax, 2).unwrap().to_string(), "44.72");
    }

    proptest! {
        /// Against whole numbers: an amount of n ten-thousandths rounds to the nearest cent.
        #[test]
        fn rounding_to_cents_is_exact(n in -10_000_000_000_i64..10_000_000_000) {
            let cents = (n.abs() + 50) / 100 * n.signum();
            let got = fixed(Decimal::new(n, 4), 2).unwrap();
            prop_assert_eq!(got, Decimal::new(cents, 2));
            prop_assert_eq!(got.scale(), 2);
        }

        #[test]
        fn text_survives(n in any::<i64>(), places in 0_u32..12) {
            let number = Decimal::new(n, places);
            prop_assert_eq!(parse(&number.to_string()), Some(number));
        }
    }
}
