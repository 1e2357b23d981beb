//! The connection's settings.

use crate::assumed::{
    CONTRACT_INVOICE, DOMAIN, GATEWAY, MARKER, STAMP_OFFSET_MINUTES, STILL_WORKING_S,
};
use liaison_sdk::prelude::*;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What a person sets for a connection to Sage Intacct.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Settings {
    base_url: Option<String>,
    session_url: Option<String>,
    pub sender_id: String,
    pub company_id: String,
    pub user_id: String,
    entity_id: Option<String>,
    marker_field: Option<String>,
    marker_fields: Option<BTreeMap<String, String>>,
    utc_offset: Option<String>,
    invoice_definition: Option<String>,
    order_definition: Option<String>,
    contracts_as_draft: Option<bool>,
    contracts_header_only: Option<bool>,
    entities_private: Option<bool>,
    deletions: Option<bool>,
    still_working_s: Option<u32>,
}

fn given(text: &Option<String>) -> Option<&str> {
    text.as_deref()
        .map(str::trim)
        .filter(|text| !text.is_empty())
}

impl Settings {
    /// The connection's settings.
    pub fn of(host: &dyn Host) -> Result<Self, Fault> {
        let settings: Self = host.settings()?;
        settings.checked()
    }

    fn checked(self) -> Result<Self, Fault> {
        for (name, value) in [
            ("sender_id", &self.sender_id),
            ("company_id", &self.company_id),
            ("user_id", &self.user_id),
        ] {
            if value.trim().is_empty() {
                return Err(fault::misconfigured(text!(
                    "intacct-unset",
                    "The setting `{setting}` is empty",
                    setting = name
                )));
            }
        }
        let own = self.marker_fields.iter().flat_map(BTreeMap::keys);
        for entity in own.map(String::as_str).chain([""]) {
            if !is_field(&self.marker(entity)) {
                return Err(fault::misconfigured(text!(
                    "intacct-marker-name",
                    "The settings `marker_field` and `marker_fields` must be ids of custom fields, like LIAISON_ID, not {value}",
                    value = self.marker(entity)
                )));
            }
        }
        self.offset()?;
        Ok(self)
    }

    /// The address that opens sessions.
    pub fn gateway(&self) -> &str {
        given(&self.base_url).unwrap_or(GATEWAY)
    }

    /// The entity to work in; empty for the top level.
    pub fn entity(&self) -> &str {
        given(&self.entity_id).unwrap_or_default()
    }

    /// The custom field that carries our id on an entity's records.
    pub fn marker(&self, entity: &str) -> String {
        let own = self.marker_fields.as_ref().and_then(|own| own.get(entity));
        let own = own.map(|own| own.trim()).filter(|own| !own.is_empty());
        let usual = given(&self.marker_field).unwrap_or(MARKER);
        own.unwrap_or(usual).to_uppercase()
    }

    pub fn invoice_definition(&self) -> &str {
        given(&self.invoice_definition).unwrap_or(CONTRACT_INVOICE)
    }

    /// The transaction definition of `order_transaction`; none for all.
    pub fn order_definition(&self) -> Option<&str> {
        given(&self.order_definition)
    }

    pub fn as_draft(&self) -> bool {
        self.contracts_as_draft.unwrap_or(false)
    }

    pub fn header_only(&self) -> bool {
        self.contracts_header_only.unwrap_or(false)
    }

    /// Whether records that belong to one entity are shown at the top level.
    pub fn private(&self) -> bool {
        self.entities_private.unwrap_or(true)
    }

    /// Whether deletions are looked for.
    pub fn deletions(&self) -> bool {
        self.deletions.unwrap_or(true)
    }

    /// How long after it was sent a change without an answer may still be under way.
    pub fn still_working_ms(&self) -> u64 {
        u64::from(self.still_working_s.unwrap_or(STILL_WORKING_S)) * 1_000
    }

    /// The distance from UTC of times without a zone, in minutes.
    pub fn offset(&self) -> Result<i64, Fault> {
        let Some(text) = given(&self.utc_offset) else {
            return Ok(STAMP_OFFSET_MINUTES);
        };
        date::offset_minutes(text).ok_or_else(|| {
            fault::misconfigured(text!(
                "intacct-offset",
                "The setting `utc_offset` must read like -08:00, not {value}",
                value = text
            ))
        })
    }

    /// Whether a session may go on at this address: the vendor's own hosts, that of the gateway, or the one that
    /// the settings name.
    pub fn trusts(&self, endpoint: &str) -> bool {
        let Some(there) = origin(endpoint) else {
            return false;
        };
        let vendors = |(scheme, host): (&str, &str)| scheme == "https" && host.ends_with(DOMAIN);
        let named = [Some(self.gateway()), given(&self.session_url)];
        vendors(there)
            || named
                .into_iter()
                .flatten()
                .any(|url| origin(url) == Some(there))
    }

    /// By what a remembered session is known to be of this connection.
    pub fn fingerprint(&self) -> String {
        [
            self.gateway(),
            &self.sender_id,
            &self.company_id,
            &self.user_id,
            self.entity(),
        ]
        .join("\n")
    }

    /// For the manifest.
    pub fn schema() -> String {
        schema::settings(
            &[
                schema::string("sender_id")
                    .required()
                    .title("Web Services sender id")
                    .description("The sender id that Sage issued with the Web Services licence. The company must authorise it: Company > Setup > Company > Security > Web Services authorizations."),
                schema::string("company_id")
                    .required()
                    .title("Company id")
                    .description("As at the sign-in page; of a console: console|client."),
                schema::string("user_id")
                    .required()
                    .title("Web Services user")
                    .description("A user for web services only, with the permissions that the connector's README lists."),
                schema::string("entity_id")
                    .title("Entity")
                    .description("The location id of the entity to work in. Left out, the top level."),
                schema::string("base_url")
                    .title("Address of the gateway")
                    .description("Left out, the vendor's own. Set it only when Sage names another.")
                    .with("format", json!("uri"))
                    .with("default", json!(GATEWAY)),
                schema::string("session_url")
                    .title("Address of sessions")
                    .description("Only where sessions go on at a host that is neither the vendor's nor the gateway's.")
                    .with("format", json!("uri")),
                schema::string("marker_field")
                    .title("Custom field for liaison's id")
                    .description("The id of a custom text field of at least 40 characters on customers, contracts and contract lines. liaison recognises by it what it has made, so it makes nothing twice. Left out, LIAISON_ID.")
                    .with("default", json!(MARKER)),
                schema::string("marker_fields")
                    .with("type", json!("object"))
                    .with("additionalProperties", json!({"type": "string"}))
                    .title("Custom fields by entity")
                    .description("Where an entity has another field than marker_field: {\"contract\": \"SFDC_CONTRACT_ID\"}."),
                schema::string("utc_offset")
                    .title("Zone of Intacct's times")
                    .description("Like -08:00. Left out, +00:00: Intacct's times are taken for GMT.")
                    .with("pattern", json!("^[+-][0-9]{2}:[0-9]{2}$")),
                schema::string("invoice_definition")
                    .title("Transaction definition of contract invoices")
                    .description("Left out, Contract Invoice.")
                    .with("default", json!(CONTRACT_INVOICE)),
                schema::string("order_definition")
                    .title("Transaction definition of order_transaction")
                    .description("Like Sales Order: only its documents are read, with their custom fields. Left out, documents of every definition."),
                schema::boolean("contracts_as_draft")
                    .title("Leave contracts as drafts")
                    .description("Contracts are not posted; a person does that in Intacct. A record may say otherwise by its field as_draft.")
                    .with("default", json!(false)),
                schema::boolean("contracts_header_only")
                    .title("Contracts without lines")
                    .description("Lines that a flow gives are not sent. A record may say otherwise by its field header_only.")
                    .with("default", json!(false)),
                schema::boolean("entities_private")
                    .title("Show what belongs to one entity")
                    .description("At the top level, show records that are private to an entity as well. Left out, yes.")
                    .with("default", json!(true)),
                schema::boolean("deletions")
                    .title("Look for deletions")
                    .description("Read the audit trail for what was deleted. Needs the permission to list it. Left out, yes.")
                    .with("default", json!(true)),
                schema::integer("still_working_s")
                    .title("Seconds that Intacct may go on working")
                    .description("What was sent and never answered may still be carried out: so long after it was sent a contract, a line or a customer that is not seen is not sent again. Left out, 900, as Sage documents; shorter only against a test system.")
                    .with("minimum", json!(1))
                    .with("maximum", json!(86_400))
                    .with("default", json!(STILL_WORKING_S)),
            ],
            &["sender_id", "company_id", "user_id"],
        )
    }
}

/// Whether a text may stand as the name of an element.
pub fn is_field(name: &str) -> bool {
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    starts && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Scheme, and host with its port.
fn origin(url: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    // Whoever stands before an @ is no host.
    (!host.is_empty() && !host.contains('@') && !host.contains('\\')).then_some((scheme, host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_goes_on_only_where_it_may() {
        let plain = Settings::default();
        let local = Settings {
            base_url: Some("http://127.0.0.1:4711/ia/xml/xmlgw.phtml".to_owned()),
            session_url: Some("http://127.0.0.1:4712/".to_owned()),
            ..Settings::default()
        };
        for (settings, endpoint, expected) in [
            (&plain, "https://na12.intacct.com/ia/xml/xmlgw.phtml", true),
            (&plain, "http://na12.intacct.com/ia/xml/xmlgw.phtml", false),
            (&plain, "https://intacct.com.evil.example/x", false),
            (&plain, "https://evilintacct.com/x", false),
            (&plain, "https://na12.intacct.com@evil.example/x", false),
            (&plain, "https://evil.example/.intacct.com", false),
            (&plain, "ftp://x", false),
            (&plain, "", false),
            (&local, "http://127.0.0.1:4711/na12/xmlgw.phtml", true),
            (&local, "http://127.0.0.1:4712/x", true),
            (&local, "http://127.0.0.1:4713/x", false),
        ] {
            assert_eq!(settings.trusts(endpoint), expected, "{endpoint}");
        }
    }

    #[test]
    fn settings_that_cannot_work_are_named() {
        let whole = || Settings {
            sender_id: "acme".to_owned(),
            company_id: "ACME".to_owned(),
            user_id: "svc".to_owned(),
            ..Settings::default()
        };
        assert!(whole().checked().is_ok());
        for (settings, key) in [
            (
                Settings {
                    sender_id: " ".to_owned(),
                    ..whole()
                },
                "intacct-unset",
            ),
            (
                Settings {
                    marker_field: Some("A><B".to_owned()),
                    ..whole()
                },
                "intacct-marker-name",
            ),
            (
                Settings {
                    utc_offset: Some("PST".to_owned()),
                    ..whole()
                },
                "intacct-offset",
            ),
        ] {
            let fault = settings.checked().unwrap_err();
            assert_eq!(fault.message.key, key);
            assert_eq!(fault.kind, FaultKind::Misconfigured);
        }
    }
}
