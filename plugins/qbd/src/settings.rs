//! The connection's settings.

use liaison_sdk::prelude::*;
use serde::Deserialize;

/// What the Web Connector must show as its password.
pub const PASSWORD: &str = "password";
/// The name it logs in with, from the `.qwc` file.
pub const USER: &str = "liaison";
/// A poll may be wished for as often as this.
const POLL_SECONDS_MIN: u32 = 60;
const POLL_SECONDS: u32 = 60;

/// As the tenant's file has them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    company_file: Option<String>,
    app_name: Option<String>,
    poll_seconds: Option<u32>,
    read_only: Option<bool>,
    unattended: Option<bool>,
    item_code_field: Option<String>,
    edition: Option<String>,
}

/// Which editions of QuickBooks may be used.
const EDITIONS: [(&str, &str); 4] = [
    ("any", "0x0"),
    ("pro", "0x2"),
    ("premier", "0x4"),
    ("enterprise", "0x8"),
];

/// What an item's code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemCode<'a> {
    Name,
    FullName,
    PartNumber,
    BarCode,
    Custom(&'a str),
}

impl Settings {
    pub fn of(host: &dyn Host) -> Result<Self, Fault> {
        host.settings()
    }

    pub fn company_file(&self) -> Option<&str> {
        self.company_file
            .as_deref()
            .filter(|path| !path.trim().is_empty())
    }

    pub fn app_name(&self) -> &str {
        match self.app_name.as_deref().map(str::trim) {
            None | Some("") => "liaison",
            Some(name) => name,
        }
    }

    pub fn poll_seconds(&self) -> u32 {
        self.poll_seconds
            .unwrap_or(POLL_SECONDS)
            .max(POLL_SECONDS_MIN)
    }

    pub fn read_only(&self) -> bool {
        self.read_only.unwrap_or(false)
    }

    pub fn unattended(&self) -> bool {
        self.unattended.unwrap_or(true)
    }

    /// For `AuthFlags`.
    pub fn auth_flags(&self) -> &'static str {
        let wanted = self.edition.as_deref().unwrap_or("any");
        let known = EDITIONS.into_iter().find(|(name, _)| *name == wanted);
        known.map_or("0x0", |(_, flags)| flags)
    }

    pub fn item_code(&self) -> ItemCode<'_> {
        match self.item_code_field.as_deref().map(str::trim) {
            None | Some("" | "name") => ItemCode::Name,
            Some("full_name") => ItemCode::FullName,
            Some("part_number") => ItemCode::PartNumber,
            Some("bar_code") => ItemCode::BarCode,
            Some(name) => ItemCode::Custom(name),
        }
    }

    /// For the manifest.
    pub fn schema() -> String {
        let editions: Vec<&str> = EDITIONS.iter().map(|(name, _)| *name).collect();
        schema::settings(
            &[
                schema::string("company_file")
                    .title("Company file")
                    .description("Full path of the company file on the computer with QuickBooks, e.g. C:\\QuickBooks\\Acme.qbw. Left out, the file that is open, and later the path it was seen at."),
                schema::string("app_name")
                    .max(64)
                    .title("Name in QuickBooks")
                    .description("What QuickBooks and its Web Connector call this connection. Left out, liaison. QuickBooks asks anew when it changes.")
                    .with("default", json!("liaison")),
                schema::integer("poll_seconds")
                    .title("Seconds between visits")
                    .description("How often the Web Connector is asked to call, at least 60. Left out, 60. Written into the .qwc file.")
                    .with("minimum", json!(POLL_SECONDS_MIN))
                    .with("default", json!(POLL_SECONDS)),
                schema::boolean("read_only")
                    .title("Read only")
                    .description("With true nothing is ever written into QuickBooks. Left out, false.")
                    .with("default", json!(false)),
                schema::boolean("unattended")
                    .title("Also when QuickBooks is closed")
                    .description("Whether the Web Connector may open the company file by itself. Left out, true; an administrator must then allow it in QuickBooks.")
                    .with("default", json!(true)),
                schema::string("item_code_field")
                    .title("Field with the code of an item")
                    .description("name, full_name, part_number, bar_code, or the name of a custom field. Left out, name, which leaves categories out.")
                    .with("default", json!("name")),
                schema::one_of("edition", &editions)
                    .title("Edition of QuickBooks")
                    .description("Lets only this edition connect: pro, premier or enterprise. Left out, any. Sales orders exist in premier and enterprise.")
                    .with("default", json!("any")),
            ],
            &[],
        )
    }
}
