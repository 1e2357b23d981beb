//! Which records changed, or went, in a window of time.

use serde_json::{Value, json};

use super::api::Api;
use super::call::{Call, Reply};
use super::describe::is_replicateable;
use super::refusal::{Fault, Refusal};
use super::schema::Object;
use super::time::{self, DAY_S, Stamp};

const UPDATED_SINCE: u32 = 31;
const UPDATED_BACK_S: i64 = 30 * DAY_S;
const DELETED_BACK_S: i64 = 15 * DAY_S;
const IDS_MAX: usize = 600_000;
const MINUTE_S: i64 = 60;

pub fn updated(api: &Api<'_>, object: &str, call: &Call) -> Result<Reply, Refusal> {
    if api.who.version < UPDATED_SINCE {
        return Err(Refusal::not_found());
    }
    let object = replicated(api, object)?;
    let (start, end) = window(api, call, UPDATED_BACK_S)?;
    let rows = api.org.table(&object.name).live();
    let ids: Vec<&String> = rows
        .filter(|row| is_within(row.text("SystemModstamp"), start, end))
        .map(|row| &row.id)
        .collect();
    counted(ids.len())?;
    Ok(Reply::ok(
        json!({ "ids": ids, "latestDateCovered": time::written(covered(api, end)) }),
    ))
}

pub fn deleted(api: &Api<'_>, object: &str, call: &Call) -> Result<Reply, Refusal> {
    let object = replicated(api, object)?;
    let (start, end) = window(api, call, DELETED_BACK_S)?;
    let rows = api.org.table(&object.name).rows().filter(|row| row.deleted);
    let gone: Vec<Value> = rows
        .filter(|row| is_within(row.text("LastModifiedDate"), start, end))
        .map(|row| json!({ "id": row.id, "deletedDate": row.get("LastModifiedDate") }))
        .collect();
    counted(gone.len())?;
    Ok(Reply::ok(json!({
        "deletedRecords": gone,
        "earliestDateAvailable": time::written(api.who.now - DELETED_BACK_S),
        "latestDateCovered": time::written(covered(api, end)),
    })))
}

fn replicated(api: &Api<'_>, name: &str) -> Result<Object, Refusal> {
    let object = api.object(name)?;
    match is_replicateable(&object) {
        true => Ok(object),
        false => {
            let message = format!("object {} is not replicateable", object.name);
            Err(Fault::new("INVALID_TYPE_FOR_OPERATION", message).into())
        }
    }
}

fn counted(count: usize) -> Result<(), Refusal> {
    match count > IDS_MAX {
        true => Err(Fault::new("EXCEEDED_ID_LIMIT", "exceeded id limit").into()),
        false => Ok(()),
    }
}

/// Start and end, to the minute below.
fn window(api: &Api<'_>, call: &Call, back: i64) -> Result<(Stamp, Stamp), Refusal> {
    let date = |name: &str| {
        let text = call.parameter(name).unwrap_or_default();
        let stamp = time::read(text);
        stamp
            .map(|stamp| stamp - stamp.rem_euclid(MINUTE_S))
            .ok_or_else(|| {
                let message = format!("Unable to parse {name} date: {text}");
                Fault::new("ILLEGAL_QUERY_PARAMETER_VALUE", message)
            })
    };
    let (start, end) = (date("start")?, date("end")?);
    let wrong = |message: &str| Err(Fault::new("INVALID_REPLICATION_DATE", message).into());
    if end - start < MINUTE_S {
        return wrong("startDate must be at least one minute before endDate");
    }
    if start < api.who.now - back {
        return wrong(&format!(
            "startDate cannot be more than {} days ago",
            back / DAY_S
        ));
    }
    Ok((start, end))
}

/// What is surely seen: long transactions may still be on their way.
fn covered(api: &Api<'_>, end: Stamp) -> Stamp {
    let lag = i64::try_from(api.org.switches.replication_lag_s).unwrap_or(0);
    end.min(api.who.now - api.who.now.rem_euclid(MINUTE_S)) - lag
}

fn is_within(text: &str, start: Stamp, end: Stamp) -> bool {
    time::read(text).is_some_and(|stamp| start <= stamp && stamp < end)
}
