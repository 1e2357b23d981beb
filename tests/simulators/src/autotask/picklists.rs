//! Picklists: the vendor's and the tenant's values of choice fields.
//!
//! Shipped values are in `picklists.txt`; a seed replaces lists whole. A field whose list is not known
//! here takes any number, since tenants differ.

use std::collections::HashMap;

use serde_json::Value;

#[derive(Debug, Clone)]
pub struct Choice {
    /// Text in metadata even where rows hold numbers.
    pub value: String,
    pub label: String,
    pub parent: String,
    pub is_default: bool,
    pub is_active: bool,
    pub is_system: bool,
}

#[derive(Debug)]
pub struct Picklists {
    /// By `entity.field` in lower case.
    lists: HashMap<String, Vec<Choice>>,
}

impl Picklists {
    /// `Entity.field: 1 Label; 2 Label* (default); 3 Label <9 (belongs to 9 of the parent field)`
    pub fn shipped() -> Self {
        let lines = include_str!("picklists.txt")
            .lines()
            .filter(|line| !line.starts_with('#') && !line.trim().is_empty());
        let mut lists = HashMap::new();
        for line in lines {
            let (names, choices) = line
                .split_once(": ")
                .unwrap_or_else(|| panic!("picklists.txt: {line}"));
            let choices: Vec<_> = choices.split("; ").map(Choice::shipped).collect();
            for name in names.split(", ") {
                lists.insert(name.to_ascii_lowercase(), choices.clone());
            }
        }
        Self { lists }
    }

    pub fn get(&self, entity: &str, field: &str) -> Option<&[Choice]> {
        self.lists
            .get(&format!("{entity}.{field}").to_ascii_lowercase())
            .map(Vec::as_slice)
    }

    pub fn label(&self, entity: &str, field: &str, value: i64) -> Option<String> {
        let value = value.to_string();
        self.get(entity, field)?
            .iter()
            .find(|choice| choice.value == value)
            .map(|choice| choice.label.clone())
    }

    /// `{"Tickets.queueID": [{"value": "5", "label": "…", "isActive"?, "isDefaultValue"?, "parentValue"?}]}`
    pub fn plant(&mut self, given: &Value) -> Result<(), String> {
        for (name, choices) in given.as_object().ok_or("picklists is an object")? {
            let choices = choices
                .as_array()
                .ok_or_else(|| format!("picklist `{name}` is a list"))?;
            let choices = choices.iter().map(|choice| {
                Choice::planted(choice).ok_or_else(|| format!("picklist `{name}`: {choice}"))
            });
            self.lists.insert(
                name.to_ascii_lowercase(),
                choices.collect::<Result<_, _>>()?,
            );
        }
        Ok(())
    }
}

impl Choice {
    fn shipped(text: &str) -> Self {
        let (value, label) = text
            .trim()
            .split_once(' ')
            .unwrap_or_else(|| panic!("picklists.txt: {text}"));
        let (label, parent) = label.split_once(" <").unwrap_or((label, ""));
        Self {
            value: value.to_owned(),
            label: label.trim_end_matches('*').to_owned(),
            parent: parent.to_owned(),
            is_default: label.ends_with('*'),
            is_active: true,
            is_system: true,
        }
    }

    fn planted(given: &Value) -> Option<Self> {
        let text = |value: &Value| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        };
        Some(Self {
            value: given.get("value").map(text)?,
            label: given.get("label").map(text)?,
            parent: given.get("parentValue").map(text).unwrap_or_default(),
            is_default: given["isDefaultValue"].as_bool().unwrap_or(false),
            is_active: given["isActive"].as_bool().unwrap_or(true),
            is_system: given["isSystem"].as_bool().unwrap_or(false),
        })
    }
}
