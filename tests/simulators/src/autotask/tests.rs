//! The whole simulator by requests: tables of calls and what comes back.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::Autotask;
use crate::simulator::{NowMs, Request, Response, Simulator};

pub(super) const NOON: NowMs = 1_790_000_000_000;
static SEED: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../seeds/autotask.json")).unwrap());

/// The seeded tenant.
fn tenant() -> Autotask {
    let mut autotask = super::new();
    autotask.seed(&SEED, NOON).unwrap();
    autotask
}

fn request(call: &str, body: &Value) -> Request {
    let (method, url) = call.split_once(' ').unwrap();
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let headers = [
        ("apiintegrationcode", "LIAISON-SIM"),
        ("username", "api@liaison.test"),
        ("secret", "simulated-secret"),
    ];
    Request {
        method: method.to_owned(),
        path: format!("/ATServicesRest/V1.0/{path}"),
        query: query.to_owned(),
        headers: headers
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
        body: if body.is_null() {
            Vec::new()
        } else {
            body.to_string().into_bytes()
        },
        origin: "http://127.0.0.1:1".to_owned(),
        in_flight: 1,
    }
}

fn parsed(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap_or(Value::Null)
}

pub(super) fn call(autotask: &mut Autotask, call: &str, body: Value) -> (u16, Value) {
    let response = autotask.handle(&request(call, &body), NOON);
    (response.status, parsed(&response))
}

pub(super) fn query(
    autotask: &mut Autotask,
    entity: &str,
    filter: Value,
) -> Result<Vec<i64>, String> {
    let (status, body) = call(
        autotask,
        &format!("POST {entity}/query"),
        json!({"filter": filter}),
    );
    match status {
        200 => Ok(body["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["id"].as_i64().unwrap())
            .collect()),
        _ => Err(body["errors"][0].as_str().unwrap_or_default().to_owned()),
    }
}

pub(super) fn control(autotask: &mut Autotask, action: Value) -> Value {
    autotask.control(&action, NOON).unwrap()
}

pub(super) fn errors(answer: &(u16, Value)) -> Vec<&str> {
    assert_eq!(answer.0, 500, "{answer:?}");
    answer.1["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error.as_str().unwrap())
        .collect()
}

#[test]
fn filters_find_what_the_vendor_finds() {
    let all_companies = vec![0, 174, 175, 176, 177, 178, 179, 180, 190];
    let table = [
        (
            json!([{"op": "gte", "field": "id", "value": 0}]),
            all_companies.clone(),
        ),
        (
            json!([{"op": "exist", "field": "id"}]),
            all_companies.clone(),
        ),
        (
            json!([{"op": "EQ", "Field": "COMPANYTYPE", "Value": 7}]),
            vec![190],
        ),
        (
            json!([{"op": "eq", "field": "companyType", "value": "7"}]),
            vec![190],
        ),
        (
            json!([{"op": "noteq", "field": "companyType", "value": 1}]),
            vec![180, 190],
        ),
        (
            json!([{"op": "gt", "field": "id", "value": 178}]),
            vec![179, 180, 190],
        ),
        (
            json!([{"op": "lt", "field": "id", "value": 175}, {"op": "gt", "field": "id", "value": 0}]),
            vec![174],
        ),
        (
            json!([{"op": "in", "field": "id", "value": [190, 174, 5]}]),
            vec![174, 190],
        ),
        (
            json!([{"op": "notIn", "field": "companyType", "value": [1, 3]}]),
            vec![190],
        ),
        (
            json!([{"op": "eq", "field": "companyName", "value": "MUNICIPALITÉ DE ROBERVAL"}]),
            vec![175],
        ),
        (
            json!([{"op": "beginsWith", "field": "companyName", "value": "école"}]),
            vec![177],
        ),
        (
            json!([{"op": "endsWith", "field": "companyName", "value": "INC."}]),
            vec![0, 174],
        ),
        (
            json!([{"op": "contains", "field": "companyName", "value": "œil"}]),
            vec![178],
        ),
        (
            json!([{"op": "eq", "field": "isActive", "value": false}]),
            vec![179],
        ),
        (
            json!([{"op": "notExist", "field": "parentCompanyID"}, {"op": "eq", "field": "companyType", "value": 3}]),
            vec![],
        ),
        (
            json!([{"op": "exist", "field": "parentCompanyID"}]),
            vec![180],
        ),
        (
            json!([{"op": "eq", "field": "parentCompanyID", "value": null}]),
            vec![],
        ),
        (
            json!([{"op": "noteq", "field": "parentCompanyID", "value": 1}]),
            vec![180],
        ),
        (
            json!([{"op": "gte", "field": "lastTrackedModifiedDateTime", "value": "2026-09-07"}, {"op": "gt", "field": "id", "value": 0}]),
            vec![180, 190],
        ),
        (
            json!([{"op": "eq", "field": "id", "value": "Roberval"}]),
            vec![],
        ),
        (
            json!([{"op": "eq", "field": "ERPconnector_erpinternalid", "udf": true, "value": "3"}]),
            vec![175],
        ),
        (
            json!([{"op": "or", "items": [
            {"op": "eq", "field": "id", "value": 190},
            {"op": "and", "items": [{"op": "eq", "field": "companyType", "value": 1}, {"op": "eq", "field": "city", "value": "alma"}]}]}]),
            vec![174, 190],
        ),
        // Operators that do not exist vanish, and with them what they should have kept out.
        (
            json!([{"op": "ne", "field": "companyType", "value": 1}]),
            all_companies.clone(),
        ),
        (
            json!([{"op": "isnull", "field": "parentCompanyID"}, {"op": "eq", "field": "city", "value": "Alma"}]),
            vec![174],
        ),
        (
            json!([{"op": "or", "items": [{"op": "like", "field": "city", "value": "x"}]}]),
            all_companies,
        ),
    ];
    let mut autotask = tenant();
    for (filter, expected) in table {
        assert_eq!(
            query(&mut autotask, "Companies", filter.clone()),
            Ok(expected),
            "{filter}"
        );
    }
}

#[test]
fn a_wrong_query_is_refused_in_the_vendors_words() {
    let many: Vec<i64> = (0..501).collect();
    let udf = |name: &str| json!({"op": "eq", "field": name, "udf": true, "value": "x"});
    let table = [
        (
            json!({"filter": [{"op": "eq", "field": "companyName", "value": 1}]}),
            "Contacts",
            "Unable to find companyName in the Contact Entity",
        ),
        (
            json!({"filter": [{"op": "eq", "field": "companyType", "value": "Vendor"}]}),
            "Companies",
            "Conversion failed when converting varchar 'Vendor' to data type int.",
        ),
        (
            json!({"filter": [{"op": "eq", "field": "dueDate", "value": "2026-01-01"}]}),
            "Invoices",
            "Unable to find dueDate in the Invoice Entity",
        ),
        (
            json!({"filter": [{"op": "in", "field": "id", "value": many}]}),
            "Companies",
            "Invalid query syntax. Queries are limited to 500 or fewer 'OR' conditions.",
        ),
        (
            json!({"MaxRecords": 501, "filter": [{"op": "exist", "field": "id"}]}),
            "Companies",
            "maxCountOfRecordsToReturn must be between 1 and 500",
        ),
        (
            json!({"MaxRecords": 0, "filter": [{"op": "exist", "field": "id"}]}),
            "Companies",
            "maxCountOfRecordsToReturn must be between 1 and 500",
        ),
        (
            json!({"IncludeFields": ["id", "nom"], "filter": [{"op": "exist", "field": "id"}]}),
            "Companies",
            "Unable to find nom in the Account Entity",
        ),
        (
            json!({"filter": []}),
            "Companies",
            "Query filter is required and must contain at least one condition.",
        ),
        (
            json!({"filter": [udf("Code succursale"), udf("ERPConnector_ERPInternalId")]}),
            "Companies",
            "Queries are limited to one user-defined field condition.",
        ),
        (
            Value::Null,
            "Companies",
            "Value cannot be null. Parameter name: queryModel",
        ),
    ];
    let mut autotask = tenant();
    for (body, entity, expected) in table {
        let answer = call(&mut autotask, &format!("POST {entity}/query"), body);
        assert_eq!(errors(&answer), [expected]);
    }
}

#[test]
fn pages_follow_ids_and_see_what_arrives_between_them() {
    let mut autotask = tenant();
    control(
        &mut autotask,
        json!({"do": "bulk_invoices", "count": 7, "lines": 1}),
    );
    let body = json!({"MaxRecords": 4, "IncludeFields": ["id"], "filter": [{"op": "gt", "field": "id", "value": 165}]});
    let (mut seen, mut url) = (Vec::new(), "POST Invoices/query".to_owned());
    for page in 0.. {
        let (status, answer) = call(&mut autotask, &url, body.clone());
        assert_eq!(status, 200, "{answer}");
        assert_eq!(answer["pageDetails"]["requestCount"], 4);
        seen.extend(
            answer["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|row| row["id"].as_i64().unwrap()),
        );
        let Some(next) = answer["pageDetails"]["nextPageUrl"].as_str() else {
            break;
        };
        url = next.replace("http://127.0.0.1:1/ATServicesRest/V1.0/", "POST ");
        // A row that arrives while pages are being read comes with a later one.
        if page == 0 {
            control(
                &mut autotask,
                json!({"do": "bulk_invoices", "count": 2, "lines": 1}),
            );
            assert_eq!(
                call(&mut autotask, &url.replace("POST", "GET"), Value::Null).0,
                405
            );
            assert!(errors(&call(&mut autotask, &url, Value::Null))[0].contains("queryModel"));
        }
    }
    assert_eq!(seen, (166..=174).collect::<Vec<_>>());
}

#[test]
fn a_get_query_pages_by_get_with_its_search() {
    let mut autotask = tenant();
    let search = super::routes::percent_encode(
        &json!({"MaxRecords": 5, "filter": [{"op": "gte", "field": "id", "value": 0}]}).to_string(),
    );
    let (_, first) = call(
        &mut autotask,
        &format!("GET Companies/query?search={search}"),
        Value::Null,
    );
    let next = first["pageDetails"]["nextPageUrl"]
        .as_str()
        .unwrap()
        .replace("http://127.0.0.1:1/ATServicesRest/V1.0/", "GET ");
    let (_, second) = call(&mut autotask, &next, Value::Null);
    assert_eq!(
        (
            first["pageDetails"]["count"].clone(),
            second["pageDetails"]["count"].clone()
        ),
        (json!(5), json!(4))
    );
    assert_eq!(
        call(&mut autotask, &next.replace("GET", "POST"), json!({})).0,
        405
    );
    assert_eq!(
        call(
            &mut autotask,
            &format!("GET Companies/query/count?search={search}"),
            Value::Null
        )
        .1,
        json!({"queryCount": 9})
    );
    let long = format!("GET Companies/query?search={}", "x".repeat(2100));
    assert_eq!(call(&mut autotask, &long, Value::Null).0, 404);
}

#[test]
fn verbs_are_allowed_where_the_vendor_allows_them() {
    let contact = json!({"firstName": "Ana", "lastName": "Roy", "isActive": 1});
    let table = [
        ("PATCH Companies/174", json!({"phone": "1"}), 405),
        ("DELETE Companies/174", Value::Null, 405),
        ("DELETE Tickets/29799", Value::Null, 405),
        ("POST Invoices", json!({}), 405),
        ("POST BillingCodes", json!({}), 405),
        ("PATCH BillingCodes", json!({"id": 29_683_511}), 405),
        ("GET Companies", Value::Null, 405),
        ("POST Contacts", contact.clone(), 405),
        ("PATCH Contacts", json!({"id": 301}), 405),
        ("DELETE Contacts/301", Value::Null, 405),
        ("GET Companies/174/Contacts/query", Value::Null, 404),
        ("GET Nothing/4", Value::Null, 404),
        ("POST Companies/174/Contacts", contact, 200),
        ("GET Companies/174/Contacts", Value::Null, 200),
        ("GET Companies/174/Contacts/301", Value::Null, 200),
        ("GET Companies/175/Contacts/301", Value::Null, 404),
        ("GET Contacts/301", Value::Null, 200),
        ("GET TicketCategories/3/FieldDefaults", Value::Null, 200),
        ("DELETE Companies/174/Contacts/302", Value::Null, 200),
        ("DELETE Companies/174/Contacts/302", Value::Null, 500),
        ("DELETE Companies/174/Contacts/301", Value::Null, 500),
        ("GET ThresholdInformation", Value::Null, 200),
    ];
    let mut autotask = tenant();
    for (line, body, expected) in table {
        assert_eq!(call(&mut autotask, line, body).0, expected, "{line}");
    }
    control(
        &mut autotask,
        json!({"do": "set", "switch": "childVerbAtRoot", "value": 404}),
    );
    assert_eq!(call(&mut autotask, "POST Contacts", json!({})).0, 404);
}

#[test]
fn a_create_is_refused_for_what_the_vendor_refuses() {
    let company = |change: Value| {
        let mut company = json!({"companyName": "Acme", "companyType": 1, "phone": "555-555-5555", "ownerResourceID": 29_682_885});
        company
            .as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        company
    };
    let table = [
        (
            "POST Companies",
            company(json!({"phone": ""})),
            "Value does not exist for the required field phone",
        ),
        (
            "POST Companies",
            company(json!({"companyName": "x".repeat(101)})),
            "String value exceeds maximum length (field:companyName).  ",
        ),
        (
            "POST Companies",
            company(json!({"companyType": 5})),
            "Picklist value [5] does not exist for companyType",
        ),
        (
            "POST Companies",
            company(json!({"billToAddressToUse": null})),
            "Value does not exist for the required field billToAddressToUse",
        ),
        (
            "POST Companies",
            company(json!({"ownerResourceID": 29_682_900})),
            "Reference value on field: ownerResourceID of type: Resource does not exist or is invalid.",
        ),
        (
            "POST Companies",
            company(json!({"ownerResourceID": 29_682_887})),
            "Reference value on field: ownerResourceID of type: Resource does not exist or is invalid.",
        ),
        (
            "POST Companies",
            company(json!({"parentCompanyID": 999})),
            "Reference value on field: parentCompanyID of type: Account does not exist or is invalid.",
        ),
        (
            "POST Companies/174/Contacts",
            json!({"firstName": "A", "lastName": "B", "isActive": true}),
            "Unexpected character encountered while parsing value: t. Path 'isActive'.",
        ),
        (
            "POST Companies/999/Contacts",
            json!({"firstName": "A", "lastName": "B", "isActive": 1}),
            "Reference value on field: companyID of type: Account does not exist or is invalid.",
        ),
        (
            "POST Products",
            json!({"name": "P", "isActive": true, "isSerialized": false, "productBillingCodeID": 29_683_517}),
            "Reference value on field: productBillingCodeID of type: AllocationCode does not exist or is invalid.",
        ),
        (
            "POST Products/78/Vendors",
            json!({"isActive": true, "isDefault": true, "vendorID": 174}),
            "Reference value on field: vendorID of type: Account does not exist or is invalid.",
        ),
        (
            "POST Tickets",
            json!({"companyID": 174, "title": "T", "status": 1, "priority": 2, "ticketCategory": 4}),
            "Picklist value [4] does not exist for ticketCategory",
        ),
    ];
    let mut autotask = tenant();
    for (line, body, expected) in table {
        let answer = call(&mut autotask, line, body);
        assert_eq!(errors(&answer)[0], expected, "{line}");
    }
    let (status, made) = call(
        &mut autotask,
        "POST companies/",
        company(json!({"naem": "ignored", "createDate": "1999-01-01", "COMPANYNUMBER": 12})),
    );
    assert_eq!(status, 200);
    let row = call(
        &mut autotask,
        &format!("GET Companies/{}", made["itemId"]),
        Value::Null,
    )
    .1["item"]
        .clone();
    assert_eq!(
        (
            row["companyNumber"].clone(),
            row["isActive"].clone(),
            row["createdByResourceID"].clone()
        ),
        (json!("12"), json!(true), json!(29_682_900))
    );
    assert!(row["createDate"].as_str().unwrap().starts_with("2026-"));
    assert_eq!(
        query(
            &mut autotask,
            "CompanyLocations",
            json!([{"op": "eq", "field": "companyID", "value": made["itemId"]}])
        )
        .unwrap()
        .len(),
        1
    );
}

#[test]
fn an_invoice_takes_three_fields_and_ignores_the_rest() {
    let mut autotask = tenant();
    let patch = json!({"id": 155, "invoiceNumber": "A-2231", "webServiceDate": "2026-10-02T12:00:00Z", "paidDate": "2026-10-05T13:14:15Z", "invoiceTotal": 0, "isVoided": true});
    assert_eq!(
        call(&mut autotask, "PATCH Invoices", patch),
        (200, json!({"itemId": 155}))
    );
    let response = autotask.handle(&request("GET Invoices/155", &Value::Null), NOON);
    let text = String::from_utf8(response.body).unwrap();
    for expected in [
        "\"invoiceNumber\":\"A-2231\"",
        "\"webServiceDate\":\"2026-10-02T12:00:00Z\"",
        "\"paidDate\":\"2026-10-05T04:00:00Z\"",
        "\"invoiceTotal\":514.9900",
        "\"totalTaxValue\":77.1198",
        "\"isVoided\":false",
    ] {
        assert!(text.contains(expected), "{expected} in {text}");
    }
    // PUT empties the writable fields that it leaves out.
    call(
        &mut autotask,
        "PUT Invoices",
        json!({"id": 155, "invoiceNumber": "A-2232"}),
    );
    let row = call(&mut autotask, "GET Invoices/155", Value::Null).1["item"].clone();
    assert_eq!(
        (row["invoiceNumber"].clone(), row["paidDate"].clone()),
        (json!("A-2232"), Value::Null)
    );
    let too_long = call(
        &mut autotask,
        "PATCH Invoices",
        json!({"id": 155, "invoiceNumber": "x".repeat(101)}),
    );
    assert_eq!(
        errors(&too_long),
        [
            "String value exceeds maximum length (field:invoiceNumber).  ",
            "Error updating entity for record number [1]."
        ]
    );
    assert_eq!(
        call(
            &mut autotask,
            "PATCH BillingItems",
            json!({"id": 26_039, "webServiceDate": "2026-10-02T12:00:00Z", "rate": 1})
        )
        .0,
        200
    );
}

#[test]
fn an_empty_number_is_null_or_empty_text_by_switch() {
    let mut autotask = tenant();
    let empty = |op: &str| json!([{"op": op, "field": "invoiceNumber", "value": ""}]);
    let open = 12;
    assert_eq!(
        query(&mut autotask, "Invoices", empty("notExist"))
            .unwrap()
            .len(),
        open
    );
    assert_eq!(
        query(&mut autotask, "Invoices", empty("eq")).unwrap().len(),
        0
    );
    control(
        &mut autotask,
        json!({"do": "set", "switch": "emptyInvoiceNumber", "value": ""}),
    );
    assert_eq!(
        query(&mut autotask, "Invoices", empty("notExist"))
            .unwrap()
            .len(),
        0
    );
    assert_eq!(
        query(&mut autotask, "Invoices", empty("eq")).unwrap().len(),
        open
    );
    call(
        &mut autotask,
        "PATCH Invoices",
        json!({"id": 151, "invoiceNumber": null}),
    );
    assert_eq!(
        query(&mut autotask, "Invoices", empty("eq")).unwrap().len(),
        open + 1
    );
    control(
        &mut autotask,
        json!({"do": "set", "switch": "clearNumberByPatch", "value": "ignored"}),
    );
    call(
        &mut autotask,
        "PATCH Invoices",
        json!({"id": 152, "invoiceNumber": ""}),
    );
    assert_eq!(
        call(&mut autotask, "GET Invoices/152", Value::Null).1["item"]["invoiceNumber"],
        "1086"
    );
    control(
        &mut autotask,
        json!({"do": "clear_invoice_number", "id": 152}),
    );
    assert_eq!(
        call(&mut autotask, "GET Invoices/152", Value::Null).1["item"]["invoiceNumber"],
        ""
    );
}

#[test]
fn a_category_fills_a_ticket_and_asks_for_the_rest() {
    let mut autotask = tenant();
    let ticket = json!({"companyID": 174, "title": "Facture 162 refusée", "description": "…", "ticketCategory": 3});
    let refused = call(&mut autotask, "POST Tickets", ticket.clone());
    assert_eq!(errors(&refused), ["dueDateTime is required"]);
    let mut due = ticket;
    due["dueDateTime"] = json!("2026-10-03T17:00:00Z");
    for count in 1..=2 {
        let (status, made) = call(&mut autotask, "POST Tickets", due.clone());
        assert_eq!(status, 200, "{made}");
        let row = call(
            &mut autotask,
            &format!("GET Tickets/{}", made["itemId"]),
            Value::Null,
        )
        .1["item"]
            .clone();
        assert_eq!(row["ticketNumber"], format!("T20260921.000{count}"));
        assert_eq!(
            (
                row["queueID"].clone(),
                row["priority"].clone(),
                row["source"].clone()
            ),
            (json!(29_683_354), json!(1), json!(11))
        );
    }
    let alone = json!({"companyID": 0, "title": "T", "dueDateTime": "2026-10-03T17:00:00Z", "queueID": 29_683_354, "source": 2, "assignedResourceID": 29_682_886, "contactID": 303});
    let answer = call(&mut autotask, "POST Tickets", alone);
    assert_eq!(
        errors(&answer),
        [
            "When assigning a Resource, you must assign both a assignedResourceID and assignedResourceRoleID.",
            "Reference value on field: contactID of type: Contact does not exist or is invalid.",
        ]
    );
}

#[test]
fn a_patch_is_refused_for_a_field_that_it_does_not_touch() {
    let mut autotask = tenant();
    control(
        &mut autotask,
        json!({"do": "update", "entity": "Resources", "id": 29_682_886, "fields": {"isActive": false}}),
    );
    let patch = json!({"id": 175, "phone": "418 555-9999"});
    let refused = call(&mut autotask, "PATCH Companies", patch.clone());
    assert!(errors(&refused)[0].contains("ownerResourceID"));
    control(
        &mut autotask,
        json!({"do": "set", "switch": "revalidateUntouched", "value": "off"}),
    );
    assert_eq!(call(&mut autotask, "PATCH Companies", patch).0, 200);
}

#[test]
fn user_defined_fields_come_and_go_by_name() {
    let mut autotask = tenant();
    let udfs = |autotask: &mut Autotask| {
        call(autotask, "GET Companies/176", Value::Null).1["item"]["userDefinedFields"].clone()
    };
    assert_eq!(udfs(&mut autotask), json!([]));
    let patch = |value: &str| json!({"id": 176, "userDefinedFields": [{"name": "erpconnector_ERPInternalId", "value": value}, {"name": "unknown", "value": "x"}]});
    assert_eq!(call(&mut autotask, "PATCH Companies", patch("C-9")).0, 200);
    assert_eq!(
        udfs(&mut autotask)[0],
        json!({"name": "ERPConnector_ERPInternalId", "value": "C-9"})
    );
    assert_eq!(
        query(
            &mut autotask,
            "Companies",
            json!([{"op": "eq", "field": "ERPConnector_ERPInternalId", "udf": true, "value": "C-9"}])
        ),
        Ok(vec![176])
    );
    call(&mut autotask, "PATCH Companies", patch(""));
    control(
        &mut autotask,
        json!({"do": "set", "switch": "emptyUdf", "value": "absent"}),
    );
    assert_eq!(udfs(&mut autotask), Value::Null);
}

#[test]
fn who_calls_is_checked_before_anything_else() {
    let table = [
        (
            "apiintegrationcode",
            "WRONG",
            500,
            "IntegrationCode is invalid.",
        ),
        ("username", "nobody@liaison.test", 401, ""),
        ("secret", "wrong", 401, ""),
    ];
    let mut autotask = tenant();
    for (name, value, status, text) in table {
        let mut wrong = request("GET Companies/174", &Value::Null);
        wrong
            .headers
            .iter_mut()
            .filter(|(known, _)| known == name)
            .for_each(|(_, old)| value.clone_into(old));
        let response = autotask.handle(&wrong, NOON);
        assert_eq!(
            (
                response.status,
                parsed(&response)["errors"][0].as_str().unwrap_or_default()
            ),
            (status, text),
            "{name}"
        );
    }
    let mut none = request("GET Companies/174", &Value::Null);
    none.headers.clear();
    assert_eq!(autotask.handle(&none, NOON).status, 401);
    none.path = "/ATServicesRest/v1.0/zoneInformation".to_owned();
    none.query = "user=api%40liaison.test".to_owned();
    assert_eq!(
        parsed(&autotask.handle(&none, NOON))["url"],
        "http://127.0.0.1:1/atservicesrest/"
    );
    none.query = "user=nobody".to_owned();
    assert_eq!(
        parsed(&autotask.handle(&none, NOON))["errors"][0],
        "Zone information could not be determined"
    );
    let mut impersonated = request("GET Companies/174", &Value::Null);
    impersonated
        .headers
        .push(("impersonationresourceid".to_owned(), "29682885".to_owned()));
    assert!(
        parsed(&autotask.handle(&impersonated, NOON))["errors"][0]
            .as_str()
            .unwrap()
            .contains("permissions to query")
    );
    control(
        &mut autotask,
        json!({"do": "set_user", "secret": "changed"}),
    );
    assert_eq!(
        autotask
            .handle(&request("GET Companies/174", &Value::Null), NOON)
            .status,
        401
    );
}

#[test]
fn the_fourth_call_at_a_time_and_the_call_over_quota_are_refused() {
    let mut autotask = tenant();
    let crowded = Request {
        in_flight: 4,
        ..request("GET Companies/174", &Value::Null)
    };
    let response = autotask.handle(&crowded, NOON);
    assert_eq!(response.status, 500);
    assert!(
        parsed(&response)["errors"][0]
            .as_str()
            .unwrap()
            .contains("thread threshold")
    );
    control(
        &mut autotask,
        json!({"do": "set", "switch": "threadStatus", "value": 429}),
    );
    assert_eq!(autotask.handle(&crowded, NOON).status, 429);
    control(
        &mut autotask,
        json!({"do": "set_threshold_used", "used": 6000}),
    );
    let slow = autotask.handle(&request("GET ThresholdInformation", &Value::Null), NOON);
    assert_eq!(
        (
            slow.delay_ms,
            parsed(&slow)["currentTimeframeRequestCount"].clone()
        ),
        (500, json!(6001))
    );
    control(
        &mut autotask,
        json!({"do": "set_threshold_used", "used": 10_000}),
    );
    assert_eq!(call(&mut autotask, "GET Companies/174", Value::Null).0, 429);
}

#[test]
fn metadata_tells_what_the_table_says() {
    let mut autotask = tenant();
    let (_, info) = call(
        &mut autotask,
        "GET Companies/entityInformation",
        Value::Null,
    );
    assert_eq!(
        (
            info["info"]["canCreate"].clone(),
            info["info"]["userAccessForDelete"].clone()
        ),
        (json!(true), json!("None"))
    );
    let (_, fields) = call(
        &mut autotask,
        "GET Tickets/entityInformation/fields",
        Value::Null,
    );
    let field = |name: &str| {
        fields["fields"]
            .as_array()
            .unwrap()
            .iter()
            .find(|field| field["name"] == name)
            .unwrap()
            .clone()
    };
    assert_eq!(
        field("ticketCategory")["picklistValues"][1]["label"],
        "Erreurs Acomba"
    );
    assert_eq!(field("ticketCategory")["picklistValues"][1]["value"], "3");
    assert_eq!(
        field("subIssueType")["picklistParentValueField"],
        "issueType"
    );
    assert_eq!(
        (
            field("title")["length"].clone(),
            field("title")["picklistValues"].clone()
        ),
        (json!(255), Value::Null)
    );
    let (_, udfs) = call(
        &mut autotask,
        "GET Products/entityInformation/userDefinedFields",
        Value::Null,
    );
    assert_eq!(udfs["fields"][0]["name"], "ERPConnector_ERPInternalId");
    assert_eq!(
        call(
            &mut autotask,
            "GET Invoices/entityInformation/userDefinedFields",
            Value::Null
        )
        .1,
        json!({"fields": []})
    );
    control(
        &mut autotask,
        json!({"do": "set", "switch": "accessLevel", "value": "int"}),
    );
    assert_eq!(
        call(&mut autotask, "GET Invoices/entityInformation", Value::Null).1["info"]["userAccessForUpdate"],
        1
    );
}

#[test]
fn a_hundred_thousand_invoices_are_read_without_scanning() {
    let mut autotask = tenant();
    control(
        &mut autotask,
        json!({"do": "set", "switch": "requestLimit", "value": 1_000_000}),
    );
    control(
        &mut autotask,
        json!({"do": "bulk_invoices", "count": 20_000, "lines": 3, "numbered": "N-"}),
    );
    assert_eq!(
        query(
            &mut autotask,
            "Invoices",
            json!([{"op": "notExist", "field": "invoiceNumber"}])
        )
        .unwrap()
        .len(),
        12
    );
    assert_eq!(
        query(
            &mut autotask,
            "BillingItems",
            json!([{"op": "in", "field": "invoiceID", "value": [155, 20_000]}])
        )
        .unwrap()
        .len(),
        6
    );
    // Five hundred look-ups by reference: a scan of 60,000 lines each would take minutes.
    for id in 1000..1500 {
        assert_eq!(
            query(
                &mut autotask,
                "BillingItems",
                json!([{"op": "eq", "field": "invoiceID", "value": id}])
            )
            .unwrap()
            .len(),
            3
        );
    }
}

#[test]
fn a_voided_invoice_and_an_unposted_line() {
    let mut autotask = tenant();
    control(&mut autotask, json!({"do": "void_invoice", "id": 155}));
    let row = call(&mut autotask, "GET Invoices/155", Value::Null).1["item"].clone();
    assert_eq!(
        (row["isVoided"].clone(), row["voidedDate"].is_string()),
        (json!(true), true)
    );
    let lines = |autotask: &mut Autotask, id: i64| {
        query(
            autotask,
            "BillingItems",
            json!([{"op": "eq", "field": "invoiceID", "value": id}]),
        )
        .unwrap()
    };
    assert_eq!(lines(&mut autotask, 155).len(), 3);
    let first = lines(&mut autotask, 156)[0];
    control(
        &mut autotask,
        json!({"do": "unpost_item", "id": first, "how": "release"}),
    );
    assert_eq!(lines(&mut autotask, 156).len(), 1);
    assert!(lines(&mut autotask, 0).contains(&first));
    control(
        &mut autotask,
        json!({"do": "set_auto_numbering", "next": 5001}),
    );
    let made = control(
        &mut autotask,
        json!({"do": "create_invoice", "companyID": 174, "lines": [{"totalAmount": "10.00", "billingCodeID": 29_683_511}]}),
    );
    let row = call(
        &mut autotask,
        &format!("GET Invoices/{}", made["id"]),
        Value::Null,
    )
    .1["item"]
        .clone();
    assert_eq!(
        (
            row["invoiceNumber"].clone(),
            row["totalTaxValue"].to_string()
        ),
        (json!("5001"), "1.4975".to_owned())
    );
}
