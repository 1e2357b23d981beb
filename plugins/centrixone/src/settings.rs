//! The connection's settings.

use liaison_sdk::prelude::*;
use serde::Deserialize;

/// Where CentrixOne is, unless the settings say otherwise.
pub const HOST: &str = "api.centrix.one";
/// The list that the vendor's own synchronisation uses.
const LIST: &str = "Acomba";

/// What a person sets for a connection to CentrixOne.
#[derive(Clone, Debug, Deserialize)]
pub struct Settings {
    #[serde(default)]
    base_url: Option<String>,
    #[serde(default)]
    account: String,
    #[serde(default)]
    language: Option<String>,
    #[serde(default)]
    list: Option<String>,
}

impl Settings {
    /// The connection's settings, checked.
    pub fn of(host: &dyn Host) -> Result<Self, Fault> {
        let mut settings: Self = host.settings()?;
        settings.account = settings.account.trim().to_owned();
        // A dash would end the account's place in the address.
        let plain = settings.account.bytes().all(|b| b.is_ascii_alphanumeric());
        if settings.account.is_empty() || !plain {
            return Err(fault::misconfigured(text!(
                "centrixone-account",
                "The setting `account` must be CentrixOne's account number: letters and digits only"
            )));
        }
        Ok(settings)
    }

    /// The address before `API_WEB`.
    pub fn base(&self) -> String {
        match self.base_url.as_deref().map(str::trim) {
            None | Some("") => format!("https://{HOST}"),
            Some(url) => url.trim_end_matches('/').to_owned(),
        }
    }

    pub fn account(&self) -> &str {
        &self.account
    }

    /// `EN` or `FR`, as it stands in the path.
    pub fn language(&self) -> &'static str {
        match self.language.as_deref() {
            Some("FR") => "FR",
            _ => "EN",
        }
    }

    /// The name of the list whose contacts are the customers.
    pub fn list(&self) -> &str {
        match self.list.as_deref().map(str::trim) {
            None | Some("") => LIST,
            Some(name) => name,
        }
    }

    /// For the manifest.
    pub fn schema() -> String {
        schema::settings(
            &[
                schema::string("base_url")
                    .title("Address of the API")
                    .description("Left out, https://api.centrix.one. Set it only when CentrixOne's support names another host.")
                    .with("format", json!("uri"))
                    .with("default", json!(format!("https://{HOST}"))),
                schema::string("account")
                    .required()
                    .title("Account number")
                    .description("The number of your CentrixOne account. Support gives it together with the API key.")
                    .with("minLength", json!(1)),
                schema::one_of("language", &["EN", "FR"])
                    .title("Language")
                    .description("The language of the address, EN or FR; left out, EN. It changes no data.")
                    .with("default", json!("EN")),
                schema::string("list")
                    .title("List of customers")
                    .description("The name of the list whose contacts are the customers; left out, Acomba, which CentrixOne protects.")
                    .with("default", json!(LIST)),
            ],
            &["account"],
        )
    }
}
