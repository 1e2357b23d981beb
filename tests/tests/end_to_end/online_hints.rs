//! QuickBooks Online's webhooks are hints: what they tell of is asked for at once, once, and nobody else can ring.

use liaison_tests::control;
use liaison_tests::online::{Online, TENANT};
use liaison_tests::service::until;
use serde_json::{Value, json};

const MANUAL: &str = "pack = \"fusion-qbo/pulled_invoices\"\nschedule = \"manual\"";
const TWICE_A_DAY: &str = "pack = \"fusion-qbo/pulled_invoices\"\nschedule = \"every 12 hours\"";

fn orders(online: &Online) -> usize {
    online.workshop("sales-orders").len()
}

fn last_run(online: &Online) -> Value {
    let said = online.lab.liaison("--json status").exits(0).json();
    let mut rows = said["answer"].as_array().into_iter().flatten();
    let row = rows.find(|row| row["flow"] == json!("pulled_invoices"));
    row.map(|row| row["last_run"].clone()).unwrap_or_default()
}

fn is_at_rest(online: &Online) -> bool {
    last_run(online)["status"] == json!("completed")
}

/// An invoice that somebody writes in QuickBooks.
fn invoice(online: &Online, number: &str) {
    let id = |entity: &str, name: &str| {
        let rows = online.books(entity);
        let named = |row: &&Value| row["DisplayName"] == json!(name) || row["Name"] == json!(name);
        rows.iter().find(named).expect("it is in the seed")["Id"].clone()
    };
    let (customer, item) = (id("Customer", "BOREALE"), id("Item", "LIVRAISON"));
    let line = json!({"DetailType": "SalesItemLineDetail", "Amount": 20,
        "SalesItemLineDetail": {"ItemRef": {"value": item}, "Qty": 1, "UnitPrice": 20}});
    let record = json!({"CustomerRef": {"value": customer}, "DocNumber": number, "Line": [line]});
    control(
        &online.quickbooks,
        &json!({"do": "create", "entity": "Invoice", "record": record}),
    );
}

fn tells(online: &Online, how: &Value) -> Value {
    let mut told = json!({"do": "deliver_webhooks", "url": online.webhooks});
    let told_so = told.as_object_mut().expect("an object");
    told_so.extend(how.as_object().cloned().unwrap_or_default());
    control(&online.quickbooks, &told)
}

#[test]
fn what_a_webhook_tells_of_is_there_at_once_and_once() {
    assert!(TENANT.contains(MANUAL));
    let online = Online::with(&TENANT.replace(MANUAL, TWICE_A_DAY));
    // A flow that never ran is due at once; after that only in half a day.
    until("the first run", || is_at_rest(&online).then_some(()));
    let before = orders(&online);
    control(&online.quickbooks, &json!({"do": "forget_webhooks"}));

    for (count, how) in [
        json!({}),
        json!({"form": "cloud_events"}),
        json!({"twice": true, "reversed": true}),
    ]
    .iter()
    .enumerate()
    {
        invoice(&online, &format!("H-{count}"));
        let told = tells(&online, how);
        println!("{how}: {told}");
        until("the order", || {
            (orders(&online) == before + count + 1).then_some(())
        });
    }
    until("rest", || is_at_rest(&online).then_some(()));
    assert_eq!(orders(&online), before + 3, "once each");

    // A stranger rings in vain.
    let run = last_run(&online)["id"].clone();
    invoice(&online, "H-9");
    let told = tells(&online, &json!({"forged": true}));
    assert!(told.to_string().contains("401"), "{told}");
    assert_eq!(last_run(&online)["id"], run);
    assert_eq!(orders(&online), before + 3);
    // Nothing is lost for that: it comes with the schedule, or when somebody wants it.
    online.run("pulled_invoices");
    assert_eq!(orders(&online), before + 4);
    online.lab.liaison("store verify").exits(0);
}
