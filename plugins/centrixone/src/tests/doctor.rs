//! The doctor: from the outside in, each finding with a place and a remedy.

use super::*;
use crate::api::Api;
use crate::customer_write::WRITING_REFUSED;
use crate::stage::memory_key;

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
        let few = matches!(object, "Accounts" | "Opportunities");
        let asked = if few { get_few } else { get };
        host.reply(&asked(object, "all"), whole(304, &[], ""))
    })
}

#[test]
fn a_good_connection_is_named() {
    let host = others(host().has_list().gets_few(
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
    // That nobody is a customer is believed of whole rows only.
    let host1 = others(
        host()
            .has_list()
            .gets_few("Contacts", "S7", json!([person.clone()]))
            .gets("Contacts", "S7", json!([person])),
    );
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
        .reply(&get_few("Contacts", "S7"), plain(403, "No"))
        .reply(&get_few("Accounts", "all"), plain(404, "Unknown object"))
        .reply(&get("Accounts", "all"), plain(404, "Unknown object"))
        .gets("Users", "all", json!([]))
        .gets("RevenueCategories", "all", json!([]))
        .gets("Stages", "all", json!([]))
        .gets_few("Opportunities", "all", json!([]));
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
fn remembered_stages_that_were_renamed_or_deleted_are_found() {
    let good = || others(host().has_list().gets_few("Contacts", "S7", json!([])));
    let ok = [(Level::Ok, "connected"), (Level::Ok, "list")];
    let today = 20_517;
    for (known, expected) in [
        (json!([["Facture", 9, today]]), None),
        // One that is absent under its old id and there under another is no loss.
        (json!([["Facture", 8, today]]), None),
        (json!([["Vente", 9, today - 30]]), Some("stage-renamed")),
        (json!([["Commande", 4, today]]), Some("stage-deleted")),
        // The option names the new label meanwhile.
        (json!([["Vente", 9, today], ["Facture", 9, today]]), None),
        // Nobody asks for it any more.
        (json!([["Commande", 4, today - 31]]), None),
    ] {
        let host = good().gets(
            "Stages",
            "all",
            json!([{"id": 9, "percent": 100, "label_fr": "Facture"}]),
        );
        let known = known.as_array().unwrap().iter();
        let known =
            known.map(|known| json!({"label": known[0], "id": known[1], "asked": known[2]}));
        let key = memory_key(&Api::open(&host).unwrap());
        let known = known.collect::<Value>().to_string();
        host.memory_set(&key, known.as_bytes()).unwrap();
        let lost = expected.map(|code| (Level::Error, code));
        let all: Vec<_> = ok.into_iter().chain(lost).collect();
        assert_eq!(check(&host), found(&all), "{known}");
    }
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
