//! What a company demands beyond the form of what is sent, and what it fills in by itself.

mod forms;
mod items;
mod lines;
mod links;
mod names;
mod tax;
mod time_entry;

use serde_json::Value;

use super::company::{Company, Id, Row};
use super::refusal::Refusal;
use super::schema::{Class, Kind};
use super::value::{Values, decimal, text};
use super::writes::Options;
use crate::simulator::NowMs;

pub use self::links::{named_by, refresh};

/// Checks a record and fills in what follows from others; `old` is what it replaces.
pub fn complete(
    company: &Company,
    kind: Kind,
    values: &mut Values,
    old: Option<&Row>,
    options: Options,
    now: NowMs,
) -> Result<(), Refusal> {
    match kind.class {
        Class::List => {
            names::complete(company, kind, values, old)?;
            if kind.is("Item") {
                items::complete(company, values, old)?;
            }
            if kind.is("Term") {
                let by_day = values.contains_key("DayOfMonthDue");
                let word = if by_day { "DATE_DRIVEN" } else { "STANDARD" };
                values.insert("Type".to_owned(), word.into());
            }
            Ok(())
        }
        Class::Transaction => forms::complete(company, kind, values, old, options, now),
        Class::Single => Ok(()),
    }
}

/// What a full update cannot clear.
pub fn survivors(kind: Kind, old: &Values) -> Values {
    let kept: &[&str] = match kind.name.as_str() {
        "Item" => &["Type", "InvStartDate"],
        "CompanyInfo" => &["CompanyName"],
        _ => &[],
    };
    let old = old.iter();
    old.filter(|(name, _)| kept.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Numbers that the company gives by itself, where the client gave none: one count for sales forms, one for orders.
pub fn numbered(company: &mut Company, kind: Kind, values: &mut Values) {
    if company.switches.custom_txn_numbers || !text(values, "DocNumber").is_empty() {
        return;
    }
    if let Some(count) = forms::count(kind) {
        let last = company.last_numbers.entry(count).or_insert(1000);
        *last += 1;
        values.insert("DocNumber".to_owned(), last.to_string().into());
    }
}

/// A number of a seed or a person goes on the count.
pub fn took_number(company: &mut Company, kind: Kind, number: &str) {
    if let (Some(count), Ok(number)) = (forms::count(kind), number.parse::<u64>()) {
        let last = company.last_numbers.entry(count).or_insert(1000);
        *last = (*last).max(number);
    }
}

/// What a new inventory item has on hand leaves the record: from now on transactions move it.
pub fn opening_stock(company: &mut Company, kind: Kind, id: &Id, values: &mut Values) {
    if kind.is("Item") {
        let quantity = decimal(values, "QtyOnHand").unwrap_or_default();
        values.shift_remove("QtyOnHand");
        company.stock.insert(id.clone(), quantity);
    }
}

/// Whether a transaction may still be changed, voided or deleted.
pub fn may_change(company: &Company, row: &Row) -> Result<(), Refusal> {
    forms::open_period(company, text(&row.values, "TxnDate"))?;
    if row.deposited {
        return Err(Refusal::deposited());
    }
    Ok(())
}

/// Nothing is left of the amounts; the lines stay.
pub fn voided(row: &mut Row) {
    let zero = || Value::from(0);
    let values = &mut row.values;
    for name in ["TotalAmt", "HomeTotalAmt"] {
        values.insert(name.to_owned(), zero());
    }
    values.insert(
        "TxnTaxDetail".to_owned(),
        serde_json::json!({ "TotalTax": 0 }),
    );
    let before = text(values, "PrivateNote").to_owned();
    let note = match before.as_str() {
        "" => "Voided".to_owned(),
        before => format!("Voided - {before}"),
    };
    values.insert("PrivateNote".to_owned(), note.into());
    for line in lines::of_mut(values) {
        if line.contains_key("Amount") {
            line.insert("Amount".to_owned(), zero());
        }
        if let Some(Value::Object(detail)) = line.get_mut("SalesItemLineDetail") {
            detail.insert("Qty".to_owned(), zero());
        }
    }
    row.paid = rust_decimal::Decimal::ZERO;
}
