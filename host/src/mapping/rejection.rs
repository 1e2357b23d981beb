//! Why the flow itself refuses a record.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::LANGUAGES;
use crate::catalogue::Catalogue;
use crate::model::text::words;
use crate::model::{Text, Word};

/// A record can be wrong in many lines; a person reads the first of them.
const REASONS_MAX: usize = 12;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// Stable and kebab-case; of the first reason where there are several.
    pub code: String,
    /// The field or line, counted from 1: `lines[2].group_number`.
    pub field: Option<String>,
    /// By language, one reason a line.
    pub messages: BTreeMap<String, String>,
    /// It may go through later by itself (`on_missing = "wait"`).
    pub waiting: bool,
}

impl Rejection {
    /// The words in a language; English where there are none.
    pub fn text(&self, lang: &str) -> &str {
        let words = self.messages.get(lang).or_else(|| self.messages.get("en"));
        words.map_or(self.code.as_str(), String::as_str)
    }

    pub(super) fn new(code: &str, field: Option<String>, words: [String; LANGUAGES.len()]) -> Self {
        let messages = LANGUAGES
            .iter()
            .map(|lang| (*lang).to_owned())
            .zip(words)
            .collect();
        Self {
            code: code.to_owned(),
            field,
            messages,
            waiting: false,
        }
    }

    /// All reasons as one, so that a person mends a record once. A record waits only when nothing else
    /// is wrong with it.
    pub(super) fn merged(reasons: Vec<Self>) -> Option<Self> {
        let firm = reasons.iter().any(|reason| !reason.waiting);
        let reasons: Vec<Self> = reasons
            .into_iter()
            .filter(|reason| reason.waiting != firm)
            .collect();
        let first = reasons.first()?.clone();
        let messages = LANGUAGES
            .iter()
            .map(|lang| {
                let mut seen = BTreeSet::new();
                let texts = reasons.iter().map(|reason| reason.text(lang));
                let mut lines: Vec<&str> = texts.filter(|text| seen.insert(*text)).collect();
                let more = lines.len().saturating_sub(REASONS_MAX);
                lines.truncate(REASONS_MAX);
                let rest = match more {
                    0 => String::new(),
                    more => {
                        let more = more.to_string();
                        let words = Catalogue::new(lang).say("mapping-more", &[("more", &more)]);
                        format!("\n{words}")
                    }
                };
                ((*lang).to_owned(), format!("{}{rest}", lines.join("\n")))
            })
            .collect();
        Some(Self { messages, ..first })
    }
}

/// Our own words, where the flow has none.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Say {
    MissingValue {
        from: Option<String>,
    },
    WrongKind {
        value: String,
        wanted: Word,
    },
    TooLong {
        value: String,
        max: u64,
    },
    UnknownWord {
        value: String,
        known: Vec<String>,
    },
    NoRow {
        table: String,
        value: String,
    },
    ReferenceMissing {
        flow: String,
        id: String,
    },
    ReferenceFailed {
        title: String,
        reason: Text,
    },
    NotFound {
        entity: String,
        value: String,
    },
    LookupRefused {
        entity: String,
        value: String,
        why: String,
    },
    NoEntry {
        list: String,
        filter: String,
    },
    NotMade {
        entity: String,
        value: String,
        why: Text,
    },
    ExpressionFailed {
        rule: String,
        what: Text,
        place: String,
    },
    NotResolved,
}

impl Say {
    pub fn code(&self) -> &'static str {
        match self {
            Self::MissingValue { .. } => "missing-value",
            Self::WrongKind { .. } | Self::UnknownWord { .. } => "wrong-value",
            Self::TooLong { .. } => "too-long",
            Self::NoRow { .. } => "no-table-row",
            Self::ReferenceMissing { .. } => "reference-missing",
            Self::ReferenceFailed { .. } => "reference-failed",
            Self::NotFound { .. } | Self::NoEntry { .. } => "lookup-missing",
            Self::LookupRefused { .. } => "lookup-refused",
            Self::NotMade { .. } => "lookup-create-refused",
            Self::ExpressionFailed { .. } => "expression-failed",
            Self::NotResolved => "not-resolved",
        }
    }

    pub fn words(&self, field: &str, lang: &str) -> String {
        Catalogue::new(lang).text(&self.text(field))
    }

    fn text(&self, field: &str) -> Text {
        match self {
            Self::MissingValue { from: Some(from) } => words!(
                "mapping-missing-value-from",
                "`{field}` needs a value, and `{from}` is empty",
                field = field,
                from = from
            ),
            Self::MissingValue { from: None } => words!(
                "mapping-missing-value",
                "`{field}` needs a value",
                field = field
            ),
            Self::WrongKind { value, wanted } => words!(
                "mapping-wrong-kind",
                "`{field}` must be {wanted}, and this is “{value}”",
                field = field,
                value = value;
                wanted = *wanted
            ),
            Self::TooLong { value, max } => words!(
                "mapping-too-long",
                "`{field}` takes at most {max} characters: “{value}”",
                field = field,
                max = max,
                value = value
            ),
            Self::UnknownWord { value, known } => words!(
                "mapping-unknown-word",
                "`{field}` cannot be “{value}”; it is one of {known}",
                field = field,
                value = value,
                known = known.join(", ")
            ),
            Self::NoRow { table, value } => words!(
                "mapping-no-row",
                "the table `{table}` has no row “{value}”",
                table = table,
                value = value
            ),
            Self::ReferenceMissing { flow, id } => words!(
                "mapping-reference-missing",
                "`{field}`: record {id} of flow `{flow}` has no counterpart",
                field = field,
                id = id,
                flow = flow
            ),
            Self::ReferenceFailed { title, reason } => words!(
                "mapping-reference-failed",
                "{title}: {reason}",
                title = title;
                reason = reason.clone()
            ),
            Self::NotFound { entity, value } => words!(
                "mapping-not-found",
                "there is no {entity} “{value}”",
                entity = entity,
                value = value
            ),
            Self::LookupRefused { entity, value, why } => words!(
                "mapping-lookup-refused",
                "{entity} “{value}” could not be looked up: {why}",
                entity = entity,
                value = value,
                why = why
            ),
            Self::NoEntry { list, filter } => words!(
                "mapping-no-entry",
                "no entry of `{list}` fits: {filter}",
                list = list,
                filter = filter
            ),
            Self::NotMade { entity, value, why } => words!(
                "mapping-not-made",
                "{entity} “{value}” could not be created: {why}",
                entity = entity,
                value = value;
                why = why.clone()
            ),
            Self::ExpressionFailed { rule, what, place } => words!(
                "mapping-expression-failed",
                "rule `{rule}` could not be computed: {what} ({place})",
                rule = rule,
                place = place;
                what = what.clone()
            ),
            Self::NotResolved => words!(
                "mapping-not-resolved",
                "what the record needs was not fetched"
            ),
        }
    }
}
