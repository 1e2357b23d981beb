//! Behind the shell, over a socket: what the fault layer does to this vendor, what is dropped, what is counted.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::{START, options, request, seed};
use crate::Running;

fn start() -> Running {
    let simulator = crate::vendor("channelonline").unwrap();
    let running = Running::start(simulator, "127.0.0.1:0".parse().unwrap(), None).unwrap();
    running.set_now(START);
    running.with(|sim| sim.seed(&seed(), START)).unwrap();
    running
}

/// Everything that the server sends before it closes.
fn exchange(running: &Running, body: &str) -> String {
    let address = running.url().trim_start_matches("http://");
    let mut socket = TcpStream::connect(address).unwrap();
    let length = body.len();
    let request = format!(
        "POST /REQUEST HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: text/xml\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    );
    socket.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let _ = socket.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

fn control(running: &Running, action: Value) -> Value {
    running
        .with(|sim| sim.control(&action, running.now()))
        .unwrap()
}

#[test]
fn an_answer_cut_after_the_work_is_given_again_by_its_request_id() {
    let running = start();
    let rules = json!([{ "path": "POST import_customers", "times": 1, "action": "drop_after" }]);
    running.set_faults(&rules).unwrap();
    let create = request(
        "import_customers",
        "<customer requestId=\"r-1\"><companyName>Neuve</companyName></customer>",
    );
    assert_eq!(exchange(&running, &create), "", "the answer is lost");
    let again = exchange(&running, &create);
    assert!(again.starts_with("HTTP/1.1 200"), "{again}");
    assert!(
        again.contains("status=\"created\" customerId=\"5009\""),
        "{again}"
    );
    assert_eq!(control(&running, json!({"do": "summary"}))["customers"], 9);
}

#[test]
fn a_write_back_cut_after_the_work_shows_by_its_line() {
    let running = start();
    let rules = json!([{ "path": "POST update_documents", "times": 1, "action": "drop_after" }]);
    running.set_faults(&rules).unwrap();
    let update = request(
        "update_documents",
        "<document documentId=\"900102\" revisionNumber=\"1\"><addLine><productType>Service</productType>\
         <descriptionLine1>Soutien</descriptionLine1><externalId>at-1</externalId></addLine></document>",
    );
    assert_eq!(exchange(&running, &update), "");
    let again = exchange(&running, &update);
    assert!(
        again.contains("<error code=\"409\">Document Q-10002 is at revision 2</error>"),
        "{again}"
    );
    let number = "<documentType>Quote</documentType><documentNumber>Q-10002</documentNumber>";
    let found = exchange(&running, &request("export_documents", &options(number)));
    assert_eq!(
        found.matches("<externalId>at-1</externalId>").count(),
        1,
        "{found}"
    );
}

#[test]
fn a_call_that_comes_too_fast_gets_no_byte_and_is_counted() {
    let running = start();
    // So long that no machine is slower; the clock of the simulator is moved instead.
    let switch = json!({"do": "set", "switch": "pace_ms", "value": 3_600_000});
    control(&running, switch);
    let ask = request("export_reference", &options("<kind>personnel</kind>"));
    assert!(exchange(&running, &ask).starts_with("HTTP/1.1 200"));
    assert_eq!(exchange(&running, &ask), "");
    running.advance_ms(3_600_000);
    assert!(exchange(&running, &ask).starts_with("HTTP/1.1 200"));
    let requests = running.requests();
    assert_eq!(requests["by_route"], json!({"POST export_reference": 3}));
    assert_eq!(
        (&requests["unanswered"], &requests["total"]),
        (&json!(1), &json!(3))
    );
}

#[test]
fn faults_of_any_vendor_stand_before_it() {
    for (action, expected) in [
        (
            json!({"status": {"status": 503, "body": "later"}}),
            "HTTP/1.1 503",
        ),
        (json!("html"), "<h1>We will be back shortly</h1>"),
        (json!({"delay": {"ms": 1}}), "<rows kind=\"personnel\">"),
        (json!("drop_before"), ""),
    ] {
        let running = start();
        running
            .set_faults(&json!([{ "path": "export_reference", "action": action.clone() }]))
            .unwrap();
        let ask = request("export_reference", &options("<kind>personnel</kind>"));
        let answer = exchange(&running, &ask);
        assert!(
            answer.contains(expected) && answer.is_empty() == expected.is_empty(),
            "{action}: {answer}"
        );
    }
}
