//! Writing: an array of records in, an array of ids out; the same few steps for people and for a seed.
//!
//! A record with a known `id` is edited; else one whose `external_id` is known; else it is added.

use serde_json::{Map, Value, json};

use super::crm::Crm;
use super::object::Object;
use super::refusal::Refusal;
use super::rules::{self, Setting};
use super::switches::Switches;
use super::table::Row;
use super::time::Stamp;
use super::value::{self, Hand};
use super::wire;
use crate::simulator::Response;

pub struct Writer<'a> {
    pub crm: &'a mut Crm,
    pub switches: &'a Switches,
    pub account: &'a str,
    pub hand: Hand,
    pub now: Stamp,
}

impl Writer<'_> {
    /// One POST.
    pub fn post(&mut self, object: Object, body: &[u8]) -> Result<Response, Refusal> {
        let body: Value = serde_json::from_slice(body)
            .map_err(|error| Refusal::bad(format!("body is not JSON: {error}")))?;
        let items = body
            .as_array()
            .ok_or_else(|| Refusal::bad("body must be an array"))?;
        let before = self.switches.all_or_nothing.then(|| self.crm.clone());
        let mut written = Vec::new();
        for item in items {
            match self.item(object, item) {
                Ok(answer) => written.push(answer),
                Err(refusal) => {
                    if let Some(before) = before {
                        *self.crm = before;
                    }
                    return Err(refusal);
                }
            }
        }
        Ok(wire::success(object, Value::Array(written), None))
    }

    fn item(&mut self, object: Object, item: &Value) -> Result<Value, Refusal> {
        let mut given = item
            .as_object()
            .ok_or_else(|| Refusal::bad("every record must be an object"))?
            .clone();
        let external_id = given.get("external_id").cloned();
        let target = match given.shift_remove("id") {
            Some(id) => {
                let id = id
                    .as_i64()
                    .ok_or_else(|| Refusal::bad("id must be a whole number"))?;
                Some(id)
            }
            None => external_id
                .as_ref()
                .and_then(Value::as_str)
                .and_then(|external_id| self.crm.known(object, external_id)),
        };
        let id = self.write(object, target, &given)?;
        Ok(match external_id {
            Some(external_id) => json!({ "id": id, "external_id": external_id }),
            None => json!({ "id": id }),
        })
    }

    /// Edits the target, or adds a record when there is none.
    pub fn write(
        &mut self,
        object: Object,
        target: Option<i64>,
        given: &Map<String, Value>,
    ) -> Result<i64, Refusal> {
        let old = match target {
            Some(id) => Some(
                self.crm
                    .get(object, id)
                    .ok_or_else(Refusal::missing_record)?
                    .clone(),
            ),
            None => None,
        };
        let fresh = || Row::new(self.crm.table(object).next_id(), self.now);
        let row = old.clone().unwrap_or_else(fresh);
        self.finish(object, old.as_ref(), row, given)
    }

    /// Applies the fields to a prepared row, checks it and keeps it.
    pub fn finish(
        &mut self,
        object: Object,
        old: Option<&Row>,
        mut row: Row,
        given: &Map<String, Value>,
    ) -> Result<i64, Refusal> {
        value::apply(self.crm, object, self.hand, given, &mut row)?;
        let at = Setting {
            crm: self.crm,
            switches: self.switches,
            account: self.account,
            hand: self.hand,
        };
        rules::check(at, object, old, &mut row)?;
        if old.is_some() {
            row.modified = self.now;
        }
        let id = row.id;
        self.crm.put(object, row, self.now);
        Ok(id)
    }
}
