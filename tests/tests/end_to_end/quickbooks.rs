//! Fusion Operations into QuickBooks Desktop, by the real service, both connectors and both vendors in miniature:
//! QuickBooks' Web Connector polls the service, and carries in its sessions what waits.

use liaison_tests::control;
use liaison_tests::service::until;
use liaison_tests::workshop::Workshop;
use serde_json::json;

#[test]
fn orders_and_shipments_of_the_workshop_stand_in_quickbooks_once() {
    let shop = Workshop::new();
    shop.lab
        .liaison("check")
        .exits(4)
        .says("The Web Connector has never called");
    shop.session();
    let check = shop.with_sessions("check").exits(0);
    let check = check.says("QuickBooks lets this application in");
    check.says("QuickBooks lets records be written");
    for (flow, kind) in [
        ("sales_orders", "SalesOrder"),
        ("invoices", "Invoice"),
        ("purchase_orders", "PurchaseOrder"),
    ] {
        let before = shop.count(kind);
        // Though it waited for sessions in between, it tells of all that it made.
        let told = shop.run(flow);
        assert!(told > 0, "{flow}");
        assert_eq!(shop.count(kind) - before, told, "{flow}");
        println!("{flow}: {told} created");
    }
    let (quiet, settled) = (
        shop.counts(),
        ["sales_orders", "invoices", "purchase_orders"],
    );
    for flow in settled {
        assert_eq!(shop.run(flow), 0, "{flow} a second time");
    }
    assert_eq!(shop.counts(), quiet);
    // And back: an estimate becomes an order of the workshop, once.
    shop.run("pulled_estimates");
    assert_eq!(shop.run("pulled_estimates"), 0);
    shop.lab.liaison("store verify").exits(0);
}

/// QuickBooks takes no two names that differ in capitals only: an order never lands on the other customer.
#[test]
fn a_client_whose_code_differs_in_capitals_only_is_no_other_client() {
    let shop = Workshop::new();
    shop.mixes_up();
    let run = shop.with_sessions("run sales_orders").exits(4);
    run.says("only in capitals");
    let orders = control(
        &shop.quickbooks,
        &json!({"do": "rows", "kind": "SalesOrder"}),
    );
    let of_boreale = |row: &&serde_json::Value| row["CustomerRef"]["FullName"] == json!("BOREALE");
    let count = orders
        .as_array()
        .into_iter()
        .flatten()
        .filter(of_boreale)
        .count();
    let here = control(
        &shop.fusion,
        &json!({"do": "rows", "entity": "sales-orders"}),
    );
    let of_client = |row: &&serde_json::Value| row["client"] == json!("BOREALE");
    let expected = here
        .as_array()
        .into_iter()
        .flatten()
        .filter(of_client)
        .count();
    assert_eq!(count, expected, "{orders}");
}

/// What QuickBooks has in stock is what the workshop has, whoever moved it.
#[test]
fn stock_is_adjusted_to_what_the_workshop_has_each_time() {
    let shop = Workshop::new();
    let stocked = ["BOIS-ERABLE", "VIS-8X2"];
    for code in stocked {
        let record = json!({"Name": code, "IncomeAccountRef": "Sales",
            "COGSAccountRef": "Cost of Goods Sold", "AssetAccountRef": "Inventory Asset"});
        let add = json!({"do": "add", "kind": "ItemInventory", "record": record});
        control(&shop.quickbooks, &add);
    }
    let run = |expected: u64| {
        let run = shop.with_sessions("--json run stock").json();
        let counts = run["answer"]["counts"]["stock"].clone();
        assert_eq!(counts["updated"], json!(expected), "{run}");
        counts["quarantined"].as_u64().unwrap_or(0)
    };
    let adjustments = || shop.count("InventoryAdjustment");
    let on_hand = |code: &str| {
        let item = json!({"do": "object", "kind": "ItemInventory", "key": code});
        control(&shop.quickbooks, &item)["QuantityOnHand"].clone()
    };
    let before = adjustments();
    let missing = run(2);
    assert!(missing > 0, "products without a stocked item are told");
    let quantities = stocked.map(on_hand);
    println!("{missing} without an item; {quantities:?}");
    assert_eq!(adjustments(), before + 2);
    run(0);
    assert_eq!(adjustments(), before + 2);
    // Goods leave by QuickBooks; the workshop's figure stands still.
    control(
        &shop.quickbooks,
        &json!({"do": "set_stock", "item": stocked[0], "quantity": "3"}),
    );
    let before = adjustments();
    run(1);
    assert_eq!(
        (adjustments(), stocked.map(on_hand)),
        (before + 1, quantities)
    );
}

#[test]
fn a_computer_that_loses_power_in_every_session_has_each_order_once() {
    let shop = Workshop::new();
    let before = shop.count("SalesOrder");
    let run = shop.lab.begin("--json run sales_orders");
    let mut lost = 0;
    for step in 1..400_u64 {
        // Each session gets a little further than the one before.
        let fault = json!({"do": "fault", "die_at": 2 + step % 45});
        control(&shop.quickbooks, &fault);
        let ended = shop.session();
        lost += u64::from(ended["ended"] != json!("closed"));
        if run.has_ended() {
            break;
        }
    }
    control(&shop.quickbooks, &json!({"do": "clear_faults"}));
    until("the run's end", || {
        shop.session();
        run.has_ended().then_some(())
    });
    run.said().exits(0);
    println!("power lost {lost} times");
    assert!(lost > 10, "{lost}");
    shop.run("sales_orders");
    let orders = control(
        &shop.quickbooks,
        &json!({"do": "rows", "kind": "SalesOrder"}),
    );
    assert_eq!(shop.count("SalesOrder"), before + 7, "{orders}");
    for (kind, key) in [("Customer", "FullName"), ("ItemNonInventory", "FullName")] {
        let rows = control(&shop.quickbooks, &json!({"do": "rows", "kind": kind}));
        let mut names: Vec<String> = rows
            .as_array()
            .into_iter()
            .flatten()
            .map(|row| row[key].to_string())
            .collect();
        names.sort();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count, "{kind}");
    }
}
