//! What people may do at the screen, and what they may not.

use serde_json::{Value, json};

use super::{ATELIER, HARVEY, Lab, PERRON};
use crate::simulator::Simulator;

#[test]
fn a_person_writes_like_the_api_but_not_what_acomba_owns() {
    let mut lab = Lab::new();
    let made = lab.control(json!({ "do": "create", "entity": "Contacts",
        "record": { "lists": [7], "company": "Serres Fortin", "name": "Fortin" } }));
    assert_eq!(made["id"], 1247);
    lab.control(json!({ "do": "edit", "entity": "Contacts", "id": 1247, "set": { "phone1": "418 555-0500" } }));
    lab.control(json!({ "do": "edit", "entity": "Accounts", "id": 88, "set": { "account_custom": { "1": "or" } } }));
    let opportunity = lab.control(json!({ "do": "create", "entity": "Opportunities",
        "record": { "account_id": 88, "title": "Projet", "stage_id": 3, "rep1": 500 } }));
    lab.control(json!({ "do": "edit", "entity": "Opportunities", "id": opportunity["id"], "set": { "stage_id": 5 } }));
    for (object, id, set, text) in [
        (
            "Accounts",
            88,
            json!({ "account_custom": { "customer_number": "X" } }),
            "Field customer_number is read-only",
        ),
        (
            "Accounts",
            88,
            json!({ "account_custom": { "territory": "" } }),
            "Field territory is read-only",
        ),
        (
            "Contacts",
            ATELIER,
            json!({ "external_id": "x" }),
            "Field external_id is read-only",
        ),
        (
            "Contacts",
            ATELIER,
            json!({ "account_id": 89 }),
            "Field account_id is read-only",
        ),
        (
            "Users",
            501,
            json!({ "external_id": "x" }),
            "Field external_id is read-only",
        ),
        (
            "Lists",
            7,
            json!({ "name": "Compta" }),
            "Protected list: cannot be renamed",
        ),
        (
            "Contacts",
            9999,
            json!({ "name": "x" }),
            "Contacts has no record 9999",
        ),
        (
            "Contacts",
            ATELIER,
            json!({ "rep1": 999 }),
            "Internal Server Error",
        ),
    ] {
        let edit = json!({ "do": "edit", "entity": object, "id": id, "set": set });
        assert_eq!(lab.control_refused(edit), text);
    }
}

#[test]
fn deleting_is_refused_where_acomba_is_concerned() {
    let mut lab = Lab::new();
    for (object, id, text) in [
        (
            "Contacts",
            ATELIER,
            "Protected list: contact cannot be deleted",
        ),
        ("Accounts", 88, "Protected list: account cannot be deleted"),
        ("Lists", 7, "Protected list: cannot be deleted"),
        ("Lists", 8, "List has contacts"),
        ("Stages", 9, "Protected stage: cannot be deleted"),
        ("Stages", 3, "Stage is in use"),
        ("Users", 501, "Users cannot be deleted"),
        (
            "RevenueCategories",
            34,
            "Revenue categories cannot be deleted",
        ),
    ] {
        let delete = json!({ "do": "delete", "entity": object, "id": id });
        assert_eq!(lab.control_refused(delete), text);
    }
    for (object, id, forced) in [
        ("Contacts", PERRON, false),
        ("Contacts", ATELIER, true),
        ("Accounts", 90, true),
        ("Stages", 9, true),
    ] {
        lab.control(json!({ "do": "delete", "entity": object, "id": id, "force": forced }));
    }
    for (object, id) in [("Users", 501), ("RevenueCategories", 34)] {
        lab.control_refused(json!({ "do": "delete", "entity": object, "id": id, "force": true }));
    }
    assert_eq!(
        lab.ids("Contacts", "C1234,C1237,C1238,C1239"),
        Vec::<i64>::new()
    );
    assert_eq!(lab.one("Accounts", "A88")["primary_contact_id"], 1235);
    let late = json!([{ "contact_id": ATELIER, "title": "10083", "stage_id": 6 }]);
    assert_eq!(
        lab.post_refused("Opportunities", &late).0,
        500,
        "as the vendor's log shows it"
    );
}

#[test]
fn an_id_is_never_given_out_twice() {
    let mut lab = Lab::new();
    let id = lab.post_one("Contacts", json!({ "lists": [8] }));
    lab.control(json!({ "do": "delete", "entity": "Contacts", "id": id }));
    assert_eq!(lab.post_one("Contacts", json!({ "lists": [8] })), id + 1);
}

#[test]
fn one_way_mode_stops_people_and_automations_and_not_the_api() {
    let mut lab = Lab::new();
    lab.set("one_way", true);
    let text = "One-way mode: record is not writable";
    for by in ["person", "automation"] {
        for (object, id, set) in [
            ("Contacts", ATELIER, json!({ "city": "X" })),
            ("Contacts", 1235, json!({ "city": "X" })),
            ("Contacts", PERRON, json!({ "lists": [7] })),
            ("Accounts", 88, json!({ "name": "X" })),
        ] {
            let edit = json!({ "do": "edit", "entity": object, "id": id, "set": set, "by": by });
            assert_eq!(lab.control_refused(edit), text);
        }
    }
    assert_eq!(
        lab.control_refused(json!({ "do": "merge", "keep": PERRON, "merged": [1236] })),
        text
    );
    lab.control(
        json!({ "do": "edit", "entity": "Contacts", "id": PERRON, "set": { "city": "X" } }),
    );
    lab.post("Contacts", &json!([{ "id": ATELIER, "city": "Y" }]));
}

#[test]
fn a_merge_fills_what_was_empty_and_moves_opportunities() {
    let mut lab = Lab::new();
    lab.control(json!({ "do": "merge", "keep": 1235, "merged": [ATELIER, PERRON] }));
    let kept = lab.one("Contacts", "C1235");
    assert_eq!(
        (&kept["firstname"], &kept["fax"]),
        (&json!("Martin"), &json!("418 555-0101"))
    );
    assert_eq!(kept["external_id"], "acomba:2");
    assert_eq!(kept["lists"], json!([7, 8]));
    assert_eq!(lab.ids("Contacts", "Eacomba:2"), [1235]);
    assert_eq!(lab.one("Opportunities", "O7000")["contact_id"], 1235);
    assert_eq!(lab.one("Accounts", "A88")["primary_contact_id"], 1235);
    lab.control_refused(json!({ "do": "merge", "keep": 1235, "merged": [1235] }));
    lab.control_refused(json!({ "do": "merge", "keep": 1235, "merged": [9999] }));
}

#[test]
fn lists_are_moved_copied_and_left() {
    let mut lab = Lab::new();
    let moved = |lab: &mut Lab, contact: i64, from: Value, to: Value| {
        let mut action = json!({ "do": "move", "contact": contact });
        [("from", from), ("to", to)]
            .into_iter()
            .filter(|(_, list)| !list.is_null())
            .for_each(|(key, list)| action[key] = list);
        lab.centrixone.control(&action, lab.now)
    };
    assert_eq!(
        moved(&mut lab, PERRON, json!(8), json!(7)).unwrap()["lists"],
        json!([7])
    );
    assert_eq!(
        moved(&mut lab, PERRON, Value::Null, json!(8)).unwrap()["lists"],
        json!([7, 8])
    );
    assert_eq!(
        moved(&mut lab, PERRON, json!(7), Value::Null).unwrap()["lists"],
        json!([8])
    );
    for (from, to) in [
        (json!(7), Value::Null),
        (json!(8), Value::Null),
        (Value::Null, json!(99)),
    ] {
        assert!(moved(&mut lab, PERRON, from, to).is_err());
    }
    lab.set("write_level_1", false);
    assert!(
        moved(&mut lab, HARVEY, json!(7), Value::Null).is_err(),
        "the primary contact"
    );
}

#[test]
fn users_are_activated_and_renamed_by_people() {
    let mut lab = Lab::new();
    lab.control(json!({ "do": "activate", "id": 501 }));
    lab.control(json!({ "do": "rename_user", "id": 501, "username": "mroy", "full_name": "Marie Roy-Savard" }));
    let user = lab.one("Users", "Eacomba-sp:2");
    assert_eq!(
        (&user["active"], &user["username"]),
        (&json!(true), &json!("mroy"))
    );
    lab.control(json!({ "do": "activate", "id": 501, "on": false }));
    assert_eq!(lab.one("Users", "U501")["active"], false);
    assert_eq!(
        lab.control_refused(json!({ "do": "rename_user", "id": 501, "username": "ecote" })),
        "Bad request: username already used"
    );
}

#[test]
fn a_protected_label_is_renamed_only_by_force() {
    let mut lab = Lab::new();
    let rename = |id: i64, force: bool| json!({ "do": "rename_stage", "id": id, "label_fr": "Vente", "force": force });
    assert_eq!(
        lab.control_refused(rename(9, false)),
        "Protected stage: label cannot be changed"
    );
    lab.control(rename(5, false));
    lab.later(5);
    lab.control(rename(9, true));
    let stage = lab.one("Stages", "G9");
    assert_eq!(
        (&stage["label_fr"], &stage["label_en"], &stage["protected"]),
        (&json!("Vente"), &json!("Invoice"), &json!(false))
    );
}
