//! The doctor: from the outside in, each finding with a place and a remedy.

use super::*;
use crate::customer_write::WRITING_REFUSED;

fn check(host: &ScriptHost) -> Vec<(Level, String)> {
    let findings = CentrixOne.check(host).unwrap();
    host.assert_done();
    for finding in &findings {
        let mended = finding.place.is_some() && finding.fix.is_some();
        assert!(mended || finding.level == Level::Ok, "{finding:?}");
        let told = format!("{finding:?}");
        assert!(
            !told.contains("[api_key") && !told.contains("API_WEB"),
            "{told}"
        );
    }
    let short = |finding: Finding| (finding.level, finding.code);
    findings.into_iter().map(short).collect()
}

fn found(expected: &[(Level, &str)]) -> Vec<(Level, String)> {
    let owned = |(level, code): &(Level, &str)| (*level, (*code).to_owned());
    expected.iter().map(owned).collect()
}

/// All other objects answer that nothing changed from now on.
fn others(host: ScriptHost) -> ScriptHost {
    [
        "Accounts",
        "Users",
        "RevenueCategories",
        "Stages",
        "Opportunities",
    ]
    .into_iter()
    .fold(host, |host, object| {
        host.reply(&get(object, "all"), whole(304, &[], ""))
    })
}

#[test]
fn a_good_connection_is_named() {
    let host = others(host().has_list().gets(
        "Contacts",
        "S7",
        json!([contact(1, 88, "2024-01-01"), contact(2, 88, "2024-01-01")]),
    ));
    assert_eq!(
        check(&host),
        found(&[(Level::Ok, "connected"), (Level::Ok, "list")])
    );
    let sent = host.sent.borrow();
    let now = (
        "If-Modified-Since".to_owned(),
        "Thu, 05 Mar 2026 14:00:00 GMT".to_owned(),
    );
    assert!(sent[2].headers.contains(&now));
    assert!(sent.iter().all(|request| request.method == Method::Get));
}

#[test]
fn what_is_missing_or_wrong_is_found() {
    let mut person = contact(1400, 1, "2024-02-01");
    person["account_id"] = Value::Null;
    let host1 = others(host().has_list().gets("Contacts", "S7", json!([person])));
    host1
        .memory_set(WRITING_REFUSED, b"Primary contact is not writable")
        .unwrap();
    assert_eq!(
        check(&host1),
        found(&[
            (Level::Ok, "connected"),
            (Level::Ok, "list"),
            (Level::Warning, "contacts-without-company"),
            (Level::Warning, "writing-refused")
        ])
    );
    let host2 = others(host().gets("Lists", "all", json!([])));
    assert_eq!(
        check(&host2),
        found(&[(Level::Ok, "connected"), (Level::Error, "list-missing")])
    );
    let host3 = host()
        .has_list()
        .reply(&get("Contacts", "S7"), plain(403, "No"))
        .reply(&get("Accounts", "all"), plain(404, "Unknown object"))
        .gets("Users", "all", json!([]))
        .gets("RevenueCategories", "all", json!([]))
        .gets("Stages", "all", json!([]))
        .gets("Opportunities", "all", json!([]));
    assert_eq!(
        check(&host3),
        found(&[
            (Level::Ok, "connected"),
            (Level::Error, "object-unreadable"),
            (Level::Error, "object-unreadable")
        ])
    );
}

#[test]
fn what_hides_the_rest_stands_alone() {
    for (reply, code) in [
        (
            plain(401, "Invalid account or API key"),
            "credentials-refused",
        ),
        (plain(404, "Unknown object"), "address"),
        (page(), "unreachable"),
        (plain(500, "Internal Server Error"), "unreachable"),
    ] {
        let host = host().reply(&get("Lists", "all"), reply);
        assert_eq!(check(&host), found(&[(Level::Error, code)]));
    }
    let unset = host();
    unset.unset.borrow_mut().push("api_key".to_owned());
    for host in [unset, ScriptHost::new(json!({}))] {
        assert_eq!(
            check(&host),
            found(&[(Level::Error, "connection-incomplete")])
        );
    }
}
