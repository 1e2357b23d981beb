//! How much one call of a connector may use. Every figure has a unit and a reason.
//!
//! Two profiles: `LEAN` for what Rust compiles to, `RUNTIME` for a connector that carries a language
//! runtime (JavaScript, Python). The size of the component decides, see [`Limits::for_component`].
//!
//! Invariant: no safety property leans on a library's default.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::manifest::RateLimit;

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

/// A component above this many bytes gets the limits of a language runtime. A large Rust connector
/// has 500 KiB.
pub const LEAN_COMPONENT_BYTES_MAX: usize = 8 * MIB;
/// No component is larger: JavaScript has 12 MB, Python 18 MB.
pub const COMPONENT_BYTES_MAX: usize = 48 * MIB;

/// Handles a guest may hold at once (requests, bodies, pollables). A call uses about ten a request. Behind
/// each may be a list of headers, which costs us three times what it counts.
pub const HANDLES_MAX: usize = 500;
/// What the host keeps of one call's requests and answers at once, beside the guest's own memory: each
/// request that is under way counts as the largest answer it may bring, an answer as what it has
/// until the guest has read it.
pub const HTTP_BYTES_HELD_MAX: usize = 32 * MIB;
/// A piece of a request's body on its way out; two are held for each body that is being written.
pub const REQUEST_CHUNK_BYTES: usize = 16 * KIB;
/// The method of a request: the longest registered one has 17.
pub const METHOD_BYTES_MAX: usize = 32;
/// A host and its port; a host name has at most 253.
pub const AUTHORITY_BYTES_MAX: usize = 300;
/// Path and query. Most servers refuse more than 8 KiB.
pub const PATH_BYTES_MAX: usize = 16 * KIB;
/// Bytes that one host call may copy out of the guest: a response of 10 MiB sent on, with room.
pub const COPIED_BYTES_MAX: usize = 16 * MIB;
/// Core instances, memories and tables in one component; adapters bring a few of each.
pub const CORE_INSTANCES_MAX: usize = 50;
pub const MEMORIES_MAX: usize = 8;
pub const TABLES_MAX: usize = 20;

/// One log line; a longer one is cut.
pub const LOG_LINE_BYTES_MAX: usize = 8 * KIB;
/// What a log line costs beside its text: the time, the tenant and the connection that stand before it.
pub const LOG_LINE_COST_BYTES: usize = 128;
/// `random.bytes` at once, as the contract says.
pub const RANDOM_BYTES_MAX: u32 = 4_096;
/// `clock.sleep-ms` at once, as the contract says.
pub const SLEEP_MS_MAX: u32 = 30_000;
/// `memory`: one key and one value, as the contract says for the value.
pub const MEMORY_KEY_BYTES_MAX: usize = 256;
pub const MEMORY_VALUE_BYTES_MAX: usize = 64 * KIB;
/// Changes of `memory` in one call: each is durable, and the disk is everybody's. There are 64 keys.
pub const MEMORY_CHANGES_MAX: usize = 256;
/// Notes for each operation of a call, for the same reason. An operation has a handful of steps.
pub const NOTES_MAX: usize = 64;
/// `progress.note`, as the contract says.
pub const NOTE_BYTES_MAX: usize = 16 * KIB;
/// A cursor, as the contract says.
pub const CURSOR_BYTES_MAX: usize = 4 * KIB;
/// JSON values in one answer: 500 records of 500 fields. A value that takes two bytes of text takes up to a
/// hundred of ours, so that the bytes of an answer bound nothing.
pub const JSON_VALUES_MAX: usize = 250_000;
/// A version or etag of a record.
pub const VERSION_BYTES_MAX: usize = 4 * KIB;
/// A message catalogue: a thousand sentences.
pub const CATALOGUE_BYTES_MAX: usize = MIB;

/// Tapes of one connection, unless the operator says another number.
pub const TAPES_MAX: usize = 50;

/// Time to reach the other side. Beyond it a retry is better than more waiting.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest wait at our own gate (rate, concurrency) before the guest is told to come back.
pub const GATE_WAIT_MAX: Duration = Duration::from_secs(30);
/// A connection that idles longer is closed by us: most servers close at 60 s, and a request that
/// meets their close looks like one that was lost.
pub const IDLE_CONNECTION_MAX: Duration = Duration::from_secs(15);
/// Waiting at our own gate does not count against the wall time, up to this much in all.
pub const WALL_EXTENSION_MAX: Duration = Duration::from_secs(600);

/// What one connection's calls may use.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// All linear memories of the instance together. 64 MiB parse a 5 MiB SOAP reply with room.
    pub memory_bytes_max: usize,
    /// All tables of the instance together.
    pub table_elements_max: usize,
    /// Processor time of one call. A page of 500 records takes under 50 ms.
    pub cpu_max: Duration,
    /// Time on the wall of one call, the vendor's slowness included.
    pub wall_max: Duration,
    /// Log lines of one call, together.
    pub log_bytes_max: usize,
    /// The headers of a request, and of a response.
    pub header_bytes_max: usize,
    /// A request's body.
    pub request_bytes_max: usize,
    /// A response's body after decompression.
    pub response_bytes_max: usize,
    /// From the first byte out to the last byte in, unless the guest asks for another time-out.
    pub request_timeout: Duration,
}

impl Limits {
    pub const LEAN: Self = Self {
        memory_bytes_max: 64 * MIB,
        table_elements_max: 20_000,
        cpu_max: Duration::from_secs(2),
        wall_max: Duration::from_secs(60),
        log_bytes_max: MIB,
        header_bytes_max: 64 * KIB,
        request_bytes_max: 10 * MIB,
        response_bytes_max: 10 * MIB,
        request_timeout: Duration::from_secs(30),
    };

    pub const RUNTIME: Self = Self {
        memory_bytes_max: 256 * MIB,
        table_elements_max: 100_000,
        ..Self::LEAN
    };

    /// The profile for a component of this size.
    pub fn for_component(bytes: usize) -> Self {
        if bytes <= LEAN_COMPONENT_BYTES_MAX {
            Self::LEAN
        } else {
            Self::RUNTIME
        }
    }

    /// These limits with what the operator set for one connection.
    pub fn with(mut self, overrides: &LimitOverrides) -> Self {
        let set = |field: &mut usize, value: Option<usize>| *field = value.unwrap_or(*field);
        set(&mut self.memory_bytes_max, overrides.memory_bytes_max);
        set(&mut self.response_bytes_max, overrides.response_bytes_max);
        set(&mut self.request_bytes_max, overrides.request_bytes_max);
        set(&mut self.log_bytes_max, overrides.log_bytes_max);
        self.cpu_max = overrides.cpu_max.unwrap_or(self.cpu_max);
        self.wall_max = overrides.wall_max.unwrap_or(self.wall_max);
        self.request_timeout = overrides.request_timeout.unwrap_or(self.request_timeout);
        self
    }
}

/// What the operator set for one connection, instead of the profile and the manifest.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LimitOverrides {
    pub memory_bytes_max: Option<usize>,
    pub request_bytes_max: Option<usize>,
    pub response_bytes_max: Option<usize>,
    pub log_bytes_max: Option<usize>,
    pub cpu_max: Option<Duration>,
    pub wall_max: Option<Duration>,
    pub request_timeout: Option<Duration>,
    /// How long a call waits for a system that must call first.
    pub relay_wait: Option<Duration>,
    pub concurrency: Option<u32>,
    pub rates: Option<Vec<RateLimit>>,
    /// Tapes that are kept; the oldest goes first.
    pub tapes: Option<usize>,
}

const _: () = assert!(LEAN_COMPONENT_BYTES_MAX < COMPONENT_BYTES_MAX);
const _: () = assert!(
    COPIED_BYTES_MAX > 10 * MIB,
    "a whole response must fit in one host call"
);
