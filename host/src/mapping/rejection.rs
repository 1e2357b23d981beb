//! Why the flow itself refuses a record.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::LANGUAGES;

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
                let rest = match (*lang, more) {
                    (_, 0) => String::new(),
                    ("fr", more) => format!("\n… et {more} de plus"),
                    (_, more) => format!("\n… and {more} more"),
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
        wanted: &'static str,
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
        reason: String,
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
    ExpressionFailed {
        rule: String,
        what: String,
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
            Self::NotFound { .. } => "lookup-missing",
            Self::LookupRefused { .. } => "lookup-refused",
            Self::ExpressionFailed { .. } => "expression-failed",
            Self::NotResolved => "not-resolved",
        }
    }

    pub fn words(&self, field: &str, lang: &str) -> String {
        match lang {
            "fr" => self.french(field),
            _ => self.english(field),
        }
    }

    fn english(&self, field: &str) -> String {
        match self {
            Self::MissingValue { from: Some(from) } => {
                format!("`{field}` needs a value, and `{from}` is empty")
            }
            Self::MissingValue { from: None } => format!("`{field}` needs a value"),
            Self::WrongKind { value, wanted } => {
                format!("`{field}` must be {wanted}, and this is “{value}”")
            }
            Self::TooLong { value, max } => {
                format!("`{field}` takes at most {max} characters: “{value}”")
            }
            Self::UnknownWord { value, known } => {
                format!(
                    "`{field}` cannot be “{value}”; it is one of {}",
                    known.join(", ")
                )
            }
            Self::NoRow { table, value } => format!("the table `{table}` has no row “{value}”"),
            Self::ReferenceMissing { flow, id } => {
                format!("`{field}`: record {id} of flow `{flow}` has no counterpart")
            }
            Self::ReferenceFailed { title, reason } => format!("{title}: {reason}"),
            Self::NotFound { entity, value } => format!("there is no {entity} “{value}”"),
            Self::LookupRefused { entity, value, why } => {
                format!("{entity} “{value}” could not be looked up: {why}")
            }
            Self::ExpressionFailed { rule, what, place } => {
                format!("rule `{rule}` could not be computed: {what} ({place})")
            }
            Self::NotResolved => "what the record needs was not fetched".to_owned(),
        }
    }

    fn french(&self, field: &str) -> String {
        match self {
            Self::MissingValue { from: Some(from) } => {
                format!("`{field}` doit avoir une valeur, et `{from}` est vide")
            }
            Self::MissingValue { from: None } => format!("`{field}` doit avoir une valeur"),
            Self::WrongKind { value, wanted } => {
                let wanted = french_kind(wanted);
                format!("`{field}` doit être {wanted}, et ceci est « {value} »")
            }
            Self::TooLong { value, max } => {
                format!("`{field}` contient au plus {max} caractères : « {value} »")
            }
            Self::UnknownWord { value, known } => {
                format!(
                    "`{field}` ne peut être « {value} » ; c'est l'un de {}",
                    known.join(", ")
                )
            }
            Self::NoRow { table, value } => {
                format!("la table `{table}` n'a pas de ligne « {value} »")
            }
            Self::ReferenceMissing { flow, id } => {
                format!(
                    "`{field}` : l'enregistrement {id} du flux `{flow}` n'a pas de correspondant"
                )
            }
            Self::ReferenceFailed { title, reason } => format!("{title} : {reason}"),
            Self::NotFound { entity, value } => format!("il n'y a pas de {entity} « {value} »"),
            Self::LookupRefused { entity, value, why } => {
                format!("la recherche de {entity} « {value} » a été refusée : {why}")
            }
            Self::ExpressionFailed { rule, what, place } => {
                format!("la règle `{rule}` n'a pu être calculée : {what} ({place})")
            }
            Self::NotResolved => "ce dont l'enregistrement a besoin n'a pas été obtenu".to_owned(),
        }
    }
}

fn french_kind(kind: &str) -> &str {
    match kind {
        "a text" => "un texte",
        "a decimal" => "un nombre décimal",
        "a number" => "un nombre",
        "true or false" => "vrai ou faux",
        "a date" => "une date",
        "an instant" => "un instant",
        "a list" => "une liste",
        "a record" => "un enregistrement",
        "an id" => "un identifiant",
        _ => "une valeur",
    }
}
