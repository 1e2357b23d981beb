//! Every name on the wire, and which of them no public source confirms.
//!
//! The vendor publishes the first part of its guide only: the URL of contacts, the filters `all`, `C`,
//! `E` and `S`, the word `Result`, conditional reads. All the rest is assumed in the same convention.
//! When a name turns out to be wrong, it is mended here and nowhere else.

/// A kind of object, each with a URL of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Object {
    Contacts,
    Accounts,
    Lists,
    Opportunities,
    Stages,
    RevenueCategories,
    Users,
}

impl Object {
    /// The word in the URL, and the property of the answer that holds the rows. Only `Contacts` is
    /// confirmed.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Contacts => "Contacts",
            Self::Accounts => "Accounts",
            Self::Lists => "Lists",
            Self::Opportunities => "Opportunities",
            Self::Stages => "Stages",
            Self::RevenueCategories => "RevenueCategories",
            Self::Users => "Users",
        }
    }

    /// The filter's letter for the object's own id. `C` and `S` are confirmed.
    pub const fn letter(self) -> char {
        match self {
            Self::Contacts => 'C',
            Self::Accounts => 'A',
            Self::Lists => 'S',
            Self::Opportunities => 'O',
            Self::Stages => 'G',
            Self::RevenueCategories => 'R',
            Self::Users => 'U',
        }
    }

    /// What stands behind a `?` in a read of everything. The one documented example has it on contacts.
    pub const fn parameters(self) -> &'static str {
        match self {
            Self::Contacts => "?fields=all",
            _ => "",
        }
    }

    /// The fields by which a large set is read when it is not its records that are wanted: as few as can be,
    /// but with all by which records are found, and with what moves when a record is edited, should the
    /// vendor make the set's stamp from what it shows. None for small sets, which are read whole.
    pub const fn thin(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Contacts => Some(&[ID, ACCOUNT_ID, COMPANY, MODIFIED]),
            Self::Accounts => Some(&[ID, NAME, ACCOUNT_CUSTOM]),
            Self::Opportunities => Some(&[ID, STAGE_ID, TITLE, TOTAL]),
            _ => None,
        }
    }

    /// The fields by which it is seen which records of a large set are there when it cannot be asked for
    /// them, and one that every record has, which shows that the list was heeded. None for small sets.
    pub const fn known_by(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Contacts => Some(&[ID, EXTERNAL_ID, MODIFIED]),
            Self::Opportunities => Some(&[ID, EXTERNAL_ID, STAGE_ID]),
            Self::Accounts => Some(&[ID]),
            _ => None,
        }
    }
}

/// What asks for these fields only. The parameter is documented, its list is assumed: where it is refused
/// everything is read, and where it is not heeded everything comes.
pub fn only(fields: &[&str]) -> String {
    format!("?fields={}", fields.join(","))
}

/// The filter for everything. Confirmed.
pub const ALL: &str = "all";
/// The filter's letter for our own id. Confirmed for contacts.
pub const EXTERNAL: char = 'E';
/// What stands before the object in every path. Confirmed for contacts in English.
pub const ROOT: &str = "API_WEB";
/// What every path ends with. Confirmed.
pub const EXTENSION: &str = ".awp";

/// The property that says whether it worked, and the word for yes. Confirmed.
pub const RESULT: &str = "Result";
pub const SUCCESS: &str = "Success";

pub const ID: &str = "id";
pub const EXTERNAL_ID: &str = "external_id";
pub const CREATED: &str = "created";
pub const MODIFIED: &str = "modified";
/// A contact's account, and an opportunity's.
pub const ACCOUNT_ID: &str = "account_id";
/// An opportunity's contact.
pub const CONTACT_ID: &str = "contact_id";
/// The ids of a contact's lists. An edit replaces all of them.
pub const LISTS: &str = "lists";
/// A contact's company; the vendor finds the account by its spelling.
pub const COMPANY: &str = "company";
pub const FIRST_NAME: &str = "firstname";
/// Of a contact, of an account, of a list, of a category. Confirmed for contacts.
pub const NAME: &str = "name";
/// The representative of a contact or an opportunity.
pub const REPRESENTATIVE: &str = "rep1";
/// The account's fields that the accounting system owns stand in this object.
pub const ACCOUNT_CUSTOM: &str = "account_custom";
/// One of them: by what the accounting system knows a customer.
pub const CUSTOMER_NUMBER: &str = "customer_number";
pub const USERNAME: &str = "username";
pub const ACTIVE: &str = "active";
/// Must not be renamed or removed.
pub const PROTECTED: &str = "protected";
pub const STAGE_ID: &str = "stage_id";
/// An opportunity's.
pub const TITLE: &str = "title";
pub const TOTAL: &str = "total";
/// The vendor's word for a stage's main stage, `won` among them. A new stage takes the word of a stage
/// of its percentage.
pub const MAIN: &str = "main";
/// Fixed by the main stage; confirmed are 40, 90 and 100.
pub const PERCENT: &str = "percent";
pub const LABEL_FR: &str = "label_fr";
pub const LABEL_EN: &str = "label_en";
pub const CATEGORY_ID: &str = "revenue_category_id";
pub const PARENT_ID: &str = "parent_id";
pub const LINES: &str = "lines";

/// What empties a field in an edit; a field left out stays as it is.
pub const NOTHING: &str = "";

/// The most rows of one POST. The vendor names no limit.
pub const ROWS_MAX: usize = 50;
/// The most ids of one filter: about 2 KiB of address.
pub const IDS_MAX: usize = 200;
/// The most bytes of ids that a cursor carries along.
pub const AHEAD_MAX: usize = 3_000;

/// How long after the last modification the second of its stamp is surely over, by the vendor's own
/// clock (`Date`), or by ours where it tells none.
pub const STAMP_SETTLED_MS: i64 = 2_000;
pub const STAMP_SETTLED_OUR_CLOCK_MS: i64 = 300_000;
