//! What the vendor allows, object by object, once the fields themselves were right.
//!
//! Invariant: nothing here changes the CRM; a row that fails its rules leaves no trace.

use serde_json::Value;

use super::crm::{ACOMBA_LIST, Crm};
use super::object::Object;
use super::refusal::Refusal;
use super::stage;
use super::switches::Switches;
use super::table::Row;
use super::value::Hand;

/// How deep revenue categories go: a category and two levels below it.
const CATEGORY_LEVELS_MAX: usize = 3;

/// Who writes, where, and under which rules.
#[derive(Clone, Copy)]
pub struct Setting<'a> {
    pub crm: &'a Crm,
    pub switches: &'a Switches,
    pub account: &'a str,
    pub hand: Hand,
}

/// Checks `new`, which becomes the row; `old` is what it replaces. Fills in what the vendor computes
/// from the row alone.
pub fn check(
    at: Setting<'_>,
    object: Object,
    old: Option<&Row>,
    new: &mut Row,
) -> Result<(), Refusal> {
    let owner = at.crm.known(object, new.text("external_id"));
    if owner.is_some_and(|owner| owner != new.id) {
        return Err(Refusal::external_id_used());
    }
    match object {
        Object::Lists => list(at, old, new),
        Object::Stages => stage::check(old, new),
        Object::RevenueCategories => category(at, new),
        Object::Users => user(at, old, new),
        Object::Accounts => account(at, old, new),
        Object::Contacts => contact(at, old, new),
        Object::Opportunities => opportunity(at, new),
    }
}

fn required(row: &Row, field: &str) -> Result<(), Refusal> {
    if row.values.contains_key(field) {
        return Ok(());
    }
    Err(Refusal::bad(format!("{field} is required")))
}

/// No other row may say the same in this field.
fn unique(at: Setting<'_>, object: Object, new: &Row, field: &str) -> Result<(), Refusal> {
    let mut others = at.crm.table(object).rows().filter(|row| row.id != new.id);
    if others.any(|row| row.text(field) == new.text(field)) {
        return Err(Refusal::bad(format!("{field} already used")));
    }
    Ok(())
}

fn list(at: Setting<'_>, old: Option<&Row>, new: &Row) -> Result<(), Refusal> {
    required(new, "name")?;
    if old.is_none() && at.hand == Hand::Api && !at.switches.lists_creatable {
        return Err(Refusal::protected("Lists cannot be created"));
    }
    if old.is_some_and(|old| old.text("name") == ACOMBA_LIST && new.text("name") != ACOMBA_LIST) {
        return Err(Refusal::protected("Protected list: cannot be renamed"));
    }
    unique(at, Object::Lists, new, "name")
}

fn category(at: Setting<'_>, new: &mut Row) -> Result<(), Refusal> {
    required(new, "name")?;
    if !new.values.contains_key("active") {
        new.set("active", Some(true.into()));
    }
    let mut above = 0;
    let mut parent = new.number("parent_id");
    while let Some(id) = parent {
        above += 1;
        if id == new.id || above == CATEGORY_LEVELS_MAX {
            return Err(Refusal::bad("parent_id goes deeper than two levels"));
        }
        parent = at
            .crm
            .get(Object::RevenueCategories, id)
            .and_then(|row| row.number("parent_id"));
    }
    if above + levels(at.crm, new.id) > CATEGORY_LEVELS_MAX {
        return Err(Refusal::bad("parent_id goes deeper than two levels"));
    }
    Ok(())
}

/// Levels of a category and what hangs below it.
fn levels(crm: &Crm, category: i64) -> usize {
    let rows = crm.table(Object::RevenueCategories).rows();
    let below = rows.filter(|row| row.number("parent_id") == Some(category));
    1 + below.map(|row| levels(crm, row.id)).max().unwrap_or(0)
}

/// A user made by the API is inactive and named `{number}@{account}`; it is one person for ever.
fn user(at: Setting<'_>, old: Option<&Row>, new: &mut Row) -> Result<(), Refusal> {
    required(new, "username")?;
    if !new.values.contains_key("active") {
        new.set("active", Some(false.into()));
    }
    if let Some(old) = old
        && !old.text("external_id").is_empty()
        && old.text("external_id") != new.text("external_id")
    {
        return Err(Refusal::protected(
            "External ID of a user cannot be changed",
        ));
    }
    if at.hand == Hand::Api {
        let was_active = old.is_some_and(|old| old.flag("active"));
        if new.flag("active") && !was_active {
            return Err(Refusal::protected("User cannot be activated"));
        }
        let renamed = old.is_none_or(|old| old.text("username") != new.text("username"));
        if renamed && was_active {
            return Err(Refusal::protected(
                "Username of an active user cannot be changed",
            ));
        }
        let number = new.text("username").strip_suffix(at.account);
        let number = number.and_then(|number| number.strip_suffix('@'));
        let well_named = number.is_some_and(|number| {
            !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
        });
        if renamed && !well_named {
            return Err(Refusal::bad(format!(
                "username must be like 7@{}",
                at.account
            )));
        }
    }
    unique(at, Object::Users, new, "username")
}

fn account(at: Setting<'_>, old: Option<&Row>, new: &Row) -> Result<(), Refusal> {
    required(new, "name")?;
    let named = at.crm.account_named(new.text("name"));
    if named.is_some_and(|named| named != new.id) {
        return Err(Refusal::bad("name already used"));
    }
    if old.is_some_and(|old| old.flag("protected")) {
        one_way(at)?;
    }
    Ok(())
}

fn contact(at: Setting<'_>, old: Option<&Row>, new: &Row) -> Result<(), Refusal> {
    required(new, "lists")?;
    if at.crm.in_acomba_list(new) || old.is_some_and(|old| at.crm.in_acomba_list(old)) {
        one_way(at)?;
    }
    if old.is_some_and(|old| at.crm.is_primary(old.id)) {
        let level_1 = matches!(at.hand, Hand::Api | Hand::Person) && !at.switches.write_level_1;
        let level_2 = at.hand != Hand::Seed && !at.switches.write_level_2;
        if level_1 || level_2 {
            return Err(Refusal::protected("Primary contact is not writable"));
        }
    }
    Ok(())
}

fn one_way(at: Setting<'_>) -> Result<(), Refusal> {
    if at.switches.one_way && matches!(at.hand, Hand::Person | Hand::Automation) {
        return Err(Refusal::protected("One-way mode: record is not writable"));
    }
    Ok(())
}

/// Whether a person may merge a contact, either way: one-way mode holds for that too.
pub fn may_merge(crm: &Crm, switches: &Switches, contact: &Row) -> Result<(), Refusal> {
    let at = Setting {
        crm,
        switches,
        account: "",
        hand: Hand::Person,
    };
    if crm.in_acomba_list(contact) {
        one_way(at)?;
    }
    Ok(())
}

/// An opportunity of a contact is its account's too.
fn opportunity(at: Setting<'_>, new: &mut Row) -> Result<(), Refusal> {
    required(new, "title")?;
    required(new, "stage_id")?;
    let contact = new.number("contact_id");
    if new.number("account_id").is_none()
        && let Some(contact) = contact.and_then(|id| at.crm.get(Object::Contacts, id))
    {
        new.set("account_id", contact.number("account_id").map(Value::from));
    }
    if new.number("account_id").is_none() && contact.is_none() {
        return Err(Refusal::bad("account_id or contact_id is required"));
    }
    Ok(())
}

/// Whether a person may delete a row. Some are never deleted, whatever support does.
pub fn may_delete(crm: &Crm, object: Object, row: &Row, forced: bool) -> Result<(), Refusal> {
    let refused = |text: &str| Err(Refusal::protected(text));
    match object {
        Object::Users => refused("Users cannot be deleted"),
        Object::RevenueCategories => refused("Revenue categories cannot be deleted"),
        Object::Lists if row.flag("protected") && !forced => {
            refused("Protected list: cannot be deleted")
        }
        Object::Lists => {
            let mut contacts = crm.table(Object::Contacts).rows();
            if contacts.any(|contact| contact.lists().contains(&row.id)) {
                return refused("List has contacts");
            }
            Ok(())
        }
        Object::Stages if row.flag("protected") && !forced => {
            refused("Protected stage: cannot be deleted")
        }
        Object::Stages => {
            let mut opportunities = crm.table(Object::Opportunities).rows();
            if opportunities.any(|opportunity| opportunity.number("stage_id") == Some(row.id)) {
                return refused("Stage is in use");
            }
            Ok(())
        }
        Object::Contacts if crm.in_acomba_list(row) && !forced => {
            refused("Protected list: contact cannot be deleted")
        }
        Object::Accounts if row.flag("protected") && !forced => {
            refused("Protected list: account cannot be deleted")
        }
        _ => Ok(()),
    }
}
