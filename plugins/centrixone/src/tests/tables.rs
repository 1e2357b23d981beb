//! Users, revenue categories, stages and lists: what may be written, and what is named instead.

use super::*;

fn users() -> Value {
    json!([
        {"id": 501, "username": "7@12345", "full_name": "Marie Roy", "active": false, "external_id": "acomba-sp:7"},
        {"id": 502, "username": "jean@boreale.example", "full_name": "Jean", "active": true, "external_id": "acomba-sp:8"},
        {"id": 503, "username": "9@12345", "full_name": "Ancien", "active": false}])
}

/// The record's id and the row that was sent for it (null when none was needed), or the refusal.
type Came = Result<(String, Value), (FaultKind, String, Option<String>)>;

/// One write against what is there.
#[track_caller]
fn check(entity: &str, object: &str, there: &Value, operation: &Operation, expected: &Came) {
    let letter = crate::table::named(entity).unwrap().object.letter();
    let mut host = host().gets(object, "all", there.clone());
    if let Ok((id, row)) = expected {
        if !row.is_null() {
            host = host.posts(object, json!([{"id": id.parse::<i64>().unwrap()}]));
        }
        host = host.gets(object, &format!("{letter}{id}"), there.clone());
    }
    let outcomes = write(&host, entity, std::slice::from_ref(operation));
    let came = match &outcomes[0] {
        Ok(applied) if host.sent.borrow().len() > 2 => {
            Ok((applied.id.clone(), sent(&host, 1)[0].clone()))
        }
        Ok(applied) => Ok((applied.id.clone(), Value::Null)),
        Err(fault) => Err((fault.kind, fault.message.key.clone(), fault.field.clone())),
    };
    assert_eq!(came, *expected, "{:?} {}", operation.id, operation.body);
}

fn refusal(kind: FaultKind, key: &str, field: Option<&str>) -> Came {
    Err((kind, key.to_owned(), field.map(str::to_owned)))
}

#[test]
fn users_are_made_inactive_and_named_by_their_number() {
    let cases = [
        (
            create(json!({"number": "10", "full_name": "Luc", "external_id": "acomba-sp:10"})),
            Ok((
                "600".to_owned(),
                json!({"username": "10@12345", "full_name": "Luc", "active": false, "external_id": "acomba-sp:10"}),
            )),
        ),
        (
            create(json!({"number": "10", "active": false})),
            Ok((
                "600".to_owned(),
                json!({"username": "10@12345", "active": false, "external_id": TOKEN}),
            )),
        ),
        (
            create(json!({"full_name": "Luc"})),
            refusal(FaultKind::Rejected, "centrixone-needs", Some("number")),
        ),
        (
            create(json!({"number": "a@b"})),
            refusal(FaultKind::Rejected, "centrixone-unfit", Some("number")),
        ),
        (
            create(json!({"number": "10", "active": true})),
            refusal(
                FaultKind::Rejected,
                "centrixone-user-activation",
                Some("active"),
            ),
        ),
        // The vendor's own synchronisation made this one.
        (
            create(json!({"number": "9", "external_id": "acomba-sp:9"})),
            refusal(FaultKind::Exists, "centrixone-there", None),
        ),
    ];
    for (operation, expected) in cases {
        check("user", "Users", &users(), &operation, &expected);
    }
}

#[test]
fn a_user_that_is_there_keeps_its_name_and_its_activity() {
    let host = host()
        .gets("Users", "all", users())
        .posts("Users", json!([{"id": 502}]))
        .gets("Users", "U502", users());
    let again = create(
        json!({"number": "8", "full_name": "Jean B.", "active": false, "external_id": "acomba-sp:8"}),
    );
    let outcomes = write(&host, "user", &[again]);
    assert_eq!(told(&outcomes[0]), Ok("502"));
    assert_eq!(
        sent(&host, 1),
        json!([{"id": 502, "full_name": "Jean B.", "external_id": "acomba-sp:8"}])
    );
    let shown = filter::value(outcomes[0].as_ref().unwrap().body.as_ref().unwrap());
    assert_eq!(
        (&shown["number"], &shown["username"], &shown["active"]),
        (&Value::Null, &json!("jean@boreale.example"), &json!(true))
    );
}

#[test]
fn users_follow_their_number_until_a_person_takes_them_over() {
    let sent = |id: &str, mut row: Value| {
        row["id"] = json!(id.parse::<i64>().unwrap());
        Ok((id.to_owned(), row))
    };
    for (id, fields, expected) in [
        (
            "501",
            json!({"number": "70"}),
            sent("501", json!({"username": "70@12345"})),
        ),
        (
            "501",
            json!({"full_name": "Marie R."}),
            sent("501", json!({"full_name": "Marie R."})),
        ),
        (
            "501",
            json!({"number": "7", "full_name": "Marie Roy", "active": false}),
            Ok(("501".to_owned(), Value::Null)),
        ),
        (
            "501",
            json!({"active": true}),
            refusal(
                FaultKind::Rejected,
                "centrixone-user-activation",
                Some("active"),
            ),
        ),
        (
            "501",
            json!({"username": "marie"}),
            refusal(
                FaultKind::Rejected,
                "centrixone-read-only",
                Some("username"),
            ),
        ),
        (
            "502",
            json!({"number": "80"}),
            refusal(
                FaultKind::Rejected,
                "centrixone-user-renamed",
                Some("number"),
            ),
        ),
        (
            "502",
            json!({"active": false}),
            sent("502", json!({"active": false})),
        ),
        (
            "502",
            json!({"active": true}),
            Ok(("502".to_owned(), Value::Null)),
        ),
        (
            "999",
            json!({"active": false}),
            refusal(FaultKind::NotFound, "crm_user_missing", None),
        ),
        (
            "marie",
            json!({"active": false}),
            refusal(FaultKind::NotFound, "centrixone-no-such-id", None),
        ),
    ] {
        check(
            "user",
            "Users",
            &users(),
            &update(id, None, fields),
            &expected,
        );
    }
}

#[test]
fn revenue_categories_are_deactivated_and_never_made_twice() {
    let there = json!([
        {"id": 31, "parent_id": null, "name": "600 Main-d'œuvre", "active": true, "external_id": "acomba-pg:12"},
        {"id": 32, "parent_id": null, "name": "Matériel", "active": true}]);
    let sent = |id: &str, row: Value| Ok((id.to_owned(), row));
    for (operation, expected) in [
        (
            create(json!({"name": "Divers", "external_id": "acomba-pg:13", "active": true})),
            sent(
                "600",
                json!({"name": "Divers", "external_id": "acomba-pg:13", "active": true}),
            ),
        ),
        // Two product groups may be called alike; one that nobody claims is named.
        (
            create(json!({"name": "600 Main-d'œuvre", "external_id": "acomba-pg:14"})),
            sent(
                "600",
                json!({"name": "600 Main-d'œuvre", "external_id": "acomba-pg:14"}),
            ),
        ),
        (
            create(json!({"name": "matériel", "external_id": "acomba-pg:15"})),
            refusal(FaultKind::Exists, "centrixone-there", None),
        ),
        (
            create(json!({"external_id": "acomba-pg:15"})),
            refusal(FaultKind::Rejected, "centrixone-needs", Some("name")),
        ),
        (
            update("31", None, json!({"active": false})),
            sent("31", json!({"id": 31, "active": false})),
        ),
        (
            update("31", None, json!({"parent_id": "32"})),
            refusal(
                FaultKind::Rejected,
                "centrixone-only-once",
                Some("parent_id"),
            ),
        ),
        (
            update("31", None, json!({"active": null})),
            refusal(FaultKind::Rejected, "centrixone-unfit", Some("active")),
        ),
    ] {
        check(
            "revenue_category",
            "RevenueCategories",
            &there,
            &operation,
            &expected,
        );
    }
}

#[test]
fn stages_are_made_once_and_protected_labels_stay() {
    let there = json!([
        {"id": 9, "main": "won", "percent": 100, "label_fr": "Facture", "label_en": "Invoice", "protected": true},
        {"id": 4, "main": "lead", "percent": 0, "label_fr": "Piste", "label_en": "Lead", "protected": false}]);
    let sent = |id: &str, row: Value| Ok((id.to_owned(), row));
    for (operation, expected) in [
        (
            create(json!({"percent": 90, "label_fr": "Commande", "label_en": "Order"})),
            sent(
                "600",
                json!({"percent": 90, "label_fr": "Commande", "label_en": "Order"}),
            ),
        ),
        (
            create(json!({"percent": 100, "label_fr": "FACTURE"})),
            refusal(FaultKind::Exists, "centrixone-there", None),
        ),
        (
            create(json!({"label_fr": "Commande"})),
            refusal(FaultKind::Rejected, "centrixone-needs", Some("main")),
        ),
        (
            create(json!({"main": "won"})),
            refusal(FaultKind::Rejected, "centrixone-needs", Some("label_fr")),
        ),
        (
            update("9", None, json!({"label_fr": "Autre"})),
            refusal(FaultKind::Rejected, "centrixone-protected-record", None),
        ),
        (
            update("9", None, json!({"label_fr": "Facture"})),
            Ok(("9".to_owned(), Value::Null)),
        ),
        (
            update("4", None, json!({"label_en": "Prospect"})),
            sent("4", json!({"id": 4, "label_en": "Prospect"})),
        ),
        (
            update("4", None, json!({"percent": 10})),
            refusal(FaultKind::Rejected, "centrixone-only-once", Some("percent")),
        ),
    ] {
        check("stage", "Stages", &there, &operation, &expected);
    }
}

#[test]
fn lists_are_made_where_the_vendor_lets_us() {
    let sent = |id: &str, row: Value| Ok((id.to_owned(), row));
    for (operation, expected) in [
        (
            create(json!({"name": "Clients 2026"})),
            sent("600", json!({"name": "Clients 2026"})),
        ),
        (
            create(json!({"name": "acomba"})),
            refusal(FaultKind::Exists, "centrixone-there", None),
        ),
        (
            update("3", None, json!({"name": "Pistes"})),
            sent("3", json!({"id": 3, "name": "Pistes"})),
        ),
        (
            update("7", None, json!({"name": "Autre"})),
            refusal(FaultKind::Rejected, "centrixone-protected-record", None),
        ),
    ] {
        check("list", "Lists", &lists(), &operation, &expected);
    }
    for (status, words) in [
        (405, "Method not allowed"),
        (403, "Forbidden"),
        (404, "Unknown object"),
    ] {
        let host = host()
            .gets("Lists", "all", lists())
            .refuses("Lists", status, words);
        let outcomes = write(&host, "list", &[create(json!({"name": "Clients"}))]);
        assert_eq!(
            told(&outcomes[0]),
            Err((FaultKind::Rejected, "centrixone-make-by-hand", None))
        );
        assert_eq!(
            outcomes[0].as_ref().unwrap_err().vendor_text.as_deref(),
            Some(words)
        );
    }
}

#[test]
fn a_stage_without_an_id_of_ours_is_recognised_after_a_failed_array() {
    let order = |label: &str| create(json!({"percent": 90, "label_fr": label}));
    let host = host()
        .gets("Stages", "all", json!([]))
        .refuses("Stages", 500, "Internal Server Error")
        .gets("Stages", "all", json!([{"id": 8, "percent": 90, "label_fr": "commande"}, {"id": 9, "percent": 40, "label_fr": "Autre"}]))
        .posts("Stages", json!([{"id": 8}]))
        .posts("Stages", json!([{"id": 10}]))
        .gets("Stages", "G8,G10", json!([]));
    let outcomes = write(&host, "stage", &[order("Commande"), order("Autre")]);
    assert_eq!(
        (told(&outcomes[0]), told(&outcomes[1])),
        (Ok("8"), Ok("10"))
    );
    assert_eq!(sent(&host, 3)[0]["id"], 8);
}

#[test]
fn the_same_record_twice_in_one_call_is_made_once() {
    let twice = create(json!({"name": "Clients"}));
    let host = host()
        .gets("Lists", "all", lists())
        .posts("Lists", json!([{"id": 12}]))
        .gets("Lists", "S12", json!([]));
    let outcomes = write(&host, "list", &[twice.clone(), twice]);
    assert_eq!(told(&outcomes[0]), Ok("12"));
    assert_eq!(
        told(&outcomes[1]),
        Err((FaultKind::Rejected, "centrixone-twice", None))
    );
}

#[test]
fn deleting_is_deactivating_or_nothing() {
    for (entity, key) in [
        ("user", "centrixone-deactivate"),
        ("revenue_category", "centrixone-deactivate"),
        ("stage", "centrixone-stays"),
        ("list", "centrixone-stays"),
        ("opportunity", "centrixone-stays"),
    ] {
        let delete = Operation {
            action: Action::Delete,
            ..update("7", None, json!({}))
        };
        // Not one request.
        let outcomes = write(&host(), entity, &[delete]);
        assert_eq!(
            told(&outcomes[0]),
            Err((FaultKind::Rejected, key, None)),
            "{entity}"
        );
    }
}
