//! The real service for minutes or hours: two companies, all five packs by their schedules in each, eight systems a
//! company that fail now and then, people at every screen, and somebody who reloads the page.
//!
//! ```text
//! company.rs   a company's systems and its tenant
//! people.rs    what somebody does next
//! counter.rs   what somebody at the counter of ChannelOnline does next
//! storm.rs     what goes wrong
//! process.rs   the memory of the service
//! ledger.rs    what must be so when everybody has gone home
//! documents.rs the same of ChannelOnline and Autotask
//! ```
//!
//! In the end every record is settled or stands in quarantine, once; nothing is written any more, and
//! the memory is what it was after the first third.

mod company;
mod counter;
mod documents;
mod ledger;
mod people;
mod process;
mod storm;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use liaison_tests::service::{Service, ask, until};
use liaison_tests::workshop::opens_door;
use liaison_tests::{Lab, Said};

use super::shop::writes;
use super::stories::restless;
use super::truth::{Wrong, is_settled};
use super::{Figures, Form};
use company::{Company, FLOWS};
use people::Everybody;
use process::Memory;

const TENANTS: [&str; 2] = ["boreale", "laurier"];
const CONNECTORS: [&str; 8] = [
    "autotask",
    "acomba",
    "centrixone",
    "channelonline",
    "fusion-operations",
    "qbd",
    "salesforce",
    "intacct",
];
const LASTS_S: u64 = 120;
const LASTS_LONG_S: u64 = 7_200;
/// Between two things that somebody of a company does. The page is loaded as often.
const PACE: Duration = Duration::from_millis(500);
/// Between two sessions of a Web Connector.
const SESSIONS_APART: Duration = Duration::from_millis(500);
/// What the service may hold more at its end than after a third of its time. The store grows with
/// what people do, its cache with the store.
const GROWTH_MAX: u64 = 24 << 20;
/// The page is there before a person wonders, at the 99th of 100 loads.
const PAGE_MAX: Duration = Duration::from_secs(1);
/// Rounds of all flows after which nothing may be left to do.
const RESTS: usize = 3;

pub fn run(form: &Form) -> Figures {
    let mut figures = Figures::default();
    for what in ["duplicated", "lost", "wrong", "restless"] {
        figures.none_of(what);
    }
    let lab = Lab::over(&CONNECTORS);
    let beside = lab.beside();
    opens_door(&lab);
    let companies = [
        Company::new(lab, TENANTS[0]),
        Company::new(beside, TENANTS[1]),
    ];
    let service = Service::start_called(&companies[0].lab, &[]);
    companies.iter().for_each(Company::is_called);
    let closed = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for company in &companies {
            let closed = &closed;
            scope.spawn(move || {
                while !closed.load(Ordering::Relaxed) {
                    company.workshop().session();
                    std::thread::sleep(SESSIONS_APART);
                }
            });
        }
        // The sessions end with this, whatever happens in it.
        let _closes = Closes(&closed);
        live(form, &companies, &service, &mut figures);
    });
    #[cfg(unix)]
    {
        let (exit, log) = service.stop();
        if exit != Some(0) {
            figures.found("wrong", format!("the service ends with {exit:?}: {log}"));
        }
    }
    figures
}

struct Closes<'a>(&'a AtomicBool);

impl Drop for Closes<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The storm, and what is so when it has passed.
fn live(form: &Form, companies: &[Company; 2], service: &Service, figures: &mut Figures) {
    let lasts = Duration::from_secs(form.of(LASTS_S, LASTS_LONG_S));
    let seed = form.seed.unwrap_or(1);
    let mut people = [Everybody::new(seed), Everybody::new(seed + 1)];
    companies.iter().for_each(storm::breaks);
    let mut memory = Memory::default();
    let mut loads = Vec::new();
    let begun = Instant::now();
    while begun.elapsed() < lasts {
        let turn = Instant::now();
        for (company, people) in companies.iter().zip(&mut people) {
            people.work(company);
        }
        memory.look(service.process(), begun.elapsed());
        loads.push(load(service, figures));
        std::thread::sleep(PACE.saturating_sub(turn.elapsed()));
    }
    figures.tried("seconds", begun.elapsed().as_secs());
    figures.tried("edits", people.iter().map(Everybody::edits).sum());
    figures.tried("runs", runs_of(service));
    for company in companies {
        let (faults, calm) = storm::passes(company);
        figures.tried("faults", faults);
        for system in calm {
            let words = format!(
                "{system} of {} had fair weather all the time",
                company.tenant
            );
            figures.found("wrong", words);
        }
    }
    for (company, people) in companies.iter().zip(&mut people) {
        people.go_home(company);
    }
    for wrong in rest(companies) {
        figures.found(wrong.what, wrong.words);
    }
    for (company, people) in companies.iter().zip(&people) {
        for wrong in ledger::compare(company, people) {
            figures.found(wrong.what, format!("{}: {}", company.tenant, wrong.words));
        }
    }
    let records = companies.iter().map(|company| company.books().len() as u64);
    figures.tried("records", records.sum());
    if let Some(wrong) = is_settled(&companies[0].lab) {
        figures.found(wrong.what, wrong.words);
    }
    measure(&memory, loads, lasts, figures);
}

fn measure(memory: &Memory, mut loads: Vec<Duration>, lasts: Duration, figures: &mut Figures) {
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

fn runs_of(service: &Service) -> u64 {
    let (_, metrics) = ask(&service.url, "GET", "/metrics", "");
    let runs = metrics
        .lines()
        .filter(|line| line.starts_with("liaison_flow_runs_total"));
    let counted = runs.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
    let counted = counted.sum::<f64>() as u64;
    assert!(counted > 0, "no run is counted: {metrics}");
    counted
}

/// Fair weather: what stands aside is tried again, and round after round of all flows until nothing is left.
fn rest(companies: &[Company; 2]) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    let flows = || {
        let each = |company| FLOWS.iter().map(move |flow| (company, *flow));
        companies.iter().flat_map(each)
    };
    // What a session woke must go on by itself; of the rest every run is ours from here.
    for (company, flow) in flows().filter(|(_, flow)| !flow.starts_with("shop/")) {
        let line = format!("pause {flow} --tenant {}", company.tenant);
        let said = company.lab.liaison(&line);
        if said.exit != 0 {
            wrong.push(Wrong::new("wrong", format!("{line}: {}", said.err)));
        }
    }
    for (company, flow) in flows() {
        until("the flow is free", || {
            let line = format!("quarantine retry {flow} --tenant {}", company.tenant);
            (company.lab.liaison(&line).exit == 0).then_some(())
        });
    }
    for _ in 0..RESTS {
        for (company, flow) in flows() {
            let said = now(company, flow);
            if !matches!(said.exit, 0 | 4) {
                let words = format!(
                    "run {flow} of {} exits {} in fair weather: {}{}",
                    company.tenant, said.exit, said.out, said.err
                );
                wrong.push(Wrong::new("wrong", words));
            }
        }
    }
    for company in companies {
        for (_, system) in company.systems() {
            system.reset_requests();
        }
    }
    let before = companies.each_ref().map(Company::books);
    for (company, flow) in flows() {
        now(company, flow);
    }
    for (company, before) in companies.iter().zip(before) {
        let after = company.books();
        wrong.extend(restless(&before, &after));
        for system in [
            &company.lab.autotask,
            &company.lab.acomba,
            &company.lab.centrixone,
        ] {
            for (route, count) in writes(&system.requests()["by_route"]) {
                let words = format!("at rest it still calls {route} {count} times");
                wrong.push(Wrong::new("restless", words));
            }
        }
    }
    wrong
}

/// A person's run, as soon as the schedule's own has ended.
fn now(company: &Company, flow: &str) -> Said {
    until("the flow is free", || {
        let said = (company.lab).liaison(&format!("run {flow} --tenant {}", company.tenant));
        let is_busy = ["is running", "is in use by"]
            .iter()
            .any(|words| said.err.contains(words));
        (!is_busy).then_some(said)
    })
}
