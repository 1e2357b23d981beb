//! A connector that means harm, as one end of a flow: the run ends in order and says whose fault it is,
//! nothing comes of it in the good system that was not asked for, and the flows beside it go on.

mod reach;

use std::time::{Duration, Instant};

use liaison_tests::{Lab, Said, repository};

/// With the limits below: each call that is stopped, the patience of a run between them, and a debug
/// build on a slow machine.
const RUN_MAX: Duration = Duration::from_secs(90);

const TENANT: &str = r#"
[connections.hostile]
connector = "hostile"
hosts = ["{acomba}"]
insecure = true
allow_private = ["{acomba}"]
settings = { url = "http://{acomba}", behaviour = "BEHAVIOUR" }
limits = { wall_ms = 1000, cpu_ms = 500 }

[flows.from-hostile]
file = "from-hostile.toml"
source = "hostile"
target = "acomba"

[flows.to-hostile]
file = "to-hostile.toml"
source = "acomba"
target = "hostile"
"#;

const FROM_HOSTILE: &str = r#"
format = 1
title = { en = "From the hostile one", fr = "Du méchant" }
description = { en = "What it says becomes customers", fr = "Ce qu'il dit devient des clients" }
source = { connector = "hostile", entity = "customer" }
target = { connector = "acomba", entity = "customer" }
mode = "one_way"
operations = ["create"]
schedule = "manual"

[[identity]]
natural = ["number"]
find = "on_exists"

[fields]
number = { expr = '"EVIL" + source.id', only_create = true }
name = { from = "name" }
"#;

const TO_HOSTILE: &str = r#"
format = 1
title = { en = "To the hostile one", fr = "Au méchant" }
description = { en = "It is given customers", fr = "On lui donne des clients" }
source = { connector = "acomba", entity = "customer" }
target = { connector = "hostile", entity = "customer" }
mode = "one_way"
operations = ["create"]
schedule = "manual"

[fields]
name = { from = "name" }
"#;

fn lab(behaviour: &str) -> Lab {
    let lab = Lab::new();
    let component = repository().join("target/guests/hostile.wasm");
    lab.install(&component);
    std::fs::create_dir_all(lab.home().join("flows/demo")).expect("a folder");
    lab.write("flows/demo/from-hostile.toml", FROM_HOSTILE);
    lab.write("flows/demo/to-hostile.toml", TO_HOSTILE);
    set(&lab, behaviour);
    lab
}

fn in_time(lab: &Lab, flow: &str) -> Said {
    let begun = Instant::now();
    let said = lab.liaison(&format!("--json run {flow}"));
    let took = begun.elapsed();
    assert!(took < RUN_MAX, "{flow} took {took:?}");
    assert!(!said.err.contains("thread '"), "{}", said.err);
    said
}

/// As a source: the exit code, and words of the reason.
const AS_SOURCE: &[(&str, i32, &str)] = &[
    ("good", 0, r#""created": 1"#),
    ("the-same-twice", 0, r#""unchanged": 1"#),
    ("loop", 3, "hostile"),
    ("memory", 3, "more memory than it gets"),
    ("recursion-on-the-stack", 3, "call stack exhausted"),
    ("panic", 3, "the hostile one panics"),
    ("sleep", 3, "hostile"),
    ("cursor-stands-still", 3, "the cursor it was given"),
    ("cursor-in-a-circle", 3, "its cursor leads nowhere new"),
    ("cursor-without-end", 3, "its cursor leads nowhere new"),
    ("no-json", 3, "does not parse"),
    ("bad-utf8", 3, "utf-8"),
    ("too-many", 3, "were asked for"),
];

/// As a target: a create whose outcome nobody knows is never sent twice, and each is told.
const AS_TARGET: &[(&str, i32, &str)] = &[
    // Its ids begin anew with each call.
    ("good", 4, "is already linked to"),
    // It reached no network: nothing can have come of it.
    ("loop", 4, "processor time"),
    ("too-few-outcomes", 4, "it may exist already"),
    ("too-many-outcomes", 4, "it may exist already"),
    ("one-id-for-all", 4, "it may exist already"),
    ("bad-id", 4, "it may exist already"),
];

#[test]
fn a_hostile_source_ends_its_own_run_and_no_other() {
    let lab = lab("good");
    let mut made = 0;
    for (behaviour, exit, words) in AS_SOURCE {
        set(&lab, behaviour);
        in_time(&lab, "from-hostile").exits(*exit).says(words);
        let evil = lab.acomba_cards("Customer").into_iter();
        let evil = evil.filter(|card| card["CuNumber"].to_string().contains("EVIL"));
        made = made.max(evil.count());
        assert!(made <= 1, "{behaviour} made {made} customers");
    }
    the_others_go_on(&lab);
    println!("{} hostile sources, {made} customer made", AS_SOURCE.len());
}

#[test]
fn a_hostile_target_gets_each_record_once() {
    for (behaviour, exit, words) in AS_TARGET {
        let lab = lab(behaviour);
        in_time(&lab, "to-hostile").exits(*exit).says(words);
        // What may be there already is not sent again by itself.
        let again = in_time(&lab, "to-hostile").exits(*exit);
        let asked = lab.liaison("--json quarantine list").json();
        let rows = asked["answer"].as_array().cloned().unwrap_or_default();
        let sent_again = rows.iter().filter(|row| row["attempts"] != 1).count();
        assert_eq!(sent_again, 0, "{behaviour}");
        let counts = again.json()["answer"]["counts"]["to-hostile"].clone();
        assert_eq!(counts["created"], 0, "{behaviour}: {counts}");
        the_others_go_on(&lab);
    }
    println!("{} hostile targets", AS_TARGET.len());
}

fn set(lab: &Lab, behaviour: &str) {
    let mut tenant = liaison_tests::TENANT.to_owned();
    tenant.push_str(&TENANT.replace("BEHAVIOUR", behaviour));
    lab.write_tenant("demo", &tenant);
}

fn the_others_go_on(lab: &Lab) {
    let said = lab.liaison("run customers");
    assert!(matches!(said.exit, 0 | 4), "{}{}", said.out, said.err);
}
