//! What edition it is, who may do what, and how strict it reads; set by a seed or a control action.

use serde_json::{Value, json};

use super::clock::Clock;
use super::edit::ClosedLink;
use super::notation;
use super::reader::Dialect;

#[derive(Debug, Clone)]
pub struct Switches {
    /// `Pro` has no sales orders; `Premier` and `Enterprise` do.
    pub edition: String,
    pub country: String,
    pub multi_user: bool,
    /// The person granted this application reading only.
    pub read_only: bool,
    /// QuickBooks may be started by the Web Connector when nobody has it open.
    pub unattended: bool,
    pub payroll: bool,
    /// Requests the user has no permission for, as `SalesOrderAdd`.
    pub forbidden: Vec<String>,
    pub closed_link: ClosedLink,
    pub dialect: Dialect,
    pub zone: String,
    pub clock: Clock,
    /// How long QuickBooks takes for one message set.
    pub quickbooks_ms: u64,
    /// An empty first answer after a good login breaks the Web Connector.
    pub first_empty_crashes: bool,
}

impl Default for Switches {
    fn default() -> Self {
        let zone = "America/Toronto";
        Self {
            edition: "Premier".to_owned(),
            country: "US".to_owned(),
            multi_user: false,
            read_only: false,
            unattended: true,
            payroll: true,
            forbidden: Vec::new(),
            closed_link: ClosedLink::Warns,
            dialect: Dialect {
                newest: 130,
                raw_non_ascii: false,
                length_is_form: false,
            },
            zone: zone.to_owned(),
            clock: Clock::new(zone).expect("the zone ships with us"),
            quickbooks_ms: 0,
            first_empty_crashes: true,
        }
    }
}

impl Switches {
    pub fn has_sales_orders(&self) -> bool {
        self.edition != "Pro"
    }

    pub fn set(&mut self, name: &str, value: &Value) -> Result<(), String> {
        let text = || {
            let text = value.as_str().map(str::to_owned);
            text.ok_or_else(|| format!("switch `{name}` is a text"))
        };
        let flag = || {
            value
                .as_bool()
                .ok_or_else(|| format!("switch `{name}` is true or false"))
        };
        let word = |known: &[&str]| {
            let text = text()?;
            let found = known.contains(&text.as_str());
            found
                .then_some(text)
                .ok_or_else(|| format!("switch `{name}` is one of {known:?}"))
        };
        match name {
            "edition" => self.edition = word(&["Pro", "Premier", "Enterprise"])?,
            "country" => self.country = word(&["US", "CA", "UK"])?,
            "multi_user" => self.multi_user = flag()?,
            "read_only" => self.read_only = flag()?,
            "unattended" => self.unattended = flag()?,
            "payroll" => self.payroll = flag()?,
            "closed_link" => {
                self.closed_link = match word(&["warns", "fails"])?.as_str() {
                    "warns" => ClosedLink::Warns,
                    _ => ClosedLink::Fails,
                }
            }
            "qbxml" => self.dialect.newest = notation::version(&text()?)?,
            "raw_non_ascii" => self.dialect.raw_non_ascii = flag()?,
            "length_is_form" => self.dialect.length_is_form = flag()?,
            "zone" => {
                let zone = text()?;
                self.clock = Clock::new(&zone)?;
                self.zone = zone;
            }
            "quickbooks_ms" => {
                self.quickbooks_ms = value.as_u64().ok_or("`quickbooks_ms` is a number")?;
            }
            "first_empty_crashes" => self.first_empty_crashes = flag()?,
            "forbidden" => {
                let words = value
                    .as_array()
                    .ok_or("`forbidden` is an array of requests")?;
                let words = words.iter().map(|word| word.as_str().map(str::to_owned));
                self.forbidden = words
                    .collect::<Option<_>>()
                    .ok_or("`forbidden` holds texts")?;
            }
            _ => return Err(format!("no switch `{name}`")),
        }
        Ok(())
    }

    pub fn show(&self) -> Value {
        json!({
            "edition": self.edition,
            "country": self.country,
            "multi_user": self.multi_user,
            "read_only": self.read_only,
            "unattended": self.unattended,
            "payroll": self.payroll,
            "forbidden": self.forbidden,
            "closed_link": match self.closed_link {
                ClosedLink::Warns => "warns",
                ClosedLink::Fails => "fails",
            },
            "qbxml": format!("{}.{}", self.dialect.newest / 10, self.dialect.newest % 10),
            "raw_non_ascii": self.dialect.raw_non_ascii,
            "length_is_form": self.dialect.length_is_form,
            "zone": self.zone,
            "quickbooks_ms": self.quickbooks_ms,
            "first_empty_crashes": self.first_empty_crashes,
        })
    }
}
