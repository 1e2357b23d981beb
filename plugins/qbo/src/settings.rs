//! What a connection sets.

use liaison_sdk::prelude::*;
use liaison_sdk::schema::{boolean, one_of, settings, string};
use serde::Deserialize;

pub const PRODUCTION: &str = "https://quickbooks.api.intuit.com";
pub const SANDBOX: &str = "https://sandbox-quickbooks.api.intuit.com";
pub const TOKENS: &str = "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer";
pub const AUTHORIZE: &str = "https://appcenter.intuit.com/connect/oauth2";

/// The settings of a connection.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Settings {
    #[serde(default)]
    company_id: Option<String>,
    #[serde(default)]
    environment: Option<String>,
    #[serde(default)]
    base_url: Option<String>,
    #[serde(default)]
    token_url: Option<String>,
    #[serde(default)]
    client_id: Option<String>,
    #[serde(default)]
    item_code_field: Option<String>,
    #[serde(default)]
    allow_duplicate_numbers: Option<bool>,
}

impl Settings {
    pub fn of(host: &dyn Host) -> Result<Self, Fault> {
        host.settings()
    }

    pub fn schema() -> String {
        settings(
            &[
                string("company_id")
                    .title("Company")
                    .description("The company's id (realm id): digits, in QuickBooks under the gear > Additional info, and in the address that Intuit sends the browser back to."),
                one_of("environment", &["production", "sandbox"])
                    .title("Environment")
                    .description("Which QuickBooks Online: production (the default), or Intuit's sandbox for developers."),
                string("base_url")
                    .title("Address")
                    .description("Address of the API in place of Intuit's own, for tests."),
                string("token_url")
                    .title("Address of tokens")
                    .description("Address where tokens are renewed in place of Intuit's own, for tests."),
                string("client_id")
                    .title("Client id")
                    .description("The client id of the app at Intuit. Only `liaison connection setup` needs it, for the page where a person connects the company."),
                one_of("item_code_field", &["name", "full_name", "sku"])
                    .title("Code of items")
                    .description("Which field of an item is its code: name (the default), full_name (Category:Subcategory:Item) or sku."),
                boolean("allow_duplicate_numbers")
                    .title("Numbers may come twice")
                    .description("Whether a document whose number is taken may be made all the same. Without it QuickBooks refuses it where the company warns about duplicate numbers."),
            ],
            &["company_id"],
        )
    }

    pub fn company(&self) -> &str {
        self.company_id.as_deref().unwrap_or_default().trim()
    }

    /// The address of the API, without the company.
    pub fn base(&self) -> &str {
        match (given(&self.base_url), self.environment.as_deref()) {
            (Some(url), _) => url,
            (None, Some("sandbox")) => SANDBOX,
            (None, _) => PRODUCTION,
        }
    }

    pub fn token_url(&self) -> &str {
        given(&self.token_url).unwrap_or(TOKENS)
    }

    pub fn client_id(&self) -> Option<&str> {
        given(&self.client_id)
    }

    /// The field of an item that is its code.
    pub fn code_field(&self) -> &'static str {
        match self.item_code_field.as_deref() {
            Some("full_name") => "full_name",
            Some("sku") => "sku",
            _ => "name",
        }
    }

    pub fn allows_duplicates(&self) -> bool {
        self.allow_duplicate_numbers == Some(true)
    }
}

fn given(setting: &Option<String>) -> Option<&str> {
    setting
        .as_deref()
        .map(str::trim)
        .filter(|text| !text.is_empty())
}
