//! What a person says must be there: `Object`, `Object.Field`, `Object.Field=Value`, `Object/RecordType`.

use liaison_sdk::prelude::*;

/// One thing that must be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected<'e> {
    pub object: &'e str,
    pub part: Part<'e>,
}

/// The part of an object that is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part<'e> {
    Itself,
    Field(&'e str),
    Value(&'e str, &'e str),
    RecordType(&'e str),
}

impl<'e> Expected<'e> {
    /// As a person wrote it.
    pub fn parse(text: &'e str) -> Self {
        let text = text.trim();
        let (left, value) = match text.split_once('=') {
            Some((left, value)) => (left.trim(), Some(value.trim())),
            None => (text, None),
        };
        if let (Some((object, name)), None) = (left.split_once('/'), value) {
            return Self {
                object: object.trim(),
                part: Part::RecordType(name.trim()),
            };
        }
        let (object, part) = match (left.split_once('.'), value) {
            (Some((object, field)), Some(value)) => (object, Part::Value(field.trim(), value)),
            (Some((object, field)), None) => (object, Part::Field(field.trim())),
            (None, _) => (left, Part::Itself),
        };
        Self {
            object: object.trim(),
            part,
        }
    }

    /// Whether a description has it.
    pub fn is_in(&self, told: &Value) -> bool {
        let field = |name: &str| list(told, "fields").find(|field| field["name"] == name);
        match &self.part {
            Part::Itself => true,
            Part::Field(name) => field(name).is_some(),
            Part::Value(name, value) => field(name).is_some_and(|field| {
                let mut values = list(field, "picklistValues");
                values.any(|known| known["value"] == *value && known["active"] != json!(false))
            }),
            Part::RecordType(name) => list(told, "recordTypeInfos").any(|kind| {
                let is_it = kind["developerName"] == *name || kind["name"] == *name;
                is_it && kind["available"] != json!(false) && kind["active"] != json!(false)
            }),
        }
    }
}

/// The parts of a list of a description.
pub fn list<'v>(told: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    told[name].as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_must_be_there_is_read_and_looked_for() {
        let told = json!({
            "fields": [{"name": "Name"}, {"name": "Status", "picklistValues": [
                {"value": "Draft", "active": true}, {"value": "Old", "active": false}, {"value": "A=B"}]}],
            "recordTypeInfos": [{"name": "Sales Order", "developerName": "Sales_Order", "available": true, "active": true},
                {"name": "Gone", "developerName": "Gone", "available": true, "active": false},
                {"name": "Hidden", "developerName": "Hidden", "available": false, "active": true}]});
        for (text, object, there) in [
            ("Contract", "Contract", true),
            (" Contract.Name ", "Contract", true),
            ("Contract.Nom", "Contract", false),
            ("Contract.Status=Draft", "Contract", true),
            ("Contract.Status = Draft", "Contract", true),
            ("Contract.Status=A=B", "Contract", true),
            ("Contract.Status=Old", "Contract", false),
            ("Contract.Name=x", "Contract", false),
            ("Opportunity/Sales_Order", "Opportunity", true),
            ("Opportunity/Sales Order", "Opportunity", true),
            ("Opportunity/Gone", "Opportunity", false),
            ("Opportunity/Hidden", "Opportunity", false),
        ] {
            let expected = Expected::parse(text);
            assert_eq!(
                (expected.object, expected.is_in(&told)),
                (object, there),
                "{text}"
            );
        }
    }
}
