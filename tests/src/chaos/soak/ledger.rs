//! What all systems must hold when nothing is left to do: two packs here, one in `documents.rs`, two by the ledgers of
//! their own parts.

use std::collections::{BTreeMap, BTreeSet};

use liaison_tests::Lab;
use serde_json::{Value, json};

use super::company::Company;
use super::documents as counter;
use super::people::Everybody;
use crate::chaos::aside;
use crate::chaos::contracts::ledger as contracts;
use crate::chaos::quickbooks::ledger as quickbooks;
use crate::chaos::shop::books;
use crate::chaos::truth::Wrong;

/// What each pack's books say, of one company.
pub fn compare(company: &Company, people: &Everybody) -> Vec<Wrong> {
    let (lab, tenant) = (&*company.lab, company.tenant);
    let mut wrong = books(lab, tenant).compare();
    wrong.extend(once_each(lab, "Contacts"));
    wrong.extend(once_each(lab, "Opportunities"));
    let parked = aside::rows(lab, tenant, "crm");
    wrong.extend(customers(lab, &parked));
    wrong.extend(documents(lab, &parked));
    wrong.extend(counter::compare(company, &people.counter));
    wrong.extend(contracts::compare(&company.desks, &people.desks));
    let of_shop = aside::aside(lab, tenant, "shop");
    wrong.extend(quickbooks::compare(company.workshop(), &of_shop));
    for folder in ["", "crm", "sales", "shop", "books"] {
        wrong.extend(doubtful(lab, tenant, folder));
    }
    wrong
}

/// What carries an id of ours stands once in the CRM.
fn once_each(lab: &Lab, entity: &str) -> Vec<Wrong> {
    let mut times: BTreeMap<String, u64> = BTreeMap::new();
    for row in lab.crm_rows(entity) {
        *times.entry(text(&row, "external_id")).or_default() += 1;
    }
    let twice = times
        .into_iter()
        .filter(|(id, times)| !id.is_empty() && *times > 1);
    twice
        .map(|(id, times)| {
            Wrong::new(
                "duplicated",
                format!("{id} is {times} times among the CRM's {entity}"),
            )
        })
        .collect()
}

/// Every card of a customer has its contact, and the same city there, or stands aside.
fn customers(lab: &Lab, parked: &[Value]) -> Vec<Wrong> {
    let aside: BTreeSet<String> = (parked.iter())
        .filter(|row| text(row, "flow") == "customers")
        .map(|row| text(row, "id"))
        .collect();
    let contacts: BTreeMap<String, Value> = (lab.crm_rows("Contacts").into_iter())
        .map(|contact| (text(&contact, "external_id"), contact))
        .collect();
    let mut wrong = Vec::new();
    let mut names: BTreeMap<String, u64> = BTreeMap::new();
    for card in lab.acomba_cards("Customer") {
        let name = text(&card, "CuName");
        if name.starts_with("Née au CRM") {
            *names.entry(name.clone()).or_default() += 1;
        }
        let id = card["CardPos"].to_string();
        // One that Acomba calls deleted has left its lists.
        if aside.contains(&id) || card["CuStatus"] == json!(1) {
            continue;
        }
        match contacts.get(&format!("acomba:{id}")) {
            None => wrong.push(Wrong::new(
                "lost",
                format!("customer {id} “{name}” is not in the CRM"),
            )),
            Some(contact) if text(contact, "city") != text(&card, "CuCity") => {
                let words = format!(
                    "customer {id} is in {} in Acomba, in {} in the CRM",
                    card["CuCity"], contact["city"]
                );
                wrong.push(Wrong::new("lost", words));
            }
            Some(_) => {}
        }
    }
    for contact in lab.crm_rows("Contacts") {
        let name = text(&contact, "company");
        let aside = || parked.iter().any(|row| text(row, "title").contains(&name));
        if name.starts_with("Née au CRM") && !names.contains_key(&name) && !aside() {
            wrong.push(Wrong::new("lost", format!("{name} is not in Acomba")));
        }
    }
    let twice = names.into_iter().filter(|(_, times)| *times > 1);
    wrong.extend(twice.map(|(name, times)| {
        Wrong::new("duplicated", format!("{name} is {times} times in Acomba"))
    }));
    wrong
}

/// Every open document of these kinds is an opportunity, or stands aside.
fn documents(lab: &Lab, parked: &[Value]) -> Vec<Wrong> {
    let opportunities: BTreeSet<String> = (lab.crm_rows("Opportunities").iter())
        .map(|row| text(row, "external_id"))
        .collect();
    let mut wrong = Vec::new();
    for card in lab.acomba_cards("Transaction") {
        let kind = text(&card, "InInvoiceType");
        let open = card["InTransactionActive"] != json!(0) && card["InStatus"] != json!(1);
        if !["ITp_Quotation", "ITp_Order", "ITp_Invoice"].contains(&kind.as_str()) || !open {
            continue;
        }
        let number = &card["InInvoiceNumber"];
        let number = number
            .as_str()
            .map_or_else(|| number.to_string(), str::to_owned);
        let id = format!("acomba-tx:{kind}:{number}:{}", card["InCustomerSupplierCP"]);
        let aside = || {
            parked
                .iter()
                .any(|row| text(row, "title").contains(&number))
        };
        if !opportunities.contains(&id) && !aside() {
            wrong.push(Wrong::new(
                "lost",
                format!("document {id} is no opportunity"),
            ));
        }
    }
    wrong
}

/// In fair weather nobody need ask whether a record was made.
fn doubtful(lab: &Lab, tenant: &str, folder: &str) -> Vec<Wrong> {
    let codes = ["may-exist-already", "never-answered"];
    let rows = aside::rows(lab, tenant, folder).into_iter();
    rows.filter(|row| codes.contains(&text(row, "code").as_str()))
        .map(|row| Wrong::new("lost", format!("in doubt in fair weather: {row}")))
        .collect()
}

fn text(row: &Value, field: &str) -> String {
    row[field].as_str().unwrap_or_default().to_owned()
}
