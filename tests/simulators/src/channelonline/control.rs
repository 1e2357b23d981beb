//! What people at ChannelOnline's screens, the vendor's support or a test do behind the service.
//!
//! Every action is `{"do":"…", …}`; an unknown word or key is an error, and what fails leaves no trace.
//! Records have the names of the state.
//!
//! - people (`people.rs`): `create_customer` customer · `edit_customer` id, set · `delete_customer` id (one
//!   without documents) · `create_contact` customer, contact · `edit_contact` id, set · `delete_contact` id ·
//!   `move_contact` id, to (a customer) · `move_email` from, to (two contacts) · `create_document` document ·
//!   `edit_document` id, set, by · `delete_document` id, by · `add_line` document, line, by ·
//!   `edit_line` document, line, set, by · `remove_line` document, line, by · `order_from_quote` id, set ·
//!   `press` type, subjectId, argument, requestedBy, importAllContacts, contacts
//! - lists: `add_reference` kind, row · `edit_reference` kind, id, set · `remove_reference` kind, id
//! - the administrator: `add_user` user · `edit_user` email, set (a password, `active` for credentials that
//!   are revoked, `mayWrite`) · `register_agent` / `remove_agent` name · `set` switch, value (see
//!   `switches.rs`) · `forget_requests` (the memory of request ids)
//! - for tests: `plan` route, after, action (see `crate::plan`; a route is `POST export_documents`) ·
//!   `bulk_documents` count, lines, type, from, everySeconds · `bulk_customers` count, from ·
//!   `rows` of, ids, numbers · `summary`

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::access::User;
use super::book::Reference;
use super::document::DocumentType;
use super::people::{self, Deed};
use super::{ChannelOnline, bulk};
use crate::simulator::NowMs;

#[derive(Deserialize)]
#[serde(
    rename_all = "snake_case",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
enum Wanted {
    AddReference {
        kind: String,
        row: Reference,
    },
    EditReference {
        kind: String,
        id: u64,
        set: Map<String, Value>,
    },
    RemoveReference {
        kind: String,
        id: u64,
    },
    AddUser {
        user: User,
    },
    EditUser {
        email: String,
        set: Map<String, Value>,
    },
    RegisterAgent {
        name: String,
    },
    RemoveAgent {
        name: String,
    },
    Set {
        switch: String,
        value: Value,
    },
    ForgetRequests {},
    Plan {
        route: String,
        #[serde(default)]
        after: u64,
        action: Map<String, Value>,
    },
    BulkDocuments {
        count: u64,
        lines: u64,
        #[serde(default, rename = "type")]
        kind: DocumentType,
        #[serde(default = "one")]
        from: u64,
        #[serde(default = "a_minute")]
        every_seconds: i64,
    },
    BulkCustomers {
        count: u64,
        #[serde(default = "one")]
        from: u64,
    },
    Rows {
        of: String,
        ids: Option<Vec<u64>>,
        numbers: Option<Vec<String>>,
    },
    Summary {},
}

/// The words above; all others are people's.
const OWN: [&str; 14] = [
    "add_reference",
    "edit_reference",
    "remove_reference",
    "add_user",
    "edit_user",
    "register_agent",
    "remove_agent",
    "set",
    "forget_requests",
    "plan",
    "bulk_documents",
    "bulk_customers",
    "rows",
    "summary",
];

fn one() -> u64 {
    1
}

fn a_minute() -> i64 {
    60
}

pub fn control(site: &mut ChannelOnline, action: &Value, now: NowMs) -> Result<Value, String> {
    let mut action = action.as_object().ok_or("an action is an object")?.clone();
    let word = match action.shift_remove("do") {
        Some(Value::String(word)) => word,
        _ => return Err("`do` must be a text".to_owned()),
    };
    let is_own = OWN.contains(&word.as_str());
    let said = |e: serde_json::Error| format!("action `{word}`: {e}");
    let call = Value::Object(Map::from_iter([(word.clone(), Value::Object(action))]));
    if is_own {
        let wanted: Wanted = serde_json::from_value(call).map_err(said)?;
        wanted.carry_out(site, now)
    } else {
        let deed: Deed = serde_json::from_value(call).map_err(said)?;
        deed.carry_out(&mut site.books, now)
    }
}

impl Wanted {
    fn carry_out(self, site: &mut ChannelOnline, now: NowMs) -> Result<Value, String> {
        match self {
            Self::AddReference { kind, mut row } => {
                let rows = list(site, &kind)?;
                if row.id == 0 {
                    row.id = rows.iter().map(|row| row.id).max().unwrap_or_default() + 1;
                }
                if rows.iter().any(|other| other.id == row.id) {
                    return Err(format!("there is a row {} already", row.id));
                }
                let id = row.id;
                rows.push(row);
                return Ok(json!({ "id": id }));
            }
            Self::EditReference { kind, id, set } => {
                let mut rows = list(site, &kind)?.iter_mut();
                let row = rows.find(|row| row.id == id);
                let row = row.ok_or_else(|| format!("no row {id}"))?;
                *row = people::edited(row, &set, &["id"])?;
            }
            Self::RemoveReference { kind, id } => list(site, &kind)?.retain(|row| row.id != id),
            Self::AddUser { user } => site.access.users.push(user),
            Self::EditUser { email, set } => {
                let user = site.access.user_mut(&email)?;
                *user = people::edited(user, &set, &["email"])?;
            }
            Self::RegisterAgent { name } => site.access.agents.push(name),
            Self::RemoveAgent { name } => site.access.agents.retain(|agent| *agent != name),
            Self::Set { switch, value } => {
                site.switches.set(&switch, &value)?;
                return Ok(site.switches.show());
            }
            Self::ForgetRequests {} => site.memory.clear(),
            Self::Plan {
                route,
                after,
                action,
            } => site.plan.add(route, after.max(1), Value::Object(action)),
            Self::BulkDocuments {
                count,
                lines,
                kind,
                from,
                every_seconds,
            } => {
                let wanted = bulk::Documents {
                    kind,
                    count,
                    lines,
                    from,
                    every_s: every_seconds,
                };
                return bulk::documents(&mut site.books, &wanted, now);
            }
            Self::BulkCustomers { count, from } => {
                return bulk::customers(&mut site.books, count, from, now);
            }
            Self::Rows { of, ids, numbers } => return rows(site, &of, &ids, &numbers),
            Self::Summary {} => return Ok(summary(site)),
        }
        Ok(json!({ "done": true }))
    }
}

fn list<'a>(site: &'a mut ChannelOnline, kind: &str) -> Result<&'a mut Vec<Reference>, String> {
    let found = site.books.reference.get_mut(kind);
    found.ok_or_else(|| format!("no list `{kind}`"))
}

fn rows(
    site: &ChannelOnline,
    of: &str,
    ids: &Option<Vec<u64>>,
    numbers: &Option<Vec<String>>,
) -> Result<Value, String> {
    let books = &site.books;
    let wanted = |id: u64, number: &str| {
        ids.as_ref().is_none_or(|ids| ids.contains(&id))
            && numbers
                .as_ref()
                .is_none_or(|numbers| numbers.iter().any(|wanted| wanted == number))
    };
    Ok(match of {
        "customers" => {
            let all = books.customers.values();
            all.filter(|row| wanted(row.customer_id, &row.customer_number))
                .map(|row| json!(row))
                .collect()
        }
        "documents" => {
            let all = books.documents.values();
            all.filter(|row| wanted(row.document_id, &row.document_number))
                .map(|row| json!(row))
                .collect()
        }
        "actions" => {
            let all = books.actions.values();
            all.filter(|row| wanted(row.action_id, ""))
                .map(|row| json!(row))
                .collect()
        }
        kind => match books.reference.get(kind) {
            Some(rows) => rows
                .iter()
                .filter(|row| wanted(row.id, &row.name))
                .map(|row| json!(row))
                .collect(),
            None => return Err(format!("there are no `{kind}`")),
        },
    })
}

fn summary(site: &ChannelOnline) -> Value {
    let books = &site.books;
    let of_type = |kind: DocumentType| {
        let documents = books.documents.values();
        documents.filter(|row| row.document_type == kind).count()
    };
    let pending = books.actions.values();
    json!({
        "customers": books.customers.len(),
        "contacts": books.customers.values().map(|row| row.contacts.len()).sum::<usize>(),
        "quotes": of_type(DocumentType::Quote),
        "salesOrders": of_type(DocumentType::SalesOrder),
        "lines": books.documents.values().map(|row| row.lines.len()).sum::<usize>(),
        "actions": books.actions.len(),
        "pendingActions": pending.filter(|row| row.status == "pending").count(),
    })
}
