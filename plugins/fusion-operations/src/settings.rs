//! The connection's settings.

use crate::assumed::{HOST, PARAMETERS, PREFIX, STOCK, TABLES};
use crate::profile::Profile;
use crate::stock::ENTITY;
use liaison_sdk::prelude::*;
use serde::Deserialize;

/// What a person sets for a connection to Fusion Operations.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Settings {
    base_url: Option<String>,
    path_prefix: Option<String>,
    token_in: Option<String>,
    scopes: Option<Vec<String>>,
    utc_offset: Option<String>,
    updates: Option<String>,
    resolve_ids: Option<bool>,
    wire_names: Option<Value>,
}

/// Where the token stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenIn {
    Query,
    Header,
}

/// What an update carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Updates {
    Changed,
    Whole,
}

impl Settings {
    /// The connection's settings.
    pub fn of(host: &dyn Host) -> Result<Self, Fault> {
        host.settings()
    }

    /// The address before the resource.
    pub fn base(&self) -> String {
        let base = match self.base_url.as_deref().map(str::trim) {
            None | Some("") => format!("https://{HOST}"),
            Some(url) => url.trim_end_matches('/').to_owned(),
        };
        let prefix = self.path_prefix.as_deref().unwrap_or(PREFIX);
        match prefix.trim().trim_matches('/') {
            "" => base,
            prefix => format!("{base}/{prefix}"),
        }
    }

    pub fn token_in(&self) -> TokenIn {
        match self.token_in.as_deref() {
            Some("header") => TokenIn::Header,
            _ => TokenIn::Query,
        }
    }

    pub fn updates(&self) -> Updates {
        match self.updates.as_deref() {
            Some("whole") => Updates::Whole,
            _ => Updates::Changed,
        }
    }

    pub fn scopes(&self) -> &[String] {
        self.scopes.as_deref().unwrap_or_default()
    }

    pub fn resolve_ids(&self) -> bool {
        self.resolve_ids.unwrap_or(true)
    }

    /// Whether it is known in which zone the company is.
    pub fn has_zone(&self) -> bool {
        self.utc_offset.is_some()
    }

    /// How this company's API differs from the tables.
    pub fn profile(&self) -> Result<Profile, Fault> {
        let offset = match self.utc_offset.as_deref().map(str::trim) {
            None | Some("") => None,
            Some(text) => Some(date::offset_minutes(text).ok_or_else(|| {
                fault::misconfigured(text!(
                    "fusion-offset",
                    "The setting `utc_offset` must read like -05:00, not {value}",
                    value = text
                ))
            })?),
        };
        let names = self.wire_names.clone().unwrap_or_default();
        let profile = Profile::of(&names, offset);
        let known: Vec<String> = TABLES
            .iter()
            .flat_map(|table| table.names())
            .chain([ENTITY.to_owned()])
            .chain(STOCK.map(|(name, _)| format!("{ENTITY}.{name}")))
            .chain(PARAMETERS.map(|(key, _)| key.to_owned()))
            .collect();
        let unknown: Vec<&str> = profile
            .keys()
            .filter(|key| !known.iter().any(|known| known == key))
            .collect();
        match unknown.is_empty() {
            true => Ok(profile),
            false => Err(fault::misconfigured(text!(
                "fusion-unknown-names",
                "The setting `wire_names` names what this connector does not have: {names}",
                names = unknown.join(", ")
            ))),
        }
    }

    /// For the manifest.
    pub fn schema() -> String {
        schema::settings(
            &[
                schema::string("base_url")
                    .title("Address of the API")
                    .description("Left out, https://fusionoperations.autodesk.com. Set it only when Autodesk names another host.")
                    .with("format", json!("uri"))
                    .with("default", json!(format!("https://{HOST}"))),
                schema::string("path_prefix")
                    .title("Path of the API")
                    .description("What stands before every resource; left out, /api/v1. Companies that still use the old API set /api.")
                    .with("default", json!(PREFIX)),
                schema::one_of("token_in", &["query", "header"])
                    .title("Where the token stands")
                    .description("query: in the address, as Autodesk's own clients do; header: in Authorization: Bearer. Left out, query.")
                    .with("default", json!("query")),
                schema::string("scopes")
                    .with("type", json!("array"))
                    .with("items", json!({"type": "string"}))
                    .title("Scopes")
                    .description("The scopes to ask for with each token, e.g. productions_write. Left out, none is asked for and the key's own rights hold."),
                schema::string("utc_offset")
                    .title("Company's distance from UTC")
                    .description("Like -05:00, in winter. Times without a zone are meant in the company's own zone.")
                    .with("pattern", json!("^[+-][0-9]{2}:[0-9]{2}$")),
                schema::one_of("updates", &["changed", "whole"])
                    .title("What an update sends")
                    .description("changed: only the properties that change; whole: the record as it was read, with the changes. Left out, changed. Set whole if an update empties other fields.")
                    .with("default", json!("changed")),
                schema::boolean("resolve_ids")
                    .title("Give ids beside codes")
                    .description("Orders name customers, suppliers and products by code. Left out, each code's record is looked up and its id is given too, which costs requests.")
                    .with("default", json!(true)),
                schema::string("wire_names")
                    .with("type", json!("object"))
                    .with("additionalProperties", json!({"type": "string"}))
                    .title("Names that differ")
                    .description("Autodesk's names where they are not what this connector assumes: \"sales_order.customer_code\": \"market\". The keys stand in the connector's README."),
            ],
            &[],
        )
    }
}
