//! Changes asked for by window of time, and what makes stamps move.

use serde_json::{Value, json};

use super::{Lab, encoded};

fn window(lab: &Lab, what: &str, from: i64, to: i64) -> String {
    let at = |offset: i64| encoded(&super::time::written_z(lab.now / 1000 + offset));
    format!("sobjects/Account/{what}/?start={}&end={}", at(from), at(to))
}

#[test]
fn a_window_of_changes() {
    let mut lab = Lab::new();
    let (atelier, gone) = (lab.id("atelier"), lab.id("quai"));
    lab.later(600);
    lab.control(json!({ "do": "edit", "id": "@atelier", "set": { "Site": "x" }, "by": "etienne.cote@boreale.example" }));
    lab.control(json!({ "do": "delete", "id": "@quai" }));
    lab.later(120);
    let updated = lab.get(&window(&lab, "updated", -300, 0));
    assert_eq!(updated["ids"], json!([atelier]));
    assert!(
        updated["latestDateCovered"]
            .as_str()
            .unwrap()
            .ends_with(".000+0000")
    );
    let deleted = lab.get(&window(&lab, "deleted", -300, 0));
    let at = super::time::written(lab.now / 1000 - 120);
    assert_eq!(
        deleted["deletedRecords"],
        json!([{ "id": gone, "deletedDate": at }])
    );
    assert!(deleted["earliestDateAvailable"].is_string());
    assert_eq!(
        lab.row("Account", &atelier)["LastModifiedById"],
        lab.id("vendeur").as_str()
    );
    lab.control(json!({ "do": "undelete", "id": "@quai" }));
    assert_eq!(
        lab.get(&window(&lab, "deleted", -300, 60))["deletedRecords"],
        json!([])
    );
    assert_eq!(
        lab.query("SELECT Id FROM Contact WHERE LastName = 'Côté-Ouellet'")
            .len(),
        1,
        "its contact came back with it"
    );
}

#[test]
fn windows_that_are_none() {
    let mut lab = Lab::new();
    for (what, from, to, code) in [
        ("updated", 0, 0, "INVALID_REPLICATION_DATE"),
        ("updated", 0, -3_600, "INVALID_REPLICATION_DATE"),
        ("updated", -31 * 86_400, 0, "INVALID_REPLICATION_DATE"),
        ("deleted", -16 * 86_400, 0, "INVALID_REPLICATION_DATE"),
    ] {
        let target = window(&lab, what, from, to);
        assert_eq!(
            lab.refused("GET", &target, Value::Null),
            (400, code.to_owned()),
            "{what} {from} {to}"
        );
    }
    lab.get(&window(&lab, "updated", -29 * 86_400, 0));
    assert_eq!(
        lab.refused("GET", "sobjects/Account/updated?start=x&end=y", Value::Null)
            .0,
        400
    );
    let status = window(&lab, "updated", -600, 0).replace("Account", "ContractStatus");
    assert_eq!(
        lab.refused("GET", &status, Value::Null),
        (400, "INVALID_TYPE_FOR_OPERATION".to_owned())
    );
}

#[test]
fn what_is_covered_may_lag() {
    let mut lab = Lab::with("replication_lag_s", 300);
    let covered = lab.get(&window(&lab, "updated", -3_600, 0))["latestDateCovered"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(super::time::read(&covered), Some(lab.now / 1000 - 300));
    lab.get(&window(&lab, "deleted", -3_600, 0));
}

#[test]
fn stamps_move_by_edits_by_the_platform_and_late() {
    let mut lab = Lab::new();
    let id = lab.id("simard");
    let before = lab.row("Account", &id);
    lab.later(3_600);
    lab.control(json!({ "do": "touch", "ids": ["@simard"] }));
    let touched = lab.row("Account", &id);
    assert_eq!(touched["LastModifiedDate"], before["LastModifiedDate"]);
    assert_eq!(touched["SystemModstamp"], lab.stamp());
    // Committed now, stamped ten minutes ago.
    lab.control(json!({ "do": "edit", "id": "@simard", "set": { "Site": "x" }, "ago_s": 600 }));
    assert_eq!(
        lab.row("Account", &id)["SystemModstamp"],
        super::time::written(lab.now / 1000 - 600)
    );
    // Two changes of one second share their stamp.
    lab.patch(&format!("sobjects/Account/{id}"), json!({}));
    lab.now += 400;
    let lavoie = lab.id("lavoie");
    lab.patch(&format!("sobjects/Account/{lavoie}"), json!({}));
    let soql = format!(
        "SELECT Id FROM Account WHERE SystemModstamp >= {} ORDER BY SystemModstamp ASC, Id ASC",
        super::time::written_z(lab.now / 1000)
    );
    assert_eq!(lab.query(&soql).len(), 2);
}

#[test]
fn a_merge_moves_what_referred_to_the_other() {
    let mut lab = Lab::new();
    let (keep, gone, sara) = (lab.id("dubuc"), lab.id("dubuc2"), lab.id("sara"));
    lab.later(60);
    lab.control(json!({ "do": "merge", "keep": "@dubuc", "merged": ["@dubuc2"] }));
    assert_eq!(lab.row("Contact", &sara)["AccountId"], keep.as_str());
    let row = lab.row("Account", &gone);
    assert_eq!(
        (&row["IsDeleted"], &row["MasterRecordId"]),
        (&json!(true), &json!(keep))
    );
}
