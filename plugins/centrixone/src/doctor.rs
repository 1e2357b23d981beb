//! The doctor: what a person must set in CentrixOne before flows can run.
//!
//! It goes from the outside in (settings, address and key, list, its contacts, the other objects) and
//! stops at the first thing that hides what lies behind it. Reads only, so whether customers may be
//! written is told from the last attempt. The menu paths are **unconfirmed**.

use crate::api::Api;
use crate::assumed::{Object, ALL};
use crate::customer_write::WRITING_REFUSED;
use crate::roll::Roll;
use crate::stage::{self, Lost};
use crate::{list, stamp};
use liaison_sdk::prelude::*;
use serde::de::IgnoredAny;

/// What flows need beside contacts and lists.
const OTHERS: [Object; 5] = [
    Object::Accounts,
    Object::Users,
    Object::RevenueCategories,
    Object::Stages,
    Object::Opportunities,
];

/// What there is to say.
pub fn check(host: &dyn Host) -> Result<Vec<Finding>, Fault> {
    let api = match Api::open(host) {
        Ok(api) => api,
        Err(fault) => return Ok(vec![settings(fault)]),
    };
    let lists = match api.rows(Object::Lists, ALL) {
        Ok(lists) => lists,
        Err(fault) => return Ok(vec![closed_door(fault)]),
    };
    let name = api.settings.list();
    let mut findings = vec![finding(
        Level::Ok,
        "connected",
        text!(
            "centrixone-connected",
            "CentrixOne answers for account {account}",
            account = api.settings.account()
        ),
    )];
    match list::in_rows(&lists, name) {
        None => findings.push(no_list(name)),
        Some(list) => findings.extend(contacts(&api, list)),
    }
    findings.extend(
        OTHERS
            .into_iter()
            .filter_map(|object| readable(&api, object)),
    );
    // Stages that cannot be read were told just now.
    let lost = stage::all_lost(&api).unwrap_or_default();
    findings.extend(lost.into_iter().map(stage_lost));
    findings.extend(writing(&api));
    Ok(findings)
}

fn settings(fault: Fault) -> Finding {
    finding(Level::Error, "connection-incomplete", fault.message)
        .place(text!(
            "centrixone-place-connection",
            "The connection in the tenant's file, and its secrets"
        ))
        .fix(text!(
            "centrixone-fix-connection",
            "Set `account` to the account number and the secret `api_key` to the API key; CentrixOne's support gives both on request by e-mail"
        ))
}

/// No answer, or none that could be used.
fn closed_door(fault: Fault) -> Finding {
    let place = || {
        text!(
            "centrixone-place-connection",
            "The connection in the tenant's file, and its secrets"
        )
    };
    match fault.kind {
        FaultKind::Unauthorized => finding(Level::Error, "credentials-refused", fault.message)
            .place(place())
            .fix(text!(
                "centrixone-fix-credentials",
                "Compare `account` and the secret `api_key` with what CentrixOne's support sent; ask it for a new key if they are right"
            )),
        FaultKind::Misconfigured => finding(Level::Error, "address", fault.message)
            .place(place())
            .fix(text!(
                "centrixone-fix-address",
                "Leave `base_url` out, or set it to the address that CentrixOne's support names, and grant its host"
            )),
        _ => finding(
            Level::Error,
            "unreachable",
            text!(
                "centrixone-unreachable",
                "CentrixOne gives no usable answer: {reason}",
                reason = fault.vendor_text.unwrap_or(fault.message.fallback)
            ),
        )
        .place(place())
        .fix(text!(
            "centrixone-fix-unreachable",
            "Wait, if CentrixOne is in maintenance; else compare `base_url` and see that this machine reaches it"
        )),
    }
}

fn no_list(name: &str) -> Finding {
    finding(
        Level::Error,
        "list-missing",
        text!(
            "centrixone-list-missing",
            "CentrixOne has no list named “{list}”, whose contacts would be the customers",
            list = name
        ),
    )
    .place(text!("centrixone-place-lists", "CentrixOne: Administration > Lists"))
    .fix(text!(
        "centrixone-fix-list",
        "Ask CentrixOne's support to switch on the synchronisation with Acomba, which makes the list Acomba; or set `list` to the list that is meant"
    ))
}

/// Who is in the list.
fn contacts(api: &Api, list: i64) -> Vec<Finding> {
    let name = api.settings.list();
    let roll = match Roll::read(api, list) {
        Ok(roll) => roll,
        Err(fault) => return vec![unreadable(Object::Contacts, fault)],
    };
    let mut findings = vec![finding(
        Level::Ok,
        "list",
        text!(
            "centrixone-list-found",
            "The list “{list}” (id {id}) holds {count} customers",
            list = name,
            id = list,
            count = roll.contacts.len()
        ),
    )];
    if roll.without_account > 0 {
        let count = roll.without_account;
        findings.push(
            finding(
                Level::Warning,
                "contacts-without-company",
                text!(
                    "centrixone-contacts-without-company",
                    "{count} contacts of the list “{list}” have no company, so they are no customers",
                    count = count,
                    list = name
                ),
            )
            .place(text!(
                "centrixone-place-contacts",
                "CentrixOne: the list {list}, contacts without a company",
                list = name
            ))
            .fix(text!(
                "centrixone-fix-contacts",
                "Write a company on each of them (a person's own name will do), or take them out of the list"
            )),
        );
    }
    findings
}

/// Whether an object can be read at all. Asked for what changed from now on, so that little or nothing
/// comes back.
fn readable(api: &Api, object: Object) -> Option<Finding> {
    let now_ms = i64::try_from(api.host().now_ms()).unwrap_or(i64::MAX);
    let since = stamp::http_date(now_ms);
    api.thin(object, ALL, Some(&since), &mut |_: IgnoredAny| {})
        .err()
        .map(|fault| unreadable(object, fault))
}

fn unreadable(object: Object, fault: Fault) -> Finding {
    finding(
        Level::Error,
        "object-unreadable",
        text!(
            "centrixone-object-unreadable",
            "CentrixOne does not show its {object}: {reason}",
            object = object.word(),
            reason = fault.vendor_text.unwrap_or(fault.message.fallback)
        ),
    )
    .place(text!(
        "centrixone-place-support",
        "CentrixOne's support, by e-mail"
    ))
    .fix(text!(
        "centrixone-fix-object",
        "Ask it to let the API key read and write {object}",
        object = object.word()
    ))
}

/// A stage that opportunities were written with, and that a person has renamed or deleted since.
fn stage_lost(lost: Lost) -> Finding {
    let place = text!(
        "centrixone-place-stages",
        "CentrixOne: Settings > Opportunities > Sales stages"
    );
    let label = lost.label;
    match lost.now {
        Some(now) => finding(
            Level::Error,
            "stage-renamed",
            text!(
                "centrixone-stage-renamed",
                "The sales stage “{label}” is now called “{now}”; documents of this stage stand aside",
                label = label,
                now = now
            ),
        )
        .place(place)
        .fix(text!(
            "centrixone-fix-stage-renamed",
            "Rename it back, or write “{now}” in the option `stage` of the flow",
            now = now
        )),
        None => finding(
            Level::Error,
            "stage-deleted",
            text!(
                "centrixone-stage-deleted",
                "The sales stage “{label}” was deleted; documents of this stage stand aside",
                label = label
            ),
        )
        .place(place)
        .fix(text!(
            "centrixone-fix-stage-deleted",
            "Add it again with this French label, or write the label of another stage in the option `stage` of the flow"
        )),
    }
}

/// What came of the last attempt to write a customer.
fn writing(api: &Api) -> Option<Finding> {
    let words = api.host().memory_get(WRITING_REFUSED)?;
    let words = String::from_utf8_lossy(&words).into_owned();
    Some(
        finding(
            Level::Warning,
            "writing-refused",
            text!(
                "centrixone-writing-refused",
                "CentrixOne refused the last customer that was written: {reason}",
                reason = words
            ),
        )
        .place(text!(
            "centrixone-place-permissions",
            "CentrixOne: Administration > User groups > Permissions > Primary (Acomba) contact: write"
        ))
        .fix(text!(
            "centrixone-fix-permissions",
            "Give the API's user group this permission. In one-way mode, or at security level 2, only CentrixOne's support can open these records"
        )),
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
