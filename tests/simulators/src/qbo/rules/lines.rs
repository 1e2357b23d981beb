//! The lines of a transaction: their ids, details, amounts and the subtotal that the vendor adds.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::super::company::{Company, Id, Row};
use super::super::refusal::Refusal;
use super::super::schema::Kind;
use super::super::time;
use super::super::value::{Values, decimal, list, money, number, object, reference, text};

const SUBTOTAL: &str = "SubTotalLineDetail";
/// How far an amount may be from quantity times price.
const ROUNDING: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

/// Every line, to be changed.
pub fn of_mut(values: &mut Values) -> impl Iterator<Item = &mut Values> {
    let lines = values.get_mut("Line").and_then(Value::as_array_mut);
    lines.into_iter().flatten().filter_map(Value::as_object_mut)
}

pub fn complete(
    company: &Company,
    kind: Kind,
    values: &mut Values,
    old: Option<&Row>,
) -> Result<(), Refusal> {
    let known: Vec<&str> = old.map_or_else(Vec::new, |old| {
        list(&old.values, "Line")
            .map(|line| text(line, "Id"))
            .collect()
    });
    let mut last = known
        .iter()
        .filter_map(|id| id.parse::<u64>().ok())
        .max()
        .unwrap_or_default();
    let day = text(values, "TxnDate").to_owned();
    let mut lines: Vec<Values> = Vec::new();
    for line in list(values, "Line") {
        if text(line, "DetailType") == SUBTOTAL {
            continue;
        }
        let mut line = line.clone();
        let id = text(&line, "Id").to_owned();
        let taken = lines.iter().any(|other| text(other, "Id") == id);
        if id.is_empty() || taken || !known.contains(&id.as_str()) {
            last += 1;
            line.insert("Id".to_owned(), last.to_string().into());
        } else if let Some(received) = received(old, &id) {
            line.insert("Received".to_owned(), received);
        }
        line.insert("LineNum".to_owned(), (lines.len() + 1).into());
        detail(company, &mut line, &day, old)?;
        lines.push(line);
    }
    if lines.is_empty() {
        return Err(Refusal::missing("Line"));
    }
    if kind.is_any(&["Invoice", "Estimate", "SalesReceipt"]) {
        let subtotal = subtotal(&lines);
        discounts(&mut lines, subtotal);
        let line = json!({ "Amount": number(subtotal), "DetailType": SUBTOTAL, SUBTOTAL: {} });
        lines.extend(line.as_object().cloned());
    }
    values.insert("Line".to_owned(), lines.into());
    Ok(())
}

/// What bills say of a line does not end with a change of its order.
fn received(old: Option<&Row>, id: &str) -> Option<Value> {
    let mut lines = list(&old?.values, "Line");
    let line = lines.find(|line| text(line, "Id") == id)?;
    line.get("Received").cloned()
}

/// What the lines of a kind that adds up come to.
fn subtotal(lines: &[Values]) -> Decimal {
    let counted = lines
        .iter()
        .filter(|line| text(line, "DetailType") != "DiscountLineDetail");
    counted.filter_map(|line| decimal(line, "Amount")).sum()
}

/// A discount in percent is worked out of the subtotal.
fn discounts(lines: &mut [Values], subtotal: Decimal) {
    for line in lines {
        let Some(detail) = object(line, "DiscountLineDetail") else {
            continue;
        };
        if let Some(percent) = decimal(detail, "DiscountPercent") {
            let amount = money(subtotal * percent / Decimal::ONE_HUNDRED);
            line.insert("Amount".to_owned(), number(amount));
        }
    }
}

/// The detail that the line's type names, and no other.
fn detail(
    company: &Company,
    line: &mut Values,
    day: &str,
    old: Option<&Row>,
) -> Result<(), Refusal> {
    let name = text(line, "DetailType").to_owned();
    line.retain(|key, _| !key.ends_with("Detail") || *key == name);
    if name == "DescriptionOnly" {
        line.shift_remove("Amount");
        return Ok(());
    }
    let mut given = object(line, &name)
        .cloned()
        .ok_or_else(|| Refusal::missing(&format!("Line.{name}")))?;
    let must = |values: &Values, field: &str| match values.contains_key(field) {
        true => Ok(()),
        false => Err(Refusal::missing(&format!("Line.{name}.{field}"))),
    };
    match name.as_str() {
        "SalesItemLineDetail" | "ItemBasedExpenseLineDetail" => {
            must(&given, "ItemRef")?;
            item(company, &given, day)?;
            priced(line, &mut given)?;
        }
        "AccountBasedExpenseLineDetail" => {
            must(&given, "AccountRef")?;
            amount(line)?;
        }
        "ItemAdjustmentLineDetail" => {
            must(&given, "ItemRef")?;
            item(company, &given, day)?;
            adjusted(company, &mut given, old)?;
        }
        _ => {
            if decimal(&given, "DiscountPercent").is_none() {
                amount(line)?;
            }
        }
    }
    coded(company, &name, &mut given)?;
    line.insert(name, given.into());
    Ok(())
}

fn amount(line: &Values) -> Result<Decimal, Refusal> {
    decimal(line, "Amount").ok_or_else(|| Refusal::missing("Line.Amount"))
}

/// An amount is the product of its quantity and its price.
fn priced(line: &mut Values, detail: &mut Values) -> Result<(), Refusal> {
    let amount = amount(line)?;
    match (decimal(detail, "Qty"), decimal(detail, "UnitPrice")) {
        (Some(quantity), Some(price)) => {
            let difference = (money(amount) - money(quantity * price)).abs();
            if difference >= ROUNDING {
                return Err(Refusal::amount(&amount.normalize().to_string()));
            }
        }
        (Some(quantity), None) if !quantity.is_zero() => {
            let price = (amount / quantity).round_dp(7);
            detail.insert("UnitPrice".to_owned(), number(price));
        }
        _ => {}
    }
    line.insert("Amount".to_owned(), number(money(amount)));
    Ok(())
}

/// Whether an item can stand on a line of that day.
fn item(company: &Company, detail: &Values, day: &str) -> Result<(), Refusal> {
    let item = reference(detail, "ItemRef").and_then(|id| company.own("Item", id));
    let Some(item) = item else { return Ok(()) };
    match text(&item.values, "Type") {
        "Category" | "Group" => Err(Refusal::business(
            "A category or a bundle cannot be used as the item of a line.",
        )),
        "Inventory" => {
            let start = time::date(text(&item.values, "InvStartDate"));
            match (start, time::date(day)) {
                (Some(start), Some(day)) if day < start => Err(Refusal::business(
                    "Transaction date is prior to start date for inventory item.",
                )),
                _ => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

/// A new quantity becomes the difference to what is there without this adjustment.
fn adjusted(company: &Company, detail: &mut Values, old: Option<&Row>) -> Result<(), Refusal> {
    let id = reference(detail, "ItemRef").unwrap_or_default().to_owned();
    let item = company.own("Item", &id);
    if item.is_some_and(|item| text(&item.values, "Type") != "Inventory") {
        return Err(Refusal::business("Only inventory items have a quantity."));
    }
    if let Some(wanted) = decimal(detail, "NewQty") {
        let before = old.map_or(Decimal::ZERO, |old| {
            let lines = list(&old.values, "Line");
            let details = lines.filter_map(|line| object(line, "ItemAdjustmentLineDetail"));
            let own = details.filter(|detail| reference(detail, "ItemRef") == Some(id.as_str()));
            own.filter_map(|detail| decimal(detail, "QtyDiff")).sum()
        });
        let there = company
            .stock
            .get(&Id::new(&id))
            .copied()
            .unwrap_or_default();
        detail.insert("QtyDiff".to_owned(), number(wanted - (there - before)));
        detail.shift_remove("NewQty");
    }
    match decimal(detail, "QtyDiff") {
        Some(_) => Ok(()),
        None => Err(Refusal::missing("Line.ItemAdjustmentLineDetail.QtyDiff")),
    }
}

/// Tax codes and who pays for what was bought.
fn coded(company: &Company, name: &str, detail: &mut Values) -> Result<(), Refusal> {
    let taxed = [
        "SalesItemLineDetail",
        "ItemBasedExpenseLineDetail",
        "AccountBasedExpenseLineDetail",
    ];
    if !taxed.contains(&name) {
        return Ok(());
    }
    if !detail.contains_key("TaxCodeRef") {
        if company.switches.tax_code_required {
            return Err(Refusal::business(
                "Make sure all your transactions have a tax rate before you save.",
            ));
        }
        if company.own("TaxCode", "NON").is_some() {
            detail.insert("TaxCodeRef".to_owned(), json!({ "value": "NON" }));
        }
    }
    if name == "SalesItemLineDetail" {
        return Ok(());
    }
    let billable = text(detail, "BillableStatus").to_owned();
    if billable == "Billable" && reference(detail, "CustomerRef").is_none() {
        return Err(Refusal::business(
            "When you check Billable, you must also specify a customer.",
        ));
    }
    if billable.is_empty() {
        detail.insert("BillableStatus".to_owned(), "NotBillable".into());
    }
    Ok(())
}
