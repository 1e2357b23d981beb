//! Flows of a tenant file, bound to connectors in this process, as `control` binds them to components.

use std::collections::BTreeMap;
use std::sync::Arc;

use liaison::config::flow::{EndRef, FlowFile};
use liaison::config::packs;
use liaison::config::tenant::{FlowOrigin, Tenant, TenantFlow, WhichEnd};
use liaison::connector::Connector;
use liaison::engine::{Endpoint, FlowInstance};
use liaison::mapping::{self, Binding, End, FlowEnds};
use liaison::model::{ConnectionId, Entity, FlowName, LinkSet};

/// As `control` compiles them.
pub fn flows(
    tenant: &Tenant,
    connections: &BTreeMap<ConnectionId, Arc<dyn Connector>>,
) -> BTreeMap<FlowName, Arc<FlowInstance>> {
    let files: BTreeMap<&FlowName, FlowFile> = tenant
        .flows
        .iter()
        .map(|(name, flow)| {
            let FlowOrigin::Pack(pack) = &flow.origin else {
                panic!("only flows of a pack are read here");
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
        let back = instance.back();
        flows.extend(back.map(|back| (back.name().clone(), back)));
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
    let there = mapping::compile(file, &binding).expect("a flow that ships compiles");
    let two_way = mapping::compile_two_way(file, &binding, &there);
    let two_way = two_way.expect("and so does its way back");
    // The reverse of another flow has that one's links.
    let (left, right) = match file.reverse_of {
        None => (side(&source), side(&target)),
        Some(_) => (side(&target), side(&source)),
    };
    let set = LinkSet {
        tenant: tenant.id.clone(),
        left,
        right,
        role: flow.role.clone(),
    };
    FlowInstance::new(there, two_way, set, source, target)
}
