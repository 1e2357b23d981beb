//! A body as somebody gives it, checked field by field against its shape and kept by meaning.
//!
//! Invariant: no binary float touches a quantity; a refused body changes nothing.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::assumed;
use super::book::Values;
use super::company::{Company, number, to_decimal};
use super::refusal::Refusal;
use super::resource::Resource;
use super::schema::{Field, Kind, Source};
use super::time::{self, Stamp};

/// Whose hand writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hand {
    Api,
    /// At the vendor's screen: what the API has no path for, and one more shipment.
    Person,
    Seed,
}

pub struct Reader<'a> {
    pub company: &'a Company,
    pub resource: Resource,
    pub hand: Hand,
    pub now: Stamp,
}

impl Reader<'_> {
    /// The record's values after `given` is laid over `base`.
    pub fn record(&self, given: &Values, base: &Values) -> Result<Values, Refusal> {
        self.shape(self.resource.word(), given, base, "")
    }

    /// `place` is where in the body we are: empty at the top, else `products[0].`.
    pub fn shape(
        &self,
        shape: &str,
        given: &Values,
        base: &Values,
        place: &str,
    ) -> Result<Values, Refusal> {
        let schema = &self.company.schema;
        let fields = schema.shape(shape);
        let mut values = base.clone();
        for (name, value) in given {
            let field = fields.iter().find(|field| field.wire == *name);
            match field {
                Some(field) => self.field(field, value, &mut values, &format!("{place}{name}"))?,
                None if place.is_empty() && self.is_common(name) => {}
                None if self.company.switches.keys_checked || self.hand == Hand::Seed => {
                    return Err(Refusal::invalid(format!("Unknown key {place}{name}")));
                }
                None => {}
            }
        }
        for field in fields {
            if !values.contains_key(&field.meaning)
                && let Some(default) = self.default(field)
            {
                values.insert(field.meaning.clone(), default);
            }
            if field.required && !values.contains_key(&field.meaning) {
                return Err(Refusal::invalid(format!(
                    "{place}{} is required",
                    field.wire
                )));
            }
        }
        Ok(values)
    }

    fn is_common(&self, name: &str) -> bool {
        let schema = &self.company.schema;
        ["id", "created-at", "updated-at"]
            .iter()
            .any(|meaning| schema.common(meaning) == name)
    }

    fn default(&self, field: &Field) -> Option<Value> {
        Some(match field.default.as_deref()? {
            "now" => self.now.into(),
            "false" => false.into(),
            "0" => 0.into(),
            word => word.into(),
        })
    }

    fn field(
        &self,
        field: &Field,
        value: &Value,
        values: &mut Values,
        place: &str,
    ) -> Result<(), Refusal> {
        match (field.source, self.hand) {
            (Source::Anyone, _) | (Source::Vendor, Hand::Seed) => {}
            (Source::Others, Hand::Seed) => {
                let text = format!("{place} comes of other records");
                return Err(Refusal::invalid(text));
            }
            _ => return Ok(()),
        }
        let kept = values.get(&field.meaning);
        let read = match &field.kind {
            Kind::Parts(shape) => self.parts(shape, value, kept, place)?,
            _ if value.is_null() => None,
            Kind::Custom => Some(self.custom(value, kept, place)?),
            kind => Some(self.plain(kind, value, place)?),
        };
        match read {
            Some(read) => values.insert(field.meaning.clone(), read),
            None => values.shift_remove(&field.meaning),
        };
        Ok(())
    }

    fn plain(&self, kind: &Kind, value: &Value, place: &str) -> Result<Value, Refusal> {
        let must_be = |what: &str| Refusal::invalid(format!("{place} must be {what}"));
        Ok(match kind {
            Kind::Text => value.as_str().ok_or_else(|| must_be("a text"))?.into(),
            Kind::Number | Kind::Quantity => {
                let read = to_decimal(value)
                    .filter(|read| read.abs() <= assumed::QUANTITY_MAX.into())
                    .ok_or_else(|| must_be("a number"))?;
                if *kind == Kind::Quantity && read < Decimal::ZERO {
                    return Err(must_be("0 or more"));
                }
                number(read)
            }
            Kind::Flag => value
                .as_bool()
                .ok_or_else(|| must_be("true or false"))?
                .into(),
            Kind::Time => {
                let read = value.as_str();
                read.and_then(|text| time::read(text, &self.company.zone))
                    .ok_or_else(|| must_be("a date like 2017-04-01T02:15:15Z"))?
                    .into()
            }
            Kind::Word(words) => {
                let word = value.as_str();
                word.filter(|word| words.iter().any(|known| known == word))
                    .ok_or_else(|| must_be(&format!("one of {}", words.join(", "))))?
                    .into()
            }
            Kind::Status => {
                let given = to_decimal(value);
                let mut known = assumed::PRODUCTION_STATUSES.iter();
                known
                    .find(|(n, word)| given == Some((*n).into()) || value.as_str() == Some(word))
                    .map(|(_, word)| *word)
                    .ok_or_else(|| must_be("a status"))?
                    .into()
            }
            Kind::Tags => {
                let tags = value.as_array().ok_or_else(|| must_be("a list of texts"))?;
                if !tags.iter().all(Value::is_string) {
                    return Err(must_be("a list of texts"));
                }
                value.clone()
            }
            Kind::Reference(to) => self.reference(*to, value, place)?,
            Kind::References(to) => {
                let all = value.as_array().ok_or_else(|| must_be("a list of codes"))?;
                let all = all.iter().map(|one| self.reference(*to, one, place));
                Value::Array(all.collect::<Result<_, _>>()?)
            }
            Kind::Object(shape) => {
                let object = value.as_object().ok_or_else(|| must_be("an object"))?;
                let read = self.shape(shape, object, &Map::new(), &format!("{place}."))?;
                Value::Object(read)
            }
            Kind::List(shape) => {
                let rows = value.as_array().ok_or_else(|| must_be("a list"))?;
                let rows = rows.iter().enumerate().map(|(at, row)| {
                    let place = format!("{place}[{at}]");
                    let row = row
                        .as_object()
                        .ok_or_else(|| Refusal::invalid(format!("{place} must be an object")))?;
                    let read = self.shape(shape, row, &Map::new(), &format!("{place}."))?;
                    Ok(Value::Object(read))
                });
                Value::Array(rows.collect::<Result<_, Refusal>>()?)
            }
            Kind::Custom | Kind::Parts(_) => unreachable!("read where the kept value is at hand"),
        })
    }

    /// A code, or a worker's number, to the id it stands for.
    fn reference(&self, to: Resource, value: &Value, place: &str) -> Result<Value, Refusal> {
        let key = match value {
            Value::String(text) => text.clone(),
            Value::Number(_) if to == Resource::Workers => value.to_string(),
            _ => return Err(Refusal::invalid(format!("{place} must be a code"))),
        };
        let record = self.company.book(to).by_key(&key);
        let record = record.ok_or_else(|| Refusal::unknown(place, &key))?;
        Ok(json!(record.id))
    }

    /// Names that are given change; the others stay.
    fn custom(&self, value: &Value, kept: Option<&Value>, place: &str) -> Result<Value, Refusal> {
        let given = value
            .as_object()
            .ok_or_else(|| Refusal::invalid(format!("{place} must be an object")))?;
        let none = BTreeSet::new();
        let defined = self.company.custom_fields.get(&self.resource);
        let defined = defined.unwrap_or(&none);
        let mut values = kept.and_then(Value::as_object).cloned().unwrap_or_default();
        for (name, value) in given {
            if self.company.switches.custom_fields_checked && !defined.contains(name) {
                return Err(Refusal::unknown(place, name));
            }
            match value {
                Value::Null => drop(values.shift_remove(name)),
                Value::String(_) => drop(values.insert(name.clone(), value.clone())),
                _ => return Err(Refusal::invalid(format!("{place}.{name} must be a text"))),
            }
        }
        Ok(Value::Object(values))
    }

    /// An object changes the shipment there is, or is the first. A list is all of them.
    fn parts(
        &self,
        shape: &str,
        value: &Value,
        kept: Option<&Value>,
        place: &str,
    ) -> Result<Option<Value>, Refusal> {
        let many = self.company.switches.many_shipments;
        let mut parts = kept.and_then(Value::as_array).cloned().unwrap_or_default();
        let none = Map::new();
        match value {
            Value::Null if many => parts.clear(),
            Value::Null => drop(parts.pop()),
            Value::Object(given) if !many || self.hand == Hand::Seed => {
                let last = parts.pop();
                let base = last.as_ref().and_then(Value::as_object).unwrap_or(&none);
                parts.push(Value::Object(self.part(shape, given, base, place)?));
            }
            Value::Array(all) if many || self.hand != Hand::Api => {
                let before = std::mem::take(&mut parts);
                for (at, given) in all.iter().enumerate() {
                    let place = format!("{place}[{at}]");
                    let given = given
                        .as_object()
                        .ok_or_else(|| Refusal::invalid(format!("{place} must be an object")))?;
                    let id = given.get(self.company.schema.common("id"));
                    let base = before
                        .iter()
                        .find(|part| id.is_some() && part.get("id") == id)
                        .and_then(Value::as_object);
                    if id.is_some() && base.is_none() {
                        return Err(Refusal::invalid(format!("{place} is not there")));
                    }
                    let part = self.part(shape, given, base.unwrap_or(&none), &place)?;
                    parts.push(Value::Object(part));
                }
            }
            _ => {
                let what = if many { "a list" } else { "an object" };
                return Err(Refusal::invalid(format!("{place} must be {what}")));
            }
        }
        Ok((!parts.is_empty()).then_some(Value::Array(parts)))
    }

    fn part(
        &self,
        shape: &str,
        given: &Values,
        base: &Values,
        place: &str,
    ) -> Result<Values, Refusal> {
        // Its id told which one it is; nobody chooses it.
        let mut given = given.clone();
        given.shift_remove(self.company.schema.common("id"));
        self.shape(shape, &given, base, &format!("{place}."))
    }
}
