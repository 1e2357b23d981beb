//! Two flows of opposite directions that share their links.

use serde_json::{Value, json};

use super::two_systems::{Fate, TwoSystems, all, at_once, tenant};
use super::{Engine, ladder};
use crate::model::{FlowName, Side};
use crate::store::Store;

const PUSH: &str = r#"
format = 1
title = { en = "Push", fr = "Envoi" }
source = { connector = "left", entity = "thing" }
target = { connector = "right", entity = "thing" }
mode = "one_way"
operations = ["create", "update"]

[fields]
name = { from = "name" }
code = { from = "code", only_create = true }
"#;

const PULL: &str = r#"
format = 1
title = { en = "Pull", fr = "Retour" }
source = { connector = "right", entity = "thing" }
target = { connector = "left", entity = "thing" }
mode = "one_way"
operations = ["create", "update"]
reverse_of = "push"

[fields]
name = { from = "name" }
code = { from = "code" }
"#;

fn both() -> (TwoSystems, Engine) {
    let systems = TwoSystems::new();
    systems.put("left", "thing", "1", json!({"name": "ours", "code": "a"}));
    systems.put(
        "right",
        "thing",
        "X",
        json!({"name": "theirs", "code": "b"}),
    );
    let engine = systems.engine(&[("push", PUSH), ("pull", PULL)]);
    (systems, engine)
}

fn run(systems: &TwoSystems, engine: &Engine, flows: &[&str]) {
    for flow in flows {
        let run = systems.run(engine, flow);
        assert!(run.stopped.is_none(), "{flow}: {:?}", run.stopped);
    }
}

fn names(systems: &TwoSystems, system: &str) -> Vec<String> {
    all(&systems.records(system, "thing"), "name")
}

#[test]
fn what_one_made_is_never_made_by_the_other() {
    for order in [["push", "pull"], ["pull", "push"]] {
        let (systems, engine) = both();
        run(&systems, &engine, &order);
        run(&systems, &engine, &order);
        for system in ["left", "right"] {
            let records = systems.records(system, "thing");
            assert_eq!(
                records.as_object().map(serde_json::Map::len),
                Some(2),
                "{order:?}"
            );
            assert_eq!(names(&systems, system), ["ours", "theirs"]);
        }
        let writes = systems.writes();
        assert_eq!(writes.len(), 2, "{order:?}: {writes:?}");
        let set = &engine.flows.values().next().expect("a flow").set;
        let links = at_once(systems.store().link_page(set, None, 10)).expect("links");
        let pairs: Vec<(&str, &str)> = (links.iter())
            .map(|link| {
                (
                    link.side(Side::Left).id.as_str(),
                    link.side(Side::Right).id.as_str(),
                )
            })
            .collect();
        assert_eq!(pairs, [("1", "R2"), ("L2", "X")], "{order:?}");
    }
}

#[test]
fn a_pair_goes_on_in_the_direction_in_which_it_was_first_sent() {
    let (systems, engine) = both();
    run(&systems, &engine, &["push", "pull"]);
    systems.put("left", "thing", "1", json!({"name": "ours, changed"}));
    systems.put("right", "thing", "X", json!({"name": "theirs, changed"}));
    // What people change at the other end stays there.
    systems.put("right", "thing", "R2", json!({"code": "z"}));
    systems.put("left", "thing", "L2", json!({"code": "y"}));
    systems.writes();
    run(&systems, &engine, &["pull", "push", "pull", "push"]);
    let mut writes = systems.writes();
    writes.sort();
    assert_eq!(writes, ["left.thing update", "right.thing update"]);
    let field = |system: &str, id: &str, field: &str| -> Value {
        systems.records(system, "thing")[id][field].clone()
    };
    assert_eq!(field("right", "R2", "name"), "ours, changed");
    assert_eq!(field("left", "L2", "name"), "theirs, changed");
    assert_eq!(field("right", "R2", "code"), "z");
    assert_eq!(field("left", "L2", "code"), "y");
    assert_eq!(field("left", "1", "code"), "a");
}

#[test]
fn what_may_be_the_lost_create_of_the_other_is_not_taken_for_new() {
    let (systems, engine) = both();
    systems.fate("right", "thing", &[Fate::AnswerLost]);
    // Nothing tells the first create of this system from a second: it may be there, or not.
    run(&systems, &engine, &["push"]);
    run(&systems, &engine, &["pull"]);
    let parked = at_once(systems.store().parked_list(&tenant(), None)).expect("it answers");
    let codes: Vec<&str> = parked.iter().map(|parked| parked.code.as_str()).collect();
    assert!(codes.contains(&ladder::MAY_EXIST), "{codes:?}");
    assert!(codes.contains(&"other-side-uncertain"), "{codes:?}");
    assert_eq!(names(&systems, "left"), ["ours"]);
}

#[test]
fn a_reference_finds_what_either_of_them_linked() {
    let refers = PUSH
        .replace("entity = \"thing\" }\nmode", "entity = \"maker\" }\nmode")
        .replace(
            "code = { from = \"code\", only_create = true }",
            "maker = { ref = \"push\", from = \"maker\", on_missing = \"error\" }",
        );
    let refers = refers.replace(
        "\"left\", entity = \"thing\"",
        "\"left\", entity = \"maker\"",
    );
    let (systems, _) = both();
    let engine = systems.engine(&[("push", PUSH), ("pull", PULL), ("refers", &refers)]);
    run(&systems, &engine, &["push", "pull"]);
    systems.put("left", "maker", "8", json!({"name": "m", "maker": "1"}));
    systems.put("left", "maker", "9", json!({"name": "n", "maker": "L2"}));
    run(&systems, &engine, &["refers"]);
    assert_eq!(
        all(&systems.records("right", "maker"), "maker"),
        ["R2", "X"]
    );
}

#[test]
fn verify_looks_at_each_pair_from_the_side_that_sends_it() {
    let (systems, engine) = both();
    run(&systems, &engine, &["push", "pull"]);
    systems.put("right", "thing", "R2", json!({"name": "edited over there"}));
    systems.put("left", "thing", "L2", json!({"name": "edited over here"}));
    let differs = |flow: &str| {
        let flow = FlowName::parse(flow).expect("a name");
        let found = at_once(engine.verify(&flow)).expect("it can be verified");
        let pairs = found.differences.into_iter();
        pairs
            .map(|found| format!("{} {} {:?}", found.source, found.target, found.field))
            .collect::<Vec<_>>()
    };
    assert_eq!(differs("push"), ["1 R2 Some(\"name\")"]);
    assert_eq!(differs("pull"), ["X L2 Some(\"name\")"]);
}
