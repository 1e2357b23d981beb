//! Contacts and the accounts that follow from them: add, edit, company, primary contact, permissions.

use serde_json::json;

use super::{ATELIER, HARVEY, Lab, NERON, PERRON, SIMARD};
use crate::simulator::Simulator;

#[test]
fn a_record_is_edited_by_id_then_by_external_id_and_else_added() {
    let mut lab = Lab::new();
    let answer = lab.post(
        "Contacts",
        &json!([
            { "external_id": "acomba:57", "lists": [7], "company": "Ferme Girard & Fils s.e.n.c.", "name": "Girard" },
            { "id": ATELIER, "phone1": "418 555-0199" },
            { "external_id": "acomba:57", "firstname": "Yvan" },
        ]),
    );
    assert_eq!(
        answer,
        [
            json!({ "id": 1247, "external_id": "acomba:57" }),
            json!({ "id": ATELIER }),
            json!({ "id": 1247, "external_id": "acomba:57" }),
        ]
    );
    let made = lab.one("Contacts", "Eacomba:57");
    assert_eq!(
        (&made["firstname"], &made["name"]),
        (&json!("Yvan"), &json!("Girard"))
    );
    assert_eq!(made["created"], "2026-03-05T14:01:00-05:00");
    let edited = lab.one("Contacts", "C1234");
    assert_eq!(edited["phone1"], "418 555-0199");
    assert_eq!(edited["fax"], "418 555-0101", "left out, so unchanged");
    assert_eq!(edited["modified"], "2026-03-05T14:01:00-05:00");
    assert_eq!(edited["created"], "2024-02-01T10:00:00-05:00");
}

#[test]
fn an_empty_text_clears_and_summer_time_is_written() {
    let mut lab = Lab::new();
    lab.now = 1_783_274_400_000;
    lab.post(
        "Contacts",
        &json!([{ "id": ATELIER, "fax": "", "rep1": "", "contact_custom": { "3": "x" } }]),
    );
    lab.post(
        "Contacts",
        &json!([{ "id": ATELIER, "contact_custom": { "4": "y", "3": "" } }]),
    );
    let contact = lab.one("Contacts", "C1234");
    assert_eq!(contact.get("fax"), None);
    assert_eq!(contact.get("rep1"), None);
    assert_eq!(contact["contact_custom"], json!({ "4": "y" }));
    assert_eq!(contact["modified"], "2026-07-05T14:00:00-04:00");
}

#[test]
#[rustfmt::skip]
fn a_wrong_record_is_refused_and_named() {
    let mut lab = Lab::new();
    let before = lab.get("Contacts", "all");
    for (record, status, text) in [
        (json!({ "name": "Sans liste" }), 400, "Bad request: lists is required"),
        (json!({ "lists": [] }), 400, "Bad request: lists is required"),
        (json!({ "id": ATELIER, "lists": [] }), 400, "Bad request: lists is required"),
        (json!({ "lists": [99] }), 400, "Bad request: list 99 does not exist"),
        (json!({ "lists": 7 }), 400, "Bad request: lists must be an array of list ids"),
        (json!({ "lists": [7], "colour": "x" }), 400, "Bad request: unknown field colour"),
        (json!({ "lists": [7], "contact_custom": { "71": "x" } }), 400, "Bad request: unknown field contact_custom.71"),
        (json!({ "lists": [7], "contact_custom": { "price_list": "x" } }), 400, "Bad request: unknown field contact_custom.price_list"),
        (json!({ "lists": [7], "phone1": 4185550100_i64 }), 400, "Bad request: phone1 must be text"),
        (json!({ "lists": [7], "phone1": null }), 400, "Bad request: phone1 must be text"),
        (json!({ "lists": [7], "state": "Québec" }), 400, "Bad request: state must be an ISO code"),
        (json!({ "lists": [7], "country": "Canada" }), 400, "Bad request: country must be an ISO code"),
        (json!({ "lists": [7], "language": "fr" }), 400, "Bad request: language must be an ISO code"),
        (json!({ "lists": [7], "rep1": "Marie" }), 400, "Bad request: rep1 must be an id"),
        (json!({ "lists": [7], "account_id": 88 }), 403, "Field account_id is read-only"),
        (json!({ "id": ATELIER, "created": "2020-01-01T00:00:00-05:00" }), 403, "Field created is read-only"),
        (json!({ "id": ATELIER, "external_id": "acomba:6" }), 409, "External ID already used"),
        (json!({ "lists": [7], "rep1": 999 }), 500, "Internal Server Error"),
        (json!({ "id": 9999, "name": "X" }), 500, "Internal Server Error"),
    ] {
        assert_eq!(lab.post_refused("Contacts", &json!([record])), (status, text.to_owned()), "{record}");
    }
    assert_eq!(lab.get("Contacts", "all"), before, "nothing was written");
}

#[test]
fn an_array_is_all_or_nothing_only_while_the_switch_is_on() {
    let body = json!([
        { "external_id": "acomba:60", "lists": [7], "company": "Neuf inc." },
        { "id": 9999, "name": "inconnu" },
        { "external_id": "acomba:61", "lists": [7] },
    ]);
    for (all_or_nothing, expected) in [(true, vec![]), (false, vec![1247])] {
        let mut lab = Lab::new();
        lab.set("all_or_nothing", all_or_nothing);
        assert_eq!(lab.post_refused("Contacts", &body).0, 500);
        assert_eq!(lab.ids("Contacts", "Eacomba:60,Eacomba:61"), expected);
        let accounts = lab.get("Accounts", "all");
        assert_eq!(
            accounts.iter().any(|row| row["name"] == "Neuf inc."),
            !all_or_nothing
        );
    }
}

#[test]
fn a_company_is_one_account_only_when_it_is_spelled_the_same() {
    let mut lab = Lab::new();
    let mut account = |company: &str| {
        let id = lab.post_one("Contacts", json!({ "lists": [8], "company": company }));
        lab.one("Contacts", &format!("C{id}"))["account_id"]
            .as_i64()
            .unwrap()
    };
    assert_eq!(account("Clinique dentaire Simard"), 90);
    let other = account("Clinique Dentaire Simard");
    assert_ne!(other, 90);
    assert_eq!(account("Clinique Dentaire Simard"), other);
    assert_ne!(account("Clinique dentaire Simard "), 90);
}

#[test]
fn another_company_takes_the_contact_and_leaves_the_account() {
    let mut lab = Lab::new();
    lab.post(
        "Contacts",
        &json!([{ "id": ATELIER, "company": "Atelier du Lac ltée" }]),
    );
    let moved = lab.one("Contacts", "C1234")["account_id"].as_i64().unwrap();
    assert_ne!(moved, 88);
    let new = lab.one("Accounts", &format!("A{moved}"));
    assert_eq!(
        (&new["primary_contact_id"], new.get("account_custom")),
        (&json!(ATELIER), None)
    );
    let old = lab.one("Accounts", "A88");
    assert_eq!(old["primary_contact_id"], 1235, "the next oldest");
    assert_eq!(
        old["account_custom"]["price_list"], "1",
        "the fields stay behind"
    );
    lab.post("Contacts", &json!([{ "id": 1235, "company": "" }]));
    let old = lab.one("Accounts", "A88");
    assert_eq!(
        (old.get("primary_contact_id"), &old["protected"]),
        (None, &json!(false))
    );
    assert_eq!(lab.one("Contacts", "C1235").get("account_id"), None);
}

#[test]
fn a_renamed_account_takes_its_contacts_along() {
    let mut lab = Lab::new();
    lab.post(
        "Accounts",
        &json!([{ "id": 88, "name": "Atelier du Lac ltée" }]),
    );
    assert_eq!(
        lab.one("Contacts", "C1235")["company"],
        "Atelier du Lac ltée"
    );
    assert_eq!(lab.ids("Contacts", "A88"), [1234, 1235]);
    let id = lab.post_one(
        "Contacts",
        json!({ "lists": [8], "company": "Atelier du Lac ltée" }),
    );
    assert_eq!(lab.one("Contacts", &format!("C{id}"))["account_id"], 88);
    let refused = lab.post_refused(
        "Accounts",
        &json!([{ "id": 88, "name": "Municipalité de Roberval" }]),
    );
    assert_eq!(refused, (400, "Bad request: name already used".to_owned()));
}

#[test]
fn the_primary_contact_is_the_oldest_in_list_acomba() {
    let mut lab = Lab::new();
    let primary = |lab: &mut Lab, account: i64| {
        lab.one("Accounts", &format!("A{account}"))["primary_contact_id"].clone()
    };
    assert_eq!(
        primary(&mut lab, 90),
        json!(SIMARD),
        "equal stamps, so the smaller id"
    );
    assert_eq!(
        primary(&mut lab, 89),
        json!(1236),
        "1237 is older and in another list"
    );
    lab.control(json!({ "do": "move", "contact": PERRON, "to": 7 }));
    assert_eq!(primary(&mut lab, 89), json!(PERRON));
    lab.control(json!({ "do": "move", "contact": PERRON, "from": 7 }));
    assert_eq!(primary(&mut lab, 89), json!(1236));
    lab.control(json!({ "do": "move", "contact": SIMARD, "from": 7, "to": 8 }));
    assert_eq!(primary(&mut lab, 90), json!(NERON));
    lab.control(json!({ "do": "merge", "keep": SIMARD, "merged": [NERON] }));
    assert_eq!(
        primary(&mut lab, 90),
        json!(SIMARD),
        "it took the other's list"
    );
    assert_eq!(lab.one("Contacts", "C1238")["lists"], json!([7, 8]));
    assert_eq!(lab.ids("Contacts", "C1239"), Vec::<i64>::new());
}

#[test]
fn there_is_no_primary_contact_without_list_acomba() {
    let mut sim = super::super::new();
    let seed = json!({ "account": "1", "api_key": "k", "Lists": [{ "id": 3, "name": "Clients" }],
        "Contacts": [{ "lists": [3], "company": "A" }] });
    sim.seed(&seed, super::START).unwrap();
    assert_eq!(sim.state()["Accounts"][0]["protected"], false);
    let mut lab = Lab {
        centrixone: sim,
        now: super::START,
    };
    let page = "/API_WEB/EN/Lists-1-k-all.awp";
    let made = super::json_of(&lab.send("POST", page, &[], r#"[{"name":"Acomba"}]"#));
    assert_eq!(made["Lists"], json!([{ "id": 4 }]));
    lab.control(json!({ "do": "move", "contact": 1, "to": 4 }));
    let account = &lab.centrixone.state()["Accounts"][0];
    assert_eq!(
        (&account["protected"], &account["primary_contact_id"]),
        (&json!(true), &json!(1))
    );
}

/// Who may edit the primary contact: the API, a person, an automation.
#[track_caller]
fn who_may_edit(level_1: bool, level_2: bool) -> [bool; 3] {
    let mut lab = Lab::new();
    lab.set("write_level_1", level_1);
    lab.set("write_level_2", level_2);
    let post = json!([{ "id": ATELIER, "city": "Roberval" }]);
    let response = lab.send(
        "POST",
        &Lab::page("Contacts", "all"),
        &[],
        &post.to_string(),
    );
    if response.status != 200 {
        assert_eq!(
            super::refusal(&response),
            (403, "Primary contact is not writable".to_owned())
        );
    }
    let mut by = |who: &str| {
        let edit = json!({ "do": "edit", "entity": "Contacts", "id": ATELIER, "set": { "city": "Alma" }, "by": who });
        lab.centrixone.control(&edit, lab.now).is_ok()
    };
    [response.status == 200, by("person"), by("automation")]
}

#[test]
fn permission_levels_stop_whom_they_should() {
    assert_eq!(who_may_edit(true, true), [true, true, true]);
    assert_eq!(who_may_edit(false, true), [false, false, true]);
    assert_eq!(who_may_edit(true, false), [false, false, false]);
}

#[test]
fn only_the_primary_contact_is_closed_by_level_1() {
    let mut lab = Lab::new();
    lab.set("write_level_1", false);
    let written = json!([
        { "id": NERON, "cell": "418 555-0777" },
        { "id": PERRON, "cell": "418 555-0778" },
        { "external_id": "acomba:57", "lists": [7], "company": "Neuf inc." },
    ]);
    lab.post("Contacts", &written);
    lab.post(
        "Accounts",
        &json!([{ "id": 88, "account_custom": { "price_list": "2" } }]),
    );
    let refused = lab.post_refused("Contacts", &json!([{ "id": HARVEY, "notes": "x" }]));
    assert_eq!(refused.0, 403);
}
