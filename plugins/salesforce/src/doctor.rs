//! The doctor: what a person must set before flows can run.
//!
//! From the outside in: settings, login, version, allowance, then each object as `describe` shows it to the
//! integration user. Reads only. Which objects a tenant's flows use is not known here, so what is missing of
//! one that the settings do not name is a warning.

use crate::api::{Api, Request};
use crate::assumed::KEY_LENGTH_MIN;
use crate::expected::{list, Expected, Part};
use crate::refusal::{About, Asked};
use crate::settings::is_name;
use crate::table::Table;
use crate::tables;
use crate::usage::Usage;
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
                Err(fault) => findings.push(object_missing(Level::Warning, object, fault)),
            }
        }
    }
    for object in api.settings.custom_objects() {
        match describe(api, &mut told, object)? {
            Ok(description) => {
                permissions(Level::Error, object, true, &description, findings);
                key_field(api, object, &description, findings);
            }
            Err(fault) => findings.push(object_missing(Level::Error, object, fault)),
        }
    }
    for text in api.settings.expected() {
        let expected = Expected::parse(text);
        match describe(api, &mut told, expected.object)? {
            Ok(description) if expected.is_in(&description) => {}
            Ok(_) => findings.push(expected_missing(&expected)),
            Err(fault) => findings.push(object_missing(Level::Error, expected.object, fault)),
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
        true => api.get(
            &format!("sobjects/{object}/describe"),
            &About::new(object, Asked::Read),
        ),
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
                    "The integration user does not see these fields of {object}: {fields}",
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
                    "The integration user may not write these fields of {object}: {fields}",
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
    if table.writable {
        key_field(api, object, told, findings);
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
                "The integration user lacks these permissions for {object}: {permissions}",
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

/// The field that our key goes into. Without it a create whose answer is lost needs a person.
fn key_field(api: &Api, object: &str, told: &Value, findings: &mut Vec<Finding>) {
    let name = api.settings.key_field_of(object);
    if name.is_empty() || told["createable"] == json!(false) {
        return;
    }
    let place = || {
        text!(
            "salesforce-place-fields",
            "Salesforce: Setup > Object Manager > {object} > Fields & Relationships",
            object = object
        )
    };
    let fix = || {
        text!(
            "salesforce-fix-key-field",
            "Add {field} as Text(64), External ID, Unique and case-sensitive, and grant the integration user edit access to it",
            field = name
        )
    };
    let field = list(told, "fields").find(|field| field["name"] == name);
    let Some(field) = field else {
        findings.push(
            finding(
                Level::Warning,
                "key-field-missing",
                text!(
                    "salesforce-key-field-missing",
                    "{object} has no field {field}; a record whose creation is not confirmed would go into quarantine instead of being recognised",
                    object = object,
                    field = name
                ),
            )
            .place(place())
            .fix(fix()),
        );
        return;
    };
    let is = |flag: &str| field[flag] == json!(true);
    let long_enough = field["length"]
        .as_u64()
        .is_none_or(|length| length >= KEY_LENGTH_MIN);
    let holds = field["type"] == "string" && long_enough && is("createable") && is("externalId");
    if !(holds && is("unique")) {
        findings.push(
            finding(
                Level::Warning,
                "key-field-weak",
                text!(
                    "salesforce-key-field-weak",
                    "The field {field} of {object} cannot keep a record from being created twice: it must be a text of at least 26 characters, an External ID, unique, and writable",
                    object = object,
                    field = name
                ),
            )
            .place(place())
            .fix(fix()),
        );
    }
}

fn expected_missing(expected: &Expected) -> Finding {
    let object = expected.object;
    let (code, message) = match &expected.part {
        Part::Itself | Part::Field("") => (
            "object-missing",
            text!(
                "salesforce-expected-object",
                "Salesforce does not show the object {object}",
                object = object
            ),
        ),
        Part::Field(field) => (
            "field-missing",
            text!(
                "salesforce-expected-field",
                "{object} has no field {field} that the integration user can see",
                object = object,
                field = field
            ),
        ),
        Part::Value(field, value) => (
            "picklist-value-missing",
            text!(
                "salesforce-expected-value",
                "The picklist {field} of {object} has no active value {value}",
                object = object,
                field = field,
                value = value
            ),
        ),
        Part::RecordType(name) => (
            "record-type-missing",
            text!(
                "salesforce-expected-record-type",
                "{object} has no active record type {name} that the integration user may use",
                object = object,
                name = name
            ),
        ),
    };
    finding(Level::Error, code, message)
        .place(text!(
            "salesforce-place-object-manager",
            "Salesforce: Setup > Object Manager > {object}",
            object = object
        ))
        .fix(text!(
            "salesforce-fix-expected",
            "Add it, or correct its name in the setting `expected`; then grant it in the integration user's permission set"
        ))
}

fn object_missing(level: Level, object: &str, fault: Fault) -> Finding {
    finding(level, "object-missing", fault.message)
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

fn object_settings(object: &str) -> Text {
    text!(
        "salesforce-place-permissions",
        "Salesforce: Setup > Permission Sets > the integration user's > Object Settings > {object}",
        object = object
    )
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

/// Adds what a finding says beside its message.
trait Told {
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
