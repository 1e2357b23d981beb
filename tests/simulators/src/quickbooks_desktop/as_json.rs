//! Objects as JSON, for seeds, a person's edits and the state: the vendor's element names, references by
//! name, what repeats as arrays.

use serde_json::{Map, Value};

use super::notation::{Content, Part, Rule};
use super::xml::Element;

/// `{"CustomerRef": "Perron", "SalesOrderLineAdd": [{…}]}` as an element's children. `CustomFields` is
/// `{"Machine": "A3"}` and becomes `DataExt` of owner 0.
pub fn to_children(object: &Map<String, Value>) -> Result<Vec<Element>, String> {
    let mut children = Vec::new();
    for (name, value) in object {
        if name == "CustomFields" {
            let fields = value.as_object().ok_or("`CustomFields` is an object")?;
            children.extend(
                fields
                    .iter()
                    .map(|(name, value)| custom_field(name, &text(value))),
            );
            continue;
        }
        match value {
            Value::Array(values) => {
                for value in values {
                    children.push(to_element(name, value)?);
                }
            }
            value => children.push(to_element(name, value)?),
        }
    }
    Ok(children)
}

fn to_element(name: &str, value: &Value) -> Result<Element, String> {
    Ok(match value {
        Value::Object(object) => Element::with(name, to_children(object)?),
        Value::Array(_) => return Err(format!("`{name}` is an array of arrays")),
        Value::Null => Element::new(name),
        Value::String(text) if name.ends_with("Ref") && !text.is_empty() => {
            Element::with(name, vec![Element::leaf("FullName", text)])
        }
        value => Element::leaf(name, text(value)),
    })
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

pub fn custom_field(name: &str, value: &str) -> Element {
    Element::with(
        "DataExt",
        vec![
            Element::leaf("OwnerID", "0"),
            Element::leaf("DataExtName", name),
            Element::leaf("DataExtValue", value),
        ],
    )
}

/// An answer element as JSON. What the table lets repeat is always an array.
pub fn from_element(element: &Element, parts: &[Part]) -> Value {
    if element.children.is_empty() {
        return Value::String(element.text.clone());
    }
    let mut object = Map::new();
    for child in &element.children {
        let rule = rule(parts, &child.name);
        let inner = match rule.map(|(rule, _)| &rule.content) {
            Some(Content::Group(parts)) => parts.as_slice(),
            _ => &[],
        };
        let value = from_element(child, inner);
        let repeats = rule.is_some_and(|(rule, mixes)| rule.repeats || mixes);
        match object.get_mut(&child.name) {
            Some(Value::Array(values)) => values.push(value),
            Some(other) => *other = Value::Array(vec![other.take(), value]),
            None if repeats => {
                object.insert(child.name.clone(), Value::Array(vec![value]));
            }
            None => {
                object.insert(child.name.clone(), value);
            }
        }
    }
    Value::Object(object)
}

fn rule<'a>(parts: &'a [Part], name: &str) -> Option<(&'a Rule, bool)> {
    parts.iter().find_map(|part| {
        let found = part.rules().into_iter().find(|rule| rule.name == name)?;
        Some((found, part.mixes()))
    })
}
