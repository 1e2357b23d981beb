//! The tables and the form of their keys.
//!
//! A key is a row of texts, each closed by a zero byte, and the last text or number left open. The
//! tenant comes first, so one tenant's rows lie together and no prefix reaches into another's.
//! Numbers are big-endian, so their order is the order of the bytes.
//!
//! Invariant: no text in the middle of a key holds a zero byte. Identifiers cannot, and
//! `Change::check` refuses a role that does.

use crate::model::run::RunId;
use crate::model::{ConnectionId, Entity, FlowName, LinkSet, NativeId, TenantId, Token};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Table {
    /// By link set and left id.
    Links,
    /// The left id, by link set and right id. Live links only.
    Rights,
    Intents,
    Cursors,
    Parked,
    Runs,
    /// By a number that grows.
    Events,
    /// Which events there are, how many runs a flow has, how many transactions there have been.
    Tallies,
    Memory,
    Leases,
    /// What is too large for its row, by digest.
    Bodies,
    // What is added stands behind the others: a number that was written means the same for ever.
    /// What waits for systems that call us, by connection and name; its bytes stand in the next three.
    Parcels,
    Payloads,
    Seals,
    Answers,
}

impl Table {
    pub const ALL: [Self; 15] = [
        Self::Links,
        Self::Rights,
        Self::Intents,
        Self::Cursors,
        Self::Parked,
        Self::Runs,
        Self::Events,
        Self::Tallies,
        Self::Memory,
        Self::Leases,
        Self::Bodies,
        Self::Parcels,
        Self::Payloads,
        Self::Seals,
        Self::Answers,
    ];

    /// The tables that make a tenant exist.
    pub const OF_TENANTS: [Self; 8] = [
        Self::Links,
        Self::Intents,
        Self::Cursors,
        Self::Parked,
        Self::Runs,
        Self::Events,
        Self::Memory,
        Self::Parcels,
    ];

    /// What belongs to a parcel, under the same key.
    pub const OF_PARCELS: [Self; 3] = [Self::Payloads, Self::Seals, Self::Answers];

    pub fn name(self) -> &'static str {
        match self {
            Self::Links => "links",
            Self::Rights => "links-by-right",
            Self::Intents => "intents",
            Self::Cursors => "cursors",
            Self::Parked => "parked",
            Self::Runs => "runs",
            Self::Events => "events",
            Self::Tallies => "tallies",
            Self::Memory => "memory",
            Self::Leases => "leases",
            Self::Bodies => "bodies",
            Self::Parcels => "parcels",
            Self::Payloads => "payloads",
            Self::Seals => "seals",
            Self::Answers => "answers",
        }
    }
}

/// Every key of this tenant begins so.
pub(super) fn tenant(tenant: &TenantId) -> Vec<u8> {
    closed(&[tenant.as_str()])
}

/// Every link of the set begins so.
pub(super) fn set(set: &LinkSet) -> Vec<u8> {
    let LinkSet {
        tenant,
        left,
        right,
        role,
    } = set;
    let (left, right) = (
        (left.0.as_str(), left.1.as_str()),
        (right.0.as_str(), right.1.as_str()),
    );
    closed(&[tenant.as_str(), left.0, left.1, right.0, right.1, role])
}

/// A link by its id on either side; the table says which side.
pub(super) fn link(of: &LinkSet, id: &NativeId) -> Vec<u8> {
    with_text(set(of), id.as_str())
}

pub(super) fn intent(of: &TenantId, token: &Token) -> Vec<u8> {
    with_text(tenant(of), token.as_str())
}

pub(super) fn cursor(of: &TenantId, flow: &FlowName) -> Vec<u8> {
    with_text(tenant(of), flow.as_str())
}

/// Every parked record and every run of the flow begins so.
pub(super) fn flow(tenant: &TenantId, flow: &FlowName) -> Vec<u8> {
    closed(&[tenant.as_str(), flow.as_str()])
}

pub(super) fn parked(tenant: &TenantId, of: &FlowName, id: &NativeId) -> Vec<u8> {
    with_text(flow(tenant, of), id.as_str())
}

pub(super) fn run(tenant: &TenantId, of: &FlowName, id: &RunId) -> Vec<u8> {
    with_text(flow(tenant, of), &id.0)
}

pub(super) fn event(of: &TenantId, number: u64) -> Vec<u8> {
    let mut key = tenant(of);
    key.extend(number.to_be_bytes());
    key
}

pub(super) fn event_tally(of: &TenantId) -> Vec<u8> {
    with_text(tenant(of), "events")
}

pub(super) fn run_tally(tenant: &TenantId, flow: &FlowName) -> Vec<u8> {
    with_text(closed(&[tenant.as_str(), "runs"]), flow.as_str())
}

/// How many transactions there have been; the store's own, not a tenant's.
pub(super) fn commits() -> Vec<u8> {
    b"\0commits".to_vec()
}

pub(super) fn memory(tenant: &TenantId, connection: &ConnectionId, key: &str) -> Vec<u8> {
    with_text(closed(&[tenant.as_str(), connection.as_str()]), key)
}

pub(super) fn parcel(tenant: &TenantId, connection: &ConnectionId, key: &str) -> Vec<u8> {
    with_text(parcels(tenant, connection), key)
}

/// Every parcel of the connection begins so.
pub(super) fn parcels(tenant: &TenantId, connection: &ConnectionId) -> Vec<u8> {
    closed(&[tenant.as_str(), connection.as_str()])
}

pub(super) fn body(of: &TenantId, digest: &[u8; 32]) -> Vec<u8> {
    let mut key = tenant(of);
    key.extend(digest);
    key
}

fn closed(texts: &[&str]) -> Vec<u8> {
    let mut key = Vec::with_capacity(64);
    for text in texts {
        key.extend(text.as_bytes());
        key.push(0);
    }
    key
}

fn with_text(mut key: Vec<u8>, text: &str) -> Vec<u8> {
    key.extend(text.as_bytes());
    key
}

/// The first key that can follow all keys whose texts begin with these closed ones.
pub(super) fn past(mut closed: Vec<u8>) -> Vec<u8> {
    if let Some(last) = closed.last_mut() {
        *last = 1;
    }
    closed
}

/// The texts of a key, the last one taken as it is. None if it has another number of them.
fn texts<const N: usize>(key: &[u8]) -> Option<[&str; N]> {
    let mut parts = [""; N];
    let mut rest = key.splitn(N, |byte| *byte == 0);
    for part in &mut parts {
        *part = std::str::from_utf8(rest.next()?).ok()?;
    }
    Some(parts)
}

pub(super) fn tenant_of(key: &[u8]) -> Option<TenantId> {
    let text = key.split(|byte| *byte == 0).next()?;
    TenantId::parse(std::str::from_utf8(text).ok()?).ok()
}

/// The first text after the tenant.
pub(super) fn flow_of(key: &[u8]) -> Option<FlowName> {
    let text = key.split(|byte| *byte == 0).nth(1)?;
    FlowName::parse(std::str::from_utf8(text).ok()?).ok()
}

pub(super) fn parse_link(key: &[u8]) -> Option<(LinkSet, NativeId)> {
    let [tenant, left, left_entity, right, right_entity, role, id] = texts::<7>(key)?;
    let set = LinkSet {
        tenant: TenantId::parse(tenant).ok()?,
        left: (
            ConnectionId::parse(left).ok()?,
            Entity::parse(left_entity).ok()?,
        ),
        right: (
            ConnectionId::parse(right).ok()?,
            Entity::parse(right_entity).ok()?,
        ),
        role: role.to_owned(),
    };
    Some((set, NativeId::parse(id).ok()?))
}

pub(super) fn parse_memory(key: &[u8]) -> Option<(TenantId, ConnectionId, String)> {
    let [tenant, connection, key] = texts::<3>(key)?;
    Some((
        TenantId::parse(tenant).ok()?,
        ConnectionId::parse(connection).ok()?,
        key.to_owned(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_key_reads_back_as_what_made_it() {
        let set = LinkSet {
            tenant: TenantId::parse("acme").unwrap(),
            left: (
                ConnectionId::parse("crm").unwrap(),
                Entity::parse("company").unwrap(),
            ),
            right: (
                ConnectionId::parse("erp").unwrap(),
                Entity::parse("customer").unwrap(),
            ),
            role: "main".into(),
        };
        let id = NativeId::parse("É-10 023").unwrap();
        assert_eq!(parse_link(&link(&set, &id)), Some((set, id)));
    }

    #[test]
    fn one_tenant_s_name_at_the_head_of_another_s_shares_no_key() {
        let short = TenantId::parse("acme").unwrap();
        let long = TenantId::parse("acme-2").unwrap();
        assert!(!event(&long, 1).starts_with(&tenant(&short)));
        assert!(event(&short, u64::MAX) < past(tenant(&short)));
        assert!(past(tenant(&short)) < event(&long, 0));
    }
}
