//! The tables that another system keeps a copy of, and what a customer says of them.

use crate::script_tests::{create, host, kinds, refusal, update};
use crate::Acomba;
use liaison_sdk::prelude::*;

fn body(entry: &Entry) -> Value {
    serde_json::from_str(&entry.body).unwrap()
}

#[test]
fn a_listed_table_is_shown_whole_in_each_run_with_what_is_gone() {
    // The bridge may well have stamps for it: they would not show what is gone.
    let info = json!({"CompanyUniqueID": "b0ea",
        "Capabilities": {"changes": {"ProductGroup": "full", "Salesperson": "full", "Territory": "full"}}});
    for (entity, interface, alive, gone, expected) in [
        (
            "product_group",
            "ProductGroup",
            json!({"CardPos": 12, "PGNumber": 600, "PGDescription": "Main-d'œuvre"}),
            json!({"CardPos": 13, "PGNumber": 700, "PGStatus": 1}),
            json!({"id": "12", "number": "600", "description": "Main-d'œuvre"}),
        ),
        (
            "salesperson",
            "Salesperson",
            json!({"CardPos": 2, "SPNumber": 7, "SPName": "Marie Roy", "SPActive": 0, "SPStatus": 0}),
            json!({"CardPos": 3, "SPNumber": 8, "SPStatus": 1}),
            json!({"id": "2", "number": "7", "name": "Marie Roy", "active": false}),
        ),
        (
            "territory",
            "Territory",
            json!({"CardPos": 2, "TENumber": 0, "TEDescription": ""}),
            json!({"CardPos": 3, "TENumber": 3, "TEStatus": 2}),
            json!({"id": "2", "number": "0", "description": null}),
        ),
    ] {
        let host = host()
            .on("GET /info", info.clone())
            .on(
                &format!("GET /v1/acme/{interface}?after_card_pos=0&limit=1&include_deleted=1"),
                json!({"has_more": true, "next_after_card_pos": 12, "items": [alive]}),
            )
            .on(
                &format!("GET /v1/acme/{interface}?after_card_pos=12&limit=1&include_deleted=1"),
                json!({"has_more": false, "items": [gone]}),
            );
        let first = Acomba.changes(&host, entity, None, &[], 1).unwrap();
        assert_eq!(body(&first.entries[0]), expected, "{entity}");
        let last = Acomba.changes(&host, entity, first.next, &[], 1).unwrap();
        assert!(last.entries[0].deleted && last.complete, "{entity}");
        assert!(last.next.is_none() && !last.more, "{entity}");
        host.assert_done();
    }
}

#[test]
fn what_a_customer_says_by_number_is_looked_up_by_number() {
    for (entity, asks, card) in [
        (
            "term",
            "CustomerTerm/key/1?CTNumber=2",
            json!({"CardPos": 3, "CTNumber": 2, "CTDescription": "Net 30"}),
        ),
        (
            "territory",
            "Territory/key/1?TENumber=2",
            json!({"CardPos": 4, "TENumber": 2, "TEDescription": "Saguenay"}),
        ),
        (
            "salesperson",
            "Salesperson/key/1?SPNumber=2",
            json!({"CardPos": 9, "SPNumber": 2, "SPName": "Luc Côté", "SPActive": 1}),
        ),
    ] {
        let host = host()
            .on("GET /info", json!({"CompanyUniqueID": "b0ea"}))
            .on(&format!("GET /v1/acme/{asks}"), card);
        let query = vec![("number".to_owned(), json!("2").to_string())];
        assert_eq!(
            Acomba.find(&host, entity, &[query]).unwrap()[0].len(),
            1,
            "{entity}"
        );
        host.assert_done();
    }
}

#[test]
fn tables_that_are_only_looked_up_are_not_followed() {
    for entity in ["term", "tax", "tax_group"] {
        let fault = Acomba.changes(&host(), entity, None, &[], 5).unwrap_err();
        assert_eq!(fault.kind, FaultKind::Internal, "{entity}");
    }
}

#[test]
fn no_table_is_written() {
    for entity in ["product_group", "salesperson", "territory", "term"] {
        let host = host().on("GET /info", json!({"CompanyUniqueID": "b0ea"}));
        let operations = [create(json!({})), update("2", None, json!({}))];
        assert_eq!(
            kinds(&Acomba.write(&host, entity, &operations)),
            [Some(FaultKind::Internal); 2],
            "{entity}"
        );
    }
}

#[test]
fn a_customer_shows_its_term_and_payer_and_a_new_number_goes_out_alone() {
    let renumbered = json!({"CardPos": 57, "Hash": "h2", "CuNumber": "10005", "CuTermNumber": 2, "CuTermCP": 3,
        "CuInvoicedToCP": 41, "CuSalespersonNumber": 7, "CuTerritoryNumber": 0, "CuDiscount": 2.5,
        "CuPriceLevel": "PL_1", "ModifiedAt": "2026-03-05T14:00:00-05:00"});
    let host = host()
        .on("GET /info", json!({"CompanyUniqueID": "b0ea"}))
        .on(
            "PATCH /v1/acme/Customer/57",
            json!({"CardPos": 57, "Hash": "h2"}),
        )
        .on("GET /v1/acme/Customer/57", renumbered);
    let change = update("57", Some("h1"), json!({"number": "10005"}));
    let outcome = Acomba.write(&host, "customer", &[change]).remove(0);
    assert_eq!(host.body(1), json!({"CuNumber": "10005"}));
    let now: Value = serde_json::from_str(&outcome.unwrap().body.unwrap()).unwrap();
    assert_eq!(
        now,
        json!({"id": "57", "number": "10005", "term_number": "2", "term_id": "3", "invoiced_to_id": "41",
            "salesperson_number": "7", "territory_number": null, "discount": "2.5", "price_level": "PL_1",
            "modified_at": "2026-03-05T19:00:00Z"})
    );
}

#[test]
fn a_payer_is_set_by_its_position_and_never_taken_away() {
    let host = host()
        .on("GET /info", json!({"CompanyUniqueID": "b0ea"}))
        .reply("PATCH /Customer/57", refusal(422, "sdk_rejected"));
    let operations = [
        update("57", None, json!({"invoiced_to_id": null})),
        update("57", None, json!({"term_id": "3"})),
        update("57", None, json!({"invoiced_to_id": "41"})),
    ];
    let outcomes = Acomba.write(&host, "customer", &operations);
    let keys: Vec<&str> = outcomes
        .iter()
        .map(|outcome| outcome.as_ref().unwrap_err().message.key.as_str())
        .collect();
    assert_eq!(
        keys,
        [
            "acomba-cannot-be-empty",
            "acomba-read-only",
            "acomba-rejected"
        ]
    );
    assert_eq!(host.body(1), json!({"CuInvoicedToCP": 41}));
}
