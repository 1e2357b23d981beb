//! What look-ups create, and what comes of it when answers are lost.

use serde_json::json;

use super::two_systems::{Fate, TwoSystems, all, at_once, tenant};
use super::{Engine, Selection};
use crate::model::FlowName;
use crate::model::run::ParkedKind;
use crate::store::{IntentKind, Store};

const THINGS: &str = r#"
format = 1
title = { en = "Things", fr = "Choses" }
source = { connector = "left", entity = "thing" }
target = { connector = "right", entity = "thing" }
mode = "one_way"
operations = ["create", "update"]

[fields]
name = { from = "name" }
maker = { from = "lookup.maker.id" }
number = { from = "lookup.maker.number" }

[lookup.maker]
in = "target.maker"
by = "name"
from = "maker"
on_missing = "create"

[lookup.maker.create.fields]
name = { from = "maker" }
code = { const = "new" }
"#;

/// Three things of two makers, of whom the target knows one.
fn things() -> (TwoSystems, Engine) {
    let systems = TwoSystems::new();
    for (id, maker) in [("1", "Acme"), ("2", "Bolt"), ("3", "Acme")] {
        let thing = json!({"name": format!("thing {id}"), "maker": maker});
        systems.put("left", "thing", id, thing);
    }
    systems.put(
        "right",
        "maker",
        "M9",
        json!({"name": "Bolt", "code": "old"}),
    );
    let engine = systems.engine(&[("things", THINGS)]);
    (systems, engine)
}

fn open(systems: &TwoSystems) -> usize {
    let intents = at_once(systems.store().intents(&tenant(), None)).expect("it answers");
    let needed = intents
        .iter()
        .filter(|intent| intent.kind == IntentKind::Needed);
    needed.count()
}

fn parked(systems: &TwoSystems) -> Vec<(String, ParkedKind)> {
    let parked = at_once(systems.store().parked_list(&tenant(), None)).expect("it answers");
    let parked = parked.into_iter();
    parked.map(|parked| (parked.code, parked.kind)).collect()
}

#[test]
fn what_is_missing_is_made_once_for_all_that_need_it() {
    let (systems, engine) = things();
    systems.run(&engine, "things");
    let makers = systems.records("right", "maker");
    assert_eq!(all(&makers, "name"), ["Acme", "Bolt"]);
    assert_eq!(all(&makers, "code"), ["new", "old"]);
    assert_eq!(
        all(&systems.records("right", "thing"), "maker"),
        ["M9", "R2"]
    );
    let made = systems.writes();
    let makers = made.iter().filter(|write| *write == "right.maker create");
    assert_eq!(makers.count(), 1, "{made:?}");
    systems.run(&engine, "things");
    assert_eq!(systems.writes(), Vec::<String>::new());
    assert_eq!(open(&systems), 0);
}

#[test]
fn whose_answer_is_lost_is_found_by_its_key_and_not_made_again() {
    for fate in [Fate::AnswerLost, Fate::Lost] {
        let (systems, engine) = things();
        systems.fate("right", "maker", &[fate]);
        systems.run(&engine, "things");
        systems.run(&engine, "things");
        let makers = systems.records("right", "maker");
        assert_eq!(
            makers.as_object().map(serde_json::Map::len),
            Some(2),
            "{fate:?}"
        );
        assert_eq!(
            all(&systems.records("right", "thing"), "name").len(),
            3,
            "{fate:?}"
        );
        assert_eq!(open(&systems), 0, "{fate:?}");
    }
}

#[test]
fn one_that_never_gets_an_answer_stays_open_and_goes_on_with_the_same_bytes() {
    let (systems, engine) = things();
    systems.fate("right", "maker", &[Fate::Lost; 8]);
    systems.run(&engine, "things");
    assert_eq!(open(&systems), 1);
    let waiting = ("lookup-create-refused".to_owned(), ParkedKind::Waiting);
    assert_eq!(parked(&systems), [waiting.clone(), waiting]);
    assert_eq!(all(&systems.records("right", "thing"), "name"), ["thing 2"]);
    systems.fate("right", "maker", &[]);
    systems.run(&engine, "things");
    assert_eq!(open(&systems), 0);
    assert_eq!(parked(&systems), []);
    assert_eq!(
        all(&systems.records("right", "maker"), "name"),
        ["Acme", "Bolt"]
    );
    assert_eq!(all(&systems.records("right", "thing"), "name").len(), 3);
}

#[test]
fn what_the_system_refuses_keeps_only_the_records_that_need_it() {
    let (systems, engine) = things();
    systems.fate("right", "maker", &[Fate::Refused]);
    systems.run(&engine, "things");
    assert_eq!(all(&systems.records("right", "thing"), "name"), ["thing 2"]);
    let refused = ("lookup-create-refused".to_owned(), ParkedKind::Quarantined);
    assert_eq!(parked(&systems), [refused.clone(), refused]);
    assert_eq!(open(&systems), 0);
}

#[test]
fn a_system_that_stops_the_run_has_nothing_half_made() {
    let (systems, engine) = things();
    systems.fate("right", "maker", &[Fate::Down]);
    let run = systems.run(&engine, "things");
    assert!(run.stopped.is_some());
    assert_eq!(systems.records("right", "thing"), json!({}));
    systems.run(&engine, "things");
    assert_eq!(
        all(&systems.records("right", "maker"), "name"),
        ["Acme", "Bolt"]
    );
}

#[test]
fn a_plan_says_what_would_be_made_and_makes_nothing() {
    let (systems, engine) = things();
    let flow = FlowName::parse("things").expect("a name");
    let plan = at_once(engine.plan(&flow, Selection::Changes)).expect("a plan");
    let shown: Vec<(String, usize)> = (plan.records.iter())
        .map(|record| (record.title.clone(), record.fields.len()))
        .collect();
    assert_eq!(shown[0], ("maker “Acme”".to_owned(), 2));
    assert_eq!(shown.len(), 4, "{shown:?}");
    let again = at_once(engine.plan(&flow, Selection::Changes)).expect("a plan");
    assert_eq!(plan.hash, again.hash);
    assert_eq!(systems.writes(), Vec::<String>::new());
}
