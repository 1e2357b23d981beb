//! A customer: an account and its primary contact, shown as one record.
//!
//! The primary contact is the oldest of the account's contacts that are in the list. Its other
//! contacts are never touched. CentrixOne gives no versions, so ours is which contact that was and a
//! digest of what the record says: another primary contact, or an edit since the record was read, is
//! noticed before anything is overwritten.

use crate::api::{external_id_of, id_in, id_of};
use crate::assumed::*;
use crate::care_of;
use crate::field::{field, name_of, renamed, row_of, unfit, Field, Kind, Writing};
use liaison_sdk::prelude::*;
use std::collections::BTreeSet;

/// The entity.
pub const ENTITY: &str = "customer";

/// What stands on the contact.
pub const CONTACT_FIELDS: [Field; 19] = [
    field(
        "contact_firstname",
        "First name of the contact",
        FIRST_NAME,
        Kind::Text,
    ),
    field("contact_name", "Name of the contact", NAME, Kind::Text),
    field("address1", "Address", "address1", Kind::Text),
    field("address2", "Address, second line", "address2", Kind::Text),
    field("city", "City", "city", Kind::Text),
    field("state", "Province (ISO code)", "state", Kind::Text),
    field("zip", "Postal code", "zip", Kind::Text),
    field("country", "Country (ISO code)", "country", Kind::Text),
    field("phone1", "Telephone", "phone1", Kind::Text),
    field("fax", "Fax", "fax", Kind::Text),
    field("cell", "Mobile", "cell", Kind::Text),
    field("email", "E-mail", "email", Kind::Text),
    field("website", "Web site", "website", Kind::Text),
    field("language", "Language", "language", Kind::Language),
    field("external_id", "Our id", EXTERNAL_ID, Kind::Text),
    field(
        "rep_id",
        "Representative",
        REPRESENTATIVE,
        Kind::Reference("user"),
    ),
    field("contact_id", "Primary contact", ID, Kind::Text).read_only(),
    field("created_at", "Created", CREATED, Kind::Stamp).read_only(),
    field("modified_at", "Modified", MODIFIED, Kind::Stamp).read_only(),
];

/// What stands on the account. The first five belong to the accounting system; CentrixOne does not let
/// its users edit them.
pub const ACCOUNT_FIELDS: [Field; 6] = [
    field("price_list", "Price list", "price_list", Kind::Text).within(ACCOUNT_CUSTOM),
    field("payment_term", "Payment term", "payment_term", Kind::Text).within(ACCOUNT_CUSTOM),
    field(
        "customer_number",
        "Customer number",
        CUSTOMER_NUMBER,
        Kind::Text,
    )
    .within(ACCOUNT_CUSTOM),
    field("discount", "Discount", "discount", Kind::DecimalText).within(ACCOUNT_CUSTOM),
    field("territory", "Territory", "territory", Kind::Text).within(ACCOUNT_CUSTOM),
    field("protected", "Protected", PROTECTED, Kind::Flag).read_only(),
];

/// All fields, for the manifest.
pub fn schema_fields() -> Vec<schema::Field> {
    let mut fields = vec![
        schema::id("id"),
        schema::string("name").required().title("Company"),
        schema::string("care_of").title("Care of").description(
            "First name and name of the primary contact in one line. Written, it is split at its last space, or is all name where that would be a guess.",
        ),
    ];
    fields.extend(CONTACT_FIELDS.iter().map(Field::schema));
    fields.extend(ACCOUNT_FIELDS.iter().map(|field| {
        match field.writing {
            Writing::Never => field.schema(),
            _ => field
                .schema()
                .description("From the accounting system; nobody edits it in CentrixOne."),
        }
    }));
    fields.push(
        schema::list("lists", &[schema::reference("list_id", "list").required()])
            .title("Lists")
            .description("Lists written here are added; no list is ever taken away."),
    );
    fields
}

/// An account with its contacts of the list.
#[derive(Clone, Debug)]
pub struct Customer {
    pub account_id: i64,
    /// Null where the account was not told.
    account: Value,
    /// Oldest first, never none.
    contacts: Vec<Value>,
}

impl Customer {
    /// The customer of an account; none when no contact of it is in the list.
    pub fn of(account_id: i64, account: Value, mut contacts: Vec<Value>) -> Option<Self> {
        contacts.sort_by_key(age);
        (!contacts.is_empty()).then_some(Self {
            account_id,
            account,
            contacts,
        })
    }

    /// The oldest contact.
    pub fn primary(&self) -> &Value {
        &self.contacts[0]
    }

    pub fn primary_id(&self) -> Option<i64> {
        id_of(self.primary())
    }

    /// The id of ours that the primary contact carries, or else an older link on another contact: the
    /// contact that was primary before it.
    pub fn external_id(&self) -> Option<String> {
        self.contacts.iter().find_map(external_id_of)
    }

    /// The account's fields of the accounting system, and whatever else stands beside them.
    pub fn custom(&self) -> Map<String, Value> {
        let custom = self.account[ACCOUNT_CUSTOM].as_object();
        custom.cloned().unwrap_or_default()
    }

    /// The company's name: the account's, or as its contact spells it.
    pub fn name(&self) -> &str {
        let names = [&self.account[NAME], &self.primary()[COMPANY]];
        let mut names = names.into_iter().filter_map(Value::as_str).map(str::trim);
        names.find(|name| !name.is_empty()).unwrap_or_default()
    }

    /// As the contact spells it.
    pub fn company(&self) -> &str {
        self.primary()[COMPANY].as_str().unwrap_or_default()
    }

    /// The record as the host gets it.
    pub fn entry(&self) -> Entry {
        let (contact, id) = (self.primary(), self.account_id.to_string());
        let text = |property: &str| contact[property].as_str().unwrap_or_default();
        let or_null = |text: &str| match text {
            "" => Value::Null,
            text => json!(text),
        };
        let care_of = care_of::join(text(FIRST_NAME), text(NAME));
        let mut body = Map::new();
        body.insert("id".to_owned(), json!(id));
        body.insert("name".to_owned(), or_null(self.name()));
        body.insert("care_of".to_owned(), or_null(&care_of));
        let fields = CONTACT_FIELDS.iter().map(|field| (field, contact));
        let fields = fields.chain(ACCOUNT_FIELDS.iter().map(|field| (field, &self.account)));
        for (field, row) in fields {
            // CentrixOne leaves out what is empty. A record that was read at all was read whole, so what it
            // does not tell was emptied, perhaps by a person.
            let empty = (!row.is_null()).then_some(Value::Null);
            if let Some(value) = field.value_in(row).or(empty) {
                body.insert(field.name.to_owned(), value);
            }
        }
        if let Some(external_id) = self.external_id() {
            body.insert("external_id".to_owned(), json!(external_id));
        }
        if let Some(lists) = lists_of(contact) {
            let lists: Vec<Value> = lists
                .iter()
                .map(|list| json!({"list_id": list.to_string()}))
                .collect();
            body.insert("lists".to_owned(), Value::Array(lists));
        }
        let body = Value::Object(body).to_string();
        Entry {
            id,
            version: self
                .primary_id()
                .map(|primary| format!("{primary}.{:016x}", digest(&body))),
            deleted: false,
            body,
            ext: Vec::new(),
        }
    }

    /// Whether the record says something else than a draft asks in a field of the contact: not just in
    /// another spelling, nor cut.
    pub fn says_otherwise(&self, draft: &Draft) -> bool {
        let differs = |asked: &Value, found: &Value| {
            let (asked, found) = (letters(asked), letters(found));
            match found.is_empty() {
                true => !asked.is_empty(),
                false => !asked.starts_with(&found),
            }
        };
        let mut fields = draft.contact.iter();
        let name = draft.name.as_deref();
        name.is_some_and(|name| differs(&json!(name), &json!(self.name())))
            || fields.any(|(field, asked)| differs(asked, &self.primary()[field]))
    }
}

/// The primary contact in a version.
pub fn primary_in(version: &str) -> &str {
    version.split('.').next().unwrap_or_default()
}

/// FNV-1a: the same in every build, which a hasher of the library does not promise.
fn digest(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |digest, byte| {
        (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn letters(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.to_lowercase(),
        Value::Null => String::new(),
        value => value.to_string(),
    };
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Oldest first: by creation, then by id; a contact that tells no creation comes last.
fn age(contact: &Value) -> (i64, i64) {
    let created = contact[CREATED].as_str().and_then(date::parse_instant);
    (
        created.unwrap_or(i64::MAX),
        id_of(contact).unwrap_or(i64::MAX),
    )
}

/// The account of a contact.
pub fn account_of(contact: &Value) -> Option<i64> {
    id_in(contact, ACCOUNT_ID)
}

/// The lists of a contact, where it tells them.
pub fn lists_of(contact: &Value) -> Option<BTreeSet<i64>> {
    let lists = contact[LISTS].as_array()?;
    Some(lists.iter().filter_map(list_id).collect())
}

fn list_id(value: &Value) -> Option<i64> {
    match value {
        Value::Object(_) => id_of(value),
        value => id_in(&json!({ID: value}), ID),
    }
}

/// What an operation wants of a customer, by where it stands.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The company's name, where it is given.
    pub name: Option<String>,
    pub external_id: Option<String>,
    /// Lists to be in, where they are given.
    pub lists: BTreeSet<i64>,
    /// The contact's other fields, on the wire.
    pub contact: Map<String, Value>,
    /// The account's other fields, on the wire.
    pub account: Map<String, Value>,
}

impl Draft {
    /// The draft of a body.
    pub fn of(mut body: Map<String, Value>, action: Action) -> Result<Self, Fault> {
        let name = match body.remove("name") {
            None => None,
            Some(Value::String(name)) if !name.trim().is_empty() => Some(name.trim().to_owned()),
            Some(_) => return Err(no_name()),
        };
        if name.is_none() && action == Action::Create {
            return Err(no_name());
        }
        let lists = wanted_lists(body.remove("lists"))?;
        let care_of = body.remove("care_of");
        let on_account = |name: &String| ACCOUNT_FIELDS.iter().any(|field| field.name == *name);
        let (on_account, on_contact): (Map<_, _>, Map<_, _>) =
            body.into_iter().partition(|(name, _)| on_account(name));
        let account = row_of(ENTITY, ACCOUNT_FIELDS.iter(), &on_account, action)?;
        let mut contact = person(care_of, action)?;
        contact.extend(row_of(ENTITY, CONTACT_FIELDS.iter(), &on_contact, action)?);
        let external_id = contact
            .remove(EXTERNAL_ID)
            .and_then(|id| id.as_str().map(str::to_owned))
            .filter(|id| !id.is_empty());
        Ok(Self {
            name,
            external_id,
            lists,
            contact,
            account,
        })
    }
}

/// The two fields of a contact behind one line; fields of its own come after it and win.
fn person(care_of: Option<Value>, action: Action) -> Result<Map<String, Value>, Fault> {
    let line = match care_of {
        None => return Ok(Map::new()),
        Some(Value::Null) => String::new(),
        Some(Value::String(line)) => line,
        Some(other) => return Err(unfit(&other, "care_of")),
    };
    if line.trim().is_empty() && action == Action::Create {
        return Ok(Map::new());
    }
    let (first_name, name) = care_of::split(&line);
    Ok(Map::from_iter([
        (FIRST_NAME.to_owned(), json!(first_name)),
        (NAME.to_owned(), json!(name)),
    ]))
}

fn wanted_lists(lists: Option<Value>) -> Result<BTreeSet<i64>, Fault> {
    let lists = match lists {
        None | Some(Value::Null) => return Ok(BTreeSet::new()),
        Some(Value::Array(lists)) => lists,
        Some(other) => return Err(unfit(&other, "lists")),
    };
    let id = |list: &Value| id_in(list, "list_id").ok_or_else(|| unfit(list, "lists"));
    lists.iter().map(id).collect()
}

fn no_name() -> Fault {
    fault::rejected(text!(
        "centrixone-no-name",
        "A customer needs a company name: by it CentrixOne finds or makes the account"
    ))
    .field("name")
}

/// A fault about a contact's row, its field in our names.
pub fn about_contact(fault: Fault) -> Fault {
    renamed(fault, |wire| match wire {
        COMPANY => Some("name".to_owned()),
        wire => name_of(CONTACT_FIELDS.iter(), wire),
    })
}

/// A fault about an account's row, its field in our names.
pub fn about_account(fault: Fault) -> Fault {
    renamed(fault, |wire| name_of(ACCOUNT_FIELDS.iter(), wire))
}
