//! What a write of a customer comes to: which rows, for which contact and which account.
//!
//! Nothing is sent here. The one thing that is read are the lists of a contact whose lists change,
//! because an edit replaces them all.

use crate::api::{id_of, Api};
use crate::assumed::*;
use crate::batch::Row;
use crate::book::Book;
use crate::customer::{account_of, lists_of, Customer, Draft};
use liaison_sdk::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// The rows of one operation.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The account, where it exists already.
    pub account_id: Option<i64>,
    /// The contact; none where nothing of it changes.
    pub contact: Option<Row>,
    /// The account's fields, without its id while that is not known; empty where nothing changes.
    pub account: Map<String, Value>,
    /// The account's fields of the accounting system, as they are.
    pub custom: Map<String, Value>,
    /// By which the new contact is known.
    pub external_id: Option<String>,
}

impl Plan {
    /// The contact has been written under this id.
    pub fn made(&mut self, id: i64) {
        if let Some(row) = &mut self.contact {
            row.body.insert(ID.to_owned(), json!(id));
        }
    }

    /// The row of the account; none while its id is not known, or where nothing changes. It carries the
    /// whole object of the accounting system's fields: nobody knows whether an edit replaces that object or
    /// reaches into it.
    pub fn account_row(&self) -> Option<Row> {
        let id = self.account_id.filter(|_| !self.account.is_empty())?;
        let mut row = self.account.clone();
        row.insert(ID.to_owned(), json!(id));
        if let Some(Value::Object(changed)) = row.get_mut(ACCOUNT_CUSTOM) {
            let mut whole = self.custom.clone();
            whole.append(changed);
            *changed = whole;
        }
        Some(Row::of(row))
    }

    /// The contact's id, where it has one.
    pub fn contact_id(&self) -> Option<i64> {
        self.contact.as_ref()?.body.get(ID)?.as_i64()
    }
}

/// What is known before planning.
pub struct Known<'a> {
    pub api: &'a Api<'a>,
    pub list: i64,
    pub book: Book,
    /// Contacts, in any list, by our ids.
    pub contacts: BTreeMap<String, Vec<Value>>,
}

impl Known<'_> {
    /// The rows of a create. One whose id of ours is there already is an edit, which finishes what was begun;
    /// unless it says something else by now: then somebody has worked on it.
    pub fn create(&self, draft: Draft, external_id: String) -> Result<Plan, Fault> {
        let contacts = self.contacts.get(&external_id).map(Vec::as_slice);
        let contacts = contacts.unwrap_or_default();
        let accounts: BTreeSet<i64> = contacts.iter().filter_map(account_of).collect();
        let ours = |account: &i64| {
            let customer = self.book.get(*account);
            customer.is_some_and(|c| c.external_id().as_deref() == Some(&external_id))
        };
        if let Some(customer) = accounts
            .iter()
            .find(|a| ours(a))
            .and_then(|a| self.book.get(*a))
        {
            return match customer.says_otherwise(&draft) {
                true => Err(exists(customer.account_id)),
                false => self.edit(customer, draft),
            };
        }
        let (Some(contact), Some(account)) = (contacts.first(), accounts.first()) else {
            return match contacts.first() {
                Some(contact) => Err(no_account(id_of(contact).unwrap_or_default())),
                None => self.add(draft, external_id),
            };
        };
        if accounts.len() > 1 {
            return Err(several_accounts(&external_id));
        }
        match self.book.get(*account) {
            Some(customer) => Err(shared(customer.account_id)),
            // It was made, and is in another list only.
            None => match Customer::of(*account, self.other(*account), contacts.to_vec()) {
                Some(customer) => self.bring_in(&customer, draft),
                None => Err(no_account(id_of(contact).unwrap_or_default())),
            },
        }
    }

    /// An account that is no customer yet.
    fn other(&self, account: i64) -> Value {
        let other = self.book.others.get(&account);
        other.cloned().unwrap_or(Value::Null)
    }

    fn add(&self, draft: Draft, external_id: String) -> Result<Plan, Fault> {
        let name = draft.name.unwrap_or_default();
        if let Some(customer) = self.book.named(&name) {
            return Err(taken(&name, customer.account_id));
        }
        let mut row = draft.contact;
        row.insert(EXTERNAL_ID.to_owned(), json!(external_id));
        row.insert(COMPANY.to_owned(), json!(name));
        let mut lists = draft.lists;
        lists.insert(self.list);
        row.insert(LISTS.to_owned(), json!(lists));
        Ok(Plan {
            account_id: None,
            contact: Some(Row::of(row)),
            account: draft.account,
            custom: Map::new(),
            external_id: Some(external_id),
        })
    }

    /// A contact that is not in the list yet.
    fn bring_in(&self, customer: &Customer, mut draft: Draft) -> Result<Plan, Fault> {
        draft.lists.insert(self.list);
        self.edit(customer, draft)
    }

    /// The rows of an edit: what is on the account, and what is on its primary contact.
    pub fn edit(&self, customer: &Customer, draft: Draft) -> Result<Plan, Fault> {
        let contact_id = customer.primary_id().unwrap_or_default();
        let (mut contact, mut account) = (draft.contact, draft.account);
        if let Some(name) = draft.name {
            let other = self.book.named(&name);
            if let Some(other) = other.filter(|c| c.account_id != customer.account_id) {
                return Err(taken(&name, other.account_id));
            }
            if customer.name() != name {
                account.insert(NAME.to_owned(), json!(name));
            }
            // Spelt otherwise, it would be another company.
            if customer.company() != name {
                contact.insert(COMPANY.to_owned(), json!(name));
            }
        }
        match (draft.external_id, customer.external_id()) {
            (Some(wanted), Some(has)) if wanted != has => {
                return Err(linked_otherwise(customer.account_id, &has))
            }
            (Some(wanted), None) => {
                contact.insert(EXTERNAL_ID.to_owned(), json!(wanted));
            }
            _ => {}
        }
        if let Some(lists) = self.more_lists(contact_id, draft.lists)? {
            contact.insert(LISTS.to_owned(), json!(lists));
        }
        if !contact.is_empty() {
            contact.insert(ID.to_owned(), json!(contact_id));
        }
        Ok(Plan {
            account_id: Some(customer.account_id),
            contact: (!contact.is_empty()).then(|| Row::of(contact)),
            account,
            custom: customer.custom(),
            external_id: None,
        })
    }

    /// All lists of a contact and these; none when it is in them already. A read through a list may
    /// tell of that list alone, so the contact is read by its id.
    fn more_lists(
        &self,
        contact: i64,
        wanted: BTreeSet<i64>,
    ) -> Result<Option<BTreeSet<i64>>, Fault> {
        if wanted.is_empty() {
            return Ok(None);
        }
        let rows = self.api.by_id(Object::Contacts, &[contact])?;
        let has = rows
            .iter()
            .find(|row| id_of(row) == Some(contact))
            .and_then(lists_of)
            .ok_or_else(|| lists_unknown(contact))?;
        Ok((!wanted.is_subset(&has)).then(|| &has | &wanted))
    }
}

/// The fault for a company whose contact belongs to another customer.
pub fn shared(account: i64) -> Fault {
    fault::rejected(text!(
        "crm_company_shared",
        "The contact belongs to account {account} of CentrixOne, which is another customer's: CentrixOne puts contacts of the same company name into one account. Make the two names differ, and give the contact an account of its own in CentrixOne",
        account = account
    ))
    .field("name")
}

fn exists(account: i64) -> Fault {
    fault::exists(
        text!(
            "centrixone-exists",
            "The customer is in CentrixOne already (account {account}), with other contents",
            account = account
        ),
        &account.to_string(),
    )
}

fn taken(name: &str, account: i64) -> Fault {
    let refused = fault::rejected(text!(
        "crm_company_taken",
        "CentrixOne has a customer named exactly “{name}” (account {account}), and would put this one into the same account. Link the two if they are one and the same, or else make the names differ",
        name = name,
        account = account
    ))
    .field("name");
    Fault {
        existing: Some(account.to_string()),
        ..refused
    }
}

fn linked_otherwise(account: i64, external_id: &str) -> Fault {
    fault::rejected(text!(
        "centrixone-linked-otherwise",
        "Account {account} of CentrixOne carries another id of ours, {id}; that is set once and never changed",
        account = account,
        id = external_id
    ))
    .field("external_id")
}

fn several_accounts(external_id: &str) -> Fault {
    fault::ambiguous(text!(
        "centrixone-several-accounts",
        "Contacts of several accounts of CentrixOne carry our id {id}; leave it on one",
        id = external_id
    ))
    .field("external_id")
}

/// The fault for a contact that is no customer.
pub fn no_account(contact: i64) -> Fault {
    fault::rejected(text!(
        "centrixone-no-account",
        "Contact {contact} of CentrixOne has no company and so no account; give it one there",
        contact = contact
    ))
}

fn lists_unknown(contact: i64) -> Fault {
    fault::unavailable(text!(
        "centrixone-lists-unknown",
        "CentrixOne does not tell the lists of contact {contact}, so none can be added without losing others",
        contact = contact
    ))
    .scope(FaultScope::OneRecord)
}
