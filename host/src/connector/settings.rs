//! A connection's settings against the JSON Schema of its manifest.
//!
//! The part of JSON Schema that settings use: type, required, properties, additionalProperties, enum,
//! const, minimum, maximum, minLength, maxLength, items, format `uri`. An unknown key is an error
//! unless the schema allows it, since it is nearly always a misspelt one.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::model::text::words;
use crate::model::{Text, Word, kind};

const THE_SETTINGS: Word = Word::new("setting-all", "the settings");
const NULL: Word = Word::new("kind-null", "null");

/// A name is offered as "did you mean" when it has at most one slip in so many letters.
const LETTERS_A_SLIP: usize = 3;

/// The setting that the host fills in by itself: what flows' options name in the system. A person does not set it.
pub const FILLED_IN: &str = "x-liaison-named";

/// The setting of this schema that the host fills in.
pub fn filled_in(schema: &Value) -> Option<&str> {
    let properties = schema["properties"].as_object()?;
    let mut marked = properties.iter().filter(|(_, of)| is_filled_in(of));
    marked.next().map(|(name, _)| name.as_str())
}

/// Whether this is the schema of a setting that the host fills in.
pub fn is_filled_in(schema: &Value) -> bool {
    schema[FILLED_IN] == Value::Bool(true)
}

/// All problems, each a sentence that begins with the setting's path.
pub fn check(settings: &Value, schema: &Value) -> Vec<Text> {
    let mut problems = Vec::new();
    value(settings, schema, "", &mut problems);
    problems
}

fn value(given: &Value, schema: &Value, path: &str, problems: &mut Vec<Text>) {
    let shown = || match path {
        "" => Text::from(THE_SETTINGS),
        path => Text::plain(path),
    };
    if let Some(wanted) = schema.get("type")
        && !kinds(wanted).any(|kind| is_kind(given, kind))
    {
        let wanted = kinds(wanted)
            .map(article)
            .reduce(either)
            .unwrap_or_default();
        problems.push(words!(
            "setting-kind",
            "{setting}: wants {wanted}, has {found}";
            setting = shown(),
            wanted = wanted,
            found = kind_of(given)
        ));
        return;
    }
    if let Some(allowed) = schema.get("enum").and_then(Value::as_array)
        && !allowed.contains(given)
    {
        let words = allowed.iter().map(Value::to_string).collect::<Vec<_>>();
        let meant = given
            .as_str()
            .and_then(|given| similar(given, allowed.iter().filter_map(Value::as_str)));
        let known = words.join(", ");
        problems.push(match meant {
            None => words!(
                "setting-enum",
                "{setting}: wants one of {known}",
                known = known;
                setting = shown()
            ),
            Some(meant) => words!(
                "setting-enum-meant",
                "{setting}: wants one of {known}; did you mean `{meant}`?",
                known = known,
                meant = meant;
                setting = shown()
            ),
        });
    }
    if schema.get("const").is_some_and(|wanted| wanted != given) {
        problems.push(words!(
            "setting-const",
            "{setting}: wants {value}",
            value = schema["const"];
            setting = shown()
        ));
    }
    match given {
        Value::Object(fields) => object(fields, schema, path, problems),
        Value::Array(items) => {
            if let Some(of_item) = schema.get("items") {
                for (index, item) in items.iter().enumerate() {
                    value(item, of_item, &format!("{path}[{index}]"), problems);
                }
            }
        }
        Value::Number(number) => {
            let bound = |word: &str| schema.get(word).and_then(Value::as_f64);
            let number = number.as_f64().unwrap_or(f64::NAN);
            if let Some(least) = bound("minimum").filter(|least| number < *least) {
                problems.push(words!(
                    "setting-under",
                    "{setting}: is under {least}",
                    least = least;
                    setting = shown()
                ));
            }
            if let Some(most) = bound("maximum").filter(|most| number > *most) {
                problems.push(words!(
                    "setting-over",
                    "{setting}: is over {most}",
                    most = most;
                    setting = shown()
                ));
            }
        }
        Value::String(text) => string(text, schema, shown(), problems),
        Value::Null | Value::Bool(_) => {}
    }
}

fn object(fields: &Map<String, Value>, schema: &Value, path: &str, problems: &mut Vec<Text>) {
    let none = Map::new();
    let properties = schema
        .get("properties")
        .and_then(Value::as_object)
        .unwrap_or(&none);
    let below = |name: &str| {
        if path.is_empty() {
            name.to_owned()
        } else {
            format!("{path}.{name}")
        }
    };
    for name in schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        if let Some(name) = name.as_str().filter(|name| !fields.contains_key(*name)) {
            let why = properties
                .get(name)
                .and_then(|p| p.get("description"))
                .and_then(Value::as_str);
            let setting = below(name);
            problems.push(match why {
                None => words!(
                    "setting-missing",
                    "{setting}: is missing",
                    setting = setting
                ),
                Some(why) => words!(
                    "setting-missing-why",
                    "{setting}: is missing ({why})",
                    setting = setting,
                    why = why
                ),
            });
        }
    }
    // In order of name, whichever way serde_json keeps an object in this build.
    let fields: BTreeMap<&String, &Value> = fields.iter().collect();
    for (name, given) in fields {
        match (properties.get(name), schema.get("additionalProperties")) {
            (Some(of_property), _) if is_filled_in(of_property) => problems.push(words!(
                "setting-filled-in",
                "{setting}: liaison fills this in; take it out",
                setting = below(name)
            )),
            (Some(of_property), _) => value(given, of_property, &below(name), problems),
            (None, Some(Value::Bool(true))) => {}
            (None, Some(of_other @ Value::Object(_))) => {
                value(given, of_other, &below(name), problems)
            }
            (None, _) => {
                let setting = below(name);
                problems.push(match similar(name, properties.keys().map(String::as_str)) {
                    None => words!(
                        "setting-unknown",
                        "{setting}: there is no such setting",
                        setting = setting
                    ),
                    Some(meant) => words!(
                        "setting-unknown-meant",
                        "{setting}: there is no such setting; did you mean `{meant}`?",
                        setting = setting,
                        meant = meant
                    ),
                });
            }
        }
    }
}

fn string(text: &str, schema: &Value, shown: Text, problems: &mut Vec<Text>) {
    let length = text.chars().count() as u64;
    let bound = |word: &str| schema.get(word).and_then(Value::as_u64);
    if let Some(least) = bound("minLength").filter(|least| length < *least) {
        problems.push(words!(
            "setting-short",
            "{setting}: has {length} characters, wants at least {least}",
            length = length,
            least = least;
            setting = shown.clone()
        ));
    }
    if let Some(most) = bound("maxLength").filter(|most| length > *most) {
        problems.push(words!(
            "setting-long",
            "{setting}: has {length} characters, wants at most {most}",
            length = length,
            most = most;
            setting = shown.clone()
        ));
    }
    let is_uri = schema.get("format").is_some_and(|format| format == "uri");
    if is_uri && reqwest::Url::parse(text).map_or(true, |url| !url.has_host()) {
        problems.push(words!(
            "setting-no-url",
            "{setting}: is no URL; write it with `https://`";
            setting = shown
        ));
    }
}

fn kinds(wanted: &Value) -> impl Iterator<Item = &str> {
    let list = match wanted {
        Value::Array(list) => list.as_slice(),
        one => std::slice::from_ref(one),
    };
    list.iter().filter_map(Value::as_str)
}

fn is_kind(given: &Value, kind: &str) -> bool {
    match kind {
        "integer" => given.is_i64() || given.is_u64(),
        "number" => given.is_number(),
        "string" => given.is_string(),
        "boolean" => given.is_boolean(),
        "array" => given.is_array(),
        "object" => given.is_object(),
        "null" => given.is_null(),
        _ => true, // a kind of a later draft
    }
}

fn kind_of(given: &Value) -> Word {
    match given {
        Value::Null => NULL,
        Value::Bool(_) => kind::TRUE_OR_FALSE,
        Value::Number(_) => kind::NUMBER,
        Value::String(_) => kind::TEXT,
        Value::Array(_) => kind::LIST,
        Value::Object(_) => kind::TABLE,
    }
}

fn article(kind: &str) -> Text {
    match kind {
        "integer" => kind::WHOLE.into(),
        "number" => kind::NUMBER.into(),
        "string" => kind::TEXT.into(),
        "boolean" => kind::TRUE_OR_FALSE.into(),
        "array" => kind::LIST.into(),
        "object" => kind::TABLE.into(),
        "null" => NULL.into(),
        other => Text::plain(other),
    }
}

fn either(one: Text, other: Text) -> Text {
    words!("kind-or", "{one} or {other}"; one = one, other = other)
}

/// The closest name, if one is close.
pub fn similar<'a>(given: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let letters_off_max = (given.chars().count() / LETTERS_A_SLIP).max(1);
    names
        .map(|name| (strsim::damerau_levenshtein(given, name), name))
        .filter(|(letters_off, _)| *letters_off <= letters_off_max)
        .min()
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check_settings(settings: Value, expected: &[&str]) {
        let schema = json!({
            "type": "object",
            "required": ["url", "company"],
            "properties": {
                "url": {"type": "string", "format": "uri", "description": "where the server is"},
                "company": {"type": "string", "minLength": 2, "maxLength": 4},
                "mode": {"enum": ["live", "test"]},
                "days": {"type": "integer", "minimum": 1, "maximum": 30},
                "tags": {"type": "array", "items": {"type": "string"}},
                "nested": {"type": "object", "properties": {"deep": {"type": ["boolean", "null"]}}},
                "free": {"type": "object", "additionalProperties": true}
            }
        });
        let found: Vec<String> = check(&settings, &schema)
            .into_iter()
            .map(|text| text.fallback)
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn settings_that_fit() {
        check_settings(
            json!({"url": "https://x.com", "company": "ab", "mode": "live", "days": 7, "tags": ["a"],
                   "nested": {"deep": null}, "free": {"anything": 1}}),
            &[],
        );
    }

    #[test]
    fn all_problems_at_once_with_their_path() {
        check_settings(
            json!({"ulr": "https://x.com", "company": "abcde", "mode": "liv", "days": 99, "tags": ["a", 7],
                   "nested": {"deep": "yes"}}),
            &[
                "url: is missing (where the server is)",
                "company: has 5 characters, wants at most 4",
                "days: is over 30",
                "mode: wants one of \"live\", \"test\"; did you mean `live`?",
                "nested.deep: wants true or false or null, has a text",
                "tags[1]: wants a text, has a number",
                "ulr: there is no such setting; did you mean `url`?",
            ],
        );
        check_settings(
            json!({"url": "x.com", "company": "ab"}),
            &["url: is no URL; write it with `https://`"],
        );
        check_settings(json!([]), &["the settings: wants a table, has a list"]);
    }
}
