//! Creates and updates, each confirmed by reading back.
//!
//! Autotask answers 200 to an update whose fields it ignores, and to a create only with an id. So
//! one query for the whole batch follows, and an update counts only when it shows. The same query
//! tells what became of an update whose answer was lost. A create looks for our id first ([`marker`]).

use crate::api::{id_numbers, row_id, Api};
use crate::assumed;
use crate::erp_id::{ErpIds, Role};
use crate::marker;
use crate::search::udf_value;
use crate::table::{differs, kept, plain_text, Column, Kind, Table};
use liaison_sdk::prelude::*;
use std::collections::BTreeMap;

type Rows = BTreeMap<i64, Value>;

/// What became of one operation so far.
struct Sent {
    id: Option<i64>,
    fields: Vec<(&'static Column, Value)>,
    /// The new texts of user-defined fields, and the field each is here.
    udfs: Vec<Udf>,
    state: State,
}

struct Udf {
    name: String,
    text: String,
    field: &'static str,
}

enum State {
    /// Autotask said yes.
    Done,
    /// The answer was lost.
    Unsure(Fault),
    Failed(Fault),
}

/// Carries out operations on a table; one outcome each.
pub fn write(api: &Api, table: &'static Table, operations: &[Operation]) -> Vec<Outcome> {
    let before = rows_before(api, table, operations);
    let made = marker::made_before(api, table, operations);
    let known = Known {
        before: &before,
        made: &made,
    };
    let mut sent: Vec<Sent> = Vec::new();
    for (at, op) in operations.iter().enumerate() {
        let mut one = Sent {
            id: None,
            fields: Vec::new(),
            udfs: Vec::new(),
            state: State::Done,
        };
        if let Err(fault) = marker::once(table, &operations[..at], op)
            .and_then(|()| send(api, table, op, known, &mut one))
        {
            let fault = table.own_words(fault);
            one.state = match fault.kind {
                FaultKind::OutcomeUnknown => State::Unsure(fault),
                _ => State::Failed(fault),
            };
        }
        sent.push(one);
    }
    let ids: Vec<String> = sent
        .iter()
        .filter(|s| !matches!(s.state, State::Failed(_)))
        .filter_map(id_of)
        .collect();
    let after = rows_by_id(api, table, &ids);
    operations
        .iter()
        .zip(sent)
        .map(|(op, sent)| settle(api, table, op, sent, &after))
        .collect()
}

/// What Autotask had before anything was sent.
#[derive(Clone, Copy)]
struct Known<'a> {
    /// The records that are to change, as far as they must be known.
    before: &'a Result<Rows, Fault>,
    /// The records that carry the ids of what is to be made.
    made: &'a Result<Vec<Value>, Fault>,
}

fn id_of(sent: &Sent) -> Option<String> {
    sent.id.map(|id| id.to_string())
}

fn rows_by_id(api: &Api, table: &Table, ids: &[String]) -> Result<Rows, Fault> {
    let rows = api.all_in(
        table.path,
        "id",
        &id_numbers(ids.iter().map(String::as_str)),
    )?;
    Ok(rows
        .into_iter()
        .filter_map(|row| Some((row_id(&row)?, row)))
        .collect())
}

/// The records of which something must be known before they change: those whose ERP field changes in part, for which a
/// company's type counts as well, since it says whose id the plain part of the field is; and those that are written
/// below another's address.
fn rows_before(api: &Api, table: &Table, operations: &[Operation]) -> Result<Rows, Fault> {
    let touching =
        || erp_fields(table).chain(table.columns.iter().filter(|c| c.kind == Kind::CompanyType));
    let must_be_known = |op: &&Operation| {
        op.action == Action::Update
            && (table.parent.is_some()
                || touching().any(|c| op.body.contains(&format!("\"{}\"", c.field))))
    };
    let ids: Vec<String> = operations
        .iter()
        .filter(must_be_known)
        .filter_map(|op| op.id.clone())
        .collect();
    rows_by_id(api, table, &ids)
}

fn erp_fields(table: &Table) -> impl Iterator<Item = &'static Column> {
    table
        .columns
        .iter()
        .filter(|c| matches!(c.kind, Kind::ErpId(_)))
}

fn send(
    api: &Api,
    table: &'static Table,
    op: &Operation,
    known: Known,
    sent: &mut Sent,
) -> Result<(), Fault> {
    let body = body_of(op)?;
    if !table.writes.contains(&op.action) {
        return Err(fault::not_offered(table.entity, action_name(op.action)));
    }
    for (field, value) in &body {
        let column = writable(table, field)?;
        match column.kind {
            Kind::ErpId(_) => {}
            _ if table.marker == Some(column.field) && op.action == Action::Create => {}
            Kind::Marker => sent.udfs.push(Udf {
                name: api.settings.marker_field.clone(),
                text: plain_text(value).trim().to_owned(),
                field: column.field,
            }),
            _ => sent
                .fields
                .push((column, api_value(api, table, op, column, value)?)),
        }
    }
    match op.action {
        Action::Update => change(api, table, op, &body, known, sent),
        _ => make(api, table, op, &body, known, sent),
    }
}

/// The record of an operation.
///
/// # Errors
/// `internal` when it is no object.
pub fn body_of(op: &Operation) -> Result<Map<String, Value>, Fault> {
    match filter::value(&op.body) {
        Value::Object(body) => Ok(body),
        _ => Err(fault::internal(text!(
            "body-no-object",
            "The record to write is no JSON object"
        ))),
    }
}

/// The id of the record that is to change.
///
/// # Errors
/// `not-found` when it is none of Autotask's.
pub fn number_of(op: &Operation) -> Result<i64, Fault> {
    let id = op.id.as_deref().and_then(|id| id.parse().ok());
    id.ok_or_else(no_such_record)
}

/// What is said of a record that is not there.
pub fn no_such_record() -> Fault {
    fault::not_found(text!(
        "no-such-record",
        "Autotask has no such record, or hides it from the API user"
    ))
}

fn change(
    api: &Api,
    table: &'static Table,
    op: &Operation,
    body: &Map<String, Value>,
    known: Known,
    sent: &mut Sent,
) -> Result<(), Fault> {
    let id = number_of(op)?;
    sent.id = Some(id);
    if let Some(udf) = erp_text(api, table, op, body, known.before, sent.id)? {
        sent.udfs.push(udf);
    }
    let row = match table.parent {
        Some(_) => {
            let rows = known.before.as_ref().map_err(Clone::clone)?;
            Some(rows.get(&id).ok_or_else(no_such_record)?)
        }
        None => None,
    };
    let request = request(sent, |_| true);
    patch(api, table, id, row, request)
}

/// What is sent of a record. What stays as it was made is never sent again, only compared.
fn request(sent: &Sent, wanted: impl Fn(&(&'static Column, Value)) -> bool) -> Map<String, Value> {
    let mut request: Map<String, Value> = sent
        .fields
        .iter()
        .filter(|field| !field.0.fixed && wanted(field))
        .map(|(column, value)| (column.vendor.to_owned(), value.clone()))
        .collect();
    if !sent.udfs.is_empty() {
        request.insert("userDefinedFields".to_owned(), udf_list(&sent.udfs));
    }
    request
}

fn udf_list(udfs: &[Udf]) -> Value {
    let value = |text: &str| match text.is_empty() {
        true => json!(assumed::UDF_EMPTY),
        false => json!(text),
    };
    udfs.iter()
        .map(|udf| json!({"name": udf.name, "value": value(&udf.text)}))
        .collect()
}

fn patch(
    api: &Api,
    table: &Table,
    id: i64,
    row: Option<&Value>,
    mut request: Map<String, Value>,
) -> Result<(), Fault> {
    if request.is_empty() {
        return Ok(());
    }
    request.insert("id".to_owned(), json!(id));
    let path = match row {
        Some(row) => table.address(row),
        None => table.path.to_owned(),
    };
    api.write(Method::Patch, &path, &Value::Object(request))
        .map(drop)
}

fn make(
    api: &Api,
    table: &'static Table,
    op: &Operation,
    body: &Map<String, Value>,
    known: Known,
    sent: &mut Sent,
) -> Result<(), Fault> {
    needed(table, body)?;
    // A null in a create overrides the default that Autotask would have set.
    sent.fields.retain(|(_, value)| !value.is_null());
    let erp = erp_text(api, table, op, body, known.before, None)?;
    sent.udfs.extend(erp.filter(|udf| !udf.text.is_empty()));
    if let Some(marker) = marker::of(table, op, body) {
        let made = known.made.as_ref().map_err(Clone::clone)?;
        if let Some(row) = marker::found(api, table, made, &marker)? {
            return go_on(api, table, row, sent);
        }
        match table.marker.and_then(|field| table.column(field)) {
            Some(column) if column.kind != Kind::Marker => {
                sent.fields.push((column, json!(marker)));
            }
            _ => sent.udfs.push(Udf {
                name: api.settings.marker_field.clone(),
                text: marker,
                field: "external_id",
            }),
        }
    }
    let mut request: Map<String, Value> = sent
        .fields
        .iter()
        .map(|(column, value)| (column.vendor.to_owned(), value.clone()))
        .collect();
    if !sent.udfs.is_empty() {
        request.insert("userDefinedFields".to_owned(), udf_list(&sent.udfs));
    }
    complete(api, table, op, &mut request)?;
    let request = Value::Object(request);
    sent.id = api.write(Method::Post, &table.address(&request), &request)?;
    match sent.id {
        Some(_) => Ok(()),
        None => Err(no_item_id()),
    }
}

/// What is said when Autotask says yes and no more.
pub fn no_item_id() -> Fault {
    fault::outcome_unknown(text!(
        "no-item-id",
        "Autotask took the record without telling its id"
    ))
}

/// What is to be made is there, by a try before this one or by the flow's own id: it becomes what it was to be.
fn go_on(api: &Api, table: &Table, row: &Value, sent: &mut Sent) -> Result<(), Fault> {
    let Some(id) = row_id(row) else {
        return Err(no_such_record());
    };
    sent.id = Some(id);
    sent.udfs
        .retain(|udf| udf_value(row, &udf.name).map(plain_text).as_deref() != Some(&udf.text));
    let request = request(sent, |(column, value)| differs(column, value, row));
    patch(api, table, id, table.parent.map(|_| row), request)
}

/// The fields without which Autotask makes no record.
///
/// # Errors
/// `rejected`, naming the first one that is missing.
pub fn needed(table: &Table, body: &Map<String, Value>) -> Result<(), Fault> {
    let missing = table
        .needs
        .iter()
        .find(|field| body.get(**field).is_none_or(filter::is_empty));
    match missing {
        None => Ok(()),
        Some(field) => Err(fault::rejected(text!(
            "field-needed",
            "Autotask makes no {entity} without {field}",
            entity = table.entity,
            field = field
        ))
        .field(field)),
    }
}

/// What a create needs beyond the flow's fields.
fn complete(
    api: &Api,
    table: &Table,
    op: &Operation,
    request: &mut Map<String, Value>,
) -> Result<(), Fault> {
    match table.entity {
        "ticket" => {
            // The marker by which a create whose answer was lost is found again.
            request.entry("externalID").or_insert(json!(op.token));
            crate::ticket::complete(api, request)
        }
        "company" => crate::company::complete(api, request),
        "opportunity" => crate::opportunity::complete(api, request),
        "contact" => {
            request.entry("isActive").or_insert(json!(1));
            Ok(())
        }
        _ => {
            request.entry("isActive").or_insert(json!(true));
            request.entry("isSerialized").or_insert(json!(false));
            Ok(())
        }
    }
}

/// The column of a field that can be written.
///
/// # Errors
/// `internal` when it cannot.
pub fn writable(table: &Table, field: &str) -> Result<&'static Column, Fault> {
    table
        .columns
        .iter()
        .find(|c| c.field == field && c.writable)
        .ok_or_else(|| {
            fault::internal(text!(
                "field-read-only",
                "The field {field} cannot be written",
                field = field
            ))
            .field(field)
        })
}

fn api_value(
    api: &Api,
    table: &Table,
    op: &Operation,
    column: &Column,
    value: &Value,
) -> Result<Value, Fault> {
    // On a create, nothing is nothing: it is left out later.
    if op.action == Action::Create && filter::is_empty(value) {
        return Ok(Value::Null);
    }
    table.vendor_value(api, column, value)
}

/// The ERP field after this operation; none when it does not touch it.
fn erp_text(
    api: &Api,
    table: &Table,
    op: &Operation,
    body: &Map<String, Value>,
    before: &Result<Rows, Fault>,
    id: Option<i64>,
) -> Result<Option<Udf>, Fault> {
    let udf = |text: String| Udf {
        name: api.settings.id_field.clone(),
        text,
        field: "erp_id",
    };
    let touched: Vec<(Option<Role>, &Value)> = erp_fields(table)
        .filter_map(|c| match c.kind {
            Kind::ErpId(role) => Some((role, body.get(c.field)?)),
            _ => None,
        })
        .collect();
    if touched.is_empty() && !(table.entity == "company" && body.contains_key("type")) {
        return Ok(None);
    }
    let row = match op.action {
        Action::Update => before
            .as_ref()
            .map_err(Clone::clone)?
            .get(&id.unwrap_or(-1))
            .cloned()
            .unwrap_or(Value::Null),
        _ => Value::Null,
    };
    let old = udf_value(&row, &api.settings.id_field)
        .map(plain_text)
        .unwrap_or_default();
    let shown = table
        .bodies(api, std::slice::from_ref(&row))?
        .pop()
        .unwrap_or_default();
    let company_type = body
        .get("type")
        .or_else(|| shown.get("type"))
        .and_then(Value::as_str)
        .map(str::to_lowercase);
    let (was, own) = (
        Role::of_type(shown.get("type").and_then(Value::as_str)),
        Role::of_type(company_type.as_deref()),
    );
    let mut ids = ErpIds::unpack(&old, was);
    for (role, value) in touched {
        let new = Some(plain_text(value).trim().to_owned()).filter(|id| !id.is_empty());
        match role {
            Some(role) => *ids.part(role) = new,
            None => return Ok(Some(udf(new.unwrap_or_default()))),
        }
    }
    Ok(Some(ids.pack(own))
        .filter(|new| *new != old.trim())
        .map(udf))
}

fn settle(
    api: &Api,
    table: &Table,
    op: &Operation,
    mut sent: Sent,
    after: &Result<Rows, Fault>,
) -> Outcome {
    let state = std::mem::replace(&mut sent.state, State::Done);
    let row = after
        .as_ref()
        .ok()
        .zip(sent.id)
        .and_then(|(rows, id)| rows.get(&id));
    match (state, row, sent.id) {
        (State::Failed(fault), _, _) => Err(fault),
        (State::Done, Some(row), Some(id)) if op.action == Action::Create => {
            Ok(applied(api, table, id, Some(row)))
        }
        // It is there, only its number is not known yet.
        (State::Done, None, Some(id)) if op.action == Action::Create => {
            Ok(applied(api, table, id, None))
        }
        (state, Some(row), Some(id)) => match (not_kept(&sent, row), state) {
            (None, _) => Ok(applied(api, table, id, Some(row))),
            (Some(_), State::Unsure(fault)) => Err(fault),
            (Some(field), _) => Err(unkept(table, field)),
        },
        (State::Unsure(fault), _, _) => Err(fault),
        (State::Done, _, _) => Err(fault::outcome_unknown(text!(
            "not-read-back",
            "Autotask accepted the change, but it could not be read back"
        ))),
    }
}

/// The first field that does not show what was sent.
fn not_kept(sent: &Sent, row: &Value) -> Option<&'static str> {
    let field = sent
        .fields
        .iter()
        .find(|(column, value)| !kept(column, value, row))
        .map(|(column, _)| column.field);
    let shown = |udf: &&Udf| {
        let shown = udf_value(row, &udf.name).map(plain_text);
        shown.unwrap_or_default().trim() == udf.text.trim()
    };
    field.or_else(|| {
        let udf = sent.udfs.iter().find(|udf| !shown(udf));
        udf.map(|udf| udf.field)
    })
}

/// What is said of a field that does not show what was sent.
pub fn unkept(table: &Table, field: &str) -> Fault {
    let message = match table.column(field) {
        Some(column) if column.fixed => text!(
            "field-fixed",
            "Autotask does not let {field} of a record change once it is made",
            field = field
        ),
        _ => text!(
            "not-kept",
            "Autotask accepted the change of {field} but did not keep it",
            field = field
        ),
    };
    fault::rejected(message).field(field)
}

fn applied(api: &Api, table: &Table, id: i64, row: Option<&Value>) -> Applied {
    let shown = row.and_then(|row| table.bodies(api, std::slice::from_ref(row)).ok()?.pop());
    Applied {
        id: id.to_string(),
        version: None,
        body: shown.map(|body| Value::Object(body).to_string()),
        ext: Vec::new(),
    }
}

fn action_name(action: Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Update => "update",
        Action::Delete => "delete",
    }
}
