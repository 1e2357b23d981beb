//! The arguments of one control action, each read with a complaint that names it.

use serde_json::{Map, Value};

use super::company::Company;
use super::interface::{self, Interface};

/// The arguments of one action.
pub struct Action<'a>(pub &'a Map<String, Value>);

impl<'a> Action<'a> {
    pub fn text(&self, name: &str) -> Result<&'a str, String> {
        self.0
            .get(name)
            .and_then(Value::as_str)
            .ok_or_else(|| format!("`{name}` must be a text"))
    }

    pub fn number(&self, name: &str) -> Result<i64, String> {
        self.0
            .get(name)
            .and_then(Value::as_i64)
            .ok_or_else(|| format!("`{name}` must be a whole number"))
    }

    pub fn number_or(&self, name: &str, otherwise: i64) -> Result<i64, String> {
        if self.0.contains_key(name) {
            self.number(name)
        } else {
            Ok(otherwise)
        }
    }

    /// A switch is on unless the action says `"on":false`.
    pub fn on(&self) -> bool {
        self.0.get("on").and_then(Value::as_bool).unwrap_or(true)
    }

    /// Off unless the action says `true`.
    pub fn flag(&self, name: &str) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    pub fn object(&self, name: &str) -> Result<&'a Value, String> {
        self.0
            .get(name)
            .filter(|value| value.is_object())
            .ok_or_else(|| format!("`{name}` must be an object"))
    }

    pub fn interface(&self) -> Result<&'static Interface, String> {
        let name = self
            .0
            .get("interface")
            .and_then(Value::as_str)
            .unwrap_or("Customer");
        interface::named(name).ok_or_else(|| format!("no such interface: `{name}`"))
    }

    pub fn by(&self) -> &'a str {
        self.0.get("by").and_then(Value::as_str).unwrap_or("marie")
    }

    /// One position, or several as an array; each must be a card.
    pub fn card_positions(
        &self,
        company: &Company,
        interface: &Interface,
    ) -> Result<Vec<i32>, String> {
        let given = self.0.get("card_pos").ok_or("`card_pos` is required")?;
        let each = given
            .as_array()
            .cloned()
            .unwrap_or_else(|| vec![given.clone()]);
        each.iter()
            .map(|value| {
                let card_pos = value.as_i64().and_then(|number| i32::try_from(number).ok());
                let known = card_pos
                    .filter(|card_pos| company.store(interface.name).get(*card_pos).is_some());
                known.ok_or_else(|| format!("{} has no card {value}", interface.name))
            })
            .collect()
    }
}
