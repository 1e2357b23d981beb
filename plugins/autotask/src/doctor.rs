//! The doctor: what a person must set in Autotask before flows can run.
//!
//! Every finding says where to click and what to set. Reads only, about fifteen requests, and twenty more where quotes are
//! sent ([`crate::doctor_sales`]). The menu
//! paths are those of Autotask's newer interface and **unconfirmed**.

use crate::api::Api;
use crate::assumed;
use crate::search::{any_of, blank, test, Op};
use crate::table::{id_text, plain_text, seconds};
use liaison_sdk::prelude::*;
use std::collections::BTreeSet;

/// How far back the newest invoice is looked for.
const NEWEST_MS: i64 = 30 * 86_400_000;
/// How far back invoices without a number are looked at: flows may still be waiting for them.
const WAITING_MS: i64 = 90 * 86_400_000;
/// From here on Autotask answers slowly, and at 100 % not at all.
const QUOTA_PERCENT_MAX: u64 = 75;
/// Names in one finding: enough to act on.
const NAMES_MAX: usize = 20;

/// What the flows need of each table.
const RIGHTS: [(&str, &[&str]); 7] = [
    ("Invoices", &["Query", "Update"]),
    ("BillingItems", &["Query"]),
    ("BillingCodes", &["Query"]),
    ("Companies", &["Query", "Update"]),
    ("Products", &["Query", "Update"]),
    ("TicketCategories", &["Query"]),
    ("Tickets", &["Query", "Create"]),
];

/// All findings; the first group ends the visit when Autotask cannot be entered.
pub fn check(host: &dyn Host) -> Result<Vec<Finding>, Fault> {
    let mut found = Vec::new();
    let entered = Api::open(host).and_then(|api| quota(&api, &mut found).map(|()| api));
    let api = match entered {
        Ok(api) => api,
        Err(fault) => return closed_door(fault).map(|finding| vec![finding]),
    };
    let connected = text!("connected", "Connected to {address}", address = api.base());
    found.insert(0, finding(Level::Ok, "connected", connected));
    if api.settings.billing {
        let refused = may_not(&api, &RIGHTS, &mut found)?;
        udf_fields(&api, &mut found)?;
        if !refused.contains("Invoices") {
            invoices(&api, &refused, &mut found)?;
        }
    }
    if api.settings.sales {
        crate::doctor_sales::check(&api, &mut found)?;
    }
    Ok(found)
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

/// A finding that says where to click and what to set.
pub fn with_fix(level: Level, code: &str, message: Text, place: Text, fix: Text) -> Finding {
    Finding {
        place: Some(place),
        fix: Some(fix),
        ..finding(level, code, message)
    }
}

fn api_user_place() -> Text {
    text!(
        "place-api-user",
        "Admin > Account Settings & Users > Resources/Users (HR) > Resources/Users > the API user"
    )
}

/// A refusal at the door, as a finding; anything that passes by itself stays a fault.
fn closed_door(fault: Fault) -> Result<Finding, Fault> {
    let fix = match (fault.kind, fault.message.key.as_str()) {
        (FaultKind::Unauthorized, "integration-code-invalid") => {
            text!(
                "fix-integration-code",
                "Copy the Tracking Identifier of the API user into the secret integration_code"
            )
        }
        (FaultKind::Unauthorized, "zone-unknown") => {
            text!(
                "fix-zone",
                "Copy the Username (Key) of the API user into the secret user_name; the user must be active"
            )
        }
        (FaultKind::Unauthorized, _) => {
            text!(
                "fix-credentials",
                "Generate a new key and secret for the API user and store both: user_name, secret"
            )
        }
        (FaultKind::Misconfigured, _) => {
            let message = fault.message;
            return Ok(finding(Level::Error, "setting-missing", message));
        }
        _ => return Err(fault),
    };
    let code = fault.message.key.clone();
    Ok(with_fix(
        Level::Error,
        &code,
        fault.message,
        api_user_place(),
        fix,
    ))
}

/// The first call: it also shows whether the credentials are taken.
fn quota(api: &Api, found: &mut Vec<Finding>) -> Result<(), Fault> {
    let quota = api.get("ThresholdInformation")?;
    let number = |name: &str| quota[name].as_u64().unwrap_or(0);
    let (used, allowed) = (
        number("currentTimeframeRequestCount"),
        number("externalRequestThreshold"),
    );
    if allowed > 0 && used * 100 > allowed * QUOTA_PERCENT_MAX {
        found.push(with_fix(
            Level::Warning,
            "quota-nearly-used",
            text!(
                "quota-nearly-used",
                "{used} of {allowed} calls of this hour are used",
                used = used,
                allowed = allowed
            ),
            text!(
                "place-quota",
                "Admin > Extensions & Integrations > Other Extensions & Tools > Integration Center"
            ),
            text!(
                "fix-quota",
                "Find the integration that calls so often, or run the flows less often"
            ),
        ));
    }
    Ok(())
}

/// What the API user may not do. Gives the tables it cannot read.
///
/// # Errors
/// Those of the questions that do not say what is wrong.
pub fn may_not(
    api: &Api,
    needed: &[(&'static str, &[&str])],
    found: &mut Vec<Finding>,
) -> Result<BTreeSet<&'static str>, Fault> {
    let mut unreadable = BTreeSet::new();
    for &(table, rights) in needed {
        let answer = api.get(&format!("{table}/entityInformation"));
        let missing: Vec<&str> = match &answer {
            Ok(answer) => rights
                .iter()
                .copied()
                .filter(|right| !may(&answer["info"], right))
                .collect(),
            Err(fault) if fault.kind == FaultKind::Misconfigured => rights.to_vec(),
            Err(fault) => return Err(fault.clone()),
        };
        if missing.contains(&"Query") {
            unreadable.insert(table);
        }
        if !missing.is_empty() {
            let rights = missing.join(", ");
            found.push(with_fix(
                Level::Error,
                "permission-missing",
                text!("permission-missing", "The API user lacks {rights} on {table}", rights = rights, table = table),
                text!("place-security", "Admin > Account Settings & Users > Resources/Users (HR) > Security > Security Levels > API User (system)"),
                text!("fix-security", "Allow {rights} on {table} in the security level of the API user", rights = rights, table = table),
            ));
        }
    }
    Ok(unreadable)
}

/// Both the entity and the user must allow it; the user's access is text or a number, and 0 is None.
fn may(info: &Value, right: &str) -> bool {
    let allowed = info[format!("can{right}")].as_bool().unwrap_or(true);
    let access = &info[format!("userAccessFor{right}")];
    let none = access
        .as_str()
        .is_some_and(|a| a.eq_ignore_ascii_case("none"))
        || access.as_i64() == Some(0);
    allowed && !none
}

/// The field for the ERP's id must exist where flows write it.
fn udf_fields(api: &Api, found: &mut Vec<Finding>) -> Result<(), Fault> {
    let wanted = &api.settings.id_field;
    let kinds = [
        (
            "Companies",
            text!(
                "place-udf-companies",
                "Admin > Application-Wide (Shared) Features > User-Defined Fields > Organizations"
            ),
        ),
        (
            "Products",
            text!(
                "place-udf-products",
                "Admin > Application-Wide (Shared) Features > User-Defined Fields > Products"
            ),
        ),
    ];
    for (table, place) in kinds {
        udf_field(api, table, wanted, place, found)?;
    }
    Ok(())
}

/// A user-defined field must exist and be text.
///
/// # Errors
/// Those of the question.
pub fn udf_field(
    api: &Api,
    table: &str,
    wanted: &str,
    place: Text,
    found: &mut Vec<Finding>,
) -> Result<(), Fault> {
    let answer = match api.get(&format!("{table}/entityInformation/userDefinedFields")) {
        Ok(answer) => answer,
        // A table without any answers 404.
        Err(fault) if fault.kind == FaultKind::Misconfigured => json!({"fields": []}),
        Err(fault) => return Err(fault),
    };
    let mut fields = answer["fields"].as_array().into_iter().flatten();
    let field = fields.find(|f| {
        f["name"]
            .as_str()
            .is_some_and(|name| name.eq_ignore_ascii_case(wanted))
    });
    let message = match field {
        None => text!(
            "udf-missing",
            "{table} have no user-defined field {name}",
            table = table,
            name = wanted
        ),
        Some(f)
            if f["type"]
                .as_str()
                .is_some_and(|kind| !kind.eq_ignore_ascii_case("string")) =>
        {
            text!(
                "udf-not-text",
                "The user-defined field {name} of {table} is not text",
                table = table,
                name = wanted
            )
        }
        Some(_) => return Ok(()),
    };
    let code = message.key.clone();
    let fix = text!(
        "fix-udf",
        "Add the field {name}: type Text (single line), not required, not protected",
        name = wanted
    );
    found.push(with_fix(Level::Error, &code, message, place, fix));
    Ok(())
}

/// Recent invoices show whether Autotask numbers them itself, and which billing codes lack an
/// external number.
fn invoices(api: &Api, refused: &BTreeSet<&str>, found: &mut Vec<Finding>) -> Result<(), Fault> {
    let now_ms = i64::try_from(api.host.now_ms()).unwrap_or(i64::MAX);
    let living_since = |ms| {
        vec![
            test(Op::Gte, "createDateTime", seconds(now_ms - ms)),
            test(Op::Eq, "isVoided", json!(false)),
        ]
    };
    let mut newest = Value::Null;
    api.each_page("Invoices", &living_since(NEWEST_MS), |mut rows| {
        newest = rows.pop().unwrap_or_else(|| newest.take());
        Ok(())
    })?;
    let number = plain_text(&newest["invoiceNumber"]);
    let ours = !newest["webServiceDate"].is_null() || assumed::is_ticket_number(number.trim());
    if !number.trim().is_empty() && !ours {
        found.push(with_fix(
            Level::Error,
            "automatic-numbering",
            text!(
                "automatic-numbering",
                "Invoice {id} already carries the number {number}, which did not come from us: Autotask or somebody else numbers invoices",
                id = plain_text(&newest["id"]),
                number = number
            ),
            text!("place-numbering", "Admin > Features & Settings > Finance, Accounting & Invoicing > Invoice Settings > Next Invoice Number"),
            text!("fix-numbering", "Leave Next Invoice Number empty"),
        ));
    }
    if !refused.contains("BillingItems") && !refused.contains("BillingCodes") {
        let mut waiting = living_since(WAITING_MS);
        waiting.extend(blank("invoiceNumber"));
        let waiting: Vec<Value> = api
            .all("Invoices", &waiting)?
            .into_iter()
            .map(|row| row["id"].clone())
            .collect();
        billing_codes(api, &waiting, found)?;
    }
    Ok(())
}

fn billing_codes(api: &Api, invoices: &[Value], found: &mut Vec<Finding>) -> Result<(), Fault> {
    let mut used: BTreeSet<i64> = BTreeSet::new();
    for ids in cursor::chunks(invoices, crate::search::OR_MAX) {
        api.each_page("BillingItems", &[any_of("invoiceID", ids)], |rows| {
            used.extend(rows.iter().filter_map(|row| row["billingCodeID"].as_i64()));
            Ok(())
        })?;
    }
    let used: Vec<Value> = used.into_iter().map(|id| json!(id)).collect();
    let codes = api.all_in("BillingCodes", "id", &used)?;
    let nameless: Vec<String> = codes
        .iter()
        .filter(|row| filter::is_empty(&row["externalNumber"]))
        .map(|row| match plain_text(&row["name"]).trim() {
            "" => plain_text(&id_text(&row["id"])),
            name => name.to_owned(),
        })
        .collect();
    if nameless.is_empty() {
        return Ok(());
    }
    let mut names = nameless
        .iter()
        .take(NAMES_MAX)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    if nameless.len() > NAMES_MAX {
        names.push_str(", …");
    }
    found.push(with_fix(
        Level::Error,
        "billing-code-without-number",
        text!(
            "billing-code-without-number",
            "Invoices wait that use billing codes without an External Number: {names}",
            names = names
        ),
        text!(
            "place-billing-codes",
            "Admin > Features & Settings > Finance, Accounting & Invoicing > Billing Codes"
        ),
        text!(
            "fix-billing-codes",
            "Set External Number to the ERP's product group: {names}",
            names = names
        ),
    ));
    Ok(())
}
