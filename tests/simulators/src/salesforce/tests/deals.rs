//! Opportunities, their lines, and prices.

use serde_json::{Value, json};

use super::Lab;

#[test]
fn an_opportunity_follows_its_stage() {
    let mut lab = Lab::new();
    let target = format!("sobjects/Opportunity/{}", lab.id("opp-logicqc"));
    let row = lab.get(&target);
    assert_eq!(
        (
            row["Probability"].to_string(),
            row["ExpectedRevenue"].to_string(),
            &row["IsClosed"]
        ),
        ("75.0".to_owned(), "13500.0".to_owned(), &json!(false))
    );
    lab.patch(&target, json!({ "StageName": "Closed Won" }));
    let row = lab.get(&target);
    assert_eq!(
        (
            &row["IsClosed"],
            &row["IsWon"],
            row["Probability"].to_string()
        ),
        (&json!(true), &json!(true), "100.0".to_owned())
    );
    assert_eq!(
        (&row["ForecastCategory"], &row["ForecastCategoryName"]),
        (&json!("Closed"), &json!("Closed"))
    );
    assert_eq!(
        (
            &row["Fiscal"],
            row["FiscalQuarter"].to_string(),
            row["FiscalYear"].to_string()
        ),
        (&json!("2026 2"), "2".to_owned(), "2026".to_owned())
    );
    lab.patch(
        &target,
        json!({ "StageName": "Prospecting", "Probability": 33 }),
    );
    assert_eq!(lab.get(&target)["Probability"].to_string(), "33.0");
    assert_eq!(
        lab.refused("PATCH", &target, json!({ "IsWon": true })).1,
        "INVALID_FIELD_FOR_INSERT_UPDATE"
    );
}

#[test]
fn lines_make_the_amount() {
    let mut lab = Lab::new();
    let id = lab.id("opp-atelier");
    let target = format!("sobjects/Opportunity/{id}");
    // 24 × 52.50 + 12 × 189 less 10 % + 12 × 79
    assert_eq!(lab.get(&target)["Amount"].to_string(), "4249.2");
    lab.patch(&target, json!({ "Amount": 5 }));
    assert_eq!(
        lab.get(&target)["Amount"].to_string(),
        "4249.2",
        "ignored, not refused"
    );
    lab.later(60);
    let line = lab.id("line-suite");
    lab.patch(
        &format!("sobjects/OpportunityLineItem/{line}"),
        json!({ "Quantity": 25 }),
    );
    let row = lab.get(&target);
    assert_eq!(
        (row["Amount"].to_string(), row["SystemModstamp"].as_str()),
        ("4301.7".to_owned(), Some(lab.stamp().as_str()))
    );
    let book = lab.id("standard-book");
    assert_eq!(
        lab.refused("PATCH", &target, json!({ "Pricebook2Id": book }))
            .1,
        "FIELD_INTEGRITY_EXCEPTION"
    );
    for line in lab.query(&format!(
        "SELECT Id FROM OpportunityLineItem WHERE OpportunityId = '{id}'"
    )) {
        let line = line["Id"].as_str().unwrap().to_owned();
        assert_eq!(
            lab.send(
                "DELETE",
                &format!("sobjects/OpportunityLineItem/{line}"),
                &[],
                ""
            )
            .status,
            204
        );
    }
    let row = lab.get(&target);
    assert_eq!(
        (&row["HasOpportunityLineItem"], row["Amount"].to_string()),
        (&json!(false), "948.0".to_owned()),
        "the last amount stays"
    );
    lab.patch(&target, json!({ "Amount": 5, "Pricebook2Id": book }));
}

#[test]
fn a_line_is_priced_one_way_from_an_entry_of_the_book() {
    let mut lab = Lab::new();
    let (deal, won) = (lab.id("opp-dubuc"), lab.id("opp-atelier"));
    let (entry, inactive, other, product) = (
        lab.id("p26-heberg"),
        lab.id("p26-form"),
        lab.id("std-suite"),
        lab.id("heberg"),
    );
    for (body, code) in [
        (
            json!({ "OpportunityId": deal, "Quantity": 1, "UnitPrice": 1 }),
            "REQUIRED_FIELD_MISSING",
        ),
        (
            json!({ "PricebookEntryId": entry, "Quantity": 1, "UnitPrice": 1 }),
            "REQUIRED_FIELD_MISSING",
        ),
        (
            json!({ "OpportunityId": deal, "PricebookEntryId": entry, "UnitPrice": 1 }),
            "REQUIRED_FIELD_MISSING",
        ),
        (
            json!({ "OpportunityId": deal, "PricebookEntryId": entry, "Quantity": 1 }),
            "REQUIRED_FIELD_MISSING",
        ),
        (
            json!({ "OpportunityId": deal, "PricebookEntryId": entry, "Quantity": 0, "UnitPrice": 1 }),
            "FIELD_INTEGRITY_EXCEPTION",
        ),
        (
            json!({ "OpportunityId": deal, "PricebookEntryId": entry, "Quantity": 1, "UnitPrice": 1, "TotalPrice": 1 }),
            "FIELD_INTEGRITY_EXCEPTION",
        ),
        (
            json!({ "OpportunityId": deal, "PricebookEntryId": inactive, "Quantity": 1, "UnitPrice": 1 }),
            "FIELD_INTEGRITY_EXCEPTION",
        ),
        (
            json!({ "OpportunityId": won, "PricebookEntryId": other, "Quantity": 1, "UnitPrice": 1 }),
            "FIELD_INTEGRITY_EXCEPTION",
        ),
        (
            json!({ "OpportunityId": deal, "PricebookEntryId": entry, "Quantity": 1, "UnitPrice": 1, "ListPrice": 2 }),
            "INVALID_FIELD_FOR_INSERT_UPDATE",
        ),
    ] {
        assert_eq!(
            lab.refused("POST", "sobjects/OpportunityLineItem", body.clone())
                .1,
            code,
            "{body}"
        );
    }
    assert!(
        lab.row("Opportunity", &deal).get("Pricebook2Id").is_none(),
        "a refused line chose no book"
    );
    let line = lab.create("OpportunityLineItem", json!({ "OpportunityId": deal, "PricebookEntryId": entry, "Quantity": 3, "TotalPrice": 100, "Discount": 5 }));
    let row = lab.get(&format!("sobjects/OpportunityLineItem/{line}"));
    assert_eq!(
        (
            row["UnitPrice"].to_string(),
            row["TotalPrice"].to_string(),
            row["ListPrice"].to_string()
        ),
        ("35.09".to_owned(), "100.0".to_owned(), "79.0".to_owned())
    );
    assert_eq!(
        (&row["ProductCode"], &row["Name"]),
        (
            &json!("BOR-HEB"),
            &json!("Scierie Dubuc, découverte Hébergement infonuagique")
        )
    );
    assert_eq!(
        lab.row("Opportunity", &deal)["Pricebook2Id"],
        lab.id("book-2026").as_str()
    );
    let by_product = lab.create(
        "OpportunityLineItem",
        json!({ "OpportunityId": deal, "Product2Id": product, "Quantity": 1, "UnitPrice": 10 }),
    );
    assert_eq!(
        lab.row("OpportunityLineItem", &by_product)["PricebookEntryId"],
        entry.as_str()
    );
    assert_eq!(
        lab.refused(
            "PATCH",
            &format!("sobjects/OpportunityLineItem/{line}"),
            json!({ "PricebookEntryId": entry })
        )
        .1,
        "INVALID_FIELD_FOR_INSERT_UPDATE"
    );
    lab.set("line_price_defaulted", true);
    let line = lab.create(
        "OpportunityLineItem",
        json!({ "OpportunityId": deal, "PricebookEntryId": entry, "Quantity": 1 }),
    );
    assert_eq!(
        lab.row("OpportunityLineItem", &line)["UnitPrice"].to_string(),
        "79.0"
    );
}

#[test]
fn prices_have_an_order() {
    let mut lab = Lab::new();
    let product = lab.create(
        "Product2",
        json!({ "Name": "Nouveau", "ProductCode": "N-1", "IsActive": true }),
    );
    let (standard, book) = (lab.id("standard-book"), lab.id("book-2026"));
    let entry = |book: &str| json!({ "Pricebook2Id": book, "Product2Id": product, "UnitPrice": 12.5, "IsActive": true });
    assert_eq!(
        lab.refused("POST", "sobjects/PricebookEntry", entry(&book))
            .1,
        "STANDARD_PRICE_NOT_DEFINED"
    );
    lab.create("PricebookEntry", entry(&standard));
    let made = lab.create("PricebookEntry", entry(&book));
    assert_eq!(
        lab.refused("POST", "sobjects/PricebookEntry", entry(&book))
            .1,
        "DUPLICATE_VALUE"
    );
    let target = format!("sobjects/PricebookEntry/{made}");
    assert_eq!(
        lab.refused(
            "PATCH",
            &target,
            json!({ "UseStandardPrice": true, "UnitPrice": 3 })
        )
        .1,
        "FIELD_INTEGRITY_EXCEPTION"
    );
    assert_eq!(
        lab.refused("PATCH", &target, json!({ "Product2Id": product }))
            .1,
        "INVALID_FIELD_FOR_INSERT_UPDATE"
    );
    lab.patch(
        &format!("sobjects/Product2/{product}"),
        json!({ "Name": "Renommé" }),
    );
    assert_eq!(
        (&lab.get(&target)["Name"], &lab.get(&target)["ProductCode"]),
        (&json!("Renommé"), &json!("N-1"))
    );
    let used = lab.id("p26-suite");
    assert_eq!(
        lab.refused(
            "DELETE",
            &format!("sobjects/PricebookEntry/{used}"),
            Value::Null
        )
        .1,
        "DELETE_FAILED"
    );
    assert_eq!(lab.send("DELETE", &target, &[], "").status, 204);
    assert_eq!(
        lab.refused(
            "POST",
            "sobjects/Pricebook2",
            json!({ "Name": "x", "IsStandard": true })
        )
        .1,
        "INVALID_FIELD_FOR_INSERT_UPDATE"
    );
}
