//! New customers: a contact with a company in the list, then its account; and what would not be new.

use super::*;

/// What every create reads before it sends: what carries the id of ours, and who has the name.
fn before_create(host: ScriptHost, contacts: Value, accounts: Value, ours: Value) -> ScriptHost {
    host.has_list()
        .gets("Contacts", "Eacomba:57", ours)
        .looks_for_names(contacts, accounts)
}

/// The new contact 1250, which got account 90.
fn made() -> Value {
    let mut contact = contact(1250, 90, "2026-03-05");
    contact["external_id"] = json!("acomba:57");
    contact
}

fn shown(host: ScriptHost, contact: Value) -> ScriptHost {
    host.gets("Accounts", "A90", json!([account(90)]))
        .gets("Contacts", "A90,S7", json!([contact]))
}

#[test]
fn a_create_is_a_contact_with_a_company_in_the_list_and_then_its_account() {
    let host = before_create(host(), json!([]), json!([]), json!([]))
        .posts(
            "Contacts",
            json!([{"id": 1250, "external_id": "acomba:57"}]),
        )
        .gets("Contacts", "C1250", json!([made()]));
    let host = shown(host, made()).posts("Accounts", json!([{"id": 90}]));
    let host = shown(host, made());
    let body = json!({"external_id": "acomba:57", "name": " Compagnie 90 ", "care_of": "Julie Tremblay", "phone1": "418",
        "fax": null, "rep_id": "501", "customer_number": "10006", "discount": "2.5", "language": "fr"});
    let outcomes = write(&host, "customer", &[create(body)]);
    let applied = outcomes[0].as_ref().unwrap();
    assert_eq!(
        (applied.id.as_str(), primary(&applied.version)),
        ("90", Some("1250"))
    );
    assert!(applied
        .body
        .as_ref()
        .unwrap()
        .contains("\"price_list\":\"1\""));
    assert_eq!(
        posted(&host, 0),
        json!([{"external_id": "acomba:57", "lists": [7], "company": "Compagnie 90", "firstname": "Julie", "name": "Tremblay",
            "phone1": "418", "rep1": 501, "language": "FR"}])
    );
    assert_eq!(
        posted(&host, 1),
        json!([{"id": 90, "account_custom": {"price_list": "1", "payment_term": "Net 30", "customer_number": "10006", "discount": "2.5", "territory": "Saguenay"}}])
    );
}

#[test]
fn without_an_id_of_ours_the_operations_own_one_is_sent() {
    let mut contact = made();
    contact["external_id"] = json!(TOKEN);
    let host = host()
        .has_list()
        .gets("Contacts", &format!("E{TOKEN}"), json!([]))
        .looks_for_names(json!([]), json!([]))
        .posts("Contacts", json!([{"id": 1250, "external_id": TOKEN}]))
        .gets("Contacts", "C1250", json!([contact.clone()]));
    let host = shown(shown(host, contact.clone()), contact);
    let outcomes = write(
        &host,
        "customer",
        &[create(json!({"name": "N", "lists": [{"list_id": "3"}]}))],
    );
    assert_eq!(told(&outcomes[0]), Ok("90"));
    assert_eq!(
        posted(&host, 0),
        json!([{"external_id": TOKEN, "lists": [3, 7], "company": "N"}])
    );
}

#[test]
fn a_create_that_was_carried_out_already_is_an_edit() {
    let host = before_create(
        host(),
        json!([made()]),
        json!([account(90)]),
        json!([made()]),
    )
    .gets_customers(json!([account(90)]), json!([made()]))
    .posts("Accounts", json!([{"id": 90}]))
    .posts("Contacts", json!([{"id": 1250}]));
    let host = shown(host, made());
    let body = json!({"external_id": "acomba:57", "name": "Compagnie 90", "city": "ALMA", "territory": "Nord"});
    let outcomes = write(&host, "customer", &[create(body)]);
    assert_eq!(told(&outcomes[0]), Ok("90"));
    assert_eq!(
        posted(&host, 0),
        json!([{"id": 90, "account_custom": {"price_list": "1", "payment_term": "Net 30", "customer_number": "10005", "discount": "2.5", "territory": "Nord"}}])
    );
    assert_eq!(posted(&host, 1), json!([{"id": 1250, "city": "ALMA"}]));
}

#[test]
fn what_somebody_did_to_a_new_customer_is_not_undone_by_a_repeat() {
    for asked in [
        json!({"city": "Roberval"}),
        json!({"fax": "418 555-0199"}),
        json!({"name": "Autre nom"}),
    ] {
        let mut body = json!({"external_id": "acomba:57", "name": "Compagnie 90"});
        let fields = asked.as_object().unwrap().clone();
        body.as_object_mut().unwrap().extend(fields);
        let host = before_create(
            host(),
            json!([made()]),
            json!([account(90)]),
            json!([made()]),
        )
        .gets_customers(json!([account(90)]), json!([made()]));
        let outcomes = write(&host, "customer", &[create(body)]);
        let fault = outcomes[0].as_ref().unwrap_err();
        assert_eq!(
            (fault.kind, fault.existing.as_deref()),
            (FaultKind::Exists, Some("90")),
            "{asked}"
        );
    }
}

#[test]
fn a_contact_of_ours_in_other_lists_is_brought_in_and_stays_in_them() {
    let mut elsewhere = made();
    elsewhere["lists"] = json!([3, 5]);
    let host = before_create(
        host(),
        json!([]),
        json!([account(90)]),
        json!([elsewhere.clone()]),
    )
    // Asked for by its account it is not shown, and the roll, which names it not, is known by now.
    .gets_customers(json!([account(90)]), json!([]))
    .gets("Contacts", "C1250", json!([elsewhere]))
    .posts("Accounts", json!([{"id": 90}]))
    .posts("Contacts", json!([{"id": 1250}]));
    let host = shown(host, made());
    let body = json!({"external_id": "acomba:57", "name": "Compagnie 90", "territory": "Nord"});
    let outcomes = write(&host, "customer", &[create(body)]);
    assert_eq!(told(&outcomes[0]), Ok("90"));
    assert_eq!(posted(&host, 1), json!([{"id": 1250, "lists": [3, 5, 7]}]));
    let custom = &posted(&host, 0)[0]["account_custom"];
    assert_eq!(
        (&custom["territory"], &custom["price_list"]),
        (&json!("Nord"), &json!("1"))
    );
}

#[test]
fn what_would_fall_into_another_customers_account_is_refused_before_it_is_sent() {
    let same_name = contact(1234, 88, "2024-02-01");
    let mut shared = made();
    shared["account_id"] = json!(88);
    let mut elsewhere = made();
    elsewhere["account_id"] = json!(91);
    let no_company = json!({"id": 1250, "external_id": "acomba:57", "lists": [3]});
    let of_88 = |host: ScriptHost| {
        host.gets("Accounts", "A88", json!([])).gets(
            "Contacts",
            "A88,S7",
            json!([contact(1234, 88, "2024-02-01")]),
        )
    };
    let several = |host: ScriptHost| host.gets("Accounts", "A90,A91", json!([]));
    let nothing = |host: ScriptHost| host;
    let reads: [&dyn Fn(ScriptHost) -> ScriptHost; 4] = [&of_88, &of_88, &several, &nothing];
    for (read, (contacts, ours, name, key, kind, field)) in reads.into_iter().zip([
        (
            json!([same_name.clone()]),
            json!([]),
            "Compagnie 88",
            "crm_company_taken",
            FaultKind::Rejected,
            Some("name"),
        ),
        (
            json!([same_name]),
            json!([shared]),
            "Autre",
            "crm_company_shared",
            FaultKind::Rejected,
            Some("name"),
        ),
        (
            json!([]),
            json!([made(), elsewhere]),
            "Autre",
            "centrixone-several-accounts",
            FaultKind::Ambiguous,
            Some("external_id"),
        ),
        (
            json!([]),
            json!([no_company]),
            "Autre",
            "centrixone-no-account",
            FaultKind::Rejected,
            None,
        ),
    ]) {
        // No account is told, not by its name either: the contacts say enough.
        let host = read(before_create(host(), contacts, json!([]), ours));
        let body = json!({"external_id": "acomba:57", "name": name});
        let outcomes = write(&host, "customer", &[create(body)]);
        assert_eq!(told(&outcomes[0]), Err((kind, key, field)));
    }
}

#[test]
fn two_new_customers_of_one_name_are_not_made_one() {
    let host = host()
        .has_list()
        .gets("Contacts", "Eacomba:57,Eacomba:58", json!([]))
        .looks_for_names(json!([]), json!([]))
        .posts(
            "Contacts",
            json!([{"id": 1250, "external_id": "acomba:57"}]),
        )
        .gets("Contacts", "C1250", json!([made()]));
    let host = shown(shown(host, made()), made());
    let body = |id: &str| create(json!({"external_id": id, "name": "Jean Tremblay"}));
    let operations = [body("acomba:57"), body("acomba:58"), body("acomba:57")];
    let outcomes = write(&host, "customer", &operations);
    assert_eq!(
        told(&outcomes[2]),
        Err((FaultKind::Rejected, "centrixone-twice", None))
    );
    assert_eq!(told(&outcomes[0]), Ok("90"));
    assert_eq!(
        told(&outcomes[1]),
        Err((FaultKind::Rejected, "centrixone-name-twice", Some("name")))
    );
}

#[test]
fn a_create_that_the_vendor_put_into_another_customers_account_says_so() {
    let mut joined = made();
    joined["account_id"] = json!(88);
    let host = before_create(host(), json!([]), json!([]), json!([]))
        .posts(
            "Contacts",
            json!([{"id": 1250, "external_id": "acomba:57"}]),
        )
        .gets("Contacts", "C1250", json!([joined.clone()]))
        .gets("Accounts", "A88", json!([account(88)]))
        .gets(
            "Contacts",
            "A88,S7",
            json!([joined, contact(1234, 88, "2024-02-01")]),
        );
    let body = json!({"external_id": "acomba:57", "name": "COMPAGNIE 88", "territory": "Nord"});
    let outcomes = write(&host, "customer", &[create(body)]);
    assert_eq!(
        told(&outcomes[0]),
        Err((FaultKind::Rejected, "crm_company_shared", Some("name")))
    );
}

#[test]
fn a_create_that_stops_half_way_is_unknown_unless_a_person_must_mend_it() {
    let busy = whole(503, &[("Retry-After", "60")], "Service Unavailable");
    for (reply, kind, key, field) in [
        (
            busy,
            FaultKind::OutcomeUnknown,
            "centrixone-half-done",
            None,
        ),
        (
            plain(403, "Field customer_number is read-only"),
            FaultKind::Rejected,
            "centrixone-field-protected",
            Some("customer_number"),
        ),
    ] {
        let host = before_create(host(), json!([]), json!([]), json!([]))
            .posts(
                "Contacts",
                json!([{"id": 1250, "external_id": "acomba:57"}]),
            )
            .gets("Contacts", "C1250", json!([made()]));
        let host = shown(host, made()).reply(&post("Accounts"), reply);
        let body = json!({"external_id": "acomba:57", "name": "N", "customer_number": "10005"});
        let outcomes = write(&host, "customer", &[create(body)]);
        assert_eq!(told(&outcomes[0]), Err((kind, key, field)));
    }
}
