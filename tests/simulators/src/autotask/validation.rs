//! What makes a written row invalid, in the vendor's words. All of it is status 500.
//!
//! Text is refused when too long, never cut. References must exist, and some must be active.

use super::Autotask;
use super::cell::{Cell, Kind};
use super::field;
use super::metadata::reference_type;
use super::schema::{EntityId, Field, FieldId, Picklist, schema};
use super::table::Row;

/// Fields that an API user cannot fill: he may create, not own.
const OWNER_FIELDS: [&str; 3] = ["ownerResourceID", "assignedResourceID", "resourceID"];
/// Fields that must name a company of type Vendor.
const VENDOR_FIELDS: [(&str, &str); 2] = [
    ("Products", "defaultVendorID"),
    ("ProductVendors", "vendorID"),
];
/// Fields that take billing codes of one use only, by its label.
const CODE_USES: [(&str, &str, &str); 5] = [
    ("Products", "productBillingCodeID", "Product Code"),
    (
        "Services",
        "billingCodeID",
        "Recurring Contract Service Code",
    ),
    (
        "ServiceBundles",
        "billingCodeID",
        "Recurring Contract Service Code",
    ),
    ("QuoteItems", "chargeID", "Material Cost Code"),
    ("QuoteItems", "expenseID", "Expense Code"),
];

impl Autotask {
    /// The errors of a row, over the fields that `covered` names.
    pub(super) fn invalid(
        &self,
        entity: EntityId,
        row: &Row,
        covered: impl Fn(FieldId, &Field) -> bool,
    ) -> Vec<String> {
        let fields = schema().entities[entity].fields.iter().enumerate();
        let mut errors: Vec<String> = fields
            .filter(|(at, field)| *at != 0 && covered(*at, field))
            .filter_map(|(at, field)| self.invalid_field(entity, row, at, field))
            .collect();
        errors.extend(self.broken_rule(entity, row));
        errors
    }

    fn invalid_field(
        &self,
        entity: EntityId,
        row: &Row,
        at: FieldId,
        field: &Field,
    ) -> Option<String> {
        let cell = row.get(at);
        if cell.is_empty() {
            return field.required.then(|| missing(field.name));
        }
        if field.kind == Kind::Text
            && field.length > 0
            && cell
                .as_text()
                .is_some_and(|text| text.chars().count() > field.length)
        {
            return Some(format!(
                "String value exceeds maximum length (field:{}).  ",
                field.name
            ));
        }
        if field.picklist.is_some() && !self.is_choice(entity, row, field, cell) {
            return Some(format!(
                "Picklist value [{}] does not exist for {}",
                cell.plain(),
                field.name
            ));
        }
        let target = field.reference?;
        let valid =
            self.is_reference(target, cell) && self.may_fill(entity, field.name, target, cell);
        (!valid).then(|| invalid_reference(field.name, target))
    }

    /// An active value of the list, under the row's value of the parent field. Unknown lists take anything.
    fn is_choice(&self, entity: EntityId, row: &Row, field: &Field, cell: &Cell) -> bool {
        let choices = self.choices(entity, field).unwrap_or_default();
        if choices.is_empty() && !matches!(field.picklist, Some(Picklist::Ids(_))) {
            return true;
        }
        let parent = match field.picklist {
            Some(Picklist::Under(parent)) => schema().entities[entity]
                .find(parent)
                .map(|at| row.get(at).plain()),
            _ => None,
        };
        let value = cell.plain();
        choices.iter().any(|choice| {
            choice.is_active
                && choice.value == value
                && parent
                    .as_ref()
                    .is_none_or(|parent| *parent == choice.parent)
        })
    }

    /// The row exists and is active where that matters. Entities that the table lacks take any id.
    fn is_reference(&self, target: &str, cell: &Cell) -> bool {
        let Some(target) = schema().find(target) else {
            return true;
        };
        let Some(row) = cell.as_int().and_then(|id| self.tables[target].get(id)) else {
            return false;
        };
        let known = &schema().entities[target];
        !known.refuse_inactive
            || known
                .find("isActive")
                .is_none_or(|at| row.get(at).is_null() || row.get(at).is_true())
    }

    fn may_fill(&self, entity: EntityId, name: &str, target: &str, cell: &Cell) -> bool {
        let Some(id) = cell.as_int() else { return true };
        if OWNER_FIELDS.contains(&name) {
            return !self.is_api_user(id);
        }
        if VENDOR_FIELDS.contains(&(schema().entities[entity].name, name)) {
            return self
                .table(target)
                .get(id)
                .is_some_and(|row| self.is_vendor(row));
        }
        let wanted = CODE_USES
            .iter()
            .find(|(entity_name, field_name, _)| {
                (*entity_name, *field_name) == (schema().entities[entity].name, name)
            })
            .map(|(.., label)| *label);
        wanted.is_none_or(|label| self.code_use(id).as_deref() == Some(label))
    }

    fn is_vendor(&self, company: &Row) -> bool {
        let value = company.get(field("Companies", "companyType")).as_int();
        value
            .and_then(|value| self.picklists.label("Companies", "companyType", value))
            .as_deref()
            == Some("Vendor")
    }

    /// Label of what a billing code is for.
    pub(super) fn code_use(&self, id: i64) -> Option<String> {
        let code = self.table("BillingCodes").get(id)?;
        let value = code.get(field("BillingCodes", "useType")).as_int()?;
        self.picklists.label("BillingCodes", "useType", value)
    }

    fn is_api_user(&self, resource_id: i64) -> bool {
        let license = self
            .table("Resources")
            .get(resource_id)
            .and_then(|row| row.get(field("Resources", "licenseType")).as_int());
        license
            .and_then(|value| self.picklists.label("Resources", "licenseType", value))
            .as_deref()
            == Some("API User")
    }

    /// Rules of single entities.
    fn broken_rule(&self, entity: EntityId, row: &Row) -> Vec<String> {
        match schema().entities[entity].name {
            "Tickets" => self.broken_ticket_rules(row),
            "Companies" => {
                let supplier = field("Services", "vendorCompanyID");
                let supplies = self
                    .table("Services")
                    .rows()
                    .any(|service| service.get(supplier).as_int() == Some(row.id));
                let is_vendor = self.is_vendor(row);
                (supplies && !is_vendor)
                    .then(|| "A vendor with services cannot be of another type.".to_owned()) // text unconfirmed
                    .into_iter()
                    .collect()
            }
            _ => self.broken_quoting_rules(entity, row),
        }
    }

    /// Why the contact is none of the company's: his own must be it or its parent.
    pub(super) fn stranger(&self, contact: Option<i64>, company: Option<i64>) -> Option<String> {
        let company = company?;
        let contact = self.table("Contacts").get(contact?)?;
        let owner = contact.get(field("Contacts", "companyID")).as_int();
        let parent = self
            .table("Companies")
            .get(company)
            .and_then(|row| row.get(field("Companies", "parentCompanyID")).as_int());
        let known = owner.is_none() || owner == Some(company) || owner == parent;
        (!known).then(|| invalid_reference("contactID", "Contacts"))
    }
}

pub(super) fn missing(field: &str) -> String {
    format!("Value does not exist for the required field {field}")
}

pub(super) fn invalid_reference(field: &str, target: &'static str) -> String {
    format!(
        "Reference value on field: {field} of type: {} does not exist or is invalid.",
        reference_type(target)
    )
}
