//! Behind the shell, over a socket: what the fault layer does to this vendor, and what is counted.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::json;

use super::{KEY, Lab, START};
use crate::Running;

/// Everything the server sends, as text.
fn exchange(running: &Running, method: &str, path: &str) -> String {
    let address = running.url().trim_start_matches("http://");
    let mut socket = TcpStream::connect(address).unwrap();
    let head = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    socket.write_all(head.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let _ = socket.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn the_vendors_bad_days_come_from_the_fault_layer_and_the_key_is_counted_nowhere() {
    let running = Running::start(
        crate::vendor("centrixone").unwrap(),
        "127.0.0.1:0".parse().unwrap(),
        None,
    )
    .unwrap();
    let seed = serde_json::from_str(include_str!("../../../seeds/centrixone.json")).unwrap();
    running.with(|sim| sim.seed(&seed, START)).unwrap();
    let unavailable = json!({ "status": { "status": 503, "headers": { "retry-after": "120" }, "body": "Service Unavailable" } });
    let rules = json!([
        { "path": "^GET Contacts$", "times": 1, "action": unavailable },
        { "path": "^GET Contacts$", "times": 1, "action": "html" },
    ]);
    running.set_faults(&rules).unwrap();

    let page = Lab::page("Contacts", "S7?fields=all");
    let first = exchange(&running, "GET", &page);
    assert!(first.starts_with("HTTP/1.1 503") && first.contains("retry-after: 120"));
    let second = exchange(&running, "GET", &page);
    assert!(second.starts_with("HTTP/1.1 200") && second.contains("text/html"));
    let third = exchange(&running, "GET", &page);
    assert!(third.starts_with("HTTP/1.1 200") && third.contains("\"Result\":\"Success\""));
    assert!(third.contains("last-modified: Thu, 05 Mar 2026 19:00:00 GMT"));
    exchange(&running, "DELETE", &page);
    exchange(&running, "GET", &format!("/{KEY}"));

    let requests = running.requests();
    assert_eq!(
        requests["by_route"],
        json!({ "DELETE Contacts": 1, "GET Contacts": 3, "GET other": 1 })
    );
    for path in [
        "/_sim/requests",
        "/_sim/state",
        "/_sim/faults",
        "/_sim/health",
    ] {
        let seen = exchange(&running, "GET", path);
        assert!(
            seen.starts_with("HTTP/1.1 200") && !seen.contains(KEY),
            "{path}"
        );
    }
}
