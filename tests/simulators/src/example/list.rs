//! `GET /v1/tasks`: filters, and pages in the order of change.

use std::str::FromStr;

use serde_json::{Value, json};

use super::ok;
use super::refusal::Refusal;
use super::store::Store;
use super::task::{Task, name};
use crate::percent::{Plus, decode};
use crate::simulator::{NowMs, Response};

const LIMIT_MAX: usize = 100;
const IDS_MAX: usize = 100;

#[derive(Default)]
struct Asked {
    modified_since: Option<NowMs>,
    number: Option<String>,
    customer: Option<String>,
    status: Option<String>,
    ids: Option<Vec<String>>,
    limit: Option<usize>,
    /// Where the page before ended: its last task's time and number.
    after: Option<(NowMs, u64)>,
}

/// Tasks in the order of their last change. With `modified_since` those that were deleted show too, so that
/// who asks for changes hears of it.
pub fn page(store: &Store, query: &str) -> Result<Response, Refusal> {
    let asked = Asked::read(query)?;
    let mut tasks: Vec<&Task> = store.all().filter(|task| asked.fits(task)).collect();
    tasks.sort_by_key(|task| place(task));
    if let Some(after) = asked.after {
        tasks.retain(|task| place(task) > after);
    }
    let limit = asked.limit.unwrap_or(LIMIT_MAX);
    let more = tasks.len() > limit;
    tasks.truncate(limit);
    let next = tasks.last().filter(|_| more).map(|last| {
        let (modified, id) = place(last);
        format!("{modified}.{id}")
    });
    let shown: Value = tasks.into_iter().map(Task::show).collect();
    Ok(ok(200, &json!({"tasks": shown, "next": next})))
}

fn place(task: &Task) -> (NowMs, u64) {
    (task.modified, task.id)
}

impl Asked {
    fn read(query: &str) -> Result<Self, Refusal> {
        let mut asked = Self::default();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (parameter, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = decode(value, Plus::Space)
                .ok_or_else(|| Refusal::bad(format!("{parameter} is not encoded rightly")))?;
            asked.take(parameter, value)?;
        }
        Ok(asked)
    }

    fn take(&mut self, parameter: &str, value: String) -> Result<(), Refusal> {
        let wrong = || Refusal::bad(format!("{parameter} is not usable"));
        match parameter {
            "modified_since" => {
                let at = jiff::Timestamp::from_str(&value).map_err(|_| wrong())?;
                self.modified_since = Some(at.as_millisecond());
            }
            "number" => self.number = Some(value),
            "customer" => self.customer = Some(value),
            "status" => self.status = Some(value),
            "ids" => {
                let ids: Vec<String> = value.split(',').map(str::to_owned).collect();
                if ids.len() > IDS_MAX {
                    return Err(Refusal::bad(format!("ids takes at most {IDS_MAX}")));
                }
                self.ids = Some(ids);
            }
            "limit" => {
                let limit = value.parse().map_err(|_| wrong())?;
                if !(1..=LIMIT_MAX).contains(&limit) {
                    return Err(Refusal::bad(format!("limit is 1 to {LIMIT_MAX}")));
                }
                self.limit = Some(limit);
            }
            "after" => {
                let (modified, id) = value.split_once('.').ok_or_else(wrong)?;
                let modified = modified.parse().map_err(|_| wrong())?;
                self.after = Some((modified, id.parse().map_err(|_| wrong())?));
            }
            _ => return Err(Refusal::bad(format!("unknown parameter {parameter}"))),
        }
        Ok(())
    }

    fn fits(&self, task: &Task) -> bool {
        let same = |wanted: &Option<String>, field: &str| {
            wanted
                .as_deref()
                .is_none_or(|wanted| task.text(field) == Some(wanted))
        };
        (!task.deleted || self.modified_since.is_some())
            && self
                .modified_since
                .is_none_or(|since| task.modified >= since)
            && same(&self.number, "number")
            && same(&self.customer, "customer")
            && same(&self.status, "status")
            && self
                .ids
                .as_ref()
                .is_none_or(|ids| ids.contains(&name(task.id)))
    }
}
