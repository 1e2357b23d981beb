//! One run of the invoices flow in this process: the product's engine and store, and the connectors'
//! code without a sandbox. Started as a child, so that it is measured as the real program is.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::Timestamp;
use liaison::catalogue::Catalogue;
use liaison::config::source::SourceText;
use liaison::config::tenant::Tenant;
use liaison::connector::Connector;
use liaison::engine::world::World;
use liaison::engine::{Engine, Notice, Observer, Selection};
use liaison::model::{ConnectionId, FlowName, TenantId};
use liaison::store::sled::SledStore;
use serde_json::Value;

use liaison_sdk::native::NativeHost;
use liaison_tests::native::{NativeConnector, flows::flows};

use super::laboratory::SECRETS;

/// Prints the run's summary, as `liaison --json run invoices` has it under `answer`.
pub fn run(home: &Path) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("threads");
    let summary = runtime.block_on(async {
        let engine = engine(home);
        let flow = FlowName::parse("invoices").expect("a name");
        engine.run(&flow, Selection::Changes).await
    });
    match summary {
        Ok(summary) => {
            let text = serde_json::to_string(&summary).expect("a summary is JSON");
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(halt) => {
            eprintln!("{halt}");
            ExitCode::FAILURE
        }
    }
}

fn engine(home: &Path) -> Engine {
    let read = |file: &str| {
        std::fs::read_to_string(home.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
    };
    let id = TenantId::parse("demo").expect("a tenant's id");
    let text = SourceText::new("tenants/demo.toml", read("tenants/demo.toml"));
    let tenant = Tenant::read(&id, &text).expect("the tenant file is right");
    let connections: BTreeMap<ConnectionId, Arc<dyn Connector>> = tenant
        .connections
        .iter()
        .map(|(id, connection)| {
            let settings = Value::Object(connection.settings.clone());
            let own = connector(connection.connector.as_str(), &settings);
            (id.clone(), own)
        })
        .collect();
    let store = SledStore::open(&home.join("data/store")).expect("the store opens");
    Engine {
        flows: flows(&tenant, &connections),
        tenant: id,
        store: Arc::new(store),
        world: Arc::new(RealWorld(Instant::now())),
        observer: Arc::new(Deaf),
        holder: "liaison-bench".to_owned(),
        words: Catalogue::new("en"),
    }
}

fn connector(name: &str, settings: &Value) -> Arc<dyn Connector> {
    let host = native_host(name, settings);
    if name == "autotask" {
        Arc::new(NativeConnector::new(autotask::Autotask, host))
    } else {
        Arc::new(NativeConnector::new(acomba::Acomba, host))
    }
}

/// The world outside, for a connector of the laboratory.
pub fn native_host(name: &str, settings: &Value) -> NativeHost {
    let secrets: Vec<(&str, &str)> = SECRETS
        .into_iter()
        .filter(|(connection, ..)| *connection == name)
        .map(|(_, name, value)| (name, value))
        .collect();
    NativeHost::new(settings, &secrets)
}

struct Deaf;

impl Observer for Deaf {
    fn notice(&self, _notice: &Notice) {}
}

struct RealWorld(Instant);

#[async_trait]
impl World for RealWorld {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn monotonic_ms(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn random(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
        bytes
    }

    async fn sleep_ms(&self, ms: u64) {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
}
