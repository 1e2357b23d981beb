//! What a group of commits would change, worked out before any of it is written.
//!
//! Every call of the group gets a draft of its own over what the calls before it have settled. A
//! draft that fails is dropped and the others go on, so one caller's lost lease is no other's loss.
//! What remains is a plain list of rows for one transaction.
//!
//! Invariant: nothing here writes. The writer thread alone works drafts out, so nothing moves below.

use std::collections::BTreeMap;
use std::ops::Bound;

use ::sled::IVec;

use super::super::lease::Held;
use super::super::relay::Parcel;
use super::super::{Change, DROPPED_PER_ROW_MAX, Lease, Retention, StoreError};
use super::bodies::{BodyFolder, BodyRow, FileId, Place};
use super::keys::{self, Table};
use super::rows::{Body, BodyRef, FORMAT, INLINE_BYTES_MAX, Loaded, Row, Stored, link_from, odd};
use super::trees::Trees;
use crate::model::run::{Event, Run};
use crate::model::{ConnectionId, Link, LinkSet, LinkState, NativeId, Side, TenantId, Token};

/// Rows to write; none for a row to remove.
pub(super) type Rows = BTreeMap<(Table, Vec<u8>), Option<IVec>>;

/// What is to become one transaction.
pub(super) struct Group<'a> {
    trees: &'a Trees,
    folder: &'a BodyFolder,
    retention: Retention,
    /// The number of the files this group writes.
    number: u64,
    pub rows: Rows,
    /// What goes into a new file of bodies, by tenant.
    pub files: BTreeMap<TenantId, Vec<u8>>,
    /// How the use of the files changes.
    pub file_use: BTreeMap<FileId, i64>,
    /// The leases that were looked at, as they stood in the tree. The transaction looks again.
    pub leases: BTreeMap<Vec<u8>, IVec>,
}

/// A change and the row it writes, encoded by the caller so that the writer does not have to.
pub(super) struct Prepared {
    change: Change,
    row: Option<Row>,
}

impl Prepared {
    pub fn new(change: Change) -> Self {
        let row = match &change {
            Change::PutLink(link) => Some(Row::link(link)),
            Change::PutIntent(intent) => Some(Row::intent(intent)),
            Change::PutCursor { cursor, .. } => Some(Row::new(cursor.clone())),
            Change::PutParked(parked) => Some(Row::json(parked)),
            Change::PutRun(run) => Some(Row::json(run)),
            Change::AddEvent(event) => Some(Row::json(event)),
            Change::PutMemory { value, .. } => Some(Row::new(value.clone())),
            Change::PutParcel(parcel) => Some(Row::json(&parcel.head)),
            Change::SealParcel { bytes, .. } => bytes.clone().map(Row::new),
            Change::AnswerParcel { bytes, .. } => Some(Row::new(bytes.clone())),
            Change::RemoveLink { .. }
            | Change::RemoveIntent { .. }
            | Change::RemoveCursor { .. }
            | Change::RemoveParked { .. }
            | Change::RemoveMemory { .. }
            | Change::RemoveParcel { .. } => None,
        };
        Self { change, row }
    }
}

impl<'a> Group<'a> {
    pub fn new(
        trees: &'a Trees,
        folder: &'a BodyFolder,
        retention: Retention,
        number: u64,
    ) -> Self {
        Self {
            trees,
            folder,
            retention,
            number,
            rows: Rows::new(),
            files: BTreeMap::new(),
            file_use: BTreeMap::new(),
            leases: BTreeMap::new(),
        }
    }

    /// Works out one call; its changes join the group if all of it succeeds.
    pub fn attempt<T>(
        &mut self,
        work: impl FnOnce(&mut Draft<'_, 'a>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut draft = Draft {
            group: self,
            rows: Rows::new(),
            files: BTreeMap::new(),
            file_use: BTreeMap::new(),
            leases: BTreeMap::new(),
        };
        let answer = work(&mut draft)?;
        let Draft {
            group,
            rows,
            files,
            file_use,
            leases,
        } = draft;
        group.rows.extend(rows);
        group.leases.extend(leases);
        for (tenant, bytes) in files {
            group.files.entry(tenant).or_default().extend(bytes);
        }
        for (file, change) in file_use {
            *group.file_use.entry(file).or_default() += change;
        }
        Ok(answer)
    }
}

pub(super) struct Draft<'g, 'a> {
    group: &'g mut Group<'a>,
    rows: Rows,
    files: BTreeMap<TenantId, Vec<u8>>,
    file_use: BTreeMap<FileId, i64>,
    leases: BTreeMap<Vec<u8>, IVec>,
}

impl Draft<'_, '_> {
    /// The lease's row, if the lease still gives the right to write.
    pub fn admitted(&mut self, lease: &Lease) -> Result<Held, StoreError> {
        let held = self
            .held(lease.scope.as_str())?
            .filter(|held| held.admits(lease.fence));
        held.ok_or_else(|| StoreError::LeaseLost {
            scope: lease.scope.as_str().to_owned(),
        })
    }

    pub fn held(&mut self, scope: &str) -> Result<Option<Held>, StoreError> {
        let key = scope.as_bytes().to_vec();
        if let Some(found) = self.group.trees.get(Table::Leases, &key)? {
            self.leases.insert(key.clone(), found);
        }
        let Some(value) = self.get(Table::Leases, &key)? else {
            return Ok(None);
        };
        match Stored::parse(Table::Leases, &value)? {
            Stored::Whole(payload) => super::rows::from_json(Table::Leases, payload).map(Some),
            _ => Err(odd(Table::Leases, "a row with a body")),
        }
    }

    pub fn set_held(&mut self, scope: &str, held: &Held) {
        self.write(
            Table::Leases,
            scope.as_bytes().to_vec(),
            Some(Row::json(held).bytes),
        );
    }

    pub fn apply(&mut self, prepared: Prepared) -> Result<(), StoreError> {
        let Prepared { change, row } = prepared;
        match change {
            Change::PutLink(link) => self.put_link(&link, row),
            Change::RemoveLink { set, left } => self.remove_link(&set, &left),
            Change::PutIntent(intent) => {
                let key = keys::intent(&intent.tenant, &intent.token);
                self.put(Table::Intents, &intent.tenant, key, row)
            }
            Change::RemoveIntent { tenant, token } => {
                self.put(Table::Intents, &tenant, keys::intent(&tenant, &token), None)
            }
            Change::PutCursor { tenant, flow, .. } | Change::RemoveCursor { tenant, flow } => {
                self.put(Table::Cursors, &tenant, keys::cursor(&tenant, &flow), row)
            }
            Change::PutParked(parked) => {
                let key = keys::parked(&parked.tenant, &parked.flow, &parked.id);
                self.put(Table::Parked, &parked.tenant, key, row)
            }
            Change::RemoveParked { tenant, flow, id } => self.put(
                Table::Parked,
                &tenant,
                keys::parked(&tenant, &flow, &id),
                None,
            ),
            Change::PutRun(run) => self.put_run(&run, row),
            Change::AddEvent(event) => self.add_event(&event, row),
            Change::PutMemory {
                tenant,
                connection,
                key,
                ..
            }
            | Change::RemoveMemory {
                tenant,
                connection,
                key,
            } => self.put(
                Table::Memory,
                &tenant,
                keys::memory(&tenant, &connection, &key),
                row,
            ),
            Change::PutParcel(parcel) => self.put_parcel(*parcel, row),
            Change::SealParcel {
                tenant,
                connection,
                key,
                ..
            } => self.add_to_parcel(Table::Seals, &tenant, &connection, &key, row),
            Change::AnswerParcel {
                tenant,
                connection,
                key,
                ..
            } => self.add_to_parcel(Table::Answers, &tenant, &connection, &key, row),
            Change::RemoveParcel {
                tenant,
                connection,
                key,
            } => {
                let key = keys::parcel(&tenant, &connection, &key);
                for table in Table::OF_PARCELS {
                    self.put(table, &tenant, key.clone(), None)?;
                }
                self.put(Table::Parcels, &tenant, key, None)
            }
        }
    }

    fn put_parcel(&mut self, parcel: Parcel, head: Option<Row>) -> Result<(), StoreError> {
        let Parcel {
            head: of,
            payload,
            sealed,
            answer,
        } = parcel;
        let key = keys::parcel(&of.tenant, &of.connection, &of.key);
        for (table, bytes) in Table::OF_PARCELS
            .into_iter()
            .zip([Some(payload), sealed, answer])
        {
            self.put(table, &of.tenant, key.clone(), bytes.map(Row::new))?;
        }
        self.put(Table::Parcels, &of.tenant, key, head)
    }

    fn add_to_parcel(
        &mut self,
        table: Table,
        tenant: &TenantId,
        connection: &ConnectionId,
        key: &str,
        row: Option<Row>,
    ) -> Result<(), StoreError> {
        let key = keys::parcel(tenant, connection, key);
        match self.get(Table::Parcels, &key)? {
            Some(_) => self.put(table, tenant, key, row),
            None => Ok(()),
        }
    }

    /// Adds the guest's note to an open intent.
    pub fn note(
        &mut self,
        tenant: &TenantId,
        token: &Token,
        note: Vec<u8>,
    ) -> Result<(), StoreError> {
        let key = keys::intent(tenant, token);
        let Some(value) = self.get(Table::Intents, &key)? else {
            return Err(StoreError::NoIntent {
                token: token.clone(),
            });
        };
        let mut intent = self.load(Table::Intents, tenant, &value)?.intent()?;
        intent.progress = Some(note);
        self.put(Table::Intents, tenant, key, Some(Row::intent(&intent)))
    }

    fn put_link(&mut self, link: &Link, row: Option<Row>) -> Result<(), StoreError> {
        let live = link.state != LinkState::Tombstoned;
        let right = keys::link(&link.set, &link.right.id);
        if live
            && let Some(owner) = self.get(Table::Rights, &right)?
            && owner[..] != right_row(&link.left.id)
        {
            let (set, id) = (Box::new(link.set.clone()), link.right.id.clone());
            return Err(StoreError::LinkTaken {
                set,
                side: Side::Right,
                id,
            });
        }
        self.remove_link(&link.set, &link.left.id)?;
        if live {
            self.write(Table::Rights, right, Some(right_row(&link.left.id)));
        }
        self.put(
            Table::Links,
            &link.set.tenant,
            keys::link(&link.set, &link.left.id),
            row,
        )
    }

    fn remove_link(&mut self, set: &LinkSet, left: &NativeId) -> Result<(), StoreError> {
        let key = keys::link(set, left);
        let Some(value) = self.get(Table::Links, &key)? else {
            return Ok(());
        };
        let loaded = self.load(Table::Links, &set.tenant, &value)?;
        let link = link_from(set.clone(), left.clone(), &loaded.payload)?;
        if link.state == LinkState::Tombstoned {
            return Ok(());
        }
        self.write(Table::Rights, keys::link(set, &link.right.id), None);
        self.put(Table::Links, &set.tenant, key, None)
    }

    fn put_run(&mut self, run: &Run, row: Option<Row>) -> Result<(), StoreError> {
        let key = keys::run(&run.tenant, &run.flow, &run.id);
        let is_new = self.get(Table::Runs, &key)?.is_none();
        self.put(Table::Runs, &run.tenant, key, row)?;
        if !is_new {
            return Ok(());
        }
        let tally = keys::run_tally(&run.tenant, &run.flow);
        let [mut count] = self.tally(&tally)?;
        count += 1;
        for _ in 0..DROPPED_PER_ROW_MAX {
            if count > self.group.retention.runs_max
                && let Some(oldest) =
                    self.first(Table::Runs, &keys::flow(&run.tenant, &run.flow))?
            {
                self.put(Table::Runs, &run.tenant, oldest, None)?;
                count -= 1;
            }
        }
        self.set_tally(tally, [count]);
        Ok(())
    }

    fn add_event(&mut self, event: &Event, row: Option<Row>) -> Result<(), StoreError> {
        let tally = keys::event_tally(&event.tenant);
        let [mut first, next] = self.tally(&tally)?;
        self.put(
            Table::Events,
            &event.tenant,
            keys::event(&event.tenant, next),
            row,
        )?;
        for _ in 0..DROPPED_PER_ROW_MAX {
            if next + 1 - first > self.group.retention.events_max {
                self.put(
                    Table::Events,
                    &event.tenant,
                    keys::event(&event.tenant, first),
                    None,
                )?;
                first += 1;
            }
        }
        self.set_tally(tally, [first, next + 1]);
        Ok(())
    }

    fn tally<const N: usize>(&self, key: &[u8]) -> Result<[u64; N], StoreError> {
        let Some(value) = self.get(Table::Tallies, key)? else {
            return Ok([0; N]);
        };
        parse_tally(&value)
    }

    fn set_tally<const N: usize>(&mut self, key: Vec<u8>, numbers: [u64; N]) {
        self.write(Table::Tallies, key, Some(tally_row(numbers)));
    }

    /// Sets or removes a row that may have a body, and keeps the body's count.
    fn put(
        &mut self,
        table: Table,
        tenant: &TenantId,
        key: Vec<u8>,
        row: Option<Row>,
    ) -> Result<(), StoreError> {
        let before = self.get(table, &key)?;
        if before.is_none() && row.is_none() {
            return Ok(());
        }
        // The new reference first, so that a body both rows have is not let go in between.
        let (bytes, body) = row.map_or((None, None), |row| (Some(row.bytes), row.body));
        if let Some(body) = body {
            self.retain(tenant, body)?;
        }
        if let Some(before) = before
            && let Some(body) = Stored::parse(table, &before)?.body()
        {
            self.let_go(tenant, body)?;
        }
        self.write(table, key, bytes);
        Ok(())
    }

    fn retain(&mut self, tenant: &TenantId, body: Body) -> Result<(), StoreError> {
        let key = keys::body(tenant, &body.name.digest);
        let row = match self.get(Table::Bodies, &key)? {
            Some(value) => {
                let row = BodyRow::parse(&value)?;
                BodyRow {
                    count: row.count + 1,
                    ..row
                }
            }
            None if body.bytes.len() <= INLINE_BYTES_MAX => BodyRow {
                count: 1,
                place: Place::Here(body.bytes),
            },
            None => BodyRow {
                count: 1,
                place: self.append_to_file(tenant, &body.bytes),
            },
        };
        self.write(Table::Bodies, key, Some(row.encode()));
        Ok(())
    }

    fn let_go(&mut self, tenant: &TenantId, body: BodyRef) -> Result<(), StoreError> {
        let key = keys::body(tenant, &body.digest);
        let Some(value) = self.get(Table::Bodies, &key)? else {
            return Err(odd(
                Table::Bodies,
                "no row for a body that another row refers to",
            ));
        };
        let row = BodyRow::parse(&value)?;
        if row.count > 1 {
            let row = BodyRow {
                count: row.count - 1,
                ..row
            };
            self.write(Table::Bodies, key, Some(row.encode()));
            return Ok(());
        }
        if let Place::File { number, .. } = row.place {
            *self.file_use.entry((tenant.clone(), number)).or_default() -= 1;
        }
        self.write(Table::Bodies, key, None);
        Ok(())
    }

    fn append_to_file(&mut self, tenant: &TenantId, bytes: &[u8]) -> Place {
        let number = self.group.number;
        let before = self.group.files.get(tenant).map_or(0, Vec::len);
        let own = self.files.entry(tenant.clone()).or_default();
        let offset = (before + own.len()) as u64;
        own.extend(bytes);
        *self.file_use.entry((tenant.clone(), number)).or_default() += 1;
        Place::File { number, offset }
    }

    /// A row with its body, which may be one that this group is about to write.
    fn load(&self, table: Table, tenant: &TenantId, value: &[u8]) -> Result<Loaded, StoreError> {
        Stored::parse(table, value)?.load(|name| {
            let Some(value) = self.get(Table::Bodies, &keys::body(tenant, &name.digest))? else {
                return Err(odd(
                    Table::Bodies,
                    "no row for a body that another row refers to",
                ));
            };
            let row = BodyRow::parse(&value)?;
            match row.place {
                Place::File { number, offset } if number == self.group.number => {
                    let unwritten = [self.group.files.get(tenant), self.files.get(tenant)];
                    let bytes = unwritten.into_iter().flatten().flatten().copied();
                    Ok(bytes
                        .skip(offset as usize)
                        .take(name.len as usize)
                        .collect())
                }
                _ => self.group.folder.read(tenant, &name, &row),
            }
        })
    }

    fn get(&self, table: Table, key: &[u8]) -> Result<Option<IVec>, StoreError> {
        let key = (table, key.to_vec());
        match self.rows.get(&key).or_else(|| self.group.rows.get(&key)) {
            Some(drafted) => Ok(drafted.clone()),
            None => self.group.trees.get(table, &key.1),
        }
    }

    /// The first key that begins so and is not removed.
    fn first(&self, table: Table, prefix: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let is_there = |key: &Vec<u8>| self.get(table, key).map(|row| row.is_some());
        let mut stored = self.group.trees.scan(table, prefix);
        let stored = loop {
            match stored.next().transpose()? {
                Some((key, _)) if !is_there(&key.to_vec())? => {}
                found => break found.map(|(key, _)| key.to_vec()),
            }
        };
        let from = (Bound::Included((table, prefix.to_vec())), Bound::Unbounded);
        let drafted = |rows: &Rows| {
            let mut rows = rows.range(from.clone());
            rows.find(|((at, key), row)| {
                (*at, row.is_some()) == (table, true) && key.starts_with(prefix)
            })
            .map(|((_, key), _)| key.clone())
        };
        let mut candidates: Vec<Vec<u8>> = stored
            .into_iter()
            .chain(drafted(&self.rows))
            .chain(drafted(&self.group.rows))
            .collect();
        candidates.sort();
        for key in candidates {
            if is_there(&key)? {
                return Ok(Some(key));
            }
        }
        Ok(None)
    }

    fn write(&mut self, table: Table, key: Vec<u8>, value: Option<Vec<u8>>) {
        self.rows.insert((table, key), value.map(IVec::from));
    }
}

/// A right id's row: the left id it belongs to.
pub(super) fn right_row(left: &NativeId) -> Vec<u8> {
    let mut bytes = vec![FORMAT];
    bytes.extend(left.as_str().as_bytes());
    bytes
}

pub(super) fn parse_right_row(value: &[u8]) -> Result<NativeId, StoreError> {
    let text = match value {
        [FORMAT, id @ ..] => std::str::from_utf8(id).ok(),
        _ => None,
    };
    text.and_then(|id| NativeId::parse(id).ok())
        .ok_or_else(|| odd(Table::Rights, "a row of an unknown form"))
}

pub(super) fn tally_row<const N: usize>(numbers: [u64; N]) -> Vec<u8> {
    let mut bytes = vec![FORMAT];
    numbers
        .iter()
        .for_each(|number| bytes.extend(number.to_be_bytes()));
    bytes
}

pub(super) fn parse_tally<const N: usize>(value: &[u8]) -> Result<[u64; N], StoreError> {
    let damaged = || odd(Table::Tallies, "a row of an unknown form");
    let [FORMAT, rest @ ..] = value else {
        return Err(damaged());
    };
    let mut numbers = [0; N];
    let (chunks, []) = rest.as_chunks::<8>() else {
        return Err(damaged());
    };
    if chunks.len() != N {
        return Err(damaged());
    }
    for (number, chunk) in numbers.iter_mut().zip(chunks) {
        *number = u64::from_be_bytes(*chunk);
    }
    Ok(numbers)
}
