//! A flow that numbers what it creates.

use serde_json::json;

use super::two_systems::{Fate, TwoSystems, all, at_once};
use super::{Engine, Selection};
use crate::model::FlowName;

const NUMBERED: &str = r#"
format = 1
title = { en = "Offers", fr = "Offres" }
source = { connector = "left", entity = "thing" }
target = { connector = "right", entity = "thing" }
mode = "one_way"
operations = ["create", "update"]

[fields]
name = { from = "name" }
code = { expr = '"P-" + as_text(run.count)', only_create = true }
"#;

struct Numbered {
    systems: TwoSystems,
    engine: Engine,
}

impl Numbered {
    fn new() -> Self {
        let systems = TwoSystems::new();
        let engine = systems.engine(&[("offers", NUMBERED)]);
        Self { systems, engine }
    }

    fn put(&self, id: &str) {
        let fields = json!({"name": format!("offer {id}")});
        self.systems.put("left", "thing", id, fields);
    }

    fn run(&self) {
        self.systems.run(&self.engine, "offers");
    }

    fn codes(&self) -> Vec<String> {
        all(&self.systems.records("right", "thing"), "code")
    }
}

#[test]
fn each_that_is_created_has_the_next_number_and_keeps_it() {
    let mut numbered = Numbered::new();
    numbered.put("1");
    numbered.put("2");
    numbered.run();
    assert_eq!(numbered.codes(), ["P-1", "P-2"]);
    numbered
        .systems
        .put("left", "thing", "1", json!({"name": "another"}));
    numbered.run();
    assert_eq!(numbered.codes(), ["P-1", "P-2"]);
    // Another process goes on where this one was.
    numbered.engine = numbered.systems.engine(&[("offers", NUMBERED)]);
    numbered.put("3");
    numbered.run();
    assert_eq!(numbered.codes(), ["P-1", "P-2", "P-3"]);
}

#[test]
fn a_lost_answer_uses_no_second_number_and_a_refusal_leaves_a_gap() {
    for (fate, codes) in [
        (Fate::AnswerLost, ["P-1", "P-2"]),
        (Fate::Refused, ["P-2", "P-3"]),
    ] {
        let numbered = Numbered::new();
        numbered.put("1");
        numbered.systems.fate("right", "thing", &[fate]);
        numbered.run();
        numbered.put("2");
        numbered.run();
        // What was refused is tried again when it has changed.
        let changed = json!({"name": "offer 1, mended"});
        numbered.systems.put("left", "thing", "1", changed);
        numbered.run();
        assert_eq!(numbered.codes(), codes, "{fate:?}");
    }
}

#[test]
fn a_plan_uses_no_number() {
    let numbered = Numbered::new();
    numbered.put("1");
    let flow = FlowName::parse("offers").expect("a flow's name");
    for _ in 0..2 {
        let plan = at_once(numbered.engine.plan(&flow, Selection::Changes));
        let plan = plan.unwrap_or_else(|halt| panic!("{halt}"));
        let fields = &plan.records[0].fields;
        let code = fields.iter().find(|field| field.field == "code");
        let shown = code.map(|field| field.to.to_string());
        assert_eq!(shown.as_deref(), Some("\"(of the run: code)\""));
    }
    numbered.run();
    assert_eq!(numbered.codes(), ["P-1"]);
}
