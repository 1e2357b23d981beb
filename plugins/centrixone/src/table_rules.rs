//! What each small entity lets be written: names of users, fixed stages, protected labels.
//!
//! Pure: a body and what is known of the record become a row, or a refusal.

use crate::api::{external_id_of, id_of};
use crate::assumed::*;
use crate::batch::Row;
use crate::table::{salesperson, Table, NUMBER, USER};
use liaison_sdk::prelude::*;

/// The properties by which a new record without an id of ours is recognised.
pub const LIKE_STAGE: [&str; 4] = [MAIN, PERCENT, LABEL_FR, LABEL_EN];
const LIKE_LIST: [&str; 1] = [NAME];

/// What is known when a body becomes a row.
pub struct Known<'a> {
    /// The number of the CentrixOne account.
    pub account: &'a str,
    /// All records of the entity.
    pub rows: &'a [Value],
}

impl Known<'_> {
    pub fn row(&self, id: i64) -> Option<&Value> {
        self.rows.iter().find(|row| id_of(row) == Some(id))
    }

    /// The row of a new record, or of the one that carries its id of ours already.
    pub fn create(
        &self,
        table: &Table,
        mut body: Map<String, Value>,
        token: &str,
    ) -> Result<Row, Fault> {
        let number = take_number(table, &mut body)?;
        if table.is(&USER) {
            inactive(&body)?;
        }
        let mut row = table.row(&body, Action::Create)?;
        if table.external {
            row.entry(EXTERNAL_ID).or_insert_with(|| json!(token));
        }
        let ours = row.get(EXTERNAL_ID).and_then(Value::as_str);
        let has_ours = |row: &&Value| ours.is_some() && external_id_of(row).as_deref() == ours;
        if let Some(id) = self.rows.iter().find(has_ours).and_then(id_of) {
            row.insert(ID.to_owned(), json!(id));
            if table.is(&USER) {
                // A person may have activated it since it was made.
                row.remove(ACTIVE);
            }
            return Ok(Row::of(row));
        }
        if table.is(&USER) {
            let number = number.ok_or_else(|| needs(table, NUMBER))?;
            let username = format!("{number}@{}", self.account);
            row.insert(USERNAME.to_owned(), json!(username));
            row.insert(ACTIVE.to_owned(), json!(false));
        }
        self.complete(table, &row)?;
        let same = self.rows.iter().find(|other| is_same(table, &row, other));
        if let Some(id) = same.and_then(id_of) {
            return Err(there(table, id));
        }
        Ok(Row {
            body: row,
            like: match table.object {
                Object::Stages => &LIKE_STAGE,
                Object::Lists => &LIKE_LIST,
                _ => &[],
            },
        })
    }

    /// The row of an edit; none when nothing changes.
    pub fn update(
        &self,
        table: &Table,
        mut body: Map<String, Value>,
        id: i64,
        before: &Value,
    ) -> Result<Option<Row>, Fault> {
        let number = take_number(table, &mut body)?;
        if table.is(&USER) && before[ACTIVE] != true {
            inactive(&body)?;
        }
        // What is said again is no change.
        body.retain(|name, value| table.value(name, before).as_ref() != Some(value));
        let mut row = table.row(&body, Action::Update)?;
        if let Some(number) = number {
            row.extend(self.rename(&number, before)?);
        }
        if row.is_empty() {
            return Ok(None);
        }
        if before[PROTECTED] == true {
            return Err(protected(table));
        }
        row.insert(ID.to_owned(), json!(id));
        Ok(Some(Row::of(row)))
    }

    /// A user follows its salesperson's number until a person has renamed or activated it.
    fn rename(&self, number: &str, before: &Value) -> Result<Map<String, Value>, Fault> {
        let username = before[USERNAME].as_str().unwrap_or_default();
        match salesperson(username) {
            Some(same) if same == number => Ok(Map::new()),
            Some(_) if before[ACTIVE] != true => {
                let username = format!("{number}@{}", self.account);
                Ok(Map::from_iter([(USERNAME.to_owned(), json!(username))]))
            }
            _ => Err(fault::rejected(text!(
                "centrixone-user-renamed",
                "A person has renamed or activated this user of CentrixOne, so its name no longer follows the salesperson's number: a new name would change its log-in"
            ))
            .field(NUMBER)),
        }
    }

    /// What a new record cannot do without.
    fn complete(&self, table: &Table, row: &Map<String, Value>) -> Result<(), Fault> {
        let has = |property: &str| row.contains_key(property);
        let missing = match table.object {
            Object::Stages if !has(MAIN) && !has(PERCENT) => Some("main"),
            Object::Stages if !has(LABEL_FR) && !has(LABEL_EN) => Some("label_fr"),
            Object::Lists | Object::RevenueCategories if !has(NAME) => Some("name"),
            _ => None,
        };
        missing.map_or(Ok(()), |field| Err(needs(table, field)))
    }
}

/// The salesperson's number of a body; it is no field of CentrixOne.
fn take_number(table: &Table, body: &mut Map<String, Value>) -> Result<Option<String>, Fault> {
    if !table.is(&USER) {
        return Ok(None);
    }
    match body.remove(NUMBER) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(number)) => {
            let number = number.trim().to_owned();
            match number.contains('@') {
                true => Err(crate::field::unfit(&json!(number), NUMBER)),
                false => Ok((!number.is_empty()).then_some(number)),
            }
        }
        Some(other) => Err(crate::field::unfit(&other, NUMBER)),
    }
}

/// An active user counts against the subscription and can log in: a person's decision.
fn inactive(body: &Map<String, Value>) -> Result<(), Fault> {
    match body.get("active") {
        Some(Value::Bool(true)) => Err(fault::rejected(text!(
            "centrixone-user-activation",
            "Users are made inactive; activate this one in CentrixOne, where it counts against the subscription"
        ))
        .field("active")),
        _ => Ok(()),
    }
}

/// Whether a record that does not carry an id of ours is the one that a row would make: the vendor's
/// own synchronisation may have made it.
fn is_same(table: &Table, row: &Map<String, Value>, other: &Value) -> bool {
    let same = |property: &str| match (row.get(property), &other[property]) {
        (Some(Value::String(a)), Value::String(b)) => {
            !a.is_empty() && a.trim().to_lowercase() == b.trim().to_lowercase()
        }
        (Some(a), b) => a == b,
        (None, _) => false,
    };
    match table.object {
        Object::Users => same(USERNAME),
        Object::Stages => (same(MAIN) || same(PERCENT)) && (same(LABEL_FR) || same(LABEL_EN)),
        Object::Lists => same(NAME),
        Object::RevenueCategories => {
            let parent = |value: Option<&Value>| value.and_then(Value::as_i64);
            let siblings = parent(row.get(PARENT_ID)) == parent(other.get(PARENT_ID));
            same(NAME) && siblings && external_id_of(other).is_none()
        }
        Object::Contacts | Object::Accounts | Object::Opportunities => false,
    }
}

fn there(table: &Table, id: i64) -> Fault {
    fault::exists(
        text!(
            "centrixone-there",
            "CentrixOne already has this {entity} (id {id}), made by a person or by another synchronisation",
            entity = table.entity,
            id = id
        ),
        &id.to_string(),
    )
}

/// The fault for a body without a field that it cannot do without.
pub fn needs(table: &Table, field: &str) -> Fault {
    fault::rejected(text!(
        "centrixone-needs",
        "A new {entity} needs {field}",
        entity = table.entity,
        field = field
    ))
    .field(field)
}

fn protected(table: &Table) -> Fault {
    fault::rejected(text!(
        "centrixone-protected-record",
        "CentrixOne's synchronisation with Acomba rests on this {entity}: it must be neither renamed nor removed",
        entity = table.entity
    ))
}
