//! What `check` finds, each with a place and a value.

use liaison_tests::Lab;
use serde_json::{Value, json};

/// The codes of all findings that are no `ok`, after something was broken.
fn findings(lab: &Lab) -> Vec<String> {
    let said = lab.liaison("--json check");
    let answer = said.json()["answer"].clone();
    let mut codes = Vec::new();
    for place in answer["places"].as_array().into_iter().flatten() {
        for finding in place["findings"].as_array().into_iter().flatten() {
            if finding["level"] != json!("ok") {
                codes.push(finding["code"].as_str().unwrap_or_default().to_owned());
            }
        }
    }
    codes
}

#[track_caller]
fn check(what: &str, break_it: impl FnOnce(&Lab), expected: &[&str]) {
    let lab = Lab::new();
    let before = findings(&lab);
    break_it(&lab);
    let after = findings(&lab);
    let new: Vec<&String> = after.iter().filter(|code| !before.contains(code)).collect();
    for code in expected {
        assert!(
            new.iter().any(|found| found == code),
            "{what}: {code} is not in {after:?}"
        );
    }
    let text = lab.liaison("check").out;
    assert!(!text.is_empty(), "{what}");
}

fn autotask(action: Value) -> impl FnOnce(&Lab) {
    move |lab| {
        lab.in_autotask(action);
    }
}

fn acomba(action: Value) -> impl FnOnce(&Lab) {
    move |lab| {
        lab.in_acomba(action);
    }
}

#[test]
fn each_thing_that_a_person_must_set_has_its_finding() {
    check(
        "automatic numbering",
        autotask(
            json!({"do": "create_invoice", "companyID": 174, "invoiceNumber": "1087",
            "lines": [{"itemName": "x", "quantity": 1, "rate": 10, "totalAmount": 10,
                "billingCodeID": 29683511}]}),
        ),
        &["automatic-numbering"],
    );
    check(
        "the UDF is gone",
        |lab| {
            for id in [29683700, 29683701] {
                lab.in_autotask(
                    json!({"do": "delete", "entity": "UserDefinedFieldDefinitions", "id": id}),
                );
            }
        },
        &["udf-missing"],
    );
    check(
        "wrong secret",
        |lab| lab.secret("demo", "autotask secret", "something-else"),
        &["credentials-refused"],
    );
    check(
        "login",
        acomba(json!({"do": "bridge_password", "password": "other"})),
        &["login-failed"],
    );
    check(
        "licence",
        acomba(json!({"do": "licence_limit"})),
        &["licence-limit"],
    );
    check(
        "version",
        acomba(json!({"do": "version_mismatch"})),
        &["version-mismatch"],
    );
    check(
        "moved folder",
        acomba(json!({"do": "move_company_folder", "to": "D:/ailleurs.dta"})),
        &["company-folder-missing"],
    );
    check(
        "wrong key",
        |lab| lab.secret("demo", "acomba api_key", "not-the-key-0000"),
        &["api-key-refused"],
    );
    check(
        "ticket category",
        |lab| {
            let tenant = include_str!("../../tenant.toml").replace("Erreurs Acomba", "Nulle part");
            lab.write_tenant("demo", &tenant);
        },
        &["ticket-category-missing"],
    );
}

#[test]
fn a_moved_folder_keeps_its_links() {
    let lab = Lab::new();
    lab.run_flow("invoices", 4);
    lab.in_acomba(json!({"do": "move_company_folder", "to": "D:/ailleurs.dta"}));
    lab.in_autotask(json!({"do": "clear_invoice_number", "id": 155}));
    lab.liaison("run invoices").exits(3);
    lab.in_acomba(json!({"do": "point_alias", "company": "acme", "folder": "D:/ailleurs.dta"}));
    let summary = lab.run_flow("invoices", 0);
    assert_eq!(liaison_tests::count(&summary, "invoices", "adopted"), 1);
    assert_eq!(lab.acomba_invoices(155).len(), 1);
}
