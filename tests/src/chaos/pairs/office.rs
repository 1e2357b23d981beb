//! Acomba and CentrixOne, the people at both screens, and what must be so when they have gone home.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};

use liaison::model::run::{Event, Parked};
use liaison::model::{Link, LinkSide};
use serde_json::{Value, json};

use crate::chaos::dice::Dice;
use crate::chaos::simulation::story::Budget;
use crate::chaos::simulation::weather::{Place, Weather};
use crate::chaos::truth::Wrong;

pub const VENDORS: [&str; 2] = ["acomba", "centrixone"];
const ACOMBA: usize = 0;
const CENTRIXONE: usize = 1;

const EDITS_PER_MILLE: u64 = 15;
/// The list of customers in the seed.
const LIST: i64 = 7;

/// What both sides hold of a customer, by its names there and here.
const FIELDS: [(&str, &str); 4] = [
    ("CuCity", "city"),
    ("CuPostalCode", "zip"),
    ("CuProvince", "state"),
    ("CuWebAddress", "website"),
];
const VALUES: [[&str; 4]; 4] = [
    ["Alma", "Roberval", "Trois-Rivières", "Saint-Félicien"],
    ["G8B 1A1", "G8H 2L6", "H3B 4W8", "G1K 7R1"],
    ["QC", "ON", "NB", "MB"],
    [
        "https://un.example",
        "https://deux.example",
        "https://trois.example",
        "",
    ],
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    TwoWay,
    Mirror,
}

impl Mode {
    pub fn word(self) -> &'static str {
        match self {
            Self::TwoWay => "two_way",
            Self::Mirror => "mirror",
        }
    }
}

/// What somebody wrote.
#[derive(Debug, Clone)]
struct Edit {
    system: usize,
    /// The card in Acomba.
    card: i64,
    field: usize,
    value: String,
    at_ms: i64,
    /// How many lines of the story were written before it.
    line: usize,
    /// As far as anybody knew when the run before it was over, the field said this already.
    unseen: bool,
}

pub struct Office {
    weather: Weather,
    people: Dice,
    edits: Vec<Edit>,
    born: u64,
    /// Cards by their number, and when a run that compared their pair for the first time was over.
    compared: BTreeMap<i64, i64>,
    /// What the store knew of a field in the CRM when a run was over, by card and field; nothing where a write
    /// to it is in doubt.
    known: BTreeMap<(i64, usize), String>,
    /// Contacts that are nobody's customer, as they were.
    others: BTreeMap<i64, Value>,
}

impl Deref for Office {
    type Target = Weather;

    fn deref(&self) -> &Weather {
        &self.weather
    }
}

impl DerefMut for Office {
    fn deref_mut(&mut self) -> &mut Weather {
        &mut self.weather
    }
}

impl Place for Office {
    fn somebody_works(&mut self) {
        if self.people.per_mille(EDITS_PER_MILLE) {
            self.one_works();
        }
    }
}

impl Office {
    pub fn new(seed: u64, budget: Budget) -> Self {
        let beginnings = [
            (
                VENDORS[ACOMBA],
                include_str!("../../../simulators/seeds/acomba.json"),
            ),
            (
                VENDORS[CENTRIXONE],
                include_str!("../../../simulators/seeds/centrixone.json"),
            ),
        ];
        let mut office = Self {
            weather: Weather::new(seed, budget, &beginnings),
            people: Dice::new(seed, "people"),
            edits: Vec::new(),
            born: 0,
            compared: BTreeMap::new(),
            known: BTreeMap::new(),
            others: BTreeMap::new(),
        };
        office.others = (office.contacts().into_iter())
            .filter(|contact| !in_list(contact))
            .map(|contact| (number(&contact["id"]), contact))
            .collect();
        office
    }

    pub fn a_morning(&mut self) {
        for _ in 0..self.people.below(5) {
            self.one_works();
        }
    }

    /// Everybody has gone home and let go of what they held, and nothing goes wrong any more.
    pub fn calm(&mut self) {
        self.stormy = false;
        for card in self.cards() {
            let action = in_acomba("free", &card);
            self.do_in(ACOMBA, &action);
        }
    }

    fn one_works(&mut self) {
        let cards = self.cards();
        let Some(card) = self.people.pick(&cards).cloned() else {
            return;
        };
        let field = usize::try_from(self.people.below(4)).unwrap_or(0);
        let value = *self.people.pick(&VALUES[field]).unwrap_or(&"");
        match self.people.below(20) {
            0..=7 => {
                let mut action = in_acomba("edit", &card);
                action["set"] = json!({ FIELDS[field].0: value });
                self.edit(ACOMBA, &card, field, value, &action);
            }
            8..=15 => {
                let Some(contact) = self.contact_of(&card) else {
                    return;
                };
                let action = json!({"do": "edit", "entity": "Contacts", "id": contact["id"],
                    "set": { FIELDS[field].1: value }});
                self.edit(CENTRIXONE, &card, field, value, &action);
            }
            16 => {
                self.person_does(ACOMBA, &in_acomba("reserve", &card));
            }
            17 => {
                self.person_does(ACOMBA, &in_acomba("free", &card));
            }
            18 => {
                self.born += 1;
                let name = format!("Née au CRM {}", self.born);
                let action = json!({"do": "create", "entity": "Contacts", "record": {
                    "name": "Boivin", "firstname": "Luce", "company": name, "city": VALUES[0][1],
                    "zip": VALUES[1][1], "state": VALUES[2][0], "language": "FR", "lists": [LIST]}});
                self.person_does(CENTRIXONE, &action);
            }
            _ => {
                self.born += 1;
                let (born, name) = (self.born, format!("Client neuf {}", self.born));
                let action = json!({"do": "create", "company": "acme", "interface": "Customer",
                    "card": {"CuNumber": format!("NEUF-{born}"), "CuName": name, "CuSortKey": name,
                        "CuCity": VALUES[0][0], "CuPostalCode": VALUES[1][0],
                        "CuProvince": VALUES[2][0]}});
                self.person_does(ACOMBA, &action);
            }
        }
    }

    /// Remembers what somebody really changed.
    fn edit(&mut self, system: usize, card: &Value, field: usize, value: &str, action: &Value) {
        let has = match system {
            ACOMBA => Some(card.clone()),
            _ => self.contact_of(card),
        };
        let before = has.map(|has| text(&has, name(system, field)));
        let done = self.person_does(system, action);
        let known = self.known.get(&(number(&card["CardPos"]), field));
        let unseen = system == CENTRIXONE && known.is_some_and(|known| known == value);
        if done && before.as_deref() != Some(value) {
            self.edits.push(Edit {
                system,
                card: number(&card["CardPos"]),
                field,
                value: value.to_owned(),
                at_ms: self.now_ms,
                line: self.lines.len(),
                unseen,
            });
        }
    }

    /// Customers that are there and in use.
    fn cards(&self) -> Vec<Value> {
        let state = self.systems[ACOMBA].state();
        let cards = state["companies"]["acme"]["Customer"].as_array();
        let mut cards = cards.cloned().unwrap_or_default();
        cards.retain(|card| card["CuStatus"].as_i64().unwrap_or(0) == 0);
        cards
    }

    fn contacts(&mut self) -> Vec<Value> {
        let rows = self.do_in(CENTRIXONE, &json!({"do": "rows", "entity": "Contacts"}));
        rows.as_array().cloned().unwrap_or_default()
    }

    /// The contact that stands for a customer.
    fn contact_of(&mut self, card: &Value) -> Option<Value> {
        let id = external_id(card);
        let mut contacts = self.contacts().into_iter();
        contacts.find(|contact| contact["external_id"] == json!(id))
    }

    /// After a run: pairs of which both sides were seen to say the same. Of an image that stands with its side alone.
    pub fn note_compared(&mut self, links: &[Link]) {
        let kept = |side: &LinkSide| {
            let kept = side.base.as_ref().and_then(|base| base.get("kept"));
            kept.and_then(Value::as_object)
                .is_some_and(|kept| !kept.is_empty())
        };
        self.known.clear();
        for link in links {
            let card = link.left.id.as_str().parse().unwrap_or_default();
            let base = link.right.base.clone().unwrap_or_default();
            let begun = base["begun"].to_string();
            for field in 0..FIELDS.len() {
                let name = name(CENTRIXONE, field);
                let said = base["kept"].get(name);
                if let (Some(said), false) = (said, begun.contains(&format!("\"{name}\""))) {
                    let said = said.as_str().unwrap_or_default().to_owned();
                    self.known.insert((card, field), said);
                }
            }
        }
        for link in links.iter().filter(|link| kept(&link.right)) {
            let card = link.left.id.as_str().parse().unwrap_or_default();
            self.compared.entry(card).or_insert(self.weather.now_ms);
        }
    }

    pub fn compare(
        &mut self,
        mode: Mode,
        links: &[Link],
        parked: &[Parked],
        overwritten: &[Event],
    ) -> Vec<Wrong> {
        let (cards, contacts) = (self.cards(), self.contacts());
        let mut wrong = named_twice(&cards);
        for card in &cards {
            let card_id = number(&card["CardPos"]);
            let link = links
                .iter()
                .find(|link| link.left.id.as_str() == card_id.to_string());
            let aside = parked.iter().any(|record| {
                let id = record.id.as_str();
                id == card_id.to_string() || link.is_some_and(|link| link.right.id.as_str() == id)
            });
            let twins = (contacts.iter())
                .filter(|contact| contact["external_id"] == json!(external_id(card)));
            let twins: Vec<&Value> = twins.collect();
            if twins.len() > 1 {
                let words = format!("customer {card_id} has {} contacts", twins.len());
                wrong.push(Wrong::new("duplicated", words));
            }
            if aside {
                continue;
            }
            let (Some(_), Some(contact)) = (link, twins.first()) else {
                let words = format!("customer {card_id} is not in the CRM, and nobody says why");
                wrong.push(Wrong::new("lost", words));
                continue;
            };
            for field in 0..FIELDS.len() {
                let here = text(card, name(ACOMBA, field));
                let there = text(contact, name(CENTRIXONE, field));
                let of_pair = |event: &&Event| {
                    let id = event.record.as_ref().map_or("", |id| id.as_str());
                    id == card_id.to_string()
                        || Some(id) == contact["id"].as_str()
                        || id == number(&contact["id"]).to_string()
                        || link.is_some_and(|link| link.right.id.as_str() == id)
                };
                let told: Vec<&Event> = overwritten.iter().filter(of_pair).collect();
                let not_kept = |event: &&&Event| {
                    let mut args = event.message.args.iter();
                    let kept = |value: &String| *value == here || *value == there;
                    event.kind == "not-kept"
                        && args.any(|(name, value)| *name == "value" && kept(value))
                };
                if here != there && !told.iter().any(|event| not_kept(&event)) {
                    let words = format!(
                        "customer {card_id}, {}: `{here}` in Acomba, `{there}` in the CRM",
                        name(CENTRIXONE, field)
                    );
                    wrong.push(Wrong::new("wrong", words));
                }
                let linked_ms = link.map_or(0, |link| link.created_at.as_millisecond());
                let linked_ms = linked_ms - self.skew_ms;
                wrong.extend(self.not_lost(mode, card_id, field, &here, &told, linked_ms));
            }
        }
        for (id, before) in &self.others {
            let now = contacts
                .iter()
                .find(|contact| number(&contact["id"]) == *id);
            if now != Some(before) {
                let words = format!("contact {id} is no customer and was changed");
                wrong.push(Wrong::new("wrong", words));
            }
        }
        wrong
    }

    /// The last thing that somebody wrote into a field of a pair stands there, or the journal has it. Before
    /// the two were a pair, nothing tells which of them was edited later.
    fn not_lost(
        &self,
        mode: Mode,
        card: i64,
        field: usize,
        stands: &str,
        told: &[&Event],
        linked_ms: i64,
    ) -> Option<Wrong> {
        let mine =
            |edit: &&Edit| edit.card == card && edit.field == field && edit.at_ms > linked_ms;
        let last = self.edits.iter().rev().find(mine)?;
        // The journal names the value that is nowhere else any more, in the system's own words for it.
        let is_told = told.iter().any(|event| {
            let said = |key: &str, value: &str| {
                let mut args = event.message.args.iter();
                args.any(|(name, said)| *name == key && *said == value)
            };
            // Of one that was emptied it is told as well that nothing stands there.
            let emptied =
                last.value.is_empty() && (said("value", "null") || event.kind == "not-kept");
            event.at.as_millisecond() - self.skew_ms >= last.at_ms
                && said("connection", VENDORS[last.system])
                && said("field", name(last.system, field))
                && (emptied || said("value", &last.value))
        });
        // When the two are compared for the first time an empty field is filled from the other side.
        let compared_ms = self.compared.get(&card);
        let filled = last.value.is_empty() && compared_ms.is_some_and(|ms| last.at_ms <= *ms);
        if last.value == stands
            || is_told
            || filled
            || last.unseen
            || self.in_the_moment_of_a_write(last)
        {
            return None;
        }
        let of_books = self
            .edits
            .iter()
            .rev()
            .filter(mine)
            .find(|edit| edit.system == ACOMBA);
        let image = mode == Mode::Mirror && of_books.is_some_and(|edit| edit.value == stands);
        let of_field = told.iter().filter(|event| {
            let mut args = event.message.args.iter();
            args.any(|(key, said)| *key == "field" && *said == name(last.system, field))
        });
        let of_field: Vec<String> = of_field
            .map(|event| {
                format!(
                    "{} {}",
                    event.at.as_millisecond() - self.skew_ms - last.at_ms,
                    event.message.fallback
                )
            })
            .collect();
        let words = format!(
            "customer {card}, {}: `{}` was written last in {}, and `{stands}` stands there{}; told {of_field:?}",
            name(CENTRIXONE, field),
            last.value,
            VENDORS[last.system],
            if image {
                ", overwritten and not told"
            } else {
                ""
            }
        );
        Some(Wrong::new("lost", words))
    }
}

impl Office {
    /// CentrixOne takes no condition with a write, so what a person writes after the connector last looked and
    /// before its own write arrives is overwritten, and nobody can see it.
    fn in_the_moment_of_a_write(&self, edit: &Edit) -> bool {
        let about = |line: &&String, method: &str| {
            line.starts_with(&format!("{} {method} ", VENDORS[CENTRIXONE]))
                && line.contains("/Contacts-")
        };
        let mut after = self.lines[edit.line..].iter();
        let next = after.find(|line| about(line, "GET") || about(line, "POST"));
        edit.system == CENTRIXONE && next.is_some_and(|line| about(&line, "POST"))
    }
}

/// Nobody here gives two customers one name.
fn named_twice(cards: &[Value]) -> Vec<Wrong> {
    let mut times: BTreeMap<String, u64> = BTreeMap::new();
    for card in cards {
        *times.entry(text(card, "CuName")).or_default() += 1;
    }
    let twice = times.into_iter().filter(|(_, times)| *times > 1);
    let words = twice.map(|(name, times)| format!("{name} is {times} times in Acomba"));
    words.map(|words| Wrong::new("duplicated", words)).collect()
}

fn in_acomba(deed: &str, card: &Value) -> Value {
    json!({"do": deed, "company": "acme", "interface": "Customer", "card_pos": card["CardPos"]})
}

fn external_id(card: &Value) -> String {
    format!("acomba:{}", number(&card["CardPos"]))
}

fn in_list(contact: &Value) -> bool {
    let lists = contact["lists"].as_array();
    lists.is_some_and(|lists| lists.contains(&json!(LIST)))
}

fn name(system: usize, field: usize) -> &'static str {
    match system {
        ACOMBA => FIELDS[field].0,
        _ => FIELDS[field].1,
    }
}

/// Ids are numbers on one wire and texts on another.
fn number(value: &Value) -> i64 {
    let text = value.as_str().and_then(|text| text.parse().ok());
    value.as_i64().or(text).unwrap_or_default()
}

fn text(record: &Value, field: &str) -> String {
    record[field].as_str().unwrap_or_default().to_owned()
}
