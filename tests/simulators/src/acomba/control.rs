//! What a person at Acomba's screen, the administrator of the server, or time does behind the bridge.
//!
//! Every action is `{"do":"…", …}`. Those on a company carry `company` (the alias); those on a card
//! `interface` (Customer when left out) and `card_pos` (one or an array), and `by`, the person (`marie`
//! when left out). A switch takes `"on":false` to be turned off.
//!
//! - cards: `reserve` `free` · `renumber` number · `set_active` active · `delete` status ·
//!   `edit` set · `touch` at · `create` card. A card that somebody else holds is not changed
//! - documents: `create_document` document · `edit` set (header properties, and `Lines` for all lines; never
//!   of an invoice or a credit) · `convert_document` to, keep_card_pos
//! - the company file: `snapshot` name · `restore_from_backup` name · `change_password` password ·
//!   `language` language · switches `exclusive` `reuse_lowest_free` `unique_id` `automatic_billing`
//!   `changes_support` `freeze_stamps` at
//! - the bridge's server: `move_company_folder` to · `point_alias` folder or to_company ·
//!   `bridge_password` password · `closed_window` retry_after_s · `set_window` opens, closes ·
//!   `slow` ms · switches `licence_limit` `version_mismatch` `sdk_not_started` `queue_full`
//! - for tests: `bulk` interface, count, prefix, from · `cards` interface, after_card_pos, limit · `summary`

use serde_json::{Map, Value, json};

use super::action::Action;
use super::bridge::{Alias, Bridge, Window};
use super::bulk;
use super::company::Company;
use super::error::Language;
use super::interface::{self, Interface, TRANSACTION, Writable};
use super::screen;
use super::seed::card_at_screen;
use super::time;
use super::value::{Hand, given};
use crate::simulator::NowMs;

pub fn control(bridge: &mut Bridge, action: &Value, now: NowMs) -> Result<Value, String> {
    let action = Action(action.as_object().ok_or("an action is an object")?);
    let done = json!({ "done": true });
    match action.text("do")? {
        "queue_full" => bridge.queue_full = action.on(),
        "slow" => bridge.slow_ms = action.number("ms")?.unsigned_abs(),
        "summary" => return Ok(bulk::summary(bridge)),
        word @ ("snapshot" | "restore_from_backup" | "move_company_folder" | "point_alias") => {
            backup_and_folder(bridge, word, &action)?
        }
        word => {
            let name = action.text("company")?;
            let alias = bridge
                .aliases
                .get_mut(name)
                .ok_or_else(|| format!("no such company: `{name}`"))?;
            if on_alias(alias, word, &action)? {
                return Ok(done);
            }
            let company = bridge
                .folders
                .get_mut(&alias.folder)
                .ok_or_else(|| format!("the folder of `{name}` is empty"))?;
            return on_company(company, word, &action, now);
        }
    }
    Ok(done)
}

/// Switches of the bridge's configuration and of the machine it runs on. False when the word is not one.
fn on_alias(alias: &mut Alias, word: &str, action: &Action) -> Result<bool, String> {
    match word {
        "closed_window" if action.on() => {
            alias.window = Window::Closed {
                retry_after_s: action.number_or("retry_after_s", 600)?.unsigned_abs(),
            }
        }
        "closed_window" => alias.window = Window::Always,
        "set_window" => {
            let hour = |name| {
                time::hour_and_minute(action.text(name)?)
                    .ok_or_else(|| format!("`{name}` is an hour like 06:30"))
            };
            alias.window = Window::Daily {
                opens: hour("opens")?,
                closes: hour("closes")?,
            };
        }
        "licence_limit" => alias.licence_limit = action.on(),
        "version_mismatch" => alias.version_mismatch = action.on(),
        "sdk_not_started" => alias.sdk_started = !action.on(),
        // The administrator tells the bridge the new password.
        "bridge_password" => alias.password = action.text("password")?.to_owned(),
        _ => return Ok(false),
    }
    Ok(true)
}

fn backup_and_folder(bridge: &mut Bridge, word: &str, action: &Action) -> Result<(), String> {
    let name = action.text("company")?;
    let alias = bridge
        .aliases
        .get(name)
        .ok_or_else(|| format!("no such company: `{name}`"))?
        .clone();
    if word == "point_alias" {
        // Another folder by its path, or the folder of another alias.
        let folder = match action.text("to_company") {
            Ok(other) => bridge
                .aliases
                .get(other)
                .ok_or_else(|| format!("no such company: `{other}`"))?
                .folder
                .clone(),
            Err(_) => action.text("folder")?.to_owned(),
        };
        let password = bridge
            .folders
            .get(&folder)
            .map(|company| company.password.clone());
        let alias = bridge.aliases.get_mut(name).expect("found above");
        alias.folder = folder;
        alias.password = password.unwrap_or_else(|| alias.password.clone());
        return Ok(());
    }
    let company = bridge
        .folders
        .get(&alias.folder)
        .ok_or_else(|| format!("the folder of `{name}` is empty"))?;
    let backup = |action: &Action| {
        Ok::<_, String>((company.unique_id.clone(), action.text("name")?.to_owned()))
    };
    match word {
        "snapshot" => {
            let backup = backup(action)?;
            bridge.backups.insert(backup, company.clone());
        }
        "restore_from_backup" => {
            let key = backup(action)?;
            let old = bridge
                .backups
                .get(&key)
                .ok_or_else(|| format!("no backup `{}`", key.1))?;
            let mut restored = old.clone();
            restored.switches = company.switches.clone();
            // Nobody was inside during the restore.
            interface::ALL
                .iter()
                .for_each(|interface| restored.store_mut(interface.name).reserved.clear());
            bridge.folders.insert(alias.folder, restored);
        }
        _ => {
            let to = action.text("to")?.to_owned();
            if bridge.folders.contains_key(&to) {
                return Err(format!("folder `{to}` holds a company already"));
            }
            let company = bridge.folders.remove(&alias.folder).expect("found above");
            bridge.folders.insert(to, company);
        }
    }
    Ok(())
}

fn on_company(
    company: &mut Company,
    word: &str,
    action: &Action,
    now: NowMs,
) -> Result<Value, String> {
    let interface = action.interface()?;
    let by = action.by();
    match word {
        "exclusive" => company.switches.exclusive = action.on(),
        "language" => {
            company.switches.language =
                Language::parse(action.text("language")?).ok_or("language is fr or en")?
        }
        "change_password" => company.password = action.text("password")?.to_owned(),
        "reuse_lowest_free" => company.switches.reuse_lowest_free = action.on(),
        "automatic_billing" => company.switches.automatic_billing = action.on(),
        "unique_id" => company.switches.unique_id = action.on(),
        "changes_support" if action.on() => {
            company.switches.changes_off.remove(interface.name);
        }
        "changes_support" => drop(company.switches.changes_off.insert(interface.name)),
        "freeze_stamps" => {
            let at = action.0.get("at").and_then(Value::as_str);
            let stamp = at
                .map_or(Some(time::stamp(now)), time::parse)
                .ok_or("`at` must be RFC 3339")?;
            company.switches.frozen_stamp = action.on().then_some(stamp);
        }
        "touch" => {
            let at = action.0.get("at").and_then(Value::as_str);
            let stamp = at
                .map_or(Some(time::stamp(now)), time::parse)
                .ok_or("`at` must be RFC 3339")?;
            let kept = company.switches.frozen_stamp.replace(stamp);
            for card_pos in action.card_positions(company, interface)? {
                company.modify(interface, card_pos, by, now, |_| {});
            }
            company.switches.frozen_stamp = kept;
        }
        "reserve" => {
            for card_pos in action.card_positions(company, interface)? {
                company
                    .store_mut(interface.name)
                    .reserved
                    .insert(card_pos, by.to_owned());
            }
        }
        "free" => {
            for card_pos in action.card_positions(company, interface)? {
                company.store_mut(interface.name).reserved.remove(&card_pos);
            }
        }
        "renumber" => {
            let property = interface.number.ok_or("this interface has no number")?;
            let number = action
                .0
                .get("number")
                .cloned()
                .ok_or("`number` is required")?;
            revise(
                company,
                interface,
                action,
                &json!({ property: number }),
                now,
            )?;
        }
        "set_active" => {
            let property = interface
                .active
                .ok_or("this interface has no active flag")?;
            let active = action
                .0
                .get("active")
                .and_then(Value::as_bool)
                .ok_or("`active` must be true or false")?;
            edit(
                company,
                interface,
                action,
                &json!({ property: i32::from(active) }),
                now,
            )?;
        }
        "delete" => edit(
            company,
            interface,
            action,
            &json!({ interface.status: action.number_or("status", 1)? }),
            now,
        )?,
        "edit" => revise(company, interface, action, action.object("set")?, now)?,
        "create" => {
            let card_pos = card_at_screen(company, interface, action.object("card")?, by, now)?;
            return Ok(json!({ "CardPos": card_pos }));
        }
        "create_document" => {
            let card_pos =
                card_at_screen(company, &TRANSACTION, action.object("document")?, by, now)?;
            return Ok(screen::answer(company, card_pos));
        }
        "convert_document" => return screen::convert(company, action, now),
        "bulk" => return bulk::bulk(company, action, now),
        "cards" => return cards(company, action),
        _ => return Err(format!("no such action: `{word}`")),
    }
    Ok(json!({ "done": true }))
}

/// Changes what a card says. A document is more than its header, and an invoice does not change at all.
fn revise(
    company: &mut Company,
    interface: &'static Interface,
    action: &Action,
    set: &Value,
    now: NowMs,
) -> Result<(), String> {
    if interface.writable != Writable::Documents {
        return edit(company, interface, action, set, now);
    }
    let set = set.as_object().ok_or("`set` must be an object")?;
    for card_pos in action.card_positions(company, interface)? {
        screen::edit(company, card_pos, set, action.by(), now)?;
    }
    Ok(())
}

fn edit(
    company: &mut Company,
    interface: &'static Interface,
    action: &Action,
    set: &Value,
    now: NowMs,
) -> Result<(), String> {
    let set = set.as_object().ok_or("`set` must be an object")?;
    for card_pos in action.card_positions(company, interface)? {
        screen::check_free(company, interface, card_pos, action.by())?;
        let given =
            given(interface.fields, set, Hand::Screen, "").map_err(|refusal| refusal.message)?;
        let store = company.store(interface.name);
        let number = given
            .iter()
            .find(|(field, _)| Some(field.name) == interface.number)
            .map(|(_, cell)| cell.key());
        let other = number
            .and_then(|number| store.find(&number))
            .filter(|card| card.card_pos != card_pos);
        if let (Some(other), Writable::Cards | Writable::Never) = (other, interface.writable) {
            return Err(format!("that number belongs to card {}", other.card_pos));
        }
        let mut values = store
            .get(card_pos)
            .map(|card| card.values.clone())
            .ok_or("no such card")?;
        company
            .write(interface, given, &mut values)
            .map_err(|refusal| refusal.message)?;
        company.modify(interface, card_pos, action.by(), now, |card| {
            card.values = values
        });
    }
    Ok(())
}

/// A page of cards for a test that compares more than `state` lists.
fn cards(company: &Company, action: &Action) -> Result<Value, String> {
    let interface = action.interface()?;
    let after =
        i32::try_from(action.number_or("after_card_pos", 0)?).map_err(|error| error.to_string())?;
    let count =
        usize::try_from(action.number_or("limit", 1_000)?).map_err(|error| error.to_string())?;
    let store = company.store(interface.name);
    let rows = store.get_cards(after.saturating_add(1), count).rows;
    Ok(
        json!({ "items": rows.iter().map(|card| store.json(card, company.shown(interface))).collect::<Vec<_>>() }),
    )
}

/// Everything one company holds, deleted cards included, and who reserves what.
pub fn company_state(bridge: &Bridge, name: &str) -> Value {
    let alias = &bridge.aliases[name];
    let Some(company) = bridge.folders.get(&alias.folder) else {
        return json!({ "folder": alias.folder, "missing": true });
    };
    let mut object = Map::new();
    object.insert("folder".into(), alias.folder.clone().into());
    object.insert("CompanyUniqueID".into(), company.unique_id.clone().into());
    object.insert("name".into(), company.name.clone().into());
    let mut reserved = Vec::new();
    for interface in interface::ALL {
        let store = company.store(interface.name);
        object.insert(interface.name.into(), store.state(company.shown(interface)));
        reserved.extend(store.reserved.iter().map(
            |(card_pos, by)| json!({ "interface": interface.name, "card_pos": card_pos, "by": by }),
        ));
    }
    object.insert("reserved".into(), reserved.into());
    Value::Object(object)
}
