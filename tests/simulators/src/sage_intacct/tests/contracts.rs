//! Contract headers: creation, drafts, posting, what is fixed, renewal and cancellation.

use serde_json::json;

use super::{CONTRACT, LINE, Lab, but};

fn post(key: i64) -> String {
    format!("<post><CONTRACT><RECORDNO>{key}</RECORDNO></CONTRACT></post>")
}

#[test]
fn the_sequence_gives_ids_and_a_given_one_wins() {
    let mut lab = Lab::new();
    let call = format!("<create>{}</create>", super::record("CONTRACT", &CONTRACT));
    let data = lab.data(&call);
    assert_eq!(data.children[0].name, "contract");
    assert_eq!(data.children[0].get("CONTRACTID"), Some("CN-00031"));
    let key = lab.create("CONTRACT", &but(&CONTRACT, &[("CONTRACTID", "MINE")]));
    assert_eq!(lab.field("CONTRACT", key, "CONTRACTID"), "MINE");
    let said = lab.create_refused("CONTRACT", &but(&CONTRACT, &[("CONTRACTID", "MINE")]));
    assert_eq!(
        said,
        "BL34000061: Another Contract with the given value(s) MINE already exists"
    );
    lab.control(json!({"do": "sequence", "object": "CONTRACT", "sequence": null}));
    assert!(
        lab.create_refused("CONTRACT", &CONTRACT)
            .contains("Required field CONTRACTID")
    );
}

#[test]
fn a_contract_needs_what_the_reference_says() {
    let mut lab = Lab::new();
    let cases: Vec<(Vec<(&str, &str)>, &str)> = vec![
        (
            vec![("CUSTOMERID", "-")],
            "BL01001973: Required field CUSTOMERID",
        ),
        (vec![("NAME", "-")], "BL01001973: Required field NAME"),
        (
            vec![("BEGINDATE", "-")],
            "BL01001973: Required field BEGINDATE",
        ),
        (
            vec![("TERMNAME", "-")],
            "BL01001973: Required field TERMNAME",
        ),
        (
            vec![("LOCATIONID", "-")],
            "BL01001973: Required field LOCATIONID",
        ),
        (
            vec![("ENDDATE", "-")],
            "BL01001973: ENDDATE is required for a termed contract",
        ),
        (
            vec![("ENDDATE", "12/31/2025")],
            "BL01001973: ENDDATE must not be before BEGINDATE",
        ),
        (
            vec![("BEGINDATE", "2026-01-01")],
            "BL03000018: Date is not valid: '2026-01-01'",
        ),
        (
            vec![("BEGINDATE", "01-01-2026")],
            "BL03000018: Date is not valid: '01-01-2026'",
        ),
        (
            vec![("BEGINDATE", "02/30/2026")],
            "BL03000018: Date is not valid",
        ),
        (
            vec![("CUSTOMERID", "?")],
            "BL03000018: Invalid Customer '?' specified.",
        ),
        (
            vec![("TERMNAME", "?")],
            "BL03000018: Invalid AR Term '?' specified.",
        ),
        (
            vec![("LOCATIONID", "?")],
            "BL03000018: Invalid Location '?' specified.",
        ),
        (
            vec![("BILLTOCONTACTNAME", "?")],
            "BL03000018: Invalid Contact '?' specified.",
        ),
        (
            vec![("DEPARTMENTID", "?")],
            "BL03000018: Invalid Department",
        ),
        (vec![("PROJECTID", "?")], "BL03000018: Invalid Project"),
        (vec![("CLASSID", "?")], "BL03000018: Invalid Class"),
        (vec![("EMPLOYEEID", "?")], "BL03000018: Invalid Employee"),
        (vec![("VENDORID", "?")], "BL03000018: Invalid Vendor"),
        (vec![("BILLINGFREQUENCY", "Weekly")], "BL03000018"),
        (vec![("BILLINGFREQUENCY", "M")], "BL03000018"),
        (
            vec![("TERMTYPE", "Evergreen")],
            "BL01001973: Required field EVERGREENMACRO",
        ),
        (
            vec![
                ("TERMTYPE", "Evergreen"),
                ("EVERGREENMACRO", "M"),
                ("RENEWAL", "true"),
            ],
            "BL01001973: An evergreen contract",
        ),
        (
            vec![("RENEWTERMLENGTH", "12")],
            "BL01001973: RENEWTERMLENGTH needs RENEWAL",
        ),
        (
            vec![("RENEWALMACRO", "R")],
            "BL01001973: RENEWALMACRO needs RENEWAL",
        ),
        (
            vec![("ADVBILLBY", "3")],
            "BL01001973: ADVBILLBY and ADVBILLBYTYPE go together",
        ),
        (
            vec![("STATE", "Renewed")],
            "BL01001973: A contract cannot be created in the state",
        ),
        (
            vec![("STATE", "Cancelled")],
            "BL01001973: A contract cannot be created",
        ),
        (vec![("STATE", "InProgress")], "BL03000018"),
        (
            vec![("SUMMARYTOTAL", "5")],
            "BL01001973: SUMMARYTOTAL is read-only",
        ),
        (
            vec![("EXCHANGE_RATE", "1.2")],
            "BL01001973: EXCHANGE_RATE is not a valid field",
        ),
        (vec![("SALES_REGION", "North")], "BL03000018"),
        (
            vec![("SFDC_CONTRACT_ID", "1234567890123456789")],
            "BL03000018: The value of SFDC_CONTRACT_ID is too long.",
        ),
    ];
    for (changes, expected) in cases {
        let said = lab.create_refused("CONTRACT", &but(&CONTRACT, &changes));
        assert!(said.starts_with(expected), "{changes:?}: {said}");
    }
    assert_eq!(
        lab.control(json!({"do": "count", "object": "CONTRACT"}))["count"],
        6
    );
}

#[test]
fn defaults_are_filled_in() {
    let mut lab = Lab::new();
    let key = lab.create(
        "CONTRACT",
        &but(
            &CONTRACT,
            &[
                ("STATE", "-"),
                ("RENEWAL", "true"),
                ("RENEWTERMLENGTH", "6"),
                ("APPLICATION", "O"),
            ],
        ),
    );
    for (name, value) in [
        ("STATE", "In progress"),
        ("TERMTYPE", "Termed"),
        ("RENEWTERMPERIOD", "Months"),
        ("APPLICATION", "Order Entry"),
        ("BILLTOCONTACTNAME", "Roy, Marie"),
        (
            "SHIPTOCONTACTNAME",
            "Informatique Boréale inc.(CCUST-01001)",
        ),
        ("CUSTOMERNAME", "Informatique Boréale inc."),
        ("BASECURR", "USD"),
        ("CURRENCY", "USD"),
        ("SUMMARYTOTAL", "0"),
        ("STATUS", "active"),
        ("BILLINGHOLD", "false"),
    ] {
        assert_eq!(lab.field("CONTRACT", key, name), value, "{name}");
    }
}

#[test]
fn one_entity_and_one_currency_need_neither_and_two_need_both() {
    let mut lab = Lab::with("multi_entity", false);
    lab.create("CONTRACT", &but(&CONTRACT, &[("LOCATIONID", "-")]));
    lab.set("multi_currency", true);
    assert!(
        lab.create_refused("CONTRACT", &CONTRACT)
            .contains("Required field CURRENCY")
    );
    let key = lab.create("CONTRACT", &but(&CONTRACT, &[("CURRENCY", "CAD")]));
    assert_eq!(lab.field("CONTRACT", key, "BASECURR"), "USD");
}

#[test]
fn an_entity_writes_within_itself() {
    let mut lab = Lab::new();
    lab.session = lab.new_session("200");
    let said = lab.create_refused("CONTRACT", &CONTRACT);
    assert!(said.contains("does not belong to entity '200'"), "{said}");
    let key = lab.create("CONTRACT", &but(&CONTRACT, &[("LOCATIONID", "210")]));
    assert_eq!(lab.field("CONTRACT", key, "MEGAENTITYID"), "200");
}

#[test]
fn a_draft_is_checked_whole_when_it_is_posted() {
    let mut lab = Lab::new();
    for (changes, error) in [
        (
            ("CUSTOMERID", "CUST-01006"),
            "Customer 'CUST-01006' is not active.",
        ),
        (
            ("TERMNAME", "Net 60 (old)"),
            "AR Term 'Net 60 (old)' is not active.",
        ),
        (("LOCATIONID", "120"), "Location '120' is not active."),
    ] {
        let live = but(&CONTRACT, &[changes, ("STATE", "In progress")]);
        let said = lab.create_refused("CONTRACT", &live);
        assert!(said.contains(error), "{said}");
        let key = lab.create("CONTRACT", &but(&CONTRACT, &[changes]));
        let said = lab.refused(&post(key));
        assert!(said.contains(error), "{said}");
        assert_eq!(lab.field("CONTRACT", key, "STATE"), "Draft");
        let key = key.to_string();
        lab.update(
            "CONTRACT",
            &[
                ("RECORDNO", &key),
                ("CUSTOMERID", "CUST-01001"),
                ("TERMNAME", "Net 30"),
                ("LOCATIONID", "100"),
            ],
        );
        lab.ok(&post(key.parse().unwrap()));
    }
}

#[test]
fn posting_happens_once_and_spells_its_date_either_way() {
    let mut lab = Lab::new();
    for name in ["GLPOSTINGDATE", "GLPOSTDATE"] {
        let key = lab.create("CONTRACT", &CONTRACT);
        lab.later(60);
        let call = format!(
            "<post><CONTRACT><RECORDNO>{key}</RECORDNO><{name}>03/01/2026</{name}><POSTMEMO>ok</POSTMEMO></CONTRACT></post>"
        );
        let data = lab.data(&call);
        assert_eq!(data.children[0].name, "contract");
        for (field, value) in [
            ("STATE", "In progress"),
            ("GLPOSTINGDATE", "03/01/2026"),
            ("POSTMEMO", "ok"),
        ] {
            assert_eq!(lab.field("CONTRACT", key, field), value);
        }
        assert_ne!(
            lab.field("CONTRACT", key, "WHENMODIFIED"),
            lab.field("CONTRACT", key, "WHENCREATED")
        );
        let said = lab.refused(&call);
        assert!(
            said.contains("is in the state In progress and cannot be posted"),
            "{said}"
        );
    }
    for (body, error) in [
        (
            "<post><CONTRACT><RECORDNO>999</RECORDNO></CONTRACT></post>",
            "Cannot find contract with key 999 to post.",
        ),
        (
            "<post><CONTRACT><CONTRACTID>CN-00028</CONTRACTID></CONTRACT></post>",
            "CONTRACTID is not expected",
        ),
        (
            "<post><CONTRACT></CONTRACT></post>",
            "Required field RECORDNO",
        ),
        (
            "<post><CONTRACT><RECORDNO>4</RECORDNO><GLPOSTINGDATE>2026-03-01</GLPOSTINGDATE></CONTRACT></post>",
            "Date is not valid",
        ),
        (
            "<post><ITEM><RECORDNO>1</RECORDNO></ITEM></post>",
            "post is not supported for ITEM",
        ),
        ("<post></post>", "post takes one object"),
    ] {
        let said = lab.refused(body);
        assert!(said.contains(error), "{body}: {said}");
    }
}

#[test]
fn a_posted_contract_keeps_its_terms() {
    let mut lab = Lab::new();
    for (name, value) in [
        ("CUSTOMERID", "CUST-01002"),
        ("BEGINDATE", "02/01/2026"),
        ("LOCATIONID", "100"),
        ("CURRENCY", "CAD"),
        ("STATE", "Draft"),
        ("STATE", "Cancelled"),
        ("APPLICATION", "O"),
    ] {
        let said = lab.update_refused("CONTRACT", &[("CONTRACTID", "CN-00025"), (name, value)]);
        assert!(said.contains("cannot be changed"), "{name}: {said}");
    }
    for (name, value) in [
        ("NAME", "Renamed"),
        ("ENDDATE", "12/31/2027"),
        ("DESCRIPTION", "Longer"),
        ("STATE", "In progress"),
        ("BILLTOCONTACTNAME", "Smith, John"),
        ("SFDC_CONTRACT_ID", "800X"),
        ("BEGINDATE", "01/01/2026"),
    ] {
        lab.update("CONTRACT", &[("CONTRACTID", "CN-00025"), (name, value)]);
        assert_eq!(lab.field_of("CONTRACT", "CN-00025", name), value);
    }
    let key = lab.key_of("CONTRACT", "CN-00028").to_string();
    lab.update(
        "CONTRACT",
        &[
            ("RECORDNO", &key),
            ("CUSTOMERID", "CUST-01002"),
            ("BEGINDATE", "04/02/2026"),
        ],
    );
    assert!(
        lab.update_refused("CONTRACT", &[("RECORDNO", &key), ("STATE", "In progress")])
            .contains("post it")
    );
}

#[test]
fn a_cancelled_contract_keeps_everything() {
    let mut lab = Lab::new();
    let said = lab.update_refused("CONTRACT", &[("CONTRACTID", "CN-00029"), ("NAME", "X")]);
    assert!(
        said.contains("A contract in the state Cancelled cannot be changed"),
        "{said}"
    );
    let key = lab.key_of("CONTRACT", "CN-00029");
    lab.refused(&format!(
        "<delete><object>CONTRACT</object><keys>{key}</keys></delete>"
    ));
    lab.create_refused("CONTRACTDETAIL", &but(&LINE, &[("CONTRACTID", "CN-00029")]));
}

#[test]
fn a_contract_keeps_the_version_of_its_contact() {
    let mut lab = Lab::new();
    let old = "marie.roy@boreale.example";
    assert_eq!(
        lab.column(
            "CONTRACT",
            "BILLTO.EMAIL1",
            "<filter><equalto><field>CONTRACTID</field><value>CN-00025</value></equalto></filter>"
        ),
        [old]
    );
    lab.update(
        "CONTACT",
        &[
            ("CONTACTNAME", "Roy, Marie"),
            ("EMAIL1", "m.roy@boreale.example"),
        ],
    );
    let email = |lab: &mut Lab| lab.field_of("CONTRACT", "CN-00025", "BILLTO.EMAIL1");
    assert_eq!(email(&mut lab), old);
    lab.update(
        "CONTRACT",
        &[("CONTRACTID", "CN-00025"), ("NAME", "Touched")],
    );
    assert_eq!(
        email(&mut lab),
        old,
        "an update elsewhere does not renew it"
    );
    lab.update(
        "CONTRACT",
        &[
            ("CONTRACTID", "CN-00025"),
            ("BILLTOCONTACTNAME", "Smith, John"),
        ],
    );
    lab.update(
        "CONTRACT",
        &[
            ("CONTRACTID", "CN-00025"),
            ("BILLTOCONTACTNAME", "Roy, Marie"),
        ],
    );
    assert_eq!(email(&mut lab), "m.roy@boreale.example");
}

#[test]
fn a_contract_without_lines_is_posted_and_one_with_bills_is_not_deleted() {
    let mut lab = Lab::new();
    let header = lab.key_of("CONTRACT", "CN-00030");
    lab.ok(&post(header));
    let delete = |key: i64| format!("<delete><object>CONTRACT</object><keys>{key}</keys></delete>");
    lab.ok(&delete(header));
    let billed = lab.key_of("CONTRACT", "CN-00025");
    let said = lab.refused(&delete(billed));
    assert!(
        said.contains("was invoiced and cannot be deleted"),
        "{said}"
    );
    let draft = lab.key_of("CONTRACT", "CN-00028");
    lab.ok(&delete(draft));
    let filter =
        "<filter><equalto><field>CONTRACTID</field><value>CN-00028</value></equalto></filter>";
    assert!(
        lab.column("CONTRACTDETAIL", "RECORDNO", filter).is_empty(),
        "its lines went along"
    );
    let gone = "<filter><and><equalto><field>ACCESSMODE</field><value>D</value></equalto>\
        <in><field>OBJECTTYPE</field><value>contract</value><value>contractdetail</value></in></and></filter>";
    assert_eq!(
        lab.column("AUDITHISTORY", "OBJECTTYPE", gone),
        ["contract", "contractdetail", "contract"]
    );
}

#[test]
fn a_renewal_is_a_contract_of_its_own() {
    let mut lab = Lab::new();
    let data = lab.data("<renew><CONTRACT><CONTRACTID>CN-00025</CONTRACTID></CONTRACT></renew>");
    assert_eq!(data.children[0].get("CONTRACTID"), Some("CN-00031"));
    for (name, value) in [
        ("STATE", "In progress"),
        ("BEGINDATE", "01/01/2027"),
        ("ENDDATE", "12/31/2027"),
        ("PARENTID", "CN-00025"),
        ("PARENT.NAME", "Boréale Pro 2026"),
        ("SFDC_CONTRACT_ID", "800AA00001BOREAL01"),
    ] {
        assert_eq!(lab.field_of("CONTRACT", "CN-00031", name), value, "{name}");
    }
    assert_eq!(lab.field_of("CONTRACT", "CN-00025", "STATE"), "Renewed");
    assert_eq!(
        lab.field_of("CONTRACT", "CN-00025", "RENEWEDCONTRACTID"),
        "CN-00031"
    );
    let lines = |lab: &mut Lab, id: &str, name: &str| {
        lab.column(
            "CONTRACTDETAIL",
            name,
            &format!(
                "<filter><equalto><field>CONTRACTID</field><value>{id}</value></equalto></filter>"
            ),
        )
    };
    assert_eq!(lines(&mut lab, "CN-00031", "ITEMID"), ["SUB-PRO"]);
    assert_eq!(lines(&mut lab, "CN-00031", "BEGINDATE"), ["01/01/2027"]);
    assert_eq!(
        lines(&mut lab, "CN-00025", "STATE"),
        ["Completed", "Not renewed"]
    );
    assert!(
        lab.refused("<renew><CONTRACT><CONTRACTID>CN-00025</CONTRACTID></CONTRACT></renew>")
            .contains("must be in progress")
    );
    assert!(
        lab.refused("<renew><CONTRACT><CONTRACTID>CN-00028</CONTRACTID></CONTRACT></renew>")
            .contains("must be in progress")
    );
    assert!(
        lab.refused("<renew><CONTRACT><CONTRACTID>CN-00027</CONTRACTID></CONTRACT></renew>")
            .contains("not termed")
    );
}

#[test]
fn a_contract_without_lines_is_not_renewed() {
    let mut lab = Lab::new();
    let header = lab.key_of("CONTRACT", "CN-00030");
    lab.ok(&post(header));
    assert!(
        lab.refused("<renew><CONTRACT><CONTRACTID>CN-00030</CONTRACTID></CONTRACT></renew>")
            .contains("with a line")
    );
}

#[test]
fn a_contract_is_cancelled_at_the_screen_and_uncancelled_by_the_api() {
    let mut lab = Lab::new();
    lab.control(json!({"do": "cancel", "id": "CN-00026", "date": "06/30/2026"}));
    assert_eq!(lab.field_of("CONTRACT", "CN-00026", "STATE"), "Cancelled");
    assert_eq!(
        lab.field_of("CONTRACT", "CN-00026", "CANCELDATE"),
        "06/30/2026"
    );
    let line =
        "<filter><equalto><field>CONTRACTID</field><value>CN-00026</value></equalto></filter>";
    assert_eq!(lab.column("CONTRACTDETAIL", "STATE", line), ["Cancelled"]);
    assert_eq!(
        lab.column("CONTRACTDETAIL", "BILLINGSCHEDULESTATUS", line),
        ["Terminated"]
    );
    let key = lab.key_of("CONTRACT", "CN-00026");
    lab.ok(&format!(
        "<uncancel><CONTRACT><RECORDNO>{key}</RECORDNO></CONTRACT></uncancel>"
    ));
    assert_eq!(lab.field_of("CONTRACT", "CN-00026", "STATE"), "In progress");
    assert_eq!(lab.column("CONTRACTDETAIL", "STATE", line), ["In progress"]);
    lab.refused(&format!(
        "<uncancel><CONTRACT><RECORDNO>{key}</RECORDNO></CONTRACT></uncancel>"
    ));
    assert!(!crate::sage_intacct::functions::is_known("cancel"));
}

#[test]
fn the_path_of_a_synchronised_contract_is_walkable() {
    let mut lab = Lab::new();
    let known =
        "<filter><equalto><field>SFDC_CONTRACT_ID</field><value>800NEW</value></equalto></filter>";
    assert!(lab.column("CONTRACT", "CONTRACTID", known).is_empty());
    let key = lab.create(
        "CONTRACT",
        &but(&CONTRACT, &[("SFDC_CONTRACT_ID", "800NEW")]),
    );
    let id = lab.field("CONTRACT", key, "CONTRACTID");
    let line = but(
        &LINE,
        &[
            ("CONTRACTID", &id),
            ("LOCATIONID", "100"),
            ("BEGINDATE", "01/01/2026"),
            ("ENDDATE", "12/31/2026"),
        ],
    );
    let create = |pairs: &[(&str, &str)]| {
        format!(
            "<create>{}</create>",
            super::record("CONTRACTDETAIL", pairs)
        )
    };
    let all = super::function("l1", &create(&line))
        + &super::function(
            "l2",
            &create(&but(
                &line,
                &[("ITEMID", "SUPPORT"), ("BILLINGOPTIONS", "One-time")],
            )),
        );
    let results = lab.results(true, " transaction=\"true\"", &all);
    assert!(
        results
            .iter()
            .all(|result| result.get("status") == Some("success")),
        "{results:?}"
    );
    lab.ok(&post(key));
    let of =
        format!("<filter><equalto><field>CONTRACTID</field><value>{id}</value></equalto></filter>");
    for line in lab.column("CONTRACTDETAIL", "RECORDNO", &of) {
        lab.ok(&format!(
            "<post><CONTRACTDETAIL><RECORDNO>{line}</RECORDNO></CONTRACTDETAIL></post>"
        ));
    }
    assert_eq!(
        lab.column("CONTRACTDETAIL", "STATE", &of),
        ["In progress", "In progress"]
    );
    assert_eq!(lab.field("CONTRACT", key, "SUMMARYTOTAL"), "490");
    assert_eq!(lab.column("CONTRACT", "CONTRACTID", known), [id]);
}

#[test]
fn an_update_may_have_to_repeat_the_terms() {
    let mut lab = Lab::new();
    let short = [("CONTRACTID", "CN-00025"), ("NAME", "Short")];
    lab.update("CONTRACT", &short);
    lab.set("contract_update_repeats", true);
    let said = lab.update_refused("CONTRACT", &short);
    assert!(said.contains("Required field BEGINDATE"), "{said}");
    let whole = [
        ("CONTRACTID", "CN-00025"),
        ("NAME", "Whole"),
        ("BEGINDATE", "01/01/2026"),
        ("TERMNAME", "Net 30"),
        ("LOCATIONID", "200"),
    ];
    lab.update("CONTRACT", &whole);
}
