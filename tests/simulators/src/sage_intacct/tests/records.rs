//! Customers, contacts, items: what a create asks for, what an update keeps, what a delete minds.

use serde_json::json;

use super::{Lab, errornos, fields};

const CUSTOMER: [(&str, &str); 2] = [("NAME", "New Co"), ("DISPLAYCONTACT/PRINTAS", "New Co")];

#[test]
fn a_create_answers_with_the_keys_under_a_small_name() {
    let mut lab = Lab::new();
    let call = format!("<create>{}</create>", super::record("CUSTOMER", &CUSTOMER));
    let data = lab.data(&call);
    assert_eq!(data.attribute("listtype"), Some("objects"));
    let made = &data.children[0];
    assert_eq!(made.name, "customer");
    assert_eq!(made.get("CUSTOMERID"), Some("CUST-01008"));
    let names: Vec<_> = made.children.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["RECORDNO", "CUSTOMERID"]);
}

#[test]
fn a_given_customer_id_wins_over_the_sequence() {
    let mut lab = Lab::new();
    lab.create(
        "CUSTOMER",
        &super::but(&CUSTOMER, &[("CUSTOMERID", "CUST-01009")]),
    );
    lab.create(
        "CUSTOMER",
        &super::but(&CUSTOMER, &[("NAME", "A"), ("DISPLAYCONTACT/PRINTAS", "A")]),
    );
    lab.create(
        "CUSTOMER",
        &super::but(&CUSTOMER, &[("NAME", "B"), ("DISPLAYCONTACT/PRINTAS", "B")]),
    );
    let ids = lab.column("CUSTOMER", "CUSTOMERID", "");
    assert_eq!(
        ids[7..],
        ["CUST-01009", "CUST-01008", "CUST-01010"],
        "a taken id is passed over"
    );
    lab.control(json!({"do": "sequence", "object": "CUSTOMER", "sequence": null}));
    assert!(
        lab.create_refused("CUSTOMER", &CUSTOMER)
            .contains("CUSTOMERID")
    );
}

#[test]
fn a_customer_makes_its_display_contact() {
    let mut lab = Lab::new();
    let key = lab.create("CUSTOMER", &CUSTOMER);
    let name = lab.field("CUSTOMER", key, "DISPLAYCONTACT.CONTACTNAME");
    assert_eq!(name, "New Co(CCUST-01008)");
    assert_eq!(lab.field_of("CONTACT", &name, "PRINTAS"), "New Co");
}

#[test]
fn a_taken_contact_name_refuses_the_customer_as_a_contact() {
    let mut lab = Lab::new();
    let call = "<create><CUSTOMER><NAME>X</NAME><DISPLAYCONTACT><PRINTAS>X</PRINTAS>\
        <CONTACTNAME>Roy, Marie</CONTACTNAME></DISPLAYCONTACT></CUSTOMER></create>";
    let result = lab.one(call);
    assert_eq!(
        errornos(&result),
        ["BL34000061", "BL01001973", "BL01001973"]
    );
    let error = result.child("errormessage").unwrap().children[0].clone();
    assert!(error.get("description2").unwrap().starts_with(
        "Another Contact with the given value(s) Roy, Marie already exists [Support ID: "
    ));
    assert!(
        error.get("description2").unwrap().contains("%7E"),
        "percent-encoded"
    );
    assert_eq!(error.get("correction"), Some("Use a unique value instead."));
    assert_eq!(result.child("data").unwrap().attribute("count"), Some("0"));
    assert!(
        lab.column("CUSTOMER", "NAME", "")
            .iter()
            .all(|name| name != "X")
    );
}

#[test]
fn required_fields_values_and_references_are_checked() {
    let mut lab = Lab::new();
    type Case = (
        &'static str,
        Vec<(&'static str, &'static str)>,
        &'static str,
    );
    let cases: Vec<Case> = vec![
        (
            "CUSTOMER",
            vec![("DISPLAYCONTACT/PRINTAS", "X")],
            "BL01001973: Required field NAME is missing.",
        ),
        (
            "CUSTOMER",
            vec![("NAME", "X")],
            "BL01001973: Required field DISPLAYCONTACT.PRINTAS is missing.",
        ),
        (
            "CUSTOMER",
            super::but(&CUSTOMER, &[("NAME", "")]),
            "BL01001973: Required field NAME",
        ),
        (
            "CUSTOMER",
            super::but(&CUSTOMER, &[("TERMNAME", "Net 99")]),
            "BL03000018: Invalid AR Term 'Net 99' specified.",
        ),
        (
            "CUSTOMER",
            super::but(&CUSTOMER, &[("PARENTID", "?")]),
            "BL03000018: Invalid Customer '?' specified.",
        ),
        (
            "CUSTOMER",
            super::but(&CUSTOMER, &[("CUSTTYPE", "?")]),
            "BL03000018: Invalid Customer Type",
        ),
        (
            "CUSTOMER",
            super::but(&CUSTOMER, &[("TERRITORYID", "?")]),
            "BL03000018: Invalid Territory",
        ),
        (
            "CUSTOMER",
            super::but(&CUSTOMER, &[("BILLTO/CONTACTNAME", "Nobody")]),
            "BL03000018: Invalid Contact 'Nobody' specified.",
        ),
        (
            "CUSTOMER",
            super::but(&CUSTOMER, &[("STATUS", "T")]),
            "BL03000018: The value 'T' provided for STATUS is not valid.",
        ),
        (
            "CUSTOMER",
            super::but(&CUSTOMER, &[("STATUS", "Active")]),
            "BL03000018",
        ),
        (
            "CUSTOMER",
            super::but(&CUSTOMER, &[("ONHOLD", "maybe")]),
            "BL03000018",
        ),
        (
            "CUSTOMER",
            super::but(&CUSTOMER, &[("CREDITLIMIT", "1,000.00")]),
            "BL03000018",
        ),
        (
            "CUSTOMER",
            super::but(&CUSTOMER, &[("CUSTOMERID", "CUST-01001")]),
            "BL34000061: Another Customer with the given value(s) CUST-01001 already exists",
        ),
        (
            "CUSTOMER",
            super::but(&CUSTOMER, &[("CUSTOMERID", "A123456789012345678901")]),
            "BL03000018: The value of CUSTOMERID is too long.",
        ),
        (
            "CUSTOMER",
            super::but(&CUSTOMER, &[("DISPLAYCONTACT/PRINTAS", "")]),
            "BL01001973: Required field PRINTAS is missing.",
        ),
        (
            "CUSTOMER",
            super::but(&CUSTOMER, &[("COLOUR", "red")]),
            "BL01001973: COLOUR is not a valid field of CUSTOMER",
        ),
        (
            "CUSTOMER",
            super::but(&CUSTOMER, &[("name", "small")]),
            "BL01001973: name is not a valid field",
        ),
        (
            "CUSTOMER",
            super::but(&CUSTOMER, &[("TOTALDUE", "5")]),
            "BL01001973: TOTALDUE is read-only",
        ),
        (
            "CUSTOMER",
            super::but(&CUSTOMER, &[("RECORDNO", "5")]),
            "BL01001973: RECORDNO is read-only",
        ),
        (
            "CONTACT",
            vec![("CONTACTNAME", "X")],
            "BL01001973: Required field PRINTAS",
        ),
        (
            "CONTACT",
            vec![("PRINTAS", "X")],
            "BL01001973: Required field CONTACTNAME",
        ),
        (
            "CONTACT",
            vec![
                ("CONTACTNAME", "X"),
                ("PRINTAS", "X"),
                ("EMAIL1", "not an address"),
            ],
            "BL03000018: The e-mail address 'not an address' is not valid.",
        ),
        (
            "CONTACT",
            vec![("CONTACTNAME", "Roy, Marie"), ("PRINTAS", "X")],
            "BL34000061: Another Contact",
        ),
        (
            "CONTACT",
            vec![
                ("CONTACTNAME", "X"),
                ("PRINTAS", "X"),
                ("STATUS", "active non-posting"),
            ],
            "BL03000018",
        ),
        (
            "ITEM",
            vec![("ITEMID", "X"), ("NAME", "X")],
            "BL01001973: Required field ITEMTYPE",
        ),
        (
            "ITEM",
            vec![("ITEMID", "X"), ("NAME", "X"), ("ITEMTYPE", "NI")],
            "BL03000018",
        ),
        (
            "ITEM",
            vec![
                ("ITEMID", "SETUP"),
                ("NAME", "X"),
                ("ITEMTYPE", "Non-Inventory"),
            ],
            "BL34000061: Another Item",
        ),
        (
            "ARTERM",
            vec![("NAME", "X")],
            "BL01001973: Required field DESCRIPTION",
        ),
        (
            "LOCATION",
            vec![("LOCATIONID", "X"), ("NAME", "X")],
            "BL01001973: create is not supported for LOCATION",
        ),
        (
            "AUDITHISTORY",
            vec![("OBJECTTYPE", "x")],
            "BL01001973: create is not supported",
        ),
        ("NOTHING", vec![], "WS: Object definition NOTHING not found"),
    ];
    for (object, pairs, expected) in cases {
        let said = lab.create_refused(object, &pairs);
        assert!(said.starts_with(expected), "{object} {pairs:?}: {said}");
    }
}

#[test]
fn a_failure_ends_with_what_could_not_be_done() {
    let mut lab = Lab::new();
    let result = lab.one(&format!(
        "<create>{}</create>",
        super::record(
            "CONTACT",
            &[("CONTACTNAME", "Roy, Marie"), ("PRINTAS", "X")]
        )
    ));
    let last = result
        .child("errormessage")
        .unwrap()
        .children
        .last()
        .unwrap()
        .clone();
    assert_eq!(last.get("errorno"), Some("BL01001973"));
    assert!(
        last.get("description2")
            .unwrap()
            .starts_with("Could not create Contact record!")
    );
}

#[test]
fn an_update_keeps_what_it_leaves_out_and_clears_what_is_empty() {
    let mut lab = Lab::new();
    lab.update(
        "CUSTOMER",
        &[
            ("CUSTOMERID", "CUST-01001"),
            ("COMMENTS", "Good payer"),
            ("TAXID", "123"),
        ],
    );
    assert_eq!(lab.field_of("CUSTOMER", "CUST-01001", "TERMNAME"), "Net 30");
    lab.update(
        "CUSTOMER",
        &[
            ("CUSTOMERID", "CUST-01001"),
            ("COMMENTS", ""),
            ("TERMNAME", ""),
        ],
    );
    for (name, value) in [
        ("COMMENTS", ""),
        ("TERMNAME", ""),
        ("TAXID", "123"),
        ("NAME", "Informatique Boréale inc."),
    ] {
        assert_eq!(
            lab.field_of("CUSTOMER", "CUST-01001", name),
            value,
            "{name}"
        );
    }
    assert!(
        lab.update_refused("CUSTOMER", &[("CUSTOMERID", "CUST-01001"), ("NAME", "")])
            .contains("NAME")
    );
    lab.update("CUSTOMER", &[("CUSTOMERID", "CUST-01006"), ("STATUS", "")]);
    assert_eq!(
        lab.field_of("CUSTOMER", "CUST-01006", "STATUS"),
        "active",
        "back to its default"
    );
}

#[test]
fn an_update_finds_its_record_by_either_key() {
    let mut lab = Lab::new();
    let key = lab.key_of("CUSTOMER", "CUST-01002").to_string();
    lab.update("CUSTOMER", &[("RECORDNO", &key), ("COMMENTS", "by key")]);
    lab.update(
        "CUSTOMER",
        &[
            ("RECORDNO", &key),
            ("CUSTOMERID", "CUST-01002"),
            ("COMMENTS", "by both"),
        ],
    );
    for (pairs, expected) in [
        (
            vec![("RECORDNO", key.as_str()), ("CUSTOMERID", "CUST-01003")],
            "CUSTOMERID cannot be changed",
        ),
        (
            vec![("RECORDNO", "999"), ("NAME", "X")],
            "Cannot find customer with key '999' to update.",
        ),
        (
            vec![("CUSTOMERID", "?"), ("NAME", "X")],
            "Cannot find customer with key '?' to update.",
        ),
        (
            vec![("NAME", "X")],
            "Cannot find customer with key '' to update.",
        ),
    ] {
        let said = lab.update_refused("CUSTOMER", &pairs);
        assert!(said.contains(expected), "{said}");
    }
    assert!(
        lab.update_refused("CONTACT", &[("RECORDNO", "1"), ("CONTACTNAME", "Other")])
            .contains("CONTACTNAME cannot be changed")
    );
    assert!(
        lab.update_refused("ITEM", &[("ITEMID", "SETUP"), ("ITEMTYPE", "Inventory")])
            .contains("ITEMTYPE cannot be changed")
    );
}

#[test]
fn a_display_contact_is_changed_through_its_customer() {
    let mut lab = Lab::new();
    let call = "<update><CUSTOMER><CUSTOMERID>CUST-01001</CUSTOMERID><DISPLAYCONTACT><EMAIL1>new@boreale.example</EMAIL1>\
        <MAILADDRESS><CITY>Roberval</CITY></MAILADDRESS></DISPLAYCONTACT></CUSTOMER></update>";
    lab.ok(call);
    for (name, value) in [
        ("DISPLAYCONTACT.EMAIL1", "new@boreale.example"),
        ("DISPLAYCONTACT.MAILADDRESS.CITY", "Roberval"),
        ("DISPLAYCONTACT.MAILADDRESS.ZIP", "G8B 1A1"),
        ("DISPLAYCONTACT.PRINTAS", "Informatique Boréale inc."),
    ] {
        assert_eq!(
            lab.field_of("CUSTOMER", "CUST-01001", name),
            value,
            "{name}"
        );
    }
    let rename = "<update><CUSTOMER><CUSTOMERID>CUST-01001</CUSTOMERID><DISPLAYCONTACT><CONTACTNAME>Else</CONTACTNAME>\
        </DISPLAYCONTACT></CUSTOMER></update>";
    assert!(
        lab.refused(rename)
            .contains("CONTACTNAME cannot be changed")
    );
}

#[test]
fn unknown_and_read_only_fields_may_also_be_ignored() {
    let mut lab = Lab::new();
    lab.set("unknown_fields_refused", false);
    lab.set("read_only_fields_refused", false);
    let key = lab.create(
        "CUSTOMER",
        &super::but(
            &CUSTOMER,
            &[("COLOUR", "red"), ("TOTALDUE", "5"), ("ENTITY", "Z")],
        ),
    );
    assert_eq!(lab.field("CUSTOMER", key, "TOTALDUE"), "0");
    assert_eq!(lab.field("CUSTOMER", key, "ENTITY"), "CCUST-01008");
}

#[test]
fn custom_fields_are_plain_elements() {
    let mut lab = Lab::new();
    let key = lab.create(
        "CUSTOMER",
        &super::but(&CUSTOMER, &[("SFDC_ACCOUNT_ID", "001X")]),
    );
    assert_eq!(lab.field("CUSTOMER", key, "SFDC_ACCOUNT_ID"), "001X");
    lab.control(json!({"do": "define_custom_field", "object": "CUSTOMER",
        "field": {"id": "TIER", "kind": "ENUM", "values": ["Gold", "Silver"], "required": true}}));
    let said = lab.create_refused("CUSTOMER", &super::but(&CUSTOMER, &[("NAME", "Y")]));
    assert!(said.contains("Required field TIER"), "{said}");
    assert!(
        lab.create_refused("CUSTOMER", &super::but(&CUSTOMER, &[("TIER", "Bronze")]))
            .starts_with("BL03000018")
    );
    lab.create(
        "CUSTOMER",
        &super::but(
            &CUSTOMER,
            &[
                ("NAME", "Y"),
                ("DISPLAYCONTACT/PRINTAS", "Y"),
                ("TIER", "Gold"),
            ],
        ),
    );
}

#[test]
fn what_is_used_is_not_deleted() {
    let mut lab = Lab::new();
    let delete = |object: &str, key: i64| {
        format!("<delete><object>{object}</object><keys>{key}</keys></delete>")
    };
    for (object, id) in [
        ("CUSTOMER", "CUST-01001"),
        ("CUSTOMER", "CUST-01004"),
        ("CONTACT", "Roy, Marie"),
        ("CONTACT", "Lakeside Manufacturing LLC (Ohio)"),
        ("ITEM", "SUB-PRO"),
        ("ARTERM", "Net 30"),
    ] {
        let key = lab.key_of(object, id);
        let said = lab.refused(&delete(object, key));
        assert!(said.starts_with("BL01001973"), "{object} {id}: {said}");
    }
    let key = lab.key_of("ITEM", "MODEM");
    let result = lab.ok(&delete("ITEM", key));
    assert!(result.child("data").is_none(), "a status only");
    assert_eq!(
        lab.refused(&delete("ITEM", key)),
        format!("BL01001973: Cannot find item with key {key} to delete.")
    );
}

#[test]
fn a_delete_of_several_is_all_or_nothing() {
    let mut lab = Lab::new();
    let keys: Vec<i64> = ["A", "B"]
        .map(|name| lab.create("CONTACT", &[("CONTACTNAME", name), ("PRINTAS", "P")]))
        .to_vec();
    lab.refused(&format!(
        "<delete><object>CONTACT</object><keys>{},999</keys></delete>",
        keys[0]
    ));
    lab.ok(&format!(
        "<delete><object>CONTACT</object><keys>{},{}</keys></delete>",
        keys[0], keys[1]
    ));
}

#[test]
fn the_audit_trail_keeps_what_is_gone() {
    let mut lab = Lab::new();
    lab.later(600);
    let key = lab.create("CONTACT", &[("CONTACTNAME", "A"), ("PRINTAS", "P")]);
    lab.ok(&format!(
        "<delete><object>CONTACT</object><keys>{key}</keys></delete>"
    ));
    let filter = "<filter><and><equalto><field>OBJECTTYPE</field><value>contact</value></equalto>\
        <equalto><field>ACCESSMODE</field><value>D</value></equalto></and></filter>";
    assert_eq!(
        lab.column("AUDITHISTORY", "OBJECTKEY", filter),
        [key.to_string()]
    );
    assert_eq!(
        lab.column("AUDITHISTORY", "ACCESSTIME", filter),
        ["03/02/2026 18:11:00"]
    );
    assert_eq!(
        lab.column("AUDITHISTORY", "USERID", filter),
        ["svc_liaison"]
    );
    let text = "<readByQuery><object>AUDITHISTORY</object><query>ACCESSMODE = 'Delete'</query></readByQuery>";
    assert_eq!(lab.data(text).children.len(), 1, "the word, in readByQuery");
    lab.set("forbidden", json!(["AUDITHISTORY"]));
    assert!(
        lab.refused(text)
            .contains("You do not have permission for API")
    );
}

#[test]
fn a_contact_list_names_contacts_that_exist() {
    let mut lab = Lab::new();
    let call = |name: &str| {
        format!(
            "<create><CUSTOMER>{}<CUSTOMERCONTACTS><CUSTOMERENTITYCONTACTS><CATEGORYNAME>Billing</CATEGORYNAME>\
             <CONTACT><NAME>{name}</NAME></CONTACT></CUSTOMERENTITYCONTACTS></CUSTOMERCONTACTS></CUSTOMER></create>",
            fields(&CUSTOMER)
        )
    };
    assert!(
        lab.refused(&call("Nobody"))
            .contains("Invalid Contact 'Nobody'")
    );
    lab.ok(&call("Roy, Marie"));
}

#[test]
fn a_value_of_several_parts_is_joined_and_known() {
    let mut lab = Lab::new();
    let key = lab.create(
        "CUSTOMER",
        &super::but(&CUSTOMER, &[("DELIVERY_OPTIONS", "Print#~#E-Mail")]),
    );
    assert_eq!(
        lab.field("CUSTOMER", key, "DELIVERY_OPTIONS"),
        "Print#~#E-Mail"
    );
    let fax = super::but(&CUSTOMER, &[("DELIVERY_OPTIONS", "Fax")]);
    assert!(
        lab.create_refused("CUSTOMER", &fax)
            .starts_with("BL03000018")
    );
}

#[test]
fn two_people_of_one_name_need_two_contact_names() {
    let mut lab = Lab::new();
    let both = lab.column(
        "CONTACT",
        "CONTACTNAME",
        "<filter><equalto><field>PRINTAS</field><value>John Smith</value></equalto></filter>",
    );
    assert_eq!(both, ["Smith, John", "Smith, John (Harbor)"]);
    assert!(
        lab.create_refused(
            "CONTACT",
            &[("CONTACTNAME", "Smith, John"), ("PRINTAS", "John Smith")]
        )
        .starts_with("BL34000061")
    );
}

#[test]
fn every_change_stamps_who_and_when() {
    let mut lab = Lab::new();
    lab.later(60);
    let key = lab.create("CONTACT", &[("CONTACTNAME", "A"), ("PRINTAS", "P")]);
    lab.later(60);
    lab.update("CONTACT", &[("CONTACTNAME", "A"), ("PRINTAS", "Q")]);
    for (name, value) in [
        ("WHENCREATED", "03/02/2026 18:02:00"),
        ("WHENMODIFIED", "03/02/2026 18:03:00"),
        ("CREATEDBY", "svc_liaison"),
        ("MODIFIEDBY", "svc_liaison"),
    ] {
        assert_eq!(lab.field("CONTACT", key, name), value, "{name}");
    }
}
