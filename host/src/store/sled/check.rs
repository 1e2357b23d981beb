//! Reading everything: to hand it out and to check it.
//!
//! Both want the store to stand still, so both are called with the gate held.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Change, StoreError, VerifyReport};
use super::Inner;
use super::bodies::{BodyRow, Place};
use super::draft::{parse_right_row, parse_tally};
use super::keys::{self, Table};
use super::read::parse_link_key;
use super::rows::{BodyRef, Stored, odd};
use crate::model::run::{Event, Parked, Run};
use crate::model::{LinkState, TenantId};

/// Rows handed over at once: enough to be fast, few enough to stand in memory.
const BATCH_ROWS: usize = 256;

/// Problems named one by one; the rest is only counted. A broken disk would fill the memory.
const PROBLEMS_MAX: usize = 200;

impl Inner {
    /// Every row as the change that would write it again. `out` says whether it wants more.
    pub(super) fn dump(&self, out: &mut dyn FnMut(Vec<Change>) -> bool) -> Result<(), StoreError> {
        let tables = [
            Table::Links,
            Table::Intents,
            Table::Cursors,
            Table::Parked,
            Table::Runs,
            Table::Events,
            Table::Memory,
            Table::Parcels,
        ];
        let mut batch = Vec::with_capacity(BATCH_ROWS);
        for tenant in self.trees.tenants()? {
            for table in tables {
                for row in self.trees.scan(table, &keys::tenant(&tenant)) {
                    let (key, value) = row?;
                    batch.push(self.change(table, &tenant, &key, &value)?);
                    if batch.len() == BATCH_ROWS && !out(std::mem::take(&mut batch)) {
                        return Ok(());
                    }
                }
            }
        }
        out(batch);
        Ok(())
    }

    fn change(
        &self,
        table: Table,
        tenant: &TenantId,
        key: &[u8],
        value: &[u8],
    ) -> Result<Change, StoreError> {
        let tenant = tenant.clone();
        if table == Table::Links {
            let (set, left) = parse_link_key(key)?;
            return Ok(Change::PutLink(Box::new(
                self.decode_link(set, left, value)?,
            )));
        }
        if table == Table::Parcels {
            let parcel = self.parcel(&tenant, key)?;
            let parcel = parcel.ok_or_else(|| odd(table, "a parcel that is gone"))?;
            return Ok(Change::PutParcel(Box::new(parcel)));
        }
        let loaded = self.load(table, &tenant, value)?;
        Ok(match table {
            Table::Intents => Change::PutIntent(Box::new(loaded.intent()?)),
            Table::Cursors => {
                let flow = keys::flow_of(key).ok_or_else(|| odd(table, "a key without a flow"))?;
                Change::PutCursor {
                    tenant,
                    flow,
                    cursor: loaded.payload,
                }
            }
            Table::Parked => Change::PutParked(Box::new(loaded.json::<Parked>(table)?)),
            Table::Runs => Change::PutRun(Box::new(loaded.json::<Run>(table)?)),
            Table::Events => Change::AddEvent(Box::new(loaded.json::<Event>(table)?)),
            Table::Memory => {
                let parts = keys::parse_memory(key);
                let (tenant, connection, key) = parts.ok_or_else(|| odd(table, "an odd key"))?;
                Change::PutMemory {
                    tenant,
                    connection,
                    key,
                    value: loaded.payload,
                }
            }
            Table::Links
            | Table::Rights
            | Table::Tallies
            | Table::Leases
            | Table::Bodies
            | Table::Parcels
            | Table::Payloads
            | Table::Seals
            | Table::Answers => {
                return Err(odd(table, "rows that are not handed out by themselves"));
            }
        })
    }

    pub(super) fn verify(&self) -> Result<VerifyReport, StoreError> {
        let mut check = Check {
            inner: self,
            report: VerifyReport::default(),
            surplus: 0,
            bodies: BTreeMap::new(),
        };
        check.rows()?;
        check.parcels()?;
        check.links()?;
        check.rights()?;
        check.tallies()?;
        check.bodies()?;
        check.files();
        Ok(check.finish())
    }
}

struct Check<'a> {
    inner: &'a Inner,
    report: VerifyReport,
    surplus: usize,
    /// How often each body is referred to, by its key.
    bodies: BTreeMap<Vec<u8>, (BodyRef, u32)>,
}

impl Check<'_> {
    fn problem(&mut self, what: String) {
        if self.report.problems.len() < PROBLEMS_MAX {
            self.report.problems.push(what);
        } else {
            self.surplus += 1;
        }
    }

    fn finish(mut self) -> VerifyReport {
        if self.surplus > 0 {
            self.report
                .problems
                .push(format!("and {} more", self.surplus));
        }
        self.report
    }

    /// Every row reads, with its body, and stands under the key it would be written to.
    fn rows(&mut self) -> Result<(), StoreError> {
        for table in Table::OF_TENANTS {
            for row in self.inner.trees.scan(table, &[]) {
                let (key, value) = row?;
                let Some(tenant) = keys::tenant_of(&key) else {
                    self.problem(format!(
                        "table `{}` has a key without a tenant",
                        table.name()
                    ));
                    continue;
                };
                if let Ok(Some(body)) = Stored::parse(table, &value).map(|stored| stored.body()) {
                    let counted = self.bodies.entry(keys::body(&tenant, &body.digest));
                    counted.or_insert((body, 0)).1 += 1;
                }
                let change = match self.inner.change(table, &tenant, &key, &value) {
                    Ok(change) => change,
                    Err(cause) => {
                        self.problem(cause.to_string());
                        continue;
                    }
                };
                if key_of(&change).is_some_and(|own| own[..] != key[..]) {
                    self.problem(format!(
                        "table `{}` has a row under another's key",
                        table.name()
                    ));
                }
                match change {
                    Change::PutIntent(_) => self.report.intents += 1,
                    Change::PutParked(_) => self.report.parked += 1,
                    Change::PutRun(_) => self.report.runs += 1,
                    Change::AddEvent(_) => self.report.events += 1,
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// What belongs to a parcel has one.
    fn parcels(&mut self) -> Result<(), StoreError> {
        for table in Table::OF_PARCELS {
            for row in self.inner.trees.scan(table, &[]) {
                let (key, value) = row?;
                if let (Some(tenant), Ok(Some(body))) = (
                    keys::tenant_of(&key),
                    Stored::parse(table, &value).map(|stored| stored.body()),
                ) {
                    let counted = self.bodies.entry(keys::body(&tenant, &body.digest));
                    counted.or_insert((body, 0)).1 += 1;
                }
                if self.inner.trees.get(Table::Parcels, &key)?.is_none() {
                    self.problem(format!(
                        "table `{}` has a row without its parcel",
                        table.name()
                    ));
                }
            }
        }
        Ok(())
    }

    /// Every live link is found from its right id.
    fn links(&mut self) -> Result<(), StoreError> {
        for row in self.inner.trees.scan(Table::Links, &[]) {
            let (key, value) = row?;
            let Ok((set, left)) = parse_link_key(&key) else {
                continue;
            };
            // One that does not read has been named already.
            let Ok(link) = self.inner.decode_link(set, left, &value) else {
                continue;
            };
            if link.state == LinkState::Tombstoned {
                continue;
            }
            self.report.links += 1;
            let right = keys::link(&link.set, &link.right.id);
            let back = self.inner.trees.get(Table::Rights, &right)?;
            let back = back.and_then(|value| parse_right_row(&value).ok());
            if back.as_ref() != Some(&link.left.id) {
                self.problem(format!(
                    "{}: {} is linked to {}, which does not name it",
                    link.set, link.left.id, link.right.id
                ));
            }
        }
        Ok(())
    }

    /// Every right id belongs to a live link.
    fn rights(&mut self) -> Result<(), StoreError> {
        let mut rights = 0;
        for row in self.inner.trees.scan(Table::Rights, &[]) {
            row?;
            rights += 1;
        }
        if rights != self.report.links {
            let links = self.report.links;
            self.problem(format!("{links} live links, but {rights} right ids"));
        }
        Ok(())
    }

    /// What is counted is there, and nothing else.
    fn tallies(&mut self) -> Result<(), StoreError> {
        for tenant in self.inner.trees.tenants()? {
            let events = self
                .inner
                .trees
                .scan(Table::Events, &keys::tenant(&tenant))
                .count() as u64;
            let tally = self
                .inner
                .trees
                .get(Table::Tallies, &keys::event_tally(&tenant))?;
            let [first, next] = tally.map_or(Ok([0, 0]), |value| parse_tally(&value))?;
            if next - first != events {
                self.problem(format!(
                    "{tenant}: {events} events, counted as {}",
                    next - first
                ));
            }
        }
        Ok(())
    }

    /// Every body is referred to as often as it says.
    fn bodies(&mut self) -> Result<(), StoreError> {
        let mut wanted = std::mem::take(&mut self.bodies);
        for row in self.inner.trees.scan(Table::Bodies, &[]) {
            let (key, value) = row?;
            let count = BodyRow::parse(&value).map_or(0, |row| row.count);
            let found = wanted.remove(&key.to_vec()).map_or(0, |(_, count)| count);
            if count != found {
                self.problem(format!(
                    "a body is counted {count} times and referred to {found} times"
                ));
            }
        }
        // A body that is not there has been named with the row that wants it.
        Ok(())
    }

    /// No row points to a file that is gone; one that nothing points to goes at the next opening.
    fn files(&mut self) {
        let Ok(files) = self.inner.folder.files() else {
            self.problem("the folder of bodies does not read".to_owned());
            return;
        };
        let files: BTreeSet<_> = files.into_iter().collect();
        let mut missing = Vec::new();
        for (key, value) in self.inner.trees.scan(Table::Bodies, &[]).flatten() {
            let (Some(tenant), Ok(row)) = (keys::tenant_of(&key), BodyRow::parse(&value)) else {
                continue;
            };
            if let Place::File { number, .. } = row.place
                && !files.contains(&(tenant.clone(), number))
            {
                missing.push(format!(
                    "{tenant}: the file of bodies {number:016x} is gone"
                ));
            }
        }
        missing.dedup();
        missing.into_iter().for_each(|what| self.problem(what));
    }
}

/// The key a change writes to; an event's has a number of its own.
fn key_of(change: &Change) -> Option<Vec<u8>> {
    Some(match change {
        Change::PutLink(link) => keys::link(&link.set, &link.left.id),
        Change::PutIntent(intent) => keys::intent(&intent.tenant, &intent.token),
        Change::PutCursor { tenant, flow, .. } => keys::cursor(tenant, flow),
        Change::PutParked(parked) => keys::parked(&parked.tenant, &parked.flow, &parked.id),
        Change::PutRun(run) => keys::run(&run.tenant, &run.flow, &run.id),
        Change::PutMemory {
            tenant,
            connection,
            key,
            ..
        } => keys::memory(tenant, connection, key),
        Change::PutParcel(parcel) => {
            let head = &parcel.head;
            keys::parcel(&head.tenant, &head.connection, &head.key)
        }
        _ => return None,
    })
}
