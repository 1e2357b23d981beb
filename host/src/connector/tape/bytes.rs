//! Bytes as JSON: text where they are text, so that a person can read a tape; else base64.
//!
//! At the imports a text stands as it is, since it is known that bytes are meant. In what a guest returns,
//! lists of bytes are found among other values, and `{"text": …}` says that this was one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

const BASE64: &str = "base64";
const TEXT: &str = "text";

pub fn to_value(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => Value::from(text),
        Err(_) => json!({ BASE64: STANDARD.encode(bytes) }),
    }
}

pub fn of_value(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::String(text) => Some(text.clone().into_bytes()),
        Value::Object(fields) => STANDARD.decode(fields.get(BASE64)?.as_str()?).ok(),
        _ => None,
    }
}

/// Lists of bytes, wherever they stand, become readable. The contract has no other lists of numbers.
pub fn readable(value: Value) -> Value {
    match value {
        Value::Array(items) => match whole_bytes(&items) {
            Some(bytes) => marked(&bytes),
            None => Value::Array(items.into_iter().map(readable).collect()),
        },
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (name, readable(value)))
            .collect::<Map<_, _>>()
            .into(),
        other => other,
    }
}

/// The same for bytes that are known to be such.
pub fn marked(bytes: &[u8]) -> Value {
    match to_value(bytes) {
        Value::String(text) => json!({ TEXT: text }),
        other => other,
    }
}

/// The way back from [`readable`].
pub fn unreadable(value: Value) -> Value {
    match value {
        Value::Object(fields) => match only_bytes(&fields) {
            Some(bytes) => bytes.into_iter().map(Value::from).collect(),
            None => fields
                .into_iter()
                .map(|(name, value)| (name, unreadable(value)))
                .collect::<Map<_, _>>()
                .into(),
        },
        Value::Array(items) => items.into_iter().map(unreadable).collect(),
        other => other,
    }
}

fn whole_bytes(items: &[Value]) -> Option<Vec<u8>> {
    if items.is_empty() {
        return None;
    }
    let byte = |item: &Value| item.as_u64().and_then(|number| u8::try_from(number).ok());
    items.iter().map(byte).collect()
}

fn only_bytes(fields: &Map<String, Value>) -> Option<Vec<u8>> {
    if fields.len() != 1 {
        return None;
    }
    match (fields.get(TEXT), fields.get(BASE64)) {
        (Some(Value::String(text)), _) => Some(text.clone().into_bytes()),
        (_, Some(Value::String(coded))) => STANDARD.decode(coded).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_as_they_were() {
        for bytes in [
            &b""[..],
            b"plain \"text\"",
            "déjà".as_bytes(),
            &[0xff, 0, 7],
        ] {
            assert_eq!(of_value(&to_value(bytes)).as_deref(), Some(bytes));
            let list: Value = bytes.iter().copied().map(Value::from).collect();
            let around = json!({"next": list, "more": true, "ids": [], "texts": ["a"]});
            assert_eq!(unreadable(readable(around.clone())), around);
        }
    }

    #[test]
    fn text_is_readable_on_the_tape() {
        let list: Value = b"cursor-7".iter().copied().map(Value::from).collect();
        assert_eq!(readable(json!([list])), json!([{"text": "cursor-7"}]));
    }
}
