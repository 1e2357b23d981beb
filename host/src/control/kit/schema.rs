//! JSON Schemas of settings and records: what of the standard the contract uses, and values against it.

use serde_json::{Map, Value};

const TYPES: [&str; 7] = [
    "string", "boolean", "integer", "number", "object", "array", "null",
];
/// Formats that the contract gives a meaning to, and those that only say what a text is.
const FORMATS: [&str; 8] = [
    "decimal",
    "date",
    "date-time",
    "time",
    "uri",
    "email",
    "uuid",
    "hostname",
];

/// What is wrong with a schema itself, each with its place.
pub fn problems(schema: &Value) -> Vec<String> {
    let mut found = Vec::new();
    one(schema, "", &mut found);
    found
}

fn one(schema: &Value, place: &str, found: &mut Vec<String>) {
    let at = |what: &str| match place.is_empty() {
        true => what.to_owned(),
        false => format!("{place}: {what}"),
    };
    let Value::Object(words) = schema else {
        if !schema.is_boolean() {
            found.push(at("is no schema"));
        }
        return;
    };
    let types: Vec<&Value> = match words.get("type") {
        None => Vec::new(),
        Some(Value::Array(types)) => types.iter().collect(),
        Some(only) => vec![only],
    };
    for kind in types {
        if !kind.as_str().is_some_and(|kind| TYPES.contains(&kind)) {
            found.push(at(&format!("`type` {kind} is none of JSON Schema")));
        }
    }
    if let Some(format) = words.get("format")
        && !format
            .as_str()
            .is_some_and(|format| FORMATS.contains(&format))
    {
        found.push(at(&format!("`format` {format} is not known")));
    }
    if let Some(choices) = words.get("enum")
        && choices.as_array().is_none_or(Vec::is_empty)
    {
        found.push(at("`enum` lists no choice"));
    }
    for bound in ["minLength", "maxLength", "minItems", "maxItems"] {
        if words
            .get(bound)
            .is_some_and(|value| value.as_u64().is_none())
        {
            found.push(at(&format!("`{bound}` is no count")));
        }
    }
    for bound in ["minimum", "maximum"] {
        if words.get(bound).is_some_and(|value| !value.is_number()) {
            found.push(at(&format!("`{bound}` is no number")));
        }
    }
    let properties = match words.get("properties") {
        None => &Map::new(),
        Some(Value::Object(properties)) => properties,
        Some(_) => {
            found.push(at("`properties` is no object"));
            return;
        }
    };
    match words.get("required") {
        None => {}
        Some(Value::Array(names)) => {
            for name in names {
                if !name
                    .as_str()
                    .is_some_and(|name| properties.contains_key(name))
                {
                    found.push(at(&format!(
                        "`required` names {name}, which is no property"
                    )));
                }
            }
        }
        Some(_) => found.push(at("`required` is no list")),
    }
    for (name, property) in properties {
        let inner = match place.is_empty() {
            true => name.clone(),
            false => format!("{place}.{name}"),
        };
        one(property, &inner, found);
    }
    for inside in ["items", "additionalProperties"] {
        if let Some(inner) = words.get(inside) {
            one(inner, &format!("{place}[{inside}]"), found);
        }
    }
}

/// Every schema in a schema, with its place.
pub fn each<'s>(schema: &'s Value, place: &str, seen: &mut dyn FnMut(&str, &'s Value)) {
    seen(place, schema);
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let inner = match place.is_empty() {
            true => name.clone(),
            false => format!("{place}.{name}"),
        };
        each(property, &inner, seen);
    }
    if let Some(items) = schema.get("items") {
        each(items, &format!("{place}[]"), seen);
    }
}

/// Where a record's body does not keep to its schema or to the contract's conventions.
pub fn misfits(body: &Value, schema: &Value) -> Vec<String> {
    let mut found = Vec::new();
    fits(body, schema, "", &mut found);
    found
}

fn fits(value: &Value, schema: &Value, place: &str, found: &mut Vec<String>) {
    // Null is empty, whatever the field is.
    if value.is_null() {
        return;
    }
    let types: Vec<&str> = match schema.get("type") {
        Some(Value::String(only)) => vec![only],
        Some(Value::Array(types)) => types.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let is = |kind: &str| match kind {
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        _ => false,
    };
    if !types.is_empty() && !types.iter().any(|kind| is(kind)) {
        found.push(format!(
            "{place} is {value}, and its type is {}",
            types.join(" or ")
        ));
        return;
    }
    match value {
        Value::String(text) => {
            let right = match schema["format"].as_str() {
                Some("decimal") => is_decimal(text),
                Some("date") => text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok(),
                Some("date-time") => text.ends_with('Z') && text.parse::<jiff::Timestamp>().is_ok(),
                _ => true,
            };
            if !right {
                found.push(format!(
                    "{place} is `{text}`, which is no {}",
                    schema["format"]
                ));
            }
        }
        Value::Object(fields) => {
            let properties = schema["properties"].as_object();
            let may_have_others = schema.get("additionalProperties") != Some(&Value::Bool(false));
            for (name, value) in fields {
                let inner = match place.is_empty() {
                    true => name.clone(),
                    false => format!("{place}.{name}"),
                };
                match properties.and_then(|all| all.get(name)) {
                    Some(property) => fits(value, property, &inner, found),
                    None if properties.is_some_and(|all| !all.is_empty()) && !may_have_others => {
                        found.push(format!("{inner} is not in the schema"));
                    }
                    None => {}
                }
            }
        }
        Value::Array(items) => {
            if let Some(schema) = schema.get("items") {
                for (nth, item) in items.iter().enumerate() {
                    fits(item, schema, &format!("{place}[{nth}]"), found);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    all_digits(whole) && all_digits(part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn schemas_that_are_none_are_told() {
        for (schema, wrong) in [
            (
                json!({"type": "object", "properties": {"a": {"type": "string"}}}),
                None,
            ),
            (json!({"type": "text"}), Some("type")),
            (json!({"type": ["string", "null"]}), None),
            (
                json!({"properties": {"a": {"format": "datetime"}}}),
                Some("a: `format`"),
            ),
            (
                json!({"properties": {}, "required": ["b"]}),
                Some("required"),
            ),
            (
                json!({"properties": {"a": {"items": {"enum": []}}}}),
                Some("a[items]: `enum`"),
            ),
            (json!({"properties": {"a": 7}}), Some("a: is no schema")),
        ] {
            let found = problems(&schema).join("; ");
            match wrong {
                None => assert_eq!(found, "", "{schema}"),
                Some(words) => assert!(found.contains(words), "{schema}: {found}"),
            }
        }
    }

    #[test]
    fn bodies_keep_to_the_conventions() {
        let schema = json!({"properties": {
            "amount": {"type": "string", "format": "decimal"},
            "on": {"type": "string", "format": "date"},
            "at": {"type": "string", "format": "date-time"},
            "lines": {"type": "array", "items": {"properties": {"n": {"type": "integer"}}}},
        }});
        for (body, right) in [
            (
                json!({"amount": "-17.25", "on": "2026-03-05", "at": "2026-03-05T14:00:00Z"}),
                true,
            ),
            (json!({"amount": null, "lines": [{"n": 1}]}), true),
            (json!({"amount": 17.25}), false),
            (json!({"amount": "17,25"}), false),
            (json!({"on": "05/03/2026"}), false),
            (json!({"at": "2026-03-05 14:00"}), false),
            (json!({"lines": [{"n": "1"}]}), false),
        ] {
            assert_eq!(misfits(&body, &schema).is_empty(), right, "{body}");
        }
    }
}
