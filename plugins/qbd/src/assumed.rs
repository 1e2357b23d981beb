//! What no primary source confirms, each in one place. See the reference for what is sure.

/// How long QuickBooks is taken to remember a message set and its answer. It is not documented; sets that were
/// answered are forgotten on purpose with the next one, and only unanswered ones are ever sent again.
pub const REMEMBERED_S: u32 = 7 * 86_400;

/// How far a walk over changes looks back behind the newest it has seen. QuickBooks filters by its computer's wall
/// clock, and the offset it tells is wrong for part of the year: an hour, and some minutes for slow clocks.
pub const OVERLAP_S: u32 = 3_900;

/// How long a call waits for what flows may bring. The Web Connector's own patience is not documented.
pub const WAIT_MS: u32 = 5_000;

/// Pauses of five seconds, and our own wait, before a visit without work is ended.
pub const PAUSES_MAX: u32 = 60;

/// How often an answer may be lost before a person is asked.
pub const UNSURE_MAX: u32 = 3;

/// What a change cannot empty: QuickBooks answers 3190 and changes nothing. Left out, it stays as it is.
pub const KEPT: [&str; 17] = [
    "Name",
    "CustomerRef",
    "VendorRef",
    "EntityRef",
    "TemplateRef",
    "TxnDate",
    "DueDate",
    "ShipDate",
    "ItemSalesTaxRef",
    "ItemRef",
    "Quantity",
    "Rate",
    "Amount",
    "Cost",
    "SalesTaxCodeRef",
    "Duration",
    "AccountRef",
];

/// Nobody is called this, and nothing is under it.
pub const NO_PARENT: &str = "FFFFFFFF-1";

/// The refusals that only come once writing is allowed: a parent that is not there, a name that is taken.
pub const WRITE_ALLOWED: [i32; 6] = [3000, 3100, 3120, 3130, 3140, 3150];

/// Several codes cover both what passes and what does not; only the words tell them apart.
pub const BY_WORDS: [i32; 4] = [3160, 3170, 3180, 3210];
/// The words of what passes.
pub const PASSES: [&str; 8] = [
    "modified by another user",
    "could not be locked",
    "could not lock",
    "has been locked",
    "failed to acquire the lock",
    "internals could not be locked",
    "is currently in use",
    "currently being used",
];
