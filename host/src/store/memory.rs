//! A store in memory: for tests, for the simulated engine and for dry runs.
//!
//! It is written as plainly as possible, since the other backends are compared with it. Every call
//! completes at once, and the same calls give the same answers.
//!
//! Invariant: nothing is kept when the process ends; `commit` is atomic, not durable.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use super::lease::Held;
use super::relay::{ListedParcel, Parcel};
use super::{
    Change, DROPPED_PER_ROW_MAX, EventQuery, Intent, Lease, LeaseScope, Retention, Store,
    StoreError, VerifyReport,
};
use crate::guard::{self, Guard};
use crate::model::run::{Event, Parked, Run, RunId};
use crate::model::{
    ConnectionId, FlowName, Link, LinkSet, LinkState, NativeId, Side, TenantId, Token,
};

#[derive(Default)]
pub struct MemoryStore {
    state: Mutex<State>,
    retention: Retention,
}

/// Keys begin with the tenant, or with the link set that begins with it. Native ids stand as plain
/// text, because a range begins at the empty one.
#[derive(Default)]
struct State {
    leases: BTreeMap<LeaseScope, Held>,
    links: BTreeMap<(LinkSet, String), Link>,
    /// Left id by right id, of live links.
    rights: BTreeMap<(LinkSet, String), NativeId>,
    intents: BTreeMap<(TenantId, Token), Intent>,
    cursors: BTreeMap<(TenantId, FlowName), Vec<u8>>,
    parked: BTreeMap<(TenantId, FlowName, NativeId), Parked>,
    runs: BTreeMap<(TenantId, FlowName, RunId), Run>,
    events: BTreeMap<(TenantId, u64), Event>,
    /// The number of the tenant's first event that is still kept, and of its next one.
    event_span: BTreeMap<TenantId, (u64, u64)>,
    memory: BTreeMap<(TenantId, ConnectionId, String), Vec<u8>>,
    parcels: BTreeMap<(TenantId, ConnectionId, String), Parcel>,
}

impl MemoryStore {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn with_retention(retention: Retention) -> Self {
        Self {
            retention,
            ..Self::default()
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic in the middle of a commit leaves half of it behind: no one may read that.
        self.state
            .lock()
            .expect("no other thread panicked while it changed the store")
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn claim(
        &self,
        scope: &LeaseScope,
        holder: &str,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<Lease, StoreError> {
        let mut state = self.state();
        let held = Held::claim(state.leases.get(scope), holder, now, ttl).map_err(|holder| {
            StoreError::LeaseHeld {
                scope: scope.as_str().to_owned(),
                holder,
            }
        })?;
        let lease = Lease {
            scope: scope.clone(),
            fence: held.fence,
        };
        state.leases.insert(scope.clone(), held);
        Ok(lease)
    }

    async fn renew(&self, lease: &Lease, now: Timestamp, ttl: Duration) -> Result<(), StoreError> {
        let mut state = self.state();
        let held = state.admitted(lease)?.renewed(now, ttl);
        state.leases.insert(lease.scope.clone(), held);
        Ok(())
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        let mut state = self.state();
        if let Ok(held) = state.admitted(lease) {
            state.leases.insert(lease.scope.clone(), held.released());
        }
        Ok(())
    }

    async fn commit(&self, lease: &Lease, changes: Vec<Change>) -> Result<(), StoreError> {
        let mut state = self.state();
        state.admitted(lease)?;
        let mut draft = Draft {
            state: &mut state,
            undo: Vec::new(),
            retention: self.retention,
        };
        let applied = changes
            .into_iter()
            .try_for_each(|change| change.check(lease).and_then(|()| draft.apply(change)));
        if applied.is_err() {
            draft.roll_back();
        }
        applied
    }

    async fn links(
        &self,
        set: &LinkSet,
        side: Side,
        ids: &[NativeId],
    ) -> Result<Vec<Option<Link>>, StoreError> {
        let state = self.state();
        let find = |id: &NativeId| match side {
            Side::Left => state.live(set, id),
            Side::Right => state
                .rights
                .get(&at(set, id))
                .and_then(|left| state.live(set, left)),
        };
        Ok(ids.iter().map(|id| find(id).cloned()).collect())
    }

    async fn link_page(
        &self,
        set: &LinkSet,
        after: Option<&NativeId>,
        limit: usize,
    ) -> Result<Vec<Link>, StoreError> {
        let after = after.map_or(String::new(), |id| id.as_str().to_owned());
        let state = self.state();
        let rows = state
            .links
            .range((Bound::Excluded((set.clone(), after)), Bound::Unbounded));
        let live = rows
            .take_while(|(key, _)| key.0 == *set)
            .map(|(_, link)| link)
            .filter(is_live);
        Ok(live.take(limit).cloned().collect())
    }

    async fn link_sets(&self, tenant: &TenantId) -> Result<Vec<LinkSet>, StoreError> {
        let state = self.state();
        let mut sets: Vec<LinkSet> = state.links.keys().map(|key| key.0.clone()).collect();
        sets.dedup();
        sets.retain(|set| set.tenant == *tenant);
        Ok(sets)
    }

    async fn intents(
        &self,
        tenant: &TenantId,
        flow: Option<&FlowName>,
    ) -> Result<Vec<Intent>, StoreError> {
        let state = self.state();
        let all = state
            .intents
            .values()
            .filter(|intent| intent.tenant == *tenant);
        let mut found: Vec<Intent> = all
            .filter(|intent| is_of(flow, &intent.flow))
            .cloned()
            .collect();
        found.sort_by(|a, b| (a.created_at, &a.token).cmp(&(b.created_at, &b.token)));
        Ok(found)
    }

    async fn note_progress(
        &self,
        tenant: &TenantId,
        token: &Token,
        note: Vec<u8>,
    ) -> Result<(), StoreError> {
        let mut state = self.state();
        let intent = state.intents.get_mut(&(tenant.clone(), token.clone()));
        let intent = intent.ok_or_else(|| StoreError::NoIntent {
            token: token.clone(),
        })?;
        intent.progress = Some(note);
        Ok(())
    }

    async fn cursor(
        &self,
        tenant: &TenantId,
        flow: &FlowName,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self
            .state()
            .cursors
            .get(&(tenant.clone(), flow.clone()))
            .cloned())
    }

    async fn parked(
        &self,
        tenant: &TenantId,
        flow: &FlowName,
        ids: &[NativeId],
    ) -> Result<Vec<Option<Parked>>, StoreError> {
        let state = self.state();
        let find = |id: &NativeId| {
            state
                .parked
                .get(&(tenant.clone(), flow.clone(), id.clone()))
        };
        Ok(ids.iter().map(|id| find(id).cloned()).collect())
    }

    async fn parked_list(
        &self,
        tenant: &TenantId,
        flow: Option<&FlowName>,
    ) -> Result<Vec<Parked>, StoreError> {
        let state = self.state();
        let all = state
            .parked
            .values()
            .filter(|parked| parked.tenant == *tenant);
        Ok(all
            .filter(|parked| is_of(flow, &parked.flow))
            .cloned()
            .collect())
    }

    async fn runs(
        &self,
        tenant: &TenantId,
        flow: Option<&FlowName>,
        limit: usize,
    ) -> Result<Vec<Run>, StoreError> {
        let state = self.state();
        let all = state.runs.values().filter(|run| run.tenant == *tenant);
        let mut found: Vec<&Run> = all.filter(|run| is_of(flow, &run.flow)).collect();
        found.sort_by(|a, b| b.id.cmp(&a.id));
        Ok(found.into_iter().take(limit).cloned().collect())
    }

    async fn events(
        &self,
        tenant: &TenantId,
        query: &EventQuery,
    ) -> Result<Vec<Event>, StoreError> {
        let state = self.state();
        let newest_first = state
            .events
            .values()
            .rev()
            .filter(|event| event.tenant == *tenant);
        Ok(newest_first
            .filter(|event| query.wants(event))
            .take(query.limit)
            .cloned()
            .collect())
    }

    async fn memory_get(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        key: &str,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let key = (tenant.clone(), connection.clone(), key.to_owned());
        Ok(self.state().memory.get(&key).cloned())
    }

    async fn parcels(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
    ) -> Result<Vec<ListedParcel>, StoreError> {
        let state = self.state();
        let all = state.parcels.values().filter(|parcel| {
            (&parcel.head.tenant, &parcel.head.connection) == (tenant, connection)
        });
        let mut found: Vec<ListedParcel> = all
            .map(|parcel| ListedParcel {
                head: parcel.head.clone(),
                is_answered: parcel.answer.is_some(),
            })
            .collect();
        found.sort_by_key(|parcel| parcel.head.number);
        Ok(found)
    }

    async fn parcel(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        key: &str,
    ) -> Result<Option<Parcel>, StoreError> {
        let key = (tenant.clone(), connection.clone(), key.to_owned());
        Ok(self.state().parcels.get(&key).cloned())
    }

    async fn tenants(&self) -> Result<Vec<TenantId>, StoreError> {
        Ok(self.state().tenants())
    }

    async fn dump(
        &self,
        out: &mut (dyn FnMut(Change) -> Result<(), StoreError> + Send),
    ) -> Result<(), StoreError> {
        let all: Vec<Change> = {
            let state = self.state();
            state
                .tenants()
                .iter()
                .flat_map(|tenant| state.changes_of(tenant))
                .collect()
        };
        all.into_iter().try_for_each(out)
    }

    async fn verify(&self) -> Result<VerifyReport, StoreError> {
        let state = self.state();
        let live = state.links.values().filter(is_live).count();
        let mut problems = Vec::new();
        for link in state.links.values().filter(is_live) {
            if state.rights.get(&at(&link.set, &link.right.id)) != Some(&link.left.id) {
                problems.push(format!(
                    "{}: left {} is not found from the right",
                    link.set, link.left.id
                ));
            }
        }
        if live != state.rights.len() {
            problems.push(format!(
                "{live} live links, {} right ids",
                state.rights.len()
            ));
        }
        Ok(VerifyReport {
            links: live as u64,
            intents: state.intents.len() as u64,
            parked: state.parked.len() as u64,
            runs: state.runs.len() as u64,
            events: state.events.len() as u64,
            problems,
        })
    }
}

impl State {
    /// The lease's row, if the lease still gives the right to write.
    fn admitted(&self, lease: &Lease) -> Result<Held, StoreError> {
        let held = self
            .leases
            .get(&lease.scope)
            .filter(|held| held.admits(lease.fence));
        held.cloned().ok_or_else(|| StoreError::LeaseLost {
            scope: lease.scope.as_str().to_owned(),
        })
    }

    fn tenants(&self) -> Vec<TenantId> {
        let mut tenants: Vec<TenantId> = Vec::new();
        tenants.extend(self.links.keys().map(|key| key.0.tenant.clone()));
        tenants.extend(self.intents.keys().map(|key| key.0.clone()));
        tenants.extend(self.cursors.keys().map(|key| key.0.clone()));
        tenants.extend(self.parked.keys().map(|key| key.0.clone()));
        tenants.extend(self.runs.keys().map(|key| key.0.clone()));
        tenants.extend(self.events.keys().map(|key| key.0.clone()));
        tenants.extend(self.memory.keys().map(|key| key.0.clone()));
        tenants.extend(self.parcels.keys().map(|key| key.0.clone()));
        tenants.sort();
        tenants.dedup();
        tenants
    }

    fn live(&self, set: &LinkSet, left: &NativeId) -> Option<&Link> {
        self.links.get(&at(set, left)).filter(is_live)
    }

    fn changes_of(&self, tenant: &TenantId) -> Vec<Change> {
        let mut all = Vec::new();
        let links = self
            .links
            .values()
            .filter(|link| link.set.tenant == *tenant);
        all.extend(links.map(|link| Change::PutLink(Box::new(link.clone()))));
        let intents = self
            .intents
            .values()
            .filter(|intent| intent.tenant == *tenant);
        all.extend(intents.map(|intent| Change::PutIntent(Box::new(intent.clone()))));
        let cursors = self.cursors.iter().filter(|(key, _)| key.0 == *tenant);
        all.extend(cursors.map(|((tenant, flow), cursor)| Change::PutCursor {
            tenant: tenant.clone(),
            flow: flow.clone(),
            cursor: cursor.clone(),
        }));
        let parked = self
            .parked
            .values()
            .filter(|parked| parked.tenant == *tenant);
        all.extend(parked.map(|parked| Change::PutParked(Box::new(parked.clone()))));
        let runs = self.runs.values().filter(|run| run.tenant == *tenant);
        all.extend(runs.map(|run| Change::PutRun(Box::new(run.clone()))));
        let events = self.events.values().filter(|event| event.tenant == *tenant);
        all.extend(events.map(|event| Change::AddEvent(Box::new(event.clone()))));
        let memory = self.memory.iter().filter(|(key, _)| key.0 == *tenant);
        all.extend(
            memory.map(|((tenant, connection, key), value)| Change::PutMemory {
                tenant: tenant.clone(),
                connection: connection.clone(),
                key: key.clone(),
                value: value.clone(),
            }),
        );
        let parcels = self.parcels.iter().filter(|(key, _)| key.0 == *tenant);
        all.extend(parcels.map(|(_, parcel)| Change::PutParcel(Box::new(parcel.clone()))));
        all
    }
}

type Undo = Box<dyn FnOnce(&mut State)>;

/// A commit in progress, and how to take it back.
struct Draft<'a> {
    state: &'a mut State,
    undo: Vec<Undo>,
    retention: Retention,
}

impl Draft<'_> {
    fn apply(&mut self, change: Change) -> Result<(), StoreError> {
        match change {
            Change::PutLink(link) => return self.put_link(*link),
            Change::RemoveLink { set, left } => self.remove_link(&set, &left),
            Change::PutIntent(intent) => {
                let key = (intent.tenant.clone(), intent.token.clone());
                self.set(|state| &mut state.intents, key, Some(*intent));
            }
            Change::RemoveIntent { tenant, token } => {
                self.set(|state| &mut state.intents, (tenant, token), None);
            }
            Change::PutCursor {
                tenant,
                flow,
                cursor,
            } => {
                self.set(|state| &mut state.cursors, (tenant, flow), Some(cursor));
            }
            Change::RemoveCursor { tenant, flow } => {
                self.set(|state| &mut state.cursors, (tenant, flow), None);
            }
            Change::PutParked(parked) => {
                let key = (
                    parked.tenant.clone(),
                    parked.flow.clone(),
                    parked.id.clone(),
                );
                self.set(|state| &mut state.parked, key, Some(*parked));
            }
            Change::RemoveParked { tenant, flow, id } => {
                self.set(|state| &mut state.parked, (tenant, flow, id), None);
            }
            Change::PutRun(run) => self.put_run(*run),
            Change::AddEvent(event) => self.add_event(*event),
            Change::PutMemory {
                tenant,
                connection,
                key,
                value,
            } => {
                self.set(
                    |state| &mut state.memory,
                    (tenant, connection, key),
                    Some(value),
                );
            }
            Change::RemoveMemory {
                tenant,
                connection,
                key,
            } => {
                self.set(|state| &mut state.memory, (tenant, connection, key), None);
            }
            Change::PutParcel(parcel) => {
                let head = &parcel.head;
                let key = (
                    head.tenant.clone(),
                    head.connection.clone(),
                    head.key.clone(),
                );
                self.set(|state| &mut state.parcels, key, Some(*parcel));
            }
            Change::SealParcel {
                tenant,
                connection,
                key,
                bytes,
            } => self.change_parcel((tenant, connection, key), |parcel| parcel.sealed = bytes),
            Change::AnswerParcel {
                tenant,
                connection,
                key,
                bytes,
            } => self.change_parcel((tenant, connection, key), |parcel| {
                parcel.answer = Some(bytes);
            }),
            Change::RemoveParcel {
                tenant,
                connection,
                key,
            } => {
                self.set(|state| &mut state.parcels, (tenant, connection, key), None);
            }
        }
        Ok(())
    }

    fn change_parcel(
        &mut self,
        key: (TenantId, ConnectionId, String),
        change: impl FnOnce(&mut Parcel),
    ) {
        if let Some(mut parcel) = self.state.parcels.get(&key).cloned() {
            change(&mut parcel);
            self.set(|state| &mut state.parcels, key, Some(parcel));
        }
    }

    fn put_link(&mut self, link: Link) -> Result<(), StoreError> {
        let owner = self.state.rights.get(&at(&link.set, &link.right.id));
        let taken = owner.is_some_and(|left| *left != link.left.id);
        if is_live(&&link) && taken && guard::holds(Guard::UniqueLink) {
            let (set, id) = (Box::new(link.set), link.right.id);
            return Err(StoreError::LinkTaken {
                set,
                side: Side::Right,
                id,
            });
        }
        self.remove_link(&link.set, &link.left.id);
        if is_live(&&link) {
            let right = at(&link.set, &link.right.id);
            self.set(|state| &mut state.rights, right, Some(link.left.id.clone()));
        }
        self.set(
            |state| &mut state.links,
            at(&link.set, &link.left.id),
            Some(link),
        );
        Ok(())
    }

    fn remove_link(&mut self, set: &LinkSet, left: &NativeId) {
        if let Some(link) = self.state.live(set, left) {
            let right = at(set, &link.right.id);
            self.set(|state| &mut state.rights, right, None);
            self.set(|state| &mut state.links, at(set, left), None);
        }
    }

    fn put_run(&mut self, run: Run) {
        let (tenant, flow) = (run.tenant.clone(), run.flow.clone());
        self.set(
            |state| &mut state.runs,
            (tenant.clone(), flow.clone(), run.id.clone()),
            Some(run),
        );
        let first = (tenant.clone(), flow.clone(), RunId(String::new()));
        let of_flow = self.state.runs.range(first..).map(|(key, _)| key.clone());
        let of_flow: Vec<_> = of_flow
            .take_while(|key| (&key.0, &key.1) == (&tenant, &flow))
            .collect();
        let surplus = of_flow
            .len()
            .saturating_sub(self.retention.runs_max as usize);
        for key in of_flow.into_iter().take(surplus.min(DROPPED_PER_ROW_MAX)) {
            self.set(|state| &mut state.runs, key, None);
        }
    }

    fn add_event(&mut self, event: Event) {
        let tenant = event.tenant.clone();
        let (mut first, next) = self
            .state
            .event_span
            .get(&tenant)
            .copied()
            .unwrap_or_default();
        self.set(
            |state| &mut state.events,
            (tenant.clone(), next),
            Some(event),
        );
        for _ in 0..DROPPED_PER_ROW_MAX {
            if next + 1 - first > self.retention.events_max {
                self.set(|state| &mut state.events, (tenant.clone(), first), None);
                first += 1;
            }
        }
        self.set(
            |state| &mut state.event_span,
            tenant,
            Some((first, next + 1)),
        );
    }

    /// Sets or removes one row and remembers what was there.
    fn set<K, V>(&mut self, table: fn(&mut State) -> &mut BTreeMap<K, V>, key: K, value: Option<V>)
    where
        K: Ord + Clone + 'static,
        V: 'static,
    {
        let before = replace(table(self.state), key.clone(), value);
        self.undo.push(Box::new(move |state| {
            replace(table(state), key, before);
        }));
    }

    fn roll_back(self) {
        for undo in self.undo.into_iter().rev() {
            undo(self.state);
        }
    }
}

fn replace<K: Ord, V>(table: &mut BTreeMap<K, V>, key: K, value: Option<V>) -> Option<V> {
    match value {
        Some(value) => table.insert(key, value),
        None => table.remove(&key),
    }
}

fn at(set: &LinkSet, id: &NativeId) -> (LinkSet, String) {
    (set.clone(), id.as_str().to_owned())
}

fn is_live(link: &&Link) -> bool {
    link.state != LinkState::Tombstoned
}

fn is_of(wanted: Option<&FlowName>, flow: &FlowName) -> bool {
    wanted.is_none_or(|wanted| wanted == flow)
}

#[cfg(test)]
super::conformance::store_conformance!(memory, |retention| {
    (
        crate::store::memory::MemoryStore::with_retention(retention),
        (),
    )
});
