//! Transactions: their dates, numbers, accounts, links and totals.

use serde_json::json;

use super::super::company::{Company, Row};
use super::super::refusal::Refusal;
use super::super::schema::{Kind, entity, own};
use super::super::time;
use super::super::value::{Values, flag, list, reference, text};
use super::super::writes::Options;
use super::{lines, may_change, tax, time_entry};
use crate::simulator::NowMs;

pub fn complete(
    company: &Company,
    kind: Kind,
    values: &mut Values,
    old: Option<&Row>,
    options: Options,
    now: NowMs,
) -> Result<(), Refusal> {
    if text(values, "TxnDate").is_empty() {
        let before = old.map(|old| text(&old.values, "TxnDate").to_owned());
        let day = before.filter(|day| !day.is_empty());
        let day = day.unwrap_or_else(|| time::today(now, &company.zone).to_string());
        values.insert("TxnDate".to_owned(), day.into());
    }
    open_period(company, text(values, "TxnDate"))?;
    if let Some(old) = old {
        may_change(company, old)?;
    }
    if kind.is("TimeActivity") {
        return time_entry::complete(values);
    }
    accounts(company, kind, values)?;
    partner(company, kind, values);
    custom_fields(company, kind, values)?;
    links(company, kind, values)?;
    lines::complete(company, kind, values, old)?;
    tax::complete(company, kind, values)?;
    free_number(company, kind, values, old, options)
}

/// Nothing is written into a closed period.
pub fn open_period(company: &Company, day: &str) -> Result<(), Refusal> {
    let closed = company.switches.book_close_date.as_deref();
    match closed {
        Some(closed) if !day.is_empty() && day <= closed => Err(Refusal::closed_period()),
        _ => Ok(()),
    }
}

/// The count that numbers an entity; vendors number their bills themselves.
pub fn count(kind: Kind) -> Option<&'static str> {
    match kind.name.as_str() {
        "Invoice" | "SalesReceipt" | "Estimate" => Some("sales"),
        "PurchaseOrder" => Some("orders"),
        "InventoryAdjustment" => Some("adjustments"),
        _ => None,
    }
}

/// The accounts that a form needs, found by their type where it names none.
fn accounts(company: &Company, kind: Kind, values: &mut Values) -> Result<(), Refusal> {
    let (name, types): (&str, &[&str]) = match kind.name.as_str() {
        "Bill" | "PurchaseOrder" => ("APAccountRef", &["Accounts Payable"]),
        "SalesReceipt" => ("DepositToAccountRef", &["Bank", "Other Current Asset"]),
        _ => return Ok(()),
    };
    match reference(values, name) {
        Some(id) => {
            let account = company.own("Account", id);
            let fits =
                account.is_none_or(|account| types.contains(&text(&account.values, "AccountType")));
            if !fits {
                return Err(Refusal::business(&format!(
                    "When you use {name}, the account must be of type {}.",
                    types.join(" or ")
                )));
            }
        }
        None => {
            let account = company.rows(own("Account")).find(|row| {
                types.contains(&text(&row.values, "AccountType"))
                    && flag(&row.values, "Active") != Some(false)
                    && (!kind.is("SalesReceipt")
                        || text(&row.values, "AccountSubType") == "UndepositedFunds")
            });
            if let Some(account) = account {
                let id = account.id.as_str();
                values.insert(name.to_owned(), json!({ "value": id }));
            }
        }
    }
    Ok(())
}

/// What the customer or the vendor says where the form does not.
fn partner(company: &Company, kind: Kind, values: &mut Values) {
    let (name, of, term) = match kind.name.as_str() {
        "Bill" | "PurchaseOrder" => ("VendorRef", "Vendor", "TermRef"),
        _ => ("CustomerRef", "Customer", "SalesTermRef"),
    };
    let partner = reference(values, name).and_then(|id| company.own(of, id));
    let Some(partner) = partner else { return };
    let mut take = |from: &str, to: &str| {
        if let Some(value) = partner.values.get(from)
            && kind.field(to).is_some()
            && !values.contains_key(to)
        {
            values.insert(to.to_owned(), value.clone());
        }
    };
    if of == "Customer" {
        take("BillAddr", "BillAddr");
        take("ShipAddr", "ShipAddr");
        take("PrimaryEmailAddr", "BillEmail");
    } else {
        take("BillAddr", "VendorAddr");
    }
    if kind.is_any(&["Invoice", "Bill"]) {
        take(term, "SalesTermRef");
        if !values.contains_key("DueDate") {
            values.insert("DueDate".to_owned(), due(company, values).into());
        }
    }
    let default = match kind.name.as_str() {
        "Estimate" => ("TxnStatus", "Pending"),
        "PurchaseOrder" => ("POStatus", "Open"),
        _ => return,
    };
    if !values.contains_key(default.0) {
        values.insert(default.0.to_owned(), default.1.into());
    }
}

fn due(company: &Company, values: &Values) -> String {
    let day = text(values, "TxnDate");
    let term = reference(values, "SalesTermRef").and_then(|id| company.own("Term", id));
    let days = term.and_then(|term| term.values.get("DueDays")?.as_i64());
    match (time::date(day), days) {
        (Some(day), Some(days)) => time::days_after(day, days).to_string(),
        _ => day.to_owned(),
    }
}

/// Only what the company defined can be said; its name is the company's.
fn custom_fields(company: &Company, kind: Kind, values: &mut Values) -> Result<(), Refusal> {
    let defined = match kind.name.as_str() {
        "Invoice" | "Estimate" | "SalesReceipt" => company.sales_fields.len(),
        "PurchaseOrder" => company.purchase_fields.len(),
        _ => return Ok(()),
    };
    for field in list(values, "CustomField") {
        let id = text(field, "DefinitionId");
        let known = id
            .parse::<usize>()
            .is_ok_and(|at| (1..=defined).contains(&at));
        if !known {
            return Err(Refusal::reference("CustomField", id, "CustomField"));
        }
    }
    Ok(())
}

/// What a form names must be there. Orders and estimates are named, they name nobody.
fn links(company: &Company, kind: Kind, values: &mut Values) -> Result<(), Refusal> {
    if kind.is_any(&["Estimate", "PurchaseOrder"]) {
        values.shift_remove("LinkedTxn");
        return Ok(());
    }
    let lines = list(values, "Line").flat_map(|line| list(line, "LinkedTxn"));
    for link in list(values, "LinkedTxn").chain(lines) {
        let (named, id) = (text(link, "TxnType"), text(link, "TxnId"));
        let other = entity(named);
        let other =
            other.ok_or_else(|| Refusal::enumeration("LinkedTxn.TxnType", &named.into()))?;
        let row = company.get(other, id);
        let row = row.ok_or_else(|| Refusal::reference("Transaction", id, "LinkedTxn"))?;
        let line = text(link, "TxnLineId");
        let known = line.is_empty() || list(&row.values, "Line").any(|row| text(row, "Id") == line);
        if !known {
            return Err(Refusal::reference("Line", line, "LinkedTxn"));
        }
    }
    Ok(())
}

fn free_number(
    company: &Company,
    kind: Kind,
    values: &Values,
    old: Option<&Row>,
    options: Options,
) -> Result<(), Refusal> {
    let switches = &company.switches;
    let warns = match kind.name.as_str() {
        "Bill" => switches.warn_duplicate_bill_numbers,
        _ => switches.warn_duplicate_numbers,
    };
    let number = text(values, "DocNumber");
    let kept = old.is_some_and(|old| text(&old.values, "DocNumber") == number);
    if number.is_empty() || kept || !warns || options.duplicate_numbers {
        return Ok(());
    }
    let vendor = |values: &Values| match kind.name.as_str() {
        "Bill" => reference(values, "VendorRef").map(str::to_owned),
        _ => None,
    };
    let mut rows = company.rows(kind);
    let other = rows.find(|row| {
        text(&row.values, "DocNumber") == number
            && vendor(&row.values) == vendor(values)
            && old.is_none_or(|old| old.id != row.id)
    });
    match other {
        Some(other) => Err(Refusal::duplicate_number(
            number,
            &kind.name,
            other.id.as_str(),
        )),
        None => Ok(()),
    }
}
