//! The roll of the list: who is in it, and which company is called what. Of no record more is read than
//! that takes, so that it can be known of many thousands.

use crate::api::{id_of, Api, Fresh};
use crate::assumed::{Object, ACCOUNT_CUSTOM, ALL, COMPANY, CUSTOMER_NUMBER, NAME};
use crate::customer::account_of;
use crate::list::of_list;
use liaison_sdk::prelude::*;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Who is in the list.
#[derive(Clone, Debug, Default)]
pub struct Roll {
    /// Contacts by account.
    pub contacts: BTreeMap<i64, Vec<i64>>,
    /// Contacts without a company, which are no customers.
    pub without_account: usize,
}

impl Roll {
    /// The roll of a list, read once a call unless something was written.
    pub fn read(api: &Api, list: i64) -> Result<Rc<Self>, Fault> {
        if let Some(roll) = &*api.roll.borrow() {
            return Ok(roll.clone());
        }
        Ok(Self::fresh(api, list, None, &mut |_| {})?.0)
    }

    /// The roll as it is now, and its stamp; nothing when nothing in it has changed. `look`s at each
    /// contact as it comes by.
    pub fn fresh(
        api: &Api,
        list: i64,
        since: Option<&str>,
        look: &mut dyn FnMut(&Value),
    ) -> Result<(Rc<Self>, Fresh), Fault> {
        let mut roll = Self::default();
        let mut take = |row: Value| {
            roll.take(&row);
            look(&row);
        };
        let filter = of_list(list);
        let mut fresh = api.thin(Object::Contacts, &filter, since, &mut take)?;
        if roll.contacts.is_empty() && roll.without_account > 0 {
            // Nobody has a company, or the vendor drops a field whose name it does not know. Whole
            // rows tell which: else everybody would seem to be gone.
            roll = Self::default();
            fresh = api.whole(Object::Contacts, &filter, &mut |row: Value| {
                roll.take(&row);
                look(&row);
            })?;
        }
        let roll = Rc::new(roll);
        if fresh != Fresh::Unchanged {
            api.roll.replace(Some(roll.clone()));
        }
        Ok((roll, fresh))
    }

    fn take(&mut self, row: &Value) {
        match account_of(row) {
            Some(account) => self.contacts.entry(account).or_default().extend(id_of(row)),
            None => self.without_account += 1,
        }
    }

    pub fn has(&self, account: i64) -> bool {
        self.contacts.contains_key(&account)
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

/// What customers are looked for by: whether a name, or a customer number, is one that is wanted.
#[derive(Clone, Copy, Default)]
pub struct Sought<'a> {
    pub name: Option<&'a dyn Fn(&str) -> bool>,
    pub number: Option<&'a dyn Fn(&str) -> bool>,
}

/// The accounts that may be the ones looked for: those whose name, or whose contact's spelling of it, or
/// whose customer number fits. More than the customers that fit, never fewer. For names the list is read
/// first, which alone says whose names count; an empty one costs nothing more.
pub fn candidates(api: &Api, list: i64, sought: Sought) -> Result<BTreeSet<i64>, Fault> {
    let mut found = BTreeSet::new();
    let roll = match sought.name {
        Some(_) => {
            let mut look = |contact: &Value| {
                found.extend(account_of(contact).filter(|_| fits(sought.name, &contact[COMPANY])));
            };
            Some(Roll::fresh(api, list, None, &mut look)?.0)
        }
        None => None,
    };
    let may_be = |id: &i64| roll.as_ref().is_none_or(|roll| roll.has(*id));
    if roll.as_ref().is_some_and(|roll| roll.contacts.is_empty()) {
        return Ok(found);
    }
    // Whether any row came, and whether one told what is looked for.
    let (any, names, numbers) = (Cell::new(false), Cell::new(false), Cell::new(false));
    let mut take = |row: Value| {
        let number = &row[ACCOUNT_CUSTOM][CUSTOMER_NUMBER];
        any.set(true);
        names.set(names.get() || !row[NAME].is_null());
        numbers.set(numbers.get() || !row[ACCOUNT_CUSTOM].is_null());
        if fits(sought.name, &row[NAME]) || fits(sought.number, number) {
            found.extend(id_of(&row).filter(may_be));
        }
    };
    api.thin(Object::Accounts, ALL, None, &mut take)?;
    let untold =
        (sought.name.is_some() && !names.get()) || (sought.number.is_some() && !numbers.get());
    if any.get() && untold {
        // No row tells what is looked for: perhaps whole ones do.
        api.whole(Object::Accounts, ALL, &mut take)?;
    }
    Ok(found)
}

/// Whether a property, as our bodies show it, is one that is wanted.
fn fits(wanted: Option<&dyn Fn(&str) -> bool>, property: &Value) -> bool {
    wanted.is_some_and(|wanted| match property {
        Value::String(text) => wanted(text.trim()),
        Value::Number(number) => wanted(&number.to_string()),
        _ => false,
    })
}
