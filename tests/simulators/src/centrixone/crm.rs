//! Everything one CentrixOne account holds, and what follows from a record when it changes: the account
//! of a contact, and who is the primary contact of an account.
//!
//! Invariants: every change goes through [`Crm::put`] or [`Crm::remove`]; `account_id`,
//! `primary_contact_id` and `protected` are computed there and nowhere else.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::object::Object;
use super::stage;
use super::table::{Row, Table};
use super::time::Stamp;

/// The list that is synchronised with Acomba, by its name: that is how the vendor knows it.
pub const ACOMBA_LIST: &str = "Acomba";

#[derive(Clone, Default)]
pub struct Crm {
    tables: [Table; Object::ALL.len()],
    account_of_name: BTreeMap<String, i64>,
    contacts_of_account: BTreeMap<i64, BTreeSet<i64>>,
    /// When the account was opened: the change of a set that never held anything.
    pub opened: Stamp,
}

impl Crm {
    pub fn table(&self, object: Object) -> &Table {
        &self.tables[object as usize]
    }

    fn table_mut(&mut self, object: Object) -> &mut Table {
        &mut self.tables[object as usize]
    }

    pub fn get(&self, object: Object, id: i64) -> Option<&Row> {
        self.table(object).get(id)
    }

    pub fn acomba_list(&self) -> Option<i64> {
        let mut lists = self.table(Object::Lists).rows();
        lists
            .find(|list| list.text("name") == ACOMBA_LIST)
            .map(|list| list.id)
    }

    /// The row an item of a POST is about when it carries no id.
    pub fn known(&self, object: Object, external_id: &str) -> Option<i64> {
        self.table(object).by_external_id(external_id)
    }

    pub fn in_acomba_list(&self, contact: &Row) -> bool {
        self.acomba_list()
            .is_some_and(|list| contact.lists().contains(&list))
    }

    pub fn is_primary(&self, contact: i64) -> bool {
        let account = self
            .get(Object::Contacts, contact)
            .and_then(|row| self.get(Object::Accounts, row.number("account_id")?));
        account.and_then(|account| account.number("primary_contact_id")) == Some(contact)
    }

    pub fn account_named(&self, name: &str) -> Option<i64> {
        self.account_of_name.get(name).copied()
    }

    pub fn contacts_of(&self, account: i64) -> impl Iterator<Item = &Row> {
        let ids = self.contacts_of_account.get(&account).into_iter().flatten();
        ids.filter_map(|id| self.get(Object::Contacts, *id))
    }

    /// Keeps a row that was checked, and what follows from it.
    pub fn put(&mut self, object: Object, mut row: Row, now: Stamp) {
        match object {
            Object::Contacts => self.put_contact(row, now),
            Object::Accounts => self.put_account(row, now),
            Object::Lists => {
                let protected = row.text("name") == ACOMBA_LIST;
                row.set("protected", Some(protected.into()));
                self.table_mut(object).put(row, now);
                self.settle_all(now);
            }
            Object::Stages => {
                row.set("protected", Some(stage::is_acombas(&row).into()));
                self.table_mut(object).put(row, now);
            }
            Object::RevenueCategories | Object::Users | Object::Opportunities => {
                self.table_mut(object).put(row, now);
            }
        }
    }

    pub fn remove(&mut self, object: Object, id: i64, now: Stamp) {
        let Some(row) = self.table_mut(object).remove(id, now) else {
            return;
        };
        match object {
            Object::Contacts => self.leave_account(&row, now),
            Object::Accounts => drop(self.account_of_name.remove(row.text("name"))),
            Object::Lists => self.settle_all(now),
            _ => {}
        }
    }

    /// A contact belongs to the account whose name is its company, letter for letter; a spelling that is
    /// not known makes a new account.
    fn put_contact(&mut self, mut row: Row, now: Stamp) {
        let company = row.text("company").to_owned();
        let account = (!company.is_empty()).then(|| {
            self.account_named(&company).unwrap_or_else(|| {
                let mut account = Row::new(self.table(Object::Accounts).next_id(), now);
                account.set("name", Some(company.into()));
                let id = account.id;
                self.put_account(account, now);
                id
            })
        });
        row.set("account_id", account.map(Value::from));
        let id = row.id;
        let old = self.get(Object::Contacts, id).cloned();
        self.table_mut(Object::Contacts).put(row, now);
        if let Some(old) = old.filter(|old| old.number("account_id") != account) {
            self.leave_account(&old, now);
        }
        if let Some(account) = account {
            self.contacts_of_account
                .entry(account)
                .or_default()
                .insert(id);
            self.settle(account, now);
        }
    }

    fn leave_account(&mut self, contact: &Row, now: Stamp) {
        let Some(account) = contact.number("account_id") else {
            return;
        };
        if let Some(contacts) = self.contacts_of_account.get_mut(&account) {
            contacts.remove(&contact.id);
        }
        self.settle(account, now);
    }

    /// A renamed account takes its contacts' company along.
    fn put_account(&mut self, mut row: Row, now: Stamp) {
        let (id, name) = (row.id, row.text("name").to_owned());
        if !row.values.contains_key("protected") {
            row.set("protected", Some(false.into()));
        }
        let old = self.get(Object::Accounts, id);
        let old_name = old.map(|old| old.text("name").to_owned());
        self.table_mut(Object::Accounts).put(row, now);
        if old_name.as_ref() == Some(&name) {
            return;
        }
        if let Some(old_name) = old_name {
            self.account_of_name.remove(&old_name);
        }
        self.account_of_name.insert(name.clone(), id);
        let contacts: Vec<Row> = self.contacts_of(id).cloned().collect();
        for mut contact in contacts {
            contact.set("company", Some(name.clone().into()));
            contact.modified = now;
            self.table_mut(Object::Contacts).put(contact, now);
        }
    }

    fn settle_all(&mut self, now: Stamp) {
        let accounts: Vec<i64> = self
            .table(Object::Accounts)
            .rows()
            .map(|row| row.id)
            .collect();
        accounts
            .into_iter()
            .for_each(|account| self.settle(account, now));
    }

    /// The primary contact is the oldest of the account's contacts in list Acomba: the smallest
    /// `created`, then the smallest id. An account that has one is protected.
    fn settle(&mut self, account: i64, now: Stamp) {
        let primary = self.acomba_list().and_then(|list| {
            self.contacts_of(account)
                .filter(|contact| contact.lists().contains(&list))
                .min_by_key(|contact| (contact.created, contact.id))
                .map(|contact| contact.id)
        });
        let Some(row) = self.get(Object::Accounts, account) else {
            return;
        };
        if row.number("primary_contact_id") == primary {
            return;
        }
        let mut row = row.clone();
        row.set("primary_contact_id", primary.map(Value::from));
        row.set("protected", Some(primary.is_some().into()));
        row.modified = row.modified.max(now);
        self.table_mut(Object::Accounts).put(row, now);
    }
}
