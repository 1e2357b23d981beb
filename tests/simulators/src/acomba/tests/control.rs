//! What happens behind the bridge, and what a client can notice of it.

use serde_json::json;

use super::super::interface;
use super::{Lab, invoice};
use crate::simulator::Simulator;

#[test]
fn a_restore_takes_numbers_stamps_and_positions_back() {
    let mut lab = Lab::new();
    lab.control(&json!({ "do": "snapshot", "name": "lundi" }));
    lab.later(100);
    let (_, lost) = lab.post("/v1/acme/Transaction", "k1", &invoice());
    lab.control(&json!({ "do": "edit", "card_pos": 2, "set": { "CuCity": "Québec" } }));
    lab.control(&json!({ "do": "restore_from_backup", "name": "lundi" }));
    let (_, card) = lab.get("/v1/acme/Customer/2");
    assert_eq!(
        (&card["CuCity"], &card["ModifiedAt"]),
        (&json!("Alma"), &json!("2026-03-05T14:00:00-05:00"))
    );
    let (_, replayed) = lab.post("/v1/acme/Transaction", "k1", &invoice());
    assert_eq!(replayed, lost, "the bridge's memory is not in the backup");
    assert_eq!(
        lab.get(&format!("/v1/acme/Transaction/{}", lost["CardPos"]))
            .0,
        404
    );
    let (_, again) = lab.post("/v1/acme/Transaction", "k2", &invoice());
    assert_eq!(
        (&again["CardPos"], &again["InInvoiceNumber"]),
        (&lost["CardPos"], &lost["InInvoiceNumber"])
    );
}

#[test]
fn a_moved_folder_keeps_the_company_and_another_company_shows() {
    let mut lab = Lab::new();
    let (_, before) = lab.get("/v1/acme/info");
    lab.control(&json!({ "do": "move_company_folder", "to": "E:\\Comptabilite\\F1000.dta" }));
    assert_eq!(
        lab.get("/v1/acme/info").1["error"]["operation"],
        "CompanyExists"
    );
    lab.control(&json!({ "do": "point_alias", "folder": "E:\\Comptabilite\\F1000.dta" }));
    assert_eq!(lab.get("/v1/acme/info").1, before);
    lab.control(&json!({ "do": "point_alias", "to_company": "autre" }));
    let (_, other) = lab.get("/v1/acme/info");
    assert_eq!(other["Company"], "acme");
    assert_ne!(other["CompanyUniqueID"], before["CompanyUniqueID"]);
}

#[test]
fn a_freed_position_is_reused_only_when_asked() {
    for (reuse, expected) in [(false, 14), (true, 5)] {
        let mut lab = Lab::new();
        lab.control(&json!({ "do": "reuse_lowest_free", "on": reuse }));
        let (_, old) = lab.get("/v1/acme/Customer/5");
        lab.control(&json!({ "do": "delete", "card_pos": 5 }));
        let (_, new) = lab.post("/v1/acme/Customer", "k", &json!({ "CuNumber": "NEUF" }));
        assert_eq!(new["CardPos"], expected);
        let (_, card) = lab.get(&format!("/v1/acme/Customer/{expected}"));
        assert_ne!(card["UniqueID"], old["UniqueID"]);
    }
}

#[test]
fn a_reserved_card_opens_when_it_is_freed() {
    let mut lab = Lab::new();
    lab.control(&json!({ "do": "reserve", "card_pos": 2, "by": "luc" }));
    let (status, error) = lab.patch("/v1/acme/Customer/2", "", &json!({ "CuCity": "X" }));
    assert_eq!(
        (status, &error["error"]["operation"]),
        (423, &json!("ReserveCard"))
    );
    assert_eq!(
        lab.get("/v1/acme/Customer/2").0,
        200,
        "reading needs no reservation"
    );
    lab.control(&json!({ "do": "free", "card_pos": 2 }));
    assert_eq!(
        lab.patch("/v1/acme/Customer/2", "", &json!({ "CuCity": "X" }))
            .0,
        200
    );
}

#[test]
fn without_unique_ids_or_stamps_they_are_nowhere() {
    let mut lab = Lab::new();
    lab.control(&json!({ "do": "unique_id", "on": false }));
    lab.control(&json!({ "do": "changes_support", "interface": "Customer", "on": false }));
    let (_, card) = lab.get("/v1/acme/Customer/2");
    assert!(card.get("UniqueID").is_none() && card.get("ModifiedAt").is_none());
    let (_, info) = lab.get("/v1/acme/info");
    assert_eq!(
        info["Capabilities"],
        json!({ "changes": { "Customer": "none", "Supplier": "full", "Product": "full", "Transaction": "full" }, "unique_id": false })
    );
}

#[test]
fn a_converted_quote_is_a_new_card_and_the_old_one_is_inactive() {
    let mut lab = Lab::new();
    let answer = lab.control(&json!({ "do": "convert_document", "interface": "Transaction", "card_pos": 2, "to": "ITp_Order" }));
    let (_, old) = lab.get("/v1/acme/Transaction/2");
    let (_, new) = lab.get(&format!("/v1/acme/Transaction/{}", answer["CardPos"]));
    assert_eq!(
        (&old["InTransactionActive"], &old["InInvoiceType"]),
        (&json!(0), &json!("ITp_Quotation"))
    );
    assert_eq!(
        (
            &new["InTransactionActive"],
            &new["InInvoiceType"],
            &new["InInvoiceTotal"]
        ),
        (&json!(1), &json!("ITp_Order"), &old["InInvoiceTotal"])
    );
}

#[test]
fn a_document_made_by_hand_gets_its_taxes_from_the_screen() {
    let mut lab = Lab::new();
    let document = json!({ "InInvoiceType": "ITp_Invoice", "InCustomerSupplierCP": 2, "Lines": [{ "ILProductNumber": "INSTALL", "ILInvoicedQty": 2 }] });
    let answer = lab.control(&json!({ "do": "create_document", "document": document }));
    let (_, card) = lab.get(&format!("/v1/acme/Transaction/{}", answer["CardPos"]));
    assert_eq!(
        (
            card["InInvoiceSubTotal"].to_string(),
            card["InInvoiceTotal"].to_string()
        ),
        ("250.0".to_owned(), "287.44".to_owned())
    );
    assert_eq!(card["ModifiedBy"], "marie");
}

#[test]
fn the_window_says_when_it_opens_and_calls_wait_for_each_other() {
    let mut lab = Lab::new();
    lab.control(&json!({ "do": "set_window", "opens": "18:00", "closes": "22:00" }));
    let response = lab.send("GET", "/v1/acme/info", &[], "");
    let wait = response
        .headers
        .iter()
        .find(|(name, _)| name == "retry-after")
        .unwrap();
    assert_eq!(wait.1, (4 * 3600 - 60).to_string());
    lab.later(4 * 3600);
    assert_eq!(lab.get("/v1/acme/info").0, 200);
    lab.control(&json!({ "do": "slow", "ms": 200 }));
    let mut request = lab.request("GET", "/v1/acme/info", &[], "");
    request.in_flight = 3;
    assert_eq!(lab.acomba.handle(&request, lab.now).delay_ms, 600);
    assert_eq!(lab.send("GET", "/v1/health", &[], "").delay_ms, 0);
}

#[test]
fn bulk_and_state_stay_usable_at_size() {
    let mut lab = Lab::new();
    let documents = |lab: &mut Lab| {
        lab.control(&json!({ "do": "summary" }))["companies"]["acme"]["transactions"].as_i64()
    };
    let before = documents(&mut lab).unwrap();
    lab.control(&json!({ "do": "bulk", "interface": "Product", "count": 50 }));
    let made = lab.control(&json!({ "do": "bulk", "interface": "Transaction", "count": 6000 }));
    assert_eq!(
        lab.acomba.state()["companies"]["acme"]["Transaction"]["left_out"],
        true
    );
    let page = lab.control(
        &json!({ "do": "cards", "interface": "Transaction", "after_card_pos": 5000, "limit": 10 }),
    );
    assert_eq!(page["items"].as_array().unwrap().len(), 10);
    let (_, found) = lab.get("/v1/acme/Transaction?InReference=B006000");
    assert_eq!(found["items"][0]["CardPos"], made["last_card_pos"]);
    assert_eq!(documents(&mut lab), Some(before + 6000));
}

#[test]
fn every_card_refers_only_to_what_is_seeded_before_it() {
    for (index, interface) in interface::ALL.iter().enumerate() {
        for reference in interface.references {
            assert!(
                interface::ALL[..=index]
                    .iter()
                    .any(|earlier| earlier.name == reference.to),
                "{} → {}",
                interface.name,
                reference.to
            );
        }
    }
}
