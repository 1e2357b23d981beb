//! Acomba and CentrixOne in step, by the real binary and the real components.

use liaison_tests::{Lab, count};
use serde_json::{Value, json};

/// The first run over what both sides hold already: the vendor's own synchronisation made it.
fn started() -> Lab {
    let lab = Lab::crm();
    for flow in ["users", "revenue_categories"] {
        lab.run_flow(flow, 0);
    }
    let said = lab.liaison("--json run customers");
    assert!([0, 4].contains(&said.exit), "{}{}", said.out, said.err);
    lab
}

fn writes(lab: &Lab) -> Vec<String> {
    let mut made = Vec::new();
    for simulator in [&lab.acomba, &lab.centrixone] {
        let routes = simulator.requests()["by_route"].clone();
        for (route, _) in routes.as_object().into_iter().flatten() {
            if !route.starts_with("GET ") {
                made.push(route.clone());
            }
        }
    }
    made
}

fn contact_of(lab: &Lab, card: i64) -> Value {
    let id = json!(format!("acomba:{card}"));
    let found: Vec<Value> = (lab.crm_rows("Contacts").into_iter())
        .filter(|contact| contact["external_id"] == id)
        .collect();
    assert_eq!(found.len(), 1, "contacts of card {card}: {found:?}");
    found[0].clone()
}

fn card(lab: &Lab, number: i64) -> Value {
    let cards = lab.acomba_cards("Customer").into_iter();
    let mut found = cards.filter(|card| card["CardPos"] == json!(number));
    found.next().expect("the card is there")
}

#[test]
fn a_second_run_with_nothing_changed_writes_nothing() {
    let lab = started();
    lab.acomba.reset_requests();
    lab.centrixone.reset_requests();
    for flow in ["users", "revenue_categories", "customers"] {
        lab.liaison(&format!("run {flow}"));
    }
    assert_eq!(writes(&lab), Vec::<String>::new());
}

#[test]
fn an_edit_on_either_side_reaches_the_other() {
    let lab = started();
    lab.in_acomba(json!({"do": "edit", "interface": "Customer", "card_pos": 3,
        "set": {"CuCity": "Saint-Prime"}}));
    let contact = contact_of(&lab, 2);
    lab.in_centrixone(
        json!({"do": "edit", "entity": "Contacts", "id": contact["id"],
        "set": {"city": "Dolbeau", "address2": "bureau 2"}}),
    );
    lab.liaison("run customers");
    assert_eq!(contact_of(&lab, 3)["city"], json!("Saint-Prime"));
    assert_eq!(card(&lab, 2)["CuCity"], json!("Dolbeau"));
    assert_eq!(
        card(&lab, 2)["CuAddress"],
        json!("100 rue Principale, bureau 2")
    );
}

#[test]
fn a_customer_born_in_the_crm_gets_a_number_of_17_digits_and_a_new_one_comes_back() {
    let lab = started();
    let before = lab.acomba_cards("Customer").len();
    for name in ["Vitrerie du Fjord", "Fromagerie Boivin"] {
        lab.in_centrixone(json!({"do": "create", "entity": "Contacts", "record": {
            "name": "Boivin", "firstname": "Luce", "company": name, "city": "La Baie",
            "language": "FR", "lists": [7]}}));
    }
    lab.liaison("run customers");
    let cards = lab.acomba_cards("Customer");
    let born: Vec<&Value> = (cards.iter())
        .filter(|card| {
            ["Vitrerie du Fjord", "Fromagerie Boivin"]
                .contains(&card["CuName"].as_str().unwrap_or(""))
        })
        .collect();
    assert_eq!(
        born.len(),
        2,
        "{} cards before, {} after",
        before,
        cards.len()
    );
    let numbers: Vec<&str> = born
        .iter()
        .filter_map(|card| card["CuNumber"].as_str())
        .collect();
    for number in &numbers {
        assert!(
            number.len() == 17 && number.bytes().all(|b| b.is_ascii_digit()),
            "{number}"
        );
    }
    assert_ne!(numbers[0], numbers[1]);
    let position = born[0]["CardPos"].as_i64().expect("a card's position");
    let account = |lab: &Lab| {
        let contact = contact_of(lab, position);
        let accounts = lab.crm_rows("Accounts").into_iter();
        let mut of = accounts.filter(|account| account["name"] == contact["company"]);
        of.next().expect("its account")["account_custom"]["customer_number"].clone()
    };
    assert_eq!(account(&lab), born[0]["CuNumber"]);
    lab.in_acomba(
        json!({"do": "renumber", "interface": "Customer", "card_pos": position,
        "number": "VITRERIE"}),
    );
    lab.liaison("run customers");
    assert_eq!(account(&lab), json!("VITRERIE"));
    // And once more, to see that nothing is made again.
    lab.liaison("run customers");
    assert_eq!(lab.acomba_cards("Customer").len(), cards.len());
}

#[test]
fn one_way_an_edit_in_the_crm_is_overwritten_and_told() {
    let lab = started();
    let text = liaison_tests::CRM_TENANT.replace(
        "pack = \"acomba-centrixone/customers\"",
        "pack = \"acomba-centrixone/customers\"\noptions = { mode = \"mirror\" }",
    );
    lab.write_tenant("demo", &text);
    lab.liaison("run customers");
    let contact = contact_of(&lab, 3);
    let city = contact["city"].clone();
    lab.in_centrixone(
        json!({"do": "edit", "entity": "Contacts", "id": contact["id"],
        "set": {"city": "Ailleurs"}}),
    );
    lab.liaison("plan customers").says("Ailleurs");
    lab.liaison("run customers");
    assert_eq!(contact_of(&lab, 3)["city"], city);
    assert_eq!(json!(card(&lab, 3)["CuCity"]), city);
    lab.liaison("log --flow customers --limit 200")
        .exits(0)
        .says("Ailleurs");
}

#[test]
fn a_person_settles_what_both_sides_changed() {
    let lab = started();
    let pack = "pack = \"acomba-centrixone/customers\"";
    let asking = format!("{pack}\noptions = {{ conflict = \"ask\" }}");
    let text = liaison_tests::CRM_TENANT.replace(pack, &asking);
    lab.write_tenant("demo", &text);
    lab.liaison("run customers");
    for (card_pos, side, expected) in [(3, "source", "Ici"), (5, "target", "Ailleurs")] {
        lab.in_acomba(
            json!({"do": "edit", "interface": "Customer", "card_pos": card_pos,
            "set": {"CuCity": "Ici"}}),
        );
        let contact = contact_of(&lab, card_pos);
        lab.in_centrixone(
            json!({"do": "edit", "entity": "Contacts", "id": contact["id"],
            "set": {"city": "Ailleurs"}}),
        );
        lab.liaison("run customers").exits(4);
        let list = lab.liaison("--json conflict list").exits(0).json();
        let asked = list["answer"].as_array().expect("conflicts").iter();
        let mut asked = asked.filter(|parked| parked["id"] == json!(card_pos.to_string()));
        let parked = asked
            .next()
            .unwrap_or_else(|| panic!("no conflict of {card_pos}: {list:#}"));
        assert!(parked.to_string().contains("Ailleurs"), "{parked}");
        lab.liaison(&format!(
            "conflict resolve customers {card_pos} --take {side}"
        ))
        .exits(0);
        lab.liaison("run customers");
        assert_eq!(card(&lab, card_pos)["CuCity"], json!(expected));
        assert_eq!(contact_of(&lab, card_pos)["city"], json!(expected));
        let left = lab.liaison("conflict list").exits(0);
        assert!(!left.out.contains("Ailleurs"), "{}", left.out);
    }
}

#[test]
fn a_salesperson_is_a_user_that_people_may_rename_and_activate() {
    let lab = started();
    let users = lab.crm_rows("Users");
    let ours = |users: &[Value], id: i64| {
        let id = json!(format!("acomba-sp:{id}"));
        let mut found = users.iter().filter(|user| user["external_id"] == id);
        found.next().expect("a user of the salesperson").clone()
    };
    let josee = (users.iter())
        .find(|user| user["full_name"] == json!("Josée Bélanger"))
        .expect("she is there");
    assert_eq!(josee["username"], json!("10@12345"));
    assert_eq!(josee["active"], json!(false));
    let card = josee["external_id"].as_str().expect("ours").to_owned();
    let card: i64 = card
        .trim_start_matches("acomba-sp:")
        .parse()
        .expect("a card");
    lab.in_centrixone(json!({"do": "activate", "id": josee["id"], "on": true}));
    lab.in_centrixone(
        json!({"do": "rename_user", "id": josee["id"], "username": "jbelanger",
        "full_name": "Josée Bélanger"}),
    );
    lab.in_acomba(
        json!({"do": "edit", "interface": "Salesperson", "card_pos": card,
        "set": {"SPName": "Josée Bélanger-Roy"}}),
    );
    lab.run_flow("users", 0);
    let now = ours(&lab.crm_rows("Users"), card);
    assert_eq!(now["full_name"], json!("Josée Bélanger-Roy"));
    assert_eq!(now["username"], json!("jbelanger"));
    assert_eq!(now["active"], json!(true));
}

#[test]
fn a_group_that_is_gone_is_switched_off_and_never_deleted() {
    let lab = started();
    let categories = lab.crm_rows("RevenueCategories").len();
    lab.in_acomba(json!({"do": "delete", "interface": "ProductGroup", "card_pos": 4, "status": 1}));
    lab.liaison("plan revenue_categories").says("active");
    lab.run_flow("revenue_categories", 0);
    let rows = lab.crm_rows("RevenueCategories");
    assert_eq!(rows.len(), categories);
    let off = rows
        .iter()
        .find(|row| row["external_id"] == json!("acomba-pg:4"));
    assert_eq!(off.expect("it is kept")["active"], json!(false));
    lab.liaison("log --flow revenue_categories")
        .says("deactivated");
    lab.acomba.reset_requests();
    lab.centrixone.reset_requests();
    lab.run_flow("revenue_categories", 0);
    assert_eq!(writes(&lab), Vec::<String>::new());
}

#[test]
fn a_contact_that_vanished_parks_its_customer_and_nobody_else() {
    let lab = started();
    let contact = contact_of(&lab, 3);
    lab.in_centrixone(
        json!({"do": "delete", "entity": "Contacts", "id": contact["id"], "force": true}),
    );
    for card_pos in [3, 5] {
        lab.in_acomba(
            json!({"do": "edit", "interface": "Customer", "card_pos": card_pos,
            "set": {"CuCity": "Saint-Prime"}}),
        );
    }
    lab.liaison("run customers").exits(4);
    assert_eq!(contact_of(&lab, 5)["city"], json!("Saint-Prime"));
    lab.liaison("quarantine show customers 3")
        .exits(0)
        .says("link remove");
    // The offer: without its link the next run makes it anew.
    lab.liaison("link remove customers 3").exits(0);
    lab.liaison("run customers");
    assert_eq!(contact_of(&lab, 3)["city"], json!("Saint-Prime"));
}

#[test]
fn documents_become_opportunities_once() {
    let lab = started();
    let before = lab.crm_rows("Opportunities").len() as u64;
    let mut made = 0;
    for flow in ["quotes", "orders", "open_orders", "invoices"] {
        let said = lab.liaison(&format!("--json run {flow}"));
        assert!(
            [0, 4].contains(&said.exit),
            "{flow}: {}{}",
            said.out,
            said.err
        );
        made += count(&said.json()["answer"], flow, "created");
    }
    let after = lab.crm_rows("Opportunities");
    assert_eq!(after.len() as u64, before + made);
    assert!(made > 0);
    for flow in ["quotes", "orders", "open_orders", "invoices"] {
        lab.liaison(&format!("run {flow}"));
    }
    assert_eq!(lab.crm_rows("Opportunities").len() as u64, before + made);
}

#[test]
fn a_reset_makes_nothing_a_second_time() {
    let lab = started();
    let (cards, contacts) = (
        lab.acomba_cards("Customer").len(),
        lab.crm_rows("Contacts").len(),
    );
    lab.liaison("reset customers")
        .exits(0)
        .says("the next run reads everything again");
    lab.acomba.reset_requests();
    lab.centrixone.reset_requests();
    lab.liaison("run customers");
    assert_eq!(writes(&lab), Vec::<String>::new());
    lab.liaison("reset customers --hard")
        .exits(0)
        .says("nothing was changed");
    lab.liaison("reset customers --hard --yes").exits(0);
    lab.liaison("run customers");
    assert_eq!(lab.acomba_cards("Customer").len(), cards);
    assert_eq!(lab.crm_rows("Contacts").len(), contacts);
}

#[test]
fn a_contact_that_stands_in_the_way_makes_no_second_customer() {
    let lab = started();
    lab.in_acomba(json!({"do": "create", "interface": "Customer", "card": {
        "CuNumber": "LAPOINTE", "CuName": "Toitures Lapointe", "CuSortKey": "LAPOINTE", "CuCity": "Alma"}}));
    lab.in_centrixone(json!({"do": "create", "entity": "Contacts", "record": {
        "name": "Lapointe", "firstname": "Guy", "company": "Toitures Lapointe", "city": "Alma",
        "language": "FR", "lists": [7]}}));
    lab.liaison("run customers").exits(4);
    lab.liaison("run customers").exits(4);
    let named = lab.acomba_cards("Customer").into_iter();
    let named = named.filter(|card| card["CuName"] == json!("Toitures Lapointe"));
    assert_eq!(named.count(), 1);
    lab.liaison("quarantine list --flow customers")
        .exits(0)
        .says("stands in the way");
    // A person knows that they are one.
    let named = |rows: Vec<Value>, field: &str| {
        let mut rows = rows.into_iter();
        rows.find(|row| row[field] == json!("Toitures Lapointe"))
    };
    let card = named(lab.acomba_cards("Customer"), "CuName").expect("the card");
    let account = named(lab.crm_rows("Accounts"), "name").expect("the account");
    let (card, account) = (&card["CardPos"], &account["id"]);
    lab.liaison(&format!("link add customers {card} {account}"))
        .exits(0);
    lab.liaison(&format!("link add customers {card} {account}"))
        .exits(2)
        .says("link show");
    lab.liaison("run customers").exits(0);
    let list = lab
        .liaison("--json quarantine list --flow customers")
        .json();
    assert_eq!(list["answer"], json!([]));
    lab.in_acomba(
        json!({"do": "edit", "interface": "Customer", "card_pos": card,
        "set": {"CuCity": "Métabetchouan"}}),
    );
    lab.liaison("run customers").exits(0);
    let contact = named(lab.crm_rows("Contacts"), "company").expect("the contact");
    assert_eq!(contact["city"], json!("Métabetchouan"));
}

#[test]
fn a_link_that_a_person_removed_comes_back_and_nothing_is_made() {
    let lab = started();
    let cards = lab.acomba_cards("Customer").len();
    lab.liaison("link remove customers 3").exits(0);
    let other = contact_of(&lab, 5);
    lab.in_centrixone(
        json!({"do": "edit", "entity": "Contacts", "id": other["id"],
        "set": {"city": "Saint-Prime"}}),
    );
    lab.liaison("run customers");
    assert_eq!(lab.acomba_cards("Customer").len(), cards);
    lab.liaison("link show customers 3").exits(0);
    assert_eq!(json!(card(&lab, 5)["CuCity"]), json!("Saint-Prime"));
}

#[test]
fn when_too_many_are_gone_not_one_is_touched_until_a_person_says_so() {
    let lab = started();
    lab.liaison("flow add acomba-centrixone/revenue_categories --name groups")
        .exits(0);
    let file = lab.home().join("flows/demo/groups.toml");
    let flow = std::fs::read_to_string(&file).expect("the flow was copied");
    let careful = flow.replace("[gone]\n", "[gone]\nmost = 1\n");
    assert_ne!(careful, flow);
    std::fs::write(&file, careful).expect("it can be written");
    let text = liaison_tests::CRM_TENANT.replace(
        "pack = \"acomba-centrixone/revenue_categories\"",
        "file = \"groups.toml\"",
    );
    lab.write_tenant("demo", &text);
    for card_pos in [4, 3] {
        lab.in_acomba(
            json!({"do": "delete", "interface": "ProductGroup", "card_pos": card_pos, "status": 1}),
        );
    }
    let off = |lab: &Lab| {
        let rows = lab.crm_rows("RevenueCategories").into_iter();
        rows.filter(|row| row["active"] == json!(false)).count()
    };
    let before = off(&lab);
    for _ in 0..2 {
        lab.liaison("run revenue_categories").exits(4);
        assert_eq!(off(&lab), before);
    }
    lab.liaison("quarantine retry revenue_categories").exits(0);
    lab.liaison("run revenue_categories").exits(0);
    assert_eq!(off(&lab), before + 2);
}

#[test]
fn an_image_that_becomes_two_way_again_follows_both_sides() {
    let lab = started();
    let pack = "pack = \"acomba-centrixone/customers\"";
    let mirror = format!("{pack}\noptions = {{ mode = \"mirror\" }}");
    lab.write_tenant("demo", &liaison_tests::CRM_TENANT.replace(pack, &mirror));
    lab.liaison("run customers");
    lab.write_tenant("demo", liaison_tests::CRM_TENANT);
    let (cards, contacts) = (
        lab.acomba_cards("Customer").len(),
        lab.crm_rows("Contacts").len(),
    );
    let contact = contact_of(&lab, 3);
    lab.in_centrixone(
        json!({"do": "edit", "entity": "Contacts", "id": contact["id"],
        "set": {"city": "Métabetchouan"}}),
    );
    lab.liaison("plan customers").says("Métabetchouan");
    lab.liaison("run customers");
    assert_eq!(json!(card(&lab, 3)["CuCity"]), json!("Métabetchouan"));
    assert_eq!(
        (
            lab.acomba_cards("Customer").len(),
            lab.crm_rows("Contacts").len()
        ),
        (cards, contacts)
    );
}

#[test]
fn a_contact_that_vanished_parks_its_documents_and_nobody_elses() {
    let lab = started();
    lab.run_flow("quotes", 0);
    let contact = contact_of(&lab, 3);
    let accounts = lab.crm_rows("Accounts").into_iter();
    let account = accounts
        .filter(|account| account["name"] == contact["company"])
        .map(|account| account["id"].clone())
        .next()
        .expect("its account");
    for (entity, id) in [("Contacts", &contact["id"]), ("Accounts", &account)] {
        lab.in_centrixone(json!({"do": "delete", "entity": entity, "id": id, "force": true}));
    }
    let before = lab.crm_rows("Opportunities").len();
    for customer in [3, 5] {
        lab.in_acomba(json!({"do": "create_document", "document": {
            "InInvoiceType": "ITp_Quotation", "InCustomerSupplierCP": customer,
            "Lines": [{"ILProductNumber": "INSTALL", "ILInvoicedQty": 2}]}}));
    }
    lab.liaison("run quotes").exits(4);
    assert_eq!(lab.crm_rows("Opportunities").len(), before + 1);
    let list = lab.liaison("--json quarantine list --flow quotes").json();
    let parked = list["answer"].as_array().cloned().unwrap_or_default();
    assert_eq!(parked.len(), 1, "{list}");
    // And the offer: parted from its link, the customer is made anew, and the quote follows.
    lab.liaison("link remove customers 3").exits(0);
    lab.liaison("run customers");
    lab.liaison("quarantine retry quotes").exits(0);
    lab.liaison("run quotes").exits(0);
    assert_eq!(lab.crm_rows("Opportunities").len(), before + 2);
}

#[test]
fn a_partner_that_no_longer_carries_our_id_is_a_conflict() {
    let lab = started();
    let pack = "pack = \"acomba-centrixone/customers\"";
    let adopting = format!("{pack}\noptions = {{ adopt = true }}");
    lab.write_tenant("demo", &liaison_tests::CRM_TENANT.replace(pack, &adopting));
    lab.liaison("run customers");
    let (contact, before) = (contact_of(&lab, 3), card(&lab, 3));
    lab.in_centrixone(json!({"do": "clear_external_ids", "entity": "Contacts"}));
    lab.in_centrixone(
        json!({"do": "edit", "entity": "Contacts", "id": contact["id"],
        "set": {"city": "Ailleurs"}}),
    );
    lab.liaison("run customers").exits(4);
    assert_eq!(card(&lab, 3)["CuCity"], before["CuCity"]);
    lab.liaison("quarantine list --flow customers")
        .exits(0)
        .says("may be another record");
    // A person has looked: it is the same.
    lab.liaison("quarantine retry customers").exits(0);
    lab.liaison("run customers");
    assert_eq!(contact_of(&lab, 3)["city"], json!("Ailleurs"));
    assert_eq!(card(&lab, 3)["CuCity"], json!("Ailleurs"));
}
