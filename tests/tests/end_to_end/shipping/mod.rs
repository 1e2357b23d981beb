//! A vendor ships a connector, and an update, while everything runs.
//!
//! The versions are made from the connectors that are built: see `liaison_tests::variant`.

mod address;
mod registry;
#[cfg(unix)]
mod takeover;

use std::collections::BTreeSet;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use liaison_tests::service::{Service, ask, until};
use liaison_tests::variant::Variant;
use liaison_tests::{Lab, Said, count};
use minisign::KeyPair;
use serde_json::{Value, json};

const GOOD: i64 = 29_683_502;
/// With the schedule, and what waits for a run that failed.
const ARRIVES_MAX: Duration = Duration::from_secs(90);
const YES: &str = "--yes --allow-unsigned";

/// A key of a publisher, whose line a person copies.
struct Publisher(KeyPair);

impl Publisher {
    fn new() -> Self {
        Self(KeyPair::generate_unencrypted_keypair().expect("a key"))
    }

    fn key(&self) -> String {
        self.0.pk.to_base64()
    }

    fn sign(&self, file: &Path) {
        let bytes = std::fs::read(file).expect("a file");
        let signed = minisign::sign(
            Some(&self.0.pk),
            &self.0.sk,
            Cursor::new(bytes),
            Some("for the tests"),
            None,
        );
        let signature = signed.expect("it can be signed").to_string();
        std::fs::write(beside(file), signature).expect("written");
    }
}

fn beside(file: &Path) -> PathBuf {
    PathBuf::from(format!("{}.minisig", file.display()))
}

fn lock(lab: &Lab) -> String {
    std::fs::read_to_string(lab.home().join("connectors.lock")).expect("the lock")
}

/// The versions of a connector with their states.
fn versions(lab: &Lab, name: &str) -> Vec<(String, String)> {
    let rows = lab.liaison("--json connector list").exits(0).json()["answer"].clone();
    let rows = rows.as_array().cloned().unwrap_or_default().into_iter();
    let of = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    rows.filter(|row| row["name"] == json!(name))
        .map(|row| (of(&row, "version"), of(&row, "state")))
        .collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected
        .iter()
        .map(|(version, state)| ((*version).to_owned(), (*state).to_owned()))
        .collect()
}

fn tenant(schedule: &str) -> String {
    let mut text = format!("zone = \"America/Toronto\"\n{}", liaison_tests::TENANT);
    for flow in ["customers", "invoices"] {
        let heading = format!("[flows.{flow}]\n");
        text = text.replace(&heading, &format!("{heading}schedule = \"{schedule}\"\n"));
    }
    text
}

fn new_invoices(lab: &Lab, count: u32) -> BTreeSet<i64> {
    let made = lab.in_autotask(json!({"do": "bulk_invoices", "count": count, "lines": 1,
        "company_ids": [174], "billing_code_ids": [GOOD]}));
    let first = made["firstID"].as_i64().expect("the first id");
    (first..first + i64::from(count)).collect()
}

/// Of these invoices those that are in Acomba, each as often as it is there.
fn arrived(lab: &Lab, invoices: &BTreeSet<i64>) -> Vec<i64> {
    let cards = lab.acomba_cards("Transaction");
    let references = cards.iter().filter_map(|card| card["InReference"].as_str());
    let mut found: Vec<i64> = references
        .filter_map(|reference| reference.strip_prefix("AT-")?.parse().ok())
        .filter(|id| invoices.contains(id))
        .collect();
    found.sort_unstable();
    found
}

fn upgrade(lab: &Lab, file: &Path, more: &str) -> Said {
    lab.liaison(&format!(
        "connector upgrade acomba {} {YES} {more}",
        file.display()
    ))
}

#[test]
fn an_install_shows_asks_and_pins() {
    let lab = Lab::over(&[]);
    let folder = tempfile::tempdir().expect("a folder");
    let file = Variant::of("acomba").write(folder.path());
    let line = format!("connector install {}", file.display());
    lab.liaison("connector rollback acomba")
        .exits(2)
        .says("is not installed, and neither is any other")
        .says("liaison connector install FILE.wasm");
    // Nobody knows who made it.
    lab.liaison(&line)
        .exits(2)
        .says("is not signed")
        .says("--allow-unsigned");
    // There is nobody to ask.
    lab.liaison(&format!("{line} --allow-unsigned"))
        .exits(2)
        .says("Acomba")
        .says("X-Api-Key")
        .says("contract 0.1.0")
        .says("requests")
        .says("there is no terminal");
    assert!(
        !lab.home().join("connectors.lock").exists(),
        "nothing was installed"
    );
    let shown = lab
        .liaison(&format!("--json {line} --allow-unsigned"))
        .exits(0)
        .json();
    assert_eq!(shown["answer"]["applied"], json!(false), "{shown}");
    let publisher = Publisher::new();
    publisher.sign(&file);
    lab.liaison(&format!("{line} --yes"))
        .exits(2)
        .says("a key that is not trusted");
    lab.liaison(&format!("connector trust add acceo {}", publisher.key()))
        .exits(0)
        .says("acceo");
    lab.liaison(&format!("{line} --yes"))
        .exits(0)
        .says("signed by `acceo`")
        .says("Installed acomba 0.1.0");
    let text = lock(&lab);
    let sha256 = shown["answer"]["sha256"].as_str().expect("a digest");
    for line in [
        format!("sha256 = \"{sha256}\""),
        "signer = \"acceo\"".to_owned(),
        "contract = \"0.1.0\"".to_owned(),
    ] {
        assert!(text.contains(&line), "{line}: {text}");
    }
    lab.liaison(&line)
        .exits(0)
        .says("installed already, just so");
    lab.liaison("connector trust list")
        .exits(0)
        .says("acomba 0.1.0");
    // The same bytes under another signature are somebody's mistake, or worse.
    Publisher::new().sign(&file);
    lab.liaison(&format!("{line} --yes"))
        .exits(2)
        .says("a key that is not trusted");
    publisher.sign(&file);
    let signature = std::fs::read_to_string(beside(&file)).expect("a signature");
    let other = Variant::of("acomba")
        .version("0.2.0")
        .write(&folder.path().join("other"));
    std::fs::write(beside(&other), signature).expect("written");
    lab.liaison(&format!("connector install {} {YES}", other.display()))
        .exits(2)
        .says("the signature does not fit the file");
    // Trusted no longer, it stays.
    lab.liaison("connector trust remove acceo").exits(0);
    assert_eq!(versions(&lab, "acomba"), pairs(&[("0.1.0", "current")]));
    lab.liaison("connector rollback acomba")
        .exits(2)
        .says("0.1.0 is the only version of `acomba` that is installed")
        .says("liaison connector upgrade acomba SOURCE --allow-older");
}

#[test]
fn what_was_changed_or_put_there_by_hand_is_not_loaded() {
    let lab = Lab::new();
    let installed = std::fs::read_dir(lab.home().join("connectors")).expect("a folder");
    let file = installed
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.to_string_lossy().contains("acomba"))
        .expect("it is there");
    let other = Variant::of("acomba").version("0.1.1");
    std::fs::copy(&file, lab.home().join("connectors/loose.wasm")).expect("copied");
    std::fs::write(&file, other.bytes()).expect("written");
    lab.liaison("connector list")
        .exits(0)
        .says("is not what was installed")
        .says("it is not in connectors.lock");
    lab.liaison("connector inspect acomba")
        .exits(2)
        .says("connectors.lock says");
    lab.liaison("flow check")
        .exits(2)
        .says("is not what was installed");
    lab.liaison("--lang fr connector inspect acomba")
        .exits(2)
        .says("n'est pas ce qui a été installé");
}

#[test]
fn a_contract_that_is_not_ours_is_told_in_one_sentence() {
    let lab = Lab::over(&[]);
    let folder = tempfile::tempdir().expect("a folder");
    for (contract, words) in [
        (
            "0.3.0",
            "is built for contract 0.3.0, which is newer than 0.1, the newest that this liaison speaks: update liaison first",
        ),
        (
            "0.0.9",
            "which this liaison no longer serves: ask its publisher for a version built for 0.1",
        ),
    ] {
        let file = Variant::of("acomba")
            .contract(contract)
            .write(folder.path());
        lab.liaison(&format!("connector install {} {YES}", file.display()))
            .exits(2)
            .says(words);
    }
}

#[test]
fn more_permissions_need_a_word_of_their_own() {
    let lab = Lab::new();
    let folder = tempfile::tempdir().expect("a folder");
    let file = Variant::of("acomba")
        .version("0.2.0")
        .with("X-Api-Key", "X-Api-Kez")
        .write(folder.path());
    upgrade(&lab, &file, "--accept-findings")
        .exits(2)
        .says("wants more than what is installed may do")
        .says("secret api_key in header X-Api-Kez")
        .says("--accept-permissions");
    assert_eq!(versions(&lab, "acomba"), pairs(&[("0.1.0", "current")]));
    // Its check finds that Acomba refuses it now, and the rehearsal that nothing can be planned.
    upgrade(&lab, &file, "--accept-permissions")
        .exits(2)
        .says("does not do what the installed version does");
    upgrade(&lab, &file, "--accept-permissions --accept-findings")
        .exits(0)
        .says("MORE than 0.1.0 may");
    assert_eq!(
        versions(&lab, "acomba"),
        pairs(&[("0.1.0", "kept"), ("0.2.0", "on-trial")])
    );
    lab.liaison("connector rollback acomba")
        .exits(0)
        .says("acomba is 0.1.0 again");
    assert_eq!(
        versions(&lab, "acomba"),
        pairs(&[("0.1.0", "current"), ("0.2.0", "kept")])
    );
    // An older one does not slip in.
    let old = Variant::of("acomba").version("0.0.9").write(folder.path());
    upgrade(&lab, &old, "").exits(2).says("is older than 0.1.0");
    let another = Variant::of("autotask").write(folder.path());
    upgrade(&lab, &another, "")
        .exits(2)
        .says("that is connector `autotask`");
}

#[test]
fn an_upgrade_is_rehearsed_and_leaves_nothing_behind() {
    let lab = Lab::new();
    lab.liaison("run customers");
    let before = lab.calls();
    let folder = tempfile::tempdir().expect("a folder");
    let file = Variant::of("acomba").version("0.2.0").write(folder.path());
    let shown = lab
        .liaison(&format!(
            "--json connector upgrade acomba {} --allow-unsigned",
            file.display()
        ))
        .exits(0)
        .json();
    let rehearsal = &shown["answer"]["upgrade"]["rehearsal"];
    assert!(rehearsal["records"].as_u64() > Some(0), "{rehearsal}");
    assert_eq!(rehearsal["records_otherwise"], json!([]), "{rehearsal}");
    assert_eq!(shown["answer"]["applied"], json!(false));
    let written = |calls: &Value| -> u64 {
        let calls = calls.as_object().into_iter().flatten();
        calls
            .filter(|(route, _)| !route.starts_with("GET"))
            .filter_map(|(_, count)| count.as_u64())
            .sum()
    };
    assert_eq!(
        written(&before.1),
        written(&lab.calls().1),
        "nothing was written to Acomba"
    );
    // One that cannot read what is there is told before it is used.
    let blind = Variant::of("acomba")
        .version("0.2.1")
        .trapping("read")
        .write(&folder.path().join("blind"));
    let told = upgrade(&lab, &blind, "").exits(2);
    assert!(
        told.err
            .contains("does not do what the installed version does"),
        "{}",
        told.err
    );
}

#[test]
fn an_upgrade_under_load_loses_and_duplicates_nothing() {
    let lab = Lab::new();
    lab.write_tenant("demo", &tenant("every 10 s"));
    let folder = tempfile::tempdir().expect("a folder");
    let service = Service::start(&lab, &[]);
    let process = service.process();
    let mut invoices = BTreeSet::new();
    let (mut files, mut shown) = (Vec::new(), Vec::new());
    for number in 2..6 {
        let version = format!("0.{number}.0");
        files.push(
            Variant::of("acomba")
                .version(&version)
                .write(&folder.path().join(&version)),
        );
        shown.push(version);
    }
    for file in &files {
        invoices.extend(new_invoices(&lab, 15));
        // While some of them are on their way.
        until("the first of them", || {
            (arrived(&lab, &invoices).len() + 14 > invoices.len()).then_some(())
        });
        upgrade(&lab, file, "").exits(0);
    }
    invoices.extend(new_invoices(&lab, 15));
    lab.liaison("connector rollback acomba").exits(0);
    invoices.extend(new_invoices(&lab, 15));
    until("all invoices", || {
        (arrived(&lab, &invoices).len() >= invoices.len()).then_some(())
    });
    let wanted: Vec<i64> = invoices.iter().copied().collect();
    assert_eq!(arrived(&lab, &invoices), wanted, "each once");
    until("no open create", || {
        let report = lab.liaison("--json store verify").exits(0).json();
        (report["answer"]["intents"] == json!(0)).then_some(())
    });
    assert_eq!(service.process(), process, "it was not started again");
    lab.liaison("log --limit 500")
        .exits(0)
        .says("connector acomba is 0.5.0 now, before 0.4.0");
    let of = versions(&lab, "acomba")
        .into_iter()
        .find(|(_, state)| state == "current" || state == "on-trial");
    assert_eq!(of.map(|(version, _)| version).as_deref(), Some("0.4.0"));
    println!(
        "{} invoices over {} versions, each once",
        wanted.len(),
        shown.len() + 1
    );
}

#[test]
fn a_version_that_traps_goes_back_by_itself() {
    // Neither its check nor a plan writes: nobody sees it coming.
    let bad = Variant::of("acomba").version("0.2.0").trapping("write");
    let (lab, _service, invoices) = goes_back(&bad, "calls 1 ended early");
    // None of them was set aside for what the connector did.
    let aside = lab.liaison("--json quarantine list").exits(0).json();
    let aside = aside["answer"].as_array().cloned().unwrap_or_default();
    let ours = aside.iter().filter(|parked| {
        parked["record"]["id"]
            .as_str()
            .and_then(|id| id.parse().ok())
            .is_some_and(|id: i64| invoices.contains(&id))
    });
    assert_eq!(ours.count(), 0, "{aside:?}");
    each_once(&lab, &invoices);
}

#[test]
fn a_version_whose_writes_are_refused_goes_back_by_itself() {
    // The name of a header that Acomba's bridge wants with every write.
    let bad = Variant::of("acomba")
        .version("0.2.0")
        .with("Idempotency-Key", "Idempotency-Kez");
    let (lab, _service, invoices) = goes_back(&bad, "calls 0 ended early");
    lab.liaison("quarantine retry invoices");
    each_once(&lab, &invoices);
}

/// The service takes the version in, and goes back from it while invoices are on their way.
fn goes_back(bad: &Variant, why: &str) -> (Lab, Service, BTreeSet<i64>) {
    let lab = Lab::new();
    lab.write_tenant("demo", &tenant("every 10 s"));
    lab.liaison("run customers");
    lab.liaison("run invoices");
    let folder = tempfile::tempdir().expect("a folder");
    let file = bad.write(folder.path());
    let service = Service::start(&lab, &[]);
    upgrade(&lab, &file, "").exits(0).says("on trial");
    let invoices = new_invoices(&lab, 10);
    let back = pairs(&[("0.1.0", "current"), ("0.2.0", "withdrawn")]);
    until("the way back", || {
        (versions(&lab, "acomba") == back).then_some(())
    });
    lab.liaison("log --limit 500")
        .exits(0)
        .says("connector acomba 0.2.0 was withdrawn, and 0.1.0 is current again")
        .says(why);
    lab.liaison("connector list").exits(0).says("withdrawn");
    let page = ask(&service.url, "GET", "/connectors", "").1;
    assert!(page.contains("Withdrawn") && page.contains(why), "{page}");
    (lab, service, invoices)
}

fn each_once(lab: &Lab, invoices: &BTreeSet<i64>) {
    let begun = Instant::now();
    while arrived(lab, invoices).len() < invoices.len() {
        let told =
            || ["status", "quarantine list", "log --limit 60"].map(|line| lab.liaison(line).out);
        assert!(
            begun.elapsed() < ARRIVES_MAX,
            "not all came: {}",
            told().join("\n")
        );
        std::thread::yield_now();
    }
    let wanted: Vec<i64> = invoices.iter().copied().collect();
    assert_eq!(arrived(lab, invoices), wanted, "each once");
}

#[test]
fn two_tenants_use_two_versions_and_what_is_needed_stays() {
    let lab = Lab::new();
    let folder = tempfile::tempdir().expect("a folder");
    let file = Variant::of("acomba").version("0.2.0").write(folder.path());
    lab.install(&file).says("beside 0.1.0");
    let pinned = liaison_tests::TENANT.replace(
        "connector = \"acomba\"",
        "connector = \"acomba\"\nversion = \"0.2.0\"",
    );
    assert!(pinned.contains("version = "), "it is pinned");
    lab.write_tenant("other", &pinned);
    lab.set_secrets("other");
    let run = |tenant: &str| {
        let said = lab
            .liaison(&format!("--json run customers --tenant {tenant}"))
            .json();
        count(&said["answer"], "customers", "created")
            + count(&said["answer"], "customers", "adopted")
    };
    assert!(run("demo") > 0 && run("other") > 0);
    lab.liaison("connector remove acomba")
        .exits(2)
        .says("customers (demo)")
        .says("customers (other)");
    lab.liaison("connector remove acomba 0.2.0")
        .exits(2)
        .says("customers (other)");
    std::fs::remove_file(lab.home().join("tenants/other.toml")).expect("removed");
    lab.liaison("connector remove acomba 0.2.0")
        .exits(0)
        .says("Removed acomba 0.2.0");
    assert_eq!(versions(&lab, "acomba"), pairs(&[("0.1.0", "current")]));
    let wanted = lab.home().join("connectors");
    let left = std::fs::read_dir(wanted).expect("a folder").flatten();
    assert!(
        !left
            .into_iter()
            .any(|entry| entry.file_name().to_string_lossy().contains("0.2.0")),
        "its file is gone"
    );
    lab.write_tenant(
        "demo",
        &liaison_tests::TENANT.replace(
            "connector = \"acomba\"",
            "connector = \"acomba\"\nversion = \"9.9.9\"",
        ),
    );
    lab.liaison("flow check")
        .exits(2)
        .says("is not installed in version 9.9.9");
}

#[test]
fn what_is_newer_comes_from_the_configured_source() {
    let lab = Lab::new();
    let shelf = lab.home().join("shelf");
    Variant::of("acomba").version("0.2.0").write(&shelf);
    lab.write(
        "shelf/index.toml",
        "[[connector]]\nname = \"acomba\"\nversion = \"0.2.0\"\nsource = \"acomba.wasm\"\n",
    );
    lab.liaison("connector list --newer")
        .exits(2)
        .says("no source of connectors is configured");
    lab.write(
        "liaison.toml",
        "language = \"en\"\n[connectors]\nsource = \"shelf/index.toml\"\n",
    );
    lab.liaison("connector list --newer")
        .exits(0)
        .says("acomba 0.2.0 is there, newer than 0.1.0")
        .says("speaks contract 0.1");
    let service = Service::start(&lab, &[]);
    let page = || ask(&service.url, "GET", "/connectors", "").1;
    until("the page says what is newer", || {
        page().contains("0.2.0 is there").then_some(())
    });
    lab.liaison(&format!("connector upgrade acomba {YES}"))
        .exits(0)
        .says("acomba is 0.2.0 now");
    let shown = page();
    assert!(shown.contains("On trial") && !shown.contains("is there"));
    lab.liaison("version").exits(0).says("acomba 0.2.0 (0.1.0)");
    lab.liaison(&format!("connector upgrade acomba {YES}"))
        .exits(2)
        .says("nothing newer");
}
