//! The doctor: what a person must set before flows can run, and what stops without it.
//!
//! From the outside in: settings, sign-in, documents, then what is assumed: customers, the lists with the custom
//! fields, the queue of what users press; then the clock. Reads only.

use crate::api::{Api, Rows};
use crate::assumed::action;
use crate::assumed::customer::{self, Which};
use crate::document;
use crate::entity;
use crate::envelope::{self, Kind, Span};
use crate::list;
use crate::refusal::USER_AGENT;
use liaison_sdk::prelude::*;
use liaison_sdk::xml::Element;

/// How far the service's clock may be from ours.
const CLOCK_MS_MAX: i64 = 300_000;
/// The window by which it is seen whether records may be read.
const WINDOW_S: i64 = 60;

/// What there is to say.
pub fn check(host: &dyn Host) -> Result<Vec<Finding>, Fault> {
    let api = match Api::open(host) {
        Ok(api) => api,
        Err(fault) => return Ok(vec![incomplete(fault)]),
    };
    let mut findings = Vec::new();
    for part in [documents, customers, fields, people, queue] {
        match part(&api) {
            Ok(found) => findings.extend(found),
            // Whoever is not let in here is not let in there.
            Err(fault) if fault.scope == FaultScope::WholeConnection => {
                findings.push(closed_door(fault));
                return Ok(findings);
            }
            Err(fault) => findings.push(unreadable(fault)),
        }
    }
    findings.extend(api.ahead_ms().and_then(clock));
    Ok(findings)
}

fn now(api: &Api) -> String {
    let now = api.now_ms().div_euclid(1000);
    let span = Span {
        from: now - WINDOW_S,
        to: now,
    };
    span.wide()
}

fn nothing(_: &Element) -> Option<()> {
    None
}

fn documents(api: &Api) -> Result<Vec<Finding>, Fault> {
    let bounds = now(api);
    for kind in [Kind::Quote, Kind::SalesOrder] {
        let request = envelope::documents_changed(kind, &bounds);
        let _: Rows<()> = api.ask(kind.entity(), &request, document::ELEMENT, &nothing)?;
    }
    Ok(vec![finding(
        Level::Ok,
        "connected",
        text!(
            "channelonline-connected",
            "ChannelOnline lets {user} of {company} read quotes and sales orders",
            user = api.settings.email,
            company = api.settings.shortcut
        ),
    )])
}

fn customers(api: &Api) -> Result<Vec<Finding>, Fault> {
    let request = customer::request(Which::ChangedWithin(&now(api)));
    let _: Rows<()> = api.ask(entity::CUSTOMER, &request, customer::ELEMENT, &nothing)?;
    Ok(Vec::new())
}

/// The custom fields of documents that the settings name.
fn fields(api: &Api) -> Result<Vec<Finding>, Fault> {
    let all = list::all(api, entity::DOCUMENT_CUSTOM_FIELD)?;
    let names = all.iter().map(|entry| filter::value(&entry.body));
    let names: Vec<String> = names
        .filter(|body| body["active"] != json!(false))
        .filter_map(|body| body["name"].as_str().map(str::to_lowercase))
        .collect();
    let settings = &api.settings;
    let wanted = [
        Some((settings.opportunity_name_field(), "opportunity_name_field")),
        Some((settings.opportunity_id_field(), "opportunity_id_field")),
        settings
            .outcome_field()
            .map(|field| (field, "outcome_field")),
    ];
    let lacking = wanted
        .into_iter()
        .flatten()
        .filter(|(field, _)| !names.contains(&field.to_lowercase()));
    Ok(lacking
        .map(|(field, setting)| no_field(field, setting))
        .collect())
}

fn people(api: &Api) -> Result<Vec<Finding>, Fault> {
    let all = list::all(api, entity::SALES_REP)?;
    let bodies = all.iter().map(|entry| filter::value(&entry.body));
    let nameless: Vec<String> = bodies
        .filter(|body| body["active"] != json!(false) && body["email"].is_null())
        .map(|body| body["name"].as_str().unwrap_or_default().to_owned())
        .collect();
    if nameless.is_empty() {
        return Ok(Vec::new());
    }
    Ok(vec![finding(
        Level::Warning,
        "no-email",
        text!(
            "channelonline-no-email",
            "These people have no e-mail, by which documents name their sales representative: {names}",
            names = nameless.join(", ")
        ),
    )
    .place(text!(
        "channelonline-place-people",
        "ChannelOnline: Administration > Users"
    ))
    .fix(text!(
        "channelonline-fix-people",
        "Give each of them an e-mail of their own"
    ))])
}

fn queue(api: &Api) -> Result<Vec<Finding>, Fault> {
    if !api.settings.actions() {
        return Ok(Vec::new());
    }
    let _: Rows<()> = api.ask(
        entity::ACTION,
        &action::waiting(),
        action::ELEMENT,
        &nothing,
    )?;
    Ok(Vec::new())
}

fn connection() -> Text {
    text!(
        "channelonline-place-connection",
        "The connection in the tenant's file, and its secret"
    )
}

fn permissions() -> Text {
    text!(
        "channelonline-place-permissions",
        "ChannelOnline: the rights of the user, and the Integration page"
    )
}

fn incomplete(fault: Fault) -> Finding {
    finding(Level::Error, "connection-incomplete", fault.message)
        .place(connection())
        .fix(text!(
            "channelonline-fix-settings",
            "Set `shortcut`, `email` and `user_agent`; every other setting may be left out"
        ))
}

/// No answer, or a door that stays closed. The sentence of the fault says what to do.
fn closed_door(fault: Fault) -> Finding {
    let code = match fault.kind {
        FaultKind::Unauthorized => "credentials-refused",
        FaultKind::Misconfigured if fault.vendor_code.as_deref() == Some(USER_AGENT) => {
            "user-agent-unknown"
        }
        FaultKind::Misconfigured => "not-admitted",
        FaultKind::Throttled => "throttled",
        _ => "unreachable",
    };
    let reason = fault.vendor_text.clone().unwrap_or_default();
    finding(Level::Error, code, fault.message)
        .place(connection())
        .fix(match reason.is_empty() {
            true => text!(
                "channelonline-fix-door",
                "Mend what is named, then check again"
            ),
            false => text!(
                "channelonline-fix-door-words",
                "Mend what is named, then check again. ChannelOnline's own words: {reason}",
                reason = reason
            ),
        })
}

/// What may not be read. The rest is examined all the same.
fn unreadable(fault: Fault) -> Finding {
    let reason = fault
        .vendor_text
        .clone()
        .unwrap_or_else(|| fault.vendor_code.clone().unwrap_or_default());
    finding(Level::Error, "not-permitted", fault.message)
        .place(permissions())
        .fix(text!(
            "channelonline-fix-permission",
            "Give the user full rights on customers and documents, and switch the integration on. ChannelOnline's own words: {reason}",
            reason = reason
        ))
}

fn no_field(field: &str, setting: &str) -> Finding {
    finding(
        Level::Error,
        "custom-field-missing",
        text!(
            "channelonline-no-field",
            "Documents have no custom field named {field}. Without it no opportunity can be chosen or shown there, and what is written to it is refused",
            field = field
        ),
    )
    .place(text!(
        "channelonline-place-fields",
        "ChannelOnline: Administration > Custom Fields, level Document"
    ))
    .fix(text!(
        "channelonline-fix-field",
        "Make a document-level custom field named {field}, or name another one in the setting `{setting}`",
        field = field,
        setting = setting
    ))
}

fn clock(ahead_ms: i64) -> Option<Finding> {
    (ahead_ms.abs() > CLOCK_MS_MAX).then(|| {
        finding(
            Level::Warning,
            "clock-differs",
            text!(
                "channelonline-clock",
                "The clocks of ChannelOnline and of this machine are {minutes} minutes apart; ten minutes are made up for, more than that may hide changes",
                minutes = ahead_ms.abs() / 60_000
            ),
        )
        .place(text!("channelonline-place-clock", "The clock of this machine"))
        .fix(text!(
            "channelonline-fix-clock",
            "Let this machine take its time from a time server"
        ))
    })
}

fn finding(level: Level, code: &str, message: Text) -> Finding {
    Finding {
        level,
        code: code.to_owned(),
        message,
        place: None,
        fix: None,
        ext: Vec::new(),
    }
}

/// Where to click and what to set.
trait Remedy {
    fn place(self, place: Text) -> Self;
    fn fix(self, fix: Text) -> Self;
}

impl Remedy for Finding {
    fn place(mut self, place: Text) -> Self {
        self.place = Some(place);
        self
    }

    fn fix(mut self, fix: Text) -> Self {
        self.fix = Some(fix);
        self
    }
}
