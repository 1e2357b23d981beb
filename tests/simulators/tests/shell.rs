//! The shell over real sockets: faults as a client meets them, the control plane, lanes, the clock.
//!
//! The client is raw TCP, so that a closed connection and half a body are seen as they are.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use liaison_simulators::{Running, vendor};
use serde_json::{Value, json};

fn start() -> Running {
    let seed: Value = serde_json::from_str(include_str!("../seeds/autotask.json")).unwrap();
    let running = Running::start(
        vendor("autotask").unwrap(),
        "127.0.0.1:0".parse().unwrap(),
        None,
    )
    .unwrap();
    running
        .with(|sim| sim.seed(&seed, 1_790_000_000_000))
        .unwrap();
    running
}

/// Everything the server sends before it closes, as text; bytes that are no text become `?`.
fn exchange(url: &str, method: &str, path: &str, body: &str) -> String {
    let address = url.trim_start_matches("http://");
    let mut socket = TcpStream::connect(address).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nApiIntegrationCode: LIAISON-SIM\r\n\
        UserName: api@liaison.test\r\nSecret: simulated-secret\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    socket.write_all(head.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let _ = socket.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).replace('\u{fffd}', "?")
}

fn get(running: &Running, path: &str) -> String {
    exchange(running.url(), "GET", path, "")
}

const COMPANY: &str = "/ATServicesRest/V1.0/Companies/174";
const INVOICES: &str = "/ATServicesRest/V1.0/Invoices";

fn invoice_number(running: &Running) -> Value {
    running
        .with(|sim| {
            sim.control(
                &json!({"do": "rows", "entity": "Invoices", "ids": [155]}),
                0,
            )
        })
        .unwrap()[0]["invoiceNumber"]
        .clone()
}

fn number_invoice(running: &Running) -> String {
    exchange(
        running.url(),
        "PATCH",
        INVOICES,
        "{\"id\":155,\"invoiceNumber\":\"A-1\"}",
    )
}

#[test]
fn a_lost_answer_is_lost_before_or_after_the_work() {
    for (action, expected) in [("drop_before", Value::Null), ("drop_after", json!("A-1"))] {
        let running = start();
        running.set_faults(&json!([{"method": "PATCH", "path": "^PATCH Invoices$", "times": 1, "action": action}])).unwrap();
        assert_eq!(number_invoice(&running), "", "{action}");
        assert_eq!(invoice_number(&running), expected, "{action}");
        assert!(number_invoice(&running).starts_with("HTTP/1.1 200"));
        assert_eq!(running.faults()[0]["fired"], 1);
        assert_eq!(
            (
                running.requests()["total"].clone(),
                running.requests()["unanswered"].clone()
            ),
            (json!(2), json!(1))
        );
    }
}

#[test]
fn a_status_may_come_after_the_work_was_done() {
    let running = start();
    running.set_faults(&json!([{"action": {"status": {"status": 503, "headers": {"retry-after": "2"}, "body": "busy", "when": "after"}}}])).unwrap();
    let answer = number_invoice(&running);
    assert!(
        answer.starts_with("HTTP/1.1 503")
            && answer.contains("retry-after: 2")
            && answer.ends_with("busy"),
        "{answer}"
    );
    assert_eq!(invoice_number(&running), "A-1");
    assert_eq!(running.requests()["refused"], 1);
}

#[test]
fn a_truncated_answer_is_half_of_what_its_length_says() {
    let running = start();
    let whole = get(&running, COMPANY);
    running
        .set_faults(&json!([{"action": "truncate"}]))
        .unwrap();
    let half = get(&running, COMPANY);
    let body = |answer: &str| answer.split_once("\r\n\r\n").unwrap().1.len();
    let length = |answer: &str| {
        answer
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .unwrap()
            .to_owned()
    };
    assert_eq!(length(&whole), length(&half));
    assert_eq!(body(&half), body(&whole) / 2);
}

#[test]
fn a_page_of_html_and_rubbish_come_with_status_200() {
    let running = start();
    running
        .set_faults(&json!([{"times": 1, "action": "html"}, {"times": 1, "action": "rubbish"}]))
        .unwrap();
    let (html, rubbish) = (get(&running, COMPANY), get(&running, COMPANY));
    assert!(html.starts_with("HTTP/1.1 200") && html.contains("<!DOCTYPE html>"));
    assert!(rubbish.starts_with("HTTP/1.1 200") && rubbish.contains("??"));
}

#[test]
fn a_duplicate_does_the_work_twice() {
    let running = start();
    running
        .set_faults(&json!([{"method": "POST", "times": 1, "action": "duplicate"}]))
        .unwrap();
    let company =
        r#"{"companyName":"Deux fois","companyType":1,"phone":"1","ownerResourceID":29682885}"#;
    exchange(
        running.url(),
        "POST",
        "/ATServicesRest/V1.0/Companies",
        company,
    );
    let twice = exchange(
        running.url(),
        "POST",
        "/ATServicesRest/V1.0/Companies/query/count",
        r#"{"filter":[{"op":"eq","field":"companyName","value":"deux fois"}]}"#,
    );
    assert!(twice.ends_with("{\"queryCount\":2}"), "{twice}");
}

#[test]
fn the_fourth_call_at_a_time_is_refused_and_delays_hold_no_lock() {
    let running = start();
    running
        .with(|sim| sim.control(&json!({"do": "set", "switch": "answerMs", "value": 400}), 0))
        .unwrap();
    let begun = Instant::now();
    let url = running.url().to_owned();
    let calls: Vec<_> = (0..4)
        .map(|_| {
            std::thread::spawn({
                let url = url.clone();
                move || exchange(&url, "GET", COMPANY, "")
            })
        })
        .collect();
    let answers: Vec<String> = calls.into_iter().map(|call| call.join().unwrap()).collect();
    assert_eq!(
        answers
            .iter()
            .filter(|answer| answer.starts_with("HTTP/1.1 200"))
            .count(),
        3
    );
    assert_eq!(
        answers
            .iter()
            .filter(|answer| answer.contains("thread threshold"))
            .count(),
        1
    );
    assert!(
        begun.elapsed() < Duration::from_millis(1500),
        "answers waited for each other"
    );
    let most = |running: &Running| {
        let lanes = running.requests()["most_at_once"].clone();
        let counts = lanes.as_object().into_iter().flatten();
        counts.filter_map(|(_, most)| most.as_u64()).max()
    };
    assert_eq!(most(&running), Some(4));
    running.reset_requests();
    assert_eq!(most(&running), None);
    get(&running, COMPANY);
    assert_eq!(most(&running), Some(1));
}

#[test]
fn a_hanging_call_ends_when_the_client_goes() {
    let running = start();
    running
        .set_faults(&json!([{"times": 3, "action": "hang"}]))
        .unwrap();
    for _ in 0..3 {
        let address = running.url().trim_start_matches("http://");
        let mut socket = TcpStream::connect(address).unwrap();
        socket
            .write_all(format!("GET {COMPANY} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes())
            .unwrap();
        socket
            .set_read_timeout(Some(Duration::from_millis(100)))
            .unwrap();
        assert!(socket.read(&mut [0; 1]).is_err(), "it answered");
    }
    // The three have left their lane, or this fourth call would be one too many.
    let gone = Instant::now() + Duration::from_secs(5);
    while !get(&running, COMPANY).starts_with("HTTP/1.1 200") {
        assert!(Instant::now() < gone, "hung calls still count");
    }
}

#[test]
fn the_control_plane_answers_beside_the_vendor() {
    let running = start();
    let post = |path: &str, body: &str| exchange(running.url(), "POST", path, body);
    assert!(get(&running, "/_sim/health").contains("\"vendor\":\"autotask\""));
    assert!(
        post(
            "/_sim/seed",
            r#"{"Companies":[{"id":900,"companyName":"Semée"}]}"#
        )
        .ends_with(r#"{"Companies":[900]}"#)
    );
    assert!(post("/_sim/seed", r#"{"Companies":[{"compnayName":"x"}]}"#).contains("HTTP/1.1 400"));
    assert!(post("/_sim/control", r#"{"do":"void_invoice","id":155}"#).starts_with("HTTP/1.1 200"));
    assert!(post("/_sim/control", r#"{"do":"explode"}"#).contains("HTTP/1.1 400"));
    assert!(
        post("/_sim/clock", r#"{"now":"2030-01-01T00:00:00Z"}"#).contains("2030-01-01T00:00:0")
    );
    assert!(post("/_sim/clock", r#"{"advance_ms":86400000}"#).contains("2030-01-02T00:00:0"));
    assert!(
        post("/_sim/faults", r#"[{"path":"Companies","action":"html"}]"#)
            .starts_with("HTTP/1.1 200")
    );
    get(&running, COMPANY);
    assert!(get(&running, "/_sim/faults").contains("\"fired\":1"));
    assert!(get(&running, "/_sim/requests").contains("\"GET Companies/{id}\":1"));
    exchange(running.url(), "DELETE", "/_sim/requests", "");
    assert!(get(&running, "/_sim/requests").contains("\"total\":0"));
    assert!(get(&running, "/_sim/state").contains("\"companyName\":\"Semée\""));
    assert!(get(&running, "/_sim/nothing").starts_with("HTTP/1.1 404"));
}

#[test]
fn only_loopback_is_listened_on() {
    assert!(
        Running::start(
            vendor("autotask").unwrap(),
            "0.0.0.0:0".parse().unwrap(),
            None
        )
        .is_err()
    );
    let url = start().url().to_owned();
    assert!(
        TcpStream::connect(url.trim_start_matches("http://")).is_err(),
        "a dropped simulator still listens"
    );
}
