//! Cursors as serde values, and slicing lists to what a vendor takes at once.

use crate::contract::{Cursor, Fault, Page};
use crate::fault;
use serde::{de::DeserializeOwned, Serialize};

/// A cursor's bytes: JSON, so that a person can read one in a dump of the store.
pub fn encode<T: Serialize>(place: &T) -> Cursor {
    serde_json::to_vec(place).expect("a cursor is a plain struct of strings and numbers")
}

/// The place a cursor names; none gives the default.
///
/// # Errors
/// `internal` when the bytes are none of ours, e.g. a cursor of an older connector.
pub fn decode<T: DeserializeOwned + Default>(cursor: Option<&[u8]>) -> Result<T, Fault> {
    let Some(bytes) = cursor else {
        return Ok(T::default());
    };
    serde_json::from_slice(bytes).map_err(|e| {
        fault::internal(crate::text!(
            "sdk-cursor",
            "The saved place cannot be read: {reason}",
            reason = e
        ))
    })
}

/// A page without records, at the end of a walk.
pub fn last_page() -> Page {
    Page {
        entries: Vec::new(),
        next: None,
        more: false,
        complete: true,
        ext: Vec::new(),
    }
}

/// The list in slices of at most `size`, and never a slice of nothing.
pub fn chunks<T>(list: &[T], size: usize) -> std::slice::Chunks<'_, T> {
    list.chunks(size.max(1))
}

/// How many JSON values a text has at most, as the host counts them in an answer: keys too.
pub fn json_values(json: &str) -> usize {
    let (mut in_text, mut escaped) = (false, false);
    let mut values = 1;
    for byte in json.bytes() {
        if in_text {
            in_text = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
        } else {
            in_text = byte == b'"';
            values += usize::from(matches!(byte, b',' | b':' | b'[' | b'{'));
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted_as_their_beginnings_outside_texts() {
        for (json, values) in [
            ("1", 1),
            (r#"{"a":1,"b":[2,3]}"#, 7),
            (r#""a, b: [c] {d}""#, 1),
            (r#"{"a":"say \"b\", or {c}"}"#, 3),
        ] {
            assert_eq!(json_values(json), values, "{json}");
        }
    }
}
