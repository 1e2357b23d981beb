//! Fusion Operations and QuickBooks Desktop: the real service with both connectors, a Web Connector that loses
//! its power between any two steps, a QuickBooks that refuses or crashes in the middle of a message set, a service
//! that is killed at its crash points, and people at both screens.
//!
//! ```text
//! people.rs   what somebody does next, and what goes wrong next
//! ledger.rs   what must be so when everybody has gone home
//! ```
//!
//! In the end every document is there once, or stands aside and says why; its lines say the same on both sides; nothing
//! is written any more; and a company file that is not ours has received nothing.

pub mod ledger;
pub mod people;

use liaison_tests::control;
use liaison_tests::service::until;
use liaison_tests::workshop::Workshop;
use serde_json::{Value, json};

use super::aside::aside;
use super::truth::Wrong;
use super::{Figures, Form};
use people::People;

const HISTORIES_SHORT: u64 = 2;
const HISTORIES_LONG: u64 = 40;
const ROUNDS: u64 = 14;
/// Sessions of a round: what one breaks off, the next goes on with.
const SESSIONS: u64 = 3;
/// Rounds of all flows after which nothing may be left to do.
const RESTS: usize = 3;

const FLOWS: [&str; 5] = [
    "sales_orders",
    "purchase_orders",
    "invoices",
    "bills",
    "pulled_estimates",
];

/// Documents carry the order's code as their number, by which the ledger knows them.
const TENANT: &str = r#"
zone = "America/Toronto"

[connections.fusion]
connector = "fusion-operations"
hosts = ["FUSION", "fusionoperations.autodesk.com"]
insecure = true
allow_private = ["FUSION"]
limits = { requests = 100000, window_s = 1 }
settings = { base_url = "http://FUSION" }

[connections.quickbooks]
connector = "qbd"
limits = { relay_wait_s = 1 }

[flows.sales_orders]
pack = "fusion-qbd/sales_orders"
schedule = "every 10s"
options = { create_customers = true, create_items = true, income_account = "Sales", document_number = "order_code", update_sent = true }

[flows.purchase_orders]
pack = "fusion-qbd/purchase_orders"
schedule = "every 10s"
options = { create_vendors = true, create_items = true, income_account = "Sales", document_number = "order_code", update_sent = true }

[flows.invoices]
pack = "fusion-qbd/invoices"
schedule = "every 10s"
options = { create_customers = true, create_items = true, income_account = "Sales", document_number = "order_code" }

[flows.bills]
pack = "fusion-qbd/bills"
schedule = "every 10s"
options = { create_vendors = true, create_items = true, income_account = "Sales", document_number = "order_code" }

[flows.pulled_estimates]
pack = "fusion-qbd/pulled_estimates"
schedule = "every 10s"
"#;

pub fn run(form: &Form) -> Figures {
    let mut figures = Figures::default();
    for what in ["duplicated", "lost", "wrong", "restless"] {
        figures.none_of(what);
    }
    let seeds = form.of(HISTORIES_SHORT, HISTORIES_LONG);
    let seeds = form.seed.map_or(1..=seeds, |seed| seed..=seed);
    for seed in seeds {
        let mut history = History::new(seed);
        let wrong = history.live();
        figures.tried("histories", 1);
        figures.tried("edits", history.people.edits);
        figures.tried("sessions", history.sessions);
        figures.tried("of them broken off", history.broken);
        figures.tried("kills", history.kills);
        figures.tried("documents", history.documents);
        if form.seed.is_some() {
            history
                .people
                .story
                .iter()
                .for_each(|line| eprintln!("{line}"));
        }
        if form.seed.is_some() && !wrong.is_empty() {
            history.explain();
        }
        for wrong in wrong {
            let again = format!("cargo xtask chaos --part quickbooks --seed {seed}");
            figures.found(wrong.what, format!("{}; {again}", wrong.words));
        }
    }
    figures
}

struct History {
    shop: Workshop,
    people: People,
    sessions: u64,
    broken: u64,
    kills: u64,
    documents: u64,
    /// Every message set and what came of it.
    sets: Vec<String>,
}

impl History {
    fn new(seed: u64) -> Self {
        let shop = Workshop::with(TENANT);
        control(
            &shop.fusion,
            &json!({"do": "set", "switch": "calls_per_minute", "value": 1_000_000_000_u64}),
        );
        let points = shop.lab.liaison("crash-points").exits(0);
        let points = points.out.lines().map(str::to_owned).collect();
        Self {
            people: People::new(seed, points),
            shop,
            sessions: 0,
            broken: 0,
            kills: 0,
            documents: 0,
            sets: Vec::new(),
        }
    }

    fn live(&mut self) -> Vec<Wrong> {
        self.people.storm(self.shop.sides());
        for _ in 0..ROUNDS {
            self.people.work(self.shop.sides());
            if let Some(point) = self.people.next_death() {
                self.shop.restart(&[("LIAISON_CRASH_AT", &point)]);
            }
            let elsewhere = self.people.opens_another_file(self.shop.sides());
            let flow = self.people.next_flow();
            self.sessions_for(flow);
            if elsewhere {
                self.people.opens_our_file(self.shop.sides());
            }
            if self.shop.service.has_died() {
                self.kills += 1;
                self.shop.restart(&[]);
            }
        }
        self.people.go_home(self.shop.sides());
        self.shop.restart(&[]);
        let mut wrong = self.rest();
        self.documents = ledger::KINDS
            .iter()
            .map(|row| self.shop.count(row.kind))
            .sum();
        let aside = aside(&self.shop.lab, "demo", "");
        wrong.extend(ledger::compare(self.shop.sides(), &aside));
        wrong
    }

    /// Somebody wants a flow to run now, and the Web Connector calls until it has, or a few sessions are over. A run
    /// that is not through then goes on in a later round.
    fn sessions_for(&mut self, flow: &str) {
        self.people.tell(format!("run {flow}"));
        let run = self.shop.lab.begin(&format!("run {flow}"));
        let mut sessions = 0;
        until("sessions, or the end of the run", || {
            if sessions == SESSIONS || run.has_ended() {
                return Some(());
            }
            self.people.next_fault(self.shop.sides());
            while !self.session() && !run.has_ended() {
                // Nothing waits for it yet.
                std::thread::yield_now();
            }
            sessions += 1;
            None
        });
    }

    /// Whether there was anything to do.
    fn session(&mut self) -> bool {
        let session = self.shop.session();
        let ended = session["ended"].as_str().unwrap_or_default();
        // The Web Connector itself forgets what it carried in older sessions.
        for set in session["sets"].as_array().into_iter().flatten() {
            self.sets.push(format!("{}: {set}", self.sessions + 1));
        }
        let worked = ended != "refused" && !self.shop.service.has_died();
        if worked {
            self.sessions += 1;
            self.broken += u64::from(ended != "closed");
            self.people
                .tell(format!("session: {ended} {}", session["detail"]));
        }
        worked || self.shop.service.has_died()
    }

    /// Every message set and what came of it, and the journal, for who looks for the cause.
    fn explain(&self) {
        self.sets.iter().for_each(|set| eprintln!("{set}"));
        let log = self.shop.lab.liaison("log --limit 1000");
        eprintln!("{}{}", log.out, log.err);
    }

    /// Fair weather: what stands aside is tried again, and round after round of all flows until nothing is left.
    fn rest(&mut self) -> Vec<Wrong> {
        let mut wrong = Vec::new();
        for flow in FLOWS {
            until("the flow is free", || {
                self.shop.session();
                let said = self.shop.lab.liaison(&format!("quarantine retry {flow}"));
                (said.exit == 0).then_some(())
            });
        }
        for _ in 0..RESTS {
            for flow in FLOWS {
                let (exit, said) = self.now(flow);
                if !matches!(exit, 0 | 4) {
                    let words = format!("run {flow} exits {exit} in fair weather: {said}");
                    wrong.push(Wrong::new("wrong", words));
                }
            }
        }
        let before = self.books();
        for flow in FLOWS {
            self.now(flow);
        }
        let after = self.books();
        for (before, after) in before
            .iter()
            .zip(&after)
            .filter(|(one, other)| one != other)
        {
            let words = format!("at rest it still writes: {before} became {after}");
            wrong.push(Wrong::new("restless", words));
        }
        let verified = self.shop.lab.liaison("store verify");
        if verified.exit != 0 {
            wrong.push(Wrong::new(
                "wrong",
                format!("{}{}", verified.out, verified.err),
            ));
        }
        wrong
    }

    /// A person's run, as soon as the schedule's own has ended.
    fn now(&self, flow: &str) -> (i32, String) {
        until("the flow is free", || {
            let said = self.shop.with_sessions(&format!("run {flow}"));
            let free = !said.err.contains("is running");
            free.then(|| (said.exit, format!("{}{}", said.out, said.err)))
        })
    }

    /// Everything that a flow might write, row by row.
    fn books(&self) -> Vec<Value> {
        let kinds = [
            "SalesOrder",
            "PurchaseOrder",
            "Invoice",
            "Bill",
            "Customer",
            "Vendor",
            "ItemNonInventory",
        ];
        let of_quickbooks =
            kinds.map(|kind| control(&self.shop.quickbooks, &json!({"do": "rows", "kind": kind})));
        let entities = ["sales-orders", "purchase-orders", "clients", "products"];
        let of_fusion = entities
            .map(|entity| control(&self.shop.fusion, &json!({"do": "rows", "entity": entity})));
        let all = of_quickbooks.into_iter().chain(of_fusion);
        all.flat_map(|rows| rows.as_array().cloned().unwrap_or_default())
            .collect()
    }
}
