//! What a company refuses, and what it works out by itself.

use serde_json::{Value, json};

use super::{Lab, code, json_of};

/// `CustomerRef/value` style paths set to values; null removes.
fn with(mut body: Value, changes: &Value) -> Value {
    for (path, value) in changes.as_object().unwrap() {
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        let parent = if parent.is_empty() {
            String::new()
        } else {
            format!("/{parent}")
        };
        let object = body
            .pointer_mut(&parent)
            .and_then(Value::as_object_mut)
            .unwrap();
        match value {
            Value::Null => drop(object.shift_remove(name)),
            value => drop(object.insert(name.to_owned(), value.clone())),
        }
    }
    body
}

#[test]
fn what_a_form_may_not_say_is_refused_with_its_code() {
    for (changes, expected) in [
        (json!({ "CustomerRef": null }), "2020"),
        (json!({ "CustomerRef": { "name": "BOREALE" } }), "2020"),
        (json!({ "Line": null }), "2020"),
        (json!({ "Line": [] }), "2020"),
        (json!({ "Line/0/DetailType": null }), "2020"),
        (json!({ "Line/0/Amount": null }), "2020"),
        (json!({ "Line/0/SalesItemLineDetail": null }), "2020"),
        (
            json!({ "Line/0/SalesItemLineDetail/ItemRef": null }),
            "2020",
        ),
        (json!({ "Bacon": 1 }), "2010"),
        (json!({ "Line/0/Bacon": 1 }), "2010"),
        (json!({ "Line/0/SalesItemLineDetail/Bacon": 1 }), "2010"),
        (json!({ "docnumber": "1" }), "2010"),
        (json!({ "DocNumber": "1234567890123456789012" }), "2050"),
        (json!({ "PrivateNote": "x".repeat(4001) }), "2050"),
        (json!({ "Line/0/Amount": "much" }), "2080"),
        (json!({ "TxnDate": "05/03/2026" }), "2090"),
        (json!({ "EmailStatus": "Perhaps" }), "2170"),
        (json!({ "Line/0/DetailType": "BaconLineDetail" }), "2170"),
        (json!({ "CustomerRef": { "value": "999" } }), "2500"),
        (
            json!({ "Line/0/SalesItemLineDetail/ItemRef": { "value": "999" } }),
            "2500",
        ),
        (
            json!({ "Line/0/SalesItemLineDetail/TaxCodeRef": { "value": "GST" } }),
            "2500",
        ),
        (
            json!({ "CustomField": [{ "DefinitionId": "4", "StringValue": "x" }] }),
            "2500",
        ),
        (
            json!({ "CustomField": [{ "DefinitionId": "1", "StringValue": "12345678901234567890123456789012" }] }),
            "2050",
        ),
        (json!({ "Line/0/SalesItemLineDetail/Qty": 3 }), "6070"),
        (json!({ "Line/0/Amount": 170.01 }), "6070"),
        (
            json!({ "Line/0/Amount": -170, "Line/0/SalesItemLineDetail/Qty": -2 }),
            "6000",
        ),
        (json!({ "DocNumber": "1003" }), "6140"),
        (
            json!({ "LinkedTxn": [{ "TxnId": "99", "TxnType": "Estimate" }] }),
            "2500",
        ),
        (
            json!({ "LinkedTxn": [{ "TxnId": "1", "TxnType": "Bacon" }] }),
            "2170",
        ),
    ] {
        let mut lab = Lab::new();
        let body = with(lab.invoice("2001"), &changes);
        assert_eq!(lab.refused("invoice", &body), expected, "{changes}");
        assert_eq!(
            lab.act(json!({ "do": "count", "entity": "Invoice" }))["count"],
            3
        );
    }
}

#[test]
fn what_is_inactive_or_of_the_wrong_kind_cannot_be_used() {
    let mut lab = Lab::new();
    let names = [
        ("Customer", "Ancien client (deleted)", "610"),
        ("Item", "Ancien article (deleted)", "610"),
        ("Item", "Meubles", "6000"),
    ];
    for (entity, name, expected) in names {
        let id = lab.id(entity, name);
        let path = match entity {
            "Customer" => "CustomerRef",
            _ => "Line/0/SalesItemLineDetail/ItemRef",
        };
        let body = with(lab.invoice("2001"), &json!({ path: { "value": id } }));
        assert_eq!(lab.refused("invoice", &body), expected, "{name}");
    }
    let inventory = lab.id("Item", "CHAISE-S");
    let early = json!({ "TxnDate": "2024-12-31", "Line/0/SalesItemLineDetail/ItemRef": { "value": inventory } });
    let body = with(lab.invoice("2001"), &early);
    assert_eq!(lab.refused("invoice", &body), "6000");
}

#[test]
fn the_company_s_set_up_decides() {
    for (switch, value, expected) in [
        ("book_close_date", json!("2026-03-31"), Some("6210")),
        ("expired", json!(true), Some("6190")),
        ("tax_code_required", json!(true), Some("6000")),
        ("warn_duplicate_numbers", json!(false), None),
    ] {
        let mut lab = Lab::with(switch, value);
        let body = lab.invoice("1003");
        let response = lab.send("POST", "invoice", &body.to_string());
        let fault = (response.status != 200).then(|| code(&json_of(&response)));
        assert_eq!(fault.as_deref(), expected, "{switch}");
    }
    let mut lab = Lab::with("faults_as_200", true);
    let body = lab.invoice("1003");
    assert_eq!(code(&lab.post("invoice", &body)), "6140");
    let mut lab = Lab::new();
    let body = lab.invoice("1003");
    lab.post("invoice?include=allowduplicatedocnum", &body);
}

#[test]
fn numbers_come_from_the_company_unless_it_gives_its_own() {
    for (custom, given, shown) in [
        (false, None, json!("1007")),
        (false, Some("F-1"), json!("F-1")),
        (true, None, Value::Null),
        (true, Some("F-1"), json!("F-1")),
    ] {
        let mut lab = Lab::with("custom_txn_numbers", custom);
        let body = with(lab.invoice("x"), &json!({ "DocNumber": given }));
        let made = lab.post("invoice", &body);
        assert_eq!(made["Invoice"]["DocNumber"], shown, "{custom} {given:?}");
        let preferences = lab.get("preferences");
        let said = &preferences["Preferences"]["SalesFormsPrefs"]["CustomTxnNumbers"];
        assert_eq!(*said, custom);
    }
}

#[test]
fn taxes_and_totals_are_worked_out() {
    for (code, of_form, inclusive, tax, total) in [
        (Some("NON"), None, false, json!(0), json!(170)),
        (None, None, false, json!(0), json!(170)),
        (Some("TAX"), None, false, json!(0), json!(170)),
        (Some("TAX"), Some("3"), false, json!(25.46), json!(195.46)),
        (Some("3"), None, false, json!(25.46), json!(195.46)),
        (Some("3"), None, true, json!(22.14), json!(170)),
    ] {
        let mut lab = Lab::new();
        let mut body = lab.invoice("2001");
        if let Some(code) = code {
            body["Line"][0]["SalesItemLineDetail"]["TaxCodeRef"] = json!({ "value": code });
        }
        if let Some(code) = of_form {
            body["TxnTaxDetail"] = json!({ "TxnTaxCodeRef": { "value": code } });
        }
        if inclusive {
            body["GlobalTaxCalculation"] = "TaxInclusive".into();
        }
        let made = lab.post("invoice", &body)["Invoice"].clone();
        let found = (&made["TxnTaxDetail"]["TotalTax"], &made["TotalAmt"]);
        assert_eq!(found, (&tax, &total), "{code:?} {of_form:?} {inclusive}");
    }
}

#[test]
fn a_sparse_update_keeps_and_a_full_one_clears() {
    let mut lab = Lab::new();
    let body = with(
        lab.invoice("2001"),
        &json!({ "PrivateNote": "n", "TrackingNum": "T" }),
    );
    let made = lab.post("invoice", &body)["Invoice"].clone();
    let sparse = json!({ "Id": made["Id"], "SyncToken": "0", "sparse": true, "TrackingNum": "U" });
    let kept = lab.post("invoice?operation=update", &sparse)["Invoice"].clone();
    assert_eq!(
        (&kept["PrivateNote"], &kept["TrackingNum"]),
        (&json!("n"), &json!("U"))
    );
    let mut full = kept.clone();
    full.as_object_mut().unwrap().shift_remove("PrivateNote");
    let cleared = lab.post("invoice", &full)["Invoice"].clone();
    assert_eq!(
        (&cleared["PrivateNote"], &cleared["TrackingNum"]),
        (&Value::Null, &json!("U"))
    );
    assert_eq!(
        (
            &cleared["SyncToken"],
            &cleared["Line"][0]["Id"],
            &cleared["TotalAmt"]
        ),
        (&json!("2"), &json!("1"), &json!(170))
    );
    let bare = json!({ "Id": made["Id"], "SyncToken": "2", "PrivateNote": "alone" });
    assert_eq!(lab.refused("invoice", &bare), "2020");
    let lines = json!({ "Id": made["Id"], "SyncToken": "2", "sparse": true, "Line": [] });
    assert_eq!(lab.refused("invoice", &lines), "2020");
}

#[test]
fn who_names_no_record_or_an_old_one_changes_nothing() {
    let mut lab = Lab::new();
    let id = lab.id("Invoice", "1003");
    for (target, body, expected) in [
        (
            "invoice?operation=update",
            json!({ "PrivateNote": "n" }),
            "2020",
        ),
        ("invoice", json!({ "Id": id, "sparse": true }), "2020"),
        (
            "invoice",
            json!({ "Id": id, "SyncToken": "7", "sparse": true }),
            "5010",
        ),
        (
            "invoice",
            json!({ "Id": "999", "SyncToken": "0", "sparse": true }),
            "610",
        ),
        (
            "invoice?operation=delete",
            json!({ "Id": id, "SyncToken": "7" }),
            "5010",
        ),
        ("invoice?operation=void", json!({ "Id": id }), "2020"),
        ("invoice?operation=bacon", json!({ "Id": id }), "500"),
        (
            "customer?operation=delete",
            json!({ "Id": "1", "SyncToken": "0" }),
            "500",
        ),
        (
            "bill?operation=void",
            json!({ "Id": "9", "SyncToken": "0" }),
            "500",
        ),
        ("companyinfo", json!({ "CompanyName": "x" }), "500"),
    ] {
        assert_eq!(lab.refused(target, &body), expected, "{target} {body}");
    }
    let response = lab.send("POST", "invoice", "{");
    assert_eq!(code(&json_of(&response)), "2010");
}

#[test]
fn a_void_form_is_worth_nothing() {
    let mut lab = Lab::new();
    let id = lab.id("Invoice", "1003");
    let key = json!({ "Id": id, "SyncToken": "0" });
    let void = lab.post("invoice?operation=void", &key)["Invoice"].clone();
    assert_eq!(
        (&void["TotalAmt"], &void["Balance"], &void["SyncToken"]),
        (&json!(0), &json!(0), &json!("1"))
    );
    assert_eq!(void["PrivateNote"], "Voided - Livrer par le quai B");
    let item = lab.query("select * from Item where Name = 'TABLE-180'");
    assert_eq!(item["Item"][0]["QtyOnHand"], 10, "what was sold is back");
    let receipt = lab.id("SalesReceipt", "1006");
    let key = json!({ "Id": receipt, "SyncToken": "0", "sparse": true });
    let void = lab.post("salesreceipt?operation=update&include=void", &key);
    assert_eq!(void["SalesReceipt"]["TotalAmt"], 0);
}

#[test]
fn names_are_unique_across_customers_vendors_and_employees() {
    let mut lab = Lab::new();
    let income = lab.id("Account", "Sales");
    for (target, body, expected) in [
        ("customer", json!({ "DisplayName": "boreale" }), "6240"),
        ("customer", json!({ "DisplayName": "QUINCA-PRO" }), "6240"),
        ("vendor", json!({ "DisplayName": "Julie Tremblay" }), "6240"),
        ("employee", json!({ "GivenName": "Nordik" }), "6240"),
        ("customer", json!({ "CompanyName": "Rien" }), "2020"),
        ("customer", json!({ "DisplayName": "A:B" }), "6000"),
        ("customer", json!({ "GivenName": "x".repeat(26) }), "2050"),
        (
            "item",
            json!({ "Name": "VIS-8X2", "Type": "Service", "IncomeAccountRef": { "value": income } }),
            "6240",
        ),
        ("item", json!({ "Name": "N" }), "2020"),
        ("item", json!({ "Name": "N", "Type": "Service" }), "2020"),
        ("item", json!({ "Name": "N", "Type": "Bundle" }), "2170"),
        (
            "item",
            json!({ "Name": "N", "Type": "Service", "IncomeAccountRef": { "value": "1" } }),
            "6000",
        ),
        (
            "item",
            json!({ "Name": "N", "Type": "Inventory", "IncomeAccountRef": { "value": income } }),
            "2020",
        ),
        (
            "account",
            json!({ "Name": "Sales", "AccountType": "Income" }),
            "6240",
        ),
        (
            "account",
            json!({ "Name": "S", "AccountType": "Bacon" }),
            "2170",
        ),
    ] {
        assert_eq!(lab.refused(target, &body), expected, "{target} {body}");
    }
}

#[test]
fn a_deactivated_name_is_free_again() {
    let mut lab = Lab::new();
    let id = lab.id("Customer", "MUN-ROB");
    let off = json!({ "Id": id, "SyncToken": "0", "sparse": true, "Active": false });
    let off = lab.post("customer", &off)["Customer"].clone();
    assert_eq!(off["DisplayName"], "MUN-ROB (deleted)");
    lab.post("customer", &json!({ "DisplayName": "MUN-ROB" }));
    let on = json!({ "Id": id, "SyncToken": "1", "sparse": true, "Active": true });
    assert_eq!(lab.refused("customer", &on), "6240");
}

#[test]
fn categories_make_full_names() {
    let mut lab = Lab::new();
    let (parent, income) = (lab.id("Item", "Meubles:Tables"), lab.id("Account", "Sales"));
    let body = json!({
        "Name": "BANC", "Type": "NonInventory", "SubItem": true, "ParentRef": { "value": parent },
        "IncomeAccountRef": { "value": income }, "UnitPrice": 99,
    });
    let made = lab.post("item", &body)["Item"].clone();
    assert_eq!(
        (&made["FullyQualifiedName"], &made["Level"]),
        (&json!("Meubles:Tables:BANC"), &json!(2))
    );
    let again = with(body.clone(), &json!({ "SubItem": null }));
    let flat = lab.post("item", &again)["Item"].clone();
    assert_eq!(
        flat["FullyQualifiedName"], "BANC",
        "without its flag, a parent is not taken"
    );
    assert_eq!(lab.refused("item", &body), "6240");
    let category = json!({ "Id": lab.id("Item", "Meubles"), "SyncToken": "0", "sparse": true, "Name": "Mobilier" });
    lab.post("item", &category);
    let found = lab.query("select * from Item where FullyQualifiedName = 'Mobilier:Tables:BANC'");
    assert_eq!(found["Item"][0]["Id"], made["Id"]);
    for (full, name) in [(true, "Mobilier:Tables:BANC"), (false, "BANC")] {
        lab.set("full_item_names", full);
        let body = with(
            lab.invoice("x"),
            &json!({ "DocNumber": null, "Line/0/SalesItemLineDetail/ItemRef": { "value": made["Id"] } }),
        );
        let invoice = lab.post("invoice", &body);
        assert_eq!(
            invoice["Invoice"]["Line"][0]["SalesItemLineDetail"]["ItemRef"]["name"],
            name
        );
    }
}

#[test]
fn transactions_move_what_is_on_hand() {
    let mut lab = Lab::new();
    let on_hand = |lab: &mut Lab| {
        lab.query("select * from Item where Name = 'CHAISE-S'")["Item"][0]["QtyOnHand"].clone()
    };
    assert_eq!(
        on_hand(&mut lab),
        35,
        "40 less the seed's invoice and receipt"
    );
    let (item, account) = (
        lab.id("Item", "CHAISE-S"),
        lab.id("Account", "Inventory Adjustments"),
    );
    let adjust = |detail: Value| {
        let mut detail = detail;
        detail["ItemRef"] = json!({ "value": item });
        json!({
            "AdjustAccountRef": { "value": account },
            "Line": [{ "DetailType": "ItemAdjustmentLineDetail", "ItemAdjustmentLineDetail": detail }],
        })
    };
    let made = lab.post("inventoryadjustment", &adjust(json!({ "QtyDiff": -5 })));
    assert_eq!(on_hand(&mut lab), 30);
    let made = &made["InventoryAdjustment"];
    let mut change = adjust(json!({ "NewQty": 50 }));
    change["Id"] = made["Id"].clone();
    change["SyncToken"] = made["SyncToken"].clone();
    let changed = lab.post("inventoryadjustment", &change);
    let line = &changed["InventoryAdjustment"]["Line"][0]["ItemAdjustmentLineDetail"];
    assert_eq!(
        (&line["QtyDiff"], on_hand(&mut lab)),
        (&json!(15), json!(50))
    );
    assert_eq!(
        lab.refused("inventoryadjustment", &adjust(json!({}))),
        "2020"
    );
    let key = json!({ "Id": made["Id"], "SyncToken": "1" });
    lab.post("inventoryadjustment?operation=delete", &key);
    assert_eq!(on_hand(&mut lab), 35);
    lab.set("inventory_adjustments", false);
    assert_eq!(
        lab.refused("inventoryadjustment", &adjust(json!({ "QtyDiff": 1 }))),
        "500"
    );
}

#[test]
fn an_invoice_closes_its_estimate_and_bills_close_their_order() {
    let mut lab = Lab::new();
    let estimate = lab.id("Estimate", "1002");
    let body = with(
        lab.invoice("2001"),
        &json!({ "LinkedTxn": [{ "TxnId": estimate, "TxnType": "Estimate" }] }),
    );
    let made = lab.post("invoice", &body)["Invoice"].clone();
    let read = |lab: &mut Lab, target: &str, name: &str| lab.get(target)[name].clone();
    let shown = read(&mut lab, &format!("estimate/{estimate}"), "Estimate");
    assert_eq!(
        (&shown["TxnStatus"], &shown["LinkedTxn"][0]["TxnId"]),
        (&json!("Closed"), &made["Id"])
    );
    let key = json!({ "Id": made["Id"], "SyncToken": "0" });
    lab.post("invoice?operation=delete", &key);
    assert_eq!(
        read(&mut lab, &format!("estimate/{estimate}"), "Estimate")["TxnStatus"],
        "Accepted"
    );

    let order = lab.id("PurchaseOrder", "1001");
    let target = format!("purchaseorder/{order}");
    let shown = read(&mut lab, &target, "PurchaseOrder");
    assert_eq!(
        (&shown["POStatus"], &shown["Line"][0]["Received"]),
        (&json!("Open"), &json!(300))
    );
    let line = |item: &Value, id: &str, quantity: u32, price: f64| {
        json!({
            "DetailType": "ItemBasedExpenseLineDetail", "Amount": f64::from(quantity) * price,
            "LinkedTxn": [{ "TxnId": order, "TxnType": "PurchaseOrder", "TxnLineId": id }],
            "ItemBasedExpenseLineDetail": { "ItemRef": item, "Qty": quantity, "UnitPrice": price },
        })
    };
    let item = |at: usize| shown["Line"][at]["ItemBasedExpenseLineDetail"]["ItemRef"].clone();
    let bill = json!({ "VendorRef": shown["VendorRef"], "Line": [line(&item(0), "1", 200, 6.85), line(&item(1), "2", 100, 5.4)] });
    let made = lab.post("bill", &bill)["Bill"].clone();
    assert_eq!(
        read(&mut lab, &target, "PurchaseOrder")["POStatus"],
        "Closed"
    );
    let key = json!({ "Id": made["Id"], "SyncToken": "0" });
    lab.post("bill?operation=delete", &key);
    assert_eq!(read(&mut lab, &target, "PurchaseOrder")["POStatus"], "Open");
    lab.set("bill_closes_order", false);
    lab.post("bill", &bill);
    assert_eq!(read(&mut lab, &target, "PurchaseOrder")["POStatus"], "Open");
}

#[test]
fn bills_and_receipts_find_their_accounts() {
    let mut lab = Lab::new();
    let (bank, payable) = (
        lab.id("Account", "Compte chèques"),
        lab.id("Account", "Accounts Payable"),
    );
    let vendor = lab.id("Vendor", "QUINCA-PRO");
    let expense = lab.id("Account", "Freight");
    let bill = |number: &str| {
        json!({
            "DocNumber": number, "VendorRef": { "value": vendor },
            "Line": [{ "DetailType": "AccountBasedExpenseLineDetail", "Amount": 10, "AccountBasedExpenseLineDetail": { "AccountRef": { "value": expense } } }],
        })
    };
    let made = lab.post("bill", &bill("B-1"))["Bill"].clone();
    assert_eq!(
        (
            &made["APAccountRef"]["value"],
            &made["TotalAmt"],
            &made["Balance"]
        ),
        (&json!(payable), &json!(10), &json!(10))
    );
    for (changes, expected) in [
        (json!({ "APAccountRef": { "value": bank } }), "6000"),
        (json!({ "DocNumber": "QP-190" }), "6140"),
        (
            json!({ "Line/0/AccountBasedExpenseLineDetail/AccountRef": null }),
            "2020",
        ),
        (
            json!({ "Line/0/AccountBasedExpenseLineDetail/BillableStatus": "Billable" }),
            "6000",
        ),
    ] {
        let body = with(bill("B-2"), &changes);
        assert_eq!(lab.refused("bill", &body), expected, "{changes}");
    }
    let receipt = lab.invoice("R-1");
    let made = lab.post("salesreceipt", &receipt)["SalesReceipt"].clone();
    assert_eq!(
        (&made["DepositToAccountRef"]["name"], &made["Balance"]),
        (&json!("Undeposited Funds"), &json!(0))
    );
    let wrong = with(
        receipt.clone(),
        &json!({ "DocNumber": "R-2", "DepositToAccountRef": { "value": payable } }),
    );
    assert_eq!(lab.refused("salesreceipt", &wrong), "6000");
    lab.act(json!({ "do": "deposit", "id": "R-1" }));
    let key = json!({ "Id": made["Id"], "SyncToken": "1" });
    assert_eq!(lab.refused("salesreceipt?operation=delete", &key), "6540");
}

#[test]
fn time_is_of_somebody_and_lasts() {
    let mut lab = Lab::new();
    let (employee, customer, item) = (
        lab.id("Employee", "Julie Tremblay"),
        lab.id("Customer", "NORDIK"),
        lab.id("Item", "LIVRAISON"),
    );
    let body = json!({
        "NameOf": "Employee", "EmployeeRef": { "value": employee }, "CustomerRef": { "value": customer },
        "ItemRef": { "value": item }, "BillableStatus": "Billable", "HourlyRate": 85, "Hours": 7, "Minutes": 30, "TxnDate": "2026-03-04",
    });
    let made = lab.post("timeactivity", &body)["TimeActivity"].clone();
    assert_eq!(
        (&made["EmployeeRef"]["name"], &made["Minutes"]),
        (&json!("Julie Tremblay"), &json!(30))
    );
    for (changes, expected) in [
        (json!({ "NameOf": null }), "2020"),
        (json!({ "EmployeeRef": null }), "2020"),
        (json!({ "Hours": null, "Minutes": null }), "2020"),
        (json!({ "CustomerRef": null }), "6000"),
        (json!({ "ItemRef": null }), "2020"),
        (json!({ "NameOf": "Vendor" }), "2020"),
    ] {
        let body = with(body.clone(), &changes);
        assert_eq!(lab.refused("timeactivity", &body), expected, "{changes}");
    }
}
