//! `read` by position and `find` by number or reference.

use crate::bridge::{Bridge, Dead, PAGE_CARDS_MAX};
use crate::entity::Entity;
use crate::field::one_line;
use crate::refusal::Trouble;
use liaison_sdk::contract::Query;
use liaison_sdk::prelude::*;
use liaison_sdk::text;
use std::collections::BTreeMap;

/// From so many numbers on, one walk through the interface may cost less than one call each.
const LOOKUPS_MAX: usize = 50;
/// How many pages one call may collect: it may copy 16 MiB, and a page of a thousand cards has about one.
const PAGES_OF_A_SCAN_MAX: u64 = 10;

/// The records with these ids, in the same order.
pub fn read(bridge: &Bridge, entity: Entity, ids: &[String]) -> Result<Vec<Option<Entry>>, Fault> {
    ids.iter().map(|id| by_id(bridge, entity, id)).collect()
}

/// The records that fit each query, in the same order.
pub fn find(bridge: &Bridge, entity: Entity, queries: &[Query]) -> Result<Vec<Vec<Entry>>, Fault> {
    let queries = queries
        .iter()
        .map(|query| Wanted::of(entity, query))
        .collect::<Result<Vec<_>, _>>()?;
    let walked = match entity {
        Entity::Card(kind)
            if queries.iter().filter(|query| query.key == "number").count() > LOOKUPS_MAX =>
        {
            all_by(bridge, entity, kind.number().property)?
        }
        _ => None,
    };
    queries
        .iter()
        .map(|query| {
            let cards = match &walked {
                Some(walked) if query.key == "number" => {
                    walked.get(&query.value).cloned().unwrap_or_default()
                }
                _ => query.ask(bridge, entity)?,
            };
            Ok(cards
                .into_iter()
                .filter(|entry| query.fits(entry))
                .collect())
        })
        .collect()
}

/// The record at a position; none when there is none, or when it is another type of document.
pub fn by_id(bridge: &Bridge, entity: Entity, id: &str) -> Result<Option<Entry>, Fault> {
    let Some(card_pos) = position(id) else {
        return Ok(None);
    };
    match bridge.card(entity.interface(), card_pos) {
        Ok(card) => entity.entry(&card),
        Err(trouble) if trouble.code == "card_deleted" => Ok(Some(deleted(id))),
        Err(trouble) if trouble.is_absence() => Ok(None),
        Err(trouble) => Err(trouble.into()),
    }
}

/// A card's position, as our ids write it.
pub fn position(id: &str) -> Option<u64> {
    id.parse()
        .ok()
        .filter(|&position| position > 0 && position <= u64::from(i32::MAX.unsigned_abs()))
}

/// All that is known of a card Acomba has given up.
fn deleted(id: &str) -> Entry {
    Entry {
        id: id.to_owned(),
        version: None,
        deleted: true,
        body: json!({ "id": id }).to_string(),
        ext: Vec::new(),
    }
}

/// One query: by which field Acomba is asked, and what else must be equal.
struct Wanted {
    key: &'static str,
    value: String,
    fields: Vec<Condition>,
}

impl Wanted {
    fn of(entity: Entity, query: &Query) -> Result<Self, Fault> {
        let keys: &[&'static str] = match entity {
            Entity::Card(_) => &["id", "number"],
            Entity::Document(_) => &["id", "reference", "number"],
        };
        let found = keys.iter().find_map(|key| {
            query
                .iter()
                .find(|(field, _)| field == key)
                .map(|(_, json)| (*key, json))
        });
        let (key, json) = found.ok_or_else(|| {
            let fields = query
                .iter()
                .map(|(field, _)| field.as_str())
                .collect::<Vec<_>>()
                .join(", ");
            fault::internal(text!(
                "acomba-no-key",
                "{entity} cannot be looked up by {fields}",
                entity = entity.name(),
                fields = fields
            ))
        })?;
        let value = match filter::value(json) {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            _ => String::new(),
        };
        // As it was written; and a text that Acomba cannot store is the text of no card.
        let value = one_line(&value, key).unwrap_or_default().trim().to_owned();
        let fields = query
            .iter()
            .filter(|(field, _)| field != key)
            .map(|(field, json)| Condition {
                field: field.clone(),
                op: Comparison::Eq,
                values: vec![json.clone()],
            })
            .collect();
        Ok(Self { key, value, fields })
    }

    fn ask(&self, bridge: &Bridge, entity: Entity) -> Result<Vec<Entry>, Fault> {
        if self.value.is_empty() {
            return Ok(Vec::new());
        }
        match (self.key, entity) {
            ("id", _) => Ok(by_id(bridge, entity, &self.value)?
                .filter(|entry| !entry.deleted)
                .into_iter()
                .collect()),
            ("reference", Entity::Document(kind)) => {
                let documents = bridge.documents_by_reference(kind.of_type, &self.value)?;
                entity.entries(&documents.items)
            }
            (_, Entity::Document(kind)) => {
                one(entity, bridge.document_by_number(kind.of_type, &self.value))
            }
            (_, Entity::Card(kind)) => one(
                entity,
                bridge.card_by_number(kind.interface, kind.number().property, &self.value),
            ),
        }
    }

    /// Whether everything asked for is equal, the number to the letter: Acomba's look-up may have gone by
    /// other rules.
    fn fits(&self, entry: &Entry) -> bool {
        let body = filter::value(&entry.body);
        let key = body[self.key].as_str().map(str::trim);
        !entry.deleted && key == Some(&self.value) && filter::fits(&body, &self.fields)
    }
}

fn one(entity: Entity, card: Result<Value, Trouble>) -> Result<Vec<Entry>, Fault> {
    match card {
        Ok(card) => Ok(entity.entry(&card)?.into_iter().collect()),
        Err(trouble) if trouble.is_absence() => Ok(Vec::new()),
        Err(trouble) => Err(trouble.into()),
    }
}

/// Every live card of an interface by a property; none when there are too many for one call.
fn all_by(
    bridge: &Bridge,
    entity: Entity,
    property: &str,
) -> Result<Option<BTreeMap<String, Vec<Entry>>>, Fault> {
    let mut cards = BTreeMap::<String, Vec<Entry>>::new();
    let mut after = 0;
    loop {
        let page = bridge.cards_after(entity.interface(), after, PAGE_CARDS_MAX, Dead::LeftOut)?;
        if page
            .in_all()
            .is_none_or(|in_all| in_all > u64::from(PAGE_CARDS_MAX) * PAGES_OF_A_SCAN_MAX)
        {
            return Ok(None);
        }
        for card in &page.items {
            let key = card[property]
                .as_str()
                .map_or_else(|| card[property].to_string(), str::to_owned);
            cards.entry(key).or_default().extend(entity.entry(card)?);
        }
        if !page.more {
            return Ok(Some(cards));
        }
        after = further(after, page.next_card_pos()?)?;
    }
}

/// The next position, which must be further on: else the walk would never end.
pub fn further(after: u64, next: u64) -> Result<u64, Fault> {
    if next > after {
        return Ok(next);
    }
    Err(fault::unavailable(text!(
        "acomba-no-progress",
        "The bridge gives the same page again"
    )))
}
