//! One line of a document: goods, freight, tax, or only words.
//!
//! Acomba does not ask that a product exist. Without one the line needs a product group; without both it
//! is a comment and may carry no money.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::company::Company;
use super::document;
use super::error::{Code, Refusal};
use super::value::{Cell, Given, Hand, Values, find};

/// Goods are numbered below, freight and taxes from here up.
pub const EXTRA_FIRST: i64 = 991;

/// Completes one line of a document.
pub fn build(
    company: &Company,
    header: &Values,
    given: &[Given],
    index: usize,
    hand: Hand,
) -> Result<Values, Refusal> {
    let mut line = Values::default();
    line.set("ILType", Cell::Name("IL_Invoice"));
    for (field, cell) in given {
        line.set(field.name, cell.clone());
    }
    if hand == Hand::Screen && find(given, "ILLineNumber").is_none() {
        let first = match line.text("ILType") {
            "IL_Invoice" => 1,
            _ => EXTRA_FIRST,
        };
        line.set("ILLineNumber", Cell::Int(index as i64 + first));
    }
    match line.text("ILType") {
        "IL_Freight" => {
            let account = format!("{},13", header.int("InReceivableOffset"));
            let control = company.store("ControlCustomer").live(1);
            if let Some(cell) =
                control.and_then(|control| control.values.entry("CCARCharterCP", &account))
            {
                line.set("ILCharterCP", cell.clone());
            }
        }
        "IL_Tax" => {
            let number = line.text("ILProductNumber");
            let tax = company.store("Tax").find(number);
            let unknown = || {
                Refusal::new(Code::TaxUnknown, format!("tax `{number}` does not exist"))
                    .field(format!("Lines[{index}].ILProductNumber"))
            };
            let tax = tax.ok_or_else(unknown)?;
            line.set("ILProductCP", Cell::Int(tax.card_pos.into()));
            line.set(
                "ILCharterCP",
                Cell::Int(tax.values.int("TaCollectedTaxesCharterCP")),
            );
        }
        _ => {
            goods(company, &mut line, given, index)?;
            if hand == Hand::Screen && find(given, "ILTotalAmount").is_none() {
                line.set("ILTotalAmount", Cell::Amount(screen_total(header, &line)));
            }
        }
    }
    Ok(line)
}

/// A line of goods: a product of the inventory, or a group, or only words.
fn goods(
    company: &Company,
    line: &mut Values,
    given: &[Given],
    index: usize,
) -> Result<(), Refusal> {
    let at = |property: &str| format!("Lines[{index}].{property}");
    let products = company.store("Product");
    let number = line.text("ILProductNumber").to_owned();
    let position = line.card_pos("ILProductCP");
    let product = match (number.is_empty(), position) {
        (_, 0) => products.find(&number),
        (_, position) => {
            let product = products.live(position);
            let known = product
                .filter(|product| number.is_empty() || product.values.text("PrNumber") == number);
            let unknown = || {
                Refusal::new(
                    Code::ProductUnknown,
                    format!("product {position} does not exist or is not `{number}`"),
                )
            };
            Some(known.ok_or_else(|| unknown().field(at("ILProductCP")))?)
        }
    };
    if let Some(product) = product {
        let values = &product.values;
        line.set("ILProductNumber", Cell::text(values.text("PrNumber")));
        line.set("ILProductCP", Cell::Int(product.card_pos.into()));
        let own_group = find(given, "ILProductGroupNumber")
            .or(find(given, "ILProductGroupCP"))
            .is_some_and(|cell| !cell.is_blank());
        if !own_group {
            line.set(
                "ILProductGroupNumber",
                Cell::Int(values.int("PrProductGroupNumber")),
            );
            line.set(
                "ILProductGroupCP",
                Cell::Int(values.int("PrProductGroupCP")),
            );
        }
        for (property, entry) in [
            ("ILDescription", values.entry("PrDescription", "1")),
            ("ILSellingPrice", values.entry("PrSellingPrice", "0,1")),
        ] {
            if let (None, Some(cell)) = (find(given, property), entry) {
                line.set(property, cell.clone());
            }
        }
    }
    let groups = company.store("ProductGroup");
    let (group_number, group_at) = (
        line.int("ILProductGroupNumber"),
        line.card_pos("ILProductGroupCP"),
    );
    let group = if group_number != 0 {
        groups.find(&group_number.to_string())
    } else {
        groups.live(group_at)
    };
    if let Some(group) = group.filter(|group| group_at == 0 || group.card_pos == group_at) {
        line.set(
            "ILProductGroupNumber",
            Cell::Int(group.values.int("PGNumber")),
        );
        line.set("ILProductGroupCP", Cell::Int(group.card_pos.into()));
    } else if group_number != 0 || group_at != 0 {
        let message = format!("product group {group_number} (card {group_at}) does not exist");
        return Err(
            Refusal::new(Code::ProductGroupUnknown, message).field(at("ILProductGroupNumber"))
        );
    } else {
        comment(line, index)?;
    }
    Ok(())
}

/// What the screen asks for a line: the quantity that counts in this kind of document, at its price, less
/// the document's discount.
fn screen_total(header: &Values, line: &Values) -> Decimal {
    let (counts, otherwise) = match header.text("InInvoiceType") {
        "ITp_Invoice" | "ITp_Credit" => ("ILInvoicedQty", "ILOrderedQty"),
        _ => ("ILOrderedQty", "ILInvoicedQty"),
    };
    let quantity = match line.amount(counts) {
        none if none.is_zero() => line.amount(otherwise),
        quantity => quantity,
    };
    let paid = Decimal::ONE_HUNDRED - header.amount("InDiscount");
    document::cents(quantity * line.amount("ILSellingPrice") * paid / Decimal::ONE_HUNDRED)
}

/// Neither product nor group: only allowed when the line is nothing but words.
fn comment(line: &Values, index: usize) -> Result<(), Refusal> {
    let sells = [
        "ILSellingPrice",
        "ILOrderedQty",
        "ILInvoicedQty",
        "ILTotalAmount",
    ]
    .iter()
    .any(|name| !line.amount(name).is_zero());
    if sells || !line.text("ILProductNumber").is_empty() {
        let message = format!("line {index} has no known product, so it needs a product group");
        return Err(Refusal::new(Code::ProductGroupUnknown, message)
            .field(format!("Lines[{index}].ILProductGroupNumber")));
    }
    if line.text("ILDescription").is_empty() {
        return Err(
            Refusal::new(Code::LineEmpty, format!("line {index} says nothing"))
                .field(format!("Lines[{index}].ILDescription")),
        );
    }
    Ok(())
}

/// Goods below 991, freight and taxes from 991 up, no number twice.
pub fn check_numbers(lines: &[Values]) -> Result<(), Refusal> {
    let mut seen = BTreeSet::new();
    for (index, line) in lines.iter().enumerate() {
        let number = line.int("ILLineNumber");
        let goods = line.text("ILType") == "IL_Invoice";
        let in_range = if goods {
            (1..EXTRA_FIRST).contains(&number)
        } else {
            number >= EXTRA_FIRST
        };
        if !in_range || !seen.insert(number) {
            let message =
                format!("line number {number} is used twice or on the wrong side of {EXTRA_FIRST}");
            return Err(Refusal::new(Code::LineNumberRefused, message)
                .field(format!("Lines[{index}].ILLineNumber")));
        }
    }
    Ok(())
}
