//! A tape for somebody else's eyes: what was written in records is replaced, its shape stays.
//!
//! A value becomes another one of the same length with letters for letters and digits for digits, and the same one
//! everywhere on the tape: in the record, in the vendor's body, in a URL. So the call can mostly still be
//! repeated. What the entities' schemas say is not a person's text stays: choices, dates, amounts, references; and
//! whatever looks like one of those, since a vendor's body has no schema.
//!
//! Invariant: names of fields stay, and so does what the host itself said.

use std::collections::{BTreeMap, BTreeSet};

use memchr::memmem;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::call::Call;
use super::file::{Answer, End, Step, Tape};
use crate::connector::placeholder::percent_encoded;
use crate::model::Manifest;

/// A shorter text says little, and would be found in everything.
const WORD_CHARS_MIN: usize = 3;
/// A shorter text stands in a component by chance.
const VOCABULARY_BYTES_MIN: usize = 5;
/// Formats of a schema whose values stay.
const CLEAR_FORMATS: [&str; 3] = ["date", "date-time", "decimal"];

/// `vocabulary`: the component itself. A text that stands in it is a word of the system's, such as the name of a kind of
/// record. `seed`: makes the replacements of one export differ from those of another.
pub fn masked(tape: &Tape, manifest: Option<&Manifest>, vocabulary: &[u8], seed: &[u8]) -> Tape {
    let mut masker = Masker {
        seed: seed.to_vec(),
        vocabulary,
        in_body: false,
        clear: manifest.map(clear_words).unwrap_or_default(),
        replaced: BTreeMap::new(),
    };
    masker.keep(&tape.label.tenant.to_string());
    let fields = |entity: Option<&str>| {
        manifest
            .zip(entity)
            .and_then(|(manifest, entity)| manifest.entities.iter().find(|it| it.name == entity))
            .map(|entity| clear_fields(&entity.schema))
            .unwrap_or_default()
    };
    let clear = fields(tape.call.entity());
    let call = masker.value(&tape.call.to_value(), &clear);
    let steps: Vec<Step> = tape.steps.iter().map(|step| masker.step(step)).collect();
    let end = match &tape.end {
        End::Returned { result } => End::Returned {
            result: masker.value(result, &clear),
        },
        other => other.clone(),
    };
    let once = Tape {
        label: super::Label {
            masked: true,
            ..tape.label.clone()
        },
        call: Call::of_value(call).unwrap_or_else(|_| tape.call.clone()),
        steps,
        end,
    };
    masker.everywhere(once)
}

struct Masker<'a> {
    seed: Vec<u8>,
    vocabulary: &'a [u8],
    in_body: bool,
    /// Values that stay wherever they stand.
    clear: BTreeSet<String>,
    replaced: BTreeMap<String, String>,
}

impl Masker<'_> {
    fn keep(&mut self, word: &str) {
        self.clear.insert(word.to_owned());
    }

    fn step(&mut self, step: &Step) -> Step {
        let is_data = matches!(
            step.import.as_str(),
            super::taped_host::SEND
                | "memory.get"
                | "memory.set"
                | "relay.exchange"
                | "relay.take"
                | "relay.seal"
                | "relay.answer"
                | "progress.note"
        );
        if !is_data {
            return step.clone();
        }
        let answer = step.answer.as_ref().map(|answer| match answer {
            Answer::Answered(value) => Answer::Answered(self.bodies(value)),
            Answer::Broke(broken) => Answer::Broke(broken.clone()),
        });
        Step {
            asked: self.bodies(&step.asked),
            answer,
            ..step.clone()
        }
    }

    /// Only what holds a system's or the connector's own bytes; the rest of a step is protocol.
    fn bodies(&mut self, value: &Value) -> Value {
        const HOLD_BYTES: [&str; 7] = [
            "body", "value", "note", "payload", "bytes", "sealed", "found",
        ];
        match value {
            Value::Object(fields) => fields
                .iter()
                .map(|(name, value)| {
                    let value = match value {
                        Value::String(text) if HOLD_BYTES.contains(&name.as_str()) => {
                            Value::from(self.document(text))
                        }
                        other => self.bodies(other),
                    };
                    (name.clone(), value)
                })
                .collect::<Map<_, _>>()
                .into(),
            // Answers of an exchange stand in a list.
            Value::Array(items) => items
                .iter()
                .map(|item| match item {
                    Value::String(text) if looks_like_a_document(text) => {
                        Value::from(self.document(text))
                    }
                    other => self.bodies(other),
                })
                .collect(),
            other => other.clone(),
        }
    }

    /// JSON, XML, a form, or any text.
    fn document(&mut self, text: &str) -> String {
        let none = BTreeSet::new();
        match serde_json::from_str::<Value>(text) {
            Ok(value @ (Value::Object(_) | Value::Array(_))) => self.body(&value, &none),
            _ if text.trim_start().starts_with('<') => self.markup(text),
            _ if text.contains('=') && !text.contains(char::is_whitespace) => self.form(text),
            _ => self.word(text),
        }
    }

    /// `name=value&name=value`.
    fn form(&mut self, text: &str) -> String {
        let pairs: Vec<String> = text
            .split('&')
            .map(|pair| match pair.split_once('=') {
                Some((name, value)) => format!("{name}={}", self.word(value)),
                None => pair.to_owned(),
            })
            .collect();
        pairs.join("&")
    }

    /// What stands between tags, and nothing else.
    fn markup(&mut self, text: &str) -> String {
        let mut masked = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(open) = rest.find('<') {
            let (words, tag) = rest.split_at(open);
            masked.push_str(&self.between(words));
            let close = tag.find('>').map_or(tag.len(), |at| at + 1);
            masked.push_str(&tag[..close]);
            rest = &tag[close..];
        }
        masked.push_str(&self.between(rest));
        masked
    }

    fn between(&mut self, words: &str) -> String {
        let trimmed = words.trim();
        match trimmed.is_empty() {
            true => words.to_owned(),
            false => words.replace(trimmed, &self.word(trimmed)),
        }
    }

    /// A record, where names mean what the system means by them.
    fn body(&mut self, value: &Value, clear: &BTreeSet<String>) -> String {
        let outside = std::mem::replace(&mut self.in_body, true);
        let masked = self.value(value, clear).to_string();
        self.in_body = outside;
        masked
    }

    fn value(&mut self, value: &Value, clear: &BTreeSet<String>) -> Value {
        match value {
            Value::Object(fields) => fields
                .iter()
                .map(|(name, value)| {
                    let value = match value {
                        Value::String(text) if clear.contains(name) => {
                            self.keep(text);
                            value.clone()
                        }
                        Value::String(_) if !self.in_body && PROTOCOL.contains(&name.as_str()) => {
                            value.clone()
                        }
                        other => self.value(other, clear),
                    };
                    (name.clone(), value)
                })
                .collect::<Map<_, _>>()
                .into(),
            Value::Array(items) => items.iter().map(|item| self.value(item, clear)).collect(),
            Value::String(text) => Value::from(match serde_json::from_str::<Value>(text) {
                // A body, and the values of a condition.
                Ok(inner @ (Value::Object(_) | Value::Array(_) | Value::String(_))) => {
                    self.body(&inner, clear)
                }
                _ if text.trim_start().starts_with('<') => self.markup(text),
                _ => self.word(text),
            }),
            other => other.clone(),
        }
    }

    fn word(&mut self, word: &str) -> String {
        if self.clear.contains(word) || is_clear(word) {
            return word.to_owned();
        }
        if word.len() >= VOCABULARY_BYTES_MIN
            && memmem::find(self.vocabulary, word.as_bytes()).is_some()
        {
            self.keep(word);
            return word.to_owned();
        }
        if let Some(known) = self.replaced.get(word) {
            return known.clone();
        }
        let stranger = stranger(word, &self.seed);
        self.replaced.insert(word.to_owned(), stranger.clone());
        stranger
    }

    /// What was replaced in one place may stand in another, inside a URL or a sentence.
    fn everywhere(&self, tape: Tape) -> Tape {
        let mut longest: Vec<(&String, &String)> = self
            .replaced
            .iter()
            .filter(|(word, _)| word.chars().count() > WORD_CHARS_MIN)
            .collect();
        longest.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
        let replace = |text: &str| -> String {
            let mut text = text.to_owned();
            for (word, stranger) in &longest {
                if text.contains(word.as_str()) {
                    text = text.replace(word.as_str(), stranger);
                }
                let coded = percent_encoded(word);
                if coded != **word && text.contains(&coded) {
                    text = text.replace(&coded, &percent_encoded(stranger));
                }
            }
            text
        };
        let steps = tape.steps.into_iter().map(|step| Step {
            asked: texts(&step.asked, &replace),
            answer: step.answer.map(|answer| match answer {
                Answer::Answered(value) => Answer::Answered(texts(&value, &replace)),
                broke => broke,
            }),
            ..step
        });
        let end = match tape.end {
            End::Returned { result } => End::Returned {
                result: texts(&result, &replace),
            },
            End::Trapped { reason, last_words } => End::Trapped {
                reason,
                last_words: last_words.map(|words| replace(&words)),
            },
            other => other,
        };
        let call = texts(&tape.call.to_value(), &replace);
        Tape {
            call: Call::of_value(call).unwrap_or(tape.call),
            steps: steps.collect(),
            end,
            label: tape.label,
        }
    }
}

/// Names in a call and its result that are the contract's own.
const PROTOCOL: [&str; 15] = [
    "export",
    "entity",
    "token",
    "action",
    "op",
    "field",
    "kind",
    "scope",
    "key",
    "level",
    "code",
    "vendor_code",
    "lang",
    "address",
    "id",
];

fn texts(value: &Value, change: &impl Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::from(change(text)),
        Value::Array(items) => items.iter().map(|item| texts(item, change)).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), texts(value, change)))
            .collect::<Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

fn looks_like_a_document(text: &str) -> bool {
    text.trim_start().starts_with(['<', '{', '['])
}

/// Numbers, dates and instants, single letters, and what stands for a secret.
fn is_clear(word: &str) -> bool {
    let short = word.chars().count() < WORD_CHARS_MIN;
    let number = word
        .chars()
        .all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | ':' | 'T' | 'Z' | ' '))
        // A telephone number or an account has no point, and more digits than an amount.
        && !(word.len() > 8 && word.chars().all(|c| c.is_ascii_digit() || c == '-' || c == ' ')
            && word.parse::<jiff::civil::Date>().is_err());
    let flag = ["true", "false", "null"].contains(&word.to_ascii_lowercase().as_str());
    short || number || flag || word.starts_with("[secret ") || word.starts_with("liaisonsecret")
}

/// Another text of the same shape, always the same one for the same text.
fn stranger(word: &str, seed: &[u8]) -> String {
    let mut stream = Vec::new();
    let mut round = 0_u32;
    word.chars()
        .map(|c| {
            if stream.is_empty() {
                let mut digest = Sha256::new();
                digest.update(seed);
                digest.update(word);
                digest.update(round.to_le_bytes());
                stream = digest.finalize().to_vec();
                round += 1;
            }
            let byte = stream.pop().expect("it was just filled");
            let of = |from: u8, count: u8| char::from(from + byte % count);
            match c {
                'a'..='z' => of(b'a', 26),
                'A'..='Z' => of(b'A', 26),
                '0'..='9' => of(b'0', 10),
                c if c.is_alphabetic() && c.is_uppercase() => of(b'A', 26),
                c if c.is_alphabetic() => of(b'a', 26),
                other => other,
            }
        })
        .collect()
}

/// Fields whose values stay: choices, dates, amounts, references.
fn clear_fields(schema: &Value) -> BTreeSet<String> {
    let mut clear = BTreeSet::new();
    collect_clear_fields(schema, &mut clear);
    clear
}

fn collect_clear_fields(schema: &Value, clear: &mut BTreeSet<String>) {
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let format = field["format"].as_str().unwrap_or_default();
        let is_clear = CLEAR_FORMATS.contains(&format)
            || field.get("enum").is_some()
            || field.get("const").is_some()
            || field.get("x-liaison-ref").is_some();
        if is_clear {
            clear.insert(name.clone());
        }
        collect_clear_fields(field, clear);
        collect_clear_fields(&field["items"], clear);
    }
}

/// Words of the schemas that a vendor's body may hold as values.
fn clear_words(manifest: &Manifest) -> BTreeSet<String> {
    fn collect(schema: &Value, words: &mut BTreeSet<String>) {
        match schema {
            Value::Object(fields) => {
                for (name, value) in fields {
                    match (name.as_str(), value) {
                        ("enum", Value::Array(choices)) => {
                            words.extend(
                                choices.iter().filter_map(Value::as_str).map(str::to_owned),
                            );
                        }
                        ("const", Value::String(only)) => drop(words.insert(only.clone())),
                        _ => collect(value, words),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| collect(item, words)),
            _ => {}
        }
    }
    let mut words = BTreeSet::new();
    for entity in &manifest.entities {
        collect(&entity.schema, &mut words);
        words.insert(entity.name.clone());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stranger_has_the_same_shape_and_is_always_the_same() {
        let seed = b"seed";
        let masked = stranger("Léa Roy, 514-555-0199", seed);
        assert_eq!(masked, stranger("Léa Roy, 514-555-0199", seed));
        assert_ne!(masked, "Léa Roy, 514-555-0199");
        let shape = |text: &str| -> String {
            text.chars()
                .map(|c| match c {
                    c if c.is_ascii_digit() => '0',
                    c if c.is_alphabetic() => 'a',
                    c => c,
                })
                .collect()
        };
        assert_eq!(shape(&masked), shape("Léa Roy, 514-555-0199"));
    }

    #[test]
    fn amounts_and_dates_stay_and_telephone_numbers_do_not() {
        for (word, stays) in [
            ("17.25", true),
            ("2026-03-05", true),
            ("2026-03-05T14:00:00Z", true),
            ("42", true),
            ("true", true),
            ("[secret key]", true),
            ("514-555-0199", false),
            ("5145550199", false),
            ("Boréale", false),
        ] {
            assert_eq!(is_clear(word), stays, "{word}");
        }
    }
}
