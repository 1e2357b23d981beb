//! The operators of `query`, one by one.

use super::Lab;

#[test]
fn every_operator_finds_what_it_says() {
    let mut lab = Lab::new();
    let one = |operator: &str, field: &str, values: &[&str]| {
        let values: String = values
            .iter()
            .map(|v| format!("<value>{v}</value>"))
            .collect();
        format!("<{operator}><field>{field}</field>{values}</{operator}>")
    };
    let cases: Vec<(&str, String, &str, Vec<&str>)> = vec![
        (
            "CONTRACT",
            one("equalto", "STATE", &["Draft"]),
            "CONTRACTID",
            vec!["CN-00028", "CN-00030"],
        ),
        (
            "CONTRACT",
            one("equalto", "STATE", &["In progress"]),
            "CONTRACTID",
            vec!["CN-00025", "CN-00026", "CN-00027"],
        ),
        (
            "CONTRACT",
            one("notequalto", "BILLINGFREQUENCY", &["Monthly"]),
            "CONTRACTID",
            vec!["CN-00026", "CN-00028"],
        ),
        (
            "CONTRACT",
            one("isnull", "BILLINGFREQUENCY", &[]),
            "CONTRACTID",
            vec!["CN-00029", "CN-00030"],
        ),
        (
            "CONTRACT",
            one("isnotnull", "CANCELDATE", &[]),
            "CONTRACTID",
            vec!["CN-00029"],
        ),
        (
            "CONTRACT",
            one("lessthan", "BEGINDATE", &["02/01/2026"]),
            "CONTRACTID",
            vec!["CN-00025", "CN-00029"],
        ),
        (
            "CONTRACT",
            one("lessthanorequalto", "BEGINDATE", &["02/01/2026"]),
            "CONTRACTID",
            vec!["CN-00025", "CN-00026", "CN-00029"],
        ),
        (
            "CONTRACT",
            one("greaterthan", "ENDDATE", &["12/31/2026"]),
            "CONTRACTID",
            vec!["CN-00026", "CN-00028", "CN-00030"],
        ),
        (
            "CONTRACT",
            one("greaterthanorequalto", "BEGINDATE", &["04/01/2026"]),
            "CONTRACTID",
            vec!["CN-00028", "CN-00030"],
        ),
        (
            "CONTRACT",
            one("between", "BEGINDATE", &["02/01/2026", "04/01/2026"]),
            "CONTRACTID",
            vec!["CN-00026", "CN-00027", "CN-00028"],
        ),
        (
            "CONTRACT",
            one("between", "BEGINDATE", &["04/01/2026", "02/01/2026"]),
            "CONTRACTID",
            vec![],
        ),
        (
            "CONTRACT",
            one("in", "CONTRACTID", &["CN-00025", "CN-00027", "?"]),
            "CONTRACTID",
            vec!["CN-00025", "CN-00027"],
        ),
        (
            "CONTRACT",
            one("notin", "LOCATIONID", &["100", "200"]),
            "CONTRACTID",
            vec!["CN-00026", "CN-00029", "CN-00030"],
        ),
        (
            "CONTRACT",
            one("like", "NAME", &["Nordik%"]),
            "CONTRACTID",
            vec!["CN-00028", "CN-00030"],
        ),
        (
            "CONTRACT",
            one("like", "NAME", &["%Pro%"]),
            "CONTRACTID",
            vec!["CN-00025"],
        ),
        (
            "CONTRACT",
            one("notlike", "NAME", &["%2%"]),
            "CONTRACTID",
            vec!["CN-00026", "CN-00027", "CN-00028", "CN-00030"],
        ),
        (
            "CONTRACT",
            one("equalto", "RENEWAL", &["true"]),
            "CONTRACTID",
            vec!["CN-00025"],
        ),
        (
            "CONTRACT",
            one("equalto", "SFDC_CONTRACT_ID", &["800AA00002NORDIK01"]),
            "CONTRACTID",
            vec!["CN-00028"],
        ),
        (
            "CONTRACT",
            one("equalto", "CUSTOMER.NAME", &["Lakeside Manufacturing LLC"]),
            "CONTRACTID",
            vec!["CN-00026", "CN-00029"],
        ),
        (
            "ITEM",
            one("greaterthan", "BASEPRICE", &["249.99"]),
            "ITEMID",
            vec!["SUB-ENT", "SUPPORT", "SETUP"],
        ),
        (
            "CUSTOMER",
            one("equalto", "NAME", &["lakeside manufacturing llc"]),
            "CUSTOMERID",
            vec![],
        ),
        (
            "CUSTOMER",
            format!(
                "<and>{}{}</and>",
                one("equalto", "NAME", &["Lakeside Manufacturing LLC"]),
                one("isnotnull", "COMMENTS", &[])
            ),
            "CUSTOMERID",
            vec!["CUST-01007"],
        ),
        (
            "CUSTOMER",
            format!(
                "<or>{}<and>{}{}</and></or>",
                one("equalto", "STATUS", &["inactive"]),
                one("isnotnull", "PARENTID", &[]),
                one("equalto", "STATUS", &["active"])
            ),
            "CUSTOMERID",
            vec!["CUST-01005", "CUST-01006"],
        ),
    ];
    for (object, filter, name, expected) in cases {
        let found = lab.column(object, name, &format!("<filter>{filter}</filter>"));
        assert_eq!(found, expected, "{filter}");
    }
}

#[test]
fn case_can_be_ignored() {
    let mut lab = Lab::new();
    let call = "<query><object>CUSTOMER</object><select><field>CUSTOMERID</field></select>\
        <filter><like><field>NAME</field><value>%BORÉALE%</value></like></filter>\
        <options><caseinsensitive>true</caseinsensitive></options></query>";
    assert_eq!(lab.data(call).children.len(), 1);
    assert_eq!(
        lab.data(&call.replace("<caseinsensitive>true", "<caseinsensitive>false"))
            .children
            .len(),
        0
    );
}

#[test]
fn what_is_no_filter_is_refused() {
    let mut lab = Lab::new();
    let two = "<isnull><field>NAME</field></isnull><isnull><field>NAME</field></isnull>";
    let many: String = (0..1001).map(|n| format!("<value>{n}</value>")).collect();
    for filter in [
        String::new(),
        two.to_owned(),
        "<and><isnull><field>NAME</field></isnull></and>".to_owned(),
        "<xor><isnull><field>NAME</field></isnull></xor>".to_owned(),
        "<equalto><field>NAME</field></equalto>".to_owned(),
        "<equalto><field>NAME</field><value>a</value><value>b</value></equalto>".to_owned(),
        "<equalto><value>a</value></equalto>".to_owned(),
        "<between><field>RECORDNO</field><value>1</value></between>".to_owned(),
        "<isnull><field>NAME</field><value>a</value></isnull>".to_owned(),
        "<equalto><field>COLOUR</field><value>red</value></equalto>".to_owned(),
        "<equalto><field>RECORDNO</field><value>one</value></equalto>".to_owned(),
        "<equalto><field>STATUS</field><value>T</value></equalto>".to_owned(),
        "<greaterthan><field>WHENMODIFIED</field><value>2026-03-02T00:00:00Z</value></greaterthan>"
            .to_owned(),
        "<greaterthan><field>WHENMODIFIED</field><value>03-02-2026</value></greaterthan>"
            .to_owned(),
        format!("<in><field>RECORDNO</field>{many}</in>"),
    ] {
        let call = format!(
            "<query><object>ITEM</object><select><field>RECORDNO</field></select><filter>{filter}</filter></query>"
        );
        lab.refused(&call);
    }
}

#[test]
fn changes_are_found_by_whenmodified_and_its_zone_may_not_be_gmt() {
    let mut lab = Lab::new();
    lab.later(3600);
    let key = lab.key_of("CONTACT", "Roy, Marie");
    lab.update(
        "CONTACT",
        &[("CONTACTNAME", "Roy, Marie"), ("PHONE1", "418 555-0199")],
    );
    let since = |lab: &mut Lab, text: &str| {
        let filter = format!(
            "<filter><greaterthanorequalto><field>WHENMODIFIED</field><value>{text}</value></greaterthanorequalto></filter>"
        );
        lab.column("CONTACT", "CONTACTNAME", &filter)
    };
    assert_eq!(since(&mut lab, "03/02/2026 19:01:00"), ["Roy, Marie"]);
    assert!(since(&mut lab, "03/02/2026 19:01:01").is_empty());
    assert_eq!(
        lab.field("CONTACT", key, "WHENMODIFIED"),
        "03/02/2026 19:01:00"
    );
    assert_eq!(
        lab.field("CONTACT", key, "WHENCREATED"),
        "03/02/2026 18:00:00"
    );
    lab.set("modified_offset_minutes", -480);
    assert_eq!(
        lab.field("CONTACT", key, "WHENMODIFIED"),
        "03/02/2026 11:01:00"
    );
    assert!(since(&mut lab, "03/02/2026 19:01:00").is_empty());
    assert_eq!(since(&mut lab, "03/02/2026 11:01:00"), ["Roy, Marie"]);
    assert_eq!(
        lab.field_of("CONTRACT", "CN-00025", "BEGINDATE"),
        "01/01/2026",
        "plain days never shift"
    );
}
