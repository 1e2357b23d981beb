//! The connection's settings.

use crate::assumed::API_VERSION;
use crate::named::Named;
use liaison_sdk::prelude::*;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The address that a production org is logged in at where it has no domain of its own.
pub const LOGIN: &str = "https://login.salesforce.com";
/// The field by which our creates are recognised, unless the settings name another.
pub const KEY_FIELD: &str = "Liaison_Key__c";
/// What of the org's daily allowance may be used before we stop by ourselves, in percent.
const STOP_AT_PERCENT: u32 = 95;

/// What a person sets for a connection to Salesforce.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Settings {
    login_url: Option<String>,
    auth: Option<String>,
    pub consumer_key: String,
    user_name: Option<String>,
    audience: Option<String>,
    api_version: Option<String>,
    key_field: Option<String>,
    key_fields: Option<BTreeMap<String, String>>,
    custom_objects: Option<Vec<String>>,
    expected: Option<Vec<String>>,
    fields: BTreeMap<String, String>,
    record_types: Vec<String>,
    save_duplicates: Option<bool>,
    stop_at_percent: Option<u32>,
    named: Vec<Named>,
}

/// How a token is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auth {
    ClientCredentials,
    Jwt,
}

impl Settings {
    /// The connection's settings.
    pub fn of(host: &dyn Host) -> Result<Self, Fault> {
        let settings: Self = host.settings()?;
        let version = settings.version();
        let is_version = version.split_once('.').is_some_and(|(major, minor)| {
            major.parse::<u32>().is_ok_and(|major| major >= 46) && minor == "0"
        });
        if !is_version {
            return Err(fault::misconfigured(text!(
                "salesforce-version-unreadable",
                "The setting `api_version` must read like 62.0 and be at least 46.0, not {version}",
                version = version
            )));
        }
        let named = settings.key_fields.iter().flatten();
        let names = named.flat_map(|(object, field)| [object.as_str(), field.as_str()]);
        let objects = settings.custom_objects().iter().map(String::as_str);
        let mut names = names.chain(objects).chain([settings.key_field()]);
        let wrong = names.find(|name| !name.is_empty() && !is_name(name));
        match wrong.map(not_a_name) {
            None => Ok(settings.clone()),
            Some(fault) => Err(fault),
        }
    }

    /// Where a token is asked for, without a slash at its end.
    pub fn login_url(&self) -> &str {
        given(&self.login_url)
            .unwrap_or(LOGIN)
            .trim_end_matches('/')
    }

    pub fn auth(&self) -> Auth {
        match self.auth.as_deref() {
            Some("jwt") => Auth::Jwt,
            _ => Auth::ClientCredentials,
        }
    }

    /// The user in whose name a JWT is made.
    pub fn user_name(&self) -> &str {
        given(&self.user_name).unwrap_or_default()
    }

    /// Whom a JWT is made for.
    pub fn audience(&self) -> &str {
        given(&self.audience).unwrap_or_else(|| self.login_url())
    }

    pub fn version(&self) -> &str {
        given(&self.api_version)
            .unwrap_or(API_VERSION)
            .trim_start_matches('v')
    }

    /// The field that holds our key on every object that has no other; empty for none.
    pub fn key_field(&self) -> &str {
        self.key_field.as_deref().unwrap_or(KEY_FIELD).trim()
    }

    /// The field that holds our key on this object; empty for none.
    pub fn key_field_of(&self, object: &str) -> &str {
        let own = self.key_fields.iter().flatten();
        let mut own = own.filter(|(name, _)| name.eq_ignore_ascii_case(object));
        own.next()
            .map_or(self.key_field(), |(_, field)| field.as_str())
    }

    /// Each object that has another field for the key, with that field; without those that have none.
    pub fn key_fields(&self) -> impl Iterator<Item = (&str, &str)> {
        let named = self.key_fields.iter().flatten();
        let pairs = named.map(|(object, field)| (object.as_str(), field.as_str()));
        pairs.filter(|(_, field)| !field.is_empty())
    }

    /// The custom objects that the doctor looks at.
    pub fn custom_objects(&self) -> &[String] {
        self.custom_objects.as_deref().unwrap_or_default()
    }

    /// What the doctor must find, as a person wrote it.
    pub fn expected(&self) -> &[String] {
        self.expected.as_deref().unwrap_or_default()
    }

    /// Custom fields that are to be there, with what each holds, as a person wrote it.
    pub fn fields(&self) -> &BTreeMap<String, String> {
        &self.fields
    }

    /// Record types that are to be there, as a person wrote them.
    pub fn record_types(&self) -> &[String] {
        &self.record_types
    }

    /// Whether a duplicate rule that only warns is passed over.
    pub fn saves_duplicates(&self) -> bool {
        self.save_duplicates.unwrap_or(false)
    }

    /// What options of flows name, which the host fills in.
    pub fn named(&self) -> &[Named] {
        &self.named
    }

    pub fn stop_at_percent(&self) -> u32 {
        self.stop_at_percent.unwrap_or(STOP_AT_PERCENT)
    }

    /// For the manifest.
    pub fn schema() -> String {
        let names = json!({"type": "string"});
        schema::settings(
            &[
                schema::string("login_url")
                    .title("Address for logging in")
                    .description("The org's own domain, https://NAME.my.salesforce.com (Setup > My Domain). A sandbox: https://NAME--SANDBOX.sandbox.my.salesforce.com. Client credentials work nowhere else. Left out, https://login.salesforce.com.")
                    .with("format", json!("uri"))
                    .with("default", json!(LOGIN)),
                schema::one_of("auth", &["client_credentials", "jwt"])
                    .title("How to log in")
                    .description("client_credentials: with the consumer key and the secret `consumer_secret`, as the app's run-as user. jwt: with the consumer key, `user_name` and an assertion signed with the secret `private_key`. Left out, client_credentials.")
                    .with("default", json!("client_credentials")),
                schema::string("consumer_key")
                    .required()
                    .title("Consumer key")
                    .description("The consumer key of the External Client App (or Connected App): Setup > External Client App Manager > the app > Settings > OAuth."),
                schema::string("user_name")
                    .title("User name")
                    .description("Only for jwt: the user name of the integration user, e.g. integration@example.com. It must be allowed to use the app beforehand."),
                schema::string("audience")
                    .title("Audience")
                    .description("Only for jwt: whom the assertion is for, https://login.salesforce.com or https://test.salesforce.com. Left out, the address for logging in."),
                schema::string("api_version")
                    .title("Version of the API")
                    .description("Like 62.0. Left out, the version that this connector was written for.")
                    .with("pattern", json!("^[0-9]{2,3}\\.0$"))
                    .with("default", json!(API_VERSION)),
                schema::string("key_field")
                    .title("Field for liaison's key")
                    .description("The API name of the custom field, Text(64), External ID and Unique, by which a record that liaison created is recognised after a lost answer. Left out, Liaison_Key__c; empty, none.")
                    .with("default", json!(KEY_FIELD)),
                schema::string("key_fields")
                    .with("type", json!("object"))
                    .with("additionalProperties", names.clone())
                    .title("Other fields for the key, by object")
                    .description("Where an object has another field for it: { Account = \"ERP_Id__c\" }. liaison check looks at each of them."),
                schema::string("custom_objects")
                    .with("type", json!("array"))
                    .with("items", names.clone())
                    .title("Custom objects")
                    .description("API names of the custom objects that the flows use, so that liaison check looks at them too. Where just one is named, it need not be named in a flow."),
                schema::string("expected")
                    .with("type", json!("array"))
                    .with("items", names.clone())
                    .title("What must be there")
                    .description("What liaison check must find, each as Object, Object.Field, Object.Field=Value (an active value of a picklist) or Object/RecordType, e.g. Contract.Status=Activated, Opportunity/Contract."),
                schema::string("fields")
                    .with("type", json!("object"))
                    .with("additionalProperties", names.clone())
                    .title("Custom fields to make")
                    .description("What `liaison connection setup` puts into a package and `liaison check` must find: { \"Contract.ERP_Id__c\" = \"text(40)\" }. Kinds: text(80), key(40) (External ID, unique), long_text(2000), checkbox, date, datetime, number(18,2), currency(18,2), percent(5,2), picklist(A|B), lookup(Object). An object that ends in __c is made with them."),
                schema::string("record_types")
                    .with("type", json!("array"))
                    .with("items", names)
                    .title("Record types to make")
                    .description("The same for record types, by their developer names: Opportunity.Sales_Order."),
                schema::boolean("save_duplicates")
                    .title("Save in spite of duplicate rules")
                    .description("Whether a record is saved where a duplicate rule of the org only warns. Left out, no: the record goes into quarantine.")
                    .with("default", json!(false)),
                schema::integer("stop_at_percent")
                    .title("Share of the daily calls")
                    .description("When the org has used this share of its daily API calls, in percent, liaison waits, so that other integrations can go on. Left out, 95; 100 never stops.")
                    .with("minimum", json!(1))
                    .with("maximum", json!(100))
                    .with("default", json!(STOP_AT_PERCENT)),
                schema::named("named"),
            ],
            &["consumer_key"],
        )
    }
}

fn given(setting: &Option<String>) -> Option<&str> {
    setting
        .as_deref()
        .map(str::trim)
        .filter(|text| !text.is_empty())
}

/// Whether this can be the API name of an object or a field: nothing else may stand in a query.
pub fn is_name(name: &str) -> bool {
    let first = name.chars().next();
    first.is_some_and(|c| c.is_ascii_alphabetic())
        && name.len() <= 120
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The fault for what is no API name.
pub fn not_a_name(name: &str) -> Fault {
    fault::misconfigured(text!(
        "salesforce-not-a-name",
        "{name} is no API name of Salesforce; such a name has letters, digits and _ only, like Account or My_Object__c",
        name = liaison_sdk::text::shorten(name, 80)
    ))
    .scope(FaultScope::WholeEntity)
}

#[cfg(test)]
mod tests {
    use super::*;
    use liaison_sdk::testing::ScriptHost;

    fn settings(given: Value) -> Result<Settings, Fault> {
        Settings::of(&ScriptHost::new(given))
    }

    #[test]
    fn what_is_left_out_has_a_meaning() {
        let plain = settings(json!({"consumer_key": "K"})).unwrap();
        assert_eq!(plain.login_url(), "https://login.salesforce.com");
        assert_eq!(plain.audience(), "https://login.salesforce.com");
        assert_eq!(
            (plain.auth(), plain.version()),
            (Auth::ClientCredentials, "62.0")
        );
        assert_eq!(plain.key_field_of("Account"), "Liaison_Key__c");
        assert!(!plain.saves_duplicates() && plain.stop_at_percent() == 95);
    }

    #[test]
    fn what_is_set_holds() {
        let set = settings(json!({"consumer_key": "K", "login_url": "https://acme.my.salesforce.com/", "auth": "jwt",
            "api_version": "v59.0", "key_field": "", "key_fields": {"account": "ERP__c"}, "audience": " https://test.salesforce.com "}))
        .unwrap();
        assert_eq!(set.login_url(), "https://acme.my.salesforce.com");
        assert_eq!(set.audience(), "https://test.salesforce.com");
        assert_eq!((set.auth(), set.version()), (Auth::Jwt, "59.0"));
        assert_eq!(set.key_field_of("Account"), "ERP__c");
        assert_eq!(set.key_field_of("Contact"), "");
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for given in [
            json!({"api_version": "latest"}),
            json!({"api_version": "45.0"}),
            json!({"api_version": "62.5"}),
            json!({"key_field": "Key__c FROM User"}),
            json!({"key_fields": {"Account": "x'"}}),
            json!({"custom_objects": ["My Object"]}),
            json!({"consumer_key": 7}),
        ] {
            let fault = settings(given.clone()).expect_err("refused");
            assert_eq!(fault.kind, FaultKind::Misconfigured, "{given}");
        }
    }
}
