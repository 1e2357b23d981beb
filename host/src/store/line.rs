//! One line of an export.
//!
//! The names here are the format. They are written out for links and bytes; the other records stand
//! as the model writes them. A sample of format 1 is kept in the tests and must import for ever.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::relay::{Parcel, ParcelHead};
use super::{Change, Intent, StoreError};
use crate::model::link::{Cause, Circles};
use crate::model::run::{Event, Parked, Run};
use crate::model::{
    ConnectionId, Entity, Fingerprint, FlowName, Link, LinkSet, LinkSide, LinkState, NativeId,
    TenantId,
};

/// `{"link":{…}}`: the kind is the only key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Line {
    LiaisonExport(Header),
    Link(Box<LinkLine>),
    Intent(Box<Intent>),
    Cursor {
        tenant: TenantId,
        flow: FlowName,
        cursor: Bytes,
    },
    Parked(Box<Parked>),
    Run(Box<Run>),
    Event(Box<Event>),
    Memory {
        tenant: TenantId,
        connection: ConnectionId,
        key: String,
        value: Bytes,
    },
    Parcel(Box<ParcelLine>),
    End(End),
}

/// What waits for a system that calls us.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ParcelLine {
    head: ParcelHead,
    payload: Bytes,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sealed: Option<Bytes>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answer: Option<Bytes>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Header {
    pub format: u32,
    /// Of the liaison that wrote it; for people.
    pub version: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct End {
    pub counts: Counts,
    pub sha256: String,
}

/// How many records of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    pub links: u64,
    pub intents: u64,
    pub cursors: u64,
    pub parked: u64,
    pub runs: u64,
    pub events: u64,
    pub memory: u64,
    #[serde(default, skip_serializing_if = "is_none")]
    pub parcels: u64,
}

fn is_none(count: &u64) -> bool {
    *count == 0
}

impl Counts {
    pub(super) fn add(&mut self, line: &Line) {
        let count = match line {
            Line::LiaisonExport(_) | Line::End(_) => return,
            Line::Link(_) => &mut self.links,
            Line::Intent(_) => &mut self.intents,
            Line::Cursor { .. } => &mut self.cursors,
            Line::Parked(_) => &mut self.parked,
            Line::Run(_) => &mut self.runs,
            Line::Event(_) => &mut self.events,
            Line::Memory { .. } => &mut self.memory,
            Line::Parcel(_) => &mut self.parcels,
        };
        *count += 1;
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct LinkLine {
    tenant: TenantId,
    role: String,
    left: EndLine,
    right: EndLine,
    state: LinkState,
    generation: u32,
    cause: Cause,
    created_at: jiff::Timestamp,
    updated_at: jiff::Timestamp,
    #[serde(default, skip_serializing_if = "Circles::is_empty")]
    circles: Circles,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct EndLine {
    connection: ConnectionId,
    entity: Entity,
    id: NativeId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fingerprint: Option<HexFingerprint>,
    // Some(null) is a base too, so null does not stand for none.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "some"
    )]
    base: Option<Value>,
}

fn some<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
}

impl Line {
    /// The line of what a dump hands out; it hands out no removals.
    pub fn from_change(change: Change) -> Result<Self, StoreError> {
        Ok(match change {
            Change::PutLink(link) => Self::Link(Box::new(LinkLine::from(*link))),
            Change::PutIntent(intent) => Self::Intent(intent),
            Change::PutCursor {
                tenant,
                flow,
                cursor,
            } => Self::Cursor {
                tenant,
                flow,
                cursor: Bytes(cursor),
            },
            Change::PutParked(parked) => Self::Parked(parked),
            Change::PutRun(run) => Self::Run(run),
            Change::AddEvent(event) => Self::Event(event),
            Change::PutMemory {
                tenant,
                connection,
                key,
                value,
            } => Self::Memory {
                tenant,
                connection,
                key,
                value: Bytes(value),
            },
            Change::PutParcel(parcel) => Self::Parcel(Box::new(ParcelLine {
                head: parcel.head,
                payload: Bytes(parcel.payload),
                sealed: parcel.sealed.map(Bytes),
                answer: parcel.answer.map(Bytes),
            })),
            Change::RemoveLink { .. }
            | Change::RemoveIntent { .. }
            | Change::RemoveCursor { .. }
            | Change::RemoveParked { .. }
            | Change::RemoveMemory { .. }
            | Change::SealParcel { .. }
            | Change::AnswerParcel { .. }
            | Change::RemoveParcel { .. } => {
                return Err(StoreError::Inconsistent {
                    what: "a dump hands out a removal".into(),
                });
            }
        })
    }

    /// None for the first and the last line.
    pub fn into_change(self) -> Option<Change> {
        Some(match self {
            Self::LiaisonExport(_) | Self::End(_) => return None,
            Self::Link(link) => Change::PutLink(Box::new(Link::from(*link))),
            Self::Intent(intent) => Change::PutIntent(intent),
            Self::Cursor {
                tenant,
                flow,
                cursor,
            } => Change::PutCursor {
                tenant,
                flow,
                cursor: cursor.0,
            },
            Self::Parked(parked) => Change::PutParked(parked),
            Self::Run(run) => Change::PutRun(run),
            Self::Event(event) => Change::AddEvent(event),
            Self::Memory {
                tenant,
                connection,
                key,
                value,
            } => Change::PutMemory {
                tenant,
                connection,
                key,
                value: value.0,
            },
            Self::Parcel(line) => Change::PutParcel(Box::new(Parcel {
                head: line.head,
                payload: line.payload.0,
                sealed: line.sealed.map(|bytes| bytes.0),
                answer: line.answer.map(|bytes| bytes.0),
            })),
        })
    }

    /// A digest for each end of a live link: the same end twice is one link too many.
    pub fn live_ends(&self) -> Vec<[u8; 32]> {
        let Self::Link(link) = self else {
            return Vec::new();
        };
        if link.state == LinkState::Tombstoned {
            return Vec::new();
        }
        let LinkLine {
            tenant,
            role,
            left,
            right,
            ..
        } = &**link;
        let ends = [("left", &left.id), ("right", &right.id)];
        let digest = |(side, id): (&str, &NativeId)| {
            let set = (
                tenant,
                &left.connection,
                &left.entity,
                &right.connection,
                &right.entity,
                role,
            );
            let named = serde_json::to_vec(&(set, side, id)).expect("these are texts");
            Sha256::digest(named).into()
        };
        ends.into_iter().map(digest).collect()
    }
}

impl From<Link> for LinkLine {
    fn from(link: Link) -> Self {
        let LinkSet {
            tenant,
            left,
            right,
            role,
        } = link.set;
        Self {
            tenant,
            role,
            left: EndLine::new(left, link.left),
            right: EndLine::new(right, link.right),
            state: link.state,
            generation: link.generation,
            cause: link.cause,
            created_at: link.created_at,
            updated_at: link.updated_at,
            circles: link.circles,
        }
    }
}

impl From<LinkLine> for Link {
    fn from(line: LinkLine) -> Self {
        let (left_end, left) = line.left.split();
        let (right_end, right) = line.right.split();
        Self {
            set: LinkSet {
                tenant: line.tenant,
                left: left_end,
                right: right_end,
                role: line.role,
            },
            left,
            right,
            state: line.state,
            generation: line.generation,
            cause: line.cause,
            created_at: line.created_at,
            updated_at: line.updated_at,
            circles: line.circles,
        }
    }
}

impl EndLine {
    fn new((connection, entity): (ConnectionId, Entity), side: LinkSide) -> Self {
        let LinkSide {
            id,
            version,
            fingerprint,
            base,
        } = side;
        Self {
            connection,
            entity,
            id,
            version,
            fingerprint: fingerprint.map(HexFingerprint),
            base,
        }
    }

    fn split(self) -> ((ConnectionId, Entity), LinkSide) {
        let fingerprint = self.fingerprint.map(|fingerprint| fingerprint.0);
        let side = LinkSide {
            id: self.id,
            version: self.version,
            fingerprint,
            base: self.base,
        };
        ((self.connection, self.entity), side)
    }
}

/// 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct HexFingerprint(Fingerprint);

impl Serialize for HexFingerprint {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&format!("{:032x}", u128::from_be_bytes(self.0.0)))
    }
}

impl<'de> Deserialize<'de> for HexFingerprint {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let digits = text.len() == 32 && text.bytes().all(|digit| digit.is_ascii_hexdigit());
        match u128::from_str_radix(&text, 16) {
            Ok(number) if digits => Ok(Self(Fingerprint(number.to_be_bytes()))),
            _ => Err(de::Error::custom("a fingerprint is 32 hexadecimal digits")),
        }
    }
}

/// Bytes of a connector: as text where they are text, which they mostly are, and else in base64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bytes(pub Vec<u8>);

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum BytesLine {
    Text(String),
    Base64(String),
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(&self.0) {
            Ok(text) => BytesLine::Text(text.to_owned()).serialize(to),
            Err(_) => BytesLine::Base64(BASE64.encode(&self.0)).serialize(to),
        }
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match BytesLine::deserialize(from)? {
            BytesLine::Text(text) => Ok(Self(text.into_bytes())),
            BytesLine::Base64(text) => BASE64.decode(text).map(Self).map_err(de::Error::custom),
        }
    }
}
