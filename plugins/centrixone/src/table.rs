//! The entities that are one object each: a table of fields, and both directions.

use crate::api::id_of;
use crate::assumed::*;
use crate::field::{field, row_of, unfit, Field, Kind};
use liaison_sdk::prelude::*;

/// One entity.
pub struct Table {
    pub entity: &'static str,
    pub object: Object,
    pub fields: &'static [Field],
    /// By which fields `find` can look records up.
    pub keys: &'static [&'static str],
    /// Whether it carries an id of ours.
    pub external: bool,
    /// Few enough to be read whole whenever something is looked up.
    pub small: bool,
}

/// A user: the representative of customers and opportunities.
pub const USER: Table = Table {
    entity: "user",
    object: Object::Users,
    fields: &[
        field("username", "User name", USERNAME, Kind::Text).read_only(),
        field("full_name", "Full name", "full_name", Kind::Text),
        field("active", "Active", ACTIVE, Kind::Flag),
        field("external_id", "Our id", EXTERNAL_ID, Kind::Text),
    ],
    keys: &["external_id", NUMBER, "username"],
    external: true,
    small: true,
};

/// A revenue category: what product groups become.
pub const REVENUE_CATEGORY: Table = Table {
    entity: "revenue_category",
    object: Object::RevenueCategories,
    fields: &[
        field("name", "Name", NAME, Kind::Text),
        field(
            "parent_id",
            "Parent",
            PARENT_ID,
            Kind::Reference("revenue_category"),
        )
        .once(),
        field("active", "Active", ACTIVE, Kind::Flag),
        field("external_id", "Our id", EXTERNAL_ID, Kind::Text),
    ],
    keys: &["external_id", "name"],
    external: true,
    small: true,
};

/// A sales stage: a fixed main stage with a label of its own.
pub const STAGE: Table = Table {
    entity: "stage",
    object: Object::Stages,
    fields: &[
        field("main", "Main stage", MAIN, Kind::Text).once(),
        field("percent", "Percentage", PERCENT, Kind::Whole).once(),
        field("label_fr", "Label in French", LABEL_FR, Kind::Text),
        field("label_en", "Label in English", LABEL_EN, Kind::Text),
        field("protected", "Protected", PROTECTED, Kind::Flag).read_only(),
    ],
    keys: &["label_fr", "label_en", "percent", "main"],
    external: false,
    small: true,
};

/// A list of contacts.
pub const LIST: Table = Table {
    entity: "list",
    object: Object::Lists,
    fields: &[
        field("name", "Name", NAME, Kind::Text),
        field("protected", "Protected", PROTECTED, Kind::Flag).read_only(),
    ],
    keys: &["name"],
    external: false,
    small: true,
};

/// An opportunity: what documents become.
pub const OPPORTUNITY: Table = Table {
    entity: "opportunity",
    object: Object::Opportunities,
    fields: &[
        field("external_id", "Our id", EXTERNAL_ID, Kind::Text),
        field(
            "customer_id",
            "Customer",
            ACCOUNT_ID,
            Kind::Reference("customer"),
        ),
        field("contact_id", "Contact", CONTACT_ID, Kind::Text).read_only(),
        field("title", "Title", TITLE, Kind::Text),
        field("stage_id", "Stage", STAGE_ID, Kind::Reference("stage")),
        field(
            STAGE_LABEL,
            "Stage, label in French",
            STAGE_LABEL,
            Kind::Text,
        ),
        field(
            STAGE_LABEL_EN,
            "Stage, label in English",
            STAGE_LABEL_EN,
            Kind::Text,
        )
        .once(),
        field(
            STAGE_PERCENT,
            "Stage, percentage",
            STAGE_PERCENT,
            Kind::Whole,
        ),
        field(
            "rep_id",
            "Representative",
            REPRESENTATIVE,
            Kind::Reference("user"),
        ),
        field("date", "Date", "date", Kind::Day),
        field("freight", "Freight", "freight", Kind::Decimal),
        field("discount", "Discount", "discount", Kind::Decimal),
        field("total", "Total before taxes", TOTAL, Kind::Decimal),
        field("modified_at", "Modified", MODIFIED, Kind::Stamp).read_only(),
    ],
    keys: &["external_id"],
    external: true,
    small: false,
};

/// All of them.
pub const TABLES: [&Table; 5] = [&USER, &REVENUE_CATEGORY, &STAGE, &LIST, &OPPORTUNITY];

/// The lines of an opportunity.
pub const LINE_FIELDS: [Field; 5] = [
    field(
        "revenue_category_id",
        "Revenue category",
        CATEGORY_ID,
        Kind::Reference("revenue_category"),
    ),
    field("product_code", "Product code", "product_code", Kind::Text),
    field("description", "Description", "description", Kind::Text),
    field("quantity", "Quantity", "quantity", Kind::Decimal),
    field("unit_price", "Unit price", "unit_price", Kind::Decimal),
];

/// The number before the `@` in the name of a user that was made from a salesperson.
pub const NUMBER: &str = "number";

/// What an opportunity tells of its stage. CentrixOne keeps it on the stage; see [`crate::stage`].
pub const STAGE_LABEL: &str = "stage_label";
pub const STAGE_LABEL_EN: &str = "stage_label_en";
pub const STAGE_PERCENT: &str = "stage_percent";

/// The entity of this name.
pub fn named(name: &str) -> Result<&'static Table, Fault> {
    let table = TABLES.into_iter().find(|table| table.entity == name);
    table.ok_or_else(|| fault::no_such_entity(name))
}

impl Table {
    pub fn is(&self, other: &Table) -> bool {
        self.object == other.object
    }

    /// The value of one field in a row; none when the row does not tell.
    pub fn value(&self, name: &str, row: &Value) -> Option<Value> {
        let field = self.fields.iter().find(|field| field.name == name)?;
        field.value_in(row)
    }

    /// All fields, for the manifest.
    pub fn schema_fields(&self) -> Vec<schema::Field> {
        let mut fields = vec![schema::id("id")];
        fields.extend(self.fields.iter().map(Field::schema));
        if self.is(&USER) {
            fields.push(schema::string(NUMBER).title("Salesperson number").description(
                "A new user is named by it: number@account. Empty for users that a person has renamed.",
            ));
        }
        if self.is(&OPPORTUNITY) {
            let lines: Vec<schema::Field> = LINE_FIELDS.iter().map(Field::schema).collect();
            fields.push(schema::list("lines", &lines).title("Lines"));
        }
        fields
    }

    /// Rows as the host gets them, in the order of their ids. A row without an id is none.
    pub fn entries(&self, rows: &[Value]) -> Vec<Entry> {
        let mut rows: Vec<(i64, &Value)> = rows
            .iter()
            .filter_map(|row| Some((id_of(row)?, row)))
            .collect();
        rows.sort_by_key(|(id, _)| *id);
        rows.dedup_by_key(|(id, _)| *id);
        rows.into_iter()
            .map(|(id, row)| self.entry(id, row))
            .collect()
    }

    fn entry(&self, id: i64, row: &Value) -> Entry {
        let id = id.to_string();
        let mut body = ours(self.fields, row);
        body.insert("id".to_owned(), json!(id));
        if self.is(&USER) {
            let number = row[USERNAME].as_str().and_then(salesperson);
            body.insert(NUMBER.to_owned(), number.map_or(Value::Null, |n| json!(n)));
        }
        if let (true, Some(lines)) = (self.is(&OPPORTUNITY), row[LINES].as_array()) {
            let lines = lines
                .iter()
                .map(|line| Value::Object(ours(&LINE_FIELDS, line)));
            body.insert("lines".to_owned(), lines.collect());
        }
        Entry {
            id,
            version: None,
            deleted: false,
            body: Value::Object(body).to_string(),
            ext: Vec::new(),
        }
    }

    /// A body as a row. What needs more than the table is taken out of the body before.
    pub fn row(
        &self,
        body: &Map<String, Value>,
        action: Action,
    ) -> Result<Map<String, Value>, Fault> {
        row_of(self.entity, self.fields.iter(), body, action)
    }
}

fn ours(fields: &[Field], row: &Value) -> Map<String, Value> {
    let told = fields
        .iter()
        .filter_map(|field| Some((field.name.to_owned(), field.value_in(row)?)));
    told.collect()
}

/// The lines of an opportunity, as rows.
pub fn lines(lines: &Value) -> Result<Value, Fault> {
    let Some(lines) = lines.as_array() else {
        return Err(unfit(lines, "lines"));
    };
    let mut rows = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let place = |fault: Fault| {
            let field = fault.field.clone().unwrap_or_default();
            fault.field(format!("lines[{at}].{field}").trim_end_matches('.'))
        };
        let Some(line) = line.as_object() else {
            return Err(place(unfit(line, "lines")));
        };
        let row = row_of("line", LINE_FIELDS.iter(), line, Action::Create).map_err(place)?;
        rows.push(Value::Object(row));
    }
    Ok(Value::Array(rows))
}

/// The salesperson's number in a user name that was made from it: `7@12345`.
pub fn salesperson(username: &str) -> Option<&str> {
    let (number, account) = username.trim().split_once('@')?;
    let made = !number.is_empty() && !account.is_empty();
    (made && account.bytes().all(|b| b.is_ascii_digit())).then_some(number)
}
