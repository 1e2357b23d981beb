//! `read`, `readByName`, `readByQuery`, `readMore`.

use super::{Element, Lab};

fn ids(data: &Element, name: &str) -> Vec<String> {
    let rows = data.children.iter();
    rows.map(|row| row.get(name).unwrap().to_owned()).collect()
}

fn by_query(object: &str, query: &str, rest: &str) -> String {
    let query = query.replace('&', "&amp;").replace('<', "&lt;");
    format!("<readByQuery><object>{object}</object><query>{query}</query>{rest}</readByQuery>")
}

#[test]
fn read_answers_in_the_case_of_the_request() {
    let mut lab = Lab::new();
    for name in ["ITEM", "item", "Item"] {
        let data = lab.data(&format!(
            "<read><object>{name}</object><keys>1,3</keys><fields>ITEMID</fields></read>"
        ));
        assert_eq!(data.attribute("listtype"), Some(name));
        assert_eq!(data.attribute("count"), Some("2"));
        assert_eq!(data.children[0].name, name);
        assert_eq!(ids(&data, "ITEMID"), ["SUB-PRO", "SUPPORT"]);
    }
}

#[test]
fn read_takes_all_fields_where_none_are_named() {
    let mut lab = Lab::new();
    let key = lab.key_of("CUSTOMER", "CUST-01001");
    let data = lab.data(&format!(
        "<read><object>CUSTOMER</object><keys>{key}</keys></read>"
    ));
    let row = &data.children[0];
    for (name, value) in [
        ("CUSTOMERID", "CUST-01001"),
        ("DISPLAYCONTACT.EMAIL1", "compta@boreale.example"),
        ("DISPLAYCONTACT.MAILADDRESS.CITY", "Alma"),
        ("DISPLAYCONTACT.MAILADDRESS.COUNTRYCODE", "CA"),
        ("BILLTO.CONTACTNAME", "Roy, Marie"),
        ("SFDC_ACCOUNT_ID", "001AA00001BOREAL01"),
        ("STATUS", "active"),
        ("TAXID", ""),
    ] {
        assert_eq!(row.get(name), Some(value), "{name}");
    }
    assert!(row.child("CUSTOMERCONTACTS").is_none());
}

#[test]
fn a_missing_key_is_an_empty_success_or_a_failure() {
    let mut lab = Lab::new();
    let call = "<read><object>ITEM</object><keys>999</keys></read>";
    let data = lab.data(call);
    assert_eq!(data.attribute("count"), Some("0"));
    assert!(data.children.is_empty());
    let both = lab.data("<read><object>ITEM</object><keys>1,999</keys></read>");
    assert_eq!(both.attribute("count"), Some("1"));
    lab.set("missing_key_is_success", false);
    lab.refused(call);
}

#[test]
fn read_by_name_takes_business_ids() {
    let mut lab = Lab::new();
    for (object, id, name) in [
        ("CONTRACT", "CN-00025", "CONTRACTID"),
        ("CUSTOMER", "CUST-01003", "CUSTOMERID"),
        ("ITEM", "SETUP", "ITEMID"),
        ("ARTERM", "Net 30", "NAME"),
        ("SODOCUMENT", "Contract Invoice-INV0031", "DOCID"),
    ] {
        let call = format!(
            "<readByName><object>{object}</object><keys>{id}</keys><fields>*</fields></readByName>"
        );
        assert_eq!(ids(&lab.data(&call), name), [id], "{object}");
    }
    assert!(
        lab.refused("<readByName><object>CONTRACTDETAIL</object><keys>1</keys></readByName>")
            .contains("not supported")
    );
    let none = lab.data("<readByName><object>CONTRACT</object><keys>cn-00025</keys></readByName>");
    assert_eq!(none.attribute("count"), Some("0"), "ids compare exactly");
}

#[test]
fn an_id_with_a_comma_is_two_keys_and_needs_a_query() {
    let mut lab = Lab::new();
    let data = lab.data("<readByName><object>CONTACT</object><keys>Roy, Marie</keys></readByName>");
    assert_eq!(data.attribute("count"), Some("0"));
    assert_eq!(
        lab.field_of("CONTACT", "Roy, Marie", "PRINTAS"),
        "Marie Roy"
    );
    let name = "<readByName><object>CONTACT</object><keys>AP Nordik</keys><fields>PRINTAS</fields></readByName>";
    assert_eq!(lab.data(name).attribute("count"), Some("1"));
}

#[test]
fn bad_reads_are_refused() {
    let mut lab = Lab::new();
    for (call, error) in [
        (
            "<read><object>THING</object><keys>1</keys></read>",
            "WS: Object definition THING not found",
        ),
        (
            "<read><object>ITEM</object><keys></keys></read>",
            "Query Failed",
        ),
        ("<read><object>ITEM</object></read>", "Query Failed"),
        (
            "<read><object>ITEM</object><keys>SETUP</keys></read>",
            "Query Failed",
        ),
        (
            "<read><object>ITEM</object><keys>1</keys><fields>ITEMID,COLOUR</fields></read>",
            "Invalid fields list",
        ),
        (
            "<read><object>ITEM</object><keys>1</keys><colour/></read>",
            "Query Failed",
        ),
        (
            "<readByQuery><object>ITEM</object></readByQuery>",
            "Query Failed: query is missing",
        ),
    ] {
        let said = lab.refused(call);
        assert!(said.starts_with(error), "{call}: {said}");
    }
}

#[test]
fn read_by_query_filters_with_codes_and_answers_in_small_letters() {
    let mut lab = Lab::new();
    let data = lab.data(&by_query(
        "CONTRACT",
        "STATE = 'I'",
        "<fields>CONTRACTID,STATE</fields>",
    ));
    assert_eq!(data.attribute("listtype"), Some("contract"));
    assert_eq!(data.children[0].name, "contract");
    assert_eq!(
        ids(&data, "CONTRACTID"),
        ["CN-00025", "CN-00026", "CN-00027"]
    );
    assert_eq!(data.children[0].get("STATE"), Some("In progress"));
    let labels = lab.data(&by_query("CONTRACT", "STATE = 'In progress'", ""));
    assert_eq!(labels.attribute("count"), Some("0"), "labels find nothing");
    for (object, query, count) in [
        ("CONTRACTDETAIL", "STATE = 'P'", 4),
        (
            "CONTRACTDETAIL",
            "BILLINGMETHOD = 'F' AND BILLINGOPTIONS = 'O'",
            1,
        ),
        ("CONTRACTDETAIL", "BILLINGOPTIONS in ('U','I')", 5),
        ("CONTRACTDETAIL", "LINETYPE = 'S'", 6),
        ("CONTRACT", "BILLINGFREQUENCY = 'M'", 2),
        ("CUSTOMER", "STATUS = 'F'", 1),
    ] {
        let data = lab.data(&by_query(object, query, ""));
        assert_eq!(data.children.len(), count, "{query}");
    }
}

#[test]
fn the_text_of_a_query_has_operators_brackets_and_quotes() {
    let mut lab = Lab::new();
    lab.create(
        "CONTACT",
        &[("CONTACTNAME", "O'Neil"), ("PRINTAS", "O'Neil")],
    );
    for (object, query, count) in [
        ("ITEM", "", 8),
        ("ITEM", "ITEMID = 'SETUP'", 1),
        ("ITEM", "itemid='SETUP'", 1),
        ("ITEM", "ITEMID = 'setup'", 0),
        ("ITEM", "BASEPRICE > 249.99 AND BASEPRICE <= 1500", 3),
        ("ITEM", "BASEPRICE < 50", 1),
        ("ITEM", "ITEMID like 'SUB%'", 3),
        ("ITEM", "ITEMID NOT LIKE 'SUB%'", 5),
        ("ITEM", "ITEMID not in ('SETUP', 'MODEM')", 6),
        ("ITEM", "BASEPRICE IS NULL", 3),
        ("ITEM", "BASEPRICE is not null", 5),
        (
            "ITEM",
            "ITEMID = 'SETUP' OR ITEMID = 'MODEM' AND BASEPRICE > 9999",
            1,
        ),
        (
            "ITEM",
            "(ITEMID = 'SETUP' OR ITEMID = 'MODEM') AND BASEPRICE > 9999",
            0,
        ),
        ("CONTACT", r"CONTACTNAME = 'O\'Neil'", 1),
        ("CONTRACT", "BEGINDATE >= '02/01/2026'", 4),
        ("CONTRACT", "RECORDNO > 4", 2),
    ] {
        let data = lab.data(&by_query(object, query, ""));
        assert_eq!(data.children.len(), count, "{query}");
    }
    for query in [
        "ITEMID",
        "ITEMID =",
        "ITEMID = 'SETUP",
        "ITEMID == 'SETUP'",
        "= 'SETUP'",
        "(ITEMID = 'SETUP'",
        "ITEMID in 'SETUP'",
        "ITEMID IS EMPTY",
        "COLOUR = 'red'",
        "ITEMID = 'A' ITEMID = 'B'",
        "ITEMID = 'A'; drop",
        "BASEPRICE > 'much'",
    ] {
        lab.refused(&by_query("ITEM", query, ""));
    }
    assert!(
        lab.refused(&by_query("CONTRACT", "CUSTOMER.NAME = 'A'", ""))
            .contains("joins")
    );
}

#[test]
fn a_long_set_is_read_on_until_nothing_remains() {
    let mut lab = Lab::new();
    let first = lab.data(&by_query(
        "ITEM",
        "",
        "<fields>ITEMID</fields><pagesize>3</pagesize>",
    ));
    assert_eq!(first.attribute("totalcount"), Some("8"));
    assert_eq!(first.attribute("numremaining"), Some("5"));
    let id = first.attribute("resultId").unwrap().to_owned();
    assert!(!id.is_empty());
    let more = format!("<readMore><resultId>{id}</resultId></readMore>");
    let mut all = ids(&first, "ITEMID");
    let second = lab.data(&more);
    assert_eq!(second.attribute("numremaining"), Some("2"));
    all.extend(ids(&second, "ITEMID"));
    let third = lab.data(&more);
    assert_eq!(third.attribute("numremaining"), Some("0"));
    assert_eq!(third.attribute("resultId"), Some(""));
    all.extend(ids(&third, "ITEMID"));
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 8);
    assert!(lab.refused(&more).contains("result set"));
}

#[test]
fn a_result_set_lives_with_its_session() {
    let mut lab = Lab::new();
    let first = lab.data(&by_query("ITEM", "", "<pagesize>3</pagesize>"));
    let id = first.attribute("resultId").unwrap().to_owned();
    let more = format!("<readMore><resultId>{id}</resultId></readMore>");
    let own = std::mem::take(&mut lab.session);
    lab.session = lab.new_session("");
    lab.refused(&more);
    lab.session = own;
    lab.ok(&more);
    lab.ok("<readMore><object>ITEM</object></readMore>");
    lab.refused("<readMore><view>x</view></readMore>");
}

#[test]
fn rows_that_go_between_pages_are_left_out() {
    let mut lab = Lab::new();
    for n in 0..4 {
        lab.create(
            "CONTACT",
            &[("CONTACTNAME", &format!("N{n}")), ("PRINTAS", "N")],
        );
    }
    let first = lab.data(&by_query(
        "CONTACT",
        "CONTACTNAME like 'N_'",
        "<fields>CONTACTNAME</fields><pagesize>2</pagesize>",
    ));
    assert_eq!(ids(&first, "CONTACTNAME"), ["N0", "N1"]);
    lab.control(serde_json::json!({"do": "delete", "object": "CONTACT", "id": "N2"}));
    let id = first.attribute("resultId").unwrap().to_owned();
    let rest = lab.data(&format!("<readMore><resultId>{id}</resultId></readMore>"));
    assert_eq!(ids(&rest, "CONTACTNAME"), ["N3"]);
}

#[test]
fn page_sizes_of_read_by_query_have_bounds() {
    let mut lab = Lab::new();
    for (size, good) in [
        ("1", true),
        ("1000", true),
        ("1001", false),
        ("0", false),
        ("x", false),
    ] {
        let result = lab.one(&by_query(
            "ITEM",
            "",
            &format!("<pagesize>{size}</pagesize>"),
        ));
        let status = if good { "success" } else { "failure" };
        assert_eq!(result.get("status"), Some(status), "{size}");
    }
}
