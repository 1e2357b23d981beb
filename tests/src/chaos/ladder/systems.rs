//! Two systems that hold things with a name and their makers, and what goes wrong between them and us.

use std::collections::BTreeMap;
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
use liaison::mapping::{self, Binding, End, FlowEnds};
use liaison::model::manifest::{ChangeSource, EntitySpec, Limits, Manifest, Operations};
use liaison::model::{
    Action, Applied, Condition, ConnectionId, Entity, Entry, Fault, FaultKind, Finding, FlowName,
    LinkSet, NativeId, Operation, Outcome, Page, Scope, Text,
};
use liaison::store::memory::MemoryStore;
use serde_json::{Value, json};

use super::{Level, tenant};
use crate::chaos::dice::Dice;
use crate::chaos::simulation::Killed;
use crate::chaos::truth::Wrong;

/// Two things with one code are one thing in the target, and only one of them may have it. A maker that the
/// target does not know is made there.
const FLOW: &str = r#"
format = 1
title = { en = "Things", fr = "Choses" }
description = { en = "Things become things", fr = "Des choses deviennent des choses" }
source = { connector = "left", entity = "thing" }
target = { connector = "right", entity = "thing" }
mode = "one_way"
operations = ["create", "update"]
schedule = "manual"

[[identity]]
natural = ["code"]
find = "on_exists"

[fields]
key = { from = "source.id", only_create = true }
code = { from = "source.code", only_create = true }
name = { from = "source.name" }
maker = { from = "lookup.maker.id", only_create = true }

[lookup.maker]
in = "target.maker"
by = "name"
from = "source.maker"
on_missing = "create"

[lookup.maker.create.fields]
name = { from = "source.maker" }

[write_back]
number = { from = "target.id" }
"#;

const MAKER: &str = "maker";
const FAULTS_PER_MILLE: u64 = 150;
const BEGIN_MS: i64 = 1_791_205_200_000;

#[derive(Debug, Clone)]
struct Thing {
    key: String,
    code: String,
    name: String,
    number: String,
    /// Its name in the source, its id in the target.
    maker: String,
}

/// What both systems hold, the clock, and the weather.
pub struct Books {
    level: Level,
    now_ms: i64,
    left: BTreeMap<String, Thing>,
    right: BTreeMap<String, Thing>,
    /// Of the target: names by id.
    makers: BTreeMap<String, String>,
    /// What the target remembers of the tokens it has seen.
    tokens: BTreeMap<String, String>,
    dice: Dice,
    chance: Dice,
    pub stormy: bool,
    steps_to_kill: Option<u64>,
    /// Write calls until somebody starts another process beside this one.
    writes_to_second: Option<u64>,
    /// Somebody's automation turns a name round as soon as its copy shows it.
    pub undoes: bool,
    /// Updates of one thing in the target.
    updates: BTreeMap<String, u64>,
    pub kills: u64,
    pub lost: u64,
    pub seconds: u64,
}

impl Books {
    pub fn people_work(&mut self) {
        for _ in 0..self.dice.below(4) {
            let id = format!("L{}", self.left.len() + 1);
            // Now and then two things carry one code.
            let code = match self.dice.per_mille(80) {
                true => format!("C{}", self.dice.below(1 + self.left.len() as u64)),
                false => format!("C{}", self.left.len() + 1),
            };
            let thing = Thing {
                key: id.clone(),
                code,
                name: format!("thing {}", self.dice.below(1_000)),
                number: String::new(),
                maker: format!("maker {}", self.dice.below(6)),
            };
            self.left.insert(id, thing);
        }
        let ids: Vec<String> = self.left.keys().cloned().collect();
        if let Some(id) = self.dice.pick(&ids).cloned()
            && self.dice.per_mille(500)
        {
            let name = format!("renamed {}", self.dice.below(1_000));
            if let Some(thing) = self.left.get_mut(&id) {
                thing.name = name;
            }
        }
    }

    pub fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    pub fn process_begins(&mut self) {
        let steps = self.dice.below(40) + 1;
        self.steps_to_kill = self.dice.per_mille(500).then_some(steps);
        let writes = self.dice.below(6) + 1;
        self.writes_to_second = self.dice.per_mille(200).then_some(writes);
    }

    pub fn process_ends(&mut self) {
        self.steps_to_kill = None;
        self.writes_to_second = None;
        self.now_ms += 120_000;
        if self.undoes {
            self.undo();
        }
    }

    /// The names are turned round, and back the next time.
    fn undo(&mut self) {
        for thing in self.left.values_mut() {
            let copy = self.right.get(&thing.number);
            if copy.is_some_and(|copy| copy.name == thing.name) {
                thing.name = thing.name.chars().rev().collect();
            }
        }
    }

    fn second_process_begins(&mut self) -> bool {
        let begins = self.writes_to_second == Some(1);
        self.writes_to_second = self.writes_to_second.map(|writes| writes.saturating_sub(1));
        self.seconds += u64::from(begins);
        begins
    }

    /// The most updates that one thing has had in the target.
    pub fn updates_max(&self) -> u64 {
        self.updates.values().copied().max().unwrap_or(0)
    }

    /// A place where the process may be killed.
    fn step(&mut self) {
        self.now_ms += 20;
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

    /// One create or update in the target, under the weather.
    fn write_right(&mut self, entity: &str, operation: &Operation) -> Outcome {
        if !self.bad_weather() {
            return self.carry_out(entity, operation);
        }
        match self.dice.below(4) {
            0 => Err(fault(FaultKind::Unavailable, Scope::Connection)),
            1 => {
                self.lost += 1;
                Err(fault(FaultKind::OutcomeUnknown, Scope::Record))
            }
            _ => {
                self.lost += 1;
                // The work is done; its answer is lost, whatever it was.
                let _ = self.carry_out(entity, operation);
                Err(fault(FaultKind::OutcomeUnknown, Scope::Record))
            }
        }
    }

    fn carry_out(&mut self, entity: &str, operation: &Operation) -> Outcome {
        let body: Value = serde_json::from_str(&operation.body).expect("the engine sends JSON");
        let text = |field: &str| body[field].as_str().unwrap_or_default().to_owned();
        if operation.action == Action::Update {
            let id = operation.id.clone().expect("an update names its record");
            let thing = self.right.get_mut(id.as_str());
            let thing = thing.ok_or_else(|| fault(FaultKind::NotFound, Scope::Record))?;
            if body.get("name").is_some() {
                thing.name = text("name");
            }
            *self.updates.entry(id.to_string()).or_default() += 1;
            return Ok(applied(&id));
        }
        let remembers = matches!(self.level, Level::NativeKey | Level::Upsert);
        if remembers && let Some(id) = self.tokens.get(operation.token.as_str()) {
            return Ok(applied(&native(id)));
        }
        if entity == MAKER {
            // A name is nobody's alone: a second maker of one name is for the engine to prevent.
            let id = format!("M{}", self.makers.len() + 1);
            self.makers.insert(id.clone(), text("name"));
            self.tokens.insert(operation.token.to_string(), id.clone());
            return Ok(applied(&native(&id)));
        }
        let code = text("code");
        // A code is another thing's only: a second create of the same thing is for the level to stop.
        let twin = self
            .right
            .iter()
            .find(|(_, thing)| thing.code == code && thing.key != text("key"));
        if let Some((id, _)) = twin {
            let mut exists = fault(FaultKind::Exists, Scope::Record);
            exists.existing = Some(id.clone());
            return Err(exists);
        }
        let id = format!("R{}", self.right.len() + 1);
        let thing = Thing {
            key: text("key"),
            code,
            name: text("name"),
            number: String::new(),
            maker: text("maker"),
        };
        self.right.insert(id.clone(), thing);
        self.tokens.insert(operation.token.to_string(), id.clone());
        Ok(applied(&native(&id)))
    }

    /// The target's own books against the source's.
    pub fn compare(&self, parked: &[String]) -> Vec<Wrong> {
        let mut wrong = Vec::new();
        let mut names: Vec<&String> = self.makers.values().collect();
        names.sort_unstable();
        for twice in names.windows(2).filter(|pair| pair[0] == pair[1]) {
            let words = format!("{} is more than once in the target", twice[0]);
            wrong.push(Wrong::new("duplicated", words));
        }
        for (id, thing) in &self.left {
            let copies: Vec<&String> = self
                .right
                .iter()
                .filter(|(_, copy)| copy.key == *id)
                .map(|(copy, _)| copy)
                .collect();
            if copies.len() > 1 {
                let words = format!("{id} is {} times in the target", copies.len());
                wrong.push(Wrong::new("duplicated", words));
            }
            // One that found its code taken by a thing that nobody else is linked to has adopted that.
            let adopted = self.right.contains_key(&thing.number);
            let known = parked.contains(id) || (copies.is_empty() && adopted);
            if copies.is_empty() && !known {
                let words = format!("{id} is nowhere, and nobody was told");
                wrong.push(Wrong::new("lost", words));
            }
            if let [copy] = copies.as_slice() {
                let there = &self.right[*copy];
                if self.makers.get(&there.maker) != Some(&thing.maker) {
                    let words = format!("{id} is of {}, its copy of {}", thing.maker, there.maker);
                    wrong.push(Wrong::new("wrong", words));
                }
                let same = thing.name == there.name;
                if !known && (thing.number != **copy || !same) {
                    let words = format!("{id} shows {}, its copy is {copy}", thing.number);
                    wrong.push(Wrong::new("lost", words));
                }
            }
        }
        wrong
    }
}

fn native(id: &str) -> NativeId {
    NativeId::parse(id).expect("an id of ours")
}

fn applied(id: &NativeId) -> Applied {
    Applied {
        id: id.clone(),
        version: None,
        body: None,
    }
}

fn fault(kind: FaultKind, scope: Scope) -> Fault {
    Fault::new(kind, scope, Text::plain("the weather"))
}

/// Both systems, shared by everybody in the thread.
#[derive(Clone)]
pub struct Systems(Arc<Mutex<Books>>);

impl Systems {
    pub fn new(seed: u64, level: Level) -> Self {
        Self(Arc::new(Mutex::new(Books {
            level,
            now_ms: BEGIN_MS,
            left: BTreeMap::new(),
            right: BTreeMap::new(),
            makers: BTreeMap::new(),
            tokens: BTreeMap::new(),
            dice: Dice::new(seed, "weather"),
            chance: Dice::new(seed, "chance"),
            stormy: true,
            steps_to_kill: None,
            writes_to_second: None,
            undoes: false,
            updates: BTreeMap::new(),
            kills: 0,
            lost: 0,
            seconds: 0,
        })))
    }

    /// A kill may unwind through it and leaves it whole.
    pub fn with<T>(&self, act: impl FnOnce(&mut Books) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl World for Systems {
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

impl Observer for Systems {
    fn notice(&self, _notice: &Notice) {}
}

/// One of the two ends.
struct End_ {
    systems: Systems,
    /// For the second process: it opens the same store.
    store: Arc<MemoryStore>,
    left: bool,
    manifest: Manifest,
}

impl End_ {
    fn entries(&self, books: &Books, entity: &str) -> Vec<Entry> {
        if entity == MAKER {
            let makers = books.makers.iter();
            return makers.map(|(id, name)| maker(id, name)).collect();
        }
        let things = if self.left { &books.left } else { &books.right };
        things.iter().map(|(id, thing)| entry(id, thing)).collect()
    }
}

fn entry(id: &str, thing: &Thing) -> Entry {
    Entry {
        id: native(id),
        version: None,
        deleted: false,
        body: json!({"id": id, "key": thing.key, "code": thing.code, "name": thing.name,
            "number": thing.number, "maker": thing.maker}),
    }
}

fn maker(id: &str, name: &str) -> Entry {
    Entry {
        id: native(id),
        version: None,
        deleted: false,
        body: json!({"id": id, "name": name}),
    }
}

#[async_trait]
impl Connector for End_ {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    async fn check(&self) -> Result<Vec<Finding>, Fault> {
        Ok(Vec::new())
    }

    async fn changes(
        &self,
        entity: &str,
        _since: Option<&[u8]>,
        _filter: &[Condition],
        _limit: u32,
    ) -> Result<Page, Fault> {
        self.systems.with(|books| {
            books.ask()?;
            Ok(whole(self.entries(books, entity)))
        })
    }

    async fn read(&self, entity: &str, ids: &[NativeId]) -> Result<Vec<Option<Entry>>, Fault> {
        self.systems.with(|books| {
            books.ask()?;
            let entries = self.entries(books, entity);
            Ok(ids
                .iter()
                .map(|id| entries.iter().find(|entry| entry.id == *id).cloned())
                .collect())
        })
    }

    async fn find(
        &self,
        entity: &str,
        queries: &[Vec<(String, Value)>],
    ) -> Result<Vec<Vec<Entry>>, Fault> {
        self.systems.with(|books| {
            books.ask()?;
            let entries = self.entries(books, entity);
            let fits = |entry: &Entry, query: &[(String, Value)]| {
                query
                    .iter()
                    .all(|(field, value)| entry.body[field] == *value)
            };
            Ok(queries
                .iter()
                .map(|query| {
                    let found = entries.iter().filter(|entry| fits(entry, query));
                    found.cloned().collect()
                })
                .collect())
        })
    }

    async fn query(
        &self,
        entity: &str,
        _filter: &[Condition],
        _at: Option<&[u8]>,
        _limit: u32,
    ) -> Result<Page, Fault> {
        self.systems.with(|books| {
            books.ask()?;
            Ok(whole(self.entries(books, entity)))
        })
    }

    async fn write(&self, entity: &str, operations: &[Operation]) -> Vec<Outcome> {
        if !self.left && self.systems.with(Books::second_process_begins) {
            // Refused, since the first one holds the lease; what it does otherwise, the books will show.
            let _ = super::run_once(&engine(&self.systems, &self.store));
        }
        let outcomes = operations.iter().map(|operation| {
            self.systems.with(|books| {
                books.step();
                if self.left {
                    return write_left(books, operation);
                }
                let outcome = books.write_right(entity, operation);
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

/// The write-back, which may get lost as well.
fn write_left(books: &mut Books, operation: &Operation) -> Outcome {
    let lost = books.bad_weather();
    let done = !lost || books.dice.per_mille(500);
    let id = operation.id.clone().expect("an update names its record");
    let body: Value = serde_json::from_str(&operation.body).expect("the engine sends JSON");
    if done && let Some(thing) = books.left.get_mut(id.as_str()) {
        thing.number = body["number"].as_str().unwrap_or_default().to_owned();
    }
    match lost {
        true => Err(fault(FaultKind::OutcomeUnknown, Scope::Record)),
        false => Ok(applied(&id)),
    }
}

fn whole(entries: Vec<Entry>) -> Page {
    Page {
        entries,
        next: None,
        more: false,
        complete: true,
    }
}

fn manifest(name: &str, level: Level) -> Manifest {
    let schema = json!({"type": "object", "properties": {
        "id": {"type": "string", "x-liaison-read-only": true},
        "key": {"type": "string"}, "code": {"type": "string"}, "name": {"type": "string"},
        "number": {"type": ["string", "null"]}, "maker": {"type": "string"}}});
    let of_makers = json!({"type": "object", "properties": {
        "id": {"type": "string", "x-liaison-read-only": true}, "name": {"type": "string"}}});
    let keys = match level {
        Level::Marker => vec!["key".to_owned(), "code".to_owned()],
        _ => vec!["code".to_owned()],
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
        entities: vec![
            entity_spec("thing", schema, level, keys),
            entity_spec(MAKER, of_makers, level, vec!["name".to_owned()]),
        ],
    }
}

fn entity_spec(name: &str, schema: Value, level: Level, keys: Vec<String>) -> EntitySpec {
    EntitySpec {
        name: name.to_owned(),
        title: Text::plain(name),
        schema,
        operations: Operations {
            read: true,
            find: true,
            query: true,
            changes: true,
            create: true,
            update: true,
            delete: false,
        },
        idempotency: level.idempotency(),
        changes: ChangeSource::Matching,
        filters: Vec::new(),
        keys,
        read_batch: 50,
        write_batch: 10,
    }
}

/// One flow between the two.
pub fn engine(systems: &Systems, store: &Arc<MemoryStore>) -> Engine {
    let level = systems.with(|books| books.level);
    let [left, right] = [("left", true), ("right", false)].map(|(name, left)| Endpoint {
        connection: ConnectionId::parse(name).expect("a connection's id"),
        entity: "thing".to_owned(),
        connector: Arc::new(End_ {
            systems: systems.clone(),
            store: Arc::clone(store),
            left,
            manifest: manifest(name, level),
        }),
    });
    let text = SourceText::new("flows/things.toml", FLOW);
    let name = FlowName::parse("things").expect("a name");
    let (options, tables) = (OptionValues::none(&text), TableValues::none(&text));
    let end = |connector: &str| End {
        connector: connector.to_owned(),
        entity: "thing".to_owned(),
    };
    let ends = FlowEnds {
        source: end("left"),
        target: end("right"),
    };
    let binding = Binding {
        name: name.clone(),
        source: left.connector.manifest(),
        target: right.connector.manifest(),
        options: &options,
        tables: &tables,
        flows: &BTreeMap::from([("things".to_owned(), ends)]),
    };
    let entity = || Entity::parse("thing").expect("an entity's name");
    let flow = mapping::compile(&FlowFile::read(&text), &binding).expect("the flow is right");
    let set = LinkSet {
        tenant: tenant(),
        left: (left.connection.clone(), entity()),
        right: (right.connection.clone(), entity()),
        role: "main".to_owned(),
    };
    let instance = FlowInstance::new(flow, None, set, left, right);
    Engine {
        tenant: tenant(),
        flows: BTreeMap::from([(name, Arc::new(instance))]),
        store: Arc::clone(store) as _,
        world: Arc::new(systems.clone()),
        observer: Arc::new(systems.clone()),
        holder: "ladder".to_owned(),
        words: Catalogue::new("en"),
    }
}
