//! Why a POST was answered with 500: which of the things that a row refers to does not exist.
//!
//! CentrixOne says nothing but 500 then. The vendor's own synchronisation stops at it for good; here
//! each id of the row is looked for, and the one that is not there is named.

use crate::api::{id_in, id_of, Api};
use crate::assumed::*;
use liaison_sdk::prelude::*;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// What has been looked for in this call.
pub struct Missing<'a> {
    api: &'a Api<'a>,
    seen: RefCell<BTreeMap<(Object, i64), bool>>,
}

/// One id of a row.
struct Reference {
    object: Object,
    id: i64,
    /// The vendor's name of the property; none for the row's own id.
    wire: Option<String>,
}

impl<'a> Missing<'a> {
    pub fn new(api: &'a Api<'a>) -> Self {
        Self {
            api,
            seen: RefCell::default(),
        }
    }

    /// The fault for the first id of the row that is not there; none when all are.
    ///
    /// # Errors
    /// When it cannot be found out.
    pub fn of(&self, object: Object, row: &Map<String, Value>) -> Result<Option<Fault>, Fault> {
        for reference in references(object, row) {
            if !self.is_there(reference.object, reference.id)? {
                return Ok(Some(fault_of(&reference)));
            }
        }
        Ok(None)
    }

    fn is_there(&self, object: Object, id: i64) -> Result<bool, Fault> {
        if let Some(&seen) = self.seen.borrow().get(&(object, id)) {
            return Ok(seen);
        }
        let rows = self.api.by_id(object, &[id])?;
        let there = rows.iter().any(|row| id_of(row) == Some(id));
        self.seen.borrow_mut().insert((object, id), there);
        Ok(there)
    }
}

/// The ids of a row, its own first.
fn references(object: Object, row: &Map<String, Value>) -> Vec<Reference> {
    let row = Value::Object(row.clone());
    let properties: &[(&str, Object)] = match object {
        Object::Contacts => &[
            (ACCOUNT_ID, Object::Accounts),
            (REPRESENTATIVE, Object::Users),
        ],
        Object::Opportunities => &[
            (ACCOUNT_ID, Object::Accounts),
            (CONTACT_ID, Object::Contacts),
            (STAGE_ID, Object::Stages),
            (REPRESENTATIVE, Object::Users),
        ],
        Object::RevenueCategories => &[(PARENT_ID, Object::RevenueCategories)],
        Object::Accounts | Object::Lists | Object::Stages | Object::Users => &[],
    };
    let mut found = Vec::new();
    let mut add = |object, id: Option<i64>, wire: Option<String>| {
        found.extend(id.map(|id| Reference { object, id, wire }));
    };
    add(object, id_in(&row, ID), None);
    for (property, of) in properties {
        add(*of, id_in(&row, property), Some((*property).to_owned()));
    }
    for list in row[LISTS].as_array().into_iter().flatten() {
        let id = id_in(&json!({ID: list}), ID);
        add(Object::Lists, id, Some(LISTS.to_owned()));
    }
    for (at, line) in row[LINES].as_array().into_iter().flatten().enumerate() {
        let wire = format!("{LINES}[{at}].{CATEGORY_ID}");
        add(
            Object::RevenueCategories,
            id_in(line, CATEGORY_ID),
            Some(wire),
        );
    }
    found
}

fn fault_of(reference: &Reference) -> Fault {
    let message = message(reference.object, reference.id);
    let fault = match &reference.wire {
        None => fault::not_found(message),
        Some(wire) => fault::missing_reference(message).field(wire),
    };
    fault
        .vendor_code("500")
        .vendor_text("Internal Server Error")
}

/// What is not there, and what to do about it. The key is the reason that people look for.
pub fn message(object: Object, id: i64) -> Text {
    match object {
        Object::Contacts => contact("?", id),
        Object::Accounts => text!(
            "crm_account_missing",
            "CentrixOne has no account {id}: it was deleted or merged. Remove the link of the customer and write it again, then this record",
            id = id
        ),
        Object::Users => text!(
            "crm_user_missing",
            "CentrixOne has no user {id}. Remove the link of the salesperson and run the flow of the salespeople, then retry this record",
            id = id
        ),
        Object::Stages => text!(
            "crm_stage_missing",
            "CentrixOne has no sales stage {id}: somebody removed it. Make it again in CentrixOne or by its flow, then retry this record",
            id = id
        ),
        Object::RevenueCategories => text!(
            "crm_category_missing",
            "CentrixOne has no revenue category {id}: categories must be deactivated, not deleted. Make it again by its flow, then retry this record",
            id = id
        ),
        Object::Lists => text!(
            "crm_list_missing",
            "CentrixOne has no list {id}. See in CentrixOne which list is meant, and the setting `list`",
            id = id
        ),
        Object::Opportunities => text!(
            "crm_opportunity_missing",
            "CentrixOne has no opportunity {id}: it was deleted",
            id = id
        ),
    }
}

/// The same for an account's primary contact, whose id nobody knows.
pub fn primary_contact(account: i64) -> Text {
    contact(account, "?")
}

fn contact(account: impl ToString, contact: impl ToString) -> Text {
    text!(
        "crm_contact_missing",
        "CentrixOne has no contact of account {account} (contact {contact}) in the list of customers: it was deleted, merged or moved. Put the customer's main contact into the list, or write the customer again; then retry this record",
        account = account.to_string(),
        contact = contact.to_string()
    )
}
