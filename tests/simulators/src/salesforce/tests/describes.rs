//! What an org says of itself.

use serde_json::{Value, json};

use super::{Lab, header, json_of};

fn field(describe: &Value, name: &str) -> Value {
    let fields = describe["fields"].as_array().unwrap();
    fields
        .iter()
        .find(|field| field["name"] == name)
        .unwrap_or_else(|| panic!("no {name}"))
        .clone()
}

#[test]
fn the_list_and_the_short_form() {
    let mut lab = Lab::new();
    let global = lab.get("sobjects");
    assert_eq!(
        (&global["encoding"], &global["maxBatchSize"]),
        (&json!("UTF-8"), &json!(200))
    );
    let contract = global["sobjects"]
        .as_array()
        .unwrap()
        .iter()
        .find(|object| object["name"] == "Contract")
        .unwrap();
    assert_eq!(
        (
            &contract["keyPrefix"],
            &contract["custom"],
            &contract["createable"]
        ),
        (&json!("800"), &json!(false), &json!(true))
    );
    assert_eq!(
        contract["urls"]["rowTemplate"],
        "/services/data/v59.0/sobjects/Contract/{ID}"
    );
    let basic = lab.get("sobjects/ia_crm__Intacct_Contract__c");
    assert_eq!(
        (
            &basic["objectDescribe"]["keyPrefix"],
            &basic["objectDescribe"]["custom"]
        ),
        (&json!("a01"), &json!(true))
    );
    assert_eq!(basic["recentItems"][0]["Name"], "CN-0001");
}

#[test]
fn fields_say_what_may_be_done_with_them() {
    let mut lab = Lab::new();
    let contract = lab.get("sobjects/contract/describe");
    assert_eq!(contract["name"], "Contract");
    for (name, kind, createable, updateable, nillable, defaulted) in [
        ("Id", "id", false, false, false, true),
        ("AccountId", "reference", true, true, false, false),
        ("Status", "picklist", true, true, false, true),
        ("StatusCode", "picklist", false, false, true, false),
        ("StartDate", "date", true, true, true, false),
        ("EndDate", "date", false, false, true, false),
        ("ContractTerm", "int", true, true, true, false),
        ("ContractNumber", "string", false, false, true, true),
        ("SystemModstamp", "datetime", false, false, false, true),
        ("BillingAddress", "address", false, false, true, false),
        ("ia_crm__IntacctID__c", "string", true, true, true, false),
        ("ia_crm__Renew__c", "boolean", true, true, false, true),
    ] {
        let field = field(&contract, name);
        let wanted = json!([kind, createable, updateable, nillable, defaulted]);
        let found = json!([
            field["type"],
            field["createable"],
            field["updateable"],
            field["nillable"],
            field["defaultedOnCreate"]
        ]);
        assert_eq!(found, wanted, "{name}");
    }
    let key = field(&contract, "ia_crm__IntacctID__c");
    assert_eq!(
        (
            &key["externalId"],
            &key["unique"],
            &key["idLookup"],
            &key["custom"],
            &key["label"]
        ),
        (
            &json!(true),
            &json!(true),
            &json!(true),
            &json!(true),
            &json!("Intacct Contract ID")
        )
    );
    let account = field(&contract, "AccountId");
    assert_eq!(
        (&account["referenceTo"], &account["relationshipName"]),
        (&json!(["Account"]), &json!("Account"))
    );
    let status = field(&contract, "Status");
    let values: Vec<_> = status["picklistValues"]
        .as_array()
        .unwrap()
        .iter()
        .map(|value| value["value"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(values, ["Draft", "In Approval Process", "Activated"]);
    assert_eq!(
        (
            &status["restrictedPicklist"],
            &status["picklistValues"][0]["defaultValue"]
        ),
        (&json!(true), &json!(true))
    );
    assert_eq!(
        field(&contract, "BillingCity")["compoundFieldName"],
        "BillingAddress"
    );
    assert_eq!(field(&contract, "SpecialTerms")["filterable"], false);
    let line = lab.get("sobjects/OpportunityLineItem/describe");
    let quantity = field(&line, "Quantity");
    assert_eq!(
        (
            &quantity["precision"],
            &quantity["scale"],
            &quantity["soapType"]
        ),
        (&json!(12), &json!(2), &json!("xsd:double"))
    );
    assert_eq!(
        (
            &field(&line, "OpportunityId")["createable"],
            &field(&line, "OpportunityId")["updateable"]
        ),
        (&json!(true), &json!(false))
    );
}

#[test]
fn relationships_and_record_types() {
    let mut lab = Lab::new();
    let opportunity = lab.get("sobjects/Opportunity/describe");
    let children = opportunity["childRelationships"].as_array().unwrap();
    let lines = children
        .iter()
        .find(|child| child["childSObject"] == "OpportunityLineItem")
        .unwrap();
    assert_eq!(
        (
            &lines["relationshipName"],
            &lines["field"],
            &lines["cascadeDelete"]
        ),
        (
            &json!("OpportunityLineItems"),
            &json!("OpportunityId"),
            &json!(true)
        )
    );
    let kinds = opportunity["recordTypeInfos"].as_array().unwrap();
    let names: Vec<_> = kinds
        .iter()
        .map(|kind| kind["developerName"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["Contract", "Sales_Orders", "Master"]);
    assert_eq!(kinds[0]["recordTypeId"], lab.id("rt-contract").as_str());
    let soql = "SELECT Id FROM RecordType WHERE SobjectType = 'Opportunity' AND DeveloperName = 'Contract' AND NamespacePrefix = 'ia_crm'";
    assert_eq!(lab.query(soql)[0]["Id"], kinds[0]["recordTypeId"]);
}

#[test]
fn a_describe_is_sent_again_when_a_field_changed() {
    let mut lab = Lab::new();
    let first = lab.send("GET", "sobjects/Contract/describe", &[], "");
    let date = header(&first, "last-modified").unwrap().to_owned();
    let again = lab.send(
        "GET",
        "sobjects/Contract/describe",
        &[("if-modified-since", &date)],
        "",
    );
    assert_eq!((again.status, again.body.len()), (304, 0));
    assert_eq!(
        lab.send("GET", "sobjects", &[("if-modified-since", &date)], "")
            .status,
        304
    );
    lab.later(60);
    lab.control(json!({ "do": "add_field", "entity": "Contract", "field": { "name": "More__c", "type": "string" } }));
    let then = lab.send(
        "GET",
        "sobjects/Contract/describe",
        &[("if-modified-since", &date)],
        "",
    );
    assert_eq!(field(&json_of(&then), "More__c")["length"], 255);
}

#[test]
fn a_field_made_by_a_client_is_invisible_until_security_shows_it() {
    let mut lab = Lab::new();
    let wish = json!({ "FullName": "Contract.Liaison_Mark__c", "Metadata": { "type": "Text", "label": "Liaison Mark", "length": 64, "externalId": true, "unique": true, "caseSensitive": true, "required": false } });
    let made = lab.post("tooling/sobjects/CustomField", wish.clone());
    assert!(made["success"] == true && made["id"].as_str().unwrap().starts_with("00N"));
    let target = "sobjects/Contract/Liaison_Mark__c/K-1";
    assert_eq!(lab.refused("GET", target, Value::Null).0, 404);
    lab.control(json!({ "do": "field_access", "entity": "Contract", "field": "Liaison_Mark__c", "access": "write" }));
    let body = json!({ "AccountId": lab.id("simard") }).to_string();
    assert_eq!(lab.send("PATCH", target, &[], &body).status, 201);
    assert_eq!(
        lab.send("PATCH", "sobjects/Contract/Liaison_Mark__c/k-1", &[], &body)
            .status,
        201,
        "capitals count here"
    );
    assert_eq!(
        lab.query("SELECT Id FROM Contract WHERE Liaison_Mark__c = 'k-1'")
            .len(),
        1
    );
    assert_eq!(
        lab.refused("POST", "tooling/sobjects/CustomField", wish).1,
        "DUPLICATE_DEVELOPER_NAME"
    );
    let number = json!({ "FullName": "Account.Rank__c", "Metadata": { "type": "Number", "precision": 6, "scale": 0, "label": "Rank" } });
    lab.post("tooling/sobjects/CustomField", number);
    for wrong in [
        json!({}),
        json!({ "FullName": "Nothing.X__c", "Metadata": { "type": "Text" } }),
        json!({ "FullName": "Account.X", "Metadata": { "type": "Text" } }),
        json!({ "FullName": "Account.X__c", "Metadata": { "type": "Colour" } }),
    ] {
        assert_eq!(
            lab.refused("POST", "tooling/sobjects/CustomField", wrong).0,
            400
        );
    }
}
