//! What a transaction does to others: quantities on hand, what is owed, and which transactions it names.

use rust_decimal::Decimal;

use super::company::{Id, Place, Row};
use super::schema::{Kind, entity};
use super::value::{Values, decimal, list, object, reference, text};

#[derive(Debug)]
pub enum Effect {
    /// Goods that come in, or leave with a minus.
    Stock(Id, Decimal),
    Owed(Place, Decimal),
}

pub fn of(kind: Kind, row: &Row) -> Vec<Effect> {
    let mut effects = Vec::new();
    let values = &row.values;
    match kind.name.as_str() {
        "Invoice" | "SalesReceipt" => {
            moved(
                values,
                "SalesItemLineDetail",
                "Qty",
                -Decimal::ONE,
                &mut effects,
            );
        }
        "Bill" => {
            moved(
                values,
                "ItemBasedExpenseLineDetail",
                "Qty",
                Decimal::ONE,
                &mut effects,
            );
        }
        "InventoryAdjustment" => {
            moved(
                values,
                "ItemAdjustmentLineDetail",
                "QtyDiff",
                Decimal::ONE,
                &mut effects,
            );
        }
        _ => {}
    }
    let partner = match kind.name.as_str() {
        "Invoice" => reference(values, "CustomerRef").map(|id| ("Customer", id)),
        "Bill" => reference(values, "VendorRef").map(|id| ("Vendor", id)),
        _ => None,
    };
    if let Some((kind, id)) = partner {
        effects.push(Effect::Owed((kind, Id::new(id)), open(row)));
    }
    effects
}

/// What is left to pay.
pub fn open(row: &Row) -> Decimal {
    decimal(&row.values, "TotalAmt").unwrap_or_default() - row.paid
}

/// Items that have no stock keep a count that nobody is shown.
fn moved(values: &Values, detail: &str, quantity: &str, sign: Decimal, into: &mut Vec<Effect>) {
    for line in list(values, "Line").filter_map(|line| object(line, detail)) {
        if let (Some(item), Some(moved)) = (reference(line, "ItemRef"), decimal(line, quantity)) {
            into.push(Effect::Stock(Id::new(item), sign * moved));
        }
    }
}

/// The transactions that one names, in its head and its lines.
pub fn links(values: &Values) -> Vec<Place> {
    let lines = list(values, "Line").flat_map(|line| list(line, "LinkedTxn"));
    let named = list(values, "LinkedTxn").chain(lines);
    let mut places: Vec<Place> = named
        .filter_map(|link| {
            let kind = entity(text(link, "TxnType"))?;
            Some((kind.name.as_str(), Id::new(text(link, "TxnId"))))
        })
        .collect();
    places.sort();
    places.dedup();
    places
}
