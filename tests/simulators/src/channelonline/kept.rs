//! How amounts, moments and shared products stand in the JSON of seeds, control actions and the state.

/// A decimal as text; read from a number as well.
pub mod amount {
    use rust_decimal::Decimal;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};
    use serde_json::Value;

    pub fn serialize<S: Serializer>(amount: &Decimal, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(amount)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Decimal, D::Error> {
        let text = match Value::deserialize(from)? {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            other => return Err(D::Error::custom(format!("{other} is no amount"))),
        };
        super::decimal(&text).ok_or_else(|| D::Error::custom(format!("`{text}` is no amount")))
    }
}

/// A moment in UTC; read with any offset.
pub mod moment {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::channelonline::time;
    use crate::simulator::NowMs;

    pub fn serialize<S: Serializer>(at: &NowMs, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&time::utc(*at))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<NowMs, D::Error> {
        let text = String::deserialize(from)?;
        let at = time::any(&text);
        at.map(time::whole_seconds)
            .ok_or_else(|| D::Error::custom(format!("`{text}` is no moment")))
    }
}

/// What many lines share.
pub mod shared {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<T: Serialize, S: Serializer>(it: &Arc<T>, to: S) -> Result<S::Ok, S::Error> {
        it.as_ref().serialize(to)
    }

    pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Arc<T>, D::Error> {
        T::deserialize(from).map(Arc::new)
    }
}

use rust_decimal::Decimal;

/// No number is larger, so that sums and products of them cannot fail.
const MOST: i64 = 10_000_000;

/// Digits with at most one dot and a sign; no thousands separator, no exponent.
pub fn decimal(text: &str) -> Option<Decimal> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let number: Decimal = plain.then(|| text.parse().ok()).flatten()?;
    (number.abs() <= Decimal::from(MOST) && number.scale() <= 6).then_some(number)
}
