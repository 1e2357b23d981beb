//! Connectors that come, are there, and go.

use std::fmt::Write;

use crate::catalogue::Catalogue;
use crate::control::request::{ConnectorRow, Inspected, Versions};
use crate::control::shipping::lock::State;
use crate::control::shipping::offer::{Offer, Upgrade};
use crate::control::shipping::permissions::{place, rates};
use crate::control::shipping::trust::{Signed, TrustedKey};
use crate::model::Text;

use super::table;

pub fn listed(rows: &[ConnectorRow], words: &Catalogue) -> String {
    let columns = [
        "name", "version", "state", "contract", "signer", "vendor", "entities",
    ];
    let lines = rows.iter().map(|row| {
        let entities = match &row.refused {
            Some(why) => words.text(why),
            None => row.entities.join(", "),
        };
        vec![
            row.name.clone(),
            row.version.clone(),
            state(row, words),
            row.contract.clone(),
            signer(row, words),
            row.vendor.clone(),
            entities,
        ]
    });
    let mut text = table(words, &columns, lines);
    for row in rows {
        if let Some(why) = &row.why {
            let of = [
                ("name", row.name.as_str()),
                ("version", &row.version),
                ("why", &words.text(why)),
            ];
            let _ = writeln!(text, "{}", words.say("connector-why-withdrawn", &of));
        }
        if let Some(newer) = &row.newer {
            let of = [
                ("name", row.name.as_str()),
                ("version", &row.version),
                ("newer", newer),
            ];
            let _ = writeln!(text, "{}", words.say("connector-newer", &of));
        }
    }
    let contract = crate::connector::load::CONTRACT_VERSION;
    text.push_str(&host(env!("CARGO_PKG_VERSION"), contract, words));
    text
}

fn host(version: &str, contract: &str, words: &Catalogue) -> String {
    let of = [("version", version), ("contract", contract)];
    format!("{}\n", words.say("connector-host", &of))
}

/// The host's version, and those of what is in use.
pub fn in_use(versions: &Versions, words: &Catalogue) -> String {
    let mut text = host(&versions.liaison, &versions.contract, words);
    for row in &versions.connectors {
        let _ = writeln!(text, "{} {} ({})", row.name, row.version, row.contract);
    }
    text
}

pub fn state(row: &ConnectorRow, words: &Catalogue) -> String {
    let key = match row.state {
        _ if row.refused.is_some() => "connector-state-refused",
        None => "connector-state-refused",
        Some(State::Current) => "connector-state-current",
        Some(State::OnTrial) => "connector-state-trial",
        Some(State::Kept) => "connector-state-kept",
        Some(State::Withdrawn) => "connector-state-withdrawn",
    };
    words.say(key, &[])
}

fn signer(row: &ConnectorRow, words: &Catalogue) -> String {
    match (&row.signer, row.state) {
        (Some(signer), _) => signer.clone(),
        (None, Some(_)) => words.say("connector-no-signer", &[]),
        (None, None) => String::new(),
    }
}

/// What `inspect` says beside the manifest.
pub fn versions(inspected: &Inspected, words: &Catalogue) -> String {
    let mut text = String::new();
    let of = [
        ("contract", inspected.contract.as_str()),
        ("sha256", &inspected.sha256),
    ];
    let _ = writeln!(text, "{}", words.say("inspect-contract", &of));
    if inspected.versions.is_empty() {
        return text;
    }
    let _ = writeln!(text, "{}", words.say("inspect-versions", &[]));
    for row in &inspected.versions {
        let (state, signer) = (state(row, words), signer(row, words));
        let at = row
            .installed_at
            .map(|at| at.to_string())
            .unwrap_or_default();
        let _ = writeln!(
            text,
            "  {}  {state}  {signer}  {at}  {}",
            row.version, row.source
        );
    }
    text
}

pub fn trusted(keys: &[TrustedKey], words: &Catalogue) -> String {
    if keys.is_empty() {
        return format!("{}\n", words.say("trust-empty", &[]));
    }
    let rows = keys
        .iter()
        .map(|key| vec![key.name.clone(), key.key.clone(), key.signed.join(", ")]);
    table(words, &["name", "key", "signed"], rows)
}

/// All that a person should know before they say yes, and what became of it.
pub fn offered(offer: &Offer, words: &Catalogue) -> String {
    let mut text = format!(
        "{} {} — {} ({})\n",
        offer.name,
        offer.version,
        words.text(&offer.title),
        offer.vendor
    );
    let mut line = |key: &str, args: &[(&str, &str)]| {
        let _ = writeln!(text, "{}", words.say(key, args));
    };
    line("offer-source", &[("source", &offer.source)]);
    let (contract, bytes) = (&offer.contract, offer.bytes.to_string());
    line(
        "offer-bytes",
        &[
            ("sha256", &offer.sha256),
            ("bytes", &bytes),
            ("contract", contract),
        ],
    );
    match &offer.signed {
        Signed::By(name) => line("offer-signed", &[("name", name)]),
        Signed::Unknown => line("offer-signer-unknown", &[]),
        Signed::No => line("offer-unsigned", &[]),
    }
    line("inspect-hosts", &[]);
    for host in &offer.hosts {
        let _ = writeln!(text, "  {}  {}", host.pattern, words.text(&host.reason));
    }
    let _ = writeln!(text, "{}", words.say("inspect-secrets", &[]));
    for secret in &offer.secrets {
        let places: Vec<String> = secret.places.iter().map(place).collect();
        let of = [
            ("name", secret.name.as_str()),
            ("title", &words.text(&secret.title)),
            ("places", &places.join(", ")),
            ("hosts", &secret.hosts.join(", ")),
        ];
        let _ = writeln!(text, "  {}", words.say("offer-secret", &of));
    }
    if offer.is_called {
        let _ = writeln!(text, "{}", words.say("offer-called", &[]));
    }
    let limits = [
        ("rates", rates(&offer.limits.rates)),
        ("concurrency", offer.limits.concurrency.to_string()),
        ("memory", (offer.memory_bytes_max >> 20).to_string()),
    ];
    let limits: Vec<(&str, &str)> = limits
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let _ = writeln!(text, "{}", words.say("offer-limits", &limits));
    if let Some(upgrade) = &offer.upgrade {
        upgraded(&mut text, upgrade, words);
    }
    let _ = writeln!(
        text,
        "{}",
        words.say(
            ending(offer),
            &[
                ("name", &offer.name),
                ("version", &offer.version),
                ("current", offer.current.as_deref().unwrap_or_default()),
            ]
        )
    );
    text
}

fn ending(offer: &Offer) -> &'static str {
    let is_current = offer.current.as_deref() == Some(&offer.version);
    match (offer.applied, &offer.upgrade) {
        (true, Some(_)) => "offer-upgraded",
        (true, None) if is_current => "connector-installed",
        (true, None) => "offer-beside",
        (false, Some(_)) => "offer-not-upgraded",
        (false, None) => "offer-not-installed",
    }
}

fn upgraded(text: &mut String, upgrade: &Upgrade, words: &Catalogue) {
    let mut section = |key: &str, args: &[(&str, &str)], lines: &[Text]| {
        let _ = writeln!(text, "{}", words.say(key, args));
        for line in lines {
            let _ = writeln!(text, "  {}", words.text(line));
        }
    };
    let from = [("from", upgrade.from.as_str())];
    match upgrade.difference.more.is_empty() {
        true => section("upgrade-no-more", &from, &[]),
        false => section("upgrade-more", &from, &upgrade.difference.more),
    }
    if !upgrade.difference.less.is_empty() {
        section("upgrade-less", &from, &upgrade.difference.less);
    }
    for checked in &upgrade.connections {
        let of = [
            ("tenant", checked.tenant.as_str()),
            ("connection", checked.connection.as_str()),
        ];
        match checked.problems.is_empty() {
            true => section("upgrade-checked", &of, &[]),
            false => section("upgrade-found", &of, &checked.problems),
        }
    }
    let rehearsal = &upgrade.rehearsal;
    let (tapes, records) = (rehearsal.tapes.to_string(), rehearsal.records.to_string());
    let counts = [("tapes", tapes.as_str()), ("records", &records)];
    let otherwise = [
        rehearsal.tapes_otherwise.as_slice(),
        &rehearsal.records_otherwise,
    ]
    .concat();
    match otherwise.is_empty() {
        true => section("upgrade-rehearsed", &counts, &[]),
        false => section("upgrade-otherwise", &counts, &otherwise),
    }
    if !rehearsal.left_out.is_empty() {
        section("upgrade-left-out", &[], &rehearsal.left_out);
    }
}
