//! Assumed: what is written into documents, and under which revision.

use serde_json::json;

use super::{Lab, error, numbers, window};

const OURS: &str = "liaison@boreale.example";

fn document(revision: u64, inner: &str) -> String {
    format!("<document documentId=\"900101\" revisionNumber=\"{revision}\">{inner}</document>")
}

const FIELD: &str = "<customField name=\"Autotask Opportunity ID\">29683600</customField>";
const LINE: &str = "<addLine><productType>Labor</productType><partNumber>TECH</partNumber><descriptionLine1>Main-d'œuvre</descriptionLine1>\
    <quantity>2.5</quantity><cost>45.00</cost><price>110.00</price><externalId>29683502</externalId></addLine>";

#[test]
fn custom_fields_and_the_mark_make_no_revision() {
    let mut lab = Lab::new();
    let before = lab.row("documents", 900_101);
    lab.later(60);
    let record = document(
        2,
        &format!("{FIELD}<exported>true</exported><message>Exporté</message>"),
    );
    let said = lab.said(
        "update_documents",
        &format!("<documents>{record}</documents>"),
    );
    assert!(said.ends_with(
        "<update_documents_response version=\"7.0\"><results><result ref=\"900101\" documentId=\"900101\" status=\"updated\" \
         revisionNumber=\"2\"></result></results></update_documents_response>"
    ), "{said}");
    let mut expected = before;
    expected["customFields"]["Autotask Opportunity ID"] = json!("29683600");
    expected["exported"] = json!(true);
    expected["exportMessage"] = json!("Exporté");
    assert_eq!(lab.row("documents", 900_101), expected);
    let again = lab.result("update_documents", &record);
    assert_eq!(again.attribute("status"), Some("unchanged"));
    let found = lab.documents(&format!(
        "<documentType>Quote</documentType><eventInRange><eventType>modified</eventType>{}</eventInRange>",
        window("2026-10-01T00:00:00Z", "2026-10-02T00:00:00Z")
    ));
    assert!(numbers(&found).is_empty());
    let unexported =
        lab.documents("<documentType>Quote</documentType><onlyUnexported>true</onlyUnexported>");
    assert!(!numbers(&unexported).contains(&"Q-10001"));
    // The same said by attributes, and taken back.
    let record =
        "<document documentId=\"900101\" revisionNumber=\"2\" exported=\"false\" message=\"\"/>";
    assert_eq!(
        lab.result("update_documents", record).attribute("status"),
        Some("updated")
    );
    assert_eq!(lab.row("documents", 900_101)["exported"], false);
}

#[test]
fn by_a_switch_every_write_back_makes_a_revision_under_our_name() {
    let mut lab = Lab::new();
    lab.set("write_back_makes_revision", json!(true));
    lab.later(60);
    let result = lab.result("update_documents", &document(2, FIELD));
    assert_eq!(result.attribute("revisionNumber"), Some("3"));
    let events = lab.row("documents", 900_101)["events"].clone();
    assert_eq!(
        events[2],
        json!({"type": "modified", "when": "2026-10-01T14:01:00Z", "user": OURS})
    );
    // What changes nothing makes none.
    let result = lab.result("update_documents", &document(3, FIELD));
    assert_eq!(
        (
            result.attribute("status"),
            result.attribute("revisionNumber")
        ),
        (Some("unchanged"), Some("3"))
    );
}

#[test]
fn lines_are_added_and_removed_under_a_new_revision() {
    let mut lab = Lab::new();
    let result = lab.result(
        "update_documents",
        &document(2, &format!("{LINE}<removeLine lineItemId=\"1\"/>")),
    );
    assert_eq!(
        (
            result.attribute("status"),
            result.attribute("revisionNumber")
        ),
        (Some("updated"), Some("3"))
    );
    let line = result.child("line").unwrap();
    assert_eq!(
        (line.attribute("lineItemId"), line.attribute("externalId")),
        (Some("4"), Some("29683502"))
    );
    let books = lab.row("documents", 900_101);
    assert_eq!(books["events"][2]["user"], OURS);
    let lines = books["lines"].as_array().unwrap();
    let ids: Vec<_> = lines
        .iter()
        .map(|line| line["lineItemId"].as_u64().unwrap())
        .collect();
    assert_eq!(ids, [2, 3, 4]);
    assert_eq!(lines[2]["product"]["productType"], "Labor");
    assert_eq!(
        (&lines[2]["quantity"], &lines[2]["price"]),
        (&json!("2.5"), &json!("110.00"))
    );
    let found =
        lab.documents("<documentType>Quote</documentType><documentNumber>Q-10001</documentNumber>");
    let document_read = &super::records(&found, "documents")[0];
    let last = document_read
        .child("itemList")
        .unwrap()
        .children
        .last()
        .unwrap();
    assert_eq!(
        (last.attribute("lineOrder"), last.get("externalId")),
        (Some("3"), Some("29683502"))
    );
    // An id is never given again.
    lab.result(
        "update_documents",
        &document(3, "<removeLine lineItemId=\"4\"/>"),
    );
    let result = lab.result("update_documents", &document(4, LINE));
    assert_eq!(
        result.child("line").unwrap().attribute("lineItemId"),
        Some("5")
    );
}

#[test]
fn a_write_back_is_taken_whole_or_not_at_all() {
    let line = |old: &str, new: &str| document(2, &format!("{FIELD}{}", LINE.replace(old, new)));
    let cases = [
        (document(1, FIELD), "409: Document Q-10001 is at revision 2"),
        (document(3, FIELD), "409: Document Q-10001 is at revision 2"),
        (
            "<document documentId=\"900101\">x</document>".replace('x', FIELD),
            "422: revisionNumber is required",
        ),
        (
            "<document documentId=\"900101\" revisionNumber=\"two\"/>".to_owned(),
            "422: revisionNumber must be a number, not two",
        ),
        (
            "<document documentId=\"1\" revisionNumber=\"1\"/>".to_owned(),
            "404: Document not found",
        ),
        (
            "<document revisionNumber=\"1\"/>".to_owned(),
            "404: Document not found",
        ),
        (
            "<document documentId=\"900108\" revisionNumber=\"2\"/>".to_owned(),
            "404: Document not found",
        ),
        (
            document(
                2,
                &format!("{FIELD}<customField name=\"Couleur\">rouge</customField>"),
            ),
            "422: No custom field Couleur",
        ),
        (
            document(2, &format!("{FIELD}<exported>oui</exported>")),
            "422: exported must be true or false",
        ),
        (
            document(2, &format!("{FIELD}<status>Lost</status>")),
            "422: Unexpected status in document",
        ),
        (
            document(2, &format!("{FIELD}{LINE}<removeLine lineItemId=\"9\"/>")),
            "404: Line not found",
        ),
        (
            line("Labor", "Hardware"),
            "422: productType must be one of [\"Service\", \"Service Bundle\", \"Labor\"]",
        ),
        (
            line("Main-d'œuvre", ""),
            "422: descriptionLine1 is required",
        ),
        (line("2.5", "0"), "422: quantity must be above 0"),
        (
            line("110.00", "110,00"),
            "422: price must be an amount, not 110,00",
        ),
        (
            line("<cost>", "<margin>1</margin><cost>"),
            "422: Unexpected margin in addLine",
        ),
    ];
    let mut lab = Lab::new();
    let before = lab.row("documents", 900_101);
    for (record, expected) in cases {
        let result = lab.result("update_documents", &record);
        assert_eq!(result.attribute("status"), Some("failed"), "{record}");
        assert_eq!(error(&result), expected, "{record}");
        assert_eq!(lab.row("documents", 900_101), before, "{record}");
    }
}

#[test]
fn one_record_that_fails_keeps_no_other_from_its_end() {
    let mut lab = Lab::new();
    let root = lab.ask("update_documents", &format!(
        "{}{}<document documentId=\"900102\" revisionNumber=\"1\"><exported>true</exported></document>",
        document(1, FIELD), document(2, FIELD)
    ));
    let results: Vec<_> = super::records(&root, "results")
        .iter()
        .map(|result| {
            (
                result.attribute("ref").unwrap(),
                result.attribute("status").unwrap(),
            )
        })
        .collect();
    assert_eq!(
        results,
        [
            ("900101", "failed"),
            ("900101", "updated"),
            ("900102", "updated")
        ]
    );
}

#[test]
fn a_person_may_edit_between_list_and_write_back() {
    let mut lab = Lab::new();
    lab.control(json!({"do": "plan", "route": "export_documents",
        "action": {"do": "edit_line", "document": 900_101, "line": 1, "set": {"quantity": "6"}}}));
    let found =
        lab.documents("<documentType>Quote</documentType><documentNumber>Q-10001</documentNumber>");
    let read = super::records(&found, "documents")[0]
        .attribute("revisionNumber")
        .unwrap()
        .to_owned();
    assert_eq!(read, "2");
    let result = lab.result("update_documents", &document(2, FIELD));
    assert_eq!(error(&result), "409: Document Q-10001 is at revision 3");
    assert_eq!(lab.row("documents", 900_101)["lines"][0]["quantity"], "6");
    assert_eq!(
        lab.result("update_documents", &document(3, FIELD))
            .attribute("status"),
        Some("updated")
    );
}

#[test]
fn a_custom_field_that_is_not_set_up_is_missed() {
    let mut lab = Lab::new();
    lab.control(json!({"do": "remove_reference", "kind": "documentCustomFields", "id": 2}));
    let result = lab.result("update_documents", &document(2, FIELD));
    assert_eq!(
        error(&result),
        "422: No custom field Autotask Opportunity ID"
    );
}
