//! Behind the shell, over a socket: lost answers, what is counted, and webhooks that are really sent.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Lab, REALM, seed};
use crate::Running;
use crate::simulator::Simulator;

fn exchange(running: &Running, method: &str, path: &str, head: &str, body: &str) -> String {
    let address = running.url().trim_start_matches("http://");
    let mut socket = TcpStream::connect(address).unwrap();
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {length}\r\n{head}\r\n{body}"
    );
    socket.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let _ = socket.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn a_lost_answer_is_found_again_by_its_request_id() {
    let running = Running::start(
        crate::vendor("qbo").unwrap(),
        "127.0.0.1:0".parse().unwrap(),
        None,
    )
    .unwrap();
    let now = running.now();
    running.with(|sim| sim.seed(&seed(), now)).unwrap();
    let connection: Value =
        serde_json::from_str(include_str!("../../../connections/qbo.json")).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let pair = text(&connection["secrets"]["client"]);
    let basic = STANDARD.encode(pair);
    let head = format!(
        "Authorization: Basic {basic}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    );
    let form = format!(
        "grant_type=refresh_token&refresh_token={}",
        text(&connection["secrets"]["refresh_token"])
    );
    let answer = exchange(&running, "POST", "/oauth2/v1/tokens/bearer", &head, &form);
    let body: Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
    let token = text(&body["access_token"]);

    let rules = json!([{ "path": "^POST invoice$", "times": 1, "action": "drop_after" }]);
    running.set_faults(&rules).unwrap();
    let head = format!("Authorization: Bearer {token}\r\nContent-Type: application/json\r\n");
    let invoice = Lab::new().invoice("2001").to_string();
    let path = format!("/v3/company/{REALM}/invoice?requestid=op-1");
    assert_eq!(
        exchange(&running, "POST", &path, &head, &invoice),
        "",
        "the answer is lost"
    );
    let again = exchange(&running, "POST", &path, &head, &invoice);
    assert!(
        again.starts_with("HTTP/1.1 200") && again.contains("intuit_tid: 1-"),
        "{again}"
    );
    let count = running
        .with(|sim| sim.control(&json!({ "do": "count", "entity": "Invoice" }), now))
        .unwrap();
    assert_eq!(count["count"], 4);
    exchange(
        &running,
        "GET",
        &format!("/v3/company/{REALM}/query?query=select%20*%20from%20Bill"),
        &head,
        "",
    );
    exchange(&running, "GET", &format!("/{token}"), &head, "");
    assert_eq!(
        running.requests()["by_route"],
        json!({ "GET other": 1, "GET query Bill": 1, "POST invoice": 2, "POST token": 1 })
    );
    for path in ["requests", "state", "faults", "health"] {
        let seen = exchange(&running, "GET", &format!("/_sim/{path}"), "", "");
        assert!(
            seen.starts_with("HTTP/1.1 200") && !seen.contains(&token),
            "{path}"
        );
    }
}

#[test]
fn webhooks_are_delivered_with_their_signature() {
    let receiver = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", receiver.local_addr().unwrap());
    let mut lab = Lab::new();
    lab.act(json!({ "do": "edit", "entity": "Customer", "id": "NORDIK", "set": { "Notes": "n" } }));
    let action = json!({ "do": "deliver_webhooks", "url": url, "twice": true });
    let errand = lab.site.errand(&action, lab.now).unwrap();
    let sent = std::thread::spawn(errand);
    for _ in 0..2 {
        let (mut socket, _) = receiver.accept().unwrap();
        let mut seen = Vec::new();
        while !String::from_utf8_lossy(&seen).contains("lastUpdated") {
            let mut part = [0; 4096];
            let count = socket.read(&mut part).unwrap();
            seen.extend_from_slice(&part[..count]);
        }
        let seen = String::from_utf8_lossy(&seen).into_owned();
        assert!(
            seen.starts_with("POST /hook HTTP/1.1\r\n") && seen.contains("intuit-signature: "),
            "{seen}"
        );
        socket
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            .unwrap();
    }
    let answers = sent.join().unwrap().unwrap();
    assert_eq!(
        answers,
        json!({ "answers": [{ "status": 200 }, { "status": 200 }] })
    );
    assert!(
        lab.site
            .errand(&json!({ "do": "summary" }), lab.now)
            .is_none()
    );
}
