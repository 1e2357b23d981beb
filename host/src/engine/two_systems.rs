//! Two systems in memory and the engine between them, for tests of what flows do to each other.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::world::World;
use super::{Endpoint, Engine, FlowInstance, Notice, Observer, RunSummary, Selection};
use crate::catalogue::Catalogue;
use crate::config::SourceText;
use crate::config::flow::FlowFile;
use crate::config::tenant::{OptionValues, TableValues};
use crate::connector::Connector;
use crate::mapping::{self, Binding, End, FlowEnds};
use crate::model::manifest::{ChangeSource, EntitySpec, Limits, Manifest, Operations};
use crate::model::{
    Action, Applied, Condition, ConnectionId, Entity, Entry, Fault, FaultKind, Finding, FlowName,
    LinkSet, NativeId, Operation, Outcome, Page, Scope, TenantId, Text,
};
use crate::store::memory::MemoryStore;

/// What becomes of the next write calls, one word each; afterwards all goes well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is carried out, and the answer is lost.
    AnswerLost,
    /// It never arrives, and nobody can tell.
    Lost,
    Refused,
    Down,
}

#[derive(Default)]
struct Books {
    now_ms: i64,
    chance: u8,
    /// By system and entity.
    records: BTreeMap<(String, String), BTreeMap<String, Map<String, Value>>>,
    /// What a person took away, where the system goes on saying so.
    deleted: BTreeMap<(String, String), BTreeSet<String>>,
    fates: BTreeMap<(String, String), Vec<Fate>>,
    writes: Vec<String>,
}

/// Both systems, the clock and the store.
#[derive(Clone)]
pub struct TwoSystems {
    books: Arc<Mutex<Books>>,
    store: Arc<MemoryStore>,
}

impl TwoSystems {
    pub fn new() -> Self {
        let books = Books {
            now_ms: 1_791_205_200_000,
            ..Books::default()
        };
        Self {
            books: Arc::new(Mutex::new(books)),
            store: Arc::new(MemoryStore::new()),
        }
    }

    fn with<T>(&self, act: impl FnOnce(&mut Books) -> T) -> T {
        act(&mut self.books.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A person puts a record there, or changes it.
    pub fn put(&self, system: &str, entity: &str, id: &str, fields: Value) {
        let fields = fields.as_object().expect("an object").clone();
        self.with(|books| {
            let of = (system.to_owned(), entity.to_owned());
            let records = books.records.entry(of).or_default();
            records.entry(id.to_owned()).or_default().extend(fields);
        });
    }

    /// A person takes a record away.
    pub fn take(&self, system: &str, entity: &str, id: &str) {
        let of = (system.to_owned(), entity.to_owned());
        self.with(|books| {
            books
                .records
                .get_mut(&of)
                .and_then(|records| records.remove(id))
        });
    }

    /// The same, and the system goes on saying that it is deleted.
    pub fn delete(&self, system: &str, entity: &str, id: &str) {
        self.take(system, entity, id);
        let of = (system.to_owned(), entity.to_owned());
        self.with(|books| books.deleted.entry(of).or_default().insert(id.to_owned()));
    }

    /// The records of a system, by id.
    pub fn records(&self, system: &str, entity: &str) -> Value {
        let of = (system.to_owned(), entity.to_owned());
        self.with(|books| json!(books.records.get(&of).cloned().unwrap_or_default()))
    }

    pub fn fate(&self, system: &str, entity: &str, fates: &[Fate]) {
        let of = (system.to_owned(), entity.to_owned());
        self.with(|books| books.fates.insert(of, fates.to_vec()));
    }

    /// What was written since this was last asked: `right.thing create`.
    pub fn writes(&self) -> Vec<String> {
        self.with(|books| std::mem::take(&mut books.writes))
    }

    pub fn store(&self) -> &MemoryStore {
        &self.store
    }

    /// An engine with these flows, each by its name and its text.
    pub fn engine(&self, flows: &[(&str, &str)]) -> Engine {
        let files: BTreeMap<&str, FlowFile> = flows
            .iter()
            .map(|(name, text)| {
                let text = SourceText::new(format!("{name}.toml"), *text);
                (*name, FlowFile::read(&text))
            })
            .collect();
        let end = |end: &crate::config::flow::EndRef| End {
            connector: end.connector.value.clone(),
            entity: end.entity.value.clone(),
        };
        let ends: BTreeMap<String, FlowEnds> = files
            .iter()
            .map(|(name, file)| {
                let (source, target) = (end(&file.source), end(&file.target));
                ((*name).to_owned(), FlowEnds { source, target })
            })
            .collect();
        let bound = files
            .iter()
            .map(|(name, file)| Arc::new(self.bound(name, file, &ends)));
        let flows = bound.flat_map(|flow| [flow.back(), Some(flow)]);
        Engine {
            tenant: tenant(),
            flows: flows
                .flatten()
                .map(|flow| (flow.name().clone(), flow))
                .collect(),
            store: Arc::clone(&self.store) as _,
            world: Arc::new(self.clone()),
            observer: Arc::new(self.clone()),
            holder: "a test".to_owned(),
            words: Catalogue::new("en"),
        }
    }

    fn bound(
        &self,
        name: &str,
        file: &FlowFile,
        flows: &BTreeMap<String, FlowEnds>,
    ) -> FlowInstance {
        let endpoint = |end: &crate::config::flow::EndRef| Endpoint {
            connection: ConnectionId::parse(&end.connector.value).expect("a connection's id"),
            entity: end.entity.value.clone(),
            connector: Arc::new(System {
                all: self.clone(),
                manifest: manifest(&end.connector.value),
            }),
        };
        let (source, target) = (endpoint(&file.source), endpoint(&file.target));
        let (options, tables) = (
            OptionValues::none(&file.text),
            TableValues::none(&file.text),
        );
        let binding = Binding {
            name: FlowName::parse(name).expect("a flow's name"),
            source: source.connector.manifest(),
            target: target.connector.manifest(),
            options: &options,
            tables: &tables,
            flows,
        };
        let flow = mapping::compile(file, &binding)
            .unwrap_or_else(|problems| panic!("{name}: {problems:?}"));
        let side = |end: &Endpoint| {
            let entity = Entity::parse(&end.entity).expect("an entity's name");
            (end.connection.clone(), entity)
        };
        let (left, right) = match file.reverse_of {
            None => (side(&source), side(&target)),
            Some(_) => (side(&target), side(&source)),
        };
        let set = LinkSet {
            tenant: tenant(),
            left,
            right,
            role: "main".to_owned(),
        };
        let two_way = mapping::compile_two_way(file, &binding, &flow)
            .unwrap_or_else(|problems| panic!("{name}: {problems:?}"));
        FlowInstance::new(flow, two_way, set, source, target)
    }

    pub fn run(&self, engine: &Engine, flow: &str) -> RunSummary {
        let flow = FlowName::parse(flow).expect("a flow's name");
        at_once(engine.run(&flow, Selection::Changes)).unwrap_or_else(|halt| panic!("{halt}"))
    }
}

pub fn tenant() -> TenantId {
    TenantId::parse("demo").expect("a tenant's id")
}

/// Nothing here waits for anything.
pub fn at_once<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the engine waited for something outside its world"),
    }
}

#[async_trait]
impl World for TwoSystems {
    fn now(&self) -> Timestamp {
        let now_ms = self.with(|books| {
            books.now_ms += 1;
            books.now_ms
        });
        Timestamp::from_millisecond(now_ms).expect("a moment of this century")
    }

    fn monotonic_ms(&self) -> u64 {
        self.with(|books| u64::try_from(books.now_ms).unwrap_or(0))
    }

    fn random(&self) -> [u8; 16] {
        self.with(|books| {
            books.chance = books.chance.wrapping_add(1);
            [books.chance; 16]
        })
    }

    async fn sleep_ms(&self, ms: u64) {
        self.with(|books| books.now_ms += i64::try_from(ms).unwrap_or(0));
    }
}

impl Observer for TwoSystems {
    fn notice(&self, _notice: &Notice) {}
}

struct System {
    all: TwoSystems,
    manifest: Manifest,
}

impl System {
    fn entries(&self, entity: &str) -> Vec<Entry> {
        let of = (self.manifest.name.clone(), entity.to_owned());
        let fields = self.manifest.entity(entity).expect("an entity").schema["properties"].clone();
        self.all.with(|books| {
            let records = books.records.get(&of).into_iter().flatten();
            let deleted = books.deleted.get(&of).into_iter().flatten();
            let deleted = deleted.map(|id| Entry {
                id: NativeId::parse(id).expect("an id"),
                version: None,
                deleted: true,
                body: json!({ "id": id }),
            });
            records
                .map(|(id, record)| {
                    let names = fields.as_object().into_iter().flatten();
                    let mut body: Map<String, Value> =
                        names.map(|(name, _)| (name.clone(), Value::Null)).collect();
                    body.extend(record.clone());
                    body.insert("id".to_owned(), json!(id));
                    Entry {
                        id: NativeId::parse(id).expect("an id"),
                        version: None,
                        deleted: false,
                        body: Value::Object(body),
                    }
                })
                .chain(deleted)
                .collect()
        })
    }

    fn write_one(&self, entity: &str, operation: &Operation) -> Outcome {
        let of = (self.manifest.name.clone(), entity.to_owned());
        let fault = |kind, scope| Err(Fault::new(kind, scope, Text::plain("it says no")));
        self.all.with(|books| {
            let fates = books.fates.entry(of.clone()).or_default();
            let fate = match fates.is_empty() {
                true => None,
                false => Some(fates.remove(0)),
            };
            match fate {
                Some(Fate::Lost) => return fault(FaultKind::OutcomeUnknown, Scope::Record),
                Some(Fate::Refused) => return fault(FaultKind::Rejected, Scope::Record),
                Some(Fate::Down) => return fault(FaultKind::Unauthorized, Scope::Connection),
                Some(Fate::AnswerLost) | None => {}
            }
            let body: Value = serde_json::from_str(&operation.body).expect("JSON");
            let body = body.as_object().cloned().unwrap_or_default();
            let doing = match operation.action {
                Action::Create => "create",
                Action::Update => "update",
                Action::Delete => "delete",
            };
            let records = books.records.entry(of.clone()).or_default();
            let known = |id: &NativeId| records.contains_key(id.as_str());
            if operation.id.as_ref().is_some_and(|id| !known(id)) {
                return fault(FaultKind::NotFound, Scope::Record);
            }
            books.writes.push(format!("{}.{} {doing}", of.0, of.1));
            let id = match &operation.id {
                Some(id) => id.to_string(),
                None => {
                    let gone = books.deleted.get(&of).map_or(0, BTreeSet::len);
                    format!("{}{}", of.0[..1].to_uppercase(), records.len() + gone + 1)
                }
            };
            let record = records.entry(id.clone()).or_default();
            record.extend(body);
            // Where somebody looks at it, it says that it was written.
            if let Some(stamp) = record.get_mut("stamp") {
                *stamp = json!(operation.token.to_string());
            }
            match fate {
                Some(_) => fault(FaultKind::OutcomeUnknown, Scope::Record),
                None => Ok(Applied::bare(NativeId::parse(&id).expect("an id"))),
            }
        })
    }
}

#[async_trait]
impl Connector for System {
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
        Ok(Page {
            entries: self.entries(entity),
            next: None,
            more: false,
            complete: true,
        })
    }

    async fn read(&self, entity: &str, ids: &[NativeId]) -> Result<Vec<Option<Entry>>, Fault> {
        let entries = self.entries(entity);
        let one = |id: &NativeId| entries.iter().find(|entry| entry.id == *id).cloned();
        Ok(ids.iter().map(one).collect())
    }

    async fn find(
        &self,
        entity: &str,
        queries: &[Vec<(String, Value)>],
    ) -> Result<Vec<Vec<Entry>>, Fault> {
        let entries = self.entries(entity);
        let fits = |entry: &&Entry, query: &[(String, Value)]| {
            let mut conditions = query.iter();
            conditions.all(|(field, value)| entry.body[field] == *value)
        };
        let found = |query: &Vec<(String, Value)>| {
            let found = entries.iter().filter(|entry| fits(entry, query));
            found.cloned().collect()
        };
        Ok(queries.iter().map(found).collect())
    }

    async fn query(
        &self,
        entity: &str,
        filter: &[Condition],
        at: Option<&[u8]>,
        limit: u32,
    ) -> Result<Page, Fault> {
        self.changes(entity, at, filter, limit).await
    }

    async fn write(&self, entity: &str, operations: &[Operation]) -> Vec<Outcome> {
        let outcomes = operations.iter();
        outcomes
            .map(|operation| self.write_one(entity, operation))
            .collect()
    }

    async fn catalogue(&self, _lang: &str) -> Result<Option<String>, Fault> {
        Ok(None)
    }
}

fn manifest(name: &str) -> Manifest {
    let text = || json!({"type": ["string", "null"]});
    let entity = |entity: &str| EntitySpec {
        name: entity.to_owned(),
        title: Text::plain(entity),
        schema: json!({"type": "object", "properties": {
            "id": {"type": "string", "x-liaison-read-only": true},
            "name": text(), "code": text(), "maker": text(), "number": text(),
            "list": {"type": "array", "items": {"type": "object", "properties": {"name": text()}}},
            "stamp": {"type": ["string", "null"], "x-liaison-read-only": true, "x-liaison-stamp": true},
        }}),
        operations: Operations {
            read: true,
            find: true,
            query: true,
            changes: true,
            create: true,
            update: true,
            delete: true,
        },
        idempotency: Vec::new(),
        changes: ChangeSource::Matching,
        filters: Vec::new(),
        keys: vec!["name".to_owned(), "code".to_owned()],
        read_batch: 50,
        write_batch: 10,
    };
    Manifest {
        name: name.to_owned(),
        version: "1.0.0".to_owned(),
        title: Text::plain(name),
        vendor: "a test".to_owned(),
        settings: json!({"type": "object"}),
        secrets: Vec::new(),
        hosts: Vec::new(),
        limits: Limits {
            rates: Vec::new(),
            concurrency: 1,
        },
        entities: vec![entity("thing"), entity("maker")],
    }
}

/// The values of a field of all records, in order.
pub fn all(records: &Value, field: &str) -> Vec<String> {
    let records = records.as_object().into_iter().flatten();
    let values = records.filter_map(|(_, record)| record[field].as_str().map(str::to_owned));
    values.collect::<BTreeSet<_>>().into_iter().collect()
}
