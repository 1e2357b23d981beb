//! Rows on their way to CentrixOne: an array at once, and one by one where the array fails.
//!
//! Nobody knows whether an array is all or nothing. So after a failed one it is first read which of
//! its new records are there all the same; those are edited, the others added, each in a POST of its
//! own, and each gets its own answer.
//!
//! Invariant: a row that may already have made a record is never sent as a new one again without
//! looking for that record first.

use crate::api::{external_id_of, id_of, Api};
use crate::assumed::{Object, ALL, EXTERNAL_ID, ID, ROWS_MAX};
use crate::missing::Missing;
use crate::refusal::{Left, Trouble};
use liaison_sdk::prelude::*;

/// A call ends after 60 seconds, and with it every outcome that was not handed back. One request may
/// take 30, so nothing new is begun after this long.
const BEGIN_MS_MAX: u64 = 25_000;

/// One call of `write`: since when, and what it has found out.
pub struct Call<'a> {
    pub api: &'a Api<'a>,
    missing: Missing<'a>,
    started_ms: u64,
}

/// One row. It is an edit when it has an id.
#[derive(Clone, Debug)]
pub struct Row {
    pub body: Map<String, Value>,
    /// By which properties a new record without an id of ours is recognised.
    pub like: &'static [&'static str],
}

impl Row {
    /// A row that carries its own id or one of ours.
    pub fn of(body: Map<String, Value>) -> Self {
        Self { body, like: &[] }
    }

    fn id(&self) -> Option<i64> {
        self.body.get(ID).and_then(Value::as_i64)
    }

    fn external_id(&self) -> Option<&str> {
        self.body.get(EXTERNAL_ID).and_then(Value::as_str)
    }

    fn value(&self) -> Value {
        Value::Object(self.body.clone())
    }

    /// The same as an edit of a record.
    fn edits(&self, id: i64) -> Self {
        let mut row = self.clone();
        row.body.insert(ID.to_owned(), json!(id));
        row
    }

    fn is_like(&self, other: &Value) -> bool {
        let mut like = self
            .like
            .iter()
            .filter(|property| self.body.contains_key(**property));
        !self.like.is_empty() && like.all(|property| same(&self.body[*property], &other[*property]))
    }
}

fn same(a: &Value, b: &Value) -> bool {
    match (a.as_str(), b.as_str()) {
        (Some(a), Some(b)) => a.trim().to_lowercase() == b.trim().to_lowercase(),
        _ => a == b,
    }
}

impl<'a> Call<'a> {
    pub fn new(api: &'a Api<'a>) -> Self {
        Self {
            api,
            missing: Missing::new(api),
            started_ms: api.host().monotonic_ms(),
        }
    }

    /// Whether nothing new may be begun.
    pub fn is_late(&self) -> bool {
        let now_ms = self.api.host().monotonic_ms();
        now_ms.saturating_sub(self.started_ms) > BEGIN_MS_MAX
    }

    /// Sends the rows; the id of each record, or why there is none.
    pub fn send(&self, object: Object, rows: &[Row]) -> Vec<Result<i64, Fault>> {
        let mut results: Vec<Result<i64, Fault>> = Vec::new();
        for rows in cursor::chunks(rows, ROWS_MAX) {
            results.extend(self.send_array(object, rows));
        }
        results
    }

    fn send_array(&self, object: Object, rows: &[Row]) -> Vec<Result<i64, Fault>> {
        if rows.is_empty() {
            return Vec::new();
        }
        if self.is_late() {
            return rows.iter().map(|_| Err(later())).collect();
        }
        let bodies: Vec<Value> = rows.iter().map(Row::value).collect();
        match self.api.post(object, &bodies) {
            Ok(answer) if answer.is_empty() => self.silent_success(object, rows),
            Ok(answer) => {
                let told = told(rows, &answer);
                let untold: Vec<Row> = rows
                    .iter()
                    .zip(&told)
                    .filter(|(_, id)| id.is_none())
                    .map(|(row, _)| row.clone())
                    .collect();
                let mut alone = self.one_by_one(object, &untold).into_iter();
                let one = |id: Option<i64>| match id {
                    Some(id) => Ok(id),
                    None => alone.next().unwrap_or_else(|| Err(untold_fault())),
                };
                told.into_iter().map(one).collect()
            }
            Err(trouble) if rows.len() == 1 => vec![self.settle(object, &rows[0], trouble)],
            Err(trouble) if matches!(trouble.left, Left::Refused | Left::Broken) => {
                self.one_by_one(object, rows)
            }
            Err(trouble) => rows.iter().map(|row| Err(unknown(row, &trouble))).collect(),
        }
    }

    /// A success that tells no row: edits are done, new records are looked for.
    fn silent_success(&self, object: Object, rows: &[Row]) -> Vec<Result<i64, Fault>> {
        let there = self.whereabouts(object, rows);
        let there = there.unwrap_or_else(|_| vec![None; rows.len()]);
        let id = |(row, there): (&Row, Option<i64>)| row.id().or(there).ok_or_else(untold_fault);
        rows.iter().zip(there).map(id).collect()
    }

    fn one_by_one(&self, object: Object, rows: &[Row]) -> Vec<Result<i64, Fault>> {
        if rows.is_empty() {
            return Vec::new();
        }
        let there = match self.whereabouts(object, rows) {
            Ok(there) => there,
            Err(_) => return rows.iter().map(|_| Err(untold_fault())).collect(),
        };
        let mut not_sent: Option<Fault> = None;
        rows.iter()
            .zip(there)
            .map(|(row, there)| {
                if not_sent.is_none() && self.is_late() {
                    not_sent = Some(later());
                }
                match (&not_sent, there) {
                    // Its record is there, perhaps not all of it: the host must ask again.
                    (Some(_), Some(_)) => Err(untold_fault()),
                    // It was in the array that failed.
                    (Some(_), None) if row.id().is_some() => Err(untold_fault()),
                    (Some(fault), None) => Err(fault.clone()),
                    (None, there) => {
                        let sent = there.map_or_else(|| row.clone(), |id| row.edits(id));
                        let result = self.alone(object, &sent, &mut not_sent);
                        result.map_err(|fault| in_the_array(row, fault))
                    }
                }
            })
            .collect()
    }

    fn alone(&self, object: Object, row: &Row, not_sent: &mut Option<Fault>) -> Result<i64, Fault> {
        match self.api.post(object, &[row.value()]) {
            Ok(answer) => match told(std::slice::from_ref(row), &answer).remove(0) {
                Some(id) => Ok(id),
                None => self
                    .silent_success(object, std::slice::from_ref(row))
                    .remove(0),
            },
            Err(trouble) => {
                *not_sent = match trouble.left {
                    Left::Closed => Some(trouble.fault.clone()),
                    Left::Lost | Left::Rubbish => Some(after_lost_answer()),
                    Left::Refused | Left::Broken => None,
                };
                self.settle(object, row, trouble)
            }
        }
    }

    /// What became of one row that was sent alone and failed.
    fn settle(&self, object: Object, row: &Row, trouble: Trouble) -> Result<i64, Fault> {
        match trouble.left {
            Left::Refused if trouble.status == 409 && row.id().is_none() => {
                match self.whereabout(object, row) {
                    Ok(Some(id)) => Err(Fault {
                        kind: FaultKind::Exists,
                        existing: Some(id.to_string()),
                        ..trouble.fault
                    }),
                    _ => Err(trouble.fault),
                }
            }
            Left::Broken => {
                match self.missing.of(object, &row.body) {
                    Ok(None) => {}
                    Ok(Some(fault)) => return Err(fault),
                    Err(_) => return Err(untold_fault()),
                }
                match (row.id(), self.whereabout(object, row)) {
                    (None, Ok(Some(id))) => Ok(id),
                    (None, Err(_)) => Err(untold_fault()),
                    (None, Ok(None)) => Err(trouble.fault),
                    // Nothing tells whether it broke before the edit or after.
                    (Some(_), _) => Err(perhaps(trouble.fault)),
                }
            }
            _ => Err(unknown(row, &trouble)),
        }
    }

    fn whereabout(&self, object: Object, row: &Row) -> Result<Option<i64>, Fault> {
        Ok(self
            .whereabouts(object, std::slice::from_ref(row))?
            .remove(0))
    }

    /// The records that new rows have made already; nothing for edits.
    fn whereabouts(&self, object: Object, rows: &[Row]) -> Result<Vec<Option<i64>>, Fault> {
        let new = |row: &&Row| row.id().is_none();
        let external_ids: Vec<String> = rows
            .iter()
            .filter(new)
            .filter_map(|row| row.external_id().map(str::to_owned))
            .collect();
        let mut there = match external_ids.is_empty() {
            true => Vec::new(),
            false => self.api.by_external_id(object, &external_ids)?,
        };
        if rows
            .iter()
            .filter(new)
            .any(|row| row.external_id().is_none())
        {
            there.extend(self.api.rows(object, ALL)?);
        }
        let one = |row: &Row| {
            let mut fits = there.iter().filter(|other| match row.external_id() {
                Some(id) => external_id_of(other).as_deref() == Some(id),
                None => row.is_like(other),
            });
            fits.find_map(id_of)
        };
        Ok(rows
            .iter()
            .map(|row| if row.id().is_none() { one(row) } else { None })
            .collect())
    }
}

/// The ids that an answer tells, row by row: by id, by our id, or by place where the answer has as
/// many rows as were sent.
fn told(rows: &[Row], answer: &[Value]) -> Vec<Option<i64>> {
    let same_number = rows.len() == answer.len();
    rows.iter()
        .enumerate()
        .map(|(at, row)| {
            let named = answer
                .iter()
                .find(|told| match (row.id(), row.external_id()) {
                    (Some(id), _) => id_of(told) == Some(id),
                    (None, Some(id)) => external_id_of(told).as_deref() == Some(id),
                    (None, None) => false,
                });
            let nameless = || {
                let told = answer.get(at).filter(|_| same_number)?;
                // The answer to another row stands here: then places mean nothing.
                let other = external_id_of(told).is_some() || row.id().is_some();
                (!other).then_some(told)
            };
            named.or_else(nameless).and_then(id_of)
        })
        .collect()
}

/// The fault of a row whose answer was lost or none.
fn unknown(row: &Row, trouble: &Trouble) -> Fault {
    match (trouble.left, row.id()) {
        (Left::Rubbish, Some(_)) => Fault {
            scope: FaultScope::WholeConnection,
            message: text!(
                "centrixone-page",
                "CentrixOne answered with a page of its web server instead of data"
            ),
            ..trouble.fault.clone()
        },
        _ => trouble.fault.clone(),
    }
}

/// The fault of a row that was in an array before it was sent alone: an edit may have been carried out then.
fn in_the_array(row: &Row, fault: Fault) -> Fault {
    let passes = matches!(
        fault.kind,
        FaultKind::Throttled | FaultKind::Unavailable | FaultKind::Unauthorized | FaultKind::Locked
    );
    match row.id() {
        Some(_) if passes => perhaps(fault),
        _ => fault,
    }
}

/// The same fault of an edit that may have been carried out.
fn perhaps(fault: Fault) -> Fault {
    Fault {
        kind: FaultKind::OutcomeUnknown,
        ..fault
    }
}

fn untold_fault() -> Fault {
    fault::outcome_unknown(text!(
        "centrixone-untold",
        "CentrixOne did not say what became of this record; it may have been written"
    ))
}

fn after_lost_answer() -> Fault {
    fault::unavailable(text!(
        "centrixone-after-lost-answer",
        "Not sent: CentrixOne did not answer the request before this one"
    ))
}

/// What is left of a call that took too long.
pub fn later() -> Fault {
    fault::throttled(text!(
        "centrixone-later",
        "Not sent yet: the requests before this one took the time of the call"
    ))
    .wait_ms(0)
}
