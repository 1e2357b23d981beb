//! Creates that may be there already: refused as duplicates, or sent again after an answer was lost.

use super::writing::{describe, ok, refused, POST, UPSERT};
use super::*;

#[test]
fn a_duplicate_names_what_is_there() {
    let find = q("SELECT Id FROM Account WHERE Liaison_Key__c = 'ERP-1' LIMIT 2");
    let by_name = q("SELECT Id FROM Account WHERE Name = 'Acme' LIMIT 2");
    let here = json!([{"Id": A2}]);
    for (message, fields, looked, expected) in [
        (
            "duplicate value found: Ext__c duplicates value on record with id: 001D000000IRFmb",
            vec![],
            None,
            Some(A2),
        ),
        (
            "valeur en double trouvée : Ext__c duplique la valeur sur l'enregistrement ayant l'ID : 001D000000IRFmb",
            vec![],
            None,
            Some(A2),
        ),
        // It names neither a record nor a field: the key is what it was made with.
        (
            "duplicate value found: <unknown> duplicates value on record with id: <unknown>",
            vec![],
            Some((&find, here.clone())),
            Some(A2),
        ),
        (
            "doppelter Wert",
            vec![],
            Some((&find, json!([]))),
            None,
        ),
        (
            "duplicate value found",
            vec!["Name"],
            Some((&by_name, here.clone())),
            Some(A2),
        ),
        (
            "duplicate value found",
            vec!["Name"],
            Some((&by_name, json!([{"Id": A2}, {"Id": A3}]))),
            None,
        ),
        // A field that this record does not set is no help; its key is.
        (
            "duplicate value found",
            vec!["Nom"],
            Some((&find, here.clone())),
            Some(A2),
        ),
    ] {
        let post = "POST /services/data/v62.0/composite/sobjects";
        let mut host = host().on(
            post,
            json!([refused("DUPLICATE_VALUE", message, &fields)]),
        );
        if let Some((question, records)) = looked {
            host = host.on(question, json!({"records": records}));
        }
        let new = create(json!({"Name": "Acme", "liaison_key": "ERP-1"}));
        let outcomes = write(&host, "account", &[new]);
        let fault = outcomes[0].as_ref().unwrap_err();
        assert_eq!(
            (fault.kind, fault.existing.as_deref()),
            (FaultKind::Exists, expected),
            "{message}"
        );
    }
}

#[test]
fn our_own_token_is_known_again_in_any_language() {
    let find = q(&format!(
        "SELECT Id FROM Account WHERE Liaison_Key__c = '{TOKEN}' LIMIT 2"
    ));
    for (message, holders, expected) in [
        (
            "valeur en double : enregistrement 001D000000IRFmb",
            vec![A2],
            Ok(A2),
        ),
        ("valeur en double", vec![A2], Ok(A2)),
        // Somebody else's record has another value of ours.
        (
            "valeur en double : enregistrement 001D000000IRFmc",
            vec![],
            Err((FaultKind::Exists, "salesforce-exists")),
        ),
        (
            "valeur en double",
            vec![],
            Err((FaultKind::Exists, "salesforce-exists-somewhere")),
        ),
    ] {
        let found: Vec<Value> = holders.iter().map(|id| json!({"Id": id})).collect();
        let mut host = host()
            .on(UPSERT, json!([refused("DUPLICATE_VALUE", message, &[])]))
            .on(&find, json!({"records": found}));
        if let Ok(id) = expected {
            host = host.on(&back(&[id]), rows(vec![]));
        }
        let outcomes = write(&host, "account", &[create(json!({"Name": "Acme"}))]);
        assert_eq!(told(&outcomes[0]), expected, "{message}");
    }
}

fn noted(host: &ScriptHost) -> Option<String> {
    let notes = host.notes.borrow();
    notes
        .get(TOKEN)
        .map(|note| String::from_utf8(note.clone()).unwrap())
}

#[test]
fn a_create_without_a_key_is_noted_and_never_blindly_repeated() {
    let keyless = [field("Name", "string")];
    let read_back = q("SELECT Id,Name,IsDeleted,LastModifiedDate,SystemModstamp FROM Account WHERE Id = '001D000000IRFmaIAH'");
    let new = || create(json!({"Name": "Acme"}));
    let again = || Operation {
        resume: Some(b"left".to_vec()),
        ..new()
    };
    let wiped = || Operation {
        resume: Some(Vec::new()),
        ..new()
    };
    for (reply, expected, note) in [
        (Reply::Json(200, json!([ok(A1)])), Ok(A1), "left"),
        (
            lost(),
            Err((FaultKind::OutcomeUnknown, "sdk-outcome-unknown")),
            "left",
        ),
        (
            Reply::Json(200, json!([refused("STRING_TOO_LONG", "x", &[])])),
            Err((FaultKind::Rejected, "salesforce-too-long")),
            "",
        ),
        (
            Reply::Json(200, json!([refused("UNABLE_TO_LOCK_ROW", "x", &[])])),
            Err((FaultKind::Locked, "salesforce-locked-row")),
            "",
        ),
        (
            refusal(403, "REQUEST_LIMIT_EXCEEDED", "x"),
            Err((FaultKind::Throttled, "salesforce-day-used-up")),
            "",
        ),
    ] {
        for operation in [new(), wiped()] {
            let host = describe(&keyless);
            let reply = match &reply {
                Reply::Json(status, body) => Reply::Json(*status, body.clone()),
                _ => lost(),
            };
            let mut host = host.reply(POST, reply);
            if expected.is_ok() {
                host = host.on(&read_back, rows(vec![]));
            }
            let outcomes = write(&host, "account", &[operation]);
            assert_eq!(told(&outcomes[0]), expected);
            assert_eq!(noted(&host).as_deref(), Some(note), "{expected:?}");
        }
    }
    let host = describe(&keyless);
    let outcomes = write(&host, "account", &[again()]);
    assert_eq!(
        told(&outcomes[0]),
        Err((FaultKind::Rejected, "salesforce-may-exist"))
    );
    assert!(host.sent.borrow().is_empty());
}

#[test]
fn a_key_that_two_may_have_is_looked_for_before_a_repeat() {
    let mut key = field("Liaison_Key__c", "string");
    key["externalId"] = json!(false);
    let find = q(&format!(
        "SELECT Id FROM Account WHERE Liaison_Key__c = '{TOKEN}' LIMIT 2"
    ));
    let read_back = q("SELECT Id,Name,Liaison_Key__c,IsDeleted,LastModifiedDate,SystemModstamp FROM Account WHERE Id = '001D000000IRFmaIAH'");
    let again = Operation {
        resume: Some(b"left".to_vec()),
        ..create(json!({"Name": "Acme"}))
    };
    let host = || describe(&[field("Name", "string"), key.clone()]);
    let there = host()
        .on(&find, rows(vec![json!({"Id": A1})]))
        .on(&read_back, rows(vec![]));
    assert_eq!(
        told(&write(&there, "account", std::slice::from_ref(&again))[0]),
        Ok(A1)
    );
    let absent = host()
        .on(&find, rows(vec![]))
        .on(POST, json!([ok(A1)]))
        .on(&read_back, rows(vec![]));
    assert_eq!(
        told(&write(&absent, "account", std::slice::from_ref(&again))[0]),
        Ok(A1)
    );
    // Two that hold it are no "none": a third is not made, and a person decides.
    let twice = host().on(&find, rows(vec![json!({"Id": A1}), json!({"Id": A2})]));
    assert_eq!(
        told(&write(&twice, "account", std::slice::from_ref(&again))[0]),
        Err((FaultKind::Ambiguous, "salesforce-several"))
    );
    let unread = host().reply(&find, page());
    let unread_host = unread;
    assert_eq!(
        told(&write(&unread_host, "account", &[again])[0])
            .unwrap_err()
            .0,
        FaultKind::Unavailable
    );
}

#[test]
fn what_holds_our_own_token_is_what_we_made() {
    let mut once = field("Once__c", "string");
    once["updateable"] = json!(false);
    let message =
        "duplicate value found: Liaison_Key__c duplicates value on record with id: 001D000000IRFmb";
    let host = describe(&[field("Name", "string"), key_field("Liaison_Key__c"), once])
        .on(POST, json!([refused("DUPLICATE_VALUE", message, &[])]))
        .on(
            &q(&format!("SELECT Id,Name,Liaison_Key__c,Once__c,IsDeleted,LastModifiedDate,SystemModstamp FROM Account WHERE Id = '{A2}'")),
            rows(vec![]),
        );
    let outcomes = write(&host, "account", &[create(json!({"Once__c": "x"}))]);
    assert_eq!(told(&outcomes[0]), Ok(A2));
}
