//! The contracts of an invoice. One that covers several of a customer's contracts names none in its header; the lines of
//! its receivable do, where contracts are a dimension of the company.

use crate::api::Api;
use crate::assumed::{IN_MAX, ROWS_MAX};
use crate::question::{is_set, one_of, Question, RECORD_NUMBER};
use crate::records::every;
use crate::reply::text_of;
use liaison_sdk::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// All contracts of an invoice.
pub const CONTRACTS: &str = "contract_ids";

/// Gives invoices their contracts; where nobody tells them, the field is absent.
pub fn give(api: &Api, entries: &mut [Entry]) -> Result<(), Fault> {
    let mut bodies: Vec<Value> = entries.iter().map(|e| filter::value(&e.body)).collect();
    let nameless = bodies.iter().filter(|body| body["contract_id"].is_null());
    let receivables: BTreeSet<&str> = nameless
        .filter_map(|body| body["receivable_record_no"].as_str())
        .collect();
    let receivables: Vec<String> = receivables.into_iter().map(str::to_owned).collect();
    let told = match of_receivables(api, &receivables) {
        Ok(told) => Some(told),
        Err(fault) if fault.scope == FaultScope::WholeConnection => return Err(fault),
        Err(fault) => {
            let words = fault.message.fallback;
            api.host()
                .debug(&format!("contracts of invoices are not told: {words}"));
            None
        }
    };
    for (entry, body) in entries.iter_mut().zip(&mut bodies) {
        let contracts: Vec<String> = match (body["contract_id"].as_str(), &told) {
            (Some(id), _) => vec![id.to_owned()],
            (None, None) => continue,
            (None, Some(told)) => {
                let receivable = body["receivable_record_no"].as_str().unwrap_or_default();
                let own = told.get(receivable).into_iter().flatten();
                own.cloned().collect()
            }
        };
        if let [one] = contracts.as_slice() {
            body["contract_id"] = json!(one);
        }
        body[CONTRACTS] = json!(contracts);
        entry.body = body.to_string();
    }
    Ok(())
}

/// The contracts that the lines of receivables name.
fn of_receivables(
    api: &Api,
    receivables: &[String],
) -> Result<BTreeMap<String, BTreeSet<String>>, Fault> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for some in cursor::chunks(receivables, IN_MAX).filter(|some| !some.is_empty()) {
        let some: Vec<&str> = some.iter().map(String::as_str).collect();
        let question = Question {
            object: "ARINVOICEITEM",
            select: [RECORD_NUMBER, "RECORDKEY", "CONTRACTID"]
                .map(str::to_owned)
                .to_vec(),
            filter: vec![one_of("RECORDKEY", &some), is_set("CONTRACTID")],
            rows: ROWS_MAX,
            private: api.settings.private(),
            ..Question::default()
        };
        for row in every(api, "receivable", &question)? {
            let contract = text_of(&row, "CONTRACTID").to_owned();
            let receivable = text_of(&row, "RECORDKEY").to_owned();
            if !contract.is_empty() {
                found.entry(receivable).or_default().insert(contract);
            }
        }
    }
    Ok(found)
}
