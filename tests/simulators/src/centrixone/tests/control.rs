//! Seeds, switches, bulk, and what a test may ask.

use serde_json::json;

use super::{Lab, START};
use crate::simulator::Simulator;

#[test]
fn the_seed_holds_what_the_checklist_asks_for() {
    let lab = Lab::new();
    let state = lab.centrixone.state();
    for (object, least) in [
        ("Lists", 2),
        ("Stages", 8),
        ("RevenueCategories", 5),
        ("Users", 3),
        ("Accounts", 8),
        ("Contacts", 13),
        ("Opportunities", 1),
    ] {
        assert!(state[object].as_array().unwrap().len() >= least, "{object}");
    }
    assert_eq!(state["switches"]["all_or_nothing"], true);
    let of = |id: i64| {
        state["Contacts"]
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["id"] == id)
            .unwrap()
    };
    assert_eq!(of(1238)["created"], of(1239)["created"]);
    assert_ne!(
        of(1243)["account_id"],
        of(1244)["account_id"],
        "one company, two spellings"
    );
}

#[test]
fn customers_of_the_other_seed_are_recognisable() {
    let acomba: serde_json::Value =
        serde_json::from_str(include_str!("../../../seeds/acomba.json")).unwrap();
    let customers = acomba["companies"]["acme"]["Customer"].as_array().unwrap();
    let mut lab = Lab::new();
    let linked = lab.get("Contacts", "S7?filters=%09external_id%09%3C%3E%09%09");
    assert_eq!(linked.len(), 5);
    for contact in linked {
        // Customer cards start at position 2.
        let position: usize = contact["external_id"].as_str().unwrap()["acomba:".len()..]
            .parse()
            .unwrap();
        assert_eq!(contact["company"], customers[position - 2]["CuName"]);
    }
}

#[test]
fn a_wrong_seed_or_action_is_refused() {
    for seed in [
        json!([]),
        json!({ "contacts": [] }),
        json!({ "Contacts": {} }),
        json!({ "Contacts": [{ "lists": [7] }] }),
        json!({ "Lists": [{ "id": 1, "name": "A" }, { "id": 1, "name": "B" }] }),
        json!({ "Lists": [{ "name": "A" }], "Contacts": [{ "lists": [1], "created": "hier" }] }),
        json!({ "switches": { "colour": true } }),
        json!({ "account": 12345 }),
    ] {
        assert!(super::super::new().seed(&seed, START).is_err(), "{seed}");
    }
    let mut lab = Lab::new();
    let before = lab.centrixone.state();
    for action in [
        json!("set"),
        json!({}),
        json!({ "do": "explode" }),
        json!({ "do": "set", "switch": "colour", "value": true }),
        json!({ "do": "set", "switch": "one_way", "value": "yes" }),
        json!({ "do": "rows", "entity": "Tasks" }),
        json!({ "do": "activate", "id": 501, "of": false }),
        json!({ "do": "edit", "entity": "Contacts", "id": 1234, "set": {}, "by": "robot" }),
        json!({ "do": "delete", "entity": "Contacts", "id": 1237, "force": "no" }),
        json!({ "do": "merge", "keep": 1234 }),
    ] {
        lab.control_refused(action);
    }
    assert_eq!(lab.centrixone.state(), before);
}

#[test]
fn bulk_makes_contacts_with_accounts_of_their_own() {
    let mut lab = Lab::new();
    let made = lab.control(json!({ "do": "bulk_contacts", "count": 300, "prefix": "C" }));
    assert_eq!(
        (&made["first_id"], &made["last_id"]),
        (&json!(1247), &json!(1546))
    );
    assert_eq!(
        lab.control(json!({ "do": "count", "entity": "Contacts" })),
        json!({ "count": 313 })
    );
    let row = &lab.control(json!({ "do": "rows", "entity": "Contacts", "ids": [1247] }))[0];
    assert_eq!(
        (&row["company"], &row["lists"]),
        (&json!("Client C000001 inc."), &json!([7]))
    );
    assert_eq!(
        lab.one("Accounts", &format!("A{}", row["account_id"]))["primary_contact_id"],
        1247
    );
    lab.control(
        json!({ "do": "bulk_contacts", "count": 1, "prefix": "C", "from": 301, "list": 8 }),
    );
    assert_eq!(lab.one("Contacts", "C1547")["lists"], json!([8]));
}

#[test]
fn forgotten_external_ids_can_be_set_again() {
    let mut lab = Lab::new();
    lab.control(json!({ "do": "clear_external_ids", "entity": "Users" }));
    assert_eq!(lab.ids("Users", "Eacomba-sp:2"), Vec::<i64>::new());
    lab.post(
        "Users",
        &json!([{ "id": 501, "external_id": "acomba-sp:3" }]),
    );
    assert_eq!(lab.ids("Users", "Eacomba-sp:3"), [501]);
}
