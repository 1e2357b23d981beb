//! Two systems that hold people, each in its own words, and the people who work in them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use liaison::catalogue::Catalogue;
use liaison::config::flow::FlowFile;
use liaison::config::source::SourceText;
use liaison::config::tenant::{OptionValues, TableValues};
use liaison::connector::Connector;
use liaison::engine::world::World;
use liaison::engine::{Endpoint, Engine, FlowInstance, Notice, Observer};
use liaison::mapping::{self, Binding};
use liaison::model::manifest::{
    ChangeSource, EntitySpec, Idempotency, Limits, Manifest, Operations,
};
use liaison::model::run::{Event, Parked};
use liaison::model::{
    Action, Applied, Condition, ConnectionId, Entity, Entry, Fault, FaultKind, Finding, FlowName,
    Link, LinkSet, NativeId, Operation, Outcome, Page, Scope, Side, Text,
};
use liaison::store::Intent;
use liaison::store::memory::MemoryStore;
use serde_json::{Map, Value, json};

use super::{Policy, tenant};
use crate::chaos::dice::Dice;
use crate::chaos::simulation::Killed;
use crate::chaos::truth::Wrong;

/// One field is split in two over there, one is the same, one is the left side's alone. Either side keeps
/// the id of the other's record that a create was for.
const FLOW: &str = r#"
format = 1
title = { en = "People", fr = "Gens" }
description = { en = "People here are people there", fr = "Les gens d'ici sont ceux de là" }
source = { connector = "left", entity = "person" }
target = { connector = "right", entity = "person" }
mode = "two_way"
operations = ["create", "update"]
schedule = "manual"

[conflict]
POLICY

[fields]
key = { from = "source.id", only_create = true }
first = { expr = 'before_last(source.who, " ")' }
last = { expr = 'after_last(source.who, " ")' }
city = { from = "town" }
number = { from = "no", owner = "source" }

[back]
operations = ["create", "update"]

[back.fields]
key = { from = "source.id", only_create = true }
who = { expr = 'trim(source.first + " " + source.last)' }
"#;

const FAULTS_PER_MILLE: u64 = 120;
const BEGIN_MS: i64 = 1_791_205_200_000;
const LEFT_FIELDS: [&str; 3] = ["who", "town", "no"];
const RIGHT_FIELDS: [&str; 3] = ["first", "last", "city"];
const VALUES: [&str; 7] = [
    "Roy",
    "Julie Roy",
    "Marc",
    "Alma",
    " Roberval",
    "Saint-Félicien ",
    "",
];

/// Fields that go together, of both sides.
const NAME: [&str; 3] = ["who", "first", "last"];
const TOWN: [&str; 2] = ["town", "city"];

type Fields = BTreeMap<String, String>;

#[derive(Debug, Clone, Default)]
struct Person {
    fields: Fields,
    version: u64,
    changed_ms: i64,
}

/// What somebody did to one field.
#[derive(Debug, Clone)]
pub struct Edit {
    side: Side,
    id: String,
    field: &'static str,
    value: String,
    at: i64,
    /// As far as anybody could know between two runs, the field said this already.
    unseen: bool,
    /// Somebody did it while a run was under way.
    meanwhile: bool,
    /// It was overwritten in the moment of a write by a system that takes no condition with it.
    blind: bool,
}

/// What the store knows that a field said.
type Known = BTreeSet<(&'static str, String, String, String)>;

/// What both systems hold, the clock, and the weather.
pub struct Books {
    policy: Policy,
    now_ms: i64,
    people: [BTreeMap<String, Person>; 2],
    tokens: BTreeMap<String, String>,
    /// The right system stores texts without the blanks around them.
    trims: bool,
    /// Systems refuse an update against an old version.
    versions: bool,
    /// A create that is sent again is known by its token, or else by the key that we gave it.
    knows_tokens: bool,
    /// The answer to an update holds the record as it is now.
    answers: bool,
    /// Changes are listed by when they happened, not all at each time.
    stamps: bool,
    dice: Dice,
    chance: Dice,
    stormy: bool,
    steps_to_kill: Option<u64>,
    pub edits: Vec<Edit>,
    /// Edits, by their place, of records that nobody has looked at since.
    unlooked: Vec<usize>,
    known: Known,
    running: bool,
    /// What we wrote: record, field, value.
    written: Vec<(String, String, String)>,
    pub kills: u64,
    pub lost: u64,
    /// Creates and updates that were carried out for us.
    pub writes: u64,
}

/// The connection of a side.
fn word(side: Side) -> &'static str {
    match side {
        Side::Left => "left",
        Side::Right => "right",
    }
}

fn place(side: Side) -> usize {
    match side {
        Side::Left => 0,
        Side::Right => 1,
    }
}

impl Books {
    pub fn people_work(&mut self) {
        for _ in 0..self.dice.below(4) {
            self.one_works();
        }
    }

    fn one_works(&mut self) {
        let side = *self
            .dice
            .pick(&[Side::Left, Side::Right])
            .unwrap_or(&Side::Left);
        let ids: Vec<String> = self.people[place(side)].keys().cloned().collect();
        let known = self
            .dice
            .pick(&ids)
            .cloned()
            .filter(|_| self.dice.per_mille(750));
        let fields = match side {
            Side::Left => LEFT_FIELDS,
            Side::Right => RIGHT_FIELDS,
        };
        let id = known.unwrap_or_else(|| {
            let letter = if side == Side::Left { "L" } else { "R" };
            let id = format!("{letter}{}", self.people[place(side)].len() + 1);
            self.people[place(side)].insert(id.clone(), nobody(side));
            id
        });
        for _ in 0..=self.dice.below(2) {
            let field = *self.dice.pick(&fields).unwrap_or(&fields[0]);
            let value = (*self.dice.pick(&VALUES).unwrap_or(&"")).to_owned();
            self.edit(side, &id, field, value);
        }
    }

    fn edit(&mut self, side: Side, id: &str, field: &'static str, value: String) {
        self.now_ms += 1_000;
        let value = self.stored(side, &value);
        let now_ms = self.now_ms;
        if let Some(person) = self.people[place(side)].get_mut(id) {
            let before = person.fields.insert(field.to_owned(), value.clone());
            person.version += 1;
            person.changed_ms = now_ms;
            if before.as_deref() != Some(&value) {
                let id = id.to_owned();
                let known = (word(side), id.clone(), field.to_owned(), value.clone());
                self.unlooked.push(self.edits.len());
                self.edits.push(Edit {
                    side,
                    id,
                    field,
                    value,
                    at: now_ms,
                    unseen: self.known.contains(&known),
                    meanwhile: self.running,
                    blind: false,
                });
            }
        }
    }

    fn stored(&self, side: Side, value: &str) -> String {
        match self.trims && side == Side::Right {
            true => value.trim().to_owned(),
            false => value.to_owned(),
        }
    }

    pub fn process_begins(&mut self) {
        let steps = self.dice.below(40) + 1;
        self.running = true;
        self.steps_to_kill = self.dice.per_mille(500).then_some(steps);
    }

    /// Between two runs: what the store knows of the fields of both sides. Where nobody knows whether a write
    /// arrived, an edit back to what stood there before it is an edit.
    pub fn remember(&mut self, links: &[Link], intents: &[Intent]) {
        let mut known = Known::new();
        let mut say = |side: Side, id: &NativeId, fields: &Value| {
            for (field, value) in fields.as_object().into_iter().flatten() {
                let value = value.as_str().unwrap_or_default().to_owned();
                known.insert((word(side), id.to_string(), field.clone(), value));
            }
        };
        for link in links {
            for side in [Side::Left, Side::Right] {
                let base = link.side(side).base.clone().unwrap_or_default();
                let id = &link.side(side).id;
                let begun = base["begun"].as_array().cloned().unwrap_or_default();
                let mut kept = base["kept"].clone();
                for begun in &begun {
                    let fields = kept.as_object_mut().into_iter();
                    let written = begun["written"].as_array().cloned().unwrap_or_default();
                    for fields in fields {
                        fields.retain(|field, _| !written.contains(&json!(field)));
                    }
                    if begun["created"] == json!(true) {
                        say(side, id, &begun["asked"]);
                        say(side.other(), &link.side(side.other()).id, &begun["own"]);
                    }
                    say(side, id, &begun["answer"]["made"]);
                }
                say(side, id, &kept);
            }
        }
        for intent in intents {
            let side = match intent.connection.as_str() {
                "left" => Side::Right,
                _ => Side::Left,
            };
            say(side, &intent.source, &intent.context["near"]);
        }
        self.known = known;
    }

    /// We look at these records as they are now.
    fn looked(&mut self, side: Side, which: impl Fn(&str) -> bool) {
        let edits = &self.edits;
        self.unlooked
            .retain(|&place| edits[place].side != side || !which(&edits[place].id));
    }

    pub fn process_ends(&mut self) {
        self.running = false;
        self.steps_to_kill = None;
        self.now_ms += 120_000;
    }

    /// Everybody has gone home, and nothing goes wrong any more.
    pub fn calm(&mut self) {
        self.stormy = false;
    }

    /// A place where the process may be killed, and where somebody may be working.
    fn step(&mut self) {
        self.now_ms += 20;
        if self.stormy && self.dice.per_mille(30) {
            self.one_works();
        }
        let Some(steps) = &mut self.steps_to_kill else {
            return;
        };
        *steps -= 1;
        if *steps == 0 {
            self.steps_to_kill = None;
            self.kills += 1;
            std::panic::resume_unwind(Box::new(Killed));
        }
    }

    fn bad_weather(&mut self) -> bool {
        self.stormy && self.dice.per_mille(FAULTS_PER_MILLE)
    }

    /// A question that may stay without an answer; it then surely changed nothing.
    fn ask(&mut self) -> Result<(), Fault> {
        self.step();
        match self.bad_weather() {
            true => Err(fault(FaultKind::Unavailable, Scope::Connection)),
            false => Ok(()),
        }
    }

    fn write(&mut self, side: Side, operation: &Operation) -> Outcome {
        if !self.bad_weather() {
            return self.carry_out(side, operation);
        }
        match self.dice.below(5) {
            0 => return Err(fault(FaultKind::Unavailable, Scope::Connection)),
            // Somebody has it open.
            4 => return Err(fault(FaultKind::Locked, Scope::Record)),
            1 => {}
            _ => drop(self.carry_out(side, operation)),
        }
        self.lost += 1;
        Err(fault(FaultKind::OutcomeUnknown, Scope::Record))
    }

    fn carry_out(&mut self, side: Side, operation: &Operation) -> Outcome {
        let body: Value = serde_json::from_str(&operation.body).expect("the engine sends JSON");
        let given: Fields = body
            .as_object()
            .into_iter()
            .flatten()
            .map(|(field, value)| (field.clone(), value.as_str().unwrap_or_default()))
            .map(|(field, value)| (field, self.stored(side, value)))
            .collect();
        let id = match operation.action {
            Action::Create => {
                if let Some(id) = self
                    .tokens
                    .get(operation.token.as_str())
                    .filter(|_| self.knows_tokens)
                {
                    return Ok(self.applied(side, &id.clone()));
                }
                let letter = if side == Side::Left { "L" } else { "R" };
                let id = format!("{letter}{}", self.people[place(side)].len() + 1);
                self.tokens.insert(operation.token.to_string(), id.clone());
                self.people[place(side)].insert(id.clone(), nobody(side));
                id
            }
            _ => operation
                .id
                .as_ref()
                .expect("an update names its record")
                .to_string(),
        };
        let (versions, now_ms) = (self.versions, self.now_ms);
        let person = self.people[place(side)].get_mut(&id);
        let person = person.ok_or_else(|| fault(FaultKind::NotFound, Scope::Record))?;
        let wanted = operation.version.clone().filter(|_| versions);
        if wanted.is_some_and(|version| version != person.version.to_string()) {
            return Err(fault(FaultKind::Conflict, Scope::Record));
        }
        for (field, value) in &given {
            self.written
                .push((id.clone(), field.clone(), value.clone()));
            let of_field = |edit: &Edit| edit.side == side && edit.id == id && edit.field == field;
            for &place in &self.unlooked {
                self.edits[place].blind |= of_field(&self.edits[place]);
            }
        }
        person.fields.extend(given);
        person.version += 1;
        person.changed_ms = now_ms;
        self.writes += 1;
        Ok(self.applied(side, &id))
    }

    fn applied(&self, side: Side, id: &str) -> Applied {
        let entry = self.entry(side, id, &self.people[place(side)][id]);
        Applied {
            id: native(id),
            version: entry.version,
            body: self.answers.then_some(entry.body),
        }
    }

    fn entry(&self, _side: Side, id: &str, person: &Person) -> Entry {
        let mut body: Map<String, Value> = person
            .fields
            .iter()
            .map(|(field, value)| (field.clone(), Value::from(value.as_str())))
            .collect();
        body.insert("id".to_owned(), Value::from(id));
        let changed = Timestamp::from_millisecond(person.changed_ms).expect("of this century");
        body.insert("changed".to_owned(), Value::from(changed.to_string()));
        Entry {
            id: native(id),
            version: self.versions.then(|| person.version.to_string()),
            deleted: false,
            body: Value::Object(body),
        }
    }

    fn entries(&self, side: Side) -> Vec<Entry> {
        let people = self.people[place(side)].iter();
        people
            .map(|(id, person)| self.entry(side, id, person))
            .collect()
    }

    /// What is told to be lost was somebody's, and the policy lets it be lost.
    fn told_falsely(&self, link: &Link, event: &Event) -> Option<Wrong> {
        if event.record.as_ref() != Some(&link.left.id) || event.message.key != "engine-overwritten"
        {
            return None;
        }
        let (connection, field) = (said(event, "connection")?, said(event, "field")?);
        let against = match self.policy {
            Policy::Source => connection == word(Side::Left),
            Policy::Target => connection == word(Side::Right) && field != "number",
            Policy::Newest | Policy::Ask => false,
        };
        let id = match connection == word(Side::Left) {
            true => &link.left.id,
            false => &link.right.id,
        };
        let edited = self.edits.iter().any(|edit| {
            let at = edit.at <= event.at.as_millisecond();
            let here = word(edit.side) == connection && edit.id == id.as_str();
            at && here && edit.field == field && said(event, "value") == Some(&edit.value)
        });
        let what = match (against, edited) {
            (true, _) => "against the policy",
            (false, false) => "though nobody wrote that",
            (false, true) => return None,
        };
        let words = format!(
            "{} = {}: {} {what}",
            link.left.id, link.right.id, event.message.fallback
        );
        Some(Wrong::new("wrong", words))
    }

    /// The books of both against each other, the links, and what people were told.
    pub fn compare(
        &self,
        links: &[Link],
        parked: &[Parked],
        overwritten: &[&Event],
        not_kept: &[&Event],
    ) -> Vec<Wrong> {
        let mut wrong = Vec::new();
        for side in [Side::Left, Side::Right] {
            for (id, person) in &self.people[place(side)] {
                let of_id = links
                    .iter()
                    .filter(|link| link.side(side).id.as_str() == id);
                let count = of_id.count();
                let told = parked.iter().any(|parked| parked.id.as_str() == id);
                if count != 1 && !told {
                    let key = &person.fields["key"];
                    let words = format!("{id} (made for `{key}`) has {count} links");
                    wrong.push(Wrong::new(if count == 0 { "lost" } else { "wrong" }, words));
                }
                let other = &self.people[place(side.other())];
                let made = other
                    .values()
                    .filter(|other| other.fields["key"] == *id)
                    .count();
                if made > 1 || (made == 1 && !person.fields["key"].is_empty()) {
                    let words = format!(
                        "{id} is there {made} times, and was made for `{}`",
                        person.fields["key"]
                    );
                    wrong.push(Wrong::new("duplicated", words));
                }
            }
        }
        for link in links {
            self.compare_pair(link, parked, overwritten, not_kept, &mut wrong);
            let told = overwritten.iter();
            wrong.extend(told.filter_map(|event| self.told_falsely(link, event)));
        }
        wrong
    }

    fn compare_pair(
        &self,
        link: &Link,
        parked: &[Parked],
        overwritten: &[&Event],
        not_kept: &[&Event],
        wrong: &mut Vec<Wrong>,
    ) {
        let (left, right) = (link.left.id.as_str(), link.right.id.as_str());
        let (Some(here), Some(there)) = (self.people[0].get(left), self.people[1].get(right))
        else {
            wrong.push(Wrong::new(
                "wrong",
                format!("{left} = {right} links nobody"),
            ));
            return;
        };
        let open = parked
            .iter()
            .find(|parked| parked.id == link.left.id || parked.id == link.right.id);
        // A dispute is about its fields; whatever else stands aside is about the whole pair.
        let is_open = |group: &[&str]| {
            open.is_some_and(|parked| {
                let dispute = parked.dispute.as_ref();
                dispute.is_none_or(|dispute| {
                    let mut fields = dispute.fields.iter();
                    fields.any(|disputed| group.contains(&disputed.field.as_str()))
                })
            })
        };
        let full = |person: &Person| {
            let (first, last) = (&person.fields["first"], &person.fields["last"]);
            format!("{first} {last}").trim().to_owned()
        };
        let same =
            |one: &str, other: &str| one == other || (self.trims && one.trim() == other.trim());
        let (who, name) = (&here.fields["who"], full(there));
        let parts = match who.rsplit_once(' ') {
            Some((first, last)) => (first, last),
            None => ("", who.as_str()),
        };
        let told_parts = (
            there.fields["first"].as_str(),
            there.fields["last"].as_str(),
        );
        let names_agree =
            // A blank at an end may be a system's doing as well as somebody's.
            who.trim() == name || (same(parts.0, told_parts.0) && same(parts.1, told_parts.1));
        let towns_agree = same(&here.fields["town"], &there.fields["city"]);
        let number = same(
            &here.fields["no"],
            there.fields.get("number").map_or("", String::as_str),
        );
        // Where nothing stands of what was written, and nobody can tell who emptied it, somebody is told.
        let emptied = |fields: &[(&str, &str)]| {
            not_kept.iter().any(|event| {
                let of_pair = event.record.as_ref() == Some(&link.left.id);
                let (field, value) = (said(event, "field"), said(event, "value"));
                let mut fields = fields.iter();
                of_pair
                    && fields.any(|(name, wanted)| {
                        field == Some(name) && value.is_some_and(|value| same(value, wanted))
                    })
            })
        };
        let names_agree =
            names_agree || emptied(&[("who", &name), ("first", parts.0), ("last", parts.1)]);
        let (town, city) = (&here.fields["town"], &there.fields["city"]);
        let towns_agree = towns_agree || emptied(&[("town", city), ("city", town)]);
        let differs: Vec<&str> = [
            (names_agree || is_open(&NAME), "name"),
            (towns_agree || is_open(&TOWN), "town"),
            (number || is_open(&[]), "number"),
        ]
        .into_iter()
        .filter(|(agree, _)| !agree)
        .map(|(_, what)| what)
        .collect();
        if !differs.is_empty() {
            let words = format!(
                "{left} = {right} differ in {}: {here:?} {there:?}",
                differs.join(", ")
            );
            wrong.push(Wrong::new("lost", words));
        }
        // The last thing that somebody wrote about it stands there, or somebody is told.
        for group in [&NAME[..], &TOWN[..]] {
            let last = self.edits.iter().rev().find(|edit| {
                let id = if edit.side == Side::Left { left } else { right };
                edit.id == id && group.contains(&edit.field)
            });
            let Some(last) = last else { continue };
            // One that went back to what it was has not moved, as far as anybody can see.
            let same_place = |edit: &&Edit| edit.id == last.id && edit.field == last.field;
            let of_field = self.edits.iter().filter(same_place);
            let twice = || {
                let said = of_field.filter(|edit| same(&edit.value, &last.value));
                let ours = |(id, field, value): &(String, String, String)| {
                    *id == last.id && field == last.field && same(value, &last.value)
                };
                said.count() > 1 || self.written.iter().any(ours)
            };
            let unseen = last.unseen || (last.meanwhile && twice());
            if unseen || last.blind || last.value.is_empty() {
                continue;
            }
            let person = if last.side == Side::Left { here } else { there };
            let stands = same(&person.fields[last.field], &last.value);
            let tells = |event: &&&Event| {
                event
                    .record
                    .as_ref()
                    .is_some_and(|record| record.as_str() == left)
                    && event.at.as_millisecond() >= last.at
                    && said(event, "connection") == Some(word(last.side))
                    && said(event, "field") == Some(last.field)
                    && said(event, "value") == Some(last.value.as_str())
            };
            let told = is_open(group) || overwritten.iter().any(|event| tells(&event));
            if !stands && !told {
                let words = format!(
                    "{left} = {right}: somebody wrote {} = “{}”, it says “{}”, and nobody was told",
                    last.field, last.value, person.fields[last.field]
                );
                wrong.push(Wrong::new("lost", words));
            }
        }
    }
}

fn said<'e>(event: &'e Event, name: &str) -> Option<&'e str> {
    let mut args = event.message.args.iter();
    args.find(|(key, _)| *key == name)
        .map(|(_, value)| value.as_str())
}

/// A record with every field there is, and nothing in them.
fn nobody(side: Side) -> Person {
    let fields = match side {
        Side::Left => &LEFT_FIELDS[..],
        Side::Right => &["first", "last", "city", "number"][..],
    };
    let mut person = Person::default();
    for field in fields.iter().chain(&["key"]) {
        person.fields.insert((*field).to_owned(), String::new());
    }
    person
}

fn native(id: &str) -> NativeId {
    NativeId::parse(id).expect("an id of ours")
}

fn fault(kind: FaultKind, scope: Scope) -> Fault {
    Fault::new(kind, scope, Text::plain("the weather"))
}

/// Both systems, shared by everybody in the thread.
#[derive(Clone)]
pub struct Hamlet(Arc<Mutex<Books>>);

impl Hamlet {
    pub fn new(seed: u64, policy: Policy) -> Self {
        let mut kind = Dice::new(seed, "kind of systems");
        Self(Arc::new(Mutex::new(Books {
            policy,
            now_ms: BEGIN_MS,
            people: [BTreeMap::new(), BTreeMap::new()],
            tokens: BTreeMap::new(),
            trims: kind.per_mille(500),
            versions: kind.per_mille(500),
            knows_tokens: kind.per_mille(500),
            answers: kind.per_mille(500),
            stamps: kind.per_mille(500),
            dice: Dice::new(seed, "weather"),
            chance: Dice::new(seed, "chance"),
            stormy: true,
            steps_to_kill: None,
            edits: Vec::new(),
            unlooked: Vec::new(),
            known: Known::new(),
            running: false,
            written: Vec::new(),
            kills: 0,
            lost: 0,
            writes: 0,
        })))
    }

    /// A kill may unwind through it and leaves it whole.
    pub fn with<T>(&self, act: impl FnOnce(&mut Books) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl World for Hamlet {
    fn now(&self) -> Timestamp {
        let now_ms = self.with(|books| books.now_ms);
        Timestamp::from_millisecond(now_ms).expect("a moment of this century")
    }

    fn monotonic_ms(&self) -> u64 {
        self.with(|books| u64::try_from(books.now_ms).unwrap_or(0))
    }

    fn random(&self) -> [u8; 16] {
        let (high, low) = self.with(|books| (books.chance.next(), books.chance.next()));
        ((u128::from(high) << 64) | u128::from(low)).to_be_bytes()
    }

    async fn sleep_ms(&self, ms: u64) {
        self.with(|books| books.now_ms += i64::try_from(ms).unwrap_or(0));
    }
}

impl Observer for Hamlet {
    fn notice(&self, _notice: &Notice) {}
}

struct End {
    hamlet: Hamlet,
    side: Side,
    manifest: Manifest,
}

#[async_trait]
impl Connector for End {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    async fn check(&self) -> Result<Vec<Finding>, Fault> {
        Ok(Vec::new())
    }

    async fn changes(
        &self,
        _entity: &str,
        since: Option<&[u8]>,
        _filter: &[Condition],
        _limit: u32,
    ) -> Result<Page, Fault> {
        self.hamlet.with(|books| {
            books.ask()?;
            let since = since.filter(|_| books.stamps);
            let since: Option<i64> =
                since.and_then(|since| std::str::from_utf8(since).ok()?.parse().ok());
            // A moment twice rather than never.
            let since = since.unwrap_or(i64::MIN);
            books.looked(self.side, |_| true);
            let entries = books.entries(self.side);
            let people = &books.people[place(self.side)];
            let fresh = entries
                .into_iter()
                .filter(|entry| people[entry.id.as_str()].changed_ms >= since);
            let latest = people
                .values()
                .map(|person| person.changed_ms)
                .max()
                .unwrap_or(0);
            Ok(Page {
                entries: fresh.collect(),
                next: books.stamps.then(|| latest.to_string().into_bytes()),
                more: false,
                complete: true,
            })
        })
    }

    async fn read(&self, _entity: &str, ids: &[NativeId]) -> Result<Vec<Option<Entry>>, Fault> {
        self.hamlet.with(|books| {
            books.ask()?;
            books.looked(self.side, |id| ids.iter().any(|asked| asked.as_str() == id));
            let entries = books.entries(self.side);
            let found = ids
                .iter()
                .map(|id| entries.iter().find(|entry| entry.id == *id).cloned());
            Ok(found.collect())
        })
    }

    async fn find(
        &self,
        _entity: &str,
        queries: &[Vec<(String, Value)>],
    ) -> Result<Vec<Vec<Entry>>, Fault> {
        self.hamlet.with(|books| {
            books.ask()?;
            let entries = books.entries(self.side);
            let fits = |entry: &Entry, query: &[(String, Value)]| {
                query
                    .iter()
                    .all(|(field, value)| entry.body[field] == *value)
            };
            let found = queries.iter().map(|query| {
                let found = entries.iter().filter(|entry| fits(entry, query));
                found.cloned().collect()
            });
            Ok(found.collect())
        })
    }

    async fn query(
        &self,
        _entity: &str,
        _filter: &[Condition],
        _at: Option<&[u8]>,
        _limit: u32,
    ) -> Result<Page, Fault> {
        self.changes("person", None, &[], 0).await
    }

    async fn write(&self, _entity: &str, operations: &[Operation]) -> Vec<Outcome> {
        let outcomes = operations.iter().map(|operation| {
            self.hamlet.with(|books| {
                books.step();
                let outcome = books.write(self.side, operation);
                books.step();
                outcome
            })
        });
        outcomes.collect()
    }

    async fn catalogue(&self, _lang: &str) -> Result<Option<String>, Fault> {
        Ok(None)
    }
}

fn manifest(name: &str, fields: &[&str], books: &Books) -> Manifest {
    let mut properties = json!({
        "id": {"type": "string", "x-liaison-read-only": true},
        "changed": {"type": "string", "format": "date-time", "x-liaison-read-only": true},
        "key": {"type": "string"}});
    for field in fields {
        properties[*field] = json!({"type": ["string", "null"]});
    }
    let idempotency = match books.knows_tokens {
        true => Idempotency::NativeKey(86_400),
        false => Idempotency::Marker("key".to_owned()),
    };
    Manifest {
        name: name.to_owned(),
        version: "1.0.0".to_owned(),
        title: Text::plain(name),
        vendor: "the chaos suite".to_owned(),
        settings: json!({"type": "object"}),
        secrets: Vec::new(),
        hosts: Vec::new(),
        limits: Limits {
            rates: Vec::new(),
            concurrency: 1,
        },
        entities: vec![EntitySpec {
            name: "person".to_owned(),
            title: Text::plain("person"),
            schema: json!({"type": "object", "properties": properties}),
            operations: Operations {
                read: true,
                find: true,
                query: true,
                changes: true,
                create: true,
                update: true,
                delete: false,
            },
            idempotency: vec![idempotency],
            changes: match books.stamps {
                true => ChangeSource::Stamp(Default::default()),
                false => ChangeSource::Matching,
            },
            filters: Vec::new(),
            keys: vec!["key".to_owned()],
            read_batch: 50,
            write_batch: 10,
        }],
    }
}

/// One flow between the two, both ways.
pub fn engine(hamlet: &Hamlet, store: &Arc<MemoryStore>) -> Engine {
    let sides = [
        ("left", Side::Left, &["who", "town", "no"][..]),
        (
            "right",
            Side::Right,
            &["first", "last", "city", "number"][..],
        ),
    ];
    let [left, right] = sides.map(|(name, side, fields)| Endpoint {
        connection: ConnectionId::parse(name).expect("a connection's id"),
        entity: "person".to_owned(),
        connector: Arc::new(End {
            hamlet: hamlet.clone(),
            side,
            manifest: hamlet.with(|books| manifest(name, fields, books)),
        }),
    });
    let policy = match hamlet.with(|books| books.policy) {
        Policy::Source => "policy = \"source\"",
        Policy::Target => "policy = \"target\"",
        Policy::Ask => "policy = \"ask\"",
        Policy::Newest => {
            "policy = \"newest\"\nchanged = { source = \"changed\", target = \"changed\" }"
        }
    };
    let text = SourceText::new("flows/people.toml", FLOW.replace("POLICY", policy));
    let name = FlowName::parse("people").expect("a name");
    let file = FlowFile::read(&text);
    let binding = Binding {
        name: name.clone(),
        source: left.connector.manifest(),
        target: right.connector.manifest(),
        options: &OptionValues::none(&text),
        tables: &TableValues::none(&text),
        flows: &BTreeMap::new(),
    };
    let there = mapping::compile(&file, &binding).expect("the flow is right");
    let two_way = mapping::compile_two_way(&file, &binding, &there).expect("both ways");
    let entity = || Entity::parse("person").expect("an entity's name");
    let set = LinkSet {
        tenant: tenant(),
        left: (left.connection.clone(), entity()),
        right: (right.connection.clone(), entity()),
        role: "main".to_owned(),
    };
    let instance = Arc::new(FlowInstance::new(there, two_way, set, left, right));
    let back = instance.back().expect("a way back");
    Engine {
        tenant: tenant(),
        flows: BTreeMap::from([(back.name().clone(), back), (name, instance)]),
        store: Arc::clone(store) as _,
        world: Arc::new(hamlet.clone()),
        observer: Arc::new(hamlet.clone()),
        holder: "histories".to_owned(),
        words: Catalogue::new("en"),
    }
}
