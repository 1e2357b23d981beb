//! The reply's envelope, and the answers that come before any XML is handled.

use super::envelope::Control;
use super::refusal::{Complaint, Refusal};
use super::session::Caller;
use super::switches::Switches;
use super::time;
use super::wire::{self, Element};
use crate::simulator::{NowMs, Response};

/// As the vendor sends it: `encoding` is no `charset`, so that a client which believes headers reads Latin-1.
pub const CONTENT_TYPE: &str = "text/xml; encoding=\"UTF-8\"";

pub fn answer(status: u16, content_type: &str, body: Vec<u8>) -> Response {
    Response {
        status,
        headers: vec![("content-type".to_owned(), content_type.to_owned())],
        body,
        delay_ms: 0,
    }
}

pub fn xml(status: u16, root: &Element, whitespace: bool) -> Response {
    answer(status, CONTENT_TYPE, wire::document(root, whitespace))
}

/// The gateway itself refuses: a bare control block.
pub fn gateway(status: u16, errorno: &str) -> Response {
    let text = match errorno {
        "GW-0010" => "API rate limit exceeded",
        "GW-0001" => "Unable to process request",
        "XMLGW_JPP0002" => "Sign-in information is incorrect. Please check your request.",
        "invalidRequest" => "Invalid Request",
        _ => "Invalid Request [Request ID: 0f3c6a52-7b1d]",
    };
    let control = Element::with("control", vec![Element::leaf("status", "failure")]);
    let complaint = Complaint {
        errorno: errorno.to_owned(),
        description2: text.to_owned(),
        ..Complaint::default()
    };
    let errors = errors(&Refusal(vec![complaint]), false);
    let root = Element::with("response", vec![control, errors]);
    xml(status, &root, true)
}

pub fn control(control: &Control, status: &str) -> Element {
    Element::with(
        "control",
        vec![
            Element::leaf("status", status),
            Element::leaf("senderid", &control.sender),
            Element::leaf("controlid", &control.id),
            Element::leaf("uniqueid", control.unique),
            Element::leaf("dtdversion", &control.dtd),
        ],
    )
}

/// Failure at the level of the control block: no operation.
pub fn control_failure(given: &Control, refusal: &Refusal) -> Response {
    let children = vec![
        control(given, "failure"),
        errors(refusal, given.more_about_errors),
    ];
    xml(200, &Element::with("response", children), given.whitespace)
}

pub fn authentication(caller: &Caller, company: &str, switches: &Switches, now: NowMs) -> Element {
    let offset = switches.session_offset_minutes;
    let stamp = if switches.session_time_is_now {
        now
    } else {
        caller.began
    };
    let ends = now + switches.session_minutes * 60_000;
    Element::with(
        "authentication",
        vec![
            Element::leaf("status", "success"),
            Element::leaf("userid", &caller.user),
            Element::leaf("companyid", company),
            Element::leaf("locationid", &caller.entity),
            Element::leaf("sessiontimestamp", time::with_offset(stamp, offset)),
            Element::leaf("sessiontimeout", time::with_offset(ends, offset)),
        ],
    )
}

/// An operation whose caller is not let in: no result.
pub fn not_authenticated(user: &str, company: &str, refusal: &Refusal, more: bool) -> Element {
    let authentication = Element::with(
        "authentication",
        vec![
            Element::leaf("status", "failure"),
            Element::leaf("userid", user),
            Element::leaf("companyid", company),
        ],
    );
    Element::with("operation", vec![authentication, errors(refusal, more)])
}

pub fn errors(refusal: &Refusal, more: bool) -> Element {
    let errors = refusal.0.iter().map(|complaint| {
        let mut children = vec![
            Element::leaf("errorno", &complaint.errorno),
            Element::leaf("description", &complaint.description),
            Element::leaf("description2", &complaint.description2),
            Element::leaf("correction", &complaint.correction),
        ];
        if more {
            children.push(additional(complaint));
        }
        Element::with("error", children)
    });
    Element::with("errormessage", errors.collect())
}

/// What `showadditionalerrorinfo` adds; the vendor leaves most of it empty.
fn additional(complaint: &Complaint) -> Element {
    let mut target = Element::new("target");
    for name in ["domain", "requestinfo", "object", "field", "businessinfo"] {
        target.set(name, "");
    }
    let said = |name: &str, text: &str| {
        let mut element = Element::with(
            name,
            vec![Element::new("placeholders"), Element::leaf("target", text)],
        );
        element.set("messageid", "IA.GENERAL");
        element
    };
    Element::with(
        "additionalinfo",
        vec![
            Element::leaf("errorid", format!("SIM-{}", complaint.errorno)),
            Element::leaf("category", ""),
            target,
            said("description", &complaint.description2),
            said("cdescription", ""),
            said("correction", &complaint.correction),
        ],
    )
}
