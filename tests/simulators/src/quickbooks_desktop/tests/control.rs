//! What persons and tests do, over the control plane's own routes where it matters.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::endpoint::{Endpoint, Reply};
use super::lab::{START, demo, set};
use crate::quickbooks_desktop::{QuickbooksDesktop, new};
use crate::{Running, Simulator, vendor};

fn office() -> QuickbooksDesktop {
    let mut sim = new();
    sim.seed(&demo(), START).unwrap();
    sim
}

#[track_caller]
fn act(sim: &mut QuickbooksDesktop, action: Value) -> Value {
    sim.control(&action, START + 3_600_000).unwrap()
}

fn exchange(url: &str, method: &str, path: &str, body: &str) -> String {
    let address = url.trim_start_matches("http://");
    let mut socket = TcpStream::connect(address).unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    socket.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_person_adds_renames_pays_voids_and_deletes() {
    let mut sim = office();
    let made = act(
        &mut sim,
        json!({"do": "add", "kind": "Customer", "record": {"Name": "Zed", "BillAddress": {"City": "Alma"}, "CustomFields": {"Machine": "Q"}}}),
    );
    assert_eq!(
        (
            made["BillAddress"]["City"].as_str(),
            made["DataExtRet"][0]["DataExtValue"].as_str()
        ),
        (Some("Alma"), Some("Q"))
    );
    let renamed = act(
        &mut sim,
        json!({"do": "rename", "kind": "Customer", "key": "Zed", "name": "Zett"}),
    );
    assert_ne!(renamed["EditSequence"], made["EditSequence"]);
    let paid = act(
        &mut sim,
        json!({"do": "pay", "kind": "Invoice", "key": "9001"}),
    );
    assert_eq!(
        (
            paid["IsPaid"].as_str(),
            paid["BalanceRemaining"].as_str(),
            paid["AppliedAmount"].as_str()
        ),
        (Some("true"), Some("0.00"), Some("-307.50"))
    );
    let voided = act(
        &mut sim,
        json!({"do": "void", "kind": "Estimate", "key": "E-1"}),
    );
    assert_eq!(voided["TotalAmount"], "0.00");
    act(
        &mut sim,
        json!({"do": "delete", "kind": "Customer", "key": "Zett"}),
    );
    let state = sim.state();
    assert_eq!(
        state["deleted"],
        json!([{"kind": "Customer", "id": made["ListID"], "name": "Zett"}])
    );
    assert_eq!(
        (
            state["counts"]["Customer"].as_u64(),
            state["Customer"].as_array().unwrap().len()
        ),
        (Some(4), 4)
    );
}

#[test]
fn orders_are_followed_and_stock_is_set() {
    let mut sim = office();
    let invoice = act(&mut sim, json!({"do": "invoice", "order": "1001"}));
    assert_eq!(invoice["InvoiceLineRet"].as_array().unwrap().len(), 2);
    act(&mut sim, json!({"do": "receive", "order": "501"}));
    let item = |sim: &mut QuickbooksDesktop| {
        act(
            sim,
            json!({"do": "object", "kind": "ItemInventory", "key": "Parts:Bracket"}),
        )["QuantityOnHand"]
            .clone()
    };
    assert_eq!(item(&mut sim), "125");
    act(
        &mut sim,
        json!({"do": "set_stock", "item": "Parts:Bracket", "quantity": "7"}),
    );
    assert_eq!(item(&mut sim), "7");
    act(
        &mut sim,
        json!({"do": "bulk", "kind": "Customer", "count": 3}),
    );
    assert_eq!(act(&mut sim, json!({"do": "counts"}))["Customer"], 7);
}

#[test]
fn statuses_are_ordered_and_locks_taken() {
    let mut sim = office();
    let run = |sim: &mut QuickbooksDesktop, requests: &str| {
        let text = set("onError=\"continueOnError\"", requests);
        act(sim, json!({"do": "run", "qbxml": text}))["answer"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    act(
        &mut sim,
        json!({"do": "inject", "request": "CustomerAdd", "code": 3175, "message": "locked", "times": 2}),
    );
    let add = "<CustomerAddRq><CustomerAdd><Name>x</Name></CustomerAdd></CustomerAddRq>";
    let answer = run(&mut sim, &format!("{add}<ClassQueryRq/>{add}{add}"));
    let codes: Vec<&str> = answer
        .split("statusCode=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    assert_eq!(codes, ["3175", "0", "3175", "0"]);
    let id = act(
        &mut sim,
        json!({"do": "object", "kind": "Customer", "key": "x"}),
    )["ListID"]
        .as_str()
        .unwrap()
        .to_owned();
    let change = format!(
        "<CustomerModRq><CustomerMod><ListID>{id}</ListID><EditSequence>0</EditSequence></CustomerMod></CustomerModRq>"
    );
    act(
        &mut sim,
        json!({"do": "lock", "kind": "Customer", "key": "x"}),
    );
    assert!(run(&mut sim, &change).contains("\"3170\""));
    act(
        &mut sim,
        json!({"do": "unlock", "kind": "Customer", "key": "x"}),
    );
    assert!(run(&mut sim, &change).contains("\"3200\""));
    assert_eq!(
        act(&mut sim, json!({"do": "run", "qbxml": "rubbish"}))["hresult"],
        "0x80040400"
    );
}

#[test]
fn wrong_actions_seeds_and_polls_are_errors() {
    let mut sim = office();
    let before = sim.state();
    for (action, error) in [
        (json!({"do": "explode"}), "no action"),
        (json!({"do": "dialog", "off": true}), "no `off`"),
        (
            json!({"do": "delete", "kind": "Customer", "key": "Perron inc."}),
            "3160",
        ),
        (
            json!({"do": "add", "kind": "Customer", "record": {"Name": "Aciers Nordiques"}}),
            "3100",
        ),
        (
            json!({"do": "add", "kind": "Zebra", "record": {}}),
            "no kind",
        ),
        (json!({"do": "fault", "die_at": 1, "ran": true}), "no `ran`"),
        (json!({"do": "fault"}), "a fault is"),
        (json!({"do": "session"}), "no poll 0"),
        (
            json!({"do": "poll", "url": "http://127.0.0.1:1/"}),
            "QBWC1030",
        ),
        (
            json!({"do": "poll", "url": "http://sync.example/", "password": "x"}),
            "not this machine",
        ),
        (
            json!({"do": "poll", "url": "https://localhost/", "password": "x"}),
            "ca_pem",
        ),
        (
            json!({"do": "poll", "qwc": "<QBWCXML/>", "password": "x"}),
            "QBWC1039",
        ),
        (
            json!({"do": "set", "switch": "edition", "value": "Lite"}),
            "one of",
        ),
    ] {
        let said = sim.control(&action, START).unwrap_err();
        assert!(said.contains(error), "{action}: {said}");
    }
    assert_eq!(sim.state(), before);
    for seed in [
        json!([]),
        json!({"Zebra": []}),
        json!({"Customer": [{"Name": ""}]}),
        json!({"Customer": [{"Name": "n", "TermsRef": "no"}]}),
    ] {
        assert!(new().seed(&seed, START).is_err(), "{seed}");
    }
}

#[test]
fn a_qwc_file_says_whom_to_poll() {
    let endpoint = Endpoint::with_sets(vec![set("onError=\"stopOnError\"", "<HostQueryRq/>")]);
    let help = endpoint.url.replace("/qbwc/acme", "/help");
    let qwc = format!(
        "<?xml version=\"1.0\"?><QBWCXML><AppName>Liaison Acme</AppName><AppID/><AppURL>{}</AppURL><AppDescription>d</AppDescription><AppSupport>{help}</AppSupport><UserName>acme</UserName><OwnerID>{{57f3b9b6-86f1-4fcc-b1ee-566de1813d20}}</OwnerID><FileID>{{90A44FB5-33D9-4815-AC85-000000000001}}</FileID><QBType>QBFS</QBType><IsReadOnly>false</IsReadOnly></QBWCXML>",
        endpoint.url
    );
    let mut sim = office();
    let poll = act(&mut sim, json!({"do": "poll", "qwc": qwc, "password": "s"}));
    assert_eq!(poll["settings"]["app_name"], "Liaison Acme");
    assert_eq!(
        act(&mut sim, json!({"do": "session", "poll": 0}))["ended"],
        "closed"
    );
    let hcp = endpoint
        .call("sendRequestXML")
        .parameters
        .get("strHCPResponse")
        .unwrap()
        .to_owned();
    assert!(hcp.contains("{90A44FB5-33D9-4815-AC85-000000000001}"));
    assert_eq!(
        endpoint.call("authenticate").parameters.get("strUserName"),
        Some("acme")
    );
}

/// A session takes its time; the control plane answers meanwhile.
#[test]
fn the_control_plane_answers_while_a_session_runs() {
    let endpoint = Endpoint::start(|call| match call.operation.as_str() {
        "authenticate" => Reply::Array(vec!["t", ""]),
        "sendRequestXML" => Reply::Text(set("onError=\"stopOnError\"", "<HostQueryRq/>")),
        "receiveResponseXML" => Reply::Text("100".to_owned()),
        _ => Reply::Text(String::new()),
    });
    let running = Running::start(
        vendor("quickbooks-desktop").unwrap(),
        "127.0.0.1:0".parse().unwrap(),
        None,
    )
    .unwrap();
    let url = running.url().to_owned();
    let control = |action: Value| exchange(&url, "POST", "/_sim/control", &action.to_string());
    assert!(exchange(&url, "POST", "/_sim/seed", &demo().to_string()).starts_with("HTTP/1.1 200"));
    assert!(
        control(json!({"do": "poll", "url": endpoint.url, "username": "u", "password": "p"}))
            .starts_with("HTTP/1.1 200")
    );
    control(json!({"do": "fault", "slow_ms": 700}));
    let session = std::thread::spawn({
        let url = url.clone();
        move || exchange(&url, "POST", "/_sim/control", "{\"do\":\"session\"}")
    });
    let begun = std::time::Instant::now();
    while !endpoint.operations().contains(&"sendRequestXML".to_owned()) {
        assert!(begun.elapsed().as_secs() < 30);
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    assert!(exchange(&url, "GET", "/_sim/state", "").contains("Ateliers Bor"));
    assert!(!session.is_finished(), "the state waited for the session");
    let transcript = session.join().unwrap();
    assert!(
        transcript.contains("\"ended\":\"closed\"") && transcript.contains("\"at\":\"run 1 done\""),
        "{transcript}"
    );
    assert!(exchange(&url, "GET", "/anything", "").contains("has no address"));
}

#[test]
fn tls_is_spoken_to_an_authority_that_is_given() {
    let tls = crate::tls::Tls::make().unwrap();
    let pem = tls.ca_pem.clone();
    // Any simulator over TLS will do as somebody who answers no SOAP.
    let server = Running::start(
        vendor("acomba").unwrap(),
        "127.0.0.1:0".parse().unwrap(),
        Some(tls),
    )
    .unwrap();
    let other = crate::tls::Tls::make().unwrap().ca_pem;
    for (pem, expected) in [
        (pem, "The request failed with HTTP status"),
        (other, "no secure connection"),
    ] {
        let mut sim = office();
        act(
            &mut sim,
            json!({"do": "poll", "url": format!("{}/qbwc", server.url()), "password": "p", "ca_pem": pem}),
        );
        let transcript = act(&mut sim, json!({"do": "session"}));
        let detail = transcript["detail"].as_str().unwrap();
        assert!(
            detail.starts_with("QBWC1038: ") && detail.contains(expected),
            "{detail}"
        );
    }
}
