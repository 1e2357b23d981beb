//! Records that are refused, in Salesforce's words.

use serde_json::{Value, json};

use super::{Lab, json_of, text};

#[test]
fn values_that_do_not_fit_their_field() {
    let mut lab = Lab::new();
    let long = "x".repeat(256);
    let (contact, inactive, gone) = (
        lab.id("julie"),
        lab.id("ancien"),
        super::super::id::minted("001", 999),
    );
    for (object, body, code, fields, message) in [
        (
            "Account",
            json!({}),
            "REQUIRED_FIELD_MISSING",
            json!(["Name"]),
            "Required fields are missing: [Name]",
        ),
        (
            "Account",
            json!({ "Name": "  " }),
            "REQUIRED_FIELD_MISSING",
            json!(["Name"]),
            "Required fields are missing: [Name]",
        ),
        (
            "Account",
            json!({ "Name": "A", "FavoritePet__c": "x" }),
            "INVALID_FIELD",
            Value::Null,
            "No such column 'FavoritePet__c' on sobject of type Account",
        ),
        (
            "Account",
            json!({ "Name": "A", "Rating": "Terrible" }),
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            json!(["Rating"]),
            "Rating: bad value for restricted picklist field: Terrible",
        ),
        (
            "Account",
            json!({ "Name": long }),
            "STRING_TOO_LONG",
            json!(["Name"]),
            "(max length=255)",
        ),
        (
            "Account",
            json!({ "Name": "A", "CreatedDate": "2026-01-01T00:00:00Z" }),
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            json!(["CreatedDate"]),
            "Unable to create/update fields: CreatedDate. Please check the security settings",
        ),
        (
            "Account",
            json!({ "Name": "A", "BillingAddress": {} }),
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            json!(["BillingAddress"]),
            "BillingAddress",
        ),
        (
            "Account",
            json!({ "Name": "A", "Id": gone }),
            "INVALID_FIELD",
            Value::Null,
            "The Id field should not be specified",
        ),
        (
            "Account",
            json!({ "Name": "A", "NumberOfEmployees": 123_456_789 }),
            "NUMBER_OUTSIDE_VALID_RANGE",
            json!(["NumberOfEmployees"]),
            "outside of valid range",
        ),
        (
            "Account",
            json!({ "Name": "A", "NumberOfEmployees": "many" }),
            "JSON_PARSER_ERROR",
            Value::Null,
            "Cannot deserialize instance of int",
        ),
        (
            "Account",
            json!({ "Name": "A", "ParentId": "nonsense" }),
            "MALFORMED_ID",
            json!(["ParentId"]),
            "id value of incorrect type: nonsense",
        ),
        (
            "Account",
            json!({ "Name": "A", "ParentId": contact }),
            "MALFORMED_ID",
            json!(["ParentId"]),
            "id value of incorrect type",
        ),
        (
            "Account",
            json!({ "Name": "A", "ParentId": gone }),
            "INVALID_CROSS_REFERENCE_KEY",
            json!(["ParentId"]),
            "invalid cross reference id",
        ),
        (
            "Account",
            json!({ "Name": "A", "OwnerId": inactive }),
            "INACTIVE_OWNER_OR_USER",
            json!(["OwnerId"]),
            "operation performed with inactive user",
        ),
        (
            "Account",
            json!({ "Name": "A", "ia_crm__IntacctID__c": "C-1001" }),
            "DUPLICATE_VALUE",
            json!(["ia_crm__IntacctID__c"]),
            "duplicate value found: ia_crm__IntacctID__c duplicates value on record with id: 001",
        ),
        (
            "Contact",
            json!({ "LastName": "A", "Email": "a b@c" }),
            "INVALID_EMAIL_ADDRESS",
            json!(["Email"]),
            "Email: invalid email address: a b@c",
        ),
        (
            "Contact",
            json!({ "LastName": "A", "Birthdate": "01/02/2000" }),
            "JSON_PARSER_ERROR",
            Value::Null,
            "Cannot deserialize instance of date from VALUE_STRING value 01/02/2000",
        ),
        (
            "Contact",
            json!({ "LastName": "A", "Birthdate": "2001-02-29" }),
            "JSON_PARSER_ERROR",
            Value::Null,
            "date",
        ),
        (
            "Opportunity",
            json!({ "Name": "A" }),
            "REQUIRED_FIELD_MISSING",
            json!(["StageName", "CloseDate"]),
            "[StageName, CloseDate]",
        ),
        (
            "ContractStatus",
            json!({ "MasterLabel": "Signed" }),
            "INSUFFICIENT_ACCESS_OR_READONLY",
            json!([]),
            "insufficient access rights on object id",
        ),
    ] {
        let response = lab.send(
            "POST",
            &format!("sobjects/{object}"),
            &[],
            &body.to_string(),
        );
        let error = &json_of(&response)[0];
        assert_eq!(response.status, 400, "{body}");
        assert_eq!(
            (error["errorCode"].as_str(), &error["fields"]),
            (Some(code), &fields),
            "{error}"
        );
        assert!(
            error["message"].as_str().unwrap().contains(message),
            "{error}"
        );
    }
}

#[test]
fn texts_are_trimmed_and_empty_ones_are_null() {
    let mut lab = Lab::new();
    let id = lab.create(
        "Account",
        json!({ "Name": "  Acme ", "Phone": "", "Site": " " }),
    );
    let row = lab.get(&format!("sobjects/Account/{id}"));
    assert_eq!(
        (&row["Name"], &row["Phone"], &row["Site"]),
        (&json!("Acme"), &Value::Null, &Value::Null)
    );
    lab.set("texts_trimmed", false);
    lab.patch(
        &format!("sobjects/Account/{id}"),
        json!({ "Site": " nord " }),
    );
    assert_eq!(lab.row("Account", &id)["Site"], " nord ");
}

#[test]
fn numbers_are_rounded_and_dates_lose_what_is_finer_than_a_second() {
    let mut lab = Lab::new();
    let (opportunity, contract) = (lab.id("opp-logicqc"), lab.id("ctr-simard"));
    lab.patch(
        &format!("sobjects/Opportunity/{opportunity}"),
        json!({ "Amount": 1234.565 }),
    );
    assert_eq!(
        lab.get(&format!("sobjects/Opportunity/{opportunity}"))["Amount"].to_string(),
        "1234.57"
    );
    lab.patch(
        &format!("sobjects/Contract/{contract}"),
        json!({ "Sync_Requested_At__c": "2026-03-05T09:00:00.987-05:00" }),
    );
    assert_eq!(
        lab.row("Contract", &contract)["Sync_Requested_At__c"],
        "2026-03-05T14:00:00.000+0000"
    );
    let large = lab.id("logicqc");
    let response = lab.send(
        "GET",
        &format!("sobjects/Account/{large}?fields=AnnualRevenue"),
        &[],
        "",
    );
    assert!(
        text(&response).contains("\"AnnualRevenue\":3.5E8"),
        "{}",
        text(&response)
    );
    lab.set("exponents", false);
    let response = lab.send(
        "GET",
        &format!("sobjects/Account/{large}?fields=AnnualRevenue"),
        &[],
        "",
    );
    assert!(text(&response).contains("\"AnnualRevenue\":350000000.0"));
}

#[test]
fn a_hidden_field_does_not_exist_and_a_readable_one_is_not_written() {
    let mut lab = Lab::new();
    let target = format!("sobjects/Account/{}", lab.id("atelier"));
    let access = |access: &str| json!({ "do": "field_access", "entity": "Account", "field": "ia_crm__IntacctID__c", "access": access });
    lab.control(access("read"));
    assert_eq!(
        lab.refused("PATCH", &target, json!({ "ia_crm__IntacctID__c": "C-9" })),
        (400, "INVALID_FIELD_FOR_INSERT_UPDATE".to_owned())
    );
    assert_eq!(lab.get(&target)["ia_crm__IntacctID__c"], "C-1001");
    lab.control(access("none"));
    assert_eq!(
        lab.refused("PATCH", &target, json!({ "ia_crm__IntacctID__c": "C-9" })),
        (400, "INVALID_FIELD".to_owned())
    );
    assert!(lab.get(&target).get("ia_crm__IntacctID__c").is_none());
    assert_eq!(
        lab.query_refused("SELECT ia_crm__IntacctID__c FROM Account")
            .0,
        "INVALID_FIELD"
    );
    assert_eq!(
        lab.refused(
            "PATCH",
            "sobjects/Account/ia_crm__IntacctID__c/C-9",
            json!({})
        )
        .0,
        404
    );
    lab.control(json!({ "do": "object_access", "entity": "Account" }));
    assert_eq!(lab.refused("GET", &target, Value::Null).0, 404);
    assert_eq!(
        lab.query_refused("SELECT Id FROM Account").0,
        "INVALID_TYPE"
    );
}

#[test]
fn what_the_administrator_forbids() {
    let mut lab = Lab::new();
    let target = format!("sobjects/Account/{}", lab.id("atelier"));
    lab.control(json!({ "do": "add_rule", "rule": { "object": "Account", "name": "phone", "when": "Phone = null AND Type LIKE 'Customer%'", "message": "Un client a un téléphone.", "field": "Phone" } }));
    let response = lab.send("PATCH", &target, &[], r#"{"Phone":null}"#);
    assert_eq!(
        json_of(&response),
        json!([{ "message": "Un client a un téléphone.", "errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "fields": ["Phone"] }])
    );
    assert_eq!(lab.get(&target)["Phone"], "418 555-0100");
    lab.control(json!({ "do": "remove_rule", "name": "phone" }));
    lab.patch(&target, json!({ "Phone": null }));
    lab.control(json!({ "do": "add_rule", "rule": { "object": "Account", "name": "trigger", "when": "Name != null", "code": "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "message": "AccountTrigger: execution of BeforeUpdate" } }));
    assert_eq!(
        lab.refused("PATCH", &target, json!({})),
        (400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY".to_owned())
    );
    let wrong = json!({ "do": "add_rule", "rule": { "object": "Account", "name": "x", "when": "Nom = null", "message": "x" } });
    assert!(lab.control_refused(wrong).contains("No such column 'Nom'"));
}

#[test]
fn a_duplicate_rule_blocks_or_warns() {
    let mut lab = Lab::new();
    let double = json!({ "Name": "ATELIER LAC-SAINT-JEAN INC." });
    let rule = |alert: bool| json!({ "do": "add_rule", "rule": { "object": "Account", "name": "same", "same": ["Name"], "alert": alert } });
    lab.control(rule(false));
    let save = [("sforce-duplicate-rule-header", "allowSave=true")];
    let refused = lab.send("POST", "sobjects/Account", &save, &double.to_string());
    assert_eq!(
        (
            &json_of(&refused)[0]["errorCode"],
            &json_of(&refused)[0]["message"]
        ),
        (
            &json!("DUPLICATES_DETECTED"),
            &json!("Use one of these records?")
        )
    );
    lab.control(json!({ "do": "remove_rule", "name": "same" }));
    lab.control(rule(true));
    assert_eq!(
        lab.refused("POST", "sobjects/Account", double.clone()).1,
        "DUPLICATES_DETECTED"
    );
    assert_eq!(
        lab.send("POST", "sobjects/Account", &save, &double.to_string())
            .status,
        201
    );
}

#[test]
fn rows_that_others_hold() {
    let mut lab = Lab::new();
    let target = format!("sobjects/Account/{}", lab.id("atelier"));
    lab.control(json!({ "do": "hold", "id": "@atelier" }));
    let response = lab.send("PATCH", &target, &[], "{}");
    assert_eq!(
        json_of(&response),
        json!([{ "message": "unable to obtain exclusive access to this record", "errorCode": "UNABLE_TO_LOCK_ROW", "fields": [] }])
    );
    lab.control(json!({ "do": "hold", "id": "@atelier", "held": false }));
    lab.control(json!({ "do": "lock_writes", "skip": 1, "times": 2 }));
    let statuses: Vec<u16> = (0..4)
        .map(|_| lab.send("PATCH", &target, &[], "{}").status)
        .collect();
    assert_eq!(statuses, [204, 400, 400, 204]);
    // A line locks its opportunity.
    lab.control(json!({ "do": "hold", "id": "@opp-atelier" }));
    let line = format!("sobjects/OpportunityLineItem/{}", lab.id("line-suite"));
    for (method, body) in [("PATCH", json!({ "Quantity": 3 })), ("DELETE", Value::Null)] {
        assert_eq!(lab.refused(method, &line, body).1, "UNABLE_TO_LOCK_ROW");
    }
    lab.control(json!({ "do": "lock_writes" }));
    let account = json!({ "Name": "A" });
    assert_eq!(
        lab.refused("POST", "sobjects/Account", account.clone()).1,
        "UNABLE_TO_LOCK_ROW"
    );
    lab.create("Account", account);
}

#[test]
fn a_record_that_is_shared_to_be_read() {
    let mut lab = Lab::new();
    let target = format!("sobjects/Account/{}", lab.id("atelier"));
    lab.control(json!({ "do": "share", "id": "@atelier", "access": "read" }));
    lab.get(&target);
    for (method, body) in [("PATCH", json!({})), ("DELETE", Value::Null)] {
        assert_eq!(
            lab.refused(method, &target, body).1,
            "INSUFFICIENT_ACCESS_OR_READONLY"
        );
    }
    lab.control(json!({ "do": "share", "id": "@atelier", "access": "write" }));
    lab.patch(&target, json!({}));
}

#[test]
fn an_account_goes_with_what_is_below_it_unless_that_is_binding() {
    let mut lab = Lab::new();
    let (dubuc, normand, deal) = (lab.id("dubuc"), lab.id("normand"), lab.id("opp-dubuc"));
    assert_eq!(
        lab.send("DELETE", &format!("sobjects/Account/{dubuc}"), &[], "")
            .status,
        204
    );
    for (object, id) in [("Contact", normand), ("Opportunity", deal)] {
        assert_eq!(lab.row(object, &id)["IsDeleted"], true);
    }
    let atelier = lab.id("atelier");
    assert_eq!(
        lab.refused(
            "DELETE",
            &format!("sobjects/Account/{atelier}"),
            Value::Null
        ),
        (400, "DELETE_FAILED".to_owned())
    );
    let user = lab.id("vendeur");
    assert_eq!(
        lab.refused("DELETE", &format!("sobjects/User/{user}"), Value::Null)
            .1,
        "INSUFFICIENT_ACCESS_OR_READONLY"
    );
    // A look-up is emptied.
    let julie = lab.id("julie");
    lab.control(json!({ "do": "delete", "id": "@julie" }));
    let contract = lab.id("ctr-atelier");
    let row = lab.row("Contract", &contract);
    assert!(
        row.get("ia_crm__Bill_to__c").is_none() && row.get("CustomerSignedId").is_none(),
        "{julie}"
    );
}

#[test]
fn a_record_type_must_be_of_the_object() {
    let mut lab = Lab::new();
    let kind = lab.id("rt-contract");
    let account = json!({ "Name": "A", "RecordTypeId": kind });
    assert_eq!(
        lab.refused("POST", "sobjects/Account", account.clone()).1,
        "INVALID_FIELD",
        "accounts have none"
    );
    lab.create("Opportunity", json!({ "Name": "A", "StageName": "Prospecting", "CloseDate": "2026-05-01", "RecordTypeId": kind }));
    // An object without record types shows no such field.
    let atelier = lab.id("atelier");
    assert!(
        lab.get(&format!("sobjects/Account/{atelier}"))
            .get("RecordTypeId")
            .is_none()
    );
    assert_eq!(
        lab.query_refused("SELECT RecordTypeId FROM Account").0,
        "INVALID_FIELD"
    );
    lab.control(json!({ "do": "create", "entity": "RecordType", "record": { "Name": "Client", "DeveloperName": "Client", "SobjectType": "Account", "IsActive": true } }));
    assert_eq!(
        lab.refused("POST", "sobjects/Account", account).1,
        "INVALID_CROSS_REFERENCE_KEY",
        "of opportunities"
    );
    assert_eq!(
        lab.get(&format!("sobjects/Account/{atelier}"))["RecordTypeId"],
        Value::Null
    );
}
