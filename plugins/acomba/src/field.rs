//! One field of a card: what we call it, where it stands on the wire, and how its value changes on
//! the way. One table of fields gives an entity its schema and both directions.

use crate::{amount, code_page, lookup};
use liaison_sdk::prelude::*;
use liaison_sdk::text;

/// One field of a card.
pub struct CardField {
    /// Our name.
    pub name: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// Acomba's property.
    pub property: &'static str,
    /// The index within the property, where it has one.
    pub index: Option<&'static str>,
    /// What it holds.
    pub kind: Kind,
    /// Set by Acomba.
    pub read_only: bool,
}

/// What a field holds, and what stands for nothing in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text in one line; `""` is nothing.
    Text,
    /// A whole number by which people know a card. 0 is a number.
    Number,
    /// The number of another card; 0 is nothing.
    OtherNumber,
    /// The position of a card of this entity. 0 is nothing, and cannot be asked for: what Acomba makes of
    /// a reference taken away is not known.
    CardOf(&'static str),
    /// Money.
    Money,
    /// A quantity or rate.
    Quantity,
    /// 1 or 0; there is no nothing.
    Flag,
    /// A language of Windows: 9 English, 12 French, 0 nothing.
    Language,
    /// A name of one of the SDK's enums; there is no nothing.
    Word,
    /// When the card was last modified.
    Stamp,
}

/// A field with a property of its own.
pub const fn field(
    name: &'static str,
    title: &'static str,
    property: &'static str,
    kind: Kind,
) -> CardField {
    CardField {
        name,
        title,
        property,
        index: None,
        kind,
        read_only: false,
    }
}

impl CardField {
    /// The same, under an index of its property.
    pub const fn at(mut self, index: &'static str) -> Self {
        self.index = Some(index);
        self
    }

    /// The same, set by Acomba.
    pub const fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// Its schema.
    pub fn schema(&self) -> schema::Field {
        let field = match self.kind {
            Kind::Text | Kind::Word | Kind::Number | Kind::OtherNumber => schema::string(self.name),
            Kind::Money | Kind::Quantity => schema::decimal(self.name),
            Kind::Flag => schema::boolean(self.name),
            Kind::Language => schema::one_of(self.name, &["en", "fr"]),
            Kind::Stamp => schema::instant(self.name),
            Kind::CardOf(entity) => schema::reference(self.name, entity),
        };
        let field = match self.kind {
            Kind::Flag | Kind::Word | Kind::Number => field.required(),
            _ => field,
        };
        let field = field.title(self.title);
        if self.read_only {
            field.read_only()
        } else {
            field
        }
    }

    /// Its value in a body; none when the card does not tell.
    pub fn value_in(&self, card: &Value) -> Option<Value> {
        let value = match self.index {
            None => card.get(self.property)?,
            Some(index) => card.get(self.property)?.get(index)?,
        };
        Some(self.ours(value))
    }

    fn ours(&self, value: &Value) -> Value {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => String::new(),
        };
        let zero_is_nothing = matches!(self.kind, Kind::OtherNumber | Kind::CardOf(_));
        let nothing = text.is_empty() || (zero_is_nothing && text == "0");
        match self.kind {
            Kind::Money => amount::money_from_wire(value),
            Kind::Quantity => amount::plain_from_wire(value),
            Kind::Flag => Value::Bool(!matches!(text.as_str(), "" | "0")),
            Kind::Language => match text.as_str() {
                "9" => json!("en"),
                "12" => json!("fr"),
                _ => Value::Null,
            },
            Kind::Stamp => {
                date::parse_instant(&text).map_or(Value::Null, |ms| json!(date::instant(ms)))
            }
            _ if nothing => Value::Null,
            _ => Value::String(text),
        }
    }

    /// Its value on the wire.
    pub fn to_wire(&self, value: &Value) -> Result<Value, Fault> {
        if self.read_only {
            return Err(fault::rejected(text!(
                "acomba-read-only",
                "{field} is set by Acomba and cannot be written",
                field = self.name
            ))
            .field(self.name));
        }
        match (self.kind, value) {
            (Kind::Text, Value::Null) => Ok(json!("")),
            (Kind::Text, Value::String(text)) => one_line(text, self.name).map(Value::String),
            (Kind::Word, Value::String(text)) if !text.is_empty() => {
                one_line(text, self.name).map(Value::String)
            }
            (Kind::OtherNumber | Kind::Language, Value::Null) => Ok(json!(0)),
            (Kind::OtherNumber, value) if *value == json!("") => Ok(json!(0)),
            (Kind::Number | Kind::OtherNumber, value) => whole_number(value, self.name),
            (Kind::CardOf(_), Value::String(id)) => match lookup::position(id) {
                Some(card_pos) => Ok(json!(card_pos)),
                None => Err(unfit(value, self.name)),
            },
            (Kind::Money | Kind::Quantity, value) => {
                Ok(amount::read(Some(value), self.name)?.map_or(json!(0), amount::to_wire))
            }
            (Kind::Flag, Value::Bool(yes)) => Ok(json!(i32::from(*yes))),
            (Kind::Language, Value::String(code)) if code == "en" => Ok(json!(9)),
            (Kind::Language, Value::String(code)) if code == "fr" => Ok(json!(12)),
            (_, Value::Null) => Err(fault::rejected(text!(
                "acomba-cannot-be-empty",
                "{field} cannot be empty in Acomba",
                field = self.name
            ))
            .field(self.name)),
            _ => Err(unfit(value, self.name)),
        }
    }
}

/// Text for a place that holds one line: composed, within the code page, breaks and tabs as spaces.
pub fn one_line(text: &str, field: &str) -> Result<String, Fault> {
    let text = storable(text, field)?;
    if !text.contains(['\n', '\r', '\t']) {
        return Ok(text);
    }
    Ok(text
        .split(['\n', '\r', '\t'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" "))
}

/// Text that Acomba can store.
pub fn storable(text: &str, field: &str) -> Result<String, Fault> {
    code_page::prepare(text).map_err(|lacking| {
        let code = format!("U+{:04X}", u32::from(lacking));
        fault::rejected(text!(
            "acomba-character",
            "Acomba cannot store the character “{character}” ({code}) in {field}",
            character = lacking,
            code = code,
            field = field
        ))
        .field(field)
    })
}

/// A whole number from a string of digits, as Acomba's numbers of groups and terms are.
pub fn whole_number(value: &Value, field: &str) -> Result<Value, Fault> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return Err(unfit(value, field)),
    };
    match text.parse::<u32>() {
        Ok(number) if i32::try_from(number).is_ok() => Ok(json!(number)),
        _ => Err(fault::rejected(text!(
            "acomba-whole-number",
            "“{value}” in {field} is not one of Acomba's numbers, which are whole",
            value = text,
            field = field
        ))
        .field(field)),
    }
}

fn unfit(value: &Value, field: &str) -> Fault {
    fault::rejected(text!(
        "acomba-unfit",
        "{value} does not fit {field}",
        value = value,
        field = field
    ))
    .field(field)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn probe(kind: Kind) -> CardField {
        field("f", "F", "F", kind)
    }

    #[test]
    fn values_go_out_as_acomba_wants_them() {
        for (kind, ours, wire) in [
            (
                Kind::Text,
                json!("e\u{301}té\r\n  suite\t"),
                json!("été suite"),
            ),
            (Kind::Text, json!("  as it is "), json!("  as it is ")),
            (Kind::Text, Value::Null, json!("")),
            (Kind::Number, json!("600"), json!(600)),
            (Kind::OtherNumber, json!(" 2 "), json!(2)),
            (Kind::OtherNumber, Value::Null, json!(0)),
            (Kind::OtherNumber, json!(""), json!(0)),
            (Kind::Quantity, Value::Null, json!(0)),
            (Kind::Flag, json!(false), json!(0)),
            (Kind::Language, json!("fr"), json!(12)),
            (Kind::Language, Value::Null, json!(0)),
            (Kind::Word, json!("PL_1"), json!("PL_1")),
            (Kind::CardOf("customer"), json!("57"), json!(57)),
        ] {
            assert_eq!(probe(kind).to_wire(&ours).unwrap(), wire, "{kind:?} {ours}");
        }
        let price = probe(Kind::Money).to_wire(&json!("25.50")).unwrap();
        assert_eq!(price.to_string(), "25.5");
    }

    #[test]
    fn values_that_cannot_go_out_name_their_field() {
        for (kind, ours, key) in [
            (Kind::Text, json!("→"), "acomba-character"),
            (Kind::Text, json!(5), "acomba-unfit"),
            (Kind::Number, json!("MAT-01"), "acomba-whole-number"),
            (Kind::Number, json!("-1"), "acomba-whole-number"),
            (Kind::Number, json!("3000000000"), "acomba-whole-number"),
            (Kind::Number, Value::Null, "acomba-unfit"),
            (Kind::Flag, Value::Null, "acomba-cannot-be-empty"),
            (Kind::Word, Value::Null, "acomba-cannot-be-empty"),
            (Kind::Language, json!("de"), "acomba-unfit"),
            (
                Kind::CardOf("customer"),
                Value::Null,
                "acomba-cannot-be-empty",
            ),
            (Kind::CardOf("customer"), json!("0"), "acomba-unfit"),
            (Kind::CardOf("customer"), json!(57), "acomba-unfit"),
            (Kind::Stamp, json!("2026-01-01T00:00:00Z"), "acomba-unfit"),
        ] {
            let fault = probe(kind).to_wire(&ours).unwrap_err();
            assert_eq!(
                (fault.message.key.as_str(), fault.field.as_deref()),
                (key, Some("f")),
                "{kind:?} {ours}"
            );
        }
    }

    #[test]
    fn the_refused_character_is_named_with_its_code() {
        let fault = storable("Prix 😀", "name").unwrap_err();
        assert_eq!(
            fault.message.fallback,
            "Acomba cannot store the character “😀” (U+1F600) in name"
        );
    }

    #[test]
    fn values_come_back_in_our_forms() {
        for (kind, wire, ours) in [
            (Kind::Text, json!(""), Value::Null),
            (Kind::Text, json!(29683), json!("29683")),
            (Kind::Number, json!(0), json!("0")),
            (Kind::OtherNumber, json!(0), Value::Null),
            (Kind::OtherNumber, json!(7), json!("7")),
            (Kind::CardOf("customer"), json!(0), Value::Null),
            (Kind::CardOf("customer"), json!(57), json!("57")),
            (Kind::Money, json!(25), json!("25.00")),
            (Kind::Quantity, json!(0), json!("0")),
            (Kind::Flag, json!(1), json!(true)),
            (Kind::Flag, json!(0), json!(false)),
            (Kind::Language, json!(9), json!("en")),
            (Kind::Language, json!(7), Value::Null),
            (
                Kind::Stamp,
                json!("2026-03-05T14:00:00-05:00"),
                json!("2026-03-05T19:00:00Z"),
            ),
        ] {
            assert_eq!(
                probe(kind).value_in(&json!({"F": wire})),
                Some(ours),
                "{kind:?} {wire}"
            );
        }
        assert_eq!(probe(Kind::Text).value_in(&json!({})), None);
        assert_eq!(
            probe(Kind::Text)
                .at("1")
                .value_in(&json!({"F": {"1": "x"}})),
            Some(json!("x"))
        );
        assert_eq!(probe(Kind::Text).at("1").value_in(&json!({"F": {}})), None);
    }
}
