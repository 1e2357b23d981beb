//! A flow that takes what somebody asks for, and answers each time.

use serde_json::{Value, json};

use super::two_systems::{Fate, TwoSystems, at_once, tenant};
use super::{Engine, Selection};
use crate::model::{FlowName, NativeId};
use crate::store::Store;

/// `maker` is what a person sets to ask, `number` what is told back.
const FLOW: &str = r#"
format = 1
title = { en = "Asked", fr = "Demandés" }
source = { connector = "left", entity = "thing" }
target = { connector = "right", entity = "thing" }
mode = "one_way"
operations = ["create", "update"]
write_back_after = "sync"

[on_demand]
asked = "source.maker == 'please'"

[fields]
name = { from = "name" }

[[reject]]
when = "source.name == 'bad'"
code = "bad"
message = { en = "it is bad", fr = "il est mauvais" }

[write_back]
number = { from = "target.id" }
maker = { const = "done" }

[report]
entity = "source.maker"
open = { field = "code", not = "closed" }

[report.fields]
name = { from = "error.text" }

[report.write_back]
number = { const = "refused" }
"#;

struct Office {
    systems: TwoSystems,
    engine: Engine,
}

impl Office {
    fn new(record: Value) -> Self {
        let systems = TwoSystems::new();
        systems.put("left", "thing", "1", json!({"stamp": "0"}));
        systems.put("left", "thing", "1", record);
        let engine = systems.engine(&[("asked", FLOW)]);
        Self { systems, engine }
    }

    /// What a run writes.
    fn run(&self) -> Vec<String> {
        let run = self.systems.run(&self.engine, "asked");
        assert!(run.stopped.is_none(), "{:?}", run.stopped);
        self.systems.writes()
    }

    /// A person changes the record; its system notes that somebody did.
    fn put(&self, fields: Value) {
        self.systems.put("left", "thing", "1", fields);
        self.systems
            .put("left", "thing", "1", json!({"stamp": "by a person"}));
    }

    fn field(&self, field: &str) -> Value {
        self.systems.records("left", "thing")["1"][field].clone()
    }

    fn attempts(&self) -> Option<u32> {
        let flow = FlowName::parse("asked").expect("a flow's name");
        let parked = at_once(self.systems.store().parked_list(&tenant(), Some(&flow)));
        let parked = parked.expect("the store answers");
        parked.first().map(|parked| parked.attempts)
    }
}

const NOTHING: [&str; 0] = [];

#[test]
fn what_is_asked_for_is_sent_and_answered_each_time() {
    let office = Office::new(json!({"name": "a"}));
    assert_eq!(office.run(), NOTHING, "nobody asked");

    office.put(json!({"maker": "please"}));
    assert_eq!(office.run(), ["right.thing create", "left.thing update"]);
    assert_eq!(office.field("maker"), "done");
    assert_eq!(office.run(), NOTHING);

    office.put(json!({"name": "b"}));
    assert_eq!(office.run(), NOTHING, "an edit alone asks for nothing");
    office.put(json!({"maker": "please"}));
    assert_eq!(office.run(), ["right.thing update", "left.thing update"]);
    assert_eq!(office.field("maker"), "done");

    // Nothing is to be sent, and who asks hears of it all the same.
    office.put(json!({"maker": "please"}));
    assert_eq!(office.run(), ["left.thing update"]);
    assert_eq!(office.field("maker"), "done");
    assert_eq!(office.run(), NOTHING);
    assert_eq!(office.systems.records("right", "thing")["R1"]["name"], "b");
}

#[test]
fn a_refusal_is_told_once_and_tried_again_when_it_is_asked_for_again() {
    let office = Office::new(json!({"name": "bad", "maker": "please"}));
    // What is told back moves the record's stamp, and that is nobody's wish.
    assert_eq!(office.run(), ["left.maker create", "left.thing update"]);
    assert_eq!(office.field("number"), "refused");
    assert_eq!(office.attempts(), Some(1));
    assert_eq!(office.run(), NOTHING);
    assert_eq!(office.attempts(), Some(1));

    // The button once more, with the same values: tried again, and told in the report that is open.
    office.put(json!({"maker": "please"}));
    office.run();
    assert_eq!(office.attempts(), Some(2));
    assert_eq!(office.run(), NOTHING);
    assert_eq!(office.attempts(), Some(2));

    office.put(json!({"name": "good"}));
    assert_eq!(office.run(), ["right.thing create", "left.thing update"]);
    assert_eq!(office.attempts(), None);
    assert_eq!(office.field("maker"), "done");
}

#[test]
fn one_that_a_person_names_needs_no_other_wish() {
    let office = Office::new(json!({"name": "a"}));
    let flow = FlowName::parse("asked").expect("a flow's name");
    let named = Selection::Records(vec![NativeId::parse("1").expect("an id")]);
    at_once(office.engine.run(&flow, named)).unwrap_or_else(|halt| panic!("{halt}"));
    assert_eq!(
        office.systems.writes(),
        ["right.thing create", "left.thing update"]
    );
}

#[test]
fn an_answer_that_is_owed_takes_no_later_wish_away() {
    let office = Office::new(json!({"name": "a", "maker": "please"}));
    office.systems.fate("left", "thing", &[Fate::Down]);
    let run = office.systems.run(&office.engine, "asked");
    assert!(run.stopped.is_some(), "the answer could not be written");
    assert_eq!(office.systems.writes(), ["right.thing create"]);
    // Before it is, the record is renamed and asked for again.
    office.put(json!({"name": "b", "maker": "please"}));
    assert_eq!(office.run(), ["right.thing update", "left.thing update"]);
    assert_eq!(office.systems.records("right", "thing")["R1"]["name"], "b");
    assert_eq!(office.field("maker"), "done");
    assert_eq!(office.run(), NOTHING);
    let open = at_once(office.systems.store().intents(&tenant(), None));
    assert!(open.expect("the store answers").is_empty());
}

#[test]
fn what_is_refused_is_refused_once_also_where_an_answer_is_owed() {
    let office = Office::new(json!({"name": "a", "maker": "please"}));
    office.systems.fate("left", "thing", &[Fate::Down]);
    let run = office.systems.run(&office.engine, "asked");
    assert!(run.stopped.is_some(), "the answer could not be written");
    assert_eq!(office.systems.writes(), ["right.thing create"]);
    office.put(json!({"name": "bad", "maker": "please"}));
    assert_eq!(office.run(), ["left.maker create", "left.thing update"]);
    for _ in 0..2 {
        assert_eq!(office.run(), NOTHING);
        assert_eq!(office.attempts(), Some(1));
    }
    // It is owed all the same, and comes with what is mended.
    office.put(json!({"name": "good"}));
    assert_eq!(office.run(), ["right.thing update", "left.thing update"]);
    assert_eq!(office.field("maker"), "done");
    assert_eq!(office.run(), NOTHING);
    let open = at_once(office.systems.store().intents(&tenant(), None));
    assert!(open.expect("the store answers").is_empty());
}

#[test]
fn who_asks_for_what_is_in_conflict_is_told_once() {
    let office = Office::new(json!({"name": "a", "maker": "please"}));
    assert_eq!(office.run(), ["right.thing create", "left.thing update"]);
    // Its record is taken away over there, and asked for again.
    office.systems.take("right", "thing", "R1");
    office.put(json!({"name": "b", "maker": "please"}));
    assert_eq!(office.run(), ["left.maker create", "left.thing update"]);
    assert_eq!(office.field("number"), "refused");
    for _ in 0..2 {
        assert_eq!(office.run(), NOTHING);
    }
}

#[test]
fn a_wish_that_cannot_be_read_stops_the_run_and_refuses_nobody() {
    let systems = TwoSystems::new();
    systems.put(
        "left",
        "thing",
        "1",
        json!({"name": "a", "maker": "please"}),
    );
    let wrong = FLOW.replace(
        "source.maker == 'please'",
        "source[option.field] == 'please'",
    );
    let wrong = wrong.replace(
        "[on_demand]",
        "[options.field]\ntype = \"string\"\ndefault = \"mkaer\"\nhelp = { en = \"f\", fr = \"f\" }\n\n[on_demand]",
    );
    let engine = systems.engine(&[("asked", &wrong)]);
    let run = systems.run(&engine, "asked");
    assert!(run.stopped.is_some(), "{run:?}");
    assert!(systems.writes().is_empty());
}
