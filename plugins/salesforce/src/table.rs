//! The entities as tables: which object each is, and the fields that every org has.
//!
//! A field has the same name here as in Salesforce, so that a flow can name any custom field of an org as the
//! org does. What stands in a table is what a flow is checked against; what is read is what `describe` shows.

use crate::lines;
use crate::shape::RECORD_TYPE_ID;
use crate::tables;
use liaison_sdk::prelude::*;

/// One entity.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    pub entity: &'static str,
    /// The object's API name; none where the flow names it.
    pub object: Option<&'static str>,
    pub fields: &'static [Spec],
    /// By which fields, besides the id, `find` can look records up.
    pub keys: &'static [&'static str],
    pub writable: bool,
}

/// A field that every org has.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    pub name: &'static str,
    pub holds: Holds,
    pub read_only: bool,
    /// Set by Salesforce at each write.
    pub stamp: bool,
    required: bool,
    /// Not every org has it.
    pub optional: bool,
    note: Option<&'static str>,
}

/// What a field of a table holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    Text(u32),
    /// More than can be filtered by.
    LongText(u32),
    Picklist,
    Bool,
    Int,
    Decimal,
    Date,
    Instant,
    /// The id of a record of this entity.
    Of(&'static str),
    /// The id of a record of something that is no entity here.
    Id,
}

/// The field of our own key, wherever the org keeps it.
pub const KEY: &str = "liaison_key";
/// Any field as a key of a look-up: `FIELD:VALUE`, or `OBJECT.FIELD:VALUE`.
pub const LOOKUP: &str = "key";
/// The name of the record type, beside its id, which differs from org to org.
pub const RECORD_TYPE: &str = "record_type";
/// The object's API name, where the flow names it.
pub const OBJECT: &str = "object";
/// The entity whose object the flow names.
pub const CUSTOM: &str = "custom-object";

/// The lines of an opportunity, with all that a line has.
fn lines_field() -> schema::Field {
    let line = tables::ALL.iter().find(|table| table.entity == lines::LINE);
    let specs = line.map(|line| line.fields).unwrap_or_default();
    let mut fields = vec![schema::id("id")];
    fields.extend(specs.iter().map(Spec::schema));
    schema::list(lines::LINES, &fields)
        .read_only()
        .title("Products")
        .description("Its lines, in the order in which they were made, with the fields of opportunity-line. Left out where the user may not see them.")
}

/// The entity of this name.
pub fn named(entity: &str) -> Result<&'static Table, Fault> {
    let table = tables::ALL.iter().find(|table| table.entity == entity);
    table.ok_or_else(|| fault::no_such_entity(entity))
}

impl Table {
    /// All fields, for the manifest.
    pub fn schema_fields(&self) -> Vec<schema::Field> {
        let given = |field: schema::Field| match self.writable {
            true => field,
            false => field.read_only(),
        };
        let mut fields = vec![schema::id("id")];
        if self.object.is_none() {
            fields.push(
                schema::string(OBJECT)
                    .required()
                    .title("Object")
                    .description("The API name of the custom object, e.g. My_Object__c. A flow names it in its filter (source) or as a constant (target)."),
            );
        }
        fields.extend(self.fields.iter().map(|spec| given(spec.schema())));
        if self.has_record_types() {
            fields.push(given(
                schema::string(RECORD_TYPE)
                    .max(80)
                    .title("Record type, by name")
                    .description("The developer name of the record type. Written, it stands for RecordTypeId, which differs from org to org."),
            ));
        }
        if lines::has_lines(self) {
            fields.push(lines_field());
        }
        if self.writable {
            fields.push(
                schema::string(KEY)
                    .max(64)
                    .title("liaison's key")
                    .description("The custom field by which a record of ours is recognised; which one the setting `key_field` says. Left out, a new record gets a key of liaison's own."),
            );
        }
        fields.push(
            schema::string(LOOKUP)
                .read_only()
                .title("Any field, as a key")
                .description(match self.object {
                    Some(_) => "Only to look a record up, by any field of the org: FIELD:VALUE, e.g. ERP_Id__c:4711.",
                    None => "Only to look a record up, by any field of any object: OBJECT.FIELD:VALUE, e.g. My_Object__c.ERP_Id__c:4711.",
                }),
        );
        fields
    }

    /// Whether its records may be of record types.
    pub fn has_record_types(&self) -> bool {
        self.fields.iter().any(|spec| spec.name == RECORD_TYPE_ID)
    }

    /// Everything that `find` can go by.
    pub fn all_keys(&self) -> Vec<&'static str> {
        let mut keys = vec!["id"];
        keys.extend(self.object.is_none().then_some(OBJECT));
        keys.extend(self.keys);
        keys.extend(self.writable.then_some(KEY));
        keys.push(LOOKUP);
        keys
    }
}

impl Spec {
    const fn new(name: &'static str, holds: Holds) -> Self {
        Self {
            name,
            holds,
            read_only: false,
            stamp: false,
            required: false,
            optional: false,
            note: None,
        }
    }

    pub const fn ro(mut self) -> Self {
        self.read_only = true;
        self
    }

    pub const fn stamp(mut self) -> Self {
        self.read_only = true;
        self.stamp = true;
        self
    }

    pub const fn must(mut self) -> Self {
        self.required = true;
        self
    }

    pub const fn maybe(mut self) -> Self {
        self.optional = true;
        self
    }

    pub const fn note(mut self, note: &'static str) -> Self {
        self.note = Some(note);
        self
    }

    /// By which comparisons the vendor itself can cut a list.
    pub fn filters(&self) -> &'static [Comparison] {
        use Comparison as C;
        match self.holds {
            Holds::LongText(_) => &[],
            Holds::Text(_) | Holds::Picklist => &[
                C::Eq,
                C::NotEq,
                C::IsIn,
                C::NotIn,
                C::Empty,
                C::NotEmpty,
                C::StartsWith,
                C::Contains,
            ],
            Holds::Of(_) | Holds::Id => {
                &[C::Eq, C::NotEq, C::IsIn, C::NotIn, C::Empty, C::NotEmpty]
            }
            Holds::Bool => &[C::Eq, C::NotEq],
            Holds::Int | Holds::Decimal | Holds::Date | Holds::Instant => &[
                C::Eq,
                C::NotEq,
                C::Lt,
                C::Le,
                C::Gt,
                C::Ge,
                C::Empty,
                C::NotEmpty,
            ],
        }
    }

    fn schema(&self) -> schema::Field {
        let name = self.name;
        let mut field = match self.holds {
            Holds::Text(most) | Holds::LongText(most) => schema::string(name).max(most),
            Holds::Picklist | Holds::Id => schema::string(name),
            Holds::Bool => schema::boolean(name),
            Holds::Int => schema::integer(name),
            Holds::Decimal => schema::decimal(name),
            Holds::Date => schema::date(name),
            Holds::Instant => schema::instant(name),
            Holds::Of(entity) => schema::reference(name, entity),
        };
        if self.required {
            field = field.required();
        }
        if self.stamp {
            field = field.stamp();
        } else if self.read_only {
            field = field.read_only();
        }
        match self.note {
            Some(note) => field.description(note),
            None => field,
        }
    }
}

pub const fn text(name: &'static str, most: u32) -> Spec {
    Spec::new(name, Holds::Text(most))
}

pub const fn long_text(name: &'static str, most: u32) -> Spec {
    Spec::new(name, Holds::LongText(most))
}

pub const fn picklist(name: &'static str) -> Spec {
    Spec::new(name, Holds::Picklist)
}

pub const fn yes_no(name: &'static str) -> Spec {
    Spec::new(name, Holds::Bool)
}

pub const fn int(name: &'static str) -> Spec {
    Spec::new(name, Holds::Int)
}

pub const fn number(name: &'static str) -> Spec {
    Spec::new(name, Holds::Decimal)
}

pub const fn day(name: &'static str) -> Spec {
    Spec::new(name, Holds::Date)
}

pub const fn instant(name: &'static str) -> Spec {
    Spec::new(name, Holds::Instant)
}

pub const fn of(name: &'static str, entity: &'static str) -> Spec {
    Spec::new(name, Holds::Of(entity))
}

pub const fn other_id(name: &'static str) -> Spec {
    Spec::new(name, Holds::Id)
}
