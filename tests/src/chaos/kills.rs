//! The real process, killed (SIGKILL) at every named place in turn: before and after every durable
//! write and every call to a connector, once and again and again. Afterwards it runs to rest, and the
//! vendors' books must show every record exactly once.
//!
//! The list of places comes from the binary. A place that no day reaches is a finding: nothing would
//! notice what goes wrong there.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use liaison_tests::{Lab, Said};
use serde_json::json;

use super::shop::{books, parked, writes};
use super::truth::Wrong;
use super::{Figures, Form};

/// Deaths at one place, at the first visit, the second … and from the first again.
const KILLS_SHORT: u64 = 1;
const KILLS_LONG: u64 = 20;
/// A process that dies at the same place every time is started so often before the cause goes away.
const DEATHS: u32 = 3;
/// A process that starts after a kill has settled its page by then.
const RESTART_MS_MAX: u64 = 10_000;
/// Of the rate without guards, what is left with all of them.
const GUARDED_SHARE_MIN: f64 = 0.5;
/// Runs after which nothing may be left to do.
const RESTS: u32 = 2;

const GOOD: i64 = 29_683_502;
/// A billing code without External Number: the invoice is refused.
const BAD: i64 = 29_683_514;

pub fn run(form: &Form) -> Figures {
    let mut figures = Figures::default();
    for what in ["duplicated", "lost", "wrong", "never reached"] {
        figures.none_of(what);
    }
    let points: Vec<String> = Lab::new()
        .liaison("crash-points")
        .exits(0)
        .out
        .lines()
        // Those of systems that call us are killed in the end-to-end tests, where one calls.
        .filter(|name| !name.contains("-relay-"))
        .map(str::to_owned)
        .collect();
    figures.tried("points", points.len() as u64);
    let longest_ms = AtomicU64::new(0);
    let shared = Mutex::new(&mut figures);
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(point) = points.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let took = one(point, form, &shared);
                    longest_ms.fetch_max(took.as_millis() as u64, Ordering::Relaxed);
                }
            });
        }
    });
    let longest_ms = longest_ms.into_inner();
    figures.measured(
        "longest run after a kill",
        format!("{longest_ms} ms"),
        longest_ms <= RESTART_MS_MAX,
    );
    what_guards_cost(form, &mut figures);
    figures
}

/// One-by-one creates through the real binary with all guards, and with none.
fn what_guards_cost(form: &Form, figures: &mut Figures) {
    let invoices = form.of(100, 400);
    let guarded = create_rate(invoices, &[]);
    let bare = create_rate(invoices, &[("LIAISON_GUARD_OFF", "all")]);
    figures.measured(
        "creates a second",
        format!("{guarded:.0} with all guards, {bare:.0} without any"),
        guarded >= bare * GUARDED_SHARE_MIN,
    );
}

fn create_rate(invoices: u32, environment: &[(&str, &str)]) -> f64 {
    let lab = Lab::new();
    lab.liaison("run invoices");
    lab.in_autotask(json!({"do": "bulk_invoices", "count": invoices, "lines": 1,
        "company_ids": [174], "billing_code_ids": [GOOD]}));
    let begun = Instant::now();
    let said = lab.liaison_with("--json run invoices", environment);
    let took = begun.elapsed().as_secs_f64();
    let created = liaison_tests::count(&said.json()["answer"], "invoices", "created");
    assert_eq!(created, u64::from(invoices), "{}{}", said.out, said.err);
    f64::from(invoices) / took
}

/// One place, in an installation of its own. Answers how long the run after the last kill took.
fn one(point: &str, form: &Form, figures: &Mutex<&mut Figures>) -> Duration {
    if point.ends_with("-memory") {
        return first_days(point, form, figures);
    }
    let lab = Lab::new();
    let mut kills = 0;
    let mut visit = 1;
    while kills < form.of(KILLS_SHORT, KILLS_LONG) {
        arrange(&lab);
        let once = format!("{point}:{visit}");
        match day(&lab, point, &[("LIAISON_CRASH_AT", once.as_str())]) {
            true => (kills, visit) = (kills + 1, visit + 1),
            false if visit == 1 => break,
            // More visits than this day had.
            false => visit = 1,
        }
    }
    if form.long || kills > 0 {
        arrange(&lab);
        let always = format!("{point}:*");
        for _ in 0..DEATHS {
            kills += u64::from(day(&lab, point, &[("LIAISON_CRASH_AT", always.as_str())]));
        }
    }
    let (took, wrong) = after(&lab);
    counted(point, kills, wrong, figures);
    took
}

/// A place that is passed only while a connector learns about its system: an installation for each kill.
fn first_days(point: &str, form: &Form, figures: &Mutex<&mut Figures>) -> Duration {
    let (mut kills, mut longest, mut wrong) = (0, Duration::ZERO, Vec::new());
    while kills < form.of(KILLS_SHORT, KILLS_LONG) {
        let lab = Lab::new();
        let wish = format!("{point}:{}", kills + 1);
        if !day(&lab, point, &[("LIAISON_CRASH_AT", wish.as_str())]) {
            break;
        }
        kills += 1;
        arrange(&lab);
        let (took, found) = after(&lab);
        longest = longest.max(took);
        wrong.extend(found);
    }
    counted(point, kills, wrong, figures);
    longest
}

/// The run after the last kill: how long it took, and what is wrong once nothing is left to do.
fn after(lab: &Lab) -> (Duration, Vec<Wrong>) {
    let begun = Instant::now();
    lab.liaison("run invoices");
    (begun.elapsed(), rest(lab))
}

fn counted(point: &str, kills: u64, wrong: Vec<Wrong>, figures: &Mutex<&mut Figures>) {
    let mut figures = figures.lock().expect("no thread panics while it counts");
    figures.tried("kills", kills);
    if kills == 0 {
        figures.found("never reached", point);
    }
    for wrong in wrong {
        figures.found(wrong.what, format!("{point}: {}", wrong.words));
    }
}

/// Something for every step of the engine: new invoices good and bad, customers to be changed, adopted
/// and recognised, a quarantine with something voided and something deleted.
fn arrange(lab: &Lab) {
    let bulk = |code: i64, company: i64| {
        lab.in_autotask(json!({"do": "bulk_invoices", "count": 1, "lines": 1,
            "company_ids": [company], "billing_code_ids": [code]}));
    };
    bulk(BAD, 174);
    bulk(BAD, 175);
    lab.liaison("run invoices");
    let refused = parked(lab, "demo");
    let mut refused = refused.keys().rev();
    if let Some(voided) = refused.next() {
        lab.in_autotask(json!({"do": "void_invoice", "id": id(voided)}));
    }
    if let Some(deleted) = refused.next() {
        lab.in_autotask(json!({"do": "delete", "entity": "Invoices", "id": id(deleted)}));
    }
    lab.liaison("quarantine retry invoices");
    bulk(GOOD, 174);
    bulk(GOOD, 176);
    bulk(BAD, 178);
    lab.in_autotask(json!({"do": "update", "entity": "Companies", "id": 175,
        "fields": {"phone": format!("418 555-{:04}", refused.len())}}));
    // Recognised by the identifier that it still shows.
    lab.liaison("link remove customers 174");
    lab.in_autotask(json!({"do": "update", "entity": "Companies", "id": 174, "fields": {}}));
}

fn id(record: &str) -> i64 {
    record.parse().unwrap_or_default()
}

/// The flows of a day, with a death wish. Answers whether one of the processes died.
fn day(lab: &Lab, point: &str, wish: &[(&str, &str)]) -> bool {
    match point.split_once('-') {
        // Only a create that an earlier death left open leads here.
        Some((_, "resolved")) => {
            lab.liaison_with("run invoices", &[("LIAISON_CRASH_AT", "after-intents:1")]);
        }
        // Only a report that the system refuses leads here.
        Some((_, "report-failed")) => {
            let refused = json!({"status": 500, "when": "before",
                "headers": {"content-type": "application/json"},
                "body": "{\"errors\": [\"Refused for the test\"]}"});
            lab.autotask
                .set_faults(&json!([{"method": "POST", "path": "Tickets$", "times": 50,
                    "action": {"status": refused}}]))
                .expect("a valid fault");
        }
        _ => {}
    }
    let mut wish = wish.to_vec();
    if point.ends_with("-renewals") {
        // No run of this day is long enough to renew a lease by itself.
        wish.push(("LIAISON_RENEW_AFTER_MS", "0"));
    }
    let died = |said: Said| said.exit == -1 || said.err.contains("crash point");
    let mut any = false;
    for flow in ["customers", "invoices"] {
        any |= died(lab.liaison_with(&format!("run {flow}"), &wish));
    }
    lab.autotask.set_faults(&json!([])).expect("no faults");
    any
}

/// Runs without harm until nothing is left to do, and compares.
fn rest(lab: &Lab) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    for _ in 0..RESTS {
        for flow in ["customers", "invoices"] {
            let said = lab.liaison(&format!("run {flow}"));
            if !matches!(said.exit, 0 | 4) {
                let words = format!("run {flow} exits {}: {}{}", said.exit, said.out, said.err);
                wrong.push(Wrong::new("wrong", words));
            }
        }
    }
    lab.reset_calls();
    for flow in ["customers", "invoices"] {
        lab.liaison(&format!("run {flow}"));
    }
    let (autotask, acomba) = lab.calls();
    for (route, count) in writes(&autotask).chain(writes(&acomba)) {
        let words = format!("at rest it still calls {route} {count} times");
        wrong.push(Wrong::new("wrong", words));
    }
    wrong.extend(books(lab, "demo").compare());
    let said = lab.liaison("--json store verify");
    let report = said.json()["answer"].clone();
    if said.exit != 0 || report["intents"] != json!(0) {
        let words = format!("store verify: {report}");
        wrong.push(Wrong::new("wrong", words));
    }
    wrong
}
