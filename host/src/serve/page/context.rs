//! What every page needs beside its own view.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A sentence of the catalogue by its key, with its arguments.
pub type Say<'a> = &'a dyn Fn(&str, &[(&str, &str)]) -> String;

pub struct Context<'a> {
    /// `en` or `fr`; `say` speaks it.
    pub lang: &'a str,
    pub say: Say<'a>,
    /// Goes into every form, and must come back with it.
    pub csrf: &'a str,
    /// Path and query of this page, without `lang` and `done`.
    pub here: &'a str,
    /// What people call this installation.
    pub home: &'a str,
    pub version: &'a str,
    pub now: Timestamp,
    /// In which times are shown.
    pub zone: TimeZone,
    pub tenants: &'a [Tenant],
    /// Of the whole installation, for the menu.
    pub aside: Aside,
    pub session: Session,
    pub notice: Option<Notice>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    pub id: String,
    pub title: String,
    /// What a filter offers.
    pub flows: Vec<FlowName>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowName {
    pub flow: String,
    pub title: String,
}

/// Records that stand aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Aside {
    pub quarantined: u64,
    pub waiting: u64,
    pub conflicts: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Session {
    /// On loopback nobody signs in.
    Open,
    SignedIn,
    /// Before signing in: no menu.
    SignedOut,
}

/// A sentence above the page: what a form did, or what everybody should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub tone: Tone,
    pub text: String,
    pub details: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Done,
    Warning,
    Problem,
}

impl Context<'_> {
    pub(super) fn word(&self, key: &str) -> String {
        (self.say)(key, &[])
    }

    pub(super) fn say(&self, key: &str, args: &[(&str, &str)]) -> String {
        (self.say)(key, args)
    }

    /// A sentence with a number `n`, and `plural`, which is `one` or `other` as the language counts.
    pub(super) fn count(&self, key: &str, n: u64) -> String {
        let number = self.number(n);
        let plural = if n == 1 || (n == 0 && self.is_french()) {
            "one"
        } else {
            "other"
        };
        (self.say)(key, &[("n", &number), ("plural", plural)])
    }

    /// With its thousands apart.
    pub(super) fn number(&self, n: u64) -> String {
        let apart = if self.is_french() { '\u{a0}' } else { ',' };
        let digits = n.to_string();
        let mut text = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                text.push(apart);
            }
            text.push(digit);
        }
        text
    }

    pub(super) fn is_french(&self) -> bool {
        self.lang.starts_with("fr")
    }

    /// The title of a tenant, else its id.
    pub(super) fn tenant<'s>(&'s self, id: &'s str) -> &'s str {
        let known = self.tenants.iter().find(|tenant| tenant.id == id);
        known.map_or(id, |tenant| &tenant.title)
    }

    /// The title of a flow, else its name.
    pub(super) fn flow<'s>(&'s self, key: &'s super::FlowKey) -> &'s str {
        let tenant = self.tenants.iter().find(|tenant| tenant.id == key.tenant);
        let flows = tenant.map(|tenant| &tenant.flows).into_iter().flatten();
        let mut named = flows.filter(|flow| flow.flow == key.flow);
        named.next().map_or(&key.flow, |flow| &flow.title)
    }
}
