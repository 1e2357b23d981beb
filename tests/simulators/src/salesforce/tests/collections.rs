//! Many records in one call.

use serde_json::{Value, json};

use super::{Lab, encoded, json_of};

fn account(name: &str) -> Value {
    json!({ "attributes": { "type": "Account" }, "Name": name })
}

#[test]
fn items_fail_alone_and_say_it_with_another_word() {
    let mut lab = Lab::new();
    let body = json!({ "records": [account("A"), { "attributes": { "type": "Account" } }, { "attributes": { "type": "Contact" }, "LastName": "B" }, { "attributes": { "type": "Nothing" } }] });
    let response = lab.send("POST", "composite/sobjects", &[], &body.to_string());
    let items = json_of(&response);
    assert_eq!(response.status, 200);
    assert!(
        items[0]["success"] == true
            && items[0]["id"].as_str().unwrap().starts_with("001")
            && items[0]["errors"] == json!([])
    );
    assert_eq!(
        items[1],
        json!({ "success": false, "errors": [{ "statusCode": "REQUIRED_FIELD_MISSING", "message": "Required fields are missing: [Name]", "fields": ["Name"] }] })
    );
    assert!(items[2]["id"].as_str().unwrap().starts_with("003"));
    assert_eq!(items[3]["errors"][0]["statusCode"], "INVALID_TYPE");
}

#[test]
fn all_or_none_leaves_nothing() {
    let mut lab = Lab::new();
    let before = lab.control(json!({ "do": "count", "entity": "Account" }));
    let items = lab.post(
        "composite/sobjects",
        json!({ "allOrNone": true, "records": [account("A"), account(""), account("C")] }),
    );
    let codes: Vec<_> = items
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["errors"][0]["statusCode"].as_str().unwrap())
        .collect();
    assert_eq!(
        codes,
        [
            "ALL_OR_NONE_OPERATION_ROLLED_BACK",
            "REQUIRED_FIELD_MISSING",
            "ALL_OR_NONE_OPERATION_ROLLED_BACK"
        ]
    );
    assert!(items[0].get("id").is_none());
    assert_eq!(
        lab.control(json!({ "do": "count", "entity": "Account" })),
        before
    );
    let items = lab.post(
        "composite/sobjects",
        json!({ "allOrNone": true, "records": [account("A")] }),
    );
    assert_eq!(items[0]["success"], true);
}

#[test]
fn updates_name_their_record() {
    let mut lab = Lab::new();
    let (a, b, gone) = (lab.id("atelier"), lab.id("simard"), lab.id("quai"));
    lab.control(json!({ "do": "delete", "id": "@quai" }));
    let item = |id: &str| json!({ "attributes": { "type": "Account" }, "id": id, "Site": "x" });
    let unknown = super::super::id::minted("001", 999);
    let records = json!([
        item(&a),
        item(&b[..15]),
        item(&a),
        item(&gone),
        item(&unknown),
        item("nonsense"),
        account("no id")
    ]);
    let response = lab.send(
        "PATCH",
        "composite/sobjects",
        &[],
        &json!({ "records": records }).to_string(),
    );
    let items = json_of(&response);
    let codes: Vec<_> = items
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["errors"][0]["statusCode"].as_str().unwrap_or("ok"))
        .collect();
    assert_eq!(
        codes,
        [
            "ok",
            "ok",
            "DUPLICATE_VALUE",
            "ENTITY_IS_DELETED",
            "INVALID_CROSS_REFERENCE_KEY",
            "MALFORMED_ID",
            "MISSING_ARGUMENT"
        ]
    );
    assert_eq!(items[1]["id"], b.as_str(), "always 18 characters");
    assert_eq!(lab.row("Account", &b)["Site"], "x");
}

#[test]
fn upserts_say_what_they_created() {
    let mut lab = Lab::new();
    let item = |key: Value, name: &str| json!({ "attributes": { "type": "Account" }, "ia_crm__IntacctID__c": key, "Name": name });
    let with_id = json!({ "id": lab.id("simard"), "ia_crm__IntacctID__c": "C-8" });
    let records = json!([
        item(json!("C-1001"), "Atelier"),
        item(json!("C-7"), "Neuf"),
        item(json!("c-7"), "Encore"),
        item(Value::Null, "Sans"),
        with_id
    ]);
    let target = "composite/sobjects/Account/ia_crm__IntacctID__c";
    let response = lab.send(
        "PATCH",
        target,
        &[],
        &json!({ "records": records }).to_string(),
    );
    let items = json_of(&response);
    assert_eq!(
        (&items[0]["created"], &items[1]["created"]),
        (&json!(false), &json!(true))
    );
    let codes: Vec<_> = (2..5)
        .map(|at| items[at]["errors"][0]["statusCode"].as_str().unwrap())
        .collect();
    assert_eq!(
        codes,
        ["DUPLICATE_VALUE", "REQUIRED_FIELD_MISSING", "INVALID_FIELD"]
    );
    let old = lab.send_as(
        45,
        "PATCH",
        target,
        &[],
        &json!({ "records": [] }).to_string(),
    );
    assert_eq!(old.status, 405);
    assert_eq!(
        lab.refused(
            "PATCH",
            "composite/sobjects/Account/Name",
            json!({ "records": [] })
        )
        .0,
        404
    );
}

#[test]
fn deletes_take_their_ids_from_the_address() {
    let mut lab = Lab::new();
    let (first, second) = (lab.id("dubuc2"), lab.id("maude"));
    let response = lab.send(
        "DELETE",
        &format!("composite/sobjects?ids={first},{second},{first}&allOrNone=false"),
        &[],
        "",
    );
    let items = json_of(&response);
    assert_eq!(
        (
            &items[0]["id"],
            &items[1]["success"],
            &items[2]["errors"][0]["statusCode"]
        ),
        (&json!(first), &json!(true), &json!("ENTITY_IS_DELETED"))
    );
    let simard = lab.id("lavoie");
    let response = lab.send(
        "DELETE",
        &format!("composite/sobjects?ids={simard},nonsense&allOrNone=true"),
        &[],
        "",
    );
    assert_eq!(
        json_of(&response)[0]["errors"][0]["statusCode"],
        "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    );
    assert_eq!(lab.row("Account", &simard)["IsDeleted"], false);
    assert_eq!(
        lab.refused("DELETE", "composite/sobjects", Value::Null).0,
        400
    );
}

#[test]
fn reads_leave_a_null_for_what_is_not_there() {
    let mut lab = Lab::new();
    let id = lab.id("atelier");
    let unknown = super::super::id::minted("001", 999);
    let rows = lab.post(
        "composite/sobjects/Account",
        json!({ "ids": [id, unknown, "x"], "fields": ["name"] }),
    );
    assert_eq!(
        (&rows[0]["Name"], &rows[0]["Id"], &rows[1], &rows[2]),
        (
            &json!("Atelier Lac-Saint-Jean inc."),
            &json!(id),
            &Value::Null,
            &Value::Null
        )
    );
    assert!(rows[0].get("Phone").is_none());
    let rows = lab.get(&format!(
        "composite/sobjects/Account?ids={id}&fields=Id,Phone"
    ));
    assert_eq!(rows[0]["Phone"], "418 555-0100");
    assert_eq!(
        lab.refused(
            "POST",
            "composite/sobjects/Account",
            json!({ "ids": [id], "fields": ["Bacon"] })
        )
        .1,
        "INVALID_FIELD"
    );
}

#[test]
fn too_many_and_too_mixed() {
    let mut lab = Lab::new();
    let many: Vec<Value> = (0..201).map(|n| account(&format!("A{n}"))).collect();
    assert_eq!(
        lab.refused("POST", "composite/sobjects", json!({ "records": many })),
        (400, "EXCEEDED_MAX_SIZE_REQUEST".to_owned())
    );
    let items = lab.post("composite/sobjects", json!({ "records": many[..200] }));
    assert_eq!(items.as_array().unwrap().len(), 200);
    let mixed: Vec<Value> = (0..11)
        .map(|n| {
            if n % 2 == 0 {
                account("A")
            } else {
                json!({ "attributes": { "type": "Contact" }, "LastName": "B" })
            }
        })
        .collect();
    assert_eq!(
        lab.refused("POST", "composite/sobjects", json!({ "records": mixed }))
            .0,
        400
    );
    for body in [
        json!({}),
        json!({ "records": {} }),
        json!({ "records": [1] }),
    ] {
        assert_eq!(lab.refused("POST", "composite/sobjects", body).0, 400);
    }
    let ids: Vec<String> = (0..2_001)
        .map(|n| super::super::id::minted("001", n))
        .collect();
    assert_eq!(
        lab.refused(
            "POST",
            "composite/sobjects/Account",
            json!({ "ids": ids, "fields": ["Id"] })
        )
        .0,
        400
    );
    assert_eq!(
        lab.query(&format!(
            "SELECT Id FROM Account WHERE Name LIKE {}",
            "'A1_'"
        ))
        .len(),
        10,
        "{}",
        encoded("x")
    );
}
