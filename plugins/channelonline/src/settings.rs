//! The connection's settings.

use crate::assumed;
use liaison_sdk::prelude::*;
use serde::Deserialize;

/// Where documents are asked for, where the settings name no other address. Seen in public clients.
pub const ADDRESS: &str = "https://xml.channelonline.com/REQUEST";
/// The host of that address.
pub const HOST: &str = "xml.channelonline.com";

/// What a person sets for a connection to ChannelOnline.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Settings {
    base_url: Option<String>,
    pub shortcut: String,
    pub email: String,
    pub user_agent: String,
    first_day: Option<String>,
    opportunity_name_field: Option<String>,
    opportunity_id_field: Option<String>,
    outcome_field: Option<String>,
    external_system: Option<String>,
    actions: Option<bool>,
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
            ("shortcut", &self.shortcut),
            ("email", &self.email),
            ("user_agent", &self.user_agent),
        ] {
            if value.trim().is_empty() {
                return Err(fault::misconfigured(text!(
                    "channelonline-unset",
                    "The setting `{setting}` is empty",
                    setting = name
                )));
            }
        }
        if let Some(day) = given(&self.first_day) {
            if date::day_number(day).is_none() {
                return Err(fault::misconfigured(text!(
                    "channelonline-first-day",
                    "The setting `first_day` must read like 2026-01-31, not {value}",
                    value = day
                )));
            }
        }
        Ok(self)
    }

    /// Where requests go.
    pub fn address(&self) -> &str {
        given(&self.base_url).unwrap_or(ADDRESS)
    }

    /// Where a walk from the start begins, in seconds since the epoch; none when nothing is left out.
    pub fn first_s(&self) -> Option<i64> {
        let day = given(&self.first_day)?;
        Some(date::day_number(day)? * 86_400)
    }

    /// The document's custom field with the name of the opportunity.
    pub fn opportunity_name_field(&self) -> &str {
        given(&self.opportunity_name_field).unwrap_or(assumed::OPPORTUNITY_NAME_FIELD)
    }

    /// The document's custom field with the id of the opportunity.
    pub fn opportunity_id_field(&self) -> &str {
        given(&self.opportunity_id_field).unwrap_or(assumed::OPPORTUNITY_ID_FIELD)
    }

    /// The document's custom field that shows what became of an export; none where it is not wanted.
    pub fn outcome_field(&self) -> Option<&str> {
        given(&self.outcome_field)
    }

    /// Whose ids `external_id` holds.
    pub fn external_system(&self) -> &str {
        given(&self.external_system).unwrap_or(assumed::EXTERNAL_SYSTEM)
    }

    /// Whether what users press is asked for.
    pub fn actions(&self) -> bool {
        self.actions.unwrap_or(true)
    }

    /// For the manifest.
    pub fn schema() -> String {
        let text = |name, title, words| schema::string(name).title(title).description(words);
        schema::settings(
            &[
                text("base_url", "Address", "The whole URL of the XML service. Left out, the vendor's own."),
                text("shortcut", "Company shortcut", "The company's short name, as it stands in the address of its sign-in page.").required(),
                text("email", "User", "The e-mail of the user that signs in. Its password is the secret `password`.").required(),
                text("user_agent", "User agent", "The name that 1WorldSync registered for this integration.").required(),
                schema::date("first_day").title("First day").description("Customers and documents that were last changed before this day are left aside. Left out, none are."),
                text("opportunity_name_field", "Custom field of the opportunity's name", "The document-level custom field in which a person types the opportunity's name. Left out, Autotask Opportunity."),
                text("opportunity_id_field", "Custom field of the opportunity's id", "The document-level custom field that holds the opportunity's id. Left out, Autotask Opportunity ID."),
                text("outcome_field", "Custom field of the outcome", "The document-level custom field that shows what became of an export. Left out, it is told by the document's export flag and its message alone."),
                text("external_system", "System of external ids", "Whose ids the external ids of customers, contacts and lines are. Left out, autotask."),
                schema::boolean("actions").title("Take up what users press").description("Ask for what users pressed (Export to Autotask and the like). Left out, yes."),
            ],
            &["shortcut", "email", "user_agent"],
        )
    }
}
