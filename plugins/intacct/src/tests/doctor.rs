//! The doctor.

use super::company::{Accident, Company};
use super::*;

fn codes(company: &Company) -> Vec<(Level, String)> {
    let findings = Intacct.check(company).unwrap();
    for finding in findings.iter().filter(|f| f.level != Level::Ok) {
        assert!(
            finding.place.is_some() && finding.fix.is_some(),
            "{}",
            finding.code
        );
    }
    findings.into_iter().map(|f| (f.level, f.code)).collect()
}

fn ready() -> Company {
    let company = Company::new();
    company
        .fields
        .borrow_mut()
        .insert("AUDITHISTORY".to_owned(), Vec::new());
    company
}

#[test]
fn a_company_that_is_ready_is_told_so() {
    let company = ready();
    assert_eq!(codes(&company), [(Level::Ok, "connected".to_owned())]);
    assert!(company.sent_with("<create>").is_empty() && company.sent_with("<update>").is_empty());
}

#[test]
fn what_is_missing_is_named_with_what_stops() {
    let marker = |object: &str| ready().without(object, "LIAISON_ID");
    let gone = |object: &str| {
        let company = ready();
        company.fields.borrow_mut().remove(object);
        company.books.borrow_mut().rows.remove(object);
        company
    };
    for (company, level, code) in [
        (marker("CONTRACT"), Level::Error, "custom-field-missing"),
        (marker("CUSTOMER"), Level::Error, "custom-field-missing"),
        (
            marker("CONTRACTDETAIL"),
            Level::Warning,
            "custom-field-missing",
        ),
        (gone("CONTRACT"), Level::Error, "object-unreadable"),
        (gone("ARTERM"), Level::Warning, "object-unreadable"),
        (gone("LOCATIONENTITY"), Level::Warning, "object-unreadable"),
        (gone("AUDITHISTORY"), Level::Warning, "audit-unreadable"),
    ] {
        let codes = codes(&company);
        assert_eq!(codes[1..], [(level, code.to_owned())]);
    }
}

#[test]
fn a_door_that_is_closed_is_the_only_finding() {
    for (accident, code) in [
        (
            Accident::Gateway(401, "XMLGW_JPP0002", "Sign-in information is incorrect"),
            "credentials-refused",
        ),
        (
            Accident::Gateway(200, "XL03000006", "Invalid Web Services Authorization"),
            "not-admitted",
        ),
        (
            Accident::Gateway(429, "GW-0010", "API rate limit exceeded"),
            "throttled",
        ),
        (Accident::Page(503), "unreachable"),
    ] {
        let company = ready();
        company.accident(0, accident);
        let codes = codes(&company);
        assert_eq!(codes.len(), 1);
        assert_eq!(codes[0].1, code);
    }
    let unset = Company::with(json!({"sender_id": ""}));
    assert_eq!(
        codes(&unset),
        [(Level::Error, "connection-incomplete".to_owned())]
    );
}

#[test]
fn times_of_another_zone_are_noticed_when_something_is_written() {
    for (zone, setting, expected) in [
        (0, None, None),
        (-480, None, Some("zone-differs")),
        (330, None, Some("zone-differs")),
        (-480, Some("-08:00"), None),
    ] {
        let company = Company::with(json!({"utc_offset": setting}));
        company
            .fields
            .borrow_mut()
            .insert("AUDITHISTORY".to_owned(), Vec::new());
        company.lag_ms.set(0);
        company.offset.set(zone);
        write_one(&company, "contract", create(contract(1))).unwrap();
        let codes = codes(&company);
        assert_eq!(
            codes.get(1).map(|(_, code)| code.as_str()),
            expected,
            "{zone} {setting:?}"
        );
    }
}
