//! Create, update and delete, as a client does them.
//!
//! Unknown and read-only fields are ignored without a word. An explicit null beats a default. A PATCH
//! checks the whole record again, so a field that it does not touch can fail it. No create is
//! idempotent.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::Autotask;
use super::answer::Refusal;
use super::cell::{Cell, Kind, day, midnight};
use super::dispatch::permission;
use super::field;
use super::query::property;
use super::schema::{Entity, EntityId, FieldId, schema};
use super::table::Row;
use super::users::User;
use super::validation::missing;
use crate::simulator::NowMs;

/// On whose behalf a write happens, and when.
pub struct Writer<'a> {
    pub user: &'a User,
    pub impersonated: Option<i64>,
    pub now: NowMs,
}

/// PATCH or PUT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Omitted {
    Stay,
    BecomeNull,
}

/// Set by the server when a row is born.
pub(super) const BIRTH_STAMPS: [&str; 4] =
    ["createDate", "createDateTime", "createdTime", "createTime"];
/// Set by the server at every write.
pub(super) const CHANGE_STAMPS: [&str; 5] = [
    "lastActivityDate",
    "lastTrackedModifiedDateTime",
    "lastTrackedModificationDateTime",
    "lastModifiedDate",
    "lastActivity",
];
const CREATORS: [&str; 2] = ["creatorResourceID", "createdByResourceID"];
const UPDATERS: [&str; 2] = ["lastModifiedBy", "updateResourceID"];
/// Flags that one row among those with the same key can have.
const SINGLE_FLAGS: [(&str, &str, &str); 3] = [
    ("Contacts", "primaryContact", "companyID"),
    ("ProductVendors", "isDefault", "productID"),
    ("Quotes", "primaryQuote", "opportunityID"),
];

impl Autotask {
    pub(super) fn create(
        &mut self,
        entity: EntityId,
        parent_id: Option<i64>,
        body: &Map<String, Value>,
        writer: &Writer<'_>,
    ) -> Result<i64, Refusal> {
        let known = &schema().entities[entity];
        self.check_impersonation(writer, "create")?;
        let mut row = Row::new(0);
        // Fields marked read-only and required are set when the row is born, then fixed.
        let given = self.read_fields(known, body, &mut row, |at| {
            !known.fields[at].read_only || known.fields[at].required
        })?;
        if let (Some(parent), Some(parent_id)) = (&known.parent, parent_id) {
            row.set(parent.key, Cell::Int(parent_id));
        }
        for (at, of) in known.fields.iter().enumerate() {
            let Some(default) = of.default else { continue };
            if !given.contains(&at) {
                row.set(at, default_cell(of.kind, default));
            } else if row.get(at).is_null() {
                return Err(Refusal::rule(missing(of.name)));
            }
        }
        for definition in self.udf_definitions(entity) {
            if let Some(default) = definition.default {
                row.set_udf(&definition.name, &default);
            }
        }
        self.read_udfs(entity, body, &mut row);
        stamp(known, &mut row, &BIRTH_STAMPS, writer.now);
        stamp(known, &mut row, &CHANGE_STAMPS, writer.now);
        self.sign(known, &mut row, writer);
        if known.name == "Tickets" {
            self.complete_ticket(&mut row, &|at| given.contains(&at));
        }
        self.complete(entity, &mut row, &given);
        let errors = self.invalid(entity, &row, |_, of| !of.read_only || of.required);
        if !errors.is_empty() {
            return Err(Refusal {
                status: 500,
                errors,
            });
        }
        if known.name == "Tickets" {
            self.number_ticket(&mut row, writer.now);
        }
        let id = self.tables[entity].take_id();
        row.set(0, Cell::Int(id));
        self.settle_single_flags(entity, &row);
        if known.name == "Companies" {
            self.create_primary_location(&row);
        }
        self.tables[entity].put(row.clone());
        self.spread(entity, &row, writer.now);
        Ok(id)
    }

    pub(super) fn update(
        &mut self,
        entity: EntityId,
        parent_id: Option<i64>,
        body: &Map<String, Value>,
        omitted: Omitted,
        writer: &Writer<'_>,
    ) -> Result<i64, Refusal> {
        let known = &schema().entities[entity];
        self.check_impersonation(writer, "update")?;
        let id = property(body, "id").and_then(|id| {
            Cell::read(Kind::Long, id, &self.switches.date_only_zone.0)
                .ok()?
                .as_int()
        });
        let id = id.ok_or_else(|| Refusal::rule(missing("id")))?;
        let row = self.tables[entity]
            .get(id)
            .filter(|row| self.is_under(known, row, parent_id));
        let mut row = row.cloned().ok_or_else(|| {
            Refusal::rule("No message. No matching records found. The logged in Resource may not have the required permissions to update the data.")
        })?;
        let before = row.clone();
        if omitted == Omitted::BecomeNull {
            let writable = known
                .fields
                .iter()
                .enumerate()
                .filter(|(at, of)| *at != 0 && !of.read_only);
            writable.for_each(|(at, _)| row.set(at, Cell::Null));
        }
        let given = self.read_fields(known, body, &mut row, |at| !known.fields[at].read_only)?;
        self.read_udfs(entity, body, &mut row);
        if known.name == "Invoices" {
            self.settle_invoice_fields(&mut row, &before);
        }
        self.complete(entity, &mut row, &given);
        self.countersign(known, &mut row, writer);
        stamp(known, &mut row, &CHANGE_STAMPS, writer.now);
        let whole = self.switches.revalidate_untouched.is("on") || omitted == Omitted::BecomeNull;
        let mut errors = self.invalid(entity, &row, |at, of| {
            !of.read_only && (whole || given.contains(&at))
        });
        if !errors.is_empty() {
            errors.push("Error updating entity for record number [1].".to_owned());
            return Err(Refusal {
                status: 500,
                errors,
            });
        }
        self.settle_single_flags(entity, &row);
        self.tables[entity].put(row.clone());
        self.spread(entity, &row, writer.now);
        Ok(id)
    }

    pub(super) fn delete(
        &mut self,
        entity: EntityId,
        parent_id: Option<i64>,
        id: i64,
        now: NowMs,
    ) -> Result<i64, Refusal> {
        let known = &schema().entities[entity];
        let row = self.tables[entity]
            .get(id)
            .filter(|row| self.is_under(known, row, parent_id));
        let row = row.ok_or_else(|| {
            Refusal::rule("No message. No matching records found. The logged in Resource may not have the required permissions to delete the data.")
        })?;
        if let Some(why) = self.kept(entity, row) {
            return Err(Refusal::rule(why));
        }
        if let Some(row) = self.tables[entity].remove(id) {
            self.spread_deletion(entity, &row, now);
        }
        Ok(id)
    }

    fn is_under(&self, known: &Entity, row: &Row, parent_id: Option<i64>) -> bool {
        match (&known.parent, parent_id) {
            (Some(parent), Some(parent_id)) => row.get(parent.key).as_int() == Some(parent_id),
            _ => true,
        }
    }

    /// Reads the body into the row; the fields that it named.
    fn read_fields(
        &self,
        known: &Entity,
        body: &Map<String, Value>,
        row: &mut Row,
        writable: impl Fn(FieldId) -> bool,
    ) -> Result<HashSet<FieldId>, Refusal> {
        let mut given = HashSet::new();
        for (name, value) in body {
            let Some(at) = known.find(name).filter(|at| *at != 0 && writable(*at)) else {
                continue;
            };
            let of = &known.fields[at];
            let cell = Cell::read(of.kind, value, &self.switches.date_only_zone.0);
            row.set(
                at,
                cell.map_err(|wrong| Refusal::rule(wrong.message(of.name)))?,
            );
            given.insert(at);
        }
        Ok(given)
    }

    /// `"userDefinedFields":[{"name":…,"value":…}]`: those named change, names that nobody defined are ignored.
    pub(super) fn read_udfs(&self, entity: EntityId, body: &Map<String, Value>, row: &mut Row) {
        let given = property(body, "userDefinedFields")
            .and_then(Value::as_array)
            .map_or(&[][..], Vec::as_slice);
        if given.is_empty() {
            return;
        }
        let names = self.udf_names(entity);
        for udf in given.iter().filter_map(Value::as_object) {
            let name = property(udf, "name")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let Some(name) = names.iter().find(|known| known.eq_ignore_ascii_case(name)) else {
                continue;
            };
            match property(udf, "value").unwrap_or(&Value::Null) {
                Value::Null => row.set_udf(name, ""),
                Value::String(value) => row.set_udf(name, value),
                other => row.set_udf(name, &other.to_string()),
            }
        }
    }

    /// Creator and impersonator.
    fn sign(&self, known: &Entity, row: &mut Row, writer: &Writer<'_>) {
        let api_user = Cell::Int(writer.user.resource_id);
        let creator = writer.impersonated.map_or(api_user.clone(), Cell::Int);
        for at in CREATORS.iter().filter_map(|name| known.find(name)) {
            row.set(at, creator.clone());
        }
        if let Some(at) = known
            .find("impersonatorCreatorResourceID")
            .filter(|_| writer.impersonated.is_some())
        {
            row.set(at, api_user);
        }
    }

    /// Who changed the row last.
    fn countersign(&self, known: &Entity, row: &mut Row, writer: &Writer<'_>) {
        let api_user = Cell::Int(writer.user.resource_id);
        let updater = writer.impersonated.map_or(api_user.clone(), Cell::Int);
        for at in UPDATERS.iter().filter_map(|name| known.find(name)) {
            row.set(at, updater.clone());
        }
        if let Some(at) = known
            .find("impersonatorUpdaterResourceID")
            .filter(|_| writer.impersonated.is_some())
        {
            row.set(at, api_user);
        }
    }

    fn check_impersonation(&self, writer: &Writer<'_>, verb: &str) -> Result<(), Refusal> {
        let Some(id) = writer.impersonated else {
            return Ok(());
        };
        let active = self
            .table("Resources")
            .get(id)
            .is_some_and(|row| row.get(field("Resources", "isActive")).is_true());
        if active {
            Ok(())
        } else {
            Err(permission(verb))
        }
    }

    /// A flag set on one row leaves the others of its group.
    pub(super) fn settle_single_flags(&mut self, entity: EntityId, row: &Row) {
        for (name, flag, key) in SINGLE_FLAGS {
            if schema().entities[entity].name != name || !row.get(field(name, flag)).is_true() {
                continue;
            }
            let (flag, key) = (field(name, flag), field(name, key));
            let group = row
                .get(key)
                .as_int()
                .and_then(|key_value| self.tables[entity].ids_by(key, key_value));
            for id in group.unwrap_or_default().to_vec() {
                if let Some(mut other) = self.tables[entity]
                    .get(id)
                    .filter(|other| other.id != row.id)
                    .cloned()
                {
                    other.set(flag, Cell::Bool(false));
                    self.tables[entity].put(other);
                }
            }
        }
    }

    fn create_primary_location(&mut self, company: &Row) {
        let (from, to) = ("Companies", "CompanyLocations");
        let id = self.table_mut(to).take_id();
        let mut location = Row::new(id);
        location.set(field(to, "companyID"), Cell::Int(company.id));
        location.set(
            field(to, "name"),
            company.get(field(from, "companyName")).clone(),
        );
        location.set(field(to, "isPrimary"), Cell::Bool(true));
        location.set(field(to, "isActive"), Cell::Bool(true));
        for name in [
            "address1",
            "address2",
            "city",
            "state",
            "postalCode",
            "countryID",
            "phone",
        ] {
            location.set(field(to, name), company.get(field(from, name)).clone());
        }
        self.table_mut(to).put(location);
    }

    /// `paidDate` loses its time; an empty number takes the form that the switch says.
    fn settle_invoice_fields(&self, row: &mut Row, before: &Row) {
        let (paid, number) = (
            field("Invoices", "paidDate"),
            field("Invoices", "invoiceNumber"),
        );
        if let Cell::Time(at) = row.get(paid) {
            let zone = &self.switches.date_only_zone.0;
            let start = midnight(day(*at, zone), zone);
            row.set(paid, start.map_or(Cell::Null, Cell::Time));
        }
        if row.get(number).is_empty() {
            let empty = if self.switches.clear_number_by_patch.is("ignored") {
                before.get(number).clone()
            } else {
                self.no_number()
            };
            row.set(number, empty);
        }
    }
}

fn stamp(known: &Entity, row: &mut Row, names: &[&str], now: NowMs) {
    for name in names {
        // A few stamps may be given by the client; then his stays.
        if let Some(at) = known
            .find(name)
            .filter(|at| known.fields[*at].read_only || row.get(*at).is_null())
        {
            row.set(at, Cell::Time(now));
        }
    }
}

pub(super) fn default_cell(kind: Kind, text: &str) -> Cell {
    match kind {
        Kind::Boolean => Cell::Bool(text == "true"),
        Kind::Text => Cell::Text(text.into()),
        _ => text.parse().map_or(Cell::Null, Cell::Int),
    }
}
