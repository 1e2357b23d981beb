//! One field of an object, and who may do what with it.

use serde_json::Value;

use super::kind::Kind;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// As the field allows.
    Write,
    Read,
    /// The integration user does not see it: it behaves as if it did not exist.
    Hidden,
}

#[derive(Debug, Clone)]
pub struct Field {
    pub name: String,
    pub label: String,
    pub kind: Kind,
    pub length: u32,
    pub precision: u32,
    pub scale: u32,
    pub required: bool,
    /// Filled by Salesforce where a create leaves it out.
    pub defaulted: bool,
    pub createable: bool,
    pub updateable: bool,
    pub unique: bool,
    pub external_id: bool,
    pub case_sensitive: bool,
    pub calculated: bool,
    /// The form of a number that counts up: text around `{00000}`, and the first number.
    pub auto: Option<(String, u64)>,
    pub default: Option<Value>,
    pub to: Vec<String>,
    pub relationship: Option<String>,
    pub children: Option<String>,
    pub cascade: bool,
    pub values: Vec<String>,
    pub restricted: bool,
    pub filterable: bool,
    pub name_field: bool,
    pub access: Access,
}

impl Field {
    pub fn new(name: &str, kind: Kind) -> Self {
        let scale = if matches!(kind, Kind::Currency) { 2 } else { 0 };
        Self {
            name: name.to_owned(),
            label: spaced(name),
            kind,
            length: kind.default_length(),
            precision: if kind.is_number() { 18 } else { 0 },
            scale,
            required: false,
            defaulted: kind == Kind::Boolean,
            createable: true,
            updateable: true,
            unique: false,
            external_id: false,
            case_sensitive: false,
            calculated: false,
            auto: None,
            default: None,
            to: Vec::new(),
            relationship: None,
            children: None,
            cascade: false,
            values: Vec::new(),
            restricted: false,
            filterable: kind != Kind::Address,
            name_field: false,
            access: Access::Write,
        }
    }

    /// Written by Salesforce alone.
    pub fn kept(mut self) -> Self {
        self.createable = false;
        self.updateable = false;
        self
    }

    pub fn is_custom(&self) -> bool {
        self.name.ends_with("__c")
    }

    pub fn is_hidden(&self) -> bool {
        self.access == Access::Hidden
    }

    pub fn is_nillable(&self) -> bool {
        !self.required && self.kind != Kind::Boolean
    }

    /// Whether rows are found by it in an index.
    pub fn is_indexed(&self) -> bool {
        self.unique || self.external_id || self.kind == Kind::Reference
    }

    /// What a value is compared by where two must not be equal, and where a record is looked up.
    pub fn folded(&self, value: &Value) -> Option<String> {
        let text = match value {
            Value::Null => return None,
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let exact = self.case_sensitive || self.kind == Kind::Reference;
        Some(if exact { text } else { text.to_lowercase() })
    }
}

/// `AccountNumber` → `Account Number`; `My_Field__c` → `My Field`.
fn spaced(name: &str) -> String {
    let bare = name.strip_suffix("__c").unwrap_or(name);
    let bare = bare.rsplit_once("__").map_or(bare, |(_, bare)| bare);
    let bare = match bare.strip_suffix("Id") {
        Some(short) if !short.is_empty() => format!("{short}ID"),
        _ => bare.to_owned(),
    };
    let mut label = String::new();
    let mut was_small = false;
    for letter in bare.chars() {
        let letter = if letter == '_' { ' ' } else { letter };
        if letter.is_ascii_uppercase() && was_small {
            label.push(' ');
        }
        was_small = letter.is_ascii_lowercase() || letter.is_ascii_digit();
        label.push(letter);
    }
    label
}

#[cfg(test)]
mod tests {
    use super::spaced;

    #[test]
    fn a_label_is_the_name_with_spaces() {
        for (name, label) in [
            ("AccountNumber", "Account Number"),
            ("ia_crm__Sync_Status__c", "Sync Status"),
            ("OwnerId", "Owner ID"),
            ("Id", "Id"),
        ] {
            assert_eq!(spaced(name), label);
        }
    }
}
