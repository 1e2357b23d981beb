//! Many cards at once for benchmarks, and the few numbers that tell whether a long run was right.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::action::Action;
use super::bridge::Bridge;
use super::company::Company;
use super::interface::TRANSACTION;
use super::seed::card_at_screen;
use crate::simulator::NowMs;

/// `{"do":"bulk","company":…,"interface":"Customer","count":1000,"prefix":"B"}`: numbered `B000001` and on.
///
/// Products take the first product group; documents go to the live, active customers in turn.
pub fn bulk(company: &mut Company, action: &Action, now: NowMs) -> Result<Value, String> {
    let interface = action.interface()?;
    let count = action.number("count")?;
    let prefix = action.text("prefix").unwrap_or("B");
    let first = action.number_or("from", 1)?;
    let group = company
        .store("ProductGroup")
        .iter()
        .next()
        .map_or(0, |card| card.values.int("PGNumber"));
    let active = |card: &&std::sync::Arc<super::card::Card>| {
        card.values.int("CuStatus") == 0 && card.values.int("CuActive") == 1
    };
    let customers: Vec<i32> = company
        .store("Customer")
        .iter()
        .filter(active)
        .map(|card| card.card_pos)
        .collect();
    let group_of_taxes = company
        .store("TaxGroup")
        .iter()
        .next()
        .map_or("", |card| card.values.text("TGNumber"))
        .to_owned();
    let (mut from, mut to) = (None, None);
    for n in first..first + count {
        let number = format!("{prefix}{n:06}");
        let cents = n % 10_000;
        let card = match interface.name {
            "Customer" => json!({
                "CuNumber": number, "CuName": format!("Client {number} inc."), "CuAddress": format!("{n} rue Principale"), "CuCity": "Alma",
                "CuPostalCode": "G8B 1A1", "CuISOCountryCode": "CA", "CuLanguage": 12, "CuTaxGroupNumber": group_of_taxes,
                "CuPhoneNumber": { "Ph_Number": format!("418 555-{:04}", n % 10_000) }, "CuEMail": { "EMail_One": format!("info@{n}.example") },
            }),
            "Supplier" => {
                json!({ "SuNumber": number, "SuName": format!("Fournisseur {number}"), "SuCity": "Saguenay" })
            }
            "Product" => json!({
                "PrNumber": number, "PrDescription": { "1": format!("Article {number}") }, "PrProductGroupNumber": group,
                "PrSellingPrice": { "0,1": cents },
            }),
            "Transaction" if !customers.is_empty() => json!({
                "InInvoiceType": "ITp_Invoice", "InCustomerSupplierCP": customers[n.unsigned_abs() as usize % customers.len()],
                "InReference": number,
                "Lines": [{ "ILProductGroupNumber": group, "ILDescription": "Travaux", "ILInvoicedQty": 1, "ILSellingPrice": cents }],
            }),
            other => {
                return Err(format!(
                    "bulk does not make {other}, or there is no active customer"
                ));
            }
        };
        let card_pos = card_at_screen(company, interface, &card, action.by(), now)?;
        from = from.or(Some(card_pos));
        to = Some(card_pos);
    }
    Ok(json!({ "first_card_pos": from, "last_card_pos": to }))
}

/// Counts a company, walking it once: documents, references used more than once, money.
pub fn summary(bridge: &Bridge) -> Value {
    let one = |alias: &String| Some((alias.clone(), company_summary(bridge.company_of(alias)?)));
    json!({ "companies": bridge.aliases.keys().filter_map(one).collect::<Map<_, _>>() })
}

fn company_summary(company: &Company) -> Value {
    let store = company.store("Transaction");
    let mut references = BTreeSet::new();
    let (mut live, mut duplicates, mut total) = (0_u64, 0_u64, Decimal::ZERO);
    for card in store.iter().filter(|card| card.is_live(&TRANSACTION)) {
        live += 1;
        total += card.values.amount("InInvoiceTotal");
        let reference = card.values.text("InReference");
        let key = (
            card.values.text("InInvoiceType"),
            card.values.card_pos("InCustomerSupplierCP"),
            reference,
        );
        if !reference.is_empty() && !references.insert(key) {
            duplicates += 1;
        }
    }
    json!({
        "transactions": live, "duplicate_references": duplicates, "sum_of_totals": total.normalize().to_string(),
        "customers": company.store("Customer").num_cards(), "products": company.store("Product").num_cards(),
        "suppliers": company.store("Supplier").num_cards(),
    })
}
