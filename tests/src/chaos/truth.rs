//! What must be so when everything has come to rest, by the vendors' own books (invariants I1, I2 and
//! I7 of the engine's design).

use std::collections::BTreeMap;

use liaison_tests::Lab;
use serde_json::Value;

/// Something that must not be.
#[derive(Debug, Clone)]
pub struct Wrong {
    pub what: &'static str,
    pub words: String,
}

impl Wrong {
    pub fn new(what: &'static str, words: String) -> Self {
        Self { what, words }
    }
}

/// That the store is whole and nothing is half done. What stands aside may still be owed the answer of its last sync.
pub fn is_settled(lab: &Lab) -> Option<Wrong> {
    let said = lab.liaison("--json store verify");
    let report = said.json()["answer"].clone();
    let is_open = report["intents"].as_u64() > report["parked"].as_u64();
    (said.exit != 0 || is_open).then(|| Wrong::new("wrong", format!("store verify: {report}")))
}

/// What both systems hold, and whom liaison has set aside.
#[derive(Debug, Default)]
pub struct Books {
    /// Of Autotask.
    pub invoices: Vec<Value>,
    pub tickets: Vec<Value>,
    pub companies: Vec<Value>,
    /// Of the one company in Acomba.
    pub documents: Vec<Value>,
    pub customers: Vec<Value>,
    /// Invoices in quarantine, in conflict or waiting, with the code of the reason.
    pub parked: BTreeMap<String, String>,
    /// How often somebody asked for another customer of a company on purpose.
    pub anew: BTreeMap<i64, u64>,
}

/// The invoices that the option `since` of the tenant lets through.
const SINCE: &str = "2026-09-01";
/// Complete.
const CLOSED: i64 = 5;

impl Books {
    pub fn compare(&self) -> Vec<Wrong> {
        let mut wrong = Vec::new();
        self.compare_invoices(&mut wrong);
        self.compare_tickets(&mut wrong);
        self.compare_customers(&mut wrong);
        wrong
    }

    /// Every invoice is in Acomba exactly once and shows its number, or people know why not.
    fn compare_invoices(&self, wrong: &mut Vec<Wrong>) {
        let mut by_reference: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
        for document in &self.documents {
            let reference = text(document, "InReference");
            if reference.starts_with("AT-") {
                by_reference.entry(reference).or_default().push(document);
            }
        }
        for invoice in &self.invoices {
            let id = invoice["id"].to_string();
            let shown = text(invoice, "invoiceNumber");
            let reference = format!("AT-{id}");
            let found = by_reference.get(reference.as_str());
            let found = found.map_or(&[][..], Vec::as_slice);
            if found.len() > 1 {
                let words = format!("invoice {id} is {} times in Acomba", found.len());
                wrong.push(Wrong::new("duplicated", words));
            }
            let voided = invoice["isVoided"].as_bool().unwrap_or_default();
            let selected = !voided && text(invoice, "invoiceDateTime") >= SINCE;
            let parked = self.parked.contains_key(&id);
            if let [document] = found {
                let number = &document["InInvoiceNumber"];
                let number = number
                    .as_str()
                    .map_or_else(|| number.to_string(), str::to_owned);
                if selected && shown != number && !parked {
                    let words = format!("invoice {id} shows `{shown}`, Acomba has it as {number}");
                    wrong.push(Wrong::new("lost", words));
                }
            }
            if !found.is_empty() || !selected {
                continue;
            }
            // One that is not there is known to a person: by the ticket it shows, or in quarantine.
            let about = format!("liaison-invoice-{id}");
            let told = self.tickets.iter().any(|ticket| {
                text(ticket, "externalID") == about && text(ticket, "ticketNumber") == shown
            });
            if !(parked && shown.is_empty() || told) {
                let words = format!("invoice {id} is nowhere, shows `{shown}`, nobody was told");
                wrong.push(Wrong::new("lost", words));
            }
            if let Some(code) = self.parked.get(&id)
                && ["may-exist-already", "never-answered"].contains(&code.as_str())
            {
                let words = format!("invoice {id} is not there in fair weather: {code}");
                wrong.push(Wrong::new("lost", words));
            }
        }
    }

    /// One open ticket a record.
    fn compare_tickets(&self, wrong: &mut Vec<Wrong>) {
        let mut open: BTreeMap<&str, u64> = BTreeMap::new();
        for ticket in &self.tickets {
            let about = text(ticket, "externalID");
            if about.starts_with("liaison-") && ticket["status"].as_i64() != Some(CLOSED) {
                *open.entry(about).or_default() += 1;
            }
        }
        for (about, count) in open.into_iter().filter(|(_, count)| *count > 1) {
            let words = format!("{count} open tickets for {about}");
            wrong.push(Wrong::new("duplicated", words));
        }
    }

    /// A company becomes one customer. People here create no customers by hand, and one keeps the name
    /// that it was created with.
    fn compare_customers(&self, wrong: &mut Vec<Wrong>) {
        let anew: BTreeMap<&str, u64> = self
            .companies
            .iter()
            .filter_map(|company| {
                let times = self.anew.get(&company["id"].as_i64()?)?;
                Some((text(company, "companyName"), *times))
            })
            .collect();
        let mut names: BTreeMap<&str, u64> = BTreeMap::new();
        for card in &self.customers {
            *names.entry(text(card, "CuName")).or_default() += 1;
        }
        for (name, count) in names {
            if count > 1 + anew.get(name).copied().unwrap_or(0) {
                let words = format!("customer {name} is {count} times in Acomba");
                wrong.push(Wrong::new("duplicated", words));
            }
        }
    }
}

fn text<'v>(row: &'v Value, field: &str) -> &'v str {
    row[field].as_str().unwrap_or_default()
}
