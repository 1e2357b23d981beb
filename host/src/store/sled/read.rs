//! The answers to every question, read straight from the trees.
//!
//! Invariant: a link is handed out only if both its ends agree. A commit may land between the two
//! looks; the caller then looks again while the writer stands still (see `SledStore::read`).

use super::super::relay::{ListedParcel, Parcel, ParcelHead};
use super::super::{EventQuery, Intent, StoreError};
use super::Inner;
use super::bodies::BodyRow;
use super::draft::parse_right_row;
use super::keys::{self, Table};
use super::rows::{Loaded, Stored, link_from, odd};
use crate::model::run::{Event, Parked, Run};
use crate::model::{ConnectionId, FlowName, Link, LinkSet, LinkState, NativeId, Side, TenantId};

impl Inner {
    pub(super) fn link(
        &self,
        set: &LinkSet,
        side: Side,
        id: &NativeId,
    ) -> Result<Option<Link>, StoreError> {
        match side {
            Side::Left => self.link_by_left(set, id),
            Side::Right => {
                let Some(value) = self.trees.get(Table::Rights, &keys::link(set, id))? else {
                    return Ok(None);
                };
                let left = parse_right_row(&value)?;
                match self.link_by_left(set, &left)? {
                    Some(link) if link.right.id == *id => Ok(Some(link)),
                    _ => Err(ends_disagree(set, &left, id)),
                }
            }
        }
    }

    fn link_by_left(&self, set: &LinkSet, left: &NativeId) -> Result<Option<Link>, StoreError> {
        let Some(value) = self.trees.get(Table::Links, &keys::link(set, left))? else {
            return Ok(None);
        };
        let link = self.decode_link(set.clone(), left.clone(), &value)?;
        if link.state == LinkState::Tombstoned {
            return Ok(None);
        }
        self.check_pair(&link)?;
        Ok(Some(link))
    }

    fn check_pair(&self, link: &Link) -> Result<(), StoreError> {
        let value = self
            .trees
            .get(Table::Rights, &keys::link(&link.set, &link.right.id))?;
        let left = value.map(|value| parse_right_row(&value)).transpose()?;
        match left {
            Some(left) if left == link.left.id => Ok(()),
            _ => Err(ends_disagree(&link.set, &link.left.id, &link.right.id)),
        }
    }

    pub(super) fn decode_link(
        &self,
        set: LinkSet,
        left: NativeId,
        value: &[u8],
    ) -> Result<Link, StoreError> {
        let loaded = self.load(Table::Links, &set.tenant, value)?;
        link_from(set, left, &loaded.payload)
    }

    pub(super) fn link_page(
        &self,
        set: &LinkSet,
        after: Option<&NativeId>,
        limit: usize,
    ) -> Result<Vec<Link>, StoreError> {
        let prefix = keys::set(set);
        let after = after.map_or(prefix.clone(), |id| keys::link(set, id));
        let mut page = Vec::new();
        for row in self.trees.scan_after(Table::Links, prefix, after) {
            if page.len() == limit {
                break;
            }
            let (key, value) = row?;
            let (set, left) = parse_link_key(&key)?;
            let link = self.decode_link(set, left, &value)?;
            if link.state != LinkState::Tombstoned {
                self.check_pair(&link)?;
                page.push(link);
            }
        }
        Ok(page)
    }

    /// Leaps from one set to the next.
    pub(super) fn link_sets(&self, tenant: &TenantId) -> Result<Vec<LinkSet>, StoreError> {
        let prefix = keys::tenant(tenant);
        let (mut from, mut found) = (prefix.clone(), Vec::new());
        while let Some(key) = self.trees.first_key(Table::Links, &from)?
            && key.starts_with(&prefix)
        {
            let (set, _) = parse_link_key(&key)?;
            from = keys::past(keys::set(&set));
            found.push(set);
        }
        Ok(found)
    }

    pub(super) fn intents(
        &self,
        tenant: &TenantId,
        flow: Option<&FlowName>,
    ) -> Result<Vec<Intent>, StoreError> {
        let mut found = Vec::new();
        for row in self.trees.scan(Table::Intents, &keys::tenant(tenant)) {
            let intent = self.load(Table::Intents, tenant, &row?.1)?.intent()?;
            if flow.is_none_or(|flow| *flow == intent.flow) {
                found.push(intent);
            }
        }
        found.sort_by(|a, b| (a.created_at, &a.token).cmp(&(b.created_at, &b.token)));
        Ok(found)
    }

    pub(super) fn cursor(
        &self,
        tenant: &TenantId,
        flow: &FlowName,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.payload(Table::Cursors, tenant, &keys::cursor(tenant, flow))
    }

    pub(super) fn memory(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        key: &str,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.payload(
            Table::Memory,
            tenant,
            &keys::memory(tenant, connection, key),
        )
    }

    pub(super) fn parcels(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
    ) -> Result<Vec<ListedParcel>, StoreError> {
        let prefix = keys::parcels(tenant, connection);
        let mut found = Vec::new();
        for row in self.trees.scan(Table::Parcels, &prefix) {
            let (key, value) = row?;
            let head: ParcelHead = self
                .load(Table::Parcels, tenant, &value)?
                .json(Table::Parcels)?;
            let is_answered = self.trees.get(Table::Answers, &key)?.is_some();
            found.push(ListedParcel { head, is_answered });
        }
        found.sort_by_key(|parcel| parcel.head.number);
        Ok(found)
    }

    pub(super) fn parcel(
        &self,
        tenant: &TenantId,
        key: &[u8],
    ) -> Result<Option<Parcel>, StoreError> {
        let Some(value) = self.trees.get(Table::Parcels, key)? else {
            return Ok(None);
        };
        let head = self
            .load(Table::Parcels, tenant, &value)?
            .json(Table::Parcels)?;
        let payload = self.payload(Table::Payloads, tenant, key)?;
        Ok(Some(Parcel {
            head,
            payload: payload.ok_or_else(|| odd(Table::Parcels, "a parcel without payload"))?,
            sealed: self.payload(Table::Seals, tenant, key)?,
            answer: self.payload(Table::Answers, tenant, key)?,
        }))
    }

    fn payload(
        &self,
        table: Table,
        tenant: &TenantId,
        key: &[u8],
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(value) = self.trees.get(table, key)? else {
            return Ok(None);
        };
        Ok(Some(self.load(table, tenant, &value)?.payload))
    }

    pub(super) fn parked(
        &self,
        tenant: &TenantId,
        flow: &FlowName,
        id: &NativeId,
    ) -> Result<Option<Parked>, StoreError> {
        let value = self
            .trees
            .get(Table::Parked, &keys::parked(tenant, flow, id))?;
        value
            .map(|value| {
                self.load(Table::Parked, tenant, &value)?
                    .json(Table::Parked)
            })
            .transpose()
    }

    pub(super) fn parked_list(
        &self,
        tenant: &TenantId,
        flow: Option<&FlowName>,
    ) -> Result<Vec<Parked>, StoreError> {
        let prefix = flow.map_or_else(|| keys::tenant(tenant), |flow| keys::flow(tenant, flow));
        let rows = self.trees.scan(Table::Parked, &prefix);
        rows.map(|row| {
            self.load(Table::Parked, tenant, &row?.1)?
                .json(Table::Parked)
        })
        .collect()
    }

    pub(super) fn runs(
        &self,
        tenant: &TenantId,
        flow: Option<&FlowName>,
        limit: usize,
    ) -> Result<Vec<Run>, StoreError> {
        let flows = match flow {
            Some(flow) => vec![flow.clone()],
            None => self.flows_with_runs(tenant)?,
        };
        let mut found: Vec<Run> = Vec::new();
        for flow in flows {
            let newest = self
                .trees
                .scan(Table::Runs, &keys::flow(tenant, &flow))
                .rev()
                .take(limit);
            for row in newest {
                found.push(self.load(Table::Runs, tenant, &row?.1)?.json(Table::Runs)?);
            }
        }
        found.sort_by(|a, b| b.id.cmp(&a.id));
        found.truncate(limit);
        Ok(found)
    }

    fn flows_with_runs(&self, tenant: &TenantId) -> Result<Vec<FlowName>, StoreError> {
        let prefix = keys::tenant(tenant);
        let (mut from, mut found) = (prefix.clone(), Vec::new());
        while let Some(key) = self.trees.first_key(Table::Runs, &from)?
            && key.starts_with(&prefix)
        {
            let flow =
                keys::flow_of(&key).ok_or_else(|| odd(Table::Runs, "a key without a flow"))?;
            from = keys::past(keys::flow(tenant, &flow));
            found.push(flow);
        }
        Ok(found)
    }

    pub(super) fn events(
        &self,
        tenant: &TenantId,
        query: &EventQuery,
    ) -> Result<Vec<Event>, StoreError> {
        let mut found = Vec::new();
        for row in self.trees.scan(Table::Events, &keys::tenant(tenant)).rev() {
            if found.len() == query.limit {
                break;
            }
            let event: Event = self
                .load(Table::Events, tenant, &row?.1)?
                .json(Table::Events)?;
            if query.wants(&event) {
                found.push(event);
            }
        }
        Ok(found)
    }

    /// A row with its body.
    pub(super) fn load(
        &self,
        table: Table,
        tenant: &TenantId,
        value: &[u8],
    ) -> Result<Loaded, StoreError> {
        Stored::parse(table, value)?.load(|name| {
            let row = self
                .trees
                .get(Table::Bodies, &keys::body(tenant, &name.digest))?;
            let row = row.ok_or_else(|| odd(table, "a row whose body is gone"))?;
            self.folder.read(tenant, &name, &BodyRow::parse(&row)?)
        })
    }
}

pub(super) fn parse_link_key(key: &[u8]) -> Result<(LinkSet, NativeId), StoreError> {
    keys::parse_link(key).ok_or_else(|| odd(Table::Links, "a key that is no link's"))
}

fn ends_disagree(set: &LinkSet, left: &NativeId, right: &NativeId) -> StoreError {
    StoreError::Inconsistent {
        what: format!("{set}: the ends {left} and {right} do not name each other"),
    }
}
