//! `query`: what is selected, in which order, in which pages.

use super::{Element, Lab};

fn query(inner: &str) -> String {
    format!("<query>{inner}</query>")
}

fn select(names: &[&str]) -> String {
    let names: String = names
        .iter()
        .map(|name| format!("<field>{name}</field>"))
        .collect();
    format!("<select>{names}</select>")
}

const BY_KEY: &str = "<orderby><order><field>RECORDNO</field><ascending/></order></orderby>";

fn names(data: &Element, name: &str) -> Vec<String> {
    let rows = data.children.iter();
    rows.map(|row| row.get(name).unwrap().to_owned()).collect()
}

#[test]
fn an_answer_has_capital_rows_with_the_selected_fields_only() {
    let mut lab = Lab::new();
    let select = select(&[
        "CONTRACTID",
        "STATE",
        "CANCELDATE",
        "CUSTOMER.NAME",
        "BEGINDATE",
    ]);
    let data = lab.data(&query(&format!(
        "<object>contract</object>{select}{BY_KEY}<pagesize>2</pagesize>"
    )));
    for (name, value) in [
        ("listtype", "CONTRACT"),
        ("totalcount", "6"),
        ("offset", "0"),
        ("count", "2"),
        ("numremaining", "4"),
    ] {
        assert_eq!(data.attribute(name), Some(value), "{name}");
    }
    let row = &data.children[0];
    assert_eq!(row.name, "CONTRACT");
    assert_eq!(row.children.len(), 5);
    assert_eq!(row.get("STATE"), Some("In progress"), "a label");
    assert_eq!(row.get("CANCELDATE"), Some(""), "an empty field is there");
    assert_eq!(row.get("CUSTOMER.NAME"), Some("Informatique Boréale inc."));
    assert_eq!(row.get("BEGINDATE"), Some("01/01/2026"));
}

#[test]
fn pages_go_on_by_offset_and_by_key() {
    let mut lab = Lab::new();
    let select = select(&["RECORDNO", "CUSTOMERID"]);
    let page = |lab: &mut Lab, offset: usize| {
        let inner = format!(
            "<object>CUSTOMER</object>{select}{BY_KEY}<pagesize>3</pagesize><offset>{offset}</offset>"
        );
        lab.data(&query(&inner))
    };
    let mut all = Vec::new();
    for offset in [0, 3, 6, 9] {
        let data = page(&mut lab, offset);
        all.extend(names(&data, "CUSTOMERID"));
        assert_eq!(data.attribute("totalcount"), Some("7"));
    }
    assert_eq!(all.len(), 7);
    let mut by_key = Vec::new();
    let mut last = "0".to_owned();
    loop {
        let filter = format!(
            "<filter><greaterthan><field>RECORDNO</field><value>{last}</value></greaterthan></filter>"
        );
        let data = lab.data(&query(&format!(
            "<object>CUSTOMER</object>{select}{filter}{BY_KEY}<pagesize>3</pagesize>"
        )));
        by_key.extend(names(&data, "CUSTOMERID"));
        match data.children.last() {
            Some(row) => last = row.get("RECORDNO").unwrap().to_owned(),
            None => break,
        }
    }
    assert_eq!(by_key, all);
}

#[test]
fn an_offset_skips_when_rows_go_between_pages_and_keys_do_not() {
    let mut lab = Lab::new();
    for n in 0..4 {
        lab.create(
            "CONTACT",
            &[("CONTACTNAME", &format!("N{n}")), ("PRINTAS", "N")],
        );
    }
    let select = select(&["RECORDNO", "CONTACTNAME"]);
    let mine = "<like><field>CONTACTNAME</field><value>N_</value></like>";
    let page = |lab: &mut Lab, filter: &str, offset: usize| {
        let inner = format!(
            "<object>CONTACT</object>{select}<filter>{filter}</filter>{BY_KEY}<pagesize>2</pagesize><offset>{offset}</offset>"
        );
        lab.data(&query(&inner))
    };
    let first = page(&mut lab, mine, 0);
    assert_eq!(names(&first, "CONTACTNAME"), ["N0", "N1"]);
    let last = names(&first, "RECORDNO")[1].clone();
    lab.control(serde_json::json!({"do": "delete", "object": "CONTACT", "id": "N0"}));
    let second = page(&mut lab, mine, 2);
    assert_eq!(names(&second, "CONTACTNAME"), ["N3"], "N2 is skipped");
    let after = format!(
        "<and>{mine}<greaterthan><field>RECORDNO</field><value>{last}</value></greaterthan></and>"
    );
    let second = page(&mut lab, &after, 0);
    assert_eq!(names(&second, "CONTACTNAME"), ["N2", "N3"]);
}

#[test]
fn page_sizes_and_offsets_have_bounds() {
    let mut lab = Lab::new();
    let select = select(&["RECORDNO"]);
    for (part, good) in [
        ("<pagesize>1</pagesize>", true),
        ("<pagesize>2000</pagesize>", true),
        ("<pagesize>2001</pagesize>", false),
        ("<pagesize>0</pagesize>", false),
        ("<pagesize>-1</pagesize>", false),
        ("<pagesize>ten</pagesize>", false),
        ("<offset>0</offset>", true),
        ("<offset>-1</offset>", false),
        ("<offset>100000</offset>", true),
    ] {
        let result = lab.one(&query(&format!("<object>ITEM</object>{select}{part}")));
        let status = if good { "success" } else { "failure" };
        assert_eq!(result.get("status"), Some(status), "{part}");
    }
    lab.control(serde_json::json!({"do": "bulk", "object": "ITEM", "count": 150}));
    let data = lab.data(&query(&format!("<object>ITEM</object>{select}")));
    assert_eq!(
        data.attribute("count"),
        Some("100"),
        "a page is 100 by default"
    );
}

#[test]
fn without_an_order_rows_come_in_none() {
    let mut lab = Lab::new();
    lab.control(serde_json::json!({"do": "bulk", "object": "ITEM", "count": 20}));
    let select = select(&["RECORDNO"]);
    let plain = query(&format!("<object>ITEM</object>{select}"));
    let rows = names(&lab.data(&plain), "RECORDNO");
    let mut sorted: Vec<i64> = rows.iter().map(|n| n.parse().unwrap()).collect();
    sorted.sort_unstable();
    let sorted: Vec<String> = sorted.iter().map(ToString::to_string).collect();
    assert_ne!(rows, sorted);
    assert_eq!(
        names(&lab.data(&plain), "RECORDNO"),
        rows,
        "the same each time"
    );
}

#[test]
fn orders_go_both_ways_and_by_several_fields() {
    let mut lab = Lab::new();
    let select = select(&["ITEMTYPE", "ITEMID"]);
    let order = "<orderby><order><field>ITEMTYPE</field><ascending/></order>\
                 <order><field>ITEMID</field><descending/></order></orderby>";
    let data = lab.data(&query(&format!("<object>ITEM</object>{select}{order}")));
    let ids = names(&data, "ITEMID");
    assert_eq!(ids[0], "MODEM");
    assert_eq!(ids[1..3], ["BUNDLE-OLD", "BUNDLE"]);
    let money = "<orderby><order><field>BASEPRICE</field><descending/></order></orderby>";
    let data = lab.data(&query(&format!("<object>ITEM</object>{select}{money}")));
    assert_eq!(
        names(&data, "ITEMID")[..2],
        ["SETUP", "SUB-ENT"],
        "1500 before 1200 before 250"
    );
}

#[test]
fn aggregates_have_their_word_in_front() {
    let mut lab = Lab::new();
    let select = "<select><field>CONTRACTID</field><count>RECORDNO</count><sum>TOTALFLATAMOUNT</sum>\
                  <min>BEGINDATE</min><max>FLATAMOUNT</max><avg>FLATAMOUNT</avg></select>";
    let filter =
        "<filter><equalto><field>CONTRACTID</field><value>CN-00025</value></equalto></filter>";
    let data = lab.data(&query(&format!(
        "<object>CONTRACTDETAIL</object>{select}{filter}"
    )));
    assert_eq!(data.children.len(), 1);
    let row = &data.children[0];
    for (name, value) in [
        ("CONTRACTID", "CN-00025"),
        ("COUNT.RECORDNO", "2"),
        ("SUM.TOTALFLATAMOUNT", "13260"),
        ("MIN.BEGINDATE", "01/01/2026"),
        ("MAX.FLATAMOUNT", "11760"),
        ("AVG.FLATAMOUNT", "6630"),
    ] {
        assert_eq!(row.get(name), Some(value), "{name}");
    }
    let none = "<select><count>RECORDNO</count></select><filter><equalto><field>ITEMID</field><value>?</value></equalto></filter>";
    let data = lab.data(&query(&format!("<object>ITEM</object>{none}")));
    assert_eq!(data.children[0].get("COUNT.RECORDNO"), Some("0"));
}

#[test]
fn what_is_no_query_is_refused() {
    let mut lab = Lab::new();
    let field = select(&["RECORDNO"]);
    for (case, inner, error) in [
        (
            "unknown object",
            format!("<object>CONTRAKT</object>{field}"),
            "Query Failed: Object definition CONTRAKT not found",
        ),
        (
            "no object",
            field.clone(),
            "Query Failed: Object definition  not found",
        ),
        (
            "no select",
            "<object>ITEM</object>".to_owned(),
            "Query Failed",
        ),
        (
            "star",
            format!("<object>ITEM</object>{}", select(&["*"])),
            "Invalid fields list",
        ),
        (
            "unknown field",
            format!("<object>ITEM</object>{}", select(&["COLOUR"])),
            "Invalid fields list",
        ),
        (
            "unknown relation",
            format!("<object>ITEM</object>{}", select(&["VENDOR.NAME"])),
            "Invalid fields list",
        ),
        (
            "a list field",
            format!("<object>ARINVOICE</object>{}", select(&["ARINVOICEITEMS"])),
            "Invalid fields list",
        ),
        (
            "unknown part",
            format!("<object>ITEM</object>{field}<limit>3</limit>"),
            "Query Failed",
        ),
        (
            "unknown option",
            format!("<object>ITEM</object>{field}<options><fast>true</fast></options>"),
            "Query Failed",
        ),
        (
            "option value",
            format!(
                "<object>ITEM</object>{field}<options><showprivate>yes</showprivate></options>"
            ),
            "Query Failed",
        ),
        (
            "both ways",
            format!(
                "<object>ITEM</object>{field}<orderby><order><field>NAME</field><ascending/><descending/></order></orderby>"
            ),
            "Query Failed",
        ),
        (
            "format",
            format!(
                "<object>ITEM</object>{field}<options><returnformat>yaml</returnformat></options>"
            ),
            "Query Failed",
        ),
    ] {
        let said = lab.refused(&query(&inner));
        assert!(said.starts_with(error), "{case}: {said}");
    }
}

#[test]
fn json_and_csv_come_without_an_envelope() {
    let mut lab = Lab::new();
    let auth = lab.auth();
    let ask = |lab: &mut Lab, format: &str| {
        let inner = format!(
            "<object>ITEM</object>{}<filter><equalto><field>ITEMID</field><value>SETUP</value></equalto></filter>\
             <options><returnformat>{format}</returnformat></options>",
            select(&["ITEMID", "NAME"])
        );
        let body = super::request(
            &super::control_block(false),
            "",
            &auth,
            &super::function("q", &query(&inner)),
        );
        lab.send(crate::sage_intacct::PINNED_PATH, &body)
    };
    let json = ask(&mut lab, "json");
    assert_eq!(json.headers[0].1, "application/json");
    assert_eq!(
        super::text(&json),
        r#"[{"ITEMID":"SETUP","NAME":"Mise en service"}]"#
    );
    let csv = ask(&mut lab, "csv");
    assert_eq!(
        super::text(&csv),
        "\"ITEMID\",\"NAME\"\n\"SETUP\",\"Mise en service\"\n"
    );
}

#[test]
fn relations_lead_over_several_records_and_may_lead_nowhere() {
    let mut lab = Lab::new();
    let inner = format!(
        "<object>CONTRACTDETAIL</object>{}<filter><equalto><field>CONTRACT.CUSTOMER.TERMNAME</field><value>Net 15</value></equalto></filter>",
        select(&[
            "CONTRACT.CUSTOMER.NAME",
            "CONTRACT.LOC.NAME",
            "CONTRACT.PARENT.NAME",
            "DEPT.TITLE"
        ])
    );
    let data = lab.data(&query(&inner));
    assert_eq!(data.children.len(), 1);
    let row = &data.children[0];
    assert_eq!(
        row.get("CONTRACT.CUSTOMER.NAME"),
        Some("Harbor Logistics, Inc.")
    );
    assert_eq!(row.get("CONTRACT.LOC.NAME"), Some("Acme US"));
    assert_eq!(row.get("CONTRACT.PARENT.NAME"), Some(""));
    assert_eq!(row.get("DEPT.TITLE"), Some(""));
}

#[test]
fn records_of_an_entity_are_hidden_at_the_top() {
    let mut lab = Lab::new();
    let top = lab.session.clone();
    lab.session = lab.new_session("200");
    lab.create("CONTACT", &[("CONTACTNAME", "Privé"), ("PRINTAS", "P")]);
    let ask = |lab: &mut Lab, options: &str| {
        let filter =
            "<filter><equalto><field>CONTACTNAME</field><value>Privé</value></equalto></filter>";
        let inner = format!(
            "<object>CONTACT</object>{}{filter}{options}",
            select(&["MEGAENTITYID"])
        );
        names(&lab.data(&query(&inner)), "MEGAENTITYID")
    };
    assert_eq!(ask(&mut lab, ""), ["200"], "its own entity sees it");
    lab.session = lab.new_session("100");
    assert!(ask(&mut lab, "").is_empty(), "another entity does not");
    assert!(
        ask(
            &mut lab,
            "<options><showprivate>true</showprivate></options>"
        )
        .is_empty()
    );
    lab.session = top;
    assert!(ask(&mut lab, "").is_empty(), "the top does not");
    assert_eq!(
        ask(
            &mut lab,
            "<options><showprivate>true</showprivate></options>"
        ),
        ["200"]
    );
}
