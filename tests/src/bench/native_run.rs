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
use liaison::config::flow::{EndRef, FlowFile};
use liaison::config::packs;
use liaison::config::source::SourceText;
use liaison::config::tenant::{FlowOrigin, Tenant, TenantFlow, WhichEnd};
use liaison::connector::Connector;
use liaison::engine::world::World;
use liaison::engine::{Endpoint, Engine, FlowInstance, Notice, Observer, Selection};
use liaison::mapping::{self, Binding, End, FlowEnds};
use liaison::model::{ConnectionId, Entity, FlowName, LinkSet, Manifest, TenantId};
use liaison::store::sled::SledStore;
use serde_json::Value;

use super::native::NativeConnector;

/// What `describe` of each component said, checked by the host; written by the parent.
pub const MANIFESTS: &str = "manifests.json";

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
    let manifests: BTreeMap<String, Manifest> =
        serde_json::from_str(&read(MANIFESTS)).expect("the parent wrote it");
    let connections: BTreeMap<ConnectionId, Arc<dyn Connector>> = tenant
        .connections
        .iter()
        .map(|(id, connection)| {
            let manifest = manifests[connection.connector.as_str()].clone();
            let settings = Value::Object(connection.settings.clone());
            (id.clone(), connector(manifest, &settings))
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

fn connector(manifest: Manifest, settings: &Value) -> Arc<dyn Connector> {
    if manifest.name == "autotask" {
        Arc::new(NativeConnector::new(autotask::Autotask, manifest, settings))
    } else {
        Arc::new(NativeConnector::new(acomba::Acomba, manifest, settings))
    }
}

/// As `control` compiles them.
fn flows(
    tenant: &Tenant,
    connections: &BTreeMap<ConnectionId, Arc<dyn Connector>>,
) -> BTreeMap<FlowName, Arc<FlowInstance>> {
    let files: BTreeMap<&FlowName, FlowFile> = tenant
        .flows
        .iter()
        .map(|(name, flow)| {
            let FlowOrigin::Pack(pack) = &flow.origin else {
                panic!("the bench's flows are of the pack");
            };
            let pack = packs::find(pack.as_str()).expect("a flow that ships");
            (name, FlowFile::read(&pack.text()))
        })
        .collect();
    let end = |end: &EndRef| End {
        connector: end.connector.value.clone(),
        entity: end.entity.value.clone(),
    };
    let ends: BTreeMap<String, FlowEnds> = files
        .iter()
        .map(|(name, file)| {
            let (source, target) = (end(&file.source), end(&file.target));
            (name.to_string(), FlowEnds { source, target })
        })
        .collect();
    let mut flows = BTreeMap::new();
    for (name, file) in files {
        let instance = instance(tenant, &tenant.flows[name], &file, &ends, connections);
        flows.insert(name.clone(), Arc::new(instance));
    }
    flows
}

fn instance(
    tenant: &Tenant,
    flow: &TenantFlow,
    file: &FlowFile,
    ends: &BTreeMap<String, FlowEnds>,
    connections: &BTreeMap<ConnectionId, Arc<dyn Connector>>,
) -> FlowInstance {
    let endpoint = |which, end: &EndRef| {
        let connection = &tenant
            .end(flow, which, end.connector.as_str())
            .expect("one connection for each connector")
            .id;
        Endpoint {
            connection: connection.clone(),
            entity: end.entity.value.clone(),
            connector: Arc::clone(&connections[connection]),
        }
    };
    let source = endpoint(WhichEnd::Source, &file.source);
    let target = endpoint(WhichEnd::Target, &file.target);
    let binding = Binding {
        name: flow.name.clone(),
        source: source.connector.manifest(),
        target: target.connector.manifest(),
        options: &flow.options,
        tables: &flow.tables,
        flows: ends,
    };
    let side = |end: &Endpoint| {
        let entity = Entity::parse(&end.entity).expect("an entity's name");
        (end.connection.clone(), entity)
    };
    FlowInstance {
        flow: mapping::compile(file, &binding).expect("a flow that ships compiles"),
        set: LinkSet {
            tenant: tenant.id.clone(),
            left: side(&source),
            right: side(&target),
            role: flow.role.clone(),
        },
        source,
        target,
    }
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
