//! What no public source confirms: everything the connector does beyond reading documents by number and by the
//! time of their events. When one of these turns out to be wrong it is mended here and nowhere else; the README
//! says what each means.

pub mod action;
pub mod customer;
pub mod document;
pub mod reference;
pub mod result;

/// The document-level custom fields, where the settings name no other. A set-up step of the vendor's.
pub const OPPORTUNITY_NAME_FIELD: &str = "Autotask Opportunity";
pub const OPPORTUNITY_ID_FIELD: &str = "Autotask Opportunity ID";
/// Whose ids external ids are, where the settings name no other.
pub const EXTERNAL_SYSTEM: &str = "autotask";

/// How far walks of changes overlap, and how far ahead of our clock they look.
pub const OVERLAP_S: u32 = 600;
/// How long the service knows a `requestId` again.
pub const REMEMBERED_S: u32 = 604_800;
/// Characters of a customer's name.
pub const NAME_MAX: u32 = 100;
/// Before this day nobody had a document: the service is younger.
pub const FIRST_DAY: &str = "2000-01-01";

/// Codes of refusals beside 105 and 507.
pub mod code {
    pub const CREDENTIALS: &str = "101";
    pub const PERMISSION: &str = "102";
    pub const BAD_XML: &str = "201";
    pub const NOT_FOUND: &str = "404";
    pub const CONFLICT: &str = "409";
    pub const INVALID: &str = "422";
    pub const BUSY: &str = "503";
    /// How long a busy service is left alone.
    pub const BUSY_WAIT_MS: u64 = 30_000;
}
