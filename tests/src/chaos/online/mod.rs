//! Fusion Operations and QuickBooks Online: the real service with both connectors, both vendors with faults, a refresh token
//! that changes at every renewal and whose answer is lost, request ids that are forgotten, records that change between
//! reading and writing, webhooks twice and out of order, and a process that is killed.
//!
//! ```text
//! people.rs   what somebody does next
//! weather.rs  what goes wrong next
//! ledger.rs   what must be so when everybody has gone home
//! spoilt.rs   books spoilt by hand, each of which the ledger must find
//! ```
//!
//! In the end every document is there once, or stands aside and says why; its lines say the same on both sides; what a
//! person wrote in between is still there; and nothing is written any more. Numbers are QuickBooks' own: nothing but our
//! mark tells that a document is ours.

mod ledger;
mod people;
mod spoilt;
mod weather;

use liaison_tests::Said;
use liaison_tests::online::Online;
use liaison_tests::service::until;
use serde_json::{Value, json};

use super::aside::aside;
use super::dice::Dice;
use super::stories::{self, Spoilt, Story, restless};
use super::truth::{Wrong, is_settled};
use super::{Figures, Form};
use people::People;
use weather::{Death, Weather};

const HISTORIES_SHORT: u64 = 1;
const HISTORIES_LONG: u64 = 40;
const ROUNDS: u64 = 12;
/// Rounds of all flows after which nothing may be left to do.
const RESTS: usize = 3;

/// In the order in which they need each other.
const FLOWS: [&str; 5] = [
    "pulled_estimates",
    "estimates",
    "invoices",
    "purchase_orders",
    "bills",
];

/// QuickBooks gives the numbers, and an order that changes is sent again. One flow comes when QuickBooks calls.
const TENANT: &str = r#"
zone = "America/Toronto"

[connections.fusion]
connector = "fusion-operations"
hosts = ["{fusion}", "fusionoperations.autodesk.com"]
insecure = true
allow_private = ["{fusion}"]
settings = { base_url = "http://{fusion}" }
limits = { requests = 100000, window_s = 1 }

[connections.quickbooks]
connector = "qbo"
hosts = ["{quickbooks}", "quickbooks.api.intuit.com", "sandbox-quickbooks.api.intuit.com", "oauth.platform.intuit.com"]
insecure = true
allow_private = ["{quickbooks}"]
limits = { requests = 100000, window_s = 1 }

[connections.quickbooks.settings]
base_url = "http://{quickbooks}"
token_url = "http://{quickbooks}/oauth2/v1/tokens/bearer"
company_id = "9130347000000001"

[flows.pulled_estimates]
pack = "fusion-qbo/pulled_estimates"
schedule = "every 12 hours"
options = { ignore_categories = true, code_prefix = "EST-" }

[flows.estimates]
pack = "fusion-qbo/estimates"
options = { create_customers = true, create_items = true, income_account = "Sales", ignore_categories = true, update_sent = true }

[flows.invoices]
pack = "fusion-qbo/invoices"
options = { create_customers = true, create_items = true, income_account = "Sales", ignore_categories = true }

[flows.purchase_orders]
pack = "fusion-qbo/purchase_orders"
options = { create_vendors = true, create_items = true, expense_account = "Cost of Goods Sold", ignore_categories = true, update_sent = true }

[flows.bills]
pack = "fusion-qbo/bills"
options = { create_vendors = true, create_items = true, expense_account = "Cost of Goods Sold", ignore_categories = true }
"#;

pub fn run(form: &Form) -> Figures {
    stories::run::<History>(form, HISTORIES_SHORT, HISTORIES_LONG)
}

struct History {
    shop: Online,
    people: People,
    weather: Weather,
    /// Chance of what runs.
    dice: Dice,
    runs: u64,
    kills: u64,
    webhooks: u64,
}

impl Story for History {
    const PART: &'static str = "online";

    fn new(seed: u64) -> Self {
        let shop = Online::with(TENANT);
        shop.set("refresh_rotates", json!("always"));
        shop.set("old_refresh_token_s", json!(weather::DAY_S));
        Self {
            people: People::new(seed),
            weather: Weather::new(seed, &shop),
            dice: Dice::new(seed, "rounds"),
            shop,
            runs: 0,
            kills: 0,
            webhooks: 0,
        }
    }

    fn live(&mut self) -> Vec<Wrong> {
        for _ in 0..ROUNDS {
            self.people.work(&self.shop);
            self.people.works_meanwhile(&self.shop);
            self.weather.storm(&self.shop);
            if let Some(words) = self.weather.bad_day(&self.shop) {
                self.people.tell(format!("weather: {words}"));
            }
            self.rings();
            let flow = self.dice.pick(&FLOWS).copied().unwrap_or("estimates");
            self.runs_in_the_storm(flow);
            self.weather.passes(&self.shop);
        }
        self.weather.clears(&self.shop);
        self.shop.restart(&[]);
        let mut wrong = self.rest();
        let aside = aside(&self.shop.lab, "demo", "");
        wrong.extend(ledger::compare(&self.shop, &self.people, &aside));
        wrong
    }

    fn count(&self, figures: &mut Figures) {
        let requests = self.shop.quickbooks.requests();
        figures.tried("histories", 1);
        figures.tried("runs", self.runs);
        figures.tried(
            "calls of QuickBooks",
            requests["total"].as_u64().unwrap_or_default(),
        );
        figures.tried("renewals", renewals(&requests));
        figures.tried("faults", self.weather.faults);
        figures.tried("kills", self.kills);
        figures.tried("webhooks", self.webhooks);
        figures.tried("edits", self.people.edits);
        figures.tried("documents", ledger::ours(&self.shop).len() as u64);
    }

    fn tell(&self, all: bool) {
        self.people
            .story
            .iter()
            .for_each(|line| eprintln!("{line}"));
        if all {
            let log = self.shop.lab.liaison("log --limit 1000");
            eprintln!("{}{}", log.out, log.err);
            let books = self.shop.everything().concat();
            books.iter().for_each(|row| eprintln!("{row}"));
        }
    }

    fn spoil(&self) -> Spoilt {
        spoilt::spoil(&self.shop, &self.people)
    }
}

impl History {
    /// QuickBooks tells of changes: late, twice, the last one first.
    fn rings(&mut self) {
        if self.dice.per_mille(400) {
            return;
        }
        let told = json!({"do": "deliver_webhooks", "url": self.shop.webhooks, "twice": self.dice.per_mille(500),
            "reversed": self.dice.per_mille(500)});
        let answers = self.shop.at_quickbooks(told)["answers"].clone();
        self.webhooks += answers.as_array().map_or(0, |all| all.len() as u64);
        self.people.tell(format!("webhooks: {answers}"));
    }

    fn runs_in_the_storm(&mut self, flow: &str) {
        let death = self.weather.next_death();
        let line = format!("run {flow}");
        self.runs += 1;
        self.people.tell(format!("{line}, dies {death:?}"));
        match death {
            Some(Death::InQuickBooks(fault)) => {
                let reached = self.shop.kill_during(&fault, &line);
                self.kills += u64::from(reached);
                return self.people.tell(format!("  killed {reached}"));
            }
            Some(Death::At(point)) => self.shop.restart(&[("LIAISON_CRASH_AT", &point)]),
            None => {}
        }
        let said = self.shop.lab.liaison(&line);
        let words = format!("{}{}", said.out, said.err);
        self.people.tell(format!("  exits {}: {words}", said.exit));
        if self.shop.service.has_died() {
            self.kills += 1;
            self.shop.restart(&[]);
        }
    }

    /// Fair weather: what stands aside is tried again, and round after round of all flows until nothing is left.
    fn rest(&mut self) -> Vec<Wrong> {
        let mut wrong = Vec::new();
        for flow in FLOWS {
            until("the flow is free", || {
                let said = self.shop.lab.liaison(&format!("quarantine retry {flow}"));
                (said.exit == 0).then_some(())
            });
        }
        for _ in 0..RESTS {
            for flow in FLOWS {
                let said = self.now(flow);
                let words = format!("run {flow} exits {}: {}{}", said.exit, said.out, said.err);
                self.people.tell(words.clone());
                if !matches!(said.exit, 0 | 4) {
                    wrong.push(Wrong::new("wrong", format!("in fair weather {words}")));
                }
            }
        }
        let before = self.shop.everything().concat();
        for flow in FLOWS {
            self.now(flow);
        }
        let after = self.shop.everything().concat();
        wrong.extend(restless(&before, &after));
        wrong.extend(is_settled(&self.shop.lab));
        wrong
    }

    /// A person's run, as soon as one that a webhook began has ended.
    fn now(&mut self, flow: &str) -> Said {
        self.runs += 1;
        until("the flow is free", || {
            let said = self.shop.lab.liaison(&format!("run {flow}"));
            (!said.err.contains("is running")).then_some(said)
        })
    }
}

fn renewals(requests: &Value) -> u64 {
    let routes = requests["by_route"].as_object().into_iter().flatten();
    let tokens = routes.filter(|(route, _)| route.contains("token"));
    tokens.filter_map(|(_, count)| count.as_u64()).sum()
}
