//! Updates of customers: which fields go to the contact, which to the account, and in which order.

use super::*;
use crate::customer_write::WRITING_REFUSED;

/// Customer 88 with two contacts, as an update finds it.
fn customer_88(host: ScriptHost) -> ScriptHost {
    let contacts = json!([
        contact(1250, 88, "2025-01-01"),
        contact(1234, 88, "2024-02-01")
    ]);
    host.has_list()
        .gets("Accounts", "A88", json!([account(88)]))
        .gets("Contacts", "A88,S7", contacts)
}

fn read_back(host: ScriptHost) -> ScriptHost {
    host.gets("Accounts", "A88", json!([account(88)])).gets(
        "Contacts",
        "A88,S7",
        json!([contact(1234, 88, "2024-02-01")]),
    )
}

#[test]
fn an_update_goes_to_the_oldest_contact_and_to_the_account() {
    let host = customer_88(host())
        .posts("Accounts", json!([{"id": 88}]))
        .posts("Contacts", json!([{"id": 1234}]));
    let host = read_back(host);
    let fields = json!({"phone1": "418 555-0199", "fax": null, "rep_id": null, "care_of": null, "territory": null});
    let outcomes = write(&host, "customer", &[update("88", Some("1234"), fields)]);
    assert_eq!(told(&outcomes[0]), Ok("88"));
    assert_eq!(
        sent(&host, 3),
        json!([{"id": 88, "account_custom": {"price_list": "1", "payment_term": "Net 30", "customer_number": "10005", "discount": "2.5", "territory": ""}}])
    );
    assert_eq!(
        sent(&host, 4),
        json!([{"id": 1234, "phone1": "418 555-0199", "fax": "", "rep1": "", "firstname": "", "name": ""}])
    );
}

#[test]
fn a_new_name_reaches_the_account_before_its_contact() {
    let contacts = || {
        json!([
            contact(1234, 88, "2024-02-01"),
            contact(1300, 99, "2024-02-01")
        ])
    };
    let accounts = || json!([account(88), account(99)]);
    let host = host()
        .has_list()
        .looks_for_names(contacts(), accounts())
        .gets_customers(accounts(), contacts())
        .posts("Accounts", json!([{"id": 88}]))
        .posts("Contacts", json!([{"id": 1234}]));
    let host = read_back(host);
    let operations = [
        update("88", None, json!({"name": "Nouveau nom"})),
        update("99", None, json!({"name": "Compagnie 88"})),
    ];
    let outcomes = write(&host, "customer", &operations);
    assert_eq!(told(&outcomes[0]), Ok("88"));
    assert_eq!(
        told(&outcomes[1]),
        Err((FaultKind::Rejected, "crm_company_taken", Some("name")))
    );
    assert_eq!(posted(&host, 0), json!([{"id": 88, "name": "Nouveau nom"}]));
    assert_eq!(
        posted(&host, 1),
        json!([{"id": 1234, "company": "Nouveau nom"}])
    );
}

#[test]
fn an_update_whose_account_is_written_and_its_contact_not_is_unknown() {
    let busy = whole(503, &[("Retry-After", "60")], "Service Unavailable");
    let host = customer_88(host())
        .posts("Accounts", json!([{"id": 88}]))
        .reply(&post("Contacts"), busy);
    let fields = json!({"territory": "Nord", "city": "Roberval"});
    let outcomes = write(&host, "customer", &[update("88", None, fields)]);
    assert_eq!(
        told(&outcomes[0]),
        Err((FaultKind::OutcomeUnknown, "centrixone-half-updated", None))
    );
}

#[test]
fn lists_are_added_and_never_dropped() {
    let mut everywhere = contact(1234, 88, "2024-02-01");
    everywhere["lists"] = json!([7, 3, 12]);
    for (wanted, expected) in [
        (
            json!([{"list_id": "5"}]),
            Some(json!([{"id": 1234, "lists": [3, 5, 7, 12]}])),
        ),
        (json!([{"list_id": "12"}]), None),
        (json!([]), None),
    ] {
        let mut host = customer_88(host());
        if wanted != json!([]) {
            host = host.gets("Contacts", "C1234", json!([everywhere.clone()]));
        }
        if expected.is_some() {
            host = host.posts("Contacts", json!([{"id": 1234}]));
        }
        let host = read_back(host);
        let outcomes = write(
            &host,
            "customer",
            &[update("88", None, json!({"lists": wanted}))],
        );
        assert_eq!(told(&outcomes[0]), Ok("88"));
        if let Some(expected) = expected {
            assert_eq!(sent(&host, 4), expected);
        }
    }
}

#[test]
fn a_contact_whose_lists_are_not_told_is_not_put_into_more() {
    let mut silent = contact(1234, 88, "2024-02-01");
    silent.as_object_mut().unwrap().remove("lists");
    let host = customer_88(host()).gets("Contacts", "C1234", json!([silent]));
    let fields = json!({"lists": [{"list_id": "5"}]});
    let outcomes = write(&host, "customer", &[update("88", None, fields)]);
    assert_eq!(
        told(&outcomes[0]),
        Err((FaultKind::Unavailable, "centrixone-lists-unknown", None))
    );
}

#[test]
fn another_primary_contact_is_told_and_not_overwritten() {
    let host = customer_88(host());
    let outcomes = write(
        &host,
        "customer",
        &[update("88", Some("1111"), json!({"fax": "1"}))],
    );
    assert_eq!(
        told(&outcomes[0]),
        Err((FaultKind::Conflict, "centrixone-primary-changed", None))
    );
    assert!(host.lines.borrow()[0]
        .ends_with("the primary contact of account 88 was 1111 and is now 1234"));
}

#[test]
fn an_edit_since_the_record_was_read_is_told_and_not_overwritten() {
    let host = customer_88(host());
    let read = read_before_the_edit();
    let outcomes = write(
        &host,
        "customer",
        &[update("88", Some(&read), json!({"fax": "1"}))],
    );
    assert_eq!(
        told(&outcomes[0]),
        Err((FaultKind::Conflict, "centrixone-customer-changed", None))
    );
}

/// The version of customer 88 with another fax.
fn read_before_the_edit() -> String {
    let mut before = contact(1234, 88, "2024-02-01");
    before["fax"] = json!("418 555-0123");
    let customer = crate::customer::Customer::of(88, account(88), vec![before]);
    customer.unwrap().entry().version.unwrap()
}

#[test]
fn what_cannot_be_updated_says_why() {
    let gone = || host().has_list().gets("Accounts", "A88", json!([]));
    let outside = || {
        host()
            .has_list()
            .gets("Accounts", "A88", json!([account(88)]))
            .gets("Contacts", "A88,S7", json!([]))
            .gets_few("Contacts", "S7", json!([]))
    };
    for (host, fields, expected) in [
        (
            gone(),
            json!({"fax": "1"}),
            (FaultKind::NotFound, "crm_account_missing", None),
        ),
        (
            outside(),
            json!({"fax": "1"}),
            (FaultKind::NotFound, "crm_contact_missing", None),
        ),
        (
            customer_88(host()),
            json!({"external_id": "acomba:99"}),
            (
                FaultKind::Rejected,
                "centrixone-linked-otherwise",
                Some("external_id"),
            ),
        ),
        (
            customer_88(host()),
            json!({"contact_id": "7"}),
            (
                FaultKind::Rejected,
                "centrixone-read-only",
                Some("contact_id"),
            ),
        ),
        (
            customer_88(host()),
            json!({"colour": "red"}),
            (FaultKind::Rejected, "centrixone-no-field", Some("colour")),
        ),
        (
            customer_88(host()),
            json!({"name": null}),
            (FaultKind::Rejected, "centrixone-no-name", Some("name")),
        ),
        (
            customer_88(host()),
            json!({"rep_id": "marie"}),
            (
                FaultKind::MissingReference,
                "centrixone-no-id",
                Some("rep_id"),
            ),
        ),
    ] {
        let outcomes = write(&host, "customer", &[update("88", None, fields.clone())]);
        assert_eq!(told(&outcomes[0]), Err(expected), "{fields}");
    }
}

#[test]
fn the_link_is_set_where_there_is_none_and_said_again_costs_nothing() {
    let mut free = contact(1234, 88, "2024-02-01");
    free["external_id"] = Value::Null;
    let host = host()
        .has_list()
        .gets("Accounts", "A88", json!([account(88)]))
        .gets("Contacts", "A88,S7", json!([free]))
        .posts("Contacts", json!([{"id": 1234}]));
    let host = read_back(host);
    let set = || update("88", None, json!({"external_id": "acomba:88"}));
    assert_eq!(told(&write(&host, "customer", &[set()])[0]), Ok("88"));
    assert_eq!(
        sent(&host, 3),
        json!([{"id": 1234, "external_id": "acomba:88"}])
    );
    let again = read_back(customer_88(super::host()));
    assert_eq!(told(&write(&again, "customer", &[set()])[0]), Ok("88"));
}

#[test]
fn nothing_is_deleted() {
    let mut delete = update("88", None, json!({}));
    delete.action = Action::Delete;
    let outcomes = write(&customer_88(host()), "customer", &[delete]);
    assert_eq!(
        told(&outcomes[0]),
        Err((FaultKind::Rejected, "centrixone-customer-stays", None))
    );
}

#[test]
fn a_refused_write_is_remembered_until_one_goes_through() {
    let host = customer_88(host()).refuses("Contacts", 403, "Primary contact is not writable");
    let operation = [update("88", None, json!({"fax": "1"}))];
    let outcomes = write(&host, "customer", &operation);
    assert_eq!(
        told(&outcomes[0]),
        Err((FaultKind::Rejected, "centrixone-forbidden", None))
    );
    let fault = outcomes[0].as_ref().unwrap_err();
    assert_eq!(
        fault.vendor_text.as_deref(),
        Some("Primary contact is not writable")
    );
    assert!(fault
        .message
        .fallback
        .contains("“Primary (Acomba) contact: write”"));
    let remembered = host.memory_get(WRITING_REFUSED).unwrap();
    assert_eq!(remembered, b"Primary contact is not writable");
    let next = customer_88(super::host()).posts("Contacts", json!([{"id": 1234}]));
    let next = read_back(next);
    next.memory_set(WRITING_REFUSED, &remembered).unwrap();
    assert_eq!(told(&write(&next, "customer", &operation)[0]), Ok("88"));
    assert_eq!(next.memory_get(WRITING_REFUSED), None);
}
