//! What a connector may do, and what another version of it may do more.
//!
//! Everything that counts as power is a line here: a host, a secret, a place where a secret may stand, being
//! called, more requests at once or in a window, another contract, another publisher's key. Settings and
//! entities are no power.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::model::manifest::{Place, RateLimit};
use crate::model::text::words;
use crate::model::{Manifest, Text};

/// What one version has and the other has not.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Difference {
    /// Powers that the new version has and the old one has not.
    pub more: Vec<Text>,
    /// Powers that it gives up.
    pub less: Vec<Text>,
}

/// What counts beside the manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beside<'a> {
    pub contract: &'a str,
    pub is_called: bool,
    pub signer: Option<&'a str>,
}

pub fn difference(old: (&Manifest, Beside<'_>), new: (&Manifest, Beside<'_>)) -> Difference {
    let (mut more, mut less) = (Vec::new(), Vec::new());
    let (before, after) = (powers(old.0), powers(new.0));
    // In the manifest's order, as the person read them before.
    more.extend(
        after
            .iter()
            .filter(|power| !before.contains(power))
            .map(Power::text),
    );
    less.extend(
        before
            .iter()
            .filter(|power| !after.contains(power))
            .map(Power::text),
    );
    let called = words!("power-called", "its system may call us");
    match (old.1.is_called, new.1.is_called) {
        (false, true) => more.push(called),
        (true, false) => less.push(called),
        _ => {}
    }
    let (had, has) = (&old.0.limits, &new.0.limits);
    let concurrency = words!(
        "power-concurrency",
        "requests at once: {count}, before {before}",
        count = has.concurrency,
        before = had.concurrency
    );
    match has.concurrency.cmp(&had.concurrency) {
        std::cmp::Ordering::Greater => more.push(concurrency),
        std::cmp::Ordering::Less => less.push(concurrency),
        std::cmp::Ordering::Equal => {}
    }
    let rates = words!(
        "power-rates",
        "requests in a time: {rates}, before {before}",
        rates = rates(&has.rates),
        before = rates(&had.rates)
    );
    if !is_within(&has.rates, &had.rates) {
        more.push(rates);
    } else if !is_within(&had.rates, &has.rates) {
        less.push(rates);
    }
    if old.1.contract != new.1.contract {
        more.push(words!(
            "power-contract",
            "contract {contract}, before {before}",
            contract = new.1.contract,
            before = old.1.contract
        ));
    }
    match (old.1.signer, new.1.signer) {
        (before, now) if before == now => {}
        (Some(before), None) => more.push(words!(
            "power-unsigned",
            "no signature, before that of `{before}`",
            before = before
        )),
        (Some(before), Some(signer)) => more.push(words!(
            "power-signer",
            "the signature of `{signer}`, before that of `{before}`",
            signer = signer,
            before = before
        )),
        // One more reason to trust it.
        (None, _) => {}
    }
    Difference { more, less }
}

/// Every rate of the old is kept by one of the new: then no request more may leave.
fn is_within(new: &[RateLimit], old: &[RateLimit]) -> bool {
    old.iter().all(|old| {
        new.iter()
            .any(|new| new.requests <= old.requests && new.window_s >= old.window_s)
    })
}

/// `100 in 60 s, 1000 in 3600 s`
pub fn rates(rates: &[RateLimit]) -> String {
    let each: Vec<String> = rates
        .iter()
        .map(|rate| format!("{} / {} s", rate.requests, rate.window_s))
        .collect();
    match each.is_empty() {
        true => "∞".to_owned(),
        false => each.join(", "),
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Power {
    Host { pattern: String, reason: Text },
    Secret { name: String, title: Text },
    To { secret: String, host: String },
    In { secret: String, place: String },
}

impl Power {
    fn text(&self) -> Text {
        match self {
            Self::Host { pattern, reason } => words!(
                "power-host",
                "host {pattern}: {reason}",
                pattern = pattern;
                reason = reason.clone()
            ),
            Self::Secret { name, title } => words!(
                "power-secret",
                "secret {name}: {title}",
                name = name;
                title = title.clone()
            ),
            Self::To { secret, host } => words!(
                "power-secret-host",
                "secret {secret} to {host}",
                secret = secret,
                host = host
            ),
            Self::In { secret, place } => words!(
                "power-secret-place",
                "secret {secret} in {place}",
                secret = secret,
                place = place
            ),
        }
    }

    /// What makes it that power: a reworded reason is none.
    fn essence(&self) -> (u8, &str, &str) {
        match self {
            Self::Host { pattern, .. } => (0, pattern, ""),
            Self::Secret { name, .. } => (1, name, ""),
            Self::To { secret, host } => (2, secret, host),
            Self::In { secret, place } => (3, secret, place),
        }
    }
}

struct Powers(Vec<Power>, BTreeSet<(u8, String, String)>);

impl Powers {
    fn contains(&self, power: &Power) -> bool {
        let (kind, one, other) = power.essence();
        self.1.contains(&(kind, one.to_owned(), other.to_owned()))
    }

    fn iter(&self) -> impl Iterator<Item = &Power> {
        self.0.iter()
    }
}

fn powers(manifest: &Manifest) -> Powers {
    let mut found = Vec::new();
    for host in &manifest.hosts {
        found.push(Power::Host {
            pattern: host.pattern.clone(),
            reason: host.reason.clone(),
        });
    }
    for secret in &manifest.secrets {
        found.push(Power::Secret {
            name: secret.name.clone(),
            title: secret.title.clone(),
        });
        found.extend(secret.hosts.iter().map(|host| Power::To {
            secret: secret.name.clone(),
            host: host.clone(),
        }));
        found.extend(secret.places.iter().map(|at| Power::In {
            secret: secret.name.clone(),
            place: place(at),
        }));
    }
    let essences = found.iter().map(Power::essence);
    let essences = essences
        .map(|(kind, one, other)| (kind, one.to_owned(), other.to_owned()))
        .collect();
    Powers(found, essences)
}

/// As a manifest has it.
pub fn place(place: &Place) -> String {
    match place {
        Place::Header(name) => format!("header {name}"),
        Place::Path => "path".to_owned(),
        Place::Query(name) => format!("query {name}"),
        Place::Body => "body".to_owned(),
        Place::Other(name) => name.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn manifest() -> Value {
        let text = |words: &str| json!({"key": "", "fallback": words});
        json!({
            "name": "erp", "version": "1.0.0", "title": text("An ERP"), "vendor": "Acme", "settings": {},
            "secrets": [{"name": "key", "title": text("A key"), "required": true,
                "hosts": ["api.example.com"], "places": [{"header": "x-key"}]}],
            "hosts": [{"pattern": "api.example.com", "reason": text("its API")}],
            "limits": {"rates": [{"requests": 100, "window_s": 60}], "concurrency": 2},
            "entities": [],
        })
    }

    const BESIDE: Beside<'_> = Beside {
        contract: "0.1.0",
        is_called: false,
        signer: Some("acme"),
    };

    #[track_caller]
    fn check(
        case: &str,
        pointer: &str,
        value: Value,
        beside: Beside<'_>,
        more: &[&str],
        less: &[&str],
    ) {
        let mut changed = manifest();
        *changed.pointer_mut(pointer).expect(case) = value;
        let read = |value| serde_json::from_value::<Manifest>(value).expect("a manifest");
        let found = difference((&read(manifest()), BESIDE), (&read(changed), beside));
        let words = |texts: &[Text]| -> Vec<String> {
            texts.iter().map(|text| text.fallback.clone()).collect()
        };
        assert_eq!(
            (words(&found.more), words(&found.less)),
            (words_of(more), words_of(less)),
            "{case}"
        );
    }

    fn words_of(words: &[&str]) -> Vec<String> {
        words.iter().map(|words| (*words).to_owned()).collect()
    }

    #[test]
    fn every_power_more_is_told() {
        let text = |words: &str| json!({"key": "", "fallback": words});
        let host = |pattern: &str| json!({"pattern": pattern, "reason": text("its API")});
        let same = BESIDE;
        check("nothing", "/version", json!("1.1.0"), same, &[], &[]);
        check(
            "a reason reworded",
            "/hosts/0/reason",
            text("the API"),
            same,
            &[],
            &[],
        );
        check(
            "a setting",
            "/settings",
            json!({"properties": {"a": {}}}),
            same,
            &[],
            &[],
        );
        check(
            "a host more",
            "/hosts",
            json!([host("api.example.com"), host("*.evil.test")]),
            same,
            &["host *.evil.test: its API"],
            &[],
        );
        check(
            "a host less",
            "/hosts",
            json!([]),
            same,
            &[],
            &["host api.example.com: its API"],
        );
        check(
            "a secret's host",
            "/secrets/0/hosts",
            json!(["api.example.com", "b.test"]),
            same,
            &["secret key to b.test"],
            &[],
        );
        check(
            "a secret's place",
            "/secrets/0/places",
            json!([{"header": "x-key"}, "body"]),
            same,
            &["secret key in body"],
            &[],
        );
        check(
            "another header",
            "/secrets/0/places",
            json!([{"header": "x-other"}]),
            same,
            &["secret key in header x-other"],
            &["secret key in header x-key"],
        );
        check(
            "at once",
            "/limits/concurrency",
            json!(3),
            same,
            &["requests at once: 3, before 2"],
            &[],
        );
        check(
            "a slower rate",
            "/limits/rates/0/requests",
            json!(50),
            same,
            &[],
            &["requests in a time: 50 / 60 s, before 100 / 60 s"],
        );
        check(
            "no rate",
            "/limits/rates",
            json!([]),
            same,
            &["requests in a time: ∞, before 100 / 60 s"],
            &[],
        );
        check(
            "another rate beside",
            "/limits/rates",
            json!([{"requests": 100, "window_s": 60},
            {"requests": 1000, "window_s": 3600}]),
            same,
            &[],
            &["requests in a time: 100 / 60 s, 1000 / 3600 s, before 100 / 60 s"],
        );
        check(
            "called",
            "/version",
            json!("1.1.0"),
            Beside {
                is_called: true,
                ..same
            },
            &["its system may call us"],
            &[],
        );
        check(
            "unsigned",
            "/version",
            json!("1.1.0"),
            Beside {
                signer: None,
                ..same
            },
            &["no signature, before that of `acme`"],
            &[],
        );
        check(
            "another key",
            "/version",
            json!("1.1.0"),
            Beside {
                signer: Some("else"),
                ..same
            },
            &["the signature of `else`, before that of `acme`"],
            &[],
        );
        check(
            "another contract",
            "/version",
            json!("1.1.0"),
            Beside {
                contract: "0.1.1",
                ..same
            },
            &["contract 0.1.1, before 0.1.0"],
            &[],
        );
    }
}
