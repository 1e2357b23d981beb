//! What an opportunity needs beside its fields: lines, and the contact it is shown at.

use crate::assumed::*;
use crate::book::Book;
use crate::missing;
use crate::table::{self, OPPORTUNITY};
use liaison_sdk::prelude::*;

/// The row of an opportunity. `book` holds its customer, where it names one.
pub fn row(
    mut body: Map<String, Value>,
    action: Action,
    book: &Book,
) -> Result<Map<String, Value>, Fault> {
    let lines = body.remove(LINES).filter(|lines| !lines.is_null());
    let mut row = OPPORTUNITY.row(&body, action)?;
    if let Some(lines) = lines {
        row.insert(LINES.to_owned(), table::lines(&lines)?);
    }
    match row.get(ACCOUNT_ID).and_then(Value::as_i64) {
        Some(account) => {
            row.insert(CONTACT_ID.to_owned(), json!(contact_of(account, book)?));
        }
        None if action == Action::Create || row.contains_key(ACCOUNT_ID) => {
            return Err(no_customer())
        }
        None => {}
    }
    Ok(row)
}

/// The customer that a body names.
pub fn customer_of(body: &Map<String, Value>) -> Option<i64> {
    body.get("customer_id")?
        .as_str()
        .and_then(crate::api::parse_id)
}

/// Without a contact CentrixOne answers 500, so it is looked for before anything is sent.
fn contact_of(account: i64, book: &Book) -> Result<i64, Fault> {
    let customer = book.get(account).and_then(|customer| customer.primary_id());
    customer.ok_or_else(|| {
        let message = match book.others.contains_key(&account) {
            true => missing::primary_contact(account),
            false => missing::message(Object::Accounts, account),
        };
        fault::missing_reference(message).field("customer_id")
    })
}

fn no_customer() -> Fault {
    fault::rejected(text!(
        "centrixone-no-customer",
        "An opportunity belongs to a customer; `customer_id` is missing"
    ))
    .field("customer_id")
}
