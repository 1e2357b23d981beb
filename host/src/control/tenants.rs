//! Brings a tenant to life: its connections connected, its flows compiled.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::catalogue::LANGUAGES;
use crate::config::flow::{FlowFile, Mode, ModeRule};
use crate::config::reader::Item;
use crate::config::tenant::{self, FlowOrigin, TapeRule, Tenant, TenantFlow, WhichEnd};
use crate::config::{At, Problem, SourceText, packs};
use crate::connector::settings::filled_in;
use crate::connector::tape::Taping;
use crate::connector::{ConnectionSpec, Connector, LimitOverrides, Loaded};
use crate::engine::{Endpoint, Engine, FlowInstance, Observer, Way};
use crate::mapping::{self, Binding, End, FlowEnds};
use crate::model::manifest::RateLimit;
use crate::model::text::words;
use crate::model::{ConnectionId, Entity, FlowName, LinkSet, Manifest, TenantId, Text};
use crate::secret::SecretName;

use super::relay::locked;
use super::shipping::lock::State;
use super::shipping::trial::OnTrial;
use super::world::holder;
use super::{Control, ControlError};

/// A tenant with whatever of it works.
pub(super) struct OpenTenant {
    pub tenant: Tenant,
    pub connections: BTreeMap<ConnectionId, Result<Arc<dyn Connector>, ControlError>>,
    pub flows: BTreeMap<FlowName, Result<Arc<FlowInstance>, ControlError>>,
}

impl Control {
    pub(super) fn read_tenant(&self, id: &TenantId) -> Result<Tenant, ControlError> {
        let text = self.read(&self.home.tenant(id))?;
        Tenant::read(id, &text).map_err(ControlError::problems)
    }

    /// Connects and compiles everything the tenant has; what fails is kept with its reason. `since`
    /// stands in for the option of that name.
    pub(super) async fn open_tenant(
        &self,
        id: &TenantId,
        since: Option<(&FlowName, &str)>,
    ) -> Result<OpenTenant, ControlError> {
        let mut tenant = self.read_tenant(id)?;
        if let Some((name, day)) = since {
            give_since(&mut tenant, name, day)?;
        }
        let mut connections = BTreeMap::new();
        for connection in tenant.connections.keys() {
            let connected = self.connect(&tenant, connection).await;
            connections.insert(connection.clone(), connected);
        }
        let flows = self.compile_flows(&tenant, &connections);
        Ok(OpenTenant {
            tenant,
            connections,
            flows,
        })
    }

    pub(super) async fn connect(
        &self,
        tenant: &Tenant,
        id: &ConnectionId,
    ) -> Result<Arc<dyn Connector>, ControlError> {
        let (loaded, entry) = self.loaded_for(&tenant.connections[id]).await?;
        let spec = self.spec(tenant, id, &loaded)?;
        let mut connector = self.runtime().await?.connect(&loaded, spec).await?;
        if entry.state == State::OnTrial && entry.sha256 == loaded.sha256 {
            connector = Arc::new(OnTrial::new(connector, self, entry));
        }
        self.learn_words(&loaded, &*connector).await;
        Ok(connector)
    }

    /// The same for a connection that is still being set up: secrets may be missing.
    pub(super) async fn connect_unfinished(
        &self,
        tenant: &Tenant,
        id: &ConnectionId,
    ) -> Result<Arc<dyn Connector>, ControlError> {
        let (loaded, _) = self.loaded_for(&tenant.connections[id]).await?;
        let spec = self.spec(tenant, id, &loaded)?;
        let runtime = self.runtime().await?;
        let connector = runtime.connect_unfinished(&loaded, spec).await?;
        self.learn_words(&loaded, &*connector).await;
        Ok(connector)
    }

    fn spec(
        &self,
        tenant: &Tenant,
        id: &ConnectionId,
        loaded: &Loaded,
    ) -> Result<ConnectionSpec, ControlError> {
        let connection = &tenant.connections[id];
        let mut secrets = BTreeMap::new();
        for wanted in &loaded.manifest.secrets {
            let name = SecretName::new(id.clone(), &wanted.name)?;
            if let Some(value) = self.secrets.get(&tenant.id, &name)? {
                secrets.insert(wanted.name.clone(), value);
            }
        }
        let mut allow_private = Vec::new();
        let mut problems = Vec::new();
        for address in &connection.allow_private {
            match address.value.parse::<SocketAddr>() {
                Ok(parsed) => allow_private.push(parsed),
                Err(_) => problems.push(Problem::new(
                    &tenant.text,
                    &address.span,
                    "bad-address",
                    Text::new(
                        "config-bad-address",
                        vec![("value", address.value.clone())],
                        format!(
                            "`{}` is no address:port, such as 127.0.0.1:4010",
                            address.value
                        ),
                    ),
                )),
            }
        }
        if !problems.is_empty() {
            return Err(ControlError::problems(problems));
        }
        Ok(ConnectionSpec {
            tenant: tenant.id.clone(),
            connection: id.clone(),
            settings: Value::Object(connection.settings.clone()),
            named: match filled_in(&loaded.manifest.settings) {
                Some(_) => self.named(tenant, id),
                None => Value::Null,
            },
            granted_hosts: connection
                .hosts
                .iter()
                .map(|host| host.value.clone())
                .collect(),
            insecure: connection.insecure,
            offline: connection.offline,
            allow_private,
            extra_roots_pem: None,
            limits: limits(&connection.limits),
            secrets,
            taping: match connection.tape {
                TapeRule::Off => Taping::Off,
                TapeRule::Failures => Taping::Failures,
                TapeRule::All => Taping::All,
            },
        })
    }

    /// Takes over the connector's words for people. One that has none speaks by its fallbacks.
    async fn learn_words(&self, loaded: &Loaded, connector: &dyn Connector) {
        let name = &loaded.manifest.name;
        if locked(&self.learned).get(name) == Some(&loaded.sha256) {
            return;
        }
        for lang in LANGUAGES {
            if let Ok(Some(resource)) = connector.catalogue(lang).await
                && let Some(words) = locked(&self.words).get_mut(lang)
            {
                words.add_connector(name, &resource);
            }
        }
        locked(&self.learned).insert(name.clone(), loaded.sha256.clone());
    }

    fn compile_flows(
        &self,
        tenant: &Tenant,
        connections: &BTreeMap<ConnectionId, Result<Arc<dyn Connector>, ControlError>>,
    ) -> BTreeMap<FlowName, Result<Arc<FlowInstance>, ControlError>> {
        let files: BTreeMap<&FlowName, Result<FlowFile, ControlError>> = tenant
            .flows
            .iter()
            .filter(|(_, flow)| flow.enabled)
            .map(|(name, flow)| (name, self.flow_file(tenant, flow)))
            .collect();
        let ends: BTreeMap<String, FlowEnds> = files
            .iter()
            .filter_map(|(name, file)| Some((name.to_string(), flow_ends(file.as_ref().ok()?))))
            .collect();
        let turned: BTreeMap<String, LinkSet> = files
            .iter()
            .filter_map(|(name, file)| {
                let file = file.as_ref().ok().filter(|file| can_be_turned(file))?;
                let set = link_set(tenant, &tenant.flows[name], file).ok()?;
                Some((name.to_string(), set))
            })
            .collect();
        let mut compiled: BTreeMap<FlowName, Result<Arc<FlowInstance>, ControlError>> = files
            .into_iter()
            .map(|(name, file)| {
                let flow = &tenant.flows[name];
                let made = file
                    .and_then(|file| {
                        let lang = &self.home_lang;
                        let made = compile_flow(tenant, flow, &file, connections, &ends, lang)?;
                        shares_its_links(&made, &file, &turned)?;
                        Ok(made)
                    })
                    .map(Arc::new);
                (name.clone(), made)
            })
            .collect();
        tell_the_cause(&mut compiled);
        let whole: Vec<&mapping::Flow> = compiled
            .values()
            .flatten()
            .map(|instance| &instance.flow)
            .collect();
        let circles = mapping::check_cycles(&whole);
        if !circles.is_empty() {
            let leads: BTreeMap<FlowName, Vec<FlowName>> = whole
                .iter()
                .map(|flow| (flow.name().clone(), flow.uses()))
                .collect();
            for (name, made) in &mut compiled {
                if made.is_ok() && leads_into_a_circle(name, &leads) {
                    *made = Err(ControlError::problems(circles.clone()));
                }
            }
        }
        compiled
    }

    /// The flow's text: from a pack in the binary, or from the tenant's folder.
    pub(super) fn flow_file(
        &self,
        tenant: &Tenant,
        flow: &TenantFlow,
    ) -> Result<FlowFile, ControlError> {
        let text: Arc<SourceText> = match &flow.origin {
            FlowOrigin::Pack(name) => match packs::find(name.as_str()) {
                Some(pack) => pack.text(),
                None => return Err(self.no_pack(&tenant.text, name)),
            },
            FlowOrigin::File(name) => {
                self.read(&self.home.flows(&tenant.id).join(name.as_str()))?
            }
        };
        let file = FlowFile::read(&text);
        // What is no TOML at all has no ends to speak of.
        let broken = |problem: &Problem| problem.code == "toml-syntax";
        if file.problems.iter().any(broken) {
            return Err(ControlError::problems(file.problems));
        }
        Ok(file)
    }

    fn no_pack(&self, text: &Arc<SourceText>, name: &crate::config::At<String>) -> ControlError {
        let known: Vec<String> = packs::all()
            .into_iter()
            .map(packs::PackFlow::name)
            .collect();
        let known = known.join(", ");
        let message = Text::new(
            "config-no-pack",
            vec![("name", name.value.clone()), ("known", known.clone())],
            format!("there is no pack flow `{}`; known: {known}", name.value),
        );
        ControlError::problems(vec![Problem::new(
            text,
            &name.span,
            "unknown-pack",
            message,
        )])
    }

    /// An engine over the tenant's flows: the one asked for and those its references need must work.
    pub(super) async fn engine(
        &self,
        open: OpenTenant,
        wanted: &FlowName,
        doing: &str,
        observer: Arc<dyn Observer>,
    ) -> Result<Engine, ControlError> {
        let mut flows = BTreeMap::new();
        let mut failed = BTreeMap::new();
        for (name, made) in open.flows {
            match made {
                Ok(instance) => {
                    let back = instance.back();
                    flows.extend(back.map(|back| (back.name().clone(), back)));
                    flows.insert(name, instance);
                }
                Err(error) => {
                    failed.insert(name, error);
                }
            }
        }
        if let Some(error) = failed.remove(wanted) {
            return Err(error);
        }
        let Some(instance) = flows.get(wanted) else {
            return Err(no_flow(&open.tenant, wanted));
        };
        let instance = Arc::clone(instance);
        let mut wanted = instance.flow.uses();
        let mut seen = BTreeSet::new();
        while let Some(name) = wanted.pop() {
            if let Some(error) = failed.remove(&name) {
                return Err(error);
            }
            if seen.insert(name.clone()) {
                wanted.extend(flows.get(&name).iter().flat_map(|flow| flow.flow.uses()));
            }
        }
        let used = seen.iter().filter_map(|name| flows.get(name));
        for flow in used.chain([&instance]) {
            self.refuse_renamed(&open.tenant, &flow.set).await?;
            let ends = [&flow.source, &flow.target].into_iter();
            self.refuse_uncalled(ends.map(|end| (&end.connection, &*end.connector)))?;
        }
        Ok(Engine {
            tenant: open.tenant.id.clone(),
            flows,
            store: Arc::clone(self.store().await?),
            world: self.world.clone(),
            observer,
            holder: holder(doing),
            words: self.home_words(),
        })
    }

    /// The flow of the other direction whose links are this one's.
    pub(super) fn reverse_of(
        &self,
        id: &TenantId,
        name: &FlowName,
    ) -> Result<Option<String>, ControlError> {
        let tenant = self.read_tenant(id)?;
        let Some(flow) = tenant.flows.get(name) else {
            return Ok(None);
        };
        let file = self.flow_file(&tenant, flow)?;
        Ok(file.reverse_of.map(|at| at.value))
    }

    /// The link set of a flow, from the files alone: no connector is asked.
    pub(super) fn link_set(&self, id: &TenantId, name: &FlowName) -> Result<LinkSet, ControlError> {
        let tenant = self.read_tenant(id)?;
        let flow = tenant
            .flows
            .get(name)
            .ok_or_else(|| no_flow(&tenant, name))?;
        let file = self.flow_file(&tenant, flow)?;
        link_set(&tenant, flow, &file)
    }
}

/// Whether the references of this flow lead, by any way, to one that leads back to itself.
fn leads_into_a_circle(name: &FlowName, leads: &BTreeMap<FlowName, Vec<FlowName>>) -> bool {
    let reached = |from: &FlowName| {
        let mut found: BTreeSet<&FlowName> = BTreeSet::new();
        let mut next: Vec<&FlowName> = leads.get(from).into_iter().flatten().collect();
        while let Some(flow) = next.pop() {
            if found.insert(flow) {
                next.extend(leads.get(flow).into_iter().flatten());
            }
        }
        found
    };
    let mine = reached(name);
    mine.contains(name) || mine.into_iter().any(|flow| reached(flow).contains(flow))
}

/// `--since` is the flow's option of that name, for this one time.
fn give_since(tenant: &mut Tenant, name: &FlowName, day: &str) -> Result<(), ControlError> {
    if day.parse::<jiff::civil::Date>().is_err() {
        let english = format!("`{day}` is no date; write it as 2026-01-31");
        return Err(ControlError::command(
            "bad-date",
            vec![("value", day.to_owned())],
            english,
        ));
    }
    let missing = no_flow(tenant, name);
    let flow = tenant.flows.get_mut(name).ok_or(missing)?;
    let span = flow.options.span.clone();
    flow.options
        .values
        .retain(|(option, _)| option.value != "since");
    flow.options.values.push((
        At::new("since".to_owned(), span.clone()),
        At::new(Item::Date(day.to_owned()), span),
    ));
    Ok(())
}

/// A flow that misses another one because that one's file is broken says so first.
fn tell_the_cause(compiled: &mut BTreeMap<FlowName, Result<Arc<FlowInstance>, ControlError>>) {
    let missing = |problem: &Problem| problem.code == "unknown-flow";
    let wrong =
        |made: &Result<_, ControlError>| made.as_ref().err().map(|error| error.problems.clone());
    let causes: Vec<Problem> = compiled
        .values()
        .filter_map(wrong)
        .flatten()
        .filter(|problem| !missing(problem))
        .collect();
    for made in compiled.values_mut() {
        if let Err(error) = made
            && error.problems.iter().any(missing)
            && !causes.is_empty()
        {
            let mut problems = causes.clone();
            problems.append(&mut error.problems);
            *made = Err(ControlError::problems(problems));
        }
    }
}

pub(super) fn no_flow(tenant: &Tenant, name: &FlowName) -> ControlError {
    let known: Vec<&str> = tenant.flows.keys().map(FlowName::as_str).collect();
    if tenant.flows.get(name).is_some_and(|flow| !flow.enabled) {
        let english = format!("flow `{name}` of tenant `{}` is not enabled", tenant.id);
        let args = vec![
            ("flow", name.to_string()),
            ("tenant", tenant.id.to_string()),
        ];
        return ControlError::command("flow-disabled", args, english);
    }
    let known = known.join(", ");
    let english = format!(
        "tenant `{}` has no flow `{name}`; it has: {known}",
        tenant.id
    );
    let args = vec![
        ("flow", name.to_string()),
        ("tenant", tenant.id.to_string()),
        ("known", known),
    ];
    ControlError::command("no-flow", args, english).hint(
        "flow-add",
        vec![],
        "`liaison flow add PACK/FLOW` adds one; `liaison flow packs` lists what ships",
    )
}

/// What the operator sets, in the runtime's terms.
fn limits(given: &tenant::LimitOverrides) -> LimitOverrides {
    let size = |bytes: Option<u64>| bytes.and_then(|bytes| usize::try_from(bytes).ok());
    let small = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
    let rates = given.requests.map(|requests| {
        let window_s = small(given.window_s.unwrap_or(1));
        vec![RateLimit {
            requests: small(requests),
            window_s,
        }]
    });
    LimitOverrides {
        memory_bytes_max: size(given.memory_bytes),
        request_bytes_max: None,
        response_bytes_max: size(given.response_bytes),
        log_bytes_max: size(given.log_bytes),
        cpu_max: given.cpu_ms.map(Duration::from_millis),
        wall_max: given.wall_ms.map(Duration::from_millis),
        request_timeout: None,
        relay_wait: given.relay_wait_s.map(Duration::from_secs),
        concurrency: given.concurrency.map(small),
        rates,
        tapes: size(given.tapes),
    }
}

pub(super) fn flow_ends(file: &FlowFile) -> FlowEnds {
    let end = |end: &crate::config::flow::EndRef| End {
        connector: end.connector.value.clone(),
        entity: end.entity.value.clone(),
    };
    FlowEnds {
        source: end(&file.source),
        target: end(&file.target),
    }
}

fn link_set(tenant: &Tenant, flow: &TenantFlow, file: &FlowFile) -> Result<LinkSet, ControlError> {
    let end = |which: WhichEnd, end: &crate::config::flow::EndRef| {
        let connection = tenant
            .end(flow, which, end.connector.as_str())
            .map_err(|problem| ControlError::problems(vec![problem]))?
            .id
            .clone();
        let entity = Entity::parse(end.entity.as_str())
            .map_err(|error| ControlError::bug(error.to_string()))?;
        Ok::<_, ControlError>((connection, entity))
    };
    let source = end(WhichEnd::Source, &file.source)?;
    let target = end(WhichEnd::Target, &file.target)?;
    // One that has the links of another flow has them as that one does.
    let (left, right) = match file.reverse_of {
        None => (source, target),
        Some(_) => (target, source),
    };
    Ok(LinkSet {
        tenant: tenant.id.clone(),
        left,
        right,
        role: flow.role.clone(),
    })
}

/// Whether a flow of the other direction may have the links of this one.
fn can_be_turned(file: &FlowFile) -> bool {
    let one_way = matches!(&file.mode, ModeRule::Fixed(mode) if mode.value == Mode::OneWay);
    one_way && file.reverse_of.is_none()
}

/// A flow that is the reverse of another has that one's very links.
fn shares_its_links(
    made: &FlowInstance,
    file: &FlowFile,
    turned: &BTreeMap<String, LinkSet>,
) -> Result<(), ControlError> {
    let (Way::Reverse(other), Some(at)) = (&made.way, &file.reverse_of) else {
        return Ok(());
    };
    if turned.get(other.as_str()) == Some(&made.set) {
        return Ok(());
    }
    let message = words!(
        "config-reverse-links",
        "flow `{flow}` has other links: it must go one way, between the same two connections, with the same `role`",
        flow = other
    );
    Err(ControlError::problems(vec![Problem::new(
        &file.text,
        &at.span,
        "wrong-flow",
        message,
    )]))
}

fn compile_flow(
    tenant: &Tenant,
    flow: &TenantFlow,
    file: &FlowFile,
    connections: &BTreeMap<ConnectionId, Result<Arc<dyn Connector>, ControlError>>,
    ends: &BTreeMap<String, FlowEnds>,
    lang: &str,
) -> Result<FlowInstance, ControlError> {
    let set = link_set(tenant, flow, file)?;
    let endpoint = |(connection, entity): &(ConnectionId, Entity)| {
        let connector = match &connections[connection] {
            Ok(connector) => Arc::clone(connector),
            Err(error) => return Err(error.clone()),
        };
        Ok(Endpoint {
            connection: connection.clone(),
            entity: entity.as_str().to_owned(),
            connector,
        })
    };
    let (source, target) = match file.reverse_of {
        None => (&set.left, &set.right),
        Some(_) => (&set.right, &set.left),
    };
    let (source, target) = (endpoint(source)?, endpoint(target)?);
    let manifests: (&Manifest, &Manifest) =
        (source.connector.manifest(), target.connector.manifest());
    let binding = Binding {
        name: flow.name.clone(),
        source: manifests.0,
        target: manifests.1,
        options: &flow.options,
        tables: &flow.tables,
        flows: ends,
    };
    let there = mapping::compile(file, &binding).map_err(ControlError::problems)?;
    let two_way = mapping::compile_two_way(file, &binding, &there);
    let two_way = two_way.map_err(ControlError::problems)?;
    let two_way = two_way.map(|two_way| two_way.in_language(lang));
    let there = there.in_language(lang);
    Ok(FlowInstance::new(there, two_way, set, source, target))
}
