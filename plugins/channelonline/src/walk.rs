//! `changes` and `query`: walks by the time of the last change, window by window.
//!
//! A reply holds at most 500 records, else it holds none (507): the window is then halved, down to one second. A
//! window that shows few makes the next one longer. A page never ends within a second without saying which of its
//! records were shown, so a place is a second and an id.
//!
//! Documents are walked by their changes, then by when they were made, for those that nobody changed since, unless the
//! service shows these among the changed ones.
//!
//! Before the windows, a run of `changes` shows what users asked for, whenever that was last changed.
//!
//! Invariant: a run begins earlier than the run before it began, by the overlap; what was committed late is seen then.

use crate::api::{is_unanswered, Api};
use crate::assumed::action::Pressed;
use crate::assumed::{FIRST_DAY, OVERLAP_S};
use crate::envelope::Span;
use crate::pressed;
use crate::source::{self, Bounds, Leg, Shown, Source, Stamped};
use liaison_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Requests of one call: a minute holds them at the service's pace.
const REQUESTS_MAX: u32 = 8;
/// Records of one window that make the next one longer, or shorter.
const FEW: usize = 60;
const MANY: usize = 200;
/// Bytes of one page's records, and values within them: what crosses into and out of a call is bounded. The host takes
/// a quarter of a million values, which two hundred documents of twenty lines have.
const PAGE_BYTES_MAX: usize = 3 << 20;
const PAGE_VALUES_MAX: usize = 200_000;
/// Actions whose records are looked for by one call: each is read by itself.
const ASKED_A_PAGE: usize = 6;
/// Bytes of ids that a cursor has room for.
const ASKED_BYTES_MAX: usize = 2_000;

/// Where a walk is. Between two runs only `since` stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Place {
    /// The second from which this run goes; none on a first run.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<i64>,
    /// The place of the last action whose record was looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pressed: Option<(String, String)>,
    /// Ids of the records that users asked for and that were shown.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    asked: Vec<String>,
    /// The windows, once they have begun.
    #[serde(skip_serializing_if = "Option::is_none")]
    windows: Option<Windows>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Windows {
    /// When the walk began, by the service's clock, in seconds.
    began: i64,
    /// Where it ends.
    until: i64,
    /// Which of the source's walks.
    leg: usize,
    /// Whether new documents were shown among the changed ones.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    counts_new: bool,
    /// The next window.
    from: i64,
    length: i64,
    /// The second and the id of the last record shown, where the window goes on within a second.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<(i64, String)>,
}

/// What changed since a cursor, and what users asked for.
pub fn changes(
    api: &Api,
    source: Source,
    since: Option<&[u8]>,
    filter: &[Condition],
    limit: u32,
) -> Result<Page, Fault> {
    let mut place: Place = cursor::decode(since)?;
    let start = place
        .since
        .unwrap_or_else(|| floor(api, filter).unwrap_or_else(|| first_second(api)));
    if place.windows.is_none() && !pressed::kinds(source.entity()).is_empty() {
        let (entries, more) = asked_for(api, source, &mut place)?;
        if more || !entries.is_empty() {
            return Ok(Page {
                entries,
                next: Some(cursor::encode(&place)),
                more: true,
                complete: false,
                ext: Vec::new(),
            });
        }
    }
    let mut windows = place
        .windows
        .take()
        .unwrap_or_else(|| Windows::new(api, start));
    let shown: BTreeSet<&str> = place.asked.iter().map(String::as_str).collect();
    let (mut entries, more) = windows.go(api, source, start, limit)?;
    entries.retain(|entry| !shown.contains(entry.id.as_str()));
    let next = match more {
        true => Place {
            windows: Some(windows),
            ..place
        },
        false => Place {
            since: Some(windows.began - i64::from(OVERLAP_S)),
            ..Place::default()
        },
    };
    Ok(Page {
        entries,
        more,
        complete: false,
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
    let first = first_second(api);
    let start = floor(api, filter).map_or(first, |floor| floor.max(first));
    let mut windows = place.windows.unwrap_or_else(|| Windows::new(api, start));
    let (mut entries, more) = windows.go(api, source, start, limit)?;
    entries.retain(|entry| filter::fits(&filter::value(&entry.body), filter));
    let next = Place {
        windows: Some(windows),
        ..Place::default()
    };
    Ok(Page {
        entries,
        more,
        complete: !more && api.settings.first_s().is_none(),
        next: more.then(|| cursor::encode(&next)),
        ext: Vec::new(),
    })
}

fn first_second(api: &Api) -> i64 {
    let oldest = date::day_number(FIRST_DAY).unwrap_or_default() * 86_400;
    api.settings.first_s().unwrap_or(oldest)
}

/// The instant before which the filter wants nothing.
fn floor(api: &Api, filter: &[Condition]) -> Option<i64> {
    let floors = filter.iter().filter(|one| {
        one.field == "modified_at" && matches!(one.op, Comparison::Ge | Comparison::Gt)
    });
    let first = first_second(api);
    floors
        .filter_map(|one| {
            let value = filter::value(one.values.first()?);
            Some(date::parse_instant(value.as_str()?)?.div_euclid(1000))
        })
        .max()
        .map(|floor| floor.max(first))
}

/// The next records that users asked for, and whether there are more.
fn asked_for(api: &Api, source: Source, place: &mut Place) -> Result<(Vec<Entry>, bool), Fault> {
    let waiting = pressed::waiting(api)?;
    let kinds = pressed::kinds(source.entity());
    let after = place.pressed.clone();
    let mut meant = waiting.iter().filter(|one| {
        kinds.contains(&one.kind.as_str())
            && !one.subject.is_empty()
            && after.as_ref().is_none_or(|after| one.place() > *after)
    });
    let mut entries: Vec<Entry> = Vec::new();
    let mut read: Vec<&str> = Vec::new();
    for one in meant.by_ref().take(ASKED_A_PAGE) {
        place.pressed = Some(one.place());
        // Pressed again, it need not be read again.
        if read.contains(&one.subject.as_str()) {
            continue;
        }
        read.push(&one.subject);
        for entry in named(api, source, &one.subject, &waiting)? {
            if place.asked.contains(&entry.id) {
                continue;
            }
            let bytes: usize = place.asked.iter().map(String::len).sum();
            if bytes + entry.id.len() < ASKED_BYTES_MAX {
                place.asked.push(entry.id.clone());
            }
            entries.push(entry);
        }
    }
    Ok((entries, meant.next().is_some()))
}

/// The records of what an action names.
fn named(
    api: &Api,
    source: Source,
    subject: &str,
    waiting: &[Pressed],
) -> Result<Vec<Entry>, Fault> {
    let found = match source {
        Source::Customers | Source::Contacts => {
            let customer = source::customer_named(api, subject)?;
            source.of_customers(customer.into_iter().collect(), waiting)
        }
        Source::Documents(kind) => {
            let document = source::document_named(api, kind, subject)?;
            source.of_documents(api.host(), kind, document.into_iter().collect(), waiting)
        }
        Source::Products => Vec::new(),
    };
    let asked = |entry: &Entry| !filter::value(&entry.body)["requested_action"].is_null();
    let found = found.into_iter().map(|stamped| stamped.entry);
    Ok(found.filter(asked).collect())
}

impl Windows {
    fn new(api: &Api, start: i64) -> Self {
        let now = api.now_ms().div_euclid(1000);
        // Beyond our own clock, should it be behind.
        let until = now + i64::from(OVERLAP_S);
        Self {
            began: now,
            until: until.max(start + 1),
            leg: 0,
            counts_new: false,
            from: start,
            length: (until - start).max(1),
            after: None,
        }
    }

    /// Goes on until there is something to show; whether more follows.
    fn go(
        &mut self,
        api: &Api,
        source: Source,
        start: i64,
        limit: u32,
    ) -> Result<(Vec<Entry>, bool), Fault> {
        let mut entries = Vec::new();
        for _ in 0..REQUESTS_MAX {
            let Some(leg) = source.legs().get(self.leg) else {
                return Ok((entries, false));
            };
            if self.counts_new && matches!(leg, Leg::New(_)) {
                self.leg += 1;
                continue;
            }
            entries = self.step(api, source, *leg, limit)?;
            if self.from >= self.until {
                self.leg += 1;
                (self.from, self.length, self.after) = (start, self.until - start, None);
            }
            if !entries.is_empty() {
                break;
            }
        }
        Ok((entries, self.leg < source.legs().len()))
    }

    /// One window.
    fn step(
        &mut self,
        api: &Api,
        source: Source,
        leg: Leg,
        limit: u32,
    ) -> Result<Vec<Entry>, Fault> {
        let narrow = Narrow::of(source, leg);
        self.length = narrow.limit(api.host(), self.length).max(1);
        let span = Span {
            from: self.from,
            to: (self.from + self.length).min(self.until),
        };
        let asked = leg.ask(api, source, span, Bounds::Wide);
        if asked.as_ref().is_err_and(is_unanswered) {
            narrow.remember(api.host(), (span.to - span.from) / 2);
        }
        let shown = asked?;
        // Two clocks may differ: the earlier one is safe.
        self.began = self.began.min(api.now_ms().div_euclid(1000));
        let shown = match shown {
            Some(shown) => shown,
            None if span.to - span.from > 1 => {
                self.length = (span.to - span.from) / 2;
                return Ok(Vec::new());
            }
            // The bounds of a second may let a neighbour in.
            None => match leg.ask(api, source, span, Bounds::Exact)? {
                Some(shown) if is_of_second(leg, &shown, span.from) => shown,
                _ => return Err(too_many_at_once(source, span.from)),
            },
        };
        narrow.forget(api.host());
        self.counts_new |= shown.counts_new;
        self.length = match shown.records {
            0..=FEW => (span.to - span.from).saturating_mul(2),
            n if n > MANY => ((span.to - span.from) / 2).max(1),
            _ => span.to - span.from,
        };
        Ok(self.shown(shown.rows, span, limit))
    }

    /// What a window shows, in order, as far as a page holds it; moves behind that.
    fn shown(&mut self, rows: Vec<Stamped>, span: Span, limit: u32) -> Vec<Entry> {
        // What has no time, or one of elsewhere, is shown at the edge of its window.
        let at = |row: &Stamped| {
            let told = row.at_s.unwrap_or(span.from);
            told.clamp(span.from - 1, span.to - 1)
        };
        let mut rows = rows;
        rows.sort_by(|a, b| (at(a), &a.entry.id).cmp(&(at(b), &b.entry.id)));
        let mut latest = BTreeSet::new();
        // A product stands on several documents: its last change speaks.
        rows.reverse();
        rows.retain(|row| latest.insert(row.entry.id.clone()));
        rows.reverse();
        if let Some((second, id)) = &self.after {
            rows.retain(|row| (at(row), row.entry.id.as_str()) > (*second, id.as_str()));
        }
        let (mut bytes, mut values) = (0, 0);
        let mut fitting = 0;
        for row in &rows {
            bytes += row.entry.body.len();
            values += cursor::json_values(&row.entry.body);
            let is_full =
                fitting >= limit as usize || bytes > PAGE_BYTES_MAX || values > PAGE_VALUES_MAX;
            if fitting > 0 && is_full {
                break;
            }
            fitting += 1;
        }
        match rows.get(fitting) {
            Some(_) => {
                let last = &rows[fitting - 1];
                self.after = Some((at(last), last.entry.id.clone()));
                self.from = at(last).max(span.from);
                self.length = span.to - self.from;
            }
            None => (self.from, self.after) = (span.to, None),
        }
        rows.truncate(fitting);
        rows.into_iter().map(|row| row.entry).collect()
    }
}

/// Whether a reply is of this very second. Those of the made ones that were changed since are left out of it.
fn is_of_second(leg: Leg, shown: &Shown, second: i64) -> bool {
    let is_there = shown.rows.iter().any(|row| row.at_s == Some(second));
    is_there || matches!(leg, Leg::New(_)) && shown.records > 0
}

/// How long a window may be after one got no answer: a reply that is too large never comes.
struct Narrow {
    key: String,
}

impl Narrow {
    fn of(source: Source, leg: Leg) -> Self {
        let kind = match leg {
            Leg::Customers => "c",
            Leg::Documents(crate::envelope::Kind::Quote) => "q",
            Leg::Documents(crate::envelope::Kind::SalesOrder) => "s",
            Leg::New(crate::envelope::Kind::Quote) => "nq",
            Leg::New(crate::envelope::Kind::SalesOrder) => "ns",
        };
        Self {
            key: format!("narrow-{}-{kind}", source.entity()),
        }
    }

    fn limit(&self, host: &dyn Host, length: i64) -> i64 {
        let kept = host.memory_get(&self.key);
        let kept = kept.and_then(|bytes| String::from_utf8(bytes).ok()?.parse::<i64>().ok());
        kept.map_or(length, |most| length.min(most))
    }

    fn remember(&self, host: &dyn Host, length: i64) {
        let text = length.max(1).to_string();
        if host.memory_set(&self.key, text.as_bytes()).is_err() {
            host.debug("the length of the window is not remembered");
        }
    }

    fn forget(&self, host: &dyn Host) {
        if host.memory_get(&self.key).is_some() {
            host.memory_delete(&self.key);
        }
    }
}

fn too_many_at_once(source: Source, second: i64) -> Fault {
    fault::misconfigured(text!(
        "channelonline-too-many-at-once",
        "ChannelOnline gives at most 500 records at once, and more than 500 of {entity} were changed in the very second {second}; save some of them again in ChannelOnline, so that their times part",
        entity = source.entity(),
        second = date::instant(second * 1000)
    ))
    .scope(FaultScope::WholeEntity)
    .vendor_code(crate::refusal::TOO_MANY)
}
