//! Contract lines: what they need, what they compute, what is fixed once posted or invoiced.

use serde_json::json;

use super::{LINE, Lab, but};

const LIVE: [(&str, &str); 4] = [
    ("CONTRACTID", "CN-00026"),
    ("LOCATIONID", "110"),
    ("BEGINDATE", "03/01/2026"),
    ("ENDDATE", "02/28/2027"),
];

fn live<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    but(&but(&LINE, &LIVE), changes)
}

fn post(key: i64) -> String {
    format!("<post><CONTRACTDETAIL><RECORDNO>{key}</RECORDNO></CONTRACTDETAIL></post>")
}

#[test]
fn a_line_needs_what_the_reference_says() {
    let mut lab = Lab::new();
    let cases: Vec<(Vec<(&str, &str)>, &str)> = vec![
        (
            vec![("CONTRACTID", "-")],
            "BL01001973: Required field CONTRACTID",
        ),
        (
            vec![("CONTRACTID", "?")],
            "BL03000018: Invalid Contract '?' specified.",
        ),
        (vec![("ITEMID", "-")], "BL01001973: Required field ITEMID"),
        (
            vec![("ITEMID", "?")],
            "BL03000018: Invalid Item '?' specified.",
        ),
        (
            vec![("ITEMID", "SUB-LEGACY")],
            "BL03000018: Item 'SUB-LEGACY' is not active.",
        ),
        (
            vec![("ITEMID", "BUNDLE-OLD")],
            "BL03002128: Kit 'BUNDLE-OLD' is not enabled for contracts.",
        ),
        (
            vec![("BILLINGMETHOD", "-")],
            "BL01001973: Required field BILLINGMETHOD",
        ),
        (vec![("BILLINGMETHOD", "F")], "BL03000018"),
        (vec![("BILLINGMETHOD", "Project T&M")], "BL03002128"),
        (
            vec![("LOCATIONID", "-")],
            "BL01001973: Required field LOCATIONID",
        ),
        (
            vec![("BEGINDATE", "-")],
            "BL01001973: Required field BEGINDATE",
        ),
        (vec![("ENDDATE", "-")], "BL01001973: Required field ENDDATE"),
        (
            vec![("ENDDATE", "03/01/2026")],
            "BL03002128: ENDDATE must not be before BEGINDATE",
        ),
        (
            vec![("QUANTITY", "-")],
            "BL01001973: Required field FLATAMOUNT",
        ),
        (vec![("QUANTITY", "five")], "BL03000018"),
        (
            vec![("ITEMID", "SETUP")],
            "BL01001973: Required field BILLINGTEMPLATENAME",
        ),
        (
            vec![("BILLINGTEMPLATENAME", "?")],
            "BL03000018: Invalid Contract Billing Template",
        ),
        (
            vec![
                ("BILLINGOPTIONS", "Include with every invoice"),
                ("CONTRACTID", "CN-00030"),
            ],
            "BL01001973: Required field BILLINGFREQUENCY",
        ),
        (
            vec![("BILLINGMETHOD", "Quantity based")],
            "BL03002128: A quantity based line needs a price list",
        ),
        (
            vec![("STATE", "Cancelled")],
            "BL03002128: A contract line cannot be created in the state",
        ),
        (
            vec![("STATE", "-")],
            "BL03002128: Contract CN-00028 is a draft: its lines must be drafts",
        ),
        (
            vec![("STATE", "In progress")],
            "BL03002128: Contract CN-00028 is a draft",
        ),
        (
            vec![("CONTRACTID", "CN-00029")],
            "BL03002128: Contract CN-00029 is in the state Cancelled",
        ),
        (
            vec![("LINETYPE", "Sale")],
            "BL01001973: LINETYPE is read-only",
        ),
        (vec![("LINENO", "1")], "BL01001973: LINENO is read-only"),
        (
            vec![
                ("QUANTITY", "999999999999"),
                ("PRICE", "999999999999"),
                ("MULTIPLIER", "999999999999"),
            ],
            "BL03002128",
        ),
    ];
    for (changes, expected) in cases {
        let said = lab.create_refused("CONTRACTDETAIL", &but(&LINE, &changes));
        assert!(said.starts_with(expected), "{changes:?}: {said}");
    }
    lab.create(
        "CONTRACTDETAIL",
        &but(
            &LINE,
            &[
                ("ITEMID", "BUNDLE"),
                ("BILLINGTEMPLATENAME", "Annual in advance"),
            ],
        ),
    );
    lab.set("draft_takes_live_lines", true);
    lab.create("CONTRACTDETAIL", &but(&LINE, &[("STATE", "-")]));
}

#[test]
fn a_live_line_lies_within_its_contract_and_a_draft_need_not_yet() {
    let mut lab = Lab::new();
    let outside = [("BEGINDATE", "01/01/2026"), ("STATE", "In progress")];
    let said = lab.create_refused("CONTRACTDETAIL", &live(&outside));
    assert!(said.contains("must lie within"), "{said}");
    let key = lab.create("CONTRACTDETAIL", &live(&[("BEGINDATE", "01/01/2026")]));
    assert!(lab.refused(&post(key)).contains("must lie within"));
    lab.update(
        "CONTRACTDETAIL",
        &[("RECORDNO", &key.to_string()), ("BEGINDATE", "03/01/2026")],
    );
    lab.ok(&post(key));
}

#[test]
fn lines_are_numbered_and_compute_their_amounts() {
    let mut lab = Lab::new();
    for (changes, name, value) in [
        (vec![], "FLATAMOUNT", "245"),
        (vec![("MULTIPLIER", "12")], "FLATAMOUNT", "2940"),
        (vec![("DISCOUNTPERCENT", "10")], "FLATAMOUNT", "220.50"),
        (vec![("PRICE", "33.333")], "FLATAMOUNT", "166.66"),
        (vec![("FLATAMOUNT", "100")], "FLATAMOUNT", "100"),
        (vec![], "LINETYPE", "Sale"),
        (vec![("PRICE", "-49")], "LINETYPE", "Discount"),
        (vec![("QUANTITY", "-5")], "LINETYPE", "Debook"),
        (vec![], "BILLINGOPTIONS", "Use billing template"),
        (vec![], "BILLINGTEMPLATENAME", "Monthly in advance"),
        (vec![], "BILLINGSTARTDATE", "04/01/2026"),
        (
            vec![("BILLINGOPTIONS", "Include with every invoice")],
            "TOTALFLATAMOUNT",
            "980",
        ),
        (
            vec![("BILLINGOPTIONS", "Include with every invoice")],
            "BILLINGFREQUENCY",
            "Quarterly",
        ),
        (vec![], "CONTRACTSTATE", "Draft"),
        (vec![], "CUSTOMERNAME", "Nordik Hôtels & Spas"),
        (vec![], "DELIVERYSTATUS", "Undelivered"),
    ] {
        let key = lab.create("CONTRACTDETAIL", &but(&LINE, &changes));
        let got = lab.field("CONTRACTDETAIL", key, name);
        let equal = got == value
            || got
                .parse::<f64>()
                .ok()
                .is_some_and(|n| Some(n) == value.parse().ok());
        assert!(equal, "{changes:?} {name}: {got}");
    }
    let numbers = lab.column(
        "CONTRACTDETAIL",
        "LINENO",
        "<filter><equalto><field>CONTRACTID</field><value>CN-00028</value></equalto></filter>",
    );
    assert_eq!(numbers[..3], ["1", "2", "3"]);
}

#[test]
fn a_line_is_posted_after_its_contract_and_once() {
    let mut lab = Lab::new();
    let key = lab.create("CONTRACTDETAIL", &LINE);
    assert!(
        lab.refused(&post(key))
            .contains("The contract must be in progress before its lines are posted")
    );
    let contract = lab.key_of("CONTRACT", "CN-00028");
    lab.ok(&format!(
        "<post><CONTRACT><RECORDNO>{contract}</RECORDNO></CONTRACT></post>"
    ));
    assert_eq!(
        lab.field("CONTRACTDETAIL", key, "STATE"),
        "Draft",
        "the header alone was posted"
    );
    assert_eq!(lab.field("CONTRACTDETAIL", key, "BILLINGSCHEDULEKEY"), "");
    lab.ok(&post(key));
    assert_eq!(lab.field("CONTRACTDETAIL", key, "STATE"), "In progress");
    assert_eq!(
        lab.field("CONTRACTDETAIL", key, "BILLINGSCHEDULESTATUS"),
        "In progress"
    );
    assert!(lab.refused(&post(key)).contains("cannot be posted"));
}

#[test]
fn drafts_may_be_added_to_a_live_contract() {
    let mut lab = Lab::new();
    let key = lab.create("CONTRACTDETAIL", &live(&[]));
    assert_eq!(lab.field("CONTRACTDETAIL", key, "STATE"), "Draft");
    let key = lab.create("CONTRACTDETAIL", &live(&[("STATE", "-")]));
    assert_eq!(lab.field("CONTRACTDETAIL", key, "STATE"), "In progress");
}

#[test]
fn a_schedule_splits_the_amount_and_loses_no_cent() {
    let mut lab = Lab::new();
    let key = lab.create(
        "CONTRACTDETAIL",
        &live(&[("STATE", "-"), ("FLATAMOUNT", "1000")]),
    );
    let schedule = lab.field("CONTRACTDETAIL", key, "BILLINGSCHEDULEKEY");
    let of = format!(
        "<filter><equalto><field>SCHEDULEKEY</field><value>{schedule}</value></equalto></filter>"
    );
    let amounts = lab.column("CONTRACTBILLINGSCHEDULEENTRY", "AMOUNT", &of);
    assert_eq!(amounts.len(), 12);
    assert_eq!(amounts[0], "83.33");
    assert_eq!(amounts[11], "83.37");
    let days = lab.column("CONTRACTBILLINGSCHEDULEENTRY", "POSTINGDATE", &of);
    assert_eq!(days[..2], ["03/01/2026", "04/01/2026"]);
    let states = lab.column("CONTRACTBILLINGSCHEDULEENTRY", "STATE", &of);
    assert!(states.iter().all(|state| state == "Open"));
}

#[test]
fn a_posted_line_keeps_its_item_and_an_invoiced_one_its_amounts() {
    let mut lab = Lab::new();
    let key = lab
        .create("CONTRACTDETAIL", &live(&[("STATE", "-")]))
        .to_string();
    let change = |lab: &mut Lab, name: &str, value: &str| {
        lab.one(&format!(
            "<update>{}</update>",
            super::record("CONTRACTDETAIL", &[("RECORDNO", &key), (name, value)])
        ))
    };
    for (name, value, good) in [
        ("ITEMID", "SUPPORT", false),
        ("BILLINGOPTIONS", "One-time", false),
        ("CONTRACTID", "CN-00025", false),
        ("STATE", "Draft", false),
        ("FLATAMOUNT", "1200", true),
        ("ITEMDESC", "Words", true),
    ] {
        let status = if good { "success" } else { "failure" };
        assert_eq!(
            change(&mut lab, name, value).get("status"),
            Some(status),
            "{name}"
        );
    }
    let number: i64 = key.parse().unwrap();
    let schedule = lab.field("CONTRACTDETAIL", number, "BILLINGSCHEDULEKEY");
    let of = format!(
        "<filter><equalto><field>SCHEDULEKEY</field><value>{schedule}</value></equalto></filter>"
    );
    assert_eq!(
        lab.column("CONTRACTBILLINGSCHEDULEENTRY", "AMOUNT", &of)[0],
        "100",
        "scheduled anew"
    );
    lab.control(json!({"do": "invoice", "contract": "CN-00026", "date": "03/01/2026"}));
    for (name, value, good) in [
        ("FLATAMOUNT", "1300", false),
        ("QUANTITY", "6", false),
        ("ENDDATE", "01/31/2027", false),
        ("BILLINGTEMPLATENAME", "Annual in advance", false),
        ("ITEMDESC", "More words", true),
        ("FLATAMOUNT", "1200", true),
    ] {
        let status = if good { "success" } else { "failure" };
        assert_eq!(
            change(&mut lab, name, value).get("status"),
            Some(status),
            "{name}"
        );
    }
    let said = lab.refused(&format!(
        "<delete><object>CONTRACTDETAIL</object><keys>{key}</keys></delete>"
    ));
    assert!(
        said.contains("was invoiced and cannot be deleted"),
        "{said}"
    );
}

#[test]
fn an_unbilled_line_is_deleted_with_its_schedule() {
    let mut lab = Lab::new();
    let key = lab.create("CONTRACTDETAIL", &live(&[("STATE", "-")]));
    let before = lab.control(json!({"do": "count", "object": "CONTRACTBILLINGSCHEDULEENTRY"}));
    lab.ok(&format!(
        "<delete><object>CONTRACTDETAIL</object><keys>{key}</keys></delete>"
    ));
    let after = lab.control(json!({"do": "count", "object": "CONTRACTBILLINGSCHEDULEENTRY"}));
    assert_eq!(
        before["count"].as_i64().unwrap() - after["count"].as_i64().unwrap(),
        12
    );
}

#[test]
fn a_line_does_not_touch_its_header_unless_switched() {
    let mut lab = Lab::new();
    let stamp = |lab: &mut Lab| lab.field_of("CONTRACT", "CN-00028", "WHENMODIFIED");
    let before = stamp(&mut lab);
    lab.later(60);
    lab.create("CONTRACTDETAIL", &LINE);
    assert_eq!(stamp(&mut lab), before);
    assert_eq!(
        lab.field_of("CONTRACT", "CN-00028", "SUMMARYTOTAL"),
        "6125",
        "counted all the same"
    );
    lab.set("lines_touch_header", true);
    lab.later(60);
    lab.create("CONTRACTDETAIL", &LINE);
    assert_ne!(stamp(&mut lab), before);
}

#[test]
fn lines_are_held_resumed_and_delivered() {
    let mut lab = Lab::new();
    let key = lab.create("CONTRACTDETAIL", &live(&[("STATE", "-")]));
    lab.ok(&format!("<deliver><CONTRACTDETAIL><RECORDNO>{key}</RECORDNO><DELIVERYDATE>03/05/2026</DELIVERYDATE></CONTRACTDETAIL></deliver>"));
    assert_eq!(
        lab.field("CONTRACTDETAIL", key, "DELIVERYSTATUS"),
        "Delivered"
    );
    assert_eq!(
        lab.field("CONTRACTDETAIL", key, "DELIVERYDATE"),
        "03/05/2026"
    );
    let hold = format!(
        "<hold><CONTRACTDETAIL><RECORDNO>{key}</RECORDNO><ASOFDATE>03/05/2026</ASOFDATE><BILLING>true</BILLING></CONTRACTDETAIL></hold>"
    );
    lab.ok(&hold);
    assert_eq!(lab.field("CONTRACTDETAIL", key, "BILLINGHOLD"), "true");
    assert_eq!(lab.field("CONTRACTDETAIL", key, "REVENUEHOLD"), "false");
    assert_eq!(
        lab.field("CONTRACTDETAIL", key, "BILLINGSCHEDULESTATUS"),
        "On hold"
    );
    lab.ok(&hold.replace("hold>", "resume>"));
    assert_eq!(
        lab.field("CONTRACTDETAIL", key, "BILLINGSCHEDULESTATUS"),
        "In progress"
    );
    let header = format!(
        "<hold><CONTRACT><CONTRACTID>CN-00026</CONTRACTID><CONTRACTDETAILKEYS>{key}</CONTRACTDETAILKEYS><HOLDDATE>03/05/2026</HOLDDATE>\
         <HOLDBILLINGSCHEDULES>true</HOLDBILLINGSCHEDULES><HOLDREVENUESCHEDULES>false</HOLDREVENUESCHEDULES>\
         <HOLDEXPENSESCHEDULES>false</HOLDEXPENSESCHEDULES></CONTRACT></hold>"
    );
    lab.ok(&header);
    assert_eq!(lab.field_of("CONTRACT", "CN-00026", "BILLINGHOLD"), "true");
    for (wrong, error) in [
        (
            header.replace(
                &format!("<CONTRACTDETAILKEYS>{key}"),
                "<CONTRACTDETAILKEYS>999",
            ),
            "Invalid Contract Detail",
        ),
        (
            header.replace("03/05/2026", "2026-03-05"),
            "Date is not valid",
        ),
        (
            header.replace("<HOLDEXPENSESCHEDULES>false</HOLDEXPENSESCHEDULES>", ""),
            "HOLDEXPENSESCHEDULES",
        ),
        (header.replace("CN-00026", "CN-00028"), "not in progress"),
        (hold.replace("ASOFDATE", "DATE"), "DATE is not expected"),
        (
            hold.replace(&format!("<RECORDNO>{key}"), "<RECORDNO>999"),
            "Invalid Contract Detail",
        ),
    ] {
        let said = lab.refused(&wrong);
        assert!(said.contains(error), "{wrong}: {said}");
    }
}

#[test]
fn evergreen_and_recurring_lines_need_fewer_dates() {
    let mut lab = Lab::new();
    let evergreen = but(
        &LINE,
        &[
            ("CONTRACTID", "CN-00027"),
            ("LOCATIONID", "100"),
            ("STATE", "-"),
            ("ENDDATE", "-"),
        ],
    );
    let key = lab.create("CONTRACTDETAIL", &evergreen);
    let schedule = lab.field("CONTRACTDETAIL", key, "BILLINGSCHEDULEKEY");
    let of = format!(
        "<filter><equalto><field>SCHEDULEKEY</field><value>{schedule}</value></equalto></filter>"
    );
    assert_eq!(
        lab.column("CONTRACTBILLINGSCHEDULEENTRY", "AMOUNT", &of)
            .len(),
        12
    );
    let recurring = but(&evergreen, &[("BEGINDATE", "-"), ("RECURRING", "true")]);
    lab.create("CONTRACTDETAIL", &recurring);
}
