//! Acomba's customers and CentrixOne's, both ways or as an image: both connectors' code and both vendors in
//! miniature under one seed, with faults, kills, and people at both screens.
//!
//! ```text
//! office.rs  the two systems, what their people do, and what must be so in the end
//! ```
//!
//! In the end both sides say the same, nothing bounces, every customer is in the CRM once, nobody else's
//! contact was touched, and the last thing somebody wrote stands there, or the journal says what became of it.

mod office;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex};

use liaison::catalogue::Catalogue;
use liaison::config::source::SourceText;
use liaison::config::tenant::Tenant;
use liaison::connector::Connector;
use liaison::engine::{Engine, Selection};
use liaison::model::run::{Event, Parked, RunStatus};
use liaison::model::{FlowName, Link, TenantId};
use liaison::store::memory::MemoryStore;
use liaison::store::{Change, EventQuery, LeaseScope, Store};
use liaison_tests::native::NativeConnector;
use liaison_tests::native::flows::flows;
use serde_json::Value;

use super::simulation::Killed;
use super::simulation::outside::{Disk, Outside, Shared};
use super::simulation::story::Budget;
use super::truth::Wrong;
use super::{Figures, Form, at_once};
use office::{Mode, Office, VENDORS};

const SEEDS_SHORT: u64 = 60;
const SEEDS_LONG: u64 = 5_000;
const STORMY_RUNS: u64 = 7;
/// Runs until nothing is left to do; more means that it bounces.
const CALM_RUNS_MAX: usize = 6;
/// Between two processes: longer than a lease.
const PAUSE_MS: i64 = 120_000;

const TENANT: &str = r#"
title = "Acomba and CentrixOne"

[connections.acomba]
connector = "acomba"
hosts = ["acomba.test"]
insecure = true
settings = { base_url = "http://acomba.test", company = "acme" }

[connections.centrixone]
connector = "centrixone"
hosts = ["centrixone.test"]
insecure = true
settings = { base_url = "http://centrixone.test", account = "12345" }

[flows.users]
pack = "acomba-centrixone/users"

[flows.customers]
pack = "acomba-centrixone/customers"
options = { mode = "MODE" }
"#;

const SECRETS: [(&str, &str); 2] = [
    ("acomba", "acme-key-0001"),
    ("centrixone", "centrix-key-0001"),
];

pub fn run(form: &Form) -> Figures {
    let mut figures = Figures::default();
    for what in ["duplicated", "lost", "wrong", "restless"] {
        figures.none_of(what);
    }
    let seeds = form.of(SEEDS_SHORT, SEEDS_LONG);
    let seeds = form.seed.map_or(1..=seeds, |seed| seed..=seed);
    for seed in seeds {
        let mut pair = Pair::new(seed);
        pair.live();
        let office = pair.shared.town();
        if form.seed.is_some() {
            office.lines.iter().for_each(|line| eprintln!("{line}"));
        }
        figures.tried("histories", 1);
        figures.tried("calls", office.calls);
        figures.tried("faults", office.faults_done);
        figures.tried("kills", office.kills_done);
        figures.tried("edits", office.edits_done);
        figures.tried("overwritten and told", pair.overwritten);
        for wrong in &pair.wrong {
            let again = format!("cargo xtask chaos --part pairs --seed {seed}");
            figures.found(
                wrong.what,
                format!("{:?}: {}; {again}", pair.mode, wrong.words),
            );
        }
    }
    figures
}

struct Pair {
    mode: Mode,
    shared: Shared<Office>,
    store: Arc<MemoryStore>,
    tenant: TenantId,
    engine: Engine,
    wrong: Vec<Wrong>,
    overwritten: u64,
}

impl Pair {
    fn new(seed: u64) -> Self {
        let mode = match seed % 4 {
            3 => Mode::Mirror,
            _ => Mode::TwoWay,
        };
        let shared = Shared::new(Office::new(seed, Budget::WHOLE));
        let store = Arc::new(MemoryStore::new());
        let tenant = TenantId::parse("demo").expect("a tenant's id");
        Self {
            mode,
            engine: engine(&shared, &store, &tenant, mode),
            shared,
            store,
            tenant,
            wrong: Vec::new(),
            overwritten: 0,
        }
    }

    fn live(&mut self) {
        for _ in 0..STORMY_RUNS {
            self.shared.town().a_morning();
            self.process();
        }
        self.shared.town().calm();
        self.retry_all();
        let mut rested = false;
        for _ in 0..CALM_RUNS_MAX {
            let before = self.shared.town().writes;
            self.process();
            rested = self.shared.town().writes == before;
            if rested {
                break;
            }
        }
        if !rested {
            let words = format!("still writing after {CALM_RUNS_MAX} runs without a change");
            self.wrong.push(Wrong::new("restless", words));
        }
        self.check();
    }

    /// One `liaison run customers`, which may be killed.
    fn process(&mut self) {
        let flow = customers();
        self.shared.town().note("run customers".to_owned());
        self.shared.town().process_begins();
        let end = catch_unwind(AssertUnwindSafe(|| {
            at_once(self.engine.run(&flow, Selection::Changes))
        }));
        let links = self.links();
        let mut office = self.shared.town();
        office.process_ends();
        office.note_compared(&links);
        office.now_ms += PAUSE_MS;
        let stormy = office.stormy;
        drop(office);
        match end {
            Ok(Ok(summary)) if summary.status == RunStatus::Failed => {
                let words = format!("the counts of a run do not add up: {:?}", summary.counts);
                self.wrong.push(Wrong::new("wrong", words));
            }
            Ok(Ok(summary)) => {
                if let (false, Some((connection, fault))) = (stormy, &summary.stopped) {
                    let words = format!("stopped in fair weather: {connection}: {fault}");
                    self.wrong.push(Wrong::new("wrong", words));
                }
            }
            Ok(Err(halt)) => {
                let words = format!("ended with an error of ours: {halt}");
                self.wrong.push(Wrong::new("wrong", words));
            }
            Err(payload) if payload.is::<Killed>() => {}
            Err(payload) => resume_unwind(payload),
        }
    }

    /// A technician: `liaison quarantine retry` of all.
    fn retry_all(&mut self) {
        let changes: Vec<Change> = (self.parked().into_iter())
            .map(|parked| {
                Change::PutParked(Box::new(Parked {
                    retry: true,
                    ..parked
                }))
            })
            .collect();
        if changes.is_empty() {
            return;
        }
        let scope = LeaseScope::flow(&self.tenant, &customers());
        let now = liaison::engine::world::World::now(&self.shared);
        let second = std::time::Duration::from_secs(1);
        let lease = at_once(self.store.claim(&scope, "technician", now, second));
        let lease = lease.expect("nobody else has it");
        at_once(self.store.commit(&lease, changes)).expect("the memory store commits");
        at_once(self.store.release(&lease)).expect("it is given back");
    }

    fn check(&mut self) {
        let report = at_once(self.store.verify()).expect("the memory store answers");
        let problems = report.problems.into_iter();
        self.wrong
            .extend(problems.map(|words| Wrong::new("wrong", words)));
        let intents = at_once(self.store.intents(&self.tenant, None));
        for intent in intents.expect("the memory store answers") {
            let words = format!("{:?} of {} is open at rest", intent.kind, intent.source);
            self.wrong.push(Wrong::new("lost", words));
        }
        let links = self.links();
        let everything = EventQuery {
            limit: usize::MAX,
            ..EventQuery::default()
        };
        let events = at_once(self.store.events(&self.tenant, &everything));
        let overwritten: Vec<Event> = (events.expect("the memory store answers").into_iter())
            .filter(|event| ["overwritten", "not-kept"].contains(&event.kind.as_str()))
            .collect();
        self.overwritten = overwritten.len() as u64;
        let parked = self.parked();
        let mut office = self.shared.town();
        let found = office.compare(self.mode, &links, &parked, &overwritten);
        drop(office);
        self.wrong.extend(found);
    }

    fn links(&self) -> Vec<Link> {
        let set = &self.engine.flows[&customers()].set;
        let links = at_once(self.store.link_page(set, None, 10_000));
        links.expect("the memory store answers")
    }

    fn parked(&self) -> Vec<Parked> {
        let parked = at_once(self.store.parked_list(&self.tenant, None));
        parked.expect("the memory store answers")
    }
}

fn customers() -> FlowName {
    FlowName::parse("customers").expect("a name")
}

fn engine(shared: &Shared<Office>, store: &Arc<MemoryStore>, id: &TenantId, mode: Mode) -> Engine {
    let text = SourceText::new("tenants/demo.toml", TENANT.replace("MODE", mode.word()));
    let tenant = Tenant::read(id, &text).expect("the tenant file is right");
    let connections = tenant
        .connections
        .iter()
        .map(|(id, connection)| {
            let settings = Value::Object(connection.settings.clone());
            (
                id.clone(),
                connector(shared, connection.connector.as_str(), &settings),
            )
        })
        .collect();
    Engine {
        flows: flows(&tenant, &connections),
        tenant: id.clone(),
        store: Arc::new(Disk {
            inner: Arc::clone(store),
            shared: shared.clone(),
        }),
        world: Arc::new(shared.clone()),
        observer: Arc::new(shared.clone()),
        holder: "pairs".to_owned(),
        words: Catalogue::new("fr"),
    }
}

fn connector(shared: &Shared<Office>, name: &str, settings: &Value) -> Arc<dyn Connector> {
    let place = VENDORS.iter().position(|vendor| *vendor == name);
    let secrets = SECRETS.iter().filter(|(connection, _)| *connection == name);
    let outside = Outside {
        shared: shared.clone(),
        place: place.expect("a vendor of ours"),
        settings: settings.to_string(),
        secrets: secrets
            .map(|(_, value)| ("api_key".to_owned(), (*value).to_owned()))
            .collect(),
        memory: Mutex::default(),
    };
    match name {
        "acomba" => Arc::new(NativeConnector::new(acomba::Acomba, outside)),
        _ => Arc::new(NativeConnector::new(centrixone::CentrixOne, outside)),
    }
}
