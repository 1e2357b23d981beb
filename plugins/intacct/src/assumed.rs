//! What no public source confirms, and what is ours to choose. When one of these turns out to be wrong it is
//! mended here and nowhere else; the README says what each means.

/// The gateway's address before a session names another. Documented.
pub const GATEWAY: &str = "https://api.intacct.com/ia/xml/xmlgw.phtml";
/// The vendor's own host, and those that sessions are pinned to. Documented by the vendor's clients.
pub const HOST: &str = "api.intacct.com";
pub const HOSTS: &str = "*.intacct.com";
/// The end of every host of the vendor's.
pub const DOMAIN: &str = ".intacct.com";

/// The custom field that carries our id, where the settings name no other. Ours.
pub const MARKER: &str = "LIAISON_ID";

/// The transaction definition of contract invoices, where the settings name no other. The vendor's default.
pub const CONTRACT_INVOICE: &str = "Contract Invoice";

/// Times without a zone are GMT: what every client read does, and what is documented of the audit trail alone.
pub const STAMP_OFFSET_MINUTES: i64 = 0;
/// How far walks of changes overlap. At least five minutes are advised.
pub const OVERLAP_S: u32 = 600;
/// A session is renewed before it is this old, whatever the gateway says of its end: by the reference its
/// time stamp may be that of its beginning, and the cursor is taken from it.
pub const SESSION_AGE_MS_MAX: u64 = 1_800_000;
/// A session that ends sooner than this is not used for another call.
pub const SESSION_MARGIN_MS: i64 = 60_000;

/// Rows of one page. 2,000 is the vendor's limit.
pub const ROWS_MAX: u32 = 1_000;
/// Records that show their lines: so many have them asked for together.
pub const OWNERS_MAX: usize = 200;
/// JSON values of one page. The host takes 250,000 in an answer.
pub const VALUES_MAX: usize = 200_000;
/// Values of one `in`. 1,000 is the vendor's limit.
pub const IN_MAX: usize = 500;
/// Records of one write: each is one function. 100 is the vendor's limit for one create.
pub const FUNCTIONS_MAX: usize = 50;
/// Contract lines that stand or fall together.
pub const LINES_MAX: usize = 100;
/// Calls in hand at once. The lowest tier allows six to an application; older advice says two.
pub const CONCURRENCY: u32 = 2;

/// The gateway cuts an answer after fifteen minutes and goes on working: so long after it was sent may a change whose
/// answer never came still be under way, where the settings say nothing else.
pub const STILL_WORKING_S: u32 = 900;

/// How long it is remembered which fields a company's objects have.
pub const SHAPE_MS: u64 = 3_600_000;

/// The object with the traces of deletions, and its fields.
pub const AUDIT: &str = "AUDITHISTORY";
pub const AUDIT_TYPE: &str = "OBJECTTYPE";
pub const AUDIT_KEY: &str = "OBJECTKEY";
pub const AUDIT_MODE: &str = "ACCESSMODE";
pub const AUDIT_TIME: &str = "ACCESSTIME";
/// The words for a deletion: what `query` compares is the code, what it answers may be the label.
pub const AUDIT_DELETED: [&str; 2] = ["D", "Delete"];

/// The module key of receivables that Order Entry made. Documented.
pub const FROM_ORDER_ENTRY: &str = "8.SO";

/// The location entity: neither the object nor its fields stand in the reference; they are the vendor's usual ones.
pub const LOCATION_ENTITY: &str = "LOCATIONENTITY";
pub const USER: &str = "USERINFO";

/// The state of a contract and of a line before it is posted, and after. Documented.
pub const DRAFT: &str = "Draft";
pub const IN_PROGRESS: &str = "In progress";
/// The states of a line that Intacct has ended.
pub const ENDED: [&str; 2] = ["Cancelled", "Closed"];
/// The states of a contract that was posted and whose term is over.
pub const LIVE_TOO: [&str; 2] = ["Renewed", "Not renewed"];
