//! Reads TOML with places, key by key, and collects every problem on the way.
//!
//! A section knows which keys it was asked for; [`Section::done`] reports the others, with the one
//! that was probably meant. So the list of allowed keys of a table is never written down twice.

use std::cell::RefCell;
use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use super::problem::{Problem, one_of, suggest, words};
use super::source::{At, SourceText, Span};
use crate::model::{Text, Word, kind};

/// Keys that the language has room for and this version does not know yet.
const LATER_KEYS: [&str; 3] = ["window", "on_delete", "clear"];

const THE_FILE: Word = Word::new("word-the-file", "the file");

/// A TOML value, owned, with the places of everything inside.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    Text(String),
    Integer(i64),
    /// As written: never through a binary float.
    Decimal(String),
    Bool(bool),
    /// A date, a time or both, as written.
    Date(String),
    List(Vec<At<Item>>),
    Table(Vec<(At<String>, At<Item>)>),
}

impl Item {
    /// What it is, with its article, for messages.
    pub fn kind(&self) -> Word {
        match self {
            Self::Text(_) => kind::TEXT,
            Self::Integer(_) | Self::Decimal(_) => kind::NUMBER,
            Self::Bool(_) => kind::TRUE_OR_FALSE,
            Self::Date(_) => kind::DATE,
            Self::List(_) => kind::LIST,
            Self::Table(_) => kind::TABLE,
        }
    }

    /// As the JSON of record bodies: a number with a fraction becomes a decimal text.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value;
        match self {
            Self::Text(text) | Self::Decimal(text) | Self::Date(text) => Value::from(text.as_str()),
            Self::Integer(number) => Value::from(*number),
            Self::Bool(yes) => Value::from(*yes),
            Self::List(items) => items.iter().map(|item| item.value.to_json()).collect(),
            Self::Table(entries) => Value::Object(
                entries
                    .iter()
                    .map(|(key, item)| (key.value.clone(), item.value.to_json()))
                    .collect(),
            ),
        }
    }
}

/// A file being read, and what was found wrong so far.
pub struct Reader {
    pub source: Arc<SourceText>,
    problems: RefCell<Vec<Problem>>,
    root: At<Item>,
}

impl Reader {
    /// Parses the file. Where its syntax is wrong, the root is empty and every syntax error is a
    /// problem; what a broken file may have meant is not guessed at.
    pub fn new(source: &Arc<SourceText>) -> Self {
        let (document, errors) = DeTable::parse_recoverable(&source.text);
        let mut problems: Vec<Problem> = errors
            .iter()
            .map(|error| {
                let span = error.span().unwrap_or(0..0);
                let words = words!(
                    "problem-toml-syntax",
                    "not valid TOML: {what}",
                    what = error.message()
                );
                Problem::new(source, &span, "toml-syntax", words)
            })
            .collect();
        // What follows on the same line is mostly the parser finding its way again.
        problems.sort_by_key(|problem| problem.span.start);
        problems.dedup_by_key(|problem| problem.line);
        let span = 0..source.text.len();
        let entries = match problems.is_empty() {
            true => table_of(document.into_inner()),
            false => Vec::new(),
        };
        let root = At::new(Item::Table(entries), span);
        Self {
            source: Arc::clone(source),
            problems: RefCell::new(problems),
            root,
        }
    }

    /// Whether the file could be read as TOML at all.
    pub fn is_toml(&self) -> bool {
        !self
            .problems
            .borrow()
            .iter()
            .any(|problem| problem.code == "toml-syntax")
    }

    pub fn root(&self) -> Section<'_> {
        // The file itself has no place worth underlining but its beginning.
        self.section(None, &self.root.value, &(0..0))
    }

    /// `name`: as the author would write it, `connections.acomba`; none for the whole file.
    pub fn section<'a>(&'a self, name: Option<String>, item: &'a Item, span: &Span) -> Section<'a> {
        let entries: &[_] = match item {
            Item::Table(entries) => entries,
            _ => &[],
        };
        Section {
            reader: self,
            name,
            entries,
            span: span.clone(),
            asked: RefCell::default(),
        }
    }

    pub fn problem(&self, span: &Span, code: &'static str, message: Text, help: Option<Text>) {
        let problem = Problem::new(&self.source, span, code, message).help(help);
        self.problems.borrow_mut().push(problem);
    }

    pub fn into_problems(self) -> Vec<Problem> {
        self.problems.into_inner()
    }

    /// The item as a text, or a problem.
    pub fn text(&self, key: &str, item: &At<Item>) -> Option<At<String>> {
        match &item.value {
            Item::Text(text) => Some(At::new(text.clone(), item.span.clone())),
            _ => self.wrong_type(key, kind::TEXT, item),
        }
    }

    pub fn wrong_type<T>(&self, key: &str, wanted: Word, item: &At<Item>) -> Option<T> {
        let message = words!(
            "problem-wrong-type",
            "`{key}` must be {wanted}, and this is {found}",
            key = key;
            wanted = wanted,
            found = item.value.kind()
        );
        self.problem(&item.span, "wrong-type", message, None);
        None
    }

    /// Something the language has room for and this version does not do.
    pub fn later(&self, word: &At<String>) {
        let message = words!(
            "problem-not-in-this-version",
            "`{word}` is not supported in this version",
            word = word.value
        );
        self.problem(&word.span, "not-in-this-version", message, None);
    }

    pub fn wrong_word(&self, key: &str, found: &At<String>, known: &[&str]) {
        let message = words!(
            "problem-unknown-value",
            "`{key}` cannot be `{value}`",
            key = key,
            value = found.value
        );
        let help = suggest(&found.value, known.iter().copied())
            .unwrap_or_else(|| one_of(known.iter().copied()));
        self.problem(&found.span, "unknown-value", message, Some(help));
    }
}

/// One table being read.
pub struct Section<'a> {
    pub reader: &'a Reader,
    name: Option<String>,
    pub entries: &'a [(At<String>, At<Item>)],
    pub span: Span,
    asked: RefCell<Vec<&'static str>>,
}

impl<'a> Section<'a> {
    pub fn get(&self, key: &'static str) -> Option<&'a At<Item>> {
        self.asked.borrow_mut().push(key);
        self.entries
            .iter()
            .find(|(name, _)| name.value == key)
            .map(|(_, item)| item)
    }

    pub fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|(name, _)| name.value == key)
    }

    pub fn text(&self, key: &'static str) -> Option<At<String>> {
        self.get(key).and_then(|item| self.reader.text(key, item))
    }

    pub fn need_text(&self, key: &'static str) -> Option<At<String>> {
        if !self.has(key) {
            self.asked.borrow_mut().push(key);
            self.missing(key);
            return None;
        }
        self.text(key)
    }

    pub fn flag(&self, key: &'static str) -> Option<bool> {
        match self.get(key)? {
            At {
                value: Item::Bool(yes),
                ..
            } => Some(*yes),
            other => self.reader.wrong_type(key, kind::TRUE_OR_FALSE, other),
        }
    }

    /// A whole number from 0.
    pub fn number(&self, key: &'static str) -> Option<At<u64>> {
        let item = self.get(key)?;
        match item.value {
            Item::Integer(number) if number >= 0 => {
                Some(At::new(number.unsigned_abs(), item.span.clone()))
            }
            Item::Integer(number) => {
                let message = words!(
                    "problem-negative",
                    "`{key}` must be a whole number from 0, and this is {found}",
                    key = key,
                    found = number
                );
                self.reader.problem(&item.span, "wrong-type", message, None);
                None
            }
            _ => self.reader.wrong_type(key, kind::WHOLE_FROM_0, item),
        }
    }

    /// One of the given words.
    pub fn word<T: Copy>(&self, key: &'static str, known: &[(&str, T)]) -> Option<At<T>> {
        let found = self.text(key)?;
        match known.iter().find(|(word, _)| *word == found.value) {
            Some((_, meaning)) => Some(At::new(*meaning, found.span)),
            None => {
                let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
                self.reader.wrong_word(key, &found, &words);
                None
            }
        }
    }

    pub fn list(&self, key: &'static str) -> Option<&'a [At<Item>]> {
        match self.get(key)? {
            At {
                value: Item::List(items),
                ..
            } => Some(items),
            other => self.reader.wrong_type(key, kind::LIST, other),
        }
    }

    pub fn texts(&self, key: &'static str) -> Option<Vec<At<String>>> {
        let items = self.list(key)?;
        Some(
            items
                .iter()
                .filter_map(|item| self.reader.text(key, item))
                .collect(),
        )
    }

    pub fn table(&self, key: &'static str) -> Option<Section<'a>> {
        match self.get(key)? {
            At {
                value: item @ Item::Table(_),
                span,
            } => Some(self.reader.section(Some(self.inner_name(key)), item, span)),
            other => self.reader.wrong_type(key, kind::TABLE, other),
        }
    }

    /// The tables inside a table, each under a name of the author's choice.
    pub fn named_tables(&self, key: &'static str) -> Vec<(At<String>, Section<'a>)> {
        let Some(section) = self.table(key) else {
            return Vec::new();
        };
        section.each_table()
    }

    /// Every entry of this table as a table under a name of the author's choice.
    pub fn each_table(&self) -> Vec<(At<String>, Section<'a>)> {
        self.entries
            .iter()
            .filter_map(|(name, item)| match &item.value {
                Item::Table(_) => {
                    let inner = Some(self.inner_name(&name.value));
                    // A header such as `[connections.x]` is best shown by its name.
                    Some((
                        name.clone(),
                        self.reader.section(inner, &item.value, &name.span),
                    ))
                }
                _ => self.reader.wrong_type(&name.value, kind::TABLE, item),
            })
            .collect()
    }

    /// Every entry of this table, under a name of the author's choice: one table, or a list of tables.
    pub fn each_table_or_list(&self) -> Vec<(At<String>, Vec<Section<'a>>)> {
        let entries = self.entries.iter();
        entries
            .filter_map(|(name, item)| {
                let section = |at: &'a At<Item>| {
                    let inner = Some(self.inner_name(&name.value));
                    self.reader.section(inner, &at.value, &at.span)
                };
                let tables = |items: &[At<Item>]| {
                    let mut items = items.iter();
                    items.all(|item| matches!(item.value, Item::Table(_)))
                };
                match &item.value {
                    Item::Table(_) => {
                        let inner = Some(self.inner_name(&name.value));
                        let one = self.reader.section(inner, &item.value, &name.span);
                        Some((name.clone(), vec![one]))
                    }
                    Item::List(items) if tables(items) => {
                        Some((name.clone(), items.iter().map(section).collect()))
                    }
                    _ => self.reader.wrong_type(&name.value, kind::TABLE, item),
                }
            })
            .collect()
    }

    /// `[[key]]`, or a list of inline tables.
    pub fn tables(&self, key: &'static str) -> Vec<Section<'a>> {
        let Some(items) = self.list(key) else {
            return Vec::new();
        };
        items
            .iter()
            .filter_map(|item| match &item.value {
                Item::Table(_) => Some(self.reader.section(
                    Some(self.inner_name(key)),
                    &item.value,
                    &item.span,
                )),
                _ => self.reader.wrong_type(key, kind::TABLE, item),
            })
            .collect()
    }

    pub fn missing(&self, key: &str) {
        let message = words!(
            "problem-missing-key",
            "{section} has no `{key}`",
            key = key;
            section = self.title()
        );
        self.reader
            .problem(&self.span, "missing-key", message, None);
    }

    /// Reports every key nobody asked for.
    pub fn done(&self) {
        let asked = self.asked.borrow();
        for (name, _) in self.entries {
            if asked.iter().any(|key| *key == name.value) {
                continue;
            }
            if LATER_KEYS.contains(&name.value.as_str()) {
                self.reader.later(name);
                continue;
            }
            let message = words!(
                "problem-unknown-key",
                "{section} has no key `{key}`",
                key = name.value;
                section = self.title()
            );
            let help = suggest(&name.value, asked.iter().copied());
            self.reader
                .problem(&name.span, "unknown-key", message, help);
        }
    }

    /// What it is called in messages.
    pub fn title(&self) -> Text {
        match &self.name {
            Some(name) => Text::plain(format!("`{name}`")),
            None => THE_FILE.into(),
        }
    }

    fn inner_name(&self, key: &str) -> String {
        match &self.name {
            Some(outer) => format!("{outer}.{key}"),
            None => key.to_owned(),
        }
    }
}

fn table_of(table: DeTable<'_>) -> Vec<(At<String>, At<Item>)> {
    table
        .into_iter()
        .map(|(key, value)| {
            let key = At::new(key.as_ref().to_string(), key.span());
            let span = value.span();
            (key, At::new(item_of(value.into_inner()), span))
        })
        .collect()
}

fn item_of(value: DeValue<'_>) -> Item {
    match value {
        DeValue::String(text) => Item::Text(text.into_owned()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| Item::Decimal(number.to_string()), Item::Integer),
        DeValue::Float(number) => Item::Decimal(number.as_str().to_owned()),
        DeValue::Boolean(yes) => Item::Bool(yes),
        DeValue::Datetime(date) => Item::Date(date.to_string()),
        DeValue::Array(items) => Item::List(
            items
                .into_iter()
                .map(|item| {
                    let span = item.span();
                    At::new(item_of(item.into_inner()), span)
                })
                .collect(),
        ),
        DeValue::Table(table) => Item::Table(table_of(table)),
    }
}
