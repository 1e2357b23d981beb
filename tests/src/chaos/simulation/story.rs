//! One seed from beginning to rest.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use liaison::catalogue::Catalogue;
use liaison::config::source::SourceText;
use liaison::config::tenant::Tenant;
use liaison::connector::Connector;
use liaison::engine::{Engine, Halt, RunSummary, Selection};
use liaison::model::run::{Parked, RunStatus};
use liaison::model::{FlowName, TenantId};
use liaison::store::memory::MemoryStore;
use liaison::store::{Change, IntentKind, LeaseScope, Store};
use liaison_tests::native::NativeConnector;
use liaison_tests::native::flows::flows;
use serde_json::Value;

use super::outside::{Disk, Outside, Shared};
use super::people;
use super::town::{Town, VENDORS};
use super::weather::Killed;
use crate::chaos::at_once;
use crate::chaos::truth::{Books, Wrong};

/// Processes while things go wrong.
const STORMY_RUNS: u64 = 9;
/// Rounds of all flows until nothing is left to do; more means that it never rests.
const ROUNDS_MAX: usize = 8;
/// Between two processes: longer than a lease.
const PAUSE_MS: i64 = 120_000;

const FLOWS: [&str; 4] = ["products", "customers", "invoices", "suppliers"];

const SECRETS: [(&str, &str, &str); 4] = [
    ("autotask", "user_name", "api@liaison.test"),
    ("autotask", "integration_code", "LIAISON-SIM"),
    ("autotask", "secret", "simulated-secret"),
    ("acomba", "api_key", "acme-key-0001"),
];

/// How much of each stream is used; the rest is left out when a failure is made smaller.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    pub faults: u64,
    pub kills: u64,
    pub edits: u64,
}

impl Budget {
    pub const WHOLE: Self = Self {
        faults: u64::MAX,
        kills: u64::MAX,
        edits: u64::MAX,
    };

    pub fn of(&mut self, place: usize) -> &mut u64 {
        match place {
            0 => &mut self.faults,
            1 => &mut self.kills,
            _ => &mut self.edits,
        }
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = |count: u64| match count {
            u64::MAX => "all".to_owned(),
            count => format!("the first {count}"),
        };
        let (faults, kills, edits) = (first(self.faults), first(self.kills), first(self.edits));
        write!(f, "{faults} faults, {kills} kills, {edits} edits")
    }
}

/// What came of a seed.
pub struct Story {
    pub trace: String,
    pub lines: Vec<String>,
    pub wrong: Vec<Wrong>,
    pub calls: u64,
    pub faults: u64,
    pub kills: u64,
    pub edits: u64,
}

impl Story {
    pub fn tell(seed: u64, budget: Budget) -> Self {
        let mut teller = Teller::new(seed, budget);
        teller.storm();
        teller.calm();
        let town = teller.shared.town();
        Self {
            trace: town.trace(),
            lines: town.lines.clone(),
            wrong: teller.wrong.clone(),
            calls: town.calls,
            faults: town.faults_done,
            kills: town.kills_done,
            edits: town.edits_done,
        }
    }
}

pub struct Teller {
    pub shared: Shared<Town>,
    pub store: Arc<MemoryStore>,
    pub tenant: TenantId,
    engine: Engine,
    wrong: Vec<Wrong>,
}

impl Teller {
    fn new(seed: u64, budget: Budget) -> Self {
        let shared = Shared::new(Town::new(seed, budget));
        let store = Arc::new(MemoryStore::new());
        let tenant = TenantId::parse("demo").expect("a tenant's id");
        Self {
            engine: engine(&shared, &store, &tenant),
            shared,
            store,
            tenant,
            wrong: Vec::new(),
        }
    }

    /// Runs under faults, kills and edits.
    fn storm(&mut self) {
        for _ in 0..STORMY_RUNS {
            let flow = {
                let mut town = self.shared.town();
                for _ in 0..town.story.below(4) {
                    town.edit();
                }
                // Invoices are run most, and need the others.
                let which = town
                    .story
                    .pick(&["invoices", "invoices", "customers", "products"]);
                *which.unwrap_or(&"invoices")
            };
            self.process(flow);
            if self.shared.town().story.per_mille(300) {
                self.retry_all(flow);
            }
        }
    }

    /// Fair weather, everybody gone home: it must come to rest, and the books must be right.
    fn calm(&mut self) {
        {
            let mut town = self.shared.town();
            town.stormy = false;
            people::go_home(&mut town);
        }
        for flow in FLOWS {
            self.retry_all(flow);
        }
        let mut rested = false;
        for _ in 0..ROUNDS_MAX {
            let before = self.shared.town().writes;
            for flow in FLOWS {
                self.process(flow);
            }
            if self.shared.town().writes == before {
                rested = true;
                break;
            }
        }
        if !rested {
            let words = format!("still writing after {ROUNDS_MAX} rounds without a change");
            self.wrong.push(Wrong::new("restless", words));
        }
        let books = self.books();
        self.wrong.extend(books.compare());
        self.check_customers();
        self.check_store();
    }

    /// A company that moved after it was linked has moved in Acomba too, unless somebody there said
    /// otherwise or somebody has to settle something first.
    fn check_customers(&mut self) {
        let customers = FlowName::parse("customers").expect("a name");
        let set = &self.engine.flows[&customers].set;
        let links = at_once(self.store.link_page(set, None, 10_000));
        let parked = at_once(self.store.parked_list(&self.tenant, Some(&customers)));
        let parked = parked.expect("the memory store answers");
        let mut town = self.shared.town();
        let (companies, cards) = (town.rows("Companies"), town.cards("Customer"));
        let mut wrong = Vec::new();
        for link in links.expect("the memory store answers") {
            let (left, right) = (link.left.id.as_str(), link.right.id.as_str());
            let company = companies
                .iter()
                .find(|row| row["id"].as_i64() == left.parse().ok());
            let card = cards
                .iter()
                .find(|card| card["CardPos"].as_i64() == right.parse().ok());
            let (Some(company), Some(card)) = (company, card) else {
                continue;
            };
            let id = company["id"].as_i64().unwrap_or_default();
            let linked_ms = link.created_at.as_millisecond() - town.skew_ms;
            let moved = town.moved.get(&id).is_some_and(|at| *at > linked_ms);
            let excused = town.emptied.contains_key(&id)
                || town.edited.contains(right)
                || parked.iter().any(|record| record.id == link.left.id)
                || company["isActive"] != true
                || company["companyType"] != 1;
            if moved && !excused && company["city"] != card["CuCity"] {
                let words = format!(
                    "company {id} moved to {}, Acomba has {}",
                    company["city"], card["CuCity"]
                );
                wrong.push(Wrong::new("lost", words));
            }
        }
        drop(town);
        self.wrong.extend(wrong);
    }

    fn books(&self) -> Books {
        let invoices = FlowName::parse("invoices").expect("a name");
        let parked = at_once(self.store.parked_list(&self.tenant, Some(&invoices)));
        let parked = parked.expect("the memory store answers");
        let mut town = self.shared.town();
        Books {
            invoices: town.rows("Invoices"),
            tickets: town.rows("Tickets"),
            companies: town.rows("Companies"),
            documents: town.cards("Transaction"),
            customers: town.cards("Customer"),
            parked: parked
                .iter()
                .map(|parked| (parked.id.to_string(), parked.code.clone()))
                .collect(),
            anew: town.emptied.clone(),
        }
    }

    /// The id-map agrees with itself, and no write is left open.
    fn check_store(&mut self) {
        let report = at_once(self.store.verify()).expect("the memory store answers");
        let problems = report.problems.into_iter();
        self.wrong
            .extend(problems.map(|words| Wrong::new("wrong", words)));
        let parked = at_once(self.store.parked_list(&self.tenant, None));
        let parked = parked.expect("the memory store answers");
        let open = at_once(self.store.intents(&self.tenant, None));
        for intent in open.expect("the memory store answers") {
            // What the source is still to be told waits while a person has to settle a conflict.
            let waits = intent.kind == IntentKind::WriteBack
                && parked.iter().any(|record| record.id == intent.source);
            if !waits {
                let words = format!("{:?} of {} is open at rest", intent.kind, intent.source);
                self.wrong.push(Wrong::new("lost", words));
            }
        }
    }

    /// One `liaison run FLOW`, which may be killed.
    fn process(&mut self, flow: &str) {
        let flow = FlowName::parse(flow).expect("a name");
        self.shared.town().note(format!("run {flow}"));
        self.shared.town().process_begins();
        let end = catch_unwind(AssertUnwindSafe(|| {
            at_once(self.engine.run(&flow, Selection::Changes))
        }));
        let mut town = self.shared.town();
        town.process_ends();
        town.now_ms += PAUSE_MS;
        match end {
            Ok(end) => {
                let told = told(&end);
                town.note(told.clone());
                drop(town);
                self.judge(&flow, end, &told);
            }
            Err(payload) if payload.is::<Killed>() => {}
            // The seed must be told with it.
            Err(payload) => {
                let words = payload.downcast_ref::<String>().cloned();
                let words = words.unwrap_or_else(|| "it panicked".to_owned());
                drop(town);
                self.wrong
                    .push(Wrong::new("wrong", format!("run {flow}: {words}")));
            }
        }
    }

    fn judge(&mut self, flow: &FlowName, end: Result<RunSummary, Halt>, told: &str) {
        let stormy = self.shared.town().stormy;
        let fault = match end {
            Ok(summary) if summary.status == RunStatus::Failed => "its counts do not add up",
            Ok(summary) if !stormy && summary.stopped.is_some() => "stopped in fair weather",
            Ok(_) => return,
            Err(_) => "ended with an error of ours",
        };
        let words = format!("run {flow}: {fault}: {told}");
        self.wrong.push(Wrong::new("wrong", words));
    }

    /// A technician: `liaison quarantine retry FLOW`.
    fn retry_all(&mut self, flow: &str) {
        let flow = FlowName::parse(flow).expect("a name");
        let parked = at_once(self.store.parked_list(&self.tenant, Some(&flow)));
        let changes: Vec<Change> = parked
            .expect("the memory store answers")
            .into_iter()
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
        let scope = LeaseScope::flow(&self.tenant, &flow);
        let now = liaison::engine::world::World::now(&self.shared);
        let lease =
            at_once(
                self.store
                    .claim(&scope, "technician", now, std::time::Duration::from_secs(1)),
            );
        let lease = lease.expect("nobody else has it");
        at_once(self.store.commit(&lease, changes)).expect("the memory store commits");
        at_once(self.store.release(&lease)).expect("it is given back");
    }
}

/// The process: both connectors over the same memories, systems and store. It keeps nothing between two
/// runs, so one engine serves them all.
fn engine(shared: &Shared<Town>, store: &Arc<MemoryStore>, id: &TenantId) -> Engine {
    let text = include_str!("../../../tenant.toml")
        .replace("{autotask}", "autotask.test")
        .replace("{acomba}", "acomba.test");
    let text = SourceText::new("tenants/demo.toml", text);
    let tenant = Tenant::read(id, &text).expect("the tenant file is right");
    let connections = tenant
        .connections
        .iter()
        .map(|(id, connection)| {
            let settings = Value::Object(connection.settings.clone());
            let own = connector(shared, connection.connector.as_str(), &settings);
            (id.clone(), own)
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
        holder: "simulation".to_owned(),
        words: Catalogue::new("fr"),
    }
}

fn connector(shared: &Shared<Town>, name: &str, settings: &Value) -> Arc<dyn Connector> {
    let place = VENDORS.iter().position(|vendor| *vendor == name);
    let secrets = SECRETS
        .iter()
        .filter(|(connection, ..)| *connection == name);
    let outside = Outside {
        shared: shared.clone(),
        place: place.expect("a vendor of ours"),
        settings: settings.to_string(),
        secrets: secrets
            .map(|(_, name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        memory: Mutex::default(),
    };
    match name {
        "autotask" => Arc::new(NativeConnector::new(autotask::Autotask, outside)),
        _ => Arc::new(NativeConnector::new(acomba::Acomba, outside)),
    }
}

fn told(end: &Result<RunSummary, Halt>) -> String {
    match end {
        Ok(summary) => {
            let stopped = summary.stopped.as_ref();
            let stopped = stopped.map(|(connection, fault)| format!("{connection}: {fault}"));
            format!(
                "{:?} {:?} {}",
                summary.status,
                summary.counts,
                stopped.unwrap_or_default()
            )
        }
        Err(halt) => format!("{halt}"),
    }
}
