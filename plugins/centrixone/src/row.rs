//! The rows of an answer, one at a time.
//!
//! A result set comes whole, and one of many thousand records as a tree of values would not fit into
//! the memory of a guest. So a row is read, looked at and let go before the next.

use serde::de::{DeserializeOwned, Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// Hands over each element of a JSON array; false when it is none, or an element is not what it should be.
pub fn each<T: DeserializeOwned>(array: &RawValue, take: &mut dyn FnMut(T)) -> bool {
    let mut text = serde_json::Deserializer::from_str(array.get());
    text.deserialize_seq(Rows(take)).is_ok()
}

struct Rows<'a, T>(&'a mut dyn FnMut(T));

impl<'de, T: DeserializeOwned> Visitor<'de> for Rows<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<(), A::Error> {
        while let Some(row) = rows.next_element()? {
            (self.0)(row);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use liaison_sdk::prelude::*;
    use serde::{Deserialize, Deserializer};
    use std::cell::Cell;

    thread_local! {
        /// Rows that live, and the most that ever lived together.
        static LIVE: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
    }

    /// A row that is counted while it lives.
    struct Counted(Value);

    impl<'de> Deserialize<'de> for Counted {
        fn deserialize<D: Deserializer<'de>>(row: D) -> Result<Self, D::Error> {
            let row = Value::deserialize(row)?;
            let (live, most) = LIVE.get();
            LIVE.set((live + 1, most.max(live + 1)));
            Ok(Self(row))
        }
    }

    impl Drop for Counted {
        fn drop(&mut self) {
            let (live, most) = LIVE.get();
            LIVE.set((live - 1, most));
        }
    }

    fn raw(text: &str) -> &RawValue {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn one_row_lives_at_a_time() {
        let rows: Vec<Value> = (0..1_000).map(|id| json!({"id": id})).collect();
        let mut seen = Vec::new();
        let read = each(raw(&json!(rows).to_string()), &mut |row: Counted| {
            seen.push(row.0["id"].as_i64());
        });
        assert!(read);
        assert_eq!(seen, (0..1_000).map(Some).collect::<Vec<_>>());
        assert_eq!(LIVE.get(), (0, 1));
    }

    #[test]
    fn what_is_no_array_is_told() {
        for (text, expected) in [
            ("[]", true),
            ("{}", false),
            ("null", false),
            ("\"a\"", false),
            ("[1,\"a\"]", false),
        ] {
            let mut sum = 0;
            let read = each(raw(text), &mut |number: i64| sum += number);
            assert_eq!(read, expected, "{text}");
        }
    }
}
