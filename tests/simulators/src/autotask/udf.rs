//! User-defined fields: which an entity has, by the rows of UserDefinedFieldDefinitions.

use super::Autotask;
use super::field;
use super::schema::{EntityId, schema};

impl Autotask {
    /// Names of an entity's active user-defined fields, in order of definition.
    pub(super) fn udf_names(&self, entity: EntityId) -> Vec<String> {
        self.udf_definitions(entity)
            .into_iter()
            .map(|definition| definition.name)
            .collect()
    }

    pub(super) fn udf_definitions(&self, entity: EntityId) -> Vec<Definition> {
        let Some(owner) = schema().entities[entity].udf else {
            return Vec::new();
        };
        let [name, udf_type, data_type, active, default, description] = [
            "name",
            "udfType",
            "dataType",
            "isActive",
            "defaultValue",
            "description",
        ]
        .map(|name| field(DEFINITIONS, name));
        let definitions = self.table(DEFINITIONS).rows().filter(|row| {
            let label = row
                .get(udf_type)
                .as_int()
                .and_then(|value| self.picklists.label(DEFINITIONS, "udfType", value));
            label.as_deref() == Some(owner)
                && (row.get(active).is_null() || row.get(active).is_true())
        });
        let text = |row: &super::Row, at| row.get(at).as_text().unwrap_or_default().to_owned();
        definitions
            .map(|row| Definition {
                name: text(row, name),
                kind: match row
                    .get(data_type)
                    .as_int()
                    .and_then(|v| self.picklists.label(DEFINITIONS, "dataType", v))
                    .as_deref()
                {
                    Some("Numeric") => "double",
                    Some("Date") => "datetime",
                    _ => "string",
                },
                default: row.get(default).as_text().map(str::to_owned),
                description: text(row, description),
            })
            .collect()
    }
}

pub struct Definition {
    pub name: String,
    pub kind: &'static str,
    pub default: Option<String>,
    pub description: String,
}

const DEFINITIONS: &str = "UserDefinedFieldDefinitions";
