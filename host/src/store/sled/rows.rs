//! The form of the values.
//!
//! One byte says which format, one how the rest stands: as it is, apart in a body, or with only a
//! long text of it apart. Links, the many, are packed; everything else is JSON, which a person with a
//! hex viewer can still read.
//!
//! Invariant: no value is longer than 4 KiB, so that no page of sled grows into a blob file.

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::super::{Intent, StoreError};
use super::keys::Table;
use crate::model::link::{Cause, Circles};
use crate::model::{Fingerprint, Link, LinkSet, LinkSide, LinkState, NativeId};

/// Head of every value. Another number is another form of the row.
pub(super) const FORMAT: u8 = 1;

/// What may stand in a row itself; more goes into a body.
pub(super) const INLINE_BYTES_MAX: usize = 3 << 10;
const HEAD_BYTES: usize = 2 + BodyRef::BYTES;
const _: () = assert!(
    HEAD_BYTES + INLINE_BYTES_MAX <= 4 << 10,
    "a value stays under 4 KiB"
);

const WHOLE: u8 = 0;
const SPILLED: u8 = 1;
const TEXT_APART: u8 = 2;

/// A row ready to be written, and the body it refers to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub bytes: Vec<u8>,
    pub body: Option<Body>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Body {
    pub name: BodyRef,
    pub bytes: Vec<u8>,
}

/// A body by the digest of its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BodyRef {
    pub digest: [u8; 32],
    pub len: u32,
}

impl BodyRef {
    const BYTES: usize = 32 + 4;

    pub fn of(bytes: &[u8]) -> Self {
        let len =
            u32::try_from(bytes.len()).expect("a body is far below 4 GiB: a call copies less");
        Self {
            digest: Sha256::digest(bytes).into(),
            len,
        }
    }

    fn parse(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (digest, rest) = bytes.split_first_chunk::<32>()?;
        let (len, rest) = rest.split_first_chunk::<4>()?;
        Some((
            Self {
                digest: *digest,
                len: u32::from_be_bytes(*len),
            },
            rest,
        ))
    }
}

impl Row {
    /// The payload in the row, or, if it is too large, in a body.
    pub fn new(payload: Vec<u8>) -> Self {
        if payload.len() <= INLINE_BYTES_MAX {
            let mut bytes = vec![FORMAT, WHOLE];
            bytes.extend(payload);
            return Self { bytes, body: None };
        }
        let body = Body {
            name: BodyRef::of(&payload),
            bytes: payload,
        };
        Self {
            bytes: head(SPILLED, &body.name),
            body: Some(body),
        }
    }

    pub fn json(value: &impl Serialize) -> Self {
        Self::new(json(value))
    }

    /// An intent's text is apart when it does not fit beside the rest.
    pub fn intent(intent: &Intent) -> Self {
        let all = json(intent);
        if all.len() <= INLINE_BYTES_MAX {
            return Self::new(all);
        }
        let rest = json(&Intent {
            body: String::new(),
            ..intent.clone()
        });
        if rest.len() > INLINE_BYTES_MAX || intent.body.is_empty() {
            return Self::new(all);
        }
        let text = intent.body.clone().into_bytes();
        let body = Body {
            name: BodyRef::of(&text),
            bytes: text,
        };
        let mut bytes = head(TEXT_APART, &body.name);
        bytes.extend(rest);
        Self {
            bytes,
            body: Some(body),
        }
    }

    pub fn link(link: &Link) -> Self {
        let row = LinkRow::from(link);
        Self::new(postcard::to_stdvec(&row).expect("a link has no type that postcard refuses"))
    }
}

fn head(form: u8, body: &BodyRef) -> Vec<u8> {
    let mut bytes = vec![FORMAT, form];
    bytes.extend(body.digest);
    bytes.extend(body.len.to_be_bytes());
    bytes
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("our types have text keys only, and writing to memory works")
}

/// What a stored value says, its body not yet fetched.
#[derive(Debug, PartialEq)]
pub(super) enum Stored<'a> {
    Whole(&'a [u8]),
    Spilled(BodyRef),
    TextApart(BodyRef, &'a [u8]),
}

impl<'a> Stored<'a> {
    pub fn parse(table: Table, value: &'a [u8]) -> Result<Self, StoreError> {
        let stored = match value {
            [FORMAT, WHOLE, payload @ ..] => Some(Self::Whole(payload)),
            [FORMAT, SPILLED, rest @ ..] => {
                BodyRef::parse(rest).map(|(body, _)| Self::Spilled(body))
            }
            [FORMAT, TEXT_APART, rest @ ..] => {
                BodyRef::parse(rest).map(|(body, rest)| Self::TextApart(body, rest))
            }
            _ => None,
        };
        stored.ok_or_else(|| odd(table, "a row of an unknown form"))
    }

    pub fn body(&self) -> Option<BodyRef> {
        match self {
            Self::Whole(_) => None,
            Self::Spilled(body) | Self::TextApart(body, _) => Some(*body),
        }
    }

    /// The row with its body, however the caller gets at bodies.
    pub fn load(
        self,
        body: impl FnOnce(BodyRef) -> Result<Vec<u8>, StoreError>,
    ) -> Result<Loaded, StoreError> {
        Ok(match self {
            Self::Whole(payload) => Loaded {
                payload: payload.to_vec(),
                text: None,
            },
            Self::Spilled(name) => Loaded {
                payload: body(name)?,
                text: None,
            },
            Self::TextApart(name, rest) => Loaded {
                payload: rest.to_vec(),
                text: Some(body(name)?),
            },
        })
    }
}

/// A row with its body.
pub(super) struct Loaded {
    pub payload: Vec<u8>,
    /// The text that stood apart.
    pub text: Option<Vec<u8>>,
}

impl Loaded {
    pub fn json<T: DeserializeOwned>(&self, table: Table) -> Result<T, StoreError> {
        from_json(table, &self.payload)
    }

    pub fn intent(self) -> Result<Intent, StoreError> {
        let mut intent: Intent = self.json(Table::Intents)?;
        if let Some(text) = self.text {
            intent.body = String::from_utf8(text)
                .map_err(|_| odd(Table::Intents, "an intent whose text is not UTF-8"))?;
        }
        Ok(intent)
    }
}

/// A stored row that is not as we write it.
pub(super) fn odd(table: Table, what: &str) -> StoreError {
    StoreError::Inconsistent {
        what: format!("table `{}` holds {what}", table.name()),
    }
}

pub(super) fn from_json<T: DeserializeOwned>(
    table: Table,
    payload: &[u8],
) -> Result<T, StoreError> {
    serde_json::from_slice(payload)
        .map_err(|cause| odd(table, &format!("a row that does not read: {cause}")))
}

/// A link as it is packed. Set and left id are in its key.
///
/// The order of the fields, and of the variants of [`LinkState`] and [`Cause`], is the format. The
/// test below holds a row of format 1; when it fails, give the new form another format byte.
#[derive(Serialize, Deserialize)]
struct LinkRow {
    right_id: NativeId,
    left: SideRow,
    right: SideRow,
    state: LinkState,
    generation: u32,
    cause: Cause,
    created_at: (i64, i32),
    updated_at: (i64, i32),
    circles: Option<CirclesRow>,
}

#[derive(Serialize, Deserialize)]
struct CirclesRow {
    recent: Vec<Fingerprint>,
    repeats: u32,
    since: Option<(i64, i32)>,
}

impl CirclesRow {
    fn of(circles: &Circles) -> Option<Self> {
        (!circles.is_empty()).then(|| Self {
            recent: circles.recent.clone(),
            repeats: circles.repeats,
            since: circles.since.map(pack),
        })
    }
}

#[derive(Serialize, Deserialize)]
struct SideRow {
    version: Option<String>,
    fingerprint: Option<Fingerprint>,
    /// JSON text, because it says its own types.
    base: Option<String>,
}

impl From<&Link> for LinkRow {
    fn from(link: &Link) -> Self {
        Self {
            right_id: link.right.id.clone(),
            left: SideRow::from(&link.left),
            right: SideRow::from(&link.right),
            state: link.state,
            generation: link.generation,
            cause: link.cause.clone(),
            created_at: pack(link.created_at),
            updated_at: pack(link.updated_at),
            circles: CirclesRow::of(&link.circles),
        }
    }
}

impl From<&LinkSide> for SideRow {
    fn from(side: &LinkSide) -> Self {
        Self {
            version: side.version.clone(),
            fingerprint: side.fingerprint,
            base: side.base.as_ref().map(|base| base.to_string()),
        }
    }
}

fn pack(at: Timestamp) -> (i64, i32) {
    (at.as_second(), at.subsec_nanosecond())
}

pub(super) fn link_from(set: LinkSet, left: NativeId, payload: &[u8]) -> Result<Link, StoreError> {
    let damaged = |what: String| odd(Table::Links, &format!("a link that does not read: {what}"));
    let row: LinkRow = postcard::from_bytes(payload).map_err(|cause| damaged(cause.to_string()))?;
    let side = |id: NativeId, row: SideRow| -> Result<LinkSide, StoreError> {
        let base = row.base.map(|text| serde_json::from_str(&text)).transpose();
        let base = base.map_err(|cause| damaged(cause.to_string()))?;
        Ok(LinkSide {
            id,
            version: row.version,
            fingerprint: row.fingerprint,
            base,
        })
    };
    let unpack = |(second, nanosecond): (i64, i32)| {
        Timestamp::new(second, nanosecond).map_err(|cause| damaged(cause.to_string()))
    };
    let circles = row.circles.map(|row| -> Result<Circles, StoreError> {
        Ok(Circles {
            recent: row.recent,
            repeats: row.repeats,
            since: row.since.map(unpack).transpose()?,
        })
    });
    Ok(Link {
        set,
        left: side(left, row.left)?,
        right: side(row.right_id, row.right)?,
        state: row.state,
        generation: row.generation,
        cause: row.cause,
        created_at: unpack(row.created_at)?,
        updated_at: unpack(row.updated_at)?,
        circles: circles.transpose()?.unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::conformance::{at, flow, id, link, set};
    use super::*;

    fn full() -> Link {
        let mut link = link(&set(), "a", "1");
        link.left.version = Some("v1".into());
        link.left.fingerprint = Some(Fingerprint([1; 16]));
        link.right.base = Some(json!({ "name": "Émile" }));
        link.state = LinkState::Conflict;
        link.cause = Cause::Adopted(flow("f"), "vat".into());
        link.updated_at = at(9);
        link.circles = Circles {
            recent: vec![Fingerprint([2; 16])],
            repeats: 3,
            since: Some(at(8)),
        };
        link
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn a_link_of_row_format_1_is_these_bytes() {
        let row = Row::link(&full());
        assert_eq!(hex(&row.bytes), LINK_1);
        assert_eq!(link_from(set(), id("a"), &row.bytes[2..]).unwrap(), full());
    }

    /// Every variant, since its place in the list is what is stored.
    #[test]
    fn the_variants_of_row_format_1_are_in_this_order() {
        let states = [
            LinkState::Linked,
            LinkState::Conflict,
            LinkState::Tombstoned,
        ];
        for (place, state) in states.into_iter().enumerate() {
            assert_eq!(
                hex(&postcard::to_stdvec(&state).unwrap()),
                format!("{place:02x}")
            );
        }
        let causes = [
            Cause::Created(flow("f")),
            Cause::Adopted(flow("f"), "r".into()),
            Cause::Person,
            Cause::Import,
        ];
        let wanted = ["000166", "0101660172", "02", "03"];
        for (cause, wanted) in causes.into_iter().zip(wanted) {
            assert_eq!(hex(&postcard::to_stdvec(&cause).unwrap()), wanted);
        }
    }

    #[test]
    fn a_long_text_of_an_intent_stands_apart_and_everything_else_long_spills() {
        let of = |len: usize, context: usize| Intent {
            body: "b".repeat(len),
            context: "c".repeat(context).into(),
            ..super::super::super::conformance::intent(1, "f", 0)
        };
        let form = |intent: &Intent| Row::intent(intent).bytes[1];
        assert_eq!(form(&of(10, 10)), WHOLE);
        assert_eq!(form(&of(3_000, 10)), TEXT_APART);
        assert_eq!(form(&of(3_000, 4_000)), SPILLED);
        assert_eq!(form(&of(0, 4_000)), SPILLED);
        assert!(Stored::parse(Table::Intents, &[FORMAT, 9]).is_err());
        assert!(Stored::parse(Table::Intents, &[FORMAT + 1, WHOLE]).is_err());
        assert!(Stored::parse(Table::Intents, &[FORMAT, SPILLED, 1, 2]).is_err());
    }

    const LINK_1: &str = "0100013101027631010101010101010101010101010101010100000001117b226e616d65223a22c3896d696c65227d01010101660376617480c8ceb40d0092c8ceb40d00010102020202020202020202020202020202030190c8ceb40d00";
}
