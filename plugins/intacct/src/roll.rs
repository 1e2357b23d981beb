//! Which record number had which id.
//!
//! The audit trail names what was deleted by its record number, and then nothing in Intacct tells its id any more. So
//! whatever a walk shows is written down here. It stands in the connection's memory, which has few keys of 64 KiB: in parts
//! by record number, each id as what it does not share with the one before. When the parts are full, the oldest
//! records are forgotten: those that were posted long ago cannot be deleted.

use crate::api::Api;
use crate::question::RECORD_NUMBER;
use crate::reply::{text_of, Row};
use crate::table::Table;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Parts of one entity. Seven entities have a roll, and the memory has 64 keys.
const PARTS_MAX: usize = 5;
/// Bytes of one part; the memory takes 65,536.
const PART_BYTES_MAX: usize = 60_000;
const _: () = assert!(PART_BYTES_MAX < 65_536);

type Ids = BTreeMap<u64, String>;

/// A part: where it begins and under which key it stands.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct Part {
    first: u64,
    slot: usize,
}

/// Whether an entity's records have another id than their number.
pub fn is_needed(table: &Table) -> bool {
    table.has_stamp && table.id != RECORD_NUMBER
}

fn key(table: &Table, slot: usize) -> String {
    format!("roll {} {slot}", table.entity)
}

fn parts(api: &Api, table: &Table) -> Vec<Part> {
    let text = api.host().memory_get(&format!("roll {}", table.entity));
    let parts: Vec<Part> = text
        .and_then(|text| serde_json::from_slice(&text).ok())
        .unwrap_or_default();
    match parts.is_empty() {
        true => vec![Part { first: 0, slot: 0 }],
        false => parts,
    }
}

fn ids(api: &Api, table: &Table, part: &Part) -> Ids {
    let text = api.host().memory_get(&key(table, part.slot));
    decode(&text.unwrap_or_default())
}

/// The part that a number belongs to.
fn part_of(parts: &[Part], number: u64) -> usize {
    let after = parts.partition_point(|part| part.first <= number);
    after.saturating_sub(1)
}

/// Writes down what these rows show.
pub fn write(api: &Api, table: &Table, rows: &[Row]) {
    if !is_needed(table) {
        return;
    }
    let mut shown: Ids = rows
        .iter()
        .filter_map(|row| {
            let number = text_of(row, RECORD_NUMBER).parse().ok()?;
            let id = text_of(row, table.id);
            (!id.is_empty()).then(|| (number, id.to_owned()))
        })
        .collect();
    while let Some((&number, _)) = shown.first_key_value() {
        let parts = parts(api, table);
        let at = part_of(&parts, number);
        // Those that belong to the same part.
        let rest = parts.get(at + 1).map(|next| shown.split_off(&next.first));
        if written(api, table, parts, at, shown).is_none() {
            api.host().warn(&format!(
                "the ids of {} are not all remembered, so not every deletion will be seen",
                table.entity
            ));
            return;
        }
        shown = rest.unwrap_or_default();
    }
}

fn written(api: &Api, table: &Table, mut parts: Vec<Part>, at: usize, shown: Ids) -> Option<()> {
    let before = ids(api, table, &parts[at]);
    let mut all = before.clone();
    all.extend(shown);
    if all == before {
        return Some(());
    }
    let set = |key: &str, text: &[u8]| api.host().memory_set(key, text).ok();
    let mut whole = encode(&all);
    let mut moved = false;
    while whole.len() > PART_BYTES_MAX {
        // The upper half gets a part of its own; when all are taken, that of the oldest records.
        let middle = *all.keys().nth(all.len() / 2)?;
        let upper = all.split_off(&middle);
        let slot = match parts.len() < PARTS_MAX {
            true => (0..PARTS_MAX).find(|slot| parts.iter().all(|part| part.slot != *slot))?,
            false if at == 0 => {
                // The oldest are in this very part.
                all = upper;
                whole = encode(&all);
                parts[0].first = middle;
                moved = true;
                continue;
            }
            false => {
                let oldest = parts.remove(0);
                set(&key(table, oldest.slot), b"")?;
                parts[0].first = 0;
                let index = serde_json::to_vec(&parts).ok()?;
                set(&format!("roll {}", table.entity), &index)?;
                all.extend(upper);
                return written(api, table, parts, at - 1, all);
            }
        };
        set(&key(table, slot), &encode(&upper))?;
        parts.insert(
            at + 1,
            Part {
                first: middle,
                slot,
            },
        );
        whole = encode(&all);
        moved = true;
    }
    // The first part takes whatever is older.
    parts[0].first = 0;
    if moved {
        // Before the part that lost its upper half: a crash in between loses nothing.
        let index = serde_json::to_vec(&parts).ok()?;
        set(&format!("roll {}", table.entity), &index)?;
    }
    set(&key(table, parts[at].slot), &whole)
}

/// The ids that these record numbers had, as far as they were shown.
pub fn of(api: &Api, table: &Table, numbers: &[&str]) -> Vec<String> {
    if !is_needed(table) {
        return Vec::new();
    }
    let parts = parts(api, table);
    let mut read: BTreeMap<usize, Ids> = BTreeMap::new();
    let numbers = numbers
        .iter()
        .filter_map(|number| number.parse::<u64>().ok());
    let ids = numbers.filter_map(|number| {
        let at = part_of(&parts, number);
        let ids = read
            .entry(at)
            .or_insert_with(|| ids(api, table, &parts[at]));
        ids.get(&number).cloned()
    });
    ids.collect()
}

/// One line an id: the distance of its number from the one before, how much of the id is the same, and the rest.
fn encode(ids: &Ids) -> Vec<u8> {
    let mut out = String::new();
    let (mut last, mut before) = (0, "");
    for (number, id) in ids {
        let same = before.bytes().zip(id.bytes()).take_while(|(a, b)| a == b);
        let mut shared = same.count();
        while !id.is_char_boundary(shared) {
            shared -= 1;
        }
        out.push_str(&format!("{} {shared} {}\n", number - last, &id[shared..]));
        (last, before) = (*number, id);
    }
    out.into_bytes()
}

/// What cannot be read is left out.
fn decode(text: &[u8]) -> Ids {
    let text = std::str::from_utf8(text).unwrap_or_default();
    let (mut ids, mut last, mut before) = (Ids::new(), 0u64, String::new());
    for line in text.lines() {
        let mut parts = line.splitn(3, ' ');
        let distance = parts.next().and_then(|text| text.parse::<u64>().ok());
        let shared = parts.next().and_then(|text| text.parse::<usize>().ok());
        let (Some(distance), Some(shared), Some(rest)) = (distance, shared, parts.next()) else {
            break;
        };
        let Some(start) = before.get(..shared) else {
            break;
        };
        last = last.saturating_add(distance);
        before = format!("{start}{rest}");
        ids.insert(last, before.clone());
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_back_as_they_were() {
        let texts = [
            "", "CN-00031", "CN-00032", "CN-1", "Été A", "Été B", "È", "a b  c ",
        ];
        let ids: Ids = (7..).zip(texts.map(str::to_owned)).collect();
        assert_eq!(decode(&encode(&ids)), ids);
        assert_eq!(decode(b""), Ids::new());
        assert_eq!(decode(b"1 0 A\nrubbish").len(), 1);
    }

    #[test]
    fn sequenced_ids_take_a_few_bytes() {
        let ids: Ids = (1..=8_000).map(|n| (n, format!("CN-{n:05}"))).collect();
        assert!(
            encode(&ids).len() < PART_BYTES_MAX,
            "{}",
            encode(&ids).len()
        );
    }
}
