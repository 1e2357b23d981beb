//! The other objects: accounts, lists, stages, revenue categories, users, opportunities.

use serde_json::{Value, json};

use super::Lab;

/// Each record is refused with this status and text.
#[track_caller]
fn refuses(object: &str, cases: &[(Value, u16, &str)]) {
    let mut lab = Lab::new();
    for (record, status, text) in cases {
        let refused = lab.post_refused(object, &json!([record]));
        assert_eq!(refused, (*status, (*text).to_owned()), "{record}");
    }
}

#[test]
fn the_five_fields_of_acomba_are_written_by_the_api() {
    let mut lab = Lab::new();
    lab.post(
        "Accounts",
        &json!([{ "id": 90, "account_custom": {
        "price_list": "1", "payment_term": "Net 30 jours", "customer_number": "CLIN-DENT",
        "discount": "0", "territory": "Saguenay–Lac-Saint-Jean", "65": "x" } }]),
    );
    lab.post(
        "Accounts",
        &json!([{ "id": 90, "account_custom": { "discount": "1.5", "65": "" } }]),
    );
    let custom = &lab.one("Accounts", "A90")["account_custom"];
    assert_eq!(custom["discount"], "1.5");
    assert_eq!(
        (&custom["customer_number"], custom.get("65")),
        (&json!("CLIN-DENT"), None)
    );
    #[rustfmt::skip]
    refuses("Accounts", &[
        (json!({ "id": 90, "account_custom": { "66": "x" } }), 400, "Bad request: unknown field account_custom.66"),
        (json!({ "id": 90, "account_custom": { "discount": 1.5 } }), 400, "Bad request: account_custom.discount must be text"),
        (json!({ "id": 90, "account_custom": "x" }), 400, "Bad request: account_custom must be an object"),
        (json!({ "id": 90, "primary_contact_id": 1239 }), 403, "Field primary_contact_id is read-only"),
        (json!({ "id": 90, "protected": false }), 403, "Field protected is read-only"),
        (json!({ "id": 90, "external_id": "x" }), 400, "Bad request: unknown field external_id"),
        (json!({ "id": 90, "name": "" }), 400, "Bad request: name is required"),
        (json!({ "name": "Municipalité de Roberval" }), 400, "Bad request: name already used"),
        (json!({ "id": 999, "name": "X" }), 500, "Internal Server Error"),
    ]);
}

#[test]
fn list_acomba_is_protected() {
    #[rustfmt::skip]
    refuses("Lists", &[
        (json!({ "id": 7, "name": "Compta" }), 403, "Protected list: cannot be renamed"),
        (json!({ "id": 8, "name": "Acomba" }), 400, "Bad request: name already used"),
        (json!({ "name": "Acomba" }), 400, "Bad request: name already used"),
        (json!({ "name": "Autre", "protected": true }), 403, "Field protected is read-only"),
        (json!({}), 400, "Bad request: name is required"),
    ]);
    let mut lab = Lab::new();
    assert_eq!(lab.post_one("Lists", json!({ "name": "Clients" })), 9);
    lab.post(
        "Lists",
        &json!([{ "id": 8, "name": "Prospects" }, { "id": 7, "name": "Acomba" }]),
    );
    lab.set("lists_creatable", false);
    let refused = lab.post_refused("Lists", &json!([{ "name": "Encore" }]));
    assert_eq!(refused, (403, "Lists cannot be created".to_owned()));
}

#[test]
fn stages_are_made_and_acombas_are_protected() {
    let mut lab = Lab::new();
    let open =
        json!({ "main": "advanced", "label_fr": "Commande ouverte", "label_en": "Open Order" });
    let id = lab.post_one("Stages", open);
    let made = lab.one("Stages", &format!("G{id}"));
    assert_eq!(
        (&made["percent"], &made["protected"]),
        (&json!(90), &json!(true))
    );
    let contract =
        json!({ "main": "won", "percent": 100, "label_fr": "Contrat", "label_en": "Contract" });
    let id = lab.post_one("Stages", contract);
    assert_eq!(lab.one("Stages", &format!("G{id}"))["protected"], true);
    let own = json!({ "main": "developed", "label_fr": "Démo", "label_en": "Demo" });
    let id = lab.post_one("Stages", own);
    lab.post(
        "Stages",
        &json!([{ "id": id, "label_en": "Demonstration" }]),
    );
    assert_eq!(lab.one("Stages", &format!("G{id}"))["protected"], false);
    #[rustfmt::skip]
    refuses("Stages", &[
        (json!({ "id": 9, "label_fr": "Vente" }), 403, "Protected stage: label cannot be changed"),
        (json!({ "id": 9, "main": "lost" }), 403, "Percentage cannot be changed"),
        (json!({ "id": 1, "percent": 10 }), 403, "Percentage cannot be changed"),
        (json!({ "main": "won", "label_fr": "Payée" }), 400, "Bad request: label_en is required"),
        (json!({ "main": "gagnée", "label_fr": "a", "label_en": "b" }), 400, "Bad request: main is not a main stage"),
        (json!({ "id": 99, "label_fr": "x" }), 500, "Internal Server Error"),
    ]);
}

#[test]
fn revenue_categories_go_two_levels_down_and_are_deactivated() {
    let mut lab = Lab::new();
    let id = lab.post_one(
        "RevenueCategories",
        json!({ "name": "200 Logiciels", "external_id": "acomba-pg:3" }),
    );
    let made = lab.one("RevenueCategories", "Eacomba-pg:3");
    assert_eq!(
        (&made["active"], &made["parent_id"]),
        (&json!(true), &Value::Null)
    );
    lab.post(
        "RevenueCategories",
        &json!([{ "id": id, "active": false, "parent_id": 32 }]),
    );
    lab.post(
        "RevenueCategories",
        &json!([{ "id": id, "parent_id": null }]),
    );
    assert_eq!(
        lab.one("RevenueCategories", "Eacomba-pg:3")["active"],
        false
    );
    let too_deep = "Bad request: parent_id goes deeper than two levels";
    #[rustfmt::skip]
    refuses("RevenueCategories", &[
        (json!({ "name": "X", "parent_id": 33 }), 400, too_deep),
        (json!({ "id": 30, "parent_id": 33 }), 400, too_deep),
        (json!({ "id": 30, "parent_id": 30 }), 400, too_deep),
        (json!({ "id": 30, "parent_id": 31 }), 400, too_deep),
        (json!({ "name": "X", "parent_id": 99 }), 500, "Internal Server Error"),
        (json!({ "parent_id": 30 }), 400, "Bad request: name is required"),
        (json!({ "id": 31, "active": "false" }), 400, "Bad request: active must be true or false"),
        (json!({ "id": 31, "external_id": "acomba-pg:2" }), 409, "External ID already used"),
    ]);
}

#[test]
fn users_are_made_inactive_and_belong_to_one_person() {
    let mut lab = Lab::new();
    let user =
        json!({ "username": "9@12345", "full_name": "Luc Gagnon", "external_id": "acomba-sp:4" });
    let id = lab.post_one("Users", user);
    assert_eq!(lab.one("Users", &format!("U{id}"))["active"], false);
    lab.post("Users", &json!([
        { "id": 501, "full_name": "Marie Roy-Savard", "external_id": "acomba-sp:2", "active": false },
        { "id": 500, "external_id": "acomba-sp:9" },
        { "id": 502, "active": false },
    ]));
    #[rustfmt::skip]
    refuses("Users", &[
        (json!({ "username": "luc", "full_name": "Luc" }), 400, "Bad request: username must be like 7@12345"),
        (json!({ "username": "9@54321" }), 400, "Bad request: username must be like 7@12345"),
        (json!({ "username": "@12345" }), 400, "Bad request: username must be like 7@12345"),
        (json!({ "full_name": "Luc" }), 400, "Bad request: username is required"),
        (json!({ "username": "7@12345" }), 400, "Bad request: username already used"),
        (json!({ "username": "9@12345", "active": true }), 403, "User cannot be activated"),
        (json!({ "id": 501, "active": true }), 403, "User cannot be activated"),
        (json!({ "id": 501, "external_id": "acomba-sp:4" }), 403, "External ID of a user cannot be changed"),
        (json!({ "id": 501, "external_id": "" }), 403, "External ID of a user cannot be changed"),
        (json!({ "id": 502, "username": "8@12345" }), 403, "Username of an active user cannot be changed"),
        (json!({ "id": 500, "external_id": "acomba-sp:3" }), 409, "External ID already used"),
        (json!({ "id": 999, "full_name": "X" }), 500, "Internal Server Error"),
    ]);
}

/// The opportunity of the reference, for the atelier.
fn opportunity() -> Value {
    json!({
        "external_id": "acomba-tx:ITp_Invoice:10082:2", "account_id": 88, "contact_id": 1234,
        "title": "10082", "stage_id": 9, "rep1": 501, "date": "2026-03-05",
        "lines": [{ "revenue_category_id": 31, "product_code": "INSTALL", "description": "Installation",
            "quantity": 2, "unit_price": 125.0 }],
        "freight": 15.0, "discount": 0, "total": 345.0,
    })
}

#[test]
fn an_opportunity_is_written_and_read_back_as_sent() {
    let mut lab = Lab::new();
    let mut expected = opportunity();
    assert_eq!(
        lab.post("Opportunities", &json!([opportunity()])),
        [json!({ "id": 7001, "external_id": "acomba-tx:ITp_Invoice:10082:2" })]
    );
    expected["id"] = json!(7001);
    assert_eq!(
        lab.one("Opportunities", "Eacomba-tx:ITp_Invoice:10082:2"),
        expected
    );
    lab.post("Opportunities", &json!([{ "external_id": "acomba-tx:ITp_Invoice:10082:2", "stage_id": 7, "lines": [], "freight": "" }]));
    let edited = lab.one("Opportunities", "O7001");
    assert_eq!(
        (
            &edited["stage_id"],
            edited.get("lines"),
            edited.get("freight")
        ),
        (&json!(7), None, None)
    );
    assert_eq!(
        edited["total"].to_string(),
        "345.0",
        "an amount is kept as it was sent"
    );
}

#[test]
fn an_opportunity_of_a_contact_is_its_accounts_too() {
    let mut lab = Lab::new();
    let id = lab.post_one(
        "Opportunities",
        json!({ "contact_id": 1234, "title": "x", "stage_id": 6 }),
    );
    assert_eq!(lab.ids("Opportunities", "A88"), [id]);
}

#[test]
fn an_opportunity_that_refers_to_nothing_is_a_500() {
    let with = |field: &str, value: Value| {
        let mut record = opportunity();
        record[field] = value;
        record
    };
    let missing = "Internal Server Error";
    let line = |line: Value| with("lines", json!([line]));
    #[rustfmt::skip]
    refuses("Opportunities", &[
        (with("account_id", json!(999)), 500, missing),
        (with("contact_id", json!(9999)), 500, missing),
        (with("stage_id", json!(99)), 500, missing),
        (with("rep1", json!(999)), 500, missing),
        (with("id", json!(9)), 500, missing),
        (line(json!({ "revenue_category_id": 99 })), 500, missing),
        (line(json!({ "colour": 1 })), 400, "Bad request: unknown field lines[0].colour"),
        (line(json!({ "quantity": "2" })), 400, "Bad request: lines[0].quantity must be a number"),
        (with("lines", json!({})), 400, "Bad request: lines must be an array"),
        (with("total", json!("345,00")), 400, "Bad request: total must be a number"),
        (with("date", json!("2026-02-30")), 400, "Bad request: date must be a date like 2026-03-05"),
        (with("title", json!("")), 400, "Bad request: title is required"),
        (with("stage_id", json!("")), 400, "Bad request: stage_id is required"),
        (json!({ "title": "x", "stage_id": 6 }), 400, "Bad request: account_id or contact_id is required"),
    ]);
}

#[test]
fn an_inactive_user_may_own_an_opportunity() {
    let mut lab = Lab::new();
    assert_eq!(lab.one("Users", "U501")["active"], false);
    lab.post("Opportunities", &json!([opportunity()]));
    assert_eq!(lab.one("Opportunities", "O7001")["rep1"], 501);
}
