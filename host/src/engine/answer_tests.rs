//! A flow that only answers who asks, from what the other system has.

use serde_json::{Value, json};

use super::two_systems::{Fate, TwoSystems, at_once, tenant};
use super::{Engine, PlannedAction, Selection};
use crate::model::{FlowName, NativeId};
use crate::store::Store;

/// `maker` is what a person sets to ask, with the letters in `code`.
const FLOW: &str = r#"
format = 1
title = { en = "Lists", fr = "Listes" }
source = { connector = "left", entity = "thing" }
target = { connector = "right", entity = "thing" }
mode = "answer"
operations = []

[on_demand]
asked = "source.maker == 'please'"

[lookup.all]
in = "target.thing"
several = true
when = "is_empty(source.code)"
on_missing = "empty"

[lookup.some]
in = "target.thing"
several = true
by = "code"
from = "code"
on_missing = "empty"

[fields]
number = { expr = "as_text(len(lookup.all.found) + len(lookup.some.found))", when = "source.name != 'silent'" }
maker = { const = "done", when = "source.name != 'silent'" }

[[children.list]]
from = "lookup.all.found"
[children.list.fields]
name = { from = "line.name" }

[[children.list]]
from = "lookup.some.found"
[children.list.fields]
name = { expr = "line.name + '!'" }

[[reject]]
when = "source.name == 'bad'"
code = "bad"
message = { en = "it is bad", fr = "il est mauvais" }

[report]
entity = "source.maker"
open = { field = "code", not = "closed" }

[report.fields]
name = { from = "error.text" }
"#;

struct Office {
    systems: TwoSystems,
    engine: Engine,
}

impl Office {
    fn new() -> Self {
        let systems = TwoSystems::new();
        for (id, name, code) in [("R1", "one", "a"), ("R2", "two", "b"), ("R3", "three", "a")] {
            systems.put("right", "thing", id, json!({"name": name, "code": code}));
        }
        let engine = systems.engine(&[("lists", FLOW)]);
        Self { systems, engine }
    }

    fn asks(&self, fields: Value) {
        self.systems
            .put("left", "thing", "1", json!({"maker": "please"}));
        self.systems.put("left", "thing", "1", fields);
    }

    /// What a run writes.
    fn run(&self) -> Vec<String> {
        self.systems.run(&self.engine, "lists");
        self.systems.writes()
    }

    fn record(&self) -> Value {
        self.systems.records("left", "thing")["1"].clone()
    }

    /// Sets of links that hold any.
    fn links(&self) -> usize {
        let sets = at_once(self.systems.store().link_sets(&tenant()));
        sets.expect("the store answers").len()
    }
}

fn name() -> FlowName {
    FlowName::parse("lists").expect("a flow's name")
}

const NOTHING: [&str; 0] = [];

#[test]
fn who_asks_gets_the_list_and_nothing_is_linked() {
    let office = Office::new();
    office.asks(json!({"name": "a list"}));
    assert_eq!(office.run(), ["left.thing update"]);
    let told = office.record();
    assert_eq!(
        (&told["number"], &told["maker"]),
        (&json!("3"), &json!("done"))
    );
    assert_eq!(
        told["list"],
        json!([{"name": "one"}, {"name": "two"}, {"name": "three"}])
    );
    assert_eq!(office.run(), NOTHING, "nobody asks any more");
    office.asks(json!({"code": "a"}));
    assert_eq!(office.run(), ["left.thing update"]);
    assert_eq!(
        office.record()["list"],
        json!([{"name": "one!"}, {"name": "three!"}])
    );
    office.asks(json!({"code": "zzz"}));
    assert_eq!(office.run(), ["left.thing update"]);
    assert_eq!(
        (&office.record()["number"], &office.record()["list"]),
        (&json!("0"), &json!([]))
    );
    assert_eq!(office.links(), 0);
}

#[test]
fn a_lost_answer_is_given_again_and_a_refusal_is_told_once() {
    let office = Office::new();
    office.asks(json!({"name": "a list"}));
    office.systems.fate("left", "thing", &[Fate::Down]);
    assert_eq!(office.run(), NOTHING);
    assert_eq!(office.run(), ["left.thing update"], "the wish still stands");
    office.asks(json!({"name": "bad"}));
    assert_eq!(office.run(), ["left.maker create"]);
    assert_eq!(office.run(), NOTHING);
    office.asks(json!({"name": "good"}));
    assert_eq!(office.run(), ["left.thing update"]);
    let parked = at_once(office.systems.store().parked_list(&tenant(), Some(&name())));
    assert_eq!(parked.expect("the store answers"), []);
}

#[test]
fn nobody_is_answered_who_does_not_ask() {
    let office = Office::new();
    office.asks(json!({"name": "bad"}));
    assert_eq!(office.run(), ["left.maker create"]);
    // The refusal was the answer; a person has it tried again, and names it.
    office.systems.put(
        "left",
        "thing",
        "1",
        json!({"maker": "done", "name": "good"}),
    );
    let ids = vec![NativeId::parse("1").expect("an id")];
    let flow = name();
    at_once(office.engine.run(&flow, Selection::Records(ids))).expect("a summary");
    assert_eq!(office.systems.writes(), NOTHING);
    let parked = at_once(office.systems.store().parked_list(&tenant(), Some(&name())));
    assert_eq!(
        parked.expect("the store answers"),
        [],
        "what nobody asks any more stands aside no longer"
    );
}

#[test]
fn a_refused_answer_is_told_by_the_report() {
    let office = Office::new();
    office.asks(json!({"name": "a list"}));
    office.systems.fate("left", "thing", &[Fate::Refused]);
    assert_eq!(office.run(), ["left.maker create"]);
    assert_eq!(office.run(), NOTHING);
}

#[test]
fn where_the_rules_give_nothing_nothing_is_written_and_a_plan_shows_the_answer() {
    let office = Office::new();
    office.asks(json!({"name": "silent", "code": "zzz"}));
    assert_eq!(office.run(), NOTHING);
    office.asks(json!({"name": "a list", "code": "b"}));
    let plan = at_once(office.engine.plan(&name(), Selection::Changes)).expect("a plan");
    let [record] = plan.records.as_slice() else {
        panic!("{plan:?}");
    };
    assert_eq!(record.action, PlannedAction::Answer);
    assert!(
        record.fields.iter().any(|field| field.field == "list"),
        "{record:?}"
    );
    assert_eq!(office.systems.writes(), NOTHING);
}
