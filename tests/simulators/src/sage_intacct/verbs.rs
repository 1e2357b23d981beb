//! The verbs of contracts and their lines: `<post><CONTRACT>…</CONTRACT></post>`.

use super::act::Act;
use super::company::Row;
use super::functions::{Done, permit};
use super::refusal::Refusal;
use super::schema;
use super::wire::Element;
use super::{contract, line, schedule, time, write};

/// The children of a verb; those that end in `?` may be left out.
fn body(verb: &str, object: &str) -> Option<&'static [&'static str]> {
    Some(match (verb, object) {
        ("post", "CONTRACT" | "CONTRACTDETAIL") => {
            &["RECORDNO", "GLPOSTINGDATE?", "GLPOSTDATE?", "POSTMEMO?"]
        }
        ("renew", "CONTRACT") => &["CONTRACTID"],
        ("hold", "CONTRACT") => &[
            "CONTRACTID",
            "CONTRACTDETAILKEYS",
            "HOLDDATE",
            "HOLDMEMO?",
            "HOLDBILLINGSCHEDULES",
            "HOLDREVENUESCHEDULES",
            "HOLDEXPENSESCHEDULES",
        ],
        ("resume", "CONTRACT") => &[
            "CONTRACTID",
            "CONTRACTDETAILKEYS",
            "RESUMEDATE",
            "RESUMEMEMO?",
            "RESUMEBILLINGSCHEDULES",
            "RESUMEREVENUESCHEDULES",
            "RESUMEEXPENSESCHEDULES",
            "REVENUEADJUSTMENTTYPE?",
        ],
        ("hold", "CONTRACTDETAIL") => &[
            "RECORDNO", "ASOFDATE", "MEMO?", "BILLING?", "REVENUE?", "EXPENSE?",
        ],
        ("resume", "CONTRACTDETAIL") => &[
            "RECORDNO",
            "ASOFDATE",
            "MEMO?",
            "BILLING?",
            "REVENUE?",
            "EXPENSE?",
            "REVENUEADJUSTMENTTYPE?",
        ],
        ("uncancel", "CONTRACT" | "CONTRACTDETAIL") => &["RECORDNO"],
        ("deliver", "CONTRACTDETAIL") => &["RECORDNO", "DELIVERYDATE"],
        ("clearallmea" | "clearlastactivemea", "CONTRACT") => &["CONTRACTID"],
        _ => return None,
    })
}

pub fn run(act: &mut Act<'_>, verb: &str, call: &Element) -> Result<Done, Refusal> {
    let [element] = call.children.as_slice() else {
        return Err(Refusal::general(format!("{verb} takes one object")));
    };
    let object = schema::object(&element.name);
    let object = object.ok_or_else(|| Refusal::no_object("WS", &element.name))?;
    permit(act, verb, object)?;
    let expected = body(verb, &object.name)
        .ok_or_else(|| Refusal::general(format!("{verb} is not supported for {}", object.name)))?;
    check(element, expected)?;
    let before = act.company.clone();
    let done = carry_out(act, verb, &object.name, element);
    let key = done.map_err(|refusal| {
        *act.company = before;
        refusal.so(format!("Could not {verb} {} record!", object.title))
    })?;
    let mut data = Element::with("data", vec![write::made(act, object, key)]);
    data.set("listtype", "objects");
    data.set("count", 1);
    Ok(Done::Elements(vec![data]))
}

fn check(element: &Element, expected: &[&str]) -> Result<(), Refusal> {
    for child in &element.children {
        let known = |word: &&str| word.trim_end_matches('?') == child.name;
        if !expected.iter().any(known) {
            return Err(Refusal::general(format!("{} is not expected", child.name)));
        }
    }
    for word in expected.iter().filter(|word| !word.ends_with('?')) {
        if element.get(word).is_none_or(str::is_empty) {
            return Err(Refusal::missing(word));
        }
    }
    Ok(())
}

fn carry_out(
    act: &mut Act<'_>,
    verb: &str,
    object: &str,
    element: &Element,
) -> Result<i64, Refusal> {
    let text = |name: &str| element.get(name).unwrap_or_default();
    let day = |name: &str| match text(name) {
        "" => Ok(String::new()),
        shown => time::parse_day(shown)
            .map(|day| day.to_string())
            .ok_or_else(|| Refusal::illegal(format!("Date is not valid: '{shown}'"))),
    };
    let key = || -> Result<i64, Refusal> {
        let number = text("RECORDNO").trim();
        number
            .parse()
            .map_err(|_| Refusal::illegal(format!("{number} is not a RECORDNO")))
    };
    let is_line = object == "CONTRACTDETAIL";
    match verb {
        "post" => {
            let key = key()?;
            let name = match text("GLPOSTINGDATE") {
                "" => "GLPOSTDATE",
                _ => "GLPOSTINGDATE",
            };
            let (day, memo) = (day(name)?, text("POSTMEMO"));
            if is_line {
                line::post(act, key, &day, memo)?;
            } else {
                contract::post(act, key, &day, memo)?;
            }
            Ok(key)
        }
        "renew" => contract::renew(act, text("CONTRACTID")),
        "uncancel" => {
            let key = key()?;
            if is_line {
                line::uncancel(act, key)?;
            } else {
                contract::uncancel(act, key)?;
            }
            Ok(key)
        }
        "deliver" => {
            let (key, day) = (key()?, day("DELIVERYDATE")?);
            let found = line_in_progress(act, key)?;
            act.change("CONTRACTDETAIL", found.key, |row| {
                row.set("DELIVERYSTATUS", "Delivered");
                row.set("DELIVERYDATE", day);
            });
            Ok(key)
        }
        "hold" | "resume" if is_line => {
            day("ASOFDATE")?;
            let found = line_in_progress(act, key()?)?;
            let kinds = ["BILLING", "REVENUE", "EXPENSE"].map(|kind| (kind, text(kind) == "true"));
            hold_line(act, found.key, verb == "hold", &kinds);
            Ok(found.key)
        }
        "hold" | "resume" => hold(act, verb, element),
        _ => by_id(act, text("CONTRACTID")).map(|row| row.key),
    }
}

fn by_id(act: &Act<'_>, id: &str) -> Result<Row, Refusal> {
    let found = act.company.by_id("CONTRACT", id);
    found
        .cloned()
        .ok_or_else(|| Refusal::invalid("Contract", id))
}

fn line_in_progress(act: &Act<'_>, key: i64) -> Result<Row, Refusal> {
    let found = act.company.get("CONTRACTDETAIL", key).cloned();
    let found = found.ok_or_else(|| Refusal::invalid("Contract Detail", &key.to_string()))?;
    if found.get("STATE") != contract::IN_PROGRESS {
        return Err(Refusal::general(format!(
            "Contract line {key} is not in progress"
        )));
    }
    Ok(found)
}

/// Puts the named lines of a contract on hold, or takes them off; the header shows it.
fn hold(act: &mut Act<'_>, verb: &str, element: &Element) -> Result<i64, Refusal> {
    let prefix = verb.to_uppercase();
    let day = element.get(&format!("{prefix}DATE")).unwrap_or_default();
    if time::parse_day(day).is_none() {
        return Err(Refusal::illegal(format!("Date is not valid: '{day}'")));
    }
    let contract = by_id(act, element.get("CONTRACTID").unwrap_or_default())?;
    if contract.get("STATE") != contract::IN_PROGRESS {
        return Err(Refusal::general("The contract is not in progress"));
    }
    let kinds = ["BILLING", "REVENUE", "EXPENSE"]
        .map(|kind| (kind, element.is_true(&format!("{prefix}{kind}SCHEDULES"))));
    let keys = element.get("CONTRACTDETAILKEYS").unwrap_or_default();
    let mut lines = Vec::new();
    for key in keys.split(',').map(str::trim) {
        let number = key.parse().unwrap_or_default();
        let found = act.company.get("CONTRACTDETAIL", number);
        let id = contract.get("CONTRACTID");
        if found.is_none_or(|row| row.get("CONTRACTID") != id) {
            return Err(Refusal::invalid("Contract Detail", key));
        }
        lines.push(number);
    }
    let on = verb == "hold";
    for line in lines {
        hold_line(act, line, on, &kinds);
    }
    act.change("CONTRACT", contract.key, |row| {
        for (kind, wanted) in kinds {
            if wanted {
                row.set(&format!("{kind}HOLD"), on.to_string());
            }
        }
    });
    Ok(contract.key)
}

fn hold_line(act: &mut Act<'_>, key: i64, on: bool, kinds: &[(&str, bool)]) {
    act.change("CONTRACTDETAIL", key, |row| {
        for (kind, wanted) in kinds {
            if *wanted {
                row.set(&format!("{kind}HOLD"), on.to_string());
            }
        }
    });
    if kinds.contains(&("BILLING", true)) {
        if on {
            schedule::set_state(act, key, "Open", "On hold", "On hold");
        } else {
            schedule::set_state(act, key, "On hold", "Open", contract::IN_PROGRESS);
        }
    }
}
