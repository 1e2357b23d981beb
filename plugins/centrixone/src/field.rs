//! One field of a record: what we call it, where it stands on the wire, and how its value changes on
//! the way. One table of fields gives an entity its schema and both directions.

use crate::api::parse_id;
use crate::assumed::NOTHING;
use liaison_sdk::prelude::*;

/// One field.
#[derive(Clone, Debug)]
pub struct Field {
    /// Our name.
    pub name: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// The object within the row that holds it, where it is not the row itself.
    pub within: Option<&'static str>,
    /// The vendor's name.
    pub wire: &'static str,
    pub kind: Kind,
    pub writing: Writing,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// Money, a rate or a quantity; a number on the wire.
    Decimal,
    /// The same, as text on the wire.
    DecimalText,
    Whole,
    Flag,
    Day,
    Stamp,
    /// `EN` on the wire, `en` in bodies.
    Language,
    /// The id of a record of this entity.
    Reference(&'static str),
}

/// When a field may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    Always,
    /// Only with a new record.
    Once,
    Never,
}

/// A field that may always be written.
pub const fn field(
    name: &'static str,
    title: &'static str,
    wire: &'static str,
    kind: Kind,
) -> Field {
    Field {
        name,
        title,
        within: None,
        wire,
        kind,
        writing: Writing::Always,
    }
}

impl Field {
    /// The same, within an object of the row.
    pub const fn within(mut self, object: &'static str) -> Self {
        self.within = Some(object);
        self
    }

    /// The same, written with a new record only.
    pub const fn once(mut self) -> Self {
        self.writing = Writing::Once;
        self
    }

    /// The same, set by CentrixOne.
    pub const fn read_only(mut self) -> Self {
        self.writing = Writing::Never;
        self
    }

    /// Its schema.
    pub fn schema(&self) -> schema::Field {
        let field = match self.kind {
            Kind::Text | Kind::Language => schema::string(self.name),
            Kind::Decimal | Kind::DecimalText => schema::decimal(self.name),
            Kind::Whole => schema::integer(self.name),
            Kind::Flag => schema::boolean(self.name),
            Kind::Day => schema::date(self.name),
            Kind::Stamp => schema::instant(self.name),
            Kind::Reference(entity) => schema::reference(self.name, entity),
        };
        let field = field.title(self.title);
        match self.writing {
            Writing::Never => field.read_only(),
            _ => field,
        }
    }

    /// Its value in a body; none when the row does not tell.
    pub fn value_in(&self, row: &Value) -> Option<Value> {
        let value = match self.within {
            None => row.get(self.wire)?,
            Some(object) => row.get(object)?.get(self.wire)?,
        };
        Some(self.ours(value))
    }

    fn ours(&self, value: &Value) -> Value {
        let text = match value {
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            _ => String::new(),
        };
        let or_null = |value: Option<Value>| value.unwrap_or(Value::Null);
        match self.kind {
            Kind::Decimal | Kind::DecimalText => decimal::to_body(&Value::String(text)),
            Kind::Whole => or_null(text.parse::<i64>().ok().map(|number| json!(number))),
            Kind::Flag => or_null(match (value, text.as_str()) {
                (Value::Bool(yes), _) => Some(json!(yes)),
                (_, "1" | "true") => Some(json!(true)),
                (_, "0" | "false") => Some(json!(false)),
                _ => None,
            }),
            Kind::Day => or_null(text.get(..10).map(|day| json!(day))),
            Kind::Stamp => or_null(date::parse_instant(&text).map(|ms| json!(date::instant(ms)))),
            Kind::Reference(_) => or_null(parse_id(&text).map(|id| json!(id.to_string()))),
            _ if text.is_empty() => Value::Null,
            Kind::Language => json!(text.to_lowercase()),
            Kind::Text => json!(text),
        }
    }

    /// Its value on the wire.
    pub fn to_wire(&self, value: &Value) -> Result<Value, Fault> {
        let fits = match (self.kind, value) {
            (Kind::Flag, Value::Bool(_)) => Some(value.clone()),
            (Kind::Flag, _) => None,
            (_, Value::Null) => Some(json!(NOTHING)),
            (Kind::Text, Value::String(text)) => Some(json!(text.trim())),
            (Kind::Language, Value::String(text)) => Some(json!(text.trim().to_uppercase())),
            (Kind::Whole, Value::Number(_)) => Some(value.clone()),
            (Kind::Decimal, value) => decimal::to_number(value),
            (Kind::DecimalText, value) => {
                decimal::parse(value).map(|number| json!(number.to_string()))
            }
            (Kind::Day, Value::String(day)) => date::day_number(day).map(|_| json!(day)),
            (Kind::Reference(_), Value::String(id)) if id.trim().is_empty() => Some(json!(NOTHING)),
            (Kind::Reference(entity), Value::String(id)) => match parse_id(id) {
                Some(id) => Some(json!(id)),
                None => return Err(no_id(entity, id, self.name)),
            },
            _ => None,
        };
        fits.ok_or_else(|| unfit(value, self.name))
    }

    /// Puts its value where it stands in a row.
    pub fn put(&self, row: &mut Map<String, Value>, value: &Value) -> Result<(), Fault> {
        let value = self.to_wire(value)?;
        match self.within {
            None => {
                row.insert(self.wire.to_owned(), value);
            }
            Some(object) => {
                let object = row.entry(object).or_insert_with(|| json!({}));
                object[self.wire] = value;
            }
        }
        Ok(())
    }
}

/// The row of a body by a table of fields: all of it for a create, only the given fields for an
/// update. Fields of other tables must have been taken out.
pub fn row_of<'a>(
    entity: &str,
    fields: impl Iterator<Item = &'a Field> + Clone,
    body: &Map<String, Value>,
    action: Action,
) -> Result<Map<String, Value>, Fault> {
    let mut row = Map::new();
    for (name, value) in body.iter().filter(|(name, _)| *name != "id") {
        let field = fields
            .clone()
            .find(|field| field.name == name)
            .ok_or_else(|| no_field(entity, name))?;
        match (field.writing, action) {
            // A body that was read and is sent to a new record may hold these.
            (Writing::Never, Action::Create) => continue,
            (Writing::Never, _) => return Err(read_only(name)),
            (Writing::Once, Action::Update) => return Err(only_once(name)),
            _ => {}
        }
        if action == Action::Create && filter::is_empty(value) {
            continue;
        }
        field.put(&mut row, value)?;
    }
    Ok(row)
}

/// What we call a property of the wire.
pub fn name_of<'a>(mut fields: impl Iterator<Item = &'a Field>, wire: &str) -> Option<String> {
    let field = fields.find(|field| field.wire == wire)?;
    Some(field.name.to_owned())
}

/// A fault with its field called otherwise, where that is known.
pub fn renamed(fault: Fault, name_of: impl Fn(&str) -> Option<String>) -> Fault {
    let field = fault.field.map(|wire| name_of(&wire).unwrap_or(wire));
    Fault { field, ..fault }
}

fn no_field(entity: &str, field: &str) -> Fault {
    fault::rejected(text!(
        "centrixone-no-field",
        "{entity} has no field {field}",
        entity = entity,
        field = field
    ))
    .field(field)
}

fn read_only(field: &str) -> Fault {
    fault::rejected(text!(
        "centrixone-read-only",
        "{field} is set by CentrixOne and cannot be written",
        field = field
    ))
    .field(field)
}

fn only_once(field: &str) -> Fault {
    fault::rejected(text!(
        "centrixone-only-once",
        "{field} is set when the record is created and never changed after that",
        field = field
    ))
    .field(field)
}

fn no_id(entity: &str, id: &str, field: &str) -> Fault {
    fault::missing_reference(text!(
        "centrixone-no-id",
        "“{id}” in {field} is no id that CentrixOne gives to a {entity}",
        id = id,
        field = field,
        entity = entity
    ))
    .field(field)
}

/// The fault for a value that the field cannot hold.
pub fn unfit(value: &Value, field: &str) -> Fault {
    fault::rejected(text!(
        "centrixone-unfit",
        "{value} does not fit {field}",
        value = value,
        field = field
    ))
    .field(field)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn probe(kind: Kind) -> Field {
        field("f", "F", "w", kind)
    }

    #[test]
    fn values_go_out_as_the_vendor_writes_them() {
        for (kind, ours, wire) in [
            (Kind::Text, json!(" Alma "), "\"Alma\""),
            (Kind::Text, Value::Null, "\"\""),
            (Kind::Decimal, json!("125.00"), "125.00"),
            (Kind::DecimalText, json!("2.5"), "\"2.5\""),
            (Kind::Whole, json!(40), "40"),
            (Kind::Flag, json!(false), "false"),
            (Kind::Day, json!("2026-03-05"), "\"2026-03-05\""),
            (Kind::Language, json!("fr"), "\"FR\""),
            (Kind::Reference("user"), json!("501"), "501"),
            (Kind::Reference("user"), Value::Null, "\"\""),
        ] {
            let found = probe(kind).to_wire(&ours).unwrap().to_string();
            assert_eq!(found, wire, "{kind:?} {ours}");
        }
    }

    #[test]
    fn values_that_do_not_fit_name_their_field() {
        for (kind, ours, key) in [
            (Kind::Text, json!(5), "centrixone-unfit"),
            (Kind::Decimal, json!("many"), "centrixone-unfit"),
            (Kind::Flag, Value::Null, "centrixone-unfit"),
            (Kind::Day, json!("2026-02-30"), "centrixone-unfit"),
            (Kind::Reference("user"), json!("marie"), "centrixone-no-id"),
            (Kind::Reference("user"), json!("-4"), "centrixone-no-id"),
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
    fn values_come_back_in_our_forms() {
        for (kind, wire, ours) in [
            (Kind::Text, json!(""), Value::Null),
            (Kind::Text, json!(10005), json!("10005")),
            (Kind::Decimal, json!(15.50), json!("15.5")),
            (Kind::DecimalText, json!("0"), json!("0")),
            (Kind::DecimalText, json!("none"), Value::Null),
            (Kind::Whole, json!("40"), json!(40)),
            (Kind::Flag, json!(1), json!(true)),
            (Kind::Flag, Value::Null, Value::Null),
            (
                Kind::Day,
                json!("2026-03-05T00:00:00-05:00"),
                json!("2026-03-05"),
            ),
            (
                Kind::Stamp,
                json!("2026-03-05T14:00:00-05:00"),
                json!("2026-03-05T19:00:00Z"),
            ),
            (Kind::Language, json!("FR"), json!("fr")),
            (Kind::Reference("user"), json!(501), json!("501")),
            (Kind::Reference("user"), json!(0), Value::Null),
        ] {
            let found = probe(kind).value_in(&json!({"w": wire}));
            assert_eq!(found, Some(ours), "{kind:?} {wire}");
        }
        assert_eq!(probe(Kind::Text).value_in(&json!({})), None);
        let nested = probe(Kind::Text).within("o");
        assert_eq!(nested.value_in(&json!({"o": {"w": "x"}})), Some(json!("x")));
        assert_eq!(nested.value_in(&json!({"w": "x"})), None);
    }
}
