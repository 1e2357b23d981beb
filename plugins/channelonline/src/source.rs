//! Where the records of an entity come from: from customers, or from documents of one or both kinds.

use crate::api::{Api, Rows};
use crate::assumed::action::Pressed;
use crate::assumed::customer::{self, Customer, Which};
use crate::assumed::document as assumed;
use crate::document::{self, Document};
use crate::entity;
use crate::envelope::{self, Kind, Request, Span};
use crate::pressed;
use crate::product;
use liaison_sdk::prelude::*;

/// An entity whose records are asked for by the time of their change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Customers,
    Contacts,
    Documents(Kind),
    Products,
}

/// An entry, and the second in which what it comes from was last changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Stamped {
    pub at_s: Option<i64>,
    pub entry: Entry,
}

impl Source {
    /// The source of an entity; none where it is a list.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            entity::CUSTOMER => Self::Customers,
            entity::CONTACT => Self::Contacts,
            entity::QUOTE => Self::Documents(Kind::Quote),
            entity::SALES_ORDER => Self::Documents(Kind::SalesOrder),
            entity::PRODUCT => Self::Products,
            _ => return None,
        })
    }

    pub fn entity(self) -> &'static str {
        match self {
            Self::Customers => entity::CUSTOMER,
            Self::Contacts => entity::CONTACT,
            Self::Documents(kind) => kind.entity(),
            Self::Products => entity::PRODUCT,
        }
    }

    /// The walks that it takes: one for each kind of what is asked for.
    pub fn legs(self) -> &'static [Leg] {
        match self {
            Self::Customers | Self::Contacts => &[Leg::Customers],
            Self::Documents(Kind::Quote) => &[Leg::Documents(Kind::Quote), Leg::New(Kind::Quote)],
            Self::Documents(Kind::SalesOrder) => {
                &[Leg::Documents(Kind::SalesOrder), Leg::New(Kind::SalesOrder)]
            }
            // A product on a new document is read there when it is first used; a second walk would show it as an
            // older document has it after a newer one.
            Self::Products => &[
                Leg::Documents(Kind::Quote),
                Leg::Documents(Kind::SalesOrder),
            ],
        }
    }

    /// The entries that customers give.
    pub fn of_customers(self, customers: Vec<Customer>, waiting: &[Pressed]) -> Vec<Stamped> {
        let mut entries = Vec::new();
        for customer in customers {
            let at_s = customer.modified_ms.map(|ms| ms.div_euclid(1000));
            let ids = [customer.number.as_str(), customer.system_id.as_str()];
            let asked = pressed::shown(pressed::on(waiting, entity::CUSTOMER, ids));
            let mut push = |body: Map<String, Value>| {
                entries.push(Stamped {
                    at_s,
                    entry: entry(body, None, false),
                });
            };
            match self {
                Self::Contacts => {
                    for contact in &customer.contacts {
                        let mut body = contact.body.clone();
                        pressed::put_on_contact(&mut body, asked, &contact.system_id);
                        push(body);
                    }
                }
                _ => {
                    let mut body = customer.body.clone();
                    pressed::put(&mut body, asked, Some(&customer.number));
                    push(body);
                }
            }
        }
        entries
    }

    /// The entries that documents give. On which of them products stand is remembered.
    pub fn of_documents(
        self,
        host: &dyn Host,
        kind: Kind,
        documents: Vec<Document>,
        waiting: &[Pressed],
    ) -> Vec<Stamped> {
        product::remember(host, kind, &documents);
        let mut entries = Vec::new();
        for mut document in documents {
            let at_s = document.changed_s;
            if self == Self::Products {
                if !document.deleted {
                    let products = product::on(&document, kind).into_iter();
                    entries.extend(products.map(|entry| Stamped { at_s, entry }));
                }
                continue;
            }
            let ids = [document.number.as_str(), document.system_id.as_str()];
            let asked = pressed::shown(pressed::on(waiting, kind.entity(), ids));
            pressed::put(&mut document.body, asked, None);
            let version = document.version();
            entries.push(Stamped {
                at_s,
                entry: entry(document.body, Some(version), document.deleted),
            });
        }
        entries
    }
}

fn entry(body: Map<String, Value>, version: Option<String>, deleted: bool) -> Entry {
    let id = body.get("id").and_then(Value::as_str).unwrap_or_default();
    Entry {
        id: id.to_owned(),
        version,
        deleted,
        body: Value::Object(body).to_string(),
        ext: Vec::new(),
    }
}

/// What a window shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// Customers or documents of the reply.
    pub records: usize,
    /// Among documents that were changed are such that were only made.
    pub counts_new: bool,
    /// Their entries.
    pub rows: Vec<Stamped>,
}

/// One walk by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leg {
    Customers,
    Documents(Kind),
    /// Those that were made and not changed since: whether the service takes a new document for a changed one is not known.
    New(Kind),
}

/// How the bounds of a window are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bounds {
    Wide,
    Exact,
}

impl Leg {
    /// What was changed within a span; none where it is more than one reply holds.
    pub fn ask(
        self,
        api: &Api,
        source: Source,
        span: Span,
        bounds: Bounds,
    ) -> Result<Option<Shown>, Fault> {
        let bounds = match bounds {
            Bounds::Wide => span.wide(),
            Bounds::Exact => span.exact(),
        };
        Ok(match self {
            Self::Customers => {
                let request = customer::request(Which::ChangedWithin(&bounds));
                match ask_customers(api, &request)? {
                    Rows::TooMany => None,
                    Rows::All(customers) => Some(Shown {
                        records: customers.len(),
                        counts_new: false,
                        rows: source.of_customers(customers, &[]),
                    }),
                }
            }
            Self::Documents(kind) => {
                let request = envelope::documents_changed(kind, &bounds);
                match ask_documents(api, kind, &request)? {
                    Rows::TooMany => None,
                    Rows::All(documents) => Some(Shown {
                        records: documents.len(),
                        counts_new: documents.iter().any(|document| document.is_new),
                        rows: source.of_documents(api.host(), kind, documents, &[]),
                    }),
                }
            }
            Self::New(kind) => {
                let request = envelope::documents_made(kind, &bounds);
                match ask_documents(api, kind, &request)? {
                    Rows::TooMany => None,
                    Rows::All(mut documents) => {
                        let records = documents.len();
                        documents.retain(|document| document.is_new);
                        Some(Shown {
                            records,
                            counts_new: false,
                            rows: source.of_documents(api.host(), kind, documents, &[]),
                        })
                    }
                }
            }
        })
    }
}

fn ask_customers(api: &Api, request: &Request) -> Result<Rows<Customer>, Fault> {
    let system = api.settings.external_system();
    api.ask(entity::CUSTOMER, request, customer::ELEMENT, &|element| {
        customer::read(element, system)
    })
}

fn ask_documents(api: &Api, kind: Kind, request: &Request) -> Result<Rows<Document>, Fault> {
    api.ask(kind.entity(), request, document::ELEMENT, &|element| {
        document::read(element, kind, &api.settings)
    })
}

/// The few customers that are named.
pub fn customers(api: &Api, which: Which) -> Result<Vec<Customer>, Fault> {
    let found = ask_customers(api, &customer::request(which));
    match absent(found)? {
        Rows::All(customers) => Ok(customers),
        Rows::TooMany => Err(too_many(entity::CUSTOMER)),
    }
}

/// The customer with this number.
pub fn customer_numbered(api: &Api, number: &str) -> Result<Option<Customer>, Fault> {
    let found = customers(api, Which::Number(number))?;
    Ok(found.into_iter().find(|one| one.number == number))
}

/// The document with this number.
pub fn document_numbered(api: &Api, kind: Kind, number: &str) -> Result<Option<Document>, Fault> {
    let found = ask_documents(api, kind, &envelope::document_numbered(kind, number));
    let found = listed(kind.entity(), absent(found)?)?;
    Ok(found.into_iter().find(|one| one.number == number))
}

/// The document that an action names, by its number or its system id.
pub fn document_named(api: &Api, kind: Kind, name: &str) -> Result<Option<Document>, Fault> {
    if let Some(document) = document_numbered(api, kind, name)? {
        return Ok(Some(document));
    }
    match ask_documents(api, kind, &assumed::by_system_id(kind, name)) {
        Ok(rows) => {
            let found = listed(kind.entity(), rows)?;
            Ok(found.into_iter().find(|one| one.system_id == name))
        }
        // A service that does not know the option has no such document for us.
        Err(fault)
            if fault.scope != FaultScope::WholeConnection || fault.kind == FaultKind::Internal =>
        {
            api.host().debug("documents are not asked for by system id");
            Ok(None)
        }
        Err(fault) => Err(fault),
    }
}

/// The customer that an action names, by its system id or its number.
pub fn customer_named(api: &Api, name: &str) -> Result<Option<Customer>, Fault> {
    let found = customers(api, Which::SystemId(name))?;
    match found.into_iter().find(|one| one.system_id == name) {
        Some(customer) => Ok(Some(customer)),
        None => customer_numbered(api, name),
    }
}

/// What is said not to be there is not there.
fn absent<T>(found: Result<Rows<T>, Fault>) -> Result<Rows<T>, Fault> {
    match found {
        Err(fault) if fault.kind == FaultKind::NotFound => Ok(Rows::All(Vec::new())),
        found => found,
    }
}

fn listed<T>(entity: &str, rows: Rows<T>) -> Result<Vec<T>, Fault> {
    match rows {
        Rows::All(rows) => Ok(rows),
        Rows::TooMany => Err(too_many(entity)),
    }
}

fn too_many(entity: &str) -> Fault {
    fault::ambiguous(text!(
        "channelonline-too-many-fit",
        "More than 500 records of {entity} fit where a few were wanted",
        entity = entity
    ))
}
