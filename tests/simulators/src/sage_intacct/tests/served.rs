//! Behind the shell, over a socket: what the fault layer does to this vendor, and what is counted.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::json;

use super::{LOGIN, START, control_block, function, record, request, seed};
use crate::Running;
use crate::sage_intacct::{PATH, PINNED_PATH};

fn exchange(running: &Running, path: &str, body: &str) -> String {
    let address = running.url().trim_start_matches("http://");
    let mut socket = TcpStream::connect(address).unwrap();
    let length = body.len();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/xml\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    );
    socket.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let _ = socket.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn a_connection_cut_after_the_work_leaves_the_record_and_the_memory_of_it() {
    let simulator = crate::vendor("sage-intacct").unwrap();
    let running = Running::start(simulator, "127.0.0.1:0".parse().unwrap(), None).unwrap();
    running.set_now(START);
    running.with(|sim| sim.seed(&seed(), START)).unwrap();
    let session = request(
        &control_block(false),
        "",
        LOGIN,
        &function("s", "<getAPISession/>"),
    );
    let answer = exchange(&running, PATH, &session);
    let id = answer
        .split("<sessionid>")
        .nth(1)
        .unwrap()
        .split('<')
        .next()
        .unwrap()
        .to_owned();
    let endpoint = answer
        .split("<endpoint>")
        .nth(1)
        .unwrap()
        .split('<')
        .next()
        .unwrap();
    assert_eq!(endpoint, format!("{}{PINNED_PATH}", running.url()));

    let rules = json!([{ "path": "create CONTACT", "times": 1, "action": "drop_after" }]);
    running.set_faults(&rules).unwrap();
    let auth = format!("<sessionid>{id}</sessionid>");
    let contact = record("CONTACT", &[("CONTACTNAME", "A"), ("PRINTAS", "P")]);
    let create = function("sf-1", &format!("<create>{contact}</create>"));
    let create = request(&control_block(true), "", &auth, &create);
    assert_eq!(
        exchange(&running, PINNED_PATH, &create),
        "",
        "the answer is lost"
    );
    let again = exchange(&running, PINNED_PATH, &create);
    assert!(
        again.starts_with("HTTP/1.1 200") && again.contains("already processed"),
        "{again}"
    );
    let found = function(
        "f",
        "<readByName><object>CONTACT</object><keys>A</keys></readByName>",
    );
    let found = exchange(
        &running,
        PINNED_PATH,
        &request(&control_block(false), "", &auth, &found),
    );
    assert!(found.contains("count=\"1\""), "{found}");

    assert_eq!(
        running.requests()["by_route"],
        json!({"POST create CONTACT": 2, "POST getAPISession": 1, "POST readByName CONTACT": 1})
    );
    for path in ["requests", "state", "faults", "health"] {
        let address = running.url().trim_start_matches("http://");
        let mut socket = TcpStream::connect(address).unwrap();
        let ask =
            format!("GET /_sim/{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        socket.write_all(ask.as_bytes()).unwrap();
        let mut seen = String::new();
        socket.read_to_string(&mut seen).unwrap();
        assert!(
            seen.starts_with("HTTP/1.1 200") && !seen.contains(&id),
            "{path}"
        );
    }
}
