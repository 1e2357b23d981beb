//! People, the administrator and tests behind the gateway.

use serde_json::json;

use super::Lab;

#[test]
fn people_work_at_the_screen() {
    let mut lab = Lab::new();
    let made = lab.control(json!({"do": "create", "object": "CUSTOMER", "record": {
        "NAME": "By hand", "DISPLAYCONTACT": {"PRINTAS": "By hand", "MAILADDRESS": {"CITY": "Alma"}}}}));
    assert_eq!(made["id"], "CUST-01008");
    lab.control(json!({"do": "edit", "object": "CUSTOMER", "id": "CUST-01008", "set": {"COMMENTS": "x", "DISPLAYCONTACT.PHONE1": "1"}}));
    let rows = lab.control(json!({"do": "rows", "object": "CUSTOMER", "ids": ["CUST-01008"]}));
    assert_eq!(rows[0]["COMMENTS"], "x");
    assert_eq!(rows[0]["DISPLAYCONTACT.PHONE1"], "1");
    assert_eq!(rows[0]["DISPLAYCONTACT.MAILADDRESS.CITY"], "Alma");
    assert_eq!(rows[0]["MODIFIEDBY"], "person");
    lab.control(json!({"do": "delete", "object": "CUSTOMER", "id": "CUST-01008"}));
    assert_eq!(
        lab.control(json!({"do": "count", "object": "CUSTOMER"}))["count"],
        7
    );
}

#[test]
fn people_post_renew_cancel_and_hold() {
    let mut lab = Lab::new();
    lab.control(
        json!({"do": "post", "object": "CONTRACT", "id": "CN-00028", "date": "04/01/2026"}),
    );
    lab.control(json!({"do": "post", "object": "CONTRACTDETAIL", "id": 5}));
    assert_eq!(lab.field("CONTRACTDETAIL", 5, "STATE"), "In progress");
    assert_eq!(lab.field("CONTRACTDETAIL", 5, "POSTMEMO"), "");
    let renewed = lab.control(json!({"do": "renew", "id": "CN-00025"}));
    assert_eq!(renewed["id"], "CN-00031");
    lab.control(json!({"do": "hold", "id": 5}));
    assert_eq!(
        lab.field("CONTRACTDETAIL", 5, "BILLINGSCHEDULESTATUS"),
        "On hold"
    );
    lab.control(json!({"do": "resume", "id": 5}));
    lab.control(json!({"do": "cancel_line", "id": 5, "date": "05/01/2026"}));
    assert_eq!(lab.field("CONTRACTDETAIL", 5, "CANCELDATE"), "05/01/2026");
    lab.control(json!({"do": "uncancel", "object": "CONTRACTDETAIL", "id": 5}));
    lab.control(json!({"do": "cancel", "id": "CN-00028"}));
    assert_eq!(
        lab.field_of("CONTRACT", "CN-00028", "CANCELDATE"),
        "03/02/2026",
        "today"
    );
    lab.control(json!({"do": "uncancel", "object": "CONTRACT", "id": "CN-00028"}));
    lab.control(
        json!({"do": "set_state", "object": "CONTRACTDETAIL", "id": 5, "state": "Completed"}),
    );
    assert_eq!(lab.field("CONTRACTDETAIL", 5, "STATE"), "Completed");
    lab.control(json!({"do": "reverse", "id": "Contract Invoice-INV0032"}));
    assert_eq!(
        lab.field_of("SODOCUMENT", "Contract Invoice-INV0032", "ARINVOICE.STATE"),
        "Reversed"
    );
}

#[test]
fn a_wrong_action_leaves_no_trace() {
    let mut lab = Lab::new();
    let before = lab.site.company.clone();
    for action in [
        json!([]),
        json!({}),
        json!({"do": "dance"}),
        json!({"do": "create", "object": "UNICORN", "record": {}}),
        json!({"do": "create", "object": "CUSTOMER", "record": {"NAME": "X"}}),
        json!({"do": "create", "object": "CUSTOMER", "record": {"NAME": "X", "COLOUR": "red"}}),
        json!({"do": "edit", "object": "CUSTOMER", "id": "?", "set": {}}),
        json!({"do": "edit", "object": "CUSTOMER", "id": "CUST-01001", "set": {"NAME": "X"}, "colour": 1}),
        json!({"do": "delete", "object": "CUSTOMER", "id": "CUST-01001"}),
        json!({"do": "post", "object": "ITEM", "id": "SETUP"}),
        json!({"do": "post", "object": "CONTRACT", "id": "CN-00025"}),
        json!({"do": "renew", "id": "CN-00028"}),
        json!({"do": "cancel", "id": "CN-00028"}),
        json!({"do": "cancel", "id": "CN-00025", "date": "2026-01-01"}),
        json!({"do": "uncancel", "object": "CONTRACT", "id": "CN-00025"}),
        json!({"do": "set_state", "object": "CONTRACT", "id": "CN-00025", "state": "Happy"}),
        json!({"do": "set_state", "object": "ITEM", "id": "SETUP", "state": "Draft"}),
        json!({"do": "pay", "id": "?"}),
        json!({"do": "pay", "id": "Contract Invoice-INV0032", "amount": "much"}),
        json!({"do": "invoice", "contract": "?", "date": "03/01/2026"}),
        json!({"do": "bulk", "object": "VENDOR", "count": 1}),
        json!({"do": "bulk", "object": "ITEM"}),
        json!({"do": "rows", "object": "ITEM", "ids": "SETUP"}),
        json!({"do": "authorise_sender", "sender": "?", "value": true}),
        json!({"do": "define_custom_field", "object": "CONTRACT", "field": {"id": "NAME"}}),
        json!({"do": "define_custom_field", "object": "CONTRACT", "field": {"id": "X", "kind": "COLOUR"}}),
        json!({"do": "sequence", "object": "CONTRACT", "sequence": {"prefix": "A"}}),
    ] {
        lab.control_refused(action);
    }
    for name in [
        "CUSTOMER",
        "CONTRACT",
        "SODOCUMENT",
        "AUDITHISTORY",
        "GENINVOICEPREVIEW",
    ] {
        assert_eq!(
            lab.site.company.table(name).len(),
            before.table(name).len(),
            "{name}"
        );
    }
}

#[test]
fn bulk_makes_many() {
    let mut lab = Lab::new();
    for object in ["CUSTOMER", "CONTACT", "ITEM", "CONTRACT"] {
        let done = lab.control(
            json!({"do": "bulk", "object": object, "count": 30, "prefix": "Q", "from": 5}),
        );
        let (first, last) = (
            done["first_key"].as_i64().unwrap(),
            done["last_key"].as_i64().unwrap(),
        );
        assert!(last >= first + 29);
    }
    assert_eq!(lab.field_of("CONTRACT", "Q000005", "STATE"), "In progress");
    let summary = lab.control(json!({"do": "summary"}));
    assert_eq!(summary["CONTRACTDETAIL"], 36);
}

#[test]
fn the_state_shows_every_record_and_no_secret() {
    let lab = Lab::new();
    let state = crate::Simulator::state(&lab.site);
    assert_eq!(state["CONTRACT"].as_array().unwrap().len(), 6);
    assert_eq!(state["CONTRACT"][0]["BEGINDATE"], "01/01/2026");
    let text = state.to_string();
    for secret in ["sender-secret-0001", "intacct-user-0001", &lab.session] {
        assert!(!text.contains(secret));
    }
}

#[test]
fn a_bad_seed_says_where() {
    for (seed, error) in [
        (json!([]), "a seed is an object"),
        (json!({"colour": 1}), "a seed has no `colour`"),
        (json!({"customer": []}), "a seed has no `customer`"),
        (json!({"ITEM": {}}), "`ITEM` is a list"),
        (json!({"ITEM": [{"ITEMID": "X"}]}), "ITEM 0: "),
        (json!({"switches": {"colour": 1}}), "no switch"),
        (
            json!({"senders": [{"id": "x"}]}),
            "`password` must be a text",
        ),
        (json!({"definitions": {"X": {}}}), "`receivable`"),
        (json!({"custom_fields": {"UNICORN": []}}), "no object"),
        (json!({"actions": [{"do": "dance"}]}), "action 0: "),
        (
            json!({"CONTRACTDETAIL": [{"CONTRACTID": "?"}]}),
            "CONTRACTDETAIL 0: ",
        ),
    ] {
        let mut site = crate::sage_intacct::new();
        let said = crate::Simulator::seed(&mut site, &seed, super::START).unwrap_err();
        assert!(said.contains(error), "{seed}: {said}");
    }
}

#[test]
fn a_planned_action_waits_for_its_request() {
    let mut lab = Lab::new();
    lab.control(json!({"do": "plan", "route": "query CONTRACT", "after": 2,
        "action": {"do": "edit", "object": "CONTRACT", "id": "CN-00025", "set": {"NAME": "Between pages"}}}));
    lab.control(json!({"do": "plan", "route": "query ITEM", "action": {"do": "end_sessions"}}));
    lab.control(
        json!({"do": "plan", "route": "query CONTRACT", "action": {"do": "renew", "id": "?"}}),
    );
    let name = |lab: &mut Lab| lab.column("CONTRACT", "NAME", "")[0].clone();
    assert_eq!(name(&mut lab), "Boréale Pro 2026");
    assert_eq!(name(&mut lab), "Boréale Pro 2026", "done after the answer");
    assert_eq!(name(&mut lab), "Between pages");
    let state = crate::Simulator::state(&lab.site);
    assert_eq!(state["plan"]["waiting"], 1);
    assert_eq!(state["plan"]["failures"].as_array().unwrap().len(), 1);
    lab.column("ITEM", "NAME", "");
    let read = super::function("r", "<read><object>ITEM</object><keys>1</keys></read>");
    let operation = lab.operation(false, "", &read);
    assert!(super::first_error(&operation).contains("Invalid session"));
    lab.control_refused(json!({"do": "plan", "route": "query", "action": "dance"}));
}
