//! Companies and cards from JSON, as if typed at Acomba's own screen.
//!
//! `{"companies":{"acme":{"name":…, "language":"fr", "api_keys":[…], "Customer":[{…}], "Transaction":[…]}}}`.
//! Cards use the SDK's property names and obey its types and lengths. Beside them a card may carry
//! `reserved_by`. A company that is there already gets more cards. Settings: `name`, `language`, `folder`,
//! `CompanyUniqueID`, `password`, `invoice_prefix`, `next_number`, `automatic_billing`, `api_keys`.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::bridge::{Alias, Bridge};
use super::company::{BRIDGE_USER, Company};
use super::document;
use super::error::{Language, Refusal};
use super::interface::{self, INVOICING_TYPES, Interface, Writable};
use super::value::{Cell, Hand, Values, find, given};
use super::writes;
use crate::simulator::NowMs;

const SETTINGS: &[&str] = &[
    "name",
    "language",
    "folder",
    "CompanyUniqueID",
    "password",
    "invoice_prefix",
    "next_number",
    "automatic_billing",
    "api_keys",
];

/// Answers how many cards each company got.
pub fn seed(bridge: &mut Bridge, seed: &Value, now: NowMs) -> Result<Value, String> {
    let companies = seed
        .get("companies")
        .and_then(Value::as_object)
        .ok_or("a seed is {\"companies\":{alias:{…}}}")?;
    let mut added = Map::new();
    for (alias, content) in companies {
        let content = content
            .as_object()
            .ok_or_else(|| format!("company `{alias}` must be an object"))?;
        let count = one_company(bridge, alias, content, now)
            .map_err(|error| format!("company `{alias}`: {error}"))?;
        added.insert(alias.clone(), count.into());
    }
    Ok(json!({ "added": added }))
}

fn one_company(
    bridge: &mut Bridge,
    alias: &str,
    content: &Map<String, Value>,
    now: NowMs,
) -> Result<usize, String> {
    if let Some(unknown) = content
        .keys()
        .find(|key| !SETTINGS.contains(&key.as_str()) && interface::named(key).is_none())
    {
        return Err(format!("`{unknown}` is neither a setting nor an interface"));
    }
    let text = |name: &str| content.get(name).and_then(Value::as_str);
    if !bridge.aliases.contains_key(alias) {
        let folder =
            text("folder").map_or_else(|| format!("D:\\Acomba\\{alias}\\F1000.dta"), str::to_owned);
        let password = text("password").unwrap_or("acomba");
        let made_id = || {
            Sha256::digest(format!("company {alias}"))[..8]
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect()
        };
        let unique_id = text("CompanyUniqueID").map_or_else(made_id, str::to_owned);
        bridge
            .aliases
            .insert(alias.to_owned(), Alias::new(&folder, password));
        bridge.folders.insert(
            folder,
            Company::new(text("name").unwrap_or(alias), &unique_id, password),
        );
    }
    for key in content
        .get("api_keys")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let key = key.as_str().ok_or("an api key is a text")?;
        bridge
            .keys
            .entry(key.to_owned())
            .or_default()
            .insert(alias.to_owned());
    }
    let folder = bridge.aliases[alias].folder.clone();
    let company = bridge
        .folders
        .get_mut(&folder)
        .ok_or("its folder is empty")?;
    if let Some(word) = text("language") {
        company.switches.language = Language::parse(word).ok_or("language is fr or en")?;
    }
    if let Some(prefix) = text("invoice_prefix") {
        company.invoice_prefix = prefix.to_owned();
    }
    if let Some(billing) = content.get("automatic_billing") {
        company.switches.automatic_billing = billing
            .as_bool()
            .ok_or("`automatic_billing` must be true or false")?;
    }
    for (name, number) in content
        .get("next_number")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        let name = INVOICING_TYPES
            .iter()
            .find(|known| *known == name)
            .ok_or_else(|| format!("`{name}` is not an invoicing type"))?;
        company.next_number.insert(
            name,
            number.as_i64().ok_or("a next number is a whole number")?,
        );
    }
    let mut count = 0;
    for interface in interface::ALL {
        for (index, card) in content
            .get(interface.name)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .enumerate()
        {
            let told = |error: String| format!("{}[{index}]: {error}", interface.name);
            card_at_screen(company, interface, card, BRIDGE_USER, now).map_err(told)?;
            count += 1;
        }
    }
    furnish(company, now)?;
    Ok(count)
}

/// Every company has a user to log in with and its control card.
fn furnish(company: &mut Company, now: NowMs) -> Result<(), String> {
    let singles = [
        (
            &interface::USER,
            json!({ "UsNumber": BRIDGE_USER, "UsName": BRIDGE_USER }),
        ),
        (
            &interface::CONTROL_CUSTOMER,
            json!({ "CCARCharterCP": { "0,13": 4200 } }),
        ),
    ];
    for (interface, card) in singles {
        if company.store(interface.name).num_cards() == 0 {
            card_at_screen(company, interface, &card, BRIDGE_USER, now)?;
        }
    }
    Ok(())
}

/// A person adds a card or a document. Gives its position.
pub fn card_at_screen(
    company: &mut Company,
    interface: &'static Interface,
    card: &Value,
    by: &str,
    now: NowMs,
) -> Result<i32, String> {
    let mut card = card.as_object().cloned().ok_or("a card is an object")?;
    let reserved_by = card.remove("reserved_by");
    let told = |refusal: Refusal| refusal.message;
    let card_pos = if interface.writable == Writable::Documents {
        let document = document::build(company, &card, Hand::Screen, now).map_err(told)?;
        writes::add_document(company, interface, document, by, now).map_err(told)?
    } else {
        let given = given(interface.fields, &card, Hand::Screen, "").map_err(told)?;
        let number = interface
            .number
            .map(|property| find(&given, property).map(Cell::key).unwrap_or_default());
        if number.as_ref().is_some_and(|number| {
            number.is_empty() || company.store(interface.name).find(number).is_some()
        }) {
            return Err(format!(
                "number `{}` is missing or taken",
                number.unwrap_or_default()
            ));
        }
        let mut values = Values::default();
        // The screen offers a new card as active; BlankCard of the SDK does not.
        if let Some(active) = interface.active {
            values.set(active, Cell::Int(1));
        }
        company.write(interface, given, &mut values).map_err(told)?;
        company.add(interface, values, Vec::new(), by, now)
    };
    if let Some(holder) = reserved_by.as_ref().and_then(Value::as_str) {
        company
            .store_mut(interface.name)
            .reserved
            .insert(card_pos, holder.to_owned());
    }
    Ok(card_pos)
}
