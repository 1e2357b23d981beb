//! What opportunities, quotes, their items and service bundles do that other entities do not.
//!
//! ```text
//! opportunity ─ quote, one of them primary ─ item ─→ product, charge, role, expense, shipping, service or bundle
//! ```
//!
//! The reference is silent or unconfirmed on the following; assumed here, and nowhere else:
//!
//! - The first quote of an opportunity is its primary one, asked or not, and the flag cannot be taken off the
//!   last that has it; it moves when another quote gets it.
//! - A quote's `companyID` that is not the opportunity's is an invalid reference; left out, it is filled.
//!   Its contact must belong to the company or to its parent, as that of an opportunity must.
//! - `quoteNumber` counts up from the highest. Items without `sortOrderID` go last.
//! - An item without name, price, cost, period or tax category takes those of what it stands for
//!   (switch `quoteItemFill`). `unitPrice` and `unitCost` are otherwise optional, as metadata says.
//! - Items of type Discount and Contract Setup Fee stand for nothing: no target field may be set.
//! - Negative discounts are refused; a percentage is of a hundred.
//! - `totalEffectiveTax` is the rate in percent of the quote's region (the company's, when it has none) and the
//!   item's category. `markupRate`, `averageCost` and `highestCost` stay empty.
//! - With `useQuoteTotals`, the items of the primary quote that are not optional give the five period amounts,
//!   and these `amount` and `cost`: each period as often as it falls into `totalAmountMonths` (12 when empty).
//!   A quote without items leaves the amounts alone.
//! - A charge wants a Material Cost Code, an expense an Expense Code, a product a Product Code, a service and a
//!   bundle a Recurring Contract Service Code; another one is an invalid reference.
//! - A bundle without period is monthly until its first service gives it its own; its cost is that of its services.
//! - A closed or implemented opportunity locks its quotes only under the switch `closedQuotes`; a written item
//!   moves `lastActivityDate` of its quote only under `itemMovesQuote`; a product's default vendor gets his
//!   ProductVendors row only under `defaultVendorRow`.
//! - Which fields a status demands (a loss its reason) is seeded as `opportunityRequirements`.
//! - Quotes and QuoteItems have no user-defined fields: `externalQuoteNumber` is a quote's only key of ours.

mod opportunities;
mod quote_items;
mod quotes;
mod service_bundles;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use super::Autotask;
use super::cell::Cell;
use super::field;
use super::schema::{EntityId, FieldId, schema};
use super::table::Row;
use crate::simulator::NowMs;

impl Autotask {
    /// Fills what the server knows better than the writer, before the row is checked. `given` are the fields
    /// that the request named: an explicit null stays null.
    pub(super) fn complete(&self, entity: EntityId, row: &mut Row, given: &HashSet<FieldId>) {
        match schema().entities[entity].name {
            "Opportunities" => self.complete_opportunity(row, given),
            "Quotes" => self.complete_quote(row, given),
            "QuoteItems" => self.complete_item(row, given),
            _ => {}
        }
    }

    /// What a row that was written does to others.
    pub(super) fn spread(&mut self, entity: EntityId, row: &Row, now: NowMs) {
        match schema().entities[entity].name {
            "Opportunities" => self.total_opportunity(row.id),
            "Quotes" => self.settle_quote(row.id),
            "QuoteItems" => self.settle_items_of(int(row, "QuoteItems", "quoteID"), now),
            "Products" => self.settle_default_vendor(row),
            "ServiceBundleServices" => {
                self.settle_bundle(int(row, "ServiceBundleServices", "serviceBundleID"));
            }
            _ => {}
        }
    }

    /// Rules of these entities, in words. Texts unconfirmed where the reference has none.
    pub(super) fn broken_quoting_rules(&self, entity: EntityId, row: &Row) -> Vec<String> {
        match schema().entities[entity].name {
            "Opportunities" => self.broken_opportunity_rules(row),
            "Quotes" => self.broken_quote_rules(row),
            "QuoteItems" => self.broken_item_rules(row),
            "ServiceBundles" => self.broken_bundle_rules(row),
            "ServiceBundleServices" => self.broken_bundle_service_rules(row),
            _ => Vec::new(),
        }
    }

    /// A product with a default vendor sells by him.
    fn settle_default_vendor(&mut self, product: &Row) {
        let vendor = product.get(field("Products", "defaultVendorID")).clone();
        if vendor.is_null() || !self.switches.default_vendor_row.is("created") {
            return;
        }
        let to = "ProductVendors";
        let (product_key, vendor_key) = (field(to, "productID"), field(to, "vendorID"));
        let known = self.rows_under(to, product_key, product.id);
        if known.iter().any(|row| *row.get(vendor_key) == vendor) {
            return;
        }
        let mut row = Row::new(self.table_mut(to).take_id());
        row.set(product_key, Cell::Int(product.id));
        row.set(vendor_key, vendor);
        row.set(field(to, "isActive"), Cell::Bool(true));
        row.set(field(to, "isDefault"), Cell::Bool(true));
        for (name, from) in [
            ("vendorCost", "unitCost"),
            ("vendorPartNumber", "vendorProductNumber"),
        ] {
            row.set(
                field(to, name),
                product.get(field("Products", from)).clone(),
            );
        }
        self.settle_single_flags(schema().known(to), &row);
        self.table_mut(to).put(row);
    }

    /// The rows of an entity whose indexed field holds `id`.
    fn rows_under(&self, entity: &str, key: FieldId, id: i64) -> Vec<Row> {
        let table = self.table(entity);
        let ids = table.ids_by(key, id).unwrap_or_default();
        ids.iter()
            .filter_map(|id| table.get(*id))
            .cloned()
            .collect()
    }
}

fn int(row: &Row, entity: &str, name: &str) -> Option<i64> {
    row.get(field(entity, name)).as_int()
}

/// An amount in ten-thousandths; nothing is zero.
fn amount(row: &Row, entity: &str, name: &str) -> i64 {
    match row.get(field(entity, name)) {
        Cell::Amount(amount) => *amount,
        _ => 0,
    }
}
