//! Many functions in an operation: each for itself, all together, each once.

use serde_json::json;

use super::{CONTRACT, Lab, but, errornos, first_error, function, record};

fn contact(name: &str) -> String {
    format!(
        "<create>{}</create>",
        record("CONTACT", &[("CONTACTNAME", name), ("PRINTAS", "P")])
    )
}

fn statuses(results: &[super::Element]) -> Vec<String> {
    let statuses = results.iter();
    statuses
        .map(|result| result.get("status").unwrap().to_owned())
        .collect()
}

fn contacts(lab: &mut Lab) -> u64 {
    lab.control(json!({ "do": "count", "object": "CONTACT" }))["count"]
        .as_u64()
        .unwrap()
}

#[test]
fn without_a_transaction_each_function_stands_for_itself() {
    let mut lab = Lab::new();
    let all = function("a", &contact("A"))
        + &function("b", &contact("A"))
        + &function("c", &contact("C"));
    let results = lab.results(false, "", &all);
    assert_eq!(statuses(&results), ["success", "failure", "success"]);
    let ids: Vec<_> = results
        .iter()
        .map(|r| r.get("controlid").unwrap())
        .collect();
    assert_eq!(ids, ["a", "b", "c"]);
    assert_eq!(results[1].get("function"), Some("create"));
}

#[test]
fn a_transaction_is_rolled_back_as_a_whole() {
    let mut lab = Lab::new();
    let before = contacts(&mut lab);
    let all = function("a", &contact("A"))
        + &function("b", &contact("A"))
        + &function("c", &contact("C"));
    let results = lab.results(true, " transaction=\"true\"", &all);
    assert_eq!(statuses(&results), ["aborted", "failure", "aborted"]);
    assert!(first_error(&results[1]).starts_with("BL34000061"));
    for aborted in [&results[0], &results[2]] {
        assert!(first_error(aborted).starts_with(
            "XL03000009: The entire transaction in this operation has been rolled back"
        ));
        assert!(aborted.child("data").is_none());
    }
    assert_eq!(contacts(&mut lab), before);
    let again = function("a", &contact("A")) + &function("c", &contact("C"));
    let results = lab.results(true, " transaction=\"true\"", &again);
    assert_eq!(
        statuses(&results),
        ["success", "success"],
        "what was rolled back was not done"
    );
}

#[test]
fn a_rolled_back_sequence_gives_the_same_id_again() {
    let mut lab = Lab::new();
    let create = format!("<create>{}</create>", record("CONTRACT", &CONTRACT));
    let all = function("a", &create)
        + &function(
            "b",
            "<delete><object>ITEM</object><keys>999</keys></delete>",
        );
    lab.results(false, " transaction=\"true\"", &all);
    let data = lab.data(&create);
    assert_eq!(data.children[0].get("CONTRACTID"), Some("CN-00031"));
}

#[test]
fn a_function_that_was_done_is_not_done_again() {
    let mut lab = Lab::new();
    let call = function("sf-1", &contact("A"));
    assert_eq!(statuses(&lab.results(true, "", &call)), ["success"]);
    let count = contacts(&mut lab);
    let results = lab.results(true, "", &call);
    assert_eq!(statuses(&results), ["failure"]);
    assert!(first_error(&results[0]).starts_with("XL03000008: "));
    assert!(results[0].child("data").is_none());
    let another = function("sf-1", &contact("Another body"));
    assert_eq!(
        statuses(&lab.results(true, "", &another)),
        ["failure"],
        "the id decides alone"
    );
    assert_eq!(contacts(&mut lab), count);
    lab.control(json!({ "do": "forget_functions" }));
    assert_eq!(statuses(&lab.results(true, "", &another)), ["success"]);
}

#[test]
fn without_uniqueid_nothing_is_remembered() {
    let mut lab = Lab::new();
    let call = function("sf-1", &contact("A"));
    lab.results(false, "", &call);
    let results = lab.results(true, "", &call);
    assert!(
        first_error(&results[0]).starts_with("BL34000061"),
        "the name is taken"
    );
    let read = function("r", "<read><object>ITEM</object><keys>1</keys></read>");
    for _ in 0..2 {
        assert_eq!(statuses(&lab.results(false, "", &read)), ["success"]);
    }
}

#[test]
fn reads_are_remembered_too_since_uniqueid_is_the_default() {
    let mut lab = Lab::new();
    let read = function("r", "<read><object>ITEM</object><keys>1</keys></read>");
    assert_eq!(statuses(&lab.results(true, "", &read)), ["success"]);
    assert_eq!(statuses(&lab.results(true, "", &read)), ["failure"]);
    let auth = lab.auth();
    let control = super::control_block(true).replace("<uniqueid>true</uniqueid>", "");
    let body = super::request(&control, "", &auth, &read);
    let answer = super::text(&lab.send(crate::sage_intacct::PINNED_PATH, &body));
    assert!(answer.contains("XL03000008"), "{answer}");
}

#[test]
fn what_failed_may_be_sent_again_under_its_id() {
    let mut lab = Lab::new();
    let bad = function(
        "x",
        &format!(
            "<create>{}</create>",
            record("CONTRACT", &but(&CONTRACT, &[("CUSTOMERID", "?")]))
        ),
    );
    let good = function(
        "x",
        &format!("<create>{}</create>", record("CONTRACT", &CONTRACT)),
    );
    assert_eq!(statuses(&lab.results(true, "", &bad)), ["failure"]);
    assert_eq!(statuses(&lab.results(true, "", &good)), ["success"]);
}

#[test]
fn a_request_that_was_half_done_is_resent_whole() {
    let mut lab = Lab::new();
    let first = function("a", &contact("A"));
    lab.results(true, "", &first);
    let both = first + &function("b", &contact("B"));
    assert_eq!(
        statuses(&lab.results(true, "", &both)),
        ["failure", "success"]
    );
    let both = both + &function("c", &contact("C"));
    let results = lab.results(true, " transaction=\"true\"", &both);
    assert_eq!(
        statuses(&results),
        ["failure", "aborted", "aborted"],
        "one repeat fails them all"
    );
}

#[test]
fn one_id_twice_in_a_request_is_a_repeat_too() {
    let mut lab = Lab::new();
    let twice = function("a", &contact("A")) + &function("a", &contact("B"));
    assert_eq!(
        statuses(&lab.results(true, "", &twice)),
        ["success", "failure"]
    );
    assert_eq!(
        statuses(&lab.results(false, "", &twice.replace(">A<", ">C<"))),
        ["success", "success"]
    );
}

#[test]
fn a_repeat_may_replay_the_first_result() {
    let mut lab = Lab::with("duplicate_reply", "replay");
    let call = function("sf-1", &contact("A"));
    let first = lab.results(true, "", &call);
    lab.later(86_400);
    lab.session = lab.new_session("");
    assert_eq!(lab.results(true, "", &call), first);
}

#[test]
fn the_number_of_a_repeat_is_nothing_to_count_on() {
    let mut lab = Lab::with("duplicate_errorno", "XL03000099");
    let call = function("sf-1", &contact("A"));
    lab.results(true, "", &call);
    assert_eq!(errornos(&lab.results(true, "", &call)[0]), ["XL03000099"]);
}

#[test]
fn the_memory_is_per_sender() {
    let mut lab = Lab::new();
    lab.site
        .access
        .senders
        .push(crate::sage_intacct::session::Sender {
            id: "other".to_owned(),
            password: "sender-secret-0001".to_owned(),
            authorised: true,
        });
    let call = function("sf-1", &contact("A"));
    lab.results(true, "", &call);
    let auth = lab.auth();
    let control = super::control_block(true).replace("liaison-partner", "other");
    let body = super::request(&control, "", &auth, &call);
    let answer = super::text(&lab.send(crate::sage_intacct::PINNED_PATH, &body));
    assert!(
        answer.contains("BL34000061"),
        "done anew, and the name is taken: {answer}"
    );
}

#[test]
fn several_records_in_one_create_succeed_by_half() {
    let mut lab = Lab::new();
    let one = |name| record("CONTACT", &[("CONTACTNAME", name), ("PRINTAS", "P")]);
    let call = format!("<create>{}{}{}</create>", one("A"), one("A"), one("B"));
    let result = lab.one(&call);
    assert_eq!(result.get("status"), Some("failure"));
    let data = result.child("data").unwrap();
    assert_eq!(data.attribute("count"), Some("2"));
    assert!(first_error(&result).starts_with("BL34000061"));
    let names = lab.column(
        "CONTACT",
        "CONTACTNAME",
        "<filter><in><field>CONTACTNAME</field><value>A</value><value>B</value></in></filter>",
    );
    assert_eq!(names, ["A", "B"]);
}

#[test]
fn a_hundred_records_are_the_most() {
    let mut lab = Lab::new();
    let many: String = (0..101)
        .map(|n| {
            record(
                "CONTACT",
                &[("CONTACTNAME", &format!("N{n}")), ("PRINTAS", "P")],
            )
        })
        .collect();
    assert!(
        lab.refused(&format!("<create>{many}</create>"))
            .contains("1 to 100")
    );
    assert!(lab.refused("<create></create>").contains("1 to 100"));
    let keys: Vec<String> = (0..101).map(|n| n.to_string()).collect();
    let keys = keys.join(",");
    for verb in ["read", "delete"] {
        lab.refused(&format!(
            "<{verb}><object>CONTACT</object><keys>{keys}</keys></{verb}>"
        ));
    }
}

#[test]
fn dtdversion_2_1_knows_the_legacy_functions_only() {
    let mut lab = Lab::new();
    let auth = lab.auth();
    let control = super::control_block(false).replace("3.0", "2.1");
    let calls = function("a", "<read><object>ITEM</object><keys>1</keys></read>")
        + &function("b", "<get_list object=\"customer\"></get_list>");
    let body = super::request(&control, "", &auth, &calls);
    let answer = super::root(&lab.send(crate::sage_intacct::PINNED_PATH, &body));
    let results: Vec<_> = answer
        .child("operation")
        .unwrap()
        .all("result")
        .cloned()
        .collect();
    assert_eq!(statuses(&results), ["failure", "success"]);
}
