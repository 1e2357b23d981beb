//! Fusion Operations and QuickBooks Online by the real binary, both connectors and both vendors in miniature: every line of
//! the vendor's own link, once.

use std::collections::BTreeSet;

use liaison_tests::count;
use liaison_tests::online::{Online, PULLED, SENT, TENANT, each};
use serde_json::{Value, json};

/// What Fusion Operations sent says so.
const OURS: &str = "Fusion Operations ";

fn is_ours(row: &Value) -> bool {
    let note = row["PrivateNote"].as_str().unwrap_or_default();
    note.starts_with(OURS)
}

#[test]
fn each_line_to_quickbooks_is_carried_out_once() {
    let online = Online::new();
    online.lab.liaison("check").exits(0);
    for (flow, entity) in SENT {
        let before = online.books(entity).len() as u64;
        let created = online.run(flow);
        assert!(created > 0, "{flow}");
        assert_eq!(
            online.books(entity).len() as u64 - before,
            created,
            "{flow}"
        );
        println!("{flow}: {created} created");
    }
    let settled = online.everything();
    for (flow, _) in SENT {
        assert_eq!(online.run(flow), 0, "{flow} a second time");
    }
    assert_eq!(online.everything(), settled);
    online.lab.liaison("store verify").exits(0);
}

#[test]
fn a_shipment_is_invoiced_of_its_estimate_and_a_reception_closes_its_order() {
    let online = Online::new();
    for flow in ["estimates", "invoices", "purchase_orders", "bills"] {
        online.run(flow);
    }
    let linked = |row: &Value, kind: &str| {
        let links = row["LinkedTxn"].as_array().cloned().unwrap_or_default();
        links.iter().any(|link| link["TxnType"] == json!(kind))
    };
    let invoices: Vec<Value> = online.books("Invoice");
    let invoices: Vec<&Value> = invoices.iter().filter(|row| is_ours(row)).collect();
    assert!(!invoices.is_empty());
    for invoice in invoices {
        assert!(linked(invoice, "Estimate"), "{invoice:#}");
    }
    let orders = online.books("PurchaseOrder");
    let closed: Vec<&Value> = orders
        .iter()
        .filter(|row| is_ours(row) && row["POStatus"] == json!("Closed"))
        .collect();
    let bills = online.books("Bill");
    let bills = bills.iter().filter(|row| is_ours(row)).count();
    assert_eq!(closed.len(), bills, "{orders:#?}");
}

#[test]
fn each_line_from_quickbooks_is_carried_out_once() {
    let online = Online::new();
    for (flow, entity) in PULLED {
        let before = online.workshop(entity).len() as u64;
        let created = online.run(flow);
        assert!(created > 0, "{flow}");
        assert!(online.workshop(entity).len() as u64 > before, "{flow}");
        println!("{flow}: {created} created");
    }
    // The item is `Meubles:Chaises:CHAISE-S` there, and the last part of it here.
    let products: BTreeSet<String> = each(&online.workshop("products"), "code")
        .into_iter()
        .collect();
    assert!(
        products.iter().all(|code| !code.contains(':')),
        "{products:?}"
    );
    let settled = online.everything();
    for (flow, _) in PULLED {
        assert_eq!(online.run(flow), 0, "{flow} a second time");
    }
    assert_eq!(online.everything(), settled);
    online.lab.liaison("store verify").exits(0);
}

/// Neither direction takes for new what the other made.
#[test]
fn nothing_goes_round() {
    let online = Online::new();
    for (flow, _) in PULLED {
        online.run(flow);
    }
    let pulled = |row: &Value| {
        let code = row["code"].as_str().unwrap_or_default();
        let kinds = ["EST-", "INV-", "PO-", "BILL-"];
        kinds.iter().any(|kind| code.starts_with(kind))
    };
    let before = online.workshop("sales-orders");
    let before = before.iter().filter(|row| pulled(row)).count();
    // Estimates of the workshop's own orders, and of those that were made of invoices.
    online.run("estimates");
    online.run("purchase_orders");
    for flow in ["pulled_estimates", "pulled_purchase_orders"] {
        assert_eq!(online.run(flow), 0, "{flow}");
    }
    let after = online.workshop("sales-orders");
    assert_eq!(after.iter().filter(|row| pulled(row)).count(), before);
    let notes = each(&online.books("Estimate"), "PrivateNote");
    assert!(notes.iter().all(|note| !note.contains("EST-")), "{notes:?}");
    let notes = each(&online.books("PurchaseOrder"), "PrivateNote");
    assert!(notes.iter().all(|note| !note.contains(" PO-")), "{notes:?}");
}

/// What QuickBooks has in stock is what the workshop has, whoever moved it.
#[test]
fn stock_is_adjusted_to_what_the_workshop_has_each_time() {
    let online = Online::new();
    let run = |exit| {
        let summary = online.lab.run_flow("stock", exit);
        count(&summary, "stock", "updated")
    };
    assert!(run(0) > 0);
    let adjustments = || online.books("InventoryAdjustment").len();
    let first = adjustments();
    assert_eq!(run(0), 0, "nothing moved");
    assert_eq!(adjustments(), first);
    online.in_workshop(
        json!({"do": "create", "entity": "inventory-movements", "record": {
        "product": "TABLE-180", "quantity": 3, "type": "in", "date": "2026-03-06T12:00:00Z"}}),
    );
    assert_eq!(run(0), 1);
    assert_eq!(adjustments(), first + 1);
    online.lab.liaison("store verify").exits(0);
}

/// The process dies at every kind of write, before and after QuickBooks did its work.
#[test]
fn a_run_that_is_killed_anywhere_makes_each_document_once() {
    let writes = [
        ("customer", "estimates"),
        ("item", "estimates"),
        ("estimate", "estimates"),
        ("invoice", "invoices"),
        ("vendor", "purchase_orders"),
        ("purchaseorder", "purchase_orders"),
        ("bill", "bills"),
    ];
    let mut kills = 0;
    let mut online = Online::new();
    for (path, flow) in writes {
        for when in ["before", "after"] {
            let fault = json!({"method": "POST", "path": format!("/{path}[?]"), "times": 1,
                "action": {"hang": {"when": when}}});
            let line = format!("run {flow}");
            kills += usize::from(online.kill_during(&fault, &line));
        }
    }
    for flow in ["estimates", "invoices", "purchase_orders", "bills"] {
        online.run(flow);
    }
    for entity in ["Estimate", "Invoice", "PurchaseOrder", "Bill"] {
        let rows: Vec<Value> = online.books(entity);
        let rows: Vec<Value> = rows.into_iter().filter(is_ours).collect();
        let notes = each(&rows, "PrivateNote");
        let named = |note: &String| note.lines().next().unwrap_or_default().to_owned();
        let once: BTreeSet<String> = notes.iter().map(named).collect();
        assert_eq!(once.len(), notes.len(), "{entity}: {notes:?}");
        assert!(!once.is_empty(), "{entity}");
    }
    for (entity, field) in [("Customer", "DisplayName"), ("Item", "FullyQualifiedName")] {
        let names = each(&online.books(entity), field);
        let once: BTreeSet<&String> = names.iter().collect();
        assert_eq!(once.len(), names.len(), "{names:?}");
    }
    println!("kills {kills}; duplicated 0");
    assert!(kills >= 10, "too few writes were reached: {kills}");
    online.lab.liaison("store verify").exits(0);
}

/// Nobody says how long a `requestid` is kept: here not at all, and QuickBooks numbers the estimates.
#[test]
fn a_create_whose_answer_was_lost_is_looked_for_before_it_is_sent_again() {
    let online = Online::new();
    online.set("request_id_s", json!(0));
    let lost =
        json!([{"method": "POST", "path": "/estimate[?]", "times": 2, "action": "drop_after"}]);
    online.quickbooks.set_faults(&lost).expect("valid faults");
    let before = online.books("Estimate").len() as u64;
    let created = online.run("estimates");
    assert_eq!(online.quickbooks.faults()[0]["fired"], json!(2));
    assert_eq!(online.books("Estimate").len() as u64 - before, created);
    assert_eq!(online.run("estimates"), 0);
    online.lab.liaison("store verify").exits(0);
}

/// A document names its item for information only: with its categories or without, the product is the same.
#[test]
fn whatever_a_document_calls_its_item_the_product_has_its_full_name() {
    let tenant = TENANT.replace("ignore_categories = true, code_prefix", "code_prefix");
    let products = |full: bool| {
        let online = Online::with(&tenant);
        online.set("full_item_names", json!(full));
        for flow in ["pulled_estimates", "pulled_invoices", "pulled_bills"] {
            online.run(flow);
        }
        let codes: BTreeSet<String> = each(&online.workshop("products"), "code")
            .into_iter()
            .collect();
        let clients: BTreeSet<String> = each(&online.workshop("clients"), "code")
            .into_iter()
            .collect();
        (codes, clients)
    };
    let (full, short) = (products(true), products(false));
    assert_eq!(full, short);
    assert!(full.0.iter().any(|code| code.contains(':')), "{full:?}");
}

/// A name that no form has is told by the check, before a document is refused for it.
#[test]
fn a_custom_field_that_quickbooks_does_not_have_is_told_by_the_check() {
    let named = |field: &str| {
        let options = format!("options = {{ code_field = \"{field}\", create_customers = true,");
        let estimates =
            "pack = \"fusion-qbo/estimates\"\noptions = { create_customers = true,".to_owned();
        let tenant = TENANT.replace(
            &estimates,
            &format!("pack = \"fusion-qbo/estimates\"\n{options}"),
        );
        assert_ne!(tenant, TENANT);
        Online::with(&tenant)
    };
    for (field, words) in [
        ("Nowhere", "no custom field “Nowhere” on sales forms"),
        ("order", "capitals count"),
    ] {
        let online = named(field);
        online.at_quickbooks(
            json!({"do": "define_custom_fields", "sales": ["Order"], "purchases": ["Lot"]}),
        );
        online.lab.liaison("check").exits(4).says(words);
    }
    let online = named("Order");
    online.at_quickbooks(
        json!({"do": "define_custom_fields", "sales": ["Order"], "purchases": ["Lot"]}),
    );
    online.lab.liaison("check").exits(0);
}

/// Forty batches a minute are allowed, and three rounds of these changes would be sixty.
#[test]
fn more_batches_than_a_minute_allows_are_not_sent() {
    let option = "pack = \"fusion-qbo/estimates\"\noptions = {";
    let tenant = TENANT.replace(option, &format!("{option} update_sent = true,"));
    assert_ne!(tenant, TENANT);
    let online = Online::with(&tenant);
    online.in_workshop(json!({"do": "bulk", "entity": "sales-orders", "count": 450}));
    online.run("estimates");
    for quantity in 7_001..7_004 {
        let mut changed = 0;
        for order in online.workshop("sales-orders") {
            let Some(code) = order["code"].as_str().filter(|code| code.starts_with("B0")) else {
                continue;
            };
            let mut lines = order["products"].clone();
            lines[0]["quantity-ordered"] = json!(quantity);
            for line in lines.as_array_mut().into_iter().flatten() {
                if let Some(line) = line.as_object_mut() {
                    line.remove("quantity-shipped");
                }
            }
            online.in_workshop(json!({"do": "edit", "entity": "sales-orders", "id": code, "set": {"products": lines}}));
            changed += 1;
        }
        let summary = online.lab.run_flow("estimates", 0);
        assert_eq!(count(&summary, "estimates", "updated"), changed);
    }
    let statuses = online.quickbooks.requests()["by_status"].clone();
    let statuses: Vec<&String> = statuses.as_object().expect("statuses").keys().collect();
    assert_eq!(statuses, ["200"], "none was refused");
}
