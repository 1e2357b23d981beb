//! One host with a hostile connector and a good one in it: the runtime of the product, its limits, the
//! Acomba connector with its simulator, and an accomplice on loopback.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use liaison::connector::tape::Taping;
use liaison::connector::{
    Compiler, ConnectionSpec, Connector, LimitOverrides, LoadError, Loaded, Runtime, Shelf,
};
use liaison::model::{ConnectionId, TenantId, Token};
use liaison::secret::SecretValue;
use liaison_simulators::shell::Running;
use liaison_simulators::vendor;
use liaison_tests::repository;
use serde_json::{Value, json};

use super::accomplice::Accomplice;

/// What a hostile connection may use.
#[derive(Clone, Copy)]
pub struct Deadlines {
    pub cpu: Duration,
    pub wall: Duration,
    /// From the first byte out to the last byte in of a request.
    pub request: Duration,
}

impl Deadlines {
    /// To see that a deadline holds.
    pub const SHORT: Self = Self {
        cpu: Duration::from_millis(250),
        wall: Duration::from_millis(500),
        request: Duration::from_millis(300),
    };
    /// Processor time as in the product, and wall time to use it: to see how much can be hoarded.
    pub const LONG: Self = Self {
        cpu: Duration::from_secs(2),
        wall: Duration::from_millis(2_500),
        request: Duration::from_secs(30),
    };
}

/// Whose connection the hostile one is.
const VICTIM: &str = "victim";

pub struct Laboratory {
    pub runtime: Runtime,
    pub shelf: Arc<MemoryShelf>,
    pub accomplice: Accomplice,
    hostile: Loaded,
    acomba: Running,
    folder: tempfile::TempDir,
}

impl Laboratory {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let shelf = Arc::new(MemoryShelf::default());
        let runtime = Runtime::new(
            &folder.path().join("cache"),
            Arc::clone(&shelf) as Arc<dyn Shelf>,
            // The compiler's memory must not be in the figures of the host that we are.
            Compiler::Child {
                program: liaison_tests::program(),
            },
        )
        .expect("an engine");
        let hostile = runtime
            .load(&built("target/guests/hostile.wasm"))
            .await
            .unwrap_or_else(|error| panic!("{}", with_causes(&error)));
        Self {
            runtime,
            shelf,
            accomplice: Accomplice::start(),
            hostile,
            acomba: simulator(),
            folder,
        }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A connection of the hostile one that behaves so, with deadlines that are short.
    pub async fn hostile(
        &self,
        behaviour: &str,
        path: &str,
        memory_bytes_max: usize,
        deadlines: Deadlines,
    ) -> Arc<dyn Connector> {
        let settings = json!({"behaviour": behaviour, "url": self.accomplice.url(path)});
        self.connect(&self.hostile, settings, memory_bytes_max, deadlines)
            .await
    }

    pub async fn load(&self, name: &str, component: &[u8]) -> Result<Loaded, LoadError> {
        let file = self.folder.path().join(format!("{name}.wasm"));
        std::fs::write(&file, component).expect("the folder can be written");
        self.runtime.load(&file).await
    }

    pub async fn connect(
        &self,
        loaded: &Loaded,
        settings: Value,
        memory_bytes_max: usize,
        deadlines: Deadlines,
    ) -> Arc<dyn Connector> {
        let spec = ConnectionSpec {
            tenant: TenantId::parse(VICTIM).expect("a tenant's id"),
            connection: ConnectionId::parse("hostile").expect("a connection's id"),
            settings,
            named: Value::Null,
            granted_hosts: vec!["{url}".to_owned()],
            insecure: true,
            offline: false,
            allow_private: vec![self.accomplice.address],
            extra_roots_pem: None,
            limits: LimitOverrides {
                memory_bytes_max: Some(memory_bytes_max),
                cpu_max: Some(deadlines.cpu),
                wall_max: Some(deadlines.wall),
                request_timeout: Some(deadlines.request),
                ..LimitOverrides::default()
            },
            secrets: BTreeMap::new(),
            taping: Taping::default(),
        };
        self.runtime
            .connect(loaded, spec)
            .await
            .unwrap_or_else(|error| panic!("{error}"))
    }

    /// The other end of the flow, and the whole of every other flow: real, and with nothing to hide.
    pub async fn acomba(&self) -> Arc<dyn Connector> {
        let loaded = self
            .runtime
            .load(&built("target/connectors/acomba.wasm"))
            .await
            .unwrap_or_else(|error| panic!("{}", with_causes(&error)));
        let url = self.acomba.url();
        let address = url.trim_start_matches("http://");
        let spec = ConnectionSpec {
            tenant: TenantId::parse("neighbour").expect("a tenant's id"),
            connection: ConnectionId::parse("acomba").expect("a connection's id"),
            settings: json!({"base_url": url, "company": "acme"}),
            named: Value::Null,
            granted_hosts: vec![address.to_owned()],
            insecure: true,
            offline: false,
            allow_private: vec![address.parse().expect("an address")],
            extra_roots_pem: None,
            limits: LimitOverrides::default(),
            secrets: BTreeMap::from([(
                "api_key".to_owned(),
                SecretValue::new("acme-key-0001".to_owned()),
            )]),
            taping: Taping::default(),
        };
        self.runtime
            .connect(&loaded, spec)
            .await
            .unwrap_or_else(|error| panic!("{error}"))
    }
}

pub fn built(path: &str) -> PathBuf {
    let file = repository().join(path);
    assert!(
        file.exists(),
        "{} is missing: run `cargo xtask guests`",
        file.display()
    );
    file
}

/// An error with everything under it, as a person would be told.
pub fn with_causes(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words = format!("{words}: {error}");
        cause = error.source();
    }
    words
}

fn simulator() -> Running {
    let listen = "127.0.0.1:0".parse().expect("an address");
    let running = Running::start(vendor("acomba").expect("a vendor"), listen, None)
        .expect("a free port on loopback");
    let file = repository().join("tests/simulators/seeds/acomba.json");
    let seed = std::fs::read_to_string(file).expect("the seed is in the repository");
    let seed: Value = serde_json::from_str(&seed).expect("the seed is JSON");
    let now = running.now();
    running
        .with(|simulator| simulator.seed(&seed, now))
        .expect("the seed is valid");
    running
}

/// Keeps what it is given, and counts how often it was asked to.
#[derive(Default)]
pub struct MemoryShelf {
    memory: Mutex<BTreeMap<String, Vec<u8>>>,
    writes: Mutex<u64>,
}

impl MemoryShelf {
    /// Durable writes of the hostile tenant since the last time this was asked, which are then forgotten;
    /// each is a sync of the disk in the product.
    pub fn take_writes(&self) -> u64 {
        let mut memory = self.memory.lock().expect("nobody panics");
        memory.retain(|key, _| !key.starts_with(VICTIM));
        std::mem::take(&mut self.writes.lock().expect("nobody panics"))
    }
}

impl MemoryShelf {
    fn count(&self, tenant: &TenantId) {
        if tenant.as_str() == VICTIM {
            *self.writes.lock().expect("nobody panics") += 1;
        }
    }
}

#[async_trait]
impl Shelf for MemoryShelf {
    async fn memory_get(
        &self,
        tenant: &TenantId,
        _connection: &ConnectionId,
        key: &str,
    ) -> Result<Option<Vec<u8>>, String> {
        let memory = self.memory.lock().expect("nobody panics");
        Ok(memory.get(&format!("{tenant}/{key}")).cloned())
    }

    async fn memory_set(
        &self,
        tenant: &TenantId,
        _connection: &ConnectionId,
        key: &str,
        value: Option<Vec<u8>>,
    ) -> Result<(), String> {
        self.count(tenant);
        let mut memory = self.memory.lock().expect("nobody panics");
        let key = format!("{tenant}/{key}");
        match value {
            Some(value) => memory.insert(key, value),
            None => memory.remove(&key),
        };
        Ok(())
    }

    async fn note_progress(
        &self,
        tenant: &TenantId,
        _token: &Token,
        _note: Vec<u8>,
    ) -> Result<(), String> {
        self.count(tenant);
        Ok(())
    }
}
