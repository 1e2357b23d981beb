//! Quotes: their company, their number, which one is primary, and what they come to.

use std::collections::HashSet;

use super::super::Autotask;
use super::super::cell::{Cell, product};
use super::super::field;
use super::super::schema::FieldId;
use super::super::table::Row;
use super::super::validation::invalid_reference;
use super::opportunities::{PERIODS, Totals};
use super::{amount, int};

const ENTITY: &str = "Quotes";
const LOCKED: &str = "This quote cannot be changed because its opportunity is closed."; // text unconfirmed
/// A hundred percent, in ten-thousandths.
const WHOLE_PERCENT: i64 = 1_000_000;
/// One, in ten-thousandths.
const ONE: i64 = 10_000;

impl Autotask {
    pub(super) fn complete_quote(&self, row: &mut Row, given: &HashSet<FieldId>) {
        let company = field(ENTITY, "companyID");
        if !given.contains(&company) || row.get(company).is_null() {
            let owner = self.company_of_opportunity(row);
            row.set(company, owner.map_or(Cell::Null, Cell::Int));
        }
        let number = field(ENTITY, "quoteNumber");
        if row.get(number).is_null() {
            let last = self
                .table(ENTITY)
                .last()
                .and_then(|row| row.get(number).as_int());
            row.set(number, Cell::Int(last.unwrap_or(0) + 1));
        }
    }

    /// Leaves one primary quote to the opportunity, the taxes of the quote's region to its items, and its totals
    /// to the opportunity.
    pub(super) fn settle_quote(&mut self, id: i64) {
        let Some(row) = self.table(ENTITY).get(id).cloned() else {
            return;
        };
        let (primary, key) = (
            field(ENTITY, "primaryQuote"),
            field(ENTITY, "opportunityID"),
        );
        let Some(opportunity) = row.get(key).as_int() else {
            return;
        };
        let quotes = self.rows_under(ENTITY, key, opportunity);
        if !quotes.iter().any(|quote| quote.get(primary).is_true()) {
            let mut row = row;
            row.set(primary, Cell::Bool(true));
            self.table_mut(ENTITY).put(row);
        }
        for mut item in self.rows_under("QuoteItems", field("QuoteItems", "quoteID"), id) {
            self.compute_item(&mut item);
            self.table_mut("QuoteItems").put(item);
        }
        self.total_opportunity(opportunity);
    }

    pub(super) fn broken_quote_rules(&self, row: &Row) -> Vec<String> {
        let mut errors = Vec::new();
        let company = int(row, ENTITY, "companyID");
        let owner = self.company_of_opportunity(row);
        if owner.is_some() && company != owner {
            errors.push(invalid_reference("companyID", "Companies"));
        }
        errors.extend(self.stranger(int(row, ENTITY, "contactID"), owner.or(company)));
        errors.extend(self.locked(int(row, ENTITY, "opportunityID")));
        errors
    }

    /// Why nothing of a quote may change now.
    pub(in super::super) fn locked(&self, opportunity: Option<i64>) -> Option<String> {
        let locked = self.switches.closed_quotes.is("locked");
        (locked && opportunity.is_some_and(|id| self.is_closed(id))).then(|| LOCKED.to_owned())
    }

    /// What the items of the opportunity's primary quote come to; nothing when there are none.
    pub(super) fn primary_quote_totals(&self, opportunity: i64) -> Option<Totals> {
        let (primary, key) = (
            field(ENTITY, "primaryQuote"),
            field(ENTITY, "opportunityID"),
        );
        let quotes = self.rows_under(ENTITY, key, opportunity);
        let quote = quotes.iter().find(|quote| quote.get(primary).is_true())?;
        let items = self.rows_under("QuoteItems", field("QuoteItems", "quoteID"), quote.id);
        (!items.is_empty()).then(|| self.totals(&items))
    }

    fn totals(&self, items: &[Row]) -> Totals {
        let mut totals: Totals = [(0, 0); PERIODS.len()];
        let optional = field("QuoteItems", "isOptional");
        // A discount in percent is of what the other items come to, so those are counted first.
        let (discounts, others): (Vec<_>, Vec<_>) = items
            .iter()
            .filter(|item| !item.get(optional).is_true())
            .partition(|item| self.item_type(item).as_deref() == Some("Discount"));
        for item in others {
            let (revenue, cost) = &mut totals[self.period(item)];
            let quantity = amount(item, "QuoteItems", "quantity");
            *revenue += discounted(item, quantity, amount(item, "QuoteItems", "unitPrice"));
            *cost += product(quantity, amount(item, "QuoteItems", "unitCost"), ONE);
        }
        for item in discounts {
            let quantity = amount(item, "QuoteItems", "quantity");
            let percent = amount(item, "QuoteItems", "percentageDiscount");
            let (revenue, _) = &mut totals[self.period(item)];
            *revenue -= product(quantity, amount(item, "QuoteItems", "unitDiscount"), ONE);
            *revenue -= amount(item, "QuoteItems", "lineDiscount");
            *revenue -= product(*revenue, percent, WHOLE_PERCENT);
        }
        totals
    }

    /// Place in [`PERIODS`]; one-time when the item has none.
    fn period(&self, item: &Row) -> usize {
        let value = int(item, "QuoteItems", "periodType");
        let label = value.and_then(|value| self.picklists.label("QuoteItems", "periodType", value));
        PERIODS
            .iter()
            .position(|(_, known, _)| Some(*known) == label.as_deref())
            .unwrap_or(0)
    }

    fn company_of_opportunity(&self, quote: &Row) -> Option<i64> {
        let opportunity = int(quote, ENTITY, "opportunityID")?;
        let opportunity = self.table("Opportunities").get(opportunity)?;
        int(opportunity, "Opportunities", "companyID")
    }
}

fn discounted(item: &Row, quantity: i64, price: i64) -> i64 {
    let unit = price - amount(item, "QuoteItems", "unitDiscount");
    let line = product(quantity, unit, ONE) - amount(item, "QuoteItems", "lineDiscount");
    let percent = amount(item, "QuoteItems", "percentageDiscount");
    line - product(line, percent, WHOLE_PERCENT)
}
