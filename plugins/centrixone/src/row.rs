//! The rows of an answer, one at a time.
//!
//! A result set comes whole, and one of many thousand records as a tree of values would not fit into
//! the memory of a guest. So a row is read, looked at and let go before the next.

use liaison_sdk::prelude::*;
use serde::de::{Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// Hands over each element of a JSON array; false when it is none.
pub fn each(array: &RawValue, take: &mut dyn FnMut(Value)) -> bool {
    let mut text = serde_json::Deserializer::from_str(array.get());
    text.deserialize_seq(Rows(take)).is_ok()
}

struct Rows<'a>(&'a mut dyn FnMut(Value));

impl<'de> Visitor<'de> for Rows<'_> {
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
