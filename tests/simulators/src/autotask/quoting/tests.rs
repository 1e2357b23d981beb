//! What a reseller's documents need, by requests against the tenant of `autotask-channelonline.json`.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::super::Autotask;
use super::super::tests::{NOON, call, control, errors, query};
use crate::simulator::Simulator;

static SEED: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../seeds/autotask-channelonline.json")).unwrap()
});

/// The reseller's tenant.
fn tenant() -> Autotask {
    let mut autotask = super::super::new();
    autotask.seed(&SEED, NOON).unwrap();
    autotask
}

fn set(autotask: &mut Autotask, switch: &str, value: &str) {
    control(
        autotask,
        json!({"do": "set", "switch": switch, "value": value}),
    );
}

/// `base` with fields changed; null takes one out.
fn with(base: &Value, change: Value) -> Value {
    let mut body = base.clone();
    for (name, value) in change.as_object().unwrap() {
        match value {
            Value::Null => drop(body.as_object_mut().unwrap().shift_remove(name)),
            value => body[name] = value.clone(),
        }
    }
    body
}

fn item(autotask: &mut Autotask, path: &str) -> Value {
    let (status, body) = call(autotask, &format!("GET {path}"), Value::Null);
    assert_eq!(status, 200, "{path}");
    body["item"].clone()
}

#[track_caller]
fn made(autotask: &mut Autotask, line: &str, body: Value) -> i64 {
    let (status, answer) = call(autotask, line, body);
    assert_eq!(status, 200, "{line}: {answer}");
    answer["itemId"].as_i64().unwrap()
}

/// The named fields of a row.
fn shown(row: &Value, names: &[&str]) -> Vec<String> {
    names.iter().map(|name| row[*name].to_string()).collect()
}

fn opportunity() -> Value {
    json!({"title": "Q-10045", "companyID": 202, "ownerResourceID": 29_682_886, "stage": 29_682_771, "status": 1, "probability": 50,
        "startDate": "2026-10-02T00:00:00Z", "projectedCloseDate": "2026-11-01T00:00:00Z", "amount": 0, "cost": 0, "useQuoteTotals": true})
}

fn quote() -> Value {
    json!({"opportunityID": 402, "name": "Q-10045", "effectiveDate": "2026-10-02T00:00:00Z", "expirationDate": "2026-11-01T00:00:00Z",
        "billToLocationID": 802, "shipToLocationID": 802, "soldToLocationID": 802, "paymentTerm": 1, "shippingType": 2, "externalQuoteNumber": "Q-10045"})
}

fn product_item() -> Value {
    json!({"quoteItemType": 1, "productID": 78, "quantity": 2, "unitPrice": 1899, "unitCost": 1540, "unitDiscount": 0,
        "percentageDiscount": 0, "lineDiscount": 0, "isOptional": false, "periodType": 1})
}

fn product() -> Value {
    json!({"name": "Commutateur 24 ports", "isActive": true, "isSerialized": true, "productBillingCodeID": 29_683_530,
        "manufacturerName": "Cisco", "manufacturerProductName": "CBS250-24T", "productCategory": 15})
}

#[test]
fn a_document_is_refused_for_what_the_vendor_refuses() {
    let required = |name: &str| format!("Value does not exist for the required field {name}");
    let reference = |name: &str, entity: &str| {
        format!("Reference value on field: {name} of type: {entity} does not exist or is invalid.")
    };
    let choice =
        |name: &str, value: i64| format!("Picklist value [{value}] does not exist for {name}");
    let without = |base: &Value, names: &[&str]| {
        names
            .iter()
            .map(|name| (with(base, json!({*name: null})), required(name)))
            .collect::<Vec<_>>()
    };
    let changed = |base: &Value, rows: &[(Value, String)]| {
        rows.iter()
            .map(|(change, text)| (with(base, change.clone()), text.clone()))
            .collect::<Vec<_>>()
    };
    let (opportunity, quote, line, product) = (opportunity(), quote(), product_item(), product());
    let service =
        json!({"name": "S", "billingCodeID": 29_683_520, "periodType": 2, "unitPrice": 5});
    let table = [
        (
            "POST Opportunities",
            without(
                &opportunity,
                &[
                    "title",
                    "companyID",
                    "ownerResourceID",
                    "stage",
                    "status",
                    "probability",
                    "startDate",
                    "projectedCloseDate",
                    "amount",
                    "cost",
                    "useQuoteTotals",
                ],
            ),
        ),
        (
            "POST Opportunities",
            changed(
                &opportunity,
                &[
                    (
                        json!({"title": "x".repeat(129)}),
                        "String value exceeds maximum length (field:title).  ".to_owned(),
                    ),
                    (
                        json!({"stage": 29_682_774}),
                        choice("stage", 29_682_774),
                    ),
                    (json!({"status": 9}), choice("status", 9)),
                    (
                        json!({"opportunityCategoryID": 9}),
                        choice("opportunityCategoryID", 9),
                    ),
                    (
                        json!({"probability": 101}),
                        "probability must be between 0 and 100.".to_owned(),
                    ),
                    (
                        json!({"projectedCloseDate": "2026-09-20T00:00:00Z"}),
                        "projectedCloseDate must be on or after the create date.".to_owned(),
                    ),
                    (json!({"companyID": 999}), reference("companyID", "Account")),
                    // Another company's contact, and one who has left.
                    (json!({"contactID": 301}), reference("contactID", "Contact")),
                    (
                        json!({"companyID": 201, "contactID": 303}),
                        reference("contactID", "Contact"),
                    ),
                    (
                        json!({"ownerResourceID": 29_682_888}),
                        reference("ownerResourceID", "Resource"),
                    ),
                    (
                        json!({"ownerResourceID": 29_682_900}),
                        reference("ownerResourceID", "Resource"),
                    ),
                    // This tenant wants to know why one was lost.
                    (json!({"status": 2}), "lossReason is required".to_owned()),
                ],
            ),
        ),
        (
            "POST Quotes",
            without(
                &quote,
                &[
                    "opportunityID",
                    "name",
                    "effectiveDate",
                    "expirationDate",
                    "billToLocationID",
                    "shipToLocationID",
                    "soldToLocationID",
                ],
            ),
        ),
        (
            "POST Quotes",
            changed(
                &quote,
                &[
                    (
                        json!({"opportunityID": 999}),
                        reference("opportunityID", "Opportunity"),
                    ),
                    (json!({"companyID": 201}), reference("companyID", "Account")),
                    (json!({"contactID": 301}), reference("contactID", "Contact")),
                    // A location of the company is none of a quote.
                    (
                        json!({"shipToLocationID": 251}),
                        reference("shipToLocationID", "QuoteLocation"),
                    ),
                    (json!({"paymentTerm": 4}), choice("paymentTerm", 4)),
                    (json!({"shippingType": 4}), choice("shippingType", 4)),
                    (json!({"taxRegionID": 1}), choice("taxRegionID", 1)),
                    (
                        json!({"externalQuoteNumber": "x".repeat(51)}),
                        "String value exceeds maximum length (field:externalQuoteNumber).  "
                            .to_owned(),
                    ),
                ],
            ),
        ),
        (
            "POST Quotes/521/Items",
            without(
                &line,
                &[
                    "quoteItemType",
                    "productID",
                    "quantity",
                    "unitDiscount",
                    "percentageDiscount",
                    "lineDiscount",
                    "isOptional",
                ],
            ),
        ),
        (
            "POST Quotes/521/Items",
            changed(
                &line,
                &[
                    (
                        json!({"quoteItemType": 11}),
                        required("serviceID"),
                    ),
                    (
                        json!({"serviceID": 601}),
                        "serviceID cannot be set on a quote item of type Product.".to_owned(),
                    ),
                    (json!({"quoteItemType": 5}), choice("quoteItemType", 5)),
                    (json!({"periodType": 9}), choice("periodType", 9)),
                    (json!({"productID": 999}), reference("productID", "Product")),
                    (
                        json!({"quoteItemType": 12, "productID": null, "serviceBundleID": 652}),
                        reference("serviceBundleID", "ServiceBundle"),
                    ),
                    (
                        json!({"quoteItemType": 2, "productID": null, "chargeID": 29_683_530}),
                        reference("chargeID", "AllocationCode"),
                    ),
                    (
                        json!({"quoteItemType": 4, "productID": null, "expenseID": 29_683_511}),
                        reference("expenseID", "AllocationCode"),
                    ),
                    (
                        json!({"unitDiscount": 1, "lineDiscount": 1}),
                        "Only one of unitDiscount, percentageDiscount and lineDiscount can be greater than zero.".to_owned(),
                    ),
                    (
                        json!({"lineDiscount": -1}),
                        "Only one of unitDiscount, percentageDiscount and lineDiscount can be greater than zero.".to_owned(),
                    ),
                ],
            ),
        ),
        (
            "POST Quotes/999/Items",
            vec![(line.clone(), reference("quoteID", "Quote"))],
        ),
        (
            "POST Products",
            without(
                &product,
                &["name", "isActive", "isSerialized", "productBillingCodeID"],
            ),
        ),
        (
            "POST Products",
            changed(
                &product,
                &[
                    (
                        json!({"productBillingCodeID": 29_683_531}),
                        reference("productBillingCodeID", "AllocationCode"),
                    ),
                    (
                        json!({"productBillingCodeID": 29_683_511}),
                        reference("productBillingCodeID", "AllocationCode"),
                    ),
                    (
                        json!({"defaultVendorID": 201}),
                        reference("defaultVendorID", "Account"),
                    ),
                    (json!({"productCategory": 17}), choice("productCategory", 17)),
                    (json!({"productCategory": 99}), choice("productCategory", 99)),
                    (
                        json!({"manufacturerProductName": "x".repeat(51)}),
                        "String value exceeds maximum length (field:manufacturerProductName).  "
                            .to_owned(),
                    ),
                ],
            ),
        ),
        (
            "POST Services",
            without(&service, &["name", "billingCodeID", "periodType", "unitPrice"]),
        ),
        (
            "POST Services",
            changed(
                &service,
                &[(
                    json!({"billingCodeID": 29_683_530}),
                    reference("billingCodeID", "AllocationCode"),
                )],
            ),
        ),
        (
            "POST ServiceBundles",
            vec![(
                json!({"name": "poste GÉRÉ", "billingCodeID": 29_683_520}),
                "A ServiceBundle already exists with Name [poste GÉRÉ]".to_owned(),
            )],
        ),
        (
            "POST ServiceBundles/651/Services",
            vec![(
                json!({"serviceID": 601}),
                "The service is already part of the service bundle.".to_owned(),
            )],
        ),
        (
            "PATCH Companies",
            vec![(
                json!({"id": 290, "companyType": 1}),
                "A vendor with services cannot be of another type.".to_owned(),
            )],
        ),
    ];
    let mut autotask = tenant();
    let before = autotask.state();
    for (line, rows) in table {
        for (body, expected) in rows {
            let answer = call(&mut autotask, line, body.clone());
            assert_eq!(errors(&answer)[0], expected, "{line} {body}");
        }
    }
    assert_eq!(autotask.state(), before);
}

#[test]
fn verbs_are_allowed_where_the_vendor_allows_them() {
    let table = [
        ("DELETE Opportunities/401", Value::Null, 405),
        ("DELETE Quotes/521", Value::Null, 405),
        ("DELETE Products/77", Value::Null, 405),
        ("DELETE Services/601", Value::Null, 405),
        ("POST ShippingTypes", json!({"name": "X"}), 405),
        ("POST SalesOrders", json!({}), 405),
        ("POST QuoteItems", product_item(), 405),
        ("PATCH QuoteItems", json!({"id": 9001, "quantity": 1}), 405),
        ("DELETE QuoteItems/9001", Value::Null, 405),
        ("GET QuoteItems/9001", Value::Null, 200),
        ("GET Quotes/521/Items", Value::Null, 200),
        ("GET Quotes/521/Items/9001", Value::Null, 200),
        ("GET Quotes/522/Items/9001", Value::Null, 404),
        ("GET Quotes/521/Items/query", Value::Null, 404),
        (
            "PATCH Quotes/522/Items",
            json!({"id": 9001, "quantity": 1}),
            500,
        ),
        (
            "PATCH Quotes/521/Items",
            json!({"id": 9001, "quantity": 6}),
            200,
        ),
        ("DELETE Quotes/522/Items/9001", Value::Null, 500),
        ("DELETE Quotes/521/Items/9001", Value::Null, 200),
        ("DELETE Quotes/521/Items/9001", Value::Null, 500),
        ("GET Products/77/Vendors", Value::Null, 200),
        ("DELETE Products/77/Vendors/501", Value::Null, 405),
        ("GET Opportunities/401/SalesOrders", Value::Null, 200),
        ("POST Opportunities/401/SalesOrders", json!({}), 405),
        ("PATCH SalesOrders", json!({"id": 1}), 500),
        ("PATCH Opportunities/401/SalesOrders", json!({"id": 1}), 500),
        // A bundle of a quote stays; so does the last service of one, and a contact who is somewhere.
        ("DELETE ServiceBundles/651", Value::Null, 500),
        ("DELETE ServiceBundles/651/Services/661", Value::Null, 200),
        ("DELETE ServiceBundles/651/Services/662", Value::Null, 500),
        ("DELETE ServiceBundles/652", Value::Null, 200),
        ("DELETE Companies/202/Contacts/305", Value::Null, 500),
        ("DELETE Companies/201/Contacts/302", Value::Null, 200),
    ];
    let mut autotask = tenant();
    for (line, body, expected) in table {
        assert_eq!(call(&mut autotask, line, body).0, expected, "{line}");
    }
}

#[test]
fn one_quote_of_an_opportunity_is_primary() {
    let mut autotask = tenant();
    let first = made(&mut autotask, "POST Quotes", quote());
    let second = made(&mut autotask, "POST Quotes", quote());
    let primary = |autotask: &mut Autotask| {
        [first, second]
            .map(|id| item(autotask, &format!("Quotes/{id}"))["primaryQuote"] == json!(true))
    };
    let row = item(&mut autotask, &format!("Quotes/{second}"));
    let filled = ["companyID", "quoteNumber", "creatorResourceID"];
    assert_eq!(shown(&row, &filled), ["202", "1004", "29682900"]);
    assert_eq!(primary(&mut autotask), [true, false]);
    let table = [
        (json!({"id": second, "primaryQuote": true}), [false, true]),
        (json!({"id": second, "primaryQuote": false}), [false, true]),
        (json!({"id": first, "primaryQuote": true}), [true, false]),
    ];
    for (patch, expected) in table {
        made(&mut autotask, "PATCH Quotes", patch.clone());
        assert_eq!(primary(&mut autotask), expected, "{patch}");
    }
    // The opportunity of a quote is fixed; another one in the body is ignored.
    made(
        &mut autotask,
        "PATCH Quotes",
        json!({"id": first, "opportunityID": 401, "comment": "…"}),
    );
    let row = item(&mut autotask, &format!("Quotes/{first}"));
    assert_eq!(
        shown(&row, &["opportunityID", "lastModifiedBy", "comment"]),
        ["402", "29682900", "\"…\""]
    );
}

#[test]
fn the_items_of_the_primary_quote_drive_the_opportunity() {
    let sums = [
        "amount",
        "cost",
        "onetimeRevenue",
        "monthlyRevenue",
        "yearlyRevenue",
    ];
    let mut autotask = tenant();
    let row = item(&mut autotask, "Opportunities/401");
    assert_eq!(
        shown(&row, &sums),
        ["11255.0000", "8660.0000", "9935.0000", "110.0000", "0.0000"]
    );
    let quote = made(&mut autotask, "POST Quotes", quote());
    let row = item(&mut autotask, "Opportunities/402");
    assert_eq!(shown(&row, &sums[..2]), ["12000.0000", "9000.0000"]);
    let item_of = |change: Value| with(&product_item(), change);
    let table = [
        (item_of(json!({})), ["3798.0000", "3080.0000"]),
        (
            item_of(
                json!({"productID": 79, "quantity": 0.5, "unitPrice": 449.01, "unitCost": 330.33}),
            ),
            ["4022.5050", "3245.1650"],
        ),
        (
            item_of(json!({"isOptional": true})),
            ["4022.5050", "3245.1650"],
        ),
        (
            item_of(
                json!({"quoteItemType": 11, "productID": null, "serviceID": 603, "unitPrice": 120, "unitCost": 80, "quantity": 1, "periodType": 5}),
            ),
            ["4142.5050", "3325.1650"],
        ),
        (
            item_of(
                json!({"quoteItemType": 3, "productID": null, "laborID": 29_683_469, "unitPrice": 137.5, "unitCost": 0, "quantity": 2, "unitDiscount": 37.5}),
            ),
            ["4342.5050", "3325.1650"],
        ),
        (
            item_of(
                json!({"quoteItemType": 6, "productID": null, "shippingID": 2, "unitPrice": 20, "unitCost": 15, "quantity": 1, "lineDiscount": 5}),
            ),
            ["4357.5050", "3340.1650"],
        ),
        (
            item_of(
                json!({"quoteItemType": 10, "productID": null, "unitPrice": null, "unitCost": null, "quantity": 1, "percentageDiscount": 10}),
            ),
            ["3933.7545", "3340.1650"],
        ),
    ];
    let mut last = 0;
    for (body, expected) in table {
        last = made(
            &mut autotask,
            &format!("POST Quotes/{quote}/Items"),
            body.clone(),
        );
        let row = item(&mut autotask, "Opportunities/402");
        assert_eq!(shown(&row, &sums[..2]), expected, "{body}");
    }
    made(
        &mut autotask,
        &format!("DELETE Quotes/{quote}/Items/{last}"),
        Value::Null,
    );
    made(
        &mut autotask,
        "PATCH Opportunities",
        json!({"id": 402, "amount": 1, "cost": 1}),
    );
    let row = item(&mut autotask, "Opportunities/402");
    assert_eq!(shown(&row, &sums[..2]), ["4357.5050", "3340.1650"]);
    made(
        &mut autotask,
        "PATCH Opportunities",
        json!({"id": 402, "useQuoteTotals": false, "amount": 1}),
    );
    let row = item(&mut autotask, "Opportunities/402");
    assert_eq!(shown(&row, &sums[..2]), ["1.0000", "3340.1650"]);
    made(
        &mut autotask,
        "PATCH Opportunities",
        json!({"id": 402, "onetimeRevenue": 100, "onetimeCost": 0, "monthlyRevenue": 10, "yearlyRevenue": 0, "yearlyCost": 0, "totalAmountMonths": 6, "revenueSpread": 3}),
    );
    let row = item(&mut autotask, "Opportunities/402");
    assert_eq!(
        shown(&row, &["amount", "cost", "revenueSpread"]),
        ["160.0000", "0.0000", "null"]
    );
}

#[test]
fn an_item_takes_what_it_lacks_from_what_it_stands_for() {
    let bare = json!({"quantity": 1, "unitDiscount": 0, "percentageDiscount": 0, "lineDiscount": 0, "isOptional": false});
    let names = [
        "name",
        "unitPrice",
        "unitCost",
        "periodType",
        "totalEffectiveTax",
        "sortOrderID",
    ];
    let table = [
        (
            json!({"quoteItemType": 1, "productID": 77}),
            [
                "\"Station d'accueil WD22\"",
                "239.9900",
                "180.5000",
                "null",
                "14.9750",
                "4",
            ],
        ),
        (
            json!({"quoteItemType": 1, "productID": 77, "name": "Autre", "unitPrice": 1, "isTaxable": false, "sortOrderID": 40}),
            ["\"Autre\"", "1.0000", "180.5000", "null", "0.0000", "40"],
        ),
        (
            json!({"quoteItemType": 3, "laborID": 29_683_470}),
            ["\"Formateur\"", "95.0000", "null", "null", "0.0000", "41"],
        ),
        (
            json!({"quoteItemType": 11, "serviceID": 601}),
            [
                "\"Sauvegarde infonuagique\"",
                "18.5000",
                "9.2500",
                "2",
                "14.9750",
                "42",
            ],
        ),
        (
            json!({"quoteItemType": 12, "serviceBundleID": 651}),
            ["\"Poste géré\"", "22.0000", "12.0000", "2", "14.9750", "43"],
        ),
        (
            json!({"quoteItemType": 2, "chargeID": 29_683_511}),
            [
                "\"Transport\"",
                "25.0000",
                "0.0000",
                "null",
                "14.9750",
                "44",
            ],
        ),
        (
            json!({"quoteItemType": 6, "shippingID": 1, "unitPrice": 30}),
            [
                "\"Purolator Terrestre\"",
                "30.0000",
                "null",
                "null",
                "14.9750",
                "45",
            ],
        ),
    ];
    let mut autotask = tenant();
    for (change, expected) in table {
        let id = made(
            &mut autotask,
            "POST Quotes/521/Items",
            with(&bare, change.clone()),
        );
        let row = item(&mut autotask, &format!("QuoteItems/{id}"));
        assert_eq!(shown(&row, &names), expected, "{change}");
        assert_eq!(row["internalCurrencyUnitPrice"], row["unitPrice"]);
    }
    // Another region, another rate, on what stands as well.
    made(
        &mut autotask,
        "PATCH Quotes",
        json!({"id": 521, "taxRegionID": 29_683_612}),
    );
    let row = item(&mut autotask, "QuoteItems/9001");
    assert_eq!(row["totalEffectiveTax"].to_string(), "15.0000");
    set(&mut autotask, "quoteItemFill", "off");
    let id = made(
        &mut autotask,
        "POST Quotes/521/Items",
        with(&bare, json!({"quoteItemType": 1, "productID": 77})),
    );
    let row = item(&mut autotask, &format!("QuoteItems/{id}"));
    assert_eq!(shown(&row, &names[..3]), ["null", "null", "null"]);
    let refused = call(
        &mut autotask,
        "POST Quotes/521/Items",
        json!({"quoteItemType": 1, "productID": 77, "quantity": 1, "unitDiscount": 0, "percentageDiscount": 0, "lineDiscount": 0, "isOptional": false, "sortOrderID": null}),
    );
    assert_eq!(
        errors(&refused),
        ["Value does not exist for the required field sortOrderID"]
    );
}

#[test]
fn a_put_empties_what_it_leaves_out() {
    let mut autotask = tenant();
    let put = with(
        &quote(),
        json!({"opportunityID": null, "id": 521, "externalQuoteNumber": null}),
    );
    made(&mut autotask, "PUT Quotes", put);
    let row = item(&mut autotask, "Quotes/521");
    let names = [
        "opportunityID",
        "companyID",
        "contactID",
        "taxRegionID",
        "shippingType",
        "primaryQuote",
        "quoteNumber",
    ];
    assert_eq!(
        shown(&row, &names),
        ["401", "201", "null", "null", "2", "true", "1001"]
    );
    let refused = call(
        &mut autotask,
        "PUT Quotes/521/Items",
        json!({"id": 9001, "quantity": 3}),
    );
    assert_eq!(errors(&refused).len(), 6, "{refused:?}");
    assert_eq!(
        item(&mut autotask, "QuoteItems/9001")["quantity"].to_string(),
        "5.0000"
    );
}

#[test]
fn what_nobody_has_confirmed_is_a_switch() {
    let mut autotask = tenant();
    let line = json!({"id": 9004, "quantity": 3});
    let stamp = |autotask: &mut Autotask| {
        item(autotask, "Quotes/522")["lastActivityDate"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    made(&mut autotask, "PATCH Quotes/522/Items", line.clone());
    assert_eq!(stamp(&mut autotask), "2026-06-28T13:00:00Z");
    set(&mut autotask, "itemMovesQuote", "on");
    made(&mut autotask, "PATCH Quotes/522/Items", line.clone());
    assert_eq!(stamp(&mut autotask), "2026-09-21T14:13:20Z");
    set(&mut autotask, "closedQuotes", "locked");
    let locked = "This quote cannot be changed because its opportunity is closed.";
    for (verb, body) in [
        ("PATCH Quotes", json!({"id": 522, "comment": "…"})),
        ("PATCH Quotes/522/Items", line),
        ("POST Quotes/522/Items", product_item()),
        ("DELETE Quotes/522/Items/9004", Value::Null),
    ] {
        let refused = call(&mut autotask, verb, body);
        assert_eq!(errors(&refused)[0], locked, "{verb}");
    }
    made(
        &mut autotask,
        "PATCH Opportunities",
        json!({"id": 404, "status": 1}),
    );
    made(&mut autotask, "DELETE Quotes/522/Items/9004", Value::Null);
    let with_vendor = with(&product(), json!({"defaultVendorID": 290, "unitCost": 5}));
    let vendors = |autotask: &mut Autotask, id: i64| {
        query(
            autotask,
            "ProductVendors",
            json!([{"op": "eq", "field": "productID", "value": id}]),
        )
        .unwrap()
        .len()
    };
    let id = made(&mut autotask, "POST Products", with_vendor.clone());
    assert_eq!(vendors(&mut autotask, id), 0);
    set(&mut autotask, "defaultVendorRow", "created");
    let id = made(&mut autotask, "POST Products", with_vendor);
    assert_eq!(vendors(&mut autotask, id), 1);
    made(
        &mut autotask,
        "PATCH Products",
        json!({"id": id, "unitCost": 6}),
    );
    assert_eq!(vendors(&mut autotask, id), 1);
}

#[test]
fn a_bundle_is_what_its_services_are() {
    let mut autotask = tenant();
    let names = ["periodType", "unitCost", "unitPrice", "isActive"];
    let row = item(&mut autotask, "ServiceBundles/651");
    assert_eq!(shown(&row, &names), ["2", "12.0000", "22.0000", "true"]);
    let bundle = made(
        &mut autotask,
        "POST ServiceBundles",
        json!({"name": "Garanties", "billingCodeID": 29_683_520}),
    );
    let path = format!("ServiceBundles/{bundle}");
    for (service, expected) in [(603, ["5", "80.0000"]), (602, ["5", "82.7500"])] {
        made(
            &mut autotask,
            &format!("POST {path}/Services"),
            json!({"serviceID": service}),
        );
        let row = item(&mut autotask, &path);
        assert_eq!(shown(&row, &names[..2]), expected);
    }
    made(&mut autotask, &format!("DELETE {path}"), Value::Null);
    let left = json!([{"op": "eq", "field": "serviceBundleID", "value": bundle}]);
    assert_eq!(
        query(&mut autotask, "ServiceBundleServices", left),
        Ok(vec![])
    );
}

#[test]
fn documents_are_found_by_the_keys_that_they_can_carry() {
    let mut autotask = tenant();
    let id = made(
        &mut autotask,
        "POST Opportunities",
        with(
            &opportunity(),
            json!({"userDefinedFields": [{"name": "channelonline_id", "value": "900123"}]}),
        ),
    );
    let quote = made(
        &mut autotask,
        "POST Quotes",
        with(&quote(), json!({"opportunityID": id})),
    );
    let product = made(
        &mut autotask,
        "POST Products",
        with(
            &product(),
            json!({"externalProductID": "C-1", "userDefinedFields": [{"name": "ChannelOnline_Id", "value": "C-1"}]}),
        ),
    );
    let marker = |value: &str| json!([{"op": "eq", "field": "ChannelOnline_Id", "udf": true, "value": value}]);
    let eq = |field: &str, value: Value| json!({"op": "eq", "field": field, "value": value});
    let table = [
        ("Opportunities", marker("900123"), vec![id]),
        ("Products", marker("C-1"), vec![product]),
        (
            "Products",
            json!([eq("externalProductID", json!("c-1"))]),
            vec![product],
        ),
        (
            "Products",
            json!([
                eq("manufacturerName", json!("LENOVO")),
                eq("manufacturerProductName", json!("21hd0000ca"))
            ]),
            vec![78],
        ),
        (
            "Quotes",
            json!([eq("externalQuoteNumber", json!("q-10045"))]),
            vec![quote],
        ),
        (
            "Quotes",
            json!([eq("opportunityID", json!(401))]),
            vec![521],
        ),
        (
            "QuoteItems",
            json!([eq("quoteID", json!(521))]),
            vec![9001, 9002, 9003],
        ),
        (
            "Opportunities",
            json!([eq("title", json!("réseau de l'ENTREPÔT"))]),
            vec![402, 403],
        ),
        (
            "Opportunities",
            json!([
                eq("title", json!("Réseau de l'entrepôt")),
                eq("companyID", json!(202))
            ]),
            vec![402],
        ),
        (
            "Opportunities",
            json!([{"op": "gte", "field": "lastActivity", "value": "2026-09-17T00:00:00Z"}]),
            vec![403, 405, id],
        ),
        (
            "Quotes",
            json!([{"op": "gte", "field": "lastActivityDate", "value": "2026-09-01"}]),
            vec![521, quote],
        ),
        (
            "Contacts",
            json!([
                eq("companyID", json!(201)),
                eq("emailAddress", json!("marc-andre.ouellet@saintluc.example"))
            ]),
            vec![302],
        ),
        (
            "Companies",
            json!([eq("companyName", json!("Pharmacie Bélanger"))]),
            vec![208, 209],
        ),
        (
            "Roles",
            json!([eq("isActive", json!(true))]),
            vec![29_683_468, 29_683_469, 29_683_470],
        ),
        (
            "ShippingTypes",
            json!([eq("name", json!("ups standard"))]),
            vec![2],
        ),
    ];
    for (entity, filter, expected) in table {
        assert_eq!(
            query(&mut autotask, entity, filter.clone()),
            Ok(expected),
            "{entity} {filter}"
        );
    }
    for entity in ["Quotes", "QuoteItems"] {
        let path = format!("GET {entity}/entityInformation/userDefinedFields");
        assert_eq!(
            call(&mut autotask, &path, Value::Null).1,
            json!({"fields": []})
        );
    }
}

#[test]
fn metadata_of_documents_tells_what_can_be_chosen() {
    let mut autotask = tenant();
    let mut labels = |entity: &str, name: &str| {
        let path = format!("GET {entity}/entityInformation/fields");
        let fields = call(&mut autotask, &path, Value::Null).1["fields"].clone();
        let field = fields
            .as_array()
            .unwrap()
            .iter()
            .find(|field| field["name"] == name)
            .unwrap_or_else(|| panic!("{entity}.{name}"))
            .clone();
        let values = field["picklistValues"].as_array().unwrap().iter();
        values
            .map(|value| {
                let mark = if value["isActive"] == true { "" } else { " -" };
                format!(
                    "{} {}{mark}",
                    value["value"].as_str().unwrap(),
                    value["label"].as_str().unwrap()
                )
            })
            .collect::<Vec<_>>()
            .join("; ")
    };
    let table = [
        (
            "Quotes",
            "paymentTerm",
            "1 Net 30 jours; 2 Payable sur réception; 3 Net 60 jours; 4 Net 15 jours -",
        ),
        (
            "Quotes",
            "shippingType",
            "1 Purolator Terrestre; 2 UPS Standard; 3 Cueillette; 4 Dicom -",
        ),
        (
            "Quotes",
            "taxRegionID",
            "29683610 Québec; 29683611 Exonéré; 29683612 Nouveau-Brunswick",
        ),
        (
            "Opportunities",
            "status",
            "0 Not Ready To Buy; 1 Active; 2 Lost; 3 Closed; 4 Implemented",
        ),
        (
            "Opportunities",
            "opportunityCategoryID",
            "1 Standard; 2 Revente de matériel; 3 Commande ChannelOnline",
        ),
        (
            "QuoteItems",
            "periodType",
            "1 One-Time; 2 Monthly; 3 Quarterly; 4 Semi-Annual; 5 Yearly",
        ),
        (
            "Products",
            "productCategory",
            "1 Produits divers; 11 Ordinateurs; 12 Portables; 13 Écrans; 14 Réseau; 15 Commutateurs; 16 Logiciels; 17 Télécopieurs -",
        ),
    ];
    for (entity, name, expected) in table {
        assert_eq!(labels(entity, name), expected, "{entity}.{name}");
    }
}

#[test]
fn the_seed_is_a_tenant_that_the_vendor_would_have_let_grow() {
    let mut autotask = tenant();
    for (entity, line) in [
        ("Companies", "PATCH Companies"),
        ("Opportunities", "PATCH Opportunities"),
        ("Quotes", "PATCH Quotes"),
        ("Products", "PATCH Products"),
        ("Services", "PATCH Services"),
        ("ServiceBundles", "PATCH ServiceBundles"),
        ("QuoteItems", "PATCH Quotes/{}/Items"),
        ("Contacts", "PATCH Companies/{}/Contacts"),
        ("CompanyLocations", "PATCH Companies/{}/Locations"),
    ] {
        let rows = SEED[entity].as_array().unwrap();
        for row in rows {
            let parent = row.get("quoteID").unwrap_or(&row["companyID"]);
            let line = line.replace("{}", &parent.to_string());
            // A PATCH of nothing checks the whole record.
            made(&mut autotask, &line, json!({"id": row["id"]}));
        }
    }
}
