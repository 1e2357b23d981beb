//! The doctor: what a person must set in the bridge or in Acomba before flows can run.
//!
//! It goes from the outside in (bridge, key, company, tables) and stops at the first thing that hides
//! what lies behind it. Reads only.

use crate::bridge::{Bridge, Dead};
use crate::card::CardKind;
use crate::company::{Company, Identity};
use crate::kinds::{PRODUCT_GROUP, TAX};
use crate::refusal::Trouble;
use liaison_sdk::prelude::*;
use liaison_sdk::text;

/// Under which name the user the bridge logs in as is remembered, for the day the log-in fails.
const REMEMBERED_USER: &str = "current-user";
/// Interfaces whose changes flows follow.
const FOLLOWED: [&str; 4] = ["Customer", "Supplier", "Product", "Transaction"];

/// What there is to say.
pub fn check(host: &dyn Host) -> Result<Vec<Finding>, Fault> {
    let bridge = match Bridge::open(host) {
        Ok(bridge) => bridge,
        Err(fault) => return Ok(vec![settings(fault)]),
    };
    if let Err(trouble) = bridge.health() {
        return Ok(vec![unreachable(&bridge, trouble)]);
    }
    let company = match Company::ask(&bridge) {
        Ok(company) => company,
        Err(trouble) => return Ok(vec![refused(&bridge, trouble)]),
    };
    let user = company.told("CurrentUser/UsNumber");
    // Only for the words of a later finding.
    let _ = host.memory_set(REMEMBERED_USER, user.as_bytes());
    let (identity, is_right) = identity(&bridge, &company);
    let mut findings = vec![identity];
    if is_right {
        findings.extend(stamps(&company));
        findings.extend(
            [&PRODUCT_GROUP, &TAX]
                .into_iter()
                .filter_map(|kind| table(&bridge, kind, &user)),
        );
    }
    Ok(findings)
}

fn settings(fault: Fault) -> Finding {
    finding(Level::Error, "connection-incomplete", fault.message)
        .place(text!("acomba-place-connection", "The connection in the tenant's file, and its secrets"))
        .fix(text!(
            "acomba-fix-connection",
            "Set `base_url` and `company`, and the secret `api_key` to the key that the bridge's configuration lists"
        ))
}

fn unreachable(bridge: &Bridge, trouble: Trouble) -> Finding {
    let address = &bridge.settings.base_url;
    match trouble.fault.kind {
        FaultKind::Misconfigured => finding(Level::Error, "bridge-address", trouble.fault.message)
            .place(text!("acomba-place-grants", "The connection in the tenant's file: `base_url` and the granted hosts"))
            .fix(text!("acomba-fix-address", "Set `base_url` to the bridge's address, for example https://srv-acomba:8443, and grant its host; now: {address}", address = address)),
        _ => finding(Level::Error, "bridge-unreachable", text!("acomba-bridge-unreachable", "No AcoBridge answers at {address}", address = address))
            .place(text!("acomba-place-service", "On the machine with Acomba: Windows services > AcoBridge"))
            .fix(text!("acomba-fix-service", "Start the service AcoBridge (automatic start), open its port in the firewall, and compare its address and port with `base_url`")),
    }
}

/// What the bridge says instead of `info`, with its remedy.
fn refused(bridge: &Bridge, trouble: Trouble) -> Finding {
    let company = &bridge.settings.company;
    let in_bridge = |part: &str| {
        text!(
            "acomba-place-bridge",
            "AcoBridge configuration > companies > {company} > {part}",
            company = company,
            part = part
        )
    };
    let keys = || text!("acomba-place-keys", "AcoBridge configuration > API keys");
    let Trouble { code, fault } = trouble;
    let of = |level, code: &'static str| finding(level, code, fault.message.clone());
    match code.as_str() {
        "forbidden" => of(Level::Error, "company-not-allowed").place(keys()).fix(text!(
            "acomba-fix-alias",
            "Allow the alias {company} for this key, or set `company` to an alias that the bridge has",
            company = company
        )),
        "company_not_found" => of(Level::Error, "company-folder-missing").place(in_bridge("CompanyPath")).fix(text!(
            "acomba-fix-folder",
            "Set CompanyPath to the folder where the company is now, the one below F1000.dta that Acomba opens"
        )),
        "login_failed" => of(Level::Error, "login-failed").place(in_bridge("UsNumber")).fix(text!(
            "acomba-fix-login",
            "Set UsNumber and password to an Acomba user with the rights of what is synchronised (last seen: {user})",
            user = last_user(bridge)
        )),
        "licence_limit" => of(Level::Error, "licence-limit")
            .place(text!("acomba-place-licences", "Acomba: the users who are connected, remote desktop sessions included"))
            .fix(text!("acomba-fix-licence", "Have somebody leave Acomba, or buy one more concurrent user for the bridge")),
        "version_mismatch" => of(Level::Error, "version-mismatch")
            .place(text!("acomba-place-sdk", "On the machine with Acomba: folder SDK beside Acomba.exe"))
            .fix(text!(
                "acomba-fix-version",
                "Update Acomba first, on the server and on every workstation; then install its SDK as administrator and restart; the connector last"
            )),
        "closed_window" => of(Level::Warning, "closed-window").place(in_bridge("window")).fix(text!(
            "acomba-fix-window",
            "Nothing, if this is the time of the backup: runs go on when it opens. Else set the hours of the bridge's window"
        )),
        "company_locked" => of(Level::Warning, "company-locked")
            .place(text!("acomba-place-exclusive", "Acomba: reindexing, restoring or closing the year"))
            .fix(text!("acomba-fix-exclusive", "Wait until it has ended; runs go on by themselves")),
        "sdk_not_started" => of(Level::Error, "sdk-not-started")
            .place(text!("acomba-place-sdk", "On the machine with Acomba: folder SDK beside Acomba.exe"))
            .fix(text!("acomba-fix-sdk", "Install the SDK as administrator, restart the machine, and see that Acomba itself opens the company")),
        _ if fault.kind == FaultKind::Unauthorized => of(Level::Error, "api-key-refused").place(keys()).fix(text!(
            "acomba-fix-key",
            "Set the secret `api_key` to a key that stands there"
        )),
        _ => of(Level::Error, "bridge-answer")
            .place(text!("acomba-place-log", "On the machine with Acomba: the log of AcoBridge"))
            .fix(text!("acomba-fix-log", "See there what happened; the bridge said: {reason}", reason = fault.vendor_text.as_deref().unwrap_or("?"))),
    }
}

/// Whose folder it is, and whether it is the right one.
fn identity(bridge: &Bridge, company: &Company) -> (Finding, bool) {
    let alias = &bridge.settings.company;
    let place = text!(
        "acomba-place-bridge",
        "AcoBridge configuration > companies > {company} > {part}",
        company = alias,
        part = "CompanyPath"
    );
    match company.compare(bridge) {
        Identity::Same(id) => (
            finding(Level::Ok, "company", text!(
                "acomba-company",
                "{company} is open as user {user} (identity {id}, Acomba {acomba}, SDK {sdk})",
                company = alias,
                user = company.told("CurrentUser/UsNumber"),
                id = id,
                acomba = company.told("AcombaVersion"),
                sdk = company.told("SdkVersion")
            )),
            true,
        ),
        Identity::Another { expected, found } => (
            finding(Level::Error, "another-company", text!(
                "acomba-another-company",
                "The folder of `{company}` holds another company ({found}) than this connection is for ({expected}); nothing was sent",
                company = alias,
                found = found,
                expected = expected
            ))
            .place(place)
            .fix(text!(
                "acomba-fix-company",
                "Set CompanyPath to the folder of company {expected}; or, if this company is meant from now on, set `company_unique_id` to {found}",
                expected = expected,
                found = found
            )),
            false,
        ),
        Identity::Untold => (
            finding(Level::Warning, "company-untold", text!(
                "acomba-company-untold",
                "The bridge does not tell the identity of {company}, so a swapped folder would not be noticed",
                company = alias
            ))
            .place(place)
            .fix(text!("acomba-fix-untold", "Update the AcoBridge to a version whose `info` tells the company's unique identity")),
            true,
        ),
    }
}

fn stamps(company: &Company) -> Option<Finding> {
    let without: Vec<&str> = FOLLOWED
        .into_iter()
        .filter(|interface| !company.has_stamps(interface))
        .collect();
    (!without.is_empty()).then(|| {
        finding(
            Level::Ok,
            "no-stamps",
            text!(
                "acomba-no-stamps",
                "This SDK has no modification stamps for {interfaces}: each run reads all of them",
                interfaces = without.join(", ")
            ),
        )
    })
}

/// An empty reference table, or one that cannot be read.
fn table(bridge: &Bridge, kind: &CardKind, user: &str) -> Option<Finding> {
    let place = text!(
        "acomba-place-table",
        "Acomba: the cards of {interface}",
        interface = kind.interface
    );
    match bridge.cards_after(kind.interface, 0, 1, Dead::LeftOut) {
        Ok(cards) if !cards.items.is_empty() || cards.more => None,
        Ok(_) if kind.interface == TAX.interface => Some(
            finding(
                Level::Warning,
                "no-taxes",
                text!("acomba-no-taxes", "The company has no taxes, so invoices with taxes will be refused"),
            )
            .place(place)
            .fix(text!(
                "acomba-fix-taxes",
                "Add the taxes under the very numbers that the flow sends, for example TPS and TVQ"
            )),
        ),
        Ok(_) => Some(
            finding(
                Level::Warning,
                "no-product-groups",
                text!(
                    "acomba-no-product-groups",
                    "The company has no product groups, so invoice lines without a product will be refused"
                ),
            )
            .place(place)
            .fix(text!(
                "acomba-fix-groups",
                "Add a product group for each kind of work, and put its number where the flow takes it from"
            )),
        ),
        Err(trouble) => Some(
            finding(
                Level::Warning,
                "table-unreadable",
                text!(
                    "acomba-table-unreadable",
                    "{interface} cannot be read: {reason}",
                    interface = kind.interface,
                    reason = trouble.fault.vendor_text.unwrap_or(trouble.fault.message.fallback)
                ),
            )
            .place(text!("acomba-place-rights", "Acomba: the rights of user {user}", user = user))
            .fix(text!("acomba-fix-rights", "Give the bridge's user the right to see these cards")),
        ),
    }
}

fn last_user(bridge: &Bridge) -> String {
    let remembered = bridge.host().memory_get(REMEMBERED_USER);
    remembered
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .unwrap_or_else(|| "?".to_owned())
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
