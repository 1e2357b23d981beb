//! Records put in from outside: seeds before a test, and what a person changes at the screen.
//!
//! A seed is strict where the API is lax: a field that the entity does not have is an error, or a typing
//! mistake would seed nothing. References are not checked, so a seed may describe a broken tenant.

use serde_json::{Map, Value, json};

use super::Autotask;
use super::cell::Cell;
use super::query::property;
use super::schema::schema;
use super::table::Row;
use super::write::{BIRTH_STAMPS, CHANGE_STAMPS, default_cell};
use crate::simulator::NowMs;

/// Where ids that the simulator gives begin: a tenant's own settings near 29,683,000, business records low.
pub fn first_id(entity: &str) -> i64 {
    match entity {
        "Resources" => 29_682_885,
        "BillingCodes"
        | "Roles"
        | "UserDefinedFieldDefinitions"
        | "Taxes"
        | "TaxRegions"
        | "TaxCategories" => 29_683_500,
        _ => 1,
    }
}

impl Autotask {
    /// `{"Companies": [{…}], "Invoices": [{…, "lines": [{…}]}], "apiUsers": […], "picklists": {…},
    /// "ticketCategoryRequirements": {…}, "opportunityRequirements": {…}, "switches": {…}}`; answers the ids by
    /// entity.
    pub(super) fn plant(&mut self, seed: &Value, now: NowMs) -> Result<Value, String> {
        let seed = seed.as_object().ok_or("a seed is an object of entities")?;
        let mut ids = Map::new();
        // Switches first: they say how a date without time is read. Invoices last: sums need the taxes.
        for (name, value) in seed {
            match name.as_str() {
                "switches" => {
                    for (switch, value) in value.as_object().ok_or("switches is an object")? {
                        self.set_switch(switch, value)?;
                    }
                }
                "apiUsers" => self.users.plant(value)?,
                "picklists" => self.picklists.plant(value)?,
                "ticketCategoryRequirements" => self.requirements.plant(value)?,
                "opportunityRequirements" => self.opportunity_requirements.plant(value)?,
                _ if name.starts_with("//") => {}
                _ => {
                    schema()
                        .find(name)
                        .ok_or_else(|| format!("no entity `{name}`"))?;
                }
            }
        }
        let entities = || {
            seed.iter()
                .filter(|(name, _)| schema().find(name).is_some())
        };
        let is_invoices = |name: &str| name.eq_ignore_ascii_case("Invoices");
        for (name, records) in entities()
            .filter(|(name, _)| !is_invoices(name))
            .chain(entities().filter(|(name, _)| is_invoices(name)))
        {
            let records = records
                .as_array()
                .ok_or_else(|| format!("`{name}` is a list"))?;
            let planted = records.iter().enumerate().map(|(at, record)| {
                let record = record.as_object().ok_or("is no object".to_owned());
                let id = record.and_then(|record| self.plant_record(name, record, now));
                id.map_err(|cause| format!("{name}[{at}]: {cause}"))
            });
            let planted: Vec<i64> = planted.collect::<Result<_, _>>()?;
            ids.insert(name.clone(), json!(planted));
        }
        Ok(Value::Object(ids))
    }

    pub(super) fn plant_record(
        &mut self,
        entity: &str,
        record: &Map<String, Value>,
        now: NowMs,
    ) -> Result<i64, String> {
        if entity.eq_ignore_ascii_case("Invoices") {
            return self.create_invoice(record, now);
        }
        let mut row = self.read_row(entity, record)?;
        let known = &schema().entities[schema().known(entity)];
        for name in BIRTH_STAMPS.iter().chain(&CHANGE_STAMPS) {
            if let Some(at) = known.find(name).filter(|at| row.get(*at).is_null()) {
                row.set(at, Cell::Time(now));
            }
        }
        if known.name == "Tickets" {
            self.number_ticket(&mut row, now);
        }
        let given = record.keys().filter_map(|name| known.find(name)).collect();
        let at = schema().known(entity);
        self.complete(at, &mut row, &given);
        let id = row.id;
        self.tables[at].put(row.clone());
        self.spread(at, &row, now);
        Ok(id)
    }

    /// A row from fields by name, read-only ones too, with the defaults of those left out.
    pub(super) fn read_row(
        &mut self,
        entity: &str,
        record: &Map<String, Value>,
    ) -> Result<Row, String> {
        let id = schema().known(entity);
        let row_id = match property(record, "id").filter(|id| !id.is_null()) {
            Some(given) => given.as_i64().ok_or("`id` is a number")?,
            None => self.tables[id].take_id(),
        };
        let mut row = Row::new(row_id);
        for (at, of) in schema().entities[id].fields.iter().enumerate() {
            if let Some(default) = of.default {
                row.set(at, default_cell(of.kind, default));
            }
        }
        self.change_row(entity, &mut row, record)?;
        Ok(row)
    }

    /// Sets fields by name, whether or not the API could.
    pub(super) fn change_row(
        &self,
        entity: &str,
        row: &mut Row,
        record: &Map<String, Value>,
    ) -> Result<(), String> {
        let id = schema().known(entity);
        let known = &schema().entities[id];
        for (name, value) in record {
            if name.starts_with("//") || name.eq_ignore_ascii_case("id") {
                continue;
            }
            match known.find(name) {
                Some(at) => {
                    let of = &known.fields[at];
                    let cell = Cell::read(of.kind, value, &self.switches.date_only_zone.0);
                    row.set(
                        at,
                        cell.map_err(|wrong| format!("`{name}` cannot be {}", wrong.value))?,
                    );
                }
                None if name.eq_ignore_ascii_case("userDefinedFields") => {
                    self.plant_udfs(row, value)?
                }
                None => return Err(format!("{} has no field `{name}`", known.name)),
            }
        }
        Ok(())
    }

    /// A list as in the API, or an object of names and values; definitions may come later in the seed.
    fn plant_udfs(&self, row: &mut Row, given: &Value) -> Result<(), String> {
        let text = |value: &Value| match value {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        match given {
            Value::Object(map) => map
                .iter()
                .for_each(|(name, value)| row.set_udf(name, &text(value))),
            Value::Array(list) => {
                for udf in list {
                    let name = udf["name"]
                        .as_str()
                        .ok_or("a user-defined field has a `name`")?;
                    row.set_udf(name, &text(&udf["value"]));
                }
            }
            _ => return Err("userDefinedFields is a list or an object".to_owned()),
        }
        Ok(())
    }
}
