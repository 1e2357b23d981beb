//! Cards: paging, change cursors, hashes, look-ups, repeated POSTs.

use serde_json::{Value, json};

use super::{ATELIER, Lab};

fn positions(page: &Value) -> Vec<i64> {
    page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|card| card["CardPos"].as_i64().unwrap())
        .collect()
}

#[test]
fn pages_by_position_miss_nothing_while_cards_are_added() {
    let mut lab = Lab::new();
    let (mut after, mut seen) = (0, Vec::new());
    for round in 0.. {
        let (_, page) = lab.get(&format!("/v1/acme/Customer?after_card_pos={after}&limit=5"));
        seen.extend(positions(&page));
        after = page["next_after_card_pos"].as_i64().unwrap();
        if round == 0 {
            lab.post(
                "/v1/acme/Customer",
                "new",
                &json!({ "CuNumber": "NOUVEAU" }),
            );
        }
        if page["has_more"] == false {
            break;
        }
    }
    // 13 is deleted and 14 came during the walk.
    assert_eq!(seen, [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14]);
}

#[test]
fn a_page_of_deleted_cards_is_empty_and_not_the_last() {
    let mut lab = Lab::new();
    lab.control(&json!({ "do": "delete", "card_pos": [2, 3] }));
    let (_, page) = lab.get("/v1/acme/Customer?limit=2");
    assert_eq!(
        (
            &page["items"],
            &page["has_more"],
            &page["CursorUsed"],
            &page["next_after_card_pos"]
        ),
        (&json!([]), &json!(true), &json!(2), &json!(3))
    );
    let (_, page) = lab.get("/v1/acme/Customer?limit=2&include_deleted=1");
    assert_eq!(page["items"][0]["CuStatus"], 1);
}

#[test]
fn a_page_that_ends_exactly_at_the_last_card_has_no_next() {
    let mut lab = Lab::new();
    let (_, page) = lab.get("/v1/acme/CustomerTerm?limit=3");
    assert_eq!(
        (positions(&page), &page["has_more"], &page["NumCards"]),
        (vec![2, 3, 4], &json!(false), &json!(3))
    );
    let (_, page) = lab.get("/v1/acme/CustomerTerm?after_card_pos=4");
    assert_eq!(
        (&page["items"], &page["next_after_card_pos"]),
        (&json!([]), &json!(4))
    );
}

#[test]
fn the_change_cursor_tells_equal_stamps_apart_by_position() {
    let mut lab = Lab::new();
    lab.later(10);
    let at = "2026-03-05T14:05:00-05:00";
    lab.control(&json!({ "do": "touch", "card_pos": [7, 3, 5], "at": at }));
    let mut cursor = ("2026-03-05T14:00:00-05:00".to_owned(), 9999);
    let mut seen = Vec::new();
    loop {
        let (status, page) = lab.get(&format!(
            "/v1/acme/Customer/changes?modified_at={}&card_pos={}&limit=2",
            cursor.0, cursor.1
        ));
        assert_eq!(status, 200, "{page}");
        seen.extend(positions(&page));
        let next = &page["next_cursor"];
        cursor = (
            next["modified_at"].as_str().unwrap().to_owned(),
            next["card_pos"].as_i64().unwrap(),
        );
        if page["has_more"] == false {
            break;
        }
    }
    assert_eq!(seen, [3, 5, 7]);
    assert_eq!(cursor, (at.to_owned(), 7));
    let (_, page) = lab.get("/v1/acme/Customer/changes");
    assert_eq!(
        positions(&page).len(),
        11,
        "no cursor means from the start; the deleted card is left out"
    );
    let (_, page) = lab.get("/v1/acme/Customer/changes?include_deleted=1");
    assert_eq!(positions(&page).len(), 12);
}

#[test]
fn a_patch_changes_what_it_names_and_needs_the_hash_it_saw() {
    let mut lab = Lab::new();
    let (_, before) = lab.get("/v1/acme/Customer/2");
    let hash = before["Hash"].as_str().unwrap().to_owned();
    lab.later(5);
    let change = json!({ "CuCity": "Roberval", "CuEMail": { "EMail_Two": "achats@atelier.example" }, "CuTermNumber": 3 });
    let (status, answer) = lab.patch("/v1/acme/Customer/2", &hash, &change);
    assert_eq!((status, &answer["CardPos"]), (200, &json!(ATELIER)));
    let (_, after) = lab.get("/v1/acme/Customer/2");
    assert_eq!(after["Hash"], answer["Hash"]);
    assert_ne!(after["Hash"], before["Hash"]);
    assert_eq!(
        (&after["CuCity"], &after["CuTermCP"], &after["ModifiedAt"]),
        (
            &json!("Roberval"),
            &json!(4),
            &json!("2026-03-05T14:01:05-05:00")
        )
    );
    assert_eq!(
        (
            &after["CuEMail"]["EMail_One"],
            &after["CuEMail"]["EMail_Two"]
        ),
        (
            &json!("info@atelier.example"),
            &json!("achats@atelier.example")
        )
    );
    let (status, error) = lab.patch("/v1/acme/Customer/2", &hash, &change);
    assert_eq!(
        (status, &error["error"]["code"], &error["error"]["card_pos"]),
        (412, &json!("changed_since_read"), &json!(2))
    );
    let unquoted = lab.send("PATCH", "/v1/acme/Customer/2", &[("if-match", &hash)], "{}");
    assert_eq!(unquoted.status, 400);
}

#[test]
fn stock_that_moves_is_outside_the_hash() {
    let mut lab = Lab::new();
    let (_, before) = lab.get("/v1/acme/Product/3");
    lab.control(&json!({ "do": "edit", "interface": "Product", "card_pos": 3, "set": { "PrQtyOnHand": 1 } }));
    let (_, after) = lab.get("/v1/acme/Product/3");
    assert_eq!(before["Hash"], after["Hash"]);
    assert_ne!(before["PrQtyOnHand"], after["PrQtyOnHand"]);
}

#[test]
fn a_renumbered_card_keeps_its_position() {
    let mut lab = Lab::new();
    lab.control(&json!({ "do": "renumber", "card_pos": 2, "number": "ATELIER" }));
    assert_eq!(
        lab.get("/v1/acme/Customer/key/1?CuNumber=ATELIER").1["CardPos"],
        2
    );
    assert_eq!(
        lab.get("/v1/acme/Customer/key/1?CuNumber=20260305101112345")
            .0,
        404
    );
    assert_eq!(
        lab.patch(
            "/v1/acme/Customer/2",
            "",
            &json!({ "CuNumber": "ATELIER-2" })
        )
        .0,
        200
    );
    assert_eq!(lab.get("/v1/acme/Customer/2").1["CuNumber"], "ATELIER-2");
    assert_eq!(
        lab.get("/v1/acme/ProductGroup/key/1?PGNumber=600").1["CardPos"],
        4
    );
}

#[test]
fn a_created_card_is_blank_where_nothing_was_given() {
    let mut lab = Lab::new();
    let (status, answer) = lab.post(
        "/v1/acme/Customer",
        "k",
        &json!({ "CuNumber": "29683", "CuName": "Client exemple", "CuTermNumber": 1 }),
    );
    assert_eq!(
        (status, &answer["CardPos"], &answer["CuNumber"]),
        (201, &json!(14), &json!("29683"))
    );
    let (_, card) = lab.get("/v1/acme/Customer/14");
    assert_eq!(
        (
            &card["CuActive"],
            &card["CuInvoicedToCP"],
            &card["CuTermCP"],
            &card["Hash"]
        ),
        (&json!(0), &json!(14), &json!(2), &answer["Hash"])
    );
    let (status, product) = lab.post(
        "/v1/acme/Product",
        "p",
        &json!({ "PrNumber": "NEUF", "PrProductGroupCP": 3, "PrSellingPrice": { "0,1": 0.1 } }),
    );
    assert_eq!(status, 201, "{product}");
    let text = String::from_utf8(
        lab.send(
            "GET",
            &format!("/v1/acme/Product/{}", product["CardPos"]),
            &[],
            "",
        )
        .body,
    )
    .unwrap();
    assert!(
        text.contains(r#""PrSellingPrice":{"0,1":0.1}"#)
            && text.contains(r#""PrProductGroupNumber":200"#),
        "{text}"
    );
    assert_eq!(
        lab.post(
            "/v1/acme/Supplier",
            "s",
            &json!({ "SuNumber": "S-9", "SuName": "Neuf" })
        )
        .0,
        201
    );
}

#[test]
fn a_taken_number_names_its_card_so_that_it_can_be_adopted() {
    let mut lab = Lab::new();
    let (_, error) = lab.post("/v1/acme/Customer", "k", &json!({ "CuNumber": "MUN-ROB" }));
    let error = &error["error"];
    assert_eq!(
        (&error["card_pos"], &error["operation"], &error["aco_error"]),
        (&json!(3), &json!("ReserveCardNumber"), &json!(9003))
    );
    assert_eq!(error["aco_message"], "Ce numéro est déjà utilisé.");
}

#[test]
fn a_repeated_post_is_answered_byte_for_byte_and_done_once() {
    let mut lab = Lab::new();
    let (target, key) = (
        "/v1/acme/Customer",
        [("idempotency-key", "at-company-29683")],
    );
    let body = r#"{"CuNumber":"29683","CuActive":1}"#;
    let first = lab.send("POST", target, &key, body);
    lab.control(&json!({ "do": "edit", "card_pos": 14, "set": { "CuCity": "Alma" } }));
    lab.later(7 * 24 * 3600 - 1);
    let again = lab.send("POST", target, &key, body);
    assert_eq!(
        (first.status, &first.body, &first.headers),
        (201, &again.body, &again.headers)
    );
    let (status, other) = super::parts(&lab.send("POST", target, &key, r#"{"CuNumber":"29684"}"#));
    assert_eq!(
        (status, &other["error"]["field"]),
        (400, &json!("Idempotency-Key"))
    );
    lab.later(1);
    assert_eq!(
        lab.send("POST", target, &key, body).status,
        409,
        "after 7 days the key is forgotten and the number is taken"
    );
}

#[test]
fn a_refused_post_is_not_kept() {
    let mut lab = Lab::new();
    let body = json!({ "CuNumber": "X", "CuName": "x".repeat(60) });
    assert_eq!(lab.post("/v1/acme/Customer", "k", &body).0, 422);
    lab.control(&json!({ "do": "exclusive" }));
    assert_eq!(
        lab.post("/v1/acme/Customer", "k", &json!({ "CuNumber": "X" }))
            .0,
        423
    );
    lab.control(&json!({ "do": "exclusive", "on": false }));
    assert_eq!(
        lab.post("/v1/acme/Customer", "k", &json!({ "CuNumber": "X" }))
            .0,
        201
    );
}
