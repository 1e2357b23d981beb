//! One org: its schema, its records, its rules. Every change of a record goes through [`Org::put`], which
//! remembers what stood there, so that a request that fails half-way can be undone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::tz::TimeZone;

use super::button::Button;
use super::events::Events;
use super::id::{self, Id};
use super::outbound::Outbound;
use super::rules::Rule;
use super::schema::{Object, Schema};
use super::switches::Switches;
use super::table::{Row, Table};
use super::time::Stamp;

pub struct Org {
    pub id: Id,
    pub zone: TimeZone,
    pub schema: Arc<Schema>,
    pub switches: Switches,
    pub rules: Vec<Rule>,
    pub buttons: Vec<Button>,
    pub outbound: Outbound,
    pub events: Events,
    /// Records that another transaction holds.
    pub held: BTreeSet<Id>,
    /// Records that the integration user may read and not write.
    pub read_only: BTreeSet<Id>,
    /// Records that an approval process has locked.
    pub in_approval: BTreeSet<Id>,
    /// Writes that will find their row locked: how many go well before, and how many then fail.
    pub lock_writes: (u64, u64),
    /// What a seed calls its records.
    pub aliases: BTreeMap<String, Id>,
    tables: BTreeMap<String, Table>,
    minted: BTreeMap<String, u64>,
    counted: BTreeMap<(String, String), u64>,
    journal: Vec<(String, Id, Option<Arc<Row>>)>,
}

impl Org {
    pub fn new() -> Self {
        let mut org = Self {
            id: id::minted("00D", 0),
            zone: TimeZone::UTC,
            schema: Arc::new(Schema::standard()),
            switches: Switches::default(),
            rules: Vec::new(),
            buttons: Vec::new(),
            outbound: Outbound::default(),
            events: Events::default(),
            held: BTreeSet::new(),
            read_only: BTreeSet::new(),
            in_approval: BTreeSet::new(),
            lock_writes: (0, 0),
            aliases: BTreeMap::new(),
            tables: BTreeMap::new(),
            minted: BTreeMap::new(),
            counted: BTreeMap::new(),
            journal: Vec::new(),
        };
        let schema = Arc::clone(&org.schema);
        schema.objects().for_each(|object| org.open(object));
        org
    }

    fn open(&mut self, object: &Object) {
        let table = self.tables.entry(object.name.clone()).or_default();
        table.reindex(object);
    }

    /// Changes the schema; `change` names the object whose fields changed.
    pub fn redeclare<T>(
        &mut self,
        object: &str,
        now: Stamp,
        change: impl FnOnce(&mut Schema) -> Result<T, String>,
    ) -> Result<T, String> {
        let done = change(Arc::make_mut(&mut self.schema))?;
        if let Some(object) = Arc::make_mut(&mut self.schema).object_mut(object) {
            object.changed = now;
        }
        let schema = Arc::clone(&self.schema);
        if let Some(object) = schema.object(object) {
            self.open(object);
        }
        Ok(done)
    }

    /// The records of a declared object, by its declared name.
    pub fn table(&self, object: &str) -> &Table {
        static EMPTY: std::sync::OnceLock<Table> = std::sync::OnceLock::new();
        self.tables
            .get(object)
            .unwrap_or_else(|| EMPTY.get_or_init(Table::default))
    }

    /// A record by its id alone, deleted or not.
    pub fn find(&self, id: &str) -> Option<(&Object, &Arc<Row>)> {
        let object = self.schema.by_prefix(id::prefix(id))?;
        let row = self.table(&object.name).get(id)?;
        Some((object, row))
    }

    /// A live record of an object.
    pub fn live(&self, object: &str, id: &str) -> Option<&Arc<Row>> {
        self.table(object).get(id).filter(|row| !row.deleted)
    }

    pub fn put(&mut self, object: &str, row: Row) {
        let id = row.id.clone();
        self.replace(object, id, Some(Arc::new(row)));
    }

    /// Takes a record away for good.
    pub fn purge(&mut self, object: &str, id: &str) {
        self.replace(object, id.to_owned(), None);
    }

    fn replace(&mut self, object: &str, id: Id, row: Option<Arc<Row>>) {
        if let Some(table) = self.tables.get_mut(object) {
            let old = table.replace(&id, row);
            self.journal.push((object.to_owned(), id, old));
        }
    }

    pub fn new_id(&mut self, prefix: &str) -> Id {
        loop {
            let n = self.minted.entry(prefix.to_owned()).or_default();
            let id = id::minted(prefix, *n);
            *n += 1;
            if self.find(&id).is_none() {
                return id;
            }
        }
    }

    /// The next number of a field that counts; a number is used once, whatever becomes of its record.
    pub fn next_number(&mut self, object: &str, field: &str, first: u64) -> u64 {
        let key = (object.to_owned(), field.to_owned());
        let number = self.counted.entry(key).or_insert(first);
        *number += 1;
        *number - 1
    }

    /// Where the journal stands, for [`Org::undo_to`].
    pub fn mark(&self) -> usize {
        self.journal.len()
    }

    /// Puts back what stood before everything since `mark`.
    pub fn undo_to(&mut self, mark: usize) {
        self.outbound.forget_since(mark);
        while self.journal.len() > mark {
            if let Some((object, id, old)) = self.journal.pop()
                && let Some(table) = self.tables.get_mut(&object)
            {
                table.replace(&id, old);
            }
        }
    }

    /// A request has ended: nothing before is undone any more.
    pub fn settle(&mut self) {
        self.journal.clear();
        self.outbound.settle();
    }
}
