//! `@{ref.id}` in a later call of a composite: what an earlier one answered.

use std::collections::BTreeMap;

use serde_json::Value;

use super::refusal::Fault;

/// The bodies of the calls that went well, by their reference.
#[derive(Debug, Default)]
pub struct Answered(BTreeMap<String, Value>);

impl Answered {
    pub fn add(&mut self, reference: &str, body: Option<&Value>) {
        self.0
            .insert(reference.to_owned(), body.cloned().unwrap_or_default());
    }

    /// A body with every reference in it replaced.
    pub fn in_value(&self, value: &Value) -> Result<Value, Fault> {
        Ok(match value {
            Value::String(text) => self.in_text(text)?.into(),
            Value::Array(list) => list
                .iter()
                .map(|one| self.in_value(one))
                .collect::<Result<_, _>>()?,
            Value::Object(map) => {
                let each = map
                    .iter()
                    .map(|(key, one)| Ok((key.clone(), self.in_value(one)?)));
                Value::Object(each.collect::<Result<_, Fault>>()?)
            }
            other => other.clone(),
        })
    }

    pub fn in_text(&self, text: &str) -> Result<String, Fault> {
        let mut done = String::new();
        let mut rest = text;
        while let Some(start) = rest.find("@{") {
            let Some(length) = rest[start..].find('}') else {
                break;
            };
            done.push_str(&rest[..start]);
            done.push_str(&self.one(&rest[start + 2..start + length])?);
            rest = &rest[start + length + 1..];
        }
        done.push_str(rest);
        Ok(done)
    }

    fn one(&self, path: &str) -> Result<String, Fault> {
        let missing = || {
            let message = format!(
                "Invalid reference specified. No value for {path} found in the answers before"
            );
            Fault::new("PROCESSING_HALTED", message)
        };
        let mut steps = path.split('.');
        let mut value = self
            .0
            .get(steps.next().unwrap_or_default())
            .ok_or_else(missing)?;
        for step in steps {
            let (name, indexes) = step.split_once('[').unwrap_or((step, ""));
            value = value.get(name).ok_or_else(missing)?;
            for index in indexes.split('[').filter(|index| !index.is_empty()) {
                let index: usize = index.trim_end_matches(']').parse().map_err(|_| missing())?;
                value = value.get(index).ok_or_else(missing)?;
            }
        }
        match value {
            Value::String(text) => Ok(text.clone()),
            Value::Null | Value::Object(_) | Value::Array(_) => Err(missing()),
            other => Ok(other.to_string()),
        }
    }
}

/// Whether a text or a body speaks of an earlier call at all.
pub fn names(value: &str) -> Vec<&str> {
    let parts = value.split("@{").skip(1);
    parts
        .filter_map(|part| part.split(['.', '}', '[']).next())
        .collect()
}
