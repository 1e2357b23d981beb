//! Whatever is lost on the way, and however often a create is sent again: one record.

use super::small_autotask::{Loss, SmallAutotask};
use super::*;

/// A new record of every entity that can be made, the table it goes to, and what is there before.
fn creates() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        (
            "company",
            "Companies",
            json!({"name": "Acme", "phone": "1"}),
        ),
        (
            "contact",
            "Contacts",
            json!({"company_id": "174", "first_name": "Ana", "last_name": "Roy", "email": "ana@roy.example"}),
        ),
        (
            "product",
            "Products",
            json!({"name": "Dock", "billing_code_id": "5", "manufacturer_part": "WD22", "category": "Hardware"}),
        ),
        (
            "opportunity",
            "Opportunities",
            json!({"title": "Q-1", "company_id": "174", "status": "Active", "stage": "Proposal", "probability": 60}),
        ),
        ("quote", "Quotes", quote()),
    ]
}

pub fn quote() -> Value {
    json!({"opportunity_id": "2", "company_id": "174", "name": "Q-10045", "external_number": "Q-10045",
    "bill_to_address1": "1 Main", "bill_to_city": "Laval", "ship_to_address1": "2 Side", "ship_to_city": "Laval",
    "lines": [
        {"key": "1", "kind": "product", "product_id": "77", "name": "Dock", "description": "A dock", "quantity": "2", "unit_price": "199.00", "unit_cost": "150", "period": "One-Time"},
        {"key": "2", "kind": "service", "service_id": "8", "quantity": "1", "unit_price": "10"},
        {"key": "3", "kind": "labor", "labor_id": "9", "quantity": "3.5", "unit_price": "100"},
    ]})
}

pub fn autotask() -> SmallAutotask {
    SmallAutotask::new().with(
        "Opportunities",
        json!([{"id": 2, "companyID": 174, "title": "Deal"}]),
    )
}

/// Sends an operation again until it is done, as the host does.
pub fn persist(host: &SmallAutotask, entity: &str, op: &Operation) -> Outcome {
    let mut op = op.clone();
    for _ in 0..20 {
        op.resume = host.noted(&op.token);
        match Autotask
            .write(host, entity, std::slice::from_ref(&op))
            .remove(0)
        {
            Err(fault) if matches!(fault.kind, FaultKind::OutcomeUnknown | FaultKind::Locked) => {}
            outcome => return outcome,
        }
    }
    panic!("{entity} is never done");
}

#[test]
fn a_lost_request_or_answer_never_makes_a_second_record() {
    for (entity, table, body) in creates() {
        let op = operation(Action::Create, None, body);
        let undisturbed = autotask();
        persist(&undisturbed, entity, &op).expect(entity);
        let writes = undisturbed.writes.borrow().len();
        let expected = undisturbed.tables.borrow().clone();
        for loss in [Loss::Request, Loss::Answer] {
            for at in 0..writes {
                let host = autotask();
                let before = host.rows(table).len();
                host.loses.set(Some((at, loss)));
                let applied = persist(&host, entity, &op).expect(entity);
                assert_eq!(host.rows(table).len(), before + 1, "{entity} {loss:?} {at}");
                let last = host.rows(table).last().unwrap()["id"].to_string();
                assert_eq!(applied.id, last, "{entity} {loss:?} {at}");
                let shown = |tables: &std::collections::BTreeMap<String, Vec<Value>>| {
                    json!(tables).to_string()
                };
                assert_eq!(
                    shown(&host.tables.borrow()),
                    shown(&expected),
                    "{entity} {loss:?} {at}"
                );
            }
        }
    }
}

#[test]
fn what_carries_the_flow_s_own_id_becomes_what_it_was_to_be() {
    let host = autotask().with(
        "Contacts",
        json!([{"id": 7, "companyID": 174, "firstName": "Ana", "lastName": "Roy", "isActive": 1, "phone": "2", "externalID": "COL-7001"}]),
    );
    let op = operation(
        Action::Create,
        None,
        json!({"company_id": "174", "first_name": "Ana", "last_name": "Roy", "phone": "1", "external_id": "COL-7001"}),
    );
    let applied = persist(&host, "contact", &op).unwrap();
    assert_eq!(applied.id, "7");
    assert_eq!(*host.writes.borrow(), ["PATCH Companies/174/Contacts"]);
    assert_eq!(host.rows("Contacts")[0]["phone"], "1");
}

#[test]
fn two_records_with_one_id_are_told_and_none_is_made() {
    let row = |id: i64| json!({"id": id, "companyID": 174, "externalID": "COL-7001"});
    let host = autotask().with("Contacts", json!([row(7), row(8)]));
    let body = json!({"company_id": "174", "first_name": "Ana", "last_name": "Roy", "external_id": "COL-7001"});
    let fault = persist(
        &host,
        "contact",
        &operation(Action::Create, None, body.clone()),
    )
    .unwrap_err();
    assert_eq!(
        (fault.kind, fault.message.key.as_str()),
        (FaultKind::Ambiguous, "marked-twice")
    );
    let twin = |token: &str| Operation {
        token: token.to_owned(),
        ..operation(Action::Create, None, body.clone())
    };
    let host = autotask();
    let outcomes = Autotask.write(&host, "contact", &[twin("A"), twin("B")]);
    assert!(outcomes[0].is_ok());
    assert_eq!(
        outcomes[1].as_ref().unwrap_err().message.key,
        "same-id-twice"
    );
    assert_eq!(host.rows("Contacts").len(), 1);
}
