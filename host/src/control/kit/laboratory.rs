//! A connection of the component under test, with its own memory, its own tapes and the fault layer before it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use serde_json::Value;

use super::given::Given;
use super::meddling::{Layer, Trouble, Which};
use crate::connector::tape::{Tape, TapeShelf, Taping};
use crate::connector::{ConnectionSpec, Connector, LimitOverrides, Loaded, Runtime, Shelf};
use crate::control::error::ControlError;
use crate::control::tapes::{Bench, bare_runtime};
use crate::model::manifest::EntitySpec;
use crate::model::{
    Action, ConnectionId, Entry, Fault, FaultKind, NativeId, Operation, Outcome, Page, TenantId,
    Token,
};
use crate::secret::SecretValue;

/// Pages of a walk, and records on each: enough to see several, few enough for a server of any size.
pub const PAGES_MAX: usize = 40;
pub const PAGE_RECORDS: u32 = 5;

pub struct Laboratory {
    pub runtime: Runtime,
    pub loaded: Loaded,
    pub connector: Arc<dyn Connector>,
    pub layer: Arc<Layer>,
    tapes: Arc<Kept>,
}

/// Memory and notes, as long as the kit runs.
#[derive(Default)]
struct OwnShelf {
    memory: Mutex<BTreeMap<String, Vec<u8>>>,
    notes: Mutex<BTreeMap<String, Vec<u8>>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl Shelf for OwnShelf {
    async fn memory_get(
        &self,
        _: &TenantId,
        _: &ConnectionId,
        key: &str,
    ) -> Result<Option<Vec<u8>>, String> {
        Ok(lock(&self.memory).get(key).cloned())
    }

    async fn memory_set(
        &self,
        _: &TenantId,
        _: &ConnectionId,
        key: &str,
        value: Option<Vec<u8>>,
    ) -> Result<(), String> {
        match value {
            Some(value) => drop(lock(&self.memory).insert(key.to_owned(), value)),
            None => drop(lock(&self.memory).remove(key)),
        }
        Ok(())
    }

    async fn note_progress(
        &self,
        _: &TenantId,
        token: &Token,
        note: Vec<u8>,
    ) -> Result<(), String> {
        lock(&self.notes).insert(token.to_string(), note);
        Ok(())
    }
}

#[derive(Default)]
struct Kept(Mutex<Vec<Tape>>);

/// Calls that are replayed at the end: more would only take time.
const TAPES_KEPT_MAX: usize = 400;

#[async_trait]
impl TapeShelf for Kept {
    async fn keep(&self, tape: Tape, _: usize) -> Option<String> {
        let mut tapes = lock(&self.0);
        if tapes.len() < TAPES_KEPT_MAX {
            tapes.push(tape);
        }
        None
    }
}

impl Laboratory {
    pub async fn new(bench: &Bench, file: &Path, given: &Given) -> Result<Self, ControlError> {
        let (layer, tapes) = (Arc::new(Layer::default()), Arc::new(Kept::default()));
        let runtime = bare_runtime(&bench.cache, Arc::new(OwnShelf::default()))?;
        let runtime = runtime
            .with_tapes(Arc::clone(&tapes) as Arc<dyn TapeShelf>)
            .with_meddler(Arc::clone(&layer) as Arc<dyn crate::connector::meddle::Meddler>);
        let loaded = runtime.load(file).await?;
        let manifest = &loaded.manifest;
        let asked = manifest.hosts.iter().map(|host| host.pattern.clone());
        let secrets = given
            .secrets
            .iter()
            .map(|(name, value)| (name.clone(), SecretValue::new(value.clone())));
        let id = |raw: &str| ControlError::bug(format!("`{raw}` is no id"));
        let spec = ConnectionSpec {
            tenant: TenantId::parse("kit").map_err(|_| id("kit"))?,
            connection: ConnectionId::parse(&manifest.name).map_err(|_| id(&manifest.name))?,
            settings: Value::Object(given.settings.clone()),
            named: Value::Null,
            granted_hosts: asked.chain(given.hosts.iter().cloned()).collect(),
            insecure: given.insecure,
            offline: false,
            allow_private: given.private.into_iter().collect(),
            extra_roots_pem: None,
            limits: LimitOverrides {
                rates: given.rate.map(|rate| vec![rate]),
                ..LimitOverrides::default()
            },
            secrets: secrets.collect(),
            taping: Taping::All,
        };
        let connector = runtime.connect(&loaded, spec).await?;
        Ok(Self {
            runtime,
            loaded,
            connector,
            layer,
            tapes,
        })
    }

    pub fn tapes(&self) -> Vec<Tape> {
        lock(&self.tapes.0).clone()
    }

    /// Does something while this goes wrong.
    pub async fn under<R>(
        &self,
        trouble: Trouble,
        which: Which,
        doing: impl Future<Output = R>,
    ) -> R {
        self.layer.set(Some((trouble, which)));
        let done = doing.await;
        self.layer.set(None);
        done
    }

    /// One page, by whichever way the entity has to show all its records.
    pub async fn page(
        &self,
        entity: &EntitySpec,
        at: Option<&[u8]>,
        limit: u32,
    ) -> Result<Page, Fault> {
        match entity.operations.query {
            true => self.connector.query(&entity.name, &[], at, limit).await,
            false => self.connector.changes(&entity.name, at, &[], limit).await,
        }
    }

    /// The records of a walk, as far as the kit walks, and whether it came to the end.
    pub async fn walk(
        &self,
        entity: &EntitySpec,
        from: Option<Vec<u8>>,
        pages_max: usize,
    ) -> Result<(Vec<Entry>, bool), Fault> {
        let (mut found, mut at) = (Vec::new(), from);
        for _ in 0..pages_max {
            let page = self.page(entity, at.as_deref(), PAGE_RECORDS).await?;
            found.extend(page.entries);
            if !page.more {
                return Ok((found, true));
            }
            at = page.next;
        }
        Ok((found, false))
    }

    pub async fn read(&self, entity: &EntitySpec, id: &NativeId) -> Result<Option<Entry>, Fault> {
        let ids = std::slice::from_ref(id);
        let mut found = self.connector.read(&entity.name, ids).await?;
        Ok(found.pop().flatten())
    }

    pub async fn write(&self, entity: &EntitySpec, operation: Operation) -> Outcome {
        let mut outcomes = self.connector.write(&entity.name, &[operation]).await;
        outcomes.pop().unwrap_or_else(|| {
            let words = crate::model::Text::plain("no outcome");
            Err(Fault::new(
                FaultKind::Internal,
                crate::model::Scope::Connection,
                words,
            ))
        })
    }
}

/// A name for an operation that no other has.
pub fn token() -> Token {
    let mut bits = [0; 16];
    // Without random numbers the tokens of one run are alike, and the server says so.
    let _ = getrandom::fill(&mut bits);
    Token::from_bits(bits)
}

pub fn create(token: Token, body: &Value) -> Operation {
    Operation {
        token,
        action: Action::Create,
        id: None,
        version: None,
        body: body.to_string(),
        resume: None,
    }
}

pub fn change(action: Action, id: &NativeId, version: Option<String>, body: &Value) -> Operation {
    Operation {
        token: token(),
        action,
        id: Some(id.clone()),
        version,
        body: body.to_string(),
        resume: None,
    }
}

/// A fault as the kit tells it.
pub fn told(fault: &Fault) -> String {
    let kind = serde_json::to_value(fault.kind).unwrap_or_default();
    let kind = kind.as_str().unwrap_or_default().to_owned();
    format!("{kind}: {}", fault.message.fallback)
}
