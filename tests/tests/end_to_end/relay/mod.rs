//! Systems that cannot be called: they poll the service, and what waits for them is carried out then, once,
//! whatever dies in between.

mod door;
mod kills;
mod pad;

use liaison_tests::service::{Service, free_address, until};
use liaison_tests::{Begun, Lab, repository};
use pad::{Pad, Power};
use serde_json::{Value, json};

const TENANT: &str = r#"
zone = "America/Toronto"

[connections.acomba]
connector = "acomba"
hosts = ["{acomba}"]
insecure = true
allow_private = ["{acomba}"]
settings = { base_url = "http://{acomba}", company = "acme" }

[connections.pad]
connector = "pad"
limits = { relay_wait_s = 1 }

[flows.notes]
file = "notes.toml"
source = "acomba"
target = "pad"
schedule = "SCHEDULE"
"#;

const NOTES: &str = r#"
format = 1
title = { en = "Customers to notes", fr = "Des clients aux notes" }
description = { en = "A note for each customer", fr = "Une note par client" }
source = { connector = "acomba", entity = "customer" }
target = { connector = "pad", entity = "note" }
mode = "one_way"
operations = ["create", "update"]
schedule = "manual"

[[identity]]
natural = ["text"]

[fields]
text = { from = "name" }
"#;

pub const PASSWORD: &str = "the password of the pad";

/// Acomba, the pad, a flow from one to the other.
pub struct Desk {
    pub lab: Lab,
    /// Where the pad calls.
    pub inbound: String,
}

impl Desk {
    pub fn new(schedule: &str) -> Self {
        Self::with_settings(schedule, "")
    }

    /// With more lines for `[serve]`.
    pub fn with_settings(schedule: &str, settings: &str) -> Self {
        let lab = Lab::over(&["acomba"]);
        let guest = repository().join("target/guests/pad.wasm");
        lab.install(&guest);
        std::fs::create_dir_all(lab.home().join("flows/demo")).expect("a folder");
        lab.write("flows/demo/notes.toml", NOTES);
        lab.write_tenant("demo", &TENANT.replace("SCHEDULE", schedule));
        lab.secret("demo", "acomba api_key", "acme-key-0001");
        lab.secret("demo", "pad password", PASSWORD);
        let inbound = free_address();
        let file = lab.home().join("liaison.toml");
        let before = std::fs::read_to_string(file).expect("init wrote it");
        lab.write(
            "liaison.toml",
            &format!("{before}\n[serve]\ninbound = \"{inbound}\"\n{settings}"),
        );
        Self { lab, inbound }
    }

    /// The flow looks nothing up: only the relay keeps it from making a note twice.
    pub fn recognise_nothing(&self) {
        let (before, rest) = NOTES.split_once("[[identity]]").expect("it has one");
        let (_, after) = rest.split_once("[fields]").expect("behind it");
        self.lab
            .write("flows/demo/notes.toml", &format!("{before}[fields]{after}"));
    }

    pub fn serve(&self, environment: &[(&str, &str)]) -> Service {
        Service::start_called(&self.lab, environment)
    }

    pub fn pad(&self) -> Pad {
        Pad::new(&self.inbound, PASSWORD)
    }

    /// The names of the customers in Acomba, sorted.
    pub fn customers(&self) -> Vec<String> {
        let cards = self.lab.acomba_cards("Customer");
        let active = cards.iter().filter(|card| card["CuStatus"] == json!(0));
        let names = active.filter_map(|card| card["CuName"].as_str());
        let mut names: Vec<String> = names.map(str::to_owned).collect();
        names.sort();
        names
    }

    pub fn new_customer(&self, number: &str) {
        let card = json!({ "CuNumber": number, "CuName": format!("Client {number}"), "CuSortKey": number });
        self.lab
            .in_acomba(json!({ "do": "create", "interface": "Customer", "card": card }));
    }

    pub fn last_run(&self, flow: &str) -> Value {
        let said = self.lab.liaison("--json status").exits(0).json();
        let rows = said["answer"].as_array().cloned().unwrap_or_default();
        let row = rows.into_iter().find(|row| row["flow"] == json!(flow));
        row.map(|row| row["last_run"].clone()).unwrap_or_default()
    }

    /// Starts a command that waits for the pad.
    pub fn begin(&self, line: &str) -> Begun {
        self.lab.begin(line)
    }
}

#[test]
fn a_record_waits_for_the_system_and_is_written_when_it_calls() {
    let desk = Desk::new("manual");
    // Without a look-up before it, the write itself is what waits.
    desk.recognise_nothing();
    let _service = desk.serve(&[]);
    let mut pad = desk.pad();
    let run = desk.begin("--json run notes");
    until("the run waits", || {
        (desk.last_run("notes")["status"] == json!("waiting")).then_some(())
    });
    let aside = desk.lab.liaison("--json quarantine list").exits(0).json();
    let rows = aside["answer"].as_array().cloned().unwrap_or_default();
    assert!(!rows.is_empty(), "{aside}");
    assert!(
        rows.iter().all(|row| row["kind"] == json!("waiting")),
        "{aside}"
    );
    assert!(pad.notes.is_empty());
    pad.visit(Power::Lasts).expect("a visit");
    let run = run.said().exits(0).json();
    assert_eq!(run["answer"]["status"], json!("completed"), "{run}");
    assert_eq!(pad.texts(), desk.customers());
    let aside = desk.lab.liaison("--json quarantine list").exits(0).json();
    assert_eq!(aside["answer"], json!([]));
    // Nothing is kept that was carried out, and nothing is carried out twice.
    pad.visit(Power::Lasts).expect("another visit");
    assert_eq!(pad.texts(), desk.customers());
    desk.lab.liaison("store verify").exits(0);
}

#[test]
fn who_links_a_record_that_waits_takes_its_create_back() {
    let desk = Desk::new("manual");
    desk.recognise_nothing();
    let _service = desk.serve(&[]);
    let mut pad = desk.pad();
    // The first visit puts a message back once; that is another test's.
    pad.visit(Power::Lasts).expect("a visit");
    let run = desk.begin("--json run notes");
    until("the run waits", || {
        (desk.last_run("notes")["status"] == json!("waiting")).then_some(())
    });
    let waiting = || {
        let aside = desk.lab.liaison("--json quarantine list").exits(0).json();
        aside["answer"].as_array().cloned().unwrap_or_default()
    };
    let aside = waiting();
    let id = aside[0]["id"].as_str().expect("an id");
    // Meanwhile somebody writes its note by hand, and says so.
    let by_hand = json!({ "id": "H1", "version": "1", "text": "by hand" });
    pad.notes.push(by_hand);
    let link = desk.begin(&format!("link add notes {id} H1"));
    until("its create is taken back", || {
        let said = desk.lab.liaison("--json log --limit 500").exits(0);
        said.out.contains("\"withdrawn\"").then_some(())
    });
    // However often the system calls before the link is made.
    until("the link is made", || {
        pad.visit(Power::Lasts).expect("a visit");
        link.has_ended().then_some(())
    });
    link.said().exits(0);
    until("the run ends", || {
        pad.visit(Power::Lasts).expect("a visit");
        run.has_ended().then_some(())
    });
    run.said();
    let again = desk.begin("run notes");
    until("another run ends", || {
        pad.visit(Power::Lasts).expect("a visit");
        again.has_ended().then_some(())
    });
    again.said().exits(0);
    assert_eq!(pad.duplicates(), 0, "{:?}", pad.texts());
    assert_eq!(pad.notes.len(), desk.customers().len(), "{:?}", pad.texts());
    let shown = desk
        .lab
        .liaison(&format!("--json link show notes {id}"))
        .exits(0)
        .json();
    assert_eq!(
        shown["answer"]["link"]["right"]["id"],
        json!("H1"),
        "{shown}"
    );
    desk.lab.liaison("store verify").exits(0);
}

#[test]
fn what_is_due_starts_when_the_system_calls_and_is_through_in_one_visit() {
    let desk = Desk::new("every 10 s");
    let _service = desk.serve(&[]);
    let mut pad = desk.pad();
    let carried = pad.visit(Power::Lasts).expect("a visit");
    assert_eq!(pad.texts(), desk.customers(), "{carried} carried");
    assert_eq!(pad.again, 0);
    until("the run is told", || {
        (desk.last_run("notes")["status"] == json!("completed")).then_some(())
    });
    desk.new_customer("ZZ01");
    until("the new one", || {
        pad.visit(Power::Lasts).expect("a visit");
        (pad.texts() == desk.customers()).then_some(())
    });
    // An edit is an update of the same note.
    let count = pad.notes.len();
    desk.lab.in_acomba(
        json!({ "do": "edit", "interface": "Customer", "card_pos": 3,
            "set": { "CuName": "Un autre nom" } }),
    );
    until("the edit", || {
        pad.visit(Power::Lasts).expect("a visit");
        (pad.texts() == desk.customers()).then_some(())
    });
    assert!(pad.texts().contains(&"Un autre nom".to_owned()));
    assert_eq!(pad.notes.len(), count);
}

#[test]
fn check_and_plan_wait_for_the_call_as_well() {
    let desk = Desk::new("manual");
    let _service = desk.serve(&[]);
    let mut pad = desk.pad();
    let mut visited = |line: &str| {
        let command = desk.begin(line);
        until("the answer", || {
            pad.visit(Power::Lasts).expect("a visit");
            command.has_ended().then_some(())
        });
        command.said().exits(0)
    };
    visited("check").says("the pad is here");
    visited("plan notes").says("create");
    assert!(pad.notes.is_empty());
}

#[test]
fn without_a_service_nobody_can_call_and_it_says_so() {
    let desk = Desk::new("manual");
    desk.lab.liaison("run notes").exits(3).says("liaison serve");
    desk.lab
        .liaison("plan notes")
        .exits(3)
        .says("liaison serve");
    desk.lab.liaison("check").exits(4).says("liaison serve");
    desk.lab
        .liaison("--lang fr run notes")
        .exits(3)
        .says("aucun service ne tourne");
}

#[test]
fn set_up_writes_files_makes_the_password_and_says_the_steps() {
    let desk = Desk::with_settings("manual", "address = \"https://sync.example/\"\n");
    let out = desk.lab.home().join("out");
    let line = format!("--json connection setup demo pad --out {}", out.display());
    let first = desk.lab.liaison(&line).exits(0).json()["answer"].clone();
    let password = |answer: &Value| answer["secrets"][0]["value"].as_str().map(str::to_owned);
    let file = || std::fs::read_to_string(out.join("pad.json")).expect("the file");
    let written: Value = serde_json::from_str(&file()).expect("JSON");
    assert_eq!(
        written["address"],
        json!("https://sync.example/in/demo/pad")
    );
    let mut pad = desk.pad();
    pad.password = password(&first).expect("a password");
    {
        let _service = desk.serve(&[]);
        pad.open().expect("the password opens");
        // By the service as well, and what was before opens nothing.
        let second = desk.lab.liaison(&line).exits(0).json()["answer"].clone();
        assert_eq!(
            serde_json::from_str::<Value>(&file()).expect("JSON"),
            written
        );
        assert_ne!(password(&first), password(&second));
        assert!(pad.open().is_err(), "the old password opens");
        pad.password = password(&second).expect("a password");
        pad.open().expect("the new password opens");
    }
    let text = desk.lab.liaison(&format!(
        "connection setup demo pad --out {}",
        out.display()
    ));
    text.exits(0).says("Type the password into the pad");
    desk.lab.liaison("connection setup demo acomba").exits(2);
    desk.lab.liaison("connection setup demo nobody").exits(2);
}
