//! Books that were right, spoilt by hand: what the ledger does not find it would not find after an accident either.

use liaison_tests::online::Online;
use serde_json::{Value, json};

use super::ledger::{self, PULLED, is_ours, text};
use super::people::People;
use crate::chaos::aside::aside;
use crate::chaos::stories::{Spoilt, spoilt};

pub fn spoil(shop: &Online, people: &People) -> Spoilt {
    let aside = aside(&shop.lab, "demo", "");
    let spoils = SPOILS.map(|(words, spoil)| (words, move || spoil(shop, people)));
    spoilt(spoils.into_iter(), || {
        ledger::words(shop, people, &aside).into_iter().collect()
    })
}

/// Whether there was something to spoil.
type Spoil = fn(&Online, &People) -> bool;

const SPOILS: [(&str, Spoil); 9] = [
    ("an estimate has another quantity", another_quantity),
    ("an estimate is gone", |shop, _| gone(shop, "Estimate")),
    ("a purchase order is gone", |shop, _| {
        gone(shop, "PurchaseOrder")
    }),
    ("an estimate is there twice", |shop, _| {
        twice(shop, "Estimate")
    }),
    ("an invoice is there twice", |shop, _| {
        twice(shop, "Invoice")
    }),
    ("a bill is there twice", |shop, _| twice(shop, "Bill")),
    ("what a person wrote is gone", wiped_out),
    ("an estimate was not pulled", not_pulled),
    ("a pulled order was sent back", sent_back),
];

/// The `nth` of our documents that people's orders became.
fn a_document(shop: &Online, kind: &str, nth: usize) -> Option<Value> {
    let mut rows = shop.books(kind);
    rows.retain(|row| is_ours(row) && text(row, "PrivateNote").contains(" H-"));
    rows.into_iter().nth(nth)
}

/// As a record that can be made anew.
fn record(row: &Value) -> Value {
    let mut record = row.clone();
    if let Some(fields) = record.as_object_mut() {
        fields.retain(|name, _| {
            ["CustomerRef", "VendorRef", "PrivateNote", "Line"].contains(&name.as_str())
        });
    }
    for line in record["Line"].as_array_mut().into_iter().flatten() {
        if let Some(line) = line.as_object_mut() {
            line.remove("Id");
            line.remove("LinkedTxn");
        }
    }
    if let Some(lines) = record["Line"].as_array_mut() {
        lines.retain(|line| text(line, "DetailType") != "SubTotalLineDetail");
    }
    record
}

fn twice(shop: &Online, kind: &str) -> bool {
    let Some(row) = a_document(shop, kind, 0) else {
        return false;
    };
    shop.at_quickbooks(json!({"do": "create", "entity": kind, "record": record(&row)}));
    true
}

fn gone(shop: &Online, kind: &str) -> bool {
    let mut rows = shop.books(kind);
    // What an invoice or a bill came from cannot go.
    rows.retain(|row| {
        let linked = row["LinkedTxn"]
            .as_array()
            .is_some_and(|links| !links.is_empty());
        is_ours(row) && text(row, "PrivateNote").contains(" H-") && !linked
    });
    let Some(row) = rows.last() else {
        return false;
    };
    shop.at_quickbooks(json!({"do": "delete", "entity": kind, "id": row["Id"]}));
    true
}

fn another_quantity(shop: &Online, _: &People) -> bool {
    let Some(row) = a_document(shop, "Estimate", 1) else {
        return false;
    };
    let mut lines = record(&row)["Line"].clone();
    lines[0]["SalesItemLineDetail"]["Qty"] = json!(99);
    lines[0]["SalesItemLineDetail"]["UnitPrice"] = json!(1);
    lines[0]["Amount"] = json!(99);
    shop.at_quickbooks(
        json!({"do": "edit", "entity": "Estimate", "id": row["Id"], "set": {"Line": lines}}),
    );
    true
}

fn wiped_out(shop: &Online, people: &People) -> bool {
    let rows = shop.books("Estimate");
    let written = |row: &&Value| people.written.contains_key(text(row, "Id"));
    let Some(row) = rows.iter().find(written) else {
        return false;
    };
    let set = json!({"CustomerMemo": {"value": "x"}});
    shop.at_quickbooks(json!({"do": "edit", "entity": "Estimate", "id": row["Id"], "set": set}));
    true
}

fn a_pulled(shop: &Online) -> Option<Value> {
    let mut rows = shop.workshop("sales-orders");
    rows.retain(|row| text(row, "code").starts_with(PULLED));
    rows.pop()
}

fn not_pulled(shop: &Online, _: &People) -> bool {
    let rows = shop.books("Estimate");
    let Some(row) = rows.iter().find(|row| !is_ours(row)) else {
        return false;
    };
    let copy = json!({"CustomerRef": row["CustomerRef"], "DocNumber": "Q-lost", "Line": record(row)["Line"]});
    shop.at_quickbooks(json!({"do": "create", "entity": "Estimate", "record": copy}));
    true
}

fn sent_back(shop: &Online, _: &People) -> bool {
    let (Some(order), Some(row)) = (a_pulled(shop), a_document(shop, "Estimate", 0)) else {
        return false;
    };
    let mut copy = record(&row);
    copy["PrivateNote"] = json!(format!("Fusion Operations {}", text(&order, "code")));
    shop.at_quickbooks(json!({"do": "create", "entity": "Estimate", "record": copy}));
    true
}
