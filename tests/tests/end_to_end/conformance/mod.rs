//! `liaison connector test`: our own connectors against their vendors in miniature, and each check against a
//! component that breaks its law alone.

mod shelf;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use liaison_tests::{control, program, repository, simulator};
use serde_json::{Value, json};

use shelf::{KEY, Shelf};

/// The answer of `connector test` and its exit code.
fn tested(arguments: &[&str]) -> (Value, i32) {
    let nowhere = tempfile::tempdir().expect("a folder");
    let output = Command::new(program())
        .arg("--json")
        .arg("--home")
        .arg(nowhere.path().join("none"))
        .args(["connector", "test"])
        .args(arguments)
        .env_remove("LIAISON_HOME")
        .env_remove("LIAISON_LANG")
        .output()
        .expect("target/debug/liaison is built by `cargo xtask test`");
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    let said: Value = serde_json::from_str(&out).unwrap_or_else(|error| {
        panic!("{error}: {out}{}", String::from_utf8_lossy(&output.stderr))
    });
    (said["answer"].clone(), output.status.code().unwrap_or(-1))
}

/// The checks with this verdict, as `name (about): reason`.
fn of(report: &Value, verdict: &str) -> Vec<String> {
    let checks = report["checks"].as_array().into_iter().flatten();
    checks
        .filter(|check| check["verdict"] == verdict)
        .map(|check| {
            let text = |field: &str| check[field].as_str().unwrap_or_default().to_owned();
            format!("{} ({}): {}", text("name"), text("about"), text("reason"))
        })
        .collect()
}

fn names(report: &Value, verdict: &str) -> BTreeSet<String> {
    let of = |line: &String| line.split(' ').next().unwrap_or_default().to_owned();
    self::of(report, verdict).iter().map(of).collect()
}

// ---- the twins ---------------------------------------------------------------------------------------

fn crooked_bytes() -> Vec<u8> {
    let file = repository().join("target/guests/crooked.wasm");
    std::fs::read(&file)
        .unwrap_or_else(|_| panic!("{} is missing: run `cargo xtask guests`", file.display()))
}

/// The component that breaks this law.
fn that_breaks(law: &str, folder: &Path) -> PathBuf {
    const MARK: &str = "crooked-breaks=";
    const LENGTH: usize = 56;
    let mut bytes = crooked_bytes();
    let sought = format!("{MARK}nothing");
    let at = bytes
        .windows(sought.len())
        .position(|window| window == sought.as_bytes())
        .expect("the guest has its mark");
    let text = format!("{:<LENGTH$}", format!("{MARK}{law}"));
    assert_eq!(text.len(), LENGTH, "{law} is too long");
    bytes[at..at + LENGTH].copy_from_slice(text.as_bytes());
    let file = folder.join(format!("{law}.wasm"));
    std::fs::write(&file, bytes).expect("it can be written");
    file
}

fn settings(folder: &Path) -> PathBuf {
    let given = json!({
        "settings": {"url": "{url}"},
        "secrets": {"key": KEY},
        "records": {"thing": {
            "create": {"code": "N-{n}", "name": "Thing {n}", "city": "Dolbeau", "amount": "17.25", "on": "2026-03-05"},
            "update": {"name": "Thing renamed {n}"},
            "unique": "code",
        }},
    });
    let file = folder.join("settings.json");
    std::fs::write(&file, given.to_string()).expect("it can be written");
    file
}

fn tries(component: &Path, folder: &Path) -> Value {
    let shelf = Shelf::start();
    let (component, settings) = (component.display().to_string(), settings(folder));
    let arguments = [
        component.as_str(),
        "--settings",
        settings.to_str().expect("a name"),
        "--server",
        &shelf.url(),
    ];
    let (report, exit) = tested(&arguments);
    let failed = of(&report, "failed");
    assert_eq!(exit, if failed.is_empty() { 0 } else { 4 }, "{failed:#?}");
    report
}

/// Checks whose law a component cannot break: it has no inputs but its imports, and no tape of another one.
const UNBREAKABLE: [&str; 1] = ["same-answers-same-result"];
/// Twins that fail other checks too, and which.
const ALSO: [(&str, &[&str]); 2] = [
    // A call that ends early ends with a fault, and in `check` nothing else is asked.
    ("stays-within-limits", &["doctor"]),
    // A record that is shown twice is shown twice among inserts as well.
    ("walk-shows-each-once", &["walk-bears-inserts"]),
];

#[test]
fn every_check_passes_for_the_sound_one_and_fails_for_its_twin() {
    let folder = tempfile::tempdir().expect("a folder");
    let sound = tries(&that_breaks("nothing", folder.path()), folder.path());
    assert_eq!(of(&sound, "failed"), Vec::<String>::new());
    assert_eq!(of(&sound, "skipped"), Vec::<String>::new());
    let checks = names(&sound, "passed");
    assert!(checks.len() > 50, "{checks:?}");
    let mut wrong = Vec::new();
    for law in &checks {
        if UNBREAKABLE.contains(&law.as_str()) {
            continue;
        }
        let report = tries(&that_breaks(law, folder.path()), folder.path());
        let failed = names(&report, "failed");
        let also = ALSO.iter().find(|(name, _)| name == law);
        let also: BTreeSet<&str> = also
            .iter()
            .flat_map(|(_, also)| also.iter().copied())
            .collect();
        let others: Vec<&String> = failed
            .iter()
            .filter(|name| *name != law && !also.contains(name.as_str()))
            .collect();
        if !failed.contains(law) || !others.is_empty() {
            wrong.push(format!("{law}: {:#?}", of(&report, "failed")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!("checks with a twin: {}", checks.len() - UNBREAKABLE.len());
}

#[test]
fn the_score_is_told_and_junit_holds_every_check() {
    let folder = tempfile::tempdir().expect("a folder");
    let component = that_breaks("words-fr", folder.path());
    let junit = folder.path().join("result.xml");
    let lab = liaison_tests::Lab::over(&[]);
    let line = format!(
        "connector test {} --junit {}",
        component.display(),
        junit.display()
    );
    lab.liaison(&line)
        .exits(4)
        .says("words-fr")
        .says("; 1 failed,");
    lab.liaison(&format!("--lang fr {line}"))
        .exits(4)
        .says("1 en échec");
    let xml = std::fs::read_to_string(junit).expect("it was written");
    assert!(
        xml.contains("failures=\"1\"") && xml.contains("words-fr"),
        "{xml}"
    );
}

// ---- our own -----------------------------------------------------------------------------------------

/// A connector of ours, and the simulator of its vendor; without one it is looked at by itself.
///
/// Fusion Operations is not among them yet: its simulator would have to be told not to count calls, as QuickBooks Online's is.
const OWN: [(&str, Option<&str>); 7] = [
    ("acomba", Some("acomba")),
    ("autotask", Some("autotask")),
    ("centrixone", Some("centrixone")),
    ("intacct", Some("sage-intacct")),
    ("salesforce", Some("salesforce")),
    ("qbd", None),
    ("qbo", Some("qbo")),
];

/// Kept failures go into the report of the test, so that one run shows all.
#[test]
fn our_own_connectors_pass() {
    let mut wrong = Vec::new();
    for (connector, vendor) in OWN {
        let component = repository().join(format!("target/connectors/{connector}.wasm"));
        let component = component.display().to_string();
        let settings = repository().join(format!("tests/conformance/{connector}.json"));
        let settings = settings.display().to_string();
        let simulator = vendor.map(simulator);
        // The kit makes more calls than the real one takes.
        if let (Some(running), "qbo") = (&simulator, connector) {
            for switch in ["per_minute", "batches_per_minute"] {
                control(running, &json!({"do": "set", "switch": switch, "value": 0}));
            }
        }
        let url = simulator.as_ref().map(|it| it.url());
        let mut arguments = vec![component.as_str(), "--settings", &settings];
        if let Some(url) = &url {
            arguments.extend(["--server", *url]);
        }
        let (report, _) = tested(&arguments);
        let count = |verdict: &str| of(&report, verdict).len();
        let (passed, failed) = (count("passed"), count("failed"));
        println!(
            "{connector}: {passed} of {}; {} not made",
            passed + failed,
            count("skipped")
        );
        for line in of(&report, "failed") {
            wrong.push(format!("{connector}: {line}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
