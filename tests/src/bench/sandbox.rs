//! What the sandbox costs: a call, a record, a load.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use liaison::connector::tape::Taping;
use liaison::connector::{
    Compiler, ConnectionSpec, Connector, LimitOverrides, Loaded, Runtime, Shelf,
};
use liaison::model::manifest::RateLimit;
use liaison::model::{
    Action, Comparison, Condition, ConnectionId, Operation, Page, TenantId, Token,
};
use liaison::secret::SecretValue;
use serde_json::{Value, json};

use super::doing;
use super::laboratory::{SECRETS, Systems, component};
use super::native_run::native_host;
use super::table::{Table, median, micros, millis};
use liaison_tests::native::NativeConnector;

const CALLS: usize = 2_000;
const LOADS: usize = 20;
const PAGES: usize = 20;
const CROSSINGS: usize = 200;
/// What the engine asks for. Autotask's connector gives fewer invoices at once, since each has lines.
const ASKED_RECORDS: u32 = 500;

pub fn measure(table: &mut Table) {
    doing("the sandbox");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("threads");
    let cache = tempfile::tempdir().expect("a temporary folder");
    runtime.block_on(async {
        table.section("Sandbox (connector autotask)");
        let started = Instant::now();
        let loaded = load(cache.path()).await;
        let compiled = started.elapsed();

        let systems = Systems::start();
        systems.add_invoices(u64::from(ASKED_RECORDS));
        let sandboxed = connect(cache.path(), &loaded, &systems).await;
        calls(table, &*sandboxed).await;
        loads(table, cache.path(), compiled).await;
        let host = native_host("autotask", &settings(&systems));
        let native = NativeConnector::new(autotask::Autotask, host);
        crossing(table, &*sandboxed).await;
        records(table, &*sandboxed, &native).await;
    });
}

/// A fresh instance for each call, as always; the function itself has next to nothing to do.
async fn calls(table: &mut Table, connector: &dyn Connector) {
    let mut took = Vec::with_capacity(CALLS);
    for _ in 0..CALLS {
        let started = Instant::now();
        let words = connector.catalogue("zz").await.expect("it answers");
        took.push(started.elapsed());
        assert_eq!(words, None);
    }
    took.sort();
    let p99 = took[CALLS * 99 / 100];
    let note = format!("median of {CALLS} empty calls; p99 {}", micros(p99));
    table.row("fresh instance and call", micros(median(took)), "us", note);
}

/// A new engine each time, as in a new process.
async fn loads(table: &mut Table, cache: &Path, compiled: Duration) {
    let mut took = Vec::with_capacity(LOADS);
    for _ in 0..LOADS {
        let started = Instant::now();
        drop(load(cache).await);
        took.push(started.elapsed());
    }
    table.row(
        "cold load from the compile cache",
        millis(median(took)),
        "ms",
        format!(
            "engine, check, MAC, code, link, describe; compiling it takes {} ms once",
            millis(compiled)
        ),
    );
}

/// Operations that the connector refuses at once: each record is copied in, each refusal out, and
/// nothing else is done.
async fn crossing(table: &mut Table, connector: &dyn Connector) {
    let page = page(connector).await;
    let body_bytes: usize = page.entries.iter().map(|e| e.body.to_string().len()).sum();
    let operations: Vec<Operation> = page
        .entries
        .iter()
        .enumerate()
        .map(|(number, entry)| Operation {
            token: Token::parse(&format!("{number:026}")).expect("26 digits"),
            action: Action::Create,
            id: None,
            version: None,
            body: entry.body.to_string(),
            resume: None,
        })
        .collect();
    let mut took = [Vec::new(), Vec::new()];
    for _ in 0..CROSSINGS {
        for (operations, took) in [&operations[..1], &operations].into_iter().zip(&mut took) {
            let started = Instant::now();
            let outcomes = connector.write("no_such_entity", operations).await;
            took.push(started.elapsed());
            assert!(outcomes.iter().all(Result::is_err));
        }
    }
    let [one, all] = took.map(median);
    let more = all.saturating_sub(one).as_secs_f64() * 1e6;
    let records = operations.len();
    table.row(
        "a record in and its outcome out",
        format!("{:.2}", more / (records - 1) as f64),
        "us",
        format!(
            "copies and checks alone: {records} of {} bytes in one call, less a call of one",
            body_bytes / records
        ),
    );
}

/// Pages of the same records by turns, through the sandbox and without it; both over HTTP.
async fn records(table: &mut Table, sandboxed: &dyn Connector, native: &dyn Connector) {
    let records = page(native).await.entries.len();
    let mut took = [Vec::new(), Vec::new()];
    // The first of each looks up what the connector then remembers.
    for round in 0..=PAGES {
        for (connector, took) in [sandboxed, native].into_iter().zip(&mut took) {
            let started = Instant::now();
            let found = page(connector).await.entries.len();
            if round > 0 {
                took.push(started.elapsed());
            }
            assert_eq!(found, records);
        }
    }
    // What else the machine does only adds, and pages of one connector are all alike.
    let quickest = |took: Vec<Duration>| took.into_iter().min().expect("several pages");
    let [sandboxed, native] = took.map(quickest);
    let more = sandboxed.as_secs_f64() - native.as_secs_f64();
    table.row(
        format!("page of {records} invoices, sandboxed"),
        millis(sandboxed),
        "ms",
        format!("quickest of {PAGES}, simulator and HTTP included"),
    );
    table.row(
        format!("page of {records} invoices, native"),
        millis(native),
        "ms",
        format!(
            "sandboxed takes {:.2} times as long",
            sandboxed.as_secs_f64() / native.as_secs_f64()
        ),
    );
    table.row(
        "a record of such a page, sandboxed over native",
        format!("{:.1}", more * 1e6 / records as f64),
        "us",
        "instance, code as wasm, copies, egress",
    );
}

async fn page(connector: &dyn Connector) -> Page {
    let condition = |field: &str, op, values: Vec<Value>| Condition {
        field: field.to_owned(),
        op,
        values,
    };
    let filter = [
        condition("number", Comparison::Empty, vec![]),
        condition("voided", Comparison::Eq, vec![json!(false)]),
    ];
    connector
        .changes("invoice", None, &filter, ASKED_RECORDS)
        .await
        .expect("the simulator answers")
}

fn host(cache: &Path) -> Runtime {
    let shelf: Arc<dyn Shelf> = Arc::new(MemoryShelf::default());
    Runtime::new(cache, shelf, Compiler::InProcess).expect("an engine")
}

async fn load(cache: &Path) -> Loaded {
    host(cache)
        .load(&component("autotask"))
        .await
        .expect("it loads")
}

fn settings(systems: &Systems) -> Value {
    json!({"base_url": systems.autotask.url()})
}

async fn connect(cache: &Path, loaded: &Loaded, systems: &Systems) -> Arc<dyn Connector> {
    let address = systems.autotask.url().trim_start_matches("http://");
    let secrets = SECRETS
        .into_iter()
        .filter(|(connection, ..)| *connection == "autotask")
        .map(|(_, name, value)| (name.to_owned(), SecretValue::new(value.to_owned())))
        .collect();
    let spec = ConnectionSpec {
        tenant: TenantId::parse("demo").expect("a tenant's id"),
        connection: ConnectionId::parse("autotask").expect("a connection's id"),
        settings: settings(systems),
        named: Value::Null,
        granted_hosts: vec![address.to_owned(), "*.autotask.net".to_owned()],
        insecure: true,
        offline: false,
        allow_private: vec![address.parse().expect("an address")],
        extra_roots_pem: None,
        limits: LimitOverrides {
            rates: Some(vec![RateLimit {
                requests: 100_000,
                window_s: 1,
            }]),
            ..LimitOverrides::default()
        },
        secrets,
        taping: Taping::default(),
    };
    host(cache)
        .connect(loaded, spec)
        .await
        .expect("the connection is made")
}

/// Keeps what a connector remembers as long as the bench runs.
#[derive(Default)]
struct MemoryShelf(Mutex<BTreeMap<String, Vec<u8>>>);

#[async_trait]
impl Shelf for MemoryShelf {
    async fn memory_get(
        &self,
        _tenant: &TenantId,
        _connection: &ConnectionId,
        key: &str,
    ) -> Result<Option<Vec<u8>>, String> {
        let memory = self.0.lock().map_err(|error| error.to_string())?;
        Ok(memory.get(key).cloned())
    }

    async fn memory_set(
        &self,
        _tenant: &TenantId,
        _connection: &ConnectionId,
        key: &str,
        value: Option<Vec<u8>>,
    ) -> Result<(), String> {
        let mut memory = self.0.lock().map_err(|error| error.to_string())?;
        match value {
            Some(value) => memory.insert(key.to_owned(), value),
            None => memory.remove(key),
        };
        Ok(())
    }

    async fn note_progress(
        &self,
        _tenant: &TenantId,
        _token: &Token,
        _note: Vec<u8>,
    ) -> Result<(), String> {
        Err("nothing is written here".to_owned())
    }
}
