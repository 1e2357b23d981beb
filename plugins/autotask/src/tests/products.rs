//! Products: made with their category by name, costs that the API user may not see.

use super::repeats::{autotask, persist};
use super::*;

#[test]
fn a_product_takes_its_category_by_name_and_what_autotask_demands() {
    let host = autotask();
    let op = operation(
        Action::Create,
        None,
        json!({"name": "Dock", "billing_code_id": "5", "category": "hardware", "manufacturer": "Dell",
            "manufacturer_part": "WD22", "sku": null, "unit_price": "239.99"}),
    );
    let applied = persist(&host, "product", &op).unwrap();
    let row = &host.rows("Products")[0];
    assert_eq!(
        *row,
        json!({"id": 101, "name": "Dock", "productBillingCodeID": 5, "productCategory": 1, "manufacturerName": "Dell",
            "manufacturerProductName": "WD22", "unitPrice": 239.99, "isActive": true, "isSerialized": false,
            "externalProductID": "01ARZ3NDEKTSV4RRFFQ69G5FAV"})
    );
    assert_eq!(
        filter::value(&applied.body.unwrap())["category"],
        json!("Hardware")
    );
}

#[test]
fn a_value_that_a_list_has_not_or_no_more_is_refused_in_words() {
    for (category, key, part) in [
        ("Furniture", "picklist-unknown", "Hardware, Software"),
        ("old things", "picklist-inactive", "Old things"),
    ] {
        let op = operation(
            Action::Create,
            None,
            json!({"name": "Dock", "billing_code_id": "5", "category": category}),
        );
        let fault = persist(&autotask(), "product", &op).unwrap_err();
        assert_eq!(
            (
                fault.kind,
                fault.message.key.as_str(),
                fault.field.as_deref()
            ),
            (FaultKind::Rejected, key, Some("category"))
        );
        assert!(
            fault.message.fallback.contains(part),
            "{}",
            fault.message.fallback
        );
    }
    let op = operation(Action::Create, None, json!({"name": "Dock"}));
    let fault = persist(&autotask(), "product", &op).unwrap_err();
    assert_eq!(
        (fault.message.key.as_str(), fault.field.as_deref()),
        ("field-needed", Some("billing_code_id"))
    );
}

#[test]
fn a_cost_that_may_not_be_seen_does_not_undo_a_change() {
    let row = |price: f64| {
        items(json!([{"id": 77, "name": "Dock", "unitPrice": price, "unitCost": null}]))
    };
    for (price, key) in [(239.99, None), (1.0, Some("not-kept"))] {
        let host = host()
            .on("PATCH /Products", json!({"itemId": 77}))
            .on("POST /Products/query", row(price));
        let op = update("77", json!({"unit_price": "239.99", "unit_cost": "180.5"}));
        let outcome = Autotask.write(&host, "product", &[op]).remove(0);
        assert_eq!(
            outcome.err().map(|fault| fault.message.key),
            key.map(str::to_owned)
        );
    }
}

#[test]
fn a_refusal_of_autotask_names_our_field() {
    for (words, key, field, part) in [
        (
            "Value does not exist for the required field manufacturerProductName",
            "field-demanded",
            "manufacturer_part",
            "demands manufacturer_part",
        ),
        (
            "Picklist value [3] does not exist for productCategory",
            "picklist-refused",
            "category",
            "The value of category",
        ),
        (
            "String value exceeds maximum length (field:sku).  ",
            "too-long",
            "sku",
            "sku is longer",
        ),
        (
            "Reference value on field: productBillingCodeID of type: AllocationCode does not exist or is invalid.",
            "reference-invalid",
            "billing_code_id",
            "What billing_code_id refers to",
        ),
    ] {
        let host = host().reply(
            "PATCH /Products",
            Reply::Json(500, json!({"errors": [words]})),
        );
        let op = update("77", json!({"sku": "x"}));
        let fault = Autotask
            .write(&host, "product", &[op])
            .remove(0)
            .unwrap_err();
        assert_eq!(
            (fault.message.key.as_str(), fault.field.as_deref()),
            (key, Some(field))
        );
        assert!(fault.message.fallback.contains(part), "{}", fault.message.fallback);
        assert!(fault.message.args.contains(&("field".to_owned(), field.to_owned())));
    }
}

#[test]
fn products_are_found_by_maker_and_part_number() {
    let host = autotask().with(
        "Products",
        json!([
            {"id": 77, "manufacturerName": "Dell", "manufacturerProductName": "WD22"},
            {"id": 78, "manufacturerName": "HP", "manufacturerProductName": "WD22"}]),
    );
    let query = vec![
        ("manufacturer".to_owned(), "\"dell\"".to_owned()),
        ("manufacturer_part".to_owned(), "\"WD22\"".to_owned()),
    ];
    let found = Autotask.find(&host, "product", &[query]).unwrap();
    assert_eq!(
        found[0].iter().map(|e| e.id.as_str()).collect::<Vec<_>>(),
        ["77"]
    );
}
