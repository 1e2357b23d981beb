//! A flow whose records need another flow's, made or brought up to date.

use serde_json::json;

use super::Engine;
use super::two_systems::{TwoSystems, at_once, tenant};
use crate::model::FlowName;
use crate::store::Store;

const DEALS: &str = r#"
format = 1
title = { en = "Deals", fr = "Affaires" }
source = { connector = "left", entity = "thing" }
target = { connector = "right", entity = "maker" }
mode = "one_way"
operations = ["create", "update"]

[fields]
name = { from = "name" }

[[reject]]
when = "source.name == 'bad'"
code = "bad"
message = { en = "it is bad", fr = "il est mauvais" }
"#;

const OFFERS: &str = r#"
format = 1
title = { en = "Offers", fr = "Offres" }
source = { connector = "left", entity = "thing" }
target = { connector = "right", entity = "thing" }
mode = "one_way"
operations = ["create", "update"]

[fields]
code = { from = "code" }
maker = { ref = "deals", from = "id", on_missing = "create", fresh = FRESH, only_create = true }

[[reject]]
when = "source.code == 'bad'"
code = "bad"
message = { en = "the offer is bad", fr = "l'offre est mauvaise" }
"#;

const NOTHING: [&str; 0] = [];

struct Office {
    systems: TwoSystems,
    engine: Engine,
}

impl Office {
    fn new(fresh: bool) -> Self {
        let systems = TwoSystems::new();
        let offers = OFFERS.replace("FRESH", &fresh.to_string());
        let engine = systems.engine(&[("deals", DEALS), ("offers", &offers)]);
        Self { systems, engine }
    }

    /// Somebody changes the record, and the offers run: what they write.
    fn change(&self, name: &str, code: &str) -> Vec<String> {
        let fields = json!({"name": name, "code": code});
        self.systems.put("left", "thing", "1", fields);
        let run = self.systems.run(&self.engine, "offers");
        assert!(run.stopped.is_none(), "{:?}", run.stopped);
        self.systems.writes()
    }
}

#[test]
fn what_is_linked_is_brought_up_to_date_where_that_is_wanted() {
    for (fresh, writes, name) in [
        (false, vec!["right.thing update"], "a"),
        (true, vec!["right.maker update", "right.thing update"], "b"),
    ] {
        let office = Office::new(fresh);
        let made = ["right.maker create", "right.thing create"];
        assert_eq!(office.change("a", "x"), made);
        assert_eq!(office.change("b", "y"), writes);
        assert_eq!(office.systems.records("right", "maker")["R1"]["name"], name);
        assert_eq!(office.systems.records("right", "thing")["R1"]["code"], "y");
    }
}

#[test]
fn what_cannot_be_brought_up_to_date_holds_back_who_needs_it_with_its_reason() {
    let office = Office::new(true);
    office.change("a", "x");
    assert_eq!(office.change("bad", "y"), NOTHING);
    let flow = FlowName::parse("offers").expect("a flow's name");
    let parked = at_once(office.systems.store().parked_list(&tenant(), Some(&flow)));
    let parked = parked.expect("the store answers");
    let told: Vec<&str> = (parked.iter())
        .map(|parked| parked.message.fallback.as_str())
        .collect();
    assert!(
        matches!(told[..], [words] if words.contains("it is bad")),
        "{told:?}"
    );
    let mended = ["right.maker update", "right.thing update"];
    assert_eq!(office.change("good", "y"), mended);
}

#[test]
fn nothing_is_made_for_a_record_that_is_refused_itself() {
    assert_eq!(Office::new(true).change("a", "bad"), NOTHING);
}
