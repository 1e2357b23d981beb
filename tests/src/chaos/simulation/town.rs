//! Autotask and Acomba, and what their people did that the books alone do not tell.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Deref, DerefMut};

use serde_json::{Value, json};

use super::people;
use super::story::Budget;
use super::weather::{Place, Weather};
use crate::chaos::dice::Dice;

const EDITS_PER_MILLE: u64 = 15;

pub const VENDORS: [&str; 2] = ["autotask", "acomba"];

pub struct Town {
    weather: Weather,
    pub people: Dice,
    /// What is run when.
    pub story: Dice,
    /// Companies whose identifier somebody emptied, which asks for a customer anew.
    pub emptied: BTreeMap<i64, u64>,
    /// Companies that moved to another city, and when.
    pub moved: BTreeMap<i64, i64>,
    /// Customers that somebody edited in Acomba.
    pub edited: BTreeSet<String>,
}

impl Deref for Town {
    type Target = Weather;

    fn deref(&self) -> &Weather {
        &self.weather
    }
}

impl DerefMut for Town {
    fn deref_mut(&mut self) -> &mut Weather {
        &mut self.weather
    }
}

impl Place for Town {
    fn somebody_works(&mut self) {
        if self.people.per_mille(EDITS_PER_MILLE) {
            self.edit();
        }
    }
}

impl Town {
    pub fn new(seed: u64, budget: Budget) -> Self {
        let beginnings = [
            (
                VENDORS[0],
                include_str!("../../../simulators/seeds/autotask.json"),
            ),
            (
                VENDORS[1],
                include_str!("../../../simulators/seeds/acomba.json"),
            ),
        ];
        let mut town = Self {
            weather: Weather::new(seed, budget, &beginnings),
            people: Dice::new(seed, "people"),
            story: Dice::new(seed, "story"),
            emptied: BTreeMap::new(),
            moved: BTreeMap::new(),
            edited: BTreeSet::new(),
        };
        town.do_in(
            0,
            &json!({"do": "set", "switch": "requestLimit", "value": 1_000_000_000}),
        );
        town
    }

    /// Somebody does something at a vendor's screen.
    pub fn edit(&mut self) {
        let allowed = self.edits_done < self.budget.edits;
        let mut dice = self.people.clone();
        let edit = people::something(self, &mut dice);
        self.people = dice;
        if allowed && let Some((place, action)) = edit {
            if action["fields"]["userDefinedFields"] == people::emptied() {
                let company = action["id"].as_i64().unwrap_or_default();
                *self.emptied.entry(company).or_default() += 1;
            }
            if let Some(city) = action["fields"].get("city") {
                let rows = self.rows("Companies");
                let company = rows.iter().find(|row| row["id"] == action["id"]);
                // Saying again where it is, is no move.
                if company.is_some_and(|company| company["city"] != *city) {
                    let company = action["id"].as_i64().unwrap_or_default();
                    self.moved.insert(company, self.now_ms);
                }
            }
            if action["do"] == "edit" {
                self.edited.insert(action["card_pos"].to_string());
            }
            self.weather.person_does(place, &action);
        }
    }

    pub fn rows(&mut self, entity: &str) -> Vec<Value> {
        let rows = self.do_in(0, &json!({"do": "rows", "entity": entity}));
        rows.as_array().cloned().unwrap_or_default()
    }

    /// Everything of the one company in Acomba that belongs to an interface.
    pub fn cards(&self, interface: &str) -> Vec<Value> {
        let state = self.systems[1].state();
        let cards = state["companies"]["acme"][interface].as_array();
        cards.cloned().unwrap_or_default()
    }
}
