//! Every request whose functions the public schema knows is valid by it. `query`, `lookup` and the posting of a contract
//! are younger than the schema; of those the envelope is tested with the schema's own functions in their place.
//!
//! The schema and `xmllint` are not part of the product. Where one is missing the test is told as ignored.

use super::company::Company;
use super::*;
use std::path::PathBuf;
use std::process::Command;

/// Where the build found it.
const SCHEMA: Option<&str> = option_env!("VENDOR_SCHEMA");

/// A request with what the schema does not know replaced by something that it does.
fn known(request: &str) -> String {
    let mut out = String::new();
    let mut rest = request;
    while let Some(at) = rest.find("<function ") {
        let (before, function) = rest.split_at(at);
        let end = function.find("</function>").unwrap();
        let (function, after) = function.split_at(end);
        let (head, call) = function.split_at(function.find('>').unwrap() + 1);
        let unknown = ["<query>", "<lookup>", "<post>"]
            .iter()
            .any(|name| call.starts_with(name));
        out += before;
        out += head;
        out += if unknown { "<getAPISession/>" } else { call };
        rest = after;
    }
    out + rest
}

/// What xmllint has against these requests.
fn validated(requests: &[String]) -> Vec<String> {
    let folder = std::env::temp_dir().join(format!("intacct-valid-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let files: Vec<PathBuf> = (0..requests.len())
        .map(|at| folder.join(format!("{at:05}.xml")))
        .collect();
    for (file, request) in files.iter().zip(requests) {
        std::fs::write(file, request).unwrap();
    }
    let output = Command::new("xmllint")
        .arg("--noout")
        .arg("--schema")
        .arg(SCHEMA.expect("xmllint and shared/vendors/schemas beside the checkout"))
        .args(&files)
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    std::fs::remove_dir_all(&folder).unwrap();
    let wrong = words.lines().filter(|line| !line.ends_with(" validates"));
    wrong.map(str::to_owned).collect()
}

#[test]
#[cfg_attr(
    not(vendor_schema),
    ignore = "needs xmllint and the vendor's schema beside the checkout"
)]
fn requests_are_valid_by_the_public_schema() {
    let company = Company::with(json!({"entity_id": "E & 1", "order_definition": "Sales Order"}));
    write_one(&company, "contract", create(contract(3))).unwrap();
    let mut wrong = contract(1);
    wrong["lines"][0]["item_id"] = json!("P9");
    wrong["external_id"] = json!("800<A>");
    write_one(&company, "contract", create(wrong)).unwrap_err();
    write_one(
        &company,
        "customer",
        create(json!({"name": "A & B <C>", "city": "Alma"})),
    )
    .unwrap();
    write_one(
        &company,
        "customer",
        update("C1", None, json!({"name": "X", "comments": "a]]>b"})),
    )
    .unwrap();
    let order = json!({"customer_id": "C1", "document_date": "2026-03-02", "posting_date": "2026-03-03", "due_date": "2026-04-01",
        "document_no": "7", "reference": "R & 1", "term": "Net 30", "message": "Hello", "ship_to_contact": "A", "bill_to_contact": "B",
        "currency": "CAD", "exchange_rate_type": "Custom", "state": "Draft", "custom_fields": {"REGION": "North"},
        "lines": [{"item_id": "P1", "description": "x", "warehouse_id": "W", "quantity": "2", "unit": "Each", "price": "1", "location_id": "L", "department_id": "D", "custom_fields": {"REGION": "South"}}]});
    let order = create_as("01J9YYYYYYYYYYYYYYYYYYYYYY", order);
    write_one(&company, "order_transaction", order).unwrap();
    Intacct.check(&company).unwrap();
    let requests: Vec<String> = company.requests.borrow().iter().map(|r| known(r)).collect();
    for request in company.requests.borrow().iter() {
        crate::xml::parse(request).unwrap();
    }
    let wrong = validated(&requests);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let swapped = requests[0]
        .replace("<uniqueid>false</uniqueid>", "")
        .replace(
            "<dtdversion>",
            "<uniqueid>x</uniqueid><uniqueid>y</uniqueid><dtdversion>",
        );
    assert!(
        !validated(&[swapped]).is_empty(),
        "the proof that it can fail"
    );
    println!("{} requests valid by the public schema", requests.len());
}

#[test]
fn the_functions_that_are_younger_than_the_schema_have_the_shape_of_the_reference() {
    let company = Company::new();
    write_one(&company, "contract", create(contract(1))).unwrap();
    let requests = company.requests.borrow();
    let order = [
        "<object>",
        "<select>",
        "<filter>",
        "<orderby>",
        "<options>",
        "<pagesize>",
        "<offset>",
    ];
    let queries: Vec<&String> = requests.iter().filter(|r| r.contains("<query>")).collect();
    assert!(queries.len() > 3);
    for query in queries {
        let places: Vec<usize> = order.iter().filter_map(|name| query.find(name)).collect();
        assert!(places.windows(2).all(|pair| pair[0] < pair[1]), "{query}");
        assert!(query.contains("<uniqueid>false</uniqueid>"));
    }
    let post = requests
        .iter()
        .find(|r| r.contains("<post><CONTRACT>"))
        .unwrap();
    assert!(post.contains("<post><CONTRACT><RECORDNO>"));
}
