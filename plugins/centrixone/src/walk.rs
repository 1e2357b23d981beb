//! `changes` and `query`: walks in the order of ids.
//!
//! CentrixOne has no pages and no "changed since": a result set comes whole, or as 304 when nothing in
//! it changed. So a run asks for each set with the stamp of the run before; when one of them comes, all
//! records are shown, and the host skips what it knows. Of the sets as little as possible is read: the
//! ids. Pages are ours: each reads its records by their ids. The ids of the next pages travel in the
//! cursor; where they end, all are read again and the walk goes on after the last one.

use crate::ahead;
use crate::api::{parse_id, Api, Fresh};
use crate::assumed::{Object, AHEAD_MAX, ALL, EXTERNAL_ID};
use crate::list::{self, of_list};
use crate::lookup::{Found, Source};
use crate::table::OPPORTUNITY;
use liaison_sdk::prelude::*;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::ops::Bound;

/// Where a walk is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Place {
    /// Which sets the stamps belong to: system, account, list.
    #[serde(default)]
    of: String,
    /// The stamp of each set when this walk began: what comes between two pages is seen by the next run.
    #[serde(default)]
    stamps: Stamps,
    /// The last id shown; none between two runs.
    #[serde(default)]
    after: Option<i64>,
    /// The ids that follow it, as many as there is room for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    ahead: String,
}

/// One set of rows, by its exact address.
type Set = (Object, String);
/// The stamp of each set.
type Stamps = Vec<Option<String>>;

/// What changed since a cursor.
pub fn changes(api: &Api, source: Source, since: Option<&[u8]>, limit: u32) -> Result<Page, Fault> {
    let place: Place = cursor::decode(since)?;
    let sets = sets(api, source)?;
    let of = name_of(api, &sets);
    let place = match place.of == of {
        true => place,
        false => Place {
            of,
            ..Place::default()
        },
    };
    if place.after.is_some() {
        return shown(api, source, place, None, limit);
    }
    let Some((found, stamps)) = news(api, source, &sets, &place.stamps)? else {
        return Ok(Page {
            // Nothing was shown, so nothing may be concluded from absence.
            complete: false,
            next: Some(cursor::encode(&place)),
            ..cursor::last_page()
        });
    };
    shown(api, source, Place { stamps, ..place }, Some(found), limit)
}

/// The page at a place, and where the next run starts after the last one. `found`: all there are, where
/// that has just been read.
fn shown(
    api: &Api,
    source: Source,
    place: Place,
    found: Option<Found>,
    limit: u32,
) -> Result<Page, Fault> {
    let (entries, next) = page(api, source, &place, found, limit)?;
    let more = next.is_some();
    let between_runs = Place {
        after: None,
        ahead: String::new(),
        ..place
    };
    Ok(Page {
        entries,
        more,
        complete: !more,
        next: Some(cursor::encode(&next.unwrap_or(between_runs))),
        ext: Vec::new(),
    })
}

/// The records that fit a filter.
pub fn query(
    api: &Api,
    source: Source,
    filter: &[Condition],
    at: Option<&[u8]>,
    limit: u32,
) -> Result<Page, Fault> {
    let place: Place = cursor::decode(at)?;
    let looked_up = filter
        .iter()
        .find(|c| matches!(c.op, Comparison::Eq | Comparison::IsIn) && is_id(&c.field));
    let found = match looked_up {
        Some(condition) => Some(by_ids(api, source, condition)?),
        None => None,
    };
    let (mut entries, next) = page(api, source, &place, found, limit)?;
    entries.retain(|entry| filter::fits(&filter::value(&entry.body), filter));
    Ok(Page {
        entries,
        more: next.is_some(),
        complete: next.is_none(),
        next: next.map(|place| cursor::encode(&place)),
        ext: Vec::new(),
    })
}

/// The records after a place, at most `limit`, and the place after them where more follow.
fn page(
    api: &Api,
    source: Source,
    place: &Place,
    found: Option<Found>,
    limit: u32,
) -> Result<(Vec<Entry>, Option<Place>), Fault> {
    let size = usize::try_from(limit.max(1)).unwrap_or(usize::MAX - 1);
    let after = place.after.unwrap_or_default();
    let known = ahead::unpack(after, &place.ahead);
    let found = match found {
        Some(found) => found,
        // Where more than a page of them is known, there is more in any case.
        None if known.len() > size => Found::of_ids(known),
        None => source.found(api, None)?.0,
    };
    let mut following = found.ids.range((Bound::Excluded(after), Bound::Unbounded));
    let now: BTreeSet<i64> = following.by_ref().take(size).copied().collect();
    let mut later = following.copied().peekable();
    let next = now.last().filter(|_| later.peek().is_some()).map(|&last| {
        Place {
            after: Some(last),
            ahead: match found.whole {
                // What is small is read whole for the next page too.
                Some(_) => String::new(),
                None => ahead::pack(last, later, AHEAD_MAX),
            },
            ..place.clone()
        }
    });
    let mut entries = match found.whole {
        Some(entries) => entries,
        None => source.of_found(api, &now.iter().copied().collect::<Vec<_>>())?,
    };
    let number = |entry: &Entry| parse_id(&entry.id).unwrap_or_default();
    entries.retain(|entry| now.contains(&number(entry)));
    entries.sort_by_key(number);
    Ok((entries, next))
}

fn is_id(field: &str) -> bool {
    field == "id" || field == EXTERNAL_ID
}

/// The records that a condition on an id names.
fn by_ids(api: &Api, source: Source, condition: &Condition) -> Result<Found, Fault> {
    let values = condition
        .values
        .iter()
        .filter_map(|json| match filter::value(json) {
            Value::String(text) => Some(text.trim().to_owned()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        });
    let values: Vec<String> = values.filter(|value| !value.is_empty()).collect();
    match condition.field == EXTERNAL_ID {
        true => Ok(Found::whole(source.by_external_id(api, &values)?)),
        false => {
            let ids: Vec<i64> = values.iter().filter_map(|id| parse_id(id)).collect();
            Ok(Found::whole(source.by_id(api, &ids)?))
        }
    }
}

fn sets(api: &Api, source: Source) -> Result<Vec<Set>, Fault> {
    Ok(match source {
        Source::Customers => vec![
            (Object::Contacts, of_list(list::id(api)?)),
            (Object::Accounts, ALL.to_owned()),
        ],
        // A stage's label is part of its opportunities.
        Source::Table(table) if table.is(&OPPORTUNITY) => vec![
            (table.object, ALL.to_owned()),
            (Object::Stages, ALL.to_owned()),
        ],
        Source::Table(table) => vec![(table.object, ALL.to_owned())],
    })
}

fn name_of(api: &Api, sets: &[Set]) -> String {
    let settings = &api.settings;
    let sets: Vec<&str> = sets.iter().map(|(_, filter)| filter.as_str()).collect();
    format!(
        "{} {} {} {}",
        settings.base(),
        settings.language(),
        settings.account(),
        sets.join(" ")
    )
}

/// All there are and the stamps of the sets; none when nothing in any of them has changed.
fn news(
    api: &Api,
    source: Source,
    sets: &[Set],
    stamps: &Stamps,
) -> Result<Option<(Found, Stamps)>, Fault> {
    let since = |at: usize| stamps.get(at).and_then(Option::as_deref);
    let kept = |at: usize, fresh: &Fresh| match fresh {
        Fresh::Unchanged => since(at).map(str::to_owned),
        Fresh::Shown(stamp) => stamp.clone(),
    };
    let (found, fresh) = source.found(api, since(0))?;
    let mut now = vec![kept(0, &fresh)];
    let mut news = fresh != Fresh::Unchanged;
    let found = news.then_some(found);
    for (at, (object, filter)) in sets.iter().enumerate().skip(1) {
        let fresh = match object {
            // Their labels are needed right after.
            Object::Stages => api.fresh_stages(since(at))?,
            _ => api.thin(*object, filter, since(at), &mut |_: IgnoredAny| {})?,
        };
        news |= fresh != Fresh::Unchanged;
        now.push(kept(at, &fresh));
    }
    match (news, found) {
        (false, _) => Ok(None),
        (true, Some(found)) => Ok(Some((found, now))),
        (true, None) => Ok(Some((source.found(api, None)?.0, now))),
    }
}
