//! What an org's edition, its administrator or the platform's mood decides: `{"do": "set", …}`.
//!
//! A default is the reference's form, or the stricter one; a connector must bear every value.

use serde_json::{Map, Value};

macro_rules! switches {
    ($($(#[$doc:meta])* $name:ident: $kind:ident = $default:expr,)*) => {
        #[derive(Debug, Clone)]
        pub struct Switches {
            $($(#[$doc])* pub $name: $kind,)*
        }

        impl Default for Switches {
            fn default() -> Self {
                Self { $($name: $default,)* }
            }
        }

        impl Switches {
            fn all(&mut self) -> Vec<(&'static str, Switch<'_>)> {
                vec![$((stringify!($name), Switch::from(&mut self.$name)),)*]
            }
        }
    };
}

switches! {
    /// Seconds without a call after which a session has ended.
    session_idle_s: u64 = 7_200,
    /// Sessions answer 401 with a text that no new token cures.
    session_not_for_rest: bool = false,
    /// The org refuses this machine's address at the token endpoint.
    ip_restricted: bool = false,
    /// A used refresh token dies, and the answer carries the next.
    refresh_rotates: bool = false,
    /// The username-password flow, closed in new orgs.
    password_flow: bool = false,
    /// `instance_url` has another host than the login host, which then answers no data call.
    instance_elsewhere: bool = false,
    /// The org's edition has no API.
    api_disabled: bool = false,
    /// API calls in 24 hours, for the whole org.
    daily_api_requests: u64 = 100_000,
    /// Calls in hand at once; every one counts as long-running here. 0: no limit.
    concurrent_requests: u64 = 25,
    /// `Sforce-Limit-Info` carries more than `api-usage`.
    limit_info_long: bool = false,
    /// Rows of a page at most, whatever batch was asked for. 0: as asked.
    page_rows: u64 = 0,
    /// Rows of a sub-query within a page; what is over has a locator of its own.
    child_rows: u64 = 200,
    locator_life_s: u64 = 172_800,
    /// Open locators of one user; one more closes the oldest.
    open_locators: u64 = 10,
    /// How far behind `end` a replication answer's `latestDateCovered` is.
    replication_lag_s: u64 = 0,
    /// Large and small numbers are written with an exponent: `3.5E8`.
    exponents: bool = true,
    /// Texts lose the spaces around them.
    texts_trimmed: bool = true,
    /// An activated contract is closed to the integration user.
    activated_locked: bool = false,
    /// Status must be the only field of the update that activates a contract.
    activation_alone: bool = true,
    may_activate_contracts: bool = true,
    may_delete_activated: bool = false,
    /// The org computes no end of contracts: `EndDate` is written.
    contract_end_written: bool = false,
    /// An upsert that updates answers 204 without a body, as before 46.0.
    upsert_update_204: bool = false,
    /// An activated contract or a won opportunity keeps its account from deletion.
    account_deletion_guarded: bool = true,
    /// A line without a price takes the list price.
    line_price_defaulted: bool = false,
    /// An outbound message arrives twice.
    outbound_twice: bool = false,
}

pub enum Switch<'a> {
    Flag(&'a mut bool),
    Count(&'a mut u64),
}

impl<'a> From<&'a mut bool> for Switch<'a> {
    fn from(flag: &'a mut bool) -> Self {
        Self::Flag(flag)
    }
}

impl<'a> From<&'a mut u64> for Switch<'a> {
    fn from(count: &'a mut u64) -> Self {
        Self::Count(count)
    }
}

impl Switches {
    pub fn set(&mut self, name: &str, value: &Value) -> Result<(), String> {
        let mut all = self.all();
        let switch = all.iter_mut().find(|(known, _)| *known == name);
        match switch.map(|(_, switch)| switch) {
            None => return Err(format!("no switch `{name}`")),
            Some(Switch::Flag(flag)) => {
                **flag = value
                    .as_bool()
                    .ok_or_else(|| format!("switch `{name}` is true or false"))?;
            }
            Some(Switch::Count(count)) => {
                **count = value
                    .as_u64()
                    .ok_or_else(|| format!("switch `{name}` is a whole number"))?;
            }
        }
        Ok(())
    }

    pub fn show(&self) -> Value {
        let mut copy = self.clone();
        let shown = copy.all().into_iter().map(|(name, switch)| {
            let value = match switch {
                Switch::Flag(flag) => (*flag).into(),
                Switch::Count(count) => (*count).into(),
            };
            (name.to_owned(), value)
        });
        Value::Object(shown.collect::<Map<_, _>>())
    }
}
