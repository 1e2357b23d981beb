//! What is assumed of Salesforce, in one place: what the reference marks as general knowledge or as nothing
//! but a choice. Everything else in this connector is documented or was recorded.
//!
//! Replace a line here when a real org proves it wrong; nothing else has to know.

/// The version of the API that is asked for unless the settings name another. Any from 46.0 on will do.
pub const API_VERSION: &str = "62.0";

/// Commits of long transactions land after their stamp: so far back each run looks again. Batch Apex may
/// hold a transaction open for ten minutes.
pub const OVERLAP_S: u32 = 600;

/// The life of a JWT assertion. The vendor accepts about three minutes; ours leaves a minute for clocks.
pub const ASSERTION_LIFE_S: u64 = 120;

/// Where URL and headers together may have about 16 KiB, what a query may be long, percent-encoded.
pub const QUERY_BYTES_MAX: usize = 12_000;

/// Ids or values in one `IN (…)`.
pub const VALUES_A_QUERY: usize = 200;

/// No `Retry-After` comes with a used-up day: when to ask again. The allowance is counted over 24 hours that
/// roll, so some of it comes back all the time.
pub const DAY_USED_UP_WAIT_MS: u64 = 15 * 60_000;

/// Too many long calls at once.
pub const CONCURRENT_WAIT_MS: u64 = 30_000;

/// The API is switched off for a while, or the org is being moved.
pub const SWITCHED_OFF_WAIT_MS: u64 = 10 * 60_000;

/// How long a description of an object is used before it is asked again whether it changed.
pub const DESCRIBE_MS: u64 = 10 * 60_000;

/// 401s that a new token does not cure.
pub const NOT_CURED_BY_A_TOKEN: [&str; 2] = [
    "This session is not valid for use with the REST API",
    "Connected app is not attached to Agent",
];

/// Words of the token endpoint, and what they mean.
pub const TOKEN_WORDS: [(&str, TokenRefusal); 12] = [
    ("hasn't approved this consumer", TokenRefusal::NotApproved),
    ("audience is invalid", TokenRefusal::Audience),
    ("not supported on this domain", TokenRefusal::Domain),
    ("expired authorization code", TokenRefusal::Clock),
    ("invalid assertion", TokenRefusal::Signature),
    ("user is locked", TokenRefusal::User),
    ("inactive user", TokenRefusal::User),
    ("inactive org", TokenRefusal::User),
    ("ip restricted", TokenRefusal::Address),
    ("no client credentials user", TokenRefusal::RunAs),
    ("login rate exceeded", TokenRefusal::TooOften),
    ("retry your request", TokenRefusal::Later),
];

/// Why there is no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenRefusal {
    NotApproved,
    Audience,
    Domain,
    Clock,
    Signature,
    User,
    Address,
    RunAs,
    TooOften,
    Later,
}

/// What a trigger's refusal holds when it only met a record that somebody else was writing.
pub const LOCK_INSIDE: &str = "UNABLE_TO_LOCK_ROW";

/// Fields that must be changed by an update of their own: a contract is activated by nothing but its status.
pub const CHANGED_ALONE: [(&str, &str); 1] = [("Contract", "Status")];

/// How long the key field must at least be: a token has 26 characters.
pub const KEY_LENGTH_MIN: u64 = 26;

/// Two fields of which a record may set one: the vendor computes the other.
pub const ONE_OF_TWO: [(&str, &str, &str); 1] =
    [("OpportunityLineItem", "UnitPrice", "TotalPrice")];

/// What an upsert is told whose field is not there, or is no external id.
pub const EXTERNAL_ID_GONE: &str = "external ID field";
