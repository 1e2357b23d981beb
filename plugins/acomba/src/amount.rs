//! Decimal strings of our bodies as the bridge's JSON numbers, digit for digit.
//!
//! The bridge takes at most four decimals and Acomba keeps binary doubles, so what would not come
//! back as it went is refused here. Nothing is ever rounded: that is the flow's decision.

use crate::assumed::{DECIMALS_MAX, DIGITS_MAX};
use liaison_sdk::prelude::*;
use liaison_sdk::{text, Decimal};

/// The amount in a body's value; none when it is absent or null.
pub fn read(value: Option<&Value>, field: &str) -> Result<Option<Decimal>, Fault> {
    let value = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(value) => value,
    };
    let amount = decimal::parse(value)
        .ok_or_else(|| no_number(value, field))?
        .normalize();
    if amount.scale() > DECIMALS_MAX {
        return Err(fault::rejected(text!(
            "acomba-too-many-decimals",
            "{amount} in {field} has more than {max} decimals; round it in the flow",
            amount = amount,
            field = field,
            max = DECIMALS_MAX
        ))
        .field(field));
    }
    if amount.mantissa().unsigned_abs().to_string().len() > DIGITS_MAX {
        return Err(fault::rejected(text!(
            "acomba-too-many-digits",
            "{amount} in {field} has more than {max} digits, which Acomba cannot keep",
            amount = amount,
            field = field,
            max = DIGITS_MAX
        ))
        .field(field));
    }
    Ok(Some(amount))
}

/// The amount as a JSON number, without a binary float in between.
pub fn to_wire(amount: Decimal) -> Value {
    let text = amount.normalize().to_string();
    Value::Number(
        text.parse()
            .expect("a decimal without an exponent is a JSON number"),
    )
}

/// The amount as our bodies write money: at least two decimals.
pub fn money(amount: Decimal) -> Value {
    let mut amount = amount.normalize();
    if amount.scale() < 2 {
        amount.rescale(2);
    }
    Value::String(amount.to_string())
}

/// Money of a card; absent stays absent, what is no number is empty.
pub fn money_from_wire(value: &Value) -> Value {
    decimal::parse(value).map_or(Value::Null, money)
}

/// A quantity or a rate of a card, without trailing zeros.
pub fn plain_from_wire(value: &Value) -> Value {
    decimal::parse(value).map_or(Value::Null, |amount| {
        Value::String(amount.normalize().to_string())
    })
}

fn no_number(value: &Value, field: &str) -> Fault {
    fault::rejected(text!(
        "acomba-no-number",
        "{value} in {field} is no number",
        value = value,
        field = field
    ))
    .field(field)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_arrive_as_they_left() {
        for (text, expected) in [
            ("17.25", "17.25"),
            ("250.00", "250"),
            ("0.1", "0.1"),
            ("-34.4100", "-34.41"),
            ("1.00000", "1"),
            ("0.0001", "0.0001"),
            ("99999999999.9999", "99999999999.9999"),
            ("-0.00", "0"),
        ] {
            let amount = read(Some(&json!(text)), "total").unwrap().unwrap();
            assert_eq!(to_wire(amount).to_string(), expected, "{text}");
        }
        assert_eq!(read(None, "total"), Ok(None));
        assert_eq!(read(Some(&Value::Null), "total"), Ok(None));
    }

    #[test]
    fn what_would_not_come_back_is_refused() {
        for (value, key) in [
            (json!("0.00001"), "acomba-too-many-decimals"),
            (json!("52.77751"), "acomba-too-many-decimals"),
            (json!("1234567890123456"), "acomba-too-many-digits"),
            (json!("twelve"), "acomba-no-number"),
            (json!(true), "acomba-no-number"),
            (json!(""), "acomba-no-number"),
        ] {
            let fault = read(Some(&value), "price").unwrap_err();
            assert_eq!(
                (fault.message.key.as_str(), fault.field.as_deref()),
                (key, Some("price")),
                "{value}"
            );
            assert_eq!(fault.kind, FaultKind::Rejected);
        }
    }

    #[test]
    fn money_shows_its_cents_and_quantities_only_what_counts() {
        for (wire, as_money, plain) in [
            ("25", "25.00", "25"),
            ("345.0", "345.00", "345"),
            ("0.125", "0.125", "0.125"),
        ] {
            let wire: Value = serde_json::from_str(wire).unwrap();
            assert_eq!(
                (money_from_wire(&wire), plain_from_wire(&wire)),
                (json!(as_money), json!(plain))
            );
        }
    }
}
