//! One form for equal records, and its fingerprint.

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::model::Fingerprint;

/// Sorted keys, numbers and decimal texts verbatim, sha256 cut to 16 bytes.
pub fn fingerprint(value: &Value) -> Fingerprint {
    let mut text = String::new();
    write(value, &mut text);
    let digest = Sha256::digest(text.as_bytes());
    let mut cut = [0; 16];
    cut.copy_from_slice(&digest[..16]);
    Fingerprint(cut)
}

/// The canonical text of a value.
pub fn text(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut keys: Vec<&String> = fields.keys().collect();
            keys.sort();
            out.push('{');
            for (nth, key) in keys.into_iter().enumerate() {
                if nth > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                write(&fields[key], out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (nth, item) in items.iter().enumerate() {
                if nth > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        other => out.push_str(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_order_of_keys_does_not_count_and_everything_else_does() {
        let a: Value = serde_json::from_str(r#"{"b":1,"a":[1,"2"]}"#).unwrap();
        assert_eq!(
            fingerprint(&a),
            fingerprint(&json!({"a": [1, "2"], "b": 1}))
        );
        assert_eq!(text(&a), r#"{"a":[1,"2"],"b":1}"#);
        for other in [
            json!({"a": ["2", 1], "b": 1}),
            json!({"a": [1, "2"], "b": null}),
            json!({"a": [1, "2"]}),
            json!({"a": [1, "2.0"], "b": 1}),
        ] {
            assert_ne!(fingerprint(&a), fingerprint(&other), "{other}");
        }
    }
}
