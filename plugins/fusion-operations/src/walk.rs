//! Walks: pages of a list, `changes` and `query`.
//!
//! How a list is cut is assumed, so a walk takes the vendor's word for nothing: an end is a page that brings
//! nothing new, a list that comes whole is shown in our own pages in the order of ids, and where one full
//! page meets the next it is looked whether the list has moved in between, because a record would then be
//! passed over.

use crate::api::Api;
use crate::assumed::*;
use crate::field::text_of;
use crate::profile::has_zone;
use crate::table::{id_of, Table};
use crate::{lookup, reference};
use liaison_sdk::prelude::*;
use serde::{Deserialize, Serialize};

/// How often a walk goes back a page because the list moved. After that it goes on, and says so.
const STEPS_BACK_MAX: u8 = 5;
/// Records that are read one by one for a page.
const ITEMS_A_PAGE: u32 = 25;

/// Where a walk is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    /// Only what changed since; milliseconds since the epoch. The one thing that outlives a walk.
    since: Option<i64>,
    /// When the walk began, by the vendor's clock.
    began: Option<i64>,
    /// The page to read, from 1; 0 before the first.
    page: u32,
    size: u32,
    /// Rows before this page.
    seen: u32,
    /// The first id of the first page and the last of the page before.
    first: Option<String>,
    last: Option<String>,
    /// Whether the page before was as long as pages are.
    full: bool,
    /// The list comes whole: the last id shown.
    after: Option<String>,
    steps_back: u8,
}

/// A page of rows, and where to go on.
pub struct Step {
    pub rows: Vec<Value>,
    pub next: Option<Place>,
    began: Option<i64>,
    /// Nothing was passed over.
    sure: bool,
}

/// Query parameters.
pub type Parameters = Vec<(String, String)>;

/// One page of a list.
pub fn step(
    api: &Api,
    table: &'static Table,
    parameters: &Parameters,
    mut place: Place,
    limit: u32,
) -> Result<Step, Fault> {
    if place.page == 0 {
        (place.page, place.size) = (1, limit.clamp(1, PER_PAGE_MAX));
    }
    let list = api.list(table, &cut(api, parameters, place.page, place.size))?;
    let began = *place.began.get_or_insert(list.told_at_ms);
    let rows: Vec<Value> = list
        .rows
        .into_iter()
        .filter(|row| id_of(row).is_some())
        .collect();
    let size = usize::try_from(place.size).unwrap_or(usize::MAX);
    let done = |rows, sure| Step {
        rows,
        next: None,
        began: Some(began),
        sure,
    };
    let on = |rows, next: Place| Step {
        rows,
        sure: true,
        began: Some(began),
        next: Some(next),
    };
    if place.after.is_some() || rows.len() > size {
        let (rows, after) = part_of_whole(rows, place.after.as_deref(), limit);
        return Ok(match after {
            None => done(rows, true),
            after => on(rows, Place { after, ..place }),
        });
    }
    let ids: Vec<Option<String>> = rows.iter().map(id_of).collect();
    if place.page > 1 {
        // What was shown comes once more: the vendor knows no such page, or a record that was changed
        // meanwhile has moved here, and others to where nobody looks again.
        let again = ids.contains(&place.first) || ids.last().is_some_and(|id| *id == place.last);
        if again && is_page_before(api, table, parameters, &place, &ids)? {
            return Ok(done(Vec::new(), place.steps_back <= STEPS_BACK_MAX));
        }
        if again || (place.full && !meets(api, table, parameters, &place)?) {
            if place.steps_back < STEPS_BACK_MAX {
                return Ok(on(
                    Vec::new(),
                    Place {
                        page: place.page - 1,
                        seen: place.seen.saturating_sub(place.size),
                        full: false,
                        first: None,
                        last: None,
                        steps_back: place.steps_back + 1,
                        ..place
                    },
                ));
            }
            place.steps_back = STEPS_BACK_MAX + 1;
            api.host().warn(
                "the list moves faster than it can be read; something may have been passed over",
            );
        }
    }
    let sure = place.steps_back <= STEPS_BACK_MAX;
    if rows.is_empty() {
        return Ok(done(rows, sure));
    }
    if place.page == 1 {
        place.first = ids.first().cloned().flatten();
    }
    place.last = ids.last().cloned().flatten();
    place.full = rows.len() == size;
    place.seen += u32::try_from(rows.len()).unwrap_or(u32::MAX);
    place.page += 1;
    Ok(on(rows, place))
}

/// Whether these are the rows of the page before: a vendor that does not know the parameter, or that repeats
/// its last page.
fn is_page_before(
    api: &Api,
    table: &'static Table,
    parameters: &Parameters,
    place: &Place,
    ids: &[Option<String>],
) -> Result<bool, Fault> {
    let list = api.list(table, &cut(api, parameters, place.page - 1, place.size))?;
    let before = list.rows.iter().map(id_of).filter(Option::is_some);
    Ok(before.eq(ids.iter().cloned()))
}

/// Whether the last row of the page before still stands where it stood.
fn meets(
    api: &Api,
    table: &'static Table,
    parameters: &Parameters,
    place: &Place,
) -> Result<bool, Fault> {
    let list = api.list(table, &cut(api, parameters, place.seen, 1))?;
    Ok(list.rows.first().and_then(id_of) == place.last)
}

fn cut(api: &Api, parameters: &Parameters, page: u32, size: u32) -> Parameters {
    let named = |(key, usual): (&str, &'static str)| api.profile.named(key, usual).to_owned();
    let mut all = vec![
        (named(PARAMETERS[0]), page.to_string()),
        (named(PARAMETERS[1]), size.to_string()),
    ];
    all.extend(parameters.iter().cloned());
    all
}

fn part_of_whole(
    mut rows: Vec<Value>,
    after: Option<&str>,
    limit: u32,
) -> (Vec<Value>, Option<String>) {
    rows.sort_by_cached_key(id_of);
    rows.dedup_by_key(|row| id_of(row));
    rows.retain(|row| id_of(row).as_deref() > after);
    let limit = usize::try_from(limit.max(1)).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().and_then(id_of).filter(|_| more);
    (rows, last)
}

/// Every row of a list.
pub fn all(api: &Api, table: &'static Table, parameters: &Parameters) -> Result<Vec<Value>, Fault> {
    let (mut rows, mut at) = (Vec::new(), Some(Place::default()));
    while let Some(place) = at {
        // A list that comes whole need not come again for each of our pages.
        let limit = match place.page {
            0 => PER_PAGE_MAX,
            _ => u32::MAX,
        };
        let step = step(api, table, parameters, place, limit)?;
        rows.extend(step.rows);
        at = step.next;
    }
    rows.sort_by_cached_key(id_of);
    rows.dedup_by_key(|row| id_of(row));
    Ok(rows)
}

/// The parameter for what changed since.
fn since_parameter(api: &Api, since: Option<i64>) -> Parameters {
    let (key, usual) = PARAMETERS[2];
    let name = api.profile.named(key, usual).to_owned();
    since
        .map(|ms| (name, date::instant(ms)))
        .into_iter()
        .collect()
}

/// Whether a row tells that it did not change since. A stamp whose zone nobody knows tells nothing.
fn is_older(api: &Api, table: &Table, row: &Value, since: Option<i64>) -> bool {
    let stamp = api.profile.wire(table.entity, "updated_at", UPDATED_AT);
    let (Some(since), Some(text)) = (since, row.get(stamp).and_then(text_of)) else {
        return false;
    };
    // The offset is the winter's.
    let slack_ms = match (has_zone(&text), api.settings.has_zone()) {
        (true, _) => 0,
        (false, true) => 3_600_000,
        (false, false) => return false,
    };
    let changed = api.profile.instant_ms(&text);
    changed.is_some_and(|ms| ms + slack_ms < since)
}

/// The stamp that a filter does not go below.
fn floor(filter: &[Condition]) -> Option<i64> {
    let bounds = filter.iter().filter(|condition| {
        condition.field == "updated_at" && matches!(condition.op, Comparison::Ge | Comparison::Gt)
    });
    let at = |condition: &Condition| {
        let value = filter::value(condition.values.first()?);
        date::parse_instant(value.as_str()?)
    };
    bounds.filter_map(at).max()
}

/// As many records as can be told in one call.
fn fitting_limit(api: &Api, table: &Table, limit: u32) -> u32 {
    match reference::needs_ids(api, table) {
        true => limit.min(reference::ENTRIES_A_PAGE),
        false => limit,
    }
}

/// What changed since a cursor.
pub fn changes(
    api: &Api,
    table: &'static Table,
    since: Option<&[u8]>,
    filter: &[Condition],
    limit: u32,
) -> Result<Page, Fault> {
    let mut place: Place = cursor::decode(since)?;
    place.since = place.since.or_else(|| floor(filter));
    let since = place.since;
    let limit = fitting_limit(api, table, limit);
    let mut step = step(api, table, &since_parameter(api, since), place, limit)?;
    step.rows.retain(|row| !is_older(api, table, row, since));
    let mut entries = table.entries(&api.profile, &step.rows);
    reference::give_ids(api, table, &mut entries)?;
    let overlap_ms = i64::from(OVERLAP_S) * 1_000;
    let next_run = Place {
        // What may have been passed over is looked for again.
        since: match step.sure {
            true => step.began.map(|ms| ms - overlap_ms),
            false => since,
        },
        ..Place::default()
    };
    let more = step.next.is_some();
    Ok(Page {
        entries,
        more,
        complete: !more && since.is_none() && step.sure && table.is_own(),
        next: Some(cursor::encode(&step.next.unwrap_or(next_run))),
        ext: Vec::new(),
    })
}

/// The records that fit a filter.
pub fn query(
    api: &Api,
    table: &'static Table,
    filter: &[Condition],
    at: Option<&[u8]>,
    limit: u32,
) -> Result<Page, Fault> {
    let place: Place = cursor::decode(at)?;
    if let Some(ids) = ids_of(table, filter) {
        return by_ids(api, table, filter, &ids, place, limit);
    }
    let since = floor(filter);
    let mut parameters = since_parameter(api, since);
    for condition in filter {
        let one = matches!(condition.op, Comparison::Eq | Comparison::IsIn)
            && condition.values.len() == 1;
        let value = condition
            .values
            .first()
            .and_then(|json| text_of(&filter::value(json)));
        if let (true, Some(value), Some(name)) =
            (one, value, lookup::parameter(api, table, &condition.field))
        {
            parameters.push((name, value));
        }
    }
    let limit = fitting_limit(api, table, limit);
    let step = step(api, table, &parameters, place, limit)?;
    let entries = fitting(api, table, filter, table.entries(&api.profile, &step.rows))?;
    let more = step.next.is_some();
    Ok(Page {
        entries,
        more,
        complete: !more && step.sure && table.is_own(),
        next: step.next.map(|place| cursor::encode(&place)),
        ext: Vec::new(),
    })
}

/// The ids that a filter asks for.
pub fn ids_of(table: &Table, filter: &[Condition]) -> Option<Vec<String>> {
    let by_id = filter.iter().find(|condition| {
        let is_id = condition.field == "id" || Some(condition.field.as_str()) == table.owner();
        is_id && matches!(condition.op, Comparison::Eq | Comparison::IsIn)
    })?;
    let ids = by_id
        .values
        .iter()
        .filter_map(|json| text_of(&filter::value(json)));
    Some(ids.collect())
}

fn by_ids(
    api: &Api,
    table: &'static Table,
    filter: &[Condition],
    ids: &[String],
    place: Place,
    limit: u32,
) -> Result<Page, Fault> {
    let count = limit.clamp(1, ITEMS_A_PAGE);
    let from = usize::try_from(place.seen)
        .unwrap_or(usize::MAX)
        .min(ids.len());
    let to = from
        + usize::try_from(count)
            .unwrap_or(usize::MAX)
            .min(ids.len() - from);
    let rows = lookup::rows(api, table, &ids[from..to])?;
    let entries = fitting(api, table, filter, table.entries(&api.profile, &rows))?;
    let next = (to < ids.len()).then(|| Place {
        seen: place.seen + count,
        ..Place::default()
    });
    Ok(Page {
        entries,
        more: next.is_some(),
        complete: next.is_none(),
        next: next.map(|place| cursor::encode(&place)),
        ext: Vec::new(),
    })
}

/// The entries that fit, with the ids of what they refer to. Those cost requests, so whatever can be told
/// without them is told first.
fn fitting(
    api: &Api,
    table: &'static Table,
    filter: &[Condition],
    mut entries: Vec<Entry>,
) -> Result<Vec<Entry>, Fault> {
    let (by_id, plain): (Vec<Condition>, Vec<Condition>) = filter
        .iter()
        .cloned()
        .partition(|c| table.references.iter().any(|r| r.name == c.field));
    entries.retain(|entry| filter::fits(&filter::value(&entry.body), &plain));
    reference::give_ids(api, table, &mut entries)?;
    entries.retain(|entry| filter::fits(&filter::value(&entry.body), &by_id));
    Ok(entries)
}

impl Step {
    /// Whether nothing was passed over.
    pub fn is_sure(&self) -> bool {
        self.sure
    }
}
