//! Kinds of values, as sentences name them: with their article.

use super::Word;

pub const ANYTHING: Word = Word::new("kind-anything", "anything");
pub const DATE: Word = Word::new("kind-date", "a date");
pub const DATE_AS: Word = Word::new("kind-date-as", "a date such as 2026-01-31");
pub const DECIMAL: Word = Word::new("kind-decimal", "a decimal");
pub const EMPTY: Word = Word::new("kind-empty", "an empty field");
pub const ID: Word = Word::new("kind-id", "an id");
pub const INSTANT: Word = Word::new("kind-instant", "an instant");
pub const LIST: Word = Word::new("kind-list", "a list");
pub const LIST_OF_RECORDS: Word = Word::new("kind-list-of-records", "a list of records");
pub const LIST_OF_TEXTS: Word = Word::new("kind-list-of-texts", "a list of texts");
pub const NUMBER: Word = Word::new("kind-number", "a number");
pub const RECORD: Word = Word::new("kind-record", "a record");
pub const TABLE: Word = Word::new("kind-table", "a table");
pub const TEXT: Word = Word::new("kind-text", "a text");
pub const TRUE_OR_FALSE: Word = Word::new("kind-true-or-false", "true or false");
pub const VALUE: Word = Word::new("kind-value", "a value");
pub const WHOLE: Word = Word::new("kind-whole", "a whole number");
pub const WHOLE_FROM_0: Word = Word::new("kind-whole-from-0", "a whole number from 0");
