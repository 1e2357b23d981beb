//! The customers of the list: contacts and accounts put together.

use crate::api::{id_of, is_about_the_filter, Api};
use crate::assumed::{Object, IDS_MAX};
use crate::customer::{account_of, Customer};
use crate::list::of_list;
use crate::roll::Roll;
use liaison_sdk::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Customers by account.
#[derive(Clone, Debug, Default)]
pub struct Book {
    pub customers: BTreeMap<i64, Customer>,
    /// Accounts that were read and have no contact in the list.
    pub others: BTreeMap<i64, Value>,
}

impl Book {
    /// The customers of these rows.
    pub fn of(contacts: Vec<Value>, accounts: Vec<Value>) -> Self {
        let mut accounts: BTreeMap<i64, Value> = accounts
            .into_iter()
            .filter_map(|account| Some((id_of(&account)?, account)))
            .collect();
        let mut book = Self::default();
        let mut by_account: BTreeMap<i64, Vec<Value>> = BTreeMap::new();
        for contact in contacts {
            if let Some(account) = account_of(&contact) {
                by_account.entry(account).or_default().push(contact);
            }
        }
        for (id, contacts) in by_account {
            let account = accounts.remove(&id).unwrap_or(Value::Null);
            book.customers
                .extend(Customer::of(id, account, contacts).map(|customer| (id, customer)));
        }
        book.others = accounts;
        book
    }

    /// The customers of these accounts, as far as the accounts are there.
    pub fn some(api: &Api, list: i64, accounts: &[i64]) -> Result<Self, Fault> {
        Self::some_listed(api, list, accounts, &BTreeSet::new())
    }

    /// The same, but those that the list is known to name are customers even where their account is not
    /// shown.
    pub fn some_listed(
        api: &Api,
        list: i64,
        accounts: &[i64],
        listed: &BTreeSet<i64>,
    ) -> Result<Self, Fault> {
        if accounts.is_empty() {
            return Ok(Self::default());
        }
        let rows = api.by_id(Object::Accounts, accounts)?;
        let shown = rows.iter().filter_map(id_of);
        let there: BTreeSet<i64> = shown.chain(listed.iter().copied()).collect();
        if there.is_empty() {
            return Ok(Self::default());
        }
        Ok(Self::of(contacts_of(api, list, &there)?, rows))
    }

    pub fn get(&self, account: i64) -> Option<&Customer> {
        self.customers.get(&account)
    }

    /// The customer whose company is spelt exactly so.
    pub fn named(&self, name: &str) -> Option<&Customer> {
        self.customers
            .values()
            .find(|customer| customer.name() == name || customer.company().trim() == name)
    }
}

/// The contacts of these accounts that are in the list. `A` is documented for accounts only; so where
/// it fails on contacts, or shows no contact of an account that exists, the list's roll is read: absence
/// is concluded from that alone.
fn contacts_of(api: &Api, list: i64, accounts: &BTreeSet<i64>) -> Result<Vec<Value>, Fault> {
    let mut found = Vec::new();
    let ids: Vec<i64> = accounts.iter().copied().collect();
    for ids in cursor::chunks(&ids, IDS_MAX) {
        match of_list_and(api, list, Object::Accounts, ids) {
            Ok(rows) => found.extend(rows),
            Err(fault) if is_about_the_filter(&fault) => break,
            Err(fault) => return Err(fault),
        }
    }
    let shown: BTreeSet<i64> = found.iter().filter_map(account_of).collect();
    let missing: BTreeSet<i64> = accounts.difference(&shown).copied().collect();
    if !missing.is_empty() {
        let ids = Roll::read(api, list)?.contacts_of(&missing);
        for ids in cursor::chunks(&ids, IDS_MAX) {
            found.extend(of_list_and(api, list, Object::Contacts, ids)?);
        }
        found.retain(|contact| account_of(contact).is_some_and(|id| accounts.contains(&id)));
    }
    Ok(found)
}

/// The contacts of the list that are, or whose accounts are, these ones. Should the vendor not heed that
/// and show the whole list, no others are held.
fn of_list_and(api: &Api, list: i64, object: Object, ids: &[i64]) -> Result<Vec<Value>, Fault> {
    let tokens: Vec<String> = ids
        .iter()
        .map(|id| format!("{}{id}", object.letter()))
        .chain([of_list(list)])
        .collect();
    api.filtered(Object::Contacts, &tokens.join(","), &|contact| {
        let id = match object {
            Object::Contacts => id_of(contact),
            _ => account_of(contact),
        };
        id.is_some_and(|id| ids.contains(&id))
    })
}
