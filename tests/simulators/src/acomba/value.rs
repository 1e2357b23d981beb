//! One property's value: parsed from JSON by the interface table, kept compactly, rendered back.
//!
//! Amounts are exact decimals. A binary float never appears: serde_json keeps a number's text
//! (`arbitrary_precision`) and we parse that text.
//!
//! Invariant: a blank value (0, "", no entry) is not stored, so 100,000 documents fit in memory.

use std::str::FromStr;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Map, Number, Value};
use sha2::{Digest, Sha256};

use super::code_page;
use super::error::{Code, Refusal};
use super::interface::{Access, Field, Kind};

pub const AMOUNT_DECIMALS_MAX: u32 = 4;
/// A COM double keeps 15 digits; what does not fit is refused, not rounded.
const AMOUNT_DIGITS_MAX: usize = 15;

#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Text(Box<str>),
    /// One of the SDK's enum names.
    Name(&'static str),
    Int(i64),
    Amount(Decimal),
    By(Vec<(&'static str, Cell)>),
}

impl Cell {
    pub fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    pub fn is_blank(&self) -> bool {
        match self {
            Self::Text(text) => text.is_empty(),
            Self::Name(_) => false,
            Self::Int(number) => *number == 0,
            Self::Amount(amount) => amount.is_zero(),
            Self::By(entries) => entries.is_empty(),
        }
    }

    /// The value as an index key.
    pub fn key(&self) -> String {
        match self {
            Self::Text(text) => text.to_string(),
            Self::Name(name) => (*name).to_owned(),
            Self::Int(number) => number.to_string(),
            Self::Amount(amount) => amount.normalize().to_string(),
            Self::By(_) => String::new(),
        }
    }
}

/// A property as given by a caller: the field it names and its value, blank or not.
pub type Given = (&'static Field, Cell);

/// The values of one card or one line.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Values(Vec<(&'static str, Cell)>);

impl Values {
    pub fn get(&self, name: &str) -> Option<&Cell> {
        self.0
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, cell)| cell)
    }

    pub fn text(&self, name: &str) -> &str {
        match self.get(name) {
            Some(Cell::Text(text)) => text,
            Some(Cell::Name(name)) => name,
            _ => "",
        }
    }

    pub fn int(&self, name: &str) -> i64 {
        match self.get(name) {
            Some(Cell::Int(number)) => *number,
            _ => 0,
        }
    }

    pub fn card_pos(&self, name: &str) -> i32 {
        i32::try_from(self.int(name)).unwrap_or(0)
    }

    pub fn amount(&self, name: &str) -> Decimal {
        match self.get(name) {
            Some(Cell::Amount(amount)) => *amount,
            _ => Decimal::ZERO,
        }
    }

    /// One entry of an indexed property.
    pub fn entry(&self, name: &str, index: &str) -> Option<&Cell> {
        match self.get(name) {
            Some(Cell::By(entries)) => entries
                .iter()
                .find(|(key, _)| *key == index)
                .map(|(_, cell)| cell),
            _ => None,
        }
    }

    /// Sets a property; an indexed one entry by entry, as the SDK does.
    pub fn set(&mut self, name: &'static str, cell: Cell) {
        let cell = match (cell, self.get(name)) {
            (Cell::By(new), Some(Cell::By(old))) => {
                let kept = old
                    .iter()
                    .filter(|(index, _)| !new.iter().any(|(other, _)| other == index))
                    .cloned();
                Cell::By(
                    kept.chain(new.clone())
                        .filter(|(_, cell)| !cell.is_blank())
                        .collect(),
                )
            }
            (Cell::By(new), _) => Cell::By(
                new.into_iter()
                    .filter(|(_, cell)| !cell.is_blank())
                    .collect(),
            ),
            (cell, _) => cell,
        };
        self.0.retain(|(key, _)| *key != name);
        if !cell.is_blank() {
            self.0.push((name, cell));
        }
    }

    pub fn shrink(&mut self) {
        self.0.shrink_to_fit();
    }
}

/// Reads one property. `path` is how the caller named it, for the error (`Lines[0].ILDescription`).
pub fn parse(field: &'static Field, value: &Value, path: &str) -> Result<Cell, Refusal> {
    let wrong = |wanted: &str| Refusal::bad(format!("`{path}` must be {wanted}")).field(path);
    match field.kind {
        Kind::Text(max) => text(value.as_str().ok_or_else(|| wrong("a text"))?, max, path),
        Kind::Int => Ok(Cell::Int(
            integer(value).ok_or_else(|| wrong("a whole number"))?,
        )),
        Kind::Amount => amount(value)
            .map(Cell::Amount)
            .ok_or_else(|| wrong("a number of at most 15 digits and 4 decimals")),
        Kind::CardPos => card_pos(value).ok_or_else(|| wrong("a card position")),
        Kind::Flag => integer(value)
            .filter(|flag| (0..=1).contains(flag))
            .map(Cell::Int)
            .ok_or_else(|| wrong("0 or 1")),
        Kind::Date => {
            let text = value.as_str().ok_or_else(|| wrong("a date YYYY-MM-DD"))?;
            let valid = text.len() == 10 && Date::from_str(text).is_ok();
            valid
                .then(|| Cell::text(text))
                .ok_or_else(|| wrong("a date YYYY-MM-DD"))
        }
        Kind::Name(names) => {
            let found = value
                .as_str()
                .and_then(|word| names.iter().find(|name| **name == word));
            found
                .map(|name| Cell::Name(name))
                .ok_or_else(|| wrong(&format!("one of {}", names.join(", "))))
        }
        Kind::TextBy(keys, max) => entries(value, keys, path, |value, path| match value.as_str() {
            Some(word) => text(word, max, path),
            None => Err(Refusal::bad(format!("`{path}` must be a text")).field(path)),
        }),
        Kind::AmountBy(keys) => entries(value, keys, path, |value, path| {
            amount(value).map(Cell::Amount).ok_or_else(|| {
                Refusal::bad(format!("`{path}` must be a number of at most 4 decimals")).field(path)
            })
        }),
        Kind::CardPosBy(keys) => entries(value, keys, path, |value, path| {
            card_pos(value).ok_or_else(|| {
                Refusal::bad(format!("`{path}` must be a card position")).field(path)
            })
        }),
    }
}

fn text(text: &str, max: usize, path: &str) -> Result<Cell, Refusal> {
    if let Some(refused) = code_page::first_refused(text) {
        let point = u32::from(refused);
        return Err(Refusal::new(
            Code::CharacterRefused,
            format!("`{path}` holds U+{point:04X}, which Windows-1252 lacks"),
        )
        .field(path));
    }
    let length = text.chars().count();
    if length > max {
        return Err(Refusal::new(
            Code::FieldTooLong,
            format!("`{path}` has {length} characters, at most {max} fit"),
        )
        .field(path));
    }
    Ok(Cell::text(text))
}

fn integer(value: &Value) -> Option<i64> {
    // `1.0` and `1e0` are not whole numbers here: the shim hands an int32 to COM.
    let number = value.as_number()?.to_string();
    number.parse::<i32>().ok().map(i64::from)
}

fn card_pos(value: &Value) -> Option<Cell> {
    integer(value).filter(|number| *number >= 0).map(Cell::Int)
}

/// An exact decimal from a JSON number, or none when it needs more than we keep.
pub fn amount(value: &Value) -> Option<Decimal> {
    let number = value.as_number()?.to_string();
    let exact = Decimal::from_str_exact(&number)
        .or_else(|_| Decimal::from_scientific(&number))
        .ok()?
        .normalize();
    let digits = exact.mantissa().unsigned_abs().to_string().len();
    (exact.scale() <= AMOUNT_DECIMALS_MAX && digits <= AMOUNT_DIGITS_MAX).then_some(exact)
}

fn entries(
    value: &Value,
    keys: &'static [&'static str],
    path: &str,
    read: impl Fn(&Value, &str) -> Result<Cell, Refusal>,
) -> Result<Cell, Refusal> {
    let object = value.as_object().ok_or_else(|| {
        Refusal::bad(format!("`{path}` must be an object keyed by index")).field(path)
    })?;
    let mut cells = Vec::new();
    for (index, value) in object {
        let path = format!("{path}.{index}");
        let key = keys.iter().find(|key| *key == index);
        let key = key.ok_or_else(|| {
            Refusal::bad(format!("`{path}` is not an index of this property")).field(&path)
        })?;
        cells.push((*key, read(value, &path)?));
    }
    Ok(Cell::By(cells))
}

/// A number as JSON, with at least one decimal as the bridge writes doubles (`25.0`).
pub fn amount_json(amount: Decimal) -> Value {
    let amount = if amount.is_zero() {
        Decimal::ZERO
    } else {
        amount.normalize()
    };
    let mut text = amount.to_string();
    if !text.contains('.') {
        text.push_str(".0");
    }
    Value::Number(Number::from_str(&text).expect("a decimal prints as a JSON number"))
}

fn cell_json(cell: &Cell) -> Value {
    match cell {
        Cell::Text(text) => Value::from(&**text),
        Cell::Name(name) => Value::from(*name),
        Cell::Int(number) => Value::from(*number),
        Cell::Amount(amount) => amount_json(*amount),
        Cell::By(entries) => entries
            .iter()
            .map(|(index, cell)| ((*index).to_owned(), cell_json(cell)))
            .collect::<Map<_, _>>()
            .into(),
    }
}

/// One property as it travels, a blank one as BlankCard leaves it.
pub fn field_json(field: &Field, values: &Values) -> Value {
    match (field.kind, values.get(field.name)) {
        (Kind::TextBy(keys, _), _) => {
            let entry = |key: &&str| {
                values
                    .entry(field.name, key)
                    .map_or_else(|| Value::from(""), cell_json)
            };
            keys.iter()
                .map(|key| ((*key).to_owned(), entry(key)))
                .collect::<Map<_, _>>()
                .into()
        }
        (Kind::AmountBy(keys) | Kind::CardPosBy(keys), _) => {
            let set = keys.iter().filter_map(|key| {
                Some(((*key).to_owned(), cell_json(values.entry(field.name, key)?)))
            });
            set.collect::<Map<_, _>>().into()
        }
        (_, Some(cell)) => cell_json(cell),
        (Kind::Text(_) | Kind::Date, None) => Value::from(""),
        (Kind::Int | Kind::CardPos | Kind::Flag, None) => Value::from(0),
        (Kind::Amount, None) => amount_json(Decimal::ZERO),
        (Kind::Name(names), None) => Value::from(names[0]),
    }
}

/// Adds to a hash every property that a change of the card would show.
pub fn hash_into(hasher: &mut Sha256, fields: &[Field], values: &Values) {
    for field in fields
        .iter()
        .filter(|field| matches!(field.access, Access::Set | Access::Read))
    {
        hasher.update(field.name);
        hasher.update(field_json(field, values).to_string());
        hasher.update([0]);
    }
}

/// Whose hand writes: the bridge through the SDK, or a person at Acomba's own screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hand {
    Bridge,
    Screen,
}

/// Reads an object of properties. The bridge refuses a property it does not know or may not write, so that
/// a misspelt name is an error on the first day and not a silent loss.
pub fn given(
    fields: &'static [Field],
    object: &Map<String, Value>,
    hand: Hand,
    within: &str,
) -> Result<Vec<Given>, Refusal> {
    let mut given = Vec::new();
    for (name, value) in object {
        let path = format!("{within}{name}");
        let field = fields.iter().find(|field| {
            field.name == name && (hand == Hand::Screen || field.access != Access::Hidden)
        });
        let field = field.ok_or_else(|| {
            Refusal::bad(format!("`{path}` is not a property of this interface")).field(&path)
        })?;
        if hand == Hand::Bridge && field.access != Access::Set {
            return Err(Refusal::bad(format!("`{path}` is read-only")).field(path));
        }
        given.push((field, parse(field, value, &path)?));
    }
    Ok(given)
}

/// The value given for a property, blank or not.
pub fn find<'a>(given: &'a [Given], name: &str) -> Option<&'a Cell> {
    given
        .iter()
        .find(|(field, _)| field.name == name)
        .map(|(_, cell)| cell)
}
