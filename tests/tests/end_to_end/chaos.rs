//! `liaison chaos FLOW`, as a person runs it for a flow of their own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use liaison_tests::{Lab, program};

/// Every file of the installation with what it holds, but for compiled components.
fn files(home: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut found, mut folders) = (BTreeMap::new(), vec![home.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() && !path.ends_with("compiled") {
                folders.push(path);
            } else if path.is_file() {
                found.insert(path.clone(), std::fs::read(&path).expect("a file"));
            }
        }
    }
    found
}

fn simulator() -> String {
    let name = format!("liaison-sim{}", std::env::consts::EXE_SUFFIX);
    let beside = program().parent().expect("it lies in a folder").join(name);
    beside.display().to_string()
}

fn chaos(lab: &Lab, words: &str) -> liaison_tests::Said {
    let line = format!("--json chaos invoices --simulator {} {words}", simulator());
    lab.liaison(&line)
}

#[test]
fn a_flow_stands_the_storm_and_the_installation_stays_as_it_was() {
    let lab = Lab::new();
    let before = files(lab.home());
    let said = chaos(&lab, "--rounds 3").exits(0);
    let report = said.json()["answer"].clone();
    let number = |field: &str| report[field].as_u64().unwrap_or_default();
    for field in ["calls", "runs", "kills"] {
        assert!(number(field) > 0, "{field}: {report}");
    }
    assert!(!report["faults"].as_object().expect("faults").is_empty());
    for what in ["duplicated", "lost", "wrong", "restless"] {
        assert_eq!(report["found"][what], 0, "{report}");
    }
    assert!(files(lab.home()) == before, "the installation was touched");
    assert_eq!(lab.autotask.requests()["total"], 0);
    assert_eq!(lab.acomba.requests()["total"], 0);
    println!("{} kills, {} runs", report["kills"], report["runs"]);
}

/// Nothing but the intent keeps this one from making a second ticket.
const TICKETS: &str = r#"
format = 1
title = { en = "Tickets", fr = "Billets" }
description = { en = "A ticket for each customer", fr = "Un billet pour chaque client" }
source = { connector = "acomba", entity = "customer" }
target = { connector = "autotask", entity = "ticket" }
mode = "one_way"
operations = ["create"]
schedule = "manual"

[fields]
title = { from = "name" }
description = { from = "name" }
company_id = { const = "174" }
category = { const = "Erreurs Acomba" }
external_id = { expr = '"customer-" + source.id' }
"#;

#[test]
fn without_its_guard_a_flow_fails_and_the_command_shows_it_again() {
    let lab = Lab::new();
    std::fs::create_dir_all(lab.home().join("flows/demo")).expect("a folder");
    lab.write("flows/demo/tickets.toml", TICKETS);
    let mut tenant = include_str!("../../tenant.toml").to_owned();
    tenant.push_str("[flows.tickets]\nfile = \"tickets.toml\"\n");
    tenant.push_str("source = \"acomba\"\ntarget = \"autotask\"\n");
    lab.write_tenant("demo", &tenant);
    // A storm that kills while a ticket is being made.
    let words = "chaos tickets --tenant demo --rounds 1 --seed 3";
    let line = format!("--json {words} --simulator {}", simulator());
    let off = [("LIAISON_GUARD_OFF", "intent")];
    let said = lab.liaison_with(&line, &off).exits(1);
    let finding = said.json()["answer"]["findings"][0].clone();
    assert_eq!(finding["what"], "duplicated", "{finding}");
    assert_eq!(finding["again"], format!("liaison {words}"));
    lab.liaison(&line).exits(0);
}

#[test]
fn a_system_that_cannot_be_simulated_is_refused() {
    let lab = Lab::new();
    std::fs::create_dir_all(lab.home().join("flows/demo")).expect("a folder");
    let flow = TICKETS.replace("connector = \"acomba\"", "connector = \"sage\"");
    lab.write("flows/demo/tickets.toml", &flow);
    let mut tenant = include_str!("../../tenant.toml").to_owned();
    tenant.push_str("[connections.sage]\nconnector = \"sage\"\nhosts = [\"sage.example.com\"]\n");
    tenant.push_str("[flows.tickets]\nfile = \"tickets.toml\"\n");
    lab.write_tenant("demo", &tenant);
    let line = format!("chaos tickets --simulator {}", simulator());
    lab.liaison(&line)
        .exits(2)
        .says("`sage`")
        .says("acomba, autotask");
}

#[test]
fn a_missing_simulator_says_where_to_get_it() {
    let lab = Lab::new();
    lab.liaison("chaos invoices --simulator no-such-program")
        .exits(2)
        .says("liaison-simulators");
}
