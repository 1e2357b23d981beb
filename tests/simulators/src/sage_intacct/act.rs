//! One function's surroundings: whose hand it is, when, in which entity, on which company.

use super::company::{Company, Row};
use super::schema::{Object, Stamp, known};
use super::switches::Switches;
use super::time;
use crate::simulator::NowMs;

/// Who writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hand {
    Api,
    /// A person at the screen, who may what the API may not.
    Person,
    /// The records to start with: read-only fields included.
    Seed,
}

pub struct Act<'a> {
    pub company: &'a mut Company,
    pub switches: &'a Switches,
    pub hand: Hand,
    pub user: String,
    /// The entity of the session; empty at the top level.
    pub entity: String,
    pub now: NowMs,
}

impl Act<'_> {
    /// At the top level, records private to an entity are hidden; in an entity, those of others are.
    pub fn sees(&self, object: &Object, row: &Row, private: bool) -> bool {
        let Some(owner) = object.stamped(Stamp::Owner) else {
            return true;
        };
        let owner = row.get(owner);
        owner.is_empty() || owner == self.entity || (self.entity.is_empty() && private)
    }

    /// Adds a row as of now.
    pub fn insert(&mut self, object: &'static Object, mut row: Row) -> i64 {
        let now = time::stamp(self.now);
        for (stamp, value) in [
            (Stamp::Created, now.as_str()),
            (Stamp::Modified, now.as_str()),
            (Stamp::Creator, self.user.as_str()),
            (Stamp::Modifier, self.user.as_str()),
            (Stamp::Owner, self.entity.as_str()),
        ] {
            if let Some(name) = object.stamped(stamp) {
                row.fill(name, value);
            }
        }
        let key = self.company.insert(object, row);
        self.audit(object, key, "C");
        key
    }

    /// Replaces a row as of now.
    pub fn put(&mut self, object: &'static Object, mut row: Row) {
        let now = time::stamp(self.now);
        for (stamp, value) in [
            (Stamp::Modified, now.as_str()),
            (Stamp::Modifier, self.user.as_str()),
        ] {
            if let Some(name) = object.stamped(stamp) {
                row.set(name, value);
            }
        }
        let key = row.key;
        self.company.put(object, row);
        self.audit(object, key, "M");
    }

    pub fn remove(&mut self, object: &'static Object, key: i64) {
        if self.company.remove(object, key).is_some() {
            self.audit(object, key, "D");
        }
    }

    /// Changes one row, where it is there.
    pub fn change(&mut self, object: &str, key: i64, change: impl FnOnce(&mut Row)) {
        if let Some(mut row) = self.company.get(object, key).cloned() {
            change(&mut row);
            self.put(known(object), row);
        }
    }

    fn audit(&mut self, object: &'static Object, key: i64, mode: &str) {
        if self.company.unaudited.contains(&object.name) || object.name == "AUDITHISTORY" {
            return;
        }
        let mut row = Row::default();
        row.set("OBJECTTYPE", object.name.to_lowercase());
        row.set("OBJECTKEY", key.to_string());
        row.set("OBJECTDESC", object.title.as_str());
        row.set("ACCESSMODE", mode);
        row.set("ACCESSTIME", time::stamp(self.now));
        row.set("USERID", self.user.as_str());
        let source = match self.hand {
            Hand::Api => "XML",
            Hand::Person | Hand::Seed => "UI",
        };
        row.set("SOURCE", source);
        self.company.insert(known("AUDITHISTORY"), row);
    }
}
