//! The doctor: what a person must set before flows can run.
//!
//! From the outside in: settings, login, version, allowance, then each object as `describe` shows it to the
//! integration user. Reads only. Which objects a tenant's flows use is not known here, so what is missing of
//! one that nothing names is a warning; what the settings name is an error, see [`crate::wanted`], and so is what
//! an option of a flow names and the flow writes, see [`crate::named`].

use crate::api::{Api, Request};
use crate::description;
use crate::expected::{list, Expected, Part};
use crate::named;
use crate::refusal::{About, Asked};
use crate::settings::is_name;
use crate::setup::NO_FIELDS;
use crate::table::Table;
use crate::tables;
use crate::usage::Usage;
use crate::wanted;
use liaison_sdk::prelude::*;
use std::collections::BTreeMap;
use std::rc::Rc;

/// When a person should hear of the calls that the org has used.
const WORTH_SAYING_PERCENT: u64 = 80;

/// What there is to say.
pub fn check(host: &dyn Host) -> Result<Vec<Finding>, Fault> {
    let api = match Api::open(host) {
        Ok(api) => api,
        Err(fault) => return Ok(vec![closed_door(fault)]),
    };
    if let Err(fault) = api.log_in() {
        return Ok(vec![closed_door(fault)]);
    }
    let mut findings = vec![finding(
        Level::Ok,
        "connected",
        text!(
            "salesforce-connected",
            "Salesforce lets the integration user in"
        ),
    )];
    match visits(&api, &mut findings) {
        Ok(()) => {}
        // Whoever is not there for one object is not there for the next.
        Err(fault) => findings.push(closed_door(fault)),
    }
    Ok(findings)
}

fn visits(api: &Api, findings: &mut Vec<Finding>) -> Result<(), Fault> {
    version(api, findings)?;
    allowance(api, findings)?;
    let mut told = BTreeMap::new();
    for table in &tables::ALL {
        if let Some(object) = table.object {
            match describe(api, &mut told, object)? {
                Ok(description) => an_object(api, table, object, &description, findings),
                Err(fault) => findings.push(object_missing(object, fault)),
            }
        }
    }
    let custom = api.settings.custom_objects().iter().map(String::as_str);
    let keyed = api.settings.key_fields().map(|(object, _)| object);
    let mut visited: Vec<&str> = tables::ALL
        .iter()
        .filter_map(|table| table.object)
        .collect();
    for object in custom.chain(keyed) {
        if visited
            .iter()
            .any(|known| known.eq_ignore_ascii_case(object))
        {
            continue;
        }
        visited.push(object);
        match describe(api, &mut told, object)? {
            Ok(description) => {
                permissions(Level::Error, object, true, &description, findings);
                findings.extend(wanted::key_field(&api.settings, object, &description));
            }
            Err(fault) => findings.push(wanted::object_missing(object, &fault)),
        }
    }
    let fields = api.settings.fields().keys();
    let kinds = api.settings.record_types().iter();
    let kinds = kinds.map(|place| place.replacen('.', "/", 1));
    let expected = api.settings.expected().iter().cloned();
    for text in &expected.chain(kinds).collect::<Vec<_>>() {
        expect(api, &mut told, &Expected::parse(text), findings)?;
    }
    for text in fields {
        let field = Expected::parse(text);
        expect(api, &mut told, &field, findings)?;
        if let (Part::Field(name), Ok(description)) =
            (&field.part, describe(api, &mut told, field.object)?)
        {
            findings.extend(wanted::closed(field.object, name, &description));
        }
    }
    for (object, named) in named::by_object(api.settings.named()) {
        match describe(api, &mut told, object)? {
            Ok(description) => findings.extend(named::fields(object, &named, &description)),
            Err(_) => findings.push(named::object_missing(object, &named)),
        }
    }
    Ok(())
}

/// Whether the org has what the settings say.
fn expect(
    api: &Api,
    told: &mut BTreeMap<String, Described>,
    expected: &Expected,
    findings: &mut Vec<Finding>,
) -> Result<(), Fault> {
    match describe(api, told, expected.object)? {
        Ok(description) if expected.is_in(&description) => {}
        Ok(_) => findings.push(wanted::missing(expected)),
        Err(fault) => {
            let finding = wanted::object_missing(expected.object, &fault);
            // Once an object, however much of it is wanted.
            if !findings.contains(&finding) {
                findings.push(finding);
            }
        }
    }
    Ok(())
}

type Described = Result<Rc<Value>, Fault>;

/// The description of an object, or why there is none; only what is no fault of the object's ends the visit.
fn describe(
    api: &Api,
    told: &mut BTreeMap<String, Described>,
    object: &str,
) -> Result<Described, Fault> {
    if let Some(known) = told.get(object) {
        return Ok(known.clone());
    }
    let description = match is_name(object) {
        true => description::ask(api, &About::new(object, Asked::Read)),
        false => Err(crate::settings::not_a_name(object)),
    };
    let description = match description {
        Err(fault) if fault.scope == FaultScope::WholeConnection => return Err(fault),
        other => other.map(Rc::new),
    };
    told.insert(object.to_owned(), description.clone());
    Ok(description)
}

fn version(api: &Api, findings: &mut Vec<Finding>) -> Result<(), Fault> {
    let answer = api.send(&Request::get("/services/data/"))?;
    let versions = answer.json().unwrap_or_default();
    let known: Vec<&str> = versions
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|version| version["version"].as_str())
        .collect();
    let asked = api.settings.version();
    if let (Some(newest), false) = (known.last(), known.contains(&asked)) {
        findings.push(
            finding(
                Level::Error,
                "version-unknown",
                text!(
                    "salesforce-version-unknown",
                    "This org has no version {version} of the API",
                    version = asked
                ),
            )
            .place(connection())
            .fix(text!(
                "salesforce-fix-version",
                "Leave `api_version` out, or set it to {newest}",
                newest = newest
            )),
        );
    }
    Ok(())
}

fn allowance(api: &Api, findings: &mut Vec<Finding>) -> Result<(), Fault> {
    let answer = api.send(&Request::get("limits"))?;
    let told = answer.json().unwrap_or_default();
    let day = &told["DailyApiRequests"];
    let (left, all) = (day["Remaining"].as_u64(), day["Max"].as_u64());
    let told = left
        .zip(all)
        .map(|(left, all)| (all.saturating_sub(left), all));
    let header = Usage::of(&answer).map(|usage| (usage.used, usage.allowed));
    let Some((used, all)) = told.or(header) else {
        return Ok(());
    };
    if used.saturating_mul(100) >= all.saturating_mul(WORTH_SAYING_PERCENT) {
        findings.push(
            finding(
                Level::Warning,
                "calls-nearly-used-up",
                text!(
                    "salesforce-calls-nearly-used-up",
                    "The org has used {used} of its {allowed} API calls of the last 24 hours",
                    used = used,
                    allowed = all
                ),
            )
            .place(text!(
                "salesforce-place-limits",
                "Salesforce: Setup > System Overview > API Usage"
            ))
            .fix(text!(
                "salesforce-fix-limits",
                "See which integration calls so often, run flows less often, or buy more calls"
            )),
        );
    }
    Ok(())
}

fn an_object(api: &Api, table: &Table, object: &str, told: &Value, findings: &mut Vec<Finding>) {
    permissions(Level::Warning, object, table.writable, told, findings);
    let has = |name: &str| list(told, "fields").any(|field| field["name"] == name);
    let missing = table
        .fields
        .iter()
        .filter(|spec| !spec.optional && !has(spec.name));
    let missing: Vec<&str> = missing.map(|spec| spec.name).collect();
    if !missing.is_empty() {
        findings.push(
            finding(
                Level::Warning,
                "fields-hidden",
                text!(
                    "salesforce-fields-hidden",
                    "The integration user does not see these fields of {object}: {fields}. A flow that reads or writes one of them stops",
                    object = object,
                    fields = missing.join(", ")
                ),
            )
            .place(object_settings(object))
            .fix(text!(
                "salesforce-fix-fields",
                "Grant read access to the fields that flows use, and edit access to those they write; the others may stay hidden"
            )),
        );
    }
    let writes = &|name: &str| {
        list(told, "fields")
            .any(|field| field["name"] == name && field["createable"] == json!(true))
    };
    let closed = table
        .fields
        .iter()
        .filter(|spec| table.writable && !spec.read_only && has(spec.name) && !writes(spec.name));
    let closed: Vec<&str> = closed.map(|spec| spec.name).collect();
    if !closed.is_empty() && told["createable"] == json!(true) {
        findings.push(
            finding(
                Level::Warning,
                "fields-closed",
                text!(
                    "salesforce-fields-closed",
                    "The integration user may not write these fields of {object}: {fields}. A flow that writes one of them stops",
                    object = object,
                    fields = closed.join(", ")
                ),
            )
            .place(object_settings(object))
            .fix(text!(
                "salesforce-fix-fields-closed",
                "Grant edit access to those that flows write; the others may stay as they are"
            )),
        );
    }
    if table.writable && object != NO_FIELDS {
        findings.extend(wanted::key_field(&api.settings, object, told));
    }
}

fn permissions(
    level: Level,
    object: &str,
    writes: bool,
    told: &Value,
    findings: &mut Vec<Finding>,
) {
    let wanted: &[(&str, &str)] = match writes {
        true => &[
            ("queryable", "Read"),
            ("createable", "Create"),
            ("updateable", "Edit"),
        ],
        false => &[("queryable", "Read")],
    };
    let lacks = wanted
        .iter()
        .filter(|(flag, _)| told[*flag] == json!(false));
    let lacks: Vec<&str> = lacks.map(|(_, name)| *name).collect();
    if lacks.is_empty() {
        return;
    }
    findings.push(
        finding(
            level,
            "permission-missing",
            text!(
                "salesforce-permission-missing",
                "The integration user lacks these permissions for {object}: {permissions}. Flows that need one of them stop",
                object = object,
                permissions = lacks.join(", ")
            ),
        )
        .place(object_settings(object))
        .fix(text!(
            "salesforce-fix-permission",
            "Grant {permissions} and View All, if flows use the object",
            permissions = lacks.join(", ")
        )),
    );
}

fn object_missing(object: &str, fault: Fault) -> Finding {
    finding(Level::Warning, "object-missing", fault.message)
        .place(object_settings(object))
        .fix(text!(
            "salesforce-fix-object",
            "If flows use {object}, grant the integration user the object; an object of a feature that the org does not use may stay hidden",
            object = object
        ))
}

/// No settings that hold, no token, or no answer.
fn closed_door(fault: Fault) -> Finding {
    let (level, code, place, fix) = match fault.kind {
        FaultKind::Unauthorized => (
            Level::Error,
            "credentials-refused",
            text!(
                "salesforce-place-app",
                "Salesforce: Setup > External Client App Manager > the app"
            ),
            text!(
                "salesforce-fix-credentials",
                "Compare the consumer key, the secrets and the integration user with the app; what Salesforce said: {reason}",
                reason = said(&fault)
            ),
        ),
        FaultKind::Misconfigured => (
            Level::Error,
            "connection-incomplete",
            connection(),
            text!(
                "salesforce-fix-settings",
                "Correct the setting or the secret that is named; what Salesforce said: {reason}",
                reason = said(&fault)
            ),
        ),
        FaultKind::Throttled => (
            Level::Warning,
            "throttled",
            text!(
                "salesforce-place-limits",
                "Salesforce: Setup > System Overview > API Usage"
            ),
            text!(
                "salesforce-fix-throttled",
                "Wait, and see which integration uses the org's calls; check again later"
            ),
        ),
        _ => (
            Level::Error,
            "unreachable",
            connection(),
            text!(
                "salesforce-fix-unreachable",
                "Look at status.salesforce.com; if Salesforce is well, compare `login_url` and see that this machine reaches it. What was said: {reason}",
                reason = said(&fault)
            ),
        ),
    };
    finding(level, code, fault.message).place(place).fix(fix)
}

fn said(fault: &Fault) -> String {
    let words = fault.vendor_text.as_deref().unwrap_or_default().trim();
    match words.is_empty() {
        true => "-".to_owned(),
        false => liaison_sdk::text::shorten(words, 200),
    }
}

fn connection() -> Text {
    text!(
        "salesforce-place-connection",
        "The connection in the tenant's file, and its secrets"
    )
}

pub fn object_settings(object: &str) -> Text {
    text!(
        "salesforce-place-permissions",
        "Salesforce: Setup > Permission Sets > the integration user's > Object Settings > {object}",
        object = object
    )
}

pub fn finding(level: Level, code: &str, message: Text) -> Finding {
    Finding {
        level,
        code: code.to_owned(),
        message,
        place: None,
        fix: None,
        ext: Vec::new(),
    }
}

/// Adds what a finding says beside its message.
pub trait Told {
    fn place(self, place: Text) -> Self;
    fn fix(self, fix: Text) -> Self;
}

impl Told for Finding {
    fn place(mut self, place: Text) -> Self {
        self.place = Some(place);
        self
    }

    fn fix(mut self, fix: Text) -> Self {
        self.fix = Some(fix);
        self
    }
}
