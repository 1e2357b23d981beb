//! What the doctor finds.

use super::*;

fn company() -> Company {
    let company = Company::new();
    company.lists.borrow_mut().extend([
        ("documentCustomFields", "<row id=\"1\" name=\"autotask opportunity\"/><row id=\"2\" name=\"Autotask Opportunity ID\"/>".to_owned()),
        ("personnel", "<row id=\"1\" name=\"Ann\" email=\"ann@acme.example\"/>".to_owned()),
    ]);
    company
}

fn codes(company: &Company) -> Vec<String> {
    let findings = ChannelOnline.check(company).unwrap();
    for finding in &findings {
        let helped = finding.place.is_some() && finding.fix.is_some();
        assert!(helped || finding.level == Level::Ok, "{}", finding.code);
        assert!(!format!("{finding:?}").contains("[password"));
    }
    findings.into_iter().map(|finding| finding.code).collect()
}

#[test]
fn a_company_that_is_set_up_is_well() {
    let company = company();
    assert_eq!(codes(&company), ["connected"]);
    assert_eq!(company.asked().len(), 6);
    assert!(company
        .asked()
        .iter()
        .all(|root| root.starts_with("export_")));
}

#[test]
fn what_is_missing_is_found() {
    for (refusal, expected) in [
        (("", "101"), &["credentials-refused"][..]),
        (("", "105"), &["user-agent-unknown"]),
        (("", "503"), &["unreachable"]),
        (("export_documents_request", "102"), &["not-permitted"]),
        (
            ("export_customers_request", "102"),
            &["connected", "not-permitted"],
        ),
        (
            ("<kind>documentCustomFields", "102"),
            &["connected", "not-permitted"],
        ),
        (
            ("export_actions_request", "999"),
            &["connected", "not-permitted"],
        ),
    ] {
        let company = company();
        company.refuses.borrow_mut().push(refusal);
        assert_eq!(codes(&company), expected, "{refusal:?}");
    }
    let company = company();
    company.lists.borrow_mut().insert(
        "documentCustomFields",
        "<row id=\"1\" name=\"Autotask Opportunity\" active=\"false\"/>".to_owned(),
    );
    company.lists.borrow_mut().insert(
        "personnel",
        "<row id=\"1\" name=\"Ann\"/><row id=\"2\" name=\"Gone\" active=\"false\"/>".to_owned(),
    );
    *company.date.borrow_mut() = Some("Thu, 05 Mar 2026 14:20:00 GMT");
    assert_eq!(
        codes(&company),
        [
            "connected",
            "custom-field-missing",
            "custom-field-missing",
            "no-email",
            "clock-differs"
        ]
    );
}

#[test]
fn settings_that_cannot_work_are_named_before_anything_is_sent() {
    for settings in [
        json!({"user_agent": " "}),
        json!({"shortcut": ""}),
        json!({"first_day": "03/01/2026"}),
    ] {
        let company = Company::with(settings);
        assert_eq!(codes(&company), ["connection-incomplete"]);
        assert!(company.asked().is_empty());
    }
    let company = Company::with(json!({"actions": false}));
    assert_eq!(
        codes(&company),
        ["connected", "custom-field-missing", "custom-field-missing"]
    );
}
