//! The laboratory's Autotask and Acomba as [`Books`], and what was asked of them.

use std::collections::BTreeMap;

use liaison_tests::Lab;
use serde_json::{Value, json};

use super::aside::aside;
use super::truth::Books;

/// The routes that change something.
pub fn writes(routes: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let routes = routes.as_object().into_iter().flatten();
    routes.filter(|(route, _)| !route.starts_with("GET") && !route.contains("query"))
}

pub fn books(lab: &Lab, tenant: &str) -> Books {
    let rows = |entity: &str| {
        let rows = lab.in_autotask(json!({"do": "rows", "entity": entity}));
        rows.as_array().cloned().unwrap_or_default()
    };
    Books {
        invoices: rows("Invoices"),
        tickets: rows("Tickets"),
        companies: rows("Companies"),
        documents: lab.acomba_cards("Transaction"),
        customers: lab.acomba_cards("Customer"),
        parked: parked(lab, tenant),
        anew: BTreeMap::new(),
    }
}

/// The invoices in quarantine.
pub fn parked(lab: &Lab, tenant: &str) -> BTreeMap<String, String> {
    let all = aside(lab, tenant, "").into_iter();
    let invoices = all.filter(|((flow, _), _)| flow == "invoices");
    invoices.map(|((_, id), code)| (id, code)).collect()
}
