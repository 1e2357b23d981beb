//! Behind the shell, over a socket: what the fault layer does to this vendor, and what is counted.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::{BASIC, START, sales_order, seed};
use crate::Running;

/// Everything the server sends, as text.
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
fn bad_days_come_from_the_fault_layer_and_the_token_is_counted_nowhere() {
    let simulator = crate::vendor("fusion-operations").unwrap();
    let running = Running::start(simulator, "127.0.0.1:0".parse().unwrap(), None).unwrap();
    running.with(|sim| sim.seed(&seed(), START)).unwrap();
    let basic = format!("Authorization: {BASIC}\r\n");
    let answer = exchange(&running, "POST", "/api/v1/authorization", &basic, "");
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let body: Value = serde_json::from_str(body).unwrap();
    let token = body["token"].as_str().unwrap();

    let rules = json!([{ "path": "^POST sales-orders$", "times": 1, "action": "drop_after" }]);
    running.set_faults(&rules).unwrap();
    let path = format!("/api/v1/sales-orders/?access_token={token}");
    let order = sales_order("N").to_string();
    assert_eq!(
        exchange(&running, "POST", &path, "", &order),
        "",
        "the answer is lost"
    );
    let again = exchange(&running, "POST", &path, "", &order);
    assert!(
        again.starts_with("HTTP/1.1 409"),
        "the order is there: {again}"
    );
    let found = format!("/api/v1/sales-orders/N?access_token={token}");
    let found = exchange(&running, "GET", &found, "", "");
    assert!(found.starts_with("HTTP/1.1 200") && found.contains("content-type: application/json"));
    exchange(&running, "GET", &format!("/{token}"), "", "");
    exchange(
        &running,
        "GET",
        &format!("/api/v1/clients/{token}?access_token={token}"),
        "",
        "",
    );

    assert_eq!(
        running.requests()["by_route"],
        json!({
            "GET clients/{id}": 1, "GET other": 1, "GET sales-orders/{id}": 1,
            "POST authorization": 1, "POST sales-orders": 2,
        })
    );
    for path in ["requests", "state", "faults", "health"] {
        let seen = exchange(&running, "GET", &format!("/_sim/{path}"), "", "");
        assert!(
            seen.starts_with("HTTP/1.1 200") && !seen.contains(token),
            "{path}"
        );
    }
}
