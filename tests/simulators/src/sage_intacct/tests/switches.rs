//! What a user may not, what a company has not, and when the vendor is closed.

use serde_json::json;

use super::{CONTRACT, LOGIN, Lab, control_block, first_error, function, request, root};
use crate::sage_intacct::PATH;

#[test]
fn a_user_without_permission_is_told_so_for_each_verb() {
    let mut lab = Lab::new();
    let create = format!("<create>{}</create>", super::record("CONTRACT", &CONTRACT));
    let query = "<query><object>CONTRACT</object><select><field>RECORDNO</field></select></query>";
    for (word, call, refused) in [
        ("create CONTRACT", create.as_str(), true),
        ("create", create.as_str(), true),
        ("CONTRACT", create.as_str(), true),
        ("update CONTRACT", create.as_str(), false),
        ("query CONTRACT", query, true),
        ("CONTRACT", query, true),
        ("create CONTRACT", query, false),
        ("CONTRACTDETAIL", query, false),
        (
            "post CONTRACT",
            "<post><CONTRACT><RECORDNO>4</RECORDNO></CONTRACT></post>",
            true,
        ),
        (
            "delete ITEM",
            "<delete><object>ITEM</object><keys>8</keys></delete>",
            true,
        ),
        (
            "lookup CONTRACT",
            "<lookup><object>CONTRACT</object></lookup>",
            true,
        ),
        (
            "readByQuery CONTRACT",
            "<readByQuery><object>CONTRACT</object><query></query></readByQuery>",
            true,
        ),
    ] {
        lab.set("forbidden", json!([word]));
        let result = lab.one(call);
        if refused {
            let said = first_error(&result);
            assert!(
                said.starts_with("DL02000001: You do not have permission for API operation"),
                "{word}: {said}"
            );
            let error = &result.child("errormessage").unwrap().children[0];
            assert_eq!(
                error.get("description"),
                Some("There was an error processing the request.")
            );
        } else {
            assert_eq!(result.get("status"), Some("success"), "{word}: {result:?}");
        }
    }
}

#[test]
fn a_module_without_subscription_has_no_objects() {
    let mut lab = Lab::with("not_subscribed", json!(["contracts"]));
    for call in [
        "<read><object>CONTRACT</object><keys>1</keys></read>",
        "<query><object>CONTRACTDETAIL</object><select><field>RECORDNO</field></select></query>",
        "<renew><CONTRACT><CONTRACTID>CN-00025</CONTRACTID></CONTRACT></renew>",
    ] {
        let said = lab.refused(call);
        assert!(
            said.contains("Object definition CONTRACT") && said.contains("not found"),
            "{said}"
        );
    }
    let objects = lab.data("<inspect><object>*</object></inspect>");
    assert!(!super::text_of(&objects).contains("Contract Detail"));
    lab.ok("<read><object>CUSTOMER</object><keys>1</keys></read>");
}

#[test]
fn maintenance_and_an_expired_company_are_control_failures() {
    let mut lab = Lab::new();
    let body = request(
        &control_block(false),
        "",
        LOGIN,
        &function("s", "<getAPISession/>"),
    );
    lab.set("off_line", true);
    let answer = root(&lab.send(PATH, &body));
    assert!(first_error(&answer).contains("The Service is Temporarily Off-line"));
    let error = answer.child("errormessage").unwrap().children[0].clone();
    assert_eq!(error.get("correction"), Some("Please Try Again Later"));
    assert_eq!(error.get("errorno"), Some(""));
    lab.set("off_line", false);
    lab.set("company_expired", true);
    let answer = root(&lab.send(PATH, &body));
    assert!(first_error(&answer).starts_with("PL04000055: This company is a demo company"));
    let control = answer.child("control").unwrap();
    assert_eq!(control.get("senderid"), Some(""));
    assert_eq!(control.get("controlid"), Some(""));
    assert_eq!(control.get("status"), Some("failure"));
}

#[test]
fn a_slow_gateway_delays_its_answers() {
    let mut lab = Lab::with("work_ms", 1500);
    let body = request(
        &control_block(false),
        "",
        LOGIN,
        &function("s", "<getAPISession/>"),
    );
    assert_eq!(lab.send(PATH, &body).delay_ms, 1500);
}

#[test]
fn switches_are_known_and_typed() {
    let mut lab = Lab::new();
    let shown = lab.control(json!({"do": "set", "switch": "multi_entity", "value": true}));
    let before = shown.as_object().unwrap().clone();
    assert_eq!(before.len(), 26);
    for (name, value) in &before {
        lab.set(name, value.clone());
    }
    for (switch, value) in [
        ("colour", json!(true)),
        ("multi_entity", json!("yes")),
        ("work_ms", json!("slow")),
        ("duplicate_reply", json!("maybe")),
        ("forbidden", json!("CONTRACT")),
        ("forbidden", json!([1])),
        ("endpoint", json!(1)),
    ] {
        let said = lab.control_refused(json!({"do": "set", "switch": switch, "value": value}));
        assert!(said.contains(switch), "{said}");
    }
}
