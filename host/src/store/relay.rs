//! What waits for a system that calls us: parcels, by connection.
//!
//! A parcel is stored before the call that asks for it waits, with its seal before its bytes leave, and
//! with its answer before anybody hears of it. It goes when what the call returned is settled.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{ConnectionId, TenantId, Token};

/// Parcels of one connection.
pub const PARCELS_MAX: usize = 2_000;
/// Parcels of one exchange.
pub const EXCHANGE_PARCELS_MAX: usize = 100;
/// The name of a parcel.
pub const PARCEL_KEY_BYTES_MAX: usize = 128;
pub const PAYLOAD_BYTES_MAX: usize = 1 << 20;
pub const SEALED_BYTES_MAX: usize = 2 << 20;
pub const ANSWER_BYTES_MAX: usize = 10 << 20;

/// Which call asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Asker {
    /// One that reads.
    Reading {
        /// On whose behalf: `run invoices`, `check`.
        purpose: String,
        /// Of the function, its arguments, and how often the same was asked before.
        call: String,
        /// What the connector was told of the call, the same when it is made again.
        moment: Token,
    },
    /// One that writes: the operations of it that are not settled yet.
    Writing { purpose: String, tokens: Vec<Token> },
}

impl Asker {
    pub fn purpose(&self) -> &str {
        match self {
            Self::Reading { purpose, .. } | Self::Writing { purpose, .. } => purpose,
        }
    }
}

/// A parcel without its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParcelHead {
    pub tenant: TenantId,
    pub connection: ConnectionId,
    pub key: String,
    /// Grows within the connection: the oldest leaves first.
    pub number: u64,
    pub asker: Asker,
    pub created_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parcel {
    pub head: ParcelHead,
    pub payload: Vec<u8>,
    /// The bytes in which it left, or was about to.
    pub sealed: Option<Vec<u8>>,
    pub answer: Option<Vec<u8>>,
}

/// A parcel as a list has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedParcel {
    pub head: ParcelHead,
    pub is_answered: bool,
}
