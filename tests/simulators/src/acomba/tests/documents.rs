//! Documents: what the bridge fills in, numbers, references, totals.

use serde_json::{Value, json};

use super::{Lab, invoice};

#[test]
fn the_invoice_of_the_reference_is_taken_and_completed() {
    let mut lab = Lab::new();
    let (status, answer) = lab.post("/v1/acme/Transaction", "at-invoice-1205", &invoice());
    assert_eq!(
        (
            status,
            &answer["InInvoiceNumber"],
            &answer["InInvoicePrefix"]
        ),
        (201, &json!("10082"), &json!("")),
        "{answer}"
    );
    let card_pos = answer["CardPos"].as_i64().unwrap();
    let (_, document) = lab.get(&format!("/v1/acme/Transaction/{card_pos}"));
    for (property, value) in [
        ("InInvoicedToCP", json!(2)),
        ("InTaxGroupNumber", json!("TPSTVQ")),
        ("InTermNumber", json!(1)),
        ("InSalespersonNumber", json!(7)),
        ("InTermDescription", json!("Payable sur réception")),
        ("InCurrentDay", json!(1)),
        ("InTransactionActive", json!(1)),
        ("TANumLines", json!(5)),
    ] {
        assert_eq!(document[property], value, "{property}");
    }
    let lines = document["Lines"].as_array().unwrap();
    let line = |at: usize, property: &str| lines[at][property].to_string();
    assert_eq!(
        (line(0, "ILProductCP"), line(0, "ILProductGroupCP")),
        ("2".into(), "4".into())
    );
    assert_eq!(
        (line(1, "ILProductCP"), line(1, "ILProductGroupCP")),
        ("0".into(), "4".into())
    );
    assert_eq!(
        (
            line(2, "ILCharterCP"),
            line(3, "ILCharterCP"),
            line(4, "ILProductCP")
        ),
        ("4250".into(), "2310".into(), "3".into())
    );
    assert_eq!(document["InInvoiceTotal"].to_string(), "396.66");
}

#[test]
fn a_document_is_found_by_reference_and_by_number() {
    let mut lab = Lab::new();
    lab.post("/v1/acme/Transaction", "k", &invoice());
    let mut count = |target: &str| {
        lab.get(&format!("/v1/acme/Transaction{target}")).1["items"]
            .as_array()
            .map(Vec::len)
    };
    for (target, found) in [
        ("?InInvoiceType=ITp_Invoice&InReference=AT-1205", 1),
        ("?InReference=AT-1205&InCustomerSupplierCP=2", 1),
        ("?InReference=AT-1205&InCustomerSupplierCP=3", 0),
        ("?InInvoiceType=ITp_Quotation&InReference=AT-1205", 0),
        ("?InReference=at-1205", 0),
        ("?InInvoiceType=ITp_Invoice", 6),
        ("?InCustomerSupplierCP=2&limit=2", 2),
    ] {
        assert_eq!(count(target), Some(found), "{target}");
    }
    let (_, by_number) =
        lab.get("/v1/acme/Transaction/key/1?InInvoiceType=ITp_Invoice&InInvoiceNumber=10082");
    assert_eq!(by_number["InReference"], "AT-1205");
    let target = "/v1/acme/Transaction/key/1?InInvoiceType=ITp_Invoice&InInvoiceNumber=10082&InCustomerSupplierCP=3";
    assert_eq!(lab.get(target).0, 404);
}

#[test]
fn filtered_pages_go_on_after_a_position() {
    let mut lab = Lab::new();
    let (_, first) = lab.get("/v1/acme/Transaction?InInvoiceType=ITp_Invoice&limit=3");
    assert_eq!(
        (&first["has_more"], &first["CursorUsed"]),
        (&json!(true), &json!(3))
    );
    let next = &first["next_after_card_pos"];
    let (_, rest) = lab.get(&format!(
        "/v1/acme/Transaction?InInvoiceType=ITp_Invoice&limit=3&after_card_pos={next}"
    ));
    assert_eq!(
        (&rest["has_more"], &rest["CursorUsed"]),
        (&json!(false), &json!(2))
    );
}

#[test]
fn a_reference_asked_to_be_unique_is_refused_the_second_time() {
    let mut lab = Lab::new();
    let target = "/v1/acme/Transaction?unique_reference=1";
    let (_, first) = lab.post(target, "k1", &invoice());
    let (status, error) = lab.post(target, "k2", &invoice());
    assert_eq!(
        (status, &error["error"]["code"], &error["error"]["card_pos"]),
        (409, &json!("duplicate_reference"), &first["CardPos"])
    );
    assert_eq!(
        lab.post("/v1/acme/Transaction", "k3", &invoice()).0,
        201,
        "only when asked"
    );
    lab.control(&json!({ "do": "set_active", "card_pos": 2, "active": false }));
    assert_eq!(
        lab.post(target, "k5", &invoice()).0,
        409,
        "that it exists wins over what would be refused today"
    );
    let mut other = invoice();
    other["InCustomerSupplierCP"] = json!(3);
    assert_eq!(
        lab.post(target, "k4", &other).0,
        201,
        "another customer may have the same reference"
    );
    let summary = lab.control(&json!({ "do": "summary" }));
    assert_eq!(summary["companies"]["acme"]["duplicate_references"], 1);
}

#[test]
fn totals_are_exact_and_those_left_out_are_the_sums() {
    let document = |totals: Value| {
        let tenth = |n: i64| json!({ "ILType": "IL_Invoice", "ILLineNumber": n, "ILProductGroupNumber": 600, "ILDescription": "x", "ILTotalAmount": 0.1 });
        let mut document = json!({ "InInvoiceType": "ITp_Invoice", "InCustomerSupplierCP": 8, "Lines": [tenth(1), tenth(2), tenth(3)] });
        document
            .as_object_mut()
            .unwrap()
            .extend(totals.as_object().unwrap().clone());
        document
    };
    for (totals, status) in [
        (json!({}), 201),
        (
            json!({ "InInvoiceSubTotal": 0.3, "InInvoiceTotal": 0.30 }),
            201,
        ),
        (json!({ "InInvoiceTotal": 0.31 }), 422),
        (json!({ "InInvoiceSubTotal": 0.29 }), 422),
    ] {
        let mut lab = Lab::new();
        let (got, answer) = lab.post("/v1/acme/Transaction", "k", &document(totals.clone()));
        assert_eq!(got, status, "{totals}: {answer}");
        if got == 201 {
            let (_, card) = lab.get(&format!("/v1/acme/Transaction/{}", answer["CardPos"]));
            assert_eq!(card["InInvoiceTotal"].to_string(), "0.3");
            assert_eq!(card["InDate"], "2026-03-05", "today when not given");
        }
    }
}

#[test]
fn a_line_takes_from_its_product_what_was_left_out() {
    let mut lab = Lab::new();
    let lines = json!([
        { "ILType": "IL_Invoice", "ILLineNumber": 1, "ILProductNumber": "WD22", "ILInvoicedQty": 1, "ILTotalAmount": 249.99 },
        { "ILType": "IL_Invoice", "ILLineNumber": 2, "ILProductNumber": "HORS-CAT", "ILProductGroupNumber": 200, "ILDescription": "Hors catalogue", "ILTotalAmount": 5 },
        { "ILType": "IL_Invoice", "ILLineNumber": 3, "ILDescription": "Merci de votre confiance" },
    ]);
    let body = json!({ "InInvoiceType": "ITp_Invoice", "InCustomerSupplierCP": 8, "Lines": lines });
    let (status, answer) = lab.post("/v1/acme/Transaction", "k", &body);
    assert_eq!(status, 201, "{answer}");
    let (_, card) = lab.get(&format!("/v1/acme/Transaction/{}", answer["CardPos"]));
    let line = &card["Lines"][0];
    assert_eq!(
        (
            &line["ILDescription"],
            line["ILSellingPrice"].to_string().as_str()
        ),
        (&json!("Écran 22 po, tout-en-un"), "249.99")
    );
    assert_eq!(
        (
            &card["Lines"][1]["ILProductNumber"],
            &card["Lines"][1]["ILProductCP"]
        ),
        (&json!("HORS-CAT"), &json!(0))
    );
    assert_eq!(card["Lines"][2]["ILProductGroupCP"], 0);
}

#[test]
fn each_company_numbers_its_own_invoices_with_its_prefix() {
    let mut lab = Lab::new();
    lab.key = "autre-key-0001";
    let body = json!({ "InInvoiceType": "ITp_Invoice", "InCustomerSupplierCP": 2, "Lines": [{ "ILType": "IL_Invoice", "ILLineNumber": 1, "ILDescription": "Note" }] });
    let (_, answer) = lab.post("/v1/autre/Transaction", "k", &body);
    assert_eq!(
        (&answer["InInvoiceNumber"], &answer["InInvoicePrefix"]),
        (&json!("502"), &json!("QB"))
    );
}

#[test]
fn a_given_number_is_unique_for_its_type_and_customer() {
    let mut lab = Lab::new();
    let mut body = invoice();
    body["InInvoiceNumber"] = json!("9001");
    assert_eq!(lab.post("/v1/acme/Transaction", "a", &body).0, 201);
    assert_eq!(
        lab.post("/v1/acme/Transaction", "b", &body).1["error"]["code"],
        "number_taken"
    );
    body["InCustomerSupplierCP"] = json!(3);
    assert_eq!(lab.post("/v1/acme/Transaction", "c", &body).0, 201);
}
