//! The rows of one entity: by id, and by the reference fields that queries go through.
//!
//! Rows are sparse (a billing item has 55 fields and fills 20), because benchmarks hold 400,000 of
//! them.
//!
//! Invariant: every change goes through `put` or `remove`, so the indexes never differ from the rows.

use std::collections::{BTreeMap, HashMap};

use super::cell::Cell;
use super::schema::{Entity, FieldId};

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Row {
    pub id: i64,
    /// Filled cells by field, ascending.
    cells: Vec<(u16, Cell)>,
    /// User-defined values by name as defined.
    pub udfs: Vec<(Box<str>, Box<str>)>,
}

#[derive(Debug, Default)]
pub struct Table {
    rows: BTreeMap<i64, Row>,
    indexes: Vec<(FieldId, HashMap<i64, Vec<i64>>)>,
    next_id: i64,
}

static NULL: Cell = Cell::Null;

impl Row {
    pub fn new(id: i64) -> Self {
        Self {
            id,
            cells: vec![(0, Cell::Int(id))],
            udfs: Vec::new(),
        }
    }

    pub fn get(&self, field: FieldId) -> &Cell {
        match self
            .cells
            .binary_search_by_key(&field, |(at, _)| usize::from(*at))
        {
            Ok(at) => &self.cells[at].1,
            Err(_) => &NULL,
        }
    }

    pub fn set(&mut self, field: FieldId, cell: Cell) {
        if field == 0 {
            self.id = cell.as_int().unwrap_or(self.id);
        }
        match self
            .cells
            .binary_search_by_key(&field, |(at, _)| usize::from(*at))
        {
            Ok(at) if cell.is_null() => drop(self.cells.remove(at)),
            Ok(at) => self.cells[at].1 = cell,
            Err(_) if cell.is_null() => {}
            Err(at) => {
                let field = u16::try_from(field).expect("no entity has 65,536 fields");
                self.cells.insert(at, (field, cell));
            }
        }
    }

    pub fn udf(&self, name: &str) -> Option<&str> {
        let found = self
            .udfs
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| &**value)
    }

    /// Sets a user-defined value; empty clears it.
    pub fn set_udf(&mut self, name: &str, value: &str) {
        self.udfs
            .retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        if !value.is_empty() {
            self.udfs.push((name.into(), value.into()));
        }
    }
}

impl Table {
    /// `first_id` is where ids that the vendor gives start.
    pub fn new(entity: &Entity, first_id: i64) -> Self {
        let indexed = entity
            .fields
            .iter()
            .enumerate()
            .filter(|(_, field)| field.indexed);
        let indexes = indexed.map(|(at, _)| (at, HashMap::new())).collect();
        Self {
            rows: BTreeMap::new(),
            indexes,
            next_id: first_id,
        }
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn get(&self, id: i64) -> Option<&Row> {
        self.rows.get(&id)
    }

    /// An id nobody has.
    pub fn take_id(&mut self) -> i64 {
        self.next_id += 1;
        self.next_id - 1
    }

    /// Adds or replaces a row.
    pub fn put(&mut self, mut row: Row) {
        row.cells.shrink_to_fit();
        self.remove(row.id);
        for (field, index) in &mut self.indexes {
            if let Some(key) = row.get(*field).as_int() {
                let ids = index.entry(key).or_default();
                if let Err(at) = ids.binary_search(&row.id) {
                    ids.insert(at, row.id);
                }
            }
        }
        self.next_id = self.next_id.max(row.id + 1);
        self.rows.insert(row.id, row);
    }

    pub fn remove(&mut self, id: i64) -> Option<Row> {
        let row = self.rows.remove(&id)?;
        for (field, index) in &mut self.indexes {
            if let Some(ids) = row.get(*field).as_int().and_then(|key| index.get_mut(&key))
                && let Ok(at) = ids.binary_search(&id)
            {
                ids.remove(at);
            }
        }
        Some(row)
    }

    /// Rows after an id, ascending.
    pub fn after(&self, id: i64) -> impl Iterator<Item = &Row> {
        use std::ops::Bound::{Excluded, Unbounded};
        self.rows
            .range((Excluded(id), Unbounded))
            .map(|(_, row)| row)
    }

    /// The row of the highest id.
    pub fn last(&self) -> Option<&Row> {
        self.rows.last_key_value().map(|(_, row)| row)
    }

    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.values()
    }

    /// Ids of the rows whose indexed field holds `key`, ascending; nothing when the field has no index.
    pub fn ids_by(&self, field: FieldId, key: i64) -> Option<&[i64]> {
        let (_, index) = self.indexes.iter().find(|(at, _)| *at == field)?;
        Some(index.get(&key).map_or(&[], Vec::as_slice))
    }

    pub fn has_index(&self, field: FieldId) -> bool {
        self.indexes.iter().any(|(at, _)| *at == field)
    }
}
