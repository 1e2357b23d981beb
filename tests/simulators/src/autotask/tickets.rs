//! Tickets: the category's defaults and demands, and the number.
//!
//! Metadata asks for company, priority, status and title. The category asks for more, which only the
//! vendor's screen shows; it is seeded as `ticketCategoryRequirements`.

use std::collections::HashMap;

use serde_json::Value;

use super::Autotask;
use super::cell::{Cell, day};
use super::field;
use super::table::Row;
use crate::simulator::NowMs;

/// Where a field of TicketCategoryFieldDefaults goes.
const DEFAULTS: [(&str, &str); 13] = [
    ("estimatedHours", "estimatedHours"),
    ("issueTypeID", "issueType"),
    ("subIssueTypeID", "subIssueType"),
    ("priority", "priority"),
    ("queueID", "queueID"),
    ("serviceLevelAgreementID", "serviceLevelAgreementID"),
    ("sourceID", "source"),
    ("status", "status"),
    ("ticketTypeID", "ticketType"),
    ("workTypeID", "billingCodeID"),
    ("title", "title"),
    ("description", "description"),
    ("purchaseOrderNumber", "purchaseOrderNumber"),
];
/// What a category demands that was seeded without demands.
const REQUIRED_BY_DEFAULT: [&str; 2] = ["dueDateTime", "queueID"];
/// General Allocation Code: the only billing codes that are work types.
const WORK_TYPE_LABEL: &str = "General Allocation Code";

/// What categories demand beyond the metadata, and the day's counter of numbers. A status of opportunities
/// demands in the same way.
#[derive(Debug, Default)]
pub struct Requirements {
    by_category: HashMap<i64, Vec<String>>,
    numbered: HashMap<String, u32>,
}

impl Requirements {
    /// `{"3": ["dueDateTime", "queueID", "source"]}` by category id.
    pub fn plant(&mut self, given: &Value) -> Result<(), String> {
        for (category, fields) in given.as_object().ok_or("requirements are an object")? {
            let category = category
                .parse()
                .map_err(|_| format!("`{category}` is no number"))?;
            let fields = fields.as_array().ok_or("requirements are lists")?;
            let fields = fields
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect();
            self.by_category.insert(category, fields);
        }
        Ok(())
    }

    pub fn of(&self, category: i64) -> Option<&[String]> {
        self.by_category.get(&category).map(Vec::as_slice)
    }
}

impl Autotask {
    /// Fills what a create left out: the default category and its defaults. `given` says which fields the
    /// request named: an explicit null stays null.
    pub(super) fn complete_ticket(&self, row: &mut Row, given: &dyn Fn(usize) -> bool) {
        let category = field("Tickets", "ticketCategory");
        if !given(category) {
            let default = field("TicketCategories", "isGlobalDefault");
            let found = self
                .table("TicketCategories")
                .rows()
                .find(|row| row.get(default).is_true());
            row.set(
                category,
                found.map_or(Cell::Null, |found| Cell::Int(found.id)),
            );
        }
        if let Some(category) = row.get(category).as_int() {
            self.apply_category_defaults(row, category, given);
        }
    }

    /// Gives a ticket its number. A refused create must not have spent one, so this comes last.
    pub(super) fn number_ticket(&mut self, row: &mut Row, now: NowMs) {
        let number = field("Tickets", "ticketNumber");
        if row.get(number).is_empty() {
            row.set(number, Cell::Text(self.next_ticket_number(now).into()));
        }
    }

    fn apply_category_defaults(&self, row: &mut Row, category: i64, given: &dyn Fn(usize) -> bool) {
        let table = self.table("TicketCategoryFieldDefaults");
        let key = field("TicketCategoryFieldDefaults", "ticketCategoryID");
        let defaults = table
            .ids_by(key, category)
            .and_then(|ids| ids.first())
            .and_then(|id| table.get(*id));
        let Some(defaults) = defaults else { return };
        for (from, to) in DEFAULTS {
            let (cell, to) = (
                defaults.get(field("TicketCategoryFieldDefaults", from)),
                field("Tickets", to),
            );
            if !given(to) && !cell.is_null() {
                row.set(to, cell.clone());
            }
        }
    }

    /// `TyyyyMMdd.NNNN`, counted by day, on from the numbers that a seed brought.
    fn next_ticket_number(&mut self, now: NowMs) -> String {
        let day = day(now, &self.switches.ticket_day_zone.0)
            .strftime("T%Y%m%d")
            .to_string();
        let count = match self.requirements.numbered.get(&day) {
            Some(count) => *count,
            None => self.highest_ticket_of(&day),
        };
        self.requirements.numbered.insert(day.clone(), count + 1);
        format!("{day}.{:04}", count + 1)
    }

    fn highest_ticket_of(&self, day: &str) -> u32 {
        let number = field("Tickets", "ticketNumber");
        let numbers = self.table("Tickets").rows().filter_map(|row| {
            row.get(number)
                .as_text()?
                .strip_prefix(day)?
                .strip_prefix('.')?
                .parse()
                .ok()
        });
        numbers.max().unwrap_or(0)
    }

    pub(super) fn broken_ticket_rules(&self, row: &Row) -> Vec<String> {
        let ticket = |name: &str| row.get(field("Tickets", name));
        let mut errors = Vec::new();
        if let Some(category) = ticket("ticketCategory").as_int() {
            let required = self.requirements.of(category).map(<[String]>::to_vec);
            let required =
                required.unwrap_or_else(|| REQUIRED_BY_DEFAULT.map(str::to_owned).to_vec());
            errors.extend(
                required
                    .iter()
                    .filter(|name| ticket(name).is_empty())
                    .map(|name| format!("{name} is required")),
            );
        }
        if ticket("assignedResourceID").is_null() != ticket("assignedResourceRoleID").is_null() {
            errors.push("When assigning a Resource, you must assign both a assignedResourceID and assignedResourceRoleID.".to_owned());
        }
        if let Some(code) = ticket("billingCodeID")
            .as_int()
            .filter(|id| self.table("BillingCodes").get(*id).is_some())
            && self.code_use(code).as_deref() != Some(WORK_TYPE_LABEL)
        {
            errors.push(
                "The given allocation code is not an active general allocation code".to_owned(),
            );
        }
        errors.extend(self.stranger(ticket("contactID").as_int(), ticket("companyID").as_int()));
        errors
    }
}
