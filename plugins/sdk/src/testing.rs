//! A host that answers from a script, and checks a connector's tests share.
//!
//! A script is a list of exchanges in order: what must be asked, and what is answered. A request
//! that fits no line fails the test and shows what was asked.

use crate::contract::{Entity, Manifest};
use crate::host::{Algorithm, Encoder, Host, HttpError, HttpRequest, HttpResponse, LogLevel};
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};

/// What a scripted exchange answers.
pub enum Reply {
    /// Status and JSON body.
    Json(u16, Value),
    /// A whole answer.
    Whole(HttpResponse),
    /// No answer.
    Error(HttpError),
}

/// One line of the script.
struct Exchange {
    /// `METHOD path-suffix`, e.g. `POST /Invoices/query`.
    asks: String,
    reply: Reply,
}

/// A host that answers from a script.
pub struct ScriptHost {
    settings: Value,
    script: RefCell<VecDeque<Exchange>>,
    /// Every request, in order.
    pub sent: RefCell<Vec<HttpRequest>>,
    /// What the connector remembers.
    pub memory: RefCell<BTreeMap<String, Vec<u8>>>,
    /// What it noted per write token.
    pub notes: RefCell<BTreeMap<String, Vec<u8>>>,
    /// What it logged.
    pub lines: RefCell<Vec<String>>,
    /// The clock; sleeping moves it.
    pub now_ms: Cell<u64>,
    /// Secrets that are not set.
    pub unset: RefCell<Vec<String>>,
}

impl ScriptHost {
    /// A host with these settings, at 2026-03-05T14:00:00Z.
    pub fn new(settings: Value) -> Self {
        Self {
            settings,
            script: RefCell::default(),
            sent: RefCell::default(),
            memory: RefCell::default(),
            notes: RefCell::default(),
            lines: RefCell::default(),
            now_ms: Cell::new(1_772_719_200_000),
            unset: RefCell::default(),
        }
    }

    /// The next request must be `asks` (`METHOD` and the end of the address) and is answered 200
    /// with this body.
    #[must_use]
    pub fn on(self, asks: &str, body: Value) -> Self {
        self.reply(asks, Reply::Json(200, body))
    }

    /// The next request must be `asks` and gets this reply.
    #[must_use]
    pub fn reply(self, asks: &str, reply: Reply) -> Self {
        self.script.borrow_mut().push_back(Exchange {
            asks: asks.to_owned(),
            reply,
        });
        self
    }

    /// The JSON body of the request at this place.
    pub fn body(&self, at: usize) -> Value {
        serde_json::from_slice(&self.sent.borrow()[at].body).expect("the request has a JSON body")
    }

    /// `METHOD address` of every request.
    pub fn asked(&self) -> Vec<String> {
        self.sent
            .borrow()
            .iter()
            .map(|r| format!("{} {}", r.method.name(), r.url))
            .collect()
    }

    /// Fails when a line of the script was not asked for.
    #[track_caller]
    pub fn assert_done(&self) {
        let left: Vec<String> = self
            .script
            .borrow()
            .iter()
            .map(|e| e.asks.clone())
            .collect();
        assert!(left.is_empty(), "never asked: {left:?}");
    }
}

impl Host for ScriptHost {
    fn settings_json(&self) -> String {
        self.settings.to_string()
    }

    fn log(&self, level: LogLevel, message: &str) {
        self.lines.borrow_mut().push(format!("{level:?} {message}"));
    }

    fn now_ms(&self) -> u64 {
        self.now_ms.get()
    }

    fn monotonic_ms(&self) -> u64 {
        self.now_ms.get()
    }

    fn sleep_ms(&self, ms: u32) {
        self.now_ms.set(self.now_ms.get() + u64::from(ms));
    }

    fn random(&self, count: u32) -> Vec<u8> {
        vec![7; count as usize]
    }

    fn memory_get(&self, key: &str) -> Option<Vec<u8>> {
        self.memory.borrow().get(key).cloned()
    }

    fn memory_set(&self, key: &str, value: &[u8]) -> Result<(), String> {
        self.memory
            .borrow_mut()
            .insert(key.to_owned(), value.to_vec());
        Ok(())
    }

    fn memory_delete(&self, key: &str) {
        self.memory.borrow_mut().remove(key);
    }

    fn note(&self, token: &str, note: &[u8]) -> Result<(), String> {
        self.notes
            .borrow_mut()
            .insert(token.to_owned(), note.to_vec());
        Ok(())
    }

    fn placeholder(&self, name: &str, encoder: Encoder) -> Result<String, String> {
        match self.unset.borrow().iter().any(|unset| unset == name) {
            true => Err(format!("the secret `{name}` is not set")),
            false => Ok(format!("[{name}:{encoder:?}]")),
        }
    }

    /// Words instead of a signature, from which a test sees what was to be signed and by what.
    fn sign(&self, name: &str, algorithm: Algorithm, bytes: &[u8]) -> Result<Vec<u8>, String> {
        match self.unset.borrow().iter().any(|unset| unset == name) {
            true => Err(format!("the secret `{name}` is not set")),
            false => Ok([format!("[{name}:{algorithm:?}]").as_bytes(), bytes].concat()),
        }
    }

    fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let asked = format!("{} {}", request.method.name(), request.url);
        let body = String::from_utf8_lossy(&request.body).into_owned();
        self.sent.borrow_mut().push(request);
        let next = self.script.borrow_mut().pop_front();
        let Some(exchange) = next else {
            panic!("nothing more was scripted, but asked: {asked}\n{body}")
        };
        let fits = exchange
            .asks
            .split_once(' ')
            .is_some_and(|(method, suffix)| {
                asked.starts_with(&format!("{method} "))
                    && asked.to_lowercase().ends_with(&suffix.to_lowercase())
            });
        assert!(
            fits,
            "scripted: {}\nasked:    {asked}\n{body}",
            exchange.asks
        );
        match exchange.reply {
            Reply::Json(status, body) => Ok(HttpResponse {
                status,
                headers: vec![("content-type".to_owned(), "application/json".to_owned())],
                body: body.to_string().into_bytes(),
            }),
            Reply::Whole(response) => Ok(response),
            Reply::Error(error) => Err(error),
        }
    }
}

/// Whatever stands in the manifest must be parseable and consistent: schemas are JSON, keys, filters
/// and markers are fields, names are unique.
#[track_caller]
pub fn assert_manifest(manifest: &Manifest) {
    let settings: Value = serde_json::from_str(&manifest.settings).expect("settings are JSON");
    assert_eq!(settings["type"], "object", "settings are an object");
    for (name, schema) in settings["properties"]
        .as_object()
        .expect("settings have properties")
    {
        assert!(
            schema["description"].is_string(),
            "the setting {name} is explained"
        );
    }
    let mut names: Vec<&str> = manifest.entities.iter().map(|e| e.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(
        names.len(),
        manifest.entities.len(),
        "entity names are unique"
    );
    manifest.entities.iter().for_each(assert_entity);
}

#[track_caller]
fn assert_entity(entity: &Entity) {
    let schema: Value = serde_json::from_str(&entity.schema).expect("the schema is JSON");
    let known = |field: &str| {
        assert!(
            schema["properties"][field].is_object(),
            "{} has no {field}",
            entity.name
        )
    };
    entity.keys.iter().for_each(|key| known(key));
    entity
        .filters
        .iter()
        .for_each(|filter| known(&filter.field));
    assert!(entity.read_batch > 0 && entity.write_batch > 0);
}

/// The keys of `text!("key", …)` in these sources that a catalogue lacks.
pub fn missing_words(sources: &[&str], catalogue: &str) -> Vec<String> {
    let has = |key: &str| {
        catalogue.lines().any(|l| {
            l.split_once('=')
                .is_some_and(|(name, _)| name.trim() == key)
        })
    };
    let mut missing: Vec<String> = sources
        .iter()
        .flat_map(|source| source.split("text!(").skip(1))
        .filter_map(|rest| {
            rest.trim_start()
                .strip_prefix('"')?
                .split('"')
                .next()
                .map(str::to_owned)
        })
        .filter(|key| !has(key))
        .collect();
    missing.sort();
    missing.dedup();
    missing
}
