//! What objects and fields there are: `objects.txt`, read once.
//!
//! Invariant: nothing here knows a record; custom fields belong to a company (`company.rs`).

use std::sync::OnceLock;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Integer,
    Decimal,
    Currency,
    Percent,
    Boolean,
    Date,
    Timestamp,
    Enum,
    /// Elements within: not a value, never selected.
    List,
}

impl Kind {
    pub fn named(word: &str) -> Option<Self> {
        Some(match word {
            "TEXT" => Self::Text,
            "INTEGER" => Self::Integer,
            "DECIMAL" => Self::Decimal,
            "CURRENCY" => Self::Currency,
            "PERCENT" => Self::Percent,
            "BOOLEAN" => Self::Boolean,
            "DATE" => Self::Date,
            "TIMESTAMP" => Self::Timestamp,
            "ENUM" => Self::Enum,
            "LIST" => Self::List,
            _ => return None,
        })
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Text | Self::List => "TEXT",
            Self::Integer => "INTEGER",
            Self::Decimal => "DECIMAL",
            Self::Currency => "CURRENCY",
            Self::Percent => "PERCENT",
            Self::Boolean => "BOOLEAN",
            Self::Date => "DATE",
            Self::Timestamp => "TIMESTAMP",
            Self::Enum => "ENUM",
        }
    }
}

/// Who writes a field that nobody may write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stamp {
    Created,
    Modified,
    Creator,
    Modifier,
    Owner,
}

#[derive(Debug, Clone)]
pub struct Field {
    pub name: String,
    pub kind: Kind,
    pub required: bool,
    pub read_only: bool,
    /// Given at creation or never.
    pub fixed: bool,
    pub max: Option<usize>,
    /// The object whose business id it holds.
    pub reference: Option<String>,
    pub default: Option<String>,
    pub stamp: Option<Stamp>,
    /// Label and stored code.
    pub values: Vec<(String, String)>,
    pub custom: bool,
}

impl Field {
    pub fn new(name: &str, kind: Kind) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            required: false,
            read_only: false,
            fixed: false,
            max: None,
            reference: None,
            default: None,
            stamp: None,
            values: Vec::new(),
            custom: false,
        }
    }

    /// What `readByQuery` compares with: the code where there is one.
    pub fn code<'a>(&'a self, label: &'a str) -> &'a str {
        let found = self.values.iter().find(|(known, _)| known == label);
        found.map_or(label, |(_, code)| code)
    }

    /// `Billing start date` for `BILLINGSTARTDATE`, as far as a name tells.
    pub fn label(&self) -> String {
        let mut words = self.name.replace(['_', '.'], " ").to_lowercase();
        if let Some(first) = words.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        words
    }
}

/// A way from one record to another, or to none.
#[derive(Debug, Clone)]
pub struct Relation {
    pub name: String,
    pub object: String,
    pub own: String,
    pub theirs: String,
    pub owned: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Read,
    Update,
    Write,
}

#[derive(Debug)]
pub struct Object {
    pub name: String,
    pub title: String,
    /// The business id, where there is one.
    pub id: Option<String>,
    pub module: String,
    pub access: Access,
    /// The field by which rows are sought most: the contract of a line.
    pub group: Option<String>,
    pub fields: Vec<Field>,
    pub relations: Vec<Relation>,
}

impl Object {
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    pub fn relation(&self, name: &str) -> Option<&Relation> {
        self.relations.iter().find(|relation| relation.name == name)
    }

    pub fn stamped(&self, stamp: Stamp) -> Option<&str> {
        let field = self.fields.iter().find(|field| field.stamp == Some(stamp));
        field.map(|field| field.name.as_str())
    }
}

/// Every object, in the order in which they depend on one another as far as they do.
pub fn objects() -> &'static [Object] {
    static OBJECTS: OnceLock<Vec<Object>> = OnceLock::new();
    OBJECTS.get_or_init(|| read(include_str!("objects.txt")).expect("objects.txt is well formed"))
}

/// An object by its name in any case.
pub fn object(name: &str) -> Option<&'static Object> {
    let mut all = objects().iter();
    all.find(|object| object.name.eq_ignore_ascii_case(name))
}

/// An object of the table by its exact name.
///
/// # Panics
/// Where the name is none of the table: a mistake of this simulator.
pub fn known(name: &str) -> &'static Object {
    object(name).unwrap_or_else(|| panic!("{name} is not in objects.txt"))
}

const STAMPS: &str = "WHENCREATED TIMESTAMP ro created
WHENMODIFIED TIMESTAMP ro modified
CREATEDBY TEXT ro creator
MODIFIEDBY TEXT ro modifier
MEGAENTITYID TEXT ro owner
RECORD_URL TEXT ro";

/// Documents and invoices: their `WHENCREATED` is the document's date.
const DOCUMENT: &str = "AUWHENCREATED TIMESTAMP ro created
WHENMODIFIED TIMESTAMP ro modified
CREATEDBY TEXT ro creator
MODIFIEDBY TEXT ro modifier
MEGAENTITYID TEXT ro owner
RECORD_URL TEXT ro";

const CONTACT: &str = "PRINTAS TEXT R max=200
COMPANYNAME TEXT max=200
TAXABLE BOOLEAN
PREFIX TEXT max=40
FIRSTNAME TEXT max=40
LASTNAME TEXT max=40
INITIAL TEXT max=2
PHONE1 TEXT max=30
PHONE2 TEXT max=30
CELLPHONE TEXT max=30
PAGER TEXT max=30
FAX TEXT max=30
EMAIL1 TEXT max=200
EMAIL2 TEXT max=200
URL1 TEXT max=200
URL2 TEXT max=200
STATUS ENUM default=active : active=T|inactive=F
MAILADDRESS.ADDRESS1 TEXT max=80
MAILADDRESS.ADDRESS2 TEXT max=80
MAILADDRESS.ADDRESS3 TEXT max=80
MAILADDRESS.CITY TEXT max=80
MAILADDRESS.STATE TEXT max=40
MAILADDRESS.ZIP TEXT max=30
MAILADDRESS.COUNTRY TEXT max=60
MAILADDRESS.ISOCOUNTRYCODE TEXT max=2
MAILADDRESS.COUNTRYCODE TEXT ro";

fn read(text: &str) -> Result<Vec<Object>, String> {
    let mut objects: Vec<Object> = Vec::new();
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if line.contains(" | ") && !line.contains(" : ") {
            objects.push(heading(line).ok_or_else(|| format!("heading `{line}`"))?);
            continue;
        }
        let object = objects.last_mut().ok_or("a field before any object")?;
        if let Some(rest) = line.strip_prefix("> ") {
            let relation = relation(rest).ok_or_else(|| format!("relation `{line}`"))?;
            object.relations.push(relation);
            continue;
        }
        let lines = match line {
            "@stamps" => STAMPS,
            "@document" => DOCUMENT,
            "@contact" => CONTACT,
            line => line,
        };
        for line in lines.lines() {
            let (line, group) = match line.trim().strip_suffix(" group") {
                Some(line) => (line, true),
                None => (line.trim(), false),
            };
            let field = field(line).ok_or_else(|| format!("field `{line}`"))?;
            if group {
                object.group = Some(field.name.clone());
            }
            object.fields.push(field);
        }
    }
    Ok(objects)
}

fn heading(line: &str) -> Option<Object> {
    let parts: Vec<&str> = line.split(" | ").map(str::trim).collect();
    let &[name, title, id, module, access] = parts.as_slice() else {
        return None;
    };
    Some(Object {
        name: name.to_owned(),
        title: title.to_owned(),
        id: (id != "-").then(|| id.to_owned()),
        module: module.to_owned(),
        access: match access {
            "write" => Access::Write,
            "update" => Access::Update,
            "read" => Access::Read,
            _ => return None,
        },
        group: None,
        fields: Vec::new(),
        relations: Vec::new(),
    })
}

fn relation(text: &str) -> Option<Relation> {
    let mut words = text.split(' ');
    let (name, object) = (words.next()?, words.next()?);
    let (own, theirs) = words.next()?.split_once('=')?;
    Some(Relation {
        name: name.to_owned(),
        object: object.to_owned(),
        own: own.to_owned(),
        theirs: theirs.to_owned(),
        owned: words.next() == Some("owned"),
    })
}

fn field(line: &str) -> Option<Field> {
    let (head, values) = line.split_once(" : ").unwrap_or((line, ""));
    let mut words = head.split_whitespace();
    let mut field = Field::new(words.next()?, Kind::named(words.next()?)?);
    for word in words {
        match word.split_once('=') {
            None => match word {
                "R" => field.required = true,
                "ro" => field.read_only = true,
                "fixed" => field.fixed = true,
                "created" => field.stamp = Some(Stamp::Created),
                "modified" => field.stamp = Some(Stamp::Modified),
                "creator" => field.stamp = Some(Stamp::Creator),
                "modifier" => field.stamp = Some(Stamp::Modifier),
                "owner" => field.stamp = Some(Stamp::Owner),
                _ => return None,
            },
            Some(("max", number)) => field.max = Some(number.parse().ok()?),
            Some(("ref", object)) => field.reference = Some(object.to_owned()),
            Some(("default", value)) => field.default = Some(value.replace('_', " ")),
            Some(_) => return None,
        }
    }
    for value in values.split('|').filter(|value| !value.is_empty()) {
        let (label, code) = value.split_once('=')?;
        field.values.push((label.to_owned(), code.to_owned()));
    }
    Some(field)
}

#[cfg(test)]
mod tests {
    use super::{Kind, Stamp, known, objects};

    #[test]
    fn references_and_relations_name_what_is_there() {
        for object in objects() {
            for field in &object.fields {
                if let Some(other) = &field.reference {
                    assert!(known(other).id.is_some(), "{}.{}", object.name, field.name);
                }
                assert_eq!(
                    field.kind == Kind::Enum,
                    !field.values.is_empty(),
                    "{}.{}",
                    object.name,
                    field.name
                );
            }
            for relation in &object.relations {
                assert!(
                    object.field(&relation.own).is_some(),
                    "{}: {}",
                    object.name,
                    relation.own
                );
                assert!(known(&relation.object).field(&relation.theirs).is_some());
            }
            if let Some(id) = &object.id {
                assert!(object.field(id).is_some(), "{}: {id}", object.name);
            }
        }
    }

    #[test]
    fn documents_keep_their_date_where_other_objects_keep_their_stamp() {
        for name in ["SODOCUMENT", "ARINVOICE"] {
            assert_eq!(known(name).field("WHENCREATED").unwrap().kind, Kind::Date);
            assert_eq!(known(name).stamped(Stamp::Created), Some("AUWHENCREATED"));
        }
        assert_eq!(
            known("CONTRACT").stamped(Stamp::Created),
            Some("WHENCREATED")
        );
    }
}
