//! Lists that documents name: tables that are only read, and picklists as entities.

use super::repeats::autotask;
use super::*;

#[test]
fn every_list_can_be_walked_read_and_searched() {
    for (entity, table, row, key, shown) in [
        (
            "resource",
            "Resources",
            json!({"id": 1, "email": "marie@x.example", "firstName": "Marie", "isActive": true}),
            ("email", "Marie@x.example"),
            ("first_name", json!("Marie")),
        ),
        (
            "country",
            "Countries",
            json!({"id": 1, "countryCode": "CA", "name": "Canada"}),
            ("code", "ca"),
            ("name", json!("Canada")),
        ),
        (
            "service",
            "Services",
            json!({"id": 1, "name": "Backup", "periodType": 2, "unitPrice": 10.5, "billingCodeID": 5}),
            ("name", "backup"),
            ("period", json!("Monthly")),
        ),
        (
            "service_bundle",
            "ServiceBundles",
            json!({"id": 1, "name": "All", "unitPrice": 99.0}),
            ("name", "All"),
            ("unit_price", json!("99.0")),
        ),
        (
            "labor",
            "Roles",
            json!({"id": 1, "name": "Technician", "hourlyRate": 120.0}),
            ("name", "technician"),
            ("rate", json!("120.0")),
        ),
        (
            "shipping_type",
            "ShippingTypes",
            json!({"id": 1, "name": "UPS Ground", "isActive": true}),
            ("name", "UPS Ground"),
            ("active", json!(true)),
        ),
        (
            "payment_term",
            "PaymentTerms",
            json!({"id": 1, "name": "Net 30", "paymentDueInDays": 30}),
            ("name", "net 30"),
            ("days", json!(30)),
        ),
        (
            "tax_region",
            "TaxRegions",
            json!({"id": 1, "name": "Québec"}),
            ("name", "Québec"),
            ("name", json!("Québec")),
        ),
        (
            "tax_category",
            "TaxCategories",
            json!({"id": 1, "name": "Taxable"}),
            ("name", "Taxable"),
            ("name", json!("Taxable")),
        ),
    ] {
        let host = autotask().with(table, json!([row]));
        let found = Autotask
            .find(
                &host,
                entity,
                &[vec![(key.0.to_owned(), json!(key.1).to_string())]],
            )
            .unwrap();
        assert_eq!(body(&found[0][0])[shown.0], shown.1, "{entity}");
        let read = Autotask
            .read(&host, entity, &["1".into(), "2".into()])
            .unwrap();
        assert!(read[0].is_some() && read[1].is_none(), "{entity}");
        let page = Autotask.query(&host, entity, &[], None, 100).unwrap();
        assert!(page.entries.len() == 1 && page.complete, "{entity}");
    }
}

#[test]
fn picklists_are_entities() {
    for (entity, label, id) in [
        ("product_category", "Software", "2"),
        ("opportunity_status", "closed", "3"),
        ("opportunity_stage", "Qualified", "1"),
        ("opportunity_category", "Standard", "1"),
    ] {
        let host = autotask();
        let query = vec![("name".to_owned(), json!(label).to_string())];
        let none = vec![("name".to_owned(), "\"none\"".to_owned())];
        let found = Autotask.find(&host, entity, &[query, none]).unwrap();
        assert_eq!((found[0][0].id.as_str(), found[1].len()), (id, 0));
        let read = Autotask.read(&host, entity, &[id.to_owned()]).unwrap();
        assert_eq!(
            body(read[0].as_ref().unwrap())["name"]
                .as_str()
                .map(str::to_lowercase),
            Some(label.to_lowercase())
        );
        assert!(Autotask.changes(&host, entity, None, &[], 10).is_err());
    }
    let active = condition("active", Comparison::Eq, &[json!(true)]);
    let page = Autotask
        .query(&autotask(), "product_category", &[active], None, 10)
        .unwrap();
    assert_eq!((page.entries.len(), page.complete), (2, false));
}
