//! Connectors that come, are there, and go.

use std::fmt::Write;

use crate::catalogue::Catalogue;
use crate::control::request::{ConnectorRow, Inspected, Versions};
use crate::control::shipping::lock::State;
use crate::control::shipping::offer::{Offer, Upgrade};
use crate::control::shipping::permissions::{place, rates};
use crate::control::shipping::trust::{Signed, TrustedKey};
use crate::model::Text;
use crate::model::manifest::SecretUse;

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
            row.version_among(rows),
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
                ("version", &row.version_among(rows)),
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
            row.version_among(&inspected.versions),
            row.source
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
    for used in &offer.secrets {
        let _ = writeln!(text, "  {}", secret(used, words));
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

/// With where it stands in a request and to whom that goes, as far as the manifest says.
fn secret(used: &SecretUse, words: &Catalogue) -> String {
    let places: Vec<String> = used.places.iter().map(place).collect();
    let mut goes = Vec::new();
    if !places.is_empty() {
        goes.push(words.say("offer-secret-in", &[("places", &places.join(", "))]));
    }
    if !used.hosts.is_empty() {
        goes.push(words.say("offer-secret-to", &[("hosts", &used.hosts.join(", "))]));
    }
    let mut text = format!("{}  {}", used.name, words.text(&used.title));
    if !goes.is_empty() {
        let _ = write!(text, " ({})", goes.join(", "));
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::manifest::Place;

    #[test]
    fn two_builds_of_one_version_are_told_apart_by_their_digests() {
        let row = |version: &str, sha256: &str, why: Option<&str>| ConnectorRow {
            name: "erp".to_owned(),
            version: version.to_owned(),
            sha256: sha256.to_owned(),
            state: Some(State::Kept),
            why: why.map(Text::plain),
            ..ConnectorRow::default()
        };
        let rows = [
            row("1.0.0", "4f0c5d6e7f8a9b0c", Some("it did badly")),
            row("1.0.0", "aaaabbbbccccdddd", None),
            row("1.1.0", "0123456789abcdef", None),
        ];
        let shown = rows.each_ref().map(|row| row.version_among(&rows));
        assert_eq!(
            shown,
            ["1.0.0 (4f0c5d6e7f8a)", "1.0.0 (aaaabbbbcccc)", "1.1.0"]
        );
        let text = listed(&rows, &Catalogue::new("en"));
        assert!(
            text.contains("1.0.0 (aaaabbbbcccc)")
                && text.contains("erp 1.0.0 (4f0c5d6e7f8a) was withdrawn: it did badly")
                && !text.contains("1.1.0 ("),
            "{text}"
        );
    }

    #[test]
    fn of_a_secret_is_told_what_the_manifest_says() {
        let header = || vec![Place::Header("X-Api-Key".to_owned())];
        let hosts = || vec!["a.example.com".to_owned(), "b.example.com".to_owned()];
        for (places, hosts, english, french) in [
            (
                header(),
                hosts(),
                "key  Its key (in header X-Api-Key, to a.example.com, b.example.com)",
                "key  Its key (dans header X-Api-Key, vers a.example.com, b.example.com)",
            ),
            (
                header(),
                vec![],
                "key  Its key (in header X-Api-Key)",
                "key  Its key (dans header X-Api-Key)",
            ),
            (
                vec![],
                hosts(),
                "key  Its key (to a.example.com, b.example.com)",
                "key  Its key (vers a.example.com, b.example.com)",
            ),
            (vec![], vec![], "key  Its key", "key  Its key"),
        ] {
            let used = SecretUse {
                name: "key".to_owned(),
                title: Text::plain("Its key"),
                required: true,
                hosts,
                places,
            };
            assert_eq!(secret(&used, &Catalogue::new("en")), english);
            assert_eq!(secret(&used, &Catalogue::new("fr")), french);
        }
    }
}
