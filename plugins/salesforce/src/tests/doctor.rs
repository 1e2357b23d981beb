//! The doctor: from the outside in, each finding with a place and a remedy.

use super::*;
use crate::table::Holds;
use crate::tables;

const LOG_IN: &str = "POST https://acme.my.salesforce.com/services/oauth2/token";

fn logged_in(settings: Value) -> ScriptHost {
    ScriptHost::new(settings)
        .on(LOG_IN, json!({"access_token": "T0K", "instance_url": INSTANCE}))
        .on(
            &format!("GET {INSTANCE}/services/data/"),
            json!([{"label": "x", "url": "/services/data/v61.0", "version": "61.0"}, {"version": "62.0"}, {"version": "63.0"}]),
        )
        .on(
            "GET /services/data/v62.0/limits",
            json!({"DailyApiRequests": {"Max": 15000, "Remaining": 14998}}),
        )
}

/// An object as a well-kept org shows it.
fn good(entity: &str) -> Value {
    let table = crate::table::named(entity).unwrap();
    let mut fields: Vec<Value> = table
        .fields
        .iter()
        .map(|spec| {
            let kind = match spec.holds {
                Holds::Bool => "boolean",
                Holds::Decimal => "double",
                _ => "string",
            };
            match spec.read_only {
                true => read_only(spec.name, kind),
                false => field(spec.name, kind),
            }
        })
        .collect();
    fields.push(read_only("Id", "id"));
    if table.object != Some("PricebookEntry") {
        // Nobody can add a field to it, so nobody is asked to.
        fields.push(key_field("Liaison_Key__c"));
    }
    json!({"fields": fields, "queryable": true, "createable": true, "updateable": true})
}

/// All objects, of which some are other than good.
fn objects(mut host: ScriptHost, others: &[(&str, Reply)]) -> ScriptHost {
    for table in &tables::ALL {
        let Some(object) = table.object else { continue };
        let path = format!("GET /services/data/v62.0/sobjects/{object}/describe");
        let other = others.iter().find(|(name, _)| *name == object);
        let reply = match other {
            Some((_, Reply::Json(status, body))) => Reply::Json(*status, body.clone()),
            _ => Reply::Json(200, good(table.entity)),
        };
        host = host.reply(&path, reply);
    }
    host
}

fn check(host: &ScriptHost) -> Vec<(Level, String, String)> {
    let findings = Salesforce.check(host).unwrap();
    host.assert_done();
    for finding in &findings {
        let mended = finding.place.is_some() && finding.fix.is_some();
        assert!(mended || finding.level == Level::Ok, "{finding:?}");
        assert!(!format!("{finding:?}").contains("T0K"), "{finding:?}");
    }
    let sent = host.sent.borrow();
    assert!(
        sent.iter()
            .skip(1)
            .all(|request| request.method == Method::Get),
        "the doctor only reads"
    );
    findings
        .into_iter()
        .map(|f| (f.level, f.code, f.message.fallback))
        .collect()
}

fn codes(found: &[(Level, String, String)]) -> Vec<(Level, &str)> {
    found
        .iter()
        .map(|(level, code, _)| (*level, code.as_str()))
        .collect()
}

#[test]
fn a_well_kept_org_is_well() {
    let found = check(&objects(logged_in(settings()), &[]));
    assert_eq!(codes(&found), [(Level::Ok, "connected")]);
}

#[test]
fn what_is_missing_is_found() {
    let mut account = good("account");
    account["createable"] = json!(false);
    let mut contact = good("contact");
    let fields = contact["fields"].as_array_mut().unwrap();
    fields.retain(|field| field["name"] != "Email" && field["name"] != "Liaison_Key__c");
    let mut product = good("product");
    for field in product["fields"].as_array_mut().unwrap() {
        if field["name"] == "Family" {
            field["createable"] = json!(false);
        }
        if field["name"] == "Liaison_Key__c" {
            field["unique"] = json!(false);
        }
    }
    let host = objects(
        logged_in(settings()),
        &[
            ("Account", Reply::Json(200, account)),
            ("Contact", Reply::Json(200, contact)),
            ("Product2", Reply::Json(200, product)),
            (
                "Contract",
                refusal(404, "NOT_FOUND", "The requested resource does not exist"),
            ),
        ],
    );
    let found = check(&host);
    let words: Vec<(Level, &str, &str)> = found
        .iter()
        .map(|(l, c, w)| (*l, c.as_str(), w.as_str()))
        .collect();
    assert_eq!(
        &words[..6],
        [
            (Level::Ok, "connected", "Salesforce lets the integration user in"),
            (Level::Warning, "permission-missing", "The integration user lacks these permissions for Account: Create. Flows that need one of them stop"),
            (Level::Warning, "fields-hidden", "The integration user does not see these fields of Contact: Email. A flow that reads or writes one of them stops"),
            (Level::Warning, "key-field-missing", "Contact has no field Liaison_Key__c; a record whose creation is not confirmed would go into quarantine instead of being recognised"),
            (Level::Warning, "fields-closed", "The integration user may not write these fields of Product2: Family. A flow that writes one of them stops"),
            (Level::Warning, "key-field-weak", "The field Liaison_Key__c of Product2 is not what a key must be (Unique), so it cannot keep a record from being created twice"),
        ]
    );
    assert_eq!(
        (words[6].0, words[6].1, words.len()),
        (Level::Warning, "object-missing", 7)
    );
}

#[test]
fn what_a_person_expects_is_looked_for() {
    let mut wanted = settings();
    wanted["custom_objects"] = json!(["ns__Project__c", "Gone__c"]);
    wanted["expected"] = json!([
        "Contract.Status=Activated",
        "Contract.Status=Nope",
        "Account.ia__c",
        "Opportunity/Contract",
        "Opportunity/Nope",
        "Gone__c",
        "bad name",
        "Account"
    ]);
    let mut contract = good("contract");
    for field in contract["fields"].as_array_mut().unwrap() {
        if field["name"] == "Status" {
            field["picklistValues"] = json!([{"value": "Activated", "active": true}]);
        }
    }
    let mut opportunity = good("opportunity");
    opportunity["recordTypeInfos"] = json!([{"name": "Contract", "developerName": "Contract", "available": true, "active": true}]);
    let project = described(&[key_field("Liaison_Key__c")]);
    let host = objects(
        logged_in(wanted),
        &[
            ("Contract", Reply::Json(200, contract)),
            ("Opportunity", Reply::Json(200, opportunity)),
        ],
    )
    .on(
        "GET /services/data/v62.0/sobjects/ns__Project__c/describe",
        project,
    )
    .reply(
        "GET /services/data/v62.0/sobjects/Gone__c/describe",
        refusal(404, "NOT_FOUND", "The requested resource does not exist"),
    );
    let found = check(&host);
    assert_eq!(
        codes(&found),
        [
            (Level::Ok, "connected"),
            (Level::Error, "object-missing"),
            (Level::Error, "picklist-value-missing"),
            (Level::Error, "field-missing"),
            (Level::Error, "record-type-missing"),
            // Gone__c was told already.
            (Level::Error, "object-missing"),
        ]
    );
}

#[test]
fn what_options_of_flows_name_is_looked_for_and_told_with_them() {
    let mut told = settings();
    let one = |object: &str, field: Value, written: bool, by: &[&str]| json!({"object": object, "field": field, "written": written, "by": by});
    told["named"] = json!([
        one("Gone__c", Value::Null, true, &["mirror.object"]),
        one("Gone__c", json!("Some__c"), true, &["mirror.state_field"]),
        one("account", json!("Name"), true, &["accounts.name_field"]),
        one(
            "account",
            json!("Numbre__c"),
            true,
            &["accounts.id_field", "contracts.account_id_field"]
        ),
        one(
            "account",
            json!("State__c"),
            true,
            &["accounts.status_field"]
        ),
        one("account", json!(" Name"), true, &["accounts.blank"]),
        one(
            "account",
            json!("Bill__c"),
            false,
            &["contracts.account_bill_to_field"]
        ),
        one(
            "account",
            json!("Account.Name"),
            false,
            &["contracts.other"]
        ),
        one(
            "account",
            json!("Locked__c"),
            true,
            &["accounts.time_field"]
        ),
        one("account", json!("CreatedDate"), false, &["accounts.seen"]),
        one(
            "custom-object",
            json!("What__c"),
            true,
            &["accounts.unknown"]
        ),
        one("no name", json!("What__c"), true, &["accounts.unknown"]),
        one("Task", Value::Null, true, &["accounts.report_object"]),
        one(
            "Task",
            json!("Subject"),
            true,
            &["accounts.report_title_field"]
        ),
    ]);
    let mut account = good("account");
    let fields = account["fields"].as_array_mut().unwrap();
    fields.push(read_only("Locked__c", "datetime"));
    fields.push(read_only("CreatedDate", "datetime"));
    let host = objects(logged_in(told), &[("Account", Reply::Json(200, account))])
        .reply(
            "GET /services/data/v62.0/sobjects/Gone__c/describe",
            refusal(404, "NOT_FOUND", "The requested resource does not exist"),
        )
        .on(
            "GET /services/data/v62.0/sobjects/Task/describe",
            described(&[field("Subject", "string")]),
        );
    let found = check(&host);
    let words: Vec<(Level, &str, &str)> = found
        .iter()
        .map(|(l, c, w)| (*l, c.as_str(), w.as_str()))
        .collect();
    use Level::{Error, Ok, Warning};
    assert_eq!(
        words,
        [
            (Ok, "connected", "Salesforce lets the integration user in"),
            (Error, "field-missing", "Account does not have these fields, or does not show them to the integration user, and options of flows name them: Numbre__c (accounts.id_field, contracts.account_id_field), State__c (accounts.status_field),  Name (accounts.blank). The flows write them, and stop or refuse each record"),
            (Warning, "field-missing", "Account does not have these fields, or does not show them to the integration user, and options of flows name them: Bill__c (contracts.account_bill_to_field). The flows read them: they count as empty, or the flow stops where it looks for records by one"),
            (Error, "field-closed", "The integration user sees these fields of Account and may not write them, and options of flows name them: Locked__c (accounts.time_field). The flows write them, and stop or refuse each record"),
            (Error, "object-missing", "Salesforce does not show the object Gone__c to the integration user, and options of flows name it or its fields: mirror.object, mirror.state_field"),
            (Error, "object-missing", "Salesforce does not show the object no name to the integration user, and options of flows name it or its fields: accounts.unknown"),
        ]
    );
}

/// What a flow of mirrors names, in an org that has nothing of it, or something else.
#[test]
fn every_object_and_field_of_key_fields_is_looked_for_with_what_stops() {
    let mut wanted = settings();
    wanted["key_field"] = json!("");
    wanted["key_fields"] = json!({"account": "ERP__c", "ia__Line__c": "ia__Key__c", "Gone__c": "Key__c",
        "Hidden__c": "Key__c", "Loose__c": "Key__c", "Short__c": "Key__c", "Shut__c": "Key__c", "Well__c": "Key__c"});
    wanted["fields"] =
        json!({"Contract.Sync_Error__c": "text(80)", "Contract.Not_There__c": "text(80)"});
    let key = |change: &dyn Fn(&mut Value)| {
        let mut key = key_field("Key__c");
        change(&mut key);
        described(&[key])
    };
    let mut shut = key(&|_| {});
    shut["createable"] = json!(false);
    let mut contract = good("contract");
    let fields = contract["fields"].as_array_mut().unwrap();
    fields.push(read_only("Sync_Error__c", "string"));
    let mut host = objects(
        logged_in(wanted),
        &[("Contract", Reply::Json(200, contract))],
    );
    for (object, shown) in [
        ("Gone__c", None),
        ("Hidden__c", Some(described(&[]))),
        (
            "Loose__c",
            Some(key(&|key| {
                (key["unique"], key["createable"]) = (json!(false), json!(false));
            })),
        ),
        ("Short__c", Some(key(&|key| key["length"] = json!(20)))),
        ("Shut__c", Some(shut)),
        ("Well__c", Some(key(&|_| {}))),
        ("ia__Line__c", None),
    ] {
        let gone = refusal(404, "NOT_FOUND", "The requested resource does not exist");
        let reply = shown.map_or(gone, |shown| Reply::Json(200, shown));
        let path = format!("GET /services/data/v62.0/sobjects/{object}/describe");
        host = host.reply(&path, reply);
    }
    let findings = Salesforce.check(&host).unwrap();
    host.assert_done();
    let found: Vec<(Level, &str, &str)> = findings
        .iter()
        .map(|f| (f.level, f.code.as_str(), f.message.fallback.as_str()))
        .collect();
    use Level::{Error, Ok, Warning};
    assert_eq!(
        found,
        [
            (Ok, "connected", "Salesforce lets the integration user in"),
            (Error, "key-field-missing", "Account has no field ERP__c that the integration user can see, and `key_fields` names it. Without it the mirror of Account cannot be written"),
            (Error, "object-missing", "Salesforce does not show the object Gone__c to the integration user. Without it its records can be neither read nor written: the flows that use it, a mirror of it for instance, stop"),
            (Error, "key-field-missing", "Hidden__c has no field Key__c that the integration user can see, and `key_fields` names it. Without it the mirror of Hidden__c cannot be written"),
            (Error, "key-field-weak", "The field Key__c of Loose__c is not what a key must be (Unique, Edit Access). Without that no record of Loose__c can be created"),
            (Warning, "key-field-weak", "The field Key__c of Short__c is not what a key must be (26 characters), so it cannot keep a record from being created twice"),
            (Error, "permission-missing", "The integration user lacks these permissions for Shut__c: Create. Flows that need one of them stop"),
            (Error, "object-missing", "Salesforce does not show the object ia__Line__c to the integration user. Without it its records can be neither read nor written: the flows that use it, a mirror of it for instance, stop"),
            (Error, "field-missing", "Contract has no field Not_There__c that the integration user can see; a flow that reads or writes it stops"),
            (Error, "field-closed", "The integration user sees Sync_Error__c of Contract and may not write it; a flow that writes it stops"),
        ]
    );
    let package = findings[7].fix.as_ref().unwrap();
    assert_eq!(package.key, "salesforce-fix-package");
    assert!(package.fallback.contains("namespace is ia:"));
}

#[test]
fn a_version_that_is_not_there_and_calls_that_are_nearly_used_up_are_said() {
    let mut old = settings();
    old["api_version"] = json!("99.0");
    let host = ScriptHost::new(old)
        .on(
            LOG_IN,
            json!({"access_token": "T0K", "instance_url": INSTANCE}),
        )
        .on(
            &format!("GET {INSTANCE}/services/data/"),
            json!([{"version": "66.0"}, {"version": "67.0"}]),
        )
        .on(
            "GET /services/data/v99.0/limits",
            json!({"DailyApiRequests": {"Max": 100, "Remaining": 20}}),
        );
    let findings = Salesforce.check(&host_without_objects(host)).unwrap();
    assert_eq!(findings[1].code, "version-unknown");
    assert_eq!(
        findings[1].fix.as_ref().unwrap().fallback,
        "Leave `api_version` out, or set it to 67.0"
    );
    assert_eq!(findings[2].code, "calls-nearly-used-up");
}

/// Nobody is there for the first object, which ends the visit.
fn host_without_objects(host: ScriptHost) -> ScriptHost {
    host.reply(
        "GET /services/data/v99.0/sobjects/Account/describe",
        whole(500, &[], "<h1>Oops</h1>"),
    )
}

#[test]
fn what_hides_the_rest_stands_alone() {
    let refused = |code: &str, words: &str| {
        Reply::Json(400, json!({"error": code, "error_description": words}))
    };
    for (reply, level, code) in [
        (
            refused("invalid_client", "invalid client credentials"),
            Level::Error,
            "credentials-refused",
        ),
        (
            refused("invalid_grant", "request not supported on this domain"),
            Level::Error,
            "connection-incomplete",
        ),
        (
            refused("invalid_grant", "login rate exceeded"),
            Level::Warning,
            "throttled",
        ),
        (page(), Level::Error, "unreachable"),
        (
            whole(404, &[], "Not found"),
            Level::Error,
            "connection-incomplete",
        ),
        (lost(), Level::Error, "unreachable"),
    ] {
        let host = ScriptHost::new(settings()).reply(LOG_IN, reply);
        assert_eq!(codes(&check(&host)), [(level, code)]);
    }
    let host = ScriptHost::new(json!({"consumer_key": "K", "api_version": "x"}));
    assert_eq!(
        codes(&check(&host)),
        [(Level::Error, "connection-incomplete")]
    );
    let host = ScriptHost::new(settings());
    host.unset.borrow_mut().push("consumer_secret".to_owned());
    assert_eq!(
        codes(&check(&host)),
        [(Level::Error, "connection-incomplete")]
    );
}

#[test]
fn it_stops_when_nobody_answers_any_more() {
    let host = logged_in(settings()).reply(
        "GET /services/data/v62.0/sobjects/Account/describe",
        refusal(
            403,
            "REQUEST_LIMIT_EXCEEDED",
            "TotalRequests Limit exceeded.",
        ),
    );
    let found = check(&host);
    assert_eq!(
        codes(&found),
        [(Level::Ok, "connected"), (Level::Warning, "throttled")]
    );
}
