//! The control plane: the books edited by people, and read by tests.

use serde_json::{Value, json};

use super::{Lab, START, seed};
use crate::channelonline::new;
use crate::simulator::Simulator;

#[test]
fn people_edit_customers_and_contacts() {
    let mut lab = Lab::new();
    lab.later(60);
    let now = "2026-10-01T14:01:00Z";
    let done = lab.control(
        json!({"do": "create_customer", "customer": {"companyName": "Hôtel du Nord & Fils",
        "contacts": [{"firstName": "Léo", "lastName": "Roy"}]}}),
    );
    assert_eq!(
        done,
        json!({"customerId": 5009, "customerNumber": "HF0001"})
    );
    assert_eq!(lab.row("customers", 5009)["contacts"][0]["contactId"], 7012);
    assert_eq!(lab.row("customers", 5009)["modified"], now);

    lab.control(
        json!({"do": "edit_customer", "id": 5001, "set": {"companyName": "Atelier du Lac inc.",
        "externalIds": {"autotask": "174"}}}),
    );
    let row = lab.row("customers", 5001);
    assert_eq!(
        (&row["companyName"], &row["externalIds"], &row["modified"]),
        (
            &json!("Atelier du Lac inc."),
            &json!({"autotask": "174"}),
            &json!(now)
        )
    );
    lab.control(
        json!({"do": "edit_customer", "id": 5001, "set": {"externalIds": {"autotask": null}}}),
    );
    assert_eq!(lab.row("customers", 5001)["externalIds"], json!({}));
    lab.control(json!({"do": "edit_customer", "id": 5002, "set": {"phone": "418 555-0120"}}));
    assert_eq!(
        lab.row("customers", 5002)["modified"],
        "2026-09-02T13:00:00Z",
        "nothing changed"
    );

    let done = lab.control(
        json!({"do": "create_contact", "customer": 5001, "contact": {"lastName": "Côté"}}),
    );
    assert_eq!(done, json!({"contactId": 7013}));
    lab.control(json!({"do": "edit_contact", "id": 7013, "set": {"workPhone": "1"}}));
    lab.control(json!({"do": "move_contact", "id": 7013, "to": 5002}));
    assert_eq!(lab.row("customers", 5002)["contacts"][1]["workPhone"], "1");
    assert_eq!(
        lab.row("customers", 5001)["contacts"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    lab.control(json!({"do": "move_email", "from": 7001, "to": 7003}));
    assert_eq!(lab.row("customers", 5001)["contacts"][0]["email"], "");
    let taker = lab.row("customers", 5002)["contacts"][0].clone();
    assert_eq!(
        (&taker["email"], &taker["modified"]),
        (&json!("julie@atelier.example"), &json!(now))
    );
    lab.control(json!({"do": "delete_contact", "id": 7013}));
    assert_eq!(
        lab.row("customers", 5002)["contacts"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    lab.control(json!({"do": "delete_customer", "id": 5009}));
    assert_eq!(
        lab.control(json!({"do": "rows", "of": "customers", "ids": [5009]})),
        json!([])
    );
}

#[test]
fn people_edit_documents() {
    let mut lab = Lab::new();
    lab.later(60);
    let done = lab.control(
        json!({"do": "create_document", "document": {"customerId": 5003, "contactId": 7004,
        "salesPerson": "marie.roy@boreale.example", "lines": [{"product": "U7-PRO", "quantity": 2},
        {"product": {"productType": "Labor", "descriptionLine1": "Heures"}, "price": 99.5}]}}),
    );
    // 10001 to 10009 are taken.
    assert_eq!(
        done,
        json!({"documentId": 900_203, "documentNumber": "Q-10010"})
    );
    let row = lab.row("documents", 900_203);
    assert_eq!(
        (&row["status"], &row["revisionNumber"]),
        (&json!("Open"), &json!(1))
    );
    assert_eq!(
        row["events"],
        json!([{"type": "created", "when": "2026-10-01T14:01:00Z", "user": "marie.roy@boreale.example"}])
    );
    assert_eq!(
        (&row["lines"][0]["price"], &row["lines"][1]["price"]),
        (&json!("259.00"), &json!("99.5"))
    );

    let revision = |done: Value| {
        (
            done["revisionNumber"].as_u64().unwrap(),
            done["lastLineId"].as_u64().unwrap(),
        )
    };
    for (action, expected) in [
        (
            json!({"do": "edit_document", "id": 900_203, "set": {"customFields": {"Autotask Opportunity": "Réseau"}}}),
            (2, 2),
        ),
        (
            json!({"do": "add_line", "document": 900_203, "line": {"product": "WD22TB4"}}),
            (3, 3),
        ),
        (
            json!({"do": "edit_line", "document": 900_203, "line": 1, "set": {"cancelled": 1, "product": {"category": "Neuf"}}}),
            (4, 3),
        ),
        (
            json!({"do": "remove_line", "document": 900_203, "line": 3}),
            (5, 3),
        ),
        (
            json!({"do": "add_line", "document": 900_203, "line": {"product": "WD22TB4"}, "by": "etienne.cote@boreale.example"}),
            (6, 4),
        ),
        (
            json!({"do": "edit_document", "id": 900_203, "set": {"shippingMethod": {"carrier": "UPS", "service": "Standard"}, "paymentTerms": "Net 30 jours", "checked": true}}),
            (7, 4),
        ),
    ] {
        assert_eq!(revision(lab.control(action.clone())), expected, "{action}");
    }
    let row = lab.row("documents", 900_203);
    assert_eq!(row["events"][5]["user"], "etienne.cote@boreale.example");
    assert_eq!(
        (
            &row["lines"][0]["product"]["category"],
            &row["lines"][0]["cancelled"]
        ),
        (&json!("Neuf"), &json!("1"))
    );
    let done = lab.control(
        json!({"do": "order_from_quote", "id": 900_203, "set": {"purchaseOrder": "BC-9"}}),
    );
    assert_eq!(
        done,
        json!({"documentId": 900_204, "documentNumber": "SO-10011"})
    );
    let order = lab.row("documents", 900_204);
    assert_eq!(
        (
            &order["documentType"],
            &order["status"],
            &order["purchaseOrder"],
            &order["revisionNumber"]
        ),
        (
            &json!("SalesOrder"),
            &json!("Submitted"),
            &json!("BC-9"),
            &json!(1)
        )
    );
    assert_eq!(
        (&order["lines"], &order["customFields"]),
        (&row["lines"], &row["customFields"])
    );
    lab.control(json!({"do": "delete_document", "id": 900_203}));
    assert_eq!(lab.row("documents", 900_203)["deleted"], true);
    // A product of the catalogue is not what stands on a document.
    assert_eq!(
        lab.row("documents", 900_103)["lines"][0]["product"]["category"],
        "Réseau"
    );
}

#[test]
fn lists_are_edited() {
    let mut lab = Lab::new();
    let done = lab.control(json!({"do": "add_reference", "kind": "categories", "row": {"name": "Vélos", "parentId": 15}}));
    assert_eq!(done, json!({"id": 19}));
    lab.control(
        json!({"do": "edit_reference", "kind": "categories", "id": 19, "set": {"active": false}}),
    );
    assert_eq!(
        lab.row("categories", 19),
        json!({"id": 19, "name": "Vélos", "active": false, "parentId": 15})
    );
    lab.control(json!({"do": "remove_reference", "kind": "categories", "id": 19}));
    assert_eq!(
        lab.control(json!({"do": "rows", "of": "categories", "ids": [19]})),
        json!([])
    );
}

#[test]
fn an_action_that_cannot_be_done_leaves_no_trace() {
    let mut lab = Lab::new();
    for (action, expected) in [
        (json!([]), "an action is an object"),
        (json!({}), "`do` must be a text"),
        (json!({"do": "dance"}), "unknown variant `dance`"),
        (
            json!({"do": "summary", "colour": 1}),
            "unknown field `colour`",
        ),
        (
            json!({"do": "set", "switch": "colour", "value": 1}),
            "no switch `colour`",
        ),
        (
            json!({"do": "set", "switch": "pace_ms", "value": "x"}),
            "switch `pace_ms`: ",
        ),
        (
            json!({"do": "set", "switch": "window_ends", "value": "open"}),
            "unknown variant `open`",
        ),
        (
            json!({"do": "create_customer", "customer": {}}),
            "needs a company name",
        ),
        (
            json!({"do": "create_customer", "customer": {"companyName": "A", "type": "friend"}}),
            "the type is one of",
        ),
        (
            json!({"do": "create_customer", "customer": {"companyName": "A", "customerNumber": "AI0042"}}),
            "AI0042 already",
        ),
        (
            json!({"do": "create_customer", "customer": {"companyName": "A", "customerId": 5001}}),
            "5001 already",
        ),
        (
            json!({"do": "edit_customer", "id": 1, "set": {}}),
            "no customer 1",
        ),
        (
            json!({"do": "edit_customer", "id": 5001, "set": {"colour": 1}}),
            "unknown field `colour`",
        ),
        (
            json!({"do": "edit_customer", "id": 5001, "set": {"customerId": 1}}),
            "`customerId` is not edited",
        ),
        (
            json!({"do": "edit_customer", "id": 5001, "set": {"taxRate": "a lot"}}),
            "`a lot` is no amount",
        ),
        (
            json!({"do": "delete_customer", "id": 5001}),
            "has documents",
        ),
        (
            json!({"do": "create_contact", "customer": 1, "contact": {}}),
            "no customer 1",
        ),
        (
            json!({"do": "edit_contact", "id": 1, "set": {}}),
            "no contact 1",
        ),
        (
            json!({"do": "move_contact", "id": 7001, "to": 1}),
            "no customer 1",
        ),
        (
            json!({"do": "move_email", "from": 7001, "to": 1}),
            "no contact 1",
        ),
        (
            json!({"do": "create_document", "document": {}}),
            "no customer 0",
        ),
        (
            json!({"do": "create_document", "document": {"customerId": 5001, "contactId": 7003}}),
            "no contact 7003 at this customer",
        ),
        (
            json!({"do": "create_document", "document": {"customerId": 5001, "status": "Shipped"}}),
            "the status is one of",
        ),
        (
            json!({"do": "create_document", "document": {"customerId": 5001, "documentType": "Invoice"}}),
            "unknown variant `Invoice`",
        ),
        (
            json!({"do": "create_document", "document": {"customerId": 5001, "documentId": 900_101}}),
            "900101 already",
        ),
        (
            json!({"do": "create_document", "document": {"customerId": 5001, "lines": [{}]}}),
            "a line needs a `product`",
        ),
        (
            json!({"do": "create_document", "document": {"customerId": 5001, "lines": [{"product": "NADA"}]}}),
            "no product `NADA`",
        ),
        (
            json!({"do": "edit_document", "id": 900_101, "set": {"lines": []}}),
            "`lines` is not edited",
        ),
        (
            json!({"do": "edit_document", "id": 900_101, "set": {"status": "Delivered"}}),
            "the status is one of",
        ),
        (
            json!({"do": "edit_line", "document": 900_101, "line": 9, "set": {}}),
            "no line 9",
        ),
        (
            json!({"do": "remove_line", "document": 900_101, "line": 9}),
            "no line 9",
        ),
        (
            json!({"do": "add_line", "document": 1, "line": {"product": "U7-PRO"}}),
            "no document 1",
        ),
        (
            json!({"do": "order_from_quote", "id": 900_101, "set": {"status": "Lost"}}),
            "the status is one of",
        ),
        (
            json!({"do": "add_reference", "kind": "colours", "row": {}}),
            "no list `colours`",
        ),
        (
            json!({"do": "add_reference", "kind": "categories", "row": {"id": 1}}),
            "there is a row 1 already",
        ),
        (
            json!({"do": "edit_reference", "kind": "categories", "id": 99, "set": {}}),
            "no row 99",
        ),
        (
            json!({"do": "edit_user", "email": "x", "set": {}}),
            "no user `x`",
        ),
        (
            json!({"do": "plan", "route": "x", "action": 1}),
            "invalid type",
        ),
        (
            json!({"do": "rows", "of": "colours"}),
            "there are no `colours`",
        ),
        (
            json!({"do": "bulk_documents", "count": -1, "lines": 1}),
            "invalid number",
        ),
    ] {
        let said = lab.refused(action.clone());
        assert!(said.contains(expected), "{action}: {said}");
    }
}

#[test]
fn bulk_makes_the_same_documents_each_time_with_lines_that_share_their_products() {
    let make = || {
        let mut lab = Lab::new();
        let done = lab.control(json!({"do": "bulk_documents", "count": 5000, "lines": 20}));
        assert_eq!(done, json!({"firstId": 900_203, "lastId": 905_202}));
        lab
    };
    let mut lab = make();
    assert_eq!(
        lab.control(json!({"do": "summary"})),
        json!({"customers": 8, "contacts": 11, "quotes": 5009,
        "salesOrders": 2, "lines": 100_022, "actions": 0, "pendingActions": 0})
    );
    let last = lab.row("documents", 905_202);
    assert_eq!(last["documentNumber"], "Q-B005000");
    assert_eq!(last["events"][0]["when"], "2026-10-01T14:00:00Z");
    assert_eq!(
        lab.row("documents", 905_201)["events"][0]["when"],
        "2026-10-01T13:59:00Z"
    );
    assert_eq!(
        make().row("documents", 902_000),
        lab.row("documents", 902_000)
    );
    let shared: std::collections::BTreeSet<_> = lab
        .site
        .books
        .documents
        .range(900_203..)
        .flat_map(|(_, document)| &document.lines)
        .map(|line| std::sync::Arc::as_ptr(&line.product))
        .collect();
    assert_eq!(shared.len(), 10);
    let orders = lab.control(json!({"do": "bulk_documents", "count": 2, "lines": 0, "type": "SalesOrder", "from": 7, "everySeconds": 0}));
    assert_eq!(orders, json!({"firstId": 905_203, "lastId": 905_204}));
    assert_eq!(
        lab.row("documents", 905_204)["documentNumber"],
        "SO-B000008"
    );
}

#[test]
fn the_state_is_whole_and_shows_no_password() {
    let mut lab = Lab::new();
    lab.control(json!({"do": "press", "type": "export_customer", "subjectId": 5001}));
    let state = lab.site.state();
    for (part, count) in [
        ("customers", 8),
        ("documents", 11),
        ("actions", 1),
        ("users", 2),
    ] {
        assert_eq!(state[part].as_array().unwrap().len(), count, "{part}");
    }
    assert_eq!(state["reference"].as_object().unwrap().len(), 6);
    assert_eq!(state["switches"]["records_max"], 500);
    assert!(!state.to_string().contains("col-password"));
}

#[test]
fn a_state_can_be_taken_as_a_seed_again() {
    let lab = Lab::new();
    let state = lab.site.state();
    let mut site = new();
    let part = json!({"company": {"shortcut": "boreale", "timeZone": "America/Toronto"},
        "reference": state["reference"], "customers": state["customers"], "documents": state["documents"]});
    site.seed(&part, START).unwrap();
    for part in ["reference", "customers", "documents"] {
        assert_eq!(site.state()[part], state[part], "{part}");
    }
}

#[test]
fn a_bad_seed_says_where() {
    let mut changed = seed();
    changed["documents"][3]["customerId"] = json!(9);
    for (seed, expected) in [
        (json!([]), "a seed is an object"),
        (json!({"colour": 1}), "unknown field `colour`"),
        (
            json!({"company": {"timeZone": "Mars/Olympus"}}),
            "Mars/Olympus",
        ),
        (json!({"reference": {"colours": []}}), "no list `colours`"),
        (
            json!({"reference": {"personnel": [{"age": 1}]}}),
            "personnel: unknown field `age`",
        ),
        (
            json!({"customers": [{"companyName": "A"}, {}]}),
            "customer 1: a customer needs a company name",
        ),
        (json!({"actions": [{"do": "dance"}]}), "action 0: "),
        (json!({"switches": {"colour": 1}}), "no switch `colour`"),
        (changed, "document 3: no customer 9"),
    ] {
        let said = new().seed(&seed, START).unwrap_err();
        assert!(said.contains(expected), "{seed}: {said}");
    }
}
