//! The GET routes: health, info, pages by position, changes, one card, one key.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::bridge::Alias;
use super::card::{Card, CardStore};
use super::company::{BRIDGE_USER, Company};
use super::error::{Code, Refusal};
use super::interface::{self, INVOICING_TYPES, Interface, Writable};
use super::time;
use super::wire::{self, Query};
use crate::simulator::Response;

const LIMIT_DEFAULT: i32 = 200;
const LIMIT_MAX: i32 = 1_000;

pub fn health(queue_full: bool, queue_max: usize) -> Value {
    json!({ "status": "ok", "queue": if queue_full { queue_max } else { 0 } })
}

pub fn info(alias: &Alias, name: &str, company: &Company) -> Value {
    let user = company
        .store("User")
        .find(BRIDGE_USER)
        .map_or(1, |card| card.card_pos);
    let changes = |interface: &&&Interface| interface.stamped;
    let changes: Map<_, _> = interface::ALL
        .iter()
        .filter(changes)
        .map(|interface| {
            (
                interface.name.to_owned(),
                Value::from(if company.gives_changes(interface) {
                    "full"
                } else {
                    "none"
                }),
            )
        })
        .collect();
    json!({
        "Company": name, "CompanyName": company.name, "CompanyUniqueID": company.unique_id, "SdkVersion": alias.sdk_version,
        "AcombaVersion": alias.acomba_version, "Language": company.switches.language.word(),
        "CurrentUser": { "UsNumber": BRIDGE_USER, "CardPos": user },
        "Capabilities": { "changes": changes, "unique_id": company.switches.unique_id },
    })
}

/// A page by position. `limit` counts cards walked, so with deleted cards among them a page holds fewer
/// items than that, even none, and still has a next one.
pub fn list(
    company: &Company,
    interface: &'static Interface,
    mut query: Query,
) -> Result<Response, Refusal> {
    let after = query.take_number("after_card_pos")?.unwrap_or(0);
    let limit = limit(&mut query)?;
    let deleted = query.take_flag("include_deleted")?;
    let filter = if interface.writable == Writable::Documents {
        Filter::take(&mut query)?
    } else {
        Filter::default()
    };
    query.finish()?;
    let store = company.store(interface.name);
    let (mut rows, more) = match filter.walk(store, after) {
        Some(walk) => {
            let mut rows: Vec<_> = walk
                .filter(|card| deleted || card.is_live(interface))
                .take(limit + 1)
                .map(Arc::clone)
                .collect();
            let more = rows.len() > limit;
            rows.truncate(limit);
            (rows, more)
        }
        None => {
            // A non-zero code with rows is only the end of the file.
            let got = store.get_cards(after.saturating_add(1), limit);
            let last = got.rows.last().map_or(after, |card| card.card_pos);
            (
                got.rows,
                got.code == 0 && !store.get_cards(last.saturating_add(1), 1).rows.is_empty(),
            )
        }
    };
    let used = rows.len();
    let next = rows.last().map_or(after, |card| card.card_pos);
    rows.retain(|card| deleted || card.is_live(interface));
    Ok(wire::answer(
        200,
        &json!({
            "NumCards": store.num_cards(), "CursorUsed": used, "has_more": more, "next_after_card_pos": next,
            "items": items(company, store, &rows),
        }),
    ))
}

fn items(company: &Company, store: &CardStore, rows: &[Arc<Card>]) -> Vec<Value> {
    rows.iter()
        .map(|card| store.json(card, company.shown(store.interface)))
        .collect()
}

fn limit(query: &mut Query) -> Result<usize, Refusal> {
    let limit = query.take_number("limit")?.unwrap_or(LIMIT_DEFAULT);
    if !(1..=LIMIT_MAX).contains(&limit) {
        return Err(Refusal::bad(format!("`limit` must be 1 to {LIMIT_MAX}")).field("limit"));
    }
    Ok(limit.unsigned_abs() as usize)
}

/// The document filters; together they are one condition, and the rarest of them picks the index.
#[derive(Default)]
struct Filter(Vec<(&'static str, String)>);

impl Filter {
    fn take(query: &mut Query) -> Result<Self, Refusal> {
        let mut given = Vec::new();
        for name in [
            "InReference",
            "InInvoiceNumber",
            "InCustomerSupplierCP",
            "InInvoiceType",
        ] {
            if let Some(value) = query.take(name) {
                given.push((name, value));
            }
        }
        for (name, value) in &given {
            let valid = match *name {
                "InInvoiceType" => INVOICING_TYPES.contains(&value.as_str()),
                "InCustomerSupplierCP" => value
                    .parse::<u32>()
                    .is_ok_and(|number| number.to_string() == *value),
                _ => !value.is_empty(),
            };
            if !valid {
                return Err(
                    Refusal::bad(format!("`{value}` is not a value of `{name}`")).field(*name),
                );
            }
        }
        Ok(Self(given))
    }

    fn walk<'a>(
        &'a self,
        store: &'a CardStore,
        after: i32,
    ) -> Option<impl Iterator<Item = &'a Arc<Card>>> {
        let ((property, value), others) = self.0.split_first()?;
        let holds = |card: &Card, property: &str, value: &str| {
            card.values
                .get(property)
                .is_some_and(|cell| cell.key() == value)
        };
        let all = move |card: &&Arc<Card>| {
            others
                .iter()
                .all(|(property, value)| holds(card, property, value))
        };
        Some(store.with_value(property, value, after).filter(all))
    }
}

/// The cards modified strictly after a pair, oldest first.
pub fn changes(
    company: &Company,
    interface: &'static Interface,
    mut query: Query,
) -> Result<Response, Refusal> {
    if !company.gives_changes(interface) {
        return Err(Refusal::new(
            Code::NotSupported,
            format!("{} has no modification stamp", interface.name),
        )
        .at(interface.name, "SearchKey"));
    }
    let since = query.take("modified_at");
    let card_pos = query.take_number("card_pos")?.unwrap_or(0);
    let limit = limit(&mut query)?;
    let deleted = query.take_flag("include_deleted")?;
    query.finish()?;
    let stamp = match &since {
        None => i64::MIN,
        Some(text) => {
            let wrong = || {
                Refusal::bad(format!(
                    "`modified_at` must be RFC 3339 with an offset, not `{text}`"
                ))
                .field("modified_at")
            };
            time::parse(text).ok_or_else(wrong)?
        }
    };
    let store = company.store(interface.name);
    let walk = store
        .changed_after(stamp, card_pos)
        .filter(|card| deleted || card.is_live(interface));
    let mut rows: Vec<_> = walk.take(limit + 1).map(Arc::clone).collect();
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().map(
        |card| json!({ "modified_at": time::written(card.modified_at), "card_pos": card.card_pos }),
    );
    let same = since.map_or(
        Value::Null,
        |text| json!({ "modified_at": text, "card_pos": card_pos }),
    );
    Ok(wire::answer(
        200,
        &json!({
            "CursorUsed": rows.len(), "has_more": more, "next_cursor": next.unwrap_or(same), "items": items(company, store, &rows),
        }),
    ))
}

/// The live card at a position, or why there is none.
pub fn live<'a>(
    company: &'a Company,
    interface: &'static Interface,
    card_pos: i32,
    operation: &'static str,
) -> Result<&'a Card, Refusal> {
    let refusal = |code, text: &str| {
        Refusal::new(code, format!("{} {card_pos} {text}", interface.name))
            .at(interface.name, operation)
            .card(card_pos)
    };
    let card = company
        .store(interface.name)
        .get(card_pos)
        .ok_or_else(|| refusal(Code::CardNotFound, "does not exist"))?;
    if !card.is_live(interface) {
        return Err(refusal(Code::CardDeleted, "has been deleted"));
    }
    Ok(card)
}

pub fn card(
    company: &Company,
    interface: &'static Interface,
    card_pos: i32,
) -> Result<Response, Refusal> {
    let card = live(company, interface, card_pos, "GetCard")?;
    Ok(wire::answer(
        200,
        &company
            .store(interface.name)
            .json(card, company.shown(interface)),
    ))
}

/// FindKey. A document's key is type and number, with the customer where a number is used twice.
pub fn by_key(
    company: &Company,
    interface: &'static Interface,
    index: &str,
    mut query: Query,
) -> Result<Response, Refusal> {
    let number = interface.number.filter(|_| index == "1");
    let number = number
        .ok_or_else(|| Refusal::bad(format!("{} has no key index {index}", interface.name)))?;
    let mut key = vec![number];
    if interface.writable == Writable::Documents {
        key.push("InInvoiceType");
    }
    let mut wanted = Vec::new();
    for property in key {
        let value = query.take(property).filter(|value| !value.is_empty());
        wanted.push((
            property,
            value.ok_or_else(|| {
                Refusal::bad(format!("parameter `{property}` is required")).field(property)
            })?,
        ));
    }
    if let (Writable::Documents, Some(customer)) =
        (interface.writable, query.take("InCustomerSupplierCP"))
    {
        wanted.push(("InCustomerSupplierCP", customer));
    }
    query.finish()?;
    let store = company.store(interface.name);
    let found = Filter(wanted.clone())
        .walk(store, 0)
        .and_then(|mut walk| walk.find(|card| card.is_live(interface)).map(Arc::clone));
    let missing = || {
        Refusal::new(
            Code::KeyNotFound,
            format!("no {} with {} `{}`", interface.name, number, wanted[0].1),
        )
        .at(interface.name, "FindKey")
    };
    let card = found.ok_or_else(missing)?;
    Ok(wire::answer(
        200,
        &store.json(&card, company.shown(interface)),
    ))
}
