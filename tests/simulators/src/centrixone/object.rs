//! The seven objects and their fields: what a name means, who may write it, how it is checked.
//!
//! Only `name` of a contact is confirmed by the vendor; every other wire name is assumed, and this
//! table is the only place that lists them.

use self::Kind::{Amount, Custom, Date, Flag, Iso, Lines, Lists, Moment, Reference, Text};
use self::Writer::{Anyone, Api, Nobody};

/// In the order in which they depend on one another, so that a seed can be read in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Object {
    Lists,
    Stages,
    RevenueCategories,
    Users,
    Accounts,
    Contacts,
    Opportunities,
}

/// Who may write a field. A seed may write any that is not computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writer {
    Anyone,
    /// The API; for people it is read-only.
    Api,
    /// Computed, or a stamp.
    Nobody,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// So many to so many capital letters.
    Iso(usize, usize),
    Flag,
    Amount,
    Date,
    Moment,
    Reference(Object),
    /// Ids of lists, at least one.
    Lists,
    /// Keys `1` to `numbered`, and named ones that people cannot write.
    Custom {
        numbered: u32,
        named: &'static [&'static str],
    },
    /// The lines of an opportunity, always written as a whole.
    Lines,
}

#[derive(Debug)]
pub struct Field {
    pub name: &'static str,
    pub kind: Kind,
    pub writer: Writer,
}

const fn field(name: &'static str, kind: Kind, writer: Writer) -> Field {
    Field { name, kind, writer }
}

#[rustfmt::skip]
const CONTACT: &[Field] = &[
    field("external_id", Text, Api),
    field("account_id", Reference(Object::Accounts), Nobody),
    field("created", Moment, Nobody),
    field("modified", Moment, Nobody),
    field("lists", Lists, Anyone),
    field("title", Text, Anyone),
    field("name", Text, Anyone),
    field("firstname", Text, Anyone),
    field("fullname", Text, Anyone),
    field("job", Text, Anyone),
    field("company", Text, Anyone),
    field("address1", Text, Anyone),
    field("address2", Text, Anyone),
    field("city", Text, Anyone),
    field("state", Iso(2, 3), Anyone),
    field("zip", Text, Anyone),
    field("country", Iso(2, 2), Anyone),
    field("email", Text, Anyone),
    field("phone1", Text, Anyone),
    field("phone2", Text, Anyone),
    field("cell", Text, Anyone),
    field("fax", Text, Anyone),
    field("website", Text, Anyone),
    field("language", Iso(2, 2), Anyone),
    field("notes", Text, Anyone),
    field("rep1", Reference(Object::Users), Anyone),
    field("rep2", Reference(Object::Users), Anyone),
    field("contact_custom", Custom { numbered: 70, named: &[] }, Anyone),
];

/// The five custom fields of an account that the synchronisation with Acomba takes.
pub const ACOMBA_CUSTOM: &[&str] = &[
    "price_list",
    "payment_term",
    "customer_number",
    "discount",
    "territory",
];

#[rustfmt::skip]
const ACCOUNT: &[Field] = &[
    field("name", Text, Anyone),
    field("primary_contact_id", Reference(Object::Contacts), Nobody),
    field("protected", Flag, Nobody),
    field("account_custom", Custom { numbered: 65, named: ACOMBA_CUSTOM }, Anyone),
];

#[rustfmt::skip]
const LIST: &[Field] = &[
    field("name", Text, Anyone),
    field("protected", Flag, Nobody),
];

#[rustfmt::skip]
const STAGE: &[Field] = &[
    field("main", Text, Anyone),
    field("percent", Amount, Anyone),
    field("label_fr", Text, Anyone),
    field("label_en", Text, Anyone),
    field("protected", Flag, Nobody),
];

#[rustfmt::skip]
const CATEGORY: &[Field] = &[
    field("parent_id", Reference(Object::RevenueCategories), Anyone),
    field("name", Text, Anyone),
    field("active", Flag, Anyone),
    field("external_id", Text, Api),
];

#[rustfmt::skip]
const USER: &[Field] = &[
    field("username", Text, Anyone),
    field("full_name", Text, Anyone),
    field("active", Flag, Anyone),
    field("external_id", Text, Api),
];

#[rustfmt::skip]
const OPPORTUNITY: &[Field] = &[
    field("external_id", Text, Api),
    field("account_id", Reference(Object::Accounts), Anyone),
    field("contact_id", Reference(Object::Contacts), Anyone),
    field("title", Text, Anyone),
    field("stage_id", Reference(Object::Stages), Anyone),
    field("rep1", Reference(Object::Users), Anyone),
    field("date", Date, Anyone),
    field("lines", Lines, Anyone),
    field("freight", Amount, Anyone),
    field("discount", Amount, Anyone),
    field("total", Amount, Anyone),
];

/// The fields of one line of an opportunity.
#[rustfmt::skip]
pub const LINE: &[Field] = &[
    field("revenue_category_id", Reference(Object::RevenueCategories), Anyone),
    field("product_code", Text, Anyone),
    field("description", Text, Anyone),
    field("quantity", Amount, Anyone),
    field("unit_price", Amount, Anyone),
];

impl Object {
    pub const ALL: [Self; 7] = [
        Self::Lists,
        Self::Stages,
        Self::RevenueCategories,
        Self::Users,
        Self::Accounts,
        Self::Contacts,
        Self::Opportunities,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Lists => "Lists",
            Self::Stages => "Stages",
            Self::RevenueCategories => "RevenueCategories",
            Self::Users => "Users",
            Self::Accounts => "Accounts",
            Self::Contacts => "Contacts",
            Self::Opportunities => "Opportunities",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|object| object.name() == name)
    }

    pub fn fields(self) -> &'static [Field] {
        match self {
            Self::Lists => LIST,
            Self::Stages => STAGE,
            Self::RevenueCategories => CATEGORY,
            Self::Users => USER,
            Self::Accounts => ACCOUNT,
            Self::Contacts => CONTACT,
            Self::Opportunities => OPPORTUNITY,
        }
    }

    pub fn field(self, name: &str) -> Option<&'static Field> {
        self.fields().iter().find(|field| field.name == name)
    }

    /// The letters of the basic filter that this object takes, its own id first.
    pub fn letters(self) -> &'static str {
        match self {
            Self::Lists => "S",
            Self::Stages => "G",
            Self::RevenueCategories => "RE",
            Self::Users => "UE",
            Self::Accounts => "A",
            Self::Contacts => "CESA",
            Self::Opportunities => "OEAC",
        }
    }
}
