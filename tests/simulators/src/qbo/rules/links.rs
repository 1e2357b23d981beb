//! What becomes of the transactions that others name: estimates that were invoiced, orders that were billed.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::Value;

use super::super::company::{Company, Id, Place, Row};
use super::super::effects;
use super::super::schema::{Kind, entity};
use super::super::value::{Values, decimal, list, number, object, text};
use super::lines;
use crate::simulator::NowMs;

/// The transactions that a record names.
pub fn named_by(row: &Row) -> Vec<Place> {
    effects::links(&row.values)
}

/// Brings the states of these transactions in line with those that name them.
pub fn refresh(company: &mut Company, places: &[Place], now: NowMs) {
    for (name, id) in places {
        let Some(kind) = entity(name) else { continue };
        let Some(row) = company.get(kind, id.as_str()).cloned() else {
            continue;
        };
        let mut values = row.values.clone();
        match kind.name.as_str() {
            "Estimate" => estimate(company, kind, id, &mut values),
            "PurchaseOrder" if company.switches.bill_closes_order => {
                order(company, kind, id, &mut values);
            }
            _ => continue,
        }
        if values != row.values {
            let row = Row {
                values,
                sync_token: row.sync_token + 1,
                updated: now,
                ..row
            };
            company.put(kind, row);
            company
                .webhooks
                .happened(&kind.name, id.as_str(), "Update", now);
        }
    }
}

fn estimate(company: &Company, kind: Kind, id: &Id, values: &mut Values) {
    let invoiced = !company.linked_from(kind, id).is_empty();
    let status = match (invoiced, text(values, "TxnStatus")) {
        (true, _) => "Closed",
        (false, "Closed") => "Accepted",
        (false, _) => return,
    };
    values.insert("TxnStatus".to_owned(), status.into());
}

fn order(company: &Company, kind: Kind, id: &Id, values: &mut Values) {
    let mut received: BTreeMap<String, Decimal> = BTreeMap::new();
    let mut whole = false;
    for (name, bill) in company.linked_from(kind, id) {
        let bill = entity(name).and_then(|kind| company.get(kind, bill.as_str()));
        let Some(bill) = bill else { continue };
        let mut by_line = false;
        for line in list(&bill.values, "Line") {
            for link in list(line, "LinkedTxn").filter(|link| text(link, "TxnId") == id.as_str()) {
                by_line = true;
                let quantity = object(line, text(line, "DetailType"))
                    .and_then(|detail| decimal(detail, "Qty"))
                    .unwrap_or(Decimal::ONE);
                *received
                    .entry(text(link, "TxnLineId").to_owned())
                    .or_default() += quantity;
            }
        }
        whole |= !by_line;
    }
    let mut complete = true;
    for line in lines::of_mut(values) {
        let detail = object(line, text(line, "DetailType"));
        let ordered = detail.and_then(|detail| decimal(detail, "Qty"));
        let ordered = ordered.unwrap_or(Decimal::ONE);
        let came = match whole {
            true => ordered,
            false => received.get(text(line, "Id")).copied().unwrap_or_default(),
        };
        complete &= came >= ordered;
        if came.is_zero() {
            line.shift_remove("Received");
        } else {
            line.insert("Received".to_owned(), number(came));
        }
    }
    let named = !company.linked_from(kind, id).is_empty();
    let status = if complete && named { "Closed" } else { "Open" };
    values.insert("POStatus".to_owned(), Value::from(status));
}
