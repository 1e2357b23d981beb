//! Stock as an entity: what it tells, what a change needs, and that it is read whole in each run.

use super::office::{host, Company, Office};
use super::{operation, TOKEN};
use crate::QuickBooksDesktop;
use liaison_sdk::prelude::*;

const ID: &str = "80000001-1";

fn refused(body: &Value, action: Action) -> (Option<Fault>, u32) {
    let host = host(json!({}));
    let office = Office::new(&host);
    let mut company = Company::new();
    let id = (action != Action::Create).then_some(ID);
    let change = [operation(TOKEN, action, id, Some("1"), body)];
    let outcome = office
        .carried_out(&mut company, "M1", |host| {
            QuickBooksDesktop.write(host, "stock", &change)
        })
        .remove(0);
    assert_eq!(company.records.len(), 0, "{body}");
    (outcome.err(), company.documents)
}

#[test]
fn what_does_not_fit_is_refused_by_the_name_it_has_in_stock() {
    for (body, field) in [
        (json!({"quantity": "1"}), Some("account_id")),
        (
            json!({"quantity": "1", "account_id": null}),
            Some("account_id"),
        ),
        (
            json!({"quantity": "much", "account_id": "8-1"}),
            Some("quantity"),
        ),
        (
            json!({"quantity": "1.1234567", "account_id": "8-1"}),
            Some("quantity"),
        ),
        (
            json!({"quantity": "1", "account_id": "8-1", "date": "soon"}),
            Some("date"),
        ),
        (
            json!({"quantity": "1", "account_id": "8-1", "name": "Bolt"}),
            Some("name"),
        ),
        (
            json!({"quantity": "1", "account_id": "8-1", "lines": []}),
            Some("lines"),
        ),
        (
            json!({"quantity": "1", "account_id": "8-1", "number": "7"}),
            Some("number"),
        ),
        // Nothing moves without a quantity.
        (json!({"memo": "only"}), None),
        (json!({"quantity": null, "account_id": "8-1"}), None),
    ] {
        let (fault, documents) = refused(&body, Action::Update);
        let kind = fault.as_ref().map(|fault| fault.kind);
        assert_eq!(kind, field.map(|_| FaultKind::Rejected), "{body}");
        let named = fault.and_then(|fault| fault.field);
        assert_eq!(named.as_deref(), field, "{body}");
        assert_eq!(documents, 0, "{body}");
    }
    let custom = json!({"quantity": "1", "account_id": "8-1", "custom_fields": {"Route": "7"}});
    let (fault, _) = refused(&custom, Action::Update);
    assert_eq!(fault.unwrap().field.as_deref(), Some("custom_fields"));
    for action in [Action::Create, Action::Delete] {
        let (fault, documents) = refused(&json!({"quantity": "1", "account_id": "8-1"}), action);
        assert!(fault.is_some() && documents == 0, "{action:?}");
    }
}

#[test]
fn it_is_as_the_flows_lean_on() {
    let manifest = QuickBooksDesktop.describe();
    let stock = manifest
        .entities
        .iter()
        .find(|e| e.name == "stock")
        .unwrap();
    let all = [
        Operations::READ,
        Operations::FIND,
        Operations::QUERY,
        Operations::CHANGES,
        Operations::UPDATE,
    ];
    let all = all.into_iter().fold(Operations::empty(), |a, b| a | b);
    assert_eq!(stock.operations, all);
    assert_eq!(stock.keys, ["full_name", "name", "code"]);
    assert!(matches!(stock.changes, ChangeSource::Scan));
    assert!(stock.idempotency.is_empty());
    let schema = filter::value(&stock.schema);
    for (field, written) in [
        ("id", false),
        ("name", false),
        ("full_name", false),
        ("item_name", false),
        ("code", false),
        ("quantity", true),
        ("account_id", true),
        ("account_name", true),
        ("memo", true),
        ("date", true),
    ] {
        let property = &schema["properties"][field];
        assert!(property.is_object(), "{field}");
        let read_only = property["x-liaison-read-only"] == json!(true);
        assert_eq!(read_only, !written, "{field}");
    }
    assert_eq!(schema["properties"]["quantity"]["format"], "decimal");
    assert_eq!(
        schema["properties"]["account_id"]["x-liaison-ref"],
        "account"
    );
}

/// A movement of stock need not move the stamp of the item, so every run reads all, in pages.
#[test]
fn every_run_reads_all_in_pages() {
    let host = host(json!({"item_code_field": "full_name"}));
    let office = Office::new(&host);
    let mut company = Company::new();
    for n in 0..5 {
        company.run(&crate::message::document(
            &format!("<ItemInventoryAddRq requestID=\"1\"><ItemInventoryAdd><Name>I{n}</Name><FullName>Parts:I{n}</FullName><QuantityOnHand>{n}.5</QuantityOnHand></ItemInventoryAdd></ItemInventoryAddRq>"),
            crate::message::OnError::Stop,
            None,
        ));
    }
    let run = |company: &mut Company, moment: &str, limit: u32, since: Option<Vec<u8>>| {
        office
            .carried_out(company, moment, |host| {
                QuickBooksDesktop.changes(host, "stock", since.clone(), &[], limit)
            })
            .unwrap()
    };
    let page = run(&mut company, "P", 2, None);
    assert_eq!(
        (page.entries.len(), page.more, page.complete),
        (2, true, false)
    );
    for moment in ["R1", "R2"] {
        let page = run(&mut company, moment, 100, None);
        assert_eq!(
            (page.entries.len(), page.more, page.complete, &page.next),
            (5, false, true, &None)
        );
        let body = filter::value(&page.entries[3].body);
        for (field, value) in [
            ("quantity", "3.5"),
            ("name", "I3"),
            ("full_name", "Parts:I3"),
            ("item_name", "Parts:I3"),
            ("code", "Parts:I3"),
        ] {
            assert_eq!(body[field], value, "{field}");
        }
        for field in ["account_id", "account_name", "memo", "date"] {
            assert!(body.get(field).is_none(), "{field} is never told");
        }
    }
}
