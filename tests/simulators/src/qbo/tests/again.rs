//! What happens twice, in one call, or behind the client: `requestid`, batches, the change feed, webhooks.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use serde_json::{Value, json};

use super::{Lab, REALM, code, json_of};
use crate::simulator::Simulator;

const DAY: i64 = 86_400_000;

#[test]
fn a_request_id_is_answered_as_before_within_its_window() {
    let mut lab = Lab::new();
    let body = lab.invoice("2001");
    let first = lab.post("invoice?requestid=op-1", &body);
    lab.now += 60_000;
    assert_eq!(lab.post("invoice?requestid=op-1", &body), first);
    let other = lab.invoice("2002");
    assert_eq!(
        lab.post("invoice?requestid=op-1", &other),
        first,
        "only the id counts"
    );
    assert_eq!(lab.refused("invoice?requestid=op-2", &body), "6140");
    lab.set("warn_duplicate_numbers", false);
    let done = lab.post("invoice?requestid=op-2", &body);
    assert_ne!(
        done["Invoice"]["Id"], first["Invoice"]["Id"],
        "a refusal is not kept"
    );
    lab.now += DAY;
    lab.refresh(super::REFRESH);
    let late = lab.post("invoice?requestid=op-1", &body);
    assert_ne!(
        late["Invoice"]["Id"], first["Invoice"]["Id"],
        "the window is over"
    );
    lab.act(json!({ "do": "forget_requests" }));
    let forgotten = lab.post("invoice?requestid=op-1", &body);
    assert_ne!(forgotten["Invoice"]["Id"], late["Invoice"]["Id"]);
    let long = format!("invoice?requestid={}", "x".repeat(51));
    assert_eq!(lab.refused(&long, &body), "2050");
    let update = json!({ "Id": first["Invoice"]["Id"], "SyncToken": "0", "sparse": true, "PrivateNote": "n" });
    let changed = lab.post("invoice?requestid=op-3", &update);
    assert_eq!(
        lab.post("invoice?requestid=op-3", &update),
        changed,
        "not stale"
    );
}

#[test]
fn a_batch_does_each_item_by_itself() {
    let mut lab = Lab::new();
    let (good, taken) = (lab.invoice("2001"), lab.invoice("1003"));
    let id = lab.id("Invoice", "1005");
    let items = json!({ "BatchItemRequest": [
        { "bId": "a", "operation": "create", "Invoice": good },
        { "bId": "b", "operation": "create", "Invoice": taken },
        { "bId": "c", "Query": "select * from Vendor where DisplayName = 'QUINCA-PRO'" },
        { "bId": "d", "operation": "delete", "Invoice": { "Id": id, "SyncToken": "0" } },
        { "bId": "e", "operation": "update", "Invoice": { "Id": id, "SyncToken": "0", "sparse": true } },
        { "bId": "f", "operation": "create", "Bacon": {} },
        { "bId": "g", "Query": "selekt" },
        { "bId": "h", "Invoice": {} },
    ]});
    let answer = lab.post("batch?requestid=b-1", &items);
    let rows = answer["BatchItemResponse"].as_array().unwrap();
    let ids: Vec<&str> = rows
        .iter()
        .map(|row| row["bId"].as_str().unwrap())
        .collect();
    assert_eq!(ids.join(""), "abcdefgh");
    assert_eq!(rows[0]["Invoice"]["DocNumber"], "2001");
    assert_eq!(
        rows[2]["QueryResponse"]["Vendor"][0]["DisplayName"],
        "QUINCA-PRO"
    );
    assert_eq!(rows[3]["Invoice"]["status"], "Deleted");
    for (at, expected) in [
        (1, "6140"),
        (4, "610"),
        (5, "2010"),
        (6, "4000"),
        (7, "2020"),
    ] {
        assert_eq!(code(&rows[at]), expected, "{at}");
    }
    assert_eq!(lab.post("batch?requestid=b-1", &items), answer);
    let many: Vec<Value> = (0..31)
        .map(|at| json!({ "bId": at.to_string(), "Query": "select * from Term" }))
        .collect();
    assert_eq!(
        lab.refused("batch", &json!({ "BatchItemRequest": many })),
        "1040"
    );
    let fits = lab.post("batch", &json!({ "BatchItemRequest": many[..30] }));
    assert_eq!(fits["BatchItemResponse"].as_array().unwrap().len(), 30);
    assert_eq!(lab.refused("batch", &json!({})), "2020");
}

fn feed(lab: &mut Lab, entities: &str, since: &str) -> Vec<Value> {
    let answer = lab.get(&format!("cdc?entities={entities}&changedSince={since}"));
    answer["CDCResponse"][0]["QueryResponse"]
        .as_array()
        .unwrap()
        .clone()
}

#[test]
fn the_feed_tells_of_changes_and_deletions() {
    let mut lab = Lab::new();
    let since = "2026-03-05T11:00:30-08:00";
    assert_eq!(
        feed(&mut lab, "Invoice,Bill", since),
        [json!({}), json!({})]
    );
    let body = lab.invoice("2001");
    let made = lab.post("invoice", &body)["Invoice"]["Id"].clone();
    lab.now += 2_000;
    lab.act(json!({ "do": "delete", "entity": "Invoice", "id": "1003" }));
    let told = feed(&mut lab, "Invoice,Bill", since);
    assert_eq!(told[0]["maxResults"], 2);
    assert_eq!(
        told[0]["Invoice"][0],
        json!({
            "domain": "QBO", "status": "Deleted", "Id": "3", "MetaData": { "LastUpdatedTime": "2026-03-05T11:01:02-08:00" },
        })
    );
    assert_eq!(told[0]["Invoice"][1]["Id"], made);
    for (order, first) in [
        ("newest_first", "3"),
        ("oldest_first", made.as_str().unwrap()),
    ] {
        lab.set("feed_order", order);
        assert_eq!(
            feed(&mut lab, "Invoice", since)[0]["Invoice"][0]["Id"],
            first,
            "{order}"
        );
    }
    assert_eq!(
        feed(&mut lab, "Invoice", "2026-03-05T11:01:02-08:00")[0]["maxResults"],
        1,
        "its own second counts"
    );
    assert_eq!(
        feed(&mut lab, "Customer", "2026-03-05")[0]["maxResults"],
        7,
        "inactive ones as well"
    );
}

#[test]
fn the_feed_has_limits() {
    let mut lab = Lab::new();
    lab.act(json!({ "do": "bulk", "entity": "Customer", "count": 990 }));
    lab.act(json!({ "do": "bulk", "entity": "Vendor", "count": 20 }));
    let told = feed(&mut lab, "Customer,Vendor", "2026-03-05");
    assert_eq!(
        (&told[0]["maxResults"], &told[1]["maxResults"]),
        (&json!(997), &json!(3))
    );
    lab.now += 31 * DAY;
    lab.refresh(super::REFRESH);
    for (target, expected) in [
        ("cdc?entities=Invoice&changedSince=2026-03-05", "2180"),
        ("cdc?entities=Invoice", "2020"),
        ("cdc?changedSince=2026-04-01", "2020"),
        ("cdc?entities=Invoice&changedSince=yesterday", "2090"),
        ("cdc?entities=Bacon&changedSince=2026-04-01", "4001"),
        ("cdc?entities=TimeActivity&changedSince=2026-04-01", "4001"),
    ] {
        let response = lab.send("GET", target, "");
        assert_eq!(
            (response.status, code(&json_of(&response))),
            (400, expected.to_owned()),
            "{target}"
        );
    }
}

#[test]
fn webhooks_are_signed_over_their_bytes() {
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"simulated-verifier-token");
    for (telling, bodies, good) in [
        (json!({}), 1, true),
        (json!({ "together": false }), 3, true),
        (json!({ "together": false, "twice": true }), 6, true),
        (json!({ "together": false, "only": 2 }), 2, true),
        (json!({ "form": "cloud_events", "reversed": true }), 1, true),
        (json!({ "forged": true }), 1, false),
    ] {
        let mut lab = Lab::new();
        let body = lab.invoice("2001");
        let id = lab.post("invoice", &body)["Invoice"]["Id"].clone();
        let changed = json!({ "Id": id, "SyncToken": "0", "sparse": true, "PrivateNote": "n" });
        lab.post("invoice", &changed);
        let key_of = json!({ "Id": id, "SyncToken": "1" });
        lab.post("invoice?operation=delete", &key_of);
        let mut action = telling.clone();
        action["do"] = "take_webhooks".into();
        let told = lab.act(action);
        let told = told.as_array().unwrap();
        assert_eq!(told.len(), bodies, "{telling}");
        for message in told {
            let body = message["body"].as_str().unwrap();
            let signature = STANDARD
                .decode(message["signature"].as_str().unwrap())
                .unwrap();
            assert_eq!(
                hmac::verify(&key, body.as_bytes(), &signature).is_ok(),
                good,
                "{telling}"
            );
        }
        let body: Value = serde_json::from_str(told[0]["body"].as_str().unwrap()).unwrap();
        if telling["form"] == "cloud_events" {
            assert_eq!(
                (&body[0]["type"], &body[2]["type"]),
                (
                    &json!("qbo.invoice.deleted.v1"),
                    &json!("qbo.invoice.created.v1")
                )
            );
            assert_eq!(
                (&body[0]["intuitentityid"], &body[0]["intuitaccountid"]),
                (&id, &json!(REALM))
            );
        } else {
            let first = &body["eventNotifications"][0];
            assert_eq!(first["realmId"], REALM);
            assert_eq!(
                first["dataChangeEvent"]["entities"][0],
                json!({
                    "name": "Invoice", "id": id, "operation": "Create", "lastUpdated": "2026-03-05T19:01:00.000Z",
                })
            );
        }
        assert_eq!(
            lab.act(json!({ "do": "take_webhooks" })),
            json!([]),
            "told once"
        );
    }
}

#[test]
fn people_act_behind_the_api() {
    let mut lab = Lab::new();
    lab.act(json!({ "do": "pay", "entity": "Invoice", "id": "1005", "amount": 55 }));
    let id = lab.id("Invoice", "1005");
    let paid = lab.get(&format!("invoice/{id}"))["Invoice"].clone();
    assert_eq!(
        (&paid["Balance"], &paid["SyncToken"]),
        (&json!(200), &json!("1"))
    );
    lab.act(json!({ "do": "pay", "entity": "Invoice", "id": "1005" }));
    for wrong in [
        json!({ "do": "pay", "entity": "Invoice", "id": "1005" }),
        json!({ "do": "pay", "entity": "Estimate", "id": "1001" }),
        json!({ "do": "edit", "entity": "Invoice", "id": "1005", "set": { "Bacon": 1 } }),
        json!({ "do": "edit", "entity": "Bacon", "id": "1", "set": {} }),
        json!({ "do": "create", "entity": "Customer", "record": { "DisplayName": "NORDIK" } }),
        json!({ "do": "delete", "entity": "Customer", "id": "NORDIK" }),
        json!({ "do": "set", "switch": "bacon", "value": 1 }),
        json!({ "do": "set", "switch": "per_minute", "value": "many" }),
        json!({ "do": "count", "entity": "Invoice", "colour": "red" }),
        json!({ "do": "bacon" }),
        json!({}),
    ] {
        let before = lab.site.company.webhooks.waiting();
        lab.site
            .control(&wrong, lab.now)
            .expect_err(&wrong.to_string());
        assert_eq!(lab.site.company.webhooks.waiting(), before, "{wrong}");
    }
    lab.act(
        json!({ "do": "plan", "route": "GET query Invoice", "action":
        { "do": "edit", "entity": "Customer", "id": "NORDIK", "set": { "Notes": "seen" } } }),
    );
    lab.get("query?query=select%20*%20from%20Invoice");
    let rows = lab
        .act(json!({ "do": "rows", "entity": "Customer", "ids": [lab.id("Customer", "NORDIK")] }));
    assert_eq!(rows[0]["Notes"], "seen");
    let summary = lab.act(json!({ "do": "summary" }));
    assert_eq!(
        (
            &summary["Invoice"]["count"],
            &summary["Invoice"]["numbers_twice"]
        ),
        (&json!(3), &json!([]))
    );
    for entity in ["Invoice", "Bill", "PurchaseOrder", "Estimate", "Item"] {
        let made = lab.act(json!({ "do": "bulk", "entity": entity, "count": 3 }));
        assert!(made["last_id"].is_string(), "{entity}");
    }
}

#[test]
fn the_seed_is_the_books_of_the_workshop() {
    let mut lab = Lab::new();
    let info = lab.get(&format!("companyinfo/{REALM}"))["CompanyInfo"].clone();
    assert_eq!(
        (&info["CompanyName"], &info["Id"]),
        (&json!("Meubles du Fjord inc."), &json!("1"))
    );
    let names =
        lab.get("preferences")["Preferences"]["SalesFormsPrefs"]["CustomField"][1]["CustomField"]
            .clone();
    assert_eq!(names[2]["StringValue"], "Vendeur");
    let state = lab.site.state();
    let invoice = state["Invoice"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["DocNumber"] == "1003")
        .unwrap();
    assert_eq!(
        (&invoice["TxnTaxDetail"]["TotalTax"], &invoice["TotalAmt"]),
        (&json!(374.08), &json!(2957.08))
    );
    assert_eq!(
        invoice["CustomField"][0],
        json!({ "DefinitionId": "1", "Name": "PO Client", "Type": "StringType", "StringValue": "NK-88020" })
    );
    let discounted = state["Invoice"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["DocNumber"] == "1004")
        .unwrap();
    assert_eq!(
        (&discounted["Line"][2]["Amount"], &discounted["TotalAmt"]),
        (&json!(92.11), &json!(828.94))
    );
    let written = state.to_string();
    for secret in [
        super::SECRET,
        super::REFRESH,
        &lab.token,
        "simulated-verifier-token",
    ] {
        assert!(!written.contains(secret));
    }
    assert_eq!(
        state["Invoice"][0]["MetaData"]["CreateTime"],
        "2026-03-05T11:00:00-08:00"
    );
}
