//! The doctor: what a person must set before flows can run, and what stops without it.
//!
//! From the outside in: settings, sign-in, then each object: whether it is there, whether it may be read, whether it has
//! the custom field for our id; then the audit trail. Reads only.

use crate::api::Api;
use crate::deletion;
use crate::drift;
use crate::question::{Question, RECORD_NUMBER};
use crate::shape;
use crate::table::Table;
use crate::tables::{CONTRACT, CONTRACT_LINE, ORDER_TRANSACTION, TABLES};
use liaison_sdk::prelude::*;

/// What there is to say.
pub fn check(host: &dyn Host) -> Result<Vec<Finding>, Fault> {
    let api = match Api::open(host) {
        Ok(api) => api,
        Err(fault) => return Ok(vec![incomplete(fault)]),
    };
    if let Err(fault) = api.renew() {
        return Ok(vec![closed_door(fault)]);
    }
    let mut findings = vec![finding(
        Level::Ok,
        "connected",
        text!(
            "intacct-connected",
            "Sage Intacct opens a session for {user} at {company}",
            user = api.settings.user_id,
            company = api.settings.company_id
        ),
    )];
    for table in TABLES {
        match examined(&api, table) {
            Ok(found) => findings.extend(found),
            // Whoever is not there for one object is not there for the next.
            Err(fault) => {
                findings.push(closed_door(fault));
                return Ok(findings);
            }
        }
    }
    findings.extend(drift::seen(&api).map(zone_differs));
    if api.settings.deletions() {
        match deletion::probe(&api) {
            Ok(()) => {}
            Err(fault) if fault.scope == FaultScope::WholeConnection => {
                findings.push(closed_door(fault));
            }
            Err(fault) => findings.push(no_audit(fault)),
        }
    }
    Ok(findings)
}

/// What is wrong with one object; a fault when nothing can be asked any more.
fn examined(api: &Api, table: &'static Table) -> Result<Vec<Finding>, Fault> {
    let definition = table.definition(api);
    let shape = shape::ask(api, table.object, definition.as_deref())?;
    let question = Question {
        object: table.object,
        definition,
        select: vec![RECORD_NUMBER.to_owned()],
        rows: 1,
        private: api.settings.private(),
        ..Question::default()
    };
    let mut findings = Vec::new();
    match api.ask_one(table.entity, question.xml()) {
        Ok(_) => {}
        Err(fault) if fault.scope == FaultScope::WholeConnection => return Err(fault),
        Err(fault) => {
            findings.push(unreadable(table, fault));
            return Ok(findings);
        }
    }
    if table.is_marked(api) && !shape.has_custom(&table.marker(api)) {
        findings.push(no_marker(api, table));
    }
    if !shape.is_told() {
        findings.push(untold(table));
        return Ok(findings);
    }
    let lacking: Vec<&str> = table
        .fields
        .iter()
        .map(|field| field.wire)
        .filter(|wire| !shape.has(wire))
        .collect();
    if !lacking.is_empty() {
        api.host()
            .debug(&format!("{} has no {}", table.object, lacking.join(", ")));
    }
    if lacking.contains(&table.id) {
        findings.push(untold(table));
    }
    Ok(findings)
}

fn connection() -> Text {
    text!(
        "intacct-place-connection",
        "The connection in the tenant's file, and its secrets"
    )
}

fn permissions() -> Text {
    text!(
        "intacct-place-permissions",
        "Sage Intacct: Company > Admin > Users > Subscriptions of the Web Services user"
    )
}

fn incomplete(fault: Fault) -> Finding {
    finding(Level::Error, "connection-incomplete", fault.message)
        .place(connection())
        .fix(text!(
            "intacct-fix-settings",
            "Set `sender_id`, `company_id` and `user_id`; every other setting may be left out"
        ))
}

/// No session, or no answer. The sentence of the fault says what to do.
fn closed_door(fault: Fault) -> Finding {
    let code = match fault.kind {
        FaultKind::Unauthorized => "credentials-refused",
        FaultKind::Misconfigured => "not-admitted",
        FaultKind::Throttled => "throttled",
        _ => "unreachable",
    };
    let level = match fault.kind {
        FaultKind::Throttled => Level::Warning,
        _ => Level::Error,
    };
    let reason = fault.vendor_text.clone().unwrap_or_default();
    finding(level, code, fault.message)
        .place(connection())
        .fix(match reason.is_empty() {
            true => text!("intacct-fix-door", "Mend what is named, then check again"),
            false => text!(
                "intacct-fix-door-words",
                "Mend what is named, then check again. Sage Intacct's own words: {reason}",
                reason = reason
            ),
        })
}

/// What does not work without an object.
fn stops(table: &Table) -> Text {
    match table.entity {
        "customer" | "contact" | "item" => text!(
            "intacct-stops-parties",
            "Without it no contract can be made either: contracts name customers, contacts and items"
        ),
        "contract" | "contract_line" => text!(
            "intacct-stops-contracts",
            "Without it no contract is made, changed or mirrored. Subscribe Contracts, and let the user list, view, add, edit, delete and post contracts and their lines"
        ),
        "contract_invoice" | "order_transaction" => text!(
            "intacct-stops-invoices",
            "Without it invoices and orders are not mirrored; all else works. Subscribe Order Entry, and let the user list and view its transactions"
        ),
        "entity" => text!(
            "intacct-stops-entities",
            "Without it entities are not mirrored; all else works. A company of one entity has none"
        ),
        _ => text!(
            "intacct-stops-lists",
            "Without it this list is not mirrored; all else works"
        ),
    }
}

fn unreadable(table: &Table, fault: Fault) -> Finding {
    let needed = [
        CONTRACT.entity,
        CONTRACT_LINE.entity,
        "customer",
        "contact",
        "item",
    ];
    let level = match needed.contains(&table.entity) {
        true => Level::Error,
        false => Level::Warning,
    };
    let reason = fault.vendor_text.unwrap_or(fault.message.fallback);
    finding(
        level,
        "object-unreadable",
        text!(
            "intacct-unreadable",
            "Sage Intacct does not show {object}: {reason}",
            object = table.object,
            reason = reason
        ),
    )
    .place(permissions())
    .fix(stops(table))
}

fn no_marker(api: &Api, table: &Table) -> Finding {
    let field = table.marker(api);
    let (level, message) = match table.entity {
        entity if entity == CONTRACT_LINE.entity => (
            Level::Warning,
            text!(
                "intacct-custom-field-lines",
                "{object} has no custom field {field}. Lines that come with their contract are made all the same; without it liaison makes no line by itself",
                object = table.object,
                field = field
            ),
        ),
        entity => (
            match entity == ORDER_TRANSACTION.entity {
                true => Level::Warning,
                false => Level::Error,
            },
            text!(
                "intacct-custom-field",
                "{object} has no custom field {field}. Without it liaison makes no {entity}: after a lost answer it could not tell whether it is there. Reading and changing work",
                object = table.object,
                field = field,
                entity = table.entity
            ),
        ),
    };
    finding(level, "custom-field-missing", message)
        .place(text!(
            "intacct-place-custom-fields",
            "Sage Intacct: Customization Services > Custom Fields > Add"
        ))
        .fix(text!(
            "intacct-fix-custom-field",
            "Add a text field of at least 40 characters to {object}, with the field id {field}, not required and not unique; or name another field in the setting `marker_field`",
            object = table.object,
            field = field
        ))
}

fn untold(table: &Table) -> Finding {
    finding(
        Level::Warning,
        "fields-untold",
        text!(
            "intacct-fields-untold",
            "Sage Intacct does not tell which fields {object} has. All are asked for; should one not be there, nothing of it can be read",
            object = table.object
        ),
    )
    .place(permissions())
    .fix(text!(
        "intacct-fix-fields",
        "Let the user view {object}'s definition",
        object = table.object
    ))
}

fn no_audit(fault: Fault) -> Finding {
    let reason = fault.vendor_text.unwrap_or(fault.message.fallback);
    finding(
        Level::Warning,
        "audit-unreadable",
        text!(
            "intacct-no-audit",
            "Sage Intacct does not show the audit trail: {reason}. Without it deletions are not seen until `liaison verify`; all else works",
            reason = reason
        ),
    )
    .place(permissions())
    .fix(text!(
        "intacct-fix-audit",
        "Let the user view the audit trail (under Platform Services, view custom reports), or set `deletions` to false"
    ))
}

fn zone_differs(minutes: i64) -> Finding {
    finding(
        Level::Error,
        "zone-differs",
        text!(
            "intacct-zone",
            "What liaison wrote has times that are {minutes} minutes away from Sage Intacct's clock: its times are not in the zone they are taken for, and changes may be passed over",
            minutes = minutes
        ),
    )
    .place(connection())
    .fix(text!(
        "intacct-fix-zone",
        "Set `utc_offset` to the zone of Intacct's times, like -08:00, then run the flows once more from a day before"
    ))
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
