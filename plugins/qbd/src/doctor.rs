//! The doctor: connection, authorisation, access, in turn; each with the next step in words.
//!
//! What the last visits told is said at once, since a question would only wait for a visit that does not come. Then
//! one message set asks for all the rest. That writing is allowed is proved by a record that cannot be made: it
//! names a parent that does not exist, so QuickBooks refuses it for that, after it has looked at the permission.

use crate::assumed::{NO_PARENT, WRITE_ALLOWED};
use crate::identity::{self, Trouble};
use crate::message::{records, request, Answered, Outcome};
use crate::parcel::read_one;
use crate::question::Question;
use crate::settings::Settings;
use crate::table;
use crate::xml::{leaf, Element};
use liaison_sdk::prelude::*;

const TRIAL_NAME: &str = "liaison check";
/// A Web Connector that has not called for so many of its rounds does not run.
const ROUNDS_MAX: u64 = 10;
const SILENCE_MS_MIN: u64 = 15 * 60_000;

/// What there is to say.
pub fn check(host: &dyn Host) -> Result<Vec<Finding>, Fault> {
    let settings = match Settings::of(host) {
        Ok(settings) => settings,
        Err(fault) => return Ok(vec![settings_wrong(fault)]),
    };
    let mut findings = match connection(host, &settings) {
        Ok(findings) => findings,
        Err(finding) => return Ok(vec![finding]),
    };
    let given = match read_one(host, questions(host, &settings)) {
        Ok(given) => given,
        Err(fault) => return Ok(vec![broken(fault)]),
    };
    match given.read() {
        Ok(answered) => findings.extend(told(&settings, &answered)),
        Err(fault) => findings.push(broken(fault)),
    }
    Ok(findings)
}

/// How long it may be silent.
fn patience_ms(settings: &Settings) -> u64 {
    (u64::from(settings.poll_seconds()) * 1_000 * ROUNDS_MAX).max(SILENCE_MS_MIN)
}

/// Whether the Web Connector calls at all, and gets through to QuickBooks.
fn connection(host: &dyn Host, settings: &Settings) -> Result<Vec<Finding>, Finding> {
    if identity::identity(host).is_none() {
        return Err(finding(
            Level::Error,
            "not-set-up",
            text!(
                "qbd-not-set-up",
                "The connection was not set up: there is no file for the Web Connector yet"
            ),
        )
        .fix(text!(
            "qbd-fix-not-set-up",
            "Run `liaison connection setup` for this connection, and do the steps it tells"
        )));
    }
    let patience_ms = patience_ms(settings);
    let lately = |at_ms: u64| host.now_ms().saturating_sub(at_ms) <= patience_ms;
    let mut findings = Vec::new();
    let trouble = identity::trouble(host);
    // After a move the old computer may go on calling: that says nothing of the one that calls rightly.
    let two_call = trouble
        .as_ref()
        .is_some_and(|trouble| trouble.kind == "password")
        && identity::seen(host).is_some_and(|seen| lately(seen.at_ms));
    if two_call {
        findings.push(
            finding(
                Level::Warning,
                "two-call",
                text!(
                    "qbd-two-call",
                    "One Web Connector calls with the right password, and another with a wrong one"
                ),
            )
            .place(web_connector())
            .fix(text!(
                "qbd-fix-two-call",
                "Remove this application from the Web Connector of the computer that it was moved from"
            )),
        );
    } else if let Some(trouble) = trouble {
        // The next visit shall try again, even with nothing to do.
        identity::ask_for_probe(host);
        return Err(in_trouble(&trouble));
    }
    let Some(seen) = identity::seen(host) else {
        return Err(finding(
            Level::Error,
            "never-called",
            text!("qbd-never-called", "The Web Connector has never called"),
        )
        .place(web_connector())
        .fix(text!(
            "qbd-fix-never-called",
            "Add the .qwc file with QuickBooks open on the company file, type the password, tick Auto-Run, and press Update Selected"
        )));
    };
    let silent_ms = host.now_ms().saturating_sub(seen.at_ms);
    if silent_ms > patience_ms {
        return Err(finding(
            Level::Error,
            "silent",
            text!(
                "qbd-silent",
                "The Web Connector has not called for {minutes} minutes",
                minutes = silent_ms / 60_000
            ),
        )
        .place(web_connector())
        .fix(text!(
            "qbd-fix-silent",
            "See that the computer with QuickBooks is on, that the Web Connector runs on it, and that Auto-Run is ticked"
        )));
    }
    findings.push(finding(
        Level::Ok,
        "connected",
        text!(
            "qbd-connected",
            "The Web Connector calls and its password is right"
        ),
    ));
    Ok(findings)
}

fn web_connector() -> Text {
    text!(
        "qbd-place-web-connector",
        "QuickBooks Web Connector, on the computer with QuickBooks"
    )
}

fn integrated() -> Text {
    text!(
        "qbd-place-integrated",
        "QuickBooks, as Admin: Edit > Preferences > Integrated Applications > Company Preferences > this application > Properties"
    )
}

fn in_trouble(trouble: &Trouble) -> Finding {
    let code = trouble.code.trim_start_matches("0x").to_lowercase();
    match (trouble.kind.as_str(), code.as_str()) {
        ("password", _) => finding(
            Level::Error,
            "password-refused",
            text!("qbd-password-refused", "The Web Connector calls with a wrong name or password"),
        )
        .place(web_connector())
        .fix(text!(
            "qbd-fix-password",
            "Type the password that `liaison connection setup` showed. Run it again for a new one; the old one then ends"
        )),
        ("company", _) => finding(
            Level::Error,
            "wrong-company",
            text!(
                "qbd-wrong-company",
                "QuickBooks has another company file open, and got nothing: {reason}",
                reason = trouble.words
            ),
        )
        .place(text!("qbd-place-company", "QuickBooks: File > Open or Restore Company"))
        .fix(text!(
            "qbd-fix-company",
            "Open the company file of this connection, or set `company_file` to its path; then press Update Selected in the Web Connector"
        )),
        ("version", _) => finding(
            Level::Error,
            "too-old",
            text!("qbd-too-old", "This QuickBooks is too old: {reason}", reason = trouble.words),
        )
        .fix(text!("qbd-fix-too-old", "QuickBooks 2014 or later is needed")),
        (_, "80040420") => access(trouble).fix(text!(
            "qbd-fix-denied",
            "In the dialog that QuickBooks shows choose: Yes, always; allow access even if QuickBooks is not running. If no dialog comes, allow this application there"
        )),
        (_, "80040416" | "80040417" | "80040401") => access(trouble).fix(text!(
            "qbd-fix-closed",
            "Open QuickBooks with the company file, or let this application in also when QuickBooks is closed: tick Allow this application to login automatically"
        )),
        (_, "80040414") => access(trouble).fix(text!(
            "qbd-fix-dialog",
            "QuickBooks waits for somebody to answer a dialog: close it on the computer with QuickBooks"
        )),
        (_, "80040408") => access(trouble).fix(text!(
            "qbd-fix-start",
            "QuickBooks could not be started: run the Web Connector and QuickBooks under one Windows user, neither of them as administrator"
        )),
        (_, "8004040a") => access(trouble).fix(text!(
            "qbd-fix-other-file",
            "Another company file is open on that computer: close it, or open the one of this connection"
        )),
        _ => access(trouble).fix(text!(
            "qbd-fix-access",
            "Look into the log of the Web Connector for this code; then press Update Selected"
        )),
    }
}

fn access(trouble: &Trouble) -> Finding {
    finding(
        Level::Error,
        "no-access",
        text!(
            "qbd-no-access",
            "The Web Connector calls, and does not get into QuickBooks: {code} {reason}",
            code = trouble.code,
            reason = trouble.words
        ),
    )
    .place(integrated())
}

fn settings_wrong(fault: Fault) -> Finding {
    finding(Level::Error, "settings", fault.message).fix(text!(
        "qbd-fix-settings",
        "Mend the settings of the connection in the tenant's file; every one may be left out"
    ))
}

fn broken(fault: Fault) -> Finding {
    let reason = fault
        .vendor_text
        .clone()
        .unwrap_or_else(|| fault.message.fallback.clone());
    finding(
        Level::Error,
        "no-answer",
        text!(
            "qbd-no-answer",
            "QuickBooks gave no usable answer: {reason}",
            reason = reason
        ),
    )
    .place(web_connector())
    .fix(text!(
        "qbd-fix-no-answer",
        "Press Update Selected in the Web Connector, and look into its log"
    ))
}

/// All in one set, each request by its place.
fn questions(host: &dyn Host, settings: &Settings) -> String {
    let one = Question {
        page: Some(1),
        ..Question::default()
    };
    let table = |name: &str| table::named(name).expect("a table of ours");
    let owner = identity::identity(host).map_or(String::new(), |identity| identity.owner);
    let mut out = request("HostQuery", 1, "", "");
    out += &request(
        "CompanyQuery",
        2,
        "",
        &format!("<OwnerID>{owner}</OwnerID>"),
    );
    out += &request("PreferencesQuery", 3, "", "");
    out += &one.request(table("customer"), 4);
    out += &one.request(table("sales_order"), 5);
    out += &Question::default().request(table("custom_field"), 6);
    if !settings.read_only() {
        let mut trial = String::new();
        leaf(&mut trial, "Name", TRIAL_NAME);
        trial += &format!("<ParentRef><ListID>{NO_PARENT}</ListID></ParentRef>");
        out += &request(
            "CustomerAdd",
            7,
            "",
            &format!("<CustomerAdd>{trial}</CustomerAdd>"),
        );
    }
    out
}

fn told(settings: &Settings, answered: &Answered<'_>) -> Vec<Finding> {
    let of = |id: &str| {
        let mut all = answered.outcomes.iter();
        all.find(|outcome| outcome.element.attribute("requestID") == id)
    };
    let record = |id: &str| of(id).and_then(|outcome| records(outcome).next());
    let mut findings = vec![authorised(record("1"), record("2"))];
    findings.push(match of("4") {
        Some(outcome) if !outcome.failed() => finding(
            Level::Ok,
            "readable",
            text!("qbd-readable", "QuickBooks lets its records be read"),
        ),
        outcome => finding(
            Level::Error,
            "unreadable",
            text!(
                "qbd-not-readable",
                "QuickBooks does not let its records be read: {reason}",
                reason = words(outcome)
            ),
        )
        .place(integrated())
        .fix(text!(
            "qbd-fix-readable",
            "Allow this application access, and let it log in as a user who may read everything"
        )),
    });
    if !settings.read_only() {
        findings.push(writable(of("7")));
    }
    if let Some(outcome) = of("5").filter(|outcome| matches!(outcome.code, 1030 | 3250 | 3270)) {
        findings.push(
            finding(
                Level::Warning,
                "no-sales-orders",
                text!(
                    "qbd-no-sales-orders",
                    "This edition of QuickBooks has no sales orders: {reason}",
                    reason = outcome.message
                ),
            )
            .fix(text!(
                "qbd-fix-sales-orders",
                "Sales orders need Premier or Enterprise, and Edit > Preferences > Sales & Customers > Enable Sales Orders; flows with sales orders are refused until then"
            )),
        );
    }
    if let Some(preferences) = record("3") {
        findings.extend(preference(settings, preferences));
    }
    let country = record("1").map_or("", |host| host.text_of("Country"));
    if !matches!(country, "" | "US") {
        findings.push(
            finding(
                Level::Warning,
                "not-us",
                text!(
                    "qbd-not-us",
                    "This is QuickBooks for {country}; taxes differ from those of the United States",
                    country = country
                ),
            )
            .fix(text!(
                "qbd-fix-not-us",
                "Let the flows set a sales tax code for each line, and try a single record before the rest"
            )),
        );
    }
    findings
}

fn words(outcome: Option<&Outcome<'_>>) -> String {
    outcome.map_or_else(String::new, |outcome| {
        format!("{} {}", outcome.code, outcome.message)
    })
}

fn authorised(host: Option<&Element<'_>>, company: Option<&Element<'_>>) -> Finding {
    let of = |element: Option<&Element<'_>>, name: &str| {
        element.map_or("", |e| e.text_of(name)).to_owned()
    };
    finding(
        Level::Ok,
        "authorised",
        text!(
            "qbd-authorised",
            "QuickBooks lets this application in: {company}, {product}",
            company = of(company, "CompanyName"),
            product = of(host, "ProductName")
        ),
    )
}

fn writable(outcome: Option<&Outcome<'_>>) -> Finding {
    match outcome {
        Some(outcome) if WRITE_ALLOWED.contains(&outcome.code) => finding(
            Level::Ok,
            "writable",
            text!("qbd-writable", "QuickBooks lets records be written"),
        ),
        outcome => finding(
            Level::Error,
            "not-writable",
            text!(
                "qbd-not-writable",
                "QuickBooks does not let records be written: {reason}",
                reason = words(outcome)
            ),
        )
        .place(integrated())
        .fix(text!(
            "qbd-fix-writable",
            "Allow this application to read and modify this company file, and let it log in as a user who may; or set `read_only` to true"
        )),
    }
}

fn preference(settings: &Settings, preferences: &Element<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let rights = preferences.child("CurrentAppAccessRights");
    let alone =
        rights.map(|rights| matches!(rights.text_of("IsAutomaticLoginAllowed"), "true" | "1"));
    if settings.unattended() && alone == Some(false) {
        findings.push(
            finding(
                Level::Warning,
                "only-when-open",
                text!("qbd-only-when-open", "QuickBooks lets this application in only while it is open"),
            )
            .place(integrated())
            .fix(text!(
                "qbd-fix-only-when-open",
                "Tick Allow this application to login automatically and choose a user; or set `unattended` to false"
            )),
        );
    }
    let taxes = preferences.child("SalesTaxPreferences");
    if taxes.is_some_and(|taxes| taxes.child("DefaultItemSalesTaxRef").is_none()) {
        findings.push(
            finding(
                Level::Warning,
                "no-default-tax",
                text!(
                    "qbd-no-default-tax",
                    "QuickBooks has no default sales tax item"
                ),
            )
            .place(text!(
                "qbd-place-tax",
                "QuickBooks: Edit > Preferences > Sales Tax > Company Preferences"
            ))
            .fix(text!(
                "qbd-fix-default-tax",
                "Choose the most common sales tax item, or let the flows set one"
            )),
        );
    }
    findings
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
