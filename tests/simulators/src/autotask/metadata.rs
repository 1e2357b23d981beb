//! `entityInformation`: what an entity can do, its fields, its user-defined fields.

use serde_json::{Value, json};

use super::Autotask;
use super::answer::{empty, json_response};
use super::field;
use super::picklists::Choice;
use super::routes::Info;
use super::schema::{EntityId, Field, Picklist, schema};
use crate::simulator::Response;

impl Autotask {
    pub(super) fn information(&self, entity: EntityId, info: Info) -> Response {
        let body = match info {
            Info::Entity => json!({"info": self.entity_info(entity)}),
            Info::Fields => {
                let known = &schema().entities[entity];
                let fields: Vec<_> = known
                    .fields
                    .iter()
                    .map(|field| self.field_info(entity, field))
                    .collect();
                json!({"fields": fields})
            }
            Info::UserDefinedFields
                if schema().entities[entity].udf.is_none()
                    && self.switches.no_udf_fields.is("404") =>
            {
                return empty(404);
            }
            Info::UserDefinedFields => json!({"fields": self.udf_info(entity)}),
        };
        json_response(200, body.to_string())
    }

    fn entity_info(&self, entity: EntityId) -> Value {
        let known = &schema().entities[entity];
        let access = |allowed: bool| match (self.switches.access_level.is("int"), allowed) {
            (true, allowed) => json!(u8::from(allowed)),
            (false, true) => json!("All"),
            (false, false) => json!("None"),
        };
        let (create, delete, update) = (
            known.allows("POST"),
            known.allows("DELETE"),
            known.allows("PATCH"),
        );
        json!({
            "name": known.name,
            "canCreate": create,
            "canDelete": delete,
            "canQuery": true,
            "canUpdate": update,
            "userAccessForCreate": access(create),
            "userAccessForDelete": access(delete),
            "userAccessForQuery": access(true),
            "userAccessForUpdate": access(update),
            "hasUserDefinedFields": known.udf.is_some() && known.udf_flag,
            "supportsWebhookCallouts": known.webhook,
        })
    }

    fn field_info(&self, entity: EntityId, field: &Field) -> Value {
        let known = &schema().entities[entity];
        let parent = match field.picklist {
            Some(Picklist::Under(parent)) => parent,
            _ => "",
        };
        json!({
            "name": field.name,
            "dataType": field.kind.name(),
            "length": field.length,
            "isRequired": field.required,
            "isReadOnly": field.read_only,
            "isQueryable": field.queryable,
            "isReference": field.reference.is_some(),
            "referenceEntityType": field.reference.map_or("", reference_type),
            "isPickList": field.picklist.is_some(),
            "picklistValues": self.choices(entity, field).map(|choices| choices.iter().enumerate().map(choice_info).collect::<Vec<_>>()),
            "picklistParentValueField": parent,
            "isSupportedWebhookField": known.webhook && !field.read_only,
        })
    }

    /// The values of a picklist field; those of an entity's ids are read off its rows.
    pub(super) fn choices(&self, entity: EntityId, of: &Field) -> Option<Vec<Choice>> {
        match of.picklist? {
            Picklist::Own | Picklist::Under(_) => {
                let list = self.picklists.get(schema().entities[entity].name, of.name);
                Some(list.unwrap_or_default().to_vec())
            }
            Picklist::Ids(target) => {
                let (name, active) = (field(target, "name"), field(target, "isActive"));
                let choice = |row: &super::Row| Choice {
                    value: row.id.to_string(),
                    label: row.get(name).as_text().unwrap_or_default().to_owned(),
                    parent: String::new(),
                    is_default: false,
                    is_active: row.get(active).is_null() || row.get(active).is_true(),
                    is_system: false,
                };
                Some(self.table(target).rows().map(choice).collect())
            }
        }
    }

    fn udf_info(&self, entity: EntityId) -> Vec<Value> {
        let definitions = self.udf_definitions(entity).into_iter();
        let info = |definition: super::udf::Definition| {
            json!({
                "name": definition.name,
                "label": definition.name,
                "type": definition.kind,
                "length": if definition.kind == "string" { 8000 } else { 0 },
                "description": definition.description,
                "isRequired": false,
                "isReadOnly": false,
                "isQueryable": true,
                "isReference": false,
                "referenceEntityType": "",
                "isPickList": false,
                "picklistValues": null,
                "picklistParentValueField": "",
                "defaultValue": definition.default,
                "isSupportedWebhookField": false,
            })
        };
        definitions.map(info).collect()
    }
}

/// The SOAP name of a referenced entity, or its name where the table does not have it.
pub(super) fn reference_type(entity: &'static str) -> &'static str {
    schema()
        .find(entity)
        .map_or(entity, |id| schema().entities[id].soap)
}

fn choice_info((at, choice): (usize, &Choice)) -> Value {
    json!({
        "value": choice.value,
        "label": choice.label,
        "isDefaultValue": choice.is_default,
        "sortOrder": at + 1,
        "parentValue": choice.parent,
        "isActive": choice.is_active,
        "isSystem": choice.is_system,
    })
}
