//! What tests make people and time do: `{"do": "void_invoice", "id": 4}` and the like.
//!
//! An unknown word or a missing key is an error, or a test would pass for want of its cause.

use serde_json::{Map, Value, json};

use super::Autotask;
use super::schema::schema;
use super::write::CHANGE_STAMPS;
use crate::simulator::NowMs;

const ACTIONS: &str = "create_invoice, void_invoice, clear_invoice_number, unpost_item, bulk_invoices, set_auto_numbering, \
    set_threshold_used, set, set_user, set_picklist, create, update, delete, rows, count, invoice_sums";

impl Autotask {
    pub(super) fn steer(&mut self, action: &Value, now: NowMs) -> Result<Value, String> {
        let wish = action.as_object().ok_or("an action is an object")?;
        match wish.get("do").and_then(Value::as_str).unwrap_or_default() {
            "create_invoice" => {
                let invoice = match wish.get("invoice").and_then(Value::as_object) {
                    Some(invoice) => invoice.clone(),
                    None => without_word(wish),
                };
                Ok(json!({"id": self.create_invoice(&invoice, now)?}))
            }
            "void_invoice" => self.void_invoice(id(wish)?, now),
            "clear_invoice_number" => self.clear_invoice_number(id(wish)?),
            "unpost_item" => {
                let how = wish.get("how").and_then(Value::as_str).unwrap_or("vanish");
                self.unpost_item(id(wish)?, how)
            }
            "bulk_invoices" => self.bulk_invoices(wish, now),
            "set_auto_numbering" => {
                self.auto_number = wish.get("next").and_then(Value::as_i64);
                Ok(json!({"next": self.auto_number}))
            }
            "set_threshold_used" => {
                let used = wish
                    .get("used")
                    .and_then(Value::as_u64)
                    .ok_or("`used` is a number of calls")?;
                self.quota.set_used(now, used);
                Ok(json!({"used": used}))
            }
            "set" => {
                let switch = wish
                    .get("switch")
                    .and_then(Value::as_str)
                    .ok_or("`switch` is a name")?;
                self.set_switch(switch, wish.get("value").unwrap_or(&Value::Null))?;
                Ok(self.switches.show())
            }
            "set_user" => self.users.change(wish),
            "set_picklist" => {
                self.picklists
                    .plant(wish.get("picklists").ok_or("`picklists` is missing")?)?;
                Ok(json!({}))
            }
            "create" => {
                let record = wish
                    .get("record")
                    .and_then(Value::as_object)
                    .ok_or("`record` is an object")?;
                Ok(json!({"id": self.plant_record(entity(wish)?, record, now)?}))
            }
            "update" => self.change(wish, now),
            "delete" => {
                let (entity, id) = (entity(wish)?, id(wish)?);
                self.table_mut(entity)
                    .remove(id)
                    .ok_or_else(|| format!("no row {id} in {entity}"))?;
                Ok(json!({"id": id}))
            }
            "rows" => self.rows(wish),
            "count" => Ok(json!({"count": self.table(entity(wish)?).len()})),
            "invoice_sums" => Ok(self.invoice_sums(id(wish)?)),
            other => Err(format!("no action `{other}`; there are {ACTIONS}")),
        }
    }

    pub(super) fn set_switch(&mut self, name: &str, value: &Value) -> Result<(), String> {
        self.switches.set(name, value)?;
        self.restate_empty_numbers();
        Ok(())
    }

    /// `{"do": "update", "entity", "id", "fields": {…}}`: any field, read-only ones too.
    fn change(&mut self, wish: &Map<String, Value>, now: NowMs) -> Result<Value, String> {
        let (entity, id) = (entity(wish)?, id(wish)?);
        let fields = wish
            .get("fields")
            .and_then(Value::as_object)
            .ok_or("`fields` is an object")?;
        let mut row = self
            .table(entity)
            .get(id)
            .cloned()
            .ok_or_else(|| format!("no row {id} in {entity}"))?;
        let known = &schema().entities[schema().known(entity)];
        for name in CHANGE_STAMPS {
            if let Some(at) = known.find(name) {
                row.set(at, super::cell::Cell::Time(now));
            }
        }
        self.change_row(entity, &mut row, fields)?;
        self.table_mut(entity).put(row.clone());
        self.spread(schema().known(entity), &row, now);
        Ok(json!({"id": id}))
    }

    /// `{"do": "rows", "entity", "ids"?: […]}`
    fn rows(&self, wish: &Map<String, Value>) -> Result<Value, String> {
        let at = schema().known(entity(wish)?);
        let ids = wish.get("ids").and_then(Value::as_array);
        let ids: Option<Vec<_>> = ids.map(|ids| ids.iter().filter_map(Value::as_i64).collect());
        let rows = self.tables[at]
            .rows()
            .filter(|row| ids.as_ref().is_none_or(|ids| ids.contains(&row.id)));
        Ok(rows.map(|row| self.row_json(at, row)).collect())
    }
}

fn id(wish: &Map<String, Value>) -> Result<i64, String> {
    wish.get("id")
        .and_then(Value::as_i64)
        .ok_or_else(|| "`id` is a number".to_owned())
}

fn entity(wish: &Map<String, Value>) -> Result<&str, String> {
    let name = wish
        .get("entity")
        .and_then(Value::as_str)
        .ok_or("`entity` is a name")?;
    schema()
        .find(name)
        .map(|at| schema().entities[at].name)
        .ok_or_else(|| format!("no entity `{name}`"))
}

fn without_word(wish: &Map<String, Value>) -> Map<String, Value> {
    let mut fields = wish.clone();
    fields.shift_remove("do");
    fields
}
