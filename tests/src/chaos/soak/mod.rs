//! The real service for minutes: two tenants, eleven flows by their schedules, three systems that fail
//! now and then, people at every screen, and somebody who reloads the page.
//!
//! ```text
//! people.rs   what somebody does next
//! process.rs  the memory of the service
//! ledger.rs   what must be so when everybody has gone home
//! ```
//!
//! In the end every record is settled or stands in quarantine, once; nothing is written any more, and
//! the memory is what it was after the first third.

mod ledger;
mod people;
mod process;

use std::time::{Duration, Instant};

use liaison_tests::service::{Service, ask, until};
use liaison_tests::{CRM_TENANT, Lab, Said, TENANT};
use serde_json::{Value, json};

use super::shop::writes;
use super::truth::Wrong;
use super::{Figures, Form};
use people::People;
use process::Memory;

const LASTS_S: u64 = 120;
const LASTS_LONG_S: u64 = 1_800;
/// Between two things that somebody does. The page is loaded as often.
const PACE: Duration = Duration::from_millis(250);
/// What the service may hold more at its end than after a third of its time. The store grows with
/// what people do, its cache with the store.
const GROWTH_MAX: u64 = 24 << 20;
/// The page is there before a person wonders, at the 99th of 100 loads.
const PAGE_MAX: Duration = Duration::from_secs(1);
/// Rounds of all flows after which nothing may be left to do.
const RESTS: usize = 3;

const FLOWS: [(&str, &str); 11] = [
    ("demo", "products"),
    ("demo", "customers"),
    ("demo", "suppliers"),
    ("demo", "invoices"),
    ("crm", "users"),
    ("crm", "revenue_categories"),
    ("crm", "customers"),
    ("crm", "quotes"),
    ("crm", "orders"),
    ("crm", "open_orders"),
    ("crm", "invoices"),
];

pub fn run(form: &Form) -> Figures {
    let mut figures = Figures::default();
    for what in ["duplicated", "lost", "wrong", "restless"] {
        figures.none_of(what);
    }
    let lab = company();
    let service = Service::start(&lab, &[]);
    let lasts = Duration::from_secs(form.of(LASTS_S, LASTS_LONG_S));
    let mut people = People::new(form.seed.unwrap_or(1));
    storm(&lab);
    let mut memory = Memory::default();
    let mut loads = Vec::new();
    let begun = Instant::now();
    while begun.elapsed() < lasts {
        let turn = Instant::now();
        people.work(&lab);
        memory.look(service.process(), begun.elapsed());
        loads.push(load(&service, &mut figures));
        std::thread::sleep(PACE.saturating_sub(turn.elapsed()));
    }
    figures.tried("seconds", begun.elapsed().as_secs());
    figures.tried("edits", people.edits);
    figures.tried("runs", runs_of(&lab, &service));
    for simulator in [&lab.autotask, &lab.acomba, &lab.centrixone] {
        let rules = simulator.faults();
        let rules = rules.as_array().into_iter().flatten();
        let fired = rules.filter_map(|rule| rule["fired"].as_u64()).sum();
        figures.tried("faults", fired);
        if fired == 0 {
            figures.found("wrong", "a system had fair weather all the time");
        }
        simulator.set_faults(&json!([])).expect("no faults");
    }
    people.go_home(&lab);
    for wrong in rest(&lab).into_iter().chain(ledger::compare(&lab)) {
        figures.found(wrong.what, wrong.words);
    }
    match memory.settled_and_last(lasts) {
        Some((settled, last)) => {
            let said = format!(
                "{} MiB after a third, {} MiB at the end",
                settled >> 20,
                last >> 20
            );
            if last > settled + GROWTH_MAX {
                figures.found("wrong", format!("the memory of the service grows: {said}"));
            }
            figures.measured("memory of the service", said, true);
        }
        None if cfg!(target_os = "linux") => {
            figures.found("wrong", "the memory of the service could not be looked at");
        }
        None => {}
    }
    loads.sort_unstable();
    let at = |share: usize| loads[(loads.len() - 1) * share / 100];
    figures.measured(
        "page under load",
        format!(
            "{} loads, half within {} ms, 99 % within {} ms",
            loads.len(),
            at(50).as_millis(),
            at(99).as_millis()
        ),
        at(99) <= PAGE_MAX,
    );
    #[cfg(unix)]
    {
        let (exit, log) = service.stop();
        if exit != Some(0) {
            figures.found("wrong", format!("the service ends with {exit:?}: {log}"));
        }
    }
    figures
}

/// One company under two tenants: its service desk and its sales team.
fn company() -> Lab {
    let lab = Lab::over(&["autotask", "acomba", "centrixone"]);
    let often = |tenant: &str| tenant.replace("pack = \"", "schedule = \"every 10s\"\npack = \"");
    lab.write_tenant("demo", &often(TENANT));
    lab.set_secrets("demo");
    lab.write_tenant("crm", &often(CRM_TENANT));
    lab.secret("crm", "acomba api_key", "acme-key-0001");
    lab.secret("crm", "centrixone api_key", "centrix-key-0001");
    lab
}

/// One call in twelve goes wrong.
fn storm(lab: &Lab) {
    for (seed, simulator) in [(1, &lab.autotask), (2, &lab.acomba), (3, &lab.centrixone)] {
        let rule = |probability: f64, action: Value| json!({"probability": probability, "seed": seed, "action": action});
        let rules = json!([
            rule(0.01, json!("drop_before")),
            rule(0.02, json!("drop_after")),
            rule(
                0.02,
                json!({"status": {"status": 503, "when": "before", "headers": {}, "body": "busy"}})
            ),
            rule(
                0.01,
                json!({"status": {"status": 500, "when": "after", "headers": {}, "body": "oops"}})
            ),
            rule(0.01, json!("truncate")),
            rule(0.005, json!("html")),
            rule(0.005, json!("rubbish")),
            rule(0.05, json!({"delay": {"ms": 100}})),
        ]);
        simulator.set_faults(&rules).expect("valid faults");
    }
}

/// The overview and one of the other pages; how long the slower one took.
fn load(service: &Service, figures: &mut Figures) -> Duration {
    let mut slowest = Duration::ZERO;
    for path in ["/", "/journal"] {
        let begun = Instant::now();
        let (status, body) = ask(&service.url, "GET", path, "");
        slowest = slowest.max(begun.elapsed());
        if status != 200 || !body.contains("</html>") {
            figures.found("wrong", format!("GET {path} answers {status}"));
        }
    }
    slowest
}

fn runs_of(lab: &Lab, service: &Service) -> u64 {
    let (_, metrics) = ask(&service.url, "GET", "/metrics", "");
    let runs = metrics
        .lines()
        .filter(|line| line.starts_with("liaison_flow_runs_total"));
    let counted = runs.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
    let counted = counted.sum::<f64>() as u64;
    assert!(
        counted > 0,
        "no run is counted: {metrics} {}",
        lab.home().display()
    );
    counted
}

/// Fair weather: what stands aside is tried again, and round after round of all flows until nothing is left.
fn rest(lab: &Lab) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    for (tenant, flow) in FLOWS {
        until("the flow is free", || {
            let said = lab.liaison(&format!("quarantine retry {flow} --tenant {tenant}"));
            (said.exit == 0).then_some(())
        });
    }
    for _ in 0..RESTS {
        for (tenant, flow) in FLOWS {
            let said = now(lab, tenant, flow);
            if !matches!(said.exit, 0 | 4) {
                let words = format!(
                    "run {flow} of {tenant} exits {} in fair weather: {}{}",
                    said.exit, said.out, said.err
                );
                wrong.push(Wrong::new("wrong", words));
            }
        }
    }
    let simulators = [&lab.autotask, &lab.acomba, &lab.centrixone];
    simulators
        .iter()
        .for_each(|simulator| simulator.reset_requests());
    for (tenant, flow) in FLOWS {
        now(lab, tenant, flow);
    }
    for simulator in simulators {
        for (route, count) in writes(&simulator.requests()["by_route"]) {
            let words = format!("at rest it still calls {route} {count} times");
            wrong.push(Wrong::new("restless", words));
        }
    }
    wrong
}

/// A person's run, as soon as the schedule's own has ended.
fn now(lab: &Lab, tenant: &str, flow: &str) -> Said {
    until("the flow is free", || {
        let said = lab.liaison(&format!("run {flow} --tenant {tenant}"));
        (!said.err.contains("is running")).then_some(said)
    })
}
