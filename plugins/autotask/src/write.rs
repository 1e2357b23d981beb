//! Creates and updates, each confirmed by reading back.
//!
//! Autotask answers 200 to an update whose fields it ignores, and to a create only with an id. So
//! one query for the whole batch follows, and an update counts only when it shows. The same query
//! tells what became of an update whose answer was lost.

use crate::api::{id_numbers, row_id, Api};
use crate::assumed;
use crate::erp_id::{ErpIds, Role};
use crate::search::udf_value;
use crate::table::{kept, plain_text, Column, Kind, Table};
use liaison_sdk::prelude::*;
use std::collections::BTreeMap;

type Rows = BTreeMap<i64, Value>;

/// What became of one operation so far.
struct Sent {
    id: Option<i64>,
    fields: Vec<(&'static Column, Value)>,
    /// The new text of the field for the ERP's id.
    erp: Option<String>,
    state: State,
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
    let sent: Vec<Sent> = operations
        .iter()
        .map(|op| send(api, table, op, &before))
        .collect();
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

/// The records whose ERP field is to change in part, as they are. A company's type counts: it says
/// whose id the plain part of the field is.
fn rows_before(api: &Api, table: &Table, operations: &[Operation]) -> Result<Rows, Fault> {
    let touching =
        || erp_fields(table).chain(table.columns.iter().filter(|c| c.kind == Kind::CompanyType));
    let writes_erp =
        |op: &&Operation| touching().any(|c| op.body.contains(&format!("\"{}\"", c.field)));
    let ids: Vec<String> = operations
        .iter()
        .filter(writes_erp)
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

fn send(api: &Api, table: &'static Table, op: &Operation, before: &Result<Rows, Fault>) -> Sent {
    let mut sent = Sent {
        id: None,
        fields: Vec::new(),
        erp: None,
        state: State::Done,
    };
    if let Err(fault) = try_send(api, table, op, before, &mut sent) {
        let fault = table.own_words(fault);
        sent.state = match fault.kind {
            FaultKind::OutcomeUnknown => State::Unsure(fault),
            _ => State::Failed(fault),
        };
    }
    sent
}

fn try_send(
    api: &Api,
    table: &'static Table,
    op: &Operation,
    before: &Result<Rows, Fault>,
    sent: &mut Sent,
) -> Result<(), Fault> {
    let body = match filter::value(&op.body) {
        Value::Object(body) => body,
        _ => {
            return Err(fault::internal(text!(
                "body-no-object",
                "The record to write is no JSON object"
            )))
        }
    };
    match (table.entity, op.action) {
        ("invoice" | "company" | "product" | "ticket", Action::Update) => {}
        ("company" | "ticket", Action::Create) => {}
        _ => return Err(fault::not_offered(table.entity, action_name(op.action))),
    }
    if op.action == Action::Update {
        let id = op.id.as_deref().and_then(|id| id.parse().ok());
        sent.id = Some(id.ok_or_else(|| {
            fault::not_found(text!(
                "no-such-record",
                "Autotask has no such record, or hides it from the API user"
            ))
        })?);
    }
    for (field, value) in &body {
        let column = writable(table, field)?;
        if !matches!(column.kind, Kind::ErpId(_)) {
            sent.fields
                .push((column, api_value(api, table, op, column, value)?));
        }
    }
    sent.erp = erp_text(api, table, op, &body, before, sent.id)?;
    let mut request: Map<String, Value> = Map::new();
    for (column, value) in &sent.fields {
        // A null in a create overrides the default that Autotask would have set.
        if op.action == Action::Update || !value.is_null() {
            request.insert(column.vendor.to_owned(), value.clone());
        }
    }
    if let Some(text) = sent
        .erp
        .as_ref()
        .filter(|text| op.action == Action::Update || !text.is_empty())
    {
        let udf = json!([{"name": api.settings.id_field, "value": if text.is_empty() { assumed::UDF_EMPTY } else { text }}]);
        request.insert("userDefinedFields".to_owned(), udf);
    }
    match op.action {
        Action::Update if request.is_empty() => Ok(()),
        Action::Update => {
            request.insert("id".to_owned(), json!(sent.id));
            api.write(Method::Patch, table.path, &Value::Object(request))
                .map(|_| ())
        }
        _ => {
            complete(api, table, op, &mut request)?;
            sent.id = api.write(Method::Post, table.path, &Value::Object(request))?;
            match sent.id {
                Some(_) => Ok(()),
                None => Err(fault::outcome_unknown(text!(
                    "no-item-id",
                    "Autotask took the record without telling its id"
                ))),
            }
        }
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
        _ => crate::company::complete(api, request),
    }
}

fn writable(table: &Table, field: &str) -> Result<&'static Column, Fault> {
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

/// The ERP field's text after this operation; none when it does not touch it.
fn erp_text(
    api: &Api,
    table: &Table,
    op: &Operation,
    body: &Map<String, Value>,
    before: &Result<Rows, Fault>,
    id: Option<i64>,
) -> Result<Option<String>, Fault> {
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
            None => return Ok(Some(new.unwrap_or_default())),
        }
    }
    Ok(Some(ids.pack(own)).filter(|new| *new != old.trim()))
}

fn settle(
    api: &Api,
    table: &Table,
    op: &Operation,
    sent: Sent,
    after: &Result<Rows, Fault>,
) -> Outcome {
    let row = after
        .as_ref()
        .ok()
        .zip(sent.id)
        .and_then(|(rows, id)| rows.get(&id));
    match (sent.state, row, sent.id) {
        (State::Failed(fault), _, _) => Err(fault),
        (State::Done, Some(row), Some(id)) if op.action == Action::Create => {
            Ok(applied(api, table, id, Some(row)))
        }
        // It is there, only its number is not known yet.
        (State::Done, None, Some(id)) if op.action == Action::Create => {
            Ok(applied(api, table, id, None))
        }
        (state, Some(row), Some(id)) => {
            match (not_kept(api, &sent.fields, sent.erp.as_deref(), row), state) {
                (None, _) => Ok(applied(api, table, id, Some(row))),
                (Some(_), State::Unsure(fault)) => Err(fault),
                (Some(field), _) => Err(fault::rejected(text!(
                    "not-kept",
                    "Autotask accepted the change of {field} but did not keep it",
                    field = field
                ))
                .field(field)),
            }
        }
        (State::Unsure(fault), _, _) => Err(fault),
        (State::Done, _, _) => Err(fault::outcome_unknown(text!(
            "not-read-back",
            "Autotask accepted the change, but it could not be read back"
        ))),
    }
}

/// The first field that does not show what was sent.
fn not_kept(
    api: &Api,
    fields: &[(&'static Column, Value)],
    erp: Option<&str>,
    row: &Value,
) -> Option<&'static str> {
    let field = fields
        .iter()
        .find(|(column, value)| !kept(column, value, row))
        .map(|(column, _)| column.field);
    let shown = || {
        udf_value(row, &api.settings.id_field)
            .map(plain_text)
            .unwrap_or_default()
    };
    field.or_else(|| {
        erp.filter(|text| shown().trim() != text.trim())
            .map(|_| "erp_id")
    })
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
