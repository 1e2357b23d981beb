//! A document before it is a card: quote, order, open order, invoice, credit, contract.
//!
//! The bridge fills in what public code fills in (billed customer, receivable, taxes group, term block,
//! positions, GL accounts) and checks the rest. It computes no tax and no line total: those are the
//! caller's. A person's document is the opposite: the screen computes what the person leaves out.
//!
//! Invariant: nothing here changes the company.

use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Map, Value};

use super::card::Card;
use super::company::Company;
use super::error::{Code, Refusal};
use super::interface::{LINE_FIELDS, TERM_COPIES, TRANSACTION};
use super::line;
use super::time;
use super::value::{Cell, Given, Hand, Values, find, given};
use crate::simulator::NowMs;

/// The customer's property and the document's: what a document takes from its customer.
pub const FROM_CUSTOMER: &[(&str, &str)] = &[
    ("CuInvoicedToCP", "InInvoicedToCP"),
    ("CuReceivable", "InReceivableOffset"),
    ("CuTaxGroupCP", "InTaxGroupCP"),
    ("CuTaxGroupNumber", "InTaxGroupNumber"),
    ("CuTermNumber", "InTermNumber"),
    ("CuSalespersonNumber", "InSalespersonNumber"),
    ("CuTerritoryNumber", "InTerritoryNumber"),
];

/// Whether a person may still change such a document; an invoice and a credit are final.
pub fn is_open_kind(invoicing_type: &str) -> bool {
    matches!(
        invoicing_type,
        "ITp_Quotation" | "ITp_Order" | "ITp_OpenOrder" | "ITp_Contract"
    )
}

#[derive(Debug)]
pub struct Document {
    pub values: Values,
    pub lines: Vec<Values>,
}

/// Checks a document and completes it. The number is assigned later, by the company.
pub fn build(
    company: &Company,
    body: &Map<String, Value>,
    hand: Hand,
    now: NowMs,
) -> Result<Document, Refusal> {
    let (header, given_lines) = read(body, hand)?;
    let is_contract = find(&header, "InInvoiceType") == Some(&Cell::Name("ITp_Contract"));
    if is_contract && !company.switches.automatic_billing {
        let message = "contracts come with the automatic-billing module, which is not installed";
        return Err(Refusal::new(Code::NotSupported, message).field("InInvoiceType"));
    }
    let customer = customer(company, &header)?;
    let mut values = Values::default();
    for (field, cell) in &header {
        values.set(field.name, cell.clone());
    }
    complete_header(company, customer, &header, &mut values, now)?;
    let mut lines = Vec::with_capacity(given_lines.len());
    for (index, given) in given_lines.iter().enumerate() {
        lines.push(line::build(company, &values, given, index, hand)?);
    }
    line::check_numbers(&lines)?;
    lines.sort_by_key(|line| line.int("ILLineNumber"));
    let taxes = group_taxes(company, &values);
    match hand {
        Hand::Screen => add_taxes(company, &mut values, &mut lines, &taxes),
        Hand::Bridge => check_taxes(&lines, &taxes)?,
    }
    balance(&header, &mut values, &lines)?;
    values.set("TANumLines", Cell::Int(lines.len() as i64));
    lines.iter_mut().for_each(Values::shrink);
    Ok(Document { values, lines })
}

fn read(body: &Map<String, Value>, hand: Hand) -> Result<(Vec<Given>, Vec<Vec<Given>>), Refusal> {
    let mut header = body.clone();
    let lines = header.remove("Lines").unwrap_or(Value::Null);
    let header = given(TRANSACTION.fields, &header, hand, "")?;
    for required in ["InInvoiceType", "InCustomerSupplierCP"] {
        if find(&header, required).is_none() {
            return Err(Refusal::bad(format!("`{required}` is required")).field(required));
        }
    }
    let lines = lines.as_array().filter(|lines| !lines.is_empty());
    let lines = lines.ok_or_else(|| {
        Refusal::bad("`Lines` must be an array with at least one line").field("Lines")
    })?;
    let read_line = |(index, line): (usize, &Value)| {
        let path = format!("Lines[{index}]");
        let object = line
            .as_object()
            .ok_or_else(|| Refusal::bad(format!("`{path}` must be an object")).field(&path))?;
        let given = given(LINE_FIELDS, object, hand, &format!("{path}."))?;
        let named = find(&given, "ILType").is_some() && find(&given, "ILLineNumber").is_some();
        if hand == Hand::Bridge && !named {
            return Err(
                Refusal::bad(format!("`{path}` needs ILType and ILLineNumber")).field(path),
            );
        }
        Ok(given)
    };
    let lines = lines
        .iter()
        .enumerate()
        .map(read_line)
        .collect::<Result<_, _>>()?;
    Ok((header, lines))
}

fn customer<'a>(company: &'a Company, header: &[Given]) -> Result<&'a Card, Refusal> {
    let key = find(header, "InCustomerSupplierCP")
        .map(Cell::key)
        .unwrap_or_default();
    let card_pos = key.parse().unwrap_or(0);
    let refusal = |code, text: &str| {
        Refusal::new(code, format!("customer {card_pos} {text}"))
            .field("InCustomerSupplierCP")
            .card(card_pos)
    };
    let customer = company
        .store("Customer")
        .live(card_pos)
        .ok_or_else(|| refusal(Code::CustomerUnknown, "does not exist"))?;
    if customer.values.int("CuActive") == 0 {
        return Err(refusal(Code::CustomerInactive, "is not active"));
    }
    Ok(customer)
}

fn complete_header(
    company: &Company,
    customer: &Card,
    header: &[Given],
    values: &mut Values,
    now: NowMs,
) -> Result<(), Refusal> {
    for (theirs, ours) in FROM_CUSTOMER {
        if let (None, Some(cell)) = (find(header, ours), customer.values.get(theirs)) {
            values.set(ours, cell.clone());
        }
    }
    for flag in ["InCurrentDay", "InTransactionActive"] {
        if find(header, flag).is_none() {
            values.set(flag, Cell::Int(1));
        }
    }
    if values.get("InDate").is_none() {
        values.set("InDate", Cell::text(&time::today(now)));
    }
    for (property, interface, code) in [
        (
            "InSalespersonNumber",
            "Salesperson",
            Code::SalespersonUnknown,
        ),
        ("InTerritoryNumber", "Territory", Code::TerritoryUnknown),
    ] {
        let number = values.get(property).map(Cell::key);
        if let Some(number) =
            number.filter(|number| company.store(interface).find(number).is_none())
        {
            return Err(
                Refusal::new(code, format!("{interface} {number} does not exist")).field(property),
            );
        }
    }
    if let Some(number) = values.get("InTermNumber").map(Cell::key) {
        let term = company.store("CustomerTerm").find(&number);
        let term = term.ok_or_else(|| {
            Refusal::new(Code::TermUnknown, format!("term {number} does not exist"))
                .field("InTermNumber")
        })?;
        for (theirs, ours) in TERM_COPIES {
            if let Some(cell) = term.values.get(theirs) {
                values.set(ours, cell.clone());
            }
        }
    }
    Ok(())
}

/// The taxes of the document's tax group; none for an exempt customer.
fn group_taxes(company: &Company, header: &Values) -> Vec<String> {
    let group = company
        .store("TaxGroup")
        .live(header.card_pos("InTaxGroupCP"));
    let Some(Cell::By(taxes)) = group.and_then(|group| group.values.get("TGTaxNumbers")) else {
        return Vec::new();
    };
    taxes.iter().map(|(_, tax)| tax.key()).collect()
}

fn check_taxes(lines: &[Values], taxes: &[String]) -> Result<(), Refusal> {
    if total(lines, "IL_Invoice") + total(lines, "IL_Freight") == Decimal::ZERO {
        return Ok(());
    }
    let has = |tax: &str| {
        lines
            .iter()
            .any(|line| line.text("ILType") == "IL_Tax" && line.text("ILProductNumber") == tax)
    };
    match taxes.iter().find(|tax| !has(tax)) {
        Some(tax) => Err(Refusal::new(
            Code::TaxesMissing,
            format!("the customer pays `{tax}` and no line carries it"),
        )
        .field("Lines")),
        None => Ok(()),
    }
}

/// What the screen does by itself, unless the person typed taxes.
fn add_taxes(company: &Company, values: &mut Values, lines: &mut Vec<Values>, taxes: &[String]) {
    let base = total(lines, "IL_Invoice") + total(lines, "IL_Freight");
    if base.is_zero() || lines.iter().any(|line| line.text("ILType") == "IL_Tax") {
        return;
    }
    let mut number = lines
        .iter()
        .map(|line| line.int("ILLineNumber"))
        .max()
        .unwrap_or(0)
        .max(line::EXTRA_FIRST - 1);
    for tax in taxes
        .iter()
        .filter_map(|tax| company.store("Tax").find(tax))
    {
        number += 1;
        let mut line = Values::default();
        line.set("ILType", Cell::Name("IL_Tax"));
        line.set("ILLineNumber", Cell::Int(number));
        line.set("ILProductNumber", Cell::text(tax.values.text("TaNumber")));
        line.set("ILProductCP", Cell::Int(tax.card_pos.into()));
        line.set(
            "ILCharterCP",
            Cell::Int(tax.values.int("TaCollectedTaxesCharterCP")),
        );
        line.set(
            "ILTotalAmount",
            Cell::Amount(cents(
                base * tax.values.amount("TaRate") / Decimal::ONE_HUNDRED,
            )),
        );
        lines.push(line);
    }
    values.set(
        "InSales_Taxes",
        Cell::By(vec![("991", Cell::Amount(total(lines, "IL_Tax")))]),
    );
}

/// Totals that were given must agree to the cent; totals that were not are the sums.
fn balance(header: &[Given], values: &mut Values, lines: &[Values]) -> Result<(), Refusal> {
    let before_taxes = total(lines, "IL_Invoice") + total(lines, "IL_Freight");
    let taxes = total(lines, "IL_Tax");
    for (property, sum) in [
        ("InInvoiceSubTotal", before_taxes),
        ("InInvoiceTotal", before_taxes + taxes),
    ] {
        match find(header, property) {
            Some(Cell::Amount(given)) if cents(*given) != cents(sum) => {
                return Err(Refusal::new(
                    Code::Unbalanced,
                    format!("`{property}` is {given}, the lines make {sum}"),
                )
                .field(property));
            }
            Some(_) => {}
            None => values.set(property, Cell::Amount(cents(sum))),
        }
    }
    let told = values.entry("InSales_Taxes", "991");
    if let (Some(Cell::Amount(told)), true) = (told, find(header, "InSales_Taxes").is_some())
        && cents(*told) != cents(taxes)
    {
        return Err(Refusal::new(
            Code::Unbalanced,
            format!("`InSales_Taxes` is {told}, the tax lines make {taxes}"),
        )
        .field("InSales_Taxes.991"));
    }
    Ok(())
}

fn total(lines: &[Values], line_type: &str) -> Decimal {
    lines
        .iter()
        .filter(|line| line.text("ILType") == line_type)
        .map(|line| line.amount("ILTotalAmount"))
        .sum()
}

pub fn cents(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}
