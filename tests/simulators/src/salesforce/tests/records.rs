//! One record at a time: the verbs, the codes, the shapes.

use serde_json::{Value, json};

use super::{Lab, header, json_of, refusal, text};

#[test]
fn a_record_is_made_read_changed_and_deleted() {
    let mut lab = Lab::new();
    let response = lab.send(
        "POST",
        "sobjects/Account",
        &[],
        &json!({ "Name": "Quincaillerie Gagnon", "AnnualRevenue": 23, "NumberOfEmployees": "7" })
            .to_string(),
    );
    assert_eq!(response.status, 201);
    let body = json_of(&response);
    let id = body["id"].as_str().unwrap().to_owned();
    assert_eq!(
        text(&response),
        format!(r#"{{"id":"{id}","success":true,"errors":[]}}"#)
    );
    assert_eq!(
        header(&response, "location"),
        Some(format!("/services/data/v59.0/sobjects/Account/{id}").as_str())
    );
    let read = lab.send("GET", &format!("sobjects/Account/{}", &id[..15]), &[], "");
    let body = json_of(&read);
    assert_eq!(
        body["attributes"],
        json!({ "type": "Account", "url": format!("/services/data/v59.0/sobjects/Account/{id}") })
    );
    assert_eq!(
        (body["Id"].as_str(), body["NumberOfEmployees"].to_string()),
        (Some(id.as_str()), "7".to_owned())
    );
    assert_eq!(body["AnnualRevenue"].to_string(), "23.0");
    assert_eq!(
        (&body["Phone"], &body["IsDeleted"], &body["BillingAddress"]),
        (&Value::Null, &json!(false), &Value::Null)
    );
    assert_eq!(body["CreatedDate"], lab.stamp());
    let integration = lab.id("integration");
    assert_eq!(
        (body["OwnerId"].as_str(), body["CreatedById"].as_str()),
        (Some(integration.as_str()), Some(integration.as_str()))
    );
    lab.later(5);
    lab.patch(
        &format!("sobjects/Account/{id}"),
        json!({ "Phone": "418 555-0001", "NumberOfEmployees": null }),
    );
    let row = lab.get(&format!(
        "sobjects/Account/{id}?fields=Phone,NumberOfEmployees,Name,SystemModstamp"
    ));
    let keys: Vec<_> = row.as_object().unwrap().keys().cloned().collect();
    assert_eq!(
        keys,
        [
            "attributes",
            "Id",
            "SystemModstamp",
            "Name",
            "Phone",
            "NumberOfEmployees"
        ]
    );
    assert_eq!(
        (
            &row["Phone"],
            &row["NumberOfEmployees"],
            &row["SystemModstamp"]
        ),
        (&json!("418 555-0001"), &Value::Null, &json!(lab.stamp()))
    );
    let gone = lab.send("DELETE", &format!("sobjects/Account/{id}"), &[], "");
    assert_eq!((gone.status, gone.body.len()), (204, 0));
    let again = lab.send("DELETE", &format!("sobjects/Account/{id}"), &[], "");
    assert_eq!(
        text(&again),
        r#"[{"message":"entity is deleted","errorCode":"ENTITY_IS_DELETED","fields":[]}]"#
    );
    assert_eq!(again.status, 404);
    for method in ["GET", "PATCH"] {
        let body = if method == "PATCH" {
            json!({})
        } else {
            Value::Null
        };
        assert_eq!(
            lab.refused(method, &format!("sobjects/Account/{id}"), body),
            (404, "ENTITY_IS_DELETED".to_owned())
        );
    }
}

#[test]
fn every_answer_has_the_headers_of_the_platform() {
    let mut lab = Lab::new();
    let response = lab.send("GET", "limits/", &[], "");
    assert_eq!(header(&response, "vary"), Some("Accept-Encoding"));
    assert!(
        header(&response, "set-cookie")
            .unwrap()
            .starts_with("BrowserId=")
    );
    assert!(
        header(&response, "cache-control")
            .unwrap()
            .contains("no-store")
    );
}

#[test]
fn a_head_is_a_get_without_its_body() {
    let mut lab = Lab::new();
    let target = format!("sobjects/Account/{}", lab.id("atelier"));
    let response = lab.send("HEAD", &target, &[], "");
    assert_eq!((response.status, response.body.len()), (200, 0));
    assert!(header(&response, "etag").is_some());
}

#[test]
fn ids_that_are_none_and_ids_of_nothing() {
    let mut lab = Lab::new();
    let id = lab.id("atelier");
    let wrong = format!("{}AAA", &id[..15]);
    let response = lab.send("GET", &format!("sobjects/Account/{wrong}"), &[], "");
    let message = format!("Record ID: id value of incorrect type: {wrong}");
    assert_eq!(
        json_of(&response),
        json!([{ "message": message, "errorCode": "MALFORMED_ID", "fields": ["Id"] }])
    );
    assert_eq!(response.status, 400);
    let unknown = super::super::id::minted("001", 999);
    for (target, code) in [
        (format!("sobjects/Account/{unknown}"), "NOT_FOUND"),
        (format!("sobjects/Contact/{id}"), "NOT_FOUND"),
        ("sobjects/Account/abc".to_owned(), "NOT_FOUND"),
        ("sobjects/Nothing__c".to_owned(), "NOT_FOUND"),
        ("nothing".to_owned(), "NOT_FOUND"),
    ] {
        assert_eq!(
            lab.refused("GET", &target, Value::Null),
            (404, code.to_owned()),
            "{target}"
        );
    }
    let lower = id.to_lowercase();
    assert_ne!(
        lab.send(
            "GET",
            &format!("sobjects/Account/{}", &lower[..15]),
            &[],
            ""
        )
        .status,
        200
    );
}

#[test]
fn an_upsert_creates_then_updates() {
    let mut lab = Lab::new();
    let target = "sobjects/Account/ia_crm__IntacctID__c/C%2F1%20%C3%A9";
    let response = lab.send("PATCH", target, &[], r#"{"Name":"Acme"}"#);
    let id = json_of(&response)["id"].as_str().unwrap().to_owned();
    assert_eq!(
        (response.status, json_of(&response)),
        (
            201,
            json!({ "id": id, "success": true, "errors": [], "created": true })
        )
    );
    let response = lab.send("PATCH", target, &[], r#"{"Name":"Acme 2"}"#);
    assert_eq!(
        (response.status, json_of(&response)),
        (
            200,
            json!({ "id": id, "success": true, "errors": [], "created": false })
        )
    );
    let row = lab.get(target);
    assert_eq!(
        (&row["Name"], &row["ia_crm__IntacctID__c"]),
        (&json!("Acme 2"), &json!("C/1 é"))
    );
    assert_eq!(
        lab.get("sobjects/Account/ia_crm__IntacctID__c/c%2f1%20%C3%89")["Id"],
        id.as_str(),
        "capitals do not count"
    );
    // As it was before 46.0.
    let old = lab.send_as(45, "PATCH", target, &[], "{}");
    assert_eq!((old.status, old.body.len()), (204, 0));
    let old = lab.send_as(
        45,
        "PATCH",
        "sobjects/Account/ia_crm__IntacctID__c/C-9",
        &[],
        r#"{"Name":"Neuf"}"#,
    );
    assert!(json_of(&old).get("created").is_none() && old.status == 201);
    lab.set("upsert_update_204", true);
    assert_eq!(lab.send("PATCH", target, &[], "{}").status, 204);
}

#[test]
fn an_upsert_is_refused_where_it_cannot_be_one() {
    let mut lab = Lab::new();
    let id = lab.id("atelier");
    let base = "sobjects/Account/ia_crm__IntacctID__c";
    for (target, body, status, code) in [
        (
            "sobjects/Account/Name/x".to_owned(),
            json!({}),
            404,
            "NOT_FOUND",
        ),
        (
            "sobjects/Account/Namez/x".to_owned(),
            json!({}),
            404,
            "NOT_FOUND",
        ),
        (
            format!("{base}/C-1?updateOnly=true"),
            json!({ "Name": "x" }),
            404,
            "NOT_FOUND",
        ),
        (
            format!("{base}/C-1"),
            json!({ "Name": "x", "ia_crm__IntacctID__c": "C-1" }),
            400,
            "INVALID_FIELD",
        ),
        (
            format!("{base}/C-1"),
            json!({ "Name": "x", "Id": id }),
            400,
            "INVALID_FIELD",
        ),
        (
            format!("{base}/C-1"),
            json!({}),
            400,
            "REQUIRED_FIELD_MISSING",
        ),
        (
            format!("{base}/C-1001?updateOnly=true"),
            json!({ "Rating": "Terrible" }),
            400,
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        ),
    ] {
        assert_eq!(
            lab.refused("PATCH", &target, body),
            (status, code.to_owned()),
            "{target}"
        );
    }
    let response = lab.send("PATCH", "sobjects/Account/Namez/x", &[], "{}");
    assert_eq!(
        json_of(&response)[0]["message"],
        "Provided external ID field does not exist or is not accessible: Namez"
    );
}

#[test]
fn a_value_that_two_records_hold_is_ambiguous_and_nothing_is_written() {
    let mut lab = Lab::new();
    let first = lab.create("Account", json!({ "Name": "A", "Acomba_Number__c": "77" }));
    let second = lab.create("Account", json!({ "Name": "B", "Acomba_Number__c": "77" }));
    let urls = json!([
        format!("/services/data/v59.0/sobjects/Account/{first}"),
        format!("/services/data/v59.0/sobjects/Account/{second}"),
    ]);
    for method in ["GET", "PATCH"] {
        let body = if method == "PATCH" {
            r#"{"Name":"C"}"#
        } else {
            ""
        };
        let response = lab.send(method, "sobjects/Account/Acomba_Number__c/77", &[], body);
        assert_eq!((response.status, json_of(&response)), (300, urls.clone()));
    }
    assert_eq!(lab.row("Account", &first)["Name"], "A");
}

#[test]
fn the_id_form_of_an_upsert_creates() {
    let mut lab = Lab::new();
    let made = lab.post("sobjects/Account/Id", json!({ "Name": "Acme" }));
    assert_eq!(made["created"], true);
}

#[test]
fn a_parent_is_named_by_its_external_id() {
    let mut lab = Lab::new();
    let contact = lab.create(
        "Contact",
        json!({ "LastName": "Roy", "Account": { "ia_crm__IntacctID__c": "c-1001" } }),
    );
    assert_eq!(
        lab.row("Contact", &contact)["AccountId"],
        lab.id("atelier").as_str()
    );
    let missing = json!({ "LastName": "Roy", "Account": { "ia_crm__IntacctID__c": "C-0" } });
    let response = lab.send("POST", "sobjects/Contact", &[], &missing.to_string());
    assert_eq!(
        json_of(&response)[0]["message"],
        "Foreign key external ID: c-0 not found for field ia_crm__IntacctID__c in entity Account"
    );
    let no_key = json!({ "LastName": "Roy", "Account": { "Name": "x" } });
    assert_eq!(
        lab.refused("POST", "sobjects/Contact", no_key),
        (400, "INVALID_FIELD".to_owned())
    );
}

#[test]
fn accounts_have_tags_and_all_have_dates() {
    let mut lab = Lab::new();
    let target = format!("sobjects/Account/{}", lab.id("atelier"));
    let read = lab.send("GET", &target, &[], "");
    let (tag, date) = (
        header(&read, "etag").unwrap().to_owned(),
        header(&read, "last-modified").unwrap().to_owned(),
    );
    assert!(tag.ends_with("-gzip\"") && date.ends_with("GMT"));
    for (name, value, status) in [
        ("if-none-match", tag.as_str(), 304),
        ("if-none-match", "\"other\"", 200),
        ("if-modified-since", date.as_str(), 304),
        ("if-modified-since", "Thu, 01 Jan 2015 00:00:00 GMT", 200),
        ("if-modified-since", "yesterday", 200),
    ] {
        let response = lab.send("GET", &target, &[(name, value)], "");
        assert_eq!(
            (response.status, response.body.is_empty()),
            (status, status == 304),
            "{name} {value}"
        );
    }
    for (name, value, status) in [
        ("if-match", "\"other\"", 412),
        ("if-unmodified-since", "Thu, 01 Jan 2015 00:00:00 GMT", 412),
        ("if-unmodified-since", "yesterday", 400),
        ("if-unmodified-since", date.as_str(), 204),
    ] {
        let response = lab.send("PATCH", &target, &[(name, value)], "{}");
        assert_eq!(response.status, status, "{name} {value}");
    }
    // The write of a moment ago made both stale.
    assert_eq!(
        lab.send("PATCH", &target, &[("if-match", &tag)], "{}")
            .status,
        412
    );
    assert_eq!(
        lab.send("PATCH", &target, &[("if-unmodified-since", &date)], "{}")
            .status,
        412
    );
    let contract = format!("sobjects/Contract/{}", lab.id("ctr-simard"));
    let read = lab.send("GET", &contract, &[], "");
    assert_eq!(header(&read, "etag"), None);
    let old = "Thu, 01 Jan 2015 00:00:00 GMT";
    assert_eq!(
        lab.send("DELETE", &contract, &[("if-unmodified-since", old)], "")
            .status,
        204,
        "not on DELETE"
    );
}

#[test]
fn bodies_that_cannot_be_read() {
    let mut lab = Lab::new();
    let plain = lab.send(
        "POST",
        "sobjects/Account",
        &[("content-type", "text/plain")],
        "{}",
    );
    assert_eq!(refusal(&plain), (415, "UNSUPPORTED_MEDIA_TYPE".to_owned()));
    for body in ["{", "[]", "\"x\""] {
        let response = lab.send("POST", "sobjects/Account", &[], body);
        assert_eq!(
            refusal(&response),
            (400, "JSON_PARSER_ERROR".to_owned()),
            "{body}"
        );
    }
    let none = lab.send("POST", "sobjects/Account", &[], "");
    assert_eq!(refusal(&none), (400, "JSON_PARSER_ERROR".to_owned()));
    for (method, target) in [
        ("PUT", "sobjects/Account"),
        ("POST", "limits"),
        ("PUT", "query"),
        ("DELETE", "sobjects"),
    ] {
        assert_eq!(
            lab.refused(method, target, Value::Null).0,
            405,
            "{method} {target}"
        );
    }
}

#[test]
fn versions_come_and_go() {
    let mut lab = Lab::new();
    let list = json_of(&lab.raw("GET", "/services/data/", &[], ""));
    assert_eq!(
        list.as_array().unwrap().last().unwrap(),
        &json!({ "label": "Summer '26", "url": "/services/data/v67.0", "version": "67.0" })
    );
    assert!(
        header(
            &lab.raw("GET", "/services/data", &[], ""),
            "sforce-limit-info"
        )
        .is_none()
    );
    for (version, status, code) in [(30, 410, "UNSUPPORTED_API_VERSION"), (68, 404, "NOT_FOUND")] {
        let response = lab.send_as(version, "GET", "limits", &[], "");
        assert_eq!(refusal(&response), (status, code.to_owned()));
    }
    let resources = lab.get("");
    assert_eq!(resources["sobjects"], "/services/data/v59.0/sobjects");
    // A trailing slash is tolerated.
    assert!(lab.get("sobjects/Account/describe/")["fields"].is_array());
}

#[test]
fn a_published_event_succeeds_with_an_entry_among_its_errors() {
    let mut lab = Lab::new();
    let made = lab.post("sobjects/Liaison_Sync__e", json!({ "Record_Id__c": "800" }));
    assert_eq!(
        (&made["success"], &made["errors"][0]["statusCode"]),
        (&json!(true), &json!("OPERATION_ENQUEUED"))
    );
    let events = lab.control(json!({ "do": "take_events" }));
    assert_eq!(
        (
            &events[0]["channel"],
            &events[0]["data"]["payload"]["Record_Id__c"]
        ),
        (&json!("/event/Liaison_Sync__e"), &json!("800"))
    );
    assert_eq!(events[0]["data"]["event"]["replayId"], 1);
    assert_eq!(
        lab.query_refused("SELECT Id FROM Liaison_Sync__e").0,
        "INVALID_TYPE"
    );
}
