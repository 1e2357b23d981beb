//! Taxes and totals, worked out by the vendor.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::super::company::Company;
use super::super::refusal::Refusal;
use super::super::schema::Kind;
use super::super::value::{
    Values, as_decimal, decimal, list, money, number, object, reference, text,
};

/// A line with this code is taxed by the code of its transaction.
const BY_TRANSACTION: &str = "TAX";

pub fn complete(company: &Company, kind: Kind, values: &mut Values) -> Result<(), Refusal> {
    if kind.is("InventoryAdjustment") {
        return Ok(());
    }
    let detail = object(values, "TxnTaxDetail").cloned().unwrap_or_default();
    let code = reference(&detail, "TxnTaxCodeRef").map(str::to_owned);
    let sold = kind.is_any(&["Invoice", "Estimate", "SalesReceipt"]);
    let inclusive = text(values, "GlobalTaxCalculation") == "TaxInclusive";
    let (mut sum, mut discount) = (Decimal::ZERO, Decimal::ZERO);
    let mut taxable: BTreeMap<String, (Decimal, Decimal)> = BTreeMap::new();
    for line in list(values, "Line") {
        let amount = decimal(line, "Amount").unwrap_or_default();
        match text(line, "DetailType") {
            "SubTotalLineDetail" => continue,
            "DiscountLineDetail" => {
                discount += amount;
                continue;
            }
            _ => sum += amount,
        }
        let detail = object(line, text(line, "DetailType"));
        let of_line = detail.and_then(|detail| reference(detail, "TaxCodeRef"));
        let of_line = match of_line {
            Some(BY_TRANSACTION) => code.as_deref(),
            other => other,
        };
        let rates = of_line.map_or_else(Vec::new, |code| rates(company, code, sold));
        let together: Decimal = rates.iter().map(|(_, percent)| *percent).sum();
        let net = match inclusive {
            true => amount / (Decimal::ONE + together / Decimal::ONE_HUNDRED),
            false => amount,
        };
        for (rate, percent) in rates {
            let of_rate = taxable.entry(rate).or_insert((percent, Decimal::ZERO));
            of_rate.1 += net;
        }
    }
    let total = total(values, detail, &taxable);
    let amount = match inclusive {
        true => sum - discount,
        false => sum - discount + total,
    };
    if amount.is_sign_negative() && !amount.is_zero() {
        return Err(Refusal::business(
            "Transaction amount must be 0 or greater.",
        ));
    }
    values.insert("TotalAmt".to_owned(), number(money(amount)));
    Ok(())
}

/// Sets the tax detail; what a client says itself counts where no rate does.
fn total(
    values: &mut Values,
    mut detail: Values,
    taxable: &BTreeMap<String, (Decimal, Decimal)>,
) -> Decimal {
    let said = decimal(&detail, "TotalTax").unwrap_or_default();
    let mut total = Decimal::ZERO;
    let mut lines = Vec::new();
    for (rate, (percent, net)) in taxable {
        let tax = money(net * percent / Decimal::ONE_HUNDRED);
        total += tax;
        lines.push(json!({
            "Amount": number(tax), "DetailType": "TaxLineDetail",
            "TaxLineDetail": {
                "TaxRateRef": { "value": rate }, "PercentBased": true,
                "TaxPercent": number(*percent), "NetAmountTaxable": number(money(*net)),
            },
        }));
    }
    detail.shift_remove("TaxLine");
    if lines.is_empty() {
        total = said;
    } else {
        detail.insert("TaxLine".to_owned(), lines.into());
    }
    detail.insert("TotalTax".to_owned(), number(money(total)));
    values.insert("TxnTaxDetail".to_owned(), Value::Object(detail));
    money(total)
}

/// The rates of a code, each with its percentage.
fn rates(company: &Company, code: &str, sold: bool) -> Vec<(String, Decimal)> {
    let name = if sold {
        "SalesTaxRateList"
    } else {
        "PurchaseTaxRateList"
    };
    let code = company.own("TaxCode", code);
    let rates = code.and_then(|code| object(&code.values, name));
    let rates = rates
        .into_iter()
        .flat_map(|rates| list(rates, "TaxRateDetail"));
    rates
        .filter_map(|detail| {
            let id = reference(detail, "TaxRateRef")?;
            let rate = company.own("TaxRate", id)?;
            let percent = rate.values.get("RateValue").and_then(as_decimal)?;
            Some((id.to_owned(), percent))
        })
        .collect()
}
