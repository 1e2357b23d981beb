//! What follows from all transactions together: stock, what is on order, what is owed.
//!
//! Worked out in one pass when somebody asks, so that deletions and voids need no bookkeeping.

use std::collections::HashMap;

use rust_decimal::Decimal;

use super::answer;
use super::company::{Company, Object, Serial};
use super::value;

#[derive(Debug, Default, Clone, Copy)]
pub struct Level {
    pub on_hand: Decimal,
    pub on_order: Decimal,
    pub on_sales_order: Decimal,
}

/// Levels of stock by item id.
#[derive(Default)]
pub struct Stock(HashMap<String, Level>);

impl Stock {
    pub fn of(company: &Company) -> Self {
        let mut stock = Self::default();
        for item in company.all().filter(|object| object.kind.has_stock()) {
            stock.0.entry(item.id.clone()).or_default().on_hand +=
                value::number(item.get("QuantityOnHand")).unwrap_or_default();
        }
        for txn in company
            .all()
            .filter(|object| !object.kind.is_list && !object.is_voided)
        {
            stock.count(txn);
        }
        stock
    }

    fn count(&mut self, txn: &Object) {
        for line in txn.all_lines().filter(|line| line.inside.is_empty()) {
            let Some(level) = line.item().and_then(|item| self.0.get_mut(item)) else {
                continue;
            };
            // A line without a quantity moves no stock.
            let quantity = line.number("Quantity").unwrap_or_default();
            let open = line.open().min(quantity);
            match txn.kind.name {
                "Invoice" if !txn.is_true("IsPending") => level.on_hand -= quantity,
                "Bill" | "ItemReceipt" => level.on_hand += quantity,
                "InventoryAdjustment" => {
                    level.on_hand += line.number("QuantityDifference").unwrap_or_default();
                }
                "SalesOrder" if !txn.is_true("IsManuallyClosed") => level.on_sales_order += open,
                "PurchaseOrder" if !txn.is_true("IsManuallyClosed") => level.on_order += open,
                _ => {}
            }
        }
    }

    pub fn level(&self, item: &str) -> Level {
        self.0.get(item).copied().unwrap_or_default()
    }
}

/// What each party owes or is owed: by itself, and with all jobs below.
#[derive(Default)]
pub struct Balances(HashMap<Serial, (Decimal, Decimal)>);

impl Balances {
    pub fn of(company: &Company) -> Self {
        let mut balances = Self::default();
        for txn in company
            .all()
            .filter(|object| !object.is_voided && !object.is_true("IsPaid"))
        {
            let party = match txn.kind.name {
                "Invoice" if !txn.is_true("IsPending") => txn.reference("CustomerRef"),
                "Bill" | "ItemReceipt" => txn.reference("VendorRef"),
                _ => None,
            };
            let Some(party) = party.and_then(|id| company.by_id(id)) else {
                continue;
            };
            let owed = answer::totals(company, txn).total;
            balances.0.entry(party.serial).or_default().0 += owed;
            let mut above = Some(party.serial);
            while let Some(serial) = above {
                balances.0.entry(serial).or_default().1 += owed;
                above = company.object(serial).and_then(|object| object.parent);
            }
        }
        balances
    }

    pub fn own(&self, serial: Serial) -> Decimal {
        self.0.get(&serial).map(|(own, _)| *own).unwrap_or_default()
    }

    pub fn total(&self, serial: Serial) -> Decimal {
        self.0
            .get(&serial)
            .map(|(_, total)| *total)
            .unwrap_or_default()
    }
}
