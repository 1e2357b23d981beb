//! Calls of every connector of ours recorded against its vendor in miniature, and made again from the tape alone.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use liaison_tests::workshop::Workshop;
use liaison_tests::{Lab, repository};
use serde_json::{Value, json};

use liaison_tests::desks::Desks;

/// Every connection of the tenant keeps every call.
fn keep_all(lab: &Lab) {
    let file = lab.home().join("tenants/demo.toml");
    let before = std::fs::read_to_string(file).expect("the tenant has a file");
    let taped: Vec<String> = before
        .lines()
        .map(|line| {
            let is_connection = line.starts_with("[connections.") && line.matches('.').count() == 1;
            match is_connection {
                true => format!("{line}\ntape = \"all\""),
                false => line.to_owned(),
            }
        })
        .collect();
    lab.write("tenants/demo.toml", &taped.join("\n"));
}

/// A tape as a file in clear.
struct Exported {
    connection: String,
    call: String,
    file: String,
    lines: String,
}

impl Exported {
    fn label(&self) -> Value {
        let first = self.lines.lines().next().expect("a label");
        serde_json::from_str(first).expect("a label is JSON")
    }
}

/// One tape for each call of each connection, the newest; and all that write.
fn exported(lab: &Lab) -> Vec<Exported> {
    let rows = lab.liaison("--json connector tape list").exits(0).json()["answer"].clone();
    let rows = rows.as_array().expect("a list").clone();
    let mut found: Vec<Exported> = Vec::new();
    for row in rows.iter().rev() {
        let text = |field: &str| row[field].as_str().expect("a text").to_owned();
        let (name, connection, call) = (text("name"), text("connection"), text("call"));
        let known = |it: &Exported| it.connection == connection && it.call == call;
        if call != "write" && found.iter().any(known) {
            continue;
        }
        let file = lab.home().join(format!("{}.tape", name.replace('/', "-")));
        let file = file.display().to_string();
        let line = format!("connector tape export {name} --unmasked --out {file}");
        lab.liaison(&line).exits(0);
        let lines = std::fs::read_to_string(&file).expect("it was written");
        found.push(Exported {
            connection,
            call,
            file,
            lines,
        });
    }
    found
}

/// Replays each tape twice, as `replay` is used: without the installation, by the component alone.
fn replays_to_the_byte(lab: &Lab, secrets: &[&str], at_least: &[(&str, &str)]) {
    let tapes = exported(lab);
    for (connection, call) in at_least {
        let found = tapes
            .iter()
            .any(|it| it.connection == *connection && it.call == *call);
        let all: Vec<_> = tapes.iter().map(|it| (&it.connection, &it.call)).collect();
        assert!(found, "no tape of {call} on {connection} among {all:?}");
    }
    let nowhere = tempfile::tempdir().expect("a folder");
    let mut steps = 0;
    for tape in &tapes {
        let name = tape.label()["component"]["name"].clone();
        let name = name.as_str().expect("a name");
        let component = repository().join(format!("target/connectors/{name}.wasm"));
        let line = format!(
            "--home {} --json connector replay {} --component {}",
            nowhere.path().join("none").display(),
            tape.file,
            component.display()
        );
        let said = lab.liaison(&line).exits(0).json();
        assert_eq!(said["answer"]["verdict"], json!("same"), "{}", tape.file);
        steps += said["answer"]["steps"].as_array().map_or(0, Vec::len);
        holds_no_secret(tape, secrets);
    }
    println!("tapes replayed: {}, steps: {steps}", tapes.len());
}

fn holds_no_secret(tape: &Exported, secrets: &[&str]) {
    for secret in secrets {
        let coded = STANDARD_NO_PAD.encode(secret);
        // The last letter of base64 depends on what follows.
        for form in [*secret, &coded[..coded.len() - 1]] {
            assert!(
                !tape.lines.contains(form),
                "{secret} stands on {}",
                tape.file
            );
        }
    }
}

fn run(lab: &Lab, line: &str) {
    let said = lab.liaison(line);
    assert!(
        [0, 4].contains(&said.exit),
        "{line}: {}{}",
        said.out,
        said.err
    );
}

#[test]
fn autotask_and_acomba_are_replayed_to_the_byte() {
    let lab = Lab::new();
    keep_all(&lab);
    run(&lab, "check");
    run(&lab, "run invoices");
    let secrets = ["LIAISON-SIM", "simulated-secret", "acme-key-0001"];
    let calls = [
        ("autotask", "changes"),
        ("autotask", "write"),
        ("acomba", "check"),
        ("acomba", "write"),
    ];
    replays_to_the_byte(&lab, &secrets, &calls);
}

#[test]
fn centrixone_is_replayed_to_the_byte() {
    let lab = Lab::crm();
    keep_all(&lab);
    for flow in ["users", "revenue_categories", "customers"] {
        run(&lab, &format!("run {flow}"));
    }
    let calls = [("centrixone", "query"), ("centrixone", "write")];
    let secrets = ["acme-key-0001", "centrix-key-0001"];
    replays_to_the_byte(&lab, &secrets, &calls[1..]);
}

#[test]
fn salesforce_and_intacct_are_replayed_to_the_byte() {
    let desks = Desks::new();
    keep_all(&desks.lab);
    run(&desks.lab, "check");
    run(&desks.lab, "run accounts");
    let calls = [("salesforce", "changes"), ("intacct", "write")];
    // A line of the private key.
    let sealed = ["intacct-user-0001", "sender-secret-0001", "PRIVATE KEY"];
    replays_to_the_byte(&desks.lab, &sealed, &calls);
}

#[test]
fn fusion_operations_and_quickbooks_are_replayed_to_the_byte() {
    let workshop = Workshop::new();
    keep_all(&workshop.lab);
    let run = workshop.with_sessions("--json run sales_orders");
    assert!([0, 4].contains(&run.exit), "{}{}", run.out, run.err);
    let secrets = ["fusion-secret-0001", workshop.password.as_str()];
    let calls = [
        ("fusion", "changes"),
        ("quickbooks", "inbound"),
        ("quickbooks", "write"),
    ];
    replays_to_the_byte(&workshop.lab, &secrets, &calls);
}

/// A component in which one text is another one of the same length.
fn changed(connector: &str, text: &str, other: &str, to: &Path) {
    let file = repository().join(format!("target/connectors/{connector}.wasm"));
    let mut bytes = std::fs::read(file).expect("the component is built");
    let mut changed = 0;
    for at in 0..bytes.len() - text.len() {
        if bytes[at..].starts_with(text.as_bytes()) {
            bytes[at..at + text.len()].copy_from_slice(other.as_bytes());
            changed += 1;
        }
    }
    assert!(changed > 0, "`{text}` stands in {connector}");
    std::fs::write(to, bytes).expect("it can be written");
}

#[test]
fn a_changed_component_departs_and_the_place_is_told() {
    let lab = Lab::new();
    keep_all(&lab);
    run(&lab, "run customers");
    let tapes = exported(&lab);
    let tape = tapes
        .iter()
        .find(|it| it.connection == "autotask" && it.call == "changes")
        .expect("Autotask was asked for changes");
    let component = lab.home().join("changed.wasm");
    changed("autotask", "/query", "/qwery", &component);
    let line = format!(
        "connector replay {} --component {}",
        tape.file,
        component.display()
    );
    lab.liaison(&line)
        .exits(4)
        .says("It departs at step")
        .says("at url")
        .says("/query")
        .says("/qwery");
    let told = lab.liaison(&format!("--json {line}")).exits(4).json()["answer"].clone();
    assert_eq!(told["verdict"], json!("departed"), "{told}");
    assert_eq!(told["departure"]["then"]["import"], json!("http.send"));
    assert_eq!(told["departure"]["difference"]["place"], json!("url"));
    lab.liaison(&format!("--lang fr {line}"))
        .exits(4)
        .says("Il s'écarte à l'étape");
}

#[test]
fn a_record_that_is_refused_carries_its_tape_and_an_export_hides_what_stood_in_records() {
    let lab = Lab::new();
    lab.in_acomba(
        json!({"do": "set_active", "interface": "Customer", "card_pos": 2, "active": false}),
    );
    lab.run_flow("invoices", 4);
    let told = lab.liaison("quarantine show invoices 155").exits(0);
    let name = told
        .out
        .lines()
        .find_map(|line| line.split("tape export ").nth(1))
        .unwrap_or_else(|| panic!("{}", told.out))
        .to_owned();
    let clear = lab.home().join("clear.tape").display().to_string();
    let masked = lab.home().join("masked.tape").display().to_string();
    lab.liaison(&format!(
        "connector tape export {name} --unmasked --out {clear}"
    ))
    .exits(0);
    lab.liaison(&format!("connector tape export {name} --out {masked}"))
        .exits(0)
        .says("replaced");
    lab.liaison(&format!("connector replay {clear}"))
        .exits(0)
        .says("equal to the byte");
    let read = |file: &str| std::fs::read_to_string(file).expect("it was written");
    let (clear, masked) = (read(&clear), read(&masked));
    let call: Value = serde_json::from_str(clear.lines().nth(1).expect("a call")).expect("JSON");
    let operations = call["arguments"]["operations"].as_array().cloned();
    let bodies: Vec<Value> = operations
        .into_iter()
        .flatten()
        .filter_map(|operation| serde_json::from_str(operation["body"].as_str()?).ok())
        .collect();
    let texts: Vec<&str> = bodies
        .iter()
        .filter_map(|body| body["lines"].as_array())
        .flatten()
        .filter_map(|line| line["description"].as_str())
        .filter(|text| text.len() > 8)
        .collect();
    assert!(!texts.is_empty(), "{call}");
    for text in texts {
        assert!(!masked.contains(text), "`{text}` stands on the masked tape");
    }
    // Sealed where they lie.
    let folder = lab.home().join("data/tapes/demo/acomba");
    for file in std::fs::read_dir(folder)
        .expect("there are tapes")
        .flatten()
    {
        let bytes = std::fs::read(file.path()).expect("it can be read");
        assert!(
            bytes.starts_with(b"age-encryption.org/"),
            "{:?}",
            file.path()
        );
    }
}

#[test]
fn off_keeps_nothing_and_a_wrong_word_is_told() {
    let lab = Lab::new();
    let file = lab.home().join("tenants/demo.toml");
    let before = std::fs::read_to_string(&file).expect("the tenant has a file");
    let with = |word: &str| {
        before
            .replace(
                "[connections.acomba]",
                &format!("[connections.acomba]\ntape = \"{word}\""),
            )
            .replace(
                "[connections.autotask]",
                &format!("[connections.autotask]\ntape = \"{word}\""),
            )
    };
    lab.write("tenants/demo.toml", &with("of"));
    lab.liaison("run invoices")
        .exits(2)
        .says("no choice of calls");
    lab.write("tenants/demo.toml", &with("off"));
    lab.run_flow("invoices", 4);
    lab.liaison("connector tape list")
        .exits(0)
        .says("No call is kept");
    lab.liaison("connector tape export nothing")
        .exits(2)
        .says("no tape `nothing`");
    lab.liaison("connector replay tenants/none.tape").exits(3);
}
