//! Contract headers: what each state asks for and forbids.

use super::act::{Act, Hand};
use super::company::Row;
use super::refusal::Refusal;
use super::schema::known;
use super::{customer, line, time};

pub const DRAFT: &str = "Draft";
pub const IN_PROGRESS: &str = "In progress";
pub const CANCELLED: &str = "Cancelled";
pub const RENEWED: &str = "Renewed";

/// What a contract that was posted keeps as it is.
const FIXED_ONCE_POSTED: [&str; 5] = [
    "CUSTOMERID",
    "BEGINDATE",
    "CURRENCY",
    "TERMTYPE",
    "LOCATIONID",
];

/// What goes only with a renewal.
const OF_RENEWAL: [&str; 3] = ["RENEWALMACRO", "RENEWTERMLENGTH", "RENEWTERMPERIOD"];

const CONTACTS: [(&str, &str, &str); 3] = [
    ("BILLTOCONTACTNAME", "BILLTOKEY", "BILLTO.CONTACTNAME"),
    ("SHIPTOCONTACTNAME", "SHIPTOKEY", "SHIPTO.CONTACTNAME"),
    ("ADDITIONALCONTACTNAME", "ADDITIONALCONTACTKEY", ""),
];

/// Checks and completes a contract that is new or changed.
pub fn check(act: &mut Act<'_>, old: Option<&Row>, row: &mut Row) -> Result<(), Refusal> {
    states(act, old, row)?;
    if let Some(old) = old {
        frozen(old, row)?;
    }
    terms(row)?;
    if row.flag("RENEWAL") && row.get("RENEWTERMPERIOD").is_empty() && row.has("RENEWTERMLENGTH") {
        row.set("RENEWTERMPERIOD", "Months");
    }
    place(act, row)?;
    if act.switches.multi_currency && !row.has("CURRENCY") {
        return Err(Refusal::missing("CURRENCY"));
    }
    row.fill("BASECURR", &act.company.base_currency.clone());
    row.fill("CURRENCY", &act.company.base_currency.clone());
    contacts(act, old, row);
    if row.get("STATE") != DRAFT && act.hand != Hand::Seed {
        complete(act, row)?;
    }
    Ok(())
}

fn states(act: &Act<'_>, old: Option<&Row>, row: &Row) -> Result<(), Refusal> {
    let state = row.get("STATE");
    match old {
        _ if act.hand == Hand::Seed => Ok(()),
        None if [DRAFT, IN_PROGRESS].contains(&state) => Ok(()),
        None => Err(Refusal::general(format!(
            "A contract cannot be created in the state {state}"
        ))),
        Some(old) if old.get("STATE") != state => Err(Refusal::general(
            "The state of a contract cannot be changed by an update; post it",
        )),
        Some(old) if [CANCELLED, RENEWED].contains(&old.get("STATE")) => {
            Err(Refusal::general(format!(
                "A contract in the state {} cannot be changed",
                old.get("STATE")
            )))
        }
        Some(_) => Ok(()),
    }
}

fn frozen(old: &Row, row: &Row) -> Result<(), Refusal> {
    if old.get("STATE") == DRAFT {
        return Ok(());
    }
    match FIXED_ONCE_POSTED
        .iter()
        .find(|name| old.get(name) != row.get(name))
    {
        None => Ok(()),
        Some(name) => Err(Refusal::general(format!(
            "{name} cannot be changed once the contract is posted"
        ))),
    }
}

fn terms(row: &Row) -> Result<(), Refusal> {
    let termed = row.get("TERMTYPE") != "Evergreen";
    if termed {
        let end = row
            .day("ENDDATE")
            .ok_or_else(|| Refusal::general("ENDDATE is required for a termed contract"))?;
        if row.day("BEGINDATE").is_some_and(|begin| end < begin) {
            return Err(Refusal::general("ENDDATE must not be before BEGINDATE"));
        }
    } else if !row.has("EVERGREENMACRO") {
        return Err(Refusal::missing("EVERGREENMACRO"));
    } else if row.flag("RENEWAL") {
        return Err(Refusal::general("An evergreen contract has no renewal"));
    }
    if !row.flag("RENEWAL")
        && let Some(name) = OF_RENEWAL.iter().find(|name| row.has(name))
    {
        return Err(Refusal::general(format!("{name} needs RENEWAL")));
    }
    for (number, kind) in [
        ("ADVBILLBY", "ADVBILLBYTYPE"),
        ("RENEWALADVBILLBY", "RENEWALADVBILLBYTYPE"),
    ] {
        if row.has(number) != row.has(kind) {
            return Err(Refusal::general(format!("{number} and {kind} go together")));
        }
    }
    Ok(())
}

/// The location, where a company has several entities.
pub fn place(act: &Act<'_>, row: &Row) -> Result<(), Refusal> {
    let location = row.get("LOCATIONID");
    if location.is_empty() && act.switches.multi_entity {
        return Err(Refusal::missing("LOCATIONID"));
    }
    if !location.is_empty() && !act.entity.is_empty() && !is_within(act, location, &act.entity) {
        return Err(Refusal::illegal(format!(
            "Location '{location}' does not belong to entity '{}'",
            act.entity
        )));
    }
    Ok(())
}

fn is_within(act: &Act<'_>, location: &str, entity: &str) -> bool {
    let mut at = location.to_owned();
    for _ in 0..8 {
        if at == entity {
            return true;
        }
        match act.company.by_id("LOCATION", &at) {
            Some(row) if row.has("PARENTID") => at = row.get("PARENTID").to_owned(),
            _ => return false,
        }
    }
    false
}

/// Keeps the versions of its contacts; without a name, the customer's own.
fn contacts(act: &Act<'_>, old: Option<&Row>, row: &mut Row) {
    let customer = act.company.by_id("CUSTOMER", row.get("CUSTOMERID"));
    for (name, key, default) in CONTACTS {
        if !row.has(name) && !default.is_empty() {
            let found = customer.and_then(|row| customer::default_contact(act, row, default));
            row.set(name, found.unwrap_or_default());
        }
        if old.is_some_and(|old| old.get(name) == row.get(name)) {
            continue;
        }
        let contact = act.company.by_id("CONTACT", row.get(name));
        let version = contact.map_or("", |contact| contact.get("VERSIONKEY"));
        row.set(key, version);
    }
}

/// What a contract must have once it is more than a draft.
pub fn complete(act: &Act<'_>, row: &Row) -> Result<(), Refusal> {
    let inactive = |object: &str, field: &str, title: &str| {
        let id = row.get(field);
        let found = act.company.by_id(object, id);
        match found.map(|found| found.get("STATUS")) {
            Some("inactive") => Err(Refusal::illegal(format!("{title} '{id}' is not active."))),
            _ => Ok(()),
        }
    };
    inactive("CUSTOMER", "CUSTOMERID", "Customer")?;
    inactive("ARTERM", "TERMNAME", "AR Term")?;
    inactive("LOCATION", "LOCATIONID", "Location")?;
    inactive("CONTACT", "BILLTOCONTACTNAME", "Contact")?;
    inactive("CONTACT", "SHIPTOCONTACTNAME", "Contact")
}

pub fn lines(act: &Act<'_>, contract: &Row) -> Vec<Row> {
    let id = contract.get("CONTRACTID");
    let lines = act.company.rows_with("CONTRACTDETAIL", "CONTRACTID", id);
    lines.cloned().collect()
}

/// A contract goes with its lines, as long as nothing of it was billed.
pub fn before_delete(act: &mut Act<'_>, row: &Row) -> Result<(), Refusal> {
    if [CANCELLED, RENEWED].contains(&row.get("STATE")) {
        return Err(Refusal::general(format!(
            "A contract in the state {} cannot be deleted",
            row.get("STATE")
        )));
    }
    let lines = lines(act, row);
    for line in &lines {
        line::before_delete(act, line)?;
    }
    for line in lines {
        act.remove(known("CONTRACTDETAIL"), line.key);
    }
    Ok(())
}

/// Draft → In progress.
pub fn post(act: &mut Act<'_>, key: i64, day: &str, memo: &str) -> Result<(), Refusal> {
    let row = act.company.get("CONTRACT", key);
    let mut row = row
        .ok_or_else(|| Refusal::general(format!("Cannot find contract with key {key} to post.")))?
        .clone();
    if row.get("STATE") != DRAFT {
        return Err(Refusal::general(format!(
            "Contract {} is in the state {} and cannot be posted",
            row.get("CONTRACTID"),
            row.get("STATE")
        )));
    }
    complete(act, &row)?;
    row.set("STATE", IN_PROGRESS);
    row.set("GLPOSTINGDATE", day);
    row.set("POSTMEMO", memo);
    act.put(known("CONTRACT"), row);
    Ok(())
}

/// The next term as a contract of its own; the lines that renew go with it.
pub fn renew(act: &mut Act<'_>, id: &str) -> Result<i64, Refusal> {
    let old = act.company.by_id("CONTRACT", id).cloned();
    let mut old = old.ok_or_else(|| Refusal::invalid("Contract", id))?;
    let all = lines(act, &old);
    if old.get("STATE") != IN_PROGRESS || all.is_empty() {
        return Err(Refusal::general(format!(
            "Contract {id} must be in progress with a line to be renewed"
        )));
    }
    let (Some(begin), Some(end)) = (old.day("BEGINDATE"), old.day("ENDDATE")) else {
        return Err(Refusal::general(format!("Contract {id} is not termed")));
    };
    let next = act.company.next_id("CONTRACT");
    let next = next.ok_or_else(|| Refusal::general("There is no contract sequence"))?;
    let starts = time::plus_days(end, 1);
    let length = old.get("RENEWTERMLENGTH").parse::<i64>().ok();
    let ends = match (length, old.get("RENEWTERMPERIOD")) {
        (Some(length), "Years") => time::plus_days(time::plus_years(starts, length), -1),
        (Some(length), "Days") => time::plus_days(starts, length - 1),
        (Some(length), _) => time::plus_days(time::plus_months(starts, length), -1),
        (None, _) => time::plus_days(
            starts,
            i64::from(begin.until(end).map_or(0, |s| s.get_days())),
        ),
    };
    let mut new = Row::default();
    for (name, value) in old.values() {
        new.set(name, value);
    }
    for name in [
        "RECORDNO",
        "WHENCREATED",
        "WHENMODIFIED",
        "RENEWEDCONTRACTID",
    ] {
        new.set(name, "");
    }
    new.set("CONTRACTID", next.as_str());
    new.set("BEGINDATE", starts.to_string());
    new.set("ENDDATE", ends.to_string());
    new.set("PARENTID", id);
    new.set("PARENTKEY", old.key.to_string());
    let new_key = act.insert(known("CONTRACT"), new);
    old.set("STATE", RENEWED);
    old.set("RENEWEDCONTRACTID", next.as_str());
    act.put(known("CONTRACT"), old);
    for line in all {
        line::renew(act, line, &next, starts, ends);
    }
    Ok(new_key)
}

/// At the screen only: there is no such function.
pub fn cancel(act: &mut Act<'_>, id: &str, day: &str) -> Result<(), Refusal> {
    let row = act.company.by_id("CONTRACT", id).cloned();
    let mut row = row.ok_or_else(|| Refusal::invalid("Contract", id))?;
    if row.get("STATE") != IN_PROGRESS {
        return Err(Refusal::general(format!(
            "Contract {id} is not in progress"
        )));
    }
    row.set("STATE", CANCELLED);
    row.set("CANCELDATE", day);
    let lines = lines(act, &row);
    act.put(known("CONTRACT"), row);
    for line in lines {
        line::cancel(act, line.key, day);
    }
    Ok(())
}

pub fn uncancel(act: &mut Act<'_>, key: i64) -> Result<(), Refusal> {
    let row = act.company.get("CONTRACT", key);
    let row = row.filter(|row| row.get("STATE") == CANCELLED).cloned();
    let mut row = row.ok_or_else(|| Refusal::general("The contract is not cancelled"))?;
    row.set("STATE", IN_PROGRESS);
    row.set("CANCELDATE", "");
    let lines = lines(act, &row);
    act.put(known("CONTRACT"), row);
    for line in lines {
        if line.get("STATE") == CANCELLED {
            line::uncancel(act, line.key)?;
        }
    }
    Ok(())
}
