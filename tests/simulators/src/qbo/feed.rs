//! `/cdc`: what changed since a moment, deletions included, at most 30 days back and 1000 objects an answer.

use serde_json::{Map, Value, json};

use super::company::{Company, Gone, Row};
use super::query::RESULTS_MAX;
use super::refusal::Refusal;
use super::schema::{Kind, entity};
use super::show;
use super::switches::FeedOrder;
use super::time;
use crate::simulator::NowMs;

const LOOK_BACK_MS: i64 = 30 * 86_400_000;

enum Change<'a> {
    Kept(&'a Row),
    Gone(&'a Gone),
}

impl Change<'_> {
    fn at(&self) -> NowMs {
        match self {
            Self::Kept(row) => row.updated,
            Self::Gone(gone) => gone.at,
        }
    }
}

pub fn answer(
    company: &Company,
    entities: Option<&str>,
    since: Option<&str>,
    now: NowMs,
) -> Result<Value, Refusal> {
    let entities = entities.filter(|entities| !entities.is_empty());
    let entities = entities.ok_or_else(|| Refusal::missing("entities"))?;
    let since = since.ok_or_else(|| Refusal::missing("changedSince"))?;
    let at = time::moment(since, &company.zone)
        .ok_or_else(|| Refusal::date("changedSince", &since.into()))?;
    if at < now - LOOK_BACK_MS {
        return Err(Refusal::look_back(
            "changedSince must be within the last 30 days",
        ));
    }
    let kinds = entities.split(',').map(|name| {
        entity(name.trim())
            .filter(|kind| kind.in_change_feed)
            .ok_or_else(|| Refusal::query(&format!("Entity {name} is not supported by cdc")))
    });
    let kinds: Vec<Kind> = kinds.collect::<Result<_, _>>()?;
    let mut left = RESULTS_MAX;
    let answers: Vec<Value> = kinds
        .into_iter()
        .map(|kind| of(company, kind, at, &mut left))
        .collect();
    Ok(json!([{ "QueryResponse": answers }]))
}

fn of(company: &Company, kind: Kind, since: NowMs, left: &mut usize) -> Value {
    let book = company.book(kind);
    let kept = book.rows.values().map(Change::Kept);
    let changes = kept.chain(book.gone.iter().map(Change::Gone));
    let second = |at: NowMs| at.div_euclid(1000);
    let mut changes: Vec<Change<'_>> = changes
        .filter(|change| second(change.at()) >= second(since))
        .collect();
    match company.switches.feed_order {
        FeedOrder::NewestFirst => changes.sort_by_key(|change| std::cmp::Reverse(change.at())),
        FeedOrder::OldestFirst => changes.sort_by_key(Change::at),
        FeedOrder::Id => {}
    }
    changes.truncate(*left);
    *left -= changes.len();
    if changes.is_empty() {
        return json!({});
    }
    let shown: Vec<Value> = changes
        .iter()
        .map(|change| match change {
            Change::Kept(row) => show::record(company, kind, row).into(),
            Change::Gone(gone) => show::deleted(company, &gone.id, Some(gone.at)),
        })
        .collect();
    let count = shown.len();
    let mut answer = Map::new();
    answer.insert(kind.name.clone(), shown.into());
    answer.insert("startPosition".to_owned(), 1.into());
    answer.insert("maxResults".to_owned(), count.into());
    answer.insert("totalCount".to_owned(), count.into());
    answer.into()
}
