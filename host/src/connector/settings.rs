//! A connection's settings against the JSON Schema of its manifest.
//!
//! The part of JSON Schema that settings use: type, required, properties, additionalProperties, enum,
//! const, minimum, maximum, minLength, maxLength, items, format `uri`. An unknown key is an error
//! unless the schema allows it, since it is nearly always a misspelt one.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// A name is offered as "did you mean" when it has at most one slip in so many letters.
const LETTERS_A_SLIP: usize = 3;

/// All problems, each a sentence that begins with the setting's path.
pub fn check(settings: &Value, schema: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    value(settings, schema, "", &mut problems);
    problems
}

fn value(given: &Value, schema: &Value, path: &str, problems: &mut Vec<String>) {
    let shown = if path.is_empty() {
        "the settings"
    } else {
        path
    };
    if let Some(wanted) = schema.get("type")
        && !kinds(wanted).any(|kind| is_kind(given, kind))
    {
        let wanted = kinds(wanted).map(article).collect::<Vec<_>>().join(" or ");
        problems.push(format!("{shown}: wants {wanted}, has {}", kind_of(given)));
        return;
    }
    if let Some(allowed) = schema.get("enum").and_then(Value::as_array)
        && !allowed.contains(given)
    {
        let words = allowed.iter().map(Value::to_string).collect::<Vec<_>>();
        let meant = given
            .as_str()
            .and_then(|given| similar(given, allowed.iter().filter_map(Value::as_str)));
        problems.push(format!(
            "{shown}: wants one of {}{}",
            words.join(", "),
            meant.unwrap_or_default()
        ));
    }
    if schema.get("const").is_some_and(|wanted| wanted != given) {
        problems.push(format!("{shown}: wants {}", schema["const"]));
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
                problems.push(format!("{shown}: is under {least}"));
            }
            if let Some(most) = bound("maximum").filter(|most| number > *most) {
                problems.push(format!("{shown}: is over {most}"));
            }
        }
        Value::String(text) => string(text, schema, shown, problems),
        Value::Null | Value::Bool(_) => {}
    }
}

fn object(fields: &Map<String, Value>, schema: &Value, path: &str, problems: &mut Vec<String>) {
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
            let why = why.map(|why| format!(" ({why})")).unwrap_or_default();
            problems.push(format!("{}: is missing{why}", below(name)));
        }
    }
    // In order of name, whichever way serde_json keeps an object in this build.
    let fields: BTreeMap<&String, &Value> = fields.iter().collect();
    for (name, given) in fields {
        match (properties.get(name), schema.get("additionalProperties")) {
            (Some(of_property), _) => value(given, of_property, &below(name), problems),
            (None, Some(Value::Bool(true))) => {}
            (None, Some(of_other @ Value::Object(_))) => {
                value(given, of_other, &below(name), problems)
            }
            (None, _) => {
                let meant =
                    similar(name, properties.keys().map(String::as_str)).unwrap_or_default();
                problems.push(format!("{}: there is no such setting{meant}", below(name)));
            }
        }
    }
}

fn string(text: &str, schema: &Value, shown: &str, problems: &mut Vec<String>) {
    let length = text.chars().count() as u64;
    let bound = |word: &str| schema.get(word).and_then(Value::as_u64);
    if let Some(least) = bound("minLength").filter(|least| length < *least) {
        problems.push(format!(
            "{shown}: has {length} characters, wants at least {least}"
        ));
    }
    if let Some(most) = bound("maxLength").filter(|most| length > *most) {
        problems.push(format!(
            "{shown}: has {length} characters, wants at most {most}"
        ));
    }
    let is_uri = schema.get("format").is_some_and(|format| format == "uri");
    if is_uri && reqwest::Url::parse(text).map_or(true, |url| !url.has_host()) {
        problems.push(format!("{shown}: is no URL; write it with `https://`"));
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

fn kind_of(given: &Value) -> &'static str {
    match given {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a table",
    }
}

fn article(kind: &str) -> &str {
    match kind {
        "integer" => "a whole number",
        "number" => "a number",
        "string" => "a text",
        "boolean" => "true or false",
        "array" => "a list",
        "object" => "a table",
        other => other,
    }
}

/// `; did you mean …` for the closest name, if one is close.
pub fn similar<'a>(given: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    let letters_off_max = (given.chars().count() / LETTERS_A_SLIP).max(1);
    names
        .map(|name| (strsim::damerau_levenshtein(given, name), name))
        .filter(|(letters_off, _)| *letters_off <= letters_off_max)
        .min()
        .map(|(_, name)| format!("; did you mean `{name}`?"))
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
        assert_eq!(check(&settings, &schema), expected);
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
