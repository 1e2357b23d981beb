//! A line of a quote: what kind it is, and which line of the flow's document.
//!
//! A `QuoteItem` has no field for anybody's key. So the key stands at the end of its description, `… [#17]`, from where
//! it is taken off again when the line is read. A line without one is not ours: a person added it in Autotask.

use crate::assumed::{LINE_KEY_AFTER, LINE_KEY_BEFORE, QUOTE_ITEM_TYPES};
use crate::table::{plain_text, text_value};
use crate::tables::QUOTE_ITEM;
use liaison_sdk::prelude::*;
use schema::Field;

/// What Autotask takes of a description.
pub const DESCRIPTION_MAX: usize = 2000;
/// What a key may be at most.
pub const KEY_MAX: u32 = 40;

/// A line's fields.
pub fn fields() -> Vec<Field> {
    let kinds: Vec<&str> = QUOTE_ITEM_TYPES.iter().map(|(_, kind, _)| *kind).collect();
    let mut fields = vec![
        schema::string("key")
            .max(KEY_MAX)
            .description("Which line of the flow's document this is, e.g. its line id. It stands at the end of the description in Autotask."),
        schema::one_of("kind", &kinds)
            .description("What the line sells; exactly the one id field of this kind must be set."),
        schema::string("description"),
    ];
    fields.extend(QUOTE_ITEM.columns.iter().map(|c| c.schema()));
    fields
}

/// The kind of a line by its number; `other` kinds of later versions have no name.
pub fn kind_of(number: i64) -> Option<&'static str> {
    QUOTE_ITEM_TYPES
        .iter()
        .find(|(of, _, _)| *of == number)
        .map(|(_, kind, _)| *kind)
}

/// A kind's number and the field that names what is sold.
pub fn type_of(kind: &str) -> Option<(i64, Option<&'static str>)> {
    QUOTE_ITEM_TYPES
        .iter()
        .find(|(_, of, _)| *of == kind)
        .map(|(number, _, target)| (*number, *target))
}

/// A description with a key at its end.
pub fn with_key(description: &str, key: &str) -> String {
    let mark = format!("{LINE_KEY_BEFORE}{key}{LINE_KEY_AFTER}");
    let description = description.trim_end();
    if description.is_empty() {
        return mark;
    }
    let room = DESCRIPTION_MAX - mark.chars().count() - 1;
    format!("{} {mark}", text::shorten(description, room))
}

/// A description without its key, and the key.
pub fn split(description: &str) -> (&str, Option<&str>) {
    let whole = description.trim_end();
    let Some((before, key)) = whole
        .strip_suffix(LINE_KEY_AFTER)
        .and_then(|rest| rest.rsplit_once(LINE_KEY_BEFORE))
    else {
        return (description, None);
    };
    let is_key = !key.is_empty() && key.chars().count() <= KEY_MAX as usize;
    match is_key && !key.contains(['[', ']', '\n']) {
        true => (before.trim_end(), Some(key)),
        false => (description, None),
    }
}

/// What is added to a line's columns when it is read.
pub fn complete(body: &mut Map<String, Value>, row: &Value) {
    let text = plain_text(&row["description"]);
    let (description, key) = split(&text);
    let kind = row["quoteItemType"].as_i64().and_then(kind_of);
    body.insert("key".to_owned(), json!(key));
    body.insert("kind".to_owned(), json!(kind));
    body.insert("description".to_owned(), text_value(&json!(description)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_put_at_the_end_and_taken_off_again() {
        for (description, key, whole) in [
            ("", "17", "[#17]"),
            ("Dock", "17", "Dock [#17]"),
            ("Two\nlines ", "a-b", "Two\nlines [#a-b]"),
            ("Already [#3] inside", "4", "Already [#3] inside [#4]"),
        ] {
            assert_eq!(with_key(description, key), whole);
            assert_eq!(split(whole), (description.trim_end(), Some(key)));
        }
        for whole in ["", "Dock", "Dock [#]", "[#1] Dock", "Dock [17]"] {
            assert_eq!(split(whole), (whole, None), "{whole}");
        }
        let long = with_key(&"x".repeat(3000), "17");
        assert_eq!(long.chars().count(), DESCRIPTION_MAX);
        assert_eq!(split(&long).1, Some("17"));
    }

    #[test]
    fn every_kind_names_at_most_one_field_that_lines_have() {
        for (number, kind, target) in QUOTE_ITEM_TYPES {
            assert_eq!(kind_of(*number), Some(*kind));
            assert_eq!(type_of(kind), Some((*number, *target)));
            assert!(target.is_none_or(|field| QUOTE_ITEM.column(field).is_some()));
        }
    }
}
