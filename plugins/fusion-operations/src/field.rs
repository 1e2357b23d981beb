//! One field, and both directions of its value. A path with dots leads into objects of the row.

use crate::profile::Profile;
use liaison_sdk::prelude::*;

/// One field of an entity.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub name: &'static str,
    pub title: &'static str,
    /// The vendor's name, unless the settings say otherwise.
    pub wire: &'static str,
    pub kind: Kind,
    pub read_only: bool,
    /// The doctor says so when the vendor does not tell it.
    pub essential: bool,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// A word, or a number where it is one: the status of a production order is both.
    Word,
    Decimal,
    Whole,
    Flag,
    /// A day in the company's zone.
    Day,
    Instant,
    /// The id of a record of this entity, where the vendor refers by what is its id.
    Id(&'static str),
    /// Texts by name.
    Texts,
    /// A list of texts.
    Words,
    /// A list of objects of which this property is ours.
    Picks(&'static str),
}

/// A field that may be written.
pub const fn field(
    name: &'static str,
    title: &'static str,
    wire: &'static str,
    kind: Kind,
) -> Field {
    Field {
        name,
        title,
        wire,
        kind,
        read_only: false,
        essential: false,
    }
}

impl Field {
    /// The same, set by the vendor.
    pub const fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// The same, and nothing goes without it.
    pub const fn essential(mut self) -> Self {
        self.essential = true;
        self
    }

    /// Its schema.
    pub fn schema(&self) -> schema::Field {
        let words = || {
            schema::string(self.name)
                .with("type", json!("array"))
                .with("items", json!({"type": "string"}))
        };
        let field = match self.kind {
            Kind::Text | Kind::Word => schema::string(self.name),
            Kind::Decimal => schema::decimal(self.name),
            Kind::Whole => schema::integer(self.name),
            Kind::Flag => schema::boolean(self.name),
            Kind::Day => schema::date(self.name),
            Kind::Instant => schema::instant(self.name),
            Kind::Id(entity) => schema::reference(self.name, entity),
            Kind::Texts => schema::text_map(self.name),
            Kind::Words | Kind::Picks(_) => words(),
        };
        let field = field.title(self.title);
        match self.read_only {
            true => field.read_only(),
            false => field,
        }
    }

    /// Its value in a body; none when the row does not tell.
    pub fn value_in(&self, profile: &Profile, scope: &str, row: &Value) -> Option<Value> {
        let path = profile.wire(scope, self.name, self.wire);
        let mut value = row;
        for step in path.split('.') {
            // Of an object that is empty all fields are.
            value = match value {
                Value::Null => return Some(Value::Null),
                value => value.get(step)?,
            };
        }
        Some(self.ours(profile, value))
    }

    fn ours(&self, profile: &Profile, value: &Value) -> Value {
        let text = text_of(value).unwrap_or_default();
        let texts = |value: &Value| text_of(value).map_or(Value::Null, Value::String);
        let list = |texts: &mut dyn Iterator<Item = &Value>| {
            Value::Array(texts.filter_map(text_of).map(Value::String).collect())
        };
        let found = match (self.kind, value) {
            (Kind::Text | Kind::Word | Kind::Id(_), _) => Some(texts(value)),
            (Kind::Decimal, _) => Some(decimal::to_body(value)),
            (Kind::Whole, _) => text.trim().parse::<i64>().ok().map(|number| json!(number)),
            (Kind::Flag, Value::Bool(_)) => Some(value.clone()),
            (Kind::Flag, _) => match text.as_str() {
                "true" | "1" => Some(json!(true)),
                "false" | "0" => Some(json!(false)),
                _ => None,
            },
            (Kind::Day, _) => profile.day(&text).map(Value::String),
            (Kind::Instant, _) => profile.instant_ms(&text).map(|ms| json!(date::instant(ms))),
            (Kind::Texts, Value::Object(map)) => Some(Value::Object(
                map.iter()
                    .map(|(name, value)| (name.clone(), texts(value)))
                    .collect(),
            )),
            (Kind::Words, Value::Array(words)) => Some(list(&mut words.iter())),
            (Kind::Picks(key), Value::Array(picks)) => {
                Some(list(&mut picks.iter().filter_map(|pick| pick.get(key))))
            }
            _ => None,
        };
        found.unwrap_or(Value::Null)
    }

    /// Its value on the wire. Null empties it.
    fn on_wire(&self, value: &Value) -> Result<Value, Fault> {
        let words = |wrap: &dyn Fn(&Value) -> Value| {
            let words = value.as_array()?;
            let plain = words.iter().all(Value::is_string);
            plain.then(|| Value::Array(words.iter().map(wrap).collect()))
        };
        let fits = match (self.kind, value) {
            (_, Value::Null) => Some(Value::Null),
            (Kind::Text | Kind::Id(_), Value::String(_))
            | (Kind::Flag, Value::Bool(_))
            | (Kind::Whole, Value::Number(_)) => Some(value.clone()),
            (Kind::Word, Value::String(word)) => Some(match word.parse::<u32>() {
                Ok(number) => json!(number),
                Err(_) => value.clone(),
            }),
            (Kind::Decimal, Value::String(_)) => decimal::to_number(value),
            // Without a zone the company's own applies, so this is its midnight, whatever the season.
            (Kind::Day, Value::String(day)) => {
                date::day_number(day).map(|_| json!(format!("{day}T00:00:00")))
            }
            (Kind::Instant, Value::String(text)) => date::parse_instant(text)
                .map(|ms| json!(date::instant(ms.div_euclid(1_000) * 1_000))),
            (Kind::Texts, Value::Object(map)) => {
                let plain = map.values().all(|v| v.is_string() || v.is_null());
                plain.then(|| value.clone())
            }
            (Kind::Words, _) => words(&Value::clone),
            (Kind::Picks(key), _) => words(&|word| json!({ key: word })),
            _ => None,
        };
        fits.ok_or_else(|| unfit(value, self.name))
    }

    /// Puts its value where it stands in a row. Names of a map that are not given stay.
    pub fn put(
        &self,
        profile: &Profile,
        scope: &str,
        row: &mut Map<String, Value>,
        value: &Value,
    ) -> Result<(), Fault> {
        let value = self.on_wire(value)?;
        let path = profile.wire(scope, self.name, self.wire);
        match path.rsplit_once('.') {
            None => set(row, path, value),
            Some((objects, last)) => {
                let mut at = row;
                for object in objects.split('.') {
                    at = object_in(at, object);
                }
                set(at, last, value);
            }
        }
        Ok(())
    }
}

/// Sets a property; an object adds to the one that is there.
fn set(row: &mut Map<String, Value>, property: &str, value: Value) {
    match value {
        Value::Object(more) => object_in(row, property).extend(more),
        value => {
            row.insert(property.to_owned(), value);
        }
    }
}

/// The object in a property, made where there is none.
fn object_in<'a>(row: &'a mut Map<String, Value>, property: &str) -> &'a mut Map<String, Value> {
    let value = row.entry(property).or_insert(Value::Null);
    if !value.is_object() {
        *value = json!({});
    }
    value.as_object_mut().expect("it was just made an object")
}

/// A text or a number, as text; nothing when it is neither or says nothing.
pub fn text_of(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        _ => return None,
    };
    (!text.trim().is_empty()).then_some(text)
}

/// The fault for a value that the field cannot hold.
pub fn unfit(value: &Value, field: &str) -> Fault {
    fault::rejected(text!(
        "fusion-unfit",
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

    fn in_montreal() -> Profile {
        Profile::of(&json!({}), Some(-300))
    }

    #[test]
    fn values_go_out_as_the_vendor_writes_them() {
        for (kind, ours, wire) in [
            (Kind::Text, json!(" Alma"), r#"" Alma""#),
            (Kind::Text, Value::Null, "null"),
            (Kind::Word, json!("0"), "0"),
            (Kind::Word, json!("completed"), r#""completed""#),
            (Kind::Decimal, json!("125.00"), "125.00"),
            (Kind::Flag, json!(false), "false"),
            (Kind::Day, json!("2026-03-05"), r#""2026-03-05T00:00:00""#),
            (
                Kind::Instant,
                json!("2026-03-05T14:00:00.5Z"),
                r#""2026-03-05T14:00:00Z""#,
            ),
            (Kind::Words, json!(["a", "b"]), r#"["a","b"]"#),
            (Kind::Picks("number"), json!(["7"]), r#"[{"number":"7"}]"#),
            (Kind::Texts, json!({"A b": "c"}), r#"{"A b":"c"}"#),
        ] {
            let mut row = Map::new();
            probe(kind)
                .put(&in_montreal(), "e", &mut row, &ours)
                .unwrap();
            assert_eq!(row["w"].to_string(), wire, "{kind:?} {ours}");
        }
    }

    #[test]
    fn values_that_do_not_fit_name_their_field() {
        for (kind, ours) in [
            (Kind::Text, json!(5)),
            (Kind::Decimal, json!("many")),
            (Kind::Decimal, json!(1.5)),
            (Kind::Flag, json!("yes")),
            (Kind::Day, json!("2026-02-30")),
            (Kind::Instant, json!("soon")),
            (Kind::Words, json!([5])),
            (Kind::Texts, json!({"a": 5})),
        ] {
            let fault = probe(kind).on_wire(&ours).unwrap_err();
            assert_eq!(
                (fault.message.key.as_str(), fault.field.as_deref()),
                ("fusion-unfit", Some("f")),
                "{kind:?} {ours}"
            );
        }
    }

    #[test]
    fn values_come_back_in_our_forms() {
        for (kind, wire, ours) in [
            (Kind::Text, json!(""), Value::Null),
            (Kind::Text, json!(10005), json!("10005")),
            (Kind::Word, json!(0), json!("0")),
            (Kind::Decimal, json!("500"), json!("500")),
            (Kind::Decimal, json!({}), Value::Null),
            (Kind::Whole, json!("3600"), json!(3600)),
            (Kind::Flag, json!("false"), json!(false)),
            (
                Kind::Instant,
                json!("2026-03-05T14:00:00"),
                json!("2026-03-05T19:00:00Z"),
            ),
            (
                Kind::Texts,
                json!({"a": 5, "b": ""}),
                json!({"a": "5", "b": null}),
            ),
            (Kind::Words, json!(["a", null]), json!(["a"])),
            (
                Kind::Picks("number"),
                json!([{"number": 1}, {}]),
                json!(["1"]),
            ),
        ] {
            let found = probe(kind).value_in(&in_montreal(), "e", &json!({"w": wire}));
            assert_eq!(found, Some(ours), "{kind:?} {wire}");
        }
        // 1.50 must keep its digits.
        let row: Value = serde_json::from_str(r#"{"w": 1.50}"#).unwrap();
        let found = probe(Kind::Decimal).value_in(&in_montreal(), "e", &row);
        assert_eq!(found, Some(json!("1.50")));
    }

    #[test]
    fn absent_and_empty_differ_along_a_path() {
        let city = field("city", "City", "address.city", Kind::Text);
        for (row, expected) in [
            (json!({}), None),
            (json!({"address": {}}), None),
            (json!({"address": null}), Some(Value::Null)),
            (json!({"address": {"city": null}}), Some(Value::Null)),
            (json!({"address": {"city": "Alma"}}), Some(json!("Alma"))),
        ] {
            assert_eq!(city.value_in(&in_montreal(), "e", &row), expected, "{row}");
        }
    }

    #[test]
    fn what_is_put_leaves_its_neighbours() {
        let mut row =
            json!({"address": {"street": "1 rue A", "city": "B"}, "custom-fields": {"x": "1"}});
        let row = row.as_object_mut().unwrap();
        let city = field("city", "City", "address.city", Kind::Text);
        city.put(&in_montreal(), "e", row, &json!("Alma")).unwrap();
        let custom = field("c", "C", "custom-fields", Kind::Texts);
        custom
            .put(&in_montreal(), "e", row, &json!({"y": "2"}))
            .unwrap();
        assert_eq!(
            json!(row),
            json!({"address": {"street": "1 rue A", "city": "Alma"}, "custom-fields": {"x": "1", "y": "2"}})
        );
    }
}
