//! What the doctor sees.

use super::*;
use liaison_sdk::host::NotSent;

#[test]
fn the_doctor_sees_what_a_person_must_set() {
    let info = |update: bool| json!({"info": {"canQuery": true, "canUpdate": update, "canCreate": true, "userAccessForQuery": 1, "userAccessForUpdate": "All"}});
    let mut numbered = invoice(900);
    numbered["invoiceNumber"] = json!("1085");
    let host = host()
        .on("GET /ThresholdInformation", json!({"externalRequestThreshold": 10000, "currentTimeframeRequestCount": 7501}))
        .on("GET /Invoices/entityInformation", info(false))
        .on("GET /BillingItems/entityInformation", info(true))
        .on("GET /BillingCodes/entityInformation", info(true))
        .on("GET /Companies/entityInformation", info(true))
        .on("GET /Products/entityInformation", info(true))
        .on("GET /TicketCategories/entityInformation", info(true))
        .on("GET /Tickets/entityInformation", info(true))
        .on("GET /Companies/entityInformation/userDefinedFields", json!({"fields": [{"name": "erpconnector_erpinternalid", "type": "string"}]}))
        .reply("GET /Products/entityInformation/userDefinedFields", Reply::Json(404, json!({})))
        .on("POST /Invoices/query", items(json!([numbered])))
        .on("POST /Invoices/query", items(json!([invoice(155)])))
        .on("POST /BillingItems/query", items(json!([{"id": 1, "invoiceID": 155, "billingCodeID": 5}, {"id": 2, "invoiceID": 155, "billingCodeID": 6}])))
        .on("POST /BillingCodes/query", items(json!([{"id": 5, "name": "Divers", "externalNumber": " "}, {"id": 6, "name": "Travail", "externalNumber": "600"}])));
    // The newest invoice is inside the thirty days.
    let findings = Autotask.check(&host).unwrap();
    host.assert_done();
    let codes: Vec<(&str, Level)> = findings
        .iter()
        .map(|f| (f.code.as_str(), f.level))
        .collect();
    assert_eq!(
        codes,
        [
            ("connected", Level::Ok),
            ("quota-nearly-used", Level::Warning),
            ("permission-missing", Level::Error),
            ("udf-missing", Level::Error),
            ("automatic-numbering", Level::Error),
            ("billing-code-without-number", Level::Error),
        ]
    );
    assert!(findings[5].message.fallback.ends_with("Divers"));
}

#[test]
fn a_closed_door_is_a_finding_and_bad_weather_is_a_fault() {
    let refused = |words: &str| Reply::Json(500, json!({"errors": [words]}));
    for (reply, code) in [
        (Reply::Json(401, json!({})), "credentials-refused"),
        (
            refused("IntegrationCode is invalid."),
            "integration-code-invalid",
        ),
        (
            refused("Zone information could not be determined"),
            "zone-unknown",
        ),
    ] {
        let findings = Autotask
            .check(&host().reply("GET /ThresholdInformation", reply))
            .unwrap();
        assert_eq!(
            findings.iter().map(|f| f.code.as_str()).collect::<Vec<_>>(),
            [code]
        );
        assert!(findings[0].place.is_some() && findings[0].fix.is_some());
    }
    let without = host();
    without.unset.borrow_mut().push("secret".into());
    assert_eq!(Autotask.check(&without).unwrap()[0].code, "setting-missing");
    let down = Reply::Error(HttpError::NotSent {
        why: NotSent::Unreachable,
        detail: String::new(),
    });
    assert_eq!(
        Autotask
            .check(&host().reply("GET /ThresholdInformation", down))
            .unwrap_err()
            .kind,
        FaultKind::Unavailable
    );
}

#[test]
fn the_doctor_looks_at_what_quotes_need_where_they_are_sent() {
    let info = |create: bool| json!({"info": {"canQuery": true, "canUpdate": true, "canCreate": create, "canDelete": true}});
    let fields = |names: &[&str]| {
        let fields: Vec<Value> = names
            .iter()
            .map(|name| json!({"name": name, "type": "string"}))
            .collect();
        json!({ "fields": fields })
    };
    let list = |name: &str, labels: &[(i64, &str)]| labels_of(name, labels);
    let mut host = ScriptHost::new(json!({"base_url": BASE, "billing": false, "sales": true})).on(
        "GET /ThresholdInformation",
        json!({"externalRequestThreshold": 10000, "currentTimeframeRequestCount": 1}),
    );
    for table in [
        "Companies",
        "Contacts",
        "Products",
        "BillingCodes",
        "Opportunities",
        "Quotes",
        "QuoteItems",
        "QuoteLocations",
        "Resources",
        "Services",
        "ServiceBundles",
        "Roles",
        "PaymentTerms",
        "ShippingTypes",
        "TaxRegions",
    ] {
        host = host.on(
            &format!("GET /{table}/entityInformation"),
            info(table != "Quotes"),
        );
    }
    let host = host
        .on(
            "GET /Companies/entityInformation/userDefinedFields",
            fields(&["liaisonid"]),
        )
        .on(
            "GET /Opportunities/entityInformation/userDefinedFields",
            fields(&["Other"]),
        )
        .on(
            "GET /Opportunities/entityInformation/fields",
            json!({"fields": [list("status", &[(1, "Active")]), list("stage", &[(1, "One")]), list("opportunityCategoryID", &[])]}),
        )
        .on(
            "GET /Products/entityInformation/fields",
            json!({"fields": [list("productCategory", &[(1, "Hardware")])]}),
        )
        .on(
            "GET /QuoteItems/entityInformation/fields",
            json!({"fields": [list("quoteItemType", &[(1, "Product"), (2, "Charge"), (3, "Labor"), (4, "Expense"), (6, "Shipping"), (11, "Service"), (14, "Bundle")])]}),
        );
    let findings = Autotask.check(&host).unwrap();
    host.assert_done();
    let codes: Vec<(&str, Level)> = findings
        .iter()
        .map(|f| (f.code.as_str(), f.level))
        .collect();
    assert_eq!(
        codes,
        [
            ("connected", Level::Ok),
            ("permission-missing", Level::Error),
            ("udf-missing", Level::Error),
            ("owner-missing", Level::Warning),
            ("list-empty", Level::Warning),
            ("line-kinds-differ", Level::Warning),
        ]
    );
    assert!(findings[1].message.fallback.contains("Create on Quotes"));
    assert!(findings[2]
        .message
        .fallback
        .contains("Opportunities have no user-defined field LiaisonID"));
    assert!(findings[5]
        .message
        .fallback
        .contains("no service_bundle (12)"));
}

fn labels_of(name: &str, choices: &[(i64, &str)]) -> Value {
    labels(name, choices)["fields"][0].clone()
}
