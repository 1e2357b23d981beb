//! The page of `liaison serve` in a real browser: what its own tests of HTML text cannot see.
//!
//! Here the stage is set as a user would set it; `tests/browser/check.js` is the person before the screen.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::host_system;
use crate::process;
use crate::repository::Repository;
use crate::simulator::Simulator;
use crate::steps::Outcome;

const SOURCES: &str = "tests/browser";
/// The check with what npm fetched, and the installations.
const WORK: &str = "target/browser-check";
/// Pictures of every page, for people.
const PICTURES: &str = "target/browser";
const VENDORS: [&str; 3] = ["autotask", "acomba", "centrixone"];
/// The language, and whether JavaScript is on. What differs between languages does not differ without scripts.
const PASSES: [(&str, bool); 3] = [("en", true), ("fr", true), ("fr", false)];
/// As Debian and others call it.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];
const CHECK_MAX: Duration = Duration::from_secs(300);

/// The names, numbers and secrets are those of the simulators' seeds.
const SECRETS: [(&str, &str, &str); 6] = [
    ("demo", "autotask user_name", "api@liaison.test"),
    ("demo", "autotask integration_code", "LIAISON-SIM"),
    ("demo", "autotask secret", "simulated-secret"),
    ("demo", "acomba api_key", "acme-key-0001"),
    ("crm", "acomba api_key", "acme-key-0001"),
    ("crm", "centrixone api_key", "centrix-key-0001"),
];

pub fn run(repository: &Repository) -> Result<Outcome> {
    if !process::succeeds(Command::new("node").arg("--version"))
        || !process::succeeds(process::npm().arg("--version"))
    {
        return Ok(Outcome::LeftOut("this machine has no node".to_owned()));
    }
    let Some(chromium) = BROWSERS.into_iter().find_map(host_system::on_path) else {
        return Ok(Outcome::LeftOut("this machine has no chromium".to_owned()));
    };
    let work = Path::new(WORK);
    fs::create_dir_all(work)?;
    for entry in fs::read_dir(SOURCES)? {
        let entry = entry?;
        fs::copy(entry.path(), work.join(entry.file_name()))?;
    }
    let quiet = ["install", "--no-audit", "--no-fund", "--loglevel=error"];
    if !process::succeeds(process::npm().args(quiet).current_dir(work)) {
        let why = "npm could not fetch what drives the browser";
        return Ok(Outcome::LeftOut(why.to_owned()));
    }
    if Path::new(PICTURES).exists() {
        fs::remove_dir_all(PICTURES)?;
    }
    fs::create_dir_all(PICTURES)?;
    for (lang, scripts) in PASSES {
        check(repository, &chromium, lang, scripts)?;
    }
    Ok(Outcome::Done)
}

fn check(repository: &Repository, chromium: &Path, lang: &str, scripts: bool) -> Result<()> {
    let program = repository.program("liaison-sim");
    let mut simulators = Vec::new();
    for vendor in VENDORS {
        let seed = format!("tests/simulators/seeds/{vendor}.json");
        simulators.push((
            vendor,
            Simulator::start(&program, vendor, Path::new(&seed))?,
        ));
    }
    let home = Path::new(WORK).join(lang);
    let liaison = repository.program("liaison");
    install(&liaison, &home, &simulators)?;
    let addresses: serde_json::Map<_, _> = (simulators.iter())
        .map(|(vendor, simulator)| ((*vendor).to_owned(), json!(simulator.address)))
        .collect();
    let stage = json!({
        "lang": lang,
        "scripts": scripts,
        "root": fs::canonicalize(".")?,
        "program": fs::canonicalize(&liaison)?,
        "home": fs::canonicalize(&home)?,
        "chromium": chromium,
        "pictures": fs::canonicalize(PICTURES)?,
        "simulators": addresses,
    });
    let file = format!("stage-{lang}.json");
    fs::write(Path::new(WORK).join(&file), stage.to_string())?;
    let mut check = Command::new("node");
    process::run_within(check.args(["check.js", &file]).current_dir(WORK), CHECK_MAX)
}

/// Two tenants: one whose flows go one way, one where a person settles what both sides changed.
fn install(program: &Path, home: &Path, simulators: &[(&str, Simulator)]) -> Result<()> {
    if home.exists() {
        fs::remove_dir_all(home)?;
    }
    let liaison = |line: &str, input: Option<&str>| liaison(program, home, line, input);
    liaison("init", None)?;
    for vendor in VENDORS {
        let file = format!("target/connectors/{vendor}.wasm");
        liaison(
            &format!("connector install {file} --yes --allow-unsigned"),
            None,
        )?;
    }
    let with_addresses = |text: String| {
        simulators.iter().fold(text, |text, (vendor, simulator)| {
            text.replace(&format!("{{{vendor}}}"), &simulator.address)
        })
    };
    let demo = with_addresses(fs::read_to_string("tests/tenant.toml")?);
    let crm = with_addresses(fs::read_to_string(format!("{SOURCES}/crm.toml"))?);
    fs::create_dir_all(home.join("flows/crm"))?;
    fs::write(home.join("tenants/demo.toml"), demo)?;
    fs::write(home.join("tenants/crm.toml"), crm)?;
    fs::copy(
        format!("{SOURCES}/customers.toml"),
        home.join("flows/crm/customers.toml"),
    )?;
    for (tenant, name, value) in SECRETS {
        liaison(&format!("secret set {name} --tenant {tenant}"), Some(value))?;
    }
    Ok(())
}

fn liaison(program: &Path, home: &Path, line: &str, input: Option<&str>) -> Result<()> {
    let mut child = Command::new(program)
        .args(line.split_whitespace())
        .env("LIAISON_HOME", home)
        .env_remove("LIAISON_LANG")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .context("could not start liaison")?;
    let mut pipe = child.stdin.take().context("liaison has no input")?;
    // A command that does not read its input may be gone already.
    let _ = pipe.write_all(input.unwrap_or_default().as_bytes());
    drop(pipe);
    let status = child.wait()?;
    ensure!(status.success(), "`liaison {line}` ended with {status}");
    Ok(())
}
