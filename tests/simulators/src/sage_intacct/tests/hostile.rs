//! Bytes that nobody should send: an answer all the same, and never a panic.

use super::{Lab, control_block, function, request, root, text};
use crate::sage_intacct::PINNED_PATH;

#[test]
fn strange_bodies_are_answered() {
    let mut lab = Lab::new();
    let deep = "<a>".repeat(5_000);
    let bomb = "<!DOCTYPE a [<!ENTITY b \"bbbb\">]><request>&b;</request>".to_owned();
    let long = format!("<request>{}</request>", "x".repeat(1_000_000));
    for body in [
        deep,
        bomb,
        long,
        "\u{0}".to_owned(),
        "<request/>".to_owned(),
        "<?xml version=\"1.0\"?>".to_owned(),
    ] {
        let response = lab.send(PINNED_PATH, &body);
        assert_eq!(response.status, 200);
        let answer = root(&response);
        assert_eq!(
            answer.child("control").unwrap().get("status"),
            Some("failure")
        );
    }
    let request = crate::simulator::Request {
        method: "POST".to_owned(),
        path: PINNED_PATH.to_owned(),
        query: String::new(),
        headers: vec![("content-type".to_owned(), "text/xml".to_owned())],
        body: vec![0xff, 0xfe, 0x3c],
        origin: String::new(),
        in_flight: 1,
    };
    let response = crate::Simulator::handle(&mut lab.site, &request, lab.now);
    assert!(text(&response).contains("not UTF-8"));
}

#[test]
fn every_truncation_of_a_request_is_answered() {
    let mut lab = Lab::new();
    let auth = lab.auth();
    let call = function(
        "é",
        "<query><object>CONTRACT</object><select><field>NAME</field></select></query>",
    );
    let body = request(&control_block(false), "", &auth, &call);
    for end in (0..body.len()).filter(|end| body.is_char_boundary(*end)) {
        assert_eq!(lab.send(PINNED_PATH, &body[..end]).status, 200);
    }
}

#[test]
fn calls_with_anything_inside_are_answered() {
    let mut lab = Lab::new();
    let names = [
        "read",
        "readByName",
        "readByQuery",
        "readMore",
        "query",
        "lookup",
        "inspect",
        "create",
        "update",
        "delete",
        "post",
        "renew",
        "hold",
        "resume",
        "uncancel",
        "deliver",
        "clearallmea",
        "get",
        "get_list",
        "create_customer",
        "create_contact",
        "create_invoice",
        "create_sotransaction",
        "delete_customer",
        "delete_contact",
        "delete_invoice",
        "getAPISession",
    ];
    let bodies = [
        "",
        "x",
        "<a/>",
        "<object/>",
        "<object>CONTRACT</object>",
        "<object>CONTRACT</object><keys>-1</keys>",
        "<object>CONTRACT</object><keys>9223372036854775808</keys>",
        "<object>CONTRACT</object><query>' OR 1=1</query>",
        "<object>CONTRACT</object><query>(((((((</query>",
        "<CONTRACT/>",
        "<CONTRACT><RECORDNO>-9223372036854775808</RECORDNO></CONTRACT>",
        "<CONTRACT><A><B><C>x</C></B></A></CONTRACT>",
        "<CONTRACTDETAIL><RECORDNO>x</RECORDNO></CONTRACTDETAIL>",
        "<object>CONTRACT</object><select><sum>NAME</sum><avg>NAME</avg></select>",
        "<object>CONTRACT</object><select><field>PARENT.PARENT.PARENT.PARENT.PARENT.PARENT.NAME</field></select>",
    ];
    for name in names {
        for body in bodies {
            let call = format!("<{name}>{body}</{name}>");
            let result = lab.one(&call);
            assert!(
                matches!(result.get("status"), Some("success" | "failure")),
                "{call}"
            );
        }
    }
}

#[test]
fn large_numbers_do_not_overflow() {
    let mut lab = Lab::new();
    let most = "999999999999";
    for pairs in [
        vec![("FLATAMOUNT", most), ("EXCHANGE_RATE", most)],
        vec![("QUANTITY", most), ("PRICE", most)],
        vec![("FLATAMOUNT", "1000000000001")],
        vec![("FLATAMOUNT", "79228162514264337593543950336")],
        vec![("FLATAMOUNT", "0.0000000000000000000000000001")],
        vec![("BEGINDATE", "01/01/0001"), ("ENDDATE", "12/31/9999")],
        vec![
            ("BILLINGENDDATE", "12/31/9999"),
            ("BILLINGOPTIONS", "Include with every invoice"),
            ("FLATAMOUNT", most),
        ],
    ] {
        let call = format!(
            "<create>{}</create>",
            super::record("CONTRACTDETAIL", &super::but(&super::LINE, &pairs))
        );
        lab.one(&call);
    }
    let sum = "<query><object>CONTRACTDETAIL</object><select><sum>FLATAMOUNT</sum><avg>TOTALFLATAMOUNT</avg></select></query>";
    lab.ok(sum);
    lab.field_of("CONTRACT", "CN-00028", "SUMMARYTOTAL");
}

#[test]
fn what_looks_like_xml_in_a_value_comes_back_as_it_was() {
    let mut lab = Lab::new();
    let odd = "a <b> & \"c\" 'd' ]]] é 漢 \u{1f600}";
    let escaped = odd
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let call = format!(
        "<create><CONTACT><CONTACTNAME>Odd</CONTACTNAME><PRINTAS>{escaped}</PRINTAS></CONTACT></create>"
    );
    lab.ok(&call);
    assert_eq!(lab.field_of("CONTACT", "Odd", "PRINTAS"), odd);
}
