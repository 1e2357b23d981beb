//! Items of a quote: the one thing that each stands for, what it takes from there, and its discounts.

use std::collections::HashSet;

use super::super::Autotask;
use super::super::cell::{Cell, product};
use super::super::field;
use super::super::schema::{FieldId, schema};
use super::super::table::Row;
use super::super::validation::{invalid_reference, missing};
use super::{amount, int};
use crate::simulator::NowMs;

const ENTITY: &str = "QuoteItems";
/// By label of `quoteItemType`: the field that must be set, and the entity it leads to.
const TARGETS: [(&str, &str, &str); 7] = [
    ("Product", "productID", "Products"),
    ("Charge", "chargeID", "BillingCodes"),
    ("Labor", "laborID", "Roles"),
    ("Expense", "expenseID", "BillingCodes"),
    ("Shipping", "shippingID", "ShippingTypes"),
    ("Service", "serviceID", "Services"),
    ("Service Bundle", "serviceBundleID", "ServiceBundles"),
];
/// Where a field comes from when it is left out: the first of these that the target has.
const FILLED: [(&str, &[&str]); 5] = [
    ("name", &["name"]),
    ("unitPrice", &["unitPrice", "hourlyRate"]),
    ("unitCost", &["unitCost"]),
    ("periodType", &["periodType"]),
    (
        "taxCategoryID",
        &["taxCategoryID", "quoteItemDefaultTaxCategoryId"],
    ),
];
/// Whose tax category holds when the target has none.
const TARGET_CODES: [&str; 2] = ["productBillingCodeID", "billingCodeID"];
const DISCOUNTS: [&str; 3] = ["unitDiscount", "percentageDiscount", "lineDiscount"];
/// Amounts in the tenant's own currency; he has one.
const INTERNAL: [(&str, &str); 3] = [
    ("internalCurrencyUnitPrice", "unitPrice"),
    ("internalCurrencyUnitDiscount", "unitDiscount"),
    ("internalCurrencyLineDiscount", "lineDiscount"),
];

impl Autotask {
    pub(super) fn complete_item(&self, row: &mut Row, given: &HashSet<FieldId>) {
        // An id is what tells an item that stands from one that is being born.
        if self.table(ENTITY).get(row.id).is_none() {
            let order = field(ENTITY, "sortOrderID");
            if !given.contains(&order) {
                let quote = int(row, ENTITY, "quoteID").unwrap_or_default();
                let others = self.rows_under(ENTITY, field(ENTITY, "quoteID"), quote);
                let last = others
                    .iter()
                    .filter_map(|item| item.get(order).as_int())
                    .max();
                row.set(order, Cell::Int(last.unwrap_or(0) + 1));
            }
            if self.switches.quote_item_fill.is("on") {
                self.fill_item(row, given);
            }
        }
        self.compute_item(row);
    }

    fn fill_item(&self, row: &mut Row, given: &HashSet<FieldId>) {
        let Some((from, target)) = self.target_row(row) else {
            return;
        };
        for (name, sources) in FILLED {
            let to = field(ENTITY, name);
            if given.contains(&to) {
                continue;
            }
            let known = &schema().entities[schema().known(from)];
            let cells = sources
                .iter()
                .filter_map(|source| known.find(source))
                .map(|at| target.get(at).clone());
            let mut cell = cells.into_iter().find(|cell| !cell.is_empty());
            if name == "taxCategoryID" && cell.is_none() {
                cell = self.tax_category_of_code(from, target);
            }
            match cell {
                Some(Cell::Text(text)) => {
                    let length = schema().entities[schema().known(ENTITY)].fields[to].length;
                    let cut: String = text.chars().take(length).collect();
                    row.set(to, Cell::Text(cut.into()));
                }
                Some(cell) => row.set(to, cell),
                None => {}
            }
        }
    }

    fn tax_category_of_code(&self, from: &str, target: &Row) -> Option<Cell> {
        let known = &schema().entities[schema().known(from)];
        let code = TARGET_CODES.iter().find_map(|name| known.find(name))?;
        let code = self.table("BillingCodes").get(target.get(code).as_int()?)?;
        Some(code.get(field("BillingCodes", "taxCategoryID")).clone())
    }

    /// The fields that nobody writes.
    pub(super) fn compute_item(&self, row: &mut Row) {
        for (to, from) in INTERNAL {
            row.set(field(ENTITY, to), row.get(field(ENTITY, from)).clone());
        }
        let rate = self.effective_tax(row);
        row.set(
            field(ENTITY, "totalEffectiveTax"),
            rate.map_or(Cell::Null, Cell::Amount),
        );
    }

    /// Percent, in ten-thousandths; compounded taxes are on top of the others.
    fn effective_tax(&self, item: &Row) -> Option<i64> {
        let quote = self.table("Quotes").get(int(item, ENTITY, "quoteID")?)?;
        let company =
            int(quote, "Quotes", "companyID").and_then(|id| self.table("Companies").get(id));
        let exempt =
            company.is_some_and(|row| row.get(field("Companies", "isTaxExempt")).is_true());
        if exempt || *item.get(field(ENTITY, "isTaxable")) == Cell::Bool(false) {
            return Some(0);
        }
        let region = int(quote, "Quotes", "taxRegionID")
            .or_else(|| int(company?, "Companies", "taxRegionID"))?;
        let category = int(item, ENTITY, "taxCategoryID")?;
        let (mut simple, mut compounded) = (0, 0);
        for tax in self.table("Taxes").rows() {
            if int(tax, "Taxes", "taxRegionID") == Some(region)
                && int(tax, "Taxes", "taxCategoryID") == Some(category)
            {
                let on_top = tax.get(field("Taxes", "isCompounded")).is_true();
                let sum = if on_top { &mut compounded } else { &mut simple };
                *sum += amount(tax, "Taxes", "taxRate");
            }
        }
        Some(simple + compounded + product(simple, compounded, 1_000_000))
    }

    /// After an item came, changed or went.
    pub(in super::super) fn settle_items_of(&mut self, quote: Option<i64>, now: NowMs) {
        let Some(quote) = quote.and_then(|id| self.table("Quotes").get(id).cloned()) else {
            return;
        };
        let opportunity = int(&quote, "Quotes", "opportunityID");
        if self.switches.item_moves_quote.is("on") {
            let mut quote = quote;
            quote.set(field("Quotes", "lastActivityDate"), Cell::Time(now));
            self.table_mut("Quotes").put(quote);
        }
        if let Some(opportunity) = opportunity {
            self.total_opportunity(opportunity);
        }
    }

    pub(super) fn broken_item_rules(&self, row: &Row) -> Vec<String> {
        let mut errors = self.broken_target(row);
        let discounts = DISCOUNTS.map(|name| amount(row, ENTITY, name));
        if discounts.iter().filter(|discount| **discount > 0).count() > 1
            || discounts.iter().any(|discount| *discount < 0)
        {
            errors.push("Only one of unitDiscount, percentageDiscount and lineDiscount can be greater than zero.".to_owned()); // text unconfirmed
        }
        if let Some(bundle) = int(row, ENTITY, "serviceBundleID")
            && self.table("ServiceBundles").get(bundle).is_some()
            && self.services_of(bundle).is_empty()
        {
            errors.push(invalid_reference("serviceBundleID", "ServiceBundles"));
        }
        let quote = int(row, ENTITY, "quoteID").and_then(|id| self.table("Quotes").get(id));
        errors.extend(self.locked(quote.and_then(|quote| int(quote, "Quotes", "opportunityID"))));
        errors
    }

    /// The field of the item's type is set, and no other.
    fn broken_target(&self, row: &Row) -> Vec<String> {
        let Some(kind) = self.item_type(row) else {
            return Vec::new();
        };
        let wanted = TARGETS.iter().find(|(label, ..)| *label == kind);
        let wanted = wanted.map(|(_, name, _)| *name);
        let is_set = |name: &str| !row.get(field(ENTITY, name)).is_null();
        let lacking = wanted.filter(|name| !is_set(name)).map(missing);
        let others = TARGETS
            .iter()
            .map(|(_, name, _)| *name)
            .filter(|name| Some(*name) != wanted && is_set(name));
        let others =
            others.map(|name| format!("{name} cannot be set on a quote item of type {kind}.")); // text unconfirmed
        lacking.into_iter().chain(others).collect()
    }

    /// Label of the item's type.
    pub(super) fn item_type(&self, row: &Row) -> Option<String> {
        let value = int(row, ENTITY, "quoteItemType")?;
        self.picklists.label(ENTITY, "quoteItemType", value)
    }

    fn target_row(&self, row: &Row) -> Option<(&'static str, &Row)> {
        let kind = self.item_type(row)?;
        let (_, name, entity) = *TARGETS.iter().find(|(label, ..)| *label == kind)?;
        let id = int(row, ENTITY, name)?;
        Some((entity, self.table(entity).get(id)?))
    }
}
