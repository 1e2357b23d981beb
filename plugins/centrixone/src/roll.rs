//! The roll of the list: who is in it, and which company is called what. Of no record more is read than
//! that takes, so that it can be known of many thousands.

use crate::api::{id_of, Api, Fresh};
use crate::assumed::{Object, ACCOUNT_CUSTOM, ALL, COMPANY, NAME};
use crate::customer::account_of;
use crate::list::of_list;
use liaison_sdk::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Who is in the list.
#[derive(Clone, Debug, Default)]
pub struct Roll {
    /// Contacts by account.
    pub contacts: BTreeMap<i64, Vec<i64>>,
    /// Contacts without a company, which are no customers.
    pub without_account: usize,
}

impl Roll {
    /// The roll of a list.
    pub fn read(api: &Api, list: i64) -> Result<Self, Fault> {
        Self::fresh(api, list, None).map(|(roll, _)| roll)
    }

    /// The same, and the stamp of what it says; nothing when nothing in it has changed.
    pub fn fresh(api: &Api, list: i64, since: Option<&str>) -> Result<(Self, Fresh), Fault> {
        let mut roll = Self::default();
        let mut take = |row: Value| match (account_of(&row), id_of(&row)) {
            (Some(account), Some(contact)) => {
                roll.contacts.entry(account).or_default().push(contact);
            }
            _ => roll.without_account += 1,
        };
        let fresh = api.thin(Object::Contacts, &of_list(list), since, &mut take)?;
        Ok((roll, fresh))
    }

    pub fn accounts(&self) -> impl Iterator<Item = i64> + '_ {
        self.contacts.keys().copied()
    }

    /// The contacts of these accounts.
    pub fn contacts_of(&self, accounts: &BTreeSet<i64>) -> Vec<i64> {
        let of = |account| self.contacts.get(account).into_iter().flatten();
        accounts.iter().flat_map(of).copied().collect()
    }
}

/// The accounts that may be the ones looked for: those whose name, or whose contact's spelling of it, or
/// whose customer number fits. More than the customers that fit, never fewer.
pub fn candidates(
    api: &Api,
    list: i64,
    fits: &dyn Fn(&str, &Value) -> bool,
) -> Result<BTreeSet<i64>, Fault> {
    let mut found = BTreeSet::new();
    api.thin(Object::Accounts, ALL, None, &mut |row| {
        let number = &row[ACCOUNT_CUSTOM][CUSTOMER_NUMBER];
        if fits(NAME, &row[NAME]) || fits(CUSTOMER_NUMBER, number) {
            found.extend(id_of(&row));
        }
    })?;
    api.thin(Object::Contacts, &of_list(list), None, &mut |row| {
        if fits(NAME, &row[COMPANY]) {
            found.extend(account_of(&row));
        }
    })?;
    Ok(found)
}

/// The field of ours, and the vendor's, by which accounting knows a customer.
pub const CUSTOMER_NUMBER: &str = "customer_number";
