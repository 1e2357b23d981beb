//! What users do at the screens: customers, contacts, documents, the links they press.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::assumed::{ACTION_TYPES, UserAction};
use super::book::Books;
use super::customer::{Contact, Customer, TYPES};
use super::document::{Document, DocumentType};
use super::{seed, time};
use crate::simulator::NowMs;

#[derive(Deserialize)]
#[serde(
    rename_all = "snake_case",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Deed {
    CreateCustomer {
        customer: Box<Customer>,
    },
    EditCustomer {
        id: u64,
        set: Map<String, Value>,
    },
    DeleteCustomer {
        id: u64,
    },
    CreateContact {
        customer: u64,
        contact: Box<Contact>,
    },
    EditContact {
        id: u64,
        set: Map<String, Value>,
    },
    DeleteContact {
        id: u64,
    },
    MoveContact {
        id: u64,
        to: u64,
    },
    MoveEmail {
        from: u64,
        to: u64,
    },
    CreateDocument {
        document: Value,
    },
    EditDocument {
        id: u64,
        set: Map<String, Value>,
        by: Option<String>,
    },
    DeleteDocument {
        id: u64,
        by: Option<String>,
    },
    AddLine {
        document: u64,
        line: Value,
        by: Option<String>,
    },
    EditLine {
        document: u64,
        line: u64,
        set: Map<String, Value>,
        by: Option<String>,
    },
    RemoveLine {
        document: u64,
        line: u64,
        by: Option<String>,
    },
    OrderFromQuote {
        id: u64,
        #[serde(default)]
        set: Map<String, Value>,
    },
    Press {
        #[serde(rename = "type")]
        kind: String,
        #[serde(default)]
        subject_id: Value,
        #[serde(default)]
        argument: String,
        #[serde(default)]
        requested_by: String,
        #[serde(default = "yes")]
        import_all_contacts: bool,
        #[serde(default)]
        contacts: Vec<String>,
    },
}

fn yes() -> bool {
    true
}

/// What an edit of a document may not touch; there are other actions for it.
const FIXED: [&str; 6] = [
    "documentId",
    "documentType",
    "revisionNumber",
    "events",
    "lines",
    "lastLineId",
];

impl Deed {
    pub fn carry_out(self, books: &mut Books, now: NowMs) -> Result<Value, String> {
        let now = time::whole_seconds(now);
        match self {
            Self::CreateCustomer { customer } => {
                check_type(&customer)?;
                let id = books.add_customer(*customer, now)?;
                let number = &books.customers[&id].customer_number;
                return Ok(json!({ "customerId": id, "customerNumber": number }));
            }
            Self::EditCustomer { id, set } => {
                let customer = books.customer_mut(id)?;
                let fixed = ["customerId", "contacts", "modified"];
                let mut changed = edited(customer, &set, &fixed)?;
                check_type(&changed)?;
                if changed != *customer {
                    changed.modified = now;
                    *customer = changed;
                }
            }
            Self::DeleteCustomer { id } => {
                books.customer(id)?;
                let mut documents = books.documents.values();
                if documents.any(|document| document.customer_id == id) {
                    return Err(format!("customer {id} has documents"));
                }
                books.customers.remove(&id);
            }
            Self::CreateContact {
                customer,
                mut contact,
            } => {
                let id = books.numbers.contact;
                contact.contact_id = id;
                contact.modified = now;
                books.customer_mut(customer)?.contacts.push(*contact);
                books.numbers.contact += 1;
                return Ok(json!({ "contactId": id }));
            }
            Self::EditContact { id, set } => {
                let customer = books.customer_of(id)?;
                let contact = books.customer_mut(customer)?.contact_mut(id)?;
                let mut changed = edited(contact, &set, &["contactId", "modified"])?;
                if changed != *contact {
                    changed.modified = now;
                    *contact = changed;
                }
            }
            Self::DeleteContact { id } => {
                let customer = books.customer_of(id)?;
                let customer = books.customer_mut(customer)?;
                customer.contacts.retain(|contact| contact.contact_id != id);
                customer.modified = now;
            }
            Self::MoveContact { id, to } => {
                let from = books.customer_of(id)?;
                books.customer(to)?;
                let contact = books.customer_mut(from)?.contact_mut(id)?;
                let mut contact = contact.clone();
                contact.modified = now;
                let customer = books.customer_mut(from)?;
                customer.contacts.retain(|contact| contact.contact_id != id);
                customer.modified = now;
                books.customer_mut(to)?.contacts.push(contact);
            }
            Self::MoveEmail { from, to } => {
                let (one, other) = (books.customer_of(from)?, books.customer_of(to)?);
                let giver = books.customer_mut(one)?.contact_mut(from)?;
                let email = std::mem::take(&mut giver.email);
                giver.modified = now;
                let taker = books.customer_mut(other)?.contact_mut(to)?;
                taker.email = email;
                taker.modified = now;
            }
            Self::CreateDocument { document } => {
                let id = seed::add_document(books, &document, now)?;
                let number = &books.documents[&id].document_number;
                return Ok(json!({ "documentId": id, "documentNumber": number }));
            }
            Self::EditDocument { id, set, by } => {
                return revised(books, id, by, now, |_, document| {
                    *document = edited(document, &set, &FIXED)?;
                    seed::check_status(document)
                });
            }
            Self::DeleteDocument { id, by } => {
                return revised(books, id, by, now, |_, document| {
                    document.deleted = true;
                    Ok(())
                });
            }
            Self::AddLine { document, line, by } => {
                return revised(books, document, by, now, |books, document| {
                    document.add_line(seed::line(books, &line)?);
                    Ok(())
                });
            }
            Self::EditLine {
                document,
                line,
                set,
                by,
            } => {
                return revised(books, document, by, now, |_, document| {
                    let line = document.line_mut(line)?;
                    *line = edited(line, &set, &["lineItemId"])?;
                    Ok(())
                });
            }
            Self::RemoveLine { document, line, by } => {
                return revised(books, document, by, now, |_, document| {
                    document.line_mut(line)?;
                    document.lines.retain(|one| one.line_item_id != line);
                    Ok(())
                });
            }
            Self::OrderFromQuote { id, set } => {
                let quote = books.document_mut(id)?;
                let mut order = edited(quote, &set, &FIXED)?;
                order.document_type = DocumentType::SalesOrder;
                order.document_id = 0;
                if order.document_number == quote.document_number {
                    order.document_number = String::new();
                }
                order.revision_number = 1;
                if !set.contains_key("status") {
                    order.status = String::new();
                }
                order.exported = false;
                order.export_message = String::new();
                order.events = Vec::new();
                let by = order.sales_person.clone();
                order.event("created", &by, now);
                order.event("ordered", &by, now);
                let id = seed::put_document(books, order, now)?;
                let number = &books.documents[&id].document_number;
                return Ok(json!({ "documentId": id, "documentNumber": number }));
            }
            Self::Press {
                kind,
                subject_id,
                argument,
                requested_by,
                import_all_contacts,
                contacts,
            } => {
                let subject = match subject_id {
                    Value::Null => String::new(),
                    Value::String(text) => text,
                    Value::Number(number) => number.to_string(),
                    _ => return Err("`subjectId` must be an id".to_owned()),
                };
                check_subject(books, &kind, &subject)?;
                let id = books.numbers.action;
                books.numbers.action += 1;
                let action = UserAction {
                    action_id: id,
                    kind,
                    subject_id: subject,
                    argument,
                    requested_by,
                    requested_at: now,
                    import_all_contacts,
                    contacts,
                    ..UserAction::default()
                };
                books.actions.insert(id, action);
                return Ok(json!({ "actionId": id }));
            }
        }
        Ok(json!({ "done": true }))
    }
}

fn check_type(customer: &Customer) -> Result<(), String> {
    if TYPES.contains(&customer.kind.as_str()) {
        Ok(())
    } else {
        Err(format!("the type is one of {TYPES:?}"))
    }
}

/// A link stands on the page of what it is about.
fn check_subject(books: &Books, kind: &str, subject: &str) -> Result<(), String> {
    if !ACTION_TYPES.contains(&kind) {
        return Err(format!("the type is one of {ACTION_TYPES:?}"));
    }
    let id = subject.parse().unwrap_or_default();
    let stands = match kind {
        "export_document" | "query_opportunities" | "query_services" => {
            books.documents.contains_key(&id)
        }
        "export_customer" | "import_contacts" => books.customers.contains_key(&id),
        // One that is imported may not be there yet.
        _ => subject.is_empty() || books.customers.contains_key(&id),
    };
    if stands {
        Ok(())
    } else {
        Err(format!("`{kind}` has no subject `{subject}`"))
    }
}

/// A copy with some fields set; `fixed` ones may not be. Objects are merged, and `null` takes a key of
/// theirs away.
pub fn edited<T: Serialize + DeserializeOwned>(
    record: &T,
    set: &Map<String, Value>,
    fixed: &[&str],
) -> Result<T, String> {
    let mut copy = serde_json::to_value(record).map_err(|e| e.to_string())?;
    let fields = copy.as_object_mut().ok_or("a record is an object")?;
    for (name, value) in set {
        if fixed.contains(&name.as_str()) {
            return Err(format!("`{name}` is not edited like this"));
        }
        match (fields.get_mut(name), value) {
            (Some(Value::Object(there)), Value::Object(given)) => {
                for (key, value) in given {
                    if value.is_null() {
                        there.shift_remove(key);
                    } else {
                        there.insert(key.clone(), value.clone());
                    }
                }
            }
            _ => {
                fields.insert(name.clone(), value.clone());
            }
        }
    }
    serde_json::from_value(copy).map_err(|e| e.to_string())
}

/// Changes a document by a user's hand (the sales person's where nobody is named): one revision and one
/// event, unless nothing changed.
fn revised(
    books: &mut Books,
    id: u64,
    by: Option<String>,
    now: NowMs,
    change: impl FnOnce(&Books, &mut Document) -> Result<(), String>,
) -> Result<Value, String> {
    let before = books.document_mut(id)?.clone();
    let mut document = before.clone();
    change(&*books, &mut document)?;
    if document != before {
        let by = by.unwrap_or_else(|| document.sales_person.clone());
        document.revise(&by, now);
    }
    let done = json!({
        "documentId": id,
        "revisionNumber": document.revision_number,
        "lastLineId": document.last_line_id,
    });
    books.documents.insert(id, document);
    Ok(done)
}
