//! Both vendors' limits, with ten flows of one service at once: Intacct's calls at a time, Salesforce's of a day. What is
//! refused for being too many is waited out, and nothing is lost or made twice.

use std::time::{Duration, Instant};

use liaison_simulators::shell::Running;
use liaison_tests::control;
use liaison_tests::desks::{Desks, MIRRORS, TENANT};
use liaison_tests::service::Service;
use serde_json::{Value, json};

/// All flows of the pack, and one more for contracts that are asked for by another checkbox.
const FLOWS: [&str; 10] = [
    "accounts",
    "contacts",
    "products",
    "contracts",
    "renewals",
    "sales_orders",
    "mirrored_contracts",
    "mirrored_contract_lines",
    "mirrored_invoices",
    "mirrored_entities",
];
const MORE: &str = r#"
[flows.renewals]
pack = "salesforce-intacct/contracts"
source = "salesforce"
role = "renewals"
options = { since = "2026-01-01", term = "Net 30", location = "QC", sync_field = "Renewal_Sync__c" }

[flows.sales_orders]
pack = "salesforce-intacct/sales_orders"
source = "salesforce"
options = { since = "2026-01-01", term = "Net 30", location = "QC" }
"#;
/// Of each kind of contract, and of orders.
const RECORDS: usize = 12;
/// What the Intacct connector has in hand at once.
const INTACCT_AT_ONCE: u64 = 2;
/// Calls of a day.
const DAY: u64 = 1_000;
/// A flow that another one needs just now says so, and so does a command that a slow machine kept from finding the
/// service in time: either is tried again.
const BUSY: i32 = 3;
const BUSY_WORDS: [&str; 2] = ["is in use by", "has the store at"];
const ALL_MAX: Duration = Duration::from_secs(300);

struct Office {
    desks: Desks,
    _service: Service,
    contracts: Vec<String>,
    orders: Vec<String>,
}

impl Office {
    fn new(settings: &str) -> Self {
        let tenant = format!("{TENANT}{MIRRORS}{MORE}");
        let audience = "audience = \"https://login.salesforce.com\"\n";
        let desks = Desks::with(&tenant.replace(audience, &format!("{audience}{settings}")));
        desks.sells(json!({"do": "add_field", "entity": "Contract", "field":
            {"name": "Renewal_Sync__c", "type": "boolean", "label": "Renewal"}}));
        let mut contracts = Vec::new();
        let mut orders = Vec::new();
        for number in 0..RECORDS {
            let opportunity = desks.wins(&format!("Contract {number}"));
            let with_lines = json!({"ia_crm__Opportunity__c": opportunity});
            contracts.push(desks.signs(&format!("Contract {number}"), &with_lines));
            let renewal = json!({"ia_crm__Sync_with_Intacct__c": false, "Renewal_Sync__c": true});
            contracts.push(desks.signs(&format!("Renewal {number}"), &renewal));
            let order = desks.wins(&format!("Order {number}"));
            desks.sets(&order, json!({"RecordTypeId": "@rt-orders"}));
            orders.push(order);
        }
        let service = Service::start(&desks.lab, &[]);
        Self {
            desks,
            _service: service,
            contracts,
            orders,
        }
    }

    /// Other integrations of the org.
    fn others_call(&self, count: u64) {
        let calls = json!({"do": "other_calls", "count": count});
        control(&self.desks.salesforce, &calls);
    }

    /// Each flow by a command of its own, all at once, until each has had its turn: how they ended.
    fn all_at_once(&self) -> Vec<(&'static str, i32, String)> {
        let until_its_turn = |flow: &'static str| {
            let begun = Instant::now();
            loop {
                let said = self.desks.lab.liaison(&format!("run {flow}"));
                let words = format!("{}{}", said.out, said.err);
                let is_busy =
                    said.exit == BUSY && BUSY_WORDS.iter().any(|part| words.contains(part));
                if !is_busy || begun.elapsed() > ALL_MAX {
                    return (flow, said.exit, words);
                }
            }
        };
        std::thread::scope(|scope| {
            let runs = FLOWS.map(|flow| scope.spawn(move || until_its_turn(flow)));
            let ended = runs.into_iter().map(|run| run.join());
            ended.map(|run| run.expect("no run panics")).collect()
        })
    }

    #[track_caller]
    fn all_run(&self) {
        for (flow, exit, words) in self.all_at_once() {
            assert_eq!(exit, 0, "{flow}: {words}");
        }
    }

    /// That everything stands in Intacct once, and in Salesforce as it is there.
    #[track_caller]
    fn is_done(&self) {
        let booked = self.desks.books("CONTRACT");
        for id in &self.contracts {
            let own = (booked.iter()).filter(|contract| contract["LIAISON_ID"] == json!(id));
            let states: Vec<&Value> = own.map(|contract| &contract["STATE"]).collect();
            assert_eq!(states, ["In progress"], "{id}");
            let shown = self.desks.contract(id);
            assert_eq!(shown["ia_crm__Intacct_Sync_Status__c"], "Synced", "{id}");
        }
        let documents = self.desks.books("SODOCUMENT");
        for id in &self.orders {
            let own = (documents.iter()).filter(|order| order["LIAISON_ID"] == json!(id));
            assert_eq!(own.count(), 1, "{id}");
        }
        for (object, mirror) in [
            ("CONTRACT", "ia_crm__Intacct_Contract__c"),
            ("CONTRACTDETAIL", "ia_crm__Intacct_Contract_Line__c"),
        ] {
            let mirrors = json!({"do": "count", "entity": mirror});
            let mirrors = control(&self.desks.salesforce, &mirrors)["count"].as_u64();
            let there = self.desks.books(object).len() as u64;
            assert!(
                mirrors.is_some_and(|mirrors| mirrors >= there),
                "{mirror}: {mirrors:?} of {there}"
            );
        }
    }

    /// That nothing is left to do: all runs again, and none of them writes.
    #[track_caller]
    fn is_at_rest(&self) {
        self.all_run();
        self.all_run();
        self.desks.writes();
        self.all_run();
        assert_eq!(self.desks.writes(), Vec::<String>::new());
    }
}

fn most_at_once(simulator: &Running) -> u64 {
    let lanes = simulator.requests()["most_at_once"].clone();
    let lanes = lanes.as_object().into_iter().flatten();
    lanes
        .filter_map(|(_, most)| most.as_u64())
        .max()
        .unwrap_or(0)
}

fn refused(simulator: &Running, status: &str) -> u64 {
    let by_status = simulator.requests()["by_status"].clone();
    by_status[status].as_u64().unwrap_or_default()
}

#[test]
fn ten_flows_at_once_keep_within_the_calls_at_a_time_of_both() {
    let office = Office::new("");
    let desks = &office.desks;
    for (switch, value) in [("concurrent_calls_max", INTACCT_AT_ONCE), ("work_ms", 20)] {
        let set = json!({"do": "set", "switch": switch, "value": value});
        control(&desks.intacct, &set);
    }
    let slow = json!([{"path": "services/data", "action": {"delay": {"ms": 20}}}]);
    desks.salesforce.set_faults(&slow).expect("a valid fault");
    desks.writes();
    office.all_run();
    let (sales, books) = (
        most_at_once(&desks.salesforce),
        most_at_once(&desks.intacct),
    );
    println!("calls at once: {sales} of Salesforce, {books} of Intacct");
    assert!(sales > 1, "nothing was at once: this proves nothing");
    assert_eq!(books, INTACCT_AT_ONCE);
    assert!(sales <= 25, "{sales}");
    assert_eq!(refused(&desks.intacct, "429"), 0);
    assert_eq!(refused(&desks.salesforce, "403"), 0);
    office.all_run();
    office.is_done();
    office.is_at_rest();
}

#[test]
fn calls_that_intacct_refuses_as_too_many_are_waited_out() {
    let office = Office::new("");
    let desks = &office.desks;
    // Others of the company take what is ours but for one.
    for (switch, value) in [("concurrent_calls_max", 1), ("work_ms", 20)] {
        let set = json!({"do": "set", "switch": switch, "value": value});
        control(&desks.intacct, &set);
    }
    desks.writes();
    office.all_run();
    let refused = refused(&desks.intacct, "429");
    println!("{refused} calls of Intacct were refused and waited for");
    assert!(refused > 0, "nothing was refused: this proves nothing");
    office.all_run();
    office.is_done();
    office.is_at_rest();
}

#[test]
fn a_day_that_is_used_up_stops_all_flows_in_order_and_they_go_on_when_there_are_calls_again() {
    let office = Office::new("stop_at_percent = 100\n");
    let desks = &office.desks;
    let allow = |calls: u64| {
        let set = json!({"do": "set", "switch": "daily_api_requests", "value": calls});
        control(&desks.salesforce, &set);
    };
    allow(DAY);
    office.others_call(DAY - 40);
    desks.writes();
    let ended = office.all_at_once();
    let stopped: Vec<_> = ended.iter().filter(|(_, exit, _)| *exit != 0).collect();
    assert!(!stopped.is_empty(), "the day was long enough");
    for (flow, _, words) in &stopped {
        assert!(words.contains("24 hours"), "{flow}: {words}");
    }
    let refused = refused(&desks.salesforce, "403");
    println!(
        "{} of 10 flows stopped, {refused} calls were refused",
        stopped.len()
    );
    assert!(refused > 0 && refused <= 20, "{refused} calls were refused");
    allow(1_000_000);
    office.all_run();
    office.all_run();
    office.is_done();
    office.is_at_rest();
}

#[test]
fn the_last_calls_of_a_day_are_left_to_others() {
    let office = Office::new("");
    let desks = &office.desks;
    let set = json!({"do": "set", "switch": "daily_api_requests", "value": DAY});
    control(&desks.salesforce, &set);
    // Fifty are left to others, and as many to us.
    office.others_call(DAY - 100);
    desks.writes();
    let ended = office.all_at_once();
    let stopped: Vec<_> = ended.iter().filter(|(_, exit, _)| *exit != 0).collect();
    assert!(!stopped.is_empty(), "the day was long enough");
    for (flow, _, words) in &stopped {
        assert!(
            words.contains("so that other integrations can go on"),
            "{flow}: {words}"
        );
    }
    assert_eq!(refused(&desks.salesforce, "403"), 0);
    let made = desks.salesforce.requests()["total"].as_u64();
    println!("{} of 10 flows stopped after {made:?} calls", stopped.len());
    assert!(made.is_some_and(|made| made < 70), "{made:?}");
    let after = desks.salesforce.requests()["total"].clone();
    office.all_at_once();
    assert_eq!(
        desks.salesforce.requests()["total"],
        after,
        "calls went out all the same"
    );
}
