//! Documents at the borders of what ChannelOnline shows at once: 500 in one answer, a second as the shortest window, and
//! calls that come too fast. Each document arrives once, however the windows fall.

use std::collections::BTreeMap;

use liaison_simulators::shell::Running;
use liaison_tests::reseller::Reseller;
use liaison_tests::{Said, control, seeded, simulator};
use serde_json::{Value, json};

/// A document becomes an opportunity and nothing is looked up: it is the walk that is tried.
const FLOW: &str = r#"
format = 1
title = { en = "Titles", fr = "Titres" }
description = { en = "Each quote is an opportunity", fr = "Chaque soumission est une opportunité" }
source = { connector = "channelonline", entity = "quote" }
target = { connector = "autotask", entity = "opportunity" }
mode = "one_way"
operations = ["create"]

[fields]
title = { from = "number" }
company_id = { const = "202" }
owner_id = { const = "29682885" }
status = { const = "Active" }
stage = { const = "Proposition" }
probability = { const = 50 }
external_id = { expr = '"quote " + source.id' }
"#;

/// What ships with the simulator is of before the first day.
const TENANT: &str = r#"
[connections.channelonline]
connector = "channelonline"
hosts = ["{channelonline}", "xml.channelonline.com"]
insecure = true
allow_private = ["{channelonline}"]
limits = LIMITS

[connections.channelonline.settings]
base_url = "http://{channelonline}/REQUEST"
shortcut = "boreale"
email = "liaison@boreale.example"
user_agent = "liaison"
first_day = "2026-10-01"

[connections.autotask]
connector = "autotask"
hosts = ["{autotask}", "*.autotask.net"]
insecure = true
allow_private = ["{autotask}"]
limits = { requests = 100000, window_s = 1 }

[connections.autotask.settings]
base_url = "http://{autotask}"
marker_field = "ChannelOnline_Id"
billing = false
sales = true

[flows.titles]
file = "titles.toml"
source = "channelonline"
target = "autotask"
"#;

const AT_ONCE: &str = "{ requests = 100000, window_s = 1 }";
/// A window of two seconds parts two calls by one at least.
const ONE_IN_TWO_SECONDS: &str = "{ requests = 1, window_s = 2 }";
const PACE_MS: u64 = 900;

/// How both ends of a window are counted, and whether a new document counts as changed.
const WAYS: [(&str, bool); 4] = [
    ("half_open", false),
    ("half_open", true),
    ("inclusive", false),
    ("exclusive", true),
];

/// One installation; each tenant has a company of its own at both vendors.
struct Offices {
    office: Reseller,
    tenants: u64,
}

impl Offices {
    fn new() -> Self {
        let office = Reseller::new();
        Self { office, tenants: 0 }
    }

    /// Another company, and the name of its tenant.
    fn next(&mut self, limits: &str) -> String {
        self.tenants += 1;
        let tenant = format!("t{}", self.tenants);
        self.office.channelonline = simulator("channelonline");
        self.office.autotask = seeded("autotask", "autotask-channelonline");
        let flows = format!("flows/{tenant}");
        std::fs::create_dir_all(self.office.lab.home().join(&flows)).expect("a folder");
        self.office.lab.write(&format!("{flows}/titles.toml"), FLOW);
        self.office
            .lets_in(&tenant, &TENANT.replace("LIMITS", limits));
        tenant
    }

    fn sets(&self, switch: &str, value: Value) {
        let set = json!({"do": "set", "switch": switch, "value": value});
        control(&self.office.channelonline, &set);
    }

    /// So many quotes, the last one made now.
    fn quotes(&self, count: u64, every_s: u64) {
        let bulk =
            json!({"do": "bulk_documents", "count": count, "lines": 1, "everySeconds": every_s});
        control(&self.office.channelonline, &bulk);
        self.office.channelonline.reset_requests();
    }

    /// Once so many questions for documents were answered.
    fn then(&self, after: u64, action: Value) {
        let plan = json!({"do": "plan", "route": "POST export_documents", "after": after, "action": action});
        control(&self.office.channelonline, &plan);
    }

    fn run(&self, tenant: &str) -> Said {
        let line = format!("--json run titles --tenant {tenant}");
        self.office.lab.liaison(&line)
    }

    /// That so many quotes of ours have arrived, each once.
    #[track_caller]
    fn all_once(&self, count: u64, what: &str) {
        let mut times: BTreeMap<String, u64> = BTreeMap::new();
        for row in self.office.table("Opportunities") {
            let title = row["title"].as_str().unwrap_or_default();
            if title.starts_with("Q-B") {
                *times.entry(title.to_owned()).or_default() += 1;
            }
        }
        let twice: Vec<_> = times.iter().filter(|(_, times)| **times > 1).collect();
        assert!(twice.is_empty(), "{what}: {twice:?}");
        assert_eq!(times.len() as u64, count, "{what}");
    }

    fn questions(&self) -> u64 {
        let routes = self.office.channelonline.requests()["by_route"].clone();
        let asked = routes["POST export_documents"].as_u64();
        asked.unwrap_or_default()
    }
}

/// Calls that got no answer.
fn dropped(simulator: &Running) -> u64 {
    let requests = simulator.requests();
    let answered = requests["by_status"].as_object().into_iter().flatten();
    let answered: u64 = answered.filter_map(|(_, count)| count.as_u64()).sum();
    requests["total"].as_u64().unwrap_or_default() - answered
}

#[test]
fn five_hundred_are_shown_at_once_and_one_more_narrows_the_window() {
    let mut offices = Offices::new();
    for (ends, counts_new) in WAYS {
        for count in [499, 500, 501] {
            let what = format!("{count}, {ends}, new counts as changed: {counts_new}");
            let tenant = offices.next(AT_ONCE);
            offices.sets("window_ends", json!(ends));
            offices.sets("created_is_modified", json!(counts_new));
            offices.quotes(count, 60);
            offices.run(&tenant).exits(0);
            offices.all_once(count, &what);
            let asked = offices.questions();
            println!("{what}: {asked} questions");
            let whole = if counts_new { 1 } else { 2 };
            match count {
                501 => assert!((whole + 2..=24).contains(&asked), "{what}: {asked}"),
                _ => assert_eq!(asked, whole, "{what}"),
            }
            // Nothing is left for a second run.
            offices.run(&tenant).exits(0);
            offices.all_once(count, &what);
        }
    }
}

#[test]
fn of_one_second_five_hundred_arrive_and_more_are_a_fault_in_words() {
    let mut offices = Offices::new();
    for (ends, counts_new) in WAYS {
        let what = format!("{ends}, new counts as changed: {counts_new}");
        let tenant = offices.next(AT_ONCE);
        offices.sets("window_ends", json!(ends));
        offices.sets("created_is_modified", json!(counts_new));
        offices.quotes(500, 0);
        offices.run(&tenant).exits(0);
        offices.all_once(500, &what);

        let tenant = offices.next(AT_ONCE);
        offices.sets("window_ends", json!(ends));
        offices.sets("created_is_modified", json!(counts_new));
        offices.quotes(501, 0);
        let said = offices.run(&tenant);
        assert_eq!(said.exit, 3, "{what}: {}{}", said.out, said.err);
        said.says("more than 500 of quote were changed in the very second");
        offices.all_once(0, &what);
    }
}

#[test]
fn a_cap_that_falls_and_documents_that_come_in_the_middle_of_a_walk_lose_nothing() {
    let more =
        json!({"do": "bulk_documents", "count": 300, "lines": 1, "from": 2_000, "everySeconds": 1});
    let fewer = json!({"do": "set", "switch": "records_max", "value": 40});
    let mut offices = Offices::new();
    for (ends, counts_new) in &WAYS[1..3] {
        for (words, after, action, count) in [
            ("the cap falls at once", 1, &fewer, 600),
            ("the cap falls in mid-walk", 5, &fewer, 600),
            ("documents come at once", 1, &more, 900),
            ("documents come in mid-walk", 6, &more, 900),
        ] {
            let what = format!("{words}, {ends}, new counts as changed: {counts_new}");
            let tenant = offices.next(AT_ONCE);
            offices.sets("window_ends", json!(ends));
            offices.sets("created_is_modified", json!(counts_new));
            offices.quotes(600, 60);
            offices.then(after, action.clone());
            offices.run(&tenant).exits(0);
            // What came behind the walk's back is the next run's.
            offices.run(&tenant).exits(0);
            offices.all_once(count, &what);
            println!("{what}: {} questions", offices.questions());
        }
    }
}

#[test]
fn the_rate_of_the_connection_keeps_the_pace_and_without_it_dropped_calls_lose_nothing() {
    let mut offices = Offices::new();
    for (limits, keeps) in [(ONE_IN_TWO_SECONDS, true), (AT_ONCE, false)] {
        let tenant = offices.next(limits);
        offices.quotes(501, 3_600);
        offices.sets("pace_ms", json!(PACE_MS));
        // A run that gave up goes on where it was.
        let ended = (0..4).any(|_| offices.run(&tenant).exit == 0);
        assert!(ended, "{limits}: no run came to its end");
        offices.all_once(501, limits);
        let dropped = dropped(&offices.office.channelonline);
        println!(
            "{limits}: {} questions, {dropped} dropped",
            offices.questions()
        );
        match keeps {
            true => assert_eq!(dropped, 0, "{limits}"),
            false => assert!(dropped > 0, "nothing came too fast: this proves nothing"),
        }
    }
}
