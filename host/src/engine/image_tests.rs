//! A mirror is what its source says, also where somebody deletes of it.

use serde_json::json;

use super::two_systems::{Fate, TwoSystems, all, at_once, tenant};
use super::{Engine, PlannedAction, Selection};
use crate::model::{FlowName, NativeId};
use crate::store::Store;

const FLOW: &str = r#"
format = 1
title = { en = "Mirrored", fr = "Reflétés" }
source = { connector = "left", entity = "thing" }
target = { connector = "right", entity = "thing" }
mode = "mirror"
operations = ["create", "update"]

[fields]
name = { from = "name" }
"#;

struct Hall {
    systems: TwoSystems,
    engine: Engine,
}

impl Hall {
    /// Three records, and the image of each.
    fn new() -> Self {
        let systems = TwoSystems::new();
        for (id, name) in [("1", "one"), ("2", "two"), ("3", "three")] {
            systems.put("left", "thing", id, json!({ "name": name }));
        }
        let engine = systems.engine(&[("mirrored", FLOW)]);
        let hall = Self { systems, engine };
        assert_eq!(hall.run(), ["right.thing create"; 3]);
        assert_eq!(hall.run(), [""; 0]);
        hall
    }

    /// What a run writes.
    fn run(&self) -> Vec<String> {
        let run = self.systems.run(&self.engine, "mirrored");
        assert!(run.stopped.is_none(), "{:?}", run.stopped);
        self.systems.writes()
    }

    fn images(&self) -> Vec<String> {
        all(&self.systems.records("right", "thing"), "name")
    }

    fn links(&self) -> usize {
        let flow = FlowName::parse("mirrored").expect("a name");
        let set = &self.engine.flows[&flow].set;
        at_once(self.systems.store().link_page(set, None, 100))
            .expect("the store")
            .len()
    }

    fn parked(&self) -> usize {
        at_once(self.systems.store().parked_list(&tenant(), None))
            .expect("the store")
            .len()
    }
}

#[test]
fn a_deleted_image_is_made_again_once() {
    let hall = Hall::new();
    hall.systems.delete("right", "thing", "R2");
    assert_eq!(hall.run(), ["right.thing create"]);
    for _ in 0..3 {
        assert_eq!(hall.run(), [""; 0]);
    }
    assert_eq!(hall.images(), ["one", "three", "two"]);
    assert_eq!((hall.links(), hall.parked()), (3, 0));
}

#[test]
fn one_that_is_refused_waits_for_whoever_mends_it() {
    let hall = Hall::new();
    hall.systems.delete("right", "thing", "R2");
    hall.systems.fate("right", "thing", &[Fate::Refused]);
    assert_eq!(hall.run(), [""; 0]);
    assert_eq!((hall.links(), hall.parked()), (2, 1));
    hall.systems
        .put("left", "thing", "2", json!({"name": "second"}));
    assert_eq!(hall.run(), ["right.thing create"]);
    assert_eq!(hall.images(), ["one", "second", "three"]);
    assert_eq!((hall.links(), hall.parked()), (3, 0));
}

#[test]
fn one_whose_source_is_gone_as_well_stays_away() {
    let hall = Hall::new();
    hall.systems.delete("right", "thing", "R2");
    hall.systems.take("left", "thing", "2");
    for _ in 0..3 {
        assert_eq!(hall.run(), [""; 0]);
    }
    assert_eq!(hall.images(), ["one", "three"]);
    assert_eq!((hall.links(), hall.parked()), (2, 0));
}

#[test]
fn what_the_target_only_does_not_show_is_not_made_again() {
    let hall = Hall::new();
    hall.systems.take("right", "thing", "R2");
    for _ in 0..3 {
        assert_eq!(hall.run(), [""; 0]);
    }
    assert_eq!(hall.links(), 3);
}

/// Somebody, or something, takes it away each time.
#[test]
fn what_is_deleted_again_and_again_is_left_to_a_person_in_the_end() {
    let hall = Hall::new();
    let mut made = 0;
    for _ in 0..40 {
        let images = hall.systems.records("right", "thing");
        let images = images.as_object().expect("records");
        let image = images.iter().find(|(_, image)| image["name"] == "two");
        if let Some((id, _)) = image {
            hall.systems.delete("right", "thing", id);
        }
        made += hall.run().len();
    }
    println!("made again {made} times of 40");
    assert!((20..30).contains(&made), "{made}");
    assert_eq!(hall.images(), ["one", "three"]);
    assert_eq!(hall.parked(), 1);
}

#[test]
fn one_that_the_flow_does_not_take_any_more_stays_away() {
    let mut hall = Hall::new();
    hall.systems.delete("right", "thing", "R2");
    let flow = FLOW.replace(
        "[fields]",
        "filter = [{ field = \"name\", op = \"not_eq\", value = \"two\" }]\n[fields]",
    );
    hall.engine = hall.systems.engine(&[("mirrored", &flow)]);
    assert_eq!(hall.run(), [""; 0]);
    assert_eq!(hall.run(), [""; 0]);
    assert_eq!((hall.links(), hall.parked()), (2, 0));
}

#[test]
fn a_plan_says_what_a_run_would_make_and_makes_nothing() {
    let hall = Hall::new();
    hall.systems.delete("right", "thing", "R2");
    let flow = FlowName::parse("mirrored").expect("a name");
    let plan = at_once(hall.engine.plan(&flow, Selection::Changes)).expect("a plan");
    let planned = plan.records.iter();
    let planned: Vec<_> = planned
        .map(|record| (record.id.as_str(), record.action))
        .collect();
    assert_eq!(planned, [("2", PlannedAction::Create)]);
    assert_eq!((hall.links(), hall.parked()), (3, 0));
}

#[test]
fn a_create_without_an_answer_is_not_made_twice() {
    let hall = Hall::new();
    hall.systems.delete("right", "thing", "R2");
    hall.systems.fate("right", "thing", &[Fate::AnswerLost]);
    for _ in 0..3 {
        hall.run();
    }
    let id = NativeId::parse("2").expect("an id");
    let flow = FlowName::parse("mirrored").expect("a name");
    let parked = at_once(hall.systems.store().parked(&tenant(), &flow, &[id])).expect("the store");
    // Nothing tells whether it was made: a person looks, and nothing makes it a second time.
    assert_eq!(parked.into_iter().flatten().count(), 1);
    assert_eq!(hall.images(), ["one", "three", "two"]);
}
