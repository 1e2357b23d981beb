//! The service: what is due runs, what a person asks is answered beside it, and however it ends nothing is
//! lost or made twice.

use std::collections::BTreeSet;

use liaison_tests::Lab;
use liaison_tests::service::{Service, ask, ask_as, until};
use serde_json::{Value, json};

const GOOD: i64 = 29_683_502;

/// The tenant of the other tests, its flows on a schedule.
fn lab() -> Lab {
    let lab = Lab::new();
    lab.write_tenant("demo", &tenant(""));
    lab
}

fn tenant(more: &str) -> String {
    let plain = include_str!("../../tenant.toml");
    let mut text = format!("zone = \"America/Toronto\"\n{plain}");
    for flow in ["customers", "invoices"] {
        let heading = format!("[flows.{flow}]\n");
        let with = format!("{heading}schedule = \"every 10 s\"\n");
        text = text.replace(&heading, &with);
    }
    text + more
}

fn status(lab: &Lab, flow: &str) -> Value {
    let rows = lab.liaison("--json status").exits(0).json()["answer"].clone();
    let found = rows
        .as_array()
        .into_iter()
        .flatten()
        .find(|row| row["flow"] == json!(flow));
    found.cloned().unwrap_or_default()
}

fn new_invoices(lab: &Lab, count: u32) -> BTreeSet<i64> {
    let made = lab.in_autotask(json!({"do": "bulk_invoices", "count": count, "lines": 1,
        "company_ids": [174], "billing_code_ids": [GOOD]}));
    let first = made["firstID"].as_i64().expect("the first id");
    (first..first + i64::from(count)).collect()
}

/// Of these invoices those that are in Acomba, each as often as it is there.
fn arrived(lab: &Lab, invoices: &BTreeSet<i64>) -> Vec<i64> {
    let cards = lab.acomba_cards("Transaction");
    let references = cards.iter().filter_map(|card| card["InReference"].as_str());
    references
        .filter_map(|reference| reference.strip_prefix("AT-")?.parse().ok())
        .filter(|id| invoices.contains(id))
        .collect()
}

#[track_caller]
fn all_once(lab: &Lab, invoices: &BTreeSet<i64>) {
    let mut arrived = arrived(lab, invoices);
    arrived.sort_unstable();
    let wanted: Vec<i64> = invoices.iter().copied().collect();
    assert_eq!(arrived, wanted);
}

#[test]
fn flows_run_by_their_schedule_and_commands_work_beside_the_service() {
    let lab = lab();
    let service = Service::start(&lab, &[]);
    until("the first run", || {
        (status(&lab, "invoices")["last_run"]["status"] == json!("completed-with-problems"))
            .then_some(())
    });
    // Every kind of command, asked of the service.
    lab.liaison("quarantine list")
        .exits(0)
        .says("no-product-group");
    lab.liaison("link list customers").exits(0).says("174");
    lab.liaison("--lang fr quarantine show invoices 162")
        .exits(0)
        .says("premi");
    lab.liaison("store verify").exits(0);
    lab.liaison("flow check").exits(0);
    lab.liaison("run nothing")
        .exits(2)
        .says("has no flow `nothing`");
    let invoice = new_invoices(&lab, 1);
    let id = invoice.first().expect("one");
    lab.liaison(&format!("run invoices --record {id}")).exits(0);
    all_once(&lab, &invoice);
    lab.liaison("serve --listen 127.0.0.1:0")
        .exits(3)
        .says("runs already");
    // Without the token nothing is told.
    let request = r#"{"request": {"status": {"tenant": null}}}"#;
    assert_eq!(
        ask(&service.url, "POST", "/api/v1/requests", request).0,
        401
    );
    let figures = ask(&service.url, "GET", "/metrics", "").1;
    let aside = r#"liaison_flow_aside_records{tenant="demo",flow="invoices",kind="quarantined"} 2"#;
    assert!(figures.contains(aside), "{figures}");
    let (exit, log) = service.stop();
    assert_eq!(exit, Some(0), "{log}");
    lab.liaison("status").exits(0);
}

#[test]
fn killed_at_work_it_goes_on_where_it_was_with_everything_once() {
    let lab = lab();
    lab.liaison("run invoices");
    let invoices = new_invoices(&lab, 12);
    for place in [
        "before-write:3",
        "after-write:2",
        "after-intents:4",
        "before-outcomes:1",
    ] {
        let mut service = Some(Service::start(&lab, &[("LIAISON_CRASH_AT", place)]));
        let process = service.as_ref().map(Service::process);
        // It dies by itself; the sign it leaves leads nowhere, and commands find their own way.
        until("its death", || {
            let state = std::fs::read_to_string(format!("/proc/{}/stat", process?)).ok();
            state
                .is_none_or(|state| state.contains(" Z "))
                .then_some(())
        });
        drop(service.take());
        lab.liaison("status").exits(0);
        if arrived(&lab, &invoices).len() == invoices.len() {
            break;
        }
    }
    let service = Service::start(&lab, &[]);
    until("all invoices", || {
        (arrived(&lab, &invoices).len() >= invoices.len()).then_some(())
    });
    until("no open create", || {
        let report = lab.liaison("--json store verify").exits(0).json();
        (report["answer"]["intents"] == json!(0)).then_some(())
    });
    all_once(&lab, &invoices);
    service.kill();
    lab.liaison("store verify").exits(0);
}

#[test]
fn asked_to_stop_it_finishes_what_it_has_in_hand() {
    let lab = lab();
    lab.liaison("run invoices");
    let invoices = new_invoices(&lab, 400);
    let service = Service::start(&lab, &[]);
    until("the first of them", || {
        (!arrived(&lab, &invoices).is_empty()).then_some(())
    });
    let (exit, log) = service.stop();
    assert_eq!(exit, Some(0), "{log}");
    let before = arrived(&lab, &invoices).len();
    println!(
        "{before} of {} invoices were written before the stop",
        invoices.len()
    );
    assert!(
        before < invoices.len(),
        "the stop came too late to show anything"
    );
    // Nothing is left half done: no create waits for its answer.
    let report = lab.liaison("--json store verify").exits(0).json();
    assert_eq!(report["answer"]["intents"], json!(0), "{report}");
    assert_eq!(
        status(&lab, "invoices")["last_run"]["status"],
        json!("interrupted")
    );
    lab.liaison("run invoices");
    all_once(&lab, &invoices);
}

#[test]
fn a_broken_file_stops_nothing_and_is_told() {
    let lab = lab();
    let service = Service::start(&lab, &[]);
    until("the first run", || {
        status(&lab, "invoices")["last_run"]["ended_at"]
            .as_str()
            .map(drop)
    });
    lab.write_tenant("demo", &tenant("\n[flows.invoices]\npack = \"twice\"\n"));
    until("word of it", || {
        let said = lab.liaison("log --limit 20").exits(0);
        said.out.contains("files-wrong").then_some(())
    });
    // A person sees the file as it is; the schedule goes on with what was last right.
    lab.liaison("flow check").exits(2);
    let invoice = new_invoices(&lab, 1);
    until("the invoice", || {
        (!arrived(&lab, &invoice).is_empty()).then_some(())
    });
    lab.write_tenant("demo", &tenant(""));
    until("it is ready again", || {
        (ask(&service.url, "GET", "/readyz", "").0 == 200).then_some(())
    });
    all_once(&lab, &invoice);
}

#[test]
fn a_paused_flow_is_left_alone_and_made_up_for_once() {
    let lab = lab();
    let _service = Service::start(&lab, &[]);
    until("the first run", || {
        status(&lab, "invoices")["last_run"]["ended_at"]
            .as_str()
            .map(drop)
    });
    lab.liaison("pause invoices").exits(0).says("is paused");
    assert_eq!(status(&lab, "invoices")["paused"], json!(true));
    let last = status(&lab, "invoices")["last_run"]["id"].clone();
    let invoice = new_invoices(&lab, 1);
    // Its neighbour, on the same schedule, runs twice meanwhile.
    for _ in 0..2 {
        let seen = status(&lab, "customers")["last_run"]["id"].clone();
        until("a run of the other flow", || {
            (status(&lab, "customers")["last_run"]["id"] != seen).then_some(())
        });
    }
    assert_eq!(status(&lab, "invoices")["last_run"]["id"], last);
    assert_eq!(arrived(&lab, &invoice), Vec::<i64>::new());
    lab.liaison("resume invoices").exits(0);
    until("the invoice", || {
        (!arrived(&lab, &invoice).is_empty()).then_some(())
    });
    all_once(&lab, &invoice);
}

#[test]
fn a_store_in_use_is_not_replaced() {
    let lab = lab();
    lab.liaison("run customers").exits(0);
    let backup = lab.home().join("backup.jsonl").display().to_string();
    lab.liaison(&format!("store export {backup}")).exits(0);
    let _service = Service::start(&lab, &[]);
    lab.liaison(&format!("store restore {backup}"))
        .exits(3)
        .says("open");
    until("the first run", || {
        status(&lab, "invoices")["last_run"]["ended_at"]
            .as_str()
            .map(drop)
    });
    lab.liaison("store verify").exits(0);
}

#[test]
fn the_page_shows_what_is_there_and_does_what_its_forms_say() {
    let lab = lab();
    let service = Service::start(&lab, &[]);
    until("the first run", || {
        (status(&lab, "invoices")["last_run"]["status"] == json!("completed-with-problems"))
            .then_some(())
    });
    let page = |path: &str| ask(&service.url, "GET", path, "");
    for (path, words) in [
        ("/?lang=fr", "Terminé avec succès"),
        ("/?lang=en", "Completed successfully"),
        ("/journal?q=quarantin", "invoice"),
        ("/quarantine", "Divers"),
        ("/quarantine/record?flow=demo/invoices&record=162", "T2026"),
        ("/conflicts", "onflict"),
        ("/links?flow=demo/customers&id=174", "174"),
        ("/links/one?flow=demo/customers&id=174", "174"),
        ("/send?flow=demo/invoices", "textarea"),
        ("/style.css", "font"),
    ] {
        let (status, body) = page(path);
        assert_eq!(status, 200, "{path}: {body}");
        assert!(
            body.contains(words),
            "{path} does not say `{words}`: {body}"
        );
    }
    assert_eq!(
        page("/quarantine/record?flow=demo/invoices&record=1").0,
        404
    );
    // Somebody else's name for us, and a form that none of our pages sent.
    assert_eq!(
        ask_as(&service.url, "rebound.example", "GET", "/", "").0,
        403
    );
    assert_eq!(
        ask(
            &service.url,
            "POST",
            "/flows/pause",
            "flow=demo/invoices&csrf=x"
        )
        .0,
        403
    );
    assert_eq!(status(&lab, "invoices")["paused"], json!(false));
    let html = page("/").1;
    let token = html
        .split("name=\"csrf\" value=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    let token = token.expect("our own pages know the token");
    let post = |path: &str, fields: &str| {
        ask(
            &service.url,
            "POST",
            path,
            &format!("csrf={token}&back=/&{fields}"),
        )
    };
    assert_eq!(post("/flows/pause", "flow=demo/invoices").0, 303);
    assert_eq!(status(&lab, "invoices")["paused"], json!(true));
    assert_eq!(post("/flows/resume", "flow=demo/invoices").0, 303);
    assert_eq!(
        post("/quarantine/retry", "flow=demo/invoices&record=162").0,
        303
    );
    let invoice = new_invoices(&lab, 1);
    let id = invoice.first().expect("one");
    until("the flow is free", || {
        let (answer, body) = post("/send", &format!("flow=demo/invoices&ids={id}"));
        assert_eq!(answer, 200, "{body}");
        (!arrived(&lab, &invoice).is_empty()).then_some(())
    });
    all_once(&lab, &invoice);
    // A flow that runs only when asked.
    assert_eq!(post("/flows/run", "flow=demo/products").0, 303);
    until("the run that was asked for", || {
        status(&lab, "products")["last_run"]["ended_at"]
            .as_str()
            .map(drop)
    });
}

#[test]
fn a_service_that_is_not_registered_is_told_in_both_languages() {
    let lab = Lab::new();
    let name = "--name liaison-test-that-nobody-has";
    lab.liaison(&format!("service status {name}"))
        .exits(0)
        .says("is not registered");
    lab.liaison(&format!("service start {name} --lang fr"))
        .exits(2)
        .says("il n'y a pas de service");
    lab.liaison("service install --name a/b")
        .exits(2)
        .says("`a/b` cannot be the name of a service");
}
