//! Fields: what they are called here and in Intacct, and how their values cross.

use crate::api::Api;
use crate::reply::Row;
use crate::stamp;
use crate::table::MODIFIED;
use crate::xml::escape;
use liaison_sdk::prelude::*;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Text,
    Flag,
    Whole,
    Amount,
    Day,
    Stamp,
    /// One of these labels.
    Word(&'static [&'static str]),
    /// Several labels, joined by `#~#`.
    Words,
    /// The id of a record of this entity.
    Of(&'static str),
}

/// When a field may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    Any,
    /// When the record is created; after that Intacct keeps it.
    Once,
    /// While the contract or the line is a draft.
    Draft,
    Never,
}

/// A field.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub name: &'static str,
    /// Its name on the wire; a dot leads into an object.
    pub wire: &'static str,
    pub kind: Kind,
    pub writing: Writing,
    /// A create without it is refused.
    pub needed: bool,
}

/// A field that may be written at any time.
pub const fn field(name: &'static str, wire: &'static str, kind: Kind) -> Field {
    Field {
        name,
        wire,
        kind,
        writing: Writing::Any,
        needed: false,
    }
}

impl Field {
    pub const fn read_only(self) -> Self {
        self.on(Writing::Never)
    }

    pub const fn once(self) -> Self {
        self.on(Writing::Once)
    }

    pub const fn draft(self) -> Self {
        self.on(Writing::Draft)
    }

    pub const fn needed(self) -> Self {
        Self {
            needed: true,
            ..self
        }
    }

    const fn on(self, writing: Writing) -> Self {
        Self { writing, ..self }
    }

    /// For the manifest.
    pub fn schema(&self) -> schema::Field {
        let plain = match self.kind {
            Kind::Text => schema::string(self.name),
            Kind::Flag => schema::boolean(self.name),
            Kind::Whole => schema::integer(self.name),
            Kind::Amount => schema::decimal(self.name),
            Kind::Day => schema::date(self.name),
            Kind::Stamp => schema::instant(self.name),
            Kind::Word(words) => {
                schema::string(self.name).description(&format!("One of: {}", words.join(", ")))
            }
            Kind::Words => schema::string(self.name)
                .with("type", json!("array"))
                .with("items", json!({"type": "string"})),
            Kind::Of(entity) => schema::reference(self.name, entity),
        };
        let titled = plain.title(&title(self.name));
        match self.writing {
            Writing::Never if self.wire == MODIFIED => titled.stamp(),
            Writing::Never => titled.read_only(),
            _ => titled,
        }
    }

    /// Its value in a row; none where the row does not have it.
    pub fn value_in(&self, row: &Row, offset: i64) -> Option<Value> {
        let text = row.get(self.wire)?;
        Some(from_wire(self.kind, text, offset))
    }

    /// Its value on the wire; an empty text empties the field.
    pub fn wire_text(&self, value: &Value, api: &Api) -> Result<String, Fault> {
        let unfit = || unfit(self.name, value);
        match (self.kind, value) {
            (_, Value::Null) => Ok(String::new()),
            (Kind::Flag, Value::Bool(flag)) => Ok(flag.to_string()),
            (Kind::Whole | Kind::Amount, value) => {
                let number = decimal::parse(value).ok_or_else(unfit)?;
                let whole = self.kind == Kind::Amount || number.fract().is_zero();
                whole.then(|| number.to_string()).ok_or_else(unfit)
            }
            (Kind::Day, Value::String(day)) if day.trim().is_empty() => Ok(String::new()),
            (Kind::Day, Value::String(day)) => stamp::day_to_wire(day).ok_or_else(unfit),
            (Kind::Stamp, Value::String(text)) => date::parse_instant(text)
                .map(|ms| stamp::instant_to_wire(ms, api.offset))
                .ok_or_else(unfit),
            (Kind::Word(words), Value::String(text)) => match text.trim() {
                "" => Ok(String::new()),
                text => known_word(words, text).map(str::to_owned).ok_or_else(|| {
                    fault::rejected(text!(
                        "intacct-word",
                        "{field} must be one of {words}, not {value}",
                        field = self.name,
                        words = words.join(", "),
                        value = text
                    ))
                    .field(self.name)
                }),
            },
            (Kind::Words, Value::Array(list)) => {
                let words: Option<Vec<&str>> = list.iter().map(Value::as_str).collect();
                words.map(|words| words.join("#~#")).ok_or_else(unfit)
            }
            (Kind::Text | Kind::Of(_), Value::String(text)) => Ok(text.trim().to_owned()),
            _ => Err(unfit()),
        }
    }

    /// Its place and value as they are written.
    pub fn put(&self, value: &Value, api: &Api) -> Result<Part, Fault> {
        Ok((self.wire.to_owned(), self.wire_text(value, api)?))
    }
}

/// What people call a field.
fn title(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => words,
    }
}

fn known_word(words: &[&'static str], text: &str) -> Option<&'static str> {
    let found = words.iter().find(|word| word.eq_ignore_ascii_case(text));
    found.copied()
}

/// A value of ours from the text on the wire; empty is null.
pub fn from_wire(kind: Kind, text: &str, offset: i64) -> Value {
    let text = text.trim();
    if text.is_empty() {
        return Value::Null;
    }
    match kind {
        Kind::Text | Kind::Of(_) => json!(text),
        Kind::Flag => match text.to_lowercase().as_str() {
            "true" | "t" | "yes" | "1" => json!(true),
            "false" | "f" | "no" | "0" => json!(false),
            _ => Value::Null,
        },
        Kind::Whole => decimal::from_text(text)
            .and_then(|number| number.normalize().to_string().parse::<i64>().ok())
            .map_or(Value::Null, |number| json!(number)),
        Kind::Amount => {
            decimal::from_text(text).map_or(Value::Null, |number| json!(number.to_string()))
        }
        Kind::Day => stamp::day_from_wire(text).map_or(Value::Null, |day| json!(day)),
        Kind::Stamp => stamp::instant_from_wire(text, offset)
            .map_or(Value::Null, |ms| json!(date::instant(ms))),
        Kind::Word(words) => json!(known_word(words, text).unwrap_or(text)),
        Kind::Words => text.split("#~#").map(|word| json!(word.trim())).collect(),
    }
}

/// Whether two values of ours mean the same.
pub fn same(kind: Kind, a: &Value, b: &Value) -> bool {
    match kind {
        Kind::Amount | Kind::Whole => {
            decimal::parse(a) == decimal::parse(b) && filter::is_empty(a) == filter::is_empty(b)
        }
        Kind::Text | Kind::Of(_) | Kind::Word(_) => {
            let text = |value: &Value| value.as_str().unwrap_or_default().trim().to_owned();
            text(a) == text(b)
        }
        _ => a == b || filter::is_empty(a) && filter::is_empty(b),
    }
}

/// A place on the wire and its text.
pub type Part = (String, String);

/// The elements of an object, those of one inner object together, in the order in which they first come.
pub fn elements(parts: &[Part]) -> String {
    let mut out = String::new();
    let mut done: Vec<&str> = Vec::new();
    for (wire, text) in parts {
        let Some((object, _)) = wire.split_once('.') else {
            out.push_str(&format!("<{wire}>{}</{wire}>", escape(text)));
            continue;
        };
        if done.contains(&object) {
            continue;
        }
        done.push(object);
        let inner: Vec<Part> = parts
            .iter()
            .filter_map(|(wire, text)| {
                let (outer, rest) = wire.split_once('.')?;
                (outer == object).then(|| (rest.to_owned(), text.clone()))
            })
            .collect();
        out.push_str(&format!("<{object}>{}</{object}>", elements(&inner)));
    }
    out
}

/// The fault for a value that the field cannot hold.
pub fn unfit(field: &str, value: &Value) -> Fault {
    fault::rejected(text!(
        "intacct-unfit",
        "{value} does not fit {field}",
        value = value,
        field = field
    ))
    .field(field)
}

#[cfg(test)]
mod tests {
    use super::*;
    use liaison_sdk::testing::ScriptHost;

    fn host() -> ScriptHost {
        ScriptHost::new(json!({"sender_id": "s", "company_id": "c", "user_id": "u"}))
    }

    #[test]
    fn values_go_out_as_intacct_writes_them() {
        let host = host();
        let api = Api::open(&host).unwrap();
        const STATES: Kind = Kind::Word(&["Draft", "In progress"]);
        for (kind, ours, wire) in [
            (Kind::Text, json!(" Alma "), Ok("Alma")),
            (Kind::Text, Value::Null, Ok("")),
            (Kind::Text, json!(5), Err("intacct-unfit")),
            (Kind::Day, json!("2026-03-02"), Ok("03/02/2026")),
            (Kind::Day, json!(""), Ok("")),
            (Kind::Day, json!("04-22-2024"), Err("intacct-unfit")),
            (
                Kind::Stamp,
                json!("2026-03-02T14:00:00Z"),
                Ok("03/02/2026 14:00:00"),
            ),
            (Kind::Amount, json!("1250.50"), Ok("1250.50")),
            (Kind::Amount, json!("1,250"), Err("intacct-unfit")),
            (Kind::Whole, json!(12), Ok("12")),
            (Kind::Whole, json!("1.5"), Err("intacct-unfit")),
            (Kind::Flag, json!(true), Ok("true")),
            (Kind::Flag, json!("yes"), Err("intacct-unfit")),
            (STATES, json!("draft"), Ok("Draft")),
            (STATES, json!("Gone"), Err("intacct-word")),
            (
                Kind::Words,
                json!(["Print", "E-Mail"]),
                Ok("Print#~#E-Mail"),
            ),
        ] {
            let told = field("f", "F", kind).wire_text(&ours, &api);
            let told = told.map_err(|fault| fault.message.key);
            assert_eq!(
                told.as_deref().map_err(String::as_str),
                wire,
                "{kind:?} {ours}"
            );
        }
    }

    #[test]
    fn values_come_back_in_our_forms() {
        for (kind, wire, ours) in [
            (Kind::Text, "", Value::Null),
            (Kind::Text, "C-1", json!("C-1")),
            (Kind::Day, "03/02/2026", json!("2026-03-02")),
            (
                Kind::Stamp,
                "07/24/2017 15:19:46",
                json!("2017-07-24T15:19:46Z"),
            ),
            (Kind::Amount, "1250.5", json!("1250.5")),
            (Kind::Whole, "12", json!(12)),
            (Kind::Flag, "T", json!(true)),
            (Kind::Flag, "false", json!(false)),
            (Kind::Flag, "Yes", json!(true)),
            (Kind::Flag, "maybe", Value::Null),
            (Kind::Words, "Print#~#E-Mail", json!(["Print", "E-Mail"])),
        ] {
            assert_eq!(from_wire(kind, wire, 0), ours, "{kind:?} {wire}");
        }
    }

    #[test]
    fn inner_objects_are_written_once() {
        let part = |wire: &str, text: &str| (wire.to_owned(), text.to_owned());
        let parts = [
            part("NAME", "A & B"),
            part("DISPLAYCONTACT.PRINTAS", "A"),
            part("STATUS", ""),
            part("DISPLAYCONTACT.MAILADDRESS.CITY", "Alma"),
        ];
        assert_eq!(elements(&parts), "<NAME>A &amp; B</NAME><DISPLAYCONTACT><PRINTAS>A</PRINTAS><MAILADDRESS><CITY>Alma</CITY></MAILADDRESS></DISPLAYCONTACT><STATUS></STATUS>");
    }

    #[test]
    fn the_same_value_is_known_in_another_form() {
        for (kind, a, b, expected) in [
            (Kind::Amount, json!("10"), json!("10.00"), true),
            (Kind::Amount, json!("0"), Value::Null, false),
            (Kind::Text, Value::Null, json!(""), true),
            (Kind::Text, json!("a"), json!("A"), false),
            (Kind::Flag, Value::Null, json!(false), false),
        ] {
            assert_eq!(same(kind, &a, &b), expected, "{kind:?} {a} {b}");
        }
    }
}
