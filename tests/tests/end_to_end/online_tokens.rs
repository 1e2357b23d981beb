//! QuickBooks Online's refresh token changes under way: its answer is lost, the process dies around it, several ask at once.

use std::collections::BTreeSet;

use liaison_tests::online::{Online, each};
use serde_json::{Value, json};

const DAY_S: u64 = 86_400;
const ANOTHER: &str = "AB11another-simulated-refresh-token";

/// QuickBooks gives another refresh token at every renewal, the one before it is good for `old_s` more, and the access
/// token has just ended.
fn renewing(old_s: u64) -> Online {
    let online = Online::new();
    online.set("refresh_rotates", json!("always"));
    online.set("old_refresh_token_s", json!(old_s));
    online.lab.liaison("check").exits(0);
    online.at_quickbooks(json!({"do": "end_tokens"}));
    online.quickbooks.reset_requests();
    online
}

/// At the token endpoint, after QuickBooks did its work.
fn at_token(times: u64, action: &Value) -> Value {
    json!({"method": "POST", "path": "/oauth2/v1/tokens", "times": times, "action": action})
}

fn renewals(online: &Online) -> u64 {
    let routes = online.quickbooks.requests()["by_route"].clone();
    let routes = routes.as_object().into_iter().flatten();
    let tokens = routes.filter(|(route, _)| route.contains("token"));
    tokens.filter_map(|(_, count)| count.as_u64()).sum()
}

/// Each order is an estimate, once.
fn is_there_once(online: &Online) {
    let notes = each(&online.books("Estimate"), "PrivateNote");
    let ours = notes.iter().filter_map(|note| note.lines().next());
    let ours: Vec<&str> = ours
        .filter(|line| line.starts_with("Fusion Operations "))
        .collect();
    let once: BTreeSet<&str> = ours.iter().copied().collect();
    assert_eq!(once.len(), ours.len(), "{ours:?}");
    assert!(once.len() >= 7, "{ours:?}");
    online.lab.liaison("store verify").exits(0);
}

/// The run stops and says what a person must do; nothing else is lost.
fn goes_on_with_a_new_secret(online: &Online) {
    online.lab.run_flow("estimates", 3);
    online.lab.liaison("check").exits(4).says("not-connected");
    assert!(each(&online.books("Estimate"), "PrivateNote").len() < 7);
    let connect = json!({"do": "connect", "client_id": "ABliaisonSimulatedClient0001", "refresh_token": ANOTHER});
    online.at_quickbooks(connect);
    online
        .lab
        .secret("demo", "quickbooks refresh_token", ANOTHER);
    online.run("estimates");
    is_there_once(online);
}

#[test]
fn a_lost_answer_costs_nothing_where_the_older_token_is_good() {
    // One attempt of a renewal is lost, then both.
    for times in [1, 2] {
        let online = renewing(DAY_S);
        let faults = json!([at_token(times, &json!("drop_after"))]);
        online.quickbooks.set_faults(&faults).expect("valid faults");
        online.lab.liaison("run estimates");
        online.quickbooks.set_faults(&json!([])).expect("no faults");
        online.lab.liaison("run estimates").exits(0);
        is_there_once(&online);
    }
}

#[test]
fn a_lost_answer_stops_the_runs_where_it_is_not_and_nothing_else_is_lost() {
    let online = renewing(0);
    let faults = json!([at_token(1, &json!("drop_after"))]);
    online.quickbooks.set_faults(&faults).expect("valid faults");
    online.lab.run_flow("estimates", 3);
    online.quickbooks.set_faults(&json!([])).expect("no faults");
    goes_on_with_a_new_secret(&online);
}

#[test]
fn a_kill_before_the_new_token_is_kept_costs_what_a_lost_answer_costs() {
    for old_s in [0, DAY_S] {
        let mut online = renewing(old_s);
        let hangs = at_token(1, &json!({"hang": {"when": "after"}}));
        assert!(online.kill_during(&hangs, "run estimates"), "it renews");
        if old_s == 0 {
            goes_on_with_a_new_secret(&online);
        } else {
            online.run("estimates");
            is_there_once(&online);
        }
    }
}

#[test]
fn a_kill_after_the_new_token_is_kept_costs_nothing() {
    for old_s in [0, DAY_S] {
        let mut online = renewing(old_s);
        let hangs = json!({"method": "GET", "path": "/query", "times": 1, "action": {"hang": {"when": "before"}}});
        assert!(online.kill_during(&hangs, "run estimates"), "it asks");
        online.run("estimates");
        is_there_once(&online);
        assert_eq!(renewals(&online), 1);
    }
}

/// Runs, rehearsals and the doctor see the token end at the same moment, and Intuit is slow.
#[test]
fn of_many_who_see_the_token_end_one_renews_it() {
    let online = renewing(0);
    let slow = json!([at_token(1, &json!({"delay": {"ms": 3_000}}))]);
    online.quickbooks.set_faults(&slow).expect("valid faults");
    let lines = [
        "run estimates",
        "check",
        "plan pulled_invoices",
        "run purchase_orders",
        "check",
    ];
    let begun = lines.map(|line| online.lab.begin(line));
    for (line, begun) in lines.into_iter().zip(begun) {
        println!("{line}");
        begun.said().exits(0);
    }
    assert_eq!(renewals(&online), 1);
    is_there_once(&online);
}
