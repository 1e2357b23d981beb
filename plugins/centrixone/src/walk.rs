//! `changes` and `query`: walks in the order of ids.
//!
//! CentrixOne has no pages and no "changed since": a result set comes whole, or as 304 when nothing in
//! it changed. So a run asks for each set with the stamp of the run before; when one of them comes, all
//! are read and shown whole, and the host skips what it knows. Pages are ours: each reads the sets
//! again and goes on after an id.

use crate::api::{Api, Fresh};
use crate::assumed::{Object, ALL, EXTERNAL_ID};
use crate::book::{of_list, Book};
use crate::list;
use crate::lookup::Source;
use crate::stage;
use crate::table::OPPORTUNITY;
use liaison_sdk::prelude::*;
use serde::{Deserialize, Serialize};

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
}

/// One set of rows, by its exact address.
type Set = (Object, String);

/// What changed since a cursor.
pub fn changes(api: &Api, source: Source, since: Option<&[u8]>, limit: u32) -> Result<Page, Fault> {
    let place: Place = cursor::decode(since)?;
    let sets = sets(api, source)?;
    let of = name_of(api, &sets);
    let place = match place.of == of {
        true => place,
        false => Place::default(),
    };
    let Some((rows, stamps)) = read(api, &sets, &place)? else {
        return Ok(Page {
            // Nothing was shown, so nothing may be concluded from absence.
            complete: false,
            next: Some(cursor::encode(&place)),
            ..cursor::last_page()
        });
    };
    let stamps = match place.after {
        Some(_) => place.stamps,
        None => stamps,
    };
    let entries = entries(api, source, rows, place.after, limit);
    let (entries, last) = page(entries, place.after, limit);
    let next = Place {
        of,
        stamps,
        after: last,
    };
    Ok(Page {
        entries,
        more: last.is_some(),
        complete: last.is_none(),
        next: Some(cursor::encode(&next)),
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
    let mut entries = match looked_up {
        Some(condition) => by_ids(api, source, condition)?,
        None => source.all(api)?,
    };
    entries.retain(|entry| filter::fits(&filter::value(&entry.body), filter));
    let (entries, last) = page(entries, place.after, limit);
    let next = last.map(|after| Place {
        after: Some(after),
        ..Place::default()
    });
    Ok(Page {
        entries,
        more: last.is_some(),
        complete: last.is_none(),
        next: next.map(|place| cursor::encode(&place)),
        ext: Vec::new(),
    })
}

fn is_id(field: &str) -> bool {
    field == "id" || field == EXTERNAL_ID
}

fn by_ids(api: &Api, source: Source, condition: &Condition) -> Result<Vec<Entry>, Fault> {
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
        true => source.by_external_id(api, &values),
        false => {
            let ids = values.iter().filter_map(|id| crate::api::parse_id(id));
            source.by_id(api, &ids.collect::<Vec<_>>())
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

/// The rows of each set, and its stamp.
type Rows = Vec<Vec<Value>>;
type Stamps = Vec<Option<String>>;

/// All sets and their stamps; none when a run begins and nothing in any of them has changed.
fn read(api: &Api, sets: &[Set], place: &Place) -> Result<Option<(Rows, Stamps)>, Fault> {
    let mut read = Vec::new();
    for (at, (object, filter)) in sets.iter().enumerate() {
        let stamp = place.stamps.get(at).and_then(Option::as_deref);
        // Within a walk everything is needed, changed or not.
        let stamp = stamp.filter(|_| place.after.is_none());
        read.push(api.fresh(*object, filter, stamp)?);
    }
    if read.iter().all(|set| matches!(set, Fresh::Unchanged)) {
        return Ok(None);
    }
    let (mut rows, mut stamps) = (Vec::new(), Vec::new());
    for ((object, filter), set) in sets.iter().zip(read) {
        let set = match set {
            Fresh::Unchanged => api.fresh(*object, filter, None)?,
            set => set,
        };
        let Fresh::Rows(set, stamp) = set else {
            continue;
        };
        rows.push(set);
        stamps.push(stamp);
    }
    Ok(Some((rows, stamps)))
}

/// The records of the sets; of customers, whose bodies are large, only those that a page can show.
fn entries(
    api: &Api,
    source: Source,
    mut rows: Rows,
    after: Option<i64>,
    limit: u32,
) -> Vec<Entry> {
    match source {
        Source::Table(table) => {
            let mut shown = rows.swap_remove(0);
            // Where a second set was read, it is the stages.
            stage::tell(&mut shown, rows.first().map_or(&[], Vec::as_slice));
            table.entries(&shown)
        }
        Source::Customers => {
            let accounts = rows.pop().unwrap_or_default();
            let book = Book::of(rows.pop().unwrap_or_default(), accounts);
            if book.without_account > 0 {
                api.host().warn(&format!(
                    "{} contacts of the list have no company and are no customers",
                    book.without_account
                ));
            }
            let from = after.map_or(i64::MIN, |after| after + 1);
            let shown = book.customers.range(from..).take(size_of(limit) + 1);
            shown.map(|(_, customer)| customer.entry()).collect()
        }
    }
}

fn size_of(limit: u32) -> usize {
    usize::try_from(limit.max(1)).unwrap_or(usize::MAX - 1)
}

/// The records after an id, at most `limit`, and the last id where more follow.
fn page(mut entries: Vec<Entry>, after: Option<i64>, limit: u32) -> (Vec<Entry>, Option<i64>) {
    let number = |entry: &Entry| entry.id.parse::<i64>().unwrap_or_default();
    entries.sort_by_key(number);
    entries.retain(|entry| after.is_none_or(|after| number(entry) > after));
    let size = size_of(limit);
    let more = entries.len() > size;
    entries.truncate(size);
    let last = entries.last().map(number).filter(|_| more);
    (entries, last)
}
