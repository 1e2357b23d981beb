//! Assumed: reference lists, and what users pressed.

use serde_json::{Value, json};

use super::{Lab, error, options, records};

#[test]
fn reference_lists_are_flat_rows() {
    let mut lab = Lab::new();
    let said = lab.said("export_reference", &options("<kind>personnel</kind>"));
    assert!(said.ends_with(
        "<export_reference_response version=\"7.0\"><rows kind=\"personnel\">\
         <row id=\"31\" name=\"Marie Roy\" active=\"true\" email=\"marie.roy@boreale.example\"/>\
         <row id=\"32\" name=\"Étienne Côté\" active=\"true\" email=\"etienne.cote@boreale.example\"/>\
         <row id=\"33\" name=\"Annie Gagné\" active=\"true\" email=\"annie.gagne@boreale.example\"/>\
         <row id=\"34\" name=\"Luc Gagnon\" active=\"false\" email=\"luc.gagnon@boreale.example\"/></rows></export_reference_response>"
    ), "{said}");
    let said = lab.said("export_reference", &options("<kind>categories</kind>"));
    assert!(
        said.contains("<row id=\"5\" name=\"Écrans\" active=\"true\" parentId=\"4\"/>"),
        "{said}"
    );
    for (kind, rows) in [
        ("categories", 18),
        ("manufacturers", 7),
        ("personnel", 4),
        ("paymentTerms", 5),
        ("shippingMethods", 4),
        ("documentCustomFields", 3),
    ] {
        let root = lab.ask(
            "export_reference",
            &options(&format!("<kind>{kind}</kind>")),
        );
        assert_eq!(records(&root, "rows").len(), rows, "{kind}");
    }
    for content in ["", "<options/>", "<options><kind>products</kind></options>"] {
        assert!(
            error(&lab.ask("export_reference", content)).starts_with("422: kind must be one of"),
            "{content}"
        );
    }
}

fn press(lab: &mut Lab, action: Value) -> u64 {
    let mut action = action;
    action["do"] = json!("press");
    lab.control(action)["actionId"].as_u64().unwrap()
}

#[test]
fn what_was_pressed_is_offered_until_it_is_finished() {
    let mut lab = Lab::new();
    let empty = lab.said("export_actions", "");
    assert!(empty.ends_with("<export_actions_response version=\"7.0\"></export_actions_response>"));
    press(
        &mut lab,
        json!({"type": "export_document", "subjectId": 900_101, "requestedBy": "marie.roy@boreale.example"}),
    );
    lab.later(5);
    press(
        &mut lab,
        json!({"type": "import_customer", "argument": "École Sainte-Thérèse", "importAllContacts": false,
        "contacts": ["julie@atelier.example", "7001"]}),
    );
    let said = lab.said("export_actions", "<options/>");
    assert!(said.ends_with(
        "<export_actions_response version=\"7.0\"><actions><action actionId=\"1\" type=\"export_document\" subjectId=\"900101\" \
         argument=\"\" requestedBy=\"marie.roy@boreale.example\" requestedAt=\"2026-10-01T14:00:00Z\"><options>\
         <importAllContacts>true</importAllContacts></options></action><action actionId=\"2\" type=\"import_customer\" subjectId=\"\" \
         argument=\"École Sainte-Thérèse\" requestedBy=\"\" requestedAt=\"2026-10-01T14:00:05Z\"><options>\
         <importAllContacts>false</importAllContacts><contact>julie@atelier.example</contact><contact>7001</contact></options></action>\
         </actions></export_actions_response>"
    ), "{said}");
    assert_eq!(lab.said("export_actions", ""), said, "offered again");
    let done = lab.said("complete_actions", "<actions><action actionId=\"1\" status=\"success\"><message>Devis 12 créé</message></action></actions>");
    assert!(done.ends_with(
        "<complete_actions_response version=\"7.0\"><results><result ref=\"1\" actionId=\"1\" status=\"completed\"/></results>\
         </complete_actions_response>"
    ), "{done}");
    let left = lab.ask("export_actions", "");
    let left: Vec<_> = records(&left, "actions")
        .iter()
        .map(|action| action.attribute("actionId").unwrap())
        .collect();
    assert_eq!(left, ["2"]);
    let row = lab.row("actions", 1);
    assert_eq!(
        (&row["status"], &row["message"], &row["deliveries"]),
        (&json!("success"), &json!("Devis 12 créé"), &json!(2))
    );
    assert_eq!(lab.row("actions", 2)["deliveries"], 3);
}

#[test]
fn an_action_has_one_outcome() {
    let mut lab = Lab::new();
    press(
        &mut lab,
        json!({"type": "export_customer", "subjectId": "5003"}),
    );
    press(
        &mut lab,
        json!({"type": "query_services", "subjectId": 900_101, "argument": "Gestion%"}),
    );
    let failure = "<action actionId=\"1\" status=\"failure\" message=\"Pas de téléphone\"/>";
    let choices = "<action actionId=\"2\" status=\"success\"><message/><results><result id=\"40\" name=\"Services gérés\"/>\
        <result id=\"41\">Soutien</result></results></action>";
    for (record, expected) in [
        (
            "<action actionId=\"1\" status=\"done\"/>",
            "422: status must be success or failure",
        ),
        (
            "<action actionId=\"9\" status=\"success\"/>",
            "404: Action not found",
        ),
        ("<action status=\"success\"/>", "404: Action not found"),
        (
            "<action actionId=\"1\" status=\"success\"><results><result id=\"1\"/></results></action>",
            "422: Only queries have results",
        ),
        (failure, "completed"),
        (failure, "unchanged"),
        (
            "<action actionId=\"1\" status=\"success\"/>",
            "409: Action 1 is finished already",
        ),
        (choices, "completed"),
        (choices, "unchanged"),
    ] {
        let result = lab.result("complete_actions", record);
        let got = match result.attribute("status").unwrap() {
            "failed" => error(&result),
            status => status.to_owned(),
        };
        assert_eq!(got, expected, "{record}");
    }
    assert_eq!(lab.row("actions", 1)["message"], "Pas de téléphone");
    assert_eq!(
        lab.row("actions", 2)["results"],
        json!([{"id": "40", "name": "Services gérés"}, {"id": "41", "name": "Soutien"}])
    );
    assert_eq!(lab.control(json!({"do": "summary"}))["pendingActions"], 0);
}

#[test]
fn a_link_stands_on_the_page_of_its_subject() {
    for (kind, subject, stands) in [
        ("export_document", json!(900_101), true),
        ("export_document", json!(5001), false),
        ("export_document", Value::Null, false),
        ("query_opportunities", json!(900_201), true),
        ("query_services", json!("900101"), true),
        ("export_customer", json!(5001), true),
        ("export_customer", json!(900_101), false),
        ("import_contacts", json!(5006), true),
        ("import_contacts", json!(""), false),
        ("import_customer", json!(""), true),
        ("import_customer", json!(5001), true),
        ("import_customer", json!(4), false),
        ("dance", json!(""), false),
    ] {
        let mut lab = Lab::new();
        let action = json!({"do": "press", "type": kind, "subjectId": subject});
        if stands {
            lab.control(action);
        } else {
            lab.refused(action);
        }
    }
}
