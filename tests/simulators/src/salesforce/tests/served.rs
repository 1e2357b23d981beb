//! Behind the shell, over a socket: faults, counting, and nothing secret in what is counted.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::json;

use super::{CLIENT, SECRET, START, seed};
use crate::Running;

fn exchange(running: &Running, head: &str, body: &str) -> String {
    let address = running.url().trim_start_matches("http://");
    let mut socket = TcpStream::connect(address).unwrap();
    let length = body.len();
    let text = format!(
        "{head}\r\nHost: {address}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    socket.write_all(text.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let _ = socket.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn the_platforms_bad_days_come_from_the_fault_layer() {
    let running = Running::start(
        crate::vendor("salesforce").unwrap(),
        "127.0.0.1:0".parse().unwrap(),
        None,
    )
    .unwrap();
    running.with(|sim| sim.seed(&seed(), START)).unwrap();
    running.set_now(START);
    let form = format!("grant_type=client_credentials&client_id={CLIENT}&client_secret={SECRET}");
    let answer = exchange(&running, "POST /services/oauth2/token HTTP/1.1", &form);
    let body: serde_json::Value =
        serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    assert_eq!(body["instance_url"], running.url());
    let token = body["access_token"].as_str().unwrap().to_owned();
    let rules = json!([
        { "path": "^POST sobjects/Account$", "times": 1, "action": "drop_after" },
        { "path": "^GET limits$", "times": 1, "action": { "status": { "status": 503, "headers": { "content-type": "text/html" }, "body": "<html>down</html>" } } },
    ]);
    running.set_faults(&rules).unwrap();
    let call = |method: &str, path: &str, body: &str| {
        let head = format!(
            "{method} /services/data/v59.0/{path} HTTP/1.1\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json"
        );
        exchange(&running, &head, body)
    };
    assert_eq!(call("POST", "sobjects/Account", r#"{"Name":"Perdu"}"#), "");
    assert!(call("GET", "limits", "").starts_with("HTTP/1.1 503"));
    assert!(call("GET", "limits", "").contains("sforce-limit-info: api-usage=2/100000"));
    let found = call(
        "GET",
        "query?q=SELECT+Id+FROM+Account+WHERE+Name='Perdu'",
        "",
    );
    assert!(found.contains("\"totalSize\":1"), "{found}");
    call("GET", "sobjects/Account/0015e00000G000A", "");
    let requests = running.requests();
    assert_eq!(
        requests["by_route"],
        json!({ "GET limits": 2, "GET query": 1, "GET sobjects/Account/id": 1, "POST oauth2/token": 1, "POST sobjects/Account": 1 })
    );
    for path in [
        "/_sim/requests",
        "/_sim/state",
        "/_sim/faults",
        "/_sim/health",
    ] {
        let seen = exchange(&running, &format!("GET {path} HTTP/1.1"), "");
        assert!(
            seen.starts_with("HTTP/1.1 200") && !seen.contains(&token) && !seen.contains(SECRET),
            "{path}"
        );
    }
}
