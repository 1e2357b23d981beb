//! `changes` and `query`: walks through the cards of an interface.
//!
//! Two walks can show what is new. By modification, where the bridge knows stamps: in order of
//! (stamp, position). By position, everywhere: ascending positions, everything each time, and the
//! only one that shows what Acomba has given up.
//!
//! Stamps have seconds. A card modified in the very second in which a walk ended, at a lower position
//! than the last one shown, lies before that place; so the next run starts a little earlier.

use crate::assumed::BEFORE_ALL;
use crate::bridge::{Bridge, Dead, PAGE_CARDS_MAX};
use crate::card::Access;
use crate::company;
use crate::document;
use crate::entity::Entity;
use crate::lookup::{self, further};
use liaison_sdk::prelude::*;
use serde::{Deserialize, Serialize};

/// How far before the last place the next run by modification starts.
pub const OVERLAP_S: u32 = 60;
/// A stamp younger than this, by our clock, may still get company: the bridge's clock is not ours.
const SETTLED_MS: i64 = 3_600_000;
/// How many values of a filter are looked up in one call.
const LOOK_UPS_MAX: u32 = 100;
/// Documents carry their lines, so a page of them is shorter.
const PAGE_DOCUMENTS_MAX: u32 = 200;

/// Where a walk is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Place {
    /// Nothing has been shown.
    #[default]
    Start,
    /// By position, after this one.
    Position(u64),
    /// By modification.
    Stamp(Stamp),
}

/// A place in a walk by modification.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Stamp {
    at: String,
    card_pos: u64,
    /// Between two pages of one run; otherwise a new run starts here.
    #[serde(default)]
    within: bool,
    /// The run began before all stamps.
    #[serde(default)]
    from_start: bool,
    /// The earliest end of a page of this run whose second was not yet over for sure.
    #[serde(default)]
    unsettled: Option<String>,
}

/// What changed since a cursor.
pub fn changes(
    bridge: &Bridge,
    entity: Entity,
    since: Option<&[u8]>,
    limit: u32,
) -> Result<Page, Fault> {
    match cursor::decode::<Place>(since)? {
        Place::Position(after) => by_position(bridge, entity, after, limit, Dead::Included),
        Place::Stamp(stamp) if stamp.within => by_stamp(bridge, entity, stamp, limit),
        place => {
            // A run starts: once more whether it is the same company, and whether it has stamps.
            let company = company::guard(bridge)?;
            let stamps =
                entity.access() != Access::Listed && company.has_stamps(entity.interface());
            if !stamps {
                return by_position(bridge, entity, 0, limit, Dead::Included);
            }
            match place {
                Place::Stamp(stamp) => by_stamp(bridge, entity, stamp, limit),
                _ => {
                    let start = Stamp {
                        at: BEFORE_ALL.to_owned(),
                        from_start: true,
                        ..Stamp::default()
                    };
                    by_stamp(bridge, entity, start, limit)
                }
            }
        }
    }
}

/// The records that fit: by id, number or reference where that is asked for, else all live ones.
pub fn query(
    bridge: &Bridge,
    entity: Entity,
    filter: &[Condition],
    at: Option<&[u8]>,
    limit: u32,
) -> Result<Page, Fault> {
    let after = match cursor::decode::<Place>(at)? {
        Place::Position(after) => after,
        _ => 0,
    };
    if let Some(condition) = filter
        .iter()
        .find(|condition| is_look_up(entity, condition))
    {
        return by_look_up(bridge, entity, condition, filter, after, limit);
    }
    let mut page = by_position(bridge, entity, after, limit, Dead::LeftOut)?;
    page.entries
        .retain(|entry| filter::fits(&filter::value(&entry.body), filter));
    Ok(page)
}

fn is_look_up(entity: Entity, condition: &Condition) -> bool {
    let key = match entity {
        Entity::Card(_) => matches!(condition.field.as_str(), "id" | "number"),
        Entity::Document(_) => matches!(condition.field.as_str(), "id" | "reference"),
    };
    key && matches!(condition.op, Comparison::Eq | Comparison::IsIn)
}

/// The cursor counts the values that have been looked up.
fn by_look_up(
    bridge: &Bridge,
    entity: Entity,
    condition: &Condition,
    filter: &[Condition],
    done: u64,
    limit: u32,
) -> Result<Page, Fault> {
    let done = usize::try_from(done)
        .unwrap_or(usize::MAX)
        .min(condition.values.len());
    let upto = condition
        .values
        .len()
        .min(done + limit.clamp(1, LOOK_UPS_MAX) as usize);
    let queries: Vec<_> = condition.values[done..upto]
        .iter()
        .map(|json| vec![(condition.field.clone(), json.clone())])
        .collect();
    let mut entries: Vec<Entry> = lookup::find(bridge, entity, &queries)?
        .into_iter()
        .flatten()
        .collect();
    entries.retain(|entry| filter::fits(&filter::value(&entry.body), filter));
    let more = upto < condition.values.len();
    let next = more.then(|| cursor::encode(&Place::Position(upto as u64)));
    Ok(Page {
        entries,
        next,
        more,
        complete: !more,
        ext: Vec::new(),
    })
}

fn by_position(
    bridge: &Bridge,
    entity: Entity,
    after: u64,
    limit: u32,
    dead: Dead,
) -> Result<Page, Fault> {
    let cards = bridge.cards_after(entity.interface(), after, page_size(entity, limit), dead)?;
    let next = match cards.more {
        true => Some(cursor::encode(&Place::Position(further(
            after,
            cards.next_card_pos()?,
        )?))),
        false => None,
    };
    Ok(Page {
        entries: entries(bridge, entity, &cards.items)?,
        more: next.is_some(),
        complete: next.is_none(),
        next,
        ext: Vec::new(),
    })
}

fn by_stamp(bridge: &Bridge, entity: Entity, stamp: Stamp, limit: u32) -> Result<Page, Fault> {
    let size = page_size(entity, limit);
    let cards = match bridge.cards_modified(entity.interface(), (&stamp.at, stamp.card_pos), size) {
        // The bridge has lost its stamps, e.g. after a step back to an older SDK.
        Err(trouble) if trouble.code == "not_supported" => {
            return by_position(bridge, entity, 0, limit, Dead::Included)
        }
        other => other?,
    };
    let (at, card_pos) = cards.next_stamp()?.unwrap_or((stamp.at, stamp.card_pos));
    let now_ms = i64::try_from(bridge.host().now_ms()).unwrap_or(i64::MAX);
    let next = match cards.more {
        true => {
            let young = date::parse_instant(&at).is_none_or(|ms| ms > now_ms - SETTLED_MS);
            let unsettled = stamp.unsettled.or_else(|| young.then(|| at.clone()));
            Stamp {
                at,
                card_pos,
                within: true,
                from_start: stamp.from_start,
                unsettled,
            }
        }
        // Nothing new: the place is already early enough, and must not creep back run by run.
        false if cards.items.is_empty() && stamp.unsettled.is_none() => Stamp {
            at,
            card_pos,
            ..Stamp::default()
        },
        false => Stamp {
            at: a_little_earlier(&stamp.unsettled.unwrap_or(at)),
            ..Stamp::default()
        },
    };
    let complete = stamp.from_start && !cards.more;
    let next = Some(cursor::encode(&Place::Stamp(next)));
    Ok(Page {
        entries: entries(bridge, entity, &cards.items)?,
        next,
        more: cards.more,
        complete,
        ext: Vec::new(),
    })
}

/// The cards of a page that are of this entity.
fn entries(bridge: &Bridge, entity: Entity, cards: &[Value]) -> Result<Vec<Entry>, Fault> {
    if matches!(entity, Entity::Document(_)) {
        for of_type in document::strange_types(cards) {
            let words = format!("documents of type {of_type} are passed over");
            bridge.host().info(&words);
        }
    }
    entity.entries(cards)
}

fn a_little_earlier(at: &str) -> String {
    date::parse_instant(at).map_or_else(
        || at.to_owned(),
        |ms| date::instant((ms - i64::from(OVERLAP_S) * 1000).max(0)),
    )
}

fn page_size(entity: Entity, limit: u32) -> u32 {
    let max = match entity {
        Entity::Card(_) => PAGE_CARDS_MAX,
        Entity::Document(_) => PAGE_DOCUMENTS_MAX,
    };
    limit.clamp(1, max)
}
