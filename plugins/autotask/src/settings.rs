//! The connection's settings.

use liaison_sdk::prelude::*;
use serde::Deserialize;

/// What a person sets for a connection to Autotask.
#[derive(Clone, Debug, Deserialize)]
pub struct Settings {
    base_url: Option<String>,
    #[serde(default = "default_id_field")]
    pub id_field: String,
    time_zone: Option<String>,
    pub company_owner: Option<String>,
    pub default_phone: Option<String>,
    #[serde(default = "default_marker_field")]
    pub marker_field: String,
    open_days: Option<u32>,
    #[serde(default = "yes")]
    pub billing: bool,
    #[serde(default)]
    pub sales: bool,
}

fn default_marker_field() -> String {
    "LiaisonID".to_owned()
}

fn yes() -> bool {
    true
}

fn default_id_field() -> String {
    "ERPConnector_ERPInternalId".to_owned()
}

impl Settings {
    /// The address of the API where it is fixed; else the zone is discovered.
    pub fn fixed_base(&self) -> Option<String> {
        self.base_url
            .as_deref()
            .map(str::trim)
            .filter(|url| !url.is_empty())
            .map(api_base)
    }

    /// The zone in which days begin, in minutes east of UTC.
    pub fn zone_minutes(&self) -> i64 {
        self.time_zone
            .as_deref()
            .and_then(date::offset_minutes)
            .unwrap_or(0)
    }

    /// How many days a new quote is valid and a new opportunity open.
    pub fn open_days(&self) -> i64 {
        i64::from(self.open_days.unwrap_or(crate::assumed::OPEN_DAYS))
    }

    /// The JSON Schema of these settings.
    pub fn schema() -> String {
        schema::settings(
            &[
                schema::string("base_url").description(
                    "Address of the API, only where the zone must not be looked up, \
                     e.g. https://webservices14.autotask.net/ATServicesRest. Normally left out.",
                ),
                schema::string("id_field").with("default", json!(default_id_field())).max(45).description(
                    "Name of the user-defined field (text, on companies and on products) that holds the record's id \
                     in the ERP.",
                ),
                schema::string("time_zone").with("pattern", json!("^(Z|[+-][0-9]{2}:?[0-9]{2})$")).description(
                    "Offset from UTC at which Autotask's days begin, e.g. -05:00. Only needed east of +12:00: dates are \
                     rounded to the nearest midnight.",
                ),
                schema::string("company_owner").description(
                    "E-mail address or id of the active user who owns the companies and opportunities that flows create \
                     without naming an owner. The API user cannot own any.",
                ),
                schema::string("default_phone").max(25).description(
                    "Phone number for companies created without one, e.g. 555-555-5555: Autotask demands a number.",
                ),
                schema::string("marker_field").with("default", json!(default_marker_field())).max(45).description(
                    "Name of the user-defined field (text, on companies and on opportunities) by which liaison knows \
                     again what it made. Without it none of them is made.",
                ),
                schema::integer("open_days").with("default", json!(crate::assumed::OPEN_DAYS)).with("minimum", json!(0))
                    .with("maximum", json!(3650)).description(
                    "How many days a new quote is valid and a new opportunity open, where the flow does not say.",
                ),
                schema::boolean("billing").with("default", json!(true)).description(
                    "Invoices are read through this connection: `check` looks at what they need.",
                ),
                schema::boolean("sales").with("default", json!(false)).description(
                    "Contacts, products, opportunities and quotes are written through this connection: `check` looks \
                     at what they need.",
                ),
            ],
            &[],
        )
    }
}

/// The root of all calls, from what a person or the zone look-up gives: with or without the path,
/// the version and a slash at the end.
pub fn api_base(url: &str) -> String {
    let url = url.trim().trim_end_matches('/');
    let lower = url.to_lowercase();
    match (lower.contains("/atservicesrest"), lower.ends_with("/v1.0")) {
        (_, true) => url.to_owned(),
        (true, false) => format!("{url}/v1.0"),
        (false, false) => format!("{url}/ATServicesRest/v1.0"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_the_address_means_the_same_root() {
        for (url, expected) in [
            (
                "https://webservices14.autotask.net/atservicesrest/",
                "https://webservices14.autotask.net/atservicesrest/v1.0",
            ),
            (
                "https://webservices14.autotask.net/ATServicesRest/V1.0/",
                "https://webservices14.autotask.net/ATServicesRest/V1.0",
            ),
            (
                "http://127.0.0.1:8080",
                "http://127.0.0.1:8080/ATServicesRest/v1.0",
            ),
        ] {
            assert_eq!(api_base(url), expected);
        }
    }
}
