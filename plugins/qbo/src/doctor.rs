//! The doctor: whether the company can be reached, and what in its preferences stands in the way.

use crate::api::Api;
use crate::assumed::CUSTOM_NUMBERS;
use crate::custom::preferences;
use crate::session;
use crate::table;
use liaison_sdk::prelude::*;

const DAY_MS: u64 = 86_400_000;
/// How many days before its end a person is told that the connection must be made anew.
const WARNED_DAYS: u64 = 14;

/// What there is to say.
pub fn check(host: &dyn Host) -> Result<Vec<Finding>, Fault> {
    let api = match Api::open(host) {
        Ok(api) => api,
        Err(fault) => return Ok(vec![of_fault(fault)]),
    };
    let company = table::named("company").and_then(|company| {
        api.sign_in()?;
        api.query(company, "select * from CompanyInfo")
    });
    let company = match company {
        Ok(told) => told.rows.into_iter().next().unwrap_or_default(),
        Err(fault) => return Ok(vec![of_fault(fault)]),
    };
    let mut findings = vec![finding(
        Level::Ok,
        "connected",
        text!(
            "qbo-connected",
            "QuickBooks Online lets us into {company}",
            company = company["CompanyName"].as_str().unwrap_or_default()
        ),
        None,
        None,
    )];
    let preferences = match preferences(&api) {
        Ok(preferences) => preferences,
        Err(fault) => {
            findings.push(of_fault(fault));
            return Ok(findings);
        }
    };
    findings.extend(preferences.pointer(CUSTOM_NUMBERS).and_then(numbers));
    findings.push(finding(
        Level::Ok,
        "bills-without-numbers",
        text!(
            "qbo-no-bill-numbers",
            "QuickBooks never gives a bill a number: one has it only where its flow gives it"
        ),
        None,
        None,
    ));
    findings.extend(ends_soon(host, &api));
    Ok(findings)
}

/// Either QuickBooks gives the numbers or the flows do.
fn numbers(custom: &Value) -> Option<Finding> {
    let (code, message, fix) = match custom.as_bool()? {
        false => (
            "numbers-by-quickbooks",
            text!(
                "qbo-own-numbers",
                "QuickBooks numbers documents by itself; numbers that a flow gives are not kept"
            ),
            text!(
                "qbo-fix-numbers",
                "Turn it on, or let the flow leave the number out"
            ),
        ),
        true => (
            "no-numbers-by-quickbooks",
            text!(
                "qbo-no-own-numbers",
                "QuickBooks numbers no document by itself: one has a number only where its flow gives it"
            ),
            text!(
                "qbo-fix-no-numbers",
                "Have the flow give the number (`document_number = order_code`), or turn it off"
            ),
        ),
    };
    let place = text!(
        "qbo-place-numbers",
        "QuickBooks: gear > Account and settings > Sales > Sales form content > Custom transaction numbers"
    );
    Some(finding(
        Level::Warning,
        code,
        message,
        Some(place),
        Some(fix),
    ))
}

/// The connection ends some day, whatever is done with it.
fn ends_soon(host: &dyn Host, api: &Api) -> Option<Finding> {
    let until_ms = session::remembered(host, &api.settings)?.refresh_until_ms?;
    let days = until_ms.saturating_sub(host.now_ms()) / DAY_MS;
    (days < WARNED_DAYS).then(|| {
        finding(
            Level::Warning,
            "connection-ends",
            text!(
                "qbo-ends-soon",
                "The connection to the company ends in {days} days",
                days = days
            ),
            None,
            Some(text!(
                "qbo-fix-connect",
                "Connect the company again: `liaison connection setup`, and open the page it names"
            )),
        )
    })
}

fn of_fault(fault: Fault) -> Finding {
    let (code, fix) = match fault.kind {
        FaultKind::Unauthorized => (
            "not-connected",
            text!(
                "qbo-fix-connect",
                "Connect the company again: `liaison connection setup`, and open the page it names"
            ),
        ),
        FaultKind::Misconfigured => (
            "not-set",
            text!(
                "qbo-fix-settings",
                "Correct the settings and secrets of the connection in the tenant's file"
            ),
        ),
        _ => (
            "not-reached",
            text!(
                "qbo-fix-later",
                "Try again in some minutes; if it stays, look at Intuit's status page and at this machine's way to the Internet"
            ),
        ),
    };
    let words = fault.vendor_text.unwrap_or_default();
    let mut found = finding(Level::Error, code, fault.message, None, Some(fix));
    if !words.is_empty() {
        found.ext.push(("vendor-text".to_owned(), words));
    }
    found
}

fn finding(
    level: Level,
    code: &str,
    message: Text,
    place: Option<Text>,
    fix: Option<Text>,
) -> Finding {
    Finding {
        level,
        code: code.to_owned(),
        message,
        place,
        fix,
        ext: Vec::new(),
    }
}
