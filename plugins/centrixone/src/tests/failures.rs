//! What becomes of a POST that fails: alone, in an array, all or nothing or not, and without an answer.

use super::*;

/// Users are the simplest rows: read whole, posted, read back by id.
fn users(host: ScriptHost) -> ScriptHost {
    host.gets("Users", "all", json!([]))
}

fn user(number: &str) -> Operation {
    create(
        json!({"number": number, "full_name": format!("Vendeur {number}"), "external_id": format!("sp:{number}")}),
    )
}

fn row(number: &str, id: i64) -> Value {
    json!({"id": id, "external_id": format!("sp:{number}")})
}

#[test]
fn answers_are_told_apart_by_id_by_our_id_or_by_place() {
    for answer in [
        json!([row("8", 502), row("7", 501)]),
        json!([{"id": 501}, {"id": 502}]),
        json!([{"id": "501"}, {"id": "502", "external_id": "sp:8"}]),
    ] {
        let host =
            users(host())
                .posts("Users", answer.clone())
                .gets("Users", "U501,U502", json!([]));
        let outcomes = write(&host, "user", &[user("7"), user("8")]);
        let found: Vec<_> = outcomes.iter().map(told).collect();
        assert_eq!(found, [Ok("501"), Ok("502")], "{answer}");
    }
}

#[test]
fn a_success_that_tells_no_row_is_one_all_the_same() {
    let known = json!([{"id": 501, "username": "7@12345", "active": false}]);
    let edit = update("501", None, json!({"full_name": "M"}));
    for answered in [
        json!({"Result": "Success"}),
        json!({"Result": "Success", "Users": []}),
    ] {
        let host = host()
            .gets("Users", "all", known.clone())
            .on(&post("Users"), answered)
            .gets("Users", "Esp:8,Esp:9", json!([row("8", 502)]))
            .gets("Users", "U501,U502", json!([]));
        let outcomes = write(&host, "user", &[edit.clone(), user("8"), user("9")]);
        assert_eq!(
            (told(&outcomes[0]), told(&outcomes[1])),
            (Ok("501"), Ok("502"))
        );
        assert_eq!(
            told(&outcomes[2]),
            Err((FaultKind::OutcomeUnknown, "centrixone-untold", None))
        );
    }
}

#[test]
fn a_row_that_the_answer_leaves_out_is_looked_for_before_it_goes_out_again() {
    let host = users(host())
        .posts("Users", json!([row("8", 502)]))
        .gets("Users", "Esp:7", json!([]))
        .posts("Users", json!([row("7", 501)]))
        .gets("Users", "U501,U502", json!([]));
    let outcomes = write(&host, "user", &[user("7"), user("8")]);
    assert_eq!(
        (told(&outcomes[0]), told(&outcomes[1])),
        (Ok("501"), Ok("502"))
    );
    assert_eq!(sent(&host, 3).as_array().unwrap().len(), 1);
}

#[test]
fn a_failed_array_is_sent_row_by_row_and_one_bad_row_stops_no_other() {
    // All or nothing: none of the three is there.
    let host = users(host())
        .refuses("Users", 400, "Bad request: full_name is required")
        .gets("Users", "Esp:7,Esp:8,Esp:9", json!([]))
        .posts("Users", json!([row("7", 501)]))
        .refuses("Users", 400, "Bad request: full_name is required")
        .posts("Users", json!([row("9", 503)]))
        .gets(
            "Users",
            "U501,U503",
            json!([{"id": 501, "username": "7@12345"}]),
        );
    let outcomes = write(&host, "user", &[user("7"), user("8"), user("9")]);
    assert_eq!(told(&outcomes[0]), Ok("501"));
    assert_eq!(
        told(&outcomes[1]),
        Err((
            FaultKind::Rejected,
            "centrixone-rejected",
            Some("full_name")
        ))
    );
    assert_eq!(told(&outcomes[2]), Ok("503"));
    assert!(outcomes[0].as_ref().unwrap().body.is_some());
    assert!(outcomes[2].as_ref().unwrap().body.is_none());
}

#[test]
fn a_row_of_a_failed_array_that_was_written_all_the_same_is_edited() {
    // Not all or nothing: the first was written before the second failed.
    let host = users(host())
        .refuses("Users", 500, "Internal Server Error")
        .gets("Users", "Esp:7,Esp:8", json!([row("7", 501)]))
        .posts("Users", json!([{"id": 501}]))
        .posts("Users", json!([row("8", 502)]))
        .gets("Users", "U501,U502", json!([]));
    let outcomes = write(&host, "user", &[user("7"), user("8")]);
    assert_eq!(
        (told(&outcomes[0]), told(&outcomes[1])),
        (Ok("501"), Ok("502"))
    );
    assert_eq!(sent(&host, 3)[0]["id"], 501);
    assert_eq!(sent(&host, 4)[0].get("id"), None);
}

#[test]
fn a_lost_answer_leaves_every_row_unknown_and_nothing_is_sent_again() {
    for reply in [
        lost(),
        plain(504, "Gateway timeout"),
        page(),
        Reply::Json(200, json!({"Result": "Failure"})),
    ] {
        let host = users(host()).reply(&post("Users"), reply);
        let outcomes = write(&host, "user", &[user("7"), user("8")]);
        for outcome in &outcomes {
            assert_eq!(
                outcome.as_ref().unwrap_err().kind,
                FaultKind::OutcomeUnknown
            );
        }
    }
}

#[test]
fn an_edit_that_was_answered_by_a_page_may_have_been_carried_out() {
    let known = || {
        host().gets(
            "Users",
            "all",
            json!([{"id": 501, "username": "7@12345", "active": false}]),
        )
    };
    let edit = [update("501", None, json!({"full_name": "Marie"}))];
    let host = known().reply(&post("Users"), page());
    assert_eq!(
        told(&write(&host, "user", &edit)[0]),
        Err((FaultKind::OutcomeUnknown, "centrixone-page", None))
    );
    let host = known().reply(&post("Users"), lost());
    assert_eq!(
        write(&host, "user", &edit)[0].as_ref().unwrap_err().kind,
        FaultKind::OutcomeUnknown
    );
}

#[test]
fn what_holds_for_the_connection_holds_for_every_row() {
    let wait = [("Retry-After", "90"), ("Content-Type", "text/plain")];
    for (reply, kind, wait_ms) in [
        (
            whole(503, &wait, "Service Unavailable"),
            FaultKind::Throttled,
            Some(90_000),
        ),
        (
            plain(503, "Service Unavailable"),
            FaultKind::Unavailable,
            None,
        ),
        (
            plain(401, "Invalid account or API key"),
            FaultKind::Unauthorized,
            None,
        ),
        (
            Reply::Error(HttpError::NotSent {
                why: liaison_sdk::host::NotSent::Unreachable,
                detail: "refused".to_owned(),
            }),
            FaultKind::Unavailable,
            None,
        ),
    ] {
        let host = users(host()).reply(&post("Users"), reply);
        let outcomes = write(&host, "user", &[user("7"), user("8")]);
        for outcome in &outcomes {
            let fault = outcome.as_ref().unwrap_err();
            assert_eq!(
                (fault.kind, fault.scope, fault.wait_ms),
                (kind, FaultScope::WholeConnection, wait_ms)
            );
        }
    }
}

#[test]
fn behind_a_lost_answer_nothing_more_is_sent() {
    let host = users(host())
        .refuses("Users", 400, "Bad request")
        .gets("Users", "Esp:7,Esp:8,Esp:9", json!([row("9", 503)]))
        .reply(&post("Users"), lost());
    let outcomes = write(&host, "user", &[user("7"), user("8"), user("9")]);
    assert_eq!(
        outcomes[0].as_ref().unwrap_err().kind,
        FaultKind::OutcomeUnknown
    );
    assert_eq!(
        told(&outcomes[1]),
        Err((FaultKind::Unavailable, "centrixone-after-lost-answer", None))
    );
    // This one was written by the array, so the host must ask.
    assert_eq!(
        told(&outcomes[2]),
        Err((FaultKind::OutcomeUnknown, "centrixone-untold", None))
    );
}

#[test]
fn when_it_cannot_be_read_what_a_failed_array_did_its_rows_are_unknown() {
    let known = json!([{"id": 501, "username": "7@12345", "active": false}]);
    let host = host()
        .gets("Users", "all", known)
        .refuses("Users", 400, "Bad request")
        .reply(
            &get("Users", "Esp:8"),
            plain(401, "Invalid account or API key"),
        );
    let outcomes = write(
        &host,
        "user",
        &[update("501", None, json!({"full_name": "M"})), user("8")],
    );
    assert_eq!(
        outcomes[0].as_ref().unwrap_err().kind,
        FaultKind::OutcomeUnknown
    );
    assert_eq!(
        told(&outcomes[1]),
        Err((FaultKind::OutcomeUnknown, "centrixone-untold", None))
    );
}

#[test]
fn a_duplicate_names_the_record_that_is_there() {
    let host = users(host())
        .refuses("Users", 409, "External ID already used")
        .gets("Users", "Esp:7", json!([row("7", 501)]));
    let outcomes = write(&host, "user", &[user("7")]);
    let fault = outcomes[0].as_ref().unwrap_err();
    assert_eq!(
        (fault.kind, fault.existing.as_deref()),
        (FaultKind::Exists, Some("501"))
    );
    let host = users(super::host())
        .refuses("Users", 409, "External ID already used")
        .gets("Users", "Esp:7", json!([]));
    let outcomes = write(&host, "user", &[user("7")]);
    assert_eq!(
        told(&outcomes[0]),
        Err((FaultKind::Rejected, "centrixone-duplicate", None))
    );
}

#[test]
fn a_duplicate_contact_is_named_by_its_customer() {
    let there = contact(1234, 88, "2024-02-01");
    let host = host()
        .has_list()
        .gets("Contacts", "Eacomba:88", json!([]))
        .looks_for_names(json!([]), json!([]))
        .refuses("Contacts", 409, "External ID already used")
        .gets("Contacts", "Eacomba:88", json!([there.clone()]))
        .gets("Contacts", "C1234", json!([there]));
    let outcomes = write(
        &host,
        "customer",
        &[create(json!({"name": "N", "external_id": "acomba:88"}))],
    );
    let fault = outcomes[0].as_ref().unwrap_err();
    assert_eq!(
        (fault.kind, fault.existing.as_deref()),
        (FaultKind::Exists, Some("88"))
    );
}

#[test]
fn a_500_with_everything_there_waits_and_was_perhaps_carried_out() {
    let broken = |host: ScriptHost| users(host).refuses("Users", 500, "Internal Server Error");
    let host = broken(host()).gets("Users", "Esp:7", json!([]));
    let outcomes = write(&host, "user", &[user("7")]);
    let fault = outcomes[0].as_ref().unwrap_err();
    assert_eq!(
        (fault.kind, fault.scope),
        (FaultKind::Unavailable, FaultScope::OneRecord)
    );
    assert_eq!(fault.vendor_text.as_deref(), Some("Internal Server Error"));
    let host = broken(super::host())
        .gets("Users", "Esp:7", json!([row("7", 501)]))
        .gets("Users", "U501", json!([row("7", 501)]));
    assert_eq!(told(&write(&host, "user", &[user("7")])[0]), Ok("501"));
}

#[test]
fn a_500_is_traced_to_the_representative_that_is_gone() {
    let contacts = || json!([contact(1234, 88, "2024-02-01")]);
    let host = host()
        .has_list()
        .gets("Accounts", "A88", json!([account(88)]))
        .gets("Contacts", "A88,S7", contacts())
        .refuses("Contacts", 500, "Internal Server Error")
        .gets("Contacts", "C1234", contacts())
        // A filter for a record that is not there fails as well.
        .reply(&get("Users", "U999"), plain(500, "Internal Server Error"))
        .gets("Users", "all", json!([{"id": 501}]));
    let outcomes = write(
        &host,
        "customer",
        &[update("88", None, json!({"rep_id": "999"}))],
    );
    assert_eq!(
        told(&outcomes[0]),
        Err((
            FaultKind::MissingReference,
            "crm_user_missing",
            Some("rep_id")
        ))
    );
    let fault = outcomes[0].as_ref().unwrap_err();
    assert_eq!(fault.vendor_code.as_deref(), Some("500"));
}

#[test]
fn a_500_that_cannot_be_traced_may_have_been_carried_out() {
    let known = json!([{"id": 501, "username": "7@12345", "active": false}]);
    let host = host()
        .gets("Users", "all", known)
        .refuses("Users", 500, "Internal Server Error")
        .reply(&get("Users", "U501"), page());
    let outcomes = write(
        &host,
        "user",
        &[update("501", None, json!({"full_name": "M"}))],
    );
    let fault = outcomes[0].as_ref().unwrap_err();
    assert_eq!(
        (fault.kind, fault.scope),
        (FaultKind::OutcomeUnknown, FaultScope::OneRecord)
    );
}

#[test]
fn a_fault_before_anything_is_sent_is_every_rows() {
    let host = host().reply(&get("Users", "all"), page());
    let outcomes = write(&host, "user", &[user("7"), user("8")]);
    assert!(outcomes.iter().all(|outcome| outcome
        .as_ref()
        .is_err_and(|f| f.kind == FaultKind::Unavailable)));
    let host = super::host();
    host.unset.borrow_mut().push("api_key".to_owned());
    let outcomes = CentrixOne.write(&host, "user", &[user("7")]);
    assert_eq!(
        outcomes[0].as_ref().unwrap_err().kind,
        FaultKind::Misconfigured
    );
}
