//! Contacts: below their company, found by e-mail inside it.

use super::*;

fn contact(id: i64, company: i64, email: &str) -> Value {
    json!({"id": id, "companyID": company, "firstName": "Ana", "lastName": "Roy", "emailAddress": email, "phone": "1",
        "isActive": 1, "primaryContact": true, "externalID": "", "lastModifiedDate": "2026-03-05T13:00:00Z"})
}

#[test]
fn a_contact_is_made_and_changed_below_its_company() {
    let host = host()
        .on("POST /Contacts/query", items(json!([])))
        .on("POST /Companies/174/Contacts", json!({"itemId": 7}))
        .on(
            "POST /Contacts/query",
            items(json!([contact(7, 174, "ana@roy.example")])),
        );
    let op = operation(
        Action::Create,
        None,
        json!({"company_id": "174", "first_name": "Ana", "last_name": "Roy", "email": "ana@roy.example", "title": null}),
    );
    let applied = Autotask.write(&host, "contact", &[op]).remove(0).unwrap();
    assert_eq!(
        host.body(1),
        json!({"companyID": 174, "firstName": "Ana", "lastName": "Roy", "emailAddress": "ana@roy.example", "isActive": 1,
            "externalID": "01ARZ3NDEKTSV4RRFFQ69G5FAV"})
    );
    let shown = filter::value(&applied.body.unwrap());
    assert_eq!(
        (&shown["active"], &shown["primary"], &shown["company_id"]),
        (&json!(true), &json!(true), &json!("174"))
    );
    host.assert_done();

    let mut changed = contact(7, 174, "ana@roy.example");
    changed["isActive"] = json!(0);
    let host = self::host()
        .on(
            "POST /Contacts/query",
            items(json!([contact(7, 174, "ana@roy.example")])),
        )
        .on("PATCH /Companies/174/Contacts", json!({"itemId": 7}))
        .on("POST /Contacts/query", items(json!([changed])));
    let op = update("7", json!({"active": false}));
    assert!(Autotask.write(&host, "contact", &[op]).remove(0).is_ok());
    assert_eq!(host.body(1), json!({"id": 7, "isActive": 0}));
}

#[test]
fn a_contact_stays_with_its_company() {
    let row = || items(json!([contact(7, 174, "ana@roy.example")]));
    let host = host()
        .on("POST /Contacts/query", row())
        .on("POST /Contacts/query", row());
    let op = update("7", json!({"company_id": "175"}));
    let fault = Autotask
        .write(&host, "contact", &[op])
        .remove(0)
        .unwrap_err();
    assert_eq!(
        (
            fault.kind,
            fault.message.key.as_str(),
            fault.field.as_deref()
        ),
        (FaultKind::Rejected, "field-fixed", Some("company_id"))
    );
    host.assert_done();
}

#[test]
fn a_contact_that_is_gone_is_said_to_be() {
    let host = host()
        .on("POST /Contacts/query", items(json!([])))
        .on("POST /Contacts/query", items(json!([])));
    let op = update("7", json!({"phone": "1"}));
    let fault = Autotask.write(&host, "contact", &[op]).remove(0);
    assert_eq!(fault.unwrap_err().kind, FaultKind::NotFound);
}

#[test]
fn contacts_are_found_by_e_mail_inside_their_company_many_in_one_request() {
    let host = host().on(
        "POST /Contacts/query",
        items(json!([
            contact(7, 174, "Ana@Roy.example"),
            contact(8, 175, "ana@roy.example"),
            contact(9, 175, "joe@lee.example")
        ])),
    );
    let query = |company: &str, email: &str| {
        vec![
            ("company_id".to_owned(), json!(company).to_string()),
            ("email".to_owned(), json!(email).to_string()),
        ]
    };
    let queries = [
        query("174", "ana@roy.example"),
        query("175", "joe@lee.example"),
        query("174", "joe@lee.example"),
        query("175", ""),
    ];
    let found = Autotask.find(&host, "contact", &queries).unwrap();
    let ids: Vec<Vec<&str>> = found
        .iter()
        .map(|f| f.iter().map(|e| e.id.as_str()).collect())
        .collect();
    assert_eq!(ids, [vec!["7"], vec!["9"], vec![], vec![]]);
    assert_eq!(
        host.body(0)["filter"],
        json!([{"op": "in", "field": "companyID", "value": [174, 175]},
            {"op": "in", "field": "emailAddress", "value": ["ana@roy.example", "joe@lee.example"]}])
    );
}

#[test]
fn contacts_are_walked_by_stamp_and_their_flag_is_a_number() {
    let host = host().on(
        "POST /Contacts/query",
        items(json!([contact(7, 174, "ana@roy.example")])),
    );
    let active = condition("active", Comparison::Eq, &[json!(true)]);
    let page = Autotask
        .changes(&host, "contact", None, &[active], 50)
        .unwrap();
    assert!(!page.more && !page.complete && page.next.is_some());
    assert_eq!(
        host.body(0)["filter"],
        json!([{"op": "eq", "field": "isActive", "value": 1}, {"op": "gt", "field": "id", "value": 0}])
    );
}
